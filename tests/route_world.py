"""About what do the routes ask, and who asks? In each of two kommuner what a route needs, and somebody of each role.

Next: route_table.py, what each route demands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from builders import a_world, run_all
from devices_world import arrive, mark
from order_files import a_body, a_file, to_a_patient
from people import ANOTHER_PERSONNUMMER, PERSONNUMMER

from backoffice.pages.device_address import device_key
from config.database import Connection, Database
from exchange.import_file import Importer
from exchange.incoming.incoming_file import open_incoming
from workflows.access_log import Look, log_access
from workflows.accounts import NewAccount, add_account
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import adjust_stock
from workflows.counts.opening import open_count
from workflows.devices import Device
from workflows.keyring import keys_of
from workflows.master_data import Role
from workflows.order_reference import order_named
from workflows.patients import Keys
from workflows.permissions import Permission
from workflows.pick_list_prints import mark_printed
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.sessions import begin_session, sessions_of
from workflows.steps import deliver
from workflows.tokens import issue_token
from workflows.webhooks.subscribers import NewWebhook, add_webhook

KARLSTAD, KIL = "Karlstad", "Kil"
SOURCE = "journal"
_PATIENTS = {KARLSTAD: PERSONNUMMER, KIL: ANOTHER_PERSONNUMMER}
_PLACES = {KARLSTAD: ("03-05", "50301"), KIL: ("04-01", "50401")}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody with a role who has logged in; `kommun` None is the whole region. `person` is whom they order as."""

    role: Role
    kommun: str | None
    cookie: str
    person: str

    def __str__(self) -> str:
        return f"{self.role} of {self.kommun or 'the region'}"


@dataclass(slots=True)
class RouteWorld:
    """The things of each kommun by name, and who asks about them."""

    database: Database
    keys: Keys
    things: dict[str, dict[str, str]] = field(default_factory=dict)
    askers: list[Asker] = field(default_factory=list)

    def of(self, kommun: str) -> dict[str, str]:
        """The kommun's things; those that asking ends (a token, a webhook, a session) are new, and a free name."""
        new = f"N{next(_numbers)}"
        things = self.things[kommun]
        with self.database.transaction() as tx:
            _token(tx, f"{new.lower()}-token", [Permission.READ_ORDERS], kommun)
            begin_session(tx, int(things["account"]))
            session = sessions_of(tx, int(things["account"]))[0].id
            log_access(tx, "patient_list", Look("test", "prov", self.keys, kommun=kommun), [])
            ((look,),) = tx.execute("SELECT max(id) FROM access_log").fetchall()
            webhook = NewWebhook(f"{new.lower()}-hook", "https://mottagare.example/", {"held"}, kommun)
            add_webhook(tx, self.keys, webhook, by="test")
        return things | {
            "new": new, "name": f"{new.lower()}-token", "webhook": webhook.name, "session": str(session),
            "kommun": kommun, "look": str(look),
        }  # fmt: skip

    def token(self, scopes: Iterable[Permission]) -> str:
        """The secret of a token for the whole region with these scopes."""
        with self.database.transaction() as tx:
            return _token(tx, f"scoped-{next(_numbers)}", scopes, None)


def a_route_world(database: Database, home: Path) -> RouteWorld:
    """Of each kommun: a patient's order that is on its way, one that moves, one that has ended, a file, an account."""
    a_world(database, stock={(store, "A1"): 100 for store in ("10", "50301", "50401")}, delivery_10="confirmed")
    keys = keys_of(database, home / "keys.json")
    world = RouteWorld(database, keys)
    for kommun, (unit, store) in _PLACES.items():
        bodies = [
            to_a_patient(f"open-{kommun}", _PATIENTS[kommun], orderer={"person": "forsk", "unit": unit}),
            *(
                a_body(f"{name}-{kommun}", receiver={"kind": "vardenhet", "id": unit},
                       orderer={"person": "best", "unit": unit})
                for name in ("moving", "ended")
            ),
        ]  # fmt: skip
        file = a_file(home, *bodies, name=f"{kommun}.ndjson")
        taken = Importer(database, keys, SOURCE, "test", kommun=kommun).run(file, open_incoming(file))
        assert taken.accepted == len(bodies)
        run_all(database)
        with database.transaction() as tx:
            ids = {name: str(order_named(tx, f"{SOURCE}:{name}-{kommun}")) for name in ("open", "moving", "ended")}
            row = tx.execute("SELECT number FROM utleverans WHERE order_id = %s", (int(ids["moving"]),)).fetchone()
            printed = mark_printed(tx, [int(ids["moving"])], "test")
            account = add_account(
                tx, NewAccount(f"somebody-{kommun}".lower(), "Någon", frozenset({Role.TEKNIKER}), kommun), by="test"
            )
        assert row is not None
        run_named(database, deliver.STEP, int(ids["ended"]), actor="test")
        world.things[kommun] = ids | {
            "unit": unit, "code": store, "batch": str(taken.batch), "number": row[0], "login": account.login,
            "account": str(account.id), "print": str(printed),
            "return": _asked_back(database, int(ids["ended"]), store),
        } | _on_the_shelf(database, store)  # fmt: skip
    _let_everybody_in(world)
    return world


def _asked_back(database: Database, order_id: int, store: str) -> str:
    """A return of the order's goods to the store."""
    with database.transaction() as tx:
        return f"R-{request_return(tx, ReturnRequest(store, 'åter', order_id), actor='test')}"


def _on_the_shelf(database: Database, store: str) -> dict[str, str]:
    """Of the store: an article, an open count, a difference, a device."""
    mark(database, "A9")
    arrive(database, store, f"S-{store}")
    adjust_stock(database, Goods(store, "A3"), 3, reason="räknat", actor="test")
    number = open_count(database, store, articles=["A2"], actor="test")
    with database.transaction() as tx:
        row = tx.execute("SELECT id FROM movement WHERE kind = 'adjust' AND from_store = %s", (store,)).fetchone()
    assert row is not None
    return {
        "article": "A1", "count": f"I-{number}", "difference": str(row[0]), "serial": f"S-{store}",
        "key": device_key(Device("A9", f"S-{store}")),
    }  # fmt: skip


def _let_everybody_in(world: RouteWorld) -> None:
    """Somebody of each role in Karlstad, and of those that work for the whole region one without a kommun."""
    kinds = [(role, KARLSTAD) for role in Role] + [(Role.HMS, None), (Role.ADMIN, None)]
    with world.database.transaction() as tx:
        for role, kommun in kinds:
            person = "forsk" if role is Role.PRESCRIBER else None
            new = NewAccount(f"{role}-{kommun or 'regionen'}".lower(), "Någon", frozenset({role}), kommun, person)
            account = add_account(tx, new, by="test")
            world.askers.append(Asker(role, kommun, begin_session(tx, account.id), person or "best"))


def _token(tx: Connection, name: str, scopes: Iterable[Permission], kommun: str | None) -> str:
    return issue_token(
        tx, name, source=SOURCE, scopes=frozenset(scopes), kommun=kommun,
        expires_at=datetime.now(UTC) + timedelta(days=1), by="test",
    )  # fmt: skip


def path_of(path: str, things: Mapping[str, str], named: Mapping[str, str]) -> str:
    """The path with the things in the place of its names; `named` says which thing, or a word after `=`."""
    words = {name: each[1:] if each.startswith("=") else things[each] for name, each in named.items()}
    return path.format_map({**things, **words})
