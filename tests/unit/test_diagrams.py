"""Do the pictures show the machines as they are, and in a page where orders stand? Next: backoffice/diagrams.py."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from backoffice import words
from backoffice.diagrams import diagram_with, drawn
from workflows.machines import OrderMachine, swedish_name, transitions
from workflows.order_types import OrderType

STATES = [str(state.value) for state in OrderMachine.states]
SVG = "{http://www.w3.org/2000/svg}"


def picture(order_type: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn(order_type))


def in_a_page(drawing: str) -> dict[str, ElementTree.Element]:
    """The boxes of a picture within a page, by state."""
    root = ElementTree.fromstring(drawing)
    return {str(box.get("id")).partition("-")[2]: box for box in root.findall("g") if box.get("id")}


def texts(box: ElementTree.Element) -> list[str | None]:
    return [text.text for text in box.iter("text")]


@pytest.mark.parametrize("order_type", OrderType)
def test_the_picture_is_well_formed_and_has_every_state_by_both_names(order_type: str) -> None:
    boxes = {
        str(box.get("id")): [text.text for text in box.iter(f"{SVG}text")]
        for box in picture(order_type).iter(f"{SVG}g")
    }
    assert boxes == {state: [swedish_name(state), state] for state in STATES}


@pytest.mark.parametrize("order_type", OrderType)
def test_the_picture_has_an_arrow_for_every_pair_of_states_with_its_events(order_type: str) -> None:
    root = picture(order_type)
    told: dict[tuple[str, str], list[str]] = {}
    for each in transitions(order_type):
        told.setdefault((each.from_state, each.to_state), []).append(each.event)
    labels = [text.text for text in root.findall(f"{SVG}text")]
    assert sorted(map(str, labels)) == sorted(", ".join(events) for events in told.values())
    ways = [str(path.get("d")) for path in root.findall(f"{SVG}path")]
    assert len(set(ways)) == len(ways) == len(told)


@pytest.mark.parametrize("order_type", OrderType)
def test_the_picture_shows_everything_it_has(order_type: str) -> None:
    root = picture(order_type)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for box in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(box.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert left <= x
        assert top <= y
        assert x + wide <= left + width
        assert y + high <= top + height


@pytest.mark.parametrize("language", ["sv", "en"])
def test_in_a_page_each_box_has_its_name_and_count_and_is_a_link_that_says_both(language: str) -> None:
    boxes = in_a_page(
        diagram_with(
            OrderType.BESTALLNING, language, counts={"draft": 0, "delivered": 1_234_567},
            address_of=lambda state: f"/there?a=1&state={state}",
        )
    )  # fmt: skip
    assert set(boxes) == set(STATES)
    for state, box in boxes.items():
        name = words.word("state", state, language)
        count = {"draft": ["0"], "delivered": ["1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"]}.get(state, [])
        assert texts(box) == [name.capitalize(), *count]
        (link,) = box.findall("a")
        assert link.get("href") == f"/there?a=1&state={state}"
        told = f"{words.word('type', 'bestallning', language).capitalize()}, {name}"
        assert link.get("aria-label") == ": ".join([told, *count])


def test_in_an_orders_page_the_picture_says_where_it_stands_and_has_been() -> None:
    drawing = diagram_with(OrderType.FORSKRIVNING, here="picked", passed=["draft", "validated", "picked"])
    boxes = in_a_page(drawing)
    assert {state: box.get("class") for state, box in boxes.items() if box.get("class")} == {
        "draft": "passed", "validated": "passed", "picked": "here"
    }  # fmt: skip
    root = ElementTree.fromstring(drawing)
    assert (root.get("role"), root.get("aria-label")) == ("img", "Förskrivning, här: plockad")


def test_pictures_in_one_page_share_no_id_and_bring_no_style() -> None:
    page = "".join(diagram_with(order_type, counts={}) for order_type in OrderType)
    ids = []

    class Ids(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            ids.extend(value for name, value in attrs if name == "id")
            assert tag != "style" and "style" not in dict(attrs)

    Ids().feed(page)
    assert len(set(ids)) == len(ids) == len(OrderType) * (len(STATES) + 1)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_is_beside_an_arrow_has_the_words_of_its_events(language: str) -> None:
    root = ElementTree.fromstring(diagram_with(OrderType.BESTALLNING, language))
    told = " ".join(str(text.text) for text in root.iter("text") if text.get("class") == "event")
    for each in transitions(OrderType.BESTALLNING):
        assert words.word("event", each.event, language) in told
