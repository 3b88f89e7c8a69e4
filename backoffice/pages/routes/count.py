"""En inventering: what is to be counted along the shelves, and what was counted? Written in, or scanned thing by thing.

Who counts is not told what to find. Next: count_end.py (the differences, and the end), workflows/counts/scanning.py.
"""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from backoffice.pages.count_seen import CountSeen, count_seen, count_to_change
from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.stock import Text
from backoffice.pages.visit import Visit, Visiting
from exchange.count_file import MOST_UNITS
from exchange.shape_check import Expected
from exchange.shape_check import code as code_of
from workflows.correcting import StockMovedMeanwhile
from workflows.counts.entering import Entry, UnusableEntries, enter
from workflows.counts.machine import CountEnded
from workflows.counts.scanning import NotInThisCount, SayWhichArticle, ScanTheNumber, scan, take_back
from workflows.counts.sheet_pages import marked_articles, page_of_lines
from workflows.permissions import Permission

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

PAGE = 100
"""Lines on a page."""

REFUSALS = (SayWhichArticle, NotInThisCount, ScanTheNumber, CountEnded, UnusableEntries, StockMovedMeanwhile)


@router.get("/{code}/inventering/{name}")
def count(visit: Visiting, code: str, name: str, kvar: str = "", efter: Text = "", artikel: Text = "") -> Response:
    """The count's lines; `kvar`: those that nothing is written for alone. `artikel` is what the next scan is of."""
    visit.demand(Permission.READ_STOCK)
    with visit.seeing() as tx:
        seen = count_seen(visit, tx, code, name)
    return _count(visit, seen, left=bool(kvar), after=efter, article=artikel)


@router.post("/{code}/inventering/{name}")
def write_in(visit: Visiting, code: str, name: str, form: Form) -> Response:
    """Enter what was counted: what is as it stood when the page was shown is left alone."""
    seen = count_to_change(visit, code, name)
    typed, wrong, entries = _entries(visit, form)
    left, after = form.has("kvar"), form.text("efter", 100)
    if wrong:
        return _count(visit, seen, left=left, after=after, typed=typed, wrong=wrong)
    try:
        enter(visit.desk.database, seen.number, entries, actor=visit.actor.name)
    except REFUSALS as refusal:
        return _count(visit, seen, left=left, after=after, typed=typed, refused=str(refusal))
    return visit.go(seen.address + ("?kvar=1" if left else ""), visit.t(*_saved(len(entries))))


@router.post("/{code}/inventering/{name}/skanna")
def scanned(visit: Visiting, code: str, name: str, form: Form) -> Response:
    """Enter one thing that was scanned: a device, or one more of an article."""
    seen = count_to_change(visit, code, name)
    number, article = code_of(64)(form.text("skannat", 100)), form.text("artikel", 64)
    try:
        if isinstance(number, Expected) or not number:
            raise UnusableEntries([_no_number(number)])
        found = scan(visit.desk.database, seen.number, str(number), article=article or None, actor=visit.actor.name)
    except REFUSALS as refusal:
        return _count(visit, seen, article=article, refused=str(refusal), scan_refused=True)
    sv = f"{number}: {found.counted} räknade av {found.article}" if found.is_new else f"{number} är redan räknad"
    en = f"{number}: {found.counted} counted of {found.article}" if found.is_new else f"{number} is counted already"
    return visit.go(seen.address + (f"?{urlencode({'artikel': article})}" if article else ""), visit.t(sv, en))


@router.post("/{code}/inventering/{name}/ta-bort")
def not_found_after_all(visit: Visiting, code: str, name: str, form: Form) -> Response:
    """A device that was scanned by mistake."""
    seen = count_to_change(visit, code, name)
    article, _, number = form.text("bort").partition(" ")
    try:
        take_back(visit.desk.database, seen.number, article, number, actor=visit.actor.name)
    except REFUSALS as refusal:
        return _count(visit, seen, refused=str(refusal))
    return visit.go(seen.address, visit.t(f"{number} är borttagen", f"{number} is taken back"))


def _saved(lines: int) -> tuple[str, str]:
    if not lines:
        return "Inget var ändrat", "Nothing was changed"
    return ("1 rad sparad", "1 line saved") if lines == 1 else (f"{lines} rader sparade", f"{lines} lines saved")


def _no_number(given: object) -> str:
    if isinstance(given, Expected):
        return f"Numret {given.sv} (the number {given.en})"
    return "Skanna ett nummer (scan a number)"


def _entries(visit: Visit, form: Fields) -> tuple[dict[str, str], dict[str, str], list[Entry]]:
    """What was typed by article, what of it is no number, and the entries of what was changed."""
    typed, wrong, entries = {}, {}, []
    for field in form:
        kind, _, article = field.partition(":")
        if kind != "antal":
            continue
        given = typed[article] = form[field][0].strip()[:20]
        if given == form.get(f"hade:{article}", [""])[0]:
            continue
        if given.isascii() and given.isdigit() and int(given) <= MOST_UNITS:
            entries.append(Entry(article, int(given)))
        else:
            wrong[article] = visit.t(f"Ett heltal från 0 till {MOST_UNITS}", f"A whole number from 0 to {MOST_UNITS}")
    entries += [Entry(article, 0, ()) for article in form.texts("inga", 64)]
    return typed, wrong, entries


def _count(
    visit: Visit, seen: CountSeen, *, left: bool = False, after: str = "", article: str = "",
    typed: dict[str, str] | None = None, wrong: dict[str, str] | None = None, refused: str = "",
    scan_refused: bool = False,
) -> Response:  # fmt: skip
    is_open = seen.count["state"] == "open"
    with visit.seeing() as tx:
        lines, following = page_of_lines(tx, seen.number, "left" if left else "all", after, PAGE)
        marked = marked_articles(tx, seen.number) if is_open else []
    chosen: dict[str, Any] = {"kvar": "1"} if left else {}
    return visit.show(
        "count.html", 422 if refused or wrong else 200,
        store=seen.store, count=seen.count, address=seen.address, lines=lines, marked=marked, left=left, after=after,
        article=article, typed=typed or {}, wrong=wrong or {}, refused=refused, scan_refused=scan_refused,
        is_open=is_open and visit.may(Permission.ADJUST_STOCK),
        more=f"?{urlencode(chosen | {'efter': following})}" if following else None,
    )  # fmt: skip
