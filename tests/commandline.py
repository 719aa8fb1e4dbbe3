"""Command lines, run in the process of a test."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple
from unittest.mock import patch


class Ran(NamedTuple):
    """What came of it."""

    status: int
    out: str
    err: str


def run(
    main: Callable[[Sequence[str]], int],
    *words: object,
    stdin: Any = b"",
    out: io.BytesIO | None = None,
    watched: bool = False,
) -> Ran:
    """Run a command line. stdin: what it can read, or a file. watched: at a terminal."""
    out, err = out or io.BytesIO(), io.StringIO()
    err.isatty = lambda: watched  # type: ignore[method-assign]
    source = stdin if not isinstance(stdin, bytes) else io.BytesIO(stdin)
    stdout = io.TextIOWrapper(out, "utf-8", write_through=True)
    with redirect_stdout(stdout), redirect_stderr(err), patch("sys.stdin") as faked:
        faked.buffer = source
        faked.isatty = lambda: False
        faked.readline = lambda: source.readline().decode()
        try:
            status = main([str(word) for word in words])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Ran(status, out.getvalue().decode(), err.getvalue())
