"""All that a door may have done for somebody, by what it is about. Knows no wire."""

from __future__ import annotations

from chat.acts.allowance import Allowance
from chat.acts.discipline import Discipline
from chat.acts.enforcement import Enforcement
from chat.acts.identity import Identity
from chat.acts.ownership import Ownership
from chat.acts.receipts import Receipts
from chat.acts.retraction import Retraction
from chat.realm.realm import Realm


class Acts:
    """The acts on a realm.

    rooms: owners, moderators, modes. people: sent out, muted, banned. messages: hidden, edited,
    let through. identity: passwords. receipts: what was read. enforcement: does nothing by itself;
    it hears of every change, whoever has made it, and has it hold for those who are here.
    """

    def __init__(self, realm: Realm) -> None:
        allowance = Allowance(realm)
        self.rooms = Ownership(realm, allowance)
        self.people = Discipline(realm, allowance)
        self.messages = Retraction(realm)
        self.identity = Identity(realm)
        self.receipts = Receipts(realm)
        self.enforcement = Enforcement(realm)
