"""TLS on a connection: a client's own TLS against ours, its records cut as it comes."""

from __future__ import annotations

import gc
import ssl
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from chat.factory import ChatFactory
from chat.net.certificates import Certificates, Files, One
from chat.net.endpoints import TlsFactory
from chat.vocabulary.limits import CLOGGED_BYTES, HINT_SECONDS, TLS_CLOSE_SECONDS
from chat.vocabulary.settings import Limits
from tests.certificates import certificate, trusting
from tests.chats import chat_with
from tests.people import Person
from tests.soaking import examples

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


class Transport(StringTransport):
    """Notes how it was ended."""

    ended = ""

    def loseConnection(self) -> None:
        super().loseConnection()
        self.ended = self.ended or "closed"

    def abortConnection(self) -> None:
        self.ended = "aborted"


class Sealed(Person):
    """Somebody in the same process who speaks TLS."""

    def __init__(
        self, factory: TlsFactory, context: ssl.SSLContext, cuts: Callable[[bytes], list[bytes]]
    ) -> None:
        super().__init__()
        address = IPv4Address("TCP", "127.0.0.1", 54321)
        self.protocol = factory.buildProtocol(address)
        self.transport = Transport(peerAddress=address)
        self.protocol.makeConnection(self.transport)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        self.cuts = cuts
        self.closed = False  # the server has said that this was all

    def shakes_hands(self) -> Sealed:
        """Until both are done."""
        for _ in range(4):
            with suppress(ssl.SSLWantReadError):
                self.tls.do_handshake()
            self.exchanges()
        return self

    def exchanges(self) -> None:
        """What each has said gets to the other."""
        for piece in self.cuts(self.outgoing.read()):
            self.protocol.dataReceived(piece)
        self.incoming.write(self.transport.value())
        self.transport.clear()

    def sends(self, data: bytes) -> None:
        """See Person."""
        self.tls.write(data)
        self.exchanges()

    def _listen(self, lines: int) -> None:
        self.exchanges()
        try:
            while data := self.tls.read(100_000):
                self._heard += data
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.closed = True

    def hangs_up(self) -> None:
        """It says that it will say no more, and listens on."""
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.exchanges()

    def vanishes(self) -> None:
        """The connection is gone."""
        self.protocol.connectionLost(Failure(ConnectionDone()))


def whole(data: bytes) -> list[bytes]:
    return [data] if data else []


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    folder = tmp_path_factory.mktemp("certificate")
    certificate(folder)
    path = folder / "server.pem"
    certificates = Certificates(One(Files(path, path)), Clock())
    certificates.load()
    return certificates


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chat(clock: Clock) -> ChatFactory:
    return chat_with(clock=clock, limits=Limits(login_timeout=20))


Come = Callable[..., Sealed]


@pytest.fixture
def come(chat: ChatFactory, certificates: Certificates) -> Come:
    """Makes somebody who speaks TLS."""

    def one(
        version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
        cuts: Callable[[bytes], list[bytes]] = whole,
    ) -> Sealed:
        return Sealed(TlsFactory(chat, certificates), trusting(version), cuts)

    return one


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("cuts", [whole, bytewise])
def test_a_conversation(
    come: Come, version: ssl.TLSVersion, cuts: Callable[[bytes], list[bytes]]
) -> None:
    """Whatever the version, and however its bytes are cut, up to its end."""
    alice = come(version, cuts).shakes_hands()
    alice.says("JOIN tea alice", "MSG tea grüß", "PING").hears(
        "INFO joined room tea", "MSG tea alice grüß", "PONG"
    )
    assert alice.tls.version() == {VERSIONS[0]: "TLSv1.2", VERSIONS[1]: "TLSv1.3"}[version]
    alice.says("QUIT").hears("INFO goodbye")
    assert alice.closed
    assert alice.transport.ended == "closed"


CONVERSATION = ["JOIN tea alice", "MSG tea " + "x" * 4000, "", "MSG tea é", "WHO", "PING"]


