"""What every store promises: the one in memory/, and the one in sql/ for two databases. Knows
neither."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple, Protocol, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chat.history.account_records import AccountStore
from chat.history.room_records import ModerationStore
from chat.history.upkeep.timekeeper import Sighting
from chat.history.words import Query
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Draft, Said

T = TypeVar("T")

DELETED_USER: Final = "*deleted*"
"""The author of messages that were deleted together with their account. Nobody can have that name
..."""

DELETED_TEXT: Final = "(deleted)"
"""... and what the text is replaced by, as the numbers of a room have no holes."""


OWNERS_MODE: Final = 0o600
"""What holds people's messages may be read by the owner of the file alone, from its first byte."""


class StoreError(Exception):
    """A store can't do what it was asked for; its text is one line that says why."""


class NoStoreError(StoreError):
    """Where the store was looked for there is none: maybe another one is meant."""


class DoubtError(StoreError):
    """Nobody knows whether the change was made."""


def readable(found: Deferred[T]) -> Deferred[T]:
    """What a store finds. Fails with ChatError: no-history, where the store can't be read."""

    def refuse(failure: Failure) -> T:
        failure.trap(StoreError)
        raise ChatError("no-history")

    return found.addErrback(refuse)


class Counts(NamedTuple):
    """How much a store holds; bytes as on disk, or about as in memory."""

    rooms: int
    messages: int
    bytes: int

    def __str__(self) -> str:
        return f"{self.messages:,} messages in {self.rooms:,} rooms, {self.bytes / 1e6:,.1f} MB"


class Hits(list[Said]):
    """Messages that a search has found, oldest first. rest: what to go on with, where not all have
    been looked through; 0: they have."""

    def __init__(self, found: Iterable[Said] = (), rest: int = 0) -> None:
        super().__init__(found)
        self.rest = rest


class Store(Protocol):
    """Keeps messages, numbered from 1 in each room, without holes or repeats: MemoryStore does, and
    SqlStore; tests/contracts/ holds both to it.

    A room is named by its key, and so is a conversation of two: @one@other, in the order of the
    alphabet. All that returns a Deferred fails with StoreError where the store can't do it now;
    nothing has changed then.
    """

    name: str
    """What it is called in the log."""

    @property
    def accounts(self) -> AccountStore:
        """Whose names are owned, and what is kept for their owners."""

    @property
    def moderation(self) -> ModerationStore:
        """Which rooms are kept, who is banned, and which messages are hidden: these are in no page
        and not found, are no mentions, and all the same have their numbers and are stored once."""

    def open(self) -> Counts:
        """Make it ready; returns how much it holds. May take its time. Raises StoreError."""

    def append(self, drafts: Sequence[Draft]) -> Deferred[list[Said]]:
        """Store a batch, whole or not at all. The next one is to wait until it is done.

        Fires with the messages in the same order, numbered. For a draft that was sent before (see
        chat.history.tokens) that is Repeated, and nothing new is stored; what is hidden
        by then is told with the text that came now. That a message waits for an account that is
        away is stored with it.
        """

    def page(
        self, key: str, count: int, *, before: int | None = None, after: int | None = None
    ) -> Deferred[list[Said]]:
        """At most `count` messages of a room, oldest first.

        Those just before the number `before`, or just after the number `after`; without
        either the last ones. They are fewer where they are long: see pieces.page_of.
        """

    def search(
        self, scopes: Collection[str], query: Query, count: int, rest: int = 0
    ) -> Deferred[Hits]:
        """The last `count` messages that match, of all rooms together, oldest first; or those of
        the first step, where there is much to look through.

        scopes: the rooms to look in, by key; @user for all the conversations of a user.
        rest: that of the step before.
        """

    def first(self, key: str) -> Deferred[int]:
        """The number of the first message of a room that is not forgotten; where there is none,
        that of the next one."""

    def last(self, key: str) -> Deferred[int]:
        """The number of the last message of a room; 0 where there has been none."""

    def overdue(self, older_than: int, beyond: int) -> Deferred[list[str]]:
        """The keys of rooms with messages that are to be forgotten: see `forget`."""

    def forget(self, key: str, older_than: int, beyond: int) -> Deferred[int]:
        """Forget some of a room's messages, from its first one on; returns how many.

        Those said before `older_than` (in ms since 1970 UTC) and what stands before them, and
        those with at least `beyond` messages after them. A small step: it is to be called until
        nothing is forgotten. The room's numbers go on.
        """

    def newest(self) -> Deferred[int]:
        """The latest time that was written down, as far as that is at the end of a room, of the
        audit log, or of the accounts; in ms since 1970 UTC, 0 where there is none."""

    def sighting(self) -> Deferred[Sighting | None]:
        """What was known of the time last; None where nobody has noted that."""

    def note_sighting(self, seen: Sighting) -> Deferred[None]:
        """Keep that for the next run, instead of what was kept before."""

    def counts(self) -> Deferred[Counts]:
        """How much the store holds."""

    def close(self) -> Deferred[None]:
        """Let go of files and threads. Fires when nothing is open any more."""
