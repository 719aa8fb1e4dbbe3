"""The commands that ask for something: the same in all styles of somebody who is here. Knows the
words only: what is found is in chat.queries."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.dialects.commands.grammar import count_of, end, number_of
from chat.dialects.lines import UserDialect
from chat.history.words import Query, parse
from chat.queries.seam import queries_of
from chat.realm.session import Session
from chat.realm.user import User, user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Said
from chat.vocabulary.limits import HISTORY_COUNT
from chat.vocabulary.names import Name
from chat.vocabulary.times import rfc3339


class Wanted(NamedTuple):
    """Which messages of which room, or of which conversation of two."""

    place: Name
    limit: int
    before: int | None
    after: int | None


class QuestionVerbs(UserDialect):
    """What somebody who is here can ask."""

    def do_who(self, session: Session, rest: str) -> None:
        """WHO [room]  ->  USER <username> for everyone in the room, or on the whole server"""
        members = queries_of(session).members(session, rest.strip())
        where = f"in {members.room.shown}" if members.room else "here"
        self.tell_list(session, (f"USER {each.user}" for each in members), "user", where)

    def do_rooms(self, session: Session, rest: str) -> None:
        """ROOMS  ->  ROOM <name> <members> for every room"""
        rooms = queries_of(session).rooms(session)
        lines = (f"ROOM {each.room} {each.members}" for each in rooms)
        self.tell_list(session, lines, "room", "open")

    def do_history(self, session: Session, rest: str) -> None:
        """HISTORY [room] [count] [BEFORE <number> | AFTER <number>]  ->
        HISTORY <room> <number> <time> <username> <text> for each message, oldest first"""
        self.ask(session, partial(self._tell_history, session, self._wanted(session, rest)))

    def do_search(self, session: Session, rest: str) -> None:
        """SEARCH <words> ["a phrase"] [from:<username>]  ->
        HISTORY <room> <number> <time> <username> <text> for the last messages with all of these in
        your rooms, oldest first"""
        self.ask(session, partial(self._tell_found, session, parse(rest)))

    def do_catchup(self, session: Session, rest: str) -> None:
        """CATCHUP  ->  CATCHUP <room> <unread> <mentions> <number> for each room with unread
        messages, those that name you first; HISTORY <room> AFTER <number> has them"""
        end([rest.strip()] if rest.strip() else [])
        self.ask(session, partial(self._tell_unread, session, user_of(session)))

    def _wanted(self, session: Session, rest: str) -> Wanted:
        """The words [room] [count] [BEFORE <number> | AFTER <number>].

        A first word that is a number is a room only if the user is in a room of that name.
        Raises ChatError: bad-argument, and as Queries.place does.
        """
        queries, user, words = queries_of(session), user_of(session), rest.split()
        before = after = None
        if len(words) >= 2 and words[-2].upper() in ("BEFORE", "AFTER"):
            number = number_of(words.pop())
            if words.pop().upper() == "BEFORE":
                before = number
            else:
                after = number
        place = None
        if words and (words[0][0] not in "+-0123456789" or queries.is_in(user, words[0])):
            if words[0].upper() in ("BEFORE", "AFTER"):
                raise ChatError("bad-argument", words[0])
            place = queries.place(user, words.pop(0))
        limit = count_of(words.pop(0)) if words else HISTORY_COUNT
        end(words)  # before it waits for anything
        return Wanted(place or self.room_meant(session).called, limit, before, after)

    @inlineCallbacks
    def _tell_history(
        self, session: Session, wanted: Wanted
    ) -> Generator[Deferred[Any], Any, None]:
        """Tell what was asked for, a page at a time, as it is read."""
        queries, (place, limit, before, after) = queries_of(session), wanted
        may = partial(queries.may_read, session, [place.key])
        page = yield queries.history(session, place, limit, before=before, after=after)
        told = 0
        while True:
            yield self.write_lines(session, map(_shown, page.messages), may)
            if not may():
                raise ChatError("not-in-room", place.shown)
            told += len(page.messages)
            if page.rest is None:
                break
            yield session.connection.ready()
            if not page.rest.most:
                break
            page = yield queries.rest(session, page)
        yield self.write_lines(session, self.closing(told, "message", f"from {place.shown}"))

    @inlineCallbacks
    def _tell_found(self, session: Session, query: Query) -> Generator[Deferred[Any], Any, None]:
        queries = queries_of(session)
        findings = yield queries.search(session, query)
        may = partial(queries.may_read, session, findings.rooms)
        told = 0
        while True:
            yield self.write_lines(session, map(_shown, findings.messages), may)
            if not may():
                raise ChatError("no-history")
            told += len(findings.messages)
            if not findings.rest:
                break
            yield session.connection.ready()
            findings = yield queries.more(session, findings)
        if not findings.is_whole:
            raise ChatError("search-too-wide")
        yield self.write_lines(session, self.closing(told, "message", "found"))

    @inlineCallbacks
    def _tell_unread(self, session: Session, user: User) -> Generator[Deferred[Any], Any, None]:
        found = yield queries_of(session).unread(session, user)
        lines = (f"CATCHUP {each.room} {each.unread} {each.mentions} {each.read}" for each in found)
        yield self.write_lines(session, self.counted(lines, "room", "unread"))


def _shown(said: Said) -> str:
    """A message that was asked for."""
    return f"HISTORY {said.room} {said.number} {rfc3339(said.at)} {said.user} {said.text}"
