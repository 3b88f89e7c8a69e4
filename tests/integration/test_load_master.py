"""How does master data get into the database? All of it or nothing; loaded again it updates, and stock is booked once.

Next: test_master_files.py (what the files may say), exchange/load_master.py.
"""

from pathlib import Path

import pytest
from builders import TODAY, an_order, balance, in_state, run_all, states, store
from load_world import REGION, loaded, loaded_from
from order_files import everything, rows

from config.database import Database
from exchange.demo_data import write_demo_data
from exchange.load_master import Loaded, load_master
from exchange.master_files import UnusableMasterFiles, read_master_files
from workflows.verify.checking import verify


@pytest.fixture
def region(database: Database, tmp_path: Path) -> Database:
    loaded_from(database, tmp_path, REGION)
    return database


def test_every_file_is_stored_as_it_reads(database: Database, tmp_path: Path) -> None:
    result = loaded_from(database, tmp_path, REGION)
    assert result == Loaded(
        {
            "lead_class": 1, "store": 2, "vardenhet": 1, "article": 2, "person": 2, "person_unit": 2,
            "prescribing_right": 2, "stock_target": 2, "device": 0,
        },
        opening_balances=1,
    )  # fmt: skip
    assert rows(database, "SELECT code, kind, picking, delivery, shortage FROM store ORDER BY code") == [
        ("10", "hms", "confirmed", "automatic", "backorder"),
        ("50301", "kommun", "automatic", "automatic", "difference"),
    ]
    assert rows(database, "SELECT code, refill_by, lead_class, notice_to FROM store ORDER BY code") == [
        ("10", None, "lager", "mailto:lager@example.org"),
        ("50301", "best", None, None),
    ]
    assert rows(database, "SELECT name, working_days, cut_off::text FROM lead_class") == [("Lagervara", 3, "11:30:00")]
    assert rows(database, "SELECT tour_days FROM vardenhet") == [([1, 4],)]
    assert rows(database, "SELECT store, lead_class, shelf FROM stock_target ORDER BY 1") == [
        ("10", "lager", "B-12"),
        ("50301", None, None),
    ]
    assert rows(
        database, "SELECT id, licensed, roles, unit FROM person JOIN person_unit ON person = id ORDER BY 1"
    ) == [
        ("best", False, ["orderer"], "03-05"),
        ("forsk", True, ["prescriber"], "03-05"),
    ]
    assert balance(database, "10", "A1") == (7, 0, 0)
    assert verify(database).broken == ()


def test_the_sample_data_of_the_demo_load_whole(database: Database, tmp_path: Path) -> None:
    from_files = read_master_files(write_demo_data(tmp_path, orders=1, seed=1, today=TODAY).orders.parent)
    result = load_master(database, from_files, actor="test")
    stored = everything(database)
    assert {table: len(stored[table]) for table in result.rows} == result.rows
    assert verify(database).broken == ()


def test_loading_the_same_again_changes_nothing(region: Database, tmp_path: Path) -> None:
    before = everything(region)
    assert loaded_from(region, tmp_path, REGION).opening_balances == 0
    assert everything(region) == before


def test_loading_again_updates_what_is_told_and_leaves_the_rest(region: Database, tmp_path: Path) -> None:
    loaded(
        region, tmp_path,
        articles="number,name,iso_class,withdrawn,successor\nA1,Rollator,120606,1,A2\nA3,Ramp,183015,0,",
        people="id,name,roles,unit\nbest,Beställare,lagerpersonal;orderer,03-05",
    )  # fmt: skip
    assert rows(region, "SELECT number, withdrawn, successor FROM article ORDER BY 1") == [
        ("A1", True, "A2"),
        ("A2", False, None),
        ("A3", False, None),
    ]
    assert rows(region, "SELECT id, roles FROM person ORDER BY 1") == [
        ("best", ["lagerpersonal", "orderer"]),
        ("forsk", ["prescriber"]),
    ]


def test_a_persons_rights_are_those_of_the_file_and_other_peoples_stand(region: Database, tmp_path: Path) -> None:
    people = "id,name,licensed,roles,unit\nannan,Annan,1,prescriber,03-05"
    header = "person,unit,iso_prefix,valid_from,valid_to"
    loaded(region, tmp_path, people=people, prescribing_rights=f"{header}\nannan,03-05,18,,")
    loaded(region, tmp_path, prescribing_rights=f"{header}\nforsk,03-05,12,2026-01-01,2026-06-30")
    assert rows(region, "SELECT person, iso_prefix, valid_to::text FROM prescribing_right ORDER BY 1, 2") == [
        ("annan", "18", None),
        ("forsk", "12", "2026-06-30"),
    ]


