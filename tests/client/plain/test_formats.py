"""What is printed: for people and for programs."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from chat.client.plain.authors import Authors
from chat.client.plain.formats import (
    json_of,
    json_of_answer,
    json_of_rooms,
    line_of,
    words_of,
    words_of_room,
)
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

AT = datetime(2026, 5, 4, 9, 33, 0, 1000, UTC)


def message(text: str = "hello", *, at: datetime = AT, user: str = "alice") -> Message:
    return Message("tea", 7, at, user, text, own=True)


def test_a_message_is_a_short_line() -> None:
    """Time, who and what; the date if it is not today's, and the room where that is not clear."""
    now = datetime.now(UTC)
    assert re.fullmatch(r"\d\d:\d\d alice: hello", line_of(message(at=now), labelled=False))
    old = line_of(message(at=now - timedelta(days=2)), labelled=True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d \[tea\] alice: hello", old)
    assert len(line_of(message(user="a" * 4096), labelled=False)) < 80


EVENTS: list[tuple[Event, str, dict[str, object]]] = [
    (Joined("tea", "bob"), "bob joined tea", {"room": "tea", "user": "bob"}),
    (Left("tea", "bob"), "bob left tea", {"room": "tea", "user": "bob"}),
    (Connected("al", False), "connected as al", {"user": "al", "again": False}),
    (Connected("al", True), "connected again as al", {"user": "al", "again": True}),
    (
        Disconnected("gone", 0.6),
        "disconnected: gone; next try in 1 s",
        {"reason": "gone", "pause": 0.6, "code": ""},
    ),
    (
        Disconnected("gone", None),
        "disconnected for good: gone",
        {"reason": "gone", "pause": None, "code": ""},
    ),
    (Entered("tea", [message()]), "you are in tea", {"room": "tea"}),
    (
        Returned("tea", AT, 1),
        "you are back in tea: 1 message missed",
        {
            "room": "tea",
            "since": "2026-05-04T09:33:00.001Z",
            "missed": 1,
            "is_more": False,
            "is_anew": False,
        },
    ),
    (
        Returned("tea", AT, 500, is_more=True),
        "you are back in tea: 500 messages or more missed",
        {
            "room": "tea",
            "since": "2026-05-04T09:33:00.001Z",
            "missed": 500,
            "is_more": True,
            "is_anew": False,
        },
    ),
    (
        Unread("tea", 7, 2, 5),
        "tea: 7 unread, 2 name you",
        {"room": "tea", "count": 7, "mentions": 2, "last_read": 5},
    ),
    (Read("tea", 5), "read in tea up to 5", {"room": "tea", "number": 5}),
    (Missing("tea", 2), "2 messages of tea could not be read", {"room": "tea", "count": 2}),
    (Gone("tea"), "you left tea", {"room": "tea", "reason": ""}),
    (Gone("tea", "no"), "you are not in tea: no", {"room": "tea", "reason": "no"}),
    (Members("tea", ("a", "b")), "in tea: a, b", {"room": "tea", "users": ["a", "b"]}),
    (
        Refused("tea", "hi\x1b[2J", "no"),
        "not delivered to tea: hi\ufffd[2J (no)",
        {"room": "tea", "text": "hi\x1b[2J", "reason": "no"},
    ),
    (
        Held("tea", "hi\x1b[2J", "it waits: bob"),
        "not delivered to tea yet: hi\ufffd[2J (it waits: bob)",
        {"room": "tea", "text": "hi\x1b[2J", "reason": "it waits: bob"},
    ),
    (
        Topic("tea", "milk?"),
        "tea: the topic is: milk?",
        {"room": "tea", "text": "milk?", "old": False},
    ),
    (Topic("tea", ""), "tea: there is no topic", {"room": "tea", "text": "", "old": False}),
    (
        Modes("tea", {"private": "off", "raid": "on", "slow": "30"}),
        "tea: raid, slow 30 s on; private off",
        {"room": "tea", "modes": {"private": "off", "raid": "on", "slow": "30"}, "old": False},
    ),
    (
        Modes("tea", {"slow": "0"}, old=True),
        "tea: slow off",
        {"room": "tea", "modes": {"slow": "0"}, "old": True},
    ),
    (
        Standing("tea", "bob", "moderator"),
        "tea: bob is a moderator",
        {"room": "tea", "user": "bob", "standing": "moderator", "old": False},
    ),
    (
        Standing("tea", "b" * 99, "none"),
        f"tea: {'b' * 31}… is no moderator any more",
        {"room": "tea", "user": "b" * 99, "standing": "none", "old": False},
    ),
    (
        Hidden("tea", ((17, 17), (19, 25))),
        "8 messages of tea were taken back",
        {"room": "tea", "numbers": [[17, 17], [19, 25]]},
    ),
    (
        Shown("tea", ((17, 17),)),
        "1 message of tea was shown again",
        {"room": "tea", "numbers": [[17, 17]]},
    ),
    (
        Edited("tea", 17, "bob", "better"),
        "bob in tea, edited: better",
        {"room": "tea", "number": 17, "user": "bob", "text": "better"},
    ),
    (Notice("bye"), "bye", {"text": "bye"}),
]


@pytest.mark.parametrize(("event", "words", "values"), EVENTS)
def test_every_event_has_words_and_json(
    event: Event, words: str, values: dict[str, object]
) -> None:
    """Whatever happens is told, to people and to programs."""
    assert words_of(event) == words
    name = type(event).__name__.lower()
    assert json.loads(json_of(event)) == {"event": name, **values}


def test_a_message_as_json() -> None:
    """A message has its fields in one order, and is ASCII whatever was said."""
    line = json_of(message("\u202e東\x9b"))
    assert line.isascii()
    assert list(json.loads(line).items()) == [
        ("event", "message"),
        ("room", "tea"),
        ("number", 7),
        ("time", "2026-05-04T09:33:00.001Z"),
        ("user", "alice"),
        ("text", "\u202e東\x9b"),
        ("own", True),
        ("old", False),
    ]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Unread("tea", 3, 0, 5), "tea: 3 unread"),
        (Unread("tea", 3, 1, 5), "tea: 3 unread, 1 names you"),
        (Unread("@bob", 1, 1, 5), "@bob: 1 unread"),
    ],
)
def test_what_is_unread(event: Unread, words: str) -> None:
    """How much, and how much of it names one; in a conversation all of it is for oneself."""
    assert words_of(event) == words


