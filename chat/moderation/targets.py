"""Whom a sanction is against, in words: a username, an address range, or where a user comes from.
Knows of wires only the addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from chat.history.room_records import Sanction
from chat.moderation.persons import Visitor
from chat.net.address import Network, may_be_banned, network_of, plain
from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import Name, username
from chat.vocabulary.writing.readings import in_ascii, is_like_address, marked, unmarked

_WITH_PORT: Final = re.compile(r"\[([0-9a-f:.%\w]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+")

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
    """What a word means: alice, 203.0.113.7, 203.0.113.0/24; or user:alice, which is a username
    whatever it looks like. Of an address each way of writing it is the same.

    Raises ChatError: missing-username, invalid-username, bad-network, bad-argument; user-not-found,
    of @alice: see `targets_of`.
    """
    if word.startswith("@"):
        raise ChatError("user-not-found", word)
    if (network := _network(word)) is not None:
        return _target(network)
    name = _username(word)
    user = users.get(name.key)
    return Target(name.key, marked(user.name if user else name.shown))


def stored_of(word: str) -> str:
    """What a word means as the store calls that, however wide the network is. Raises ChatError:
    missing-username, invalid-username, bad-argument."""
    network = _network(word)
    return _username(word).key if network is None else str(network)


def shown_of(sanction: Sanction) -> str:
    """Whom a sanction is against, as people write that."""
    is_network = "/" in sanction.target
    return sanction.shown if is_network else marked(unmarked(sanction.shown))


def targets_of(word: str, users: Mapping[str, Visitor]) -> list[Target]:
    """All that a word means: for @alice every address that alice comes from, which are not told;
    otherwise one target. Raises ChatError as `target_of` does."""
    if not word.startswith("@"):
        return [target_of(word, users)]
    name = username(unmarked(word[1:]))
    user = users.get(name.key)
    networks = {_network(origin): None for origin in (user.origins if user else ()) if origin}
    if not networks:
        raise ChatError("user-not-found", word)
    return [Target(str(each), f"@{name.shown}", each) for each in networks if each]


def _target(network: Network) -> Target:
    if not may_be_banned(network):
        raise ChatError("bad-network", str(network))
    is_one = network.prefixlen == network.max_prefixlen
    return Target(str(network), str(network.network_address if is_one else network), network)


def meant(targets: Iterable[Target], users: Iterable[V]) -> list[V]:
    """Those among some users who are meant by any of these."""
    all_ = list(targets)
    return [user for user in users if any(target.means(user) for target in all_)]


def _username(word: str) -> Name:
    """Raises ChatError: bad-argument, where it is rather an address that is none; as `username`
    does."""
    if is_like_address(word):
        raise ChatError("bad-argument", word)
    return username(unmarked(word))


def _network(word: str) -> Network | None:
    """What is written as an address or a network: also in brackets, with a zone, or with a port
    behind it, as the log has it."""
    word = in_ascii(word)
    if found := _WITH_PORT.fullmatch(word):
        word = found[1] or found[2]
    address, slash, length = word.partition("/")
    return network_of(address.partition("%")[0] + slash + length)
