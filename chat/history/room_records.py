"""Rooms that are kept, bans and mutes as every store keeps them, and what it promises about them.
Knows no storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Annotated, Final, Literal, Protocol

from msgspec import Meta, Struct
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from chat.vocabulary.limits import (
    EARLIER_BYTES,
    EARLIER_TEXTS,
    EVERYTHING,
    HOLDERS_IMPORTED,
    KEY_CHARACTERS,
    LINE_BYTES,
    REASON_CHARACTERS,
    SLOW_MOST_SECONDS,
    TOPIC_CHARACTERS,
)
from chat.vocabulary.shape import Moment

SERVER: Final = ""
"""The key of the whole server, where others stand for a room. A room's key is never empty."""

ADMIN: Final = "*admin*"
"""The name of whoever does something with `python -m chat.admin`. Nobody can have that name."""

# What these records may be where they come from outside. What is made here is so anyway.
Number = Annotated[int, Meta(ge=0, le=EVERYTHING)]
Text = Annotated[str, Meta(max_length=LINE_BYTES)]
Key = Annotated[str, Meta(max_length=KEY_CHARACTERS)]
Word = Annotated[str, Meta(max_length=KEY_CHARACTERS, pattern=r"^\S*\Z")]
Verb = Annotated[str, Meta(max_length=KEY_CHARACTERS, pattern=r"^[A-Z]+\Z")]

Standing = Literal["owner", "moderator", "invited"]
SanctionKind = Literal["ban", "mute"]


HIGHEST: Final = 5
"""The rank of operators, and of whoever runs the server."""

Rank = Annotated[int, Meta(ge=0, le=HIGHEST)]
"""In which role somebody has decided something, as chat.moderation.rules.Role numbers them; 0 where
that is not known, as it was done before it was kept."""


class Decision(Struct, frozen=True):
    """What somebody high has decided over a room, which nobody lower undoes.

    what: one of Kept's fields; or @ and the key of a username: whether it moderates the room.
    rank: see Rank. by: the name of who has decided it. at: when, in ms since 1970 UTC.
    """

    what: str
    rank: Rank
    by: str
    at: int


class Holder(Struct, frozen=True):
    """An account as a room has it: its owner, a moderator, or somebody who is invited.

    key, name: its username, as in chat.vocabulary.names.Name.
    since: of the account, see chat.history.account_records.Record. Whoever registers the name anew
        is somebody else, and holds nothing.
    """

    key: Key
    name: Word
    since: Moment
    standing: Standing


class Kept(Struct, frozen=True):
    """What is kept of a room.

    key: what the store calls it; SERVER for the server itself, which has a raid switch and
        nothing else.
    name: as it is shown.
    topic: empty for none.
    topic_by, topic_at: the name of who has set it, as it was shown, and when, in ms since 1970 UTC;
        empty and 0 where there is none, or where that is not known.
    holders: each account at most once, one of them the owner at most.
    is_private: only its holders know of it. One without holders was given back: nobody does.
    is_moderated: only its moderators speak.
    is_registered: only accounts are in it.
    slow: seconds between two messages of one user; 0 for any number of messages.
    raid: what is said by those who have come since then waits for a moderator; in ms since 1970
        UTC, 0 where that is not so.
    claimed: when it was taken by an account, in ms since 1970 UTC; 0 where it is nobody's. What was
        done before is not for those who keep it now.
    revision: the number of the change that has made it so; 0 where nothing is kept.
    offered, offered_since: the key of the account that its owner wants to give it to, and since
        when it is one (as in Holder); empty and 0 where there is none.
    decisions: what somebody higher than a moderator has decided about it; of each thing one at
        most.
    """

    key: Key
    name: Word
    topic: Annotated[str, Meta(max_length=TOPIC_CHARACTERS)] = ""
    holders: Annotated[tuple[Holder, ...], Meta(max_length=HOLDERS_IMPORTED)] = ()
    is_private: bool = False
    is_moderated: bool = False
    is_registered: bool = False
    slow: Annotated[int, Meta(ge=0, le=SLOW_MOST_SECONDS)] = 0
    raid: Moment = 0
    claimed: Moment = 0
    revision: Number = 0
    topic_by: Word = ""
    topic_at: Moment = 0
    offered: Key = ""
    offered_since: Moment = 0
    decisions: tuple[Decision, ...] = ()


