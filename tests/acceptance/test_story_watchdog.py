"""Does anybody notice what is forgotten? The watchdog names what stands too long, and tells each store once a day."""

import json

import psycopg
from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine, free_port
from receivers import a_link, a_mail_server


def begin(orderflode: CommandLine, lager_10: str = "", kommunlager: str = "") -> None:
    """Lager 10 and kommunlager 50301, where a person confirms the pick; one order of each has been picked by nobody."""
    folder = write_master_data(orderflode.folder / "master", {("10", "12345"): 10, ("50301", "12345"): 10})
    write_table(
        folder / "stores.csv",
        "code,name,kind,kommun,picking,delivery,notice_to",
        [
            ["10", "HMS", "hms", "", "confirmed", "confirmed", lager_10],
            ["50301", "Karlstad", "kommun", "Karlstad", "confirmed", "automatic", kommunlager],
        ],
    )
    orderflode.run("load", folder)
    orders = [
        an_order("EGEN-1", ("12345", 1), sender="50301"),
        an_order("HMS-1", ("12345", 1)),
        an_order("FEL-1", ("saknas", 1)),
    ]
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")


def let_days_pass(database_url: str, days: int) -> None:
    """So many days pass for every order."""
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE orders SET state_since = state_since - make_interval(days => %s)", (days,))


def named(orderflode: CommandLine, *words: str) -> list[tuple[str, str]]:
    return [(each["kind"], each["external_id"]) for each in orderflode.read("watchdog", *words)["standing"]]


def test_what_was_forgotten_is_named_with_what_to_do_the_own_store_first(
    orderflode: CommandLine, database_url: str
) -> None:
    begin(orderflode)
    assert named(orderflode) == []
    assert orderflode.read("status")["standing"] == {}
    let_days_pass(database_url, 2)
    assert named(orderflode) == [("own_store", "EGEN-1"), ("validated", "HMS-1")]
    let_days_pass(database_url, 2)
    assert named(orderflode) == [("own_store", "EGEN-1"), ("validated", "HMS-1"), ("rejected", "FEL-1")]
    assert named(orderflode, "--store", "50301") == [("own_store", "EGEN-1")]
    assert orderflode.read("status")["standing"] == {"own_store": 1, "validated": 1, "rejected": 1}

    told = orderflode.run("watchdog").out
    assert "Eget lager utan utleverans (own store without utleverans): bekräfta plocket" in told
    assert "3 ordrar (orders)" in told

    orderflode.run("confirm", "pick", "import:EGEN-1")
    orderflode.run("work", "--until-done")
    assert named(orderflode) == [("validated", "HMS-1"), ("rejected", "FEL-1")]
    assert orderflode.read("verify")["broken"] == []


def test_each_store_is_told_once_a_day_at_its_own_address(orderflode: CommandLine, database_url: str) -> None:
    with a_link() as link, a_mail_server(free_port()) as mailbox:
        begin(orderflode, lager_10=link.url, kommunlager="mailto:karlstad@example.org")
        let_days_pass(database_url, 4)
        by_mail = orderflode.with_environment(ORDERFLODE_SMTP_URL=mailbox.url)
        assert by_mail.read("notices", "send") == {"composed": 2, "sent": 2, "failed": 0}
        assert by_mail.read("notices", "send") == {"composed": 0, "sent": 0, "failed": 0}
        ((_, _, body),) = link.requests
        assert [(kind["kind"], kind["count"]) for kind in json.loads(body)["kinds"]] == [
            ("validated", 1),
            ("rejected", 1),
        ]
        (mail,) = mailbox.mails
        assert mail["To"] == "karlstad@example.org"
        assert "import:EGEN-1" in mail.get_content()


def test_a_notice_that_cannot_be_sent_is_shown(orderflode: CommandLine, database_url: str) -> None:
    begin(orderflode, lager_10=f"http://127.0.0.1:{free_port()}/")
    let_days_pass(database_url, 4)
    assert orderflode.read("notices", "send", status=1) == {"composed": 1, "sent": 0, "failed": 1}
    (failed,) = orderflode.read("watchdog")["notices"]
    assert (failed["store"], failed["attempts"], failed["failure"]) == ("10", 1, "ConnectionRefusedError")
    assert "Avisering till 10" in orderflode.run("watchdog").out
    assert orderflode.read("status")["notices"] == {"waiting": 1, "given_up": 0}


def test_the_schedule_says_when_the_jobs_of_the_day_run(orderflode: CommandLine) -> None:
    refill, notices = orderflode.read("schedule")
    assert (refill["name"], refill["at"], refill["last_outcome"]) == ("refill", "05:00", None)
    assert (notices["name"], notices["at"]) == ("notices", "07:00")
    assert refill["next"] is not None
    never = orderflode.with_environment(ORDERFLODE_REFILL_AT="")
    assert never.read("schedule")[0]["next"] is None
    assert "aldrig (never)" in never.run("schedule").out
