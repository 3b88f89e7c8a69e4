"""Documents on their way out: one module per document."""
