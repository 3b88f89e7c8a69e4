"""Does the image hold the whole program? What the Dockerfile copies is built here as it is built there."""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from acceptance.compose_file import PROJECT

ROOMS = ("config", "workflows", "exchange", "tasks", "backoffice")


def test_what_the_image_copies_builds_a_package_with_every_file_of_ours(tmp_path: Path) -> None:
    sources = tmp_path / "build"
    sources.mkdir()
    for source in copied_by_the_dockerfile():
        if (PROJECT / source).is_dir():
            shutil.copytree(PROJECT / source, sources / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(PROJECT / source, sources / source)

    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, sources], check=True, capture_output=True)

    (wheel,) = tmp_path.glob("orderflode-*.whl")
    with zipfile.ZipFile(wheel) as package:
        names = set(package.namelist())
        commands = next(package.read(name).decode() for name in names if name.endswith("entry_points.txt"))
    ours = {str(file.relative_to(sources)) for room in ROOMS for file in (sources / room).rglob("*") if file.is_file()}
    assert {name for name in names if ".dist-info/" not in name} == ours
    # SQL, templates and fonts are part of the program.
    assert {".sql", ".typ", ".ttf", ".csv"} <= {Path(name).suffix for name in names}
    assert "orderflode = backoffice.cli:main" in commands


def copied_by_the_dockerfile() -> list[str]:
    """The files and folders it takes from the project."""
    dockerfile = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    return " ".join(re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, flags=re.MULTILINE)).split()
