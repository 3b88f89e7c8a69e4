"""How does a command start a thousand times at little cost? Forked from a process that has loaded what commands load.

Starting Python and loading the libraries is most of a short command's time. Run as a program, this loads them, opens
nothing, and forks for each call: a process of its own with the call's words, environment, folder and standard files,
that runs the installed command's main() and ends as any program of Python's does. Next: command_line.py, which calls.
"""

import gc
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn


class LoadedCommand:
    """The program below, started in `environment`, as its callers see it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._door, its_side = socket.socketpair()
        with its_side:
            program = [sys.executable, "-P", __file__]
            self._process = subprocess.Popen(program, stdin=its_side, stdout=subprocess.DEVNULL, env=dict(environment))

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], typed: str, patience: float
    ) -> "subprocess.CompletedProcess[str]":
        """As `subprocess.run`: `words` are the command and its arguments. Raises TimeoutExpired after `patience`."""
        asked = json.dumps([words, dict(environment), str(Path.cwd())])
        pipes = [os.pipe() for _ in range(3)]
        with _file_of(asked) as call, _file_of(typed) as stdin:
            socket.send_fds(self._door, [b"!"], [call, stdin, *(writing for _, writing in pipes)])
        for _, writing in pipes:
            os.close(writing)
        told_first = os.read(pipes[-1][0], 64)
        assert told_first, "the loaded command has ended"
        out, err, told = _read_to_the_end([reading for reading, _ in pipes], time.monotonic() + patience)
        process, *status = map(int, (told_first + told).split())
        if not status:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(words), patience, out, err)
        return subprocess.CompletedProcess(list(words), status[0], out.decode(), err.decode())

    @property
    def process_id(self) -> int:
        """The program's; the calls are its children."""
        return self._process.pid

    def close(self) -> None:
        """Let the program end."""
        self._door.close()
        self._process.wait()


@contextmanager
def _file_of(text: str) -> Iterator[int]:
    """An open file that holds the text and is gone afterwards."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
        file.seek(0)
        yield file.fileno()


def _read_to_the_end(pipes: Sequence[int], deadline: float) -> list[bytes]:
    """What comes through each pipe until all are closed, or until the deadline."""
    read = {pipe: bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                part = os.read(key.fd, 65_536)
                read[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
    for pipe in pipes:
        os.close(pipe)
    return [bytes(part) for part in read.values()]


_calls: dict[int, int] = {}
"""In the program: process id of a call that runs → the pipe on which its exit status is told."""


def _serve(door: socket.socket) -> None:
    """Fork for each call that comes through the door; ends when it closes. Returns in the forked processes alone."""
    signal.signal(signal.SIGCHLD, _tell_of_the_ended)
    while True:
        _, files, _, _ = socket.recv_fds(door, 1, 5)
        if not files:
            os._exit(0)
        call, *standard, told = files
        # A call that ended before its id is noted would never be told of.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        process = os.fork()
        if process == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
            for file in (*_calls.values(), told):
                os.close(file)
            door.close()
            return _become(call, standard)
        _calls[process] = told
        _tell(told, f"{process} ")
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        for file in (call, *standard):
            os.close(file)


def _tell_of_the_ended(_signal: int, _frame: object) -> None:
    """Tell the exit status of each call that has ended, as `subprocess` counts it."""
    while _calls:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        told = _calls.pop(process)
        _tell(told, str(os.waitstatus_to_exitcode(status)))
        os.close(told)


def _tell(told: int, text: str) -> None:
    with suppress(BrokenPipeError):  # its caller has lost patience, or has been killed
        os.write(told, text.encode())


def _become(call: int, standard: Sequence[int]) -> None:
    """Be the process that is asked for: its standard files, environment, folder and words."""
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    with os.fdopen(call, encoding="utf-8", errors="surrogateescape") as asked:
        sys.argv, environment, folder = json.load(asked)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


def _main() -> NoReturn:
    from backoffice.cli.main import command_line, main

    command_line()  # every group of commands
    # What some load when they need it.
    import redis  # noqa: F401

    import exchange.outgoing.document_store  # noqa: F401

    gc.freeze()
    _serve(socket.socket(fileno=os.dup(0)))
    main()
    sys.exit()


if __name__ == "__main__":
    _main()
