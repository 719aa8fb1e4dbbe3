"""All that can be done to keep rooms and the server pleasant. Knows no wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chat.acts.discipline import Discipline
from chat.acts.enforcement import Enforcement
from chat.acts.ownership import Ownership
from chat.acts.retraction import Retraction

if TYPE_CHECKING:
    from chat.realm.realm import Realm


class Acts:
    """The acts on a realm, by what they are about. Makes what has changed hold.

    rooms: owners, moderators, modes. people: sent out, muted, banned. messages: hidden, edited,
    let through; and the log.
    """

    def __init__(self, realm: Realm) -> None:
        self.rooms = Ownership(realm)
        self.people = Discipline(realm)
        self.messages = Retraction(realm)
        Enforcement(realm)
