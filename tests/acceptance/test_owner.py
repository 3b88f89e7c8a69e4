"""Who may own the database? An ordinary account that may make roles, as a hosted PostgreSQL gives; no superuser."""

from pathlib import Path

import psycopg
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine, plain_environment

from config.embedded.lease import embedded_servers


def test_an_owner_that_is_no_superuser_migrates_and_works(tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "servers", throw_away=True) as servers:
        with psycopg.connect(servers.database_url, autocommit=True) as superuser:
            superuser.execute("CREATE ROLE ordinary LOGIN CREATEROLE")
            superuser.execute("CREATE DATABASE ours OWNER ordinary")
        url = servers.database_url.replace("//orderflode@/orderflode?", "//ordinary@/ours?")
        environment = plain_environment(
            DATABASE_URL=url, REDIS_URL=servers.redis_url, ORDERFLODE_HOME=str(tmp_path / "home")
        )
        orderflode = CommandLine(environment, tmp_path)

        orderflode.run("migrate")
        orderflode.run("load", write_master_data(tmp_path / "master", {("10", "12345"): 5}))
        orderflode.run("import", write_orders(tmp_path / "orders.ndjson", [an_order("B-1", ("12345", 2))]))
        orderflode.run("work", "--until-done")

        assert [order["state"] for order in orderflode.read("orders")] == ["delivered"]
        assert orderflode.read("verify")["broken"] == []
