"""What did the clients see? Their history, one line for what was tried and one for what was answered, append-only.

As Jepsen keeps it: `invoke`, then `ok` (acknowledged), `fail` (it certainly did not happen) or `unknown` (nobody can
say: the answer to COMMIT was lost). Nothing in it tells who a patient is. Next: clients.py, judge/.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Answer = Literal["ok", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Tried:
    """One operation with its answer; `told` is what was asked for, `result` what an ok brought.

    `op` is the operation's own name, unique in the drill; the database knows it as the actor.
    """

    op: str
    kind: str
    told: dict[str, Any]
    answer: Answer
    error: str = ""
    result: Any = None
    invoked: float = 0.0
    answered: float = 0.0


@dataclass(slots=True)
class HistoryFile:
    """The file that one client process appends to; its threads share it."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, op: str, kind: str, told: dict[str, Any]) -> None:
        """Before anything is sent."""
        self._append({"op": op, "phase": "invoke", "kind": kind, "told": told})

    def answer(self, op: str, answer: Answer, *, error: str = "", result: Any = None) -> None:
        """As soon as it is known."""
        self._append({"op": op, "phase": answer, "error": error, "result": result})

    def _append(self, line: dict[str, Any]) -> None:
        text = json.dumps(line | {"at": time.time()}, ensure_ascii=False)
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(text + "\n")


def read_histories(paths: Iterable[Path]) -> list[Tried]:
    """Every operation in the order of its beginning. One that never got its answer is unknown."""
    lines = sorted((line for path in paths for line in _lines(path)), key=lambda line: float(line["at"]))
    begun = {line["op"]: line for line in lines if line["phase"] == "invoke"}
    ended = {line["op"]: line for line in lines if line["phase"] != "invoke"}
    return [_tried(line, ended.get(op)) for op, line in begun.items()]


def _tried(begun: dict[str, Any], ended: dict[str, Any] | None) -> Tried:
    op, kind, told, at = begun["op"], begun["kind"], begun["told"], begun["at"]
    if ended is None:
        return Tried(op, kind, told, "unknown", "no answer", invoked=at)
    return Tried(op, kind, told, ended["phase"], ended["error"], ended["result"], at, ended["at"])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)
