"""How does a peer's drill run? As the product's own: load, baseline, faults by phase, heal, drain, stop, judge.

Next: report.py, what is said of it.
"""

import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg

from drill.campaign import BOOT_SECONDS, CLIENTS, QUIET_SECONDS, Plan, keep_evidence
from drill.history import read_histories
from drill.judge.acknowledged import judge_acknowledged
from drill.judge.goods import judge_goods
from drill.judge.recovery import recoveries, standstills
from drill.judge.steps import judge_steps
from drill.judge.verdict import Verdict, latencies, states_of
from drill.nemesis import Nemesis
from drill.peers.end_state import read_peer_state
from drill.peers.engines import LOOK_SECONDS, VISIBILITY_SECONDS, Engine
from drill.peers.faults import phases_for
from drill.peers.report import Fates, Report, fates_of
from drill.world import World, opened_world

SESSIONS_NAME = "orderflode"
"""What the sessions of peers are called that call themselves nothing: the nemesis finds them by having a name."""

STILL_SECONDS = VISIBILITY_SECONDS + 2 * LOOK_SECONDS
"""Where nothing has moved for so long, no message comes back either."""
LONGEST_DRAIN = 300.0


def run(engine: Engine, plan: Plan, home: Path, evidence: Path, say: Callable[[str], object]) -> Report:
    """Run a drill of the engine in `home`, which is thrown away, and judge it. Logs and the clients' histories of one
    that is not green are copied to `evidence`."""
    # By TCP: the driver words a refused connection otherwise on a socket, and DBOS knows it by its words.
    with opened_world(home, prepare=engine.prepare, by_tcp=True) as world:
        for name, command in engine.workers.items():
            world.processes.start(name, command, _environment(engine))
        nemesis = Nemesis(world, plan.seed, say, phases_for(engine))
        _under_load(engine, plan, world, nemesis, say)
        seconds = _drain(engine, world, say)
        left_in_broker = _left_in_broker(world) if engine.broker else {}
        world.processes.stop(*world.processes.names(), grace=2.0)  # nothing is under way any more
        say("dömer (judging)")
        report = Report(engine, *_judge(engine, plan, world, nemesis, seconds), left_in_broker)
        if not report.verdict.is_green:
            keep_evidence(home, evidence)
            say(f"loggar och historik (logs and histories): {evidence}")
        return report


def _under_load(
    engine: Engine,
    plan: Plan,
    world: World,
    nemesis: Nemesis,
    say: Callable[[str], object],
) -> None:
    for number in range(1, CLIENTS + 1):
        name, history = f"c{number}", world.home / f"history-{number}.jsonl"
        command = [sys.executable, "-m", "drill.peers.clients", name, str(CLIENTS), str(plan.seed), str(history)]
        world.processes.start(f"client-{number}", [*command, engine.intake], _environment(engine))
    _await_first_delivery(world)
    say(f"grundnivå (baseline) {plan.baseline_seconds:.0f} s")
    time.sleep(plan.baseline_seconds)
    seconds = (plan.load_seconds - plan.baseline_seconds) / 2
    nemesis.rage(plan.classes, seconds)
    nemesis.rage(plan.classes, seconds)
    nemesis.make_good(plan.classes, plan.least, plan.strikes, plan.load_seconds)
    world.processes.stop(*world.processes.names("client-"))


def _environment(engine: Engine) -> dict[str, str]:
    return {**engine.environment, "PGAPPNAME": SESSIONS_NAME}


def _await_first_delivery(world: World) -> None:
    """Until an order has gone all its way: every part runs. Raises TimeoutError."""
    deadline = time.monotonic() + BOOT_SECONDS
    while not _holds(world, "SELECT EXISTS (SELECT FROM orders WHERE state = 'delivered')"):
        if time.monotonic() > deadline:
            raise TimeoutError("no order was delivered before anything was broken")
        time.sleep(0.1)


def _drain(engine: Engine, world: World, say: Callable[[str], object]) -> float:
    """Wait until every order is delivered or given up; returns how long it took. A minute, as the product has, and
    longer while orders still move: who is slow on a busy machine is not stuck."""
    say("läkt: väntar tills allt är lugnt (healed: draining)")
    given_up = f" AND external_id NOT IN ({engine.given_up})" if engine.given_up else ""
    is_quiet = f"SELECT NOT EXISTS (SELECT FROM orders WHERE ended_at IS NULL{given_up})"
    moves = f"SELECT EXISTS (SELECT FROM history WHERE at > clock_timestamp() - interval '{STILL_SECONDS} s')"
    began = time.monotonic()
    while not _holds(world, is_quiet):
        lasted = time.monotonic() - began
        if lasted > LONGEST_DRAIN or (lasted > QUIET_SECONDS and not _holds(world, moves)):
            break
        time.sleep(0.25)
    return time.monotonic() - began


def _left_in_broker(world: World) -> dict[str, int]:
    """By the names that Celery gives them."""
    with world.redis() as client:
        return {"queued": int(client.llen("celery")), "unacked": int(client.hlen("unacked"))}


def _holds(world: World, question: str) -> bool:
    try:
        with closing(world.session()) as session:
            return session.execute(question.encode()).fetchone() == (True,)
    except psycopg.OperationalError:
        return False


def _judge(engine: Engine, plan: Plan, world: World, nemesis: Nemesis, seconds: float) -> tuple[Verdict, Fates]:
    history = read_histories(sorted(world.home.glob("history-*.jsonl")))
    state = read_peer_state(world.database_url, engine.given_up)
    findings, counts = judge_acknowledged(history, state, planted=())
    findings += [*judge_goods(state), *judge_steps(state, planted=())]
    verdict = Verdict(
        seed=plan.seed,
        minutes=plan.minutes,
        sabotage=None,
        findings=tuple(findings),
        counts=counts,
        recoveries=tuple(recoveries(plan.classes, nemesis.strikes, state)),
        standstills=tuple(standstills(nemesis.strikes, state, max((tried.invoked for tried in history), default=0.0))),
        least=plan.least,
        strikes=plan.strikes,
        latency=latencies(history, nemesis.strikes),
        states=states_of([order.state for order in state.orders]),
        seconds_to_quiet=seconds,
        ended=time.time(),
    )
    return verdict, fates_of(history, state)
