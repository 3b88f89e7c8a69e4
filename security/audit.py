"""Is a vulnerability known in what we install? pip-audit asks the advisory service; where it does not answer, a dated
review of the advisories stands in, bound to requirements.txt.

`python security/audit.py`: exit 0 when nothing is known, 1 when something is, or when nobody has looked lately.
pip-audit itself ends with "no known vulnerabilities" when it could ask about no package at all: what it skipped is not
audited, and is said to be so. `--reviewed` dates the review anew: for a person who has read the advisories of what
changed, and has written them into advisories.json.
"""

import hashlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

HERE = Path(__file__).parent
REQUIREMENTS = HERE.parent / "requirements.txt"
REVIEW = HERE / "advisories.json"
"""`reviewed_on`, `requirements_sha256`, and `advisories`: each package with the version that fixes it."""

STALE_AFTER = 14
"""Days after which a review is refused."""

LONGEST = 90
"""Seconds until the service counts as silent."""


def main() -> int:
    """Audit, or judge the review; the exit status."""
    pins = pinned(REQUIREMENTS.read_text(encoding="utf-8"))
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    today = datetime.now(UTC).date()
    review = json.loads(REVIEW.read_text(encoding="utf-8"))
    if "--reviewed" in sys.argv[1:]:
        review |= {"reviewed_on": today.isoformat(), "requirements_sha256": digest}
        REVIEW.write_text(json.dumps(review, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    problems = below_a_fix(review, pins)
    answered, vulnerable = asked()
    say(f"pip-audit: the service answered for {answered} of {len(pins)} packages.")
    if answered < len(pins):
        problems += out_of_date(review, digest, today)
        say(
            f"The others are NOT audited. In its place stands the review of {review['reviewed_on']}: "
            f"{len(review['advisories'])} advisories, read by a person; what nobody has read of is not in it."
        )
    for each in [*vulnerable, *problems]:
        say(f"- {each}")
    return 1 if vulnerable or problems else 0


def asked() -> tuple[int, list[str]]:
    """For how many packages the service answered, and what it knows of them."""
    command = [
        sys.executable, "-m", "pip_audit", "--requirement", str(REQUIREMENTS), "--require-hashes", "--disable-pip",
        "--format", "json", "--progress-spinner", "off", "--timeout", "10",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
        told = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return 0, []
    return judged(told)


def judged(told: list[dict[str, Any]]) -> tuple[int, list[str]]:
    """How many of pip-audit's packages were looked up, and each vulnerability found."""
    looked_up = [each for each in told if "skip_reason" not in each]
    return len(looked_up), [
        f"{each['name']} {each['version']}: {found['id']}, fixed in {', '.join(found['fix_versions']) or 'no version'}"
        for each in looked_up
        for found in each["vulns"]
    ]


def below_a_fix(review: dict[str, Any], pins: dict[str, Version]) -> list[str]:
    """The packages that are installed in a version below the fix of an advisory."""
    return [
        f"{each['package']} {version} is below {each['fixed_in']}: {each['advisory']}"
        for each in review["advisories"]
        if (version := pins.get(each["package"])) is not None and version < Version(each["fixed_in"])
    ]


def out_of_date(review: dict[str, Any], digest: str, today: date) -> list[str]:
    """Why the review cannot stand in: too old, or of other requirements."""
    problems = []
    age = (today - date.fromisoformat(review["reviewed_on"])).days
    if not 0 <= age <= STALE_AFTER:
        problems.append(f"the review is {age} days old: read the advisories again, then make audit-reviewed")
    if review["requirements_sha256"] != digest:
        problems.append("requirements.txt has changed since the review: look at what changed, then make audit-reviewed")
    return problems


def pinned(requirements: str) -> dict[str, Version]:
    """Package → the version that is installed."""
    lines = (line.partition(" \\")[0] for line in requirements.splitlines() if line[:1].isalnum())
    pins = {}
    for requirement in map(Requirement, lines):
        (specifier,) = requirement.specifier
        pins[requirement.name] = Version(specifier.version)
    return pins


def say(text: str) -> None:
    """A line of the report."""
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
