"""Whoever asks and does not read the answer: the server keeps a page of it for them, whatever it is
that they have asked for; and whoever reads it gets all of it."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator
from typing import Final

import pytest

from chat.factory import ChatFactory
from chat.vocabulary.limits import PAGE_BYTES, PIECE_BYTES, RUNAWAY_BYTES
from tests.people import Visitor
from tests.turns import Turns

ASKERS: Final = 4
HELD: Final = 100
LONG: Final = "tea " + "x" * 3900
KEPT: Final = RUNAWAY_BYTES
"""What may be kept for each that does not read: a page, a piece, and the list of what is meant."""


class Crowded:
    """A room with much of everything; its owner has many devices."""

    def __init__(self, factory: ChatFactory, turns: Turns) -> None:
        self.factory = factory
        self.turns = turns
        self.owner = Visitor(factory).says("JOIN tea owner", "REGISTER correct-horse")
        self.do(self.owner, "CLAIM tea", *[f"MSG tea {LONG} {at}" for at in range(60)])
        for text in range(20):
            self.do(self.owner, f"EDIT tea 60 {text} " + "y" * 800)
        for at in range(800):
            self.do(self.owner, f"BAN tea 10.{at // 250}.{at % 250}.0/24 " + "r" * 190)
        self.do(self.owner, "JOIN home")
        raider = Visitor(factory).says("JOIN tea raider")
        self.do(self.owner, "RAID tea on 10m")
        self.do(raider, *[f"MSG tea {LONG} {at}" for at in range(HELD)])
        for at in range(100):
            guest = Visitor(factory).says(f"JOIN guests{at % 3} guest{at}")
            self.do(guest, *[f"JOIN room-{at}-{each}" for each in range(20)])

    def do(self, person: Visitor, *lines: str) -> list[str]:
        """Say something, and have all of the answer."""
        heard: list[str] = []
        for line in lines:
            person.says(line)
            self.turns.pass_all()
            heard += person.heard()
        return heard

    def device(self) -> Visitor:
        """One more connection of the owner's."""
        device = Visitor(self.factory)
        self.do(device, "AUTH owner correct-horse", "JOIN tea")
        return device


@pytest.fixture(scope="module")
def crowded() -> Crowded:
    turns = Turns()
    return Crowded(ChatFactory(later=turns.append), turns)


QUESTIONS: Final = {
    "HISTORY tea 1000": 60,
    "HISTORY tea 60": 60,
    "SEARCH tea": 50,
    "EARLIER tea 60": 17,
    "AUDIT tea 1000": 800,
    "BANS tea": 800,
    "HELD tea": HELD,
    "ROOMS": 2000,
    "WHO": 100,
}
"""And about how many lines there are in the answer, at least."""


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_not_read_is_not_kept(crowded: Crowded, question: str) -> None:
    """Each takes a page and a piece, and the answer is whole when it is read at last."""
    whole = crowded.do(crowded.device(), question)
    assert len(whole) > QUESTIONS[question]
    assert crowded.do(crowded.owner, question) == whole
    devices = [crowded.device() for _ in range(ASKERS)]
    gc.collect()
    tracemalloc.start()
    try:
        for device in devices:
            device.says(question)
            device.stops_reading()
            crowded.turns.pass_all()
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0] / ASKERS
    finally:
        tracemalloc.stop()
    assert kept <= KEPT + 2 * PIECE_BYTES, f"{kept:,.0f} bytes for each"
    for device in devices:
        heard = device.heard()
        assert len("\n".join(heard)) <= PIECE_BYTES + PAGE_BYTES
        device.reads_on()
        crowded.turns.pass_all()
        heard += device.heard()
        assert heard == whole


def test_nothing_more_is_made_for_who_is_gone(crowded: Crowded) -> None:
    """The rest of a list is nobody's, and takes no turn from those who are there."""
    device, made = crowded.device(), list[int]()

    def lines() -> Iterator[str]:
        for number in range(20):
            made.append(number)
            yield "x" * PIECE_BYTES

    session = device.protocol.session
    session.dialect.tell(session, lines())
    device.vanishes()
    crowded.turns.pass_all()
    assert len(made) <= 3
