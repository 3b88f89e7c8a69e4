"""Is this one JSON object, beyond doubt? What two readers could understand differently is refused.

A field twice, NaN, a number too large, nesting without end: Python's reader takes them all. Nothing of the
text is repeated in a refusal, as it may hold a patient's number. Next: order_shape.py (what it may hold).
"""

from json import JSONDecodeError, JSONDecoder
from math import isfinite
from typing import Never

from exchange.shape_check import AN_OBJECT, Expected, shown_name

DEEPEST = 8
"""Levels of nesting: an order needs four (body, lines, line, serial numbers)."""

_EXACT = 1 << 53
"""From here on a floating-point number no longer says which integer was meant."""

_UTF_8 = Expected("ska vara text i UTF-8", "must be text in UTF-8")
_NO_SUCH_NUMBER = Expected("ska bara ha tal som JSON tillåter", "must hold only numbers that JSON allows")
_TOO_DEEP = Expected(f"ska ha högst {DEEPEST} nivåer", f"must have at most {DEEPEST} levels")


class _Refused(Exception):
    """The reader met what JSON allows and we do not."""

    def __init__(self, expected: Expected) -> None:
        super().__init__(expected.en)
        self.expected = expected


def parse_object(raw: bytes) -> dict[str, object] | Expected:
    """The one JSON object in `raw`, or what was expected instead. Never raises."""
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        return _UTF_8
    except _Refused as refused:
        return refused.expected
    except JSONDecodeError as error:
        at = error.pos + 1
        return Expected(f"ska vara giltig JSON (fel vid tecken {at})", f"must be valid JSON (error at character {at})")
    except RecursionError:
        return _TOO_DEEP
    except ValueError:  # an integer of more digits than Python reads
        return _NO_SUCH_NUMBER
    if not isinstance(value, dict):
        return AN_OBJECT
    return _TOO_DEEP if _deeper_than(DEEPEST, value) else value


def _object_without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Two values for one field: which is meant, nobody can know."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twin = shown_name(next(name for name in names if names.count(name) > 1))
        raise _Refused(Expected(f"ska ha fältet {twin} en enda gång", f"must have the field {twin} only once"))
    return fields


def _refuse_constant(_name: str) -> Never:
    raise _Refused(_NO_SUCH_NUMBER)


def _finite(digits: str) -> float:
    """1e999 is valid JSON, yet becomes infinity, which cannot be written as JSON again. 2.0 is the integer 2, as it is
    in JSON Schema: some languages know no other way to write it."""
    number = float(digits)
    if not isfinite(number):
        _refuse_constant(digits)
    return int(number) if number.is_integer() and abs(number) < _EXACT else number


def _deeper_than(levels: int, value: dict[str, object]) -> bool:
    level: list[dict[str, object] | list[object]] = [value]
    for _ in range(levels):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


_DECODER = JSONDecoder(object_pairs_hook=_object_without_twins, parse_constant=_refuse_constant, parse_float=_finite)
