"""One account at several connections: presence belongs to the person."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred, fail

from chat.accounts.passwords import Hashing
from chat.acts import receipts
from chat.factory import ChatFactory
from chat.history.memory.memory_store import MemoryStore
from chat.history.store import StoreError
from chat.vocabulary.events import Said
from chat.vocabulary.names import username
from chat.vocabulary.settings import Limits
from tests.accounts.owning import CHEAP, PASSWORD, owned
from tests.chats import chat_with
from tests.people import Visitor


class SlowPages(MemoryStore):
    """Pages come when the test says so, or can't be read."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Deferred[list[Said]]] | None = None
        self.fails = False

    def page(self, key: str, count: int, **words: int | None) -> Deferred[list[Said]]:
        """See Store."""
        if self.fails:
            return fail(StoreError("gone"))
        page = super().page(key, count, **words)
        if self.asked is not None:
            page.pause()
            self.asked.append(page)
        return page


@pytest.fixture
def factory() -> ChatFactory:
    """A chat where alice is registered."""
    return owned("alice")


class Devices:
    """Comes to a factory's chat."""

    def __init__(self, factory: ChatFactory) -> None:
        self.factory = factory

    def rooms(self, name: str = "alice", room: str = "lobby") -> Visitor:
        """A device of the rooms style."""
        device = Visitor(self.factory).says(f"AUTH {name} {PASSWORD}")
        device.hears(f"INFO you are {name}: go on with JOIN <room>, or LOGIN")
        return device.says(f"JOIN {room}")

    def login(self, name: str = "alice") -> Visitor:
        """A device of the login style."""
        return Visitor(self.factory).says(f"LOGIN {name} {PASSWORD}")

    def guest(self, name: str, room: str = "lobby") -> Visitor:
        """Somebody without an account."""
        return Visitor(self.factory).says(f"JOIN {room} {name}").hears(f"INFO joined room {room}")


@pytest.fixture
def come(factory: ChatFactory) -> Devices:
    return Devices(factory)


def test_presence_belongs_to_the_person(come: Devices) -> None:
    """A second device joins nobody anew; WHO shows one; it is gone when the last device is."""
    bob = come.guest("bob")
    phone = come.rooms().hears("INFO joined room lobby")
    bob.hears("INFO alice joined lobby")
    laptop = come.rooms().hears("INFO joined room lobby")
    bob.hears().says("WHO lobby").hears("USER bob", "USER alice", "INFO 2 users in lobby")
    bob.says("ROOMS").hears("ROOM lobby 2", "INFO 1 room open")
    phone.vanishes()
    bob.hears()
    laptop.says("QUIT").hears("INFO goodbye")
    bob.hears("INFO alice left lobby")


def test_all_devices_hear_what_is_said(come: Devices) -> None:
    """What others say, and what one says on another device, is heard on each, in one order."""
    bob, phone, laptop = come.guest("bob"), come.rooms(), come.rooms()
    for person in (bob, phone, laptop):
        person.heard()
    bob.says("MSG lobby hi")
    laptop.says("MSG lobby hello")
    for person in (bob, phone, laptop):
        person.hears("MSG lobby bob hi", "MSG lobby alice hello")


def test_all_devices_of_the_login_style_hear_each_other(come: Devices) -> None:
    """One hears what one says on another device, and not what one says on this one."""
    phone, laptop = come.login().hears("OK"), come.login().hears("OK")
    phone.says("MSG hi")
    phone.hears()
    laptop.hears("MSG alice hi").says("STAMPS on").hears("OK")
    phone.says("MSG again")
    assert laptop.heard()[0].endswith(" MSG alice again")


def test_a_room_joined_on_one_device_is_heard_on_the_others(come: Devices) -> None:
    """They are told so as if they had asked; and when it is left."""
    bob = come.guest("bob", "tea")
    phone, laptop = come.rooms().hears("INFO joined room lobby"), come.rooms()
    laptop.hears("INFO joined room lobby").says("JOIN tea").hears("INFO joined room tea")
    phone.hears("INFO joined room tea")
    bob.hears("INFO alice joined tea").says("MSG tea hi")
    phone.hears("MSG tea bob hi").says("LEAVE tea").hears("INFO left room tea")
    laptop.hears("MSG tea bob hi", "INFO left room tea").says("MSG tea x")
    laptop.hears("ERROR you are not in the room tea: JOIN it first")
    bob.hears("MSG tea bob hi", "INFO alice left tea")


