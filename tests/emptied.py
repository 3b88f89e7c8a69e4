"""How does a property get a fresh world for each example? The database of the test is emptied, by its owner."""

from config.database import Database


def empty(database: Database) -> None:
    """Take back everything that the example before has stored."""
    with database.session() as owner:
        owner.execute(
            "SET session_replication_role = replica; "
            "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND tablename NOT IN ('allowed_transition', 'alembic_version') LOOP "
            "EXECUTE format('DELETE FROM %I', t); END LOOP; END $$"
        )
