"""Brings a session up to what a room has been told, from the history. Knows no bytes."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.errors import ChatError
from chat.events import Said
from chat.history.store import StoreError
from chat.limits import HISTORY_MOST
from chat.room import Room
from chat.session import Session


@inlineCallbacks
def catch_up(session: Session, room: Room, count: int) -> Generator[Deferred[Any], Any, None]:
    """Send the last `count` messages of a room, and what is said meanwhile, then add the session.

    The session is behind in the room's audience. What the store has and the room has not been
    told yet is left to the room, so nothing is missing and nothing comes twice.
    """
    audience, store = room.audience, session.realm.store
    try:
        known = audience.last  # when the page was asked for
        page = yield store.page(room.key, count)
        while audience.is_behind(session):
            if audience.last is None:  # nothing has been said since the room was opened
                audience.last = page[-1].number if page else 0
            told = [said for said in page if said.number <= audience.last]
            session.write(b"".join(map(session.dialect.encode, _shown(told, room))))
            last = told[-1].number if told else known or 0
            if last >= audience.last:
                audience.add(session)
            else:
                known = audience.last
                page = yield store.page(room.key, HISTORY_MOST, after=last)
    except StoreError:
        session.write(session.dialect.refusal(ChatError("no-history")))
        if audience.is_behind(session):
            audience.add(session)


def _shown(page: list[Said], room: Room) -> Iterator[Said]:
    """The messages, with the room's name as those in it know it."""
    return (Said(room.name, said.user, said.text, said.number, said.at) for said in page)
