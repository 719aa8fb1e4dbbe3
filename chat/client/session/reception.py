"""What a server says to one who is there, and what of it is told. Knows no connecting."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Any, Final

from chat.client.memory.feed import Feed
from chat.client.memory.inbox import Inbox
from chat.client.memory.marks import Marks
from chat.client.memory.outbox import Outbox, Outgoing
from chat.client.session.account import Account
from chat.client.session.backfill import Backfill
from chat.client.session.pace import Pace
from chat.client.session.upkeep import LINES, Upkeep
from chat.client.terms.bounds import (
    KEPT_BYTES,
    LOOK_BYTES,
    LOOK_LINES,
    MOST_ROOMS,
    MOST_TASKS,
)
from chat.client.terms.errors import RefusedError, UnreachableError
from chat.client.terms.events import (
    Event,
    Gone,
    Held,
    Joined,
    Left,
    Message,
    Notice,
    Read,
    Refused,
    Returned,
)
from chat.client.wire import answers
from chat.client.wire.connection import Connection, one_word
from chat.client.wire.grammar import (
    Bidden,
    Came,
    CameIn,
    Line,
    Marked,
    Proclaimed,
    Refusal,
    Said,
    Sent,
    SentOut,
    Stored,
    Went,
    WentOut,
    Whispered,
)
from chat.vocabulary.names import key_of

BACK_SECONDS: Final = 10.0
"""How long others may take to come back to a server after oneself: so long, what is for somebody
who is not there is tried again."""

AGAIN_SECONDS: Final = 0.5
"""The time between those tries."""


class Reception:
    """Where one is, what is on its way, and what is to be told."""

    def __init__(self, account: Account, rooms: Sequence[str], backlog: int) -> None:
        self.since = datetime.now(UTC)
        self._account = account
        self._rooms = {key_of(room): Feed(room) for room in rooms}
        self._outbox = Outbox()
        self._inbox = Inbox()
        self._backfill = Backfill(self, backlog)
        self._marks = Marks(self)
        self._upkeep = Upkeep(self)
        self._connection: Connection | None = None
        self._wire: Connection | None = None
        """The same, or one on which it is being said who one is."""
        self._pace: Pace | None = None
        self._preferred = ""
        """The room that somebody looks at: it is read first."""
        self._is_ready = False
        self._takes_marks = False
        """What has been read may be told on the connection that there is."""
        self._held_words = ""
        """What the server says, before its colon, where something waits for a moderator."""
        self._sent_out = ""
        """Why one is about to leave a room."""
        self._joining: list[str] = []
        """The rooms that one has asked for, and has no answer yet."""
        self._tried_again: set[str] = set()
        """With whom what was said is not sent yet: something before it was refused."""
        self._back_at = -inf  # when there was a connection again, by the loop's clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._looked_at = (0, 0)
        """How much the server had sent when it was last looked how much of that waits."""

    @property
    def user(self) -> str:
        """The username, as the server writes it."""
        return self._account.user

    @property
    def is_connected(self) -> bool:
        """The server takes what one says."""
        return self._is_ready

    @property
    def rooms(self) -> list[str]:
        """Where one is, or will be again when the connection is back."""
        return [room.name for room in self._rooms.values()]

    # --- what the server says -------------------------------------------------------------------

    def heard(self, line: Line) -> None:
        """See Listener."""
        self._look_after_memory()
        if isinstance(line, Said):
            self._hear(line)
        elif isinstance(line, Whispered | Sent):
            room = self._conversation(line.user)
            room.announce(Whispered(self.user, line.text) if isinstance(line, Sent) else line)
            self._backfill.more(room)
        elif isinstance(line, Stored):
            outgoing = self._outbox.stored(line.token, line.number)
            if outgoing:
                room = self._conversation(outgoing.room[1:])
                room.announce_number(line.number)
                self._backfill.more(room)
        elif isinstance(line, Refusal):
            self._hear_refusal(line)
        elif isinstance(line, Came | Went):
            here = self._rooms.get(key_of(line.room))
            if here and key_of(line.user) != key_of(self.user):
                self.tell((Joined if isinstance(line, Came) else Left)(here.name, line.user))
        elif isinstance(line, CameIn):
            self._come_in(line.room)
        elif isinstance(line, WentOut):
            reason, self._sent_out = self._sent_out, ""
            self._leave(line.room, reason)
        elif isinstance(line, SentOut):
            self._sent_out = line.words
        elif isinstance(line, LINES):
            self._upkeep.heard(line)
        elif isinstance(line, Proclaimed):
            self.tell(Notice(f"{line.user} announces: {line.text}"))
        elif isinstance(line, Bidden):
            self.tell(Notice(f"{line.user} invites you to {line.room}: /join {line.room}"))
        elif isinstance(line, Marked):
            self._marks.heard(line.room, line.number)
            self.tell(Read(self._called(line.room), line.number))
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
            self._backfill.more(room)

    def _come_in(self, room: str) -> None:
        """One is in a room: after a JOIN from here its answer says so, or another device has come.

        Until all rooms are joined anew this is one of them.
        """
        if key_of(room) in self._joining or self._is_too_much(room):
            return
        feed = self._rooms.setdefault(key_of(room), Feed(room))
        if self._is_ready and not feed.is_here:
            feed.come()
            self.spawn(self._backfill.open_at_last(feed))

    def _leave(self, room: str, reason: str = "") -> None:
        """One is not in a room any more. reason: why, if it was not one's own wish."""
        feed = self._rooms.pop(key_of(room), None)
        if feed:
            self.tell(Gone(feed.name, reason))
            held = [one for one in self._outbox.held if one.room == feed.name]
            self._refuse(held, RefusedError(reason or "you have left that room"), reason)

    def _refuse(self, said: list[Outgoing], error: RefusedError, reason: str) -> None:
        """Nothing of that will be delivered, and that is told with the reason, if there is one."""
        for outgoing in said:
            self._outbox.refused(outgoing.token, error)
            if reason:
                self.tell(Refused(outgoing.room, outgoing.text, reason))

    def _called(self, room: str) -> str:
        """What a room is called here."""
        feed = self._rooms.get(key_of(room))
        return feed.name if feed else room

    def _conversation(self, user: str) -> Feed:
        """What is said with somebody alone."""
        if self._is_too_much(f"@{user}"):
            return Feed(f"@{user}")
        return self._rooms.setdefault(key_of(f"@{user}"), Feed(f"@{user}"))

    def _is_too_much(self, room: str) -> bool:
        """One is in as many rooms as a server may open here, and not in this one."""
        return len(self._rooms) >= MOST_ROOMS and key_of(room) not in self._rooms

    def _look_after_memory(self) -> None:
        """Leave a server that sends more than there is room for, and does not answer."""
        lines, size = self._wire.received if self._wire else (0, 0)
        if 0 <= lines - self._looked_at[0] < LOOK_LINES and size - self._looked_at[1] < LOOK_BYTES:
            return
        self._looked_at = (lines, size)
        kept = self._inbox.size + sum(room.size for room in self._rooms.values())
        if kept > KEPT_BYTES:
            self._leave_server()

    def _leave_server(self) -> None:
        if self._wire:
            self._wire.abort("the server sends more than there is room for, and does not answer")
        for room in self._rooms.values():
            room.drop()

    def _hear_refusal(self, line: Refusal) -> None:
        if waiting := self._is_too_soon(line.token):
            key = key_of(waiting.room)
            if key not in self._tried_again:
                self._tried_again.add(key)
                loop = asyncio.get_running_loop()
                loop.call_later(AGAIN_SECONDS, self._send_again, key)
            return
        if self._held_words and line.reason.partition(": ")[0] == self._held_words:
            if outgoing := self._outbox.hold(line.token, line.reason):
                self.tell(Held(outgoing.room, outgoing.text, line.reason))
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
        for outgoing in self._outbox.all:
            if key_of(outgoing.room) == key and self._is_ready and self._connection:
                self._connection.send(outgoing.line)

    def _there(self) -> Connection:
        """Raises UnreachableError."""
        if self._connection is None or self._connection.lost.done():
            raise UnreachableError("there is no connection just now")
        self._connection.resume()
        return self._connection

    # --- for what reads the history, and for what is told of rooms -------------------------------

    def feed(self, room: str) -> Feed | None:
        """See upkeep.Rooms."""
        return self._rooms.get(key_of(room))

    def more(self, room: Feed) -> None:
        """See upkeep.Rooms."""
        self._backfill.more(room)

    def follows(self, room: Feed) -> bool:
        """See backfill.Reader."""
        return self._rooms.get(key_of(room.name)) is room

    def message(self, room: str, said: Said, *, old: bool = False) -> Message:
        """See backfill.Reader."""
        own = key_of(said.user) == key_of(self.user)
        if own and (feed := self.feed(room)):
            feed.spoke(said.number)
        return Message(room, said.number, said.at, said.user, said.text, own, old)

    async def said(
        self, room: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> list[Said]:
        """See backfill.Reader."""
        if self._pace:
            self._pace.asked()
        words = f"HISTORY {one_word(room)} {count}"
        if before is not None:
            words += f" BEFORE {before}"
        elif after is not None:
            words += f" AFTER {after}"
        return answers.found(await self._there().answer(words))

    def tell(self, event: Event) -> None:
        """See backfill.Reader. Where events are not taken fast enough, the server has to wait, but
        not if one waits for an answer of its.
        """
        if isinstance(event, Returned) and event.is_anew:
            self._marks.forget(event.room)
        self._inbox.put(event)
        connection = self._connection
        if self._inbox.is_full and connection and not (self._outbox or connection.is_asking):
            connection.pause()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """See backfill.Reader. That the connection is lost ends it."""
        if len(self._tasks) >= MOST_TASKS:
            self._leave_server()
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

    # --- for what marks as read -----------------------------------------------------------------

    def send_mark(self, room: str, number: int) -> bool:
        """See marks.Sender."""
        if not (self._takes_marks and self._connection and self._account.is_proved):
            return False

        def answered(lines: list[Line]) -> None:
            if not answers.refusal(lines):
                self._marks.heard(room, number)

        self._connection.ask(f"READ {one_word(room)} {number}", answered)
        return True
