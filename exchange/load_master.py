"""How does master data get into the database? Loaded again, it updates; what it names must exist.

The opening balance of a (store, article) pair counts the first time the pair is seen; after that only movements
change it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from config.database import Connection, Database
from exchange.load_devices import device_problems, load_devices, unmarked_articles
from exchange.load_holdings import Known, Registers, holding_problems, store_holdings, take_turns
from exchange.master_files import MasterFiles, UnusableMasterFiles
from exchange.master_rows import WHOLE_FILE, FileProblem
from workflows.cohort import notify
from workflows.ledger import Movement, book

_TABLES = {
    "lead_class": ("code", "name", "working_days", "cut_off"),
    "store": (
        "code", "name", "kind", "kommun", "picking", "delivery", "shortage", "refill_by", "lead_class", "notice_to",
    ),
    "vardenhet": ("code", "name", "kommun", "own_store", "street", "postal_code", "city", "tour_days"),
    "article": ("number", "name", "iso_class", "gtin", "individual", "withdrawn", "successor"),
    "person": ("id", "name", "profession", "licensed", "roles"),
    "person_unit": ("person", "unit"),
    "prescribing_right": ("person", "unit", "iso_prefix", "valid_from", "valid_to"),
    "stock_target": ("store", "article", "reorder_point", "target", "lead_class", "shelf"),
}  # fmt: skip
_KEYS = {
    "lead_class": ("code",), "store": ("code",), "vardenhet": ("code",), "article": ("number",), "person": ("id",),
    "person_unit": ("person", "unit"), "prescribing_right": ("person", "unit", "iso_prefix", "valid_from"),
    "stock_target": ("store", "article"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows of each kind were read, and what was booked: opening balances and holdings."""

    rows: dict[str, int]
    opening_balances: int
    opening_holdings: int = 0


def load_master(database: Database, files: MasterFiles, *, actor: str, registers: Registers | None = None) -> Loaded:
    """Write `files` in one transaction; `registers` reads and seals the patients of their holdings.

    Raises UnusableMasterFiles where something is named that does not exist, or holdings contradict what is stored.
    """
    rows = {
        # What is named comes before who names it.
        "lead_class": files.lead_classes, "person": files.people, "store": files.stores, "vardenhet": files.units,
        "article": files.articles, "person_unit": files.person_units,
        "prescribing_right": files.prescribing_rights, "stock_target": files.stock,
    }  # fmt: skip
    with database.transaction(statement_timeout_ms=0) as tx:
        take_turns(tx, [*files.holdings, *files.devices])
        _refuse_unknown(tx, files, registers)
        unseen = _unseen_pairs(tx, files)
        # A person's rights are those of the file, all of them: a right that is gone from it has ended.
        tx.execute(
            "DELETE FROM prescribing_right WHERE person = ANY(%s)", ([row.person for row in files.prescribing_rights],)
        )
        for table, table_rows in rows.items():
            _upsert(tx, table, table_rows)
        _follow_policies(tx)
        opening = [
            Movement(
                "opening", row.article, row.on_hand, "supplier", "", "store", row.store,
                document=f"opening {row.store} {row.article}",
            )
            for row in files.stock if row.on_hand and (row.store, row.article) in unseen
        ]  # fmt: skip
        if opening:
            book(tx, opening, [], actor)
        load_devices(tx, files, actor)
        held = store_holdings(tx, files.holdings, registers, actor=actor)
    # Plans made for empty tables cost twenty times as much later.
    database.analyze(*_TABLES, "device")
    read = {table: len(table_rows) for table, table_rows in rows.items()} | {"device": len(files.devices)}
    return Loaded(read, len(opening), held)


def _upsert(tx: Connection, table: str, rows: Iterable[object]) -> None:
    columns, keys = _TABLES[table], _KEYS[table]
    values = [column for column in columns if column not in keys]
    then = f"DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in values)}" if values else "DO NOTHING"
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))}) "
        f"ON CONFLICT ({', '.join(keys)}) {then}"
    )
    with tx.cursor() as cursor:
        cursor.executemany(statement.encode(), [[_value(getattr(row, column)) for column in columns] for row in rows])


