"""The commands of python -m chat.admin about rooms, bans, mutes and the audit log. Knows no SQL."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError, Namespace
from functools import partial
from typing import Final

import msgspec

from chat.admin import TOOL
from chat.admin.decrees import Decrees
from chat.history.room_records import AuditEntry, Kept, Sanction, SanctionKind
from chat.history.store import StoreError
from chat.history.tools.account_admin import AccountAdmin
from chat.history.tools.commandline import Commands, output, store_of, takes_store
from chat.history.tools.export import reading
from chat.history.tools.room_admin import DONE, RoomAdmin, Terms, find_room
from chat.history.tools.room_keys import WHOLE_SERVER, shown_key
from chat.moderation.rules import modes_in_words, modes_of
from chat.moderation.targets import shown_of, target_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import LONGEST_SECONDS, REASON_CHARACTERS
from chat.vocabulary.names import Name, username
from chat.vocabulary.text import clean
from chat.vocabulary.times import rfc3339, seconds

_WHO: Final = """\
WHO is a username, an address (203.0.113.7, 2001:db8::7) or a network (203.0.113.0/24);
user:10.9m is a username whatever it looks like."""

_ROOM: Final = """\
Where two rooms have the same name, as one of them is private, they are called tea/0 and tea/1:
`rooms` shows which is which."""

_BAN: Final = f"""\
Keep somebody off the server, or out of one room.
{_WHO}
Who is here is sent out within a second. Operators are not kept out. A ban that there is already is
replaced.

{_ROOM}"""

_MUTE: Final = f"""\
Have nobody hear what somebody says, on the server or in one room.
{_WHO}
Operators are heard. What there is already is replaced.

{_ROOM}"""

_LIFT: Final = f"""\
Lift that again, on the server or in one room, where it was imposed.
{_WHO}
@alice is the address that alice came from when somebody said so in the chat.

{_ROOM}"""

_SANCTIONS: Final = """\
Write out those that hold now, a line each: the room or * for the whole server, who, until when
(UTC) or that it is for good, by whom and why."""

_AUDIT: Final = """\
Write out all that was done about rooms and people, oldest first, a line each: number, time, room or
* for the whole server, by whom, what, to whom or -, and how, for how long and why. What was done
with this program was done by *admin:olga*, where olga is a user of this machine.

As JSON "at" is in ms since 1970 UTC, "room" is the room's key and "name" what it is called; both
are empty for the whole server."""

_ROOMS: Final = """\
Write out all rooms of which something is kept, a line each: name, owner or -, modes and topic. The
second, third ... room with the same name has /1, /2 ... behind it."""

_GIVE: Final = f"""\
Make somebody the owner of a room: one whose owner is gone, or any. Who has owned it moderates it
then. With --new it is one that there is not yet: nobody keeps it, and nothing was said there. USER
is a registered username.

