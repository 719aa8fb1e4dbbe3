"""The journal, seen through a chat whose store commits when the test says so."""

from collections.abc import Callable
from functools import partial

import pytest

from chat.factory import ChatFactory
from chat.realm.audience import Audience
from chat.realm.session import Session
from chat.vocabulary.events import Said
from chat.vocabulary.limits import (
    ANSWER_BYTES,
    BATCH_ENTRIES,
    CROWDED_BYTES,
    GATHER_MESSAGES,
    GATHER_SECONDS,
    SENT_AGAIN,
    STALL_SECONDS,
    WAITING_ANSWERS_BYTES,
    WAITING_BYTES_EACH,
)
from tests.people import Visitor
from tests.stores import SlowStore


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def factory(store: SlowStore) -> ChatFactory:
    return ChatFactory(store)


People = Callable[..., Visitor]

NOT_STORED = "ERROR your message could not be stored, and nobody has seen it: try again"


def test_nobody_hears_what_is_not_stored_yet(store: SlowStore, in_rooms: People) -> None:
    """Stored before it is heard, by the speaker too."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby").says("MSG lobby hi").hears()
    bob.hears()
    store.commit()
    alice.hears("MSG lobby alice hi")
    bob.hears("MSG lobby alice hi")


def test_while_one_batch_is_committed_the_next_one_grows(
    store: SlowStore, in_rooms: People
) -> None:
    """The batches size themselves to the load; the order stays."""
    alice = in_rooms("alice").says("MSG lobby 1", "MSG lobby 2", "MSG lobby 3")
    store.commit()
    alice.hears("MSG lobby alice 1")
    store.commit()
    alice.hears("MSG lobby alice 2", "MSG lobby alice 3")
    assert store.batches == [["1"], ["2", "3"]]


def test_who_comes_and_goes_keeps_its_place_among_the_messages(
    store: SlowStore, in_rooms: People, visitor: People
) -> None:
    """One hears what was said after one came, and before one left, whenever it was stored."""
    alice = in_rooms("alice").says("MSG lobby before")
    bob = visitor().says("JOIN lobby bob", "MSG lobby here", "LEAVE lobby")
    alice.says("MSG lobby after")
    store.commit()
    alice.hears("MSG lobby alice before", "INFO bob joined lobby")
    bob.hears("INFO joined room lobby")
    store.commit()
    alice.hears("MSG lobby bob here", "INFO bob left lobby", "MSG lobby alice after")
    bob.hears("MSG lobby bob here", "INFO left room lobby")


def test_an_answer_waits_for_what_was_said_before_it(store: SlowStore, in_rooms: People) -> None:
    """Answers come in the order of the commands; who has said nothing does not wait."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby")
    alice.says("MSG lobby hi", "PING 1", "HISTORY", "PING 2").hears()
    bob.says("PING 3").hears("PONG 3")
    store.commit()
    heard = alice.heard()
    assert [line.split()[0] for line in heard] == ["MSG", "PONG", "HISTORY", "INFO", "PONG"]
    assert heard[2].endswith(" alice hi")


def test_quitting_waits_for_ones_own_last_words(store: SlowStore, in_rooms: People) -> None:
    """What was said before QUIT is heard, by all, before one is gone."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby").says("MSG lobby bye", "QUIT", "MSG lobby no")
    assert not alice.is_sent_away
    store.commit()
    alice.hears("MSG lobby alice bye", "INFO goodbye")
    assert alice.is_sent_away
    bob.hears("MSG lobby alice bye", "INFO alice left lobby")


def test_a_direct_message_does_not_overtake_what_was_said_in_the_room(
    store: SlowStore, in_rooms: People
) -> None:
    """From one person one hears things in the order in which it said them."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.says("MSG lobby 0", "MSG lobby 1", "DM bob 2", "MSG lobby 3")
    store.commit()
    store.commit()
    bob.hears("MSG lobby alice 0", "MSG lobby alice 1", "DM alice 2", "MSG lobby alice 3")


