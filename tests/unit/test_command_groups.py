"""Does a call find its command when only its own group is loaded?"""

import pytest
import typer

from backoffice.cli.main import GROUPS, command_line


def commands_of(app: typer.Typer) -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_every_command_is_said_to_be_in_its_group() -> None:
    assert commands_of(command_line()) == {command for commands in GROUPS.values() for command in commands}


@pytest.mark.parametrize("command", sorted({each for commands in GROUPS.values() for each in commands}))
def test_a_call_loads_the_whole_of_its_command(command: str) -> None:
    whole, own = (typer.main.get_command(command_line(what)) for what in (None, command))
    parts = [getattr(each.commands[command], "commands", {}).keys() for each in (whole, own)]  # type: ignore[attr-defined]
    assert parts[0] == parts[1]
