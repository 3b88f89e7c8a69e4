"""Is a file whole or not there, and readable by those it is for?"""

import stat
from pathlib import Path

import pytest

from exchange.outgoing.whole_file import OWNER_AND_GROUP, OWNER_ONLY, whole_file


def test_a_private_file_is_its_owners_alone_and_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "lista.csv"
    path.write_text("före")
    path.chmod(0o644)
    with whole_file(path, mode=OWNER_ONLY) as handle:
        handle.write("Åsa\r\n")
        (draft,) = [each for each in tmp_path.iterdir() if each != path]
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
        assert path.read_text() == "före"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (list(tmp_path.iterdir()), path.read_bytes()) == ([path], "Åsa\r\n".encode())


def test_a_file_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError), whole_file(tmp_path / "lista.csv", mode=OWNER_ONLY) as handle:
        handle.write("Åsa \ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_patients_is_the_groups_too(tmp_path: Path) -> None:
    with whole_file(tmp_path / "export.csv", mode=OWNER_AND_GROUP) as handle:
        handle.write("a")
    assert stat.S_IMODE((tmp_path / "export.csv").stat().st_mode) == 0o640