def _value(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else value


def _follow_policies(tx: Connection) -> None:
    """Orders that waited for a person at a store that now runs by itself are due."""
    tx.execute(
        "UPDATE orders o SET due_at = clock_timestamp() FROM store s WHERE s.code = o.sender "
        "AND o.due_at IS NULL AND o.held_since IS NULL "
        "AND (o.state = 'validated' AND s.picking = 'automatic' OR o.state = 'utleverans' AND s.delivery = 'automatic')"
    )
    notify(tx)


def _unseen_pairs(tx: Connection, files: MasterFiles) -> set[tuple[str, str]]:
    pairs = [(row.store, row.article) for row in files.stock]
    rows = tx.execute(
        "SELECT p.store, p.article FROM unnest(%s::text[], %s::text[]) AS p (store, article) "
        "WHERE NOT EXISTS (SELECT FROM stock_target t WHERE t.store = p.store AND t.article = p.article) "
        # An order that asked for the goods has left a balance of zero: only goods that moved have been seen.
        "AND NOT EXISTS (SELECT FROM stock_balance b WHERE b.store = p.store AND b.article = p.article AND EXISTS ("
        "SELECT FROM movement m WHERE m.article = b.article AND b.store IN (m.from_store, m.to_store)))",
        ([store for store, _ in pairs], [article for _, article in pairs]),
    )
    return {(store, article) for store, article in rows}


def _refuse_unknown(tx: Connection, files: MasterFiles, registers: Registers | None) -> None:
    """Every name that neither the files nor the database know, each with its file and column."""
    stores = _known(tx, "store", "code", [store.code for store in files.stores])
    units = _known(tx, "vardenhet", "code", [unit.code for unit in files.units])
    people = _known(tx, "person", "id", [person.id for person in files.people])
    articles = _known(tx, "article", "number", [article.number for article in files.articles])
    lead_classes = _known(tx, "lead_class", "code", [each.code for each in files.lead_classes])
    main_units = {(person.id, person.unit) for person in files.people}
    beside = [row for row in files.person_units if (row.person, row.unit) not in main_units]
    references: list[tuple[str, str, set[str], Sequence[str | None]]] = [
        ("stores.csv", "refill_by", people, [store.refill_by for store in files.stores]),
        ("stores.csv", "lead_class", lead_classes, [store.lead_class for store in files.stores]),
        ("units.csv", "own_store", stores, [unit.own_store for unit in files.units]),
        ("people.csv", "unit", units, [person.unit for person in files.people]),
        ("person_units.csv", "person", people, [row.person for row in beside]),
        ("person_units.csv", "unit", units, [row.unit for row in beside]),
        ("prescribing_rights.csv", "person", people, [row.person for row in files.prescribing_rights]),
        ("prescribing_rights.csv", "unit", units, [row.unit for row in files.prescribing_rights]),
        ("stock.csv", "store", stores, [row.store for row in files.stock]),
        ("stock.csv", "article", articles, [row.article for row in files.stock]),
        ("stock.csv", "lead_class", lead_classes, [row.lead_class for row in files.stock]),
        ("devices.csv", "store", stores, [row.store for row in files.devices]),
        ("devices.csv", "article", articles, [row.article for row in files.devices]),
    ]
    problems = [
        FileProblem(file, WHOLE_FILE, column, f"{column}: {code} finns inte.", f"{column}: there is no {code}.")
        for file, column, known, named in references
        for code in sorted({code for code in named if code is not None} - known)
    ]
    problems += unmarked_articles(tx, files, articles)
    problems += device_problems(tx, files)
    individual = {article.number: article.individual for article in files.articles}
    problems += holding_problems(tx, files.holdings, Known(stores, units, articles, individual), registers)
    if problems:
        raise UnusableMasterFiles(problems)


def _known(tx: Connection, table: str, column: str, given: Collection[str]) -> set[str]:
    return {code for (code,) in tx.execute(f"SELECT {column} FROM {table}")} | set(given)