@settings(max_examples=examples(25))
@given(st.data())
def test_it_does_not_matter_how_records_are_cut(
    certificates: Certificates, data: st.DataObject
) -> None:
    """Into pieces of any size, and several records in one: the answers are the same."""

    def cuts(sent: bytes) -> list[bytes]:
        drawn = data.draw(st.lists(st.integers(0, len(sent)), max_size=6))
        at = [0, *sorted(drawn), len(sent)]
        return [sent[a:b] for a, b in pairwise(at) if a != b]

    version = data.draw(st.sampled_from(VERSIONS))
    factory = TlsFactory(ChatFactory(), certificates)
    one, other = (Sealed(factory, trusting(version), how) for how in (cuts, whole))
    one.shakes_hands()
    together = data.draw(st.booleans())
    for line in ["\n".join(CONVERSATION)] if together else CONVERSATION:
        one.tls.write(line.encode() + b"\n")
        if data.draw(st.booleans()):
            one.exchanges()
    heard = one.heard()
    one.vanishes()
    assert heard == other.shakes_hands().says(*CONVERSATION).heard() != []


@settings(max_examples=examples(50))
@given(st.binary(max_size=300), st.integers(0, 600))
def test_no_bytes_do_harm(certificates: Certificates, junk: bytes, at: int) -> None:
    """Whatever is sent at whatever point of a handshake or behind it: an end at the most."""
    chat = ChatFactory()
    alice = Sealed(TlsFactory(chat, certificates), trusting(), whole)
    with pytest.raises(ssl.SSLWantReadError):
        alice.tls.do_handshake()
    hello = alice.outgoing.read()
    alice.protocol.dataReceived(hello[:at] + junk)
    alice.protocol.dataReceived(junk)
    alice.protocol.readConnectionLost()
    alice.vanishes()
    assert not chat.connections


def test_a_line_of_any_length_is_a_line(come: Come) -> None:
    """Longer than a record, and longer than what is allowed."""
    alice = come().shakes_hands().says("JOIN tea alice").hears("INFO joined room tea")
    alice.says("MSG tea " + "x" * 4080, "MSG tea " + "x" * 40_000)
    assert [len(line) for line in alice.heard()] == [4094, 72]
    alice.says(*[f"MSG tea {number} " + "y" * 4000 for number in range(20)])
    assert [line.split()[3] for line in alice.heard()] == [str(n) for n in range(20)]


@pytest.mark.parametrize("version", VERSIONS)
def test_who_will_say_no_more_gets_its_answers(come: Come, version: ssl.TLSVersion) -> None:
    """Then the server says that this was all, and hangs up."""
    alice = come(version).shakes_hands()
    alice.tls.write(b"JOIN tea alice\nMSG tea hi\n")
    alice.hangs_up()
    alice.hears("INFO joined room tea", "MSG tea alice hi")
    assert alice.closed
    assert alice.transport.ended == "closed"


def test_so_does_who_closes_its_side_without_a_word_of_tls(come: Come) -> None:
    """Its whole lines are what it said; half a one is not."""
    alice = come().shakes_hands().says("JOIN tea alice", "MSG tea hi")
    alice.tls.write(b"MSG tea I will no")
    alice.exchanges()
    alice.protocol.readConnectionLost()
    assert alice.heard()[:2] == ["INFO joined room tea", "MSG tea alice hi"]
    assert alice.transport.ended == "closed"


def test_who_does_not_read_is_held_up(come: Come) -> None:
    """What waits for it is bounded, and it misses nothing."""
    alice, bob = (come().shakes_hands() for _ in range(2))
    for person, name in ((alice, "alice"), (bob, "bob")):
        person.says(f"JOIN tea {name}").heard()
    alice.heard()
    texts = [f"{number} " + "x" * 1000 for number in range(200)]
    bob.transport.producer.pauseProducing()
    alice.says(*[f"MSG tea {text}" for text in texts])
    assert len(bob.transport.value()) < 2 * CLOGGED_BYTES
    bob.transport.producer.resumeProducing()
    bob.hears(*[f"MSG tea alice {text}" for text in texts])


