"""Which lists does somebody want to see again? The filters of a page under a name of theirs, each account its own."""

from typing import NamedTuple

from config.database import Connection
from workflows.free_text import refuse_personal_number

MOST_VIEWS = 50
"""Views that an account keeps of a page."""


class TooManyViews(Exception):
    """Du har redan 50 sparade vyer; ta bort någon (you have 50 saved views already; remove one)."""


class SavedView(NamedTuple):
    """A list that somebody named; `query` is what stands behind the question mark of its page's address."""

    name: str
    query: str


def views_of(tx: Connection, login: str, page: str) -> list[SavedView]:
    """The account's views of that page."""
    rows = tx.execute(
        "SELECT v.name, v.query FROM saved_view v JOIN account a ON a.id = v.account "
        "WHERE a.login = %s AND v.page = %s",
        (login, page),
    )
    return [SavedView(*row) for row in rows]


def save_view(tx: Connection, login: str, page: str, view: SavedView) -> None:
    """Keep the view; one of the same name becomes it. Raises TooManyViews, PersonalNumberInText."""
    refuse_personal_number(view.name)
    kept = {each.name for each in views_of(tx, login, page)}
    if view.name not in kept and len(kept) >= MOST_VIEWS:
        raise TooManyViews(TooManyViews.__doc__)
    tx.execute(
        "INSERT INTO saved_view (account, page, name, query) SELECT id, %s, %s, %s FROM account WHERE login = %s "
        "ON CONFLICT (account, page, name) DO UPDATE SET query = excluded.query",
        (page, view.name, view.query, login),
    )


def remove_view(tx: Connection, login: str, page: str, name: str) -> bool:
    """Remove the view; whether there was one."""
    row = tx.execute(
        "DELETE FROM saved_view v USING account a WHERE a.id = v.account AND a.login = %s AND v.page = %s "
        "AND v.name = %s RETURNING v.name",
        (login, page, name),
    ).fetchone()
    return row is not None
