"""The chat in plain mode: says what comes in, prints what happens, and waits for both at the end.

Knows neither exit codes nor commands.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from functools import partial
from typing import Any, Final

from chat.client.client import ChatClient
from chat.client.commands.usage import CommandError
from chat.client.options.settings import Settings, elsewhere
from chat.client.plain.arrival import connected
from chat.client.plain.authors import Authors
from chat.client.plain.console import Console
from chat.client.plain.formats import (
    json_of,
    json_of_answer,
    json_of_rooms,
    line_of,
    note,
    words_of,
    words_of_room,
)
from chat.client.plain.pieces import split, text_bytes
from chat.client.plain.stdio import Stdin, Stdout, complain, tell
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.events import (
    Connected,
    Disconnected,
    Entered,
    Event,
    Gone,
    Held,
    Joined,
    Left,
    Members,
    Message,
    Modes,
    Read,
    Refused,
    Returned,
    Standing,
    Topic,
    Unread,
)
from chat.client.terms.phrases import counted
from chat.vocabulary.names import LOBBY, key_of

MOST_WAITING: Final = 1000
"""Lines on their way to the server; standard input is read no further until half are delivered."""

ECHO_SECONDS: Final = 2.0
"""How long to wait for one's own last line to come back: it is delivered anyway."""

ARRIVE_SECONDS: Final = 120.0
"""How long the server may take, at the end, to tell what was said in all rooms before: half a
second for each, where it has limits."""


class _OverError(Exception):
    """The connection was given up: nothing more can be said."""


