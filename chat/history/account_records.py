"""Accounts as every store keeps them, and what it promises about them. Knows no storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Protocol

from msgspec import Meta, Struct
from twisted.internet.defer import Deferred

from chat.vocabulary.limits import EVERYTHING, KEY_CHARACTERS
from chat.vocabulary.shape import Moment


class Record(Struct, frozen=True):
    """What is known of a name that is owned, or was.

    key, name: the username, as in chat.vocabulary.names.Name.
    since: what was said under that name from then on, in ms since 1970 UTC, is its owner's.
    is_owned: it is an account's; False where it was given up with UNREGISTER.
    is_disabled: nobody gets in under that name.
    secret: changes whenever whoever is in under that name has to prove anew that it is theirs.
    is_operator: whoever has that name looks after the whole server. It is not so any more for a
        name that is given up or taken anew.
    """

    key: Annotated[str, Meta(max_length=KEY_CHARACTERS)]
    name: Annotated[str, Meta(max_length=KEY_CHARACTERS)]
    since: Moment
    is_owned: bool = True
    is_disabled: bool = False
    secret: Annotated[int, Meta(ge=0, le=EVERYTHING)] = 0
    is_operator: bool = False


class AccountChanges(Struct, frozen=True):
    """What has changed about accounts.

    revision: that of the last change; it is handed to the next `changes`.
    records: those that have changed; all there are if `is_all`: a name that is not among them is
        no account any more.
    """

    revision: tuple[int, int]
    records: list[Record]
    is_all: bool


class Bookmark(Struct, frozen=True):
    """How far an account is in a place: a room, or a conversation.

    key: what the store calls the place: a room's key, or a conversation's.
    name: what people call it, as in Said.room; of a conversation, @ and the other's username.
    is_joined: it is one of the rooms of the account.
    read: the number of the last message that was read; 0 for none.
    waiting: the number of the first offline message, which was not told as nobody was there; 0 for
        none.
    last: the number of the last message of the place.
    """

    key: str
    name: str
    is_joined: bool
    read: int
    waiting: int
    last: int


class AccountStore(Protocol):
    """Keeps accounts, and what belongs to them: MemoryAccounts does, and SqlAccounts. An account is
    named by its username's key.

    All that returns a Deferred fails with StoreError where the store can't do it now; nothing has
    changed then. What is changed is done in the order in which it was asked for, after what was
    appended to the store before, and what is asked for afterwards sees it.
    """

    def changes(self, after: tuple[int, int] | None = None) -> Deferred[AccountChanges]:
        """What has changed since a revision, by whomever; all there is, if after is None."""

    def create(self, key: str, name: str, password: str | None, since: int) -> Deferred[bool]:
        """Make an account; returns whether it was made: not if there is one already. Where its name
        was given up later than `since`, it is since then.

        password: its hash; None where passwords are checked elsewhere.
        """

    def password(self, key: str) -> Deferred[str | None]:
        """The hash of an account's password; None if there is none, or no such account, or it is
        disabled."""

    def set_password(self, key: str, old: str, new: str) -> Deferred[bool]:
        """Replace one hash by another; returns whether that was done: not if it is not `old` now.

        Nobody has to prove anything anew for that.
        """

    def give_up(self, key: str, since: int) -> Deferred[None]:
        """The name is nobody's any more, and so is what was said to it before `since`. All that the
        account has is forgotten, the messages stay."""

    def bookmarks(self, key: str) -> Deferred[list[Bookmark]]:
        """All bookmarks of an account, in the order in which they were made."""

    def join(self, key: str, rooms: Mapping[str, str]) -> Deferred[None]:
        """Rooms (their names, by their keys) are the account's. A room without a bookmark before is
        read up to its last message."""

    def leave(self, key: str, room: str) -> Deferred[None]:
        """A room, by its key, is not one of the account's rooms any more. Its bookmark stays."""

    def mark(self, key: str, read: Mapping[str, tuple[str, int]]) -> Deferred[None]:
        """Places (their names and numbers, by their keys) have been read up to there; a number
        that is smaller than what was read before, or larger than the last one, changes nothing
        beyond those."""

    def read_on(self, key: str, place: str, name: str, after: int, number: int) -> Deferred[None]:
        """A place has been read up to that number, if it had been read up to `after`; a place
        without a bookmark had been."""

    def wait(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """The messages of a conversation from that number on are offline messages of the account,
        unless those from an earlier number on are already. A conversation without a bookmark is
        read up to the message before that number; the same holds for Draft.away."""

    def begin(self, key: str, place: str, name: str, number: int) -> Deferred[None]:
        """A conversation has a bookmark. If it had none before, it is read up to the message before
        that number; otherwise nothing changes."""

    def told(self, key: str, place: str, number: int) -> Deferred[None]:
        """The offline messages of a conversation have been told up to that number."""

    def mentions(
        self, key: str, name: str, unread: Mapping[str, int], most: int
    ) -> Deferred[dict[str, int]]:
        """How many messages name somebody, in places (by key) where some are unread, behind the
        number given: of the last `most` that do. Their own are not counted."""
