"""How is a file written that people fetch? Whole or not at all, and readable by those it is for.

It is written under another name in the same folder, and gets its own when everything stands in it. Next: safe_csv.py.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

OWNER_ONLY = 0o600
"""The mode of a file with patients' data."""
OWNER_AND_GROUP = 0o640
"""The mode of a file without any."""


@contextmanager
def whole_file(path: Path, *, mode: int) -> Iterator[TextIO]:
    """A text file (UTF-8) that becomes `path` when the block ends; when it raises, `path` is what it was.

    Raises OSError where the folder cannot be written to, before the block begins.
    """
    with whole_binary_file(path, mode=mode) as handle:
        text = TextIOWrapper(handle, encoding="utf-8", newline="")
        yield text
        text.flush()
        text.detach()


@contextmanager
def whole_binary_file(path: Path, *, mode: int) -> Iterator[BinaryIO]:
    """The same for bytes."""
    if path.is_dir():
        raise IsADirectoryError(21, os.strerror(21), str(path))
    # mkstemp makes it with mode 0600, whatever the umask is.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            os.fchmod(descriptor, mode)
            yield handle
            handle.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