def is_only_topic(kept: Kept) -> bool:
    """Whether a topic, or that there was one, is all that is kept of a room."""
    blank = Kept(kept.key, kept.name)
    return kept.revision > 0 and blank == replace(
        kept, topic="", topic_by="", topic_at=0, claimed=0, revision=0
    )


class Sanction(Struct, frozen=True):
    """Somebody is banned, or muted. There is one at most for a room, kind and target.

    room: the key of the room; SERVER for all of them.
    target: a username's key; or a network, as str() of an ip_network writes it (the only ones
        with a slash in them).
    shown: the target as it is told to people.
    until: in ms since 1970 UTC; 0 for good.
    reason: may be empty.
    by: the name of who has done it. at: when, in ms since 1970 UTC.
    is_lifted: it does not hold any more.
    rank: in which role it was done.
    """

    room: Key
    kind: SanctionKind
    target: Key
    shown: Word
    until: Moment
    reason: Annotated[str, Meta(max_length=REASON_CHARACTERS)]
    by: Word
    at: Moment
    is_lifted: bool = False
    rank: Rank = 0


class AuditEntry(Struct, frozen=True):
    """A line of the audit log.

    at: in ms since 1970 UTC.
    room, name: the room's key and its name; empty for the whole server.
    by: the name of who has done it.
    act: the verb, in capitals.
    target: whom or what it was done to, as it was shown; may be empty.
    text: how, for how long, and why; may be empty.
    number: its place in the log, larger for what was done later. The store gives it.
    """

    at: Moment
    room: Key
    name: Word
    by: Word
    act: Verb
    target: Text = ""
    text: Text = ""
    number: Number = 0


class RoomChanges(Struct, frozen=True):
    """What has changed about rooms that are kept, and sanctions.

    revision: that of the last change; it is handed to the next `changes`.
    is_all: these are all there are: what is not among them does not hold any more.
    """

    revision: tuple[int, int]
    kept: list[Kept]
    sanctions: list[Sanction]
    is_all: bool


class Author(Struct, frozen=True):
    """Somebody as the author of messages: by username's key, from a time on (ms since 1970 UTC), as
    the same name may have been somebody else's before."""

    key: str
    since: int


class Withdrawn(Struct, frozen=True):
    """Which messages of a room, of those that were hidden.

    author: by key; of all, if None. but: not those of this one, by key.
    most: hidden in no higher role than this one; or by whoever has the name `own`, whose that is
        since `own_since`. since: hidden since then, in ms since 1970 UTC.
    """

    author: str | None = None
    but: str = ""
    most: int = HIGHEST
    since: int = 0
    own: str = ""
    own_since: int = 0


class Earlier(Struct, frozen=True):
    """A text that a message had before it was edited, or has and is not shown any more.

    at: until when it was shown, in ms since 1970 UTC.
    """

    at: int
    text: str


class Edit(IntEnum):
    """What has come of an edit: it was made, or the message is not the author's to be edited, or it
    was edited as often as it may be."""

    REFUSED = 0
    MADE = 1
    TOO_MANY = 2


def is_edited_out(earlier: Collection[str]) -> bool:
    """Whether a message that had these texts already may have no further one."""
    size = sum(len(text.encode()) for text in earlier)
    return len(earlier) >= EARLIER_TEXTS or size >= EARLIER_BYTES


