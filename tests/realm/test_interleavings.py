"""Two devices of one account and a third person: every order of what they do."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chat.vocabulary.limits import GATHER_SECONDS
from tests.accounts.owning import PASSWORD, owned
from tests.people import Visitor
from tests.stores import SlowStore

STYLES = st.sampled_from(["rooms", "stamps", "login"])


@dataclass(eq=False)
class Device:
    """A device, and what it has heard since it came."""

    visitor: Visitor
    style: str
    heard: list[str] = field(default_factory=list)
    reads: bool = True

    def listen(self) -> list[str]:
        """What has come, without its stamps."""
        for line in self.visitor.heard():
            stamped = line.split(" ", 2) if line.startswith("@") else ["", "", line]
            self.heard.append(stamped[2])
        return self.heard

    def texts(self, verb: str) -> list[str]:
        """The texts of what it has heard of a kind."""
        return [line.split()[-1] for line in self.listen() if line.split()[0] == verb]


class Talk(RuleBasedStateMachine):
    """Each device hears the same order, and what was said to somebody away comes once.

    Every text is said once, so that it can be found again. In a commit that is under way nothing
    has been heard yet.
    """

    def __init__(self) -> None:
        super().__init__()
        self.store = SlowStore()
        self.factory = owned("alice", store=self.store)
        self.devices: list[Device] = []
        self.gone: list[Device] = []
        self.said: list[str] = []
        self.whispered: list[str] = []
        self.at_home: dict[str, list[Device]] = {}
        self.number = 0

    @initialize()
    def bob_is_here(self) -> None:
        self.bob = Device(Visitor(self.factory), "rooms")
        self.bob.visitor.says("JOIN lobby bob")
        self.settle()

    def settle(self) -> None:
        """What is under way is stored."""
        while self.store.is_busy:
            self.store.commit()
            self.factory.clock.advance(GATHER_SECONDS)

    def text(self) -> str:
        """One that has not been said."""
        self.number += 1
        return f"t{self.number}"

    @precondition(lambda self: len(self.devices) < 2)
    @rule(style=STYLES)
    def a_device_comes(self, style: str) -> None:
        device = Device(Visitor(self.factory), style)
        if style == "login":
            device.visitor.says(f"LOGIN alice {PASSWORD}")
        else:
            device.visitor.says(f"AUTH alice {PASSWORD}", "JOIN lobby")
        if style == "stamps":
            device.visitor.says("STAMPS on")
        self.devices.append(device)

    @precondition(lambda self: self.devices)
    @rule(which=st.integers(0, 1), kind=st.sampled_from(["QUIT", "vanish"]))
    def a_device_goes(self, which: int, kind: str) -> None:
        device = self.devices.pop(which % len(self.devices))
        if kind == "QUIT":
            self.settle()
            device.visitor.reads_on()
            device.visitor.says("QUIT")
        device.listen()
        device.visitor.vanishes()
        device.listen()
        self.gone.append(device)

    @precondition(lambda self: self.devices)
    @rule(which=st.integers(0, 1))
    def a_device_speaks(self, which: int) -> None:
        device, text = self.devices[which % len(self.devices)], self.text()
        room = "" if device.style == "login" else "lobby "
        device.visitor.says(f"MSG {room}{text}")

    @precondition(lambda self: self.devices)
    @rule(which=st.integers(0, 1))
    def a_device_whispers(self, which: int) -> None:
        self.devices[which % len(self.devices)].visitor.says(f"DM bob {self.text()}")

    @rule()
    def bob_speaks(self) -> None:
        self.bob.visitor.says(f"MSG lobby {self.text()}")

    @rule()
    def bob_whispers(self) -> None:
        text = self.text()
        self.whispered.append(text)
        self.at_home[text] = list(self.devices)
        self.bob.visitor.says(f"DM alice {text}")

    @precondition(lambda self: self.devices)
    @rule(which=st.integers(0, 1))
    def a_device_stops_reading(self, which: int) -> None:
        device = self.devices[which % len(self.devices)]
        device.visitor.stops_reading()
        device.reads = False

    @precondition(lambda self: any(not device.reads for device in self.devices))
    @rule()
    def all_read_on(self) -> None:
        for device in self.devices:
            device.visitor.reads_on()
            device.reads = True

    @precondition(lambda self: self.store.is_busy)
    @rule()
    def a_batch_is_stored(self) -> None:
        self.store.commit()
        self.factory.clock.advance(GATHER_SECONDS)

    @invariant()
    def nobody_hears_anything_twice(self) -> None:
        for device in [*self.devices, *self.gone]:
            for verb in ("MSG", "DM", "SENT"):
                texts = device.texts(verb)
                assert len(texts) == len(set(texts))

    @invariant()
    def all_hear_one_order(self) -> None:
        order = self.bob.texts("MSG")
        for device in [*self.devices, *self.gone]:
            place = [order.index(text) for text in device.texts("MSG") if text in order]
            assert place == sorted(place)
            letters = [self.whispered.index(text) for text in device.texts("DM")]
            assert letters == sorted(letters)

    @invariant()
    def what_was_said_to_one_who_was_away_comes_to_one_device(self) -> None:
        for text, at_home in self.at_home.items():
            if not at_home:
                heard = [d for d in [*self.devices, *self.gone] if text in d.texts("DM")]
                assert len(heard) <= 1

    def teardown(self) -> None:
        """In the end everything has been told to somebody, and to all who were here."""
        if not hasattr(self, "bob"):
            return
        self.settle()
        for device in self.devices:
            device.visitor.reads_on()
        self.settle()
        for device in self.devices:
            texts = device.texts("DM")
            order, heard = self.bob.texts("MSG"), device.texts("MSG")
            assert device.style == "login" or heard == order[len(order) - len(heard) :]
            missing = [text for text, home in self.at_home.items() if device in home]
            assert [text for text in missing if text not in texts] == []
        while self.devices:
            self.a_device_goes(0, "QUIT")
        self.a_device_comes_at_last()
        everyone = [*self.devices, *self.gone]
        told = {text for device in everyone for text in device.texts("DM")}
        assert told == set(self.whispered)

    def a_device_comes_at_last(self) -> None:
        """What nobody has been told yet waits for it."""
        device = Device(Visitor(self.factory), "login")
        device.visitor.says(f"LOGIN alice {PASSWORD}")
        self.settle()
        self.devices.append(device)


TestTalk = Talk.TestCase
