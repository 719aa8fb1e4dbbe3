"""How many names may be put on the lists of rooms. Knows no list."""

from __future__ import annotations

from chat.moderation.rules import Role
from chat.net.rates import Buckets
from chat.realm.realm import Realm
from chat.realm.user import User
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import LISTED_AT_ONCE, LISTED_SECONDS, TAKERS_KNOWN


class Allowance:
    """How many names may be put on the lists of rooms, from one address in a day. Operators may put
    there as many as they like."""

    def __init__(self, realm: Realm) -> None:
        self._rulebook = realm.rulebook
        self._taken = Buckets(realm.seconds, TAKERS_KNOWN, LISTED_AT_ONCE, LISTED_SECONDS)

    def check(self, user: User) -> None:
        """Raises ChatError: too-many-listed."""
        if not self._is_free(user) and any(map(self._taken.is_empty, user.origins[:1])):
            raise ChatError("too-many-listed")

    def take(self, user: User) -> None:
        """One more is put there."""
        if not self._is_free(user):
            for origin in user.origins[:1]:  # who has gone comes from nowhere
                self._taken.take(origin)

    def _is_free(self, user: User) -> bool:
        return self._rulebook.role(user) is Role.OPERATOR
