"""What does the command say when it cannot do what it was asked? One clear line, the right exit code, and no secret."""

from pathlib import Path

import psycopg
import pytest
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from request_bodies import a_body, with_receiver

SECRET = "hemligt"
NOBODY_THERE = f"//ann:{SECRET}@127.0.0.1:1"
LOOKING = ("orders", "confirm pick 1", "verify")
RUNNING = ("work --until-done", "worker", "dispatcher", "up", "demo --orders 1")
BAD_PERSONNUMMER = "200001011494"
"""An official test number with another last digit, so that it is nobody's."""


@pytest.mark.parametrize("words", [*LOOKING, *RUNNING, "web", "migrate"])
def test_a_database_that_does_not_answer_is_one_line(words: str, orderflode: CommandLine, tmp_path: Path) -> None:
    temporary = tmp_path / "t"
    temporary.mkdir()
    url = f"postgresql:{NOBODY_THERE}/orderflode"
    there = orderflode.with_environment(DATABASE_URL=url, TMPDIR=str(temporary))

    refusal = there.run(*words.split(), status=2)

    assert refusal.complaint.startswith("DATABASE_URL")
    assert SECRET not in refusal.err
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("words", RUNNING)
def test_a_redis_that_does_not_answer_is_one_line(words: str, orderflode: CommandLine) -> None:
    there = orderflode.with_environment(REDIS_URL=f"redis:{NOBODY_THERE}/0")

    refusal = there.run(*words.split(), status=2)

    assert refusal.complaint.startswith("REDIS_URL")
    assert SECRET not in refusal.err


@pytest.mark.parametrize("words", ["orders", "migrate"])
def test_an_owners_connection_that_does_not_answer_is_one_line(words: str, orderflode: CommandLine) -> None:
    there = orderflode.with_environment(DATABASE_OWNER_URL=f"postgresql:{NOBODY_THERE}/orderflode")

    refusal = there.run(words, status=2)

    assert refusal.complaint.startswith("DATABASE_OWNER_URL")
    assert SECRET not in refusal.err


@pytest.mark.parametrize(
    "url",
    [
        f"mysql:{NOBODY_THERE}/orderflode",
        f"postgresql://ann:{SECRET}@värd@127.0.0.1/orderflode",
        f"postgresql://ann:{SECRET}@no-such-host.invalid/orderflode",
        SECRET,
    ],
)
def test_a_database_url_that_cannot_be_right_is_one_line(url: str, orderflode: CommandLine) -> None:
    refusal = orderflode.with_environment(DATABASE_URL=url).run("orders", status=2)

    assert refusal.complaint.startswith("DATABASE_URL")
    assert SECRET not in refusal.err


def test_a_wrong_redis_password_is_one_line(orderflode: CommandLine) -> None:
    address = orderflode.environment["REDIS_URL"].partition("@")[2]
    if not address:
        pytest.skip("this Redis asks for no password")

    refusal = orderflode.with_environment(REDIS_URL=f"redis://:{SECRET}@{address}").run(
        "work", "--until-done", status=2
    )

    assert "password" in refusal.complaint
    assert SECRET not in refusal.err


def test_a_file_that_cannot_be_used_is_one_line_each_and_stores_nothing(
    orderflode: CommandLine, database_url: str, tmp_path: Path
) -> None:
    before = rows_of_every_table(database_url)
    (tmp_path / "empty.csv").touch()
    (tmp_path / "sheet.csv").write_bytes(b"PK\x03\x04\x14\x00")
    (tmp_path / "foreign.csv").write_text("a,b\n1,2\n")
    (tmp_path / "pretty.json").write_text('[{"external_id": "B-1"}]')
    (tmp_path / "mapping.toml").write_text('[columns]\nexternal_id = "nr"\n')
    good = write_orders(tmp_path / "good.ndjson", [an_order("B-1", ("12345", 1))])
    calls: list[list[object]] = [[tmp_path / name] for name in ("absent.csv", "empty.csv", "sheet.csv", "foreign.csv")]
    calls += [[tmp_path], [tmp_path / "pretty.json"], [good, "--format", "edifact"]]
    calls += [[tmp_path / "foreign.csv", "--mapping", tmp_path / name] for name in ("mapping.toml", "absent.toml")]
    # One file that cannot be used stops the others as well: all or nothing is read.
    calls += [[good, tmp_path / "empty.csv"]]

    for call in calls:
        assert orderflode.run("import", *call, status=2).complaint

    assert rows_of_every_table(database_url) == before


