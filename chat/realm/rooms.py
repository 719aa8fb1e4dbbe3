"""Which rooms there are, and which one somebody means by a name. Knows no wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from chat.moderation.gate import Gate, Held
from chat.moderation.paces import Paces
from chat.moderation.persons import Person
from chat.moderation.rulebook import Rulebook
from chat.realm.audience import Audience, Delivery
from chat.realm.room import Room
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.likeness import Likenesses
from chat.vocabulary.limits import WORDS_KNOWN
from chat.vocabulary.names import LOBBY, Name, base_of, room_name


class Rooms(dict[str, Room]):
    """The rooms that are open, by what the store calls them. A room that is kept is there all the
    same when it is not open.

    rulebook: knows what is kept, and decides who may know of it.
    delivery: of what is said in them.
    seconds: the time, from some point on.
    """

    def __init__(
        self, rulebook: Rulebook, delivery: Delivery, seconds: Callable[[], float]
    ) -> None:
        super().__init__()
        self._rulebook = rulebook
        self._delivery = delivery
        self._held = Held()
        self._paces = Paces(seconds)
        self._likenesses = Likenesses()
        self._likenesses.add(LOBBY)

    def open(self, name: Name) -> Room:
        """The room of that name and key, which opens if it is not open."""
        room = self.get(name.key)
        if room is None:
            room = self[name.key] = self._new(name)
            self._likenesses.add(name.shown)
        return room

    def enter(self, user: User, room: Room) -> None:
        """A user is in a room."""
        room.members[user] = self._rulebook.at
        user.rooms[room.key] = room
        user.words.clear()
        if room.holds(user):
            room.unannounced[user] = None

    def exit(self, user: User, room: Room) -> bool:
        """A user is in a room no longer; with the last one it closes. Returns whether the others
        have known that the user was there."""
        del room.members[user]
        was_known = user not in room.unannounced
        room.unannounced.pop(user, None)
        del user.rooms[room.key]
        user.words.clear()
        if room.gate is not None:
            room.gate.decide_again(user)
        if not room.members:
            del self[room.key]
            self._likenesses.remove(room.name)
            if room.gate is not None:
                room.gate.close()
        return was_known

    def guard(self, room: Room) -> None:
        """Something has changed about who may speak in a room."""
        if not self._rulebook.needs_gate(room.key):
            if room.gate is not None and not room.gate.waiting:
                room.gate = None
        elif room.gate is None:
            room.gate = Gate(self._rulebook, room, self._held, self._paces)
        if room.gate is not None:
            room.gate.decide_again()

    def named(self, user: User, word: str) -> Name:
        """The room that somebody means by a word, with its key. Raises ChatError: missing-room,
        invalid-room."""
        return self._rulebook.named(user, room_name(word))

    def is_there(self, name: Name) -> bool:
        """Whether a room is open, or kept; the lobby is."""
        if name.key in self or base_of(name.key) == LOBBY:
            return True
        return bool(self._rulebook.registry.kept(name.key).holders)

    def check_opens(self, person: Person, name: Name) -> None:
        """Whether somebody may open a room, if it is not there: its name is told to everybody. Not
        whoever may not speak on the server; nor one that looks like another one, where it is not
        written in ASCII: people can type the other one only. Raises ChatError: muted, room-alike.
        """
        if self.is_there(name):
            return
        self._rulebook.check_not_muted(person)
        if name.shown.isascii():
            return
        registry = self._rulebook.registry
        for key in self._likenesses.others(name.shown) | registry.alike(name.shown):
            public = registry.public(key)
            if self.is_there(other := Name(registry.kept(public).name or key, public)):
                shown = self[public].name if public in self else other.shown
                raise ChatError("room-alike", shown)

    def known(self, user: User, word: str) -> Name:
        """The room that somebody means by a word, if it is open, or kept. Raises ChatError:
        missing-room, invalid-room, room-not-found; user-not-room, where somebody here is called
        so."""
        name = self.named(user, word)
        if not self.is_there(name):
            if self._rulebook.is_here(name.key):
                raise ChatError("user-not-room", word)
            raise ChatError("room-not-found", word)
        return name

    def find(self, user: User, word: str) -> Room:
        """The room of that name that is open, or kept.

        Raises ChatError: missing-room, invalid-room, room-not-found, banned.
        """
        name = self.known(user, word)
        self._rulebook.check("WHO", user, name)
        return self.get(name.key) or self._new(name)

    def of(self, user: User, word: str) -> Room:
        """The room of that name, if the user is in it.

        Raises ChatError: missing-room, invalid-room, not-in-room.
        """
        room = user.words.get(word)
        if room is None:
            room = user.rooms.get(self.named(user, word).key)
            if room is None:
                raise ChatError("not-in-room", word)
            if len(user.words) >= WORDS_KNOWN:
                user.words.clear()
            user.words[word] = room
        return room

    def listed(self, user: User) -> Iterator[tuple[Name, int]]:
        """All rooms of which somebody may know: their names, and how many are there. Those that
        there are now, each as it is when it is asked for."""
        registry = self._rulebook.registry
        there, kept = list(self), registry.public_rooms()
        own = registry.private_of(user.account) if user.account else []
        return chain(self._open_of(there), self._empty_of(kept), self._own_of(user, own))

    def _open_of(self, keys: list[str]) -> Iterator[tuple[Name, int]]:
        """Those of which everybody may know and that are still open."""
        for key in keys:
            room = self.get(key)
            if room is not None and not self._rulebook.registry.is_private(key):
                yield room.called, len(room.members)

    def _empty_of(self, keys: list[str]) -> Iterator[tuple[Name, int]]:
        """Those of which everybody may know, that are somebody's and not open."""
        for key in keys:
            kept = self._rulebook.registry.kept(key)
            if key not in self and kept.holders and not kept.is_private:
                yield Name(kept.name, key), 0

    def _own_of(self, user: User, keys: list[str]) -> Iterator[tuple[Name, int]]:
        """Private ones of which somebody may know."""
        registry = self._rulebook.registry
        for key in keys:
            room, name = self.get(key), Name(registry.kept(key).name, key)
            holds = user.account is not None and registry.holder(key, user.account)
            if holds and registry.is_private(key) and self._rulebook.may_stay(user, name):
                yield name, len(room.members) if room else 0

    def _new(self, name: Name) -> Room:
        room = Room(name, Audience(name.key, name.shown, self._delivery))
        self.guard(room)
        return room
