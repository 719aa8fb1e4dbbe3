"""A batch of messages: what is tried with it, and its statements. Each of these takes the whole
batch as one parameter, rows of JSON.

Their text is made once for each kind of database, and nothing is sent for each row. Knows no
connections.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Text,
    and_,
    bindparam,
    case,
    false,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql import Executable

from chat.history.sql.flavours import Flavour
from chat.history.sql.schema import accounts, hidden, messages, places, rooms
from chat.vocabulary.events import Draft, Said


class Row(NamedTuple):
    """A message as it is inserted."""

    room_id: int
    number: int
    at: int
    name: str
    text: str
    token: str | None
    words: str | None


class Wait(NamedTuple):
    """What waits for an account, by its key, in a place: from one number to another."""

    account: str
    key: str
    name: str
    first: int
    last: int


class End:
    """Where a room ends: the number of its last message, and when that was said. Whatever the clock
    does meanwhile, what comes behind it was said no sooner."""

    __slots__ = ("at", "number")

    def __init__(self, number: int, at: int) -> None:
        self.number = number
        self.at = at


class Attempt:
    """One try to store a batch, and what has come of it."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.said: list[Said] = []
        self.transaction_id = ""
        self.committing = False
        self.error: Exception | None = None
        self.lost = False

    @property
    def is_undone(self) -> bool:
        """The connection broke before the commit was asked for, so nothing is stored."""
        return self.error is not None and self.lost and not self.committing

    @property
    def is_in_doubt(self) -> bool:
        """The connection broke, and nobody knows what has become of the commit."""
        return self.error is not None and self.lost and self.committing


class Texts(NamedTuple):
    """The statements, as a kind of database reads them."""

    take_numbers: str
    give_back: str
    find_tokens: str
    insert: str
    note: str


def texts(flavour: Flavour) -> Texts:
    """Of all that is asked for a batch."""
    kind = type(flavour)
    if kind not in _TEXTS:
        statements: list[Any] = [_take_numbers(flavour), _give_back(), _find_tokens(flavour)]
        statements += [flavour.insertion(), _note(flavour)]
        dialect = flavour.engine.dialect
        _TEXTS[kind] = Texts(*(str(each.compile(dialect=dialect)) for each in statements))
    return _TEXTS[kind]


_LATEST: Final = literal_column(
    "(SELECT at FROM messages WHERE room_id = rooms.id ORDER BY number DESC LIMIT 1)", BigInteger
)
"""When the last message of a room was said, where it is returned with the room."""

_TEXTS: Final[dict[type[Flavour], Texts]] = {}
"""Those that were made: that takes longer than most of what they ask."""


def _take_numbers(flavour: Flavour) -> Executable:
    """As many numbers as the parameter `rooms` wants: each has key, name and how many. Returns, of
    each, its key, its id, its last number, when its last message was said, and a transaction's id.

    This locks the rooms until the end of the transaction, also against other processes.
    """
    wanted = flavour.rows("rooms")
    columns = [rooms.c.key, rooms.c.name, rooms.c.first, rooms.c.last]
    count = wanted.column(2, BigInteger())
    values = select(wanted.column(0, Text()), wanted.column(1, Text()), 1, count).where(true())
    insert = flavour.insert_into(rooms).from_select(columns, values)
    insert = insert.on_conflict_do_update(
        index_elements=[rooms.c.key], set_={"last": rooms.c.last + insert.excluded.last}
    )
    id_ = flavour.transaction_id
    known_by = rooms.c.key if id_ is None else id_
    return insert.returning(rooms.c.key, rooms.c.id, rooms.c.last, _LATEST, known_by)  # type: ignore[no-any-return]


def _give_back() -> Executable:
    """Numbers of a room that are not needed after all."""
    unused = bindparam("unused", type_=BigInteger)
    room = bindparam("room", type_=BigInteger)
    return update(rooms).where(rooms.c.id == room).values(last=rooms.c.last - unused)


def _find_tokens(flavour: Flavour) -> Executable:
    """The messages with the parameter `tokens`: each has room and token. What is hidden has no
    text."""
    tokens = flavour.rows("tokens")
    found = and_(
        messages.c.room_id == tokens.column(0, BigInteger()),
        messages.c.token == tokens.column(1, Text()),
    )
    columns = messages.c["room_id", "token", "number", "at", "name"]
    hidden_at = select(hidden.c.at).where(hidden.c.message_id == messages.c.id).scalar_subquery()
    text = case((hidden_at.is_(None), messages.c.text))
    return select(*columns, text).select_from(messages).join(tokens.source, found)


def _note(flavour: Flavour) -> Executable:
    """What the parameter `waits` says waits for accounts: each is a Wait.

    Accounts are locked in the order of their keys, also against other processes.
    """
    waits = flavour.rows("waits")
    key, name = waits.column(1, Text()), waits.column(2, Text())
    first, last = waits.column(3, BigInteger()), waits.column(4, BigInteger())
    account = and_(accounts.c.key == waits.column(0, Text()), accounts.c.is_owned)
    one, none = literal_column("1", BigInteger), literal_column("0", BigInteger)
    values = select(accounts.c.id, key, name, false(), first - one, first, last)
    values = values.select_from(accounts).join(waits.source, account).where(true())
    values = values.order_by(accounts.c.key, key).with_for_update(of=accounts)
    columns = ["account_id", "key", "name", "is_joined", "read", "waiting", "waiting_to"]
    insert = flavour.insert_into(places).from_select(columns, values)
    new, old = insert.excluded, places.c
    is_first = or_(old.waiting == none, new.waiting < old.waiting)
    is_last = or_(old.waiting == none, new.waiting_to > old.waiting_to)
    return insert.on_conflict_do_update(  # type: ignore[no-any-return]
        index_elements=[old.account_id, old.key],
        set_={
            "name": new.name,
            "waiting": case((is_first, new.waiting), else_=old.waiting),
            "waiting_to": case((is_last, new.waiting_to), else_=old.waiting_to),
        },
    )
