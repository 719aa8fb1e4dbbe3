"""Lines of a file, as messages that may be stored, and as what there is about rooms. Knows no
store."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chat.history.account_records import Record
from chat.history.room_records import SERVER, AuditEntry, Holder, Kept, Sanction
from chat.history.store import DELETED_USER, StoreError
from chat.history.tools.export import Line
from chat.history.tools.extras import About, Before, Rule, Thing, about
from chat.history.tools.room_keys import key_of_place, place_of, shown_key
from chat.net.address import may_be_banned, network_of
from chat.vocabulary.errors import ChatError
from chat.vocabulary.limits import (
    HOLDERS_IMPORTED,
    LINE_BYTES,
    RECORD_BYTES,
    RUNAWAY_BYTES,
    TOKEN_CHARACTERS,
)
from chat.vocabulary.names import Name, base_of, user_key, username
from chat.vocabulary.shape import from_json, network
from chat.vocabulary.text import clean, unmarked

_TOKEN: Final = re.compile(rf"[A-Za-z0-9_-]{{1,{TOKEN_CHARACTERS}}}")
_DIGEST: Final = re.compile(r"[0-9a-f]{16}")


class _Kind(Struct):
    """What says that a line is no message."""

    kept: Any = None
    sanction: Any = None
    audit: Any = None
    more: Any = None


class _Texts(Struct, forbid_unknown_fields=True):
    """More texts that the message before had."""

    more: tuple[Before, ...]


class _Holders(Struct, forbid_unknown_fields=True):
    """More holders of the room before."""

    more: tuple[Holder, ...]


_KIND_OF: Final = msgspec.json.Decoder(_Kind)
_MESSAGE_OF: Final = msgspec.json.Decoder(Line)
_ABOUT_OF: Final = msgspec.json.Decoder(About)
_RECORD_OF: Final = msgspec.json.Decoder(Record)
_TEXTS_OF: Final = msgspec.json.Decoder(_Texts)
_HOLDERS_OF: Final = msgspec.json.Decoder(_Holders)

S = TypeVar("S")
T = TypeVar("T", bound=Struct)


class Arrival(NamedTuple):
    """A message that is to be stored, and the line of a file that it came in; 0 for none."""

    line: Line
    at: int = 0


class Lines(Protocol):
    """A file, or what stands for one."""

    def readline(self, size: int, /) -> bytes:
        """The next line, with its end, or so many bytes of it."""


def arrivals(file: Lines, where: str = "line") -> Iterator[Arrival | Rule]:
    """What a file has; empty lines are nothing. where: what a line's number stands behind, where it
    is told. Raises StoreError."""
    pieces = _Pieces(where)
    for at, raw in enumerate(iter(partial(file.readline, RUNAWAY_BYTES), b""), 1):
        if at == 1:
            raw = pieces.unmarked(raw)
        if raw.strip():
            yield from pieces.take(raw, at)
    yield from pieces.end()


def check_bounds(thing: Line | Thing | Record) -> None:
    """Raises StoreError, where something that another store has is not within the bounds that a
    line of a file has."""
    try:
        if isinstance(thing, Line):
            from_json(msgspec.json.encode(thing), _MESSAGE_OF)
        elif isinstance(thing, Record):
            from_json(msgspec.json.encode(thing), _RECORD_OF)
        else:
            from_json(msgspec.json.encode(about(thing)), _ABOUT_OF)
    except ValueError as error:
        if isinstance(thing, Record):
            raise StoreError(f"account {thing.key}: {error}") from None
        place = shown_key(thing.key if isinstance(thing, Kept) else thing.room)
        number = f" number {thing.number}" if isinstance(thing, (Line, AuditEntry)) else ""
        raise StoreError(f"{place}{number}: {error}") from None


class _Pieces:
    """A message, or something about a room, of which there may be more in the next lines."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._begun: Line | Thing | None = None
        self._at = 0
        self._more: list[Any] = []
        self._size = 0

    def unmarked(self, raw: bytes) -> bytes:
        """The first line, without what some editors put in front. Raises StoreError."""
        return self._named(1, lambda: unmarked(raw))

    def take(self, raw: bytes, at: int) -> Iterator[Arrival | Rule]:
        """A line has come; what is complete now. Raises StoreError."""
        if len(raw) >= RUNAWAY_BYTES:
            raise StoreError(f"{self._where} {at}: longer than {RUNAWAY_BYTES} bytes")
        kind = self._named(at, lambda: from_json(raw, _KIND_OF))
        if kind.more is not None:
            self._named(at, lambda: self._add(raw))
            return
        yield from self.end()
        self._begun = self._named(at, lambda: _decoded(raw, kind))
        self._at, self._size = at, len(raw)

    def end(self) -> Iterator[Arrival | Rule]:
        """The last one is complete. Raises StoreError."""
        begun, more, at = self._begun, self._more, self._at
        self._begun, self._more = None, []
        if isinstance(begun, Line):
            line = replace(begun, earlier=(*begun.earlier, *more)) if more else begun
            yield Arrival(self._named(at, lambda: _message(line)), at)
        elif begun is not None:
            whole = replace(begun, holders=(*begun.holders, *more)) if more else begun  # type: ignore[union-attr]
            yield Rule(self._named(at, lambda: _thing(whole)), at)

    def _add(self, raw: bytes) -> None:
        self._size += len(raw)
        if self._size > RECORD_BYTES:
            raise ValueError(f"with those before it longer than {RECORD_BYTES} bytes")
        if isinstance(self._begun, Line):
            self._more += from_json(raw, _TEXTS_OF).more
        elif isinstance(self._begun, Kept):
            self._more += from_json(raw, _HOLDERS_OF).more
        else:
            raise ValueError("there is nothing before it that has more")

    def _named(self, at: int, job: Callable[[], S]) -> S:
        """What comes of a line's job. Raises StoreError, with the line's number."""
        try:
            return job()
        except ChatError as error:
            raise StoreError(f"{self._where} {at}: {error.sentence}") from None
        except ValueError as error:
            raise StoreError(f"{self._where} {at}: {error}") from None


