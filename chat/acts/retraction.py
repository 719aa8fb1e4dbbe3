"""What is done with messages: hidden and shown again, taken back, edited, let through, announced.
Knows no wire."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

from msgspec.structs import replace
from twisted.internet.defer import Deferred, inlineCallbacks

from chat.acts.act import Act
from chat.history.room_records import SERVER, AuditEntry, Author, Edit, Withdrawn
from chat.history.store import readable
from chat.moderation.gate import Gate
from chat.moderation.rulebook import Deed
from chat.moderation.rules import Role
from chat.realm.room import Room
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Announced, Edited, Event, Hidden, Shown
from chat.vocabulary.limits import HIDDEN_TOLD, KNOWN_SECONDS
from chat.vocabulary.names import Name, username
from chat.vocabulary.times import Length
from chat.vocabulary.writing.readings import unmarked

Done = Generator[Deferred[Any], Any, None]


class Retraction(Act):
    """Every method is somebody's act in a room, given by its name with its key; it fires when that
    holds, and fails with ChatError as Rulebook.check does, and not-kept."""

    @inlineCallbacks
    def hide(
        self, user: User, name: Name, word: str, length: Length, reason: str = ""
    ) -> Generator[Deferred[Any], Any, int]:
        """Hide what somebody has said within that length of time, or what all newcomers have (`*`);
        how many messages. Fails with ChatError: bad-length, missing-username, invalid-username,
        not-allowed."""
        length.check()
        self._check_hides(user, name, word, reason)
        yield self.realm.journal.settled()
        self._check_hides(user, name, word, reason)
        since = max(0, self.rulebook.at - length.seconds * 1000)
        authors = None if word == "*" else [username(unmarked(word)).key]
        but = self._regulars(name, since) if authors is None else []
        entry = self.entry(user, "HIDE", name, word, f"{length.seconds} s: {reason}".rstrip(": "))
        rank = self.rulebook.role(user, name.key)
        numbers = yield self.stored(self.store.hide(name.key, since, authors, but, entry, rank))
        if gate := self._gate(name):
            shunning = Deed(user.name, rank, self.rulebook.at)
            gate.shun(lambda key: key not in but if authors is None else key in authors, shunning)
        yield self._tell(user, name, Hidden, numbers)
        return len(numbers)

    def _check_hides(self, user: User, name: Name, word: str, reason: str) -> None:
        self.rulebook.check("HIDE", user, name, words=reason)
        if word != "*":
            self.rulebook.check_outranks(user, name, username(unmarked(word)).key)

    @inlineCallbacks
    def unhide(self, user: User, name: Name, word: str) -> Generator[Deferred[Any], Any, int]:
        """Show again what was hidden of somebody, or of all (`*`), but not by somebody higher, nor
        before the room was somebody's, nor of the user; how many messages. Fails with ChatError:
        missing-username, invalid-username, not-on-list; as Rulebook.check_undoes does."""
        self.rulebook.check("UNHIDE", user, name)
        author = None if word == "*" else username(unmarked(word)).key
        role = self.rulebook.role(user, name.key)
        if author is not None:
            self.rulebook.check_undoes(user, name, Deed(), author)
        since = self.rulebook.shown_since(user, name.key)
        own = (user.account.name, user.account.since) if user.account else ()
        which = Withdrawn(author, user.key if author is None else "", role, since, *own)
        entry = self.entry(user, "UNHIDE", name, word)
        numbers = yield self.stored(self.store.unhide(name.key, which, entry))
        gate = self._gate(name)
        heard = gate.shun_no_more(author, role, user.key, user.name) if gate else False
        if not numbers and not heard:
            yield self._refuse_unhiding(user, name, author, word)
        yield self._tell(user, name, Shown, numbers)
        return len(numbers)

    @inlineCallbacks
    def _refuse_unhiding(
        self, user: User, name: Name, author: str | None, word: str
    ) -> Generator[Deferred[Any], Any, None]:
        """Say why there is nothing to show again."""
        which = Withdrawn(author, user.key if author is None else "")
        found = yield readable(self.store.hidden_by(name.key, which))
        if found is not None:
            by, rank = found
            if rank <= self.rulebook.role(user, name.key):  # before the room was theirs
                rank = Role.OPERATOR
            self.rulebook.check_undoes(user, name, Deed(by or "somebody", rank))
        gate = self._gate(name)
        for key, how in gate.shunned.items() if gate else ():
            if author in (None, key) and key != user.key:
                self.rulebook.check_undoes(user, name, how)
        own = yield readable(self.store.hidden_by(name.key, Withdrawn(user.key)))
        if own is not None and author is None:
            self.rulebook.check_undoes(user, name, Deed(), user.key)
        raise ChatError("not-on-list", word)

    @inlineCallbacks
    def take_back(self, user: User, name: Name) -> Generator[Deferred[Any], Any, int]:
        """Take back one's own last message; its number. Fails with ChatError: nothing-said."""
        self.rulebook.check("UNSAY", user, name)
        author, number = yield self._last(user, name)
        self.rulebook.check("UNSAY", user, name)
        entry = self.entry(user, "UNSAY", name, f"#{number}")
        done = yield self.stored(self.store.take_back(name.key, number, author, entry))
        if not done:
            raise ChatError("nothing-said", name.shown)
        yield self._tell(user, name, Hidden, [number])
        return int(number)

    @inlineCallbacks
    def edit(
        self, user: User, name: Name, number: int, text: str
    ) -> Generator[Deferred[Any], Any, None]:
        """Give one's own last message another text. Fails with ChatError: missing-text,
        nothing-said; too-many-edits; raid, where what they say would be held."""
        self.rulebook.check("EDIT", user, name)
        if not text or text.isspace():
            raise ChatError("missing-text")
        author, last = yield self._last(user, name)
        if last != number:
            raise ChatError("nothing-said", name.shown)
        self.rulebook.check("EDIT", user, name)  # they may have been muted meanwhile
        gate = user.rooms[name.key].gate
        if gate is not None and not gate.admits(user, self.rulebook.at):
            raise ChatError("raid", ask=self.rulebook.moderators(name.key))
        entry = self.entry(user, "EDIT", name, f"#{number}")
        done = yield self.stored(self.store.edit(name.key, number, author, text, entry))
        if done is Edit.TOO_MANY:
            raise ChatError("too-many-edits")
        if not done:
            raise ChatError("nothing-said", name.shown)
        edited = Edited(name.key, name.shown, number, user.name, text, self.realm.at)
        self._tell_all(name, edited)

    @inlineCallbacks
    def let(self, user: User, name: Name, word: str) -> Generator[Deferred[Any], Any, int]:
        """Let through what somebody has said, or what all have said (`*`); how many messages. What
        those say from now on is heard. Fails with ChatError: user-not-found; raid, where they are a
        newcomer on the server."""
        self.rulebook.check("LET", user, name)
        self.rulebook.check_vouches(user)
        room = self.realm.rooms.get(name.key)
        if room is None or room.gate is None:
            raise ChatError("user-not-found", word)
        them = None if word == "*" else self._waiting_user(room, word)
        if them and (shunning := room.gate.shunned.get(them.key)):
            self.rulebook.check_undoes(user, name, shunning, them.key)
        yield self.stored(self.store.note(self.entry(user, "LET", name, word)))
        found = room.gate.let_through(them) if room.gate else []
        users = [cast(User, waiting.user) for waiting in found] + ([them] if them else [])
        for each in dict.fromkeys(users):
            self.realm.membership.announce(room, each)
        for waiting in found:
            draft = replace(waiting.draft, at=self.rulebook.at)
            self.realm.journal.accept(draft, room.audience, waiting.by)
        self.realm.rooms.guard(room)
        yield self.realm.journal.settled()
        return len(found)

    @inlineCallbacks
    def announce(self, user: User, text: str) -> Generator[Deferred[Any], Any, None]:
        """Tell something to everyone who is here. Fails with ChatError: missing-text."""
        self.rulebook.check("ANNOUNCE", user)
        if not text or text.isspace():
            raise ChatError("missing-text")
        entry = AuditEntry(self.rulebook.at, SERVER, "", user.name, "ANNOUNCE", "", text)
        yield self.stored(self.store.note(entry))
        told = Announced(self.realm.at, user.name, text)
        for each in list(self.realm.users.values()):
            for session in list(each.sessions):
                session.hear(told)

    @inlineCallbacks
    def _last(self, user: User, name: Name) -> Generator[Deferred[Any], Any, tuple[Author, int]]:
        """Somebody as an author, and the number of their last message in a room; after what they
        are just saying."""
        yield self.realm.journal.settled()
        since = user.account.since if user.account else user.since
        author = Author(user.key, since)
        number = yield readable(self.store.last_of(name.key, author))
        if not number:
            raise ChatError("nothing-said", name.shown)
        return author, number

    def _gate(self, name: Name) -> Gate | None:
        room = self.realm.rooms.get(name.key)
        return room.gate if room else None

    def _regulars(self, name: Name, since: int) -> list[str]:
        """Who is no newcomer in a room, by key."""
        room = self.realm.rooms.get(name.key)
        there = [] if room is None else list(room.members)
        let = room.gate.let if room and room.gate else ()
        keys = {
            each.key
            for each in there
            if each in let or (room and not self.rulebook.is_newcomer(each, room, since))
        }
        keys |= {holder.key for holder in self.registry.kept(name.key).holders}
        keys |= self.realm.people.accounts.before(since - int(KNOWN_SECONDS * 1000))
        return list(keys | set(self.rulebook.operators))

    def _waiting_user(self, room: Room, word: str) -> User:
        """Whom a word means: somebody in the room, or who has said something that waits."""
        key = username(unmarked(word)).key
        waiting = [cast(User, each.user) for each in room.gate.waiting] if room.gate else []
        for user in (*room.members, *waiting):
            if user.key == key:
                return user
        raise ChatError("user-not-found", word)

    @inlineCallbacks
    def _tell(
        self, user: User, name: Name, kind: type[Hidden] | type[Shown], numbers: list[int]
    ) -> Done:
        """Tell all in a room which messages these are, some at a time: there may be thousands, and
        the next ones are told when these have been."""
        for start in range(0, len(numbers), HIDDEN_TOLD):
            if start:
                yield self.realm.journal.settled()
            told = tuple(numbers[start : start + HIDDEN_TOLD])
            self._tell_all(name, kind(name.key, name.shown, told, self.realm.at, user.name))

    def _tell_all(self, name: Name, event: Event) -> None:
        if (room := self.realm.rooms.get(name.key)) is not None:
            self.realm.membership.tell(room, event)
