"""How does a document reach who prints it? As a PDF that the browser shows, and of which nobody keeps a copy."""

import re

from fastapi import Response


def pdf_answer(pdf: bytes, name: str) -> Response:
    """The PDF; its file name has letters, digits, `-` and `_` alone."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", name)
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"},
    )
