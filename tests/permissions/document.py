"""The tables of docs/permissions.md: read, and made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from chat.moderation.rules import Role
from tests.permissions.forms import TITLES
from tests.permissions.playing import NOBODY_IS, Outcomes
from tests.permissions.states import PLAIN, STATES

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "permissions.md"

REST: Final = "all others"
"""Stands for the commands that no other row of a table names."""

COMING_BACK: Final = "coming back"

Cells = tuple[str, ...]

_TABLE: Final = re.compile(r"(<!-- table: ([^\n]*) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def titles() -> list[str]:
    """How the tables are called, in their order."""
    return [match[2] for match in _TABLE.finditer(DOCUMENT.read_text())]


def table(title: str) -> list[str]:
    """The lines of a table; none, if it is not there."""
    found = {match[2]: match[3] for match in _TABLE.finditer(DOCUMENT.read_text())}
    return found[title].splitlines() if title in found else []


def write(tables: dict[str, list[str]]) -> None:
    """Put these tables in place of those that are there."""

    def put(match: re.Match[str]) -> str:
        lines = tables.get(match[2], match[3].splitlines())
        return match[1] + "".join(line + "\n" for line in lines) + match[4]

    DOCUMENT.write_text(_TABLE.sub(put, DOCUMENT.read_text()))


@cache
def read(title: str) -> Outcomes:
    """What the document says of a state: of every command, for every role. An empty cell says that
    it is as in the first table."""
    plain = read(PLAIN.title) if title != PLAIN.title else {}
    rows = [_cells(line) for line in table(title)[2:]]
    named = {name: cells for names, *cells in rows for name in _names(names)}
    state = next(state for state in STATES if state.title == title)
    found: Outcomes = {}
    for form in TITLES:
        cells = named.get(form) or named.get(REST) or [""] * len(Role)
        found[form] = {
            role: NOBODY_IS if role in state.impossible else cell or plain[form][role]
            for role, cell in zip(Role, cells, strict=True)
        }
    assert {*named} <= {*TITLES, REST}
    return found


def made(title: str, outcomes: Outcomes) -> list[str]:
    """The table of a state, of what has come of trying: what differs from the first table, where
    it is not that one itself. Commands with the same outcomes stand in one row."""
    plain = read(PLAIN.title) if title != PLAIN.title else {}
    rows: dict[Cells, list[str]] = {}
    for form in TITLES:
        before = plain.get(form, {})
        cells = (
            "" if outcome == before.get(role) else outcome
            for role, outcome in outcomes[form].items()
        )
        rows.setdefault(tuple(cells), []).append(form)
    most = max(rows, key=lambda cells: len(rows[cells]))
    rest = []
    if plain and _is_telling(most) and len(rows[most]) > len(TITLES) / 2:
        del rows[most]
        rest = [_line(REST, most)]
    lines = [_line(_quoted(rows[cells]), cells) for cells in rows if rest or _is_telling(cells)]
    return [*_head([*Role]), *lines, *rest]


def made_of_coming_back(outcomes: dict[tuple[str, str], dict[Role, str]]) -> list[str]:
    """The table of what comes of coming back, by state and way, where that is not ok."""
    roles = [role for role in Role if role is not Role.NOBODY]
    rows: dict[tuple[str, Cells], list[str]] = {}
    for (state, way), by_role in outcomes.items():
        cells = tuple("" if by_role[role] == "ok" else by_role[role] for role in roles)
        if _is_telling(cells):
            rows.setdefault((state, cells), []).append(way)
    lines = [_line(f"{state}, {_quoted(ways)}", cells) for (state, cells), ways in rows.items()]
    return [*_head(roles), *lines]


def _is_telling(cells: Cells) -> bool:
    return any(cell not in ("", NOBODY_IS) for cell in cells)


def _head(roles: Sequence[Role]) -> list[str]:
    return [_line("", tuple(role.name.lower() for role in roles)), "|---" * (len(roles) + 1) + "|"]


def _quoted(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _line(first: str, cells: Cells) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def _names(cell: str) -> list[str]:
    return [REST] if cell == REST else re.findall("`([^`]+)`", cell)
