"""Does a folder of master data read as typed rows, and is everything that is wrong with it said at once?"""

from datetime import date, time
from pathlib import Path

import pytest

from exchange.master_files import FILE_NAMES, MasterFiles, UnusableMasterFiles, read_master_files
from exchange.master_rows import FileProblem
from exchange.master_tables import PersonRow, PersonUnitRow, StockRow
from workflows.master_data import (
    Article,
    CareUnit,
    Confirmation,
    LeadClass,
    PrescribingRight,
    ShortagePolicy,
    Store,
    StoreKind,
)

A_PATIENT = "189001019802"
"""An official test number of Skatteverket's."""


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def problems_of(folder: Path) -> list[FileProblem]:
    with pytest.raises(UnusableMasterFiles) as refused:
        read_master_files(folder)
    return list(refused.value.problems)


def places_of(folder: Path) -> list[tuple[str, int, str]]:
    return [(problem.file, problem.row, problem.field) for problem in problems_of(folder)]


def test_every_file_becomes_rows_of_its_own(tmp_path: Path) -> None:
    for name, text in {
        "lead_classes.csv": "code,name,working_days,cut_off\nlager,Lagervara,3,9:30",
        "stores.csv": "code,name,kind,kommun,picking,delivery,shortage,refill_by,lead_class,notice_to\n"
        "10,HMS,hms,,confirmed,automatic,backorder,P-1,lager,mailto:lager@example.org",
        "units.csv": "code,name,kommun,own_store,street,postal_code,city,tour_days\n"
        "03-05,Rehab,Sunne,50301,Väg 1,686 26,Sunne,mån; Thu",
        "articles.csv": "number,name,iso_class,gtin,individual,withdrawn,successor\n"
        "004392,Rollator,12 06 06,07311104114566,1,1,004393",
        "people.csv": "id,name,profession,licensed,roles,unit\nP-1,Logoped 1,logoped,1,orderer; prescriber,03-05",
        "person_units.csv": "person,unit\nP-1,03-06",
        "prescribing_rights.csv": "person,unit,iso_prefix,valid_from,valid_to\nP-1,03-05,2209,2025-01-01,2026-12-31",
        "stock.csv": "store,article,on_hand,reorder_point,target,lead_class,shelf\n10,004392,7,2,9,lager,A 12",
    }.items():
        write(tmp_path, name, text)
    confirmed, automatic = Confirmation.CONFIRMED, Confirmation.AUTOMATIC
    assert read_master_files(tmp_path) == MasterFiles(
        lead_classes=(LeadClass("lager", "Lagervara", 3, time(9, 30)),),
        stores=(
            Store(
                "10", "HMS", StoreKind.HMS, "", confirmed, automatic, ShortagePolicy.BACKORDER, "P-1", "lager",
                "mailto:lager@example.org",
            ),
        ),
        units=(CareUnit("03-05", "Rehab", "Sunne", "50301", "Väg 1", "686 26", "Sunne", frozenset({1, 4})),),
        articles=(Article("004392", "Rollator", "120606", "07311104114566", True, True, "004393"),),
        people=(PersonRow("P-1", "Logoped 1", "logoped", True, frozenset({"orderer", "prescriber"}), "03-05"),),
        person_units=(PersonUnitRow("P-1", "03-06"), PersonUnitRow("P-1", "03-05")),
        prescribing_rights=(PrescribingRight("P-1", "03-05", "2209", date(2025, 1, 1), date(2026, 12, 31)),),
        stock=(StockRow("10", "004392", 7, 2, 9, "lager", "A 12"),),
    )  # fmt: skip


def test_columns_that_are_missing_take_their_defaults(tmp_path: Path) -> None:
    write(tmp_path, "stores.csv", "code,kind\n10,hms\n50301,kommun\n")
    write(tmp_path, "units.csv", "code\n03-05\n")
    write(tmp_path, "articles.csv", "number\n0001\n")
    write(tmp_path, "people.csv", "id\nP-1\n")
    write(tmp_path, "prescribing_rights.csv", "person,unit,iso_prefix\nP-1,03-05,12\n")
    write(tmp_path, "stock.csv", "store,article\n10,0001\n")
    files = read_master_files(tmp_path)
    assert [(store.name, store.picking, store.delivery, store.shortage) for store in files.stores] == [
        ("10", "automatic", "automatic", "backorder"),
        ("50301", "automatic", "automatic", "difference"),
    ]
    assert files.units == (CareUnit("03-05", "03-05", "", None, "", "", ""),)
    assert files.articles == (Article("0001", "0001", None, None, False, False, None),)
    assert files.people == (PersonRow("P-1", "P-1", "", False, frozenset(), None),)
    assert files.person_units == ()
    assert files.prescribing_rights == (PrescribingRight("P-1", "03-05", "12", None, None),)
    assert files.stock == (StockRow("10", "0001", 0, None, None),)


def test_empty_cells_take_the_same_defaults(tmp_path: Path) -> None:
    write(tmp_path, "stock.csv", "store,article,on_hand,reorder_point,target\n10,0001,, ,\n")
    assert read_master_files(tmp_path).stock == (StockRow("10", "0001", 0, None, None),)


