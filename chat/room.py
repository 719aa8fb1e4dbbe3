"""One room: its members, its order. Knows nothing of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.delivery import Audience
from chat.events import Said
from chat.names import Name
from chat.session import Session

if TYPE_CHECKING:
    from chat.realm import User


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

    def hear(self, said: Said, by: Session) -> None:
        """A message said here has been stored: tell it."""
        self.audience.last = said.number
        self.audience.tell(said, by)

    def repeat(self, said: Said, to: Session) -> None:
        """A message said here had been stored before: tell it to its speaker."""
        self.audience.flush()
        to.write(to.dialect.own(said))
