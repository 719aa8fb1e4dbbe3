"""What the environment says of where to listen: PORT and HOST, which are others' words as well.
Knows no file and no command line."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import NamedTuple

from chat.vocabulary.limits import ECHOED_CHARACTERS
from chat.vocabulary.text import clean

_MEANT = "is not meant for the chat, and left alone"


class Environment(NamedTuple):
    """What is meant for the chat, "" where nothing is, and what the log is to be told of the
    rest."""

    host: str
    port: str
    host_warnings: list[str]
    port_warnings: list[str]


def read(environ: Mapping[str, str]) -> Environment:
    """What there is. Some shells call the machine HOST, and Conda the kind of it: only an address
    is one of ours. Where containers are linked, PORT and the like are tcp://10.0.0.7:80."""
    host, port = environ.get("HOST", "").strip(), environ.get("PORT", "").strip()
    bare = host.removeprefix("[").removesuffix("]")
    is_meant = not host or bare == "localhost" or _is_address(bare)
    is_link = "://" in port
    return Environment(
        bare if is_meant else "",
        "" if is_link else port,
        [] if is_meant else [f"HOST={_shown(host)} in the environment is no address: it {_MEANT}"],
        [f"PORT={_shown(port)} in the environment is no number: it {_MEANT}"] if is_link else [],
    )


def _is_address(word: str) -> bool:
    try:
        ip_address(word)
    except ValueError:
        return False
    return True


def _shown(word: str) -> str:
    return clean(word[:ECHOED_CHARACTERS])