def test_master_data_that_are_wrong_are_told_row_by_row_and_load_nothing(
    orderflode: CommandLine, database_url: str, tmp_path: Path
) -> None:
    before = rows_of_every_table(database_url)
    folder = write_master_data(tmp_path / "master", {("10", "12345"): 5})
    (folder / "units.csv").write_text("code,name,own_store\n03-05,Norr,99\n")
    (folder / "stock.csv").write_text("store,article,on_hand\n10,12345,-1\n10,A-1,x\n")

    refusal = orderflode.run("load", folder, status=2)

    lines = refusal.err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["stock.csv rad 2", "stock.csv rad 3"]
    told = orderflode.run("load", folder, "--json", status=2).document["problems"]
    assert [(each["file"], each["row"], each["field"]) for each in told] == [
        ("stock.csv", 2, "on_hand"),
        ("stock.csv", 3, "on_hand"),
    ]
    assert rows_of_every_table(database_url) == before
    assert orderflode.run("load", tmp_path / "nowhere", status=2).complaint


def test_refused_rows_are_named_by_row_and_field(orderflode: CommandLine, tmp_path: Path) -> None:
    header = "external_id,order_type,sender,receiver_kind,receiver_id,orderer_person,orderer_unit,article,quantity\n"
    row = "{},bestallning,10,vardenhet,03-05,best-1,03-05,12345,{}\n"
    file = tmp_path / "orders.csv"
    file.write_text(
        header + "".join(row.format(*each) for each in [("B-1", 2), ("B-2", 0), ("B-1", 1), ("B-3", "två")])
    )

    result = orderflode.run("import", file, status=1)
    again = orderflode.run("import", file, "--json", status=1).document

    assert "1 mottagna" in result.out and "2 nekade" in result.out
    told = {line.split()[1]: line for line in result.out.splitlines() if line.startswith("  rad")}
    assert set(told) == {"3", "5"}
    assert all(f" quantity: rad {row_no} quantity: antalet" in line for row_no, line in told.items())
    assert "rows[" not in result.out
    assert (again["accepted"], again["refused"], again["unchanged"]) == (0, 2, 1)
    assert [(each["external_id"], each["rows"]) for each in again["orders"]] == [("B-2", [3, 3]), ("B-3", [5, 5])]


def test_a_dry_run_judges_shape_and_rules_and_stores_nothing(
    orderflode: CommandLine, database_url: str, tmp_path: Path
) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {("10", "12345"): 5}))
    orderflode.run("import", write_orders(tmp_path / "first.ndjson", [an_order("B-0", ("12345", 1))]))
    good, wrong = an_order("B-1", ("12345", 1)), an_order("B-2", ("12345", 0))
    against_rules = an_order("B-3", ("12345", 1), sender="99")
    before = rows_of_every_table(database_url)

    clean = orderflode.read("import", write_orders(tmp_path / "clean.ndjson", [good, against_rules]), "--dry-run")
    broken = orderflode.run("import", write_orders(tmp_path / "wrong.ndjson", [good, wrong]), "--dry-run", status=1)

    assert (clean["accepted"], clean["refused"], clean["would_reject"]) == (2, 0, 1)
    (rejection,) = clean["rejections"]
    assert rejection["external_id"] == "B-3"
    assert [each["code"] for each in rejection["violations"]] == ["store-unknown"]
    assert "orderrad 1 quantity:" in broken.out
    assert rows_of_every_table(database_url) == before


