"""A model of the chat, simple enough to be seen to be right, against the real server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from chat.vocabulary.errors import USAGE, ChatError
from chat.vocabulary.limits import GATHER_SECONDS
from chat.vocabulary.settings import Limits
from tests.chats import chat_with
from tests.people import Visitor
from tests.soaking import examples
from tests.stores import SlowStore

NAMES = st.sampled_from(["ann", "Ann", "bob", "ｂｏｂ", "cy", "b@d", ""])
ROOM_NAMES = st.sampled_from(["tea", "TEA", "#tea", "jam", "lobby", "b@d"])
TEXTS = st.sampled_from(["hi", "  two  words ", "", " "])
MOST_ROOMS = 2


def folded(name: str) -> str:
    """What the names above have in common with each other."""
    return {"ｂｏｂ": "bob"}.get(name, name).lower().removeprefix("#")


def counted(number: int, what: str, where: str) -> str:
    """The line that closes a list in the rooms style."""
    return f"INFO {number} {what}{'' if number == 1 else 's'} {where}"


@dataclass(eq=False)
class Somebody:
    """A connection as the model sees it."""

    visitor: Visitor
    name: str = ""
    login_style: bool = False
    rooms: list[ModelRoom] = field(default_factory=list)
    to_hear: list[str] = field(default_factory=list)
    gone: bool = False

    def says(self, *lines: str) -> bool:
        """Say it; whether anybody listens."""
        self.visitor.says(*lines)
        return not self.gone


@dataclass(eq=False)
class ModelRoom:
    """An open room as the model sees it."""

    name: str
    members: list[Somebody] = field(default_factory=list)


class Chat(RuleBasedStateMachine):
    """Everything that anyone hears is what the model says, at every step."""

    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.factory = chat_with(limits=Limits(rooms_per_user=MOST_ROOMS))
        self.here: list[Somebody] = []  # who has said who it is, in that order
        self.everyone: list[Somebody] = []
        self.rooms: dict[str, ModelRoom] = {}
        self.said: dict[str, list[tuple[str, str]]] = {}

    @initialize(target=people)
    def begin(self) -> object:
        ann, bob, cy = self.arrive(), self.arrive(), self.arrive()
        self.login(ann, "Ann")
        self.join(bob, "bob", "lobby")
        self.join(cy, "cy", "#tea")
        return multiple(ann, bob, cy)

    @rule(target=people)
    def arrive(self) -> Somebody:
        somebody = Somebody(Visitor(self.factory))
        self.everyone.append(somebody)
        return somebody

    @rule(who=people, name=NAMES)
    def login(self, who: Somebody, name: str) -> None:
        if not who.says(f"LOGIN {name}"):
            return
        if who.name:
            self.refuse(who, "already-logged-in")
        elif code := self.refusal_of(name):
            who.to_hear.append(f"ERR {code}")
        else:
            who.login_style = True
            self.enter(who, name)
            self.come(who, "lobby")
            who.to_hear.append("OK")

    @rule(who=people, name=NAMES, room=ROOM_NAMES)
    def join(self, who: Somebody, name: str, room: str) -> None:
        if not who.says(f"JOIN {room} {name}"):
            return None
        if not who.name:
            code = self.refusal_of(name)
            if not name:
                code = "not-logged-in"
            elif "@" in room:
                code = "invalid-room"
            if code:
                self.refuse(who, code)
                return None
            self.enter(who, name)
        elif name and "@" in name:
            return self.refuse(who, "invalid-username")
        elif name and folded(name) != folded(who.name):
            return self.refuse(who, "already-logged-in")
        if "@" in room:
            return self.refuse(who, "invalid-room")
        key = folded(room)
        is_in = any(folded(r.name) == key for r in who.rooms)
        if who.login_style:
            if not is_in:
                self.part(who, who.rooms[0], gone=False)
                self.come(who, room)
            who.to_hear.append("OK")
        elif not is_in and len(who.rooms) == MOST_ROOMS:
            self.refuse(who, "too-many-rooms")
        else:
            if not is_in:
                self.come(who, room)
            who.to_hear.append(f"INFO joined room {self.rooms[key].name}")
        return None

    @rule(who=people, room=ROOM_NAMES, text=TEXTS)
    def say(self, who: Somebody, room: str, text: str) -> None:
        if not who.says(f"MSG {text}" if who.login_style else f"MSG {room} {text}"):
            return
        if not who.name:
            self.refuse(who, "not-logged-in")
            return
        place = who.rooms[0] if who.login_style else self.place(who, room)
        if place and not text.strip():
            self.refuse(who, "missing-text")
        elif place:
            self.said.setdefault(folded(place.name), []).append((who.name, text))
            for member in place.members:
                if not member.login_style:
                    member.to_hear.append(f"MSG {place.name} {who.name} {text}")
                elif member is not who:
                    member.to_hear.append(f"MSG {who.name} {text}")

    @rule(who=people, room=ROOM_NAMES)
    def leave(self, who: Somebody, room: str) -> None:
        if not who.says("LEAVE" if who.login_style else f"LEAVE {room}"):
            return
        if not who.name:
            self.refuse(who, "not-logged-in")
        elif who.login_style:
            if folded(who.rooms[0].name) != "lobby":
                self.part(who, who.rooms[0], gone=False)
                self.come(who, "lobby")
            who.to_hear.append("OK")
        elif place := self.place(who, room):
            self.part(who, place, gone=False)
            who.to_hear.append(f"INFO left room {place.name}")

    @rule(who=people, name=NAMES, text=TEXTS)
    def whisper(self, who: Somebody, name: str, text: str) -> None:
        if not who.says(f"DM {name} {text}"):
            return
        other = next((p for p in self.here if folded(p.name) == folded(name)), None)
        words = f"{name} {text}".split(None, 1)
        if not who.name:
            self.refuse(who, "not-logged-in")
        elif not name:  # then the text's first word is taken for one
            if not words:
                self.refuse(who, "missing-username", usage="DM <username> <text>")
            else:
                self.refuse(who, "user-not-found", words[0])
        elif "@" in name:
            self.refuse(who, "invalid-username")
        elif other is None:
            self.refuse(who, "user-not-found", name)
        elif not text.strip():
            self.refuse(who, "missing-text")
        else:
            other.to_hear.append(f"DM {who.name} {text}")

    @rule(who=people)
    def look_around(self, who: Somebody) -> None:
        if not who.says("WHO", "ROOMS", "HISTORY lobby 3"):
            return
        if not who.name:
            for _ in range(3):
                self.refuse(who, "not-logged-in")
            return
        who.to_hear += [f"USER {user.name}" for user in self.here]
        who.to_hear += [] if who.login_style else [counted(len(self.here), "user", "here")]
        who.to_hear += [f"ROOM {room.name} {len(room.members)}" for room in self.rooms.values()]
        who.to_hear += [] if who.login_style else [counted(len(self.rooms), "room", "open")]
        if place := self.place(who, "lobby"):
            said = list(enumerate(self.said.get("lobby", []), 1))[-3:]
            who.to_hear += [f"HISTORY {place.name} {n} {user} {text}" for n, (user, text) in said]
            who.to_hear += (
                [] if who.login_style else [counted(len(said), "message", f"from {place.name}")]
            )

    @rule(who=people)
    def quit(self, who: Somebody) -> None:
        if not who.says("QUIT"):
            return
        self.go(who)
        who.to_hear.append("Goodbye!" if who.login_style else "INFO goodbye")

    @rule(who=people, politely=st.booleans(), name=NAMES)
    def vanish_and_come_back(self, who: Somebody, politely: bool, name: str) -> None:
        if politely:
            who.visitor.hangs_up()
        who.visitor.vanishes()
        assert who.visitor.heard() == []
        if not who.gone:
            self.go(who)
        who.visitor = Visitor(self.factory)
        who.name, who.login_style, who.gone = "", False, False
        self.login(who, name)

    @invariant()
    def everyone_hears_what_the_model_says(self) -> None:
        for somebody in self.everyone:
            heard = [
                " ".join([*words[:3], *words[4:]]) if words[0] == "HISTORY" else " ".join(words)
                for words in (line.split(" ") for line in somebody.visitor.heard())
            ]
            assert heard == somebody.to_hear
            somebody.to_hear = []

    @invariant()
    def the_factory_holds_who_is_here_and_what_is_open(self) -> None:
        assert list(self.factory.users) == [folded(somebody.name) for somebody in self.here]
        assert list(self.factory.rooms) == list(self.rooms)

    def refusal_of(self, name: str) -> str:
        """Why nobody can enter under that name, or nothing."""
        if not name:
            return "missing-username"
        if "@" in name:
            return "invalid-username"
        taken = any(folded(user.name) == folded(name) for user in self.here)
        return "username-taken" if taken else ""

    def refuse(self, who: Somebody, code: str, word: str = "", usage: str = USAGE) -> None:
        error = ChatError(code, word)
        error.usage = usage
        shown = (
            f"ERR {code} {error.word}".rstrip() if who.login_style else f"ERROR {error.sentence}"
        )
        who.to_hear.append(shown)

    def place(self, who: Somebody, room: str) -> ModelRoom | None:
        """The room that a command means, or None where it was refused."""
        if "@" in room:
            self.refuse(who, "invalid-room")
            return None
        place = next((r for r in who.rooms if folded(r.name) == folded(room)), None)
        if place is None:
            self.refuse(who, "not-in-room", room)
        return place

    def enter(self, who: Somebody, name: str) -> None:
        who.name = {"ｂｏｂ": "bob"}.get(name, name)
        self.here.append(who)

    def come(self, who: Somebody, room: str) -> None:
        name = room.removeprefix("#")
        place = self.rooms.setdefault(folded(name), ModelRoom(name))
        for member in place.members:
            if not member.login_style:
                member.to_hear.append(f"INFO {who.name} joined {place.name}")
        place.members.append(who)
        who.rooms.append(place)

    def part(self, who: Somebody, place: ModelRoom, gone: bool) -> None:
        place.members.remove(who)
        who.rooms.remove(place)
        if not place.members:
            del self.rooms[folded(place.name)]
        for member in place.members:
            if not member.login_style:
                member.to_hear.append(f"INFO {who.name} left {place.name}")
            elif gone:
                member.to_hear.append(f"INFO {who.name} disconnected")

    def go(self, who: Somebody) -> None:
        who.gone = True
        for place in list(who.rooms):
            self.part(who, place, gone=True)
        if who in self.here:
            self.here.remove(who)


def by_room(somebody: Somebody, lines: list[str]) -> list[str]:
    """The messages, room by room: each has an order of its own."""
    said = [line for line in lines if line.startswith("MSG ")]
    return said if somebody.login_style else sorted(said, key=lambda line: line.split()[1])


class ChatWithSlowStore(Chat):
    """The same with a store that takes its time, and turns of a reactor.

    Anybody may come, go or speak between what was accepted and its commit. Everyone hears what the
    model says; an answer may come before what somebody else has said but nobody has heard yet, so
    only the messages and the coming and going in a room keep their order here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[Callable[[], object]] = []
        self.store = SlowStore()
        self.factory = chat_with(
            self.store, later=self.turns.append, limits=Limits(rooms_per_user=MOST_ROOMS)
        )

    @rule()
    def turn(self) -> None:
        """The reactor turns once."""
        turns, self.turns[:] = self.turns[:], []
        for act in turns:
            act()
        self.factory.clock.advance(GATHER_SECONDS)

    @rule()
    def commit(self) -> None:
        """The store is done with a batch."""
        if self.store.is_busy:
            self.store.commit()

    def settle(self) -> None:
        """Everything that was accepted is delivered."""
        journal = self.factory.realm.journal
        while self.turns or journal.accepted > journal.delivered:
            self.turn()
            self.commit()

    @invariant()
    def everyone_hears_what_the_model_says(self) -> None:
        """Only when all is settled."""

    @rule()
    def everyone_has_heard_what_the_model_says(self) -> None:
        self.settle()
        for somebody in self.everyone:
            heard = somebody.visitor.heard()
            assert sorted(heard) == sorted(somebody.to_hear)
            assert by_room(somebody, heard) == by_room(somebody, somebody.to_hear)
            somebody.to_hear = []

    @rule(who=Chat.people)
    def look_around(self, who: Somebody) -> None:
        self.everyone_has_heard_what_the_model_says()
        super().look_around(who)
        self.settle()
        super().everyone_hears_what_the_model_says()

    @rule(who=Chat.people, politely=st.booleans(), name=NAMES)
    def vanish_and_come_back(self, who: Somebody, politely: bool, name: str) -> None:
        if politely:
            who.visitor.hangs_up()
        who.visitor.vanishes()
        who.visitor.heard()
        who.to_hear = []
        if not who.gone:
            self.go(who)
        who.visitor = Visitor(self.factory)
        who.name, who.login_style, who.gone = "", False, False
        self.login(who, name)

    def teardown(self) -> None:
        self.everyone_has_heard_what_the_model_says()


TestChat = Chat.TestCase
TestChat.settings = settings(max_examples=examples(200), stateful_step_count=60)

TestChatWithSlowStore = ChatWithSlowStore.TestCase
TestChatWithSlowStore.settings = TestChat.settings
