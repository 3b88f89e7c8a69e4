"""How are patients' numbers kept? Sealed to their row, found by a keyed index, with keys that are made once.

Next: test_order_rows.py (what of an order is sealed), test_import_file.py (nothing in clear in the database).
"""

import base64
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from workflows.patients import Keys, KeysUnusable, load_keys

PROJECT = Path(__file__).resolve().parents[2]
NUMBER = b"200001011493"
ROW = "patient.sealed 1"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_keys(tmp_path / "keys.json")


def test_what_is_sealed_is_read_back_in_its_row(keys: Keys) -> None:
    for text in (b"", NUMBER, "Åsa Öberg".encode(), bytes(range(256)) * 40):
        assert keys.unseal(keys.seal(text, ROW), ROW) == text


def test_the_sealed_text_is_not_in_what_is_stored(keys: Keys) -> None:
    sealed = keys.seal(NUMBER, ROW)
    assert NUMBER not in sealed
    assert NUMBER.hex() not in sealed.hex()
    assert base64.b64encode(NUMBER) not in sealed


def test_the_same_number_is_sealed_differently_each_time(keys: Keys) -> None:
    assert len({keys.seal(NUMBER, ROW) for _ in range(100)}) == 100


@pytest.mark.parametrize("elsewhere", ["patient.sealed 2", "recipient.sealed 1", "patient.sealed", "", f"{ROW} "])
def test_what_is_sealed_cannot_be_read_in_another_row_or_column(keys: Keys, elsewhere: str) -> None:
    with pytest.raises(KeysUnusable):
        keys.unseal(keys.seal(NUMBER, ROW), elsewhere)


def test_not_one_byte_of_what_is_sealed_can_be_changed(keys: Keys) -> None:
    sealed = keys.seal(NUMBER, ROW)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(KeysUnusable):
            keys.unseal(bytes(changed), ROW)


def test_what_is_cut_short_is_unusable_and_nothing_worse(keys: Keys) -> None:
    sealed = keys.seal(NUMBER, ROW)
    for length in range(len(sealed)):
        with pytest.raises(KeysUnusable):
            keys.unseal(sealed[:length], ROW)


def test_other_keys_read_nothing(keys: Keys, tmp_path: Path) -> None:
    others = load_keys(tmp_path / "others.json")
    with pytest.raises(KeysUnusable):
        others.unseal(keys.seal(NUMBER, ROW), ROW)


def test_an_error_says_nothing_of_what_was_sealed(keys: Keys) -> None:
    with pytest.raises(KeysUnusable) as unusable:
        keys.unseal(keys.seal(NUMBER, ROW), "patient.sealed 2")
    chain = [unusable.value, unusable.value.__cause__, unusable.value.__context__]
    assert not any(NUMBER.decode() in f"{error!r}{error}" for error in chain)


def test_a_key_that_is_no_longer_the_current_one_still_unseals(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    old = load_keys(file).seal(NUMBER, ROW)
    content = json.loads(file.read_text())
    content["seal"]["k2"] = base64.b64encode(os.urandom(32)).decode()
    file.write_text(json.dumps(content | {"current": "k2"}))
    keys = load_keys(file)
    assert keys.unseal(old, ROW) == NUMBER
    assert keys.seal(NUMBER, ROW)[1:3] == b"k2"


def test_the_index_finds_a_number_and_keeps_different_things_apart(keys: Keys, tmp_path: Path) -> None:
    index = keys.index_of("patient.number", NUMBER)
    assert len(index) == 32
    assert load_keys(tmp_path / "keys.json").index_of("patient.number", NUMBER) == index
    assert load_keys(tmp_path / "others.json").index_of("patient.number", NUMBER) != index
    different = {
        index,
        keys.index_of("patient.number", NUMBER[:-1] + b"4"),
        keys.index_of("orders.body", NUMBER),
        keys.index_of("patient", b".number" + NUMBER),
    }
    assert len(different) == 4


def test_the_key_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_keys(tmp_path / "home" / "keys.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "home" / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["keys.json"]


MAKE_AND_TELL = """
import sys
from pathlib import Path
from workflows.patients import load_keys

print("ready", flush=True)
sys.stdin.readline()
print(load_keys(Path(sys.argv[1])).index_of("patient.number", b"200001011493").hex(), flush=True)
"""


def test_processes_that_make_keys_at_once_end_with_the_same(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MAKE_AND_TELL, str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)])},
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    told = {process.communicate("go\n", timeout=30)[0] for process in processes}
    assert told == {load_keys(file).index_of("patient.number", NUMBER).hex() + "\n"}


def test_threads_that_make_keys_at_once_end_with_the_same(tmp_path: Path) -> None:
    together = Barrier(8)

    def index_in(home: Path) -> bytes:
        together.wait(timeout=30)
        return load_keys(home / "keys.json").index_of("patient.number", NUMBER)

    with ThreadPoolExecutor(8) as threads:
        for attempt in range(20):
            home = tmp_path / str(attempt)
            home.mkdir()
            assert len(set(threads.map(index_in, [home] * 8))) == 1


def test_a_process_that_died_while_making_keys_does_not_stop_the_next(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    # A container's process has the same id each time it starts.
    file.with_name(f"keys.json.{os.getpid()}").write_text("{")
    keys = load_keys(file)
    assert load_keys(file).unseal(keys.seal(NUMBER, ROW), ROW) == NUMBER


def changed(change: Callable[[dict[str, object]], object]) -> Callable[[str], str]:
    def write(text: str) -> str:
        content = json.loads(text)
        change(content)
        return json.dumps(content)

    return write


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: "{",
        lambda _: "[]",
        lambda _: "null",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("seal", "säl"),
        changed(lambda content: content.pop("index")),
        changed(lambda content: content.pop("current")),
        changed(lambda content: content.update(current="k9")),
        changed(lambda content: content.update(seal={})),
        changed(lambda content: content.update(seal={"k1": "AAAA"})),
        changed(lambda content: content.update(seal={"k1": "not base64!"})),
        changed(lambda content: content.update(seal=["k1"])),
        changed(lambda content: content.update(index="")),
        changed(lambda content: content.update(index=7)),
    ],
)
def test_a_key_file_that_cannot_be_used_says_so_and_is_not_replaced(
    tmp_path: Path, spoil: Callable[[str], str]
) -> None:
    file = tmp_path / "keys.json"
    load_keys(file)
    file.write_text(spoiled := spoil(file.read_text()), encoding="utf-8")
    with pytest.raises(KeysUnusable) as unusable:
        load_keys(file)
    assert "keys.json" in str(unusable.value)
    assert file.read_text(encoding="utf-8") == spoiled


def test_a_folder_in_the_key_files_place_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(KeysUnusable):
        load_keys(tmp_path)


def test_the_keys_are_in_no_repr(keys: Keys, tmp_path: Path) -> None:
    content = json.loads((tmp_path / "keys.json").read_text())
    told = repr(keys) + str(keys)
    assert content["index"] not in told
    assert content["seal"]["k1"] not in told