class ModerationStore(Protocol):
    """Keeps rooms, sanctions, what is hidden, and the audit log: MemoryModeration does, and
    SqlModeration.

    Whatever changes something writes its entry in the log in the same transaction: both are there
    afterwards or neither. Where it returns False or an empty list, there was nothing to change, and
    no entry is written. All fail with StoreError where the store can't do it now;
    nothing has changed then. What is changed is done in the order in which it was asked for, after
    what was appended to the store before, and what is asked for afterwards sees it; but so much may
    be hidden, or shown again, that it takes several transactions. The log's entry is in the first
    one, what is asked for meanwhile may see some of it, and a crash leaves nothing undone: the rest
    is done when the store is opened. Where the store fails in between it is done then, too, or
    before the next that is hidden or shown again.
    """

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[RoomChanges]:
        """What has changed since a revision, by whomever; all that holds, if after is None.
        Sanctions that were lifted or replaced are told as such, those whose time is over may be
        left out."""

    def keep(self, kept: Kept, entry: AuditEntry) -> Deferred[bool]:
        """Replace what is kept of a room; returns whether that was done: not if its revision is not
        that of `kept` any more, as somebody else was quicker."""

    def forget_rooms(self, keys: Collection[str]) -> Deferred[None]:
        """Forget what is kept of these rooms, where that is a topic and nothing else. All that is
        kept is told anew by the next `changes`."""

    def impose(self, sanction: Sanction, entry: AuditEntry) -> Deferred[None]:
        """Ban or mute somebody; the sanction for the same room, kind and target is replaced."""

    def lift(self, room: str, kind: SanctionKind, target: str, entry: AuditEntry) -> Deferred[bool]:
        """Lift a sanction; returns whether there was one that was not lifted yet."""

    def note(self, entry: AuditEntry) -> Deferred[None]:
        """Write an entry in the audit log, where nothing else is to be changed."""

    def hide(
        self,
        room: str,
        since: int,
        authors: Collection[str] | None,
        but: Collection[str],
        entry: AuditEntry,
        rank: int = 0,
    ) -> Deferred[list[int]]:
        """Hide what was said in a room since then (in ms since 1970 UTC) and is not hidden yet, by
        these authors (keys of usernames), or by all but some; the numbers of the messages, in
        order. What is hidden is in no page and is not found, and is stored all the same. What was
        hidden in a lower role than this one is hidden in this one from now on."""

    def unhide(self, room: str, which: Withdrawn, entry: AuditEntry) -> Deferred[list[int]]:
        """Show again what was hidden in a room, but not what was taken back by its author; the
        numbers, in order."""

    def hidden_by(self, room: str, which: Withdrawn) -> Deferred[tuple[str, int] | None]:
        """Who has hidden what `unhide` would show again, and in which role: in the highest there
        is. The name is empty where it is not known; None where nothing is hidden."""

    def take_back(
        self, room: str, number: int, author: Author, entry: AuditEntry
    ) -> Deferred[bool]:
        """Hide a message for good, if it is that author's and is shown; returns whether it was."""

    def edit(
        self, room: str, number: int, author: Author, text: str, entry: AuditEntry
    ) -> Deferred[Edit]:
        """Give a message another text, if it is that author's and is shown, and there are not as
        many earlier ones as there may be (see is_edited_out); what has come of it. The earlier text
        is kept, and is not found any more."""

    def last_of(self, room: str, author: Author) -> Deferred[int]:
        """The number of the last message in a room that is the author's and is shown; or 0."""

    def earlier(
        self, room: str, number: int, since: int = 0, skip: int = 0
    ) -> Deferred[list[Earlier]]:
        """The texts that a message had before, oldest first, and then the one that it has, if it is
        hidden or taken back; those that were shown until that time or longer, without the first
        `skip` of them. A page of them: see pieces.page_of. When a message is forgotten they are
        forgotten with it."""

    def hidden_after(self, rooms: Mapping[str, int]) -> Deferred[dict[str, int]]:
        """How many messages of rooms, by key, are hidden behind that number, where there are
        any."""

    def forget_entries(self, older_than: int) -> Deferred[int]:
        """Forget some entries of the log, from the first one on, that were written before a time
        (in ms since 1970 UTC); returns how many. A small step: see Store.forget."""

    def audited(self, rooms: Collection[str] | None, since: int = 0) -> Deferred[int]:
        """How many entries there are about these rooms (by key; all, if None) since a time."""

    def audit(
        self,
        rooms: Collection[str] | None,
        count: int,
        before: int | None = None,
        since: int = 0,
    ) -> Deferred[list[AuditEntry]]:
        """The last `count` entries about these rooms (by key; all, if None) since a time, or the
        last ones before that number; oldest first. Their numbers are their places among these,
        from 1 on: they tell nothing of others."""
