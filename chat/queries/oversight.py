"""What moderators may see: sanctions, held messages, earlier texts, the audit log. Knows no
door."""

from __future__ import annotations

from msgspec import Struct
from twisted.internet.defer import Deferred

from chat.history.room_records import SERVER, AuditEntry, Earlier, Sanction, SanctionKind
from chat.history.store import readable
from chat.moderation.sanctions import holds
from chat.queries.question import Question
from chat.realm.session import Session
from chat.realm.user import user_of
from chat.vocabulary.limits import AUDIT_COUNT, AUDIT_MOST
from chat.vocabulary.names import Name


class HeldMessage(Struct, frozen=True):
    """What somebody has said and nobody has heard, as it waits for a moderator. at: when, in ms
    since 1970 UTC."""

    key: str
    room: str
    user: str
    text: str
    at: int


class Oversight(Question):
    """Every method raises ChatError as Rulebook.check does."""

    def sanctions(self, session: Session, kind: SanctionKind, name: Name) -> list[Sanction]:
        """The sanctions that hold in a room, or on the server, the oldest first: in a room those
        that were imposed since it is somebody's."""
        self.charge(session)
        user = user_of(session)
        self.rulebook.check(f"{kind.upper()}S", user, name)
        at, all_ = self.rulebook.today, self.rulebook.registry.sanctions(name.key)
        since = self.rulebook.shown_since(user, name.key)
        found = [each for each in all_ if each.kind == kind and holds(each, at)]
        found = [each for each in found if each.at >= since]
        return sorted(found, key=lambda each: each.at)

    def held(self, session: Session, name: Name) -> list[HeldMessage]:
        """The messages that wait for a moderator in a room."""
        self.charge(session)
        self.rulebook.check("HELD", user_of(session), name)
        room = self.realm.rooms.get(name.key)
        drafts = [each.draft for each in room.gate.waiting] if room and room.gate else []
        return [HeldMessage(each.key, each.room, each.user, each.text, each.at) for each in drafts]

    def earlier(self, session: Session, name: Name, number: int) -> Deferred[list[Earlier]]:
        """The texts that a message has had. Fails with ChatError: no-history."""
        self.charge(session)
        user = user_of(session)
        self.rulebook.check("EARLIER", user, name)
        # What was replaced in that very millisecond was rather replaced before.
        since = self.rulebook.shown_since(user, name.key)
        return readable(self.realm.store.moderation.earlier(name.key, number, since and since + 1))

    def audit(
        self, session: Session, name: Name, count: int = AUDIT_COUNT, before: int | None = None
    ) -> Deferred[list[AuditEntry]]:
        """The last entries about a room, or about all and the server, oldest first: AUDIT_MOST at
        the most, those before a number if one is given. Fails with ChatError: no-history."""
        self.charge(session)
        user = user_of(session)
        self.rulebook.check("AUDIT", user, name)
        rooms = None if name.key == SERVER else [name.key]
        found = self.realm.store.moderation.audit(
            rooms, max(0, min(count, AUDIT_MOST)), before, self.rulebook.shown_since(user, name.key)
        )
        return readable(found)