def test_no_event_is_forgotten() -> None:
    """An event that is new has to be put into words here, too."""
    assert {type(event) for event, _, _ in EVENTS} | {Message} == set(Event.__args__)


def test_rooms_have_words_and_json() -> None:
    """What /rooms tells."""
    assert words_of_room("tea", 1) == "tea: 1 person"
    assert words_of_room("t" * 99, 2) == f"{'t' * 63}…: 2 people"
    assert json.loads(json_of_rooms([("tea", 2)])) == {
        "event": "rooms",
        "rooms": [{"room": "tea", "members": 2}],
    }


def test_an_answer_as_json() -> None:
    """What the server has answered to a command, line by line."""
    assert json.loads(json_of_answer("2 bans in tea")) == {
        "event": "answer",
        "text": "2 bans in tea",
    }


def test_whose_messages_are_taken_back_is_told() -> None:
    """As far as they were told; those of long ago are forgotten."""
    authors = Authors()
    for number, user in enumerate(("bob", "mallory", "Mallory", "eve"), 1):
        authors.told(Message("tea", number, AT, user, "x"))
    authors.told(Message("ops", 5, AT, "carol", "x"))
    told = [((2, 2),), ((2, 5),), ((6, 6),)]
    assert [authors.words_of(Hidden("TEA", numbers)) for numbers in told] == [
        "1 message of TEA was taken back (mallory)",
        "4 messages of TEA were taken back (Mallory, eve, mallory)",
        "1 message of TEA was taken back",
    ]
    for number in range(10, 1010):
        authors.told(Message("tea", number, AT, "bob", "x"))
    assert authors.words_of(Hidden("tea", ((2, 2),))) == "1 message of tea was taken back"
    assert authors.words_of(Topic("tea", "x")) == "tea: the topic is: x"
