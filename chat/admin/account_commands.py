"""The commands of python -m chat.admin about accounts. Knows no SQL.

A password is never taken from the command line, where others on the machine could read it.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from getpass import getpass
from typing import Final

from chat.accounts.passwords import hashed, password
from chat.admin import TOOL
from chat.admin.decrees import Decrees
from chat.history.account_records import Record
from chat.history.store import DELETED_TEXT, DELETED_USER, StoreError
from chat.history.tools import person
from chat.history.tools.account_admin import AccountAdmin, Listed
from chat.history.tools.commandline import Commands, output, store_of, takes_store
from chat.history.tools.export import reading
from chat.history.upkeep.progress import progress
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import RUNAWAY_BYTES
from chat.vocabulary.names import Name, username
from chat.vocabulary.text import unmarked
from chat.vocabulary.times import rfc3339

_CREATE: Final = """\
Make an account. Its password is asked for twice at the terminal; it is one word of 8 to 256 bytes.
Who is here under that name as a guest stays until it goes, or until the owner comes."""

_LIST: Final = """\
Write out all accounts, a line each: name, since when, how many rooms, whether it is disabled, and
whether it is an operator, and by what: (store) was made one with `operator`, (chat.toml, line 3) is
named by the server's file, which is known where --config names it. As JSON "since" is in ms since
1970 UTC, and "operator_by" a list."""

_OPERATORS: Final = """\
Write out all operators, a line each, as `list` does. Who is named by the server's file and is no
account yet is told of apart."""

_DISABLE: Final = """\
Have nobody in under that name. Who is in is signed out within a second. Everything is kept."""

_ENABLE: Final = """\
Let the owner in again."""

_DELETE: Final = f"""\
Delete an account and all that is its owner's: its password, its rooms, what it is in rooms, and
every message that was said under its name since it is an account, in rooms and in conversations,
with the texts that they had before they were edited, and those that are hidden. As messages keep
their numbers, their texts are replaced by {DELETED_TEXT}. What others have said stays, also to it.

In the audit log its name is replaced by {DELETED_USER}; what it gave as a reason stays. So does a
ban or a mute against the name as long as it holds: lift it with `unban` or `unmute`. A room that it
has owned has no owner then: see `give`.

A server may go on meanwhile; who is in is signed out. Where it is broken off the account is
disabled: delete it again. Backups are not changed."""

_RESET: Final = """\
Give an account another password, which is asked for as in `create`. Who is in is signed out within
a second."""

_EXPORT: Final = """\
Write out what belongs to one person, as lines of JSON: the account, its places (rooms and
conversations, and how far it has read there), what it is in rooms, every message that it has said
since it is an account, and what was said in its conversations since then, the texts that its
messages had before they were edited, and what it has done by the audit log. Messages are as
`python -m chat.history export` writes them. The server may go on."""

_OPERATOR: Final = """\
Make an account an operator's: whoever has it may do everything in all rooms that it knows of, ban
and mute on the whole server, and read the whole audit log. Who is in has those rights within a
second. With --off it is none any more; whom the server's file names is taken out there."""


_UNKNOWN: Final = "whom the server's file names is an operator as well: see --config"


def add_to(commands: Commands) -> None:
    """Add these commands."""
    create = commands.add("create", _create, "make an account", _CREATE)
    list_ = commands.add("list", _list, "show all accounts", _LIST)
    operators = commands.add("operators", _operators, "show all operators", _OPERATORS)
    for shown in (list_, operators):
        shown.add_argument("--json", action="store_true", help="an object of JSON for each")
    disable = commands.add("disable", _disable, "have nobody in under a name", _DISABLE)
    enable = commands.add("enable", _enable, "let the owner in again", _ENABLE)
    delete = commands.add("delete", _delete, "forget a person", _DELETE)
    delete.add_argument("--yes", action="store_true", help="don't ask")
    reset = commands.add("reset", _reset, "give an account another password", _RESET)
    export = commands.add("export", _export, "write out what belongs to a person", _EXPORT)
    operator = commands.add("operator", _operator, "make somebody an operator", _OPERATOR)
    operator.add_argument("--off", action="store_true", help="not any more")
    for named in (create, disable, enable, delete, reset, export, operator):
        named.add_argument("name", metavar="NAME", help="the username")
    for secret in (create, reset):
        way = secret.add_mutually_exclusive_group()
        stdin = "the password is a line of the standard input"
        way.add_argument("--stdin", action="store_true", help=stdin)
        none = "none: it is checked elsewhere (twistd chat --auth)"
        way.add_argument("--no-password", action="store_true", help=none)
    export.add_argument("file", nargs="?", metavar="FILE", help="stdout unless given")
    for each in (create, list_, operators, disable, enable, delete, reset, export, operator):
        takes_store(each)


def _create(arguments: Namespace) -> int:
    name, decrees = username(arguments.name), Decrees.of(arguments)
    with AccountAdmin.at(store_of(arguments)) as accounts:
        accounts.create(name, _hash(arguments, name))
    where = decrees.where(name.key)
    TOOL.tell(f"{name.shown} is an account{f', and an operator by {where}' if where else ''}")
    return 0


