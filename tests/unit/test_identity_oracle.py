"""Random numbers, judged by us and by an independent reader: every disagreement is one that is written down.

The random ones get a serial of the 98x/99x test series, so that none is a living person's.
"""

import re
from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st
from personnummer import personnummer as oracle  # type: ignore[import-untyped]

from workflows.identity import IdentityKind, identity_of, is_personal_number


def candidate(century: str, birth: tuple[int, int, int], sign: str, serial: str, off_by: int) -> str:
    """A number as somebody might write it; `off_by` 0 gives the right check digit."""
    year, month, day = birth
    first_nine = f"{year:02}{month:02}{day:02}{serial}"
    check_digit = (oracle._luhn(first_nine) + off_by) % 10
    return f"{century}{first_nine[:6]}{sign}{serial}{check_digit}"


CANDIDATES = st.builds(
    candidate,
    st.sampled_from(["", "", "18", "19", "20", "21"]),
    st.tuples(
        st.integers(0, 99),
        st.integers(0, 13),
        st.one_of(st.integers(0, 32), st.integers(59, 93), st.integers(0, 99)),
    ),
    st.sampled_from(["", "-", "+", "--", " "]),
    st.integers(980, 999).map(str) | st.just("000"),
    st.sampled_from([0, 0, 0, 1, 9]),
)


def our_own_reading(text: str, today: date) -> bool:
    """What we refuse and the oracle accepts: births after today or before 1840, and an untrue `+`."""
    number = oracle.Personnummer(text)
    born = number.get_date()
    false_plus = "+" in text and text[6] != "+" and today.year - born.year < 100
    return born > today or born.year < 1840 or false_plus


@settings(max_examples=1000)
@example("20570428+9999")
@given(CANDIDATES)
def test_we_agree_with_the_oracle_but_for_what_is_written_down(text: str) -> None:
    today = date.today()
    ours = identity_of(text, on=today)
    if oracle.valid(text):
        assert (ours is None) == our_own_reading(text, today)
        assert ours is None or ours.canonical == oracle.Personnummer(text).format(long_format=True)
    elif ours is not None:
        assert ours.kind == IdentityKind.SAMORDNINGSNUMMER
        assert ours.canonical[4:6] == "00" or ours.canonical[6:8] == "60"


@settings(max_examples=500)
@given(CANDIDATES)
def test_whoever_has_an_identity_is_recognised_without_a_clock(text: str) -> None:
    if identity_of(text, on=date.today()) is not None:
        assert is_personal_number(text)


@given(st.text(max_size=16))
def test_any_text_is_answered_without_an_error(text: str) -> None:
    is_personal_number(text)
    identity_of(text, on=date.today(), reservnummer_patterns=[re.compile(r"99\d{10}")])
