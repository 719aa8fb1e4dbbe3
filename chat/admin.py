"""The command line of the accounts: python -m chat.admin COMMAND. Knows no SQL.

A password is never taken from the command line, where others on the machine could read it.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from getpass import getpass
from typing import Final

from chat.accounts.passwords import hashed, password
from chat.errors import ChatError
from chat.history.sql import person
from chat.history.sql.archive import reading
from chat.history.sql.operator import Listed, operating
from chat.history.store import DELETED_TEXT, StoreError
from chat.history.tool import Commands, Tool, output, store_of, takes_store
from chat.limits import RUNAWAY_BYTES
from chat.names import Name, username
from chat.times import rfc3339

_CREATE: Final = """\
Make an account. Its password is asked for twice at the terminal; it is one word of 8 to 256 bytes.
Who is here under that name as a guest stays until it goes, or until the owner comes."""

_LIST: Final = """\
Write out all accounts, a line each: name, since when, how many rooms, and whether it is disabled.
As JSON "since" is in ms since 1970 UTC."""

_DISABLE: Final = """\
Have nobody in under that name. Who is in is signed out within a second. Everything is kept."""

_ENABLE: Final = """\
Let the owner in again."""

_DELETE: Final = f"""\
Delete an account and all that is its owner's: its password, its rooms, and every message that was
said under its name since it is an account, in rooms and in conversations. As the numbers of a room
have no holes, their texts are replaced by {DELETED_TEXT}. What others have said stays, also to it.

A server may go on meanwhile; who is in is signed out. Where it is broken off the account is
disabled: delete it again. Backups are not changed."""

_RESET: Final = """\
Give an account another password, which is asked for as in `create`. Who is in is signed out within
a second."""

_EXPORT: Final = """\
Write out what belongs to one person, as lines of JSON: the account, its places (rooms and
conversations, and how far it has read there), every message that it has said since it is an
account, and what was said in its conversations since then. Messages are as `python -m chat.history
export` writes them. The server may go on."""

_TOOL: Final = Tool("chat.admin")


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    return _TOOL.main(_commands(), argv)


def _commands() -> Commands:
    commands = Commands(_TOOL.name, "Look after accounts.")
    create = commands.add("create", _create, "make an account", _CREATE)
    list_ = commands.add("list", _list, "show all accounts", _LIST)
    list_.add_argument("--json", action="store_true", help="an object of JSON for each")
    disable = commands.add("disable", _disable, "have nobody in under a name", _DISABLE)
    enable = commands.add("enable", _enable, "let the owner in again", _ENABLE)
    delete = commands.add("delete", _delete, "forget a person", _DELETE)
    delete.add_argument("--yes", action="store_true", help="don't ask")
    reset = commands.add("reset", _reset, "give an account another password", _RESET)
    export = commands.add("export", _export, "write out what belongs to a person", _EXPORT)
    for named in (create, disable, enable, delete, reset, export):
        named.add_argument("name", metavar="NAME", help="the username")
    for secret in (create, reset):
        way = secret.add_mutually_exclusive_group()
        stdin = "the password is a line of the standard input"
        way.add_argument("--stdin", action="store_true", help=stdin)
        none = "none: it is checked elsewhere (twistd chat --auth)"
        way.add_argument("--no-password", action="store_true", help=none)
    export.add_argument("file", nargs="?", metavar="FILE", help="stdout unless given")
    for each in (create, list_, disable, enable, delete, reset, export):
        takes_store(each)
    return commands


def _create(arguments: Namespace) -> int:
    name = username(arguments.name)
    with operating(store_of(arguments)) as operator:
        operator.create(name, _hash(arguments, name))
    _TOOL.tell(f"{name.shown} is an account")
    return 0


def _list(arguments: Namespace) -> int:
    with operating(store_of(arguments)) as operator:
        found = operator.listed()
    show = _as_json if arguments.json else _for_people
    for listed in found:
        print(show(listed))
    return 0


def _disable(arguments: Namespace) -> int:
    with operating(store_of(arguments)) as operator:
        operator.disable(username(arguments.name).key)
    _TOOL.tell(f"{arguments.name} is disabled")
    return 0


def _enable(arguments: Namespace) -> int:
    with operating(store_of(arguments)) as operator:
        operator.enable(username(arguments.name).key)
    _TOOL.tell(f"{arguments.name} is enabled")
    return 0


def _delete(arguments: Namespace) -> int:
    with operating(store_of(arguments)) as operator:
        record = operator.record(username(arguments.name).key)
        many = operator.messages(record)
        if not arguments.yes and not _agrees(f"Delete {record.name}, {many:,} messages?"):
            _TOOL.tell("nothing is deleted")
            return 1
        deleted = operator.delete(record.key, _TOOL.progress())
    _TOOL.tell(f"{record.name} is deleted, {deleted.messages:,} messages")
    if not deleted.is_clean:
        _TOOL.tell("somebody is reading: until the server stops, some of it is in the -wal file")
    return 0


def _reset(arguments: Namespace) -> int:
    name = username(arguments.name)
    with operating(store_of(arguments)) as operator:
        shown = operator.record(name.key).name
        operator.reset(name.key, _hash(arguments, name))
    _TOOL.tell(f"{shown} has another password")
    return 0


def _export(arguments: Namespace) -> int:
    with reading(store_of(arguments)) as reader:
        owned = person.find(reader, username(arguments.name).key)
        with output(arguments.file) as file:
            written = person.export(reader, owned, file.write)
    _TOOL.tell(f"{written:,} messages written")
    return 0


def _hash(arguments: Namespace, name: Name) -> str | None:
    """The hash of the password that was chosen. Raises StoreError, ChatError."""
    if arguments.no_password:
        return None
    if arguments.stdin:
        given = _line()
    elif not sys.stdin.isatty():
        raise StoreError("there is no terminal to ask for a password: see --stdin")
    else:
        given = getpass(f"Password of {name.shown}: ")
        password(given, name.shown)
        if getpass("Once more: ") != given:
            raise StoreError("those were two different passwords")
    return hashed(password(given, name.shown))


def _line() -> str:
    """A line of the standard input. Raises ChatError."""
    try:
        return sys.stdin.buffer.readline(RUNAWAY_BYTES).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ChatError("bad-password") from None


def _agrees(question: str) -> bool:
    """Whether whoever runs this says yes."""
    print(question, "[y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _for_people(listed: Listed) -> str:
    record, rooms = listed
    state = "disabled" if record.is_disabled else ""
    many = f"{rooms:,} room{'' if rooms == 1 else 's'}"
    return f"{record.name:32} {rfc3339(record.since)} {many:>10} {state}".rstrip()


def _as_json(listed: Listed) -> str:
    record, rooms = listed
    shown = {"name": record.name, "since": record.since, "disabled": record.is_disabled}
    return json.dumps(shown | {"rooms": rooms}, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main())
