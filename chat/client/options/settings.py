"""What a person wants of the client: from the command line, a URL, and a file of defaults.

Knows no connection and no screen. A flag counts more than the URL, and the URL more than the file:
also where an address names no port.
"""

from __future__ import annotations

import argparse
import getpass
import math
import os
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from chat.client.options.address import (
    DEFAULT_PORT,
    DEFAULT_TLS_PORT,
    SettingsError,
    address,
    port_of,
    room_name,
    with_port,
    word_of,
)
from chat.client.options.exits import EXIT_CODES
from chat.client.options.passwords import VARIABLE, PasswordError, find
from chat.vocabulary.files import content
from chat.vocabulary.limits import HISTORY_MOST, USERNAME_CHARACTERS
from chat.vocabulary.names import LOBBY
from chat.vocabulary.text import clean, unmarked
from chat.vocabulary.writing.secrets import not_understood

if TYPE_CHECKING:
    import ssl

PROGRAM: Final = "twisted-chat"
DEFAULT_HOST: Final = "localhost"

THEMES: Final = ("dark", "light")


@dataclass(frozen=True)
class Settings:
    """What is wanted."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    user: str = ""
    """"": not given."""
    rooms: tuple[str, ...] = ()
    """(): not given."""
    tls: bool = False
    ca: str = ""
    """The file with the certificates to trust; "": the system's."""
    theme: str = ""
    """dark or light; "": not given."""
    bell: bool = True
    notify: bool = True
    plain: bool = False
    json: bool = False
    tail: int | None = None
    """How many old messages of a room to tell; None: not given."""
    once: bool = False
    follow: bool = False
    patience: float | None = None
    """Seconds without a connection; None: not given."""
    password: str = field(default="", repr=False)
    """"": not given."""
    plaintext: bool = False
    """Say it also over a connection that others can read."""
    warning: str = ""
    """What is to be told before all else."""

    @property
    def wants_plain(self) -> bool:
        """Something was asked for that only plain mode has."""
        return self.plain or self.json or self.once or self.tail is not None

    @property
    def server(self) -> tuple[str, int, bool]:
        """What a password is for: it is told to nobody else."""
        return self.host, self.port, self.tls

    def tls_context(self, tls: bool | None = None) -> ssl.SSLContext | None:
        """How to speak TLS; None: not at all. tls: whether to, whatever these settings say.

        Raises SettingsError for certificates that can't be read.
        """
        if not (self.tls if tls is None else tls):
            return None
        import ssl

        if not self.ca:
            return ssl.create_default_context()
        try:
            trusted = unmarked(content(self.ca)).decode("ascii", "ignore")
        except (OSError, ValueError) as error:
            raise SettingsError(f"{self.ca}: {_reason(error)}") from None
        try:
            return ssl.create_default_context(cadata=trusted or "none")  # "" would be the system's
        except (ssl.SSLError, ValueError):
            raise SettingsError(f"{self.ca}: there is no certificate in it (PEM)") from None


def read(words: Sequence[str]) -> Settings:
    """The settings of a command line, without the program's name.

    Raises SettingsError, and SystemExit after --help and --version.
    """
    parsed, others = _parser().parse_known_args(words)
    if others:
        raise SettingsError(not_understood(others))
    given = vars(parsed)
    flags = {name: value for name, value in given.items() if value is not None}
    url, config = flags.pop("url", ""), flags.pop("config", "")
    values = _file(config) | (address(url) if url else {})
    values |= _password(values.pop("password_file", ""), flags.pop("password_file", ""))
    if "ca" in flags:
        flags["tls"] = True
    for name in flags.keys() & {"host", "user"}:
        flags[name] = word_of(flags[name], f"--{name}")
    if "port" in flags:
        flags["port"] = port_of(flags["port"], "--port")
    if "rooms" in flags:
        flags["rooms"] = tuple(room_name(room, "--room") for room in flags["rooms"])
    settings = replace(Settings(), **with_port(values | flags))
    if settings.once and settings.follow:
        raise SettingsError("--once and --follow: one of them, please")
    return settings


def elsewhere(settings: Settings, where: str) -> Settings:
    """The same person on another server: a URL, or host[:port] as with --tls or without as before.

    Raises SettingsError.
    """
    values = with_port({"tls": settings.tls} | address(where))
    there = replace(settings, **{"rooms": (), **values})
    is_same = there.server == settings.server and there.user == settings.user
    return there if is_same else replace(there, password="")


def own_name() -> str:
    """One's name on this machine, as a username: "guest" if nothing of it may be in one."""
    try:
        name = unicodedata.normalize("NFKC", getpass.getuser())
    except (OSError, KeyError, ImportError):
        name = ""
    return re.sub(r"[^\w-]", "", name).lstrip("-")[:USERNAME_CHARACTERS] or "guest"


