"""What every door stands on: the realm to talk in, the questions, and the acts. Knows no
door."""

from __future__ import annotations

from chat.acts.acts import Acts
from chat.queries.messages import Messages
from chat.queries.oversight import Oversight
from chat.queries.roster import Roster
from chat.queries.unread import UnreadCounts
from chat.realm.realm import Realm
from chat.realm.session import Session


class Queries(Messages, Roster, UnreadCounts, Oversight):
    """All questions. The answers are data, or a ChatError; a door renders them."""


class Seam:
    """Everything that a door may ask for or have done: see docs/adr/0020."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.queries = Queries(realm)
        self.acts = Acts(realm)


def realm_of(session: Session) -> Realm:
    """Where somebody says something, comes and goes."""
    realm: Realm = session.seam.realm
    return realm


def queries_of(session: Session) -> Queries:
    """What somebody may read."""
    queries: Queries = session.seam.queries
    return queries


def acts_of(session: Session) -> Acts:
    """What somebody may have done."""
    acts: Acts = session.seam.acts
    return acts
