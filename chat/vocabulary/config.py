"""The TOML file and its defaults. Knows no command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from chat.vocabulary.errors import ChatError
from chat.vocabulary.files import content
from chat.vocabulary.limits import ECHOED_CHARACTERS, EVERYTHING, REPLAY_MOST
from chat.vocabulary.names import username
from chat.vocabulary.settings import Limits, Settings
from chat.vocabulary.shape import Mistake, from_toml, line_of, mistakes, network
from chat.vocabulary.text import clean
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
    """The configuration can't be used. Each of its arguments is a line that says why, and where.

    rest: what is right in it, so that others can look at that too.
    """

    rest: Config | None = None

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


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
    """The configuration in a TOML file. Raises ConfigError, that tells of all that is wrong."""
    try:
        raw = content(path)
        data = from_toml(raw)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{path}: {error}") from None
    wrong = _all_mistakes(data)
    config = msgspec.convert(data, Config)
    wrong += _nonsense(config)
    if wrong:
        told = sorted((line_of(raw, mistake.keys), mistake) for mistake in wrong)
        refusal = ConfigError(*[_told(path, line, mistake) for line, mistake in told])
        refusal.rest = config
        raise refusal
    return config


def _all_mistakes(data: dict[str, Any]) -> list[Mistake]:
    """What is of the wrong kind, which is left out then, so that the rest can be looked at. Of a
    table of which something was left out it is not said that something is missing."""
    found: list[Mistake] = []
    while wrong := mistakes(data, Config):
        left_out = {mistake.keys[:-1] for mistake in found}
        found += [mistake for mistake in wrong if mistake.keys not in left_out]
        for mistake in wrong:
            _leave_out(data, mistake.keys)
    return found


def _leave_out(data: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in keys[:-1]:
        data = data.get(key, {})
    data.pop(keys[-1], None)


def _nonsense(config: Config) -> Iterator[Mistake]:
    """What is of the right kind in a file, and makes no sense all the same."""
    history, accounts = config.history, config.accounts
    looks: list[tuple[tuple[str, str], Callable[[Any], object], Sequence[Any]]] = [
        (("limits", "trusted"), network, config.limits.trusted),
        (("server", "proxy_protocol"), network, config.server.proxy_protocol),
        (("history", "keep"), seconds, [history.keep] if history.keep is not None else []),
        (("accounts", "operators"), _key_of_user, accounts.operators),
    ]
    for keys, look, words in looks:
        for word in words:
            try:
                look(word)
            except ValueError as error:
                yield Mistake(keys, str(error))


def _told(path: str, line: int, mistake: Mistake) -> str:
    """A mistake in a line: the file, the line there, the key, what is wrong."""
    where = f"{path}, line {line}" if line else path
    table, *key = (clean(word[:ECHOED_CHARACTERS]) for word in mistake.keys)
    given = f", not {mistake.given}" if mistake.given else ""
    return f"{where}: {' '.join([f'[{table}]', *key])}: {mistake.said}{given}"


def _key_of_user(word: str) -> str:
    try:
        return username(word).key
    except ChatError as error:
        raise ValueError(f"{word[:ECHOED_CHARACTERS]!r}: {error.sentence}") from None


def _as_list(port: Ports | None) -> list[int]:
    if port is None:
        return []
    return port if isinstance(port, list) else [port]
