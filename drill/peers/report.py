"""What is said of a peer's drill? The judge's verdict in the product's words, and where every order ended.

Next: table.py, several reports beside each other.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drill.faults import LEFT_OUT as LEFT_OUT_HERE
from drill.history import Tried
from drill.judge.end_state import EndState, OrderEnd
from drill.judge.steps import ENDS
from drill.judge.verdict import Verdict
from drill.peers.engines import Engine
from drill.peers.faults import left_out_for

NOT_JUDGED: Mapping[str, str] = {
    "invariants": "they are questions to the product's schema; the ledger is judged",
    "documents": "a peer writes none",
    "personal-data": "a peer keeps nothing of a patient",
}
"""What the product is judged by and a peer is not, and why."""

Fates = dict[str, dict[str, int]]
"""What the clients were told of an order (`acknowledged`, `unknown`) → where it ended → how many."""


def fates_of(history: Sequence[Tried], state: EndState) -> Fates:
    """Where every order ended that a client tried to place: each in one place, so that the sums are what was told.

    `delivered`, `held` (the engine says that it has given it up), `stuck`, `lost`; of unknown ones `absent`. An order
    of which nobody was ever told more than that it certainly failed is none.
    """
    answers: dict[str, set[str]] = defaultdict(set)
    for tried in history:
        if tried.kind == "order":
            answers[tried.told["key"]].add(tried.answer)
    there = {order.key: order for order in state.orders}
    acknowledged = Counter(_place(there.get(key), "lost") for key, each in answers.items() if "ok" in each)
    unknown = Counter(
        _place(there.get(key), "absent") for key, each in answers.items() if "ok" not in each and "unknown" in each
    )
    return {"acknowledged": dict(acknowledged), "unknown": dict(unknown)}


def _place(order: OrderEnd | None, absent: str) -> str:
    if order is None:
        return absent
    if order.held:
        return "held"
    return "delivered" if order.state in ENDS else "stuck"


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one drill of a peer."""

    engine: Engine
    verdict: Verdict
    fates: Fates
    left_in_broker: dict[str, int]
    """Messages that were `queued` and `unacked` when the drain was over: what is stuck and not among them is so for
    ever. Empty where there is no broker."""

    def as_json(self) -> dict[str, Any]:
        """As the product's own report, with what the engine is, how it was configured, and what was left out."""
        document = self.verdict.as_json()
        document["faults"] |= {"left_out": self._left_out}
        return {
            "engine": self.engine.name, "title": self.engine.title, "configuration": list(self.engine.configuration),
            "favours": list(self.engine.favours), "fates": self.fates, "left_in_broker": self.left_in_broker,
            "not_judged": dict(NOT_JUDGED), **document,
        }  # fmt: skip

    @property
    def _left_out(self) -> dict[str, str]:
        return LEFT_OUT_HERE | left_out_for(self.engine)

    def as_text(self) -> str:
        """The report for a terminal."""
        lines = [
            f"{self.engine.name}: {self.engine.title}",
            *(f"  inställt (configured): {each}" for each in self.engine.configuration),
            *(f"  till dess fördel (favours it): {each}" for each in self.engine.favours),
            *(
                f"  {told}: {', '.join(f'{place} {number}' for place, number in places.items()) or '–'}"
                for told, places in self.fates.items()
            ),
            *(
                f"  kvar i mäklaren (left in the broker): {name} {number}"
                for name, number in self.left_in_broker.items()
            ),
            *(f"  utelämnad (left out): {name}, {reason}" for name, reason in self._left_out.items()),
            *(f"  döms inte (not judged): {name}, {reason}" for name, reason in NOT_JUDGED.items()),
            self.verdict.as_text(),
        ]
        return "\n".join(lines)
