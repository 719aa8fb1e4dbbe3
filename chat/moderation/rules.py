"""The table of rules: who may use which verb, and where. Knows nobody, and of rooms only the
modes."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Final, NamedTuple

from chat.history.room_records import Kept, Standing
from chat.vocabulary.events import Modes


class Role(IntEnum):
    """What somebody is, on the server or in a room. A higher role may do what a lower one may."""

    NOBODY = 0
    GUEST = 1
    ACCOUNT = 2
    MODERATOR = 3
    OWNER = 4
    OPERATOR = 5


ROLES: Final[dict[Standing, Role]] = {
    "owner": Role.OWNER,
    "moderator": Role.MODERATOR,
    "invited": Role.ACCOUNT,
}
"""The roles of those who have a standing in a room."""


class Where(Enum):
    """What a verb has to do with a room, and what that asks of whoever uses the verb."""

    NOWHERE = "no room"
    ENTERING = "a room that one may enter"
    ROOM = "a room from which one is not banned"
    INSIDE = "a room that one is in"


class Rule(NamedTuple):
    """Who may use a verb, and in which state.

    who: the least role that one has to have; in the room, where the verb is about one.
    where: see Where.
    speaks: whoever is muted may not use it, nor where only moderators speak.
    paced: slow mode and the raid switch apply to it: it is a message.
    shows: who may use it in the form that only shows something; None where there is no such form.
    free: who may use it in a room that has no owner.
    """

    who: Role
    where: Where = Where.NOWHERE
    speaks: bool = False
    paced: bool = False
    shows: Role | None = None
    free: Role = Role.OPERATOR


_N, _G, _A, _M, _O, _OP = Role
_NOWHERE, _ENTERING, _ROOM, _INSIDE = Where

RULES: Final[dict[str, Rule]] = {
    "AUTH": Rule(_N),
    "LOGIN": Rule(_N),
    "JOIN": Rule(_N, _ENTERING, free=_N),
    "MSG": Rule(_G, _INSIDE, speaks=True, paced=True, free=_G),
    "LEAVE": Rule(_G, _INSIDE, free=_G),
    "WHO": Rule(_G, _ROOM, free=_G),
    "DM": Rule(_G, speaks=True),
    "ROOMS": Rule(_G),
    "HISTORY": Rule(_G, _INSIDE, free=_G),
    "SEARCH": Rule(_G),
    "UNSAY": Rule(_G, _INSIDE, free=_G),
    "EDIT": Rule(_G, _INSIDE, speaks=True, paced=True, free=_G),
    "STAMPS": Rule(_G),
    "REGISTER": Rule(_G),
    "PASSWORD": Rule(_A),
    "UNREGISTER": Rule(_A),
    "READ": Rule(_A),
    "CATCHUP": Rule(_A),
    "TOPIC": Rule(_M, _ROOM, speaks=True, shows=_G, free=_G),
    "CLAIM": Rule(_A, _INSIDE, speaks=True, free=_A),
    "UNCLAIM": Rule(_O, _ROOM),
    "GIVE": Rule(_O, _ROOM, speaks=True),
    "MODERATOR": Rule(_O, _ROOM, speaks=True, shows=_G),
    "MODE": Rule(_O, _ROOM, shows=_G),
    "INVITE": Rule(_M, _ROOM, speaks=True, shows=_M),
    "KICK": Rule(_M, _ROOM),
    "MUTE": Rule(_M, _ROOM),
    "UNMUTE": Rule(_M, _ROOM),
    "MUTES": Rule(_M, _ROOM),
    "BAN": Rule(_M, _ROOM),
    "UNBAN": Rule(_M, _ROOM),
    "BANS": Rule(_M, _ROOM),
    "HIDE": Rule(_M, _ROOM),
    "UNHIDE": Rule(_M, _ROOM),
    "EARLIER": Rule(_M, _ROOM),
    "RAID": Rule(_M, _ROOM),
    "HELD": Rule(_M, _ROOM),
    "LET": Rule(_M, _ROOM),
    "AUDIT": Rule(_M, _ROOM),
    "ANNOUNCE": Rule(_OP),
    "PING": Rule(_N),
    "HELP": Rule(_N),
    "QUIT": Rule(_N),
    "EXIT": Rule(_N),
}
"""All verbs of the line protocol, in the order in which HELP tells them."""

PEOPLE: Final = {
    _M: "moderators",
    _O: "its owner",
    _OP: "operators",
    _A: "registered usernames",
}
"""Who somebody with a role is, for HELP."""


def who_may(verb: str) -> str:
    """For HELP: whom a verb is for; empty where it is for everyone."""
    rule = RULES[verb]
    return PEOPLE.get(rule.who, "")


def modes_of(kept: Kept) -> Modes:
    """The modes of a room."""
    is_moderated, is_registered = kept.is_moderated, kept.is_registered
    return Modes(kept.is_private, is_moderated, is_registered, kept.slow, bool(kept.raid))


def modes_in_words(modes: Modes) -> str:
    """The modes of a room, as they are written."""
    flags = (
        ("private", modes.is_private),
        ("moderated", modes.is_moderated),
        ("registered", modes.is_registered),
    )
    words = [f"{mode}={'on' if is_on else 'off'}" for mode, is_on in flags]
    return " ".join([*words, f"slow={modes.slow}", f"raid={'on' if modes.is_raid else 'off'}"])
