"""What is done with people: sent out, muted, banned, and let in again. Knows no wire."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.acts.act import Act
from chat.acts.allowance import Allowance
from chat.history.room_records import SERVER, Sanction, SanctionKind
from chat.moderation.sanctions import holds
from chat.moderation.targets import Target, meant, stored_of, targets_of
from chat.realm.realm import Realm
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Kicked
from chat.vocabulary.limits import REASON_CHARACTERS, SANCTIONS_MOST, SANCTIONS_PER_ROOM
from chat.vocabulary.names import Name, key_of, username
from chat.vocabulary.times import Length, rfc3339
from chat.vocabulary.writing.readings import unmarked


class Discipline(Act):
    """Every method is somebody's act in a room, given by its name with its key, or on the server;
    it fires when that holds, and fails with ChatError as Rulebook.check does, and not-kept."""

    def __init__(self, realm: Realm, allowance: Allowance) -> None:
        super().__init__(realm)
        self._allowance = allowance

    @inlineCallbacks
    def kick(
        self, user: User, name: Name, word: str, reason: str
    ) -> Generator[Deferred[Any], Any, str]:
        """Send somebody out, who may come back; returns how people are told who that was. Fails
        with ChatError: as targets.targets_of does."""
        self.rulebook.check("KICK", user, name, words=reason)
        targets, found = self._targets(user, name, word)
        if not found:
            raise ChatError("user-not-found", word)
        shown = targets[0].shown
        yield self.stored(self.store.note(self.entry(user, "KICK", name, shown, reason)))
        room = "" if name.key == SERVER else name.shown
        notice = Kicked(name.key, room, self.realm.at, user.name, reason[:REASON_CHARACTERS])
        for each in meant(targets, self._there(name)):
            if each in found:
                self._send_away(each, name, notice)
        return shown

    @inlineCallbacks
    def impose(
        self,
        user: User,
        kind: SanctionKind,
        name: Name,
        word: str,
        length: Length | None = None,
        reason: str = "",
    ) -> Generator[Deferred[Any], Any, str]:
        """Mute or ban somebody for that long, or for good; returns how people are told who that
        was. What there is already is replaced. Fails with ChatError: bad-length, list-full,
        too-many-listed; as targets.targets_of and Rulebook.check_undoes do."""
        if length:
            length.check()
        verb = kind.upper()
        self.rulebook.check(verb, user, name, words=reason)
        targets, _ = self._targets(user, name, word)
        self._check_may_be_imposed(user, kind, name, targets)
        at, why = self.rulebook.at, reason[:REASON_CHARACTERS]
        until = self.rulebook.today + length.seconds * 1000 if length else 0
        terms = f"until {rfc3339(until)}" if until else "for good"
        text = f"{terms}: {why}" if why else terms
        role = self.rulebook.role(user, name.key)
        for stored, shown, _network in targets:
            its = (name.key, kind, stored, shown, until, why, user.name, at)
            entry = self.entry(user, verb, name, shown, text)
            yield self.stored(self.store.impose(Sanction(*its, rank=role), entry))
            self._allowance.take(user)
        return targets[0].shown

    @inlineCallbacks
    def lift(
        self, user: User, kind: SanctionKind, name: Name, word: str
    ) -> Generator[Deferred[Any], Any, str]:
        """Let somebody speak or come again; returns how people are told who that was. Fails with
        ChatError: not-on-list; as Rulebook.check_undoes does."""
        verb = f"UN{kind.upper()}"
        self.rulebook.check(verb, user, name)
        found = self._imposed(kind, name, word)
        for each in found:
            self.rulebook.check_lifts(user, name, each)
        lifted = []
        for each in found:
            entry = self.entry(user, verb, name, each.shown)
            done = yield self.stored(self.store.lift(name.key, kind, each.target, entry))
            lifted += [each] if done else []
        if not lifted:
            raise ChatError("not-on-list", word)
        return lifted[0].shown

    def _check_may_be_imposed(
        self, user: User, kind: SanctionKind, name: Name, targets: list[Target]
    ) -> None:
        """Raises ChatError: list-full, too-many-listed; as Rulebook.check_undoes does."""
        sanctions, at = self.registry.sanctions(name.key), self.rulebook.today
        most = SANCTIONS_MOST if name.key == SERVER else SANCTIONS_PER_ROOM
        replaced = [sanctions.against(kind, target.stored, at) for target in targets]
        if sanctions.many(kind) + replaced.count(None) > most:
            raise ChatError("list-full")
        self._allowance.check(user)
        for before in replaced:
            if before is not None:
                self.rulebook.check_lifts(user, name, before)

    def _imposed(self, kind: SanctionKind, name: Name, word: str) -> list[Sanction]:
        """The sanctions that a word means: of @alice all that were imposed on addresses that alice
        came from."""
        sanctions, at = self.registry.sanctions(name.key), self.rulebook.today
        if word.startswith("@"):
            key = username(unmarked(word[1:])).key
            its = [each for each in sanctions if each.kind == kind and holds(each, at)]
            return [e for e in its if e.shown[0] == "@" and key_of(e.shown[1:]) == key]
        found = sanctions.against(kind, stored_of(word), at)
        return [found] if found else []

    def _targets(self, user: User, name: Name, word: str) -> tuple[list[Target], list[User]]:
        """Whom a word means, and who of those is there and may be sent out: nobody whose role is as
        high as that of the user who says so. Raises ChatError."""
        targets = targets_of(word, self.realm.users)
        for target in targets:
            if target.network is None:
                self.rulebook.check_outranks(user, name, target.stored)
        found = [
            each
            for each in meant(targets, self._there(name))
            if each is not user and self.rulebook.outranks(user, each, name)
        ]
        return targets, found

    def _there(self, name: Name) -> list[User]:
        """Who is in a room, or on the server."""
        if name.key == SERVER:
            return list(self.realm.users.values())
        room = self.realm.rooms.get(name.key)
        return list(room.members) if room else []

    def _send_away(self, user: User, name: Name, notice: Kicked) -> None:
        """Send somebody out of a room, or off the server."""
        room = self.realm.rooms.get(name.key)
        if room is not None and room.key in user.rooms:
            self.realm.membership.put_out(user, room, notice)
        elif name.key == SERVER:
            self.realm.send_away(user, notice)
