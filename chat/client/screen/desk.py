"""What becomes of a line that was typed: said, or done. Knows the commands, and no widgets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol

from chat.client import RefusedError, UnreachableError
from chat.client.commands.relay import pass_on
from chat.client.commands.usage import (
    COMMANDS,
    PASSED_ON,
    Command,
    CommandError,
    Spoken,
    check,
    parse,
    secrets,
)
from chat.client.screen.rooms.pages import PAGE
from chat.client.screen.rooms.places import Place
from chat.client.screen.rooms.visit import Visit
from chat.client.terms.events import Message
from chat.client.terms.phrases import short
from chat.vocabulary.limits import HISTORY_MOST

LISTED: Final = 200
"""Rooms or usernames that are listed; more would push all else away."""


class Desk(Protocol):
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


class Typed:
    """The commands, each a short method."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def run(self, text: str) -> None:
        """Say a line, or do what it orders.

        Raises CommandError, RefusedError and UnreachableError: then nothing was done.
        """
        meant = parse(text)
        if isinstance(meant, Spoken):
            await self._say(meant.text)
        else:
            if visit := self._desk.visit:
                check(meant.name, visit.client.is_registered)
            if meant.name in PASSED_ON:
                await self._pass_on(meant)
            else:
                await self._orders[meant.name](self, meant.rest)

    async def _pass_on(self, command: Command) -> None:
        """Have the server do it, and show its answer where that was typed."""
        visit = self._visit()
        place = visit.places.active
        lines = await pass_on(visit.client, command, place.name if place else "")
        if lines:
            visit.notice("\n".join(lines), place)

    async def _say(self, text: str) -> None:
        """Say it where one is, and be there to see it."""
        visit = self._visit()
        place = self._here(visit)
        visit.say(place, text)
        with suppress(RefusedError, UnreachableError):  # it is said, whatever can be shown
            await visit.read_newest(place)

    def _visit(self) -> Visit:
        if self._desk.visit is None:
            raise UnreachableError("you are not connected: /connect tries again")
        return self._desk.visit

    def _here(self, visit: Visit) -> Place:
        if visit.places.active is None:
            raise CommandError("you are in no room: /join <room>")
        return visit.places.active

    def _there(self, visit: Visit, rest: str) -> str:
        return rest.split()[0] if rest else self._here(visit).name

    async def _join(self, rest: str) -> None:
        """/join <room>"""
        self._desk.show(await self._visit().open(_one(rest)))

    async def _leave(self, rest: str) -> None:
        """/leave [room]"""
        visit = self._visit()
        await visit.leave(self._there(visit, rest))

    async def _msg(self, rest: str) -> None:
        """/msg <username> [text]"""
        visit = self._visit()
        user, _, text = rest.partition(" ")
        name, text = f"@{user.removeprefix('@')}", text.strip()
        is_new = visit.places.get(name) is None
        if text and is_new and visit.client.is_connected:
            await visit.say_first(name, text)  # who is not there gets no room
            text = ""
        place = await visit.open(name)
        self._desk.show(place)
        if text:
            visit.say(place, text)

    async def _me(self, rest: str) -> None:
        """/me <text>"""
        raise CommandError("this server has no /me: nothing was sent")

    async def _who(self, rest: str) -> None:
        """/who [room]"""
        visit = self._visit()
        place = self._here(visit)
        room = rest or ("" if place.is_private else place.name)
        users = await visit.client.who(room)
        where = f"in {short(room)}" if room else "on the server"
        visit.notice(f"{len(users)} {where}: {_listed(users)}", place)

    async def _rooms(self, rest: str) -> None:
        """/rooms"""
        visit = self._visit()
        rooms = await visit.client.open_rooms()
        visit.known_rooms = [name for name, _ in rooms]
        shown = _listed([f"{short(name)} ({count})" for name, count in rooms])
        visit.notice(f"{len(rooms)} rooms: {shown}")

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

    async def _search(self, rest: str) -> None:
        """/search <words>"""
        visit = self._visit()
        self._desk.choose(rest, await visit.client.search(rest))

    async def _catchup(self, rest: str) -> None:
        """/catchup"""
        visit = self._visit()
        unread = await visit.client.catchup()
        for one in unread[:LISTED]:
            visit.notice(f"{short(one.room)}: {one.words}")
        if not unread:
            visit.notice("nothing is unread")

    async def _register(self, rest: str) -> None:
        """/register [password]"""
        visit = self._visit()
        labels = ("Password", "Once more")
        if words := await self._asked("register", rest, *labels, is_twice=True):
            await visit.client.register(*words)
            visit.notice("your username is registered: from now on it takes the password")

    async def _password(self, rest: str) -> None:
        """/password [old new]"""
        visit = self._visit()
        labels = ("Old password", "New password", "Once more")
        if words := await self._asked("password", rest, *labels, is_twice=True):
            await visit.client.change_password(*words)
            visit.notice("the password is changed")

    async def _unregister(self, rest: str) -> None:
        """/unregister [password]"""
        visit = self._visit()
        if words := await self._asked("unregister", rest, "Password"):
            await visit.client.unregister(*words)
            visit.notice("your username is not registered any more")

    async def _asked(
        self, name: str, rest: str, *labels: str, is_twice: bool = False
    ) -> list[str] | None:
        """The passwords for a command: as they were typed, or asked for."""
        title = f"/{name}: {COMMANDS[name].what}"
        return secrets(name, rest) or await self._desk.ask(title, *labels, is_twice=is_twice)

    async def _connect(self, rest: str) -> None:
        """/connect [host[:port]]"""
        await self._desk.reconnect(rest)

    async def _help(self, rest: str) -> None:
        """/help"""
        self._desk.action_help()

    async def _quit(self, rest: str) -> None:
        """/quit"""
        await self._desk.leave_all()

    _orders: Final[dict[str, Callable[[Typed, str], Awaitable[None]]]] = {
        "join": _join,
        "leave": _leave,
        "msg": _msg,
        "me": _me,
        "who": _who,
        "rooms": _rooms,
        "history": _history,
        "search": _search,
        "catchup": _catchup,
        "register": _register,
        "password": _password,
        "unregister": _unregister,
        "connect": _connect,
        "help": _help,
        "quit": _quit,
    }


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
