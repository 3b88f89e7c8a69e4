"""Does a call find its command when only its own group is loaded?"""

import pytest

from backoffice.cli.main import GROUPS, command_in, command_line


def test_every_command_is_said_to_be_in_its_group() -> None:
    assert command_line().commands.keys() == {command for commands in GROUPS.values() for command in commands}


@pytest.mark.parametrize("command", sorted({each for commands in GROUPS.values() for each in commands}))
def test_a_call_loads_the_whole_of_its_command(command: str) -> None:
    parts = [
        getattr(command_line(what).commands[command], "commands", {}).keys()
        for what in (None, command_in(["--as", "asa.berg", command, "show"]))
    ]
    assert parts[0] == parts[1]
