"""What if a process is killed in the middle of the work? The backlog ends as if nothing had happened, without help.

"In the middle" is held still: a lock on the balance of the second half's article stops a worker inside its
transaction, with the first half on its way and the second not; the kill comes, and then the lock goes.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import psutil
import psycopg
import pytest
from acceptance.own_valkey import OwnValkey
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine, Running
from integration.embedded_users import soon

pytestmark = pytest.mark.long  # the drill kills in the short run

PLENTY, HELD_UP, SCARCE, NONE_LEFT = "12345", "A-1", "00890", "A-2"
MANY = 1_000_000
SIZES = [20_000]


@pytest.fixture
def orderflode(orderflode: CommandLine) -> CommandLine:
    """With two workers, as it runs unless told otherwise: one lives on when the other is killed."""
    return orderflode.with_environment(ORDERFLODE_WORKERS="2")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Orders of which some wait for goods and some break a rule. Which of them get what is scarce is for the workers
    to decide; how many get it, and what stays in stock, is not."""

    size: int

    @property
    def scarce(self) -> int:
        """Units there are of what two thirds of those who ask for it can get."""
        return self.size // 75

    def article(self, number: int) -> str:
        """What order `number` asks for, one unit of it."""
        rare = {7: NONE_LEFT, 9: SCARCE}.get(number % 50)
        return rare or (PLENTY if number < self.size / 2 else HELD_UP)

    def load(self, orderflode: CommandLine) -> None:
        """Load master data and import the orders."""
        stock = {("10", PLENTY): MANY, ("10", HELD_UP): MANY, ("10", SCARCE): self.scarce}
        orderflode.run("load", write_master_data(orderflode.folder / "master", stock))
        orders = (
            an_order(f"B-{number}", (self.article(number), 1), sender="99" if number % 50 == 11 else "10")
            for number in range(self.size)
        )
        result = orderflode.read("import", write_orders(orderflode.folder / "orders.ndjson", orders))
        assert (result["accepted"], result["refused"]) == (self.size, 0)

    def end(self) -> Counter[tuple[str, str]]:
        """How many orders of each article end in each state."""
        end: Counter[tuple[str, str]] = Counter()
        for number in range(self.size):
            article = self.article(number)
            waits = article == NONE_LEFT or (article == SCARCE and end[SCARCE, "delivered"] == self.scarce)
            end[article, "rejected" if number % 50 == 11 else "backordered" if waits else "delivered"] += 1
        return end


def assert_end_of(backlog: Backlog, orderflode: CommandLine) -> None:
    """Every order is where it would be had nothing been killed, and so is every unit; no order is alone in doubt."""
    found = orderflode.read("orders")
    end = backlog.end()
    assert Counter((order["lines"][0]["article"], order["state"]) for order in found) == end
    assert [order["external_id"] for order in found if order["held"]] == []
    stock = {balance["article"]: balance for balance in orderflode.read("stock")}
    for article in (PLENTY, HELD_UP):
        assert stock[article]["on_hand"] == MANY - end[article, "delivered"]
    assert stock[SCARCE]["on_hand"] == 0
    assert {(balance["reserved"], balance["outbound"]) for balance in stock.values()} == {(0, 0)}
    assert orderflode.read("verify")["broken"] == []


@pytest.mark.parametrize("size", SIZES)
def test_without_a_kill_the_backlog_ends_as_counted(orderflode: CommandLine, size: int) -> None:
    Backlog(size).load(orderflode)

    orderflode.run("work", "--until-done")

    assert_end_of(Backlog(size), orderflode)


@pytest.mark.parametrize("size", SIZES)
def test_workers_killed_inside_a_transaction_leave_the_same_end(orderflode: CommandLine, size: int) -> None:
    Backlog(size).load(orderflode)

    said = work_through(lambda work: kill(work.children("orders1@%h") + work.children("orders2@%h"), 2), orderflode)

    assert said.count('"supervisor.died"') == 2
    assert_end_of(Backlog(size), orderflode)


@pytest.mark.parametrize("size", SIZES)
def test_a_dispatcher_killed_amid_the_work_leaves_the_same_end(orderflode: CommandLine, size: int) -> None:
    Backlog(size).load(orderflode)

    said = work_through(lambda work: kill(work.children("tasks.dispatcher"), 1), orderflode)

    assert said.count('"supervisor.died"') == 1
    assert_end_of(Backlog(size), orderflode)


@pytest.mark.parametrize("size", SIZES)
def test_a_redis_killed_amid_the_work_that_comes_back_empty_leaves_the_same_end(
    orderflode: CommandLine, size: int
) -> None:
    with ExitStack() as servers:
        valkey = OwnValkey(orderflode.folder)
        first = servers.enter_context(valkey.running())
        ours = orderflode.with_environment(REDIS_URL=valkey.url)
        Backlog(size).load(ours)

        def kill_and_start_empty(_: Running) -> None:
            assert valkey.number_of_keys() > 0
            kill([psutil.Process(first.pid)], 1)
            servers.enter_context(valkey.running())
            assert valkey.number_of_keys() == 0

        work_through(kill_and_start_empty, ours)
    assert_end_of(Backlog(size), orderflode)


def work_through(disturb: Callable[[Running], object], orderflode: CommandLine) -> str:
    """Work until done, with `disturb` in the middle; returns what the command said meanwhile."""
    url = orderflode.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as watcher, orderflode.started("work", "--until-done") as work:
        with psycopg.connect(url) as holder:
            holder.execute("SELECT FROM stock_balance WHERE store = '10' AND article = %s FOR UPDATE", (HELD_UP,))
            assert soon(lambda: someone_waits_for(holder, watcher), 60)
            assert soon(lambda: number_in_state("delivered", watcher) > 0, 60)
            assert number_in_state("draft", watcher) > 0
            disturb(work)
        ended = work.ended()
    assert (ended.status, ended.out) == (0, ""), ended.err
    return ended.err


def kill(processes: list[psutil.Process], expected: int) -> None:
    """SIGKILL."""
    assert len(processes) == expected
    for process in processes:
        process.kill()


def someone_waits_for(holder: psycopg.Connection, watcher: psycopg.Connection) -> bool:
    """Whether a transaction stands still because of a lock that `holder` has."""
    query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid)))"
    row = watcher.execute(query, (holder.info.backend_pid,)).fetchone()
    return row is not None and bool(row[0])


def number_in_state(state: str, watcher: psycopg.Connection) -> int:
    """How many orders are in `state`."""
    row = watcher.execute("SELECT count(*) FROM orders WHERE state = %s", (state,)).fetchone()
    return 0 if row is None else int(row[0])
