"""What is typed on the screen, and how it is answered there. Knows no widgets."""

from __future__ import annotations

from contextlib import suppress
from typing import Final, Protocol

from chat.client import ChatClient, RefusedError, UnreachableError
from chat.client.commands.interpreter import NOT_CONNECTED, NOWHERE, Interpreter
from chat.client.commands.relay import pass_on
from chat.client.commands.usage import COMMANDS, Command, CommandError
from chat.client.screen.rooms.pages import PAGE
from chat.client.screen.rooms.places import Place
from chat.client.screen.rooms.visit import Visit
from chat.client.terms.events import Message, Unread
from chat.client.terms.phrases import short
from chat.vocabulary.limits import HISTORY_MOST

LISTED: Final = 200
"""Rooms or usernames that are listed; more would push all else away."""

LABELS: Final = {
    "register": ("Password", "Once more"),
    "password": ("Old password", "New password", "Once more"),
    "unregister": ("Password",),
}
"""What a command asks for; of a new password the last two."""


class Surface(Protocol):
    """Where it was typed."""

    visit: Visit | None

    def show(self, place: Place) -> None:
        """Have this room in the middle."""

    def choose(self, words: str, found: list[Message]) -> None:
        """Let one of these be chosen, to go there."""

    async def ask(self, title: str, *labels: str, is_twice: bool = False) -> list[str] | None:
        """What is answered and not shown; None: nothing is."""

    async def reconnect(self, server: str) -> None:
        """Go to another server, or to this one again now."""

    def action_help(self) -> None:
        """Show the commands and the keys."""

    async def leave_all(self) -> None:
        """Say goodbye, and end."""


class Desk(Interpreter):
    """The line below the conversation."""

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self._surface = surface

    @property
    def _client(self) -> ChatClient:
        return self._visit().client

    def _visit(self) -> Visit:
        if self._surface.visit is None:
            raise UnreachableError(NOT_CONNECTED)
        return self._surface.visit

    def _here(self, visit: Visit) -> Place:
        if visit.places.active is None:
            raise CommandError(NOWHERE)
        return visit.places.active

    async def _say(self, text: str) -> None:
        """Say it where one is, and be there to see it."""
        visit = self._visit()
        place = self._here(visit)
        visit.say(place, text)
        with suppress(RefusedError, UnreachableError):  # it is said, whatever can be shown
            await visit.read_newest(place)

    async def _talk_to(self, name: str, text: str) -> None:
        visit = self._visit()
        text = text.strip()
        is_new = visit.places.get(name) is None
        if text and is_new and visit.client.is_connected:
            await visit.say_first(name, text)  # who is not there gets no room
            text = ""
        place = await visit.open(name)
        self._surface.show(place)
        if text:
            visit.say(place, text)

    async def _pass_on(self, command: Command) -> None:
        visit = self._visit()
        place = visit.places.active
        lines = await pass_on(visit.client, command, place.name if place else "")
        if lines:
            visit.notice("\n".join(lines), place)

    async def _join(self, rest: str) -> None:
        """/join <room>"""
        self._surface.show(await self._visit().open(_one(rest)))

    async def _leave(self, rest: str) -> None:
        """/leave [room]"""
        visit = self._visit()
        await visit.leave(rest.split()[0] if rest else self._here(visit).name)

    async def _who(self, rest: str) -> None:
        """/who [room]"""
        visit = self._visit()
        place = self._here(visit)
        room = rest or ("" if place.is_private else place.name)
        users = await visit.client.who(room)
        where = f"in {short(room)}" if room else "on the server"
        visit.notice(f"{len(users)} {where}: {_listed(users)}", place)

    async def _history(self, rest: str) -> None:
        """/history [count]"""
        visit = self._visit()
        place = self._here(visit)
        count = _count(rest)
        first = place.pane.timeline.first
        if place.pane.timeline.at_start:
            visit.notice("there is nothing older in this room", place)
            return
        await visit.read_older(place, count)
        place.pane.jump(max(1, first - 1))

    async def _connect(self, rest: str) -> None:
        """/connect [host[:port]]"""
        await self._surface.reconnect(rest)

    async def _help(self, rest: str) -> None:
        """/help"""
        self._surface.action_help()

    async def _quit(self, rest: str) -> None:
        """/quit"""
        await self._surface.leave_all()

    def _tell(self, text: str) -> None:
        if visit := self._surface.visit:
            visit.notice(text)

    async def _ask(self, name: str) -> list[str]:
        title, labels = f"/{name}: {COMMANDS[name].what}", LABELS[name]
        return await self._surface.ask(title, *labels, is_twice=len(labels) > 1) or []

    async def _show_rooms(self, rooms: list[tuple[str, int]]) -> None:
        if visit := self._surface.visit:
            visit.known_rooms = [name for name, _ in rooms]
        shown = _listed([f"{short(name)} ({count})" for name, count in rooms])
        self._tell(f"{len(rooms)} rooms: {shown}")

    async def _show_found(self, words: str, found: list[Message]) -> None:
        self._surface.choose(words, found)

    async def _show_unread(self, unread: list[Unread]) -> None:
        for one in unread[:LISTED]:
            self._tell(f"{short(one.room)}: {one.words}")


def _one(rest: str) -> str:
    words = rest.split()
    if len(words) != 1:
        raise CommandError("a room's name is one word")
    return words[0]


def _count(rest: str) -> int:
    if not rest:
        return PAGE
    if not rest.isdecimal() or not 0 < int(rest[:9]) <= HISTORY_MOST:
        raise CommandError(f"how many? a number up to {HISTORY_MOST}")
    return int(rest)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(short(name, 48) for name in names[:LISTED]) + more
