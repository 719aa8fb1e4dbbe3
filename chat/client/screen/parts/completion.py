"""What Tab makes of a line: usernames, rooms and commands. Knows no Textual."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from chat.client.commands.usage import COMMANDS, MODES, elements, named


class Completed(NamedTuple):
    """A line, and where the cursor stands in it."""

    text: str
    cursor: int


class Completion:
    """One word that is being completed: each Tab gives the next candidate, at last the word as it
    was typed.
    """

    def __init__(self, text: str, cursor: int, users: Iterable[str], rooms: Iterable[str]) -> None:
        start = text.rfind(" ", 0, cursor) + 1
        self._before = text[:start]
        self._after = text[cursor:]
        typed = text[start:cursor]
        found = _candidates(self._before, typed, list(users), list(rooms))
        self._candidates = [*found, typed] if found else []
        self._at = -1

    def next(self, step: int = 1) -> Completed | None:
        """The line with the next candidate; None if there is none."""
        if not self._candidates:
            return None
        self._at += step if self._at >= 0 or step > 0 else -1
        word = self._candidates[self._at % len(self._candidates)]
        line = self._before + word
        return Completed(line + self._after, len(line))


def _candidates(before: str, typed: str, users: list[str], rooms: list[str]) -> list[str]:
    """Words that begin with what is typed, ready to go on behind them."""
    if not before and typed.startswith("/"):
        return [f"{name} " for name in _beginning((f"/{name}" for name in COMMANDS), typed)]
    kinds = {"username": users, "room": rooms, "mode": MODES, "on": ["on"], "off": ["off"]}
    wanted = [kinds[kind] for kind in _expected(before) if kind in kinds]
    if wanted and not typed.startswith("@"):
        return [f"{name} " for name in _beginning(chain.from_iterable(wanted), typed)]
    if typed.startswith("@"):
        return [f"@{name} " for name in _beginning(users, typed[1:])]
    if not typed:
        return []
    end = ": " if not before else " "
    return [f"{name}{end}" for name in _beginning(users, typed)] + [
        f"{name} " for name in _beginning(rooms, typed)
    ]


def _expected(before: str) -> list[str]:
    """What may stand behind the beginning of a command."""
    if not before.startswith("/"):
        return []
    command, *words = before[1:].split() or [""]
    found = elements(named(command), words)
    return found[len(words)].split("|") if len(words) < len(found) else []


def _beginning(names: Iterable[str], typed: str) -> list[str]:
    return [name for name in names if name.casefold().startswith(typed.casefold())]
