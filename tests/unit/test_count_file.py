"""What does a file of counted quantities say? Quantities, serial numbers, and nothing where a cell is blank."""

from pathlib import Path

import pytest

from exchange.count_file import CountFileProblems, read_count_file
from exchange.incoming.raw_row import UnusableFile
from workflows.counts.entering import Entry


def written(folder: Path, text: str) -> Path:
    file = folder / "counts.csv"
    file.write_text(text, encoding="utf-8-sig")
    return file


def test_a_row_is_an_article_or_a_serial_number(tmp_path: Path) -> None:
    file = written(tmp_path, "article;quantity;serial_number\n00890;12;\nA-1;0;\nA-2;;S1\nA-2;1;S2\nA-3;;\n")

    assert read_count_file(file) == [Entry("00890", 12), Entry("A-1", 0), Entry("A-2", 2, ("S1", "S2"))]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("article,quantity\nA,1\nA,2\n", [(3, "article, serial_number")]),
        ("article,quantity\nA,-1\nB,1.5\nC,1000001\n,3\n", [(n, "quantity") for n in (2, 3, 4)] + [(5, "article")]),
        ("article,quantity,serial_number\nA,2,S1\n", [(2, "quantity")]),
        ("article,quantity,serial_number\nA,2,\nA,,S1\n", [(0, "A")]),
        ("article,saldo\nA,2\n", [(1, "saldo")]),
        ("article,quantity\n200001011493,2\n", [(2, "article")]),
    ],
)
def test_everything_that_is_wrong_is_named(text: str, places: list[tuple[int, str]], tmp_path: Path) -> None:
    with pytest.raises(CountFileProblems) as refusal:
        read_count_file(written(tmp_path, text))

    assert [(each.row, each.field) for each in refusal.value.problems] == places
    assert "200001011493" not in str([*refusal.value.problems])


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile):
        read_count_file(tmp_path / "counts.csv")
