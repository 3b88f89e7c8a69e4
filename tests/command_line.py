"""How do the tests run the real command? As processes of its own, on the servers, keys and folders they are given.

Next: loaded_command.py (how one starts without loading all), acceptance/conftest.py (the fixtures that give them).
"""

import json
import os
import random
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

import psutil
from loaded_command import LoadedCommand

from config.settings import Settings

COMMAND = Path(sys.executable).parent / "orderflode"
"""The command as it is installed beside the interpreter that runs the tests."""

PATIENCE = 150.0
"""Seconds after which a command that has not ended counts as stuck."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit status and what it said where."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on standard output."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line on standard error; standard output is empty, and nobody sees a traceback."""
        assert self.out == ""
        (line,) = self.err.splitlines()
        return line


@dataclass(frozen=True, slots=True)
class Running:
    """A command that runs; what it says goes to files, so that no pipe fills up."""

    process: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def family(self) -> list[psutil.Process]:
        """The command and everything it has started, at this moment."""
        try:
            command = psutil.Process(self.process.pid)
            return [command, *command.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def children(self, *words: str) -> list[psutil.Process]:
        """Its own children whose command line holds all of `words`."""
        found = []
        for child in self.family()[1:]:
            try:
                if all(word in child.cmdline() for word in words):
                    found.append(child)
            except psutil.NoSuchProcess:
                continue
        return found

    def ended(self) -> Ended:
        """Wait for its end."""
        status = self.process.wait(PATIENCE)
        return Ended(status, self.out.read_text(), self.err.read_text())


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The command in an environment of its own; files are written to `folder`."""

    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    loaded: "CommandLoaded | None" = None

    def with_environment(self, **variables: str) -> "CommandLine":
        """The same with these variables."""
        return CommandLine({**self.environment, **variables}, self.folder, self.loaded)

    def run(self, *words: object, status: int | None = 0, typed: str = "", patience: float = PATIENCE) -> Ended:
        """Run it to its end, which must be `status` (None: whatever it is); `typed` is its standard input."""
        call = [str(COMMAND), *map(str, words)]
        if self.loaded is not None and self.loaded.takes(call[1:], self.environment):
            done = self.loaded.run(call, self.environment, typed, patience)
        else:
            done = subprocess.run(
                call, env=self.environment, input=typed, capture_output=True, text=True, timeout=patience, check=False
            )
        ended = Ended(done.returncode, done.stdout, done.stderr)
        assert status is None or ended.status == status, (
            f"{words} ended with {ended.status}: {ended.err}{ended.out[:2000]}"
        )
        return ended

    def read(self, *words: object, status: int = 0, typed: str = "", patience: float = PATIENCE) -> Any:
        """Run it with --json; its document."""
        return self.run(*words, "--json", status=status, typed=typed, patience=patience).document

    @contextmanager
    def started(self, *words: object) -> Iterator[Running]:
        """Run it beside the test; whatever is left of it when the block ends is killed."""
        name = f"{words[0]}-{len(list(self.folder.glob('*.err')))}"
        out, err = self.folder / f"{name}.out", self.folder / f"{name}.err"
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = subprocess.Popen(
                [COMMAND, *map(str, words)],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True,
            )  # fmt: skip
        running = Running(process, out, err)
        try:
            yield running
        finally:
            end(running.family())
            process.wait(PATIENCE)


class CommandLoaded(LoadedCommand):
    """The command with all that it loads. Each is started once as it is installed, to see that it loads what it needs;
    and so is one for whose Python the environment is another, since this one has read it already.

    `begun` is a folder, in which the first call of each command leaves a file: parallel tests share it.
    """

    def __init__(self, begun: Path) -> None:
        self._environment = plain_environment()
        self._begun = begun
        begun.mkdir(exist_ok=True)
        super().__init__(self._environment)

    def takes(self, words: list[str], environment: Mapping[str, str]) -> bool:
        """Whether this is not the first call of the command that `words` begin with, nor one for another Python."""
        command = " ".join(["orderflode", *takewhile(re.compile("[a-z-]+").fullmatch, words)])
        has_begun = False
        try:
            (self._begun / command).touch(exist_ok=False)
        except FileExistsError:
            has_begun = True
        settings = names_of_settings()
        others = {name: value for name, value in environment.items() if name not in settings}
        return has_begun and others == self._environment


def end(processes: list[psutil.Process]) -> None:
    """Kill those that still live, and wait for their end."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, PATIENCE)


def plain_environment(**variables: str) -> dict[str, str]:
    """This process's environment without any setting of ours, and `variables`."""
    # pytest names the test that runs in one of its own.
    left_out = names_of_settings() | {"PYTEST_CURRENT_TEST"}
    inherited = {name: value for name, value in os.environ.items() if name not in left_out}
    if "PYTHONPATH" in inherited:
        # What is relative to the folder of the tests must not become relative to the command's.
        inherited["PYTHONPATH"] = os.pathsep.join(
            str(Path(entry).absolute()) for entry in inherited["PYTHONPATH"].split(os.pathsep) if entry
        )
    return inherited | variables


def names_of_settings() -> set[str]:
    """The environment variables that are settings of ours."""
    return {str(field.validation_alias) for field in Settings.model_fields.values()}


def free_port() -> int:
    """A port nobody listens on, below those that the system gives to outgoing connections: a client that tries to
    reach a server which is not there could otherwise be given its port, and be connected to itself."""
    for port in random.sample(range(20_000, 32_768), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError("no free port in a hundred")
