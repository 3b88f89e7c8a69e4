"""The command line `orderflode`: one module per group of commands; main.py puts them together."""

from backoffice.cli.main import main

__all__ = ["main"]
