"""A visit to a server: what happens there, and what each room's pane shows of it. Knows no keys."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from chat.client import (
    ChatClient,
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
    Missing,
    Notice,
    Read,
    Refused,
    Returned,
    UnreachableError,
    Unread,
)
from chat.client.screen.rooms.changes import Changes
from chat.client.screen.rooms.pages import PAGE, Pages
from chat.client.screen.rooms.places import Place, Places
from chat.client.screen.rooms.stage import Stage
from chat.client.screen.scrollback.look import mentions
from chat.client.screen.scrollback.rows import Level
from chat.client.terms.bounds import MOST_MEMBERS, MOST_ROOMS
from chat.client.terms.phrases import short

KEPT: Final = 3000
"""Messages of a room that are kept here; older ones are read again on scrolling to them."""

FEW_MEMBERS: Final = 30
"""In a room of more people nobody wants to read who comes and goes."""

MOST_PASSED: Final = 50
"""Nor so many of them in a row."""


class Visit(Pages):
    """A client, and the rooms it is in."""

    def __init__(self, client: ChatClient, places: Places, stage: Stage) -> None:
        super().__init__(client, stage)
        self.places = places
        self._keys = itertools.count(1)
        self._is_over = False
        self._is_lost = False
        self.are_rooms_asked = False
        self.known_rooms: list[str] = []
        """Rooms of the server, as far as they have been asked for."""
        self._first_words: set[tuple[str, str]] = set()
        self._opening: list[asyncio.Future[None]] = []
        self._happened: dict[type[Event], Callable[[Any], None]] = {
            Message: self._said,
            Joined: self._joined,
            Left: self._left,
            Connected: self._connected,
            Disconnected: self._disconnected,
            Entered: self._entered,
            Returned: self._returned,
            Missing: self._missing,
            Gone: self._gone,
            Members: self._members,
            Refused: self._refused,
            Notice: self._noticed,
            Unread: self._not_read,
            Read: self._read_elsewhere,
            Held: self._held,
        }
        self._changes = Changes(client, places, stage, self.notice)
        self._happened |= self._changes.happened

    async def listen(self) -> None:
        """Show what happens, until the chat is over."""
        try:
            async for event in self.client:
                if self._is_over:
                    return
                self._happened[type(event)](event)
        finally:
            self.end()

    def end(self) -> None:
        """Show nothing more of it."""
        self._is_over = True
        for waiting in self._opening:
            if not waiting.done():
                waiting.set_exception(UnreachableError("you have left that server"))

    # --- what one does --------------------------------------------------------------------------

    def say(self, place: Place, text: str) -> None:
        """Say something, and show it as not delivered until it is.

        Raises RefusedError.
        """
        stored = self.client.send(place.name, text)
        key = str(next(self._keys))
        place.pane.clear_unread_line()
        place.pane.pend(key, text)
        stored.add_done_callback(lambda stored: self._stored(place, key, stored))

    async def say_first(self, name: str, text: str) -> None:
        """Say something to somebody to whom one has not spoken, and wait until it is delivered.

        Raises RefusedError and UnreachableError.
        """
        self._first_words.add((name, text))
        await self.client.say(name, text)
        self._first_words.discard((name, text))

    def _stored(self, place: Place, key: str, stored: asyncio.Future[int]) -> None:
        """A line is delivered or refused: it is no longer pending when it is shown."""
        if stored.cancelled() or stored.exception():
            place.pane.unpend(key)
            return
        place.pending[stored.result()] = key
        self._unpend(place)

    def _unpend(self, place: Place) -> None:
        timeline = place.pane.timeline
        for number in [at for at in place.pending if at <= timeline.last or not timeline.live]:
            place.pane.unpend(place.pending.pop(number))

    def notice(self, text: str, place: Place | None = None, level: Level = "info") -> None:
        """A word from the client, in a room or in the one that is open."""
        place = place or self.places.active
        if place:
            place.pane.notice(text, level, datetime.now(UTC))

    def place(self, name: str) -> Place:
        """The place of this name; a new one if there is none."""
        found = self.places.get(name)
        if found is None:
            self._make_room()
            found = Place(name, self._stage.make_pane(name))
            self.places.add(found)
            self._stage.show_lists()
        return found

    def _make_room(self) -> None:
        """Let a place go where one is no more, if there are too many."""
        if len(self.places.all) < MOST_ROOMS:
            return
        left = (one for one in self.places.all if not one.is_here and one is not self.places.active)
        if place := next(left, None):
            self._remove(place)

    async def open(self, name: str) -> Place:
        """Come to a room, or to what is said with somebody alone.

        Raises RefusedError and UnreachableError.
        """
        place = self.places.get(name)
        if place and place.is_here:
            return place
        name = await self.client.join(name)
        self._stage.show_lists()
        while (place := self.places.get(name)) is None or not place.is_here:
            entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._opening.append(entered)
            await entered
        return place

    async def leave(self, name: str) -> None:
        """Leave a room, or take one away where one is no more.

        Raises RefusedError and UnreachableError.
        """
        place = self.places.get(name.removeprefix("#"))
        if place and not place.is_here:
            self._remove(place)
        else:
            await self.client.leave(name)

    async def ask_rooms(self) -> None:
        """Have it known which rooms there are, for Tab.

        Raises RefusedError and UnreachableError.
        """
        self.are_rooms_asked = True
        self.known_rooms = [name for name, _ in await self.client.open_rooms()]

    def look_at(self, place: Place) -> None:
        """Have it known who is in a room and how it is kept, and what was hidden meanwhile."""
        self.client.prefer(place.name)
        if self.client.is_connected:
            if not place.are_members_known:
                self.client.ask_members(place.name)
                self.client.ask_kept(place.name)
            self._changes.look_again(place)

    async def jump(self, room: str, number: int, words: list[str]) -> None:
        """Go to a message, wherever it is. Raises RefusedError and UnreachableError."""
        place = await self.open(room)
        timeline = place.pane.timeline
        if not timeline.first <= number <= timeline.last:
            half, known = PAGE // 2, timeline.newest
            before = await self.client.history(room, half, before=number + 1)
            after = await self.client.history(room, half, after=number)
            is_end = len(after) < half
            place.pane.seed([*before, *after], len(before) < half, is_end, known)
        self._stage.show(place)
        place.pane.highlight(words)
        place.pane.jump(number)

    # --- what happens ---------------------------------------------------------------------------

    def _said(self, event: Message) -> None:
        place = self.place(event.room)
        place.spoke(event.user)
        is_seen = self._stage.attends(place)
        is_news = not (event.own or is_seen)
        place.passed = 0
        if is_news and not place.unread:
            place.first_unread = event.number
            place.pane.mark_unread()
        if event.number in place.pending:
            place.pane.unpend(place.pending.pop(event.number))
        place.pane.append(event)
        if place.pane.is_at_end:
            place.pane.trim(KEPT)
        elif place.pane.timeline.count > 2 * KEPT:
            place.pane.timeline.live = False  # the rest is read when somebody comes so far
        if is_seen:
            self.mark(place)
        if is_news:
            place.unread += 1
        elif event.own:
            place.read_until(event.number)
        if is_news or event.own:
            self._stage.show_lists()
        if not event.own and (place.is_private or mentions(event.text, self.client.user)):
            place.mentions += is_news
            self._stage.call(place, event)

    def _entered(self, event: Entered) -> None:
        is_first = not self.places.all
        place = self.place(event.room)
        place.is_here = True
        place.are_members_known = False
        place.pane.timeline.come_back()
        place.stale = 0
        known = place.pane.timeline.newest
        place.pane.seed(event.backlog, len(event.backlog) < PAGE, known=known)
        self._unpend(place)
        for message in event.backlog:
            place.spoke(message.user)
        for waiting in self._opening:
            if not waiting.done():
                waiting.set_result(None)
        self._opening.clear()
        if is_first or self.places.active is None:
            self._stage.show(place)
        if place is self.places.active:
            self.look_at(place)

    def _returned(self, event: Returned) -> None:
        place = self.place(event.room)
        self._changes.come_back(place)
        if event.is_anew:
            place.stale = 0
            place.pane.clear_unread_line()
            place.pane.seed([], at_start=True)
            self.notice("the server has another history than before", place)
        if place is self.places.active:
            self.look_at(place)
        elif not event.missed:
            return
        since = event.since.astimezone().strftime("%H:%M")
        missed = f"{event.words} of others meanwhile"
        self.notice(f"back again, away since {since}: {missed}", place)

    def mark(self, place: Place) -> None:
        """Somebody has seen the end of a room."""
        timeline = place.pane.timeline
        if timeline.live and timeline.last:
            self.client.read(place.name, timeline.last)

    def _not_read(self, event: Unread) -> None:
        place = self.places.get(event.room)
        if place is None and len(self.places.all) >= MOST_ROOMS:
            return
        if place is None:  # one of the account's rooms, on a server where one has to come anew
            place = self.place(event.room)
            place.is_here = False
            self.notice(f"you are not in here: /join {short(event.room)}", place)
        place.not_read(event.last_read, event.count, event.mentions)
        if place is self.places.active:
            self._stage.read(place)
        self._stage.show_lists()

    def _read_elsewhere(self, event: Read) -> None:
        if place := self.places.get(event.room):
            place.read_until(event.number)
            self._stage.show_lists()

    def _missing(self, event: Missing) -> None:
        self.place(event.room).pane.missing(event.count)

    def _joined(self, event: Joined) -> None:
        place = self.place(event.room)
        if len(place.members) < MOST_MEMBERS:
            place.members[event.user] = None
        self._passed(place, f"{short(event.user)} joined")

    def _left(self, event: Left) -> None:
        place = self.place(event.room)
        place.members.pop(event.user, None)
        self._passed(place, f"{short(event.user)} left")

    def _passed(self, place: Place, text: str) -> None:
        place.passed += 1
        if len(place.members) <= FEW_MEMBERS and place.passed <= MOST_PASSED:
            self.notice(text, place)
        self._stage.show_lists()

    def _members(self, event: Members) -> None:
        place = self.places.get(event.room)
        if place and place.is_here:  # what was asked for before one was sent out tells nothing now
            place.members = dict.fromkeys(event.users[:MOST_MEMBERS])
            place.are_members_known = True
            self._stage.show_lists()

    def _gone(self, event: Gone) -> None:
        place = self.places.get(event.room)
        if place is None:
            if event.reason:
                self._stage.complain(f"{short(event.room)}: {event.reason}")
        elif event.reason:
            place.is_here = place.are_members_known = False
            self.notice(f"you are not in here any more: {event.reason}", place, "error")
        else:
            self._remove(place)
        self._stage.show_lists()

    def _remove(self, place: Place) -> None:
        beside = self.places.beside(place)
        was_active = place is self.places.active
        self.places.remove(place)
        self._stage.drop_pane(place.pane)
        if was_active and beside:
            self._stage.show(beside)
        self._stage.show_lists()

    def _refused(self, event: Refused) -> None:
        if (event.room, event.text) in self._first_words:
            self._first_words.discard((event.room, event.text))
            return  # whoever has typed it hears of it
        place = self.places.get(event.room)
        if place is None or place is self.places.active:
            self._stage.complain(event.reason, said_again(event.text))
            return
        self._stage.complain(f"{short(place.name)}: {event.reason}")
        self.notice(f"not delivered: {event.text} ({event.reason})", place, "error")

    def _held(self, event: Held) -> None:
        """It stands below all else until it is let through."""
        self.notice(event.reason, self.place(event.room))

    def _noticed(self, event: Notice) -> None:
        self.notice(event.text)

    def _connected(self, event: Connected) -> None:
        self._is_lost = False
        self._stage.show_state("")
        self._stage.complain("")

    def _disconnected(self, event: Disconnected) -> None:
        hint = ", /connect tries now" if self._stage.is_wide else ""
        for place in self.places.all:
            place.are_members_known = False
        if not self._is_lost:
            self._is_lost = True
            self.notice("the connection is lost; what you say now is sent when it is back")
        again = "" if event.pause is None else f"next try in {event.pause:.0f} s{hint}: "
        self._stage.show_state(f"{again}{event.reason}")


def said_again(text: str) -> str:
    """What to type to say this."""
    return f"/{text}" if text.startswith("/") else text
