"""Lines of a file, as messages that may be stored, and as what there is about rooms. Knows no
store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, BinaryIO, Final, NamedTuple, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chat.history.room_records import SERVER, AuditEntry, Holder, Kept, Sanction
from chat.history.store import DELETED_USER, StoreError
from chat.history.tools.export import Line
from chat.history.tools.extras import LAST_MOMENT, About, Before, Rule, Thing
from chat.history.tools.room_keys import place_of, shown_key
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import LINE_BYTES, RUNAWAY_BYTES, TOKEN_CHARACTERS
from chat.vocabulary.names import Name, base_of, username
from chat.vocabulary.shape import from_json, network
from chat.vocabulary.text import clean

_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{TOKEN_CHARACTERS}}}")
_MESSAGE_OF: Final = msgspec.json.Decoder(Line)
_ABOUT_OF: Final = msgspec.json.Decoder(About)


class _Kind(Struct):
    """What says that a line is no message."""

    kept: Any = None
    sanction: Any = None
    audit: Any = None


_KIND_OF: Final = msgspec.json.Decoder(_Kind)

T = TypeVar("T", bound=Struct)


class Arrival(NamedTuple):
    """A message that is to be stored, and the line of a file that it came in; 0 for none."""

    line: Line
    at: int = 0


def arrivals(file: BinaryIO) -> Iterator[Arrival | Rule]:
    """What a file has; empty lines are nothing. Raises StoreError."""
    for at, raw in enumerate(iter(partial(file.readline, RUNAWAY_BYTES), b""), 1):
        if raw.strip():
            try:
                yield _read(raw, at)
            except ChatError as error:
                raise StoreError(f"line {at}: {error.sentence}") from None
            except ValueError as error:
                raise StoreError(f"line {at}: {error}") from None


def _read(raw: bytes, at: int) -> Arrival | Rule:
    """A line of JSON as it is stored. Raises ValueError, ChatError."""
    if len(raw) >= RUNAWAY_BYTES:
        raise ValueError(f"longer than {RUNAWAY_BYTES} bytes")
    if from_json(raw, _KIND_OF) == _Kind():
        return Arrival(_message(from_json(raw, _MESSAGE_OF)), at)
    about = from_json(raw, _ABOUT_OF)
    things: list[Thing] = []
    things += [_kept(about.kept)] if about.kept else []
    things += [_sanction(about.sanction)] if about.sanction else []
    things += [_entry(about.audit)] if about.audit else []
    if len(things) != 1:
        raise ValueError("a line has one thing about a room")
    return Rule(things[0], at)


def _message(line: Line) -> Line:
    is_deleted = line.user == DELETED_USER
    user = Name(DELETED_USER, DELETED_USER) if is_deleted else username(line.user)
    place, text = place_of(line.room), _text(line.text)
    if place.key[0] == "@" and not is_deleted and user.key not in place.key.split("@"):
        raise ValueError(f"{user.shown} is none of {place.key}")
    name = line.name or place.shown
    if place_of(name).key != base_of(place.key):
        raise ValueError(f"{name} is not the name of {shown_key(place.key)}")
    _check_token(line.token, user)
    if line.taken_back and line.hidden is None:
        raise ValueError("what was taken back is hidden: since when?")
    earlier = tuple(Before(each.at, _text(each.text)) for each in line.earlier)
    changed = {"room": place.key, "name": place_of(name).shown, "user": user.shown}
    return replace(line, **changed, text=text, earlier=earlier)


def _text(said: str) -> str:
    text = clean(said)
    if not text or text.isspace():
        raise ValueError("there is no text")
    if len(text) > LINE_BYTES:
        raise ValueError(f"the text is longer than {LINE_BYTES} characters")
    return text


def _check_token(token: str | None, user: Name) -> None:
    owner, _, own = (token or "").rpartition(" ")
    if token is not None and (owner != user.key or not _TOKEN.fullmatch(own)):
        raise ValueError(
            f'a token is "{user.key} " and 1 to {TOKEN_CHARACTERS} letters, digits, - _'
        )


def _kept(room: Kept) -> Kept:
    key = _key_of(room.key)
    if key and base_of(key) != place_of(room.name).key:
        raise ValueError(f"{room.name} is not the name of {shown_key(key)}")
    holders = tuple(_holder(each) for each in room.holders)
    keys = {each.key for each in holders}
    owners = [each for each in holders if each.standing == "owner"]
    if len(keys) < len(holders) or len(owners) > 1:
        raise ValueError(f"{room.name} has one owner, and each of its holders once")
    if not 0 <= room.topic_at <= LAST_MOMENT:
        raise ValueError(f"the topic of {room.name} was set at no time: {room.topic_at}")
    return replace(_cleaned(room), key=key, holders=holders, revision=0)


def _holder(holder: Holder) -> Holder:
    name = username(holder.name)
    if name.key != holder.key:
        raise ValueError(f"{holder.name} is not the name of {holder.key}")
    return replace(holder, name=name.shown)


def _sanction(sanction: Sanction) -> Sanction:
    is_network = "/" in sanction.target
    target = sanction.target
    target = str(network(target)) if is_network else username(target).key
    return replace(_cleaned(sanction), room=_key_of(sanction.room), target=target)


def _entry(entry: AuditEntry) -> AuditEntry:
    return replace(_cleaned(entry), room=_key_of(entry.room), number=0)


def _key_of(room: str) -> str:
    return SERVER if room == SERVER else place_of(room).key


def _cleaned(thing: T) -> T:
    """The same with nothing in its words that a line may not contain. Raises ValueError."""
    words = msgspec.structs.asdict(thing).items()
    texts = {name: clean(value) for name, value in words if isinstance(value, str)}
    if any(len(text) > LINE_BYTES for text in texts.values()):
        raise ValueError(f"a text is longer than {LINE_BYTES} characters")
    return replace(thing, **texts)
