"""Orders on their way in: one module per file format."""
