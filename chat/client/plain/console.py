"""What a person types in plain mode, and how it is answered there. Knows no files."""

from __future__ import annotations

from typing import Final, Protocol

from chat.client.client import ChatClient
from chat.client.commands.interpreter import CONNECTED, NOWHERE, Interpreter
from chat.client.commands.relay import pass_on
from chat.client.commands.usage import COMMANDS, Command, CommandError, usage
from chat.client.options.address import SettingsError
from chat.client.plain.arrival import ONCE_TAIL
from chat.client.plain.formats import note
from chat.client.plain.stdio import tell
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.events import Event, Members, Message, Unread
from chat.client.terms.phrases import short
from chat.vocabulary.limits import HISTORY_MOST, ROOM_CHARACTERS
from chat.vocabulary.names import key_of
from chat.vocabulary.text import clean

QUESTIONS: Final = {
    "register": ("new password", "once more"),
    "password": ("old password", "new password", "once more"),
    "unregister": ("password",),
}
"""What a command asks for; of a new password the last two."""


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


class Console(Interpreter):
    """A terminal in plain mode."""

    def __init__(self, talk: Talk) -> None:
        super().__init__()
        self._talk = talk

    async def run(self, line: str) -> None:
        """Say a line, or do what it orders; what can't be done is told.

        Raises what saying and printing raise.
        """
        try:
            await super().run(line)
        except (CommandError, RefusedError, UnreachableError, SettingsError) as error:
            self._tell(clean(str(error)))

    @property
    def _client(self) -> ChatClient:
        return self._talk.client

    async def _say(self, text: str) -> None:
        if not self._talk.room:
            raise CommandError(NOWHERE)
        await self._talk.say(self._talk.room, text)

    async def _talk_to(self, name: str, text: str) -> None:
        if text.strip():
            await self._talk.say(self._talk.name_of(name) or name, text)
        else:
            await self._join(name)

    async def _pass_on(self, command: Command) -> None:
        await self._talk.answer(await pass_on(self._client, command, self._talk.room))

    def _there(self, rest: str) -> str:
        """The room that a command is about: this one, if none is named. Raises CommandError."""
        room = rest.removeprefix("#") or self._talk.room
        if not room:
            raise CommandError(NOWHERE)
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
        self._tell(f"you talk in {short(self._talk.room, ROOM_CHARACTERS)} now")

    async def _who(self, rest: str) -> None:
        """/who [room]"""
        room = "" if not rest and not self._talk.room else self._there(rest)
        asked = "" if room.startswith("@") else room
        await self._talk.show(Members(asked, tuple(await self._client.who(asked))))

    async def _history(self, rest: str) -> None:
        """/history [count]"""
        if rest and not (rest.isdecimal() and len(rest) <= 4 and 0 < int(rest) <= HISTORY_MOST):
            raise CommandError(
                f"{rest!r} is no number from 1 to {HISTORY_MOST}: {usage('history')}"
            )
        await self._list(await self._client.history(self._there(""), int(rest or ONCE_TAIL)))

    async def _list(self, messages: list[Message]) -> None:
        if not messages:
            self._tell("there is nothing")
        for message in messages:
            await self._talk.show(message)

    async def _connect(self, rest: str) -> None:
        """/connect [host[:port]]"""
        if rest:
            await self._talk.move(rest)
        elif self._client.is_connected:
            raise CommandError(CONNECTED)
        else:
            self._client.hurry()

    async def _help(self, rest: str) -> None:
        """/help"""
        for name, command in COMMANDS.items():
            tell(f"{usage(name)}: {command.what}")
        tell("[*]: type * there for the whole server")
        tell("//text: say /text")

    async def _quit(self, rest: str) -> None:
        """/quit"""
        self._talk.has_quit = True

    def _tell(self, text: str) -> None:
        tell(note(text))

    async def _ask(self, name: str) -> list[str]:
        answers = await self._talk.ask(*QUESTIONS[name])
        if len(answers) > 1 and answers.pop() != answers[-1]:
            raise CommandError("the two are not the same: nothing was done")
        return answers

    async def _show_rooms(self, rooms: list[tuple[str, int]]) -> None:
        await self._talk.list_rooms(rooms)

    async def _show_found(self, words: str, found: list[Message]) -> None:
        await self._list(found)

    async def _show_unread(self, unread: list[Unread]) -> None:
        for event in unread:
            await self._talk.show(event)
