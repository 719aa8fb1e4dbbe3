"""The command line of the history: python -m chat.history COMMAND. Knows no SQL."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from chat.history.store import StoreError
from chat.history.tools import backups
from chat.history.tools.commandline import STORE, Commands, Tool, output, store_of, takes_store
from chat.history.tools.export import back_up, export_json, export_text, reading
from chat.history.tools.restore import (
    ACCOUNTS,
    MODERATION,
    Check,
    compare,
    copy,
    import_lines,
    writing,
)
from chat.history.tools.room_keys import shown_key
from chat.history.upkeep.progress import Tell, progress

_BACKUP: Final = """\
Copy an SQLite database as it is at this moment, also while a server writes to it. The copy is a
database of its own. Where FILE is a folder it gets its date for a name there, in UTC
(chat-2026-11-30T033000Z.sqlite), and with --keep only so many of these stay.

To go back to a copy, stop the server, remove chat.sqlite, chat.sqlite-wal and chat.sqlite-shm, and
put it into their place; it has to belong to the user of the server. For PostgreSQL there is
pg_dump."""

_EXPORT: Final = """\
Write out all messages of a room, or of all rooms, oldest first, as they are at this moment, without
accounts. The server may go on. A line of jsonl, that `import` reads:

  {"room": "lobby", "name": "Lobby", "number": 1, "at": 1777863721000, "user": "alice",
   "text": "hello"}

and a "token", where its client gave it one; "hidden", where it is not shown, and since when;
"taken_back", where that is its author's wish; and "earlier", the texts that it had: where these
are many, the rest is in lines of {"more": [...]} behind it. Before them come lines with "kept",
"sanction" and "audit": who keeps the rooms and how, bans and mutes, and the audit log. Another room
with the name tea has "tea\\u001f1" for its "room"; on a command line it is tea/1, and the first one
tea/0. A line of text, for people, of what is shown:

  2026-05-04T03:02:01.000Z Lobby 1 alice: hello"""

_IMPORT: Final = """\
Read what `export` wrote as jsonl. Numbers are kept. What is there already is skipped, so an
import that was broken off is repeated, and goes on; what does not fit to what is there is refused,
and so is a room that somebody else keeps there. The store is made where there is none; a server may
go on using it, but import nothing into rooms that somebody is in.

A line that is wrong, or beyond the bounds of what could be said or done in the chat, ends it: it is
told which and why. Nothing of that line is stored; up to which line all is stored is told as well.