def _decoded(raw: bytes, kind: _Kind) -> Line | Thing:
    """A line of JSON. Raises ValueError."""
    if kind == _Kind():
        return from_json(raw, _MESSAGE_OF)
    said = from_json(raw, _ABOUT_OF)
    things = [thing for thing in (said.kept, said.sanction, said.audit) if thing is not None]
    if len(things) != 1:
        raise ValueError("a line has one thing about a room")
    return things[0]


def _message(line: Line) -> Line:
    """A message as it is stored. Raises ValueError, ChatError."""
    is_deleted = line.user == DELETED_USER
    user = Name(DELETED_USER, DELETED_USER) if is_deleted else username(line.user)
    key, name = _place(line.room, line.name)
    if key[0] == "@" and not is_deleted and user.key not in key.split("@"):
        raise ValueError(f"{user.shown} is none of {key}")
    _check_token(line.token, user)
    if line.taken_back and line.hidden is None:
        raise ValueError("what was taken back is hidden: since when?")
    earlier = tuple(Before(each.at, _text(each.text)) for each in line.earlier)
    changed = {"room": key, "name": name, "user": user.shown, "text": _text(line.text)}
    changed["hidden_by"] = clean(line.hidden_by)[:LINE_BYTES]
    return replace(line, **changed, earlier=earlier)


def _place(room: str, name: str | None) -> tuple[str, str]:
    """A place's key, and what it is called. Raises ValueError, ChatError."""
    if room.startswith("@"):
        key = key_of_place(room)
        if name is not None and key_of_place(name) != key:
            raise ValueError(f"{name} is not the name of {key}")
        return key, key
    if name is None:
        place = place_of(room)
        return place.key, place.shown
    key, place = key_of_place(room), place_of(name)
    if place.key != base_of(key):
        raise ValueError(f"{name} is not the name of {shown_key(key)}")
    return key, place.shown


def _text(said: str) -> str:
    text = clean(said)
    if not text or text.isspace():
        raise ValueError("there is no text")
    if len(text) > LINE_BYTES:
        raise ValueError(f"the text is longer than {LINE_BYTES} characters")
    return text


def _check_token(token: str | None, user: Name) -> None:
    owner, _, own = (token or "").rpartition(" ")
    owner, _, text = owner.partition(" =")
    is_named = owner == user.key and (not text or _DIGEST.fullmatch(text))
    if token is not None and not (is_named and _TOKEN.fullmatch(own)):
        raise ValueError(
            f'a token is "{user.key} " and 1 to {TOKEN_CHARACTERS} letters, digits, - _'
        )


def _thing(thing: Thing) -> Thing:
    """Something about a room as it is stored. Raises ValueError, ChatError."""
    if isinstance(thing, Kept):
        return _kept(thing)
    return _sanction(thing) if isinstance(thing, Sanction) else _entry(thing)


def _kept(room: Kept) -> Kept:
    if room.key == SERVER:
        if replace(room, name="", raid=0, revision=0) != Kept(SERVER, ""):
            raise ValueError("the whole server has a raid switch, and nothing else is kept of it")
        return replace(room, name="", revision=0)
    if room.key.startswith("@"):
        raise ValueError(f"{room.key} is no room")
    key, name = _place(room.key, room.name)
    holders = tuple(map(_holder, room.holders))
    keys = {each.key for each in holders}
    owners = [each for each in holders if each.standing == "owner"]
    if len(keys) < len(holders) or len(owners) > 1:
        raise ValueError(f"{name} has one owner, and each of its holders once")
    if len(holders) > HOLDERS_IMPORTED:
        raise ValueError(f"{name} has more than {HOLDERS_IMPORTED} holders")
    decisions = tuple(_cleaned(each) for each in room.decisions)
    beside = {"holders": holders, "decisions": decisions, "revision": 0}
    return replace(_cleaned(room), key=key, name=name, **beside)


def _holder(holder: Holder) -> Holder:
    name = username(holder.name)
    if name.key != holder.key:
        raise ValueError(f"{holder.name} is not the name of {holder.key}")
    return replace(holder, name=name.shown)


def _sanction(sanction: Sanction) -> Sanction:
    if "/" not in sanction.target:
        target = user_key(sanction.target)
    else:
        network(sanction.target)  # it is written like one
        range_ = network_of(sanction.target)
        if range_ is None or not may_be_banned(range_):
            raise ChatError("bad-network", sanction.target)
        target = str(range_)
    return replace(_cleaned(sanction), room=_key_of(sanction.room), target=target)


def _entry(entry: AuditEntry) -> AuditEntry:
    return replace(_cleaned(entry), room=_key_of(entry.room), number=0)


def _key_of(room: str) -> str:
    return SERVER if room == SERVER else key_of_place(room)


def _cleaned(thing: T) -> T:
    """The same with nothing in its words that a line may not contain."""
    words = msgspec.structs.asdict(thing).items()
    texts = {name: clean(value) for name, value in words if isinstance(value, str)}
    return replace(thing, **texts)
