"""What does the back office look like? A picture of each page for docs/back_office.md, from a seeded region at work.

`make pictures` makes them anew: the demo's region and orders, worked by the product's steps; some wait for a person.
Next: docs/back_office.md, which shows them.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from browser.chromium import a_chromium
from builders import run_all
from playwright.sync_api import Browser, Page
from web_process import web_process
from web_world import PASSWORD

from backoffice.cli.demo_day import live_a_day
from backoffice.json_text import STOCKHOLM
from backoffice.words import word
from config.database import Database
from config.server_urls import server_urls
from config.settings import Settings
from exchange.demo_data.writing import write_demo_data
from exchange.import_file import Importer
from exchange.incoming.incoming_file import open_incoming
from exchange.load_master import load_master
from exchange.master_files import read_master_files
from workflows.accounts import REGIONAL, NewAccount, add_account
from workflows.cohort import run_named
from workflows.keyring import keys_of
from workflows.logins import set_password
from workflows.master_data import Role
from workflows.migrations import migrate
from workflows.passwords import new_hash
from workflows.patients import Keys
from workflows.steps import pick

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
ENDED, ON_THEIR_WAY = 300, 60
"""Orders of the day before, and of today."""
LOWEST = 1_400
"""Of a long page its upper part is shown."""
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 800}


def main() -> None:
    """Make every picture."""
    FOLDER.mkdir(exist_ok=True)
    with a_region_at_work() as (address, patient), a_chromium() as chromium:
        for role, pages in PAGES.items():
            look = _Looking(chromium, address, role)
            for name, page in pages.items():
                look.at(page, name)
            if role is Role.HMS:
                look.for_a_patient(patient, "patient")
        _Looking(chromium, address, Role.HMS, dark=True).at("/", "oversikt-mork")
        _Looking(chromium, address, Role.HMS, narrow=True).at("/plock", "plock-smal")


PAGES: dict[Role, dict[str, str]] = {
    Role.HMS: {
        "oversikt": "/", "ordrar": "/ordrar", "order": "/ordrar?state=utleverans#first", "ny-order": "/ny-order",
        "import": "/import", "plock": "/plock", "utleveranser": "/utleveranser", "lager": "/lager/50101",
    },
    Role.ADMIN: {"granskning": "/granskning", "konton": "/konton"},
}  # fmt: skip
"""Who looks, and at which pages: the picture's name and the address. `#first`: the first order that is listed there."""


class _Looking:
    """Somebody's browser, in which they have logged in."""

    def __init__(
        self, chromium: Browser, address: str, role: Role, *, dark: bool = False, narrow: bool = False
    ) -> None:
        context = chromium.new_context(
            base_url=address, color_scheme="dark" if dark else "light", locale="sv-SE",
            timezone_id="Europe/Stockholm", viewport=NARROW if narrow else WIDE,
        )  # fmt: skip
        self.page: Page = context.new_page()
        self.page.goto("/logga-in")
        self.page.get_by_label("Inloggningsnamn").fill(str(role))
        self.page.get_by_label("Lösenord").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(re.compile("^((?!logga-in).)*$"))

    def at(self, address: str, name: str) -> None:
        """Take the picture of that page."""
        path, _, first = address.partition("#")
        self.page.goto(path)
        if first:
            self.page.locator("tbody a[href^='/ordrar/']").first.click()
        self._take(name)

    def for_a_patient(self, number: str, name: str) -> None:
        """Search somebody, which gives the log something to tell, and take the picture of the answer."""
        self.page.goto("/patient")
        self.page.get_by_label("Patientens nummer").fill(number)
        self.page.get_by_label("Varför söker du?").fill("Patienten ringer om sin rullstol")
        self.page.keyboard.press("Enter")
        self.page.locator(".found").wait_for()
        self._take(name)

    def _take(self, name: str) -> None:
        self.page.wait_for_load_state("networkidle")
        width, height = (self.page.evaluate(f"document.documentElement.scroll{each}") for each in ("Width", "Height"))
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, LOWEST)}
        self.page.screenshot(path=FOLDER / f"{name}.png", full_page=True, clip=clip)


@contextmanager
def a_region_at_work() -> Iterator[tuple[str, str]]:
    """The address of a back office over the demo's region, with orders that have ended and orders that wait for people;
    and the number (an official test number) of a patient who got something."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as place:
        home = Path(place)
        with server_urls(Settings(ORDERFLODE_HOME=home / "servers"), need_redis=False, throw_away=True) as urls:
            migrate(urls.database_url)
            database = Database(urls.database_url)
            patient = _let_work(database, home)
            with web_process(urls.database_url, home, RATE_PER_TOKEN="100000", RATE_PER_ADDRESS="100000") as web:
                yield f"http://localhost:{web.port}", patient
            database.close()


def _let_work(database: Database, home: Path) -> str:
    keys = keys_of(database, home / "keys.json")
    files = write_demo_data(home, orders=ENDED + ON_THEIR_WAY, seed=1, today=datetime.now(STOCKHOLM).date())
    load_master(database, read_master_files(home), actor="bild")
    orders = files.orders.read_bytes().splitlines(keepends=True)
    live_a_day(database, _take(database, keys, home / "yesterday.ndjson", orders[:ENDED]))
    run_all(database)
    _let_people_confirm(database)
    _take(database, keys, home / "today.ndjson", orders[ENDED:])
    _pick_some(database)
    with database.transaction() as tx:
        for role in Role:
            kommun = None if role in REGIONAL else "Karlstad"
            account = add_account(tx, NewAccount(str(role), word("role", role), frozenset({role}), kommun), by="bild")
            set_password(tx, account.id, new_hash(PASSWORD, str(role)), by="bild")
    receivers = (json.loads(line)["receiver"] for line in orders if b'"patient"' in line)
    return str(next(each["id"] for each in receivers if each["kind"] == "patient"))


def _take(database: Database, keys: Keys, file: Path, orders: list[bytes]) -> int:
    """Import the orders and let them go as far as they go by themselves; their batch."""
    file.write_bytes(b"".join(orders))
    batch = Importer(database, keys, "journal", "bild").run(file, open_incoming(file)).batch
    run_all(database)
    return batch


def _let_people_confirm(database: Database) -> None:
    """From now on a person confirms at lager 10, so that there is something to pick and to deliver."""
    with database.session() as owner:
        owner.execute("UPDATE store SET picking = 'confirmed', delivery = 'confirmed' WHERE code = '10'")


def _pick_some(database: Database) -> None:
    """Of what waits to be picked every other order is, and goes on to its utleverans."""
    with database.transaction() as tx:
        waiting = tx.execute("SELECT id FROM orders WHERE state = 'validated' ORDER BY id").fetchall()
    for (order_id,) in waiting[::2]:
        run_named(database, pick.STEP, order_id, actor="hms")
    run_all(database)


if __name__ == "__main__":
    main()
