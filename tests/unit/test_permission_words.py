"""Can everything that may be permitted be told in words? Pages say what somebody lacks, and what a token may."""

import pytest

from backoffice.words import PERMISSIONS, lacking
from workflows.permissions import GRANTABLE, Permission


@pytest.mark.parametrize("permission", sorted(GRANTABLE))
def test_what_can_be_granted_has_words_in_both_languages(permission: Permission) -> None:
    sv, en = PERMISSIONS[permission]
    assert sv != en and permission not in (sv, en)


def test_what_somebody_lacks_is_told_without_the_permissions_name() -> None:
    told = lacking(Permission.REVIEW_LOOKS)
    assert told == "Du har inte behörighet att granska åtkomstloggen (you are not permitted to review the access log)"
