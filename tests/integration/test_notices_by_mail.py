"""Does a store that asks for mail get one a day, and nobody its password? By a real mail server (receivers.py)."""

from collections.abc import Iterator
from typing import Any

import pytest
from command_line import free_port
from notices_world import a_standing_world, given, let_the_pause_pass, rows, tell
from receivers import Mailbox, a_mail_server

from config.database import Database
from exchange.outgoing.notice import Sent, send_notices


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with a_mail_server(free_port()) as box:
        yield box


@pytest.fixture
def world(database: Database) -> Database:
    return a_standing_world(database)


def test_a_store_gets_one_mail_in_swedish_with_english_beside(world: Database, mailbox: Mailbox) -> None:
    tell(world, lager_50301="mailto:eget@example.org")
    settings = given(ORDERFLODE_SMTP_URL=mailbox.url, ORDERFLODE_NOTICE_FROM="orderflode@hms.example")
    assert send_notices(world, settings) == Sent(1, 1, 0)
    (mail,) = mailbox.mails
    assert (mail["From"], mail["To"]) == ("orderflode@hms.example", "eget@example.org")
    assert mail["Subject"].startswith("Lager 50301: 1 order har stått för länge")
    text = mail.get_content()
    assert "1 eget lager utan utleverans (own store without utleverans)" in text
    assert "test:E-1" in text
    assert mail["Auto-Submitted"] == "auto-generated"


def test_a_mail_that_is_refused_is_tried_again_with_the_same_message_id(world: Database, mailbox: Mailbox) -> None:
    tell(world, lager_10="mailto:lager@example.org")
    settings = given(ORDERFLODE_SMTP_URL=mailbox.url)
    mailbox.answer = "451 senare"
    assert send_notices(world, settings).failed == 1
    assert rows(world)[0][4] == "SMTPDataError 451"
    mailbox.answer = "250 OK"
    let_the_pause_pass(world)
    assert send_notices(world, settings).sent == 1
    with world.transaction() as tx:
        row = tx.execute("SELECT key FROM notice").fetchone()
    assert row is not None
    assert mailbox.mails[0]["Message-ID"] == f"<{row[0]}@localhost>"


def test_without_a_mail_server_the_reason_is_said(world: Database) -> None:
    tell(world, lager_10="mailto:lager@example.org")
    assert send_notices(world, given()).failed == 1
    assert "ORDERFLODE_SMTP_URL" in rows(world)[0][4]


def test_a_password_never_goes_in_clear(world: Database, mailbox: Mailbox, tmp_path: Any) -> None:
    password = tmp_path / "password"
    password.write_text("hemligt\n", encoding="utf-8")
    tell(world, lager_10="mailto:lager@example.org")
    settings = given(
        ORDERFLODE_SMTP_URL=mailbox.url.replace("//", "//me@"), ORDERFLODE_SMTP_PASSWORD_FILE=str(password)
    )
    # The server offers no TLS.
    assert send_notices(world, settings).failed == 1
    assert mailbox.mails == []
    assert rows(world)[0][4] == "SMTPNotSupportedError"
