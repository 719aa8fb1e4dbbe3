"""What a person may type: lines to say, and commands that begin with a slash.

Knows neither screen nor server.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from chat.client.options.passwords import ASKING, has_password, not_said


class Usage(NamedTuple):
    """How a command is written, and what it does."""

    arguments: str
    what: str


OWN: Final = {
    "join": Usage("<room>", "go to a room, and come to it first"),
    "leave": Usage("[room]", "leave a room, or this one"),
    "msg": Usage("<username> [text]", "say something to somebody alone"),
    "me": Usage("<text>", "say what you do, where the server has it"),
    "who": Usage("[room]", "who is in a room, or in this one"),
    "rooms": Usage("", "which rooms there are"),
    "history": Usage("[count]", "show older messages"),
    "search": Usage("<words>", 'find messages: words, a "phrase in quotes", from:<username>'),
    "catchup": Usage("", "what you have not read, where you are named first"),
    "register": Usage("[password]", "make your username your own"),
    "password": Usage("[old new]", "change its password"),
    "unregister": Usage("[password]", "give it up"),
    "connect": Usage("[host[:port]]", "connect to another server, or again to this one now"),
    "help": Usage("", "these commands, and the keys"),
    "quit": Usage("", "say goodbye"),
}
"""What the client does, each in a way of its own."""

PASSED_ON: Final = {
    "topic": Usage("[text]", "what this room is about, or make it that; - takes it away"),
    "unsay": Usage("", "take back what you have said last in this room"),
    "edit": Usage("[#number] <text>", "put what you have said last into other words"),
    "claim": Usage("", "make this room yours: it is there also when nobody is in it"),
    "unclaim": Usage("", "make it nobody's again"),
    "give": Usage("<username>", "make it somebody else's; you stay as a moderator"),
    "moderator": Usage("[username on|off]", "who keeps this room; let somebody help you with it"),
    "mode": Usage(
        "[mode on|off]", "what holds here: private, moderated, registered, or slow and a time (30s)"
    ),
    "invite": Usage("[username] [off]", "who may come where it is private; invite somebody"),
    "kick": Usage("[*] <username> [reason]", "send somebody out, who may come back"),
    "mute": Usage("[*] <username> [time] [reason]", "have somebody say nothing, for 10m, 2h, 7d"),
    "ban": Usage("[*] <username> [time] [reason]", "send somebody out, who has to stay out"),
    "unmute": Usage("[*] <username>", "let somebody speak again"),
    "unban": Usage("[*] <username>", "let somebody come again"),
    "mutes": Usage("[*]", "who is muted, until when and why"),
    "bans": Usage("[*]", "who is banned, until when and why"),
    "hide": Usage(
        "<username|*> <time> [reason]",
        "take back what somebody has said in that time; *: what all newcomers have",
    ),
    "unhide": Usage("<username>", "show again what was hidden of somebody"),
    "earlier": Usage("[number]", "what the message said before that was edited or hidden last"),
    "raid": Usage(
        "[*] <on|off> [time]",
        "what newcomers say waits for a moderator; they are here for less than that time",
    ),
    "held": Usage("", "what waits for a moderator"),
    "let": Usage("<username|*>", "let it through: what somebody has said, or all"),
    "audit": Usage("[*] [count]", "who has done what here, to whom and why"),
    "announce": Usage("<text>", "say something to everyone on the server"),
}
"""What is passed on to the server with the room one is in: see relay.py."""

COMMANDS: Final = OWN | PASSED_ON

MODES: Final = ("private", "moderated", "registered", "slow")
"""What may hold in a room."""

SECRET: Final = ASKING
"""Those that are followed by passwords, or ask for them."""

_FOR_REGISTERED: Final = ("catchup", "password", "unregister", "claim")

ALIASES: Final = {
    "part": "leave",
    "query": "msg",
    "names": "who",
    "list": "rooms",
    "exit": "quit",
    "passwd": "password",
}
"""What other chats call them."""

EVERYWHERE: Final = "*"
"""Typed first, where the usage begins with it: on the whole server."""


class CommandError(Exception):
    """What was typed makes no sense; the text says why. Nothing was sent."""


class Spoken(NamedTuple):
    """A line to say."""

    text: str


class Command(NamedTuple):
    """A command: its name, and what follows."""

    name: str
    rest: str


def parse(text: str) -> Spoken | Command:
    """What a typed line means. `//` begins a line to say that begins with a slash.

    Raises CommandError.
    """
    if text.startswith("//") or not text.startswith("/"):
        if has_password(text):
            raise CommandError(not_said(text))
        return Spoken(text.removeprefix("/"))
    typed, *rests = re.split(r"\s", text[1:], maxsplit=1)
    name, rest = named(typed), "".join(rests).strip()
    if name not in COMMANDS:
        raise CommandError(f"there is no command /{typed}: /help lists what there is")
    is_everywhere = elements(name, rest.split())[:1] == [EVERYWHERE]
    if len(rest.split()) < COMMANDS[name].arguments.count("<") + is_everywhere:
        raise CommandError(f"say more: {usage(name)}")
    return Command(name, rest)


def named(typed: str) -> str:
    """The command of that name, whatever its case, or one that other chats call so."""
    return ALIASES.get(typed.lower(), typed.lower())


def elements(name: str, typed: list[str]) -> list[str]:
    """What may follow a command: a word for each word, like username, or on|off.

    typed: what follows it already.
    """
    found = re.findall(r"[^\s<>\[\]]+", COMMANDS[name].arguments) if name in COMMANDS else []
    is_passed_by = found[:1] == [EVERYWHERE] and typed[:1] != [EVERYWHERE]
    return found[1:] if is_passed_by else found


def check(name: str, is_registered: bool) -> None:
    """Raises CommandError for a command that such a username does not have."""
    if is_registered and name == "register":
        raise CommandError("your username is registered already: /password changes its password")
    if not is_registered and name in _FOR_REGISTERED:
        raise CommandError("that is for registered usernames: /register makes yours one")


def secrets(name: str, rest: str) -> list[str]:
    """The passwords that stand behind a command; none: they are to be asked for.

    Raises CommandError.
    """
    words = rest.split()
    if words and len(words) != len(COMMANDS[name].arguments.split()):
        raise CommandError(f"passwords are one word each: {usage(name)}, or /{name} alone")
    return words


def usage(name: str) -> str:
    """How a command is written."""
    return f"/{name} {COMMANDS[name].arguments}".rstrip()
