"""How is a list sent to PostgreSQL? A cohort's keys as one text, not element by element.

psycopg looks at every element by itself, 1 µs for a key and 8 µs for a moment (measured), and a cohort sends its 500
ids with each query. Registered for all connections in database.py.
"""

from datetime import datetime
from types import NoneType
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap
from psycopg.types.array import ListDumper


class _FlatListDumper(ListDumper):
    """Whole numbers, texts and moments at once; whatever else a list holds is psycopg's."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        kinds = set(map(type, obj))
        if kinds == {int}:
            return f"{{{','.join(map(str, obj))}}}".encode()
        if kinds == {datetime}:
            texts = {moment: f'"{moment}"' for moment in set(obj)}
            return f"{{{','.join([texts[moment] for moment in obj])}}}".encode()
        if str in kinds and kinds <= {str, NoneType} and self.sub_dumper:
            together = "".join(filter(None, obj))
            if '"' not in together and "\\" not in together:
                quoted = ["NULL" if text is None else f'"{text}"' for text in obj]
                return self.sub_dumper.dump(f"{{{','.join(quoted)}}}")
        return super().dump(obj)


ADAPTERS = AdaptersMap(psycopg.adapters)
"""How values are sent and read: psycopg's ways, but for lists."""
ADAPTERS.register_dumper(list, _FlatListDumper)
