"""A PostgreSQL of an older major version than the embedded one, from Debian's package, where that is installed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from command_line import free_port

FOLDER = Path("/usr/lib/postgresql")
EMBEDDED_MAJOR = 18


def older_programs() -> Path | None:
    """The folder of the oldest installed server's programs; None where there is none older than the embedded."""
    majors = sorted(int(each.name) for each in FOLDER.glob("[0-9]*") if (each / "bin" / "initdb").exists())
    return FOLDER / str(majors[0]) / "bin" if majors and majors[0] < EMBEDDED_MAJOR else None


@contextmanager
def old_server(programs: Path) -> Iterator[tuple[str, Path]]:
    """Its URL, and its folder of data; it runs as `postgres` when we are root, who may not."""
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    place = Path(tempfile.mkdtemp(prefix="orderflode-old-"))
    os.chown(place, account.pw_uid, account.pw_gid)
    data, port = place / "data", free_port()

    def run(program: str, *words: object) -> None:
        command = [programs / program, "-D", data, *map(str, words)]
        as_whom = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        with (place / "said").open("ab") as said:
            subprocess.run(command, check=True, cwd=place, stdout=said, stderr=said, timeout=120, **as_whom)

    try:
        run("initdb", "-A", "trust", "-U", "orderflode", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-w", "-l", place / "log", "-o", options, "start")
        try:
            yield f"postgresql://orderflode@127.0.0.1:{port}/postgres", data
        finally:
            run("pg_ctl", "-w", "-m", "fast", "stop")
    finally:
        shutil.rmtree(place)
