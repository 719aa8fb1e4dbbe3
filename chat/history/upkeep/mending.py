"""What an earlier version has stored, within the bounds of chat.history.room_records: it imported
whatever it was given. Knows no storage."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chat.history.room_records import AuditEntry, Holder, Kept, Sanction
from chat.net.address import may_be_banned, network_of
from chat.vocabulary.limits import (
    HOLDERS_IMPORTED,
    KEY_CHARACTERS,
    LINE_BYTES,
    REASON_CHARACTERS,
    SLOW_MOST_SECONDS,
    TOPIC_CHARACTERS,
)
from chat.vocabulary.times import moment

T = TypeVar("T", bound=Struct)


def mended_room(kept: Kept) -> Kept:
    """What is kept of a room, as it may be."""
    # A version before took a topic away, and left by whom it was.
    by, at = (kept.topic_by, kept.topic_at) if kept.topic else ("", 0)
    return _replaced(
        kept,
        name=_word(kept.name),
        topic=kept.topic[:TOPIC_CHARACTERS],
        holders=tuple(map(_holder, kept.holders[:HOLDERS_IMPORTED])),
        slow=max(0, min(kept.slow, SLOW_MOST_SECONDS)),
        raid=moment(kept.raid),
        claimed=moment(kept.claimed),
        topic_by=_word(by),
        topic_at=moment(at),
    )


def mended_sanction(sanction: Sanction) -> Sanction | None:
    """A sanction as it may be; none, where nobody could impose it, as that of everybody."""
    if "/" in sanction.target:
        network = network_of(sanction.target)
        if network is None or not may_be_banned(network):
            return None
    return _replaced(
        sanction,
        shown=_word(sanction.shown),
        until=sanction.until and max(1, moment(sanction.until)),
        reason=sanction.reason[:REASON_CHARACTERS],
        by=_word(sanction.by),
        at=moment(sanction.at),
    )


def mended_entry(entry: AuditEntry) -> AuditEntry:
    """An entry of the log as it may be."""
    is_verb = entry.act.isascii() and entry.act.isalpha() and entry.act.isupper()
    act = entry.act if is_verb else "".join(filter(str.isalpha, ascii(entry.act).upper()))
    return _replaced(
        entry,
        at=moment(entry.at),
        name=_word(entry.name),
        by=_word(entry.by),
        act=act[:KEY_CHARACTERS] or "NOTE",
        target=entry.target[:LINE_BYTES],
        text=entry.text[:LINE_BYTES],
    )


def _holder(holder: Holder) -> Holder:
    since = moment(holder.since)
    return holder if since == holder.since else replace(holder, since=since)


def _word(word: str) -> str:
    return "_".join(word.split())[:KEY_CHARACTERS]


def _replaced(thing: T, **values: Any) -> T:
    """The same, where nothing is to be replaced: nearly always."""
    changed = {name: value for name, value in values.items() if getattr(thing, name) != value}
    return replace(thing, **changed) if changed else thing
