"""How is everything kept in one file, and brought back? manifest.py says what the file holds, writing.py makes it,
reading.py checks it, restoring.py fills an empty database from it, and checking.py looks at the result."""
