"""Messages of the history: page by page, and those that a search finds. Knows no door."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.history.store import Hits, readable
from chat.history.words import Query
from chat.queries.question import Question
from chat.realm.session import Session
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Said
from chat.vocabulary.limits import (
    AGAIN,
    CATCH_UP_MESSAGES,
    HISTORY_COUNT,
    HISTORY_MOST,
    PAGE_BYTES,
    SEARCH_STEPS,
)
from chat.vocabulary.names import Name, is_conversation
from chat.vocabulary.pieces import is_cut, page_of
from chat.vocabulary.text import size_of


class Range(NamedTuple):
    """Which messages of a place are still to come: `most` at the most, before and after these
    numbers, and said since that time (in ms since 1970 UTC)."""

    most: int
    before: int | None
    after: int | None
    since: int


class Page(NamedTuple):
    """Some messages of a place, oldest first; rest: where to go on, None where there are no more.
    Its `most` is 0 where as many have come as were asked for."""

    place: Name
    messages: list[Said]
    rest: Range | None


class Findings(NamedTuple):
    """The last messages that match, oldest first; rooms: the keys of those that were looked in;
    rest: those for which there was no room, by the keys of their rooms, their names for who has
    asked, and their numbers; is_whole: whether it was looked for older ones as well."""

    messages: list[Said]
    rooms: list[str]
    rest: list[tuple[str, str, int]]
    is_whole: bool = True


class Messages(Question):
    """Whether somebody may read messages is asked again for each page, once it has been read.

    Messages of a conversation from before a name was its owner's are somebody else's, and are not
    among those that are found.
    """

    def history(
        self,
        session: Session,
        place: Name,
        limit: int = HISTORY_COUNT,
        *,
        before: int | None = None,
        after: int | None = None,
    ) -> Deferred[Page]:
        """The first page of at most `limit` messages (HISTORY_MOST at the most) of a place: those
        just before the number `before`, or just after the number `after`, or the last ones.

        Fails with ChatError: not-in-room, no-history. Raises ChatError: bad-argument.
        """
        _check_is_some(limit)
        self.charge(session)
        user = session.user
        if user is None:  # gone, while they waited
            raise ChatError("not-in-room", place.shown)
        since = self.realm.people.private_since(user) if is_conversation(place.key) else 0
        asked = Range(min(limit, HISTORY_MOST), before, after, since)
        return readable(self._first(session, place, asked))

    def rest(self, session: Session, page: Page) -> Deferred[Page]:
        """The page after one that has a rest. Fails as `history` does."""
        assert page.rest
        return readable(self._page(session, page.place, page.rest))

    def search(
        self, session: Session, query: Query, limit: int = HISTORY_COUNT
    ) -> Deferred[Findings]:
        """The last messages that match, in the rooms and conversations of somebody.

        Fails with ChatError: no-history. Raises ChatError: bad-argument.
        """
        _check_is_some(limit)
        self.charge(session)
        return readable(self._search(session, query, min(limit, HISTORY_MOST)))

    def more(self, session: Session, findings: Findings) -> Deferred[Findings]:
        """The messages after those that were found, where they have a rest; they are read again, as
        long ones are not kept until they are sent. Fails with ChatError: no-history."""
        return readable(self._more(session, findings))

    def _some(
        self, session: Session, key: str, count: int, **where: int | None
    ) -> Deferred[list[Said]]:
        return self.read(session, partial(self.realm.store.page, key, count, **where))

    @inlineCallbacks
    def _first(
        self, session: Session, place: Name, asked: Range
    ) -> Generator[Deferred[Any], Any, Page]:
        if asked.after is None and asked.most <= CATCH_UP_MESSAGES:
            before, most = asked.before, asked.most
            found = yield self._some(session, place.key, most, before=before)
            if not is_cut(found, asked.most):
                return self._shown(session, place, found, asked, is_last=True)
        if asked.after is None:
            asked = yield self._from_the_start(session, place.key, asked)
        page: Page = yield self._page(session, place, asked)
        return page

    @inlineCallbacks
    def _from_the_start(
        self, session: Session, key: str, asked: Range
    ) -> Generator[Deferred[Any], Any, Range]:
        """The range of the same messages, to be read from the first of them on."""
        store = self.realm.store
        last = yield store.last(key)
        before = last + 1 if asked.before is None else min(asked.before, last + 1)
        after = max(0, before - 1 - asked.most)
        if (yield store.moderation.hidden_after({key: after})):
            after = yield self._find_start(session, key, asked.most, before)
        return asked._replace(before=before, after=after)

    @inlineCallbacks
    def _find_start(
        self, session: Session, key: str, most: int, before: int
    ) -> Generator[Deferred[Any], Any, int]:
        """The number before the first one of the last messages before a number, where numbers have
        holes."""
        while most > 0 and before > 1:
            page = yield self._some(session, key, min(most, CATCH_UP_MESSAGES), before=before)
            if not page:
                break
            most, before = most - len(page), page[0].number
        return before - 1

    @inlineCallbacks
    def _page(
        self, session: Session, place: Name, asked: Range
    ) -> Generator[Deferred[Any], Any, Page]:
        wanted, before = min(asked.most, CATCH_UP_MESSAGES), asked.before
        found = yield self._some(session, place.key, wanted, after=asked.after)
        page = [said for said in found if before is None or said.number < before]
        is_last = len(page) < len(found) or not (len(page) == wanted or is_cut(page, wanted))
        return self._shown(session, place, page, asked, is_last)

    def _shown(
        self, session: Session, place: Name, page: list[Said], asked: Range, is_last: bool
    ) -> Page:
        """What a session may read of a page. Raises ChatError: not-in-room."""
        if not self.may_read(session, [place.key]):
            raise ChatError("not-in-room", place.shown)
        own = [self.seen(said, place.shown) for said in page if said.at > asked.since]
        if is_last:
            return Page(place, own, None)
        return Page(place, own, asked._replace(most=asked.most - len(own), after=page[-1].number))

    @inlineCallbacks
    def _search(
        self, session: Session, query: Query, limit: int
    ) -> Generator[Deferred[Any], Any, Findings]:
        user = session.user
        if user is None:  # gone, while they waited
            raise ChatError("no-history")
        for _ in range(AGAIN):
            rooms = list(user.rooms)
            found = yield self._hits(session, [*rooms, f"@{user.key}"], query, limit)
            if self.may_read(session, rooms):
                break
            if session.user is None:
                raise ChatError("no-history")
        else:  # they were sent out of one each time
            raise ChatError("no-history")
        since = self.realm.people.private_since(user)
        own = [said for said in found if not is_conversation(said.key) or said.at > since]
        seen = [self.seen(said, self.room_called(user, said)) for said in own]
        page = page_of(seen)
        rest = [_whereabouts(said) for said in seen[len(page) :]]
        return Findings(page, rooms, rest, not found.rest)

    @inlineCallbacks
    def _hits(
        self, session: Session, scopes: list[str], query: Query, limit: int
    ) -> Generator[Deferred[Any], Any, Hits]:
        """What a store finds, in steps, each in its turn: between them it is that of others."""
        hits = Hits()
        for _ in range(SEARCH_STEPS):
            wanted = limit - len(hits)
            ask = partial(self.realm.store.search, scopes, query, wanted, hits.rest)
            older = yield session.ask(self.realm.searching, ask)
            hits = Hits([*older, *hits], older.rest)
            if not hits.rest:
                break
        return hits

    @inlineCallbacks
    def _more(
        self, session: Session, findings: Findings
    ) -> Generator[Deferred[Any], Any, Findings]:
        found: list[Said] = []
        size, rest = 0, findings.rest
        while rest and size < PAGE_BYTES:
            (key, room, number), *rest = rest
            page = yield self._some(session, key, 1, after=number - 1)
            if page and page[0].number == number:  # not hidden or forgotten meanwhile
                found.append(self.seen(page[0], room))
                size += size_of(page[0].text)
        if not self.may_read(session, findings.rooms):
            raise ChatError("no-history")
        return findings._replace(messages=found, rest=rest)


def _whereabouts(said: Said) -> tuple[str, str, int]:
    return said.key, said.room, said.number


def _check_is_some(limit: int) -> None:
    """Raises ChatError: bad-argument."""
    if limit < 1:
        raise ChatError("bad-argument", str(limit))
