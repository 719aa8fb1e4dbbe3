"""An address of a server: who goes there, where it is, and to which room. Knows no connection.

It names a whole server: where it names no port, that is the usual one. Without chat:// or chats://
in front it leaves open whether TLS is spoken.
"""

from __future__ import annotations

import re
from typing import Any, Final

from chat.client.options.passwords import NOT_IN_ADDRESS, is_address_with_password
from chat.vocabulary.text import clean
from chat.vocabulary.writing.secrets import shown

DEFAULT_PORT: Final = 5000
DEFAULT_TLS_PORT: Final = 6697
MOST_PORT: Final = 65535

_FORM: Final = "[chat://][user@]host[:port][/room], or chats:// for TLS"
_URL: Final = re.compile(
    r"(?P<scheme>chats?)://(?:(?P<user>[^:/@]*)@)?"
    r"(?:\[(?P<six>[^\]/]+)\]|(?P<host>[^:/@\[\]]+))(?::(?P<port>[^/@]*))?(?:/(?P<room>.*))?"
)


class SettingsError(ValueError):
    """Something that was asked for makes no sense; the text is one line that says what."""


def address(where: str) -> dict[str, Any]:
    """What a URL says, or the same without chat:// in front, which says nothing of TLS. Port 0: the
    usual one. Raises SettingsError.
    """
    if is_address_with_password(where):
        raise SettingsError(NOT_IN_ADDRESS)
    is_url = "://" in where
    found = _URL.fullmatch(where if is_url else f"chat://{where}")
    if not found:
        raise SettingsError(f"{shown(where)!r} is no address: {_FORM}")
    values: dict[str, Any] = {
        "host": word_of(found["six"] or found["host"], where),
        "port": 0,
    }
    if found["port"]:
        if not found["port"].isdecimal():  # it may be a password
            raise SettingsError(f"{values['host']}: behind the colon is no port: 1 to {MOST_PORT}")
        values["port"] = port_of(found["port"], where)
    if is_url:
        values["tls"] = found["scheme"] == "chats"
    if found["user"]:
        values["user"] = word_of(_unquoted(found["user"]), where)
    if found["room"]:
        values["rooms"] = (room_name(_unquoted(found["room"].removesuffix("/")), where),)
    return values


def with_port(values: dict[str, Any]) -> dict[str, Any]:
    """The same, with the usual port where none is named."""
    usual = DEFAULT_TLS_PORT if values.get("tls") else DEFAULT_PORT
    return values | {"port": values.get("port") or usual}


def _unquoted(text: str) -> str:
    """A part of a URL without its %41."""
    if "%" not in text:
        return text
    from urllib.parse import unquote

    return unquote(text)


def parse_server(server: str) -> tuple[str, int, bool]:
    """host, host:port, chat://host:port or chats://host:port: the host, the port, and whether it
    speaks TLS. Raises SettingsError.
    """
    values = with_port({"tls": False} | address(server))
    if values.keys() & {"user", "rooms"}:
        raise SettingsError(f"{server!r} is no server: host[:port], or chats://host[:port] for TLS")
    return values["host"], values["port"], values["tls"]


def room_name(text: str, where: str) -> str:
    """A room as it was written, without the # in front. Raises SettingsError."""
    name = text.removeprefix("#")
    if name == "@":
        raise SettingsError(f"{where}: @ and a username is a conversation: @bob")
    return word_of(name, where)


def word_of(text: str, where: str) -> str:
    """One word, that can be written into a line. Raises SettingsError."""
    if text.split() != [text] or clean(text) != text:
        raise SettingsError(f"{where}: {text!r} is not one word")
    return text


def port_of(text: str, where: str) -> int:
    """Raises SettingsError."""
    if not (text.isdecimal() and len(text) <= 5 and 0 < int(text) <= MOST_PORT):
        raise SettingsError(f"{where}: {text!r} is no port: 1 to {MOST_PORT}")
    return int(text)