def test_a_direct_message_is_heard_by_one_who_is_leaving(
    store: SlowStore, in_rooms: People
) -> None:
    """It was accepted before the other one said QUIT, and its sender may rely on it."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby")
    alice.says("DM bob wait", "PING")
    bob.says("QUIT")
    store.commit()
    bob.hears("DM alice wait", "INFO goodbye")
    alice.hears("PONG", "INFO bob left lobby")


def test_a_direct_message_is_heard_before_the_end(store: SlowStore, in_rooms: People) -> None:
    """What was accepted before the server stops is delivered, also between two."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.says("DM bob wait")
    alice.protocol.factory.shut_down()
    store.commit()
    bob.hears("DM alice wait", "INFO server is shutting down")


def test_what_could_not_be_stored_is_refused_and_heard_by_nobody(
    store: SlowStore, in_rooms: People, logged_in: People, logged_errors: list[str]
) -> None:
    """The senders are told, each in its style; the next message goes its way."""
    alice, bob = in_rooms("alice"), logged_in("bob")
    alice.hears("INFO bob joined lobby").says("MSG lobby lost")
    store.fail()
    bob.says("MSG lost too")
    store.fail()
    alice.says("PING").hears(
        "ERROR your message could not be stored, and nobody has seen it: try again", "PONG"
    )
    bob.hears("ERR not-stored").says("MSG kept")
    store.commit()
    alice.hears("MSG lobby bob kept")
    alice.says("HISTORY")
    assert [line.split()[2] for line in alice.heard() if line[0] == "H"] == ["1"]
    assert logged_errors == ["messages can't be stored, who sends one is told so: disk full"]
    logged_errors.clear()


def test_the_log_says_once_that_the_store_fails_and_once_that_it_works_again(
    store: SlowStore, in_rooms: People, logged_errors: list[str], logged: list[str]
) -> None:
    """However many messages there were meanwhile."""
    alice = in_rooms("alice")
    for _ in range(3):
        alice.says("MSG lobby lost")
        store.fail()
    logged.clear()
    for _ in range(3):
        alice.says("MSG lobby kept")
        store.commit()
    assert logged == ["messages are stored again"]
    assert len(logged_errors) == 1
    alice.says("MSG lobby lost")
    store.fail()
    assert len(logged_errors) == 2
    logged_errors.clear()


