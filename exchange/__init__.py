"""How orders arrive and documents leave: one module per format in, one per document out."""
