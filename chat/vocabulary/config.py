"""The TOML file and its defaults. Knows no command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import ECHOED_CHARACTERS, EVERYTHING, REPLAY_MOST
from chat.vocabulary.names import username
from chat.vocabulary.settings import Limits, Settings
from chat.vocabulary.shape import from_toml, network
from chat.vocabulary.times import seconds

Port = Annotated[int, Meta(ge=0, le=65535)]
ProxyPort = Annotated[int, Meta(ge=1, le=65535)]
Ports = Port | Annotated[list[Port], Meta(min_length=1)]

DEFAULT_HOST = "0.0.0.0"
DEFAULT_PORTS = (4000, 5000)
"""Where clients of the login style and of the rooms style look for their server."""

DEFAULT_TLS_PORT = 6697
"""Where clients look for a chat with TLS: RFC 7194."""

DEFAULT_STORE = "sqlite:///chat.sqlite"
"""A file in the folder where the server runs."""


class ConfigError(Exception):
    """The configuration can't be used; its text is one line that says why."""


class ServerTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The table [server]: see docs/operations.md."""

    host: str | None = None
    port: Ports | None = None
    listen: list[str] = []
    proxy_protocol: list[str] = []
    proxy_tls_ports: list[ProxyPort] = []

    @property
    def ports(self) -> list[int]:
        """The ports it names, if any."""
        return _as_list(self.port)


class TlsTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The table [tls]: see docs/operations.md."""

    port: Ports = DEFAULT_TLS_PORT
    certificate: str | None = None
    key: str | None = None
    folder: str | None = None
    default: str | None = None

    @property
    def ports(self) -> list[int]:
        """The ports it names."""
        return _as_list(self.port)

    def __post_init__(self) -> None:
        """Raises ValueError, where it is not to be seen what is meant."""
        if (self.certificate is None) == (self.folder is None):
            raise ValueError("give either `certificate` (and `key`) or `folder`")
        if self.key is not None and self.certificate is None:
            raise ValueError("`key` goes with `certificate`")
        if self.default is not None and self.folder is None:
            raise ValueError("`default` goes with `folder`")


class HistoryTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The table [history]: see docs/operations.md."""

    store: str | None = None
    replay: Annotated[int, Meta(ge=0, le=REPLAY_MOST)] = 0
    keep: str | None = None
    keep_messages: Annotated[int, Meta(ge=1, le=EVERYTHING)] | None = None

    @property
    def keep_seconds(self) -> int:
        """How old a message may become; 0 for any age. Raises ValueError."""
        return seconds(self.keep) if self.keep is not None else 0


class AccountsTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The table [accounts]: see docs/operations.md.

    operators: usernames that are operators once they are accounts. As long as one is none, nobody
        may register it: `python -m chat.admin create` makes it one. It may be somebody's account
        already: look at `python -m chat.admin list` before it is written here.
    """

    register: bool = True
    rejoin: bool = True
    plaintext: bool = False
    operators: list[str] = []

    @property
    def operator_keys(self) -> frozenset[str]:
        """The keys of these usernames. Raises ValueError, which names the word that is none."""
        return frozenset(_key_of_user(word) for word in self.operators)


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    server: ServerTable = ServerTable()
    limits: Limits = Limits()
    history: HistoryTable = HistoryTable()
    accounts: AccountsTable = AccountsTable()
    tls: TlsTable | None = None

    @property
    def settings(self) -> Settings:
        """What the file says about the chat. Raises ValueError, as AccountsTable.operator_keys
        does."""
        return Settings(
            limits=self.limits,
            replay=self.history.replay,
            registers=self.accounts.register,
            rejoins=self.accounts.rejoin,
            takes_plaintext=self.accounts.plaintext,
            proxies=tuple(self.server.proxy_protocol),
            proxy_tls_ports=frozenset(self.server.proxy_tls_ports),
            operators=self.accounts.operator_keys,
        )


def read(path: str) -> Config:
    """The configuration in a TOML file. Raises ConfigError."""
    try:
        config = from_toml(Path(path).read_bytes(), Config)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    for key, words in {
        "limits.trusted": config.limits.trusted,
        "server.proxy_protocol": config.server.proxy_protocol,
    }.items():
        try:
            for word in words:
                network(word)
        except ValueError as error:
            raise ConfigError(f"{path}: {error} at `{key}`") from None
    for key, look in {
        "history.keep": lambda: config.history.keep_seconds,
        "accounts.operators": lambda: config.accounts.operator_keys,
    }.items():
        try:
            look()
        except ValueError as error:
            raise ConfigError(f"{path}: {error} at `{key}`") from None
    return config


def _key_of_user(word: str) -> str:
    try:
        return username(word).key
    except ChatError as error:
        raise ValueError(f"{word[:ECHOED_CHARACTERS]!r}: {error.sentence}") from None


def _as_list(port: Ports | None) -> list[int]:
    if port is None:
        return []
    return port if isinstance(port, list) else [port]
