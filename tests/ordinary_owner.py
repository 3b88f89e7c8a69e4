"""Who owns the database in production? A role that is no superuser, and for whom row security holds.

The tests' server belongs to a superuser, who goes past it: what is asked of the owner is asked of this one. Next:
integration/test_ordinary_owner.py, integration/test_row_security.py.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from conftest import with_database

from config.database import ROLE, WEB_ROLE
from config.server_urls import ServerUrls


@contextmanager
def an_ordinary_owner(servers: ServerUrls) -> Iterator[str]:
    """The name of a role that may own databases and take on our roles, which another owner made."""
    name = f"ordinary_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(servers.database_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} CREATEROLE".encode())
        for role in (ROLE, WEB_ROLE):
            admin.execute(f"GRANT {role} TO {name}".encode())
        try:
            yield name
        finally:
            admin.execute(f"DROP OWNED BY {name}".encode())
            admin.execute(f"DROP ROLE {name}".encode())


@contextmanager
def a_database_of(servers: ServerUrls, owner: str, template: str = "template1") -> Iterator[tuple[str, str]]:
    """Its name and its URL for the owner: empty, or a copy of `template`."""
    name = f"owned_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(servers.database_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}".encode())
        try:
            yield name, as_role(with_database(servers.database_url, name), owner)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def as_role(url: str, role: str) -> str:
    """The URL for connections that are `role` from their first statement on, as if it had logged in."""
    return f"{url}{'&' if '?' in url else '?'}options=-crole%3D{role}"
