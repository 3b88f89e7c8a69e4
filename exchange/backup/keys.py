"""Do we have the keys of a backup? They open what is sealed in it; without them that is lost, and only that.

They are never in the backup itself: one stolen file would then give away every patient's number. Next: restoring.py.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from exchange.backup.manifest import KeysEntry
from exchange.outgoing.whole_file import OWNER_ONLY, whole_binary_file
from workflows.patients import Keys, KeysUnusable, load_keys

LOST_WITHOUT_KEYS = (
    (
        "patienternas nummer, namn, adresser, telefonnummer och anteckningar, och listor vid återkallelse som nämner "
        "dem",
        "the patients' numbers, names, addresses, phone numbers and notes, and lists of a recall that name them",
    ),
    (
        "följesedlar till patienter vars uppgifter är förseglade; alla andra skrivs på nytt när någon ber om dem",
        "delivery notes to patients whose data are sealed; all others are written anew when asked for",
    ),
    (
        "de råa raderna i importer: en import som avbröts kan inte fortsätta, och kvitton på avvisade rader går inte "
        "att skriva",
        "the raw rows of imports: an interrupted import cannot go on, and receipts of refused rows cannot be written",
    ),
    (
        "igenkänningen: en order som skickas igen avvisas (external-id-reused), och en patient som återkommer blir ny",
        "recognition: an order sent again is refused (external-id-reused), and a patient who returns becomes a new one",
    ),
)
"""What cannot be brought back from a backup without its keys, in Swedish and English; everything else can."""


class KeysMissing(Exception):
    """The backup's keys are not at hand, or other keys are; the message is one line."""


class KeysNotLost(Exception):
    """Nycklarna finns: läs in utan --keys-lost (the keys are there: restore without --keys-lost)."""


@dataclass(frozen=True, slots=True)
class KeysAtHand:
    """The keys of a backup, None where it has none or they are lost; `source` is to be copied to the key file."""

    keys: Keys | None
    source: Path | None = None

    def place(self, key_file: Path) -> None:
        """Put the keys where they belong, if they are not there. Raises OSError."""
        if self.source is not None:
            key_file.parent.mkdir(parents=True, exist_ok=True)
            copy_keys(self.source, key_file)


def keys_at_hand(wanted: KeysEntry, key_file: Path, given: Path | None, *, lost: bool) -> KeysAtHand:
    """The keys the backup belongs to: those in the key file, or in the file that is `given`, if it has any.

    `lost` says that nobody has them. Raises KeysMissing, KeysNotLost, KeysUnusable for a file that holds no keys.
    """
    if wanted.fingerprint is None:
        return KeysAtHand(None)
    if lost:
        with suppress(KeysUnusable):
            if _belong(load_keys(key_file, make=False), wanted):
                raise KeysNotLost(KeysNotLost.__doc__)
        return KeysAtHand(None)
    source = given or key_file
    if not source.exists():
        raise KeysMissing(f"Nyckelfilen {source} saknas (the key file is missing).")
    keys = load_keys(source, make=False)
    if not _belong(keys, wanted):
        raise KeysMissing(f"Nyckelfilen {source} hör inte till kopian (the key file does not belong to the backup).")
    if source == key_file or not key_file.exists():
        return KeysAtHand(keys, None if source == key_file else source)
    if not _belong(load_keys(key_file, make=False), wanted):
        raise KeysMissing(f"På {key_file} står andra nycklar: flytta dem först (other keys stand there: move them).")
    return KeysAtHand(keys)


def copy_keys(source: Path, target: Path) -> None:
    """Write a copy of the key file, for its owner alone. Raises OSError, also where `target` exists."""
    if target.exists():
        raise FileExistsError(17, "filen finns redan (it exists)", str(target))
    with whole_binary_file(target, mode=OWNER_ONLY) as file:
        file.write(source.read_bytes())


def _belong(keys: Keys, wanted: KeysEntry) -> bool:
    return keys.fingerprint.hex() == wanted.fingerprint
