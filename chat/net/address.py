"""What an address tells: how it is written for people, where it belongs, and whether it
means too many to be kept out. Knows no connection."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from chat.vocabulary.limits import ADDRESSES_KNOWN, NETWORK_BITS, NETWORK_BITS_IPV6

Network = IPv4Network | IPv6Network

LOOPBACK: Final = "127.0.0.1"
"""This machine, as seen from itself."""


def host_of(address: Any) -> str:
    """The host's address, without an IPv6 zone; for somebody at a local socket, this machine's."""
    host: str = getattr(address, "host", LOOPBACK)
    return host.partition("%")[0]


def shown(address: Any) -> str:
    """An IAddress as host:port, or as the path of a Unix socket."""
    if hasattr(address, "port"):
        host = address.host.removeprefix("::ffff:")  # IPv4 on a socket that takes both
        return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"
    name = getattr(address, "name", None)
    return os.fsdecode(name) if name else "a local socket"


class Networks:
    """Some networks, by which one asks `host in networks`. Raises ValueError where one is none."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network) for network in networks]

    def __contains__(self, host: str) -> bool:
        if not self._networks:
            return False
        address = plain(host)
        return any(address in network for network in self._networks)


@lru_cache(ADDRESSES_KNOWN)
def plain(host: str) -> IPv4Address | IPv6Address:
    """A host's address, as IPv4 also where it came on a socket that takes both."""
    address = ip_address(host)
    return getattr(address, "ipv4_mapped", None) or address


def network_of(word: str) -> Network | None:
    """The network that is written so, or an address as a network of one; None where it is neither.
    What is written as IPv6 and means IPv4 is IPv4."""
    try:
        network = ip_network(word, strict=False)
    except ValueError:
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is not None and network.prefixlen >= 96:
        return ip_network((int(mapped), network.prefixlen - 96), strict=False)
    return network


def may_be_banned(network: Network) -> bool:
    """Whether it is no wider than what anybody was ever given."""
    least = NETWORK_BITS if network.version == 4 else NETWORK_BITS_IPV6
    return network.prefixlen >= least


@lru_cache(ADDRESSES_KNOWN)
def is_loopback(host: str) -> bool:
    """Whether that is this machine."""
    return plain(host).is_loopback
