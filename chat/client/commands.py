"""What a person may type: lines to say, and commands that begin with a slash.

Knows neither screen nor server.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from chat.client.passwords import ASKING, has_password, not_said

COMMANDS: Final = {
    "join": ("<room>", "go to a room, and come to it first"),
    "leave": ("[room]", "leave a room, or this one"),
    "msg": ("<username> [text]", "say something to somebody alone"),
    "me": ("<text>", "say what you do, where the server has it"),
    "who": ("[room]", "who is in a room, or in this one"),
    "rooms": ("", "which rooms there are"),
    "history": ("[count]", "show older messages"),
    "search": ("<words>", 'find messages: words, a "phrase in quotes", from:<username>'),
    "catchup": ("", "what you have not read, where you are named first"),
    "register": ("[password]", "make your username your own"),
    "password": ("[old new]", "change its password"),
    "unregister": ("[password]", "give it up"),
    "connect": ("[host[:port]]", "connect to another server, or again to this one now"),
    "help": ("", "these commands, and the keys"),
    "quit": ("", "say goodbye"),
}
"""Each command's arguments and what it does."""


SECRET: Final = ASKING
"""Those that are followed by passwords, or ask for them."""

_FOR_REGISTERED: Final = ("catchup", "password", "unregister")

ALIASES: Final = {
    "part": "leave",
    "query": "msg",
    "names": "who",
    "list": "rooms",
    "exit": "quit",
    "passwd": "password",
}
"""What other chats call them."""


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
    name, rest = ALIASES.get(typed.lower(), typed.lower()), "".join(rests).strip()
    if name not in COMMANDS:
        raise CommandError(f"there is no command /{typed}: /help lists what there is")
    if not rest and COMMANDS[name][0].startswith("<"):
        raise CommandError(f"say more: {usage(name)}")
    return Command(name, rest)


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
    if words and len(words) != len(COMMANDS[name][0].split()):
        raise CommandError(f"passwords are one word each: {usage(name)}, or /{name} alone")
    return words


def usage(name: str) -> str:
    """How a command is written."""
    return f"/{name} {COMMANDS[name][0]}".rstrip()
