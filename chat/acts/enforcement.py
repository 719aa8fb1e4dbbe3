"""What has changed about rooms, sanctions and rights, whoever has changed it, holds for those who
are here. Knows no wire."""

from __future__ import annotations

from collections.abc import Iterable

from chat.accounts.directory import Account
from chat.history.room_records import SERVER, Kept, Sanction
from chat.moderation.rules import modes_of
from chat.realm.realm import Realm
from chat.realm.room import Room
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Barred, Event, ModesSet, StandingSet, TopicSet
from chat.vocabulary.names import base_of


class Enforcement:
    """Is told by the registry and the directory what has changed."""

    def __init__(self, realm: Realm) -> None:
        self._realm = realm
        self._rulebook = realm.rulebook
        registry = realm.rulebook.registry
        registry.kept_changed = self._kept_changed
        registry.sanction_changed = self._sanction_changed
        directory = realm.people.accounts
        directory.appeared = directory.signed_out = self._changed
        directory.changed_rights = self._rights_changed

    def _changed(self, account: Account) -> None:
        self._note_operator(account)
        self._realm.people.changed(account)

    def _rights_changed(self, account: Account) -> None:
        self._note_operator(account)
        user = self._realm.users.get(account.key)
        if user is not None and user.account is account:
            self._send_away([user])
            self._realm.membership.look_again(user)

    def _note_operator(self, account: Account) -> None:
        operators, current = self._rulebook.operators, self._realm.people.accounts.get(account.key)
        if current is not None and current.is_operator and not current.is_disabled:
            operators[account.key] = current
        else:
            operators.pop(account.key, None)

    def _kept_changed(self, before: Kept, kept: Kept) -> None:
        realm = self._realm
        rooms = [realm.rooms[kept.key]] if kept.key in realm.rooms else []
        if kept.key == SERVER:
            rooms = list(realm.rooms.values())
        for room in rooms:
            self._see_to(room, is_new_raid=kept.raid not in (0, before.raid))
        if before.is_private and not kept.is_private:
            self._close_others(kept)
        if kept.key in realm.rooms:
            for event in _told(before, kept, realm.at):
                realm.membership.tell(realm.rooms[kept.key], event)

    def _close_others(self, kept: Kept) -> None:
        """A room is everyone's again: whoever is in the one that had its name meanwhile goes."""
        base, is_private = base_of(kept.key), self._rulebook.registry.is_private
        for room in list(self._realm.rooms.values()):
            if room.key == kept.key or base_of(room.key) != base or is_private(room.key):
                continue
            for user in list(room.members):
                barred = Barred(room.key, room.name, self._realm.at, "opened")
                self._realm.membership.put_out(user, room, barred)

    def _sanction_changed(self, sanction: Sanction) -> None:
        realm = self._realm
        if sanction.room == SERVER:
            for room in list(realm.rooms.values()) if sanction.kind == "mute" else ():
                realm.rooms.guard(room)
            if sanction.kind == "ban" and not sanction.is_lifted:
                self._send_away(self._meant(sanction, realm.users.values()))
        elif sanction.room in realm.rooms:
            room = realm.rooms[sanction.room]
            realm.rooms.guard(room)
            if sanction.kind == "ban" and not sanction.is_lifted:
                self._put_out(room, self._meant(sanction, room.members))

    def _see_to(self, room: Room, is_new_raid: bool = False) -> None:
        """Nobody stays in a room who may not be there, and who may speak is decided anew."""
        if is_new_raid and room.gate is not None:
            room.gate.begin_anew()
        self._realm.rooms.guard(room)
        for user in list(room.unannounced):
            if not room.holds(user):
                self._realm.membership.announce(room, user)
        self._put_out(room, list(room.members))

    def _meant(self, sanction: Sanction, users: Iterable[User]) -> list[User]:
        """The users whom a sanction may be against: for a name nobody else is looked at."""
        if "/" in sanction.target:
            return list(users)
        user = self._realm.users.get(sanction.target)
        return [user] if user is not None else []

    def _put_out(self, room: Room, users: list[User]) -> None:
        for user in users:
            if room.key in user.rooms and (why := self._rulebook.why_not_in(user, room.called)):
                self._realm.membership.put_out(user, room, why)

    def _send_away(self, users: list[User]) -> None:
        for user in users:
            try:
                self._rulebook.check_not_banned(user)
            except ChatError as error:
                self._realm.send_away(user, error)


def _told(before: Kept, kept: Kept, at: int) -> list[Event]:
    """What those in a room are told of a change."""
    key, name = kept.key, kept.name
    events: list[Event] = []
    if kept.topic != before.topic:
        events.append(TopicSet(key, name, kept.topic, kept.topic_at or at, kept.topic_by))
    if modes_of(kept) != modes_of(before):
        events.append(ModesSet(key, name, modes_of(kept), at))
    old = {each.key: each for each in before.holders if each.standing != "invited"}
    new = {each.key: each for each in kept.holders if each.standing != "invited"}
    for holder, each in new.items():
        if each != old.get(holder):
            events.append(StandingSet(key, name, each.name, each.standing, at))
    gone = [each for holder, each in old.items() if holder not in new]
    return events + [StandingSet(key, name, each.name, "none", at) for each in gone]
