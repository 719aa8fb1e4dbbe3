"""Chats in which names are owned."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

from argon2 import PasswordHasher

from chat.accounts.passwords import Hashing
from chat.factory import ChatFactory
from chat.vocabulary.names import username
from tests.chats import chat_with
from tests.people import Visitor

PASSWORD: Final = "correct-horse"

CHEAP: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes in no time, and badly."""


def owned(*names: str, **settings: Any) -> ChatFactory:
    """A chat in memory where these usernames are registered; its clock goes on a little whenever
    it is looked at."""
    ticks = count(1_700_000_000_000)
    factory = chat_with(hashing=Hashing(hasher=CHEAP), now=lambda: next(ticks) / 1000, **settings)
    for name in names:
        if factory.directory.is_reserved(name):  # an operator's, by the configuration
            factory.directory.create(username(name), CHEAP.hash(PASSWORD), next(ticks))
            continue
        owner = Visitor(factory).says(f"LOGIN {name}", f"REGISTER {PASSWORD}").hears("OK", "OK")
        owner.vanishes()
    return factory
