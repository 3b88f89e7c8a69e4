"""Does the code know which revision it needs?"""

from workflows.migrations import NEWEST
from workflows.migrations.upgrading import newest_revision


def test_the_revision_that_commands_ask_for_is_the_last_one() -> None:
    assert newest_revision() == NEWEST