def test_a_device_that_comes_later_is_in_all_rooms(come: Devices) -> None:
    """The room that it names comes first, then those where its person is already."""
    come.rooms().says("JOIN tea").hears("INFO joined room lobby", "INFO joined room tea")
    laptop = come.rooms(room="jam")
    laptop.hears("INFO joined room jam", "INFO joined room lobby", "INFO joined room tea")
    come.rooms(room="tea").hears(
        "INFO joined room tea", "INFO joined room lobby", "INFO joined room jam"
    )


def test_direct_messages_reach_all_devices(come: Devices) -> None:
    """Those to one, and those by one on another device."""
    bob, phone, laptop = come.guest("bob"), come.rooms(), come.login()
    for person in (bob, phone, laptop):
        person.heard()
    bob.says("DM alice hi")
    phone.hears("DM bob hi").says("DM bob hello")
    laptop.hears("DM bob hi", "SENT bob hello").says("DM alice note to myself")
    bob.hears("DM alice hello")
    phone.hears("DM alice note to myself")
    laptop.hears("DM alice note to myself")


def test_a_device_of_the_login_style_is_in_one_room() -> None:
    """It hears its own room; the others hear that one too, and hear when it goes elsewhere."""
    come = Devices(owned("alice", rejoins=False))
    bob = come.guest("bob")
    phone, laptop = come.rooms(room="tea").hears("INFO joined room tea"), come.login().hears("OK")
    phone.hears("INFO joined room lobby")
    bob.hears("INFO alice joined lobby").says("MSG lobby hi")
    phone.hears("MSG lobby bob hi").says("MSG tea hm")
    laptop.hears("MSG bob hi").says("JOIN jam").hears("OK")
    phone.hears("MSG tea alice hm", "INFO left room lobby", "INFO joined room jam")
    bob.hears("MSG lobby bob hi", "INFO alice left lobby")
    phone.says("LEAVE jam")
    phone.hears("ERROR another connection of yours is in jam, and can be in one room only")
    laptop.says("QUIT")
    phone.hears("INFO left room jam")


def test_where_both_styles_are_one_stays(come: Devices) -> None:
    """A device of the login style that goes elsewhere takes nobody out of a joined room."""
    phone, laptop = come.rooms(), come.login().hears("OK")
    phone.heard()
    laptop.says("JOIN tea").hears("OK")
    phone.hears("INFO joined room tea")
    laptop.says("LEAVE").hears("OK")
    phone.hears("INFO left room tea").says("WHO lobby")
    phone.hears("USER alice", "INFO 1 user in lobby").vanishes()
    laptop.says("WHO lobby").hears("USER alice")


def test_away_messages_come_once(come: Devices) -> None:
    """What was said to somebody who was away comes at the next coming, after the answer to it."""
    bob = come.guest("bob").says("DM alice one", "DM alice two").hears()
    phone = come.rooms().hears("INFO joined room lobby", "DM bob one", "DM bob two")
    bob.heard()
    bob.says("DM alice three")
    phone.hears("DM bob three")
    come.login().hears("OK")
    phone.vanishes()
    come.login().hears("OK").vanishes()


def test_messages_wait_only_for_accounts(come: Devices) -> None:
    """A name that is nobody's is nobody."""
    bob = come.guest("bob").says("DM carol hi")
    bob.hears("ERROR nobody here is called carol: WHO lists who is here")


def test_a_device_that_can_not_take_its_letters_leaves_them(come: Devices) -> None:
    """What a device had not been sent when it went comes to the next one, and no more than that."""
    bob = come.guest("bob")
    long = "x" * 4000
    bob.says(*(f"DM alice {at} {long}" for at in range(40))).hears()
    phone = Visitor(come.factory)
    phone.stops_reading()
    phone.says(f"LOGIN alice {PASSWORD}")
    first = [line.split()[2] for line in phone.heard() if line.startswith("DM")]
    phone.vanishes()
    rest = [line.split()[2] for line in come.login().heard() if line.startswith("DM")]
    assert first + rest == [str(at) for at in range(40)]
    assert rest
    assert come.login().heard() == ["OK"]


def test_rooms_are_remembered(come: Devices) -> None:
    """Somebody who comes back is where it was, but for what it has left."""
    phone = come.rooms().says("JOIN tea", "JOIN jam", "LEAVE lobby")
    phone.heard()
    phone.vanishes()
    come.rooms(room="tea").hears("INFO joined room tea", "INFO joined room jam").vanishes()
    come.rooms(room="nook").hears(
        "INFO joined room nook", "INFO joined room tea", "INFO joined room jam"
    )


