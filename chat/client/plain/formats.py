"""What happens, in words for people and in JSON for programs. Knows no files and no connection."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any, Final

from chat.client.terms.events import (
    Connected,
    Disconnected,
    Edited,
    Entered,
    Event,
    Gone,
    Held,
    Hidden,
    Joined,
    Left,
    Members,
    Message,
    Missing,
    Modes,
    Notice,
    Read,
    Refused,
    Returned,
    Shown,
    Standing,
    Topic,
    Unread,
)
from chat.client.terms.numbers import count_of
from chat.client.terms.phrases import counted, short, when
from chat.vocabulary.limits import ROOM_CHARACTERS
from chat.vocabulary.text import clean
from chat.vocabulary.times import rfc3339

_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


def note(text: str) -> str:
    """Something that happens now."""
    return f"{datetime.now().astimezone():%H:%M} -- {text}"


def line_of(message: Message, *, labelled: bool) -> str:
    """A message for people. labelled: with its room."""
    room = f"[{short(message.room, ROOM_CHARACTERS)}] " if labelled else ""
    return f"{when(message.at)} {room}{short(message.user)}: {message.text}"


def words_of(event: Event) -> str:
    """Any other event in words for people."""
    if isinstance(event, Connected):
        return f"connected{' again' if event.again else ''} as {short(event.user)}"
    if isinstance(event, Disconnected):
        if event.pause is None:
            return f"disconnected for good: {event.reason}"
        return f"disconnected: {event.reason}; next try in {ceil(event.pause)} s"
    if isinstance(event, Notice):
        return event.text
    room = short(event.room, ROOM_CHARACTERS)
    if isinstance(event, Joined):
        return f"{short(event.user)} joined {room}"
    if isinstance(event, Left):
        return f"{short(event.user)} left {room}"
    if isinstance(event, Entered):
        return f"{room} is open" if room.startswith("@") else f"you are in {room}"
    if isinstance(event, Returned):
        anew = ", of another history" if event.is_anew else ""
        return f"you are back in {room}: {event.words} missed{anew}"
    if isinstance(event, Unread):
        return f"{room}: {event.words}"
    if isinstance(event, Read):
        return f"read in {room} up to {event.number}"
    if isinstance(event, Missing):
        return f"{counted(event.count, 'message')} of {room} could not be read"
    if isinstance(event, Gone):
        return f"you are not in {room}: {event.reason}" if event.reason else f"you left {room}"
    if isinstance(event, Members):
        return f"in {room or 'the chat'}: {', '.join(short(user) for user in event.users)}"
    if isinstance(event, Refused):
        return f"not delivered to {room}: {clean(event.text)} ({event.reason})"
    if isinstance(event, Held):
        return f"not delivered to {room} yet: {clean(event.text)} ({event.reason})"
    if isinstance(event, Topic | Modes | Standing):
        return f"{room}: {event.words}"
    if isinstance(event, Hidden | Shown):
        count = count_of(event.numbers)
        was = "was" if count == 1 else "were"
        what = "shown again" if isinstance(event, Shown) else "taken back"
        return f"{counted(count, 'message')} of {room} {was} {what}"
    if isinstance(event, Edited):
        return f"{short(event.user)} in {room}, edited: {event.text}"
    return f"{short(event.user)} in {room}: {event.text}"


def json_of(event: Event) -> str:
    """An event as a line of JSON, in ASCII. Of Entered without its backlog."""
    values = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    values.pop("backlog", None)
    return _json({"event": type(event).__name__.lower()} | values)


def words_of_room(room: str, members: int) -> str:
    """One of the rooms there are, and how many people are in it."""
    return f"{short(room, ROOM_CHARACTERS)}: {'1 person' if members == 1 else f'{members} people'}"


def json_of_rooms(rooms: list[tuple[str, int]]) -> str:
    """Which rooms there are, as a line of JSON."""
    listed = [{"room": room, "members": members} for room, members in rooms]
    return _json({"event": "rooms", "rooms": listed})


def json_of_answer(line: str) -> str:
    """A line that the server has answered, as a line of JSON."""
    return _json({"event": "answer", "text": line})


def _json(values: dict[str, Any]) -> str:
    """Values as a line of JSON, in ASCII."""
    import json  # here, as few need it, and all would wait for it

    shown = {"time" if name == "at" else name: value for name, value in values.items()}
    return json.dumps(shown, default=_time)


def _time(at: datetime) -> str:
    return rfc3339((at - _1970) // timedelta(milliseconds=1))
