"""Where do the keys come from, and how are they changed for others? One file, readable by its owner alone.

It is written whole under another name and then takes its place, so that whoever reads it reads one state. Changing
the keys has two of them: the new keys are known to everybody before anybody writes with them, and the old ones until
nothing is left of theirs (rotating.py). Next: patients.py, which uses them.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_KEY = 32


class KeysUnusable(Exception):
    """Nyckelfilen kan inte användas (the key file cannot be used)."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What is in the file: `current` seals and `index` indexes; `recognise` are the links of the hash that wraps."""

    sealing: dict[str, bytes] = field(repr=False)
    current: str
    index: bytes = field(repr=False)
    log: bytes = field(repr=False)
    recognise: tuple[bytes, ...] = field(repr=False)
    coming: str | None = None
    """The new key's id, while everybody is told of it."""
    going: str | None = None
    """The old key's id, while what it sealed is sealed anew."""
    other_index: bytes | None = field(default=None, repr=False)
    """The index key of `coming` or `going`."""
    next_link: bytes | None = field(default=None, repr=False)
    """The link of `coming`."""


def read_ring(file: Path) -> Ring:
    """The keys in `file`. Raises KeysUnusable."""
    try:
        content = json.loads(file.read_text(encoding="ascii"))
        ring = _ring(content)
        keys = [*ring.sealing.values(), ring.index, ring.log, *ring.recognise, ring.other_index, ring.next_link]
        if {len(key) for key in keys if key is not None} != {_KEY}:
            raise ValueError
        if any(key_id not in ring.sealing for key_id in (ring.current, ring.coming or ring.current)):
            raise ValueError
        return ring
    except FileNotFoundError:
        raise KeysUnusable(f"Nyckelfilen {file} saknas (the key file is missing)") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysUnusable(f"Nyckelfilen {file} kan inte användas (the key file cannot be used)") from error


def make_ring(file: Path) -> None:
    """Make keys in `file` where there is none; two processes that start together end with the same.

    Raises KeysUnusable where it cannot be written.
    """
    if file.exists():
        return
    seal, index, log, link = (secrets.token_bytes(_KEY) for _ in range(4))
    new = Ring({"k1": seal}, "k1", index, log, (link,))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(file, new)
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    except OSError as error:
        raise KeysUnusable(f"Nyckelfilen {file} kan inte skrivas (the key file cannot be written)") from error


def replace_ring(file: Path, ring: Ring) -> None:
    """Put `ring` in the place of what is in `file`, durably. Raises KeysUnusable where it cannot be written."""
    try:
        _draft(file, ring).replace(file)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeysUnusable(f"Nyckelfilen {file} kan inte skrivas (the key file cannot be written)") from error


def with_coming(ring: Ring) -> Ring:
    """The same keys, and new ones that everybody can read with and nobody writes with yet."""
    number = 1 + max(int(key_id[1:]) for key_id in ring.sealing if key_id[1:].isdigit())
    coming = f"k{number}"
    return Ring(
        {**ring.sealing, coming: secrets.token_bytes(_KEY)}, ring.current, ring.index, ring.log, ring.recognise,
        coming=coming, other_index=secrets.token_bytes(_KEY), next_link=secrets.token_bytes(_KEY),
    )  # fmt: skip


def taking_over(ring: Ring) -> Ring:
    """The new keys write; with the old ones is only read."""
    assert ring.coming is not None
    assert ring.other_index is not None
    assert ring.next_link is not None
    return Ring(
        ring.sealing, ring.coming, ring.other_index, ring.log, (*ring.recognise, ring.next_link),
        going=ring.current, other_index=ring.index,
    )  # fmt: skip


def without_going(ring: Ring) -> Ring:
    """The new keys alone: every other sealing key is forgotten, and the old index key."""
    return Ring({ring.current: ring.sealing[ring.current]}, ring.current, ring.index, ring.log, ring.recognise)


def _ring(content: dict[str, Any]) -> Ring:
    def key(name: str) -> bytes | None:
        return base64.b64decode(content[name], validate=True) if name in content else None

    index = base64.b64decode(content["index"], validate=True)
    return Ring(
        {key_id: base64.b64decode(each, validate=True) for key_id, each in content["seal"].items()},
        content["current"],
        index,
        # Files of 0.1.0 have neither: what is made here of their index is the same each time.
        key("log") or hmac.digest(index, b"access_log", hashlib.sha256),
        tuple(base64.b64decode(each, validate=True) for each in content.get("recognise", [content["index"]])),
        content.get("coming"),
        content.get("going"),
        key("other_index"),
        key("next_link"),
    )


def _draft(file: Path, ring: Ring) -> Path:
    """The file whole, under a name of its own beside it."""
    written = {
        "current": ring.current,
        "seal": {key_id: base64.b64encode(key).decode() for key_id, key in ring.sealing.items()},
        "index": base64.b64encode(ring.index).decode(),
        "log": base64.b64encode(ring.log).decode(),
        "recognise": [base64.b64encode(link).decode() for link in ring.recognise],
        "coming": ring.coming,
        "going": ring.going,
        "other_index": ring.other_index and base64.b64encode(ring.other_index).decode(),
        "next_link": ring.next_link and base64.b64encode(ring.next_link).decode(),
    }
    descriptor, draft = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        json.dump({name: value for name, value in written.items() if value is not None}, handle, indent=1)
        handle.flush()
        os.fsync(handle.fileno())
    return Path(draft)