def test_rooms_need_not_be_remembered() -> None:
    """[accounts] rejoin = false"""
    come = Devices(owned("alice", rejoins=False))
    come.rooms().says("JOIN tea").vanishes()
    come.rooms(room="jam").hears("INFO joined room jam")


def test_catchup(come: Devices) -> None:
    """How much is unread where, those that name one first, with the number to read from."""
    bob = come.guest("bob").says("JOIN tea", "JOIN jam")
    phone = come.rooms(room="tea").says("JOIN jam", "JOIN lobby", "CATCHUP")
    assert phone.heard()[-1] == "INFO 0 rooms unread"
    bob.says("MSG tea one")
    phone.vanishes()
    bob.says("MSG tea two", "MSG jam hi Alice", "MSG tea three", "DM alice psst")
    phone = come.rooms(room="tea")
    phone.heard()
    phone.says("CATCHUP").hears(
        "CATCHUP jam 1 1 0", "CATCHUP @bob 1 1 0", "CATCHUP tea 2 0 1", "INFO 3 rooms unread"
    )
    phone.says("READ tea 3", "READ @bob 1").hears("INFO read tea 3", "INFO read @bob 1")
    phone.says("CATCHUP").hears("CATCHUP jam 1 1 0", "INFO 1 room unread")


def test_what_a_client_reads_it_says(come: Devices) -> None:
    """With stamps, or once it has said READ, what a client was sent is not read by that."""
    bob = come.guest("bob")
    phone = come.rooms().says("STAMPS on")
    bob.says("MSG lobby one")
    phone.vanishes()
    laptop = come.login().hears("OK").says("CATCHUP").hears("CATCHUP lobby 1 0 0")
    bob.says("MSG lobby two")
    laptop.says("READ lobby 1").heard()
    laptop.vanishes()
    come.login().hears("OK").says("CATCHUP").hears("CATCHUP lobby 1 0 1")


