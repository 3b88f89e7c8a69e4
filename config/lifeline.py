"""What if the supervisor is killed? Its children hold the other end of a pipe, and end when it closes."""

import os
import signal
import threading

SUPERVISED = "ORDERFLODE_SUPERVISED"
"""Set in the environment of a supervisor's children: their standard input is the lifeline."""


def follow_parent() -> None:
    """End this process, as by SIGTERM, when the supervisor is gone. Does nothing in a process started by hand."""
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_wait_for_the_end, name="lifeline", daemon=True).start()


def _wait_for_the_end() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
