"""Who may come in, and how many. Knows addresses, not what is said."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Network, ip_network

from chat.net.address import Network, Networks, plain
from chat.net.rates import Bucket
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import ADDRESSES_KNOWN, IPV6_BITS
from chat.vocabulary.settings import Limits


class _Seen:
    """What is known of an address: its connections now, and how many more it may make."""

    __slots__ = ("connections", "connects")

    def __init__(self, connects: Bucket) -> None:
        self.connections = 0
        self.connects = connects


class Admission:
    """Counts the connections.

    limits: what is allowed.
    seconds: the time, from some point on.
    """

    def __init__(self, limits: Limits, seconds: Callable[[], float]) -> None:
        self.most: int | None = None
        """Connections at a time, all together; None for any number."""
        self.connections = 0
        """How many there are."""
        self._limits = limits
        self._seconds = seconds
        self._trusted = Networks(limits.trusted)
        self._seen: OrderedDict[Network, _Seen] = OrderedDict()
        self.origin = lru_cache(ADDRESSES_KNOWN)(self._origin)
        self.shared = lru_cache(ADDRESSES_KNOWN)(self._shared)

    @property
    def is_full(self) -> bool:
        """Whether there are as many connections as there may be."""
        return self.most is not None and self.connections >= self.most

    def admit(self, host: str) -> bool:
        """Somebody comes from there. Returns whether no limit binds it.

        Raises ChatError: too-many-connections.
        """
        if self.is_full:
            raise ChatError("too-many-connections")
        origin = self.origin(host)
        if origin is not None:
            self._count(origin)
        self.connections += 1
        return origin is None

    def leave(self, host: str) -> None:
        """Somebody who was admitted is gone."""
        self.connections -= 1
        origin = self.origin(host)
        if origin is not None and (seen := self._seen.get(origin)):
            seen.connections -= 1

    def _shared(self, host: str) -> str:
        """What the address has in common with others of the same person."""
        return str(self.origin(host) or host)

    def _origin(self, host: str) -> Network | None:
        """The address, or as much of it as one person has at its disposal; None if trusted."""
        if host in self._trusted:
            return None
        address = plain(host)
        return ip_network((int(address), 32)) if address.version == 4 else _wide(int(address))

    def _count(self, origin: Network) -> None:
        self._forget_some()
        seen = self._seen.get(origin)
        if seen is None:
            most = self._limits.connects_per_minute
            seen = self._seen[origin] = _Seen(Bucket(most / 60, most, self._seconds))
        too_many = seen.connections >= self._limits.connections_per_address
        if too_many or seen.connects.wait():
            raise ChatError("too-many-connections")
        seen.connects.take()
        seen.connections += 1

    def _forget_some(self) -> None:
        """Of an address that has been quiet for a minute nothing is known any more."""
        for _ in range(min(2, len(self._seen))):
            origin, seen = self._seen.popitem(last=False)
            if seen.connections or not seen.connects.full:
                self._seen[origin] = seen


def _wide(address: int) -> IPv6Network:
    shift = 128 - IPV6_BITS
    return IPv6Network((address >> shift << shift, IPV6_BITS))
