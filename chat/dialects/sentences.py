"""What the people's styles say of an event, where all of them say the same. Knows no session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chat.moderation.rules import modes_in_words
from chat.vocabulary.errors import ChatError, Grounds
from chat.vocabulary.events import (
    Announced,
    Appointed,
    Banned,
    Barred,
    Closing,
    Edited,
    Event,
    Given,
    Hidden,
    Invited,
    Kicked,
    Marked,
    Missed,
    ModesSet,
    Moved,
    Shown,
    StandingSet,
    Taken,
    TopicSet,
    Whispered,
)
from chat.vocabulary.limits import NUMBERS_PER_LINE

Words = dict[type, Callable[[Any], str]]


def in_words(words: Words, event: Event) -> bytes:
    """An event as whole lines; empty where it is not among those that are told."""
    tell = words.get(type(event))
    return tell(event).encode() if tell is not None else b""


def _whispered(event: Whispered) -> str:
    if event.is_own:
        return f"SENT {event.room[1:]} {event.text}\n"
    return f"DM {event.user} {event.text}\n"


def _missed(event: Missed) -> str:
    many = f"{event.count} message{'' if event.count == 1 else 's'}"
    return f"INFO {many} missed in {event.room}\n"


def _kicked(event: Kicked) -> str:
    why = f": {event.reason}" if event.reason else ""
    return f"INFO {event.by} has sent you out of {event.room or 'this server'}{why}\n"


def _banned(event: Banned) -> str:
    grounds = Grounds(event.room, event.until, event.reason, event.by)
    return f"INFO {ChatError('banned', event.room, grounds, event.ask).sentence}\n"


def _barred(event: Barred) -> str:
    if event.cause == "registered-only":
        return f"INFO {ChatError('registered-only', event.room).sentence}\n"
    hint = f": JOIN {event.room} is another room now" if event.cause == "opened" else ""
    return f"INFO you have been sent out of {event.room}{hint}\n"


def _moved(event: Moved) -> str:
    if event.is_namesake:
        return f"INFO you have gone to another {event.room}\n"
    return f"INFO you are in {event.room} now\n"


def _invited(event: Invited) -> str:
    return f"INFO {event.by} invites you to {event.room}: JOIN {event.room}\n"


TOLD: Final[Words] = {
    Whispered: _whispered,
    Missed: _missed,
    Kicked: _kicked,
    Banned: _banned,
    Barred: _barred,
    Moved: _moved,
    Invited: _invited,
    Appointed: lambda event: f"INFO {event.by} has made you a moderator of {event.room}\n",
    Given: lambda event: f"INFO {event.by} gives you {event.room}: CLAIM {event.room} takes it\n",
    Taken: lambda event: f"INFO {event.by} has taken {event.room}: you moderate it\n",
    Announced: lambda event: f"INFO {event.by} announces: {event.text}\n",
    Closing: lambda _: "INFO server is shutting down\n",
}
"""What everyone is told."""


def topic_line(event: TopicSet) -> str:
    """TOPIC <room> <text>"""
    return f"TOPIC {event.room} {event.topic}".rstrip()


def modes_line(event: ModesSet) -> str:
    """MODE <room> and the modes"""
    return f"MODE {event.room} {modes_in_words(event.modes)}"


def _numbers(event: Hidden | Shown) -> str:
    """HIDDEN or SHOWN <room> <numbers>, in as many lines as that takes: 17,19-25"""
    verb = "HIDDEN" if type(event) is Hidden else "SHOWN"
    runs: list[list[int]] = []
    for number in event.numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = [f"{first}-{last}" if last > first else str(first) for first, last in runs]
    lines = [words[at : at + NUMBERS_PER_LINE] for at in range(0, len(words), NUMBERS_PER_LINE)]
    return "".join(f"{verb} {event.room} {','.join(line)}\n" for line in lines)


CHANGES: Final[Words] = {
    Marked: lambda event: f"READ {event.room} {event.number}\n",
    TopicSet: lambda event: topic_line(event) + "\n",
    ModesSet: lambda event: modes_line(event) + "\n",
    StandingSet: lambda event: f"MODERATOR {event.room} {event.user} {event.standing}\n",
    Hidden: _numbers,
    Shown: _numbers,
    Edited: lambda event: f"EDITED {event.room} {event.number} {event.user} {event.text}\n",
}
"""What clients with stamps are told besides: what happens to a room, and to what was said in it."""
