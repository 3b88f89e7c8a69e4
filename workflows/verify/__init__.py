"""Is everything as it must be? The invariants in SQL, each a query for what breaks it."""