class Chat:
    """A chat from standard input to standard output. client: is connected; it is closed here."""

    def __init__(self, settings: Settings, client: ChatClient, stdin: Stdin) -> None:
        self._settings = settings
        self._stdin = stdin
        self._rooms = {key_of(room) for room in settings.rooms or (LOBBY,)}
        self._is_watched = os.isatty(2) or settings.follow
        """Somebody sees what is told of what goes as it should; cron would mail it."""
        self._is_reading = (stdin.is_terminal or settings.follow) and not settings.once
        self._stdout = Stdout()
        self._undelivered = 0
        self._reason = ""
        self._waits = ""  # what the server said last of a line that waits for a moderator
        self._console = Console(self)
        self._has_failed = False
        self._is_away = False
        self._is_over = False
        self.has_quit = False
        self._begin(client, settings.rooms[0] if settings.rooms else "")

    def _begin(self, client: ChatClient, room: str) -> None:
        """From here on this client's events are told; one talks in this room, or in its first."""
        self.client = client
        self.room = self.name_of(room) or next(iter(client.rooms), "")
        self._entered: set[str] = set()
        self._arrived = asyncio.Event()
        self._last: tuple[str, int] = ("", 0)
        self._told: dict[str, int] = {}
        self._echoed = asyncio.Event()
        self._authors = Authors()

    def name_of(self, room: str) -> str:
        """A room one is in, as it is called here; "" if one is not."""
        wanted = key_of(room)
        return next((name for name in self.client.rooms if key_of(name) == wanted), "")

    async def move(self, server: str) -> None:
        """Leave for another server, when that one has let one in.

        Raises RefusedError, UnreachableError and SettingsError.
        """
        settings = elsewhere(self._settings, server)
        user, rooms = settings.user or self.client.user, settings.rooms or (LOBBY,)
        client = await connected(settings, user, rooms, self._stdin)
        left, self._settings = self.client, settings
        self._begin(client, rooms[0])
        await left.close()

    async def run(self) -> bool:
        """Until it is over; whether all went well. Raises StdoutError."""
        speaking = asyncio.create_task(self._speak())
        hearing = asyncio.create_task(self._hear(self.client))
        try:
            while not speaking.done():
                client = self.client
                if hearing.done():
                    hearing = asyncio.create_task(self._hear(client))
                await asyncio.wait((hearing, speaking), return_when=asyncio.FIRST_COMPLETED)
                if hearing.done() and self.client is client:
                    self._has_failed = self._is_over = True
                    break
            if speaking.done():
                speaking.result()
                await self._finish(hearing)
            held = self.client.held
            await self.client.close()
            await hearing
            self._reason = self._waits if held else self._reason
        finally:
            self._is_over = True
            speaking.cancel()
            await self.client.close()
            hearing.cancel()
            await asyncio.gather(speaking, hearing, return_exceptions=True)
        self.sum_up()
        return not (self._has_failed or self._undelivered)

    def sum_up(self, reason: str = "") -> None:
        """Say on standard error what was not delivered, and why, if not for the last reason."""
        if self._undelivered:
            lines = "line was" if self._undelivered == 1 else "lines were"
            complain(f"{self._undelivered} {lines} not delivered: {reason or self._reason}")

    async def _finish(self, hearing: asyncio.Task[None]) -> None:
        """Nothing more is said: wait until all is delivered and told, or until it is over."""
        if self._settings.follow and not self.has_quit:
            await asyncio.wait((hearing,))
            self._has_failed = True
            return
        if self.client.waiting and self._is_away:
            tell(note(f"waiting to deliver {counted(self.client.waiting, 'line')}"))
        await self.client.delivered()
        if not self.has_quit:
            await _first(self._arrived.wait(), hearing, ARRIVE_SECONDS)
            if not (self._arrived.is_set() or hearing.done()):
                complain("the server does not tell what was said before")
                self._has_failed = True
        await _first(self._echo(), hearing, ECHO_SECONDS)

    async def _echo(self) -> None:
        """Wait until one's own last line has been told."""
        room, number = self._last
        while self._told.get(room, 0) < number:
            self._echoed.clear()
            await self._echoed.wait()

    # --- hearing --------------------------------------------------------------------------------

    async def _hear(self, client: ChatClient) -> None:
        """Tell what happens, until it is over, or until there is no room left to send a pipe to."""
        async for event in client:
            await self.show(event)
            if isinstance(event, Message) and self._is_reading and self._is_wanted(event):
                client.read(event.room, event.number)
            if isinstance(event, Connected | Disconnected):
                self._is_away = isinstance(event, Disconnected)
            if isinstance(event, Entered):
                self._entered.add(key_of(event.room))
            if isinstance(event, Entered | Returned) and self._stdin.is_terminal:
                client.ask_kept(event.room)
            if isinstance(event, Gone):
                self._told.pop(key_of(event.room), None)
                self._entered.discard(key_of(event.room))
            if isinstance(event, Entered | Gone):
                if {key_of(room) for room in client.rooms} <= self._entered:
                    self._arrived.set()
                if isinstance(event, Gone) and event.reason and self._is_lost(event.room):
                    return

    def _is_lost(self, room: str) -> bool:
        """Without this room there is nothing left to do."""
        self._has_failed = self._has_failed or not self._stdin.is_terminal
        is_here = key_of(room) == key_of(self.room)
        if is_here and self._stdin.is_terminal:
            self.room = ""
        return is_here and not self._stdin.is_terminal

    async def show(self, event: Event) -> None:
        """Print an event where it belongs. Raises StdoutError."""
        if not self._is_wanted(event):
            return
        if self._settings.json:
            await self._stdout.write(json_of(event))
        elif isinstance(event, Message):
            if not self._was_typed(event):
                await self._stdout.write(line_of(event, labelled=self._is_labelled(event.room)))
        elif isinstance(event, Joined | Left | Members | Unread):
            await self._stdout.write(note(words_of(event)))
        elif not self._is_known_already(event) and (self._is_watched or not _is_usual(event)):
            tell(note(self._authors.words_of(event)))
        if isinstance(event, Message):
            self._authors.told(event)
            room = key_of(event.room)
            self._told[room] = max(event.number, self._told.get(room, 0))
            self._echoed.set()
        elif isinstance(event, Entered):
            for message in event.backlog:
                await self.show(message)
        elif isinstance(event, Held):
            self._waits = event.reason

    def _is_wanted(self, event: Event) -> bool:
        """In a pipe, an account's rooms are told that were asked for, and direct messages."""
        room = getattr(event, "room", "")
        if isinstance(event, Read):
            return self._settings.json
        return not room or room.startswith("@") or self._is_asked_for(room)

    def _is_known_already(self, event: Event) -> bool:
        """It was so before one came, and is nothing that one has to know."""
        if isinstance(event, Modes | Standing):
            return event.old
        return isinstance(event, Topic) and event.old and not event.text

    def _is_asked_for(self, room: str) -> bool:
        return self._stdin.is_terminal or key_of(room) in self._rooms

    async def ask(self, *questions: str) -> list[str]:
        """See Talk."""
        answers: list[str] = []
        for question in questions:
            answer = await self._stdin.secret(question)
            if not answer:
                raise CommandError("nothing was done")
            answers.append(answer)
        return answers

    async def answer(self, lines: list[str]) -> None:
        """See Talk. Raises StdoutError."""
        for line in lines:
            is_json = self._settings.json
            await self._stdout.write(json_of_answer(line) if is_json else note(line))

    async def list_rooms(self, rooms: list[tuple[str, int]]) -> None:
        """Print which rooms there are. Raises StdoutError."""
        if self._settings.json:
            await self._stdout.write(json_of_rooms(rooms))
            return
        for room, members in rooms:
            await self._stdout.write(note(words_of_room(room, members)))

    def _was_typed(self, message: Message) -> bool:
        """One sees it on one's terminal, where one has just typed it."""
        return message.own and not message.old and self._stdin.is_terminal

    def _is_labelled(self, room: str) -> bool:
        """Where a message was said is not clear by itself."""
        public = [room for room in self.client.rooms if room[0] != "@" and self._is_asked_for(room)]
        return room.startswith("@") or len(public) > 1

    # --- speaking -------------------------------------------------------------------------------

    async def _speak(self) -> None:
        """Say what comes on standard input, until it ends. Raises StdoutError."""
        if self._settings.once:
            await self._arrived.wait()
            return
        with contextlib.suppress(_OverError):
            while (line := await self._stdin.line()) is not None:
                if not self._stdin.is_terminal:
                    await self.say(self.room, line)
                elif line.strip():
                    await self._console.run(line)
                if self.has_quit:
                    return

    async def say(self, room: str, text: str) -> None:
        """Say a text, in as many messages as it takes. Raises _OverError and StdoutError."""
        for piece in split(text, text_bytes(room)):
            if piece.strip():
                await self._turn()
                await self._send(room, piece)

    async def _turn(self) -> None:
        """Wait until not too much is on its way, there or back. Raises _OverError."""
        await self._stdout.is_free.wait()
        if self.client.waiting >= MOST_WAITING:
            await self.client.delivered(MOST_WAITING // 2)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ECHO_SECONDS):
                    await self._echo()
        if self._is_over:
            raise _OverError

    async def _send(self, room: str, text: str) -> None:
        try:
            stored = self.client.send(room, text)
        except RefusedError as error:
            self._count(str(error))
            await self.show(Refused(room, text, str(error)))
            await asyncio.sleep(0)
        else:
            stored.add_done_callback(partial(self._settled, self.client, room))

    def _settled(self, client: ChatClient, room: str, stored: asyncio.Future[int]) -> None:
        """A line is delivered, or never will be; a refusal comes as an event as well."""
        error = stored.exception()
        if error is None:
            if client is self.client:
                self._last = (key_of(room), stored.result())
        else:
            self._count(str(error))
            if client is self.client and isinstance(error, UnreachableError):
                self._is_over = True

    def _count(self, reason: str) -> None:
        self._undelivered += 1
        self._reason = reason


def _is_usual(event: Event) -> bool:
    """It happens in each run in which all goes well."""
    if isinstance(event, Gone):
        return not event.reason
    return isinstance(event, Entered) or (isinstance(event, Connected) and not event.again)


async def _first(wait: Coroutine[Any, Any, Any], other: asyncio.Task[None], seconds: float) -> None:
    """Wait for one thing, but no longer than another one takes, nor than so long."""
    waiting = asyncio.create_task(wait)
    await asyncio.wait((waiting, other), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
