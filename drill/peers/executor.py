"""What is a process of the DBOS version? The worker of benchmarks/peers/dbos_workflows, which ends with the drill.

`python -m drill.peers.executor NAME`: started again under the same name, it takes up the workflows that its last life
had begun. Next: clients.py.
"""

import os
import signal
import sys
from importlib import import_module

from config.lifeline import follow_parent


def main() -> None:
    """Run workflows until SIGTERM."""
    os.environ["EXECUTOR"] = sys.argv[1]
    # By its own name: what a workflow fails with is stored, and found again by the name of its module.
    worker = import_module("benchmarks.peers.dbos_workflows.worker")
    worker.DBOS.launch()
    follow_parent()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


if __name__ == "__main__":
    main()
