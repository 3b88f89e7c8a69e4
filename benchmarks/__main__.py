"""How does one run a comparison? `python -m benchmarks [--short | --large]`: progress on stderr, the table on stdout.

What is measured: comparison.py. The files land in benchmarks/results/. Exit code 0, or 1 when a contender did not do
its work; a target that is missed is told and changes nothing, for it may be the machine's fault.
"""

import argparse
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from types import FrameType

from benchmarks.comparison import MEASUREMENTS, MILLION, compare
from benchmarks.contender import WrongEndState
from benchmarks.lineup import LINEUP
from benchmarks.picture import draw
from benchmarks.table import as_text

RESULTS = Path(__file__).parent / "results"
NAMES = (*(place.name for place in LINEUP), *MEASUREMENTS)
SHORT = ("orderflode", "limit", "naive-celery", "procrastinate", "import", "latency", "api", "documents")
"""What a short run measures unless it is told otherwise."""


def main() -> int:
    """Run what the command line asks for."""
    given = _arguments()
    _end_in_order()
    began = time.monotonic()

    def say(what: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {what}", file=sys.stderr, flush=True)  # noqa: T201

    name = "large" if given.large else "short" if given.short else "bench"
    try:
        report = compare(
            name,
            given.only or (SHORT if given.short else NAMES),
            rounds=given.rounds,
            seed=given.seed,
            say=say,
            stored=given.stored,
        )
    except WrongEndState as error:
        say(f"WRONG END STATE: {error}")
        return 1
    text = as_text(report)
    path = report.write(given.out, text)
    try:
        draw(report, path.with_suffix(".svg"))
    except ModuleNotFoundError as error:
        say(f"no picture: the package {error.name} is not installed here")
    print(text)  # noqa: T201
    say(f"kept as {path} ({datetime.now():%H:%M})")  # noqa: DTZ005  for the person who waits
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Orderflöde beside others.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--large", action="store_true", help="what needs 1,000,000 orders (half an hour)")
    size.add_argument("--short", action="store_true", help="small counts and few contenders (two minutes)")
    parser.add_argument("--stored", type=int, default=MILLION, metavar="N", help="orders of a large run")
    parser.add_argument("--rounds", type=int, metavar="N", help="default 3; in a short run 1")
    parser.add_argument("--only", type=_names, metavar="NAME,…", help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--seed", type=int, default=1, help="of the workload; default 1")
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FOLDER", help="default benchmarks/results")
    return parser.parse_args()


def _names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}; known are {', '.join(NAMES)}")
    return names


def _end_in_order() -> None:
    """A signal ends this process as an exception, so that contenders, which have sessions of their own, are stopped."""

    def leave(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, leave)


if __name__ == "__main__":
    sys.exit(main())