def test_a_unit_named_in_both_files_is_one_unit_of_the_person(tmp_path: Path) -> None:
    write(tmp_path, "people.csv", "id,unit\nP-1,03-05\n")
    write(tmp_path, "person_units.csv", "person,unit\nP-1,03-05\n")
    assert read_master_files(tmp_path).person_units == (PersonUnitRow("P-1", "03-05"),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_encoding_and_the_separator_are_recognised(tmp_path: Path, encoding: str, separator: str) -> None:
    rows = [["Code", "name", "kind", "kommun"], ["50301", '"Lager, Årjäng; öster"', "kommun", "Årjäng"]]
    write(tmp_path, "stores.csv", "\r\n".join(separator.join(row) for row in rows), encoding)
    (store,) = read_master_files(tmp_path).stores
    assert (store.code, store.name, store.kommun) == ("50301", "Lager, Årjäng; öster", "Årjäng")


def test_rows_keep_their_number_beside_blank_ones(tmp_path: Path) -> None:
    write(tmp_path, "stock.csv", "store,article,on_hand\n\n10,0001,1\n,,\n10,0002,many\n")
    assert places_of(tmp_path) == [("stock.csv", 5, "on_hand")]


def test_every_problem_of_every_file_is_said_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        "stores.csv",
        "code,kind,picking,shortage\n10,hms,never,difference\n50301,region,,\n,kommun,,\n",
    )
    write(tmp_path, "articles.csv", "number,individual,gtin\n0001,yes,7501031311308\n0002,0\n")
    write(tmp_path, "people.csv", "id,roles\nP-1,orderer;chef\n")
    write(tmp_path, "stock.csv", "store,article,on_hand,reorder_point\n10,0001,-1,1.5\n")
    assert places_of(tmp_path) == [
        ("people.csv", 2, "roles"),
        ("stores.csv", 2, "picking"),
        ("stores.csv", 3, "kind"),
        ("stores.csv", 4, "code"),
        ("articles.csv", 2, "gtin"),
        ("articles.csv", 2, "individual"),
        ("articles.csv", 3, ""),
        ("stock.csv", 2, "on_hand"),
        ("stock.csv", 2, "reorder_point"),
    ]


def test_a_problem_says_what_was_expected_in_both_languages(tmp_path: Path) -> None:
    write(tmp_path, "articles.csv", "number,individual\n0001,ja\n")
    assert problems_of(tmp_path) == [
        FileProblem("articles.csv", 2, "individual", "individual: ska vara 0 eller 1.", "individual: must be 0 or 1.")
    ]


@pytest.mark.parametrize(
    ("written", "days"),
    [("mån;tor", {1, 4}), ("mon;thu", {1, 4}), ("Måndag; sunday", {1, 7}), ("5", {5}), ("", set()), ("ons;ons", {3})],
)
def test_the_days_of_a_tour_are_read_in_both_languages(tmp_path: Path, written: str, days: set[int]) -> None:
    write(tmp_path, "units.csv", f"code,tour_days\n03-05,{written}\n")
    assert [unit.tour_days for unit in read_master_files(tmp_path).units] == [days]


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("units.csv", "code,tour_days\n03-05,mån;varannan tis\n", "tour_days"),
        ("units.csv", "code,tour_days\n03-05,8\n", "tour_days"),
        ("lead_classes.csv", "code,working_days\nx,61\n", "working_days"),
        ("lead_classes.csv", "code,working_days\nx,\n", "working_days"),
        ("lead_classes.csv", "code,working_days,cut_off\nx,1,24:00\n", "cut_off"),
        ("lead_classes.csv", "code,working_days,cut_off\nx,1,12\n", "cut_off"),
        ("stock.csv", f"store,article,shelf\n10,0001,{'A' * 33}\n", "shelf"),
        ("stores.csv", "code,kind,notice_to\n10,hms,lager@example.org\n", "notice_to"),
        ("stores.csv", "code,kind,notice_to\n10,hms,ftp://example.org/\n", "notice_to"),
        ("stores.csv", "code,kind,notice_to\n10,hms,https:///notice\n", "notice_to"),
        ("stores.csv", "code,kind,notice_to\n10,hms,https://me:secret@example.org/\n", "notice_to"),
        ("stores.csv", "code,kind,notice_to\n10,hms,mailto:a@example.org%0d%0aBcc:b@example.org\n", "notice_to"),
        ("stores.csv", f"code,kind,notice_to\n10,hms,https://example.org/{A_PATIENT}\n", "notice_to"),
    ],
)
def test_a_day_an_hour_or_an_address_that_cannot_be_is_named(tmp_path: Path, name: str, text: str, wrong: str) -> None:
    write(tmp_path, name, text)
    assert places_of(tmp_path) == [(name, 2, wrong)]


