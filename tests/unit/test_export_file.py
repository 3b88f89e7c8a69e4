"""Is an exported file what a Swedish Excel opens, whole or not at all, and safe?"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.outgoing.exports import write_whole


def test_the_file_has_a_bom_and_semicolons(tmp_path: Path) -> None:
    out = tmp_path / "export.csv"

    assert write_whole(out, ("benämning", "antal"), [("Gåstol; låg", 2), (None, 0)]) == 2

    assert out.read_bytes() == '\ufeff"benämning";"antal"\r\n"Gåstol; låg";"2"\r\n"";"0"\r\n'.encode()


def test_a_file_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "export.csv"
    out.write_text("gammal")

    def rows() -> Iterator[tuple[str]]:
        yield ("ny",)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write_whole(out, ("a",), rows())

    assert [path.name for path in tmp_path.iterdir()] == ["export.csv"]
    assert out.read_text() == "gammal"


def test_long_work_says_how_far_it_is(tmp_path: Path) -> None:
    told: list[int] = []

    write_whole(tmp_path / "export.csv", ("n",), ((n,) for n in range(25_000)), told.append)

    assert told == [10_000, 20_000]
