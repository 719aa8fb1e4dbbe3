"""The room tea, those who are in it, and somebody who tries what it may do there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any, Final, NamedTuple

from msgspec.structs import replace

from chat.accounts.passwords import Hashing
from chat.history.memory.memory_store import MemoryStore
from chat.history.room_records import (
    SERVER,
    AuditEntry,
    Decision,
    Holder,
    Kept,
    Sanction,
    SanctionKind,
)
from chat.moderation.rules import Role
from chat.vocabulary.events import Draft
from chat.vocabulary.settings import Limits
from tests.accounts.owning import CHEAP, PASSWORD
from tests.accounts.setting import result
from tests.chats import chat_with
from tests.people import Visitor
from tests.permissions.attempt import SECRET, Attempt, World
from tests.permissions.forms import Form

NAMES: Final = {
    Role.NOBODY: "nat",
    Role.GUEST: "gus",
    Role.ACCOUNT: "carol",
    Role.MODERATOR: "bob",
    Role.OWNER: "alice",
    Role.OPERATOR: "oscar",
}
"""Who tries. Nobody is about to be nat, a guest, or ned, who has an account."""

ACCOUNTS: Final = ("ned", "mia", "zoe", "dora", "carol", "bob", "alice", "oscar")

HOST: Final = "192.0.2.7"
"""Where whoever tries comes from."""

BEGAN: Final = 1_700_000_000_000
"""When the accounts were made, in ms since 1970 UTC; the rest happens within the next second."""

HOLDERS: Final = (
    Holder("alice", "alice", BEGAN, "owner"),
    Holder("bob", "bob", BEGAN, "moderator"),
    Holder("mia", "mia", BEGAN, "moderator"),
    Holder("zoe", "zoe", BEGAN, "invited"),
)


class State(NamedTuple):
    """What is special about whoever tries, or about the room.

    title: how the document calls it.
    begin: has it come about, once whoever tries is in the room.
    impossible: the roles that nobody has then.
    """

    title: str
    begin: Callable[[Scene], None]
    impossible: tuple[Role, ...] = ()


class Scene:
    """A chat with the room tea, which is alice's. In it are mia, who moderates it, zoe, who is
    invited, and somebody with a role. lou is in the lobby.

    yan is muted, in the room and on the server, and what yan has said in it is hidden; xan is
    banned from both. dora is registered, and not here.
    """

    def __init__(self, role: Role, state: State, style: str) -> None:
        self.role, self.style, self.name = role, style, NAMES[role]
        ticks = count(BEGAN)
        self.now = lambda: next(ticks)
        self.store = MemoryStore()
        self._stock()
        self.factory = chat_with(
            self.store,
            now=lambda: self.now() / 1000,
            hashing=Hashing(hasher=CHEAP),
            limits=Limits(rate=0),
            takes_plaintext=True,
            operators=["oscar"],
        )
        self.look()
        self.others = self._others()
        self.actor = Visitor(self.factory, HOST)
        self.is_used = False
        if role is not Role.NOBODY:
            self.comes("JOIN tea")
            self.says("hi")
        state.begin(self)
        self._forget_what_was_heard()

    def _stock(self) -> None:
        for name in ACCOUNTS:
            self.store.accounts.create(name, name, _hashed(), BEGAN)
        self.keep(topic="leaves", holders=HOLDERS)
        for room in ("tea", SERVER):
            self.impose("mute", room, "yan", "mia", Role.MODERATOR)
            self.impose("ban", room, "xan", "mia", Role.MODERATOR)
        self.store.append([Draft("tea", "tea", "yan", "yan", "rude", self.now())])
        self.store.moderation.hide("tea", 0, ["yan"], [], self._entry("HIDE"))

    def _others(self) -> list[Visitor]:
        mia, zoe, lou = (Visitor(self.factory) for _ in range(3))
        mia.says(f"AUTH mia {PASSWORD}", "JOIN tea", "STAMPS on", f"MSG tea {SECRET}")
        zoe.says(f"LOGIN zoe {PASSWORD}", "JOIN tea", "MSG hello")
        lou.says("LOGIN lou")
        return [mia, zoe, lou]

    # What is done by whoever tries

    def comes(self, *lines: str) -> None:
        """Whoever tries says who it is, comes to the lobby, and sends these lines."""
        is_account = self.role > Role.GUEST
        if self.style == "login":
            self.actor.says(f"LOGIN {self.name}" + f" {PASSWORD}" * is_account, *lines)
        else:
            proof = [f"AUTH {self.name} {PASSWORD}"] * is_account
            self.actor.says(*proof, f"JOIN lobby {self.name}", *lines)

    def says(self, text: str) -> None:
        """Whoever tries says something in the room."""
        self.actor.says(f"MSG {text}" if self.style == "login" else f"MSG tea {text}")

    def asks(self, form: Form, room: str = "tea") -> list[str]:
        """Whoever tries sends that, about a room of that name; what it hears."""
        line = form.login if self.style == "login" and form.login else form.line
        last = result(self.store.last("tea"))
        line = line.replace(" tea", f" {room}").format(name=self.name, last=last)
        return self.actor.says(line).heard()

    # What is done behind the server's back

    def look(self) -> None:
        """The server looks what has changed in the store."""
        result(self.factory.directory.load())
        result(self.factory.registry.load())

    def keep(self, key: str = "tea", **values: Any) -> None:
        """Change what is kept of a room."""
        kept = result(self.store.moderation.changes()).kept
        before = next((each for each in kept if each.key == key), Kept(key, key))
        assert result(self.store.moderation.keep(replace(before, **values), self._entry("MODE")))

    def impose(
        self, kind: SanctionKind, room: str, target: str, by: str = "alice", rank: int = Role.OWNER
    ) -> None:
        """Ban or mute somebody for good."""
        sanction = Sanction(room, kind, target, target, 0, "", by, self.now(), rank=rank)
        self.store.moderation.impose(sanction, self._entry(kind.upper()))

    def decide(self, by: str, role: Role) -> None:
        """All that can be decided over the room somebody has decided, in that role."""
        for kind, target in (("mute", "yan"), ("ban", "xan"), ("mute", "zoe")):
            self.impose(kind, "tea", target, by, role)
        entry = AuditEntry(self.now(), "tea", "tea", by, "HIDE")
        self.store.moderation.hide("tea", 0, ["yan"], [], entry, role)
        what = ("topic", "raid", "slow") if role is Role.OPERATOR else ("raid",)
        decisions = tuple(Decision(each, role, by, self.now()) for each in what)
        self.keep(raid=self.now(), decisions=decisions)
        self.look()

    def disable(self, name: str) -> None:
        """Disable an account, as whoever runs the server does."""
        account = self.store.accounts._all[name]
        account.record = replace(account.record, is_disabled=True, secret=1)
        account.revision = self.store.accounts._next()

    def _entry(self, act: str) -> AuditEntry:
        return AuditEntry(self.now(), "tea", "tea", "alice", act)

    # What comes of trying

    def tries(self, form: Form) -> str:
        """What comes of trying that, see Attempt.outcome; in brackets, what is wrong with it."""
        before, was_inside = self._world(), self.is_inside
        was_closed = self.actor.is_sent_away
        heard = self.asks(form)
        told = [line for other in self.others for line in other.heard()]
        after = self._world()
        attempt = Attempt(form, self.name, before, after, heard, told, was_inside, was_closed)
        self.is_used = after != before or attempt.may_change
        outcome, wrong = attempt.outcome, attempt.wrong
        if outcome == "ok" and form.verb == "JOIN" and not self.is_inside:
            outcome = "another room"
        return f"{outcome} ({wrong})" if wrong else outcome

    @property
    def is_inside(self) -> bool:
        """Whether whoever tries is in the room."""
        room = self.factory.rooms.get("tea")
        return room is not None and any(user.key == self.name for user in room.members)

    def _world(self) -> World:
        store, factory, session = self.store, self.factory, self.actor.protocol.session
        rooms = factory.rooms
        return World(
            result(store.moderation.audit(None, 1000)),
            sum(len(room.gate.waiting) for room in rooms.values() if room.gate),
            (
                result(store.moderation.changes()),
                result(store.accounts.changes()),
                result(store.accounts.bookmarks(self.name)),
                [result(store.page(key, 100)) for key in ("tea", "lobby")],
                store.open(),
                {key: [*room.members.items()] for key, room in rooms.items()},
                [*factory.users.values()],
                (session.dialect, session.device, session.ended),
            ),
        )

    def _forget_what_was_heard(self) -> None:
        for person in (self.actor, *self.others):
            person.heard()


@cache
def _hashed() -> str:
    """The password of all accounts, as it is stored."""
    return CHEAP.hash(PASSWORD)
