"""A chat for programs: what one can do in it, and how one is told what happens. Knows no screen."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Final, Self

from chat.client.memory.feed import Feed
from chat.client.memory.outbox import Outgoing
from chat.client.memory.profile import Profile
from chat.client.session.account import Account, Ask
from chat.client.session.backfill import PAGE
from chat.client.session.presence import HELD, Presence
from chat.client.terms.errors import RefusedError
from chat.client.terms.events import Event, Members, Message, Unread
from chat.client.wire import answers
from chat.client.wire.connection import one_word
from chat.client.wire.grammar import Line, Refusal
from chat.vocabulary.names import LOBBY, key_of

GOODBYE_SECONDS: Final = 1.0
"""How long the server may take to say goodbye."""


class ChatClient(Presence):
    """A chat for programs: `async with` connects, `async for` tells what happens.

    host, port: the server. user: the username. rooms: where to be; `@bob` is what is said between
    bob and oneself alone. tls: the context for a server behind TLS. backlog: how many messages of
    a room are told on coming to it, in Entered. patience: seconds without a connection after which
    to give up; None: never. The first connection has to succeed at once.

    A connection that is lost is made again, with growing pauses; what was missed is told, and what
    was said meanwhile is sent, each once.

    password: for a username that is registered; it is said only where nobody on the way can read
    it, over TLS or on this machine, unless plaintext is true. ask: is told a refusal and returns
    another password, or None; without it a wrong one ends the chat. unread: have Unread told on
    coming, for an account.
    """

    def __init__(
        self,
        host: str = "localhost",
        port: int = 5000,
        *,
        user: str,
        rooms: Sequence[str] = (LOBBY,),
        tls: ssl.SSLContext | None = None,
        backlog: int = 0,
        patience: float | None = None,
        password: str | None = None,
        plaintext: bool = False,
        ask: Ask | None = None,
        unread: bool = False,
    ) -> None:
        account = Account(user, password or "", plaintext, ask)
        super().__init__(host, port, account, rooms, tls, backlog, patience, unread)

    # --- coming and going -----------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Connect, and say who one is. Raises RefusedError and UnreachableError."""
        connection = await self._come()
        self._running = asyncio.create_task(self._run(connection))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Say goodbye. What is not delivered by now will not be: see `delivered`."""
        self._is_over = True
        if self._connection:
            self._connection.resume()
            self._takes_marks = True
            self._marks.tell_all()
            self._connection.send("QUIT")
            await asyncio.wait((self._connection.lost,), timeout=GOODBYE_SECONDS)
        if self._connection:
            self._connection.close()
        elif self._running:
            self._running.cancel()
        if self._running:
            await asyncio.wait((self._running,))

    def hurry(self) -> None:
        """Try to connect now, whatever the pause."""
        self._hurried.set()

    # --- what one is told -----------------------------------------------------------------------

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        """The next event; the iteration ends when the chat is over."""
        event = await self._inbox.take()
        if self._inbox.is_low and self._connection:
            self._connection.resume()
        return event

    # --- what one does --------------------------------------------------------------------------

    def send(self, room: str, text: str) -> asyncio.Future[int]:
        """Say something in a room, now or when the connection is back.

        Returns a future of the message's number, which is done when the message is stored and on
        its way to everyone. It raises RefusedError if the server refuses it, and UnreachableError
        if the chat was over before. Where a moderator is to let it through, Held is told, and the
        future waits for that. Raises RefusedError at once for what can't be sent.
        """
        return self._send(room, text).stored

    async def say(self, room: str, text: str) -> int:
        """Say something in a room, and wait until it is delivered; its number there.

        Raises what `send` does, and RefusedError with the code `held` for what waits for a
        moderator: it will be told as a Message if it is let through.
        """
        outgoing = self._send(room, text)
        held = self._outbox.watch(outgoing.token)
        await asyncio.wait((outgoing.stored, held), return_when=asyncio.FIRST_COMPLETED)
        if not outgoing.stored.done():
            raise RefusedError(held.result(), HELD)
        return outgoing.stored.result()

    def _send(self, room: str, text: str) -> Outgoing:
        """See `send`."""
        if self._is_over:
            raise RefusedError("the chat is over")
        known = self._rooms.get(key_of(room))
        if known is None and not room.startswith("@"):
            raise RefusedError(f"you are not in the room {room}")
        if known is None:
            one_word(room[1:])
        outgoing = self._outbox.put(known.name if known else room, text)
        if self._is_ready and self._connection and key_of(room) not in self._tried_again:
            self._connection.resume()
            self._connection.send(outgoing.line)
        return outgoing

    async def delivered(self, but: int = 0) -> None:
        """Wait until all that was said, or all but so many lines, is delivered or refused, or waits
        for a moderator.
        """
        await self._outbox.settled(but)

    @property
    def waiting(self) -> int:
        """How many lines are not known to be delivered, and do not wait for a moderator."""
        return len(self._outbox)

    @property
    def undelivered(self) -> list[tuple[str, str]]:
        """These lines: where they were said, and what."""
        return [(one.room, one.text) for one in self._outbox.all]

    @property
    def held(self) -> int:
        """How many lines wait for a moderator."""
        return len(self._outbox.held)

    async def join(self, room: str) -> str:
        """Come to a room; its name. `@bob` opens what is said with bob.

        Raises RefusedError and UnreachableError.
        """
        if room.startswith("@"):
            one_word(room[1:])
            feed = self._rooms.setdefault(key_of(room), Feed(room))
        else:
            feed = await self._join(self._there(), room)
        await self._backfill.open(feed)
        return feed.name

    async def leave(self, room: str) -> None:
        """Leave a room. Raises RefusedError and UnreachableError."""
        name = room.removeprefix("#")
        if name.startswith("@") or not self._is_ready:
            self._leave(name)  # on a server where one is not one will not come back
            return

        self._marks.tell(name)
        try:
            await self._there().answer(f"LEAVE {one_word(name)}")
        except RefusedError:
            if key_of(name) not in self._rooms:
                raise
            self._leave(name)

    def prefer(self, room: str) -> None:
        """Somebody looks at a room: what was missed there is told before what was in others."""
        self._preferred = key_of(room)

    async def history(
        self, room: str, count: int = PAGE, *, before: int | None = None, after: int | None = None
    ) -> list[Message]:
        """Messages of a room, oldest first: the last ones, the last before a number, or the first
        after one; at most 1000. Raises RefusedError and UnreachableError.
        """
        found = await self.said(room, count, before=before, after=after)
        return [self.message(room, said, old=True) for said in found]

    async def search(self, words: str) -> list[Message]:
        """The last messages with all of these words, in one's rooms, oldest first.

        Raises RefusedError and UnreachableError.
        """
        found = await self._there().answer(f"SEARCH {words}")
        return [self.message(said.room, said, old=True) for said in answers.found(found)]

    async def who(self, room: str = "") -> list[str]:
        """Who is in a room, or on the server. Raises RefusedError and UnreachableError."""
        return answers.users(await self._there().answer(f"WHO {room}".rstrip()))

    def ask_members(self, room: str) -> None:
        """Have the members of a room told, as an event in its place among joins and leaves."""

        def answered(lines: list[Line]) -> None:
            if not any(isinstance(line, Refusal) for line in lines):
                self.tell(Members(room, tuple(answers.users(lines))))

        if self._is_ready and self._connection and not room.startswith("@"):
            self._connection.ask(f"WHO {one_word(room)}", answered)

    async def open_rooms(self) -> list[tuple[str, int]]:
        """The rooms of the server, and how many are in each.

        Raises RefusedError and UnreachableError.
        """
        return answers.rooms(await self._there().answer("ROOMS"))

    # --- keeping rooms --------------------------------------------------------------------------

    async def order(self, line: str) -> list[Line]:
        """Have the server do something, such as `BAN tea mallory 1h spam`; the lines of its answer,
        as wire/grammar.py has them. Raises RefusedError, which says who could help, and
        UnreachableError.
        """
        return await self._there().answer(line)

    def kept(self, room: str) -> Profile | None:
        """How a room is kept, as far as has been told; None for one where one is not."""
        feed = self._rooms.get(key_of(room))
        return feed.profile if feed else None

    def ask_kept(self, room: str) -> None:
        """Have it told how a room is kept, as events in their place among all others."""
        feed = self._rooms.get(key_of(room))
        if self._is_ready and self._connection and feed and not room.startswith("@"):
            self._upkeep.ask(feed, self._connection)

    def own_last(self, room: str) -> int:
        """The number of what one has said last in a room, as far as is known; 0: nothing is."""
        feed = self._rooms.get(key_of(room))
        return feed.own if feed else 0

    def last_changed(self, room: str) -> int:
        """The number of the message that was hidden or edited last in a room, since one is there;
        0: none was."""
        feed = self._rooms.get(key_of(room))
        return feed.changed if feed else 0

    # --- accounts -------------------------------------------------------------------------------

    @property
    def is_registered(self) -> bool:
        """The username is an account's, and one has proved that it is one's own."""
        return self._account.is_proved

    async def register(self, password: str) -> None:
        """Make the username one's own. Raises RefusedError and UnreachableError."""
        await self._account.register(self._there(), password)
        self._marks.tell_all()

    async def change_password(self, old: str, new: str) -> None:
        """Change the account's password. Raises RefusedError and UnreachableError."""
        await self._account.change(self._there(), old, new)

    async def unregister(self, password: str) -> None:
        """Give the account up. Raises RefusedError and UnreachableError."""
        await self._account.unregister(self._there(), password)

    async def catchup(self) -> list[Unread]:
        """What the account has not read, where one is named first.

        Raises RefusedError and UnreachableError.
        """
        return answers.unread(await self._there().answer("CATCHUP"))

    def read(self, room: str, number: int) -> None:
        """One has read a room up to a message: the account's other devices are told, every few
        seconds at most. For a guest it means nothing.
        """
        self._marks.read(room, number)
