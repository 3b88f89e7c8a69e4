"""How is a mapping written down? As the TOML that mapping.py reads, to be kept for the next file of its kind."""

import json
from collections.abc import Mapping

_TABLES = ("file", "columns", "constants")


def mapping_text(file: Mapping[str, str], columns: Mapping[str, str], constants: Mapping[str, str]) -> str:
    """The tables of a mapping as TOML; what is blank is left out. `mapping_of` says whether it is a right one."""
    written = []
    for name, table in zip(_TABLES, (file, columns, constants), strict=True):
        rows = [f"{key} = {_quoted(value)}\n" for key, value in table.items() if value]
        if rows:
            written.append(f"[{name}]\n{''.join(rows)}")
    return "\n".join(written)


def _quoted(text: str) -> str:
    """A basic string: TOML's escapes are those of JSON, and it has DEL escaped besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
