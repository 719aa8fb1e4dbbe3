"""What somebody has tried, and whether what came of it is as it is said. Knows no server."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from chat.history.room_records import AuditEntry
from chat.vocabulary.errors import SENTENCES, USAGE
from tests.permissions.forms import Form, Trace

SECRET: Final = "kept-secret"
"""What was said in the room."""


class World(NamedTuple):
    """All that somebody could change.

    log: the audit log.
    waiting: how many messages wait for a moderator.
    rest: the rest, to be compared.
    """

    log: list[AuditEntry]
    waiting: int
    rest: tuple[Any, ...]


class Attempt(NamedTuple):
    """A command, and what came of it.

    form: what was tried. by: the name of who did.
    before, after: all that it could change.
    heard: what it was answered. told: what others have heard of it.
    was_inside: it was in the room. was_closed: the server had hung up before.
    """

    form: Form
    by: str
    before: World
    after: World
    heard: list[str]
    told: list[str]
    was_inside: bool
    was_closed: bool

    @property
    def outcome(self) -> str:
        """What came of it: "ok", the code of the refusal, or "closed"."""
        return "closed" if self.was_closed else outcome_of(self.heard)

    @property
    def may_change(self) -> bool:
        """Whether anything may be another than before."""
        return self.outcome == "ok" and self.form.trace is not Trace.NONE

    @property
    def wrong(self) -> str:
        """What is not as it is said; empty if all is."""
        if SECRET in "".join(self.heard) and not self.was_inside:
            return "is told what was said in the room"
        if self.outcome != "ok" and len(self.heard) != (not self.was_closed):
            return "is told more than that"
        if self.may_change:
            return self._not_logged() if self.form.trace is Trace.ACT else ""
        return self._noticed()

    def _not_logged(self) -> str:
        new = self.after.log[len(self.before.log) :]
        is_there = any(entry.act == self.form.verb for entry in new)
        is_its = all(entry.by == self.by for entry in new)
        return "" if is_there and is_its else "is not in the log"

    def _noticed(self) -> str:
        before, after = self.before, self.after
        if (after.log, after.rest) != (before.log, before.rest):
            return "has changed something"
        if after.waiting - before.waiting != (self.outcome == "held"):
            return "waits, or does not"
        return "is heard of by others" if self.told else ""


def _pattern(sentence: str) -> str:
    return re.escape(sentence).replace(re.escape(USAGE), ".*")


_SENTENCES: Final = [
    (code, re.compile(re.sub(r"\\{\w+\\}", ".*", _pattern(sentence))))
    for code, sentence in sorted(SENTENCES.items(), key=lambda item: item[1].count("{"))
]
"""The codes by their sentences, those first that are the same for everyone."""


def outcome_of(heard: list[str]) -> str:
    """The code of the first refusal among some lines, in any style; or "ok"."""
    for line in heard:
        word, _, rest = line.partition(" ")
        if word == "ERR":
            return rest.split()[0]
        if word == "ERROR":
            return next(code for code, sentence in _SENTENCES if sentence.fullmatch(rest))
    return "ok"
