"""How does a notice leave? A POST to the store's link, or a mail to its address; Swedish first, English beside.

No transaction is open meanwhile, every wait has an end, and a redirect is an answer, not an order: it is not followed.
The same notice carries the same Idempotency-Key or Message-ID each time. Next: workflows/notices.py, what it says.
"""

import http.client
import json
import smtplib
import ssl
import time
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import structlog

from config.database import Database
from config.settings import Settings
from workflows.notices import (
    LISTED,
    Notice,
    claim_notice,
    compose_notices,
    mark_failed,
    mark_sent,
)
from workflows.watchdog import ADVICE

log = structlog.get_logger(__name__)

TIMEOUT = 15.0
"""Seconds that a receiver may be silent at each step."""

LONGEST_RUN = 60.0
"""Seconds after which a run takes no further notice: Celery would give its message to another worker."""

MAIL = "mailto:"


class NotSent(Exception):
    """A notice did not go out. Its text is shown to people and holds nothing of what the receiver answered."""


class Sent(NamedTuple):
    """What one run came to."""

    composed: int
    sent: int
    failed: int


def send_notices(database: Database, settings: Settings) -> Sent:
    """Compose the day's notices and send those whose turn it is; what fails is tried again later."""
    composed = compose_notices(database, settings.standing_hours, datetime.now(UTC))
    sent = failed = 0
    until = time.monotonic() + LONGEST_RUN
    while time.monotonic() < until and (notice := claim_notice(database)):
        try:
            address = send(notice, settings)
        except NotSent as reason:
            failed += 1
            log.warning("notice.not_sent", store=notice.store, attempt=notice.attempt, reason=str(reason))
            mark_failed(database, notice, str(reason))
        else:
            sent += 1
            mark_sent(database, notice, address)
    return Sent(composed, sent, failed)


def send(notice: Notice, settings: Settings) -> str:
    """Send one notice; returns the address it went to. Raises NotSent."""
    if notice.address is None:
        raise NotSent("lagret har ingen adress (the store has no address)")
    try:
        if notice.address.startswith(MAIL):
            _mail(message(notice, notice.address.removeprefix(MAIL), settings.notice_from), settings)
        else:
            _post(notice.address, notice)
    except (OSError, http.client.HTTPException, smtplib.SMTPException, ValueError) as error:
        raise NotSent(_reason(error)) from error
    return notice.address


def _reason(error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__


def _post(link: str, notice: Notice) -> None:
    parts = urlsplit(link)
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=ssl.create_default_context())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    try:
        connection.request(
            "POST",
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            json.dumps(notice.content, ensure_ascii=False).encode(),
            {"Content-Type": "application/json", "Idempotency-Key": str(notice.key), "User-Agent": "orderflode"},
        )
        status = connection.getresponse().status
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotSent(f"HTTP {status}")


def message(notice: Notice, receiver: str, sender: str) -> EmailMessage:
    """The notice as a mail."""
    mail = EmailMessage()
    count = notice.content["count"]
    orders = "1 order" if count == 1 else f"{count} ordrar"
    mail["Subject"] = f"Lager {notice.store}: {orders} har stått för länge ({notice.day})"
    mail["From"] = Address(addr_spec=sender)
    mail["To"] = Address(addr_spec=receiver)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{notice.key}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [f"Lager {notice.store}: ordrar som har stått för länge (store: orders standing too long)"]
    for kind in notice.content["kinds"]:
        advice = ADVICE[kind["kind"]]
        orders = ", ".join(f"{each['id']} ({each['source']}:{each['external_id']})" for each in kind["orders"])
        more = f" … av {kind['count']} (of {kind['count']})" if kind["count"] > LISTED else ""
        lines += [
            "",
            f"{kind['count']} {advice.name_sv} ({advice.name_en}), äldst sedan (oldest since) {kind['oldest']}",
            f"  Att göra: {advice.sv}",
            f"  (To do: {advice.en})",
            f"  {orders}{more}",
        ]
    mail.set_content("\n".join(lines) + "\n")
    return mail


def _mail(mail: EmailMessage, settings: Settings) -> None:
    if settings.smtp_url is None:
        raise NotSent("ORDERFLODE_SMTP_URL saknas (is missing)")
    url = urlsplit(settings.smtp_url)
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise NotSent("ORDERFLODE_SMTP_URL kan inte läsas (cannot be read)")
    secure = ssl.create_default_context()
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(url.hostname, url.port or 465, timeout=TIMEOUT, context=secure)
    else:
        server = smtplib.SMTP(url.hostname, url.port or 25, timeout=TIMEOUT)
    with server:
        if url.username:
            if url.scheme == "smtp":
                # A password never goes in clear: a server that offers no TLS raises.
                server.starttls(context=secure)
            server.login(unquote(url.username), _password(settings))
        server.send_message(mail)


def _password(settings: Settings) -> str:
    if settings.smtp_password_file is None:
        raise NotSent("ORDERFLODE_SMTP_PASSWORD_FILE saknas (is missing)")
    return settings.smtp_password_file.read_text(encoding="utf-8").strip()
