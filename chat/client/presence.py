"""One's presence on a server: where one is and what one has said, over as many connections as it
takes. What one can do there is ChatClient's.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Any, Final

import chat.client.answers as answers
from chat.client.connection import (
    CONNECT_SECONDS,
    Connection,
    RefusedError,
    UnreachableError,
    connect,
)
from chat.client.events import (
    Connected,
    Disconnected,
    Event,
    Gone,
    Joined,
    Left,
    Message,
    Notice,
    Refused,
)
from chat.client.following import Following, key_of
from chat.client.inbox import Inbox
from chat.client.outbox import Outbox, Outgoing
from chat.client.reading import Reading
from chat.client.wire import (
    Came,
    Line,
    Refusal,
    Said,
    Stored,
    Went,
    Whispered,
)

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before the tries to connect again; the last one is for all that follow. Each is made up
to a half longer by chance, so that a thousand clients do not come back in one instant."""

BACK_SECONDS: Final = 10.0
"""How long others may take to come back to a server after oneself: so long, what is for somebody
who is not there is tried again."""

AGAIN_SECONDS: Final = 0.5
"""The time between those tries."""

MOST_ROOMS: Final = 1000
"""More people than these begin no conversation: a server could make them up."""

FIRST_ROOM: Final = "lobby"
"""Some room has to be joined to say who one is."""


