"""Does CI notice what it installs? A package that nobody audited is not called safe, and a review grows old."""

import hashlib
import importlib.util
import json
import re
import subprocess
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.version import Version

SECURITY = Path(__file__).parents[2] / "security"
DAY = date(2026, 11, 28)


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    """security/audit.py, which is no package's."""
    spec = importlib.util.spec_from_file_location("audit", SECURITY / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_review(**changes: object) -> dict[str, Any]:
    advisory = {"package": "starlette", "fixed_in": "1.3.1", "advisory": "CVE"}
    return {"reviewed_on": DAY.isoformat(), "requirements_sha256": "abc", "advisories": [advisory]} | changes


def test_what_pip_audit_skipped_is_not_audited(audit: ModuleType) -> None:
    found = {"id": "CVE-1", "fix_versions": ["2.0"]}
    told = [
        {"name": "a", "skip_reason": "Dependency not found on PyPI"},
        {"name": "b", "version": "1.0", "vulns": []},
        {"name": "c", "version": "1.0", "vulns": [found]},
    ]
    assert audit.judged(told) == (2, ["c 1.0: CVE-1, fixed in 2.0"])


def test_a_review_stands_for_two_weeks_and_for_its_requirements_alone(audit: ModuleType) -> None:
    def problems(day: date, digest: str = "abc") -> int:
        return len(audit.out_of_date(a_review(), digest, day))

    assert problems(DAY) == problems(date(2026, 12, 12)) == 0
    assert problems(date(2026, 12, 13)) == problems(date(2026, 11, 27)) == 1
    assert problems(DAY, "def") == 1


def test_a_version_below_a_fix_is_named(audit: ModuleType) -> None:
    pins = audit.pinned("starlette==1.3.0 \\\n    --hash=sha256:00\n    # via fastapi\n")
    assert pins == {"starlette": Version("1.3.0")}
    assert audit.below_a_fix(a_review(), pins) == ["starlette 1.3.0 is below 1.3.1: CVE"]
    assert audit.below_a_fix(a_review(), {"starlette": Version("1.10.0")}) == []


def test_the_bill_of_materials_has_every_package_that_is_installed(audit: ModuleType, tmp_path: Path) -> None:
    made = ["make", "--silent", "sbom", f"OUT={tmp_path / 'sbom.cdx.json'}"]
    subprocess.run(made, cwd=SECURITY.parent, check=True, capture_output=True, timeout=120)
    requirements = audit.REQUIREMENTS.read_text(encoding="utf-8")
    bill = json.loads((tmp_path / "sbom.cdx.json").read_text(encoding="utf-8"))
    listed = {each["name"]: Version(each["version"]) for each in bill["components"]}
    hashes = {
        one["content"]
        for each in bill["components"]
        for reference in each["externalReferences"]
        for one in reference.get("hashes", ())
    }
    assert listed == audit.pinned(requirements)
    assert hashes == set(re.findall(r"--hash=sha256:([0-9a-f]{64})", requirements))


def test_every_advisory_that_was_read_is_fixed_in_what_is_installed(audit: ModuleType) -> None:
    review = json.loads(audit.REVIEW.read_text(encoding="utf-8"))
    assert audit.below_a_fix(review, audit.pinned(audit.REQUIREMENTS.read_text(encoding="utf-8"))) == []


VENDORED = Path(__file__).parents[2] / "backoffice" / "pages" / "static" / "vendor"


def test_what_others_wrote_of_the_pages_is_as_they_published_it() -> None:
    table = (VENDORED / "VENDOR.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([\w.-]+)` \|.*`([0-9a-f]{64})` \|$", table, re.MULTILINE))
    kept = {path.name for path in VENDORED.iterdir()} - {"VENDOR.md"}
    assert told.keys() == {name for name in kept if not name.endswith(".LICENSE")}
    for name, digest in told.items():
        assert hashlib.sha256((VENDORED / name).read_bytes()).hexdigest() == digest, name
