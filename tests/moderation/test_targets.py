"""Whom a word is about: somebody, an address, a network, or where somebody comes from."""

from __future__ import annotations

import pytest

from chat.moderation.targets import Target, meant, stored_of, target_of, targets_of
from chat.vocabulary.errors import ChatError
from tests.moderation.town import Town


@pytest.fixture
def town() -> Town:
    """Somebody from everywhere is here."""
    town = Town("carol", "203.0.113.5")
    for name, host in [
        *(("Gus", "192.0.2.7"), ("lou", "192.0.2.8"), ("six", "2001:db8:1:2:3::4")),
        *(("mapped", "::ffff:192.0.2.9"), ("203.0.113.5", "203.0.113.6")),
    ]:
        town.rooms(name, host=host)
    town.rooms("carol", host="198.51.100.1")
    town.login("carol", host="198.51.100.2")
    return town


@pytest.mark.parametrize(
    ("word", "stored", "shown", "who"),
    [
        ("gus", "gus", "Gus", ["Gus"]),
        ("GUS", "gus", "Gus", ["Gus"]),
        ("Nobody", "nobody", "Nobody", []),
        ("192.0.2.7", "192.0.2.7/32", "192.0.2.7", ["Gus"]),
        ("192.0.2.0/24", "192.0.2.0/24", "192.0.2.0/24", ["Gus", "lou", "mapped"]),
        ("192.0.2.7/29", "192.0.2.0/29", "192.0.2.0/29", ["Gus"]),
        ("192.0.0.0/8", "192.0.0.0/8", "192.0.0.0/8", ["Gus", "lou", "mapped"]),
        ("2001:DB8::/32", "2001:db8::/32", "2001:db8::/32", ["six"]),
        ("2001:db8:1:2:3::4", "2001:db8:1:2:3::4/128", "2001:db8:1:2:3::4", ["six"]),
        ("::ffff:192.0.2.9", "192.0.2.9/32", "192.0.2.9", ["mapped"]),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24", "192.0.2.0/24", ["Gus", "lou", "mapped"]),
        ("@gus", "192.0.2.7/32", "@gus", ["Gus"]),
        ("@six", "2001:db8:1:2::/64", "@six", ["six"]),
        ("@mapped", "192.0.2.9/32", "@mapped", ["mapped"]),
        ("carol", "carol", "carol", ["carol"]),
        ("198.51.100.2", "198.51.100.2/32", "198.51.100.2", ["carol"]),
    ],
)
def test_whom_a_word_means(town: Town, word: str, stored: str, shown: str, who: list[str]) -> None:
    """What is stored, what is told, and who of those who are here is meant."""
    targets = targets_of(word, town.factory.users)
    assert (targets[0].stored, targets[0].shown) == (stored, shown)
    assert [user.name for user in meant(targets, town.factory.users.values())] == who


@pytest.mark.parametrize(
    "word",
    [
        *("203.0.113.66", "203.0.113.66/32", "::ffff:203.0.113.66", "::FFFF:CB00:7142"),
        *("0:0:0:0:0:ffff:203.0.113.66", "::ffff:203.0.113.66/128", "[::ffff:cb00:7142]:5000"),
        *("203.0.113.66:54321", "[203.0.113.66]", "203.0.113.66/255.255.255.255"),
        "٢٠٣.٠.١١٣.٦٦",
    ],
)
def test_an_address_is_one_however_it_is_written(town: Town, word: str) -> None:
    """Of IPv4, of IPv6 below, to impose and to lift it."""
    assert stored_of(word) == target_of(word, town.factory.users).stored == "203.0.113.66/32"


@pytest.mark.parametrize(
    "word",
    [
        *("2001:db8::7", "2001:DB8::7", "2001:db8:0:0:0:0:0:7", "2001:0db8::0007/128"),
        *("[2001:db8::7]", "[2001:db8::7]:5000", "2001:db8::7%eth0"),
    ],
)
def test_so_is_one_of_ipv6(town: Town, word: str) -> None:
    """In small and large letters, long and short, with a zone, in brackets."""
    assert stored_of(word) == target_of(word, town.factory.users).stored == "2001:db8::7/128"


def test_a_name_that_looks_like_an_address(town: Town) -> None:
    """It is the address that is meant, also where somebody is here under that name, from before it
    was refused. That one is meant by user:, and shown so."""
    users = town.factory.users
    assert target_of("203.0.113.5", users).stored == "203.0.113.5/32"
    named = target_of("user:203.0.113.5", users)
    assert named == Target("203.0.113.5", "user:203.0.113.5")
    assert [each.name for each in meant([named], users.values())] == ["203.0.113.5"]
    assert targets_of("@203.0.113.5", users)[0].stored == "203.0.113.6/32"
    assert target_of("USER:Gus", users) == Target("gus", "Gus")


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("", "missing-username"),
        ("@", "missing-username"),
        ("-x", "invalid-username"),
        ("x" * 33, "invalid-username"),
        ("192.0.2.0/33", "invalid-username"),
        ("192.0.2.0/x", "invalid-username"),
        *((word, "bad-argument") for word in ("1.2.3", "0x7f.1", "0177.0.0.1", "999.1.1.1")),
        *((word, "bad-argument") for word in ("203.0.113.066", "1.2.3.4.5", "127.1")),
        ("@nobody", "user-not-found"),
        ("0.0.0.0/0", "bad-network"),
        ("10.0.0.0/7", "bad-network"),
        ("::/0", "bad-network"),
        ("2001::/15", "bad-network"),
        ("::ffff:0.0.0.0/96", "bad-network"),
    ],
)
def test_what_means_nobody(town: Town, word: str, code: str) -> None:
    """It is refused: nothing is for half of the network."""
    with pytest.raises(ChatError) as caught:
        targets_of(word, town.factory.users)
    assert caught.value.code == code
