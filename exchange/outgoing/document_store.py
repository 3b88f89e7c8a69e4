"""Where is a delivery note kept? Sealed in a file named by the hash of its content; rendered on first request.

Rendering costs a hundred times an order, so it is done outside every transaction; a file is written whole under
another name first. A second rendering of the same note has the same bytes.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from config.database import Database
from config.fault_points import fault_point
from exchange.outgoing.delivery_note import (
    DeliveryNote,
    DeliveryNoteLine,
    Party,
    render_delivery_note,
    render_delivery_notes,
)
from exchange.outgoing.whole_file import OWNER_ONLY, whole_binary_file
from workflows.access_log import Look, log_access
from workflows.patients import Keys, KeysUnusable, recipient_row
from workflows.utleveranser import (
    Utleverans,
    claim_notes_due,
    find_utleverans,
    leave_to_first_request,
    read_utleverans,
    register_documents,
    stored_document,
)

log = structlog.get_logger(__name__)

_STOCKHOLM = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True, slots=True)
class DocumentStore:
    """The documents of one installation."""

    database: Database
    keys: Keys
    folder: Path

    def delivery_note(self, number: str, look: Look) -> bytes | None:
        """The delivery note (PDF) of the utleverans with that number; None if there is no such utleverans.

        One that tells of a patient is a look: no log, no note. Raises ReasonMissing, PersonalNumberInText.
        """
        with self.database.transaction() as tx:
            utleverans = find_utleverans(tx, number)
            if utleverans is None:
                return None
            if utleverans.patient_id is not None:
                log_access(tx, "print", look, [utleverans.patient_id], order_id=utleverans.order_id, utleverans=number)
            sha256 = stored_document(tx, utleverans.id)
        if sha256 is not None and (sealed := self._read(sha256)) is not None:
            return self.keys.unseal(sealed, _belongs_to(sha256))
        pdf, sha256 = self._render(utleverans)
        with self.database.transaction() as tx:
            register_documents(tx, [(utleverans.id, sha256)])
        return pdf

    def delivery_notes(self, numbers: Sequence[str], look: Look) -> bytes:
        """The delivery notes of several utleveranser, which exist, as one PDF, in that order. It is set anew, as no
        document that is kept holds more than one. Each that tells of a patient is a look, as above."""
        with self.database.transaction() as tx:
            found = [each for each in (find_utleverans(tx, number) for number in numbers) if each is not None]
            for each in found:
                if each.patient_id is not None:
                    log_access(
                        tx, "print", look, [each.patient_id], order_id=each.order_id, utleverans=each.number
                    )  # fmt: skip
        return render_delivery_notes([self._note(each) for each in found])

    def is_readable(self, sha256: bytes) -> bool | None:
        """Whether the stored document opens with these keys and is what it was; None where it has no file."""
        sealed = self._read(sha256)
        if sealed is None:
            return None
        try:
            return hashlib.sha256(self.keys.unseal(sealed, _belongs_to(sha256))).digest() == sha256
        except KeysUnusable:
            return False

    def render_ahead(self, limit: int) -> int:
        """Render up to `limit` notes that nobody has asked for yet; returns how many were due."""
        with self.database.transaction() as tx:
            notes = [read_utleverans(tx, utleverans_id) for utleverans_id in claim_notes_due(tx, limit)]
        rendered, failed = [], []
        for each in notes:
            try:
                rendered.append((each.id, self._render(each)[1]))
            except Exception as error:
                # One note that cannot be rendered must not stop the others: it is left to its first request.
                log.warning("document.not_rendered", utleverans=each.number, exc_info=error)
                failed.append(each.id)
        if notes:
            with self.database.transaction() as tx:
                register_documents(tx, rendered)
                leave_to_first_request(tx, failed)
        return len(notes)

    def _render(self, utleverans: Utleverans) -> tuple[bytes, bytes]:
        pdf = render_delivery_note(self._note(utleverans))
        sha256 = hashlib.sha256(pdf).digest()
        write_sealed(self.folder, sha256, self.keys.seal(pdf, _belongs_to(sha256)))
        return pdf, sha256

    def _note(self, utleverans: Utleverans) -> DeliveryNote:
        return DeliveryNote(
            utleverans_number=utleverans.number,
            order_number=utleverans.order_id,
            source=utleverans.source,
            external_id=utleverans.external_id,
            order_type=utleverans.order_type,
            customer_order_type=utleverans.customer_order_type,
            created_on=utleverans.created_at.astimezone(_STOCKHOLM).date(),
            sender=Party(f"{utleverans.sender_name} ({utleverans.sender})", (), None),
            receiver=None if utleverans.protected else self._receiver(utleverans),
            orderer_unit=utleverans.orderer_unit,
            reference=utleverans.reference,
            priority=utleverans.priority,
            lines=tuple(
                DeliveryNoteLine(
                    line.line_no, line.article, line.name, line.ordered, line.sent, line.outstanding,
                    line.serial_numbers, line.ordered_article,
                )
                for line in utleverans.lines
            ),
        )  # fmt: skip

    def _receiver(self, utleverans: Utleverans) -> Party:
        private: dict[str, object] = {}
        if utleverans.recipient and utleverans.recipient_sealed:
            private = json.loads(
                self.keys.unseal(bytes(utleverans.recipient_sealed), recipient_row(utleverans.recipient))
            )
        address = private.get("address")
        given = address if isinstance(address, dict) else {}
        street = given.get("street") or utleverans.receiver_street
        place = " ".join(
            part
            for part in (
                given.get("postal_code") or utleverans.receiver_postal_code,
                given.get("city") or utleverans.receiver_city,
            )
            if part
        )
        name = private.get("name") or utleverans.receiver_name or "Patient"
        if utleverans.receiver_code:
            name = f"{name} ({utleverans.receiver_code})"
        phone = private.get("phone")
        return Party(str(name), tuple(part for part in (street, place) if part), str(phone) if phone else None)

    def _read(self, sha256: bytes) -> bytes | None:
        try:
            return sealed_file(self.folder, sha256).read_bytes()
        except FileNotFoundError:
            return None


def reseal_documents(folder: Path, keys: Keys, told: Callable[[int], object] = lambda _: None) -> int:
    """Seal anew every document that another key has sealed; how many. For a change of keys (rotating.py)."""
    done = 0
    for path in sorted(folder.glob("*/*.sealed")):
        sealed = path.read_bytes()
        if sealed[1 : 1 + sealed[0]] == keys.current.encode():
            continue
        sha256 = bytes.fromhex(path.stem)
        write_sealed(folder, sha256, keys.seal(keys.unseal(sealed, _belongs_to(sha256)), _belongs_to(sha256)))
        done += 1
        told(done)
    return done


def remove_documents(folder: Path, hashes: Iterable[bytes]) -> None:
    """Take away the files of documents that nobody may read any more."""
    for sha256 in hashes:
        sealed_file(folder, sha256).unlink(missing_ok=True)


def sealed_file(folder: Path, sha256: bytes) -> Path:
    """Where the document whose content has that hash is kept, sealed."""
    name = sha256.hex()
    return folder / name[:2] / f"{name}.sealed"


def write_sealed(folder: Path, sha256: bytes, sealed: bytes) -> None:
    """Keep the sealed document there: whole under another name first.

    What writers of the same document that died have left goes. One who still writes it finds its draft gone, and the
    document in place, with the same content.
    """
    path = sealed_file(folder, sha256)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with whole_binary_file(path, mode=OWNER_ONLY) as file:
            file.write(sealed)
            file.flush()
            fault_point("document.written")
    except FileNotFoundError:
        if not path.exists():
            raise
    fault_point("document.renamed")
    for left in path.parent.glob(f".{path.name}.*"):
        left.unlink(missing_ok=True)


def _belongs_to(sha256: bytes) -> str:
    return f"document {sha256.hex()}"
