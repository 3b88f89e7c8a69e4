"""Can a service begin with what is out already? The story of its first day, and of a wheelchair that comes back."""

from pathlib import Path

from acceptance.world import write_master_data, write_table
from command_line import CommandLine
from request_bodies import PERSONNUMMER

HEADER = "reference,receiver_kind,receiver_id,article,serial_number,quantity,since,store"
WRITTEN = f"{PERSONNUMMER[:8]}-{PERSONNUMMER[8:]}"


def test_what_was_out_before_the_first_day_is_known_and_comes_back(orderflode: CommandLine) -> None:
    folder = write_master_data(orderflode.folder / "master", {("10", "12345"): 1})
    write_table(
        folder / "articles.csv", "number,name,iso_class,individual",
        [["12345", "Rollator", "122203", "0"], ["R-1", "Rullstol", "122203", "1"]],
    )  # fmt: skip
    holdings = [
        ["H-1", "patient", WRITTEN, "R-1", "SN-77", "1", "2024-03-01", "10"],
        ["H-2", "vardenhet", "03-05", "12345", "", "3", "2023-09-15", "50301"],
    ]
    write_table(folder / "holdings.csv", HEADER, holdings)

    first = orderflode.run("load", folder)
    assert "(opening holdings): 2" in first.out
    again = orderflode.run("load", folder)
    assert "(opening holdings): 0" in again.out
    assert PERSONNUMMER[2:8] not in first.out + first.err + again.out + again.err
    assert orderflode.read("verify")["broken"] == []

    back = orderflode.read(
        "return", "request", "--holding", "H-1", "--to", "10", "--reason", "byter modell", "--received",
        "--repair", "SN-77",
    )  # fmt: skip
    (line,) = back["lines"]
    assert (line["holding"], line["in_repair"], line["devices"]) == (
        "H-1", 1, [{"serial_number": "SN-77", "place": "repair"}],
    )  # fmt: skip
    assert orderflode.read("return", "mended", back["number"])["state"] == "closed"
    assert orderflode.read("stock", "--store", "10", "--article", "R-1")[0]["on_hand"] == 1

    more = ("return", "request", "--holding", "H-2", "--to", "50301", "--reason", "för många")
    assert "4 är fler än de 3" in orderflode.run(*more, "--article", "12345=4", status=1).complaint
    orderflode.run(*more, "--article", "12345=2", "--received", "--shelf", "all")
    assert orderflode.read("stock", "--store", "50301", "--article", "12345")[0]["on_hand"] == 2
    # The file of the first day may be loaded after they came back, too.
    assert "(opening holdings): 0" in orderflode.run("load", folder).out
    assert orderflode.read("verify")["broken"] == []


def test_a_file_with_faults_loads_nothing_and_names_them_all_without_the_patient(orderflode: CommandLine) -> None:
    folder = write_master_data(orderflode.folder / "master", {("10", "12345"): 1})
    wrong = f"{WRITTEN[:-1]}{(int(WRITTEN[-1]) + 1) % 10}"
    holdings = [
        ["H-1", "patient", wrong, "12345", "", "1", "2024-03-01", "10"],
        ["H-2", "vardenhet", "99-99", "okänd", "", "3", "2023-09-15", "77777"],
    ]
    write_table(folder / "holdings.csv", HEADER, holdings)

    refused = orderflode.run("load", folder, status=2)
    assert [line.split(" (")[0] for line in refused.err.splitlines()] == [
        "holdings.csv rad 2: receiver_id: är inte ett giltigt personnummer, samordningsnummer eller reservnummer.",
        "holdings.csv rad 3: receiver_id: vårdenheten finns inte.",
        "holdings.csv rad 3: article: artikeln finns inte.",
        "holdings.csv rad 3: store: lagret finns inte.",
    ]
    assert WRITTEN[2:8] not in refused.out + refused.err
    assert orderflode.read("stock") == []


def test_the_folder_may_hold_the_holdings_alone(orderflode: CommandLine, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(orderflode.folder / "master", {}))
    alone = tmp_path / "alone"
    alone.mkdir()
    write_table(alone / "holdings.csv", HEADER, [["H-1", "vardenhet", "03-05", "12345", "", "", "2024-03-01", "10"]])
    assert "(opening holdings): 1" in orderflode.run("load", alone).out
