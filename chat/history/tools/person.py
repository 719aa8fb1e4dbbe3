"""What one person has said: found, written out, replaced. Blocks; knows no command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, select, update

from chat.history.account_records import Record
from chat.history.sql.database import a_step
from chat.history.sql.flavours import Flavour
from chat.history.sql.link import Link
from chat.history.sql.schema import earlier, hidden, messages, rooms
from chat.history.store import DELETED_TEXT, DELETED_USER, StoreError
from chat.history.tools import traces
from chat.history.tools.export import ENCODE, MESSAGE, PAGE, Line, Owned, Reader, line_of
from chat.history.words import inside, said_by, scopes
from chat.vocabulary.limits import FORGET_MESSAGES
from chat.vocabulary.names import key_of


def find(reader: Reader, key: str) -> Owned:
    """The account of that name. Raises StoreError."""
    for owned in reader.owned([key]):
        if Record(*owned.record).is_owned:
            return owned
    raise none_of(key)


def export(
    reader: Reader, owned: Owned, write: Callable[[bytes], object], operator_by: Sequence[str]
) -> int:
    """Write out, as lines of JSON, the account, its places, what it is in rooms, all that it said,
    or was said in its conversations, since it is its owner's, the texts that its messages had
    before, and what it did; how many messages. operator_by: what makes it an operator's, if
    anything does. Raises StoreError."""
    record = Record(*owned.record)
    about = {"account": record.key, "name": record.name, "since": record.since}
    about |= {"disabled": record.is_disabled, "operator": bool(operator_by)}
    write(ENCODE(about) + b"\n")
    for key, name, is_joined, read, waiting, _ in owned.places:
        place = {"place": key, "name": name, "joined": is_joined, "read": read, "waiting": waiting}
        write(ENCODE(place) + b"\n")
    for standing in reader.ask(partial(traces.standings, record)):
        write(ENCODE(standing) + b"\n")
    ids = reader.ask(partial(_ids, reader.flavour, record, with_others=True))
    asked: list[Callable[[list[int], Connection], Sequence[Any]]]
    asked = [_lines, partial(_earlier, record)]
    for lines_of in asked:
        for at in range(0, len(ids), PAGE):
            lines = reader.ask(partial(lines_of, ids[at : at + PAGE]))
            write(b"".join(ENCODE(line) + b"\n" for line in lines))
    for entry in reader.ask(partial(traces.entries, record)):
        write(ENCODE(entry) + b"\n")
    return len(ids)


def none_of(key: str) -> StoreError:
    """There is no such account."""
    return StoreError(f"there is no account {key}")


def count(link: Link, record: Record) -> int:
    """How many messages it has said that are not replaced yet. Raises StoreError."""
    return len(_said(link, record))


def replace_all(link: Link, record: Record, tell: Callable[[int], object], done: int = 0) -> int:
    """Replace all that it has said by DELETED_TEXT, in small steps; how many there were, with those
    that were done before. Raises StoreError: what was replaced until then stays so."""
    ids = _said(link, record)
    at = 0
    while at < len(ids):
        some = ids[at : at + FORGET_MESSAGES]
        at += link.ask(partial(_replace, link, record, some))
        tell(done + at)
        link.flavour.let_others()
    return done + len(ids)


def _said(link: Link, record: Record) -> list[int]:
    def said(connection: Connection) -> list[int]:
        with link.transaction("BEGIN"):  # the index, and what it does not have yet, as one
            return _ids(link.flavour, record, connection, with_others=False)

    return link.ask(said)


def _ids(
    flavour: Flavour, record: Record, connection: Connection, *, with_others: bool
) -> list[int]:
    """What it has said since then, in order; and others in its conversations."""
    mine, scope = said_by(record.key), inside(f"@{record.key}")
    indexed = flavour.matching([((mine,), (scope,)) if with_others else ((mine,),)])
    since = messages.c.at >= record.since
    found = select(messages.c.id).where(messages.c.id.in_(indexed), since)
    ids = list(connection.scalars(found.order_by(messages.c.id)))
    rest = flavour.unindexed(connection)
    if rest is not None:
        unindexed = select(messages.c.id, messages.c.name, rooms.c.key).join(rooms)
        for id_, name, key in connection.execute(unindexed.where(rest, since)):
            is_heard = with_others and key[0] == "@" and f"@{record.key}" in scopes(key)
            if is_heard or key_of(name) == record.key:
                ids.append(id_)
    return sorted(ids)


def _lines(ids: list[int], connection: Connection) -> list[Line]:
    question = select(*MESSAGE).select_from(messages).join(rooms).order_by(messages.c.id)
    found: Any = connection.execute(question.where(messages.c.id.in_(ids)))
    return [line_of(*row[1:]) for row in found]


def _earlier(record: Record, ids: list[int], connection: Connection) -> list[dict[str, Any]]:
    """The texts that those of these messages had before that it has said."""
    columns = (rooms.c.key, rooms.c.name, *messages.c["number", "name"], *earlier.c["at", "text"])
    question = select(*columns).select_from(earlier)
    question = question.join(messages, messages.c.id == earlier.c.message_id).join(rooms)
    question = question.where(earlier.c.message_id.in_(ids)).order_by(earlier.c.id)
    return [
        {"room": key, "name": room, "number": number, "until": at, "earlier": text}
        for key, room, number, name, at, text in connection.execute(question)
        if key_of(name) == record.key
    ]


def _replace(link: Link, record: Record, ids: list[int], connection: Connection) -> int:
    """Replace some of these messages, that are its own, and forget what texts they had before and
    that they were hidden; how many of them are done with."""
    columns = (*messages.c["id", "name", "text"], rooms.c.key)
    question = select(*columns).select_from(messages).join(rooms)
    with link.transaction():
        found = connection.execute(question.where(messages.c.id.in_(ids)).order_by(messages.c.id))
        own = [row for row in found if key_of(row.name) == record.key]  # or it is forgotten by now
        step = a_step(own)
        if step:
            link.flavour.remove_from_index(link.driver, step)
            entries = [(row.id, row.key, DELETED_USER, DELETED_TEXT) for row in step]
            its = [row.id for row in step]
            these = update(messages).where(messages.c.id.in_(its))
            connection.execute(these.values(name=DELETED_USER, text=DELETED_TEXT, token=None))
            connection.execute(delete(earlier).where(earlier.c.message_id.in_(its)))
            connection.execute(delete(hidden).where(hidden.c.message_id.in_(its)))
            link.flavour.add_to_index(link.driver, entries)
    return len(ids) if len(step) == len(own) else ids.index(step[-1].id) + 1
