"""Which message is sent again, by the token that its client has given it. Knows no store.

A token is its user's. Who that is is known of an account, for as long as it has its name; the next
guest of a name may be anybody, and their clients may count from 1 as well. So for a guest a message
is the same where its text is the same too.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple

from chat.vocabulary.events import A_GUEST, Draft


class Known(NamedTuple):
    """A message that is stored under a name. at: when it was said, in ms since 1970 UTC. text: None
    where it is hidden."""

    number: int
    at: int
    user: str
    text: str | None


class Names(NamedTuple):
    """What a message may be stored under.

    by_user: its user's key, and its token.
    by_text: the same, with what its text comes to in between.
    """

    by_user: str
    by_text: str


def names_of(draft: Draft) -> Names:
    """What a message with a token may be stored under. It has the token behind the last space."""
    digest = blake2b(draft.text.encode(), digest_size=8).hexdigest()
    key, token = draft.user_key, draft.token
    return Names(f"{key} {token}", f"{key} ={digest} {token}")


def find(
    draft: Draft, names: Names, known: Callable[[str], Known | None]
) -> tuple[Known | None, str]:
    """The message that this one is, if it is sent again; and what it is to be stored under, if not.

    known: what is stored in its room under a name.
    """
    if found := known(names.by_text):
        return found, ""
    other = known(names.by_user)
    if other and (other.at >= draft.since or other.text == draft.text):
        return other, ""
    return None, names.by_text if other or draft.since == A_GUEST else names.by_user
