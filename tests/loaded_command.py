"""How does a command start a thousand times at little cost? Forked from a process that has loaded what commands load.

Starting Python and loading the libraries is most of a short command's time. Run as a program, this loads them, opens
nothing, and forks for each call: a process of its own with the call's words, environment, folder and standard files,
that runs the installed command's main() and ends as any program of Python's does. What such a command starts, a worker
or a dispatcher, is forked here too. Next: loaded_python.py, through which it asks; command_line.py, which calls.
"""

import gc
import marshal
import os
import runpy
import select
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import loaded_python


class LoadedCommand:
    """The program below, started in `environment`, as its callers see it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        # Not below the folder of a test: the name of a socket is short.
        self._folder = Path(tempfile.mkdtemp(prefix="loaded-"))
        program = [sys.executable, __file__, str(self._folder)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(program, env=dict(environment), **pipes)
        assert self._process.stdout is not None
        assert self._process.stdout.read(), "the command could not be loaded"

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], typed: str, patience: float
    ) -> "subprocess.CompletedProcess[str]":
        """As `subprocess.run`: `words` are the command and its arguments. Raises TimeoutExpired after `patience`."""
        pipes = [os.pipe() for _ in range(2)]
        with _file_of(typed) as stdin:
            files = [stdin, *(writing for _, writing in pipes)]
            told = loaded_python.ask(str(self._folder / loaded_python.DOOR), words, environment, files)
        for _, writing in pipes:
            os.close(writing)
        with told:
            told_first = told.recv(64)
            assert told_first, "the loaded command has ended"
            reading = [*(each for each, _ in pipes), os.dup(told.fileno())]
            out, err, told_last = _read_to_the_end(reading, time.monotonic() + patience)
        process, *status = map(int, (told_first + told_last).split())
        if not status:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(words), patience, out, err)
        return subprocess.CompletedProcess(list(words), status[0], out.decode(), err.decode())

    @property
    def process_id(self) -> int:
        """The program's; the calls are its children."""
        return self._process.pid

    @property
    def python(self) -> Path:
        """What the calls take for Python."""
        return self._folder / loaded_python.PROGRAM

    def close(self) -> None:
        """Let the program end."""
        self._process.communicate()
        shutil.rmtree(self._folder)


@contextmanager
def _file_of(text: str) -> Iterator[int]:
    """An open file that holds the text and is gone afterwards."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as file:
        file.write(text)
        file.seek(0)
        yield file.fileno()


def _read_to_the_end(files: Sequence[int], deadline: float) -> list[bytes]:
    """What comes through each file until all are closed, or until the deadline."""
    read = {file: bytearray() for file in files}
    with selectors.DefaultSelector() as selector:
        for file in files:
            selector.register(file, selectors.EVENT_READ)
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                part = os.read(key.fd, 65_536)
                read[key.fd] += part
                if not part:
                    selector.unregister(key.fd)
    for file in files:
        os.close(file)
    return [bytes(part) for part in read.values()]


_calls: dict[int, socket.socket] = {}
"""In the program: process id of a call that runs → where its exit status is told."""


def _serve(door: socket.socket) -> None:
    """Fork for each call that comes through the door; ends with standard input. Returns in the forked ones alone.

    A call's end is read as a byte here, never handled in the signal's own handler: those interrupt one another, and
    the one in the middle of a call's end would have asked for a child that the other had already counted.
    """
    ended, ending = socket.socketpair()
    ending.setblocking(False)
    signal.set_wakeup_fd(ending.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
    while True:
        ready, _, _ = select.select([door, sys.stdin, ended], [], [])
        if sys.stdin in ready:
            os._exit(0)
        if ended in ready:
            ended.recv(4_096)
            _tell_of_the_ended()
        if door in ready and (called := _called(door)):
            caller, asked, standard = called
            process = os.fork()
            if process == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for each in (*_calls.values(), caller, door, ended, ending):
                    each.close()
                return _become(asked, standard)
            _calls[process] = caller
            _tell(caller, f"{process} ")
            for file in standard:
                os.close(file)


def _called(door: socket.socket) -> tuple[socket.socket, bytes, list[int]] | None:
    """Who calls, what is asked for and its standard files; None from one that was killed while it asked."""
    caller, _ = door.accept()
    try:
        asked, standard = loaded_python.asked_by(caller)
    except OSError:
        asked, standard = b"", []
    if asked and len(standard) == 3:
        return caller, asked, standard
    caller.close()
    for file in standard:
        os.close(file)
    return None


def _tell_of_the_ended() -> None:
    """Tell the exit status of each call that has ended, as `subprocess` counts it."""
    while _calls:
        process, status = os.waitpid(-1, os.WNOHANG)
        if process == 0:
            return
        caller = _calls.pop(process)
        _tell(caller, str(os.waitstatus_to_exitcode(status)))
        caller.close()


def _tell(caller: socket.socket, text: str) -> None:
    with suppress(OSError):  # its caller has lost patience, or has been killed
        caller.sendall(text.encode())


def _become(asked: bytes, standard: Sequence[int]) -> None:
    """Be the process that is asked for: its standard files, words, environment, folder and niceness."""
    for number, file in enumerate(standard):
        os.dup2(file, number)
        os.close(file)
    sys.argv, environment, folder, niceness = marshal.loads(asked)
    os.nice(niceness - os.nice(0))
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


LOADED_LATER = (
    "celery.apps.worker", "celery.backends.base", "celery.bin.celery", "celery.concurrency.solo",
    "celery.worker.components", "celery.worker.consumer.consumer", "exchange.outgoing.document_store", "holidays",
    "kombu.matcher", "kombu.transport.redis", "redis", "workflows.journal", "workflows.steps.main_line",
)  # fmt: skip
"""What is loaded by those who need it, when they do."""


def _load() -> None:
    """Load what the command, a worker and a dispatcher load, and nothing that reads the environment."""
    from backoffice.cli.main import command_line

    command_line()  # every group of commands
    for each in LOADED_LATER:
        import_module(each)
    gc.freeze()


def _main() -> NoReturn:
    folder = Path(sys.argv[1])
    sys.path.pop(0)  # the tests are no part of the command
    # What starts processes of ours takes this program for Python, from here on.
    sys.executable = loaded_python.written_to(str(folder))
    _load()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / loaded_python.DOOR))
        door.listen()
        os.write(1, b"!")
        os.dup2(2, 1)
        _serve(door)
    if sys.argv[0] == "-m":
        _run_module(*sys.argv[1:])
    else:
        from backoffice.cli.main import main

        main()
    sys.exit()


def _run_module(module: str, *words: str) -> None:
    """As `python -m` does, with the warnings that its environment lets through."""
    warnings._processoptions(os.environ.get("PYTHONWARNINGS", "").split(","))  # type: ignore[attr-defined]
    sys.path.insert(0, str(Path.cwd()))
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