def _list(arguments: Namespace) -> int:
    _write_out(arguments, everybody=True)
    return 0


def _operators(arguments: Namespace) -> int:
    decrees = _write_out(arguments, everybody=False)
    if not decrees.path:
        TOOL.tell(_UNKNOWN)
    return 0


def _write_out(arguments: Namespace, everybody: bool) -> Decrees:
    """Show accounts, or those alone that are operators'; returns what the file says."""
    decrees = Decrees.of(arguments)
    with AccountAdmin.at(store_of(arguments)) as accounts:
        found = accounts.listed()
    show = _as_json if arguments.json else _for_people
    for listed in found:
        if everybody or decrees.sources(listed.record):
            print(show(listed, decrees.sources(listed.record)))
    sys.stdout.flush()
    for word, where in decrees.without({listed.record.key for listed in found}):
        TOOL.tell(f"{word} is named an operator by {where}, and is no account yet: see `create`")
    return decrees


def _disable(arguments: Namespace) -> int:
    with AccountAdmin.at(store_of(arguments)) as accounts:
        accounts.disable(username(arguments.name).key)
    TOOL.tell(f"{arguments.name} is disabled")
    return 0


def _enable(arguments: Namespace) -> int:
    with AccountAdmin.at(store_of(arguments)) as accounts:
        accounts.enable(username(arguments.name).key)
    TOOL.tell(f"{arguments.name} is enabled")
    return 0


def _operator(arguments: Namespace) -> int:
    key, decrees = username(arguments.name).key, Decrees.of(arguments)
    where = decrees.where(key)
    with AccountAdmin.at(store_of(arguments)) as accounts:
        record = accounts.record(key)
        if arguments.off and where:
            raise StoreError(
                f"{record.name} is an operator by [accounts] operators in {where}: remove the name "
                "there, and restart the server"
            )
        accounts.appoint(key, not arguments.off)
    told = f"{record.name} is {'no' if arguments.off else 'an'} operator"
    if arguments.off and not decrees.path:
        told += f"; but {_UNKNOWN}"
    elif record.is_disabled and not arguments.off:
        told += ", but disabled: see `enable`"
    TOOL.tell(told)
    return 0


def _delete(arguments: Namespace) -> int:
    decrees = Decrees.of(arguments)
    with AccountAdmin.at(store_of(arguments)) as accounts:
        record = accounts.record(username(arguments.name).key)
        many = accounts.messages(record)
        if not arguments.yes and not _agrees(f"Delete {record.name}, {many:,} messages?"):
            TOOL.tell("nothing is deleted")
            return 1
        with progress("deleting", many) as tell:
            deleted = accounts.delete(record.key, tell)
    TOOL.tell(f"{record.name} is deleted, {deleted.messages:,} messages")
    if where := decrees.where(record.key):
        TOOL.tell(f"{where} names {record.name} an operator: remove the name there")
    if not deleted.is_clean:
        TOOL.tell("somebody is reading: until the server stops, some of it is in the -wal file")
    return 0


def _reset(arguments: Namespace) -> int:
    name = username(arguments.name)
    with AccountAdmin.at(store_of(arguments)) as accounts:
        shown = accounts.record(name.key).name
        accounts.reset(name.key, _hash(arguments, name))
    TOOL.tell(f"{shown} has another password")
    return 0


def _export(arguments: Namespace) -> int:
    key, url, decrees = username(arguments.name).key, store_of(arguments), Decrees.of(arguments)
    with reading(url) as reader, AccountAdmin.at(url) as accounts:
        owned = person.find(reader, key)
        with output(arguments.file, TOOL.tell) as file:
            accounts.note("EXPORT", accounts.record(key).name)
            sources = decrees.sources(Record(*owned.record))
            written = person.export(reader, owned, file.write, sources)
    TOOL.sum_up(f"{written:,} messages written")
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
    """A line of the standard input. Raises ChatError, StoreError."""
    line = sys.stdin.buffer.readline(RUNAWAY_BYTES)
    try:
        return unmarked(line).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ChatError("bad-password") from None
    except ValueError as error:
        raise StoreError(f"standard input: {error}") from None


def _agrees(question: str) -> bool:
    """Whether whoever runs this says yes."""
    print(question, "[y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _for_people(listed: Listed, sources: list[str]) -> str:
    record, rooms = listed
    operator = f"operator ({'; '.join(sources)})"
    states = {"disabled": record.is_disabled, operator: bool(sources)}
    state = " ".join(word for word, is_so in states.items() if is_so)
    many = f"{rooms:,} room{'' if rooms == 1 else 's'}"
    return f"{record.name:32} {rfc3339(record.since)} {many:>10} {state}".rstrip()


def _as_json(listed: Listed, sources: list[str]) -> str:
    record, rooms = listed
    shown = {"name": record.name, "since": record.since, "disabled": record.is_disabled}
    shown |= {"rooms": rooms, "operator": bool(sources), "operator_by": sources}
    return json.dumps(shown, ensure_ascii=False)
