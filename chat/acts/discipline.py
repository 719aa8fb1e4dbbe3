"""What is done with people: sent out, muted, banned, and let in again. Knows no wire."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks

from chat.acts.act import Act
from chat.history.room_records import SERVER, Sanction, SanctionKind
from chat.moderation.sanctions import holds
from chat.moderation.targets import Target, meant, target_of
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Kicked
from chat.vocabulary.limits import REASON_CHARACTERS, SANCTIONS_MOST, SANCTIONS_PER_ROOM
from chat.vocabulary.names import Name
from chat.vocabulary.times import Length, rfc3339


class Discipline(Act):
    """Every method is somebody's act in a room, given by its name with its key, or on the server;
    it fires when that holds, and fails with ChatError as Rulebook.check does, and not-kept."""

    @inlineCallbacks
    def kick(
        self, user: User, name: Name, word: str, reason: str
    ) -> Generator[Deferred[Any], Any, str]:
        """Send somebody out, who may come back; returns how people are told who that was. Fails
        with ChatError: as targets.target_of does."""
        self.rulebook.check("KICK", user, name)
        target, found = self._target(user, name, word)
        if not found:
            raise ChatError("user-not-found", word)
        yield self.stored(self.store.note(self.entry(user, "KICK", name, target.shown, reason)))
        room = "" if name.key == SERVER else name.shown
        notice = Kicked(name.key, room, self.realm.at, user.name, reason[:REASON_CHARACTERS])
        for each in meant(target, self._there(name)):
            if each in found:
                self._send_away(each, name, notice)
        return target.shown

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
        was. What there is already is replaced. Fails with ChatError: bad-length; as
        targets.target_of and Rulebook.check_undoes do."""
        if length:
            length.check()
        verb = kind.upper()
        self.rulebook.check(verb, user, name)
        target, _ = self._target(user, name, word)
        most = SANCTIONS_MOST if name.key == SERVER else SANCTIONS_PER_ROOM
        if self.registry.sanctions(name.key).many(kind) >= most:
            raise ChatError("list-full")
        at = self.rulebook.at
        before = self.registry.sanctions(name.key).against(kind, target.stored, self.rulebook.today)
        if before is not None:
            self.rulebook.check_lifts(user, name, before)
        why = reason[:REASON_CHARACTERS]
        until = self.rulebook.today + length.seconds * 1000 if length else 0
        terms = f"until {rfc3339(until)}" if until else "for good"
        text = f"{terms}: {why}" if why else terms
        sanction = Sanction(
            name.key,
            kind,
            target.stored,
            target.shown,
            until,
            why,
            user.name,
            at,
            rank=self.rulebook.role(user, name.key),
        )
        entry = self.entry(user, verb, name, target.shown, text)
        yield self.stored(self.store.impose(sanction, entry))
        return target.shown

    @inlineCallbacks
    def lift(
        self, user: User, kind: SanctionKind, name: Name, word: str
    ) -> Generator[Deferred[Any], Any, str]:
        """Let somebody speak or come again; returns how people are told who that was. Fails with
        ChatError: not-on-list; as Rulebook.check_undoes does."""
        verb = f"UN{kind.upper()}"
        self.rulebook.check(verb, user, name)
        sanctions = self.registry.sanctions(name.key)
        found = sanctions.by_target(kind, word) or sanctions.by_target(kind, _normal(word))
        if found is None or not holds(found, self.rulebook.today):
            raise ChatError("not-on-list", word)
        self.rulebook.check_lifts(user, name, found)
        entry = self.entry(user, verb, name, found.shown)
        done = yield self.stored(self.store.lift(name.key, kind, found.target, entry))
        if not done:
            raise ChatError("not-on-list", word)
        return found.shown

    def _target(self, user: User, name: Name, word: str) -> tuple[Target, list[User]]:
        """Whom a word means, and who of those is there and may be sent out: nobody whose role is as
        high as that of the user who says so. Raises ChatError."""
        target = target_of(word, self.realm.users)
        if target.network is None:
            self.rulebook.check_outranks(user, name, target.stored)
        found = [
            each
            for each in meant(target, self._there(name))
            if each is not user and self.rulebook.outranks(user, each, name)
        ]
        return target, found

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


def _normal(word: str) -> str:
    """A username or an address as the store calls it; or the word as it is."""
    try:
        return word if word.startswith("@") else target_of(word, {}).stored
    except ChatError:
        return word
