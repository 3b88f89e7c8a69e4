"""What does a person do with an order on its page, and what are they told when it does not go?

Next: test_page_orders.py, what the page tells; unit/test_step_refusals.py, the words.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CONFIRMED, a_world, an_order, balance, history, in_state, order_row, run_all, states, store
from devices_world import mark
from page_client import Pages, pages_of, words_of
from people import PERSONNUMMER

from config.database import Database
from workflows import attempts
from workflows.master_data import Role


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The pages over a small region with goods, where a person confirms at lager 10."""
    a_world(database, stock={("10", f"A{n}"): 40 for n in (1, 2)}, **CONFIRMED)
    with pages_of(database, tmp_path) as client:
        yield client


def waiting(pages: Pages, *lines: tuple[str, int]) -> int:
    """An order that waits for its pick."""
    (order,) = store(pages.database, an_order(*lines))
    run_all(pages.database)
    return order


def test_a_pick_and_a_delivery_are_confirmed_with_what_is_missing(pages: Pages) -> None:
    order, lager = waiting(pages, ("A1", 3), ("A2", 2)), pages.of(Role.LAGERPERSONAL)
    done = lager.post(f"/ordrar/{order}/plocka", data={"version": "2", "artikel": ["A1", "A2"], "saknas": ["1", ""]})
    assert (done.status_code, done.headers["location"]) == (303, f"/ordrar/{order}")
    run_all(pages.database)
    assert states(pages.database, [order]) == ["utleverans"]
    told = words_of(lager.get(f"/ordrar/{order}"))
    assert "saknades" not in told.lower()
    assert "plockbrist: 1 × A1" in told
    again = {"version": "4", "artikel": ["A1", "A2"], "saknas": ["0", "1"]}
    for _ in range(2):
        assert lager.post(f"/ordrar/{order}/leverera", data=again).status_code == 303
    assert states(pages.database, [order]) == ["delivered"]
    assert order_row(pages.database, order)["version"] == 5


def test_a_form_about_an_order_that_has_moved_since_does_nothing_and_shows_it_as_it_is(pages: Pages) -> None:
    order, hms = waiting(pages, ("A1", 1)), pages.of(Role.HMS)
    answer = hms.post(f"/ordrar/{order}/makulera", data={"version": "1", "orsak": "dubblett"})
    assert answer.status_code == 412
    assert "Ordern har ändrats sedan du öppnade sidan" in words_of(answer)
    assert 'name="version" value="2"' in answer.text
    assert 'value="dubblett"' in answer.text, "what was typed is still there"
    assert states(pages.database, [order]) == ["validated"]


@pytest.mark.parametrize(
    ("act", "state", "told"),
    [
        ("plocka", "draft", "Ordern är ett utkast och kan inte plockas; reglerna prövar den först"),
        ("leverera", "validated", "Ordern är validerad och kan inte levereras; nästa steg är plocket"),
        ("makulera", "utleverans", "kan inte makuleras; bekräfta leveransen, eller anmäl bomkörning"),
        ("bomkorning", "validated", "inget har skickats; makulera den i stället"),
        ("delmakulera", "draft", "rätta den i stället"),
        ("slapp", "validated", "Ordern är inte hållen"),
    ],
)
def test_an_act_that_is_not_allowed_now_is_told_why_in_words_of_the_page(
    pages: Pages, act: str, state: str, told: str
) -> None:
    order = in_state(pages.database, state, ("A1", 2))
    form = {"orsak": "prov", "artikel": "A1", "antal": "1"}
    answer = pages.of(Role.HMS).post(f"/ordrar/{order}/{act}", data=form)
    assert answer.status_code == 409
    assert told in words_of(answer)
    assert "orderflode" not in words_of(answer).lower().replace("orderflöde", "")


