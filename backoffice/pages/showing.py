"""How is a page written? Templates in Swedish and English, with moments, numbers and names as Swedes write them.

A template says each text in both languages, `{{ t("Ordrar", "Orders") }}`: who mends one sees the other. Everything is
escaped; nothing is left undefined. Next: templates/page.html, what all pages share.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from backoffice import words
from backoffice.diagrams import diagram_with
from backoffice.json_text import STOCKHOLM
from backoffice.pages.navigation import destinations
from backoffice.pages.static_files import address_of_static

Language = Literal["sv", "en"]

_BOTH = re.compile(r"^(?P<sv>.*\S)\s*\((?P<en>[^()]*(?:\([^()]*\)[^()]*)*)\)\.?$", re.DOTALL)
_LATER_LETTERS = str.maketrans({"å": "{a", "ä": "{b", "ö": "{c", "é": "e", "ü": "u"})


def html(template: str, language: Language, status: int = 200, **context: Any) -> Response:
    """The template's page, or part of a page."""
    text = _PAGES.get_template(template).render(language=language, **context)
    return Response(text, status_code=status, media_type="text/html")


def going_to(address: str) -> Response:
    """Send the browser to another page of ours. What no header can hold is written in percent."""
    return RedirectResponse(address, 303, {"Cache-Control": "no-store"})


def spoken(sentence: str, language: Language) -> str:
    """Of a sentence of the product, `Svenska (english)`, the half that is theirs; whole where it has no halves."""
    halves = _BOTH.match(sentence)
    return halves[language] if halves else sentence


def swedish_order(text: str) -> str:
    """The key by which Swedes sort: å, ä and ö last, capitals beside small letters."""
    return text.casefold().translate(_LATER_LETTERS)


def number(value: int | float) -> str:
    """`1 234 567`, with spaces that do not break; a decimal comma."""
    return f"{value:,}".replace(",", "\u00a0").replace(".", ",")


def moment(value: datetime | None) -> str:
    """`2026-11-28 14:05` in Sweden, or a dash."""
    return "–" if value is None else f"{value.astimezone(STOCKHOLM):%Y-%m-%d %H:%M}"


def clock(value: datetime) -> str:
    """`14:05:09` in Sweden."""
    return f"{value.astimezone(STOCKHOLM):%H:%M:%S}"


def day(value: date | datetime | None) -> str:
    """`2026-11-28` in Sweden, or a dash."""
    if isinstance(value, datetime):
        value = value.astimezone(STOCKHOLM).date()
    return "–" if value is None else value.isoformat()


@pass_context
def _t(context: Context, sv: str, en: str) -> str:
    return sv if context["language"] == "sv" else en


@pass_context
def _word(context: Context, code: str | None, kind: str) -> str:
    return words.word(kind, code, context["language"]) if code else "–"


@pass_context
def _spoken(context: Context, sentence: object) -> str:
    return spoken(str(sentence), context["language"])


@pass_context
def _told(context: Context, violation: dict[str, str]) -> str:
    return violation[context["language"]]


@pass_context
def _diagram(context: Context, order_type: str, **shown: Any) -> Markup:
    return Markup(diagram_with(order_type, context["language"], **shown))  # noqa: S704 - it escapes what it is given


def _swedish_sort(values: Iterable[Any], by: str | None = None) -> list[Any]:
    return sorted(values, key=lambda each: swedish_order(str(each[by] if by else each)))


_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)  # fmt: skip
_PAGES.globals.update(t=_t, diagram=_diagram, static=address_of_static, destinations=destinations)
_PAGES.filters.update(
    number=number,
    moment=moment,
    clock=clock,
    day=day,
    word=_word,
    spoken=_spoken,
    told=_told,
    swedish_sort=_swedish_sort,
)
