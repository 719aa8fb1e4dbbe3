"""Chats for tests, with what is asked for by name."""

from __future__ import annotations

from typing import Any, Final

from chat.factory import ChatFactory, Equipment
from chat.history.store import Store
from chat.vocabulary.settings import Settings

_EQUIPMENT: Final = set(Equipment._fields)
_SETTINGS: Final = set(Settings.__struct_fields__)


def chat_with(store: Store | None = None, **named: Any) -> ChatFactory:
    """A chat; `named` are parts of its Settings and its Equipment, and arguments of ChatFactory."""
    equipment = Equipment(**{name: named.pop(name) for name in _EQUIPMENT & named.keys()})
    settings = {name: named.pop(name) for name in _SETTINGS & named.keys()}
    for name, kind in (("operators", frozenset), ("proxies", tuple)):
        if name in settings:
            settings[name] = kind(settings[name])
    return ChatFactory(store, Settings(**settings), equipment=equipment, **named)
