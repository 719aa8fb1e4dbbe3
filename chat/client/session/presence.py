"""One's presence on a server, over as many connections as it takes: how one comes, and comes back.

What one can do there is ChatClient's.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from chat.client.memory.feed import Feed
from chat.client.session.account import ASKED, TRIES, Account
from chat.client.session.pace import Pace
from chat.client.session.reception import Reception
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.events import Connected, Disconnected, Gone, Read, Unread
from chat.client.wire import answers
from chat.client.wire.connection import CONNECT_SECONDS, Connection, connect, granted, one_word
from chat.client.wire.grammar import Line
from chat.vocabulary.limits import TRIES_SECONDS
from chat.vocabulary.names import LOBBY, key_of

PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before the tries to connect again; the last one is for all that follow. Each is made up
to a half longer by chance, so that a thousand clients do not come back in one instant."""

HELD: Final = "held"
"""The refusal of what waits for a moderator, by the sentence that HELP has for it."""


class Presence(Reception):
    """The connections to a server, one after the other."""

    def __init__(
        self,
        host: str,
        port: int,
        account: Account,
        rooms: Sequence[str],
        tls: ssl.SSLContext | None,
        backlog: int,
        patience: float | None,
        unread: bool,
    ) -> None:
        super().__init__(account, rooms, backlog)
        self.host = host
        self.port = port
        self._tls = tls
        self._patience = patience
        self._wants_unread = unread
        self._hurried = asyncio.Event()
        self._is_over = False
        self._running: asyncio.Task[None] | None = None

    # --- connecting -----------------------------------------------------------------------------

    async def _come(self) -> Connection:
        """A connection on which it is said who one is. Raises RefusedError and UnreachableError."""
        while True:
            try:
                return await self._connect()
            except RefusedError as error:
                if not await self._account.ask(error):
                    raise

    async def _connect(self) -> Connection:
        connection = await connect(self.host, self.port, self, self._tls)
        self._wire, self._pace = connection, Pace(connection)
        self._joining.clear()
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
        """The password, JOIN where one is let in first (some room has to be joined to say who one
        is), and STAMPS.

        Who was there before and is let into none of its rooms comes all the same, to hear why.
        """
        await self._account.prove(connection)
        user = "" if self._account.is_proved else self.user
        rooms = [room for room in self.rooms if not room.startswith("@")]
        others = [] if rooms and self._running is None else [LOBBY]
        others = [room for room in others if key_of(room) not in map(key_of, rooms)]
        refused: BaseException | None = None
        for room in (*rooms, *others):
            joined, stamped = await asyncio.gather(  # both at once: nothing is said between them
                self._join(connection, room, user),
                connection.answer("STAMPS on"),
                return_exceptions=True,
            )
            if isinstance(joined, Feed) and isinstance(stamped, RefusedError):
                reason = f"{self.host}:{self.port} does not number its messages ({stamped})"
                raise UnreachableError(reason)
            if isinstance(joined, Feed):
                if room in others and user:  # one has come to this one only to say who one is
                    del self._rooms[key_of(joined.name)]
                    await connection.answer(f"LEAVE {joined.name}")
                return
            refused = joined
            if not isinstance(refused, RefusedError):
                break
        assert refused
        if isinstance(refused, RefusedError):
            refused = await self._account.explain(connection, refused)
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
            for outgoing in self._outbox.all:
                self._outbox.refused(outgoing.token, UnreachableError(reason))
            self._inbox.close()

    async def _stay(self, connection: Connection, again: bool) -> str:
        """One connection, until it is lost; the reason."""
        self.tell(Connected(self.user, again))
        settling = self.spawn(self._settle(connection, again))
        reason = await connection.lost
        self._account.last_word = connection.goodbye
        self._is_ready = self._takes_marks = False
        self._connection = None
        self._marks.forget_told()
        for task in (settling, *self._tasks):
            task.cancel()
        for room in self._rooms.values():
            if room.is_known:
                room.lost_at = room.lost_at or datetime.now(UTC)
        return reason

    async def _come_again(self, reason: str) -> Connection | None:
        """Try until there is a connection; None if it is not to be."""
        loop = asyncio.get_running_loop()
        began, tries, least = loop.time(), 0, 0.0
        while not self._is_over:
            pause = max(PAUSES[min(tries, len(PAUSES) - 1)], least) * random.uniform(1, 1.5)
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
            except UnreachableError as error:
                reason, least = str(error), 0.0
            except RefusedError as error:
                if error.code in ASKED:
                    self.tell(Disconnected(str(error), None, error.code))
                    return None
                reason, least = str(error), TRIES_SECONDS if error.code == TRIES else 0.0
        return None

    async def _settle(self, connection: Connection, again: bool) -> None:
        """Come to all rooms, send what waits, and read what was missed."""
        entered: list[Feed] = []
        self._ask_words(connection)
        while rooms := [room for room in self._rooms.values() if room not in entered]:
            entered += rooms  # meanwhile the server may tell of more, from an account's last time
            try:
                await asyncio.gather(*(self._enter(connection, room) for room in rooms))
            except UnreachableError as error:
                connection.abort(str(error))
                return
        self._is_ready = True
        self._takes_marks = again
        self._tried_again.clear()
        for outgoing in self._outbox.all:
            connection.send(outgoing.line)
        await self._read_all(self._pace or Pace(connection))
        if self._account.is_proved and self._wants_unread:
            with suppress(RefusedError):
                await self._catch_up(connection, again)
        self._takes_marks = True
        self._marks.tell_all()

    async def _read_all(self, pace: Pace) -> None:
        """Read what was missed in all rooms, at a pace that leaves room for who types; first in the
        one that somebody looks at.
        """
        waiting = list(self._rooms.values())
        reading: list[asyncio.Task[None]] = []
        while waiting:
            await pace.turn(reading)
            waiting.sort(key=lambda room: key_of(room.name) != self._preferred)
            room = waiting.pop(0)
            if self.follows(room):
                reading.append(self.spawn(self._backfill.open_at_last(room)))
                await asyncio.sleep(0)  # it is being asked, which counts
        if reading:
            await asyncio.wait(reading)

    async def _catch_up(self, connection: Connection, again: bool) -> None:
        """Tell what the account has not read, and open conversations where there is such.

        again: where nothing is unread, another device may have read it. Raises RefusedError and
        UnreachableError.
        """
        rooms = {key: room for key, room in self._rooms.items() if room.is_known}
        told = {key: room.last or 0 for key, room in rooms.items()}
        unread = answers.unread(await connection.answer("CATCHUP"))
        for one in unread:
            self._marks.heard(one.room, one.last_read)
            if one.room.startswith("@") and key_of(one.room) not in self._rooms:
                feed = self._conversation(one.room[1:])
                feed.read_until = one.last_read
                await self._backfill.open_at_last(feed)
            told.pop(key_of(one.room), None)
            self.tell(Unread(self._called(one.room), one.count, one.mentions, one.last_read))
        for key, number in told.items() if again else ():
            self.tell(Read(rooms[key].name, number))

    def _ask_words(self, connection: Connection) -> None:
        """Have it known how the server says that something waits: up to a colon, behind which it
        says for whom.
        """

        def answered(lines: list[Line]) -> None:
            found = [line.rest for line in lines if answers.is_word(line, "INFO")]
            self._held_words = found[0].partition(": ")[0] if found else ""

        connection.ask(f"HELP {HELD}", answered)

    async def _enter(self, connection: Connection, room: Feed) -> None:
        if room.name.startswith("@"):
            return
        try:
            joined = await self._join(connection, room.name)
        except RefusedError as error:
            self._send_away(room, error)
        else:
            if joined is not room:
                self._rooms.pop(key_of(room.name), None)

    def _send_away(self, room: Feed, error: RefusedError) -> None:
        """One is not let in any more."""
        self._rooms.pop(key_of(room.name), None)
        self.tell(Gone(room.name, str(error)))
        said = [one for one in self._outbox.all if one.room == room.name]
        self._refuse(said, error, str(error))

    async def _join(self, connection: Connection, room: str, user: str = "") -> Feed:
        """Come to a room, under the name that the server writes it.

        What comes behind the answer is new; what comes before, a replay, is in the history too.
        """
        joined: list[Feed] = []
        key = key_of(room.removeprefix("#"))

        def answered(lines: list[Line]) -> None:
            self._joining.remove(key)
            name = answers.joined(lines, room)
            if name:
                feed = self._rooms.setdefault(key_of(name), Feed(name))
                if not feed.is_known:
                    feed.name = name
                feed.come()
                joined.append(feed)

        line = f"JOIN {one_word(room)} {user and one_word(user)}".rstrip()
        self._joining.append(key)
        lines = await connection.reply(line, answered)
        if not joined:
            granted(lines)
            raise UnreachableError(f"{self.host}:{self.port} does not speak as a chat server does")
        return joined[0]
