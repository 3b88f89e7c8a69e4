"""How does a command get a patient's number? From standard input or a prompt, never from the command line, where
process lists and the shell's history would keep it; no answer repeats one."""

import sys
from datetime import datetime

import typer

from backoffice.cli.environment import Environment
from backoffice.cli.output import UNUSABLE, fail, refusals_told
from backoffice.json_text import STOCKHOLM
from workflows.patient_records import NotANumber, index_of_number


def read_numbers(*asked: str) -> list[str]:
    """One number a line from standard input; on a terminal each is asked for, and not shown."""
    if sys.stdin.isatty():
        return [str(typer.prompt(each, hide_input=True, err=True)) for each in asked]
    lines = [line for line in sys.stdin.read(4_096).splitlines() if line.strip()]
    if len(lines) != len(asked):
        many = "1 rad" if len(asked) == 1 else f"{len(asked)} rader"
        fail(f"Skriv {many} på standard in: {'; '.join(asked)} (write so many lines)", UNUSABLE)
    return lines


def index_given(environment: Environment, number: str) -> bytes:
    """The keyed index of a number that was read; a text that is none ends the command."""
    with refusals_told(NotANumber, status=UNUSABLE):
        return index_of_number(
            number,
            environment.keys(),
            today=datetime.now(STOCKHOLM).date(),
            reservnummer_patterns=environment.settings.reservnummer_patterns,
        )
