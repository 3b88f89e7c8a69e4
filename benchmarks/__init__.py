"""How fast is it, beside what others reach and what the database allows? `make bench`; how to read it: README.md."""
