"""How does a drill run? The world, the load on it, the nemesis, the healing, and then the judge.

Baseline without faults, faults by phase under load, heal, drain until all is quiet (a minute at most), stop
everything, judge. Next: nemesis.py (what breaks), clients.py (who uses it), judge/ (what is said of it).
"""

import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psycopg

from drill.history import read_histories
from drill.judge.acknowledged import judge_acknowledged
from drill.judge.documents import judge_documents
from drill.judge.finding import Finding, found
from drill.judge.goods import judge_goods
from drill.judge.privacy import judge_privacy
from drill.judge.product_state import read_end_state
from drill.judge.recovery import recoveries, standstills
from drill.judge.steps import judge_steps
from drill.judge.verdict import Verdict, latencies, states_of
from drill.load import Load
from drill.nemesis import Nemesis
from drill.poison import KINDS, plant, with_killers
from drill.redis_looks import RedisLooks, redis_watched
from drill.region import load_region
from drill.sabotage.switch import Sabotage
from drill.world import World, opened_world, start_processes
from exchange.outgoing.document_store import DocumentStore
from workflows.due import anything_ahead
from workflows.heartbeats import CANARY, seconds_since
from workflows.verify.checking import verify

CLIENTS = 2
MANY_CLASSES = 24
QUIET_SECONDS = 60.0
"""After a fault is healed every order moves on within this time, or is held."""
BOOT_SECONDS = 60.0
DRAIN_SHARE = 15.0
"""Seconds of each minute that are left for the drain, 60 at most."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a drill."""

    seed: int
    minutes: float
    classes: tuple[str, ...]
    load: Load = field(default_factory=Load)
    sabotage: Sabotage | None = None

    @property
    def load_seconds(self) -> float:
        """How long the clients work."""
        return 60 * self.minutes - min(QUIET_SECONDS, DRAIN_SHARE * self.minutes)

    @property
    def baseline_seconds(self) -> float:
        """How long nothing breaks at first."""
        return max(4.0, 0.08 * self.load_seconds)

    @property
    def least(self) -> int:
        """How often each class must be seen: three times in ten minutes."""
        return 1 + int(min(self.minutes, 10.0) // 4)

    @property
    def strikes(self) -> int:
        """How many strikes must be seen in all: 250 in ten minutes; of a few chosen classes, as many as it comes to."""
        return int(25 * self.minutes) if len(self.classes) >= MANY_CLASSES else 0

    @property
    def poison(self) -> tuple[int, int]:
        """How many orders of each kind of poison are planted: when the faults begin, and midway."""
        return 1, int(self.minutes // 3)


def run(plan: Plan, home: Path, evidence: Path, say: Callable[[str], object]) -> Verdict:
    """Run the drill in `home`, which is thrown away, and judge it. When it is red, the logs and the clients' histories
    are copied to `evidence`."""
    wrap = with_killers if plan.sabotage is None else plan.sabotage.around(with_killers)
    with opened_world(home, wrap=wrap) as world:
        with closing(world.database()) as database:
            load_region(database)
        if plan.sabotage is not None:
            with closing(world.session()) as session:
                plan.sabotage.spoil(session)
        start_processes(world)
        _await_boot(world)
        nemesis = Nemesis(world, plan.seed, say)
        with redis_watched(world) as looks:
            planted = _under_load(plan, world, nemesis, say)
            seconds = _drain(world, say)
            world.processes.stop(*world.processes.names(), grace=2.0)  # nothing is under way any more
        say("dömer (judging)")
        verdict = _judge(plan, world, nemesis, planted, looks, seconds)
        if not verdict.is_green and plan.sabotage is None:
            keep_evidence(home, evidence)
            say(f"loggar och historik (logs and histories): {evidence}")
        return verdict


def _await_boot(world: World) -> None:
    """Until a canary has flown through the queue: dispatcher and workers run."""
    deadline = time.monotonic() + BOOT_SECONDS
    with closing(world.session()) as session:
        while seconds_since(session, CANARY) is None and time.monotonic() < deadline:
            time.sleep(0.1)


def _under_load(plan: Plan, world: World, nemesis: Nemesis, say: Callable[[str], object]) -> list[str]:
    """Clients work, and after the baseline the nemesis rages; returns the keys of the planted poison."""
    world.keys()
    for number in range(1, CLIENTS + 1):
        world.processes.start(f"client-{number}", _client(plan, world, number))
    say(f"grundnivå (baseline) {plan.baseline_seconds:.0f} s")
    time.sleep(plan.baseline_seconds)
    at_first, midway = plan.poison
    planted = _plant(world, range(at_first))
    seconds = (plan.load_seconds - plan.baseline_seconds) / 2
    nemesis.rage(plan.classes, seconds)
    planted += _plant(world, range(at_first, at_first + midway))
    nemesis.rage(plan.classes, seconds)
    nemesis.make_good(plan.classes, plan.least, plan.strikes, plan.load_seconds)
    world.processes.stop(*world.processes.names("client-"))
    return planted


def _client(plan: Plan, world: World, number: int) -> list[str]:
    name, history = f"c{number}", world.home / f"history-{number}.jsonl"
    load = json.dumps(asdict(plan.load))
    return [sys.executable, "-m", "drill.clients", name, str(CLIENTS), str(plan.seed), str(history), load]


def _plant(world: World, numbers: Sequence[int]) -> list[str]:
    keys = world.keys()
    planted = [f"{kind}-{number}" for kind in KINDS for number in numbers]
    with closing(world.session()) as session:
        for key in planted:
            plant(session, keys, key)
    return planted


def _drain(world: World, say: Callable[[str], object]) -> float:
    """Wait until nothing is due any more, a minute at most; returns how long it took."""
    say("läkt: väntar tills allt är lugnt (healed: draining)")
    began = time.monotonic()
    while time.monotonic() - began < QUIET_SECONDS:
        try:
            with closing(world.session()) as session:
                if not anything_ahead(session):
                    break
        except psycopg.OperationalError:
            pass
        time.sleep(0.25)
    return time.monotonic() - began


def _judge(
    plan: Plan, world: World, nemesis: Nemesis, planted: Sequence[str], looks: RedisLooks, seconds: float
) -> Verdict:
    histories = sorted(world.home.glob("history-*.jsonl"))
    history = read_histories(histories)
    with closing(world.database()) as database:
        state = read_end_state(database)
        findings, counts = judge_acknowledged(history, state, planted)
        findings += [*judge_goods(state), *judge_steps(state, planted)]
        findings += _broken_invariants(world)
        documents = judge_documents(DocumentStore(database, world.keys(), world.documents))
        logs = [*world.logs.iterdir(), *world.server_logs, *histories]
        findings += documents.findings
        findings += judge_privacy(logs, looks.seen, database, documents.content.items())
    return Verdict(
        plan.seed, plan.minutes, plan.sabotage.name if plan.sabotage else None, tuple(findings), counts,
        tuple(recoveries(plan.classes, nemesis.strikes, state)),
        tuple(standstills(nemesis.strikes, state, max((tried.invoked for tried in history), default=0.0))),
        plan.least, plan.strikes,
        latencies(history, nemesis.strikes),
        states_of([order.state for order in state.orders]), seconds, time.time(),
    )  # fmt: skip


def _broken_invariants(world: World) -> list[Finding]:
    """What `orderflode verify` says, which recomputes every balance and state in SQL."""
    with closing(world.database()) as database:
        verification = verify(database)
    where = [f"{each.invariant.name}: {place}" for each in verification.broken for place in each.where]
    return [found("invariants", f"of {verification.checked} checks of `orderflode verify`", where)]


def keep_evidence(home: Path, folder: Path) -> None:
    """Copy logs and histories out of a world that is about to be thrown away."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in ("history-*.jsonl", "logs/*.log", "embedded/*.log", "embedded/*.log.1"):
        for path in home.glob(pattern):
            shutil.copyfile(path, folder / path.name)
