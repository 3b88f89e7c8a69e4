"""How does a stock count read? The long forms behind the commands of counts.py."""

from typing import Any

from backoffice.cli.output import print_table, print_text
from workflows.counts.closing import ClosedCount


def print_lines(count: dict[str, Any]) -> None:
    """What was counted, article by article, beside what was expected."""
    columns = (
        "article", "name", "counted", "expected", "difference", "booked", "counted_at", "entered_by", "serial_numbers",
    )  # fmt: skip
    headings = ("artikel", "benämning", "räknat", "väntat", "differens", "bokfört", "när", "av", "individnummer")
    print_table(headings, (tuple(line[column] for column in columns) for line in count["lines"]))


_DEVICES = {
    "missing": "saknas, bokförda som differens (missing)",
    "reserved": "saknas fast de var reserverade: orderna väntar igen (missing, though reserved: the orders wait again)",
    "found_again": "återfunna (found again)",
    "unknown": "okända, registrerade här (unknown, registered here)",
    "elsewhere": "finns på annan plats enligt registret, inget flyttat (elsewhere by the register)",
}


def print_outcome(count: dict[str, Any], outcome: ClosedCount) -> None:
    """What closing a count booked, and which devices were not where they should be."""
    print_text(f"{count['id']} stängd: {count['found']} funna, {count['missing']} saknade (found, missing)")
    for article, units in outcome.booked.items():
        print_text(f"  {article}: {units:+d}")
    if outcome.gave_up:
        print_text(f"Väntar igen (orders that wait again): {', '.join(map(str, outcome.gave_up))}")
    for each in outcome.devices:
        for name, text in _DEVICES.items():
            if numbers := getattr(each, name):
                print_text(f"  {each.article} {', '.join(numbers)}: {text}")


def articles_counted(count: dict[str, Any]) -> str:
    """How many articles a count has."""
    return "1 artikel" if count["articles"] == 1 else f"{count['articles']} artiklar"
