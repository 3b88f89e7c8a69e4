"""How are patients' numbers kept? Sealed by the application, found by a keyed index, never in clear at rest.

AES-256-GCM with the key's id in front and bound to its row; the index is a full HMAC-SHA-256 under a key of its own.
Without the keys the data cannot be read: they live outside the database. A hash without a key would be no
protection: the whole space of personnummer takes 37 seconds to search (measured). Next: key_file.py, where the keys
are read from and how they are changed for others.
"""

import hashlib
import hmac
import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from workflows.key_file import KeysUnusable, Ring, make_ring, read_ring

__all__ = ["LOOK_EVERY", "Keys", "KeysUnusable", "load_keys", "patient_row", "recipient_row"]

_NONCE = 12
_DIGEST = 32
LOOK_EVERY = 0.2
"""Seconds between looks at the key file: a running process writes with new keys before anything waits for it to."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The keys of one reading of the file. `stamp` tells it from the next."""

    ring: Ring
    stamp: tuple[int, ...]
    ciphers: dict[str, AESGCM] = field(repr=False)


class Keys:
    """The keys of one installation: one seals, all unseal, one makes the index. They follow their file.

    While the keys are changed for others (rotating.py) there are two of each: what is written is written with one of
    them, and what is looked up is looked up with both.
    """

    def __init__(self, read: Callable[[], Ring], stamp: Callable[[], tuple[int, ...]] = tuple) -> None:
        self._read = read
        self._stamp = stamp
        self._loaded = self._load()
        self._looked_at = time.monotonic()

    def seal(self, text: bytes, belongs_to: str) -> bytes:
        """`text` as key id, nonce and ciphertext. `belongs_to` names its column and row: elsewhere it is unreadable."""
        keys = self._now()
        nonce = os.urandom(_NONCE)
        key_id = keys.ring.current.encode()
        return (
            bytes([len(key_id)])
            + key_id
            + nonce
            + keys.ciphers[keys.ring.current].encrypt(nonce, text, belongs_to.encode())
        )

    def unseal(self, sealed: bytes, belongs_to: str) -> bytes:
        """What was sealed. Raises KeysUnusable for an unknown key, a changed byte or another row."""
        end = 1 + (sealed[0] if sealed else 0)
        cipher = self._now().ciphers.get(sealed[1:end].decode("ascii", "replace"))
        if cipher is None or len(sealed) < end + _NONCE:
            raise KeysUnusable(KeysUnusable.__doc__)
        try:
            return cipher.decrypt(sealed[end : end + _NONCE], sealed[end + _NONCE :], belongs_to.encode())
        except InvalidTag as error:
            raise KeysUnusable(KeysUnusable.__doc__) from error

    @property
    def current(self) -> str:
        """The id of the key that seals: it stands in front of what is sealed."""
        return self._now().ring.current

    @property
    def is_coming(self) -> bool:
        """Whether there are new keys that nobody writes with yet."""
        return self._now().ring.coming is not None

    @property
    def generation(self) -> int:
        """How many links the hash that recognises has: one, and one more for each change of keys."""
        return len(self._now().ring.recognise)

    @property
    def fingerprint(self) -> bytes:
        """Tells these keys from others, and nothing about them."""
        return self.index_of("key_check", b"orderflode")

    @property
    def fingerprints(self) -> tuple[bytes, ...]:
        """The same of both, while the keys are changed."""
        return self.indexes_of("key_check", b"orderflode")

    def index_of(self, what: str, value: bytes) -> bytes:
        """The keyed index of `value`, 32 bytes; `what` keeps indexes of different things apart."""
        return _digest(self._now().ring.index, what, value)

    def indexes_of(self, what: str, value: bytes) -> tuple[bytes, ...]:
        """Under which indexes `value` may be found: the one that is written first, and the other of a change."""
        ring = self._now().ring
        keys = (ring.index,) if ring.other_index is None else (ring.index, ring.other_index)
        return tuple(_digest(key, what, value) for key in keys)

    def recognition_of(self, what: str, value: bytes) -> bytes:
        """A keyed hash by which something is known again whose value is not kept.

        It cannot be made anew under another key, so a change of keys wraps it: the hash of a hash, with its
        generation in front from the second on.
        """
        return self._recognition(self._now().ring, what, value)

    def recognitions_of(self, what: str, value: bytes) -> list[bytes]:
        """Every form in which that hash may stand: while it is wrapped, earlier and later ones."""
        ring = self._now().ring
        links = ring.recognise if ring.next_link is None else (*ring.recognise, ring.next_link)
        first = _digest(links[0], what, value)
        return [_wrapped(first, links[: length + 1]) for length in range(len(links))]

    def wrapped(self, recognition: bytes) -> bytes:
        """A stored hash of an earlier generation as the current one writes it; a current one as it is."""
        return _wrapped(recognition, self._now().ring.recognise)

    def mac_of(self, what: str, value: bytes) -> bytes:
        """The keyed hash of a row of the access log or of a seal, 32 bytes: who has no key cannot make one."""
        return _digest(self._now().ring.log, what, value)

    def still(self) -> "Keys":
        """The same keys as they are now, which follow no file: for what must be equal from beginning to end."""
        ring = self._now().ring
        return Keys(lambda: ring)

    @staticmethod
    def _recognition(ring: Ring, what: str, value: bytes) -> bytes:
        return _wrapped(_digest(ring.recognise[0], what, value), ring.recognise)

    def _load(self) -> _Loaded:
        stamp = self._stamp()
        ring = self._read()
        return _Loaded(ring, stamp, {key_id: AESGCM(key) for key_id, key in ring.sealing.items()})

    def _now(self) -> _Loaded:
        """The keys as the file has them; as they were where it cannot be read for the moment."""
        now = time.monotonic()
        if now - self._looked_at > LOOK_EVERY:
            self._looked_at = now
            try:
                if self._stamp() != self._loaded.stamp:
                    self._loaded = self._load()
            except (OSError, KeysUnusable):
                pass
        return self._loaded


def load_keys(file: Path, *, make: bool = True) -> Keys:
    """The keys in `file`; with `make` they are made there, readable by its owner only, when there is none.

    Raises KeysUnusable.
    """
    if make:
        make_ring(file)
    return Keys(lambda: read_ring(file), lambda: _stamp_of(file))


def patient_row(lookup: bytes) -> str:
    """What a patient's sealed number is bound to: its column, and its index."""
    return f"patient.sealed {lookup.hex()}"


def recipient_row(recipient: uuid.UUID) -> str:
    """What a sealed recipient is bound to: its column and row."""
    return f"recipient.sealed {recipient}"


def _stamp_of(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except FileNotFoundError:
        return ()
    return status.st_ino, status.st_mtime_ns, status.st_size


def _digest(key: bytes, what: str, value: bytes) -> bytes:
    return hmac.digest(key, what.encode() + b"\x00" + value, hashlib.sha256)


def _wrapped(recognition: bytes, links: tuple[bytes, ...]) -> bytes:
    generation, digest = (1, recognition) if len(recognition) == _DIGEST else (recognition[0], recognition[1:])
    if generation >= len(links):
        return recognition
    for key in links[generation:]:
        digest = hmac.digest(key, digest, hashlib.sha256)
    return bytes([len(links)]) + digest