# --- the command line ---------------------------------------------------------------------------


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """See argparse: one line, for whoever catches it."""
        raise SettingsError(message.removeprefix("argument "))

    def print_help(self, file: Any = None) -> None:
        """See argparse, which hides that nobody reads it."""
        (file or sys.stdout).write(self.format_help())


class _Version(argparse.Action):
    """Looks the version up where it is asked for: that takes longer than all the rest."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """See argparse."""
        from chat.version import VERSION

        print(PROGRAM, VERSION)
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Chat in a terminal, or send what a program prints to a room: "
        "make 2>&1 | twisted-chat --plain --room builds",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("url", nargs="?", metavar="URL", help="[user@]host[:port][/room]; chats://... for TLS")
    add("--host", help=f"the server ({DEFAULT_HOST})")
    add("--port", help=f"its port ({DEFAULT_PORT}, or {DEFAULT_TLS_PORT} with TLS)")
    add("--user", help="the username")
    add(
        "--room",
        action="append",
        dest="rooms",
        metavar="ROOM",
        help=f"a room, or @bob for what is said between bob and you; more than once for more rooms,"
        f" the first of them is where you speak ({LOBBY})",
    )
    add("--password-file", metavar="FILE", help=f"the password, in its first line; or {VARIABLE}")
    add("--tls", action="store_true", default=None, help="speak TLS")
    add("--ca", metavar="FILE", help="speak TLS, and trust the certificates in this file alone")
    add("--plain", action="store_true", help="lines instead of a screen, as in a pipe")
    add("--json", action="store_true", help="plain, each event a line of JSON")
    add("--tail", type=_tail, metavar="N", help="plain; print the last N messages first")
    add("--once", action="store_true", help="plain; print the last messages (50) and leave")
    add("--follow", action="store_true", help="stay when standard input has ended")
    add(
        "--patience",
        type=_patience,
        metavar="SECONDS",
        help="give up after so long without a connection (in a pipe: 60)",
    )
    add("--theme", choices=THEMES, help="the colours of the screen")
    add("--config", metavar="FILE", help="the file of defaults (client.toml in the user's folder)")
    add("--version", action=_Version, nargs=0, help="print the version and leave")
    return parser


def _tail(text: str) -> int:
    if not (text.isdecimal() and len(text) <= 4 and int(text) <= HISTORY_MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {HISTORY_MOST}")
    return int(text)


def _patience(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not (seconds >= 0 and math.isfinite(seconds)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds


# --- the file -----------------------------------------------------------------------------------

_KEYS: Final = {
    "host": (str, "a text"),
    "port": (int, "a number"),
    "user": (str, "a text"),
    "rooms": (list, 'a list like ["lobby", "tea"]'),
    "password_file": (str, "a text"),
    "plaintext": (bool, "true or false"),
    "tls": (bool, "true or false"),
    "ca": (str, "a text"),
    "theme": (str, "a text"),
    "bell": (bool, "true or false"),
    "notify": (bool, "true or false"),
}
"""What may stand in the file."""


def _file(config: str) -> dict[str, Any]:
    """What the file of defaults says; the user's own may be missing. Raises SettingsError."""
    path = Path(config) if config else _own_file()
    try:
        text = content(path)
    except FileNotFoundError as error:
        if not config:
            return {}
        raise SettingsError(f"{path}: {_reason(error)}") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {_reason(error)}") from None
    import tomllib

    try:
        values = tomllib.loads(unmarked(text).decode())
        return {key: _value(key, value) for key, value in values.items()}
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: it is not TOML: {error}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: it is not UTF-8") from None
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: it is nested too deeply") from None


def _password(of_file: str, flag: str) -> dict[str, Any]:
    """The password, from the nearest place that has one. Raises SettingsError."""
    try:
        password, warning = find(flag, of_file, os.environ)
    except PasswordError as error:
        raise SettingsError(clean(str(error))) from None
    return {"password": password, "warning": warning}


def _own_file() -> Path:
    from platformdirs import user_config_path

    return user_config_path(PROGRAM) / "client.toml"


def _value(key: str, value: object) -> object:
    """The value of a key, as Settings has it. Raises SettingsError."""
    if key not in _KEYS:
        raise SettingsError(f"there is no key {key!r}; there are {', '.join(_KEYS)}")
    kind, description = _KEYS[key]
    if type(value) is not kind:
        raise SettingsError(f"{key} is {description}")
    if key == "port":
        return port_of(str(value), key)
    if key == "theme" and value not in THEMES:
        raise SettingsError(f"theme is {' or '.join(THEMES)}, not {value!r}")
    if isinstance(value, list):
        if not all(type(room) is str for room in value):
            raise SettingsError(f"{key} is {description}")
        return tuple(room_name(room, key) for room in value)
    return word_of(str(value), key) if key in ("host", "user") and value else value


def _reason(error: Exception) -> str:
    """Why a file can't be read."""
    return getattr(error, "strerror", None) or str(error)