def test_what_waits_behind_a_commit_that_stalls_is_refused(
    store: SlowStore, in_rooms: People, logged_errors: list[str]
) -> None:
    """Its senders know after a few seconds, later ones at once; the commit itself counts as it
    ends, as nobody knows before; and then all is as it was."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby").says("MSG lobby under way")
    bob.says("MSG lobby behind", "LEAVE lobby")
    clock = alice.protocol.factory.clock
    clock.advance(STALL_SECONDS - 0.1)
    bob.hears()
    clock.advance(0.1)
    bob.hears(NOT_STORED)
    alice.says("MSG lobby late").hears(NOT_STORED)
    assert store.batches == [["under way"]]
    store.commit()
    alice.hears("MSG lobby alice under way", "INFO bob left lobby")
    bob.hears("MSG lobby alice under way", "INFO left room lobby")
    alice.says("MSG lobby again")
    store.commit()
    alice.hears("MSG lobby alice again")
    assert logged_errors == [
        "messages can't be stored, who sends one is told so: it does not answer within 5 s"
    ]
    logged_errors.clear()


def test_what_is_sent_again_during_a_stall_is_not_refused(
    store: SlowStore, in_rooms: People, visitor: People, logged_errors: list[str]
) -> None:
    """Its first copy may yet be stored. Whoever came back for it is answered with that."""
    alice = in_rooms("alice").says("STAMPS on").hears("INFO stamps on").says("@1 MSG lobby hi")
    alice.says("@1 MSG lobby hi", "@2 MSG lobby ho")
    clock = alice.protocol.factory.clock
    clock.advance(STALL_SECONDS)
    alice.hears(f"@2 {NOT_STORED}").says("@1 MSG lobby hi", "@2 MSG lobby ho")
    alice.hears(f"@2 {NOT_STORED}")
    store.commit()
    store.commit()
    heard = [line.split()[2:] for line in alice.heard()]
    assert heard == [["1", "MSG", "lobby", "alice", "hi"]] * 3
    for _ in range(3 * SENT_AGAIN):
        alice.says("@3 MSG lobby hey")
    clock.advance(STALL_SECONDS)
    assert store.batches[-1] == ["hey"]
    alice.says(*["@3 MSG lobby hey"] * 100)
    alice.hears()
    journal = alice.protocol.factory.realm.journal
    assert journal.accepted - journal.delivered < 4 * SENT_AGAIN
    store.commit()
    clock.advance(GATHER_SECONDS)
    store.commit()
    assert len(alice.heard()) == 3 * SENT_AGAIN
    logged_errors.clear()


def test_a_stall_is_noticed_whenever_it_begins(
    store: SlowStore, in_rooms: People, logged_errors: list[str]
) -> None:
    """Also after commits that were quick."""
    alice = in_rooms("alice")
    clock = alice.protocol.factory.clock
    for _ in range(7):
        alice.says("MSG lobby quick")
        clock.advance(1)
        store.commit()
    alice.heard()
    alice.says("MSG lobby slow")
    clock.advance(STALL_SECONDS - 0.1)
    alice.says("MSG lobby behind").hears()
    clock.advance(0.1)
    alice.hears(NOT_STORED)
    logged_errors.clear()
    store.commit()
    alice.hears("MSG lobby alice slow")


@pytest.mark.parametrize("size", [1, 4000])
def test_what_waits_for_the_store_is_bounded(
    size: int, store: SlowStore, in_rooms: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where much waits, who has something waiting there is not read until it is delivered; who has
    nothing there may speak. All of it is stored, in order."""
    monkeypatch.setattr("chat.history.journal.CROWDED_BYTES", CROWDED_BYTES // 16)
    greedy, alice = in_rooms("greedy", "tea"), in_rooms("alice", "jam")
    texts = [f"{number} {'x' * size}" for number in range(1000)]
    greedy.says(*[f"MSG tea {text}" for text in texts])
    alice.says("MSG jam hi")
    journal = alice.protocol.factory.realm.journal
    waiting = journal.accepted - journal.delivered
    assert waiting * (size + WAITING_BYTES_EACH) < CROWDED_BYTES // 16 + 8 * 4096
    assert greedy.transport.producerState == "paused"
    while alice.protocol.factory.clock.advance(GATHER_SECONDS) or store.is_busy:
        assert len(store.batches[-1]) <= BATCH_ENTRIES
        store.commit()
    greedy.hears(*[f"MSG tea greedy {text}" for text in texts])
    alice.hears("MSG jam alice hi")
    assert greedy.transport.producerState == "producing"


def test_what_is_far_too_much_is_refused(
    store: SlowStore,
    in_rooms: People,
    monkeypatch: pytest.MonkeyPatch,
    logged_errors: list[str],
) -> None:
    """At once, and the rest is stored."""
    monkeypatch.setattr("chat.history.journal.WAITING_BYTES", 10 * WAITING_BYTES_EACH)
    alice = in_rooms("alice").says(*["MSG lobby hi"] * 20)
    alice.hears(*[NOT_STORED] * 10)
    store.commit()
    alice.protocol.factory.clock.advance(GATHER_SECONDS)
    store.commit()
    alice.hears(*["MSG lobby alice hi"] * 10)
    alice.says("MSG lobby again")
    store.commit()
    alice.hears("MSG lobby alice again")
    assert logged_errors == [
        "messages can't be stored, who sends one is told so: too much waits for it"
    ]
    logged_errors.clear()


def test_who_asks_and_asks_while_the_store_is_slow_is_not_listened_to(
    store: SlowStore, in_rooms: People
) -> None:
    """The answers that wait for its message are bounded; it gets them all in the end."""
    alice = in_rooms("alice").says("MSG lobby slow")
    most = WAITING_ANSWERS_BYTES // ANSWER_BYTES
    lines = [f"PING {number}" for number in range(10 * most)]
    alice.says(*lines)
    journal = alice.protocol.factory.realm.journal
    assert journal.accepted - journal.delivered <= most + 1
    store.commit()
    alice.hears("MSG lobby alice slow", *[f"PONG {number}" for number in range(len(lines))])
    store.asked = []
    alice.says("HISTORY", "PING after").hears()  # it is listened to again, and still waits in order
    store.asked.pop().unpause()
    assert [line.split()[0] for line in alice.heard()] == ["HISTORY", "INFO", "PONG"]


def hear_unless(broken: Audience) -> Callable[[Audience, Said, Session], None]:
    """Audience.hear, but not of this one."""
    hear = Audience.hear

    def maybe(audience: Audience, said: Said, by: Session) -> None:
        assert audience is not broken, "it can't"
        hear(audience, said, by)

    return maybe


def test_one_message_that_cannot_be_told_does_not_keep_the_others_from_it(
    store: SlowStore,
    in_rooms: People,
    logged_errors: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are stored, so they are told; and who waited for an answer gets it."""
    alice, bob = in_rooms("alice", "tea"), in_rooms("bob", "jam")
    alice.says("MSG tea untold", "PING")
    bob.says("MSG jam told", "PING")
    audience = alice.protocol.factory.rooms["tea"].audience
    monkeypatch.setattr(type(audience), "hear", hear_unless(audience))
    store.commit()
    store.commit()
    alice.hears("PONG")
    bob.hears("MSG jam bob told", "PONG")
    assert logged_errors[0].startswith("a message could not be delivered")
    logged_errors.clear()


def test_where_many_speak_a_batch_waits_for_more(store: SlowStore, in_rooms: People) -> None:
    """A millisecond, as each batch costs a commit; a few do not wait."""
    alice = in_rooms("alice").says("MSG lobby 0")
    alice.says(*[f"MSG lobby {number}" for number in range(GATHER_MESSAGES)])
    store.commit()
    assert not store.is_busy
    alice.says("MSG lobby more")
    assert not store.is_busy
    alice.protocol.factory.clock.advance(GATHER_SECONDS)
    assert len(store.batches[-1]) == GATHER_MESSAGES + 1
    alice.says("MSG lobby few")
    store.commit()
    assert store.batches[-1] == ["few"]
    store.commit()


def test_many_acts_take_many_turns() -> None:
    """Also where they have all waited for one commit; and then the next messages go their way."""
    turns: list[Callable[[], object]] = []
    store = SlowStore()
    factory = ChatFactory(store, later=turns.append)

    def turn() -> None:
        acts, turns[:] = turns[:], []
        for act in acts:
            act()

    alice = Visitor(factory).says("JOIN tea alice")
    turn()
    alice.says("MSG tea hi")
    turn()
    done: list[int] = []
    for number in range(3 * BATCH_ENTRIES):
        factory.realm.journal.then(partial(done.append, number))
    store.commit()
    for step in range(1, 4):
        turn()
        assert len(done) == step * BATCH_ENTRIES
    assert done == list(range(3 * BATCH_ENTRIES))
    alice.says("MSG tea ho")
    turn()
    store.commit()
    assert alice.heard()[-1] == "MSG tea alice ho"


def test_coming_and_going_does_not_depend_on_the_store(
    store: SlowStore, in_rooms: People, visitor: People, logged_errors: list[str]
) -> None:
    """When a batch fails, who joined with it has joined all the same."""
    alice = in_rooms("alice").says("MSG lobby lost")
    bob = visitor().says("JOIN lobby bob")
    store.fail()
    bob.hears("INFO joined room lobby")
    assert alice.heard()[1:] == ["INFO bob joined lobby"]
    logged_errors.clear()


def test_a_store_that_breaks_at_once_is_a_store_that_failed(
    in_rooms: People, store: SlowStore, logged_errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception instead of a failed Deferred costs the message, not the chat."""

    def broken(drafts: object) -> None:
        raise RuntimeError("bug")

    alice = in_rooms("alice")
    with monkeypatch.context() as patch:
        patch.setattr(store, "append", broken)
        alice.says("MSG lobby lost", "MSG lobby lost")
    assert [line.split()[0] for line in alice.heard()] == ["ERROR", "ERROR"]
    alice.says("MSG lobby kept")
    store.commit()
    alice.hears("MSG lobby alice kept")
    logged_errors.clear()


def test_who_vanishes_while_a_commit_is_under_way_has_still_spoken(
    store: SlowStore, in_rooms: People
) -> None:
    """The message is told, then the leaving; and the name is free at once."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby").says("MSG lobby bye")
    alice.vanishes()
    again = in_rooms_after(bob, store)
    again.hears("INFO joined room lobby")


def in_rooms_after(bob: Visitor, store: SlowStore) -> Visitor:
    again = Visitor(bob.protocol.factory).says("JOIN lobby alice").hears()
    store.commit()
    bob.hears("MSG lobby alice bye", "INFO alice left lobby", "INFO alice joined lobby")
    return again


def test_answers_do_not_overtake_each_other(store: SlowStore, in_rooms: People) -> None:
    """Also where the first one waits behind somebody else's message."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby")
    alice.says("MSG lobby 1")
    bob.says("MSG lobby 2")
    alice.says("PING 1")
    store.commit()
    alice.hears("MSG lobby alice 1")
    alice.says("PING 2").hears()
    store.commit()
    alice.hears("MSG lobby bob 2", "PONG 1", "PONG 2")


def test_in_one_turn_an_answer_comes_after_what_was_said_before_it() -> None:
    """The batch is written at its end, but not to somebody who is answered before."""
    turns: list[Callable[[], object]] = []
    factory = ChatFactory(later=turns.append)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    turns.pop()()
    alice.heard(), bob.heard()
    alice.says("MSG tea 1", "PING", "MSG tea 2", "QUIT")
    bob.says("LEAVE tea")
    while turns:
        turns.pop(0)()
    alice.hears("MSG tea alice 1", "PONG", "MSG tea alice 2", "INFO goodbye")
    bob.hears("MSG tea alice 1", "MSG tea alice 2", "INFO alice left tea", "INFO left room tea")


def test_a_turn_of_the_reactor_makes_one_batch() -> None:
    """What is accepted in one turn is committed once, and written once to each member."""
    turns: list[Callable[[], object]] = []
    store = SlowStore()
    factory = ChatFactory(store, later=turns.append)
    alice, bob = (Visitor(factory).says(f"JOIN tea {name}") for name in ("alice", "bob"))
    turns.pop()()
    writes: list[bytes] = []
    bob.protocol.session.offer = lambda data: writes.append(data) or True
    alice.says("MSG tea 1", "MSG tea 2")
    bob.says("MSG tea 3")
    assert len(turns) == 1
    turns.pop()()
    store.commit()
    assert store.batches == [["1", "2", "3"]]
    assert writes == [b"MSG tea alice 1\nMSG tea alice 2\nMSG tea bob 3\n"]


def test_what_one_asks_for_is_not_overtaken(store: SlowStore, in_rooms: People) -> None:
    """While a page of the history is read, the commands behind it wait; other people do not."""
    store.asked = []
    alice, bob = in_rooms("alice"), in_rooms("bob")
    alice.hears("INFO bob joined lobby")
    alice.says("HISTORY", "PING 1", "WHO lobby").says("PING 2").hears()
    bob.says("PING 3").hears("PONG 3")
    store.asked.pop().unpause()
    shown = "INFO 0 messages from lobby"
    alice.hears(shown, "PONG 1", "USER alice", "USER bob", "INFO 2 users in lobby", "PONG 2")


def test_who_closes_its_side_gets_what_it_has_asked_for(store: SlowStore, in_rooms: People) -> None:
    """Printf 'HISTORY ...' | nc -N, with a store that takes its time."""
    store.asked = []
    alice = in_rooms("alice").says("HISTORY", "PING")
    alice.hangs_up()
    alice.hears()
    assert not alice.is_sent_away
    store.asked.pop().unpause()
    alice.hears("INFO 0 messages from lobby", "PONG")
    assert alice.is_sent_away


def test_who_vanishes_while_a_page_is_read_has_gone_in_good_order(
    store: SlowStore, in_rooms: People
) -> None:
    """The page comes too late, for nobody."""
    store.asked = []
    alice, bob = in_rooms("alice"), in_rooms("bob")
    bob.says("HISTORY", "MSG lobby never")
    bob.vanishes()
    alice.hears("INFO bob joined lobby", "INFO bob left lobby")
    store.asked.pop().unpause()
    bob.hears()
    alice.hears()


def test_a_page_that_cannot_be_read_costs_one_connection(
    store: SlowStore, in_rooms: People, logged_errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, and sent away; the error is in the log."""
    alice, bob = in_rooms("alice"), in_rooms("bob")
    monkeypatch.setattr(store, "page", lambda *_, **__: 1 / 0)
    bob.says("HISTORY", "PING")
    bob.hears("ERROR something went wrong in the server: please connect again")
    assert bob.is_sent_away
    alice.hears("INFO bob joined lobby", "INFO bob left lobby")
    assert logged_errors.pop().endswith("division by zero")
