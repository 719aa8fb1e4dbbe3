"""The command line of the history: python -m chat.history COMMAND. Knows no SQL.

What was asked for goes to stdout, what is told about it to stderr. The exit status is 1 where
something is wrong, and one line says what.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

from chat import config
from chat.config import DEFAULT_STORE
from chat.history.sql.archive import back_up, export_json, export_text, reading
from chat.history.sql.restore import Check, Tell, compare, copy, import_lines, writing
from chat.history.store import StoreError

TELL_MESSAGES = 100_000
"""How often it is told how far a long import or copy has come."""

_STORE: Final = "sqlite:///FILE or postgresql://USER@HOST/DATABASE"

_BACKUP: Final = """\
Copy an SQLite database as it is at this moment, also while a server writes to it. The copy is a
database of its own. To go back to it, stop the server, remove chat.sqlite, chat.sqlite-wal and
chat.sqlite-shm, and put it into their place. For PostgreSQL there is pg_dump."""

_EXPORT: Final = """\
Write out all messages of a room, or of all rooms, oldest first, as they are at this moment. The
server may go on. A line of jsonl, that `import` reads:

  {"room": "lobby", "name": "Lobby", "number": 1, "at": 1777863721000, "user": "alice",
   "text": "hello"}

and a "token", where its client gave it one. A line of text, for people:

  2026-05-04T03:02:01.000Z Lobby 1 alice: hello"""

_IMPORT: Final = """\
Read what `export` wrote as jsonl. Numbers are kept. What is there already is skipped, so an
import can be repeated and continued; what does not fit to what is there is refused. The store is
made where there is none; a server may go on using it, but import nothing into rooms that
somebody is in.

Messages from elsewhere need "room", "user", "text" and "at" (ms since 1970 UTC), one object a
line, oldest first. Without "number" each gets the next one of its room; it comes twice where it
is imported twice, unless it has a "token": the user in lower case, a space, and 1 to 36 letters,
digits, - or _."""

_COPY: Final = """\
Bring all rooms from one store to another, which is made where there is none. What is there
already is skipped, so a copy can be repeated and continued; a room with something else in it is
refused. Then each room is read back from both, and a line tells for both how many messages there
are and their checksum, and whether they are the same. Stop the server first: what is said after
the beginning is not copied."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        status = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read the output has gone, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (StoreError, OSError) as error:
        _tell(_reason(error))
        return 1
    except KeyboardInterrupt:
        _tell("interrupted")
        return 1
    return int(status)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m chat.history", description="Look after what was said.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[Namespace], int], summary: str, text: str) -> Any:
        made = commands.add_parser(
            name, help=summary, description=text, formatter_class=RawDescriptionHelpFormatter
        )
        made.set_defaults(run=run)
        return made

    backup = command("backup", _backup, "copy an SQLite database", _BACKUP)
    backup.add_argument("file", type=Path, metavar="FILE", help="the copy; must not exist yet")
    export = command("export", _export, "write messages out", _EXPORT)
    export.add_argument("--room", help="lobby, or @alice@bob for what two said to each other")
    export.add_argument(
        "--format", choices=("jsonl", "text"), default="jsonl", help="jsonl unless given"
    )
    export.add_argument("file", nargs="?", metavar="FILE", help="stdout unless given")
    import_ = command("import", _import, "read messages in", _IMPORT)
    import_.add_argument("file", nargs="?", metavar="FILE", help="stdin unless given")
    copier = command("copy", _copy, "bring everything to another store", _COPY)
    copier.add_argument("source", metavar="SOURCE-URL", help=_STORE)
    copier.add_argument("target", metavar="TARGET-URL", help=_STORE)
    for reader in (backup, export, import_):
        store_help = f"{_STORE}; {DEFAULT_STORE} unless given here or in the file"
        reader.add_argument("--store", metavar="URL", help=store_help)
        reader.add_argument("--config", metavar="FILE", help="the server's: its store is taken")
    return parser


def _store(arguments: Namespace) -> str:
    """The URL of the store that is meant. Raises StoreError."""
    try:
        file = config.read(arguments.config) if arguments.config else config.Config()
    except config.ConfigError as error:
        raise StoreError(str(error)) from None
    return arguments.store or file.history.store or DEFAULT_STORE


def _backup(arguments: Namespace) -> int:
    back_up(_store(arguments), arguments.file)
    _tell(f"copied to {arguments.file}, {arguments.file.stat().st_size / 1e6:,.1f} MB")
    return 0


def _export(arguments: Namespace) -> int:
    as_json = arguments.format == "jsonl"
    export = export_json if as_json else export_text
    with reading(_store(arguments)) as reader:
        room = None if arguments.room is None else reader.room(arguments.room)
        with _output(arguments.file) as file:
            written = export(reader.pages(room), file.write)
    _tell(f"{written:,} messages written")
    return 0


def _import(arguments: Namespace) -> int:
    with _input(arguments.file) as file, writing(_store(arguments)) as writer:
        stored, known = import_lines(file, writer, _progress())
    _tell(f"{stored:,} messages imported, {known:,} were there already")
    return 0


def _copy(arguments: Namespace) -> int:
    with reading(arguments.source) as source:
        with writing(arguments.target) as target:
            stored = copy(source, target, _progress())
        with reading(arguments.target) as copied:
            checks = map(_show, compare(source, copied))
            same = [check.same for check in checks]
    different = same.count(False)
    _tell(f"{stored:,} messages copied; {len(same):,} rooms, {different:,} of them different")
    return 1 if different else 0


def _show(check: Check) -> Check:
    same = "same" if check.same else "DIFFERENT"
    print(check.key, *check.here, *check.there, same)
    return check


@contextmanager
def _output(name: str | None) -> Iterator[BinaryIO]:
    """A new file, that stays only if all could be written; or stdout."""
    if name in (None, "-"):
        yield sys.stdout.buffer
        return
    path = Path(str(name))
    with path.open("xb") as file:
        try:
            yield file
            file.flush()
        except BaseException:
            path.unlink()
            raise


@contextmanager
def _input(name: str | None) -> Iterator[BinaryIO]:
    if name in (None, "-"):
        yield sys.stdin.buffer
    else:
        with open(str(name), "rb") as file:
            yield file


def _progress() -> Tell:
    """Tells how far it has come, now and then."""
    told = 0

    def tell(stored: int) -> None:
        nonlocal told
        if stored - told >= TELL_MESSAGES:
            told = stored
            _tell(f"{stored:,} messages ...")

    return tell


def _reason(error: StoreError | OSError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _tell(line: str) -> None:
    print(f"chat.history: {' '.join(line.split())}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
