"""What somebody high has decided over a room, which nobody lower undoes: kept, and found again.
Knows nobody: what that means for whom is the rule book's matter."""

from __future__ import annotations

from typing import Final

from msgspec.structs import asdict, replace

from chat.history.room_records import Decision, Kept
from chat.moderation.rules import Role
from chat.vocabulary.limits import DECISIONS_MOST

OFFERED: Final = "offered"
"""To whom a room is given: what a decision calls that."""

_TOPIC = ("topic", "topic_by", "topic_at")


def decision_about(kept: Kept, what: str) -> Decision | None:
    """What somebody high has decided about a thing, if that is so."""
    return next((each for each in kept.decisions if each.what == what), None)


def decided(kept: Kept, new: Decision, **values: object) -> Kept:
    """The room with these other values, as somebody has decided it. Moderators undo what moderators
    do, so only what somebody higher decides is noted."""
    others = tuple(each for each in kept.decisions if each.what != new.what)
    if new.rank <= Role.MODERATOR:
        return replace(kept, decisions=others, **values)
    most = max(0, len(others) + 1 - DECISIONS_MOST)
    return replace(kept, decisions=(*others[most:], new), **values)


def undecided(kept: Kept, what: str, **values: object) -> Kept:
    """The room with these other values: nothing is decided about a thing any more."""
    others = tuple(each for each in kept.decisions if each.what != what)
    return replace(kept, decisions=others, **values)


def moderating(key: str) -> str:
    """Whether somebody, by the key of their username, moderates a room: what a decision calls
    that."""
    return f"@{key}"


def given_back(kept: Kept) -> Kept:
    """The room once it is nobody's: what operators have decided about it stays."""
    ends = [moderating(each.key) for each in kept.holders if each.standing != "invited"]
    ended = {OFFERED, *ends}  # but whoever was dismissed is so still
    stays = tuple(
        each for each in kept.decisions if each.rank >= Role.OPERATOR and each.what not in ended
    )
    values = asdict(kept)
    fields = {name for each in stays for name in (_TOPIC if each.what == "topic" else [each.what])}
    own = {name: values[name] for name in fields & values.keys()}
    own |= {"is_private": kept.is_private, "revision": kept.revision, "decisions": stays}
    return Kept(kept.key, kept.name, **own)