def test_every_act_that_does_not_go_says_why_before_it_is_tried(pages: Pages) -> None:
    told = words_of(pages.of(Role.TEKNIKER).get(f"/ordrar/{waiting(pages)}"))
    assert "Rätta Du har inte behörighet att rätta avvisade ordrar." in told
    assert "Anmäl bomkörning Ordern är validerad och kan inte bli en bomkörning;" in told
    english = pages.of(Role.HMS, login="eva")
    english.post("/profil/sprak", data={"sprak": "en"})
    told = words_of(english.get(f"/ordrar/{waiting(pages)}"))
    assert "Confirm the delivery The order is validated and cannot be delivered; the next step is the pick." in told


@pytest.mark.parametrize(
    ("act", "form", "told"),
    [
        ("makulera", {"orsak": " "}, "En orsak måste anges"),
        ("makulera", {"orsak": f"se {PERSONNUMMER}"}, "personnummer"),
        ("plocka", {"artikel": "A1", "saknas": "2"}, "Fler saknas än ordern har, eller alla"),
        ("plocka", {"artikel": "A1", "saknas": "-1"}, "saknas"),
        ("delmakulera", {"artikel": "A1", "antal": "2", "orsak": "prov"}, "makulera ordern i stället"),
    ],
)
def test_what_can_be_mended_is_told_on_the_page_and_nothing_is_done(
    pages: Pages, act: str, form: dict[str, str], told: str
) -> None:
    order = waiting(pages, ("A1", 2))
    answer = pages.of(Role.HMS).post(f"/ordrar/{order}/{act}", data=form)
    assert answer.status_code == 422
    assert told in words_of(answer)
    assert PERSONNUMMER not in answer.text
    assert order_row(pages.database, order)["version"] == 2


def test_a_part_is_cancelled_and_the_rest_goes_on(pages: Pages) -> None:
    order, lager = waiting(pages, ("A1", 3)), pages.of(Role.LAGERPERSONAL)
    form = {"version": "2", "artikel": "A1", "antal": "2", "orsak": "färre behövs"}
    assert lager.post(f"/ordrar/{order}/delmakulera", data=form).status_code == 303
    assert balance(pages.database, "10", "A1")[1] == 1
    assert "färre behövs" in words_of(lager.get(f"/ordrar/{order}"))


def test_devices_are_named_at_the_pick(pages: Pages) -> None:
    mark(pages.database, "A2")
    order, hms = waiting(pages, ("A2", 1)), pages.of(Role.HMS)
    refused = hms.post(f"/ordrar/{order}/plocka", data={"artikel": "A2", "saknas": ""})
    assert refused.status_code == 422
    assert "individnummer saknas för artikel A2: skriv eller skanna dem" in words_of(refused)
    form = {"individ_artikel": "A2", "individer": "SN-7\r\n"}
    assert hms.post(f"/ordrar/{order}/plocka", data=form).status_code == 303
    assert "SN-7" in words_of(hms.get(f"/ordrar/{order}"))


def test_a_held_order_is_released_and_tried_at_once(pages: Pages) -> None:
    (order,) = store(pages.database, an_order(("A1", 1)))
    with pages.database.transaction() as tx:
        for _ in range(attempts.MOST_ATTEMPTS):
            attempts.count(tx, order, "Kaputt")
    hms = pages.of(Role.HMS)
    assert "Kaputt" in words_of(hms.get(f"/ordrar/{order}"))
    assert hms.post(f"/ordrar/{order}/slapp").status_code == 303
    assert states(pages.database, [order]) == ["validated"]


def test_what_was_done_is_told_with_who_and_why(pages: Pages) -> None:
    order = waiting(pages)
    pages.of(Role.LAGERPERSONAL, login="lisa").post(f"/ordrar/{order}/makulera", data={"orsak": "beställd två gånger"})
    assert history(pages.database, order)[-1] == (
        "cancel", "validated", "cancelled", "lisa", "beställd två gånger"
    )  # fmt: skip
    assert "makulerad : validerad → makulerad lisa beställd två gånger" in words_of(
        pages.of(Role.HMS).get(f"/ordrar/{order}")
    )
