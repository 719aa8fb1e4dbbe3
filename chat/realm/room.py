"""One room: its members, its order. Knows nothing of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chat.moderation.gate import Gate
from chat.realm.audience import Audience
from chat.vocabulary.names import Name

if TYPE_CHECKING:
    from chat.realm.user import User


class Room:
    """A room that is open.

    members: the users in it, in the order in which they came, as of now; each with the time when
        they came, in ms since 1970 UTC.
    audience: the sessions that hear it, as of what has been delivered.
    unannounced: those in it of whom the others have not been told that they have come.
    gate: what stands before those who say something in it, where anything does.
    """

    __slots__ = ("audience", "gate", "key", "members", "name", "unannounced")

    def __init__(self, name: Name, audience: Audience) -> None:
        self.name, self.key = name
        self.members: dict[User, int] = {}
        self.audience = audience
        self.gate: Gate | None = None
        self.unannounced: dict[User, None] = {}

    @property
    def called(self) -> Name:
        """Its name, with its key."""
        return Name(self.name, self.key)

    def came(self, user: Any) -> int:
        """When a user in it has come, in ms since 1970 UTC; 0 for somebody who is not in it."""
        return self.members.get(user, 0)

    def holds(self, user: Any) -> bool:
        """Whether what a user in it says waits for a moderator."""
        return self.gate is not None and self.gate.holds(user)
