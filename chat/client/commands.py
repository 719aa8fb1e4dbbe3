"""What a person may type: lines to say, and commands that begin with a slash.

Knows neither screen nor server.
"""

from __future__ import annotations

from typing import Final, NamedTuple

COMMANDS: Final = {
    "join": ("<room>", "go to a room, and come to it first"),
    "leave": ("[room]", "leave a room, or this one"),
    "msg": ("<username> [text]", "say something to somebody alone"),
    "me": ("<text>", "say what you do, where the server has it"),
    "who": ("[room]", "who is in a room, or in this one"),
    "rooms": ("", "which rooms there are"),
    "history": ("[count]", "show older messages"),
    "search": ("<words>", 'find messages: words, a "phrase in quotes", from:<username>'),
    "connect": ("[host[:port]]", "connect to another server, or again to this one now"),
    "help": ("", "these commands, and the keys"),
    "quit": ("", "say goodbye"),
}
"""Each command's arguments and what it does."""


ALIASES: Final = {
    "part": "leave",
    "query": "msg",
    "names": "who",
    "list": "rooms",
    "exit": "quit",
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
    if not text.startswith("/"):
        return Spoken(text)
    if text.startswith("//"):
        return Spoken(text[1:])
    typed, _, rest = text[1:].partition(" ")
    name, rest = ALIASES.get(typed.lower(), typed.lower()), rest.strip()
    if name not in COMMANDS:
        raise CommandError(f"there is no command /{typed}: /help lists what there is")
    if not rest and COMMANDS[name][0].startswith("<"):
        raise CommandError(f"say more: {usage(name)}")
    return Command(name, rest)


def usage(name: str) -> str:
    """How a command is written."""
    return f"/{name} {COMMANDS[name][0]}".rstrip()
