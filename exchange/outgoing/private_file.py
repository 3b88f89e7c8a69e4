"""How is a file with patients' data written? Whole or not at all, and readable by its owner only.

It is written under another name in the same folder, and gets its own when everything stands in it.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def private_file(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, mode 0600) that becomes `path` when the block ends; when it raises, nothing is left.

    Raises OSError where the folder cannot be written to, before the block begins.
    """
    if path.is_dir():
        raise IsADirectoryError(21, os.strerror(21))
    # mkstemp makes it with mode 0600, whatever the umask is.
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as handle:
            yield handle
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
