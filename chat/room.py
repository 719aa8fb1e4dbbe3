"""One room: its members, its order. Knows nothing of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.delivery import Audience
from chat.names import Name

if TYPE_CHECKING:
    from chat.user import User


class Room:
    """A room that is open.

    members: the users in it, in the order in which they came, as of now.
    audience: the sessions that hear it, as of what has been delivered.
    """

    __slots__ = ("audience", "key", "members", "name")

    def __init__(self, name: Name, audience: Audience) -> None:
        self.name, self.key = name
        self.members: dict[User, None] = {}
        self.audience = audience
