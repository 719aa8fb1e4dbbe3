"""Who is banned and muted, found by name or by address. Knows no rooms, no storage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network

from chat.history.room_records import Sanction, SanctionKind
from chat.net.address import plain

Prefix = tuple[int, int, int]
"""The version of IP, how many bits of an address count, and these bits."""


class Sanctions:
    """The sanctions of one room, or of the server."""

    def __init__(self) -> None:
        self._named: dict[tuple[SanctionKind, str], Sanction] = {}
        self._nets: dict[tuple[SanctionKind, Prefix], Sanction] = {}
        self._sizes: dict[tuple[int, int], int] = {}  # how many there are of a version and length
        self._many: dict[SanctionKind, int] = {"ban": 0, "mute": 0}

    def __iter__(self) -> Iterator[Sanction]:
        yield from self._named.values()
        yield from self._nets.values()

    def __bool__(self) -> bool:
        return bool(self._named or self._nets)

    def __contains__(self, sanction: object) -> bool:
        if not isinstance(sanction, Sanction):
            return False
        kind, target = sanction.kind, sanction.target
        found = self._nets.get((kind, _prefix(target))) if "/" in target else None
        return sanction in (found, self._named.get((kind, target)))

    def many(self, kind: SanctionKind) -> int:
        """How many sanctions of a kind there are."""
        return self._many[kind]

    def add(self, sanction: Sanction) -> None:
        """A sanction holds from now on, in place of one of its kind against the same target."""
        kind, target = sanction.kind, sanction.target
        self.remove(kind, target)
        self._many[kind] += 1
        if "/" not in target:
            self._named[kind, target] = sanction
            return
        prefix = _prefix(target)
        self._sizes[prefix[:2]] = self._sizes.get(prefix[:2], 0) + 1
        self._nets[kind, prefix] = sanction

    def remove(self, kind: SanctionKind, target: str) -> None:
        """A sanction does not hold any more."""
        if "/" not in target:
            self._many[kind] -= self._named.pop((kind, target), None) is not None
            return
        prefix = _prefix(target)
        if self._nets.pop((kind, prefix), None):
            self._many[kind] -= 1
            self._sizes[prefix[:2]] -= 1
            if not self._sizes[prefix[:2]]:
                del self._sizes[prefix[:2]]

    def named(self, kind: SanctionKind, key: str, at: int) -> Sanction | None:
        """The sanction that holds against a username, by its key, at a time in ms since 1970
        UTC."""
        found = self._named.get((kind, key))
        return found if found and holds(found, at) else None

    def against(self, kind: SanctionKind, target: str, at: int) -> Sanction | None:
        """The sanction that holds against just that target, as it is stored, at that time."""
        if "/" not in target:
            return self.named(kind, target, at)
        found = self._nets.get((kind, _prefix(target)))
        return found if found and holds(found, at) else None

    def addressed(self, kind: SanctionKind, hosts: Iterable[str], at: int) -> Iterator[Sanction]:
        """All that hold against one of these addresses at that time."""
        for host in hosts if self._nets else ():
            address = plain(host)
            for version, bits in self._sizes:
                if address.version == version:
                    found = self._nets.get((kind, _cut(address, bits)))
                    if found and holds(found, at):
                        yield found


def holds(sanction: Sanction, at: int) -> bool:
    """Whether a sanction is not over yet, at a time in ms since 1970 UTC."""
    return not sanction.until or sanction.until > at


def _prefix(network: str) -> Prefix:
    net = ip_network(network)
    return _cut(net.network_address, net.prefixlen)


def _cut(address: IPv4Address | IPv6Address, bits: int) -> Prefix:
    return address.version, bits, int(address) >> (address.max_prefixlen - bits)
