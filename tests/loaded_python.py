"""How does a command that is forked start a worker? By a program that it takes for Python, and that asks for a fork.

The program is a process of its own, with the words, the environment and the standard files it is started with: they go
to the loaded process, and the fork that it makes does the work. A signal goes on to the fork, and its end is this
one's. Whatever else is to run is run by Python itself. It loads little: that is what it is for.
"""

import marshal
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

DOOR, PROGRAM = "door", "python"
"""The socket of the loaded process and this program, in its folder."""

FORKED = ("celery", "tasks.dispatcher")
"""The modules that are not run by Python itself."""


def written_to(folder: str) -> str:
    """The program, as a file in the folder of the door."""
    program = f"{folder}/{PROGRAM}"
    with open(program, "w", opener=lambda path, flags: os.open(path, flags, 0o700)) as file:
        file.write(f'#!/bin/sh\nexec "{sys.executable}" -IS "{__file__}" "{sys.executable}" "{folder}" "$@"\n')
    return program


def ask(door: str, words: Sequence[str], environment: Mapping[str, str], files: Sequence[int]) -> socket.socket:
    """Ask for a fork with these standard files; its process id comes through the socket at once, its status at last."""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(door)
    socket.send_fds(caller, [b"!"], files)
    # Path.cwd() would load a dozen modules.
    caller.sendall(marshal.dumps((list(words), dict(environment), os.getcwd(), os.nice(0))))  # noqa: PTH109
    caller.shutdown(socket.SHUT_WR)
    return caller


def asked_by(caller: socket.socket) -> tuple[bytes, list[int]]:
    """The other side: what is asked for, and its standard files."""
    _, files, _, _ = socket.recv_fds(caller, 1, 3)
    with caller.makefile("rb") as rest:
        return rest.read(), files


def _main(python: str, folder: str, *words: str) -> NoReturn:
    if words[:1] != ("-m",) or words[1] not in FORKED:
        os.execv(python, [python, *words])
    caller = ask(f"{folder}/{DOOR}", words, os.environ, [0, 1, 2])
    told = caller.recv(64)
    process = int(told.split()[0])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: os.kill(process, received))
    while part := caller.recv(64):
        told += part
    status = int(told.split()[1])
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)


if __name__ == "__main__":
    _main(*sys.argv[1:])