def test_an_opening_balance_counts_once_and_only_levels_change_later(region: Database, tmp_path: Path) -> None:
    stock = "store,article,on_hand,reorder_point,target\n10,A1,500,3,20\n50301,A1,500,1,3\n10,A2,4,,"
    assert loaded(region, tmp_path, stock=stock).opening_balances == 1
    assert [balance(region, *pair) for pair in (("10", "A1"), ("50301", "A1"), ("10", "A2"))] == [
        (7, 0, 0),
        (0, 0, 0),
        (4, 0, 0),
    ]
    assert rows(region, "SELECT store, article, reorder_point, target FROM stock_target ORDER BY 1, 2") == [
        ("10", "A1", 3, 20),
        ("10", "A2", None, None),
        ("50301", "A1", 1, 3),
    ]
    assert verify(region).broken == ()


def test_an_opening_balance_counts_although_somebody_asked_for_the_goods_before(
    region: Database, tmp_path: Path
) -> None:
    waiting = store(region, an_order(("A2", 1)))
    run_all(region)
    assert states(region, waiting) == ["backordered"]
    loaded(region, tmp_path, stock="store,article,on_hand\n10,A2,4")
    run_all(region)
    assert balance(region, "10", "A2") == (4, 1, 0)
    assert states(region, waiting) == ["validated"]


def test_orders_that_waited_for_a_person_go_on_where_the_store_now_runs_by_itself(
    region: Database, tmp_path: Path
) -> None:
    (order,) = store(region, an_order(("A1", 1)))
    run_all(region)
    assert states(region, [order]) == ["validated"]
    loaded(region, tmp_path, stores="code,name,kind,picking\n10,HMS,hms,automatic")
    run_all(region)
    assert states(region, [order]) == ["delivered"]


def test_a_policy_that_stays_lets_nothing_go_on(region: Database, tmp_path: Path) -> None:
    order = in_state(region, "validated", ("A1", 1))
    loaded(region, tmp_path, stores="code,name,kind,picking\n10,HMS,hms,confirmed")
    run_all(region)
    assert states(region, [order]) == ["validated"]


def test_everything_that_is_named_and_does_not_exist_is_told_at_once_and_nothing_is_loaded(
    region: Database, tmp_path: Path
) -> None:
    before = everything(region)
    with pytest.raises(UnusableMasterFiles) as unusable:
        loaded(
            region, tmp_path,
            stores="code,kind,refill_by,lead_class\n50301,kommun,ingen,snabb",
            units="code,own_store\n04-01,50401\n04-02,50401\n04-03,50301",
            articles="number\nA9",
            people="id,unit\nny,04-01\nnyare,99-99",
            person_units="person,unit\nny,88-88\nokänd,03-05",
            prescribing_rights="person,unit,iso_prefix\nforsk,77-77,12\nfrämmande,03-05,12",
            stock="store,article,on_hand,lead_class\n10,A404,1,lager\n60601,A9,1,trög",
        )  # fmt: skip
    assert {(each.file, each.field, each.sv) for each in unusable.value.problems} == {
        ("stores.csv", "refill_by", "refill_by: ingen finns inte."),
        ("stores.csv", "lead_class", "lead_class: snabb finns inte."),
        ("units.csv", "own_store", "own_store: 50401 finns inte."),
        ("people.csv", "unit", "unit: 99-99 finns inte."),
        ("person_units.csv", "unit", "unit: 88-88 finns inte."),
        ("person_units.csv", "person", "person: okänd finns inte."),
        ("prescribing_rights.csv", "unit", "unit: 77-77 finns inte."),
        ("prescribing_rights.csv", "person", "person: främmande finns inte."),
        ("stock.csv", "article", "article: A404 finns inte."),
        ("stock.csv", "store", "store: 60601 finns inte."),
        ("stock.csv", "lead_class", "lead_class: trög finns inte."),
    }
    assert everything(region) == before


def test_loading_again_updates_classes_tours_and_where_notices_go(region: Database, tmp_path: Path) -> None:
    loaded(
        region, tmp_path,
        lead_classes="code,working_days\nlager,5\nlång,30",
        stores="code,kind,lead_class,notice_to\n10,hms,lång,https://example.org/notice",
        units="code,tour_days\n03-05,tue",
    )  # fmt: skip
    assert rows(region, "SELECT code, working_days, cut_off FROM lead_class ORDER BY 1") == [
        ("lager", 5, None),
        ("lång", 30, None),
    ]
    assert rows(region, "SELECT lead_class, notice_to FROM store WHERE code = '10'") == [
        ("lång", "https://example.org/notice")
    ]
    assert rows(region, "SELECT tour_days FROM vardenhet") == [([2],)]


def test_files_may_name_what_was_loaded_before(region: Database, tmp_path: Path) -> None:
    assert loaded(region, tmp_path, stock="store,article,on_hand\n50301,A2,3").opening_balances == 1
    assert balance(region, "50301", "A2") == (3, 0, 0)
