"""When two names are the same. Knows no wire."""

from __future__ import annotations

import unicodedata


def key_of(name: str) -> str:
    """Two names with the same key are the same room or user: case and width make no difference."""
    return unicodedata.normalize("NFKC", name).casefold()
