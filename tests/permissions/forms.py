"""All that can be tried: every verb, in each of its forms. Knows nobody who tries it."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from chat.moderation.rules import RULES, Rule
from tests.accounts.owning import PASSWORD


class Trace(Enum):
    """What is left of a command that was not refused."""

    NONE = "nothing has changed, and nobody else has heard of it"
    ACT = "an entry in the audit log, of that verb and by that user"
    OTHER = "something else has changed, or may have"


class Form(NamedTuple):
    """A verb as it is tried.

    title: how the document calls it.
    line: what is sent: {name} is who sends it, {last} the number of the last message in the room.
    trace: what is left of it.
    login: what is sent in the login style by who is in the room, where that is something else; who
        is not can't say it in that style.
    is_setting: whether it is the form that sets something, of a verb that can also show it.
    is_everywhere: whether it is about the whole server, of a verb that is about a room otherwise.
    """

    title: str
    line: str
    trace: Trace
    login: str = ""
    is_setting: bool = False
    is_everywhere: bool = False

    @property
    def verb(self) -> str:
        """The command."""
        return self.title.split()[0]

    @property
    def rule(self) -> Rule:
        """What the rules say of the verb."""
        return RULES[self.verb]

    @property
    def is_showing(self) -> bool:
        """Whether it is the form that shows something, of a verb that can also set it."""
        return self.rule.shows is not None and not self.is_setting

    @property
    def is_about_room(self) -> bool:
        """Whether it names the room."""
        return " tea" in self.line


def _shows(title: str, line: str = "") -> Form:
    return Form(title, line or title, Trace.NONE)


def _acts(title: str, line: str) -> Form:
    return Form(title, line, Trace.ACT)


def _does(title: str, line: str = "", login: str = "") -> Form:
    return Form(title, line or title, Trace.OTHER, login)


def _sets(title: str, line: str) -> Form:
    return Form(title, line, Trace.ACT, is_setting=True)


def _everywhere(title: str, line: str, trace: Trace = Trace.ACT) -> Form:
    return Form(title, line, trace, is_everywhere=True)


FORMS: Final = [
    _shows("HELP"),
    _shows("PING"),
    _does("QUIT"),
    _does("EXIT"),
    _does("AUTH", f"AUTH ned {PASSWORD}"),
    _does("LOGIN", "LOGIN nat"),
    _does("LOGIN <password>", f"LOGIN ned {PASSWORD}"),
    _does("JOIN", "JOIN tea {name}"),
    _does("LEAVE", "LEAVE tea"),
    _does("MSG", "MSG tea hello", login="MSG hello"),
    _does("DM", "DM zoe hello"),
    _shows("WHO"),
    _shows("WHO <room>", "WHO tea"),
    _shows("ROOMS"),
    _shows("HISTORY", "HISTORY tea"),
    _shows("SEARCH", "SEARCH secret"),
    _does("STAMPS", "STAMPS on"),
    _does("REGISTER", f"REGISTER {PASSWORD}"),
    _does("PASSWORD", f"PASSWORD {PASSWORD} battery-staple"),
    _does("UNREGISTER", f"UNREGISTER {PASSWORD}"),
    _does("READ", "READ tea 1"),
    _does("CATCHUP"),
    _shows("TOPIC", "TOPIC tea"),
    _sets("TOPIC <text>", "TOPIC tea on leaves"),
    _acts("CLAIM", "CLAIM tea"),
    _acts("UNCLAIM", "UNCLAIM tea"),
    _acts("GIVE", "GIVE tea zoe"),
    _shows("MODERATOR", "MODERATOR tea"),
    _sets("MODERATOR <username>", "MODERATOR tea dora on"),
    _shows("MODE", "MODE tea"),
    _sets("MODE <mode>", "MODE tea slow 5"),
    _shows("INVITE", "INVITE tea"),
    _sets("INVITE <username>", "INVITE tea dora"),
    _acts("KICK", "KICK tea zoe"),
    _acts("MUTE", "MUTE tea zoe"),
    _acts("UNMUTE", "UNMUTE tea yan"),
    _shows("MUTES", "MUTES tea"),
    _acts("BAN", "BAN tea zoe"),
    _acts("UNBAN", "UNBAN tea xan"),
    _shows("BANS", "BANS tea"),
    _acts("HIDE", "HIDE tea zoe 10m"),
    _acts("UNHIDE", "UNHIDE tea yan"),
    _acts("UNSAY", "UNSAY tea"),
    _acts("EDIT", "EDIT tea {last} hello again"),
    _shows("EARLIER", "EARLIER tea 1"),
    _acts("RAID", "RAID tea on"),
    _shows("HELD", "HELD tea"),
    _acts("LET", "LET tea zoe"),
    _shows("AUDIT", "AUDIT tea"),
    _everywhere("KICK *", "KICK * zoe"),
    _everywhere("MUTE *", "MUTE * zoe"),
    _everywhere("UNMUTE *", "UNMUTE * yan"),
    _everywhere("MUTES *", "MUTES *", Trace.NONE),
    _everywhere("BAN *", "BAN * zoe"),
    _everywhere("UNBAN *", "UNBAN * xan"),
    _everywhere("BANS *", "BANS *", Trace.NONE),
    _everywhere("RAID *", "RAID * on"),
    _everywhere("AUDIT *", "AUDIT *", Trace.NONE),
    _acts("ANNOUNCE", "ANNOUNCE good morning"),
]
"""See tests.permissions.scene for the room tea, and for who is there."""

TITLES: Final = [form.title for form in FORMS]
