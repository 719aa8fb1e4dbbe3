"""How much of it a test tries: enough for every day, or what `make soak` takes its time for."""

from __future__ import annotations

import os
from typing import Any, Final

import pytest

SOAKS: Final = bool(os.environ.get("SOAK"))

TIMES: Final = 20 if SOAKS else 1
"""So many times the examples of every day."""

USUAL: Final = 100
"""Examples of a test that says nothing else."""


def many(*values: object) -> Any:
    """Values of a test's parameters with which it takes long; a smaller one is tried every day."""
    return pytest.param(*values, marks=pytest.mark.soak)


def examples(usual: int) -> int:
    """How many there are where that is the usual number."""
    return usual * TIMES
