"""How an address is written for people."""

from __future__ import annotations

import os
from typing import Any, Final

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
