"""Backups in a folder: each is called by its date, and so many are kept. Knows no store."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Final

from chat.history.store import StoreError

_DATED: Final = re.compile(r"chat-\d{4}-\d\d-\d\dT\d{6}Z(?:-\d+)?\.sqlite")
"""What these are called. Nothing else is ever removed."""


def new_in(folder: Path, now: float) -> Path:
    """What a backup is called that is made now, in seconds since 1970 UTC; nothing is."""
    date = time.strftime("chat-%Y-%m-%dT%H%M%SZ", time.gmtime(now))
    path, number = folder / f"{date}.sqlite", 1
    while path.exists():
        number += 1
        path = folder / f"{date}-{number}.sqlite"
    return path


def keep(folder: Path, many: int, made: Path) -> int:
    """Remove the oldest ones, by their names, but never the one that was just made; how many.
    Raises StoreError."""
    found = [path for path in folder.iterdir() if _DATED.fullmatch(path.name) and path != made]
    old = sorted(found, key=lambda path: path.name, reverse=True)[many - 1 :]
    try:
        for path in old:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"an old backup could not be removed: {error}") from None
    return len(old)
