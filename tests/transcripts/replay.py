"""Reads conversations, and replays them with whoever can speak and hear.

A line `alice> MSG tea hi` is said by alice, `alice< ...` is what she hears next. `(hangs up)`
closes her side, `(closed)` is the server's doing. Nobody hears anything that is not written
down. A time stands for any time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.people import Person

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parent.parent / "docs" / "protocol.md"

_STEP = re.compile(r"(\w+)([<>]) ?(.*)")
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Step(NamedTuple):
    """One line of a conversation."""

    who: str
    says: bool
    line: str


def steps(text: str) -> list[Step]:
    """The conversation in a text; a line that begins with # is a comment."""
    found = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            match = _STEP.fullmatch(line)
            assert match, f"not a line of a conversation: {line!r}"
            found.append(Step(match[1], match[2] == ">", match[3]))
    return found


def conversations() -> dict[str, list[Step]]:
    """All of them, by name: the files of this folder, and those in the protocol's document."""
    found = {path.stem: steps(path.read_text()) for path in sorted(FOLDER.glob("*.txt"))}
    for at, block in enumerate(re.findall(r"```chat\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)):
        found[f"protocol.md-{at + 1}"] = steps(block)
    return found


def replay(conversation: list[Step], arrive: Callable[[], Person]) -> None:
    """Say what is to be said, and hear exactly what is to be heard."""
    people: dict[str, Person] = {}
    to_hear: dict[str, list[str]] = {}
    for who, says, line in conversation:
        person = people.get(who) or people.setdefault(who, arrive())
        if not says:
            to_hear.setdefault(who, []).append(line)
            continue
        for name in list(people):
            _hear(people, name, to_hear)
        if line == "(hangs up)":
            person.hangs_up()
        else:
            person.says(line)
    for name in list(people):
        _hear(people, name, to_hear)
    for person in people.values():
        assert person.heard() == []


def _hear(people: dict[str, Person], name: str, to_hear: dict[str, list[str]]) -> None:
    """What one has to hear before anything else happens."""
    lines = to_hear.pop(name, [])
    if lines and lines[-1] == "(closed)":
        heard = people.pop(name).hears_the_end()
        lines.pop()
    else:
        heard = people[name].heard(len(lines)) if lines else []
    assert [_TIME.sub("<time>", line) for line in heard] == [
        _TIME.sub("<time>", line) for line in lines
    ], name
