"""What the rules have to know of people and of rooms that are open. Knows nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from chat.accounts.directory import Account


class OpenRoom(Protocol):
    """A room that people are in: see chat.realm.room."""

    @property
    def name(self) -> str:
        """As it is shown."""

    @property
    def key(self) -> str:
        """What the store calls it."""

    def came(self, user: Person, /) -> int:
        """When somebody in it has come, in ms since 1970 UTC; 0 for whoever is not in it."""

    def holds(self, user: Person, /) -> bool:
        """Whether what somebody in it says waits for a moderator."""


class Person(Protocol):
    """Somebody who is here, or is about to be: see chat.realm.user."""

    @property
    def key(self) -> str:
        """The key of their username."""

    @property
    def account(self) -> Account | None:
        """The one that has their name; None for a guest."""

    @property
    def hosts(self) -> Sequence[str]:
        """The addresses that their connections come from."""

    @property
    def rooms(self) -> Mapping[str, OpenRoom]:
        """The rooms they are in, by key."""


class Visitor(Person, Protocol):
    """Somebody who is here."""

    @property
    def name(self) -> str:
        """Their username, as it is shown."""

    @property
    def since(self) -> int:
        """When they came, in ms since 1970 UTC."""

    @property
    def origins(self) -> Sequence[str]:
        """Where their connections come from: addresses, or as much of them as one person has."""


class Prospect(NamedTuple):
    """Somebody who is about to say who they are. Implements Person."""

    key: str
    account: Account | None
    hosts: tuple[str, ...]
    rooms: Mapping[str, OpenRoom]
