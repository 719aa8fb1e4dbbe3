"""What moderators may see: sanctions, held messages, earlier texts, the audit log. Knows no
door."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct
from twisted.internet.defer import Deferred

from chat.history.room_records import SERVER, AuditEntry, Earlier, Sanction, SanctionKind
from chat.history.store import readable
from chat.moderation.sanctions import holds
from chat.queries.question import Question
from chat.realm.session import Session
from chat.realm.user import User, user_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import AUDIT_COUNT, AUDIT_MOST, CATCH_UP_MESSAGES
from chat.vocabulary.names import Name
from chat.vocabulary.pieces import page_of


class HeldMessage(Struct, frozen=True):
    """What somebody has said and nobody has heard, as it waits for a moderator. at: when, in ms
    since 1970 UTC."""

    key: str
    room: str
    user: str
    text: str
    at: int


class Entries(NamedTuple):
    """Some entries of the audit log: those behind the number `start`, up to the number `end`."""

    start: int
    end: int


class Oversight(Question):
    """Every method raises ChatError as Rulebook.check does."""

    def sanctions(self, session: Session, kind: SanctionKind, name: Name) -> Iterator[Sanction]:
        """The sanctions that hold in a room, or on the server, the oldest first: in a room those
        that were imposed since it is somebody's."""
        self.charge(session)
        user = user_of(session)
        self.rulebook.check(f"{kind.upper()}S", user, name)
        return self._sanctions(kind, name, self.rulebook.shown_since(user, name.key))

    def _sanctions(self, kind: SanctionKind, name: Name, since: int) -> Iterator[Sanction]:
        """Looked for when the first one is asked for."""
        at, all_ = self.rulebook.today, self.rulebook.registry.sanctions(name.key)
        found = [each for each in all_ if each.kind == kind and holds(each, at)]
        found = [each for each in found if each.at >= since]
        yield from sorted(found, key=attrgetter("at"))

    def held(self, session: Session, name: Name) -> Iterator[HeldMessage]:
        """The messages that wait for a moderator in a room."""
        self.charge(session)
        self.rulebook.check("HELD", user_of(session), name)
        room = self.realm.rooms.get(name.key)
        drafts = [each.draft for each in room.gate.waiting] if room and room.gate else []
        return (HeldMessage(each.key, each.room, each.user, each.text, each.at) for each in drafts)

    def earlier(
        self, session: Session, name: Name, number: int, skip: int = 0
    ) -> Deferred[list[Earlier]]:
        """The texts that a message has had, without the first `skip` of them: a page, and none
        where there are no more. Fails with ChatError: no-history."""
        if not skip:
            self.charge(session)
        user = self._asker(session)
        self.rulebook.check("EARLIER", user, name)
        # What was replaced in that very millisecond was rather replaced before.
        since = self.rulebook.shown_since(user, name.key)
        since = since + 1 if since else 0
        earlier = self.realm.store.moderation.earlier
        return readable(self.read(session, partial(earlier, name.key, number, since, skip)))

    def audited(
        self, session: Session, name: Name, count: int = AUDIT_COUNT, before: int | None = None
    ) -> Deferred[Entries]:
        """Which are the last entries about a room, or about all and the server: AUDIT_MOST at the
        most, those before a number if one is given. Fails with ChatError: no-history."""
        self.charge(session)

        def last(many: int) -> Entries:
            end = many if before is None else min(many, max(0, before - 1))
            return Entries(max(0, end - min(count, AUDIT_MOST)), end)

        rooms, since = self._check_audits(session, name)
        found = self.read(session, partial(self.realm.store.moderation.audited, rooms, since))
        return readable(found.addCallback(last))

    def audit(self, session: Session, name: Name, entries: Entries) -> Deferred[list[AuditEntry]]:
        """The first page of these entries, oldest first. Fails with ChatError: no-history."""
        rooms, since = self._check_audits(session, name)
        end = min(entries.end, entries.start + CATCH_UP_MESSAGES)
        log, many = self.realm.store.moderation.audit, end - entries.start
        found = self.read(session, partial(log, rooms, many, end + 1, since))
        return readable(found.addCallback(page_of))

    def _check_audits(self, session: Session, name: Name) -> tuple[list[str] | None, int]:
        """Which rooms' entries somebody may see, and since when."""
        user = self._asker(session)
        self.rulebook.check("AUDIT", user, name)
        return None if name.key == SERVER else [name.key], self.rulebook.shown_since(user, name.key)

    def _asker(self, session: Session) -> User:
        """Who asks for one more page. Raises ChatError: no-history, where they are gone."""
        if session.user is None:
            raise ChatError("no-history")
        return session.user
