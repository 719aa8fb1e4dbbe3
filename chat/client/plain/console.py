"""What becomes of a line that a person types in plain mode: said, or done. Knows no files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from chat.client.client import ChatClient
from chat.client.commands.relay import pass_on
from chat.client.commands.usage import (
    COMMANDS,
    PASSED_ON,
    Command,
    CommandError,
    check,
    parse,
    secrets,
    usage,
)
from chat.client.options.address import SettingsError
from chat.client.plain.arrival import ONCE_TAIL
from chat.client.plain.formats import note
from chat.client.plain.stdio import tell
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.events import Event, Members, Message
from chat.client.terms.phrases import short
from chat.vocabulary.limits import HISTORY_MOST, ROOM_CHARACTERS
from chat.vocabulary.names import key_of
from chat.vocabulary.text import clean


class Talk(Protocol):
    """The chat that it is typed in."""

    client: ChatClient
    room: str
    """Where one talks; "": nowhere."""
    has_quit: bool

    def name_of(self, room: str) -> str:
        """A room one is in, as it is called here; "" if one is not."""

    async def say(self, room: str, text: str) -> None:
        """Say a text."""

    async def show(self, event: Event) -> None:
        """Print an event where it belongs."""

    async def ask(self, *questions: str) -> list[str]:
        """What is answered, which the terminal does not show. Raises CommandError for nothing."""

    async def list_rooms(self, rooms: list[tuple[str, int]]) -> None:
        """Print which rooms there are, and how many people are in each."""

    async def answer(self, lines: list[str]) -> None:
        """Print what the server has answered."""

    async def move(self, server: str) -> None:
        """Leave for another server."""


class Typed:
    """The commands, each a short method."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    async def run(self, line: str) -> None:
        """Say a line, or do what it orders; what can't be done is told.

        Raises what saying and printing raise.
        """
        talk = self._talk
        try:
            meant = parse(line)
            if isinstance(meant, Command):
                check(meant.name, talk.client.is_registered)
                if meant.name in PASSED_ON:
                    await talk.answer(await pass_on(talk.client, meant, talk.room))
                else:
                    await self._orders[meant.name](self, meant.rest)
            elif talk.room:
                await talk.say(talk.room, meant.text)
            else:
                raise CommandError(f"you are in no room: {usage('join')}")
        except (CommandError, RefusedError, UnreachableError, SettingsError) as error:
            tell(note(clean(str(error))))

    def _there(self, rest: str) -> str:
        """The room that a command is about: this one, if none is named. Raises CommandError."""
        room = rest.removeprefix("#") or self._talk.room
        if not room:
            raise CommandError(f"you are in no room: {usage('join')}")
        return self._talk.name_of(room) or room

    async def _join(self, rest: str) -> None:
        """/join <room>"""
        talk = self._talk
        room = rest.removeprefix("#")
        talk.room = talk.name_of(room) or await talk.client.join(room)
        self._tell_room()

    async def _leave(self, rest: str) -> None:
        """/leave [room]"""
        talk = self._talk
        room = self._there(rest)
        await talk.client.leave(room)
        if key_of(room) == key_of(talk.room):
            talk.room = next(iter(talk.client.rooms), "")
            if talk.room:
                self._tell_room()

    def _tell_room(self) -> None:
        tell(note(f"you talk in {short(self._talk.room, ROOM_CHARACTERS)} now"))

    async def _msg(self, rest: str) -> None:
        """/msg <username> [text]"""
        user, _, text = rest.partition(" ")
        room = f"@{user.removeprefix('@')}"
        if text.strip():
            await self._talk.say(self._talk.name_of(room) or room, text)
        else:
            await self._join(room)

    async def _me(self, rest: str) -> None:
        """/me <text>"""
        raise CommandError("this server has no /me: nothing was sent")

    async def _who(self, rest: str) -> None:
        """/who [room]"""
        room = "" if not rest and not self._talk.room else self._there(rest)
        asked = "" if room.startswith("@") else room
        await self._talk.show(Members(asked, tuple(await self._talk.client.who(asked))))

    async def _rooms(self, rest: str) -> None:
        """/rooms"""
        await self._talk.list_rooms(await self._talk.client.open_rooms())

    async def _history(self, rest: str) -> None:
        """/history [count]"""
        if rest and not (rest.isdecimal() and len(rest) <= 4 and 0 < int(rest) <= HISTORY_MOST):
            raise CommandError(
                f"{rest!r} is no number from 1 to {HISTORY_MOST}: {usage('history')}"
            )
        await self._list(await self._talk.client.history(self._there(""), int(rest or ONCE_TAIL)))

    async def _search(self, rest: str) -> None:
        """/search <words>"""
        await self._list(await self._talk.client.search(rest))

    async def _list(self, messages: list[Message]) -> None:
        if not messages:
            tell(note("there is nothing"))
        for message in messages:
            await self._talk.show(message)

    async def _catchup(self, rest: str) -> None:
        """/catchup"""
        unread = await self._talk.client.catchup()
        if not unread:
            tell(note("nothing is unread"))
        for event in unread:
            await self._talk.show(event)

    async def _register(self, rest: str) -> None:
        """/register [password]"""
        words = secrets("register", rest) or [await self._new()]
        await self._talk.client.register(*words)
        tell(note("your username is registered: from now on it takes the password"))

    async def _password(self, rest: str) -> None:
        """/password [old new]"""
        words = secrets("password", rest) or [*await self._talk.ask("old password"), ""]
        await self._talk.client.change_password(words[0], words[1] or await self._new())
        tell(note("the password is changed"))

    async def _unregister(self, rest: str) -> None:
        """/unregister [password]"""
        words = secrets("unregister", rest) or await self._talk.ask("password")
        await self._talk.client.unregister(*words)
        tell(note("your username is not registered any more"))

    async def _new(self) -> str:
        """A new password. Raises CommandError."""
        first, again = await self._talk.ask("new password", "once more")
        if first != again:
            raise CommandError("the two are not the same: nothing was done")
        return first

    async def _connect(self, rest: str) -> None:
        """/connect [host[:port]]"""
        if rest:
            await self._talk.move(rest)
        elif self._talk.client.is_connected:
            raise CommandError("you are connected; /connect <host> goes to another server")
        else:
            self._talk.client.hurry()

    async def _help(self, rest: str) -> None:
        """/help"""
        for name, command in COMMANDS.items():
            tell(f"{usage(name)}: {command.what}")
        tell("[*]: type * there for the whole server")
        tell("//text: say /text")

    async def _quit(self, rest: str) -> None:
        """/quit"""
        self._talk.has_quit = True

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