Messages from elsewhere need "room", "user", "text" and "at" (ms since 1970 UTC), one object a
line, oldest first. Without "number" each gets the next one of its room. What the same user has said
in the same room at the same time in the same words is the same message: it is skipped as often as
it is there already, so a longer export of the same log can be imported on top of a shorter one. A
"token" (the user in lower case, a space, and 1 to 36 letters, digits, - or _) tells equal ones
apart."""

_COPY: Final = """\
Bring all rooms and accounts from one store to another, which is made where there is none. What is
there already is skipped, so a copy can be repeated and continued; a room with something else in it
is refused, and so is an account or a room of another owner. Then each room is read back from both,
and a line tells for both how many messages there are and their checksum, and whether they are the
same; the last lines are for rules (rooms that are kept, bans, mutes) and entries of the audit log,
and for accounts. Stop the server first: what is said after the beginning is not copied."""

_OTHERS: Final = {MODERATION: "rules and entries", ACCOUNTS: "accounts"}
"""What is compared besides the rooms."""

_TOOL: Final = Tool("chat.history")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    return _TOOL.main(_commands(), argv)


def _commands() -> Commands:
    commands = Commands(_TOOL.name, "Look after what was said.")
    backup = commands.add("backup", _backup, "copy an SQLite database", _BACKUP)
    backup.add_argument("file", type=Path, metavar="FILE", help="the copy, a new file; or a folder")
    backup.add_argument(
        "--keep", type=_many, metavar="N", help="remove older copies in that folder"
    )
    export = commands.add("export", _export, "write messages out", _EXPORT)
    export.add_argument("--room", help="lobby, or @alice@bob for what two said to each other")
    export.add_argument(
        "--format", choices=("jsonl", "text"), default="jsonl", help="jsonl unless given"
    )
    export.add_argument("file", nargs="?", metavar="FILE", help="stdout unless given")
    import_ = commands.add("import", _import, "read messages in", _IMPORT)
    import_.add_argument("file", nargs="?", metavar="FILE", help="stdin unless given")
    copier = commands.add("copy", _copy, "bring everything to another store", _COPY)
    copier.add_argument("source", metavar="SOURCE-URL", help=STORE)
    copier.add_argument("target", metavar="TARGET-URL", help=STORE)
    for reader in (backup, export, import_):
        takes_store(reader)
    return commands


def _backup(arguments: Namespace) -> int:
    file, is_folder = arguments.file, arguments.file.is_dir()
    if arguments.keep and not is_folder:
        raise StoreError(f"{file}: --keep wants a folder that is there")
    if is_folder:
        file = backups.new_in(file, time.time())
    back_up(store_of(arguments), file)
    removed = backups.keep(file.parent, arguments.keep, file) if arguments.keep else 0
    told = f"copied to {file}, {file.stat().st_size / 1e6:,.1f} MB"
    _TOOL.sum_up(f"{told}; {removed:,} older removed" if removed else told)
    return 0


def _many(word: str) -> int:
    """How many backups are kept. Raises ArgumentTypeError."""
    if not (word.isascii() and word.isdecimal() and int(word)):
        raise ArgumentTypeError(f"{word!r} is no number of copies")
    return int(word)


def _export(arguments: Namespace) -> int:
    as_json = arguments.format == "jsonl"
    export = export_json if as_json else export_text
    with reading(store_of(arguments)) as reader:
        room = None if arguments.room is None else reader.room(arguments.room)
        with (
            output(arguments.file, _TOOL.tell) as file,
            progress("exporting", reader.size(room)) as tell,
        ):
            written = export(reader, room, file.write, tell)
    _TOOL.sum_up(f"{written:,} messages written")
    return 0


def _import(arguments: Namespace) -> int:
    where = "line" if arguments.file in (None, "-") else f"{arguments.file} line"
    with _input(arguments.file) as file, writing(store_of(arguments)) as writer:
        stored, known = import_lines(file, writer, where)
    _TOOL.tell(f"{stored:,} messages imported, {known:,} were there already")
    return 0


def _copy(arguments: Namespace) -> int:
    with reading(arguments.source) as source:
        with writing(arguments.target) as target:
            size = source.size()
            with progress("copying", size) as tell:
                stored = copy(source, target, tell)
        with reading(arguments.target) as copied:
            with progress("comparing", size + copied.size()) as tell:
                checks = [*compare(source, copied, tell)]
            for check in checks:
                _show(check)
    rooms = [check.same for check in checks if check.key not in _OTHERS]
    different = rooms.count(False)
    told = f"{stored:,} messages copied; {len(rooms):,} rooms, {different:,} of them different"
    for check in (check for check in checks if check.key in _OTHERS):
        same = "the same" if check.same else "different"
        told += f"; {check.here.size:,} {_OTHERS[check.key]}, {same}"
    _TOOL.tell(told)
    return 0 if all(check.same for check in checks) else 1


def _show(check: Check) -> None:
    same = "same" if check.same else "DIFFERENT"
    print(shown_key(check.key), *check.here, *check.there, same)


@contextmanager
def _input(name: str | None) -> Iterator[Watched]:
    if name in (None, "-"):
        with progress("importing", None, "B") as tell:
            yield Watched(sys.stdin.buffer, tell)
    else:
        with (
            open(str(name), "rb") as file,
            progress("importing", os.fstat(file.fileno()).st_size, "B") as tell,
        ):
            yield Watched(file, tell)


class Watched:
    """A file, of which is told how many bytes are read."""

    def __init__(self, file: BinaryIO, tell: Tell) -> None:
        self._file = file
        self._tell = tell
        self._read = 0

    def readline(self, size: int) -> bytes:
        """See BinaryIO."""
        line = self._file.readline(size)
        self._read += len(line)
        self._tell(self._read)
        return line


if __name__ == "__main__":
    sys.exit(main())
