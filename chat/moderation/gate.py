"""What a room asks of those who say something in it, where that is more than being there; and what
waits for its moderators. Knows no wire, no storage."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import NamedTuple
from weakref import WeakSet

from chat.history.journal import Speaker
from chat.moderation.paces import Paces
from chat.moderation.persons import OpenRoom, Visitor
from chat.moderation.rulebook import Deed, Rulebook, Voice
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Draft
from chat.vocabulary.limits import HELD_BYTES, HELD_MESSAGES, WAITING_BYTES_EACH
from chat.vocabulary.names import Name
from chat.vocabulary.text import size_of


class Waiting(NamedTuple):
    """A message that waits for a moderator: somebody has said it, and nobody has heard it yet."""

    draft: Draft
    user: Visitor
    by: Speaker


class Held:
    """How much text waits for moderators, in all rooms together."""

    def __init__(self) -> None:
        self._bytes = 0

    def take(self, waiting: Waiting) -> bool:
        """Count a message that is to wait, if there is room for it; returns whether there is."""
        size = _size(waiting)
        if self._bytes + size > HELD_BYTES:
            return False
        self._bytes += size
        return True

    def give_back(self, waiting: Waiting) -> None:
        """Count a message no more that does not wait any more."""
        self._bytes -= _size(waiting)


class Gate:
    """Stands before a room. What becomes of what somebody says is decided when something changes,
    not for every message.

    rulebook: decides. held: counts what waits, in all rooms. paces: knows who has spoken, in all
        rooms.
    """

    def __init__(self, rulebook: Rulebook, room: OpenRoom, held: Held, paces: Paces) -> None:
        self.waiting: deque[Waiting] = deque()
        self.let: WeakSet[Visitor] = WeakSet()
        """Those who are no newcomers any more, as a moderator has said so."""
        self.shunned: dict[str, Deed] = {}
        """Those whose words are hidden, by key: theirs are not let through with the others'."""
        self._rulebook = rulebook
        self._room = room
        self._held = held
        self._paces = paces
        self._voices: dict[Visitor, Voice] = {}
        self._names: set[tuple[Visitor, object]] = set()  # of the messages that wait

    def passes(self, user: Visitor, draft: Draft, by: Speaker) -> bool:
        """Whether what somebody says may be heard; if not, it waits for a moderator.

        Raises ChatError as `admits` does, and too-much-held.
        """
        if not self.admits(user, draft.at, _name(draft)):
            self._hold(Waiting(draft, user, by))
            return False
        return True

    def admits(self, user: Visitor, at: int, name: object = None) -> bool:
        """Whether what somebody says at a time, in ms since 1970 UTC, may be heard, or has to wait.
        What has the same name, where it has one, is sent again, and no second message.

        Raises ChatError: muted, moderated, slow-mode.
        """
        voice = self._voice(user, at)
        if voice.refusal is not None:
            raise voice.refusal
        if voice.is_paced:
            self._keep_pace(user, name)
        return not voice.is_held or user in self.let

    def holds(self, user: Visitor) -> bool:
        """Whether what somebody says waits for a moderator."""
        return user not in self.let and self._voice(user, self._rulebook.at).is_held

    def decide_again(self, user: Visitor | None = None) -> None:
        """Something has changed: about one user, or about the room."""
        if user is not None:
            self._voices.pop(user, None)
        else:
            self._voices.clear()

    def let_through(self, user: Visitor | None = None) -> list[Waiting]:
        """What one user has said may be heard, or what all have said who may speak here and are
        not shunned. Returns these messages."""
        found = [
            each
            for each in self.waiting
            if (_is_same(each.user, user) if user else each.user.key not in self.shunned)
        ]
        found = [each for each in found if self._may_speak(each.user)]
        heard = {id(each) for each in found}
        self.waiting = deque(each for each in self.waiting if id(each) not in heard)
        self.let.update([user] if user else [each.user for each in found])
        for each in found:
            self._give_back(each)
        return found

    def shun(self, is_meant: Callable[[str], bool], how: Deed) -> None:
        """The words of some users, by their keys, are hidden."""
        for key in {each.user.key for each in self.waiting}:
            before = self.shunned.get(key)
            if is_meant(key) and (before is None or before.rank < how.rank):
                self.shunned[key] = how

    def shun_no_more(self, author: str | None, most: int, but: str, own: str) -> bool:
        """The words of one author, or of all but one, by key, are hidden no more, if they were in
        no higher role than that, or by whoever has the name `own`; whether there were any."""
        keys = [
            key
            for key, how in self.shunned.items()
            if author in (None, key) and key != but and (how.rank <= most or how.by == own)
        ]
        for key in keys:
            del self.shunned[key]
        return bool(keys)

    def begin_anew(self) -> None:
        """There is another raid: nobody is let through, and what still waits is thrown away."""
        self.let.clear()
        self.shunned.clear()
        self.close()

    def close(self) -> None:
        """The room is closed: what waits there waits for nobody."""
        for each in self.waiting:
            self._give_back(each)
        self.waiting.clear()

    def _may_speak(self, user: Visitor) -> bool:
        name = Name(self._room.name, self._room.key)
        if not self._rulebook.has_its_name(user):
            return False
        if self._rulebook.is_banned(user) or not self._rulebook.may_stay(user, name):
            return False
        return self._rulebook.voice(user, self._room).refusal is None

    def _voice(self, user: Visitor, at: int) -> Voice:
        voice = self._voices.get(user)
        if voice is None or at >= voice.until:
            voice = self._voices[user] = self._rulebook.voice(user, self._room)
        return voice

    def _hold(self, waiting: Waiting) -> None:
        name = _name(waiting.draft)
        if (waiting.user, name) in self._names:
            return  # sent again
        if len(self.waiting) >= HELD_MESSAGES or not self._held.take(waiting):
            raise ChatError("too-much-held", ask=self._rulebook.moderators(self._room.key))
        self.waiting.append(waiting)
        if name is not None:
            self._names.add((waiting.user, name))

    def _give_back(self, waiting: Waiting) -> None:
        self._held.give_back(waiting)
        self._names.discard((waiting.user, _name(waiting.draft)))

    def _keep_pace(self, user: Visitor, name: object) -> None:
        key = self._room.key
        pace = self._rulebook.registry.kept(key).slow
        if pace and (left := self._paces.take(key, user.key, pace, name)):
            raise ChatError("slow-mode", str(math.ceil(left)))


def _name(draft: Draft) -> object:
    """What tells a message that is sent again: its token, with its text; None where it has none."""
    return hash((draft.token, draft.text)) if draft.token else None


def _is_same(one: Visitor, other: Visitor) -> bool:
    """Whether two are one person: an account that has come back is."""
    return one is other or (one.account is not None and one.account is other.account)


def _size(waiting: Waiting) -> int:
    return size_of(waiting.draft.text) + WAITING_BYTES_EACH
