"""Somebody is kept out of a room and let in again, over and over, while it does what it likes at
several connections: at no moment does it hear what was said while it was out."""

from __future__ import annotations

from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.accounts.owning import PASSWORD
from tests.late import LateStore
from tests.moderation.town import Town
from tests.people import Visitor
from tests.soaking import examples

HOST: Final = "10.0.0.66"

ACTS: Final = {
    "BAN tea mallory": ("banned", True),
    "UNBAN tea mallory": ("banned", False),
    f"BAN tea {HOST}": ("banned there", True),
    f"UNBAN tea {HOST}": ("banned there", False),
    "MODE tea private on": ("private", True),
    "MODE tea private off": ("private", False),
    "INVITE tea mallory": ("invited", True),
    "INVITE tea mallory off": ("invited", False),
}
"""What the owner does, and what is so then."""

TRIES: Final = (
    *("JOIN tea", "LEAVE tea", "WHO tea", "TOPIC tea", "CATCHUP", "READ tea 99"),
    *("HISTORY tea", "HISTORY tea 1000 AFTER 0", "HISTORY tea 5 BEFORE 9", "HISTORY"),
    *("SEARCH from:alice", "MSG tea hi", "@a MSG tea hi", "STAMPS on", "STAMPS off", "JOIN lobby"),
)
"""What mallory says, at any of its connections."""

DEVICES: Final = 3
WHICH: Final = st.integers(0, DEVICES - 1)


class KeptOut(RuleBasedStateMachine):
    """Every text is said once, so that it is known when it was said."""

    def __init__(self) -> None:
        super().__init__()
        self.store = LateStore()
        self.devices: list[Visitor] = []
        self.so: set[str] = set()
        self.secrets: set[str] = set()
        self.number = 0

    @initialize(replay=st.sampled_from([0, 3]))
    def alice_has_a_room(self, replay: int) -> None:
        self.town = Town("mallory", "alice", store=self.store, replay=replay)
        self.alice = self.town.rooms("alice", "tea").says("CLAIM tea")

    @property
    def is_out(self) -> bool:
        """Whether mallory may not be in the room."""
        is_banned = bool(self.so & {"banned", "banned there"})
        return is_banned or ("private" in self.so and "invited" not in self.so)

    def text(self) -> str:
        """One that was not said before."""
        self.number += 1
        text = f"t{self.number}."
        if self.is_out:
            self.secrets.add(text)
        return text

    @rule(act=st.sampled_from(sorted(ACTS)))
    def the_owner_acts(self, act: str) -> None:
        self.alice.says(act).heard()
        what, is_so = ACTS[act]
        (self.so.add if is_so else self.so.discard)(what)
        if not self.is_out:
            self.secrets.clear()  # it may look that up

    @rule(many=st.integers(1, 3), length=st.sampled_from([0, 3000]))
    def something_is_said(self, many: int, length: int) -> None:
        for _ in range(many):
            self.alice.says(f"MSG tea {self.text()} {'x' * length}")

    @rule()
    def something_is_done(self) -> None:
        self.alice.says(f"TOPIC tea {self.text()}", f"EDIT tea {self.number} {self.text()}")

    @precondition(lambda self: len(self.devices) < DEVICES)
    @rule(style=st.sampled_from(["rooms", "stamps", "login"]))
    def a_device_comes(self, style: str) -> None:
        device = self.town.stranger(HOST)
        if style == "login":
            device.says(f"LOGIN mallory {PASSWORD}", "JOIN tea")
        else:
            device.says(f"AUTH mallory {PASSWORD}", "JOIN lobby", "JOIN tea")
        if style == "stamps":
            device.says("STAMPS on")
        self.devices.append(device)

    def device(self, which: int) -> Visitor:
        return self.devices[which % len(self.devices)]

    @precondition(lambda self: self.devices)
    @rule(which=WHICH)
    def a_device_goes(self, which: int) -> None:
        device = self.device(which)
        self.devices.remove(device)
        device.vanishes()

    @precondition(lambda self: self.devices)
    @rule(which=WHICH, line=st.sampled_from(TRIES))
    def a_device_tries(self, which: int, line: str) -> None:
        self.device(which).says(line)

    @precondition(lambda self: self.devices)
    @rule(which=WHICH)
    def a_device_stops_reading(self, which: int) -> None:
        self.device(which).stops_reading()

    @precondition(lambda self: self.devices)
    @rule(which=WHICH)
    def a_device_reads_on(self, which: int) -> None:
        self.device(which).reads_on()

    @rule(is_late=st.booleans())
    def the_store_answers(self, is_late: bool) -> None:
        """And takes its time with the next question, or not."""
        self.store.asked = 0
        self.store.is_late = is_late
        self.store.answer()

    @invariant()
    def nothing_is_heard_of_what_was_said_meanwhile(self) -> None:
        for device in self.devices:
            for line in device.heard():
                assert not self.secrets & {*line.split()}, line


TestKeptOut = KeptOut.TestCase
TestKeptOut.settings = settings(max_examples=examples(50))