def test_a_wrong_personnummer_is_refused_and_never_repeated(orderflode: CommandLine, tmp_path: Path) -> None:
    loud = orderflode.with_environment(ORDERFLODE_LOG_LEVEL="DEBUG")
    written_so = f"{BAD_PERSONNUMMER[:8]}-{BAD_PERSONNUMMER[8:]}"
    bodies = [
        with_receiver(id=BAD_PERSONNUMMER) | {"external_id": "F-1"},
        with_receiver(id=written_so) | {"external_id": "F-2"},
        with_receiver(id=int(BAD_PERSONNUMMER)) | {"external_id": "F-3"},
        a_body(external_id="F-4", **{BAD_PERSONNUMMER: "x"}),
    ]
    file = write_orders(tmp_path / "orders.ndjson", bodies)

    said = [loud.run("import", file, *more, status=1) for more in (["--dry-run"], ["--json"], [])]
    said.append(loud.run("work", "--until-done"))

    assert {each["code"] for order in said[1].document["orders"] for each in order["violations"]} == {
        "patient-id", "field-unknown",
    }  # fmt: skip
    for each in said:
        digits = "".join(filter(str.isdigit, each.out + each.err))
        assert BAD_PERSONNUMMER not in digits and BAD_PERSONNUMMER[2:] not in digits


def test_what_a_person_cannot_do_to_an_order_or_to_goods_is_one_line(orderflode: CommandLine, tmp_path: Path) -> None:
    stock = {("10", "12345"): 5}
    orderflode.run("load", write_master_data(tmp_path / "master", stock, delivery="confirmed"))
    orderflode.run("import", write_orders(tmp_path / "orders.ndjson", [an_order("B-1", ("12345", 2))]))
    orderflode.run("work", "--until-done")
    before = orderflode.read("order", "show", "import:B-1")
    (number,) = before["utleveranser"]

    calls: list[tuple[int, list[object], str]] = [
        (1, ["order", "show", "import:B-2"], "import:B-2: ordern finns inte"),
        (1, ["order", "cancel", "4711", "--reason", "x"], "4711: ordern finns inte"),
        (1, ["order", "cancel", "import:B-1", "--reason", "x"], "orderflode fail-delivery ID"),
        (1, ["order", "release", "import:B-1"], "inte hållen"),
        (1, ["fail-delivery", "import:B-1", "--reason", " "], "En orsak måste anges"),
        (1, ["confirm", "pick", "import:B-1"], "Ordern är i utleverans och kan inte plockas"),
        (1, ["confirm", "deliver", "import:B-1", "--short", "12345=2"], "makulera i stället"),
        (2, ["confirm", "deliver", "import:B-1", "--short", "12345"], "ARTIKEL=ANTAL"),
        (2, ["confirm", "deliver", "import:B-1", "1", "--short", "12345=1"], "en order i taget"),
        (1, ["utleverans", "show", "10-2026-999999"], "Utleveransen finns inte"),
        (2, ["utleverans", "document", number, "--out", tmp_path / "no" / "x.pdf"], "kan inte skrivas"),
        (1, ["pick-list", "--store", "99", "--out", tmp_path / "x.pdf"], "Lager 99 finns inte"),
        (1, ["stock", "receive", "10", "B-9", "1", "--document", "D"], "finns inte"),
        (1, ["stock", "adjust", "99", "12345", "1", "--reason", "x"], "finns inte"),
        (2, ["diagram", "retur"], "Ordertypen finns inte"),
    ]
    for status, words, told in calls:
        assert told in orderflode.run(*words, status=status).complaint, words
    for call in ("order cancel import:B-1", "orders --limit 0", "nothing"):
        assert "Traceback" not in orderflode.run(*call.split(), status=2).err

    assert orderflode.read("order", "show", "import:B-1") == before
    assert not (tmp_path / "x.pdf").exists()


def rows_of_every_table(database_url: str) -> dict[str, int]:
    """How many rows each table has."""
    of_ours = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    with psycopg.connect(database_url) as connection:
        counts = {}
        for (table,) in connection.execute(of_ours.encode()).fetchall():
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            counts[table] = row[0] if row else 0
        return counts
