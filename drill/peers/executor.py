"""What is a process of the DBOS version? The worker of benchmarks/peers/dbos_workflows, which ends with the drill.

`python -m drill.peers.executor NAME`: started again under the same name, it takes up the workflows that its last life
had begun. Next: clients.py.
"""

import os
import runpy
import sys

from config.lifeline import follow_parent

if __name__ == "__main__":
    os.environ["EXECUTOR"] = sys.argv[1]
    follow_parent()
    runpy.run_module("benchmarks.peers.dbos_workflows.worker", run_name="__main__")
