"""Who is an operator by the server's file, and in which line of it that stands. Knows no store."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from chat.history.account_records import Record
from chat.history.store import StoreError
from chat.vocabulary import config
from chat.vocabulary.errors import ChatError
from chat.vocabulary.names import username

_LIST: Final = re.compile(r"""^[^#\n]*?\boperators["']?\s*=\s*\[""", re.MULTILINE)
_PIECE: Final = re.compile(r"""#[^\n]*|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|\]""")
"""What stands in a list of TOML: a comment, a word in quotes, or its end."""


class Decree(NamedTuple):
    """A username that the file names, as it stands there, and where that is."""

    word: str
    where: str


class Decrees:
    """What the file says of operators.

    path: the file; empty where none was named, so that nothing is known of it.
    """

    def __init__(self, path: str, words: list[str]) -> None:
        self.path = path
        text = Path(path).read_text("utf-8-sig") if path else ""
        lines = dict(_lines(text))
        self._by_key: dict[str, Decree] = {}
        for word in words:
            key = username(word).key
            line = f", line {lines[key]}" if key in lines else ""
            self._by_key[key] = Decree(word, f"{path}{line}")

    @classmethod
    def of(cls, arguments: Namespace) -> Decrees:
        """Those of the file that the command line names. Raises StoreError."""
        if not arguments.config:
            return cls("", [])
        try:
            return cls(arguments.config, config.read(arguments.config).accounts.operators)
        except config.ConfigError as error:
            raise StoreError(str(error)) from None

    def where(self, key: str) -> str:
        """Where a username is named, by its key; empty if it is not."""
        return self._by_key[key].where if key in self._by_key else ""

    def sources(self, record: Record) -> list[str]:
        """What makes an account an operator's: "store", or a place in the file; maybe both."""
        own = ["store"] if record.is_operator else []
        return own + [where for where in [self.where(record.key)] if where]

    def operators(self, records: Iterable[Record]) -> dict[str, str]:
        """Those accounts that are operators', by their keys, and what makes them so."""
        found = {record.key: "; ".join(self.sources(record)) for record in records}
        return {key: sources for key, sources in found.items() if sources}

    def without(self, keys: set[str]) -> list[Decree]:
        """Those of usernames that are not among these keys."""
        return [decree for key, decree in self._by_key.items() if key not in keys]


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """The keys of usernames in the list of operators, and their lines."""
    begin = _LIST.search(text)
    for piece in _PIECE.finditer(text, begin.end()) if begin else ():
        if piece[0] == "]":
            return
        word = piece[1] if piece[1] is not None else piece[2]
        if word is not None:
            with suppress(ChatError):
                yield username(word).key, text.count("\n", 0, piece.start()) + 1