{_ROOM}"""


def add_to(commands: Commands) -> None:
    """Add these commands."""
    _add_sanctions(commands, "ban", "keep somebody out", _BAN)
    _add_sanctions(commands, "mute", "have nobody hear somebody", _MUTE)
    audit = commands.add("audit", _audit, "write out what was done to whom by whom", _AUDIT)
    audit.add_argument("--room", metavar="ROOM", help="only what was done in that room")
    audit.add_argument("--json", action="store_true", help="an object of JSON for each")
    audit.add_argument("file", nargs="?", metavar="FILE", help="stdout unless given")
    rooms = commands.add("rooms", _rooms, "show the rooms that are kept", _ROOMS)
    give = commands.add("give", _give, "give a room another owner", _GIVE)
    give.add_argument("room", metavar="ROOM", help="its name")
    give.add_argument("user", metavar="USER", help="the new owner")
    give.add_argument("--new", action="store_true", help="make the room: there is none yet")
    for each in (audit, rooms, give):
        takes_store(each)


def _add_sanctions(commands: Commands, kind: SanctionKind, summary: str, text: str) -> None:
    impose = commands.add(kind, partial(_impose, kind), summary, text)
    lift = commands.add(f"un{kind}", partial(_lift, kind), f"lift a {kind}", _LIFT)
    show = commands.add(f"{kind}s", partial(_sanctions, kind), f"show all {kind}s", _SANCTIONS)
    for named in (impose, lift):
        named.add_argument("who", metavar="WHO", help="a username, an address or a network")
    length = "for how long: 30m, 12h, 7d; for good unless given"
    impose.add_argument("--for", dest="length", type=_seconds, default=0, metavar="2h", help=length)
    impose.add_argument("--reason", default="", metavar="TEXT", help="why; whom it hits is told")
    for each in (impose, lift, show):
        each.add_argument("--room", metavar="ROOM", help="in that room instead of everywhere")
        takes_store(each)


def _impose(kind: SanctionKind, arguments: Namespace) -> int:
    target = _target(arguments.who)
    with RoomAdmin.at(store_of(arguments)) as rooms:
        room = _place(rooms, arguments.room) or WHOLE_SERVER
        rooms.impose(kind, room, target, Terms(arguments.length, _reason(arguments.reason)))
    TOOL.tell(f"{target.shown} is {DONE[kind]}{_in(room)}")
    _tell_of_operators(kind, {target.key}, arguments)
    return 0


def _lift(kind: SanctionKind, arguments: Namespace) -> int:
    who = arguments.who
    targets = [] if who.startswith("@") else [_target(who)]
    with RoomAdmin.at(store_of(arguments)) as rooms:
        room = _place(rooms, arguments.room) or WHOLE_SERVER
        targets = targets or rooms.addresses(kind, room, who) or [Name(who, who)]
        for target in targets:
            rooms.lift(kind, room, target)
    TOOL.tell(f"{targets[0].shown} is {DONE[kind]}{_in(room)} no longer")
    return 0


def _sanctions(kind: SanctionKind, arguments: Namespace) -> int:
    with RoomAdmin.at(store_of(arguments)) as rooms:
        found = rooms.sanctions(kind, _place(rooms, arguments.room))
    for sanction in found:
        print(_sanction_line(sanction))
    sys.stdout.flush()
    _tell_of_operators(kind, {sanction.target for sanction in found}, arguments)
    return 0


def _tell_of_operators(kind: SanctionKind, targets: set[str], arguments: Namespace) -> None:
    """Tell what does not hold: operators are neither kept out nor muted."""
    decrees = Decrees.of(arguments)
    with AccountAdmin.at(store_of(arguments)) as accounts:
        records = [listed.record for listed in accounts.listed()]
    for key, sources in decrees.operators(records).items():
        if key in targets:
            TOOL.tell(f"{key} is an operator ({sources}): no {kind} holds as long as that is so")


def _audit(arguments: Namespace) -> int:
    show = _entry_as_json if arguments.json else _entry_line
    written = 0
    with reading(store_of(arguments)) as reader:
        word = arguments.room
        room = word and reader.ask(lambda connection: find_room(connection, word)).key
        with output(arguments.file, TOOL.tell) as file:
            for page in reader.log(room):
                file.write(b"".join(show(entry) + b"\n" for entry in page))
                written += len(page)
    TOOL.sum_up(f"{written:,} entries written")
    return 0


def _rooms(arguments: Namespace) -> int:
    with RoomAdmin.at(store_of(arguments)) as rooms:
        found = rooms.rooms()
    for kept in found:
        print(_room_line(kept))
    return 0


def _give(arguments: Namespace) -> int:
    key = username(arguments.user).key
    url = store_of(arguments)
    with AccountAdmin.at(url) as accounts:
        record = accounts.record(key)
    with RoomAdmin.at(url) as rooms:
        room = rooms.give(arguments.room, record, arguments.new)
    TOOL.tell(f"{room.shown} is {record.name}'s")
    return 0


def _place(rooms: RoomAdmin, word: str | None) -> Name | None:
    return None if word is None else rooms.room(word)


def _target(word: str) -> Name:
    """Whom that means, with what the store calls it. Raises StoreError, ChatError."""
    if word.startswith("@"):
        raise StoreError(
            f"only the server knows where somebody comes from: BAN {word} says it there"
        )
    try:
        target = target_of(word, {})
    except ChatError as error:
        if error.code == "invalid-username" and any(mark in word for mark in "/:"):
            raise StoreError(f"{word} is no address and no network") from None
        raise
    return Name(target.shown, target.stored)


def _seconds(word: str) -> int:
    """A length of time of the command line. Raises ArgumentTypeError."""
    try:
        length = seconds(word)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    if length > LONGEST_SECONDS:
        raise ArgumentTypeError(f"{word!r} is longer than anybody lives: leave it out")
    return length


def _reason(text: str) -> str:
    """A reason as one line for the terminals of others."""
    words = text.encode(errors="replace").decode().split()
    return clean(" ".join(words))[:REASON_CHARACTERS]


def _in(room: Name) -> str:
    return f" in {shown_key(room.key)}" if room.key else ""


def _sanction_line(sanction: Sanction) -> str:
    until = f"until {rfc3339(sanction.until)}" if sanction.until else "for good"
    line = f"{shown_key(sanction.room)} {shown_of(sanction)} {until} by {sanction.by}"
    return f"{line}: {sanction.reason}" if sanction.reason else line


def _room_line(kept: Kept) -> str:
    owners = [holder.name for holder in kept.holders if holder.standing == "owner"]
    owner = owners[0] if owners else "-"
    _, slash, number = shown_key(kept.key).partition("/")
    name = f"{kept.name}{slash}{number}"
    return f"{name:24} {owner:24} {modes_in_words(modes_of(kept))} {kept.topic}".rstrip()


def _entry_line(entry: AuditEntry) -> bytes:
    words = (entry.number, rfc3339(entry.at), shown_key(entry.room), entry.by, entry.act)
    line = " ".join([*map(str, words), entry.target or "-", entry.text])
    return line.rstrip().encode()


def _entry_as_json(entry: AuditEntry) -> bytes:
    shown = msgspec.structs.asdict(entry)
    return msgspec.json.encode({"number": shown.pop("number"), **shown})