def test_all_that_is_unread_is_read_at_once(come: Devices, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are; and other devices are told."""
    monkeypatch.setattr(receipts, "PLACES_AT_ONCE", 2)
    bob, phone = come.guest("bob"), come.rooms(room="tea").says("JOIN jam", "JOIN lobby")
    phone.vanishes()
    for name in ("eve", "gus", "lou"):
        come.guest(name).says("DM alice buy", "QUIT")
    bob.says("JOIN tea", "MSG tea hi", "MSG tea alice?")
    phone, laptop = come.rooms(room="tea").says("STAMPS on"), come.rooms(room="tea")
    laptop.says("STAMPS on").heard()
    phone.heard()
    phone.says("READ *").hears("INFO read all of 4").says("CATCHUP").hears("INFO 0 rooms unread")
    assert sorted(laptop.heard()) == ["READ @eve 1", "READ @gus 1", "READ @lou 1", "READ tea 2"]
    phone.vanishes()
    laptop.vanishes()
    bob.says("MSG tea more")
    phone = come.rooms(room="tea")
    phone.heard()
    phone.says("CATCHUP").hears("CATCHUP tea 1 0 2", "INFO 1 room unread")


def test_what_one_says_one_has_read(come: Devices) -> None:
    """Who speaks in a room has read what stands before it."""
    bob, phone = come.guest("bob"), come.rooms().says("STAMPS on")
    bob.says("MSG lobby one", "DM alice two")
    phone.says("MSG lobby three", "DM bob four")
    phone.heard()
    phone.says("CATCHUP").hears("INFO 0 rooms unread")


def test_other_devices_are_told_what_was_read(come: Devices) -> None:
    """Programs, which have stamps on; nobody else."""
    phone, laptop, tablet = come.rooms(), come.rooms().says("STAMPS on"), come.login()
    come.guest("bob").says("MSG lobby hi")
    for device in (phone, laptop, tablet):
        device.heard()
    phone.says("READ lobby 1").hears("INFO read lobby 1")
    laptop.hears("READ lobby 1")
    tablet.hears()


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("READ", "ERROR say which room: READ <room> <number> or READ *"),
        ("READ lobby", "ERROR a number is missing: READ <room> <number> or READ *"),
        ("READ lobby one", "ERROR one makes no sense here: READ <room> <number> or READ *"),
        ("READ lobby 1 2", "ERROR 2 makes no sense here: READ <room> <number> or READ *"),
    ],
)
def test_marks_that_make_no_sense(come: Devices, line: str, refusal: str) -> None:
    """They are refused, with what is wrong."""
    phone = come.rooms()
    phone.heard()
    phone.says(line).hears(refusal)
    assert phone.says("READ tea 1").heard() == ["ERROR you are not in the room tea: JOIN it first"]


@pytest.mark.parametrize("line", ["READ lobby 1", "CATCHUP", "PASSWORD a b", "UNREGISTER a"])
def test_guests_are_told_to_register(come: Devices, line: str) -> None:
    """What is for accounts says so."""
    come.guest("bob").says(line).hears(
        "ERROR that is for registered usernames: REGISTER <password> makes yours one"
    )


def test_a_username_given_up_is_a_guest_at_one_connection(come: Devices) -> None:
    """The other devices are sent away; its rooms and its name it keeps as long as it is here."""
    phone, laptop = come.rooms(), come.login().hears("OK")
    phone.heard()
    phone.says(f"UNREGISTER {PASSWORD}").hears("INFO alice is not registered any more")
    assert laptop.hears_the_end() == ["ERR signed-out"]
    phone.says("WHO lobby").hears("USER alice", "INFO 1 user in lobby").vanishes()
    come.guest("alice")


def test_only_its_owner_reads_what_was_said_to_a_name(come: Devices) -> None:
    """What was said to it before it was its owner's, or after it was given up, is not shown."""
    bob = come.guest("bob")
    guest = come.guest("carol").says("DM bob secret")
    guest.vanishes()
    bob.heard()
    bob.says("HISTORY @carol")
    assert len(bob.heard()) == 2
    carol = come.guest("carol").says(f"REGISTER {PASSWORD}")
    carol.says("HISTORY @bob").hears("INFO registered carol", "INFO 0 messages from @bob")
    carol.says("SEARCH secret").hears("INFO 0 messages found").says("DM bob mine")
    assert len(carol.says("HISTORY @bob").heard()) == 2
    carol.says(f"UNREGISTER {PASSWORD}").heard()
    carol.vanishes()
    carol = come.guest("carol").says("HISTORY @bob").hears("INFO 0 messages from @bob")


def test_the_end_of_the_server_is_a_going(come: Devices) -> None:
    """What was read, and what could not be told, is known to the next server."""
    bob, store = come.guest("bob"), come.factory.realm.store
    phone = come.login().hears("OK")
    bob.says("MSG lobby one")
    phone.hears("MSG bob one").stops_reading()
    bob.says(*(f"DM alice {at} {'x' * 4000}" for at in range(20)))
    told = [line.split()[2] for line in phone.heard()]
    come.factory.shut_down()
    come = Devices(chat_with(store, hashing=Hashing(hasher=CHEAP)))
    come.factory.directory.load()
    phone = come.login()
    assert told + [line.split()[2] for line in phone.heard()[1:]] == [str(at) for at in range(20)]
    phone.says("CATCHUP")
    assert not [line for line in phone.heard() if line.startswith("CATCHUP lobby")]


def test_one_room_is_always_to_be_had() -> None:
    """A device of the login style comes in also where its person may be in no further room."""
    come = Devices(owned("alice", limits=Limits(rooms_per_user=2)))
    phone = come.rooms(room="tea").says("JOIN jam", "JOIN nook")
    assert phone.heard()[-1] == "ERROR you are in too many rooms: LEAVE one first"
    laptop = come.login().hears("OK").says("MSG hi", "WHO lobby").hears("USER alice")
    laptop.says("JOIN tea").hears("OK")
    tablet = come.rooms(room="nook")
    assert "INFO joined room tea" in tablet.heard()


def test_a_replay_that_is_not_wanted_any_more_holds_nobody_up(come: Devices) -> None:
    """A room that another device leaves while its last messages are on their way."""
    store = SlowPages()
    come = Devices(owned("alice", store=store, replay=5))
    come.guest("bob", "tea").says("MSG tea hi")
    phone, laptop = come.rooms(room="tea"), come.rooms(room="jam")
    store.asked = []
    laptop.vanishes()
    laptop = come.rooms(room="tea")
    phone.says("LEAVE tea")
    for page in store.asked:
        page.unpause()
    assert laptop.says("PING").heard()[-1] == "PONG"


def test_letters_that_can_not_be_read_go_on_waiting() -> None:
    """The next coming has them."""
    store = SlowPages()
    come = Devices(owned("alice", store=store))
    come.guest("bob").says("DM alice one", "DM alice two")
    store.fails = True
    come.login().hears("OK", "ERR no-history").vanishes()
    store.fails = False
    come.login().hears("OK", "DM bob one", "DM bob two").vanishes()
    come.login().hears("OK")


def test_a_short_visit_reads_nothing(come: Devices) -> None:
    """What was not sent has not been read: only what joins up with what had been."""
    bob, phone = come.guest("bob"), come.rooms()
    bob.says("MSG lobby one")
    phone.vanishes()
    bob.says("MSG lobby two", "MSG lobby hi alice")
    come.rooms().vanishes()
    come.rooms().says("CATCHUP").hears(
        "INFO joined room lobby", "CATCHUP lobby 2 1 1", "INFO 1 room unread"
    )


def test_a_mark_never_goes_back(come: Devices) -> None:
    """Neither by READ, nor beyond what there is; other devices are told what is so."""
    come.guest("bob").says(*(f"MSG lobby {at}" for at in range(5)))
    phone, laptop = come.rooms(), come.rooms().says("STAMPS on")
    phone.heard()
    laptop.heard()
    phone.says("READ lobby 3", "READ lobby 1", "READ lobby 999")
    phone.hears("INFO read lobby 3", "INFO read lobby 3", "INFO read lobby 5")
    laptop.hears("READ lobby 3", "READ lobby 5")


def test_who_sits_under_a_name_that_gets_an_owner_is_sent_away(come: Devices) -> None:
    """What is said to that name then is its owner's."""
    guest = come.guest("dora")
    directory = come.factory.directory
    directory.create(username("dora"), None, 0)
    sentence = "ERROR your account was changed: come back with its password"
    assert guest.hears_the_end() == [sentence]


def test_a_changed_password_is_for_all_devices(come: Devices) -> None:
    """The others have to come back with it."""
    phone, laptop = come.rooms().hears("INFO joined room lobby"), come.login().hears("OK")
    phone.says(f"PASSWORD {PASSWORD} another-horse").hears("INFO password changed")
    assert laptop.hears_the_end() == ["ERR signed-out"]
    Visitor(come.factory).says("LOGIN alice another-horse").hears("OK")


def test_names_that_look_alike_are_not_registered_at_once() -> None:
    """Nor while the password of the other one is being hashed."""
    factory = owned("user1")
    Visitor(factory).says("LOGIN userl").hears("ERR username-alike")
    factory = owned()
    one, other = (Visitor(factory).says(f"LOGIN {name}").hears("OK") for name in ("user1", "userl"))
    one.says(f"REGISTER {PASSWORD}").hears("OK")
    other.says(f"REGISTER {PASSWORD}").hears("ERR username-alike")


def test_an_account_has_so_many_connections_and_no_more(
    come: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A further one is refused."""
    monkeypatch.setattr("chat.realm.people.CONNECTIONS_PER_ACCOUNT", 2)
    come.login().hears("OK")
    come.rooms().hears("INFO joined room lobby")
    come.login().hears("ERR too-many-connections")


def test_a_name_registered_anew_begins_anew(come: Devices) -> None:
    """What one had as an account before it was given up is not known any more."""
    bob = come.guest("bob").says("DM alice one")
    phone = come.login().hears("OK", "DM bob one").says(f"UNREGISTER {PASSWORD}").hears("OK")
    phone.says(f"REGISTER {PASSWORD}", "CATCHUP").hears("OK")
    bob.says("DM alice two")
    phone.hears("DM bob two").says("CATCHUP").hears("CATCHUP @bob 1 1 1")


def test_a_room_that_is_remembered_can_be_left() -> None:
    """Also where one is not in it, as where rooms are not joined again."""
    come = Devices(owned("alice", rejoins=False))
    come.rooms(room="tea").vanishes()
    phone = come.rooms(room="jam").hears("INFO joined room jam")
    phone.says("LEAVE tea").hears("INFO left room tea").says("LEAVE tea")
    phone.hears("ERROR you are not in the room tea: JOIN it first")


def test_what_there_is_not_is_not_remembered_as_read(come: Devices) -> None:
    """A word that somebody makes up takes no memory, however many of them are read."""
    phone = come.rooms()
    phone.says(*[f"READ @made-up-{n} 9" for n in range(50)]).heard()
    (user,) = come.factory.users.values()
    assert not user.read