class Presence:
    """Where one is, what is on its way, and what is to be told."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        rooms: Sequence[str],
        tls: ssl.SSLContext | None,
        backlog: int,
        patience: float | None,
    ) -> None:
        self.host = host
        self.port = port
        self.user = user
        self.since = datetime.now(UTC)
        self._tls = tls
        self._patience = patience
        self._rooms = {key_of(room): Following(room) for room in rooms}
        self._outbox = Outbox()
        self._inbox = Inbox()
        self._reading = Reading(self, backlog)
        self._hurried = asyncio.Event()
        self._connection: Connection | None = None
        self._is_ready = False
        self._is_over = False
        self._tried_again: set[str] = set()
        """With whom what was said is not sent yet: something before it was refused."""
        self._back_at = -inf  # when there was a connection again, by the loop's clock
        self._running: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """The server takes what one says."""
        return self._is_ready

    @property
    def rooms(self) -> list[str]:
        """Where one is, or will be again when the connection is back."""
        return [room.name for room in self._rooms.values()]

    # --- connecting -----------------------------------------------------------------------------

    async def _come(self) -> Connection:
        """A connection on which it is said who one is. Raises RefusedError and UnreachableError."""
        connection = await connect(self.host, self.port, self, self._tls)
        for room in self._rooms.values():
            room.go()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._say_who(connection)
        except TimeoutError:
            connection.abort("no answer")
            reason = f"{self.host}:{self.port} does not answer: is it a chat server?"
            raise UnreachableError(reason) from None
        except BaseException as error:
            connection.abort("not wanted")
            if isinstance(error, UnreachableError) and not connection.has_heard and not self._tls:
                reason = f"{self.host}:{self.port}: {error} without a word; does it want TLS?"
                raise UnreachableError(reason) from None
            raise
        self._connection = connection
        return connection

    async def _say_who(self, connection: Connection) -> None:
        """JOIN with the username where one is let in first, and STAMPS."""
        rooms = [room for room in self.rooms if not room.startswith("@")]
        refused: BaseException | None = None
        for room in rooms or [FIRST_ROOM]:
            joined, stamped = await asyncio.gather(  # both at once: nothing is said between them
                self._join(connection, room, self.user),
                connection.answer("STAMPS on"),
                return_exceptions=True,
            )
            if isinstance(joined, Following) and isinstance(stamped, RefusedError):
                reason = f"{self.host}:{self.port} does not number its messages ({stamped})"
                raise UnreachableError(reason)
            if isinstance(joined, Following):
                if not rooms:  # one has come to this one only to say who one is
                    del self._rooms[key_of(joined.name)]
                    await connection.answer(f"LEAVE {joined.name}")
                return
            refused = joined
            if not isinstance(refused, RefusedError):
                break
        assert refused
        raise refused

    async def _run(self, connection: Connection) -> None:
        """One connection after the other, until the chat is over."""
        reason = "the chat is over"
        again = False
        try:
            while True:
                reason = await self._stay(connection, again)
                if self._is_over or not (found := await self._come_again(reason)):
                    break
                connection, again = found, True
                self._back_at = asyncio.get_running_loop().time()
        finally:
            self._is_over = True
            self._outbox.refuse(lambda _: True, UnreachableError(reason))
            self._inbox.close()

    async def _stay(self, connection: Connection, again: bool) -> str:
        """One connection, until it is lost; the reason."""
        self.tell(Connected(self.user, again))
        settling = self.spawn(self._settle(connection))
        reason = await connection.lost
        self._is_ready = False
        self._connection = None
        for task in (settling, *self._tasks):
            task.cancel()
        for room in self._rooms.values():
            if room.is_known:
                room.lost_at = room.lost_at or datetime.now(UTC)
        return reason

    async def _come_again(self, reason: str) -> Connection | None:
        """Try until there is a connection; None if it is not to be."""
        loop = asyncio.get_running_loop()
        began, tries = loop.time(), 0
        while not self._is_over:
            pause = PAUSES[min(tries, len(PAUSES) - 1)] * random.uniform(1, 1.5)
            if self._patience is not None and loop.time() - began + pause > self._patience:
                self.tell(Disconnected(reason, None))
                return None
            self.tell(Disconnected(reason, pause))
            self._hurried.clear()
            waking = asyncio.create_task(self._hurried.wait())
            await asyncio.wait((waking,), timeout=pause)
            waking.cancel()
            tries += 1
            try:
                return None if self._is_over else await self._come()
            except (RefusedError, UnreachableError) as error:
                reason = str(error)
        return None

    async def _settle(self, connection: Connection) -> None:
        """Come to all rooms, send what waits, and read what was missed."""
        rooms = list(self._rooms.values())
        try:
            await asyncio.gather(*(self._enter(connection, room) for room in rooms))
        except UnreachableError as error:
            connection.abort(str(error))
            return
        self._is_ready = True
        self._tried_again.clear()
        for outgoing in self._outbox:
            connection.send(outgoing.line)
        await asyncio.gather(*map(self._reading.open_at_last, list(self._rooms.values())))

    async def _enter(self, connection: Connection, room: Following) -> None:
        if room.name.startswith("@"):
            return
        try:
            joined = await self._join(connection, room.name)
        except RefusedError as error:
            self._send_away(room, error)
        else:
            if joined is not room:
                self._rooms.pop(key_of(room.name), None)

    def _send_away(self, room: Following, error: RefusedError) -> None:
        """One is not let in any more."""
        self._rooms.pop(key_of(room.name), None)
        self.tell(Gone(room.name, str(error)))
        for outgoing in self._outbox.refuse(lambda one: one.room == room.name, error):
            self.tell(Refused(outgoing.room, outgoing.text, str(error)))

    async def _join(self, connection: Connection, room: str, user: str = "") -> Following:
        """Come to a room, under the name that the server writes it.

        What comes behind the answer is new; what comes before, a replay, is in the history too.
        """
        joined: list[Following] = []

        def answered(lines: list[Line]) -> None:
            name = answers.joined(lines)
            if name:
                following = self._rooms.setdefault(key_of(name), Following(name))
                if not following.is_known:
                    following.name = name
                following.come()
                joined.append(following)

        await connection.answer(
            f"JOIN {one_word(room)} {user and one_word(user)}".rstrip(), answered
        )
        if not joined:
            raise UnreachableError(f"{self.host}:{self.port} does not speak as a chat server does")
        return joined[0]

    # --- what the server says -------------------------------------------------------------------

    def heard(self, line: Line) -> None:
        """See Listener."""
        if isinstance(line, Said):
            self._hear(line)
        elif isinstance(line, Whispered):
            room = self._conversation(line.user)
            room.announce(line)
            self._reading.more(room)
        elif isinstance(line, Stored):
            outgoing = self._outbox.stored(line.token, line.number)
            if outgoing:
                room = self._conversation(outgoing.room[1:])
                room.announce_number(line.number)
                self._reading.more(room)
        elif isinstance(line, Refusal):
            self._hear_refusal(line)
        elif isinstance(line, Came | Went):
            here = self._rooms.get(key_of(line.room))
            if here and line.user != self.user:
                self.tell((Joined if isinstance(line, Came) else Left)(here.name, line.user))
        elif answers.is_word(line, "INFO") and line.rest != "goodbye":
            self.tell(Notice(line.rest))

    def _hear(self, said: Said) -> None:
        if said.token:
            self._outbox.stored(said.token, said.number)
        room = self._rooms.get(key_of(said.room))
        if room is None:
            return
        if room.hear(said):
            self.tell(self.message(room.name, said))
        else:
            self._reading.more(room)

    def _conversation(self, user: str) -> Following:
        """What is said with somebody alone."""
        if len(self._rooms) >= MOST_ROOMS and key_of(f"@{user}") not in self._rooms:
            return Following(f"@{user}")
        return self._rooms.setdefault(key_of(f"@{user}"), Following(f"@{user}"))

    def _hear_refusal(self, line: Refusal) -> None:
        if waiting := self._is_too_soon(line.token):
            key = key_of(waiting.room)
            if key not in self._tried_again:
                self._tried_again.add(key)
                loop = asyncio.get_running_loop()
                loop.call_later(AGAIN_SECONDS, self._send_again, key)
            return
        outgoing = self._outbox.refused(line.token, RefusedError(line.reason))
        if outgoing:
            self.tell(Refused(outgoing.room, outgoing.text, line.reason))
        else:
            self.tell(Notice(line.reason))

    def _is_too_soon(self, token: str) -> Outgoing | None:
        """What is for somebody who may be on the way back to the server, as one was oneself."""
        outgoing = self._outbox.get(token)
        is_soon = asyncio.get_running_loop().time() - self._back_at < BACK_SECONDS
        return outgoing if outgoing and outgoing.room.startswith("@") and is_soon else None

    def _send_again(self, key: str) -> None:
        """Send what waits for somebody, in its order."""
        self._tried_again.discard(key)
        for outgoing in self._outbox:
            if key_of(outgoing.room) == key and self._is_ready and self._connection:
                self._connection.send(outgoing.line)

    # --- within ---------------------------------------------------------------------------------

    def _there(self) -> Connection:
        """Raises UnreachableError."""
        if self._connection is None or self._connection.lost.done():
            raise UnreachableError("there is no connection just now")
        self._connection.resume()
        return self._connection

    # --- for what reads the history -------------------------------------------------------------

    def follows(self, room: Following) -> bool:
        """See reading.Chat."""
        return self._rooms.get(key_of(room.name)) is room

    def message(self, room: str, said: Said, *, old: bool = False) -> Message:
        """See reading.Chat."""
        own = key_of(said.user) == key_of(self.user)
        return Message(room, said.number, said.at, said.user, said.text, own, old)

    async def said(
        self, room: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> list[Said]:
        """See reading.Chat."""
        words = f"HISTORY {one_word(room)} {count}"
        if before is not None:
            words += f" BEFORE {before}"
        elif after is not None:
            words += f" AFTER {after}"
        return answers.found(await self._there().answer(words))

    def tell(self, event: Event) -> None:
        """See reading.Chat. Where events are not taken fast enough, the server has to wait, but
        not if one waits for an answer of its.
        """
        self._inbox.put(event)
        connection = self._connection
        if self._inbox.is_full and connection and not (self._outbox or connection.is_asking):
            connection.pause()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """See reading.Chat. That the connection is lost ends it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or isinstance(task.exception(), UnreachableError):
            return
        if error := task.exception():
            asyncio.get_running_loop().call_exception_handler(
                {"message": "the chat client went wrong", "exception": error, "task": task}
            )

    def _leave(self, room: str) -> None:
        following = self._rooms.pop(key_of(room), None)
        if following:
            self.tell(Gone(following.name))


def one_word(word: str) -> str:
    """A word for a command. Raises RefusedError for what is none."""
    if not word or len(word.split()) != 1:
        raise RefusedError(f"a name is one word: {word!r} is not")
    return word
