"""Who may come in, and how many."""

import pytest
from twisted.internet.task import Clock

from chat.net.admission import Admission
from chat.vocabulary.errors import ChatError
from chat.vocabulary.settings import Limits

LIMITS = Limits(connections_per_address=3, connects_per_minute=6)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def admission(clock: Clock) -> Admission:
    return Admission(LIMITS, clock.seconds)


def refused(admission: Admission, host: str) -> bool:
    try:
        admission.admit(host)
    except ChatError as error:
        return error.code == "too-many-connections"
    return False


def test_so_many_at_a_time_come_from_one_address(admission: Admission) -> None:
    """When one goes the next one may come; other addresses do not count."""
    for _ in range(3):
        assert not refused(admission, "192.0.2.1")
    assert refused(admission, "192.0.2.1")
    assert not refused(admission, "192.0.2.2")
    admission.leave("192.0.2.1")
    assert not refused(admission, "192.0.2.1")
    assert admission.connections == 4


def test_so_many_a_minute_come_from_one_address(admission: Admission, clock: Clock) -> None:
    """Whether they stay or not; after a while there may be more."""
    for _ in range(6):
        assert not refused(admission, "192.0.2.1")
        admission.leave("192.0.2.1")
    assert refused(admission, "192.0.2.1")
    clock.advance(10)
    assert not refused(admission, "192.0.2.1")
    assert refused(admission, "192.0.2.1")


def test_one_customer_has_one_network(admission: Admission) -> None:
    """All addresses of an IPv6 /64 are one; an IPv4 address in IPv6 dress is itself."""
    hosts = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:0:0:1"]
    assert not any(refused(admission, host) for host in hosts)
    assert refused(admission, "2001:db8::3")
    assert not refused(admission, "2001:db8:0:1::1")
    for host in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"):
        assert not refused(admission, host)
    assert refused(admission, "192.0.2.1")


def test_whom_it_trusts_it_does_not_count() -> None:
    """Loopback unless said otherwise; any networks; nobody."""
    seconds = Clock().seconds
    few = {"connections_per_address": 1, "connects_per_minute": 1}
    usual = Admission(Limits(**few), seconds)  # type: ignore[arg-type]
    assert [usual.admit(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "192.0.2.1")] == [
        True, True, True, False,
    ]  # fmt: skip
    lan = Admission(Limits(trusted=("192.0.2.0/24", "2001:db8::/32"), **few), seconds)  # type: ignore[arg-type]
    for host in ("192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1"):
        assert lan.admit(host)
        assert lan.admit(host)
    assert not lan.admit("127.0.0.1")
    assert refused(lan, "127.0.0.1")
    nobody = Admission(Limits(trusted=(), **few), seconds)  # type: ignore[arg-type]
    assert not nobody.admit("::1")
    assert refused(nobody, "::1")


def test_all_together_are_bounded_whoever_they_are(admission: Admission) -> None:
    """Files are for all; those who are refused count for nothing."""
    admission.most = 2
    assert not refused(admission, "127.0.0.1")
    assert not refused(admission, "192.0.2.1")
    assert refused(admission, "127.0.0.1")
    assert refused(admission, "192.0.2.2")
    admission.leave("127.0.0.1")
    assert not refused(admission, "192.0.2.2")


def test_what_is_known_of_addresses_does_not_pile_up(admission: Admission, clock: Clock) -> None:
    """Each is forgotten once it has been quiet for a minute, and not before."""
    for number in range(10_000):
        host = f"192.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        admission.admit(host)
        admission.leave(host)
        clock.advance(0.1)
    assert len(admission._seen) < 1000
    for _ in range(3):
        admission.admit("192.0.2.1")
    clock.advance(600)
    for number in range(100):
        admission.admit(f"198.51.100.{number}")
    assert refused(admission, "192.0.2.1")