@pytest.mark.parametrize(
    "address", ["mailto:lager.10@region.example", "https://example.org/a?b=1", "http://127.0.0.1:8025/notice"]
)
def test_notices_may_go_to_a_mail_address_or_a_link(tmp_path: Path, address: str) -> None:
    write(tmp_path, "stores.csv", f"code,kind,notice_to\n10,hms,{address}\n")
    assert [store.notice_to for store in read_master_files(tmp_path).stores] == [address]


def test_lager_10_cannot_book_differences(tmp_path: Path) -> None:
    write(tmp_path, "stores.csv", "code,kind,shortage\n10,hms,difference\n50301,kommun,backorder\n")
    assert places_of(tmp_path) == [("stores.csv", 2, "shortage")]


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "field"),
    [
        ("2026-02-30", "", "valid_from"),
        ("20260101", "", "valid_from"),
        ("", "31/12/2026", "valid_to"),
        ("2026-01-02", "2026-01-01", "valid_to"),
    ],
)
def test_a_right_has_real_days_in_their_order(tmp_path: Path, valid_from: str, valid_to: str, field: str) -> None:
    heading = "person,unit,iso_prefix,valid_from,valid_to"
    write(tmp_path, "prescribing_rights.csv", f"{heading}\nP-1,03-05,12,{valid_from},{valid_to}\n")
    assert places_of(tmp_path) == [("prescribing_rights.csv", 2, field)]


def test_a_target_is_not_lower_than_the_reorder_point(tmp_path: Path) -> None:
    write(tmp_path, "stock.csv", "store,article,reorder_point,target\n50301,0001,5,4\n50301,0002,5,5\n")
    assert places_of(tmp_path) == [("stock.csv", 2, "target")]


def test_a_key_that_stands_twice_names_the_first_row(tmp_path: Path) -> None:
    write(tmp_path, "stock.csv", "store,article,on_hand\n10,0001,1\n10,1,1\n10,0001,2\n")
    (problem,) = problems_of(tmp_path)
    assert (problem.row, problem.field) == (4, "store, article")
    assert "rad 2" in problem.sv


def test_the_same_right_may_be_given_for_another_time(tmp_path: Path) -> None:
    write(
        tmp_path,
        "prescribing_rights.csv",
        "person,unit,iso_prefix,valid_from\nP-1,03-05,12,2020-01-01\nP-1,03-05,12,2025-01-01\n",
    )
    assert len(read_master_files(tmp_path).prescribing_rights) == 2


def test_columns_that_are_unknown_double_or_missing_are_named(tmp_path: Path) -> None:
    write(tmp_path, "stock.csv", "store,store,saldo,on_hand\n10,10,1,1\n")
    assert places_of(tmp_path) == [
        ("stock.csv", 1, "store"),
        ("stock.csv", 1, "saldo"),
        ("stock.csv", 1, "article"),
    ]


@pytest.mark.parametrize("heading", ["", "store|article|on_hand", "10,0001,5"])
def test_a_file_without_a_heading_is_one_problem(tmp_path: Path, heading: str) -> None:
    write(tmp_path, "stock.csv", heading + "\n10,0001,5" * 50)
    assert places_of(tmp_path) == [("stock.csv", 1, "")]


def test_quotation_marks_that_do_not_match_are_one_problem(tmp_path: Path) -> None:
    write(tmp_path, "units.csv", 'code,name\n03-05,Hemrehab\n03-06,"Hemrehab\n03-07,Hemrehab\n')
    assert places_of(tmp_path) == [("units.csv", 3, "")]


def test_damaged_utf_8_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_bytes("code,name\n1,Åmål\n2,S".encode() + b"\xe4ffle\n")
    assert places_of(tmp_path) == [("units.csv", 0, "")]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "stock.csv").mkdir()
    assert places_of(tmp_path) == [("stock.csv", 0, "")]


def test_a_folder_without_any_of_the_files_is_a_mistake(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path / "nowhere")
    assert all(name in problem.sv for name in FILE_NAMES)


def test_other_files_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path, "stock.csv", "store,article\n10,0001\n")
    write(tmp_path, "orders.csv", "not master data")
    assert len(read_master_files(tmp_path).stock) == 1


@pytest.mark.parametrize(
    ("name", "text", "field"),
    [
        ("people.csv", f"id\n{A_PATIENT}\n", "id"),
        ("people.csv", f"id,name\nP-1,{A_PATIENT}\n", "name"),
        ("people.csv", f"id,licensed\nP-1,{A_PATIENT}\n", "licensed"),
        ("stock.csv", f"store,article,on_hand\n10,0001,{A_PATIENT}\n", "on_hand"),
        ("units.csv", f"code\n{A_PATIENT[:8]}-{A_PATIENT[8:]}\n", "code"),
        ("units.csv", f"code,{A_PATIENT}\n03-05,1\n", "?"),
    ],
)
def test_a_persons_number_is_refused_and_never_echoed(tmp_path: Path, name: str, text: str, field: str) -> None:
    write(tmp_path, name, text)
    with pytest.raises(UnusableMasterFiles) as refused:
        read_master_files(tmp_path)
    assert [problem.field for problem in refused.value.problems] == [field]
    said = f"{refused.value} {refused.value!r} {refused.value.problems}"
    assert A_PATIENT[8:] not in said
