"""What does an import cost by itself? The product's import of one file, in a process of its own.

Arguments: database URL, home, file, orders, source. It prints seconds and CPU seconds as JSON; who measures it:
imports.py.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.stored import import_orders


def main(url: str, home: str, path: str, orders: str, source: str) -> None:
    """Import the file and tell what it took."""
    clock, cpu = time.monotonic(), time.process_time()
    import_orders(url, Path(home), Path(path), int(orders), source)
    print(json.dumps({"seconds": time.monotonic() - clock, "cpu": time.process_time() - cpu}))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
