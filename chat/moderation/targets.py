"""Whom a sanction is against, in words: a username, an address range, or where a user comes from.
Knows of wires only the addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from chat.moderation.persons import Visitor
from chat.net.address import Network, may_be_banned, network_of, plain
from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import username

V = TypeVar("V", bound=Visitor)


class Target(NamedTuple):
    """Whom a sanction is against.

    stored: what the store calls that: a username's key, or a network.
    shown: how people are told that.
    network: None for a username.
    """

    stored: str
    shown: str
    network: Network | None = None

    def means(self, user: Visitor) -> bool:
        """Whether a user is meant."""
        if self.network is None:
            return user.key == self.stored
        return any(plain(host) in self.network for host in user.hosts)


def target_of(word: str, users: Mapping[str, Visitor]) -> Target:
    """What a word means: alice, 203.0.113.7, 203.0.113.0/24, or @alice, the address that alice
    comes from, which is not told.

    Raises ChatError: missing-username, invalid-username, user-not-found, bad-network, bad-argument.
    """
    if word.startswith("@"):
        name = username(word[1:])
        user = users.get(name.key)
        origins = user.origins if user else ()
        if not origins or not origins[0]:
            raise ChatError("user-not-found", word)
        network = network_of(origins[0])
        assert network
        return Target(str(network), f"@{name.shown}", network)
    network = network_of(word)
    if network is not None and word.lower() not in users:
        if not may_be_banned(network):
            raise ChatError("bad-network", word)
        is_one = network.prefixlen == network.max_prefixlen
        shown = str(network.network_address if is_one else network)
        return Target(str(network), shown, network)
    name = username(word)
    if name.key not in users and not word.strip("0123456789."):
        raise ChatError("bad-argument", word)  # an address that is none
    return Target(name.key, users[name.key].name if name.key in users else name.shown)


def meant(target: Target, users: Iterable[V]) -> list[V]:
    """Those among some users who are meant."""
    return [user for user in users if target.means(user)]
