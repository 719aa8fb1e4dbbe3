"""Messages for stores, and what stores say."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from chat.vocabulary.events import Draft, Said
from chat.vocabulary.names import username
from tests.turning import result


def draft(key: str, text: str, user: str = "alice", at: int = 1000, token: str = "") -> Draft:
    """What somebody has said."""
    return Draft(key, key.title(), user, username(user).key, text, at, token)


def drafts(key: str, *texts: str) -> list[Draft]:
    """What alice has said."""
    return [draft(key, text) for text in texts]


def texts(deferred: Deferred[list[Said]]) -> list[str]:
    """What was said in them."""
    return [said.text for said in result(deferred)]


def numbers(deferred: Deferred[list[Said]]) -> list[int]:
    """Their numbers."""
    return [said.number for said in result(deferred)]