def test_what_is_not_taken_is_not_encrypted(come: Come) -> None:
    """A record that was left out would break all those behind it."""
    alice = come().shakes_hands().says("JOIN tea alice").hears("INFO joined room tea")
    outbox = alice.protocol._outbox
    outbox.pauseProducing()
    assert not outbox.offer(b"lost\n")
    outbox.write(b"answer\n")
    outbox.resumeProducing()
    assert outbox.offer(b"next\n")
    alice.hears("answer", "next")


def test_a_stalled_handshake_is_dropped_when_time_is_up(come: Come, clock: Clock) -> None:
    """With nothing sent, half a hello, or an answer that does not come; and nothing is said
    that nobody could read."""
    silent, half, answered = come(), come(), come()
    with pytest.raises(ssl.SSLWantReadError):
        half.tls.do_handshake()
    half.protocol.dataReceived(half.outgoing.read()[:100])
    with pytest.raises(ssl.SSLWantReadError):
        answered.tls.do_handshake()
    answered.exchanges()
    for _ in range(19):
        clock.advance(1)
        half.protocol.dataReceived(b"\0")
    stalled = (silent, half, answered)
    assert [person.transport.ended for person in stalled] == ["", "", ""]
    clock.advance(1)
    assert [person.transport.ended for person in stalled] == ["aborted"] * 3
    assert silent.transport.value() + half.transport.value() == b""


def test_before_a_whole_record_nothing_is_made(come: Come) -> None:
    """Who sends nothing, or half a hello, costs no more than that."""
    alice = come()
    with pytest.raises(ssl.SSLWantReadError):
        alice.tls.do_handshake()
    hello = alice.outgoing.read()
    alice.protocol.dataReceived(hello[:-1])
    assert alice.protocol._tls is None
    alice.protocol.dataReceived(hello[-1:])
    assert alice.protocol._tls is not None


def test_the_time_to_say_who_one_is_runs_from_the_beginning(come: Come, clock: Clock) -> None:
    """A slow handshake does not get more of it; one is told why it is over."""
    alice = come()
    clock.advance(15)
    alice.shakes_hands()
    clock.advance(5)
    assert alice.heard()[-1].startswith("ERROR you did not say who you are in time")
    assert alice.closed


def test_who_is_silent_is_told_how_to_begin(come: Come, clock: Clock) -> None:
    """Where it can be read."""
    alice = come().shakes_hands()
    clock.advance(HINT_SECONDS)
    assert alice.heard()[0].startswith("INFO welcome")


@pytest.mark.parametrize("words", [b"LOGIN alice\n", b"GET / HTTP/1.1\r\n\r\n", b"J", b"\x80\x2e"])
def test_who_speaks_plainly_is_told_so(come: Come, words: bytes) -> None:
    """In one line, plainly, and is sent away."""
    mallory = come()
    for piece in bytewise(words):
        mallory.protocol.dataReceived(piece)
    assert mallory.transport.value() == b"ERROR this port is TLS only: connect with TLS\n"
    assert mallory.transport.ended == "closed"


def test_what_is_no_tls_after_all_ends_with_an_alert(come: Come, logged: list[str]) -> None:
    """And a line in the log."""
    mallory = come()
    mallory.protocol.dataReceived(b"\x16\x03\x01\x00\x05hello")
    assert mallory.transport.value()[:1] == b"\x15"
    assert mallory.transport.ended == "closed"
    assert [line for line in logged if "127.0.0.1:54321 has failed at TLS: " in line]


