"""What all acts have in common: they are stored with their entry in the log, then they hold, then
they are answered. Knows no act by its verb, and no wire."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import msgspec
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.python.failure import Failure

from chat.history.room_records import SERVER, AuditEntry, Kept, ModerationStore
from chat.history.store import DoubtError, StoreError
from chat.moderation.registry import Registry
from chat.moderation.rulebook import Rulebook
from chat.realm.realm import Realm
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import AGAIN, REASON_CHARACTERS
from chat.vocabulary.names import Name


class Act:
    """Does things to a realm, its store and its registry."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.rulebook: Rulebook = realm.rulebook
        self.registry: Registry = realm.rulebook.registry
        self.store: ModerationStore = realm.store.moderation

    def entry(
        self, user: User, act: str, name: Name, target: str = "", text: str = ""
    ) -> AuditEntry:
        """The entry of an act in the audit log."""
        shown = "" if name.key == SERVER else name.shown
        return AuditEntry(
            self.rulebook.at, name.key, shown, user.name, act, target, text[:REASON_CHARACTERS]
        )

    @inlineCallbacks
    def stored(self, done: Deferred[Any]) -> Generator[Deferred[Any], Any, Any]:
        """What a store returns for a change, once that holds. Fails with ChatError: not-kept."""
        result = yield done.addErrback(_not_kept)
        if result or result is None:
            # What can't be read again just now holds as soon as it can.
            yield self.registry.load().addErrback(_not_yet)
        return result

    @inlineCallbacks
    def keep(
        self,
        verb: str,
        user: User,
        name: Name,
        change: Callable[[Kept], Kept],
        target: str = "",
        text: str = "",
    ) -> Generator[Deferred[Any], Any, None]:
        """Somebody changes what is kept of a room, with a verb. `change` makes what is to be kept
        of what is kept; it and the rule book are asked again where somebody else was quicker.

        Fails with ChatError as Rulebook.check and `change` do, and not-kept.
        """
        for _ in range(AGAIN):
            self.rulebook.check(verb, user, name)
            before = self.registry.kept(name.key, name.shown)
            after = change(before)
            if after == before:
                return
            done = yield self.stored(
                self.store.keep(after, self.entry(user, verb, name, target, text))
            )
            if done:
                return
            yield self.registry.load().addErrback(_not_kept)
        raise ChatError("not-kept")


def changed(kept: Kept, **values: Any) -> Kept:
    """What is kept of a room, with some other values."""
    return msgspec.structs.replace(kept, **values)


def _not_kept(failure: Failure) -> None:
    failure.trap(StoreError)
    raise ChatError("in-doubt" if failure.check(DoubtError) else "not-kept")


def _not_yet(failure: Failure) -> None:
    failure.trap(StoreError)
