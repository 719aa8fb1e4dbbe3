"""Whom a word is about: somebody, an address, a network, or where somebody comes from."""

from __future__ import annotations

import pytest

from chat.moderation.targets import meant, target_of
from chat.vocabulary.errors import ChatError
from tests.moderation.town import Town


@pytest.fixture
def town() -> Town:
    """Somebody from everywhere is here."""
    town = Town("carol")
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
    target = target_of(word, town.factory.users)
    assert (target.stored, target.shown) == (stored, shown)
    assert [user.name for user in meant(target, town.factory.users.values())] == who


def test_a_name_that_looks_like_an_address(town: Town) -> None:
    """Whoever is here under it is meant; @ means where it comes from, and the address itself is
    written with its length."""
    assert target_of("203.0.113.5", town.factory.users).network is None
    assert target_of("@203.0.113.5", town.factory.users).stored == "203.0.113.6/32"
    assert target_of("203.0.113.5/32", town.factory.users).stored == "203.0.113.5/32"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("", "missing-username"),
        ("@", "missing-username"),
        ("-x", "invalid-username"),
        ("x" * 33, "invalid-username"),
        ("192.0.2.0/33", "invalid-username"),
        ("192.0.2.0/x", "invalid-username"),
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
        target_of(word, town.factory.users)
    assert caught.value.code == code
