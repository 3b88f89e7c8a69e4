"""What is each kommun's, table by table? One row of every table that holds a kommun's data, for Karlstad and for Kil.

Written past the doors, for what is asked is whose rows are there, not how they came to be. Next: rows_matrix.py.
"""

from string import Template

from builders import a_world

from config.database import Connection, Database

KOMMUNER = ("Karlstad", "Kil")

# $n is 1 for Karlstad and 2 for Kil; a thing's number is the kommun's own.
_THINGS = {"kommun": KOMMUNER, "store": ("50301", "50401"), "unit": ("03-05", "04-01")}

ROWS = {
    "patient": "(id, lookup, kind, sealed) OVERRIDING SYSTEM VALUE VALUES ($n, '\\x0$n', 'reservnummer', '')",
    "patient_link": "(id, old_patient, new_patient, joined_by, joined_why) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, $n, 100 + $n, 'x', 'x')",
    "recipient": "VALUES ('00000000-0000-0000-0000-00000000000$n', '')",
    "intake_batch": "(id, source, content_hash, kommun) OVERRIDING SYSTEM VALUE VALUES ($n, 'x', '', '$kommun')",
    "intake_row": "VALUES ($n, 1, '', '')",
    "orders": "(id, source, external_id, body_hash, order_type, priority, received_at, kommun, sender, receiver_kind, "
    "receiver_code, orderer_person, orderer_unit, partial, ordered_on, created_by) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, 'x', '$n', '', 'bestallning', 1, now(), '$kommun', '10', 'vardenhet', '$unit', 'best', '$unit', "
    "false, '2026-11-20', 'x')",
    "intake_verdict": "(batch_id, first_row, last_row, verdict, order_id) VALUES ($n, 1, 1, 'accepted', $n)",
    "order_line": "(order_id, line_no, article, quantity) VALUES ($n, 1, 'A1', 1)",
    "history": "(order_id, version, event, to_state, actor) VALUES ($n, 1, 'create', 'draft', 'x')",
    "utleverans": "(id, order_id, store, year, sequence) OVERRIDING SYSTEM VALUE VALUES ($n, $n, '10', 2026, $n)",
    "utleverans_line": "VALUES ($n, 1, 'A1', 1)",
    "document": "VALUES ($n, 'delivery_note', '')",
    "pick_list_print": "VALUES ($n, $n, now(), 'x')",
    "waiting_line": "VALUES ('10', 'A1', 1, '2026-11-20', $n, 1)",
    "swap": "VALUES ($n, $n, 'A1', 'S$n', 'x', 'x')",
    "accessory_tie": "(order_id, line_no, serial_number, reason, actor) VALUES ($n, 1, 'S$n', 'x', 'x')",
    "stock_balance": "VALUES ('$store', 'A1', 5)",
    "stock_target": "(store, article) VALUES ('$store', 'A1')",
    "movement": "(id, kind, article, quantity, from_place, from_store, to_place, to_store, document, actor) "
    "OVERRIDING SYSTEM VALUE VALUES ($n, 'receive', 'A1', 5, 'supplier', '', 'store', '$store', 'x', 'x')",
    "difference_followup": "VALUES ($n, 'x', 'x')",
    "restock": "(store, article) VALUES ('$store', 'A1')",
    "number_counter": "VALUES ('$store', 2026, 1)",
    "stock_count": "(id, store, opened_by) OVERRIDING SYSTEM VALUE VALUES ($n, '$store', 'x')",
    "stock_count_line": "(count_id, article, store) VALUES ($n, 'A1', '$store')",
    "device": "(article, serial_number, place, store) VALUES ('A1', 'S$n', 'store', '$store')",
    "device_event": "(article, serial_number, event, place, store, actor) "
    "VALUES ('A1', 'S$n', 'register', 'store', '$store', 'x')",
    "holding": "(id, reference, unit, article, quantity, since, store) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, 'H$n', '$unit', 'A1', 1, '2026-11-20', '$store')",
    "return_order": "(id, store, reason, asked, requested_by) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, '$store', 'x', '{}', 'x')",
    "return_line": "(return_id, line_no, article, order_id, order_line, requested) VALUES ($n, 1, 'A1', $n, 1, 1)",
    "return_device": "VALUES ($n, 1, 'S$n', NULL)",
    "return_history": "(return_id, version, event, to_state, actor) VALUES ($n, 1, 'request', 'requested', 'x')",
    "recall": "(id, article, why, actor) OVERRIDING SYSTEM VALUE VALUES ($n, 'A1', 'x', 'x')",
    "recall_row": "(recall, row_no, units, place, store, protected) VALUES ($n, 1, 1, 'store', '$store', false)",
    "notice": "(store, day, content) VALUES ('$store', '2026-11-20', '{}')",
    "webhook": "(id, name, url, events, kommun, secret_sealed, created_by) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, 'w$n', 'https://mottagare.example/', '{held}', '$kommun', '', 'x')",
    "webhook_delivery": "(webhook, cause, event, payload) VALUES ($n, 'x', 'held', '{}')",
    "account": "(id, login, name, roles, kommun, created_by) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, 'a$n', 'A', '{tekniker}', '$kommun', 'x')",
    "api_token": "(id, name, token_hash, source, scopes, kommun, created_by, expires_at) OVERRIDING SYSTEM VALUE "
    "VALUES ($n, 't$n', '\\x0$n', 'x', '{}', '$kommun', 'x', '2027-11-20')",
}  # fmt: skip
"""Table → what follows INSERT INTO its name: every table whose rows are kept apart."""

FOR_NOBODY = frozenset({"patient", "patient_link", "recipient", "intake_row", "recall", "recall_row"})
"""Of those, the ones that no kommun sees, its own rows neither: processes of ours read them, and write it down."""


def two_kommuner(database: Database) -> dict[str, list[str]]:
    """The world with one row of each table for each kommun; table → the two rows as text, Karlstad's first."""
    a_world(database)
    with database.session() as session, session.transaction():
        as_superuser(session)
        return {table: [_insert(session, table, n) for n in range(2)] for table in ROWS}


def as_superuser(session: Connection) -> None:
    """Go past triggers, foreign keys and row security for the rest of the transaction."""
    session.execute("SET LOCAL ROLE NONE; SET LOCAL session_replication_role = replica")


def _insert(session: Connection, table: str, n: int) -> str:
    values = {name: each[n] for name, each in _THINGS.items()}
    statement = f"INSERT INTO {table} AS t {Template(ROWS[table]).substitute(values, n=n + 1)} RETURNING t::text"
    row = session.execute(statement.encode()).fetchone()
    assert row is not None
    return str(row[0])
