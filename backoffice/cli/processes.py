"""Commands that run: `up` everything, `work` until done, and one process each: worker, dispatcher, web, …"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.first_link import tell_of_the_first_link
from backoffice.cli.output import fail, or_more, progress, say
from backoffice.supervisor import Supervisor, dispatcher, documents_worker, order_worker, webhooks_teller
from config.log_setup import set_up_logging
from config.server_urls import checked_database_url
from config.settings import settings
from workflows.due import anything_ahead
from workflows.migrations import migrate as run_migrations
from workflows.overview import MOST_COUNTED, count_up_to, orders_ahead

POLL = 0.1

Host = Annotated[str, typer.Option(help="Adress att lyssna på (address)")]
Port = Annotated[int, typer.Option(min=1, max=65535)]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("up")(up)
    app.command("work")(work)
    app.command("worker")(worker)
    app.command("dispatcher")(run_dispatcher)
    app.command("web")(web)
    app.command("webhooks")(webhooks)
    app.command("migrate")(migrate)


HTTP = "backoffice.api.head_in_time:HeadInTime"
"""h11, and a deadline for the head of a request."""

MOST_HEAD = 16 << 10
"""Bytes of a request's line and headers together."""

MOST_CONNECTIONS = 512
"""More get 503 at once, instead of slowing the others down."""


def web_server(host: str, port: int, proxies: Sequence[str] = ()) -> list[str]:
    """The command of the web process. What `proxies` say of where a request comes from is believed, and nobody else."""
    believed = ["--proxy-headers", "--forwarded-allow-ips", ",".join(proxies)] if proxies else ["--no-proxy-headers"]
    return [
        sys.executable, "-m", "uvicorn", "backoffice.api.app:create_app", "--factory", "--host", host,
        "--port", str(port), "--http", HTTP, "--h11-max-incomplete-event-size", str(MOST_HEAD),
        "--limit-concurrency", str(MOST_CONNECTIONS), "--timeout-keep-alive", "5", "--timeout-graceful-shutdown", "3",
        "--no-server-header", "--no-access-log", "--log-level", "warning", *believed,
    ]  # fmt: skip


def start_workers(supervisor: Supervisor, *, documents: bool = True, jobs_too: bool = False) -> None:
    """Start the workers of orders and, unless told otherwise, the one of documents. `jobs_too`: see order_worker."""
    for number in range(1, settings().order_workers + 1):
        supervisor.start(f"worker {number}", order_worker(number, jobs_too=jobs_too))
    if documents:
        supervisor.start("documents", documents_worker())


def start_dispatcher(supervisor: Supervisor) -> None:
    """Start the dispatcher."""
    supervisor.start("dispatcher", dispatcher())


def up(host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Kör alla processer tills Ctrl-C (run all processes until Ctrl-C)."""
    set_up_logging(settings().log_level)
    stopping = _stop_signals()
    with opened(need_redis=True, progress=say) as environment, Supervisor(environment.for_children()) as supervisor:
        start_workers(supervisor)
        start_dispatcher(supervisor)
        supervisor.start("webhooks", webhooks_teller())
        supervisor.start("web", web_server(host, port, settings().proxies))
        say(f"Igång på http://{host}:{port} – Ctrl-C stoppar (running; Ctrl-C stops)")
        if settings().database_url is None:
            tell_of_the_first_link(environment, f"http://{host}:{port}")
        while not stopping():
            supervisor.tend()
            time.sleep(POLL)
        say("Stoppar (stopping)")


def work(
    until_done: Annotated[bool, typer.Option("--until-done", help="Återvänd när inget är att göra (return)")] = False,
) -> None:
    """Kör dispatcher och arbetare (run dispatcher and workers). With --until-done: exit 1 if anything is held."""
    set_up_logging("WARNING")
    stopping = _stop_signals()
    with opened(need_redis=True, progress=say) as environment, progress() as steps:
        with Supervisor(environment.for_children()) as supervisor:
            # What is rendered ahead is not waited for: a process for it would end before it had begun.
            start_workers(supervisor, documents=not until_done, jobs_too=until_done)
            start_dispatcher(supervisor)
            wait_until_done(
                environment,
                supervisor,
                lambda held, due: steps.show(f"{due} att göra, {held} hållna (due, held)"),
                stopping if until_done else lambda: stopping() or None,
                until_done=until_done,
            )
        with environment.database.transaction() as tx:
            held = count_up_to(tx, "held", MOST_COUNTED)
    if until_done and held:
        words = or_more(held) if held == MOST_COUNTED else held
        fail(f"{words} ordrar är hållna: orderflode orders --held ({held} orders are held)")


def wait_until_done(
    environment: Environment,
    supervisor: Supervisor,
    show: Callable[[int, int], None],
    stopping: Callable[[], object],
    *,
    until_done: bool = True,
) -> None:
    """Tend the children until nothing is due any more, or `stopping` says so."""
    shown = 0.0
    while not stopping():
        supervisor.tend()
        with environment.database.transaction() as tx:
            if until_done and not anything_ahead(tx):
                return
            if time.monotonic() - shown > 1.0:
                shown = time.monotonic()
                show(count_up_to(tx, "held", MOST_COUNTED), orders_ahead(tx))
        time.sleep(POLL)


def _stop_signals() -> Callable[[], bool]:
    """Whether SIGTERM or SIGINT has come since."""
    seen: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: seen.append(received))
    return lambda: bool(seen)


def _become(command: list[str], *, need_redis: bool) -> None:
    """Run one process in the place of this one, on the servers of the environment."""
    with opened(need_redis=need_redis, progress=say) as environment:
        variables = environment.for_children()
        if settings().database_url and (settings().redis_url or not need_redis):
            environment.database.close()
            os.execve(command[0], command, {**os.environ, **variables})  # noqa: S606
        # Embedded servers live as long as somebody uses them: stay as their user.
        stopping = _stop_signals()
        with Supervisor(variables) as supervisor:
            supervisor.start(command[-1], command)
            while not stopping():
                supervisor.tend()
                time.sleep(POLL)


def worker() -> None:
    """Kör en arbetare (run one worker)."""
    _become(order_worker(os.getpid(), jobs_too=True), need_redis=True)


def run_dispatcher() -> None:
    """Kör en dispatcher (run one dispatcher)."""
    _become(dispatcher(), need_redis=True)


def web(host: Host = "127.0.0.1", port: Port = 8080) -> None:
    """Kör webbprocessen (run the web process)."""
    _become(web_server(host, port, settings().proxies), need_redis=False)


def webhooks() -> None:
    """Kör processen som skickar till webhookar (run the process that tells webhooks' receivers)."""
    _become(webhooks_teller(), need_redis=False)


def migrate() -> None:
    """För databasen till det schema som behövs (bring the database to the schema that is needed)."""
    current = settings()
    url = current.database_owner_url or current.database_url
    if url is None:
        with opened():
            pass
    else:
        variable = "DATABASE_OWNER_URL" if current.database_owner_url else "DATABASE_URL"
        run_migrations(checked_database_url(url, variable))
    say("Schemat är det senaste (the schema is the newest)")