def test_what_is_forged_ends_the_connection(come: Come) -> None:
    """A record that was changed on the way is not looked at."""
    alice, bob = (come().shakes_hands() for _ in range(2))
    bob.says("JOIN tea bob").heard()
    alice.says("JOIN tea alice").heard()
    bob.heard()
    alice.tls.write(b"MSG tea hi\n")
    record = bytearray(alice.outgoing.read())
    record[-1] ^= 1
    alice.protocol.dataReceived(bytes(record))
    assert alice.transport.ended == "closed"
    bob.hears("INFO alice left tea")


def test_who_is_refused_is_told_so_over_tls(certificates: Certificates, clock: Clock) -> None:
    """If it comes to that in time; otherwise it is dropped."""
    limits = Limits(connections_per_address=1, trusted=())
    factory = TlsFactory(chat_with(clock=clock, limits=limits), certificates)
    people = [Sealed(factory, trusting(), whole) for _ in range(4)]
    first, told, stalled, plain = people
    first.shakes_hands().says("PING").hears("PONG")
    told.shakes_hands()
    assert told.heard()[0].startswith("ERROR there are too many connections")
    assert told.closed
    plain.protocol.dataReceived(b"LOGIN alice\n")
    assert plain.transport.ended == "aborted"
    clock.advance(TLS_CLOSE_SECONDS)
    assert stalled.transport.ended == "aborted"


def test_at_the_end_everyone_is_told(come: Come, chat: ChatFactory) -> None:
    """Who is there; and a handshake under way does not keep the server."""
    alice, stalled = come().shakes_hands(), come()
    alice.says("LOGIN alice").hears("OK")
    chat.shut_down()
    alice.hears("INFO server is shutting down")
    assert alice.closed
    chat.clock.advance(3)
    assert stalled.transport.ended == "aborted"


def test_it_is_private(come: Come) -> None:
    """Whoever it comes from."""
    alice = come()
    assert alice.protocol._carried.is_private


def test_who_is_gone_is_forgotten_at_once(come: Come, chat: ChatFactory) -> None:
    """Without waiting for the garbage collector: nothing of a connection refers to itself."""
    alice = come().shakes_hands().says("JOIN tea alice", "MSG tea hi")
    alice.heard()
    stalled = come()
    kept = [
        weakref.ref(thing)
        for person in (alice, stalled)
        for thing in (person.protocol, person.protocol._carried)
    ]
    for person in (alice, stalled):
        person.vanishes()
        del person.protocol
        del person.transport
    assert [ref() for ref in kept] == [None] * 4


@pytest.fixture(autouse=True)
def _without_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def test_what_is_no_text_is_bounded(come: Come, clock: Clock) -> None:
    """A client that sends more of TLS than text is not read for a while; nothing of it is lost."""
    alice = come().shakes_hands().says("LOGIN alice").hears("OK")
    words = "MSG " + "x" * 3000
    for character in words:
        alice.tls.write(character.encode())
    alice.exchanges()
    assert alice.transport.producerState == "paused"
    clock.pump([1.0] * 10)
    assert alice.transport.producerState == "producing"
    alice.says("", "HISTORY")
    clock.pump([1.0] * 10)
    assert alice.heard()[0].endswith("x" * 3000)


def test_who_hangs_up_in_the_middle_of_a_handshake_is_gone(come: Come, logged: list[str]) -> None:
    """At once: also where nothing of it has come, or not all."""
    silent, begun, half = come(), come(), come()
    with suppress(ssl.SSLWantReadError):
        begun.tls.do_handshake()
    begun.exchanges()
    half.protocol.dataReceived(b"\x16\x03\x01\x02\x00\x01")
    for somebody in (silent, begun, half):
        somebody.protocol.readConnectionLost()
        assert somebody.transport.ended == "closed"
    assert any("hung up in the middle of the handshake" in line for line in logged)


def test_behind_its_end_nothing_is_kept(come: Come) -> None:
    """What a client sends after it has said that this was all goes nowhere."""
    alice = come().shakes_hands().says("LOGIN alice").hears("OK")
    alice.protocol._has_ended = True
    alice.protocol.dataReceived(b"junk" * 1000)
    assert not alice.protocol._incoming.pending
