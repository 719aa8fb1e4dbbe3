"""Where an unexpected error goes: into a file. On a screen it would only be in the way."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_log_path

from chat.client.terms.bounds import LOG_BYTES


def keep(error: BaseException) -> Path | None:
    """Write an error down with its traceback; the file, or None where there can be none."""
    file = user_log_path("twisted-chat", appauthor=False) / "client.log"
    lines = [f"{datetime.now(UTC).isoformat()}\n", *traceback.format_exception(error), "\n"]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if file.stat().st_size > LOG_BYTES:
                file.replace(file.with_suffix(".log.old"))
        with open(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as out:
            out.writelines(lines)
    except OSError:
        return None
    return file


def told(error: BaseException) -> str:
    """Write it down, and say in a line what was wrong and where it stands."""
    file = keep(error)
    where = f"; the details are in {file}" if file else ""
    return f"something went wrong in the program: {type(error).__name__}: {error}{where}"
