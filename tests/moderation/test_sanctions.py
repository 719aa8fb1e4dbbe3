"""Who is banned and muted, by name or by address, at a time."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from chat.history.room_records import Sanction, SanctionKind
from chat.moderation.sanctions import Sanctions, holds

KINDS: tuple[SanctionKind, ...] = ("ban", "mute")


def sanction(kind: SanctionKind, target: str, until: int = 0, reason: str = "") -> Sanction:
    return Sanction("tea", kind, target, target, until, reason, "alice", 5)


def given_these(*these: Sanction) -> Sanctions:
    """They were added in this order."""
    sanctions = Sanctions()
    for each in these:
        sanctions.add(each)
    return sanctions


def first(sanctions: Sanctions, kind: SanctionKind, hosts: list[str], at: int) -> Sanction | None:
    """One of those that hold against these addresses."""
    return next(sanctions.addressed(kind, hosts, at), None)


def test_by_name() -> None:
    """A ban is no mute, and another name is another name."""
    ban = sanction("ban", "gus")
    sanctions = given_these(ban)
    assert sanctions.named("ban", "gus", 10) == ban
    assert sanctions.named("mute", "gus", 10) is None
    assert sanctions.named("ban", "gu", 10) is None
    assert first(sanctions, "ban", ["192.0.2.7"], 10) is None


def test_its_time_is_over_on_the_millisecond() -> None:
    """By name and by address; one without an end holds for good."""
    for each in (sanction("ban", "gus", until=100), sanction("ban", "192.0.2.0/24", until=100)):
        sanctions = given_these(each)
        for at, expected in ((99, each), (100, None), (101, None)):
            found = sanctions.named("ban", "gus", at)
            assert (found or first(sanctions, "ban", ["192.0.2.7"], at)) == expected
            assert holds(each, at) == (expected is not None)
    assert holds(sanction("ban", "gus"), 10**15)


def test_one_at_most_against_the_same() -> None:
    """The last one holds, also where the one before would have held for longer."""
    for target in ("gus", "192.0.2.0/24"):
        last = sanction("mute", target, until=100)
        sanctions = given_these(sanction("mute", target), last)
        assert list(sanctions) == [last]
        sanctions.remove("mute", target)
        assert list(sanctions) == []
        assert not sanctions
        assert sanctions.many("mute") == 0


def test_a_narrower_network_whose_time_is_over_hides_no_wider_one() -> None:
    """And the other way round."""
    narrow = sanction("ban", "192.0.2.7/32", until=100)
    wide = sanction("ban", "192.0.0.0/16", until=200)
    for each in (given_these(narrow, wide), given_these(wide, narrow)):
        assert first(each, "ban", ["192.0.2.7"], 50) in (narrow, wide)
        assert first(each, "ban", ["192.0.2.7"], 150) == wide
        assert first(each, "ban", ["192.0.2.7"], 200) is None


def test_networks_of_a_length_that_there_are_none_of_are_not_looked_for() -> None:
    """With the last one lifted, looking somebody up costs what it did before."""
    sanctions = given_these(sanction("ban", "192.0.2.0/24"), sanction("mute", "192.0.2.0/24"))
    sanctions.remove("ban", "192.0.2.0/24")
    assert sanctions._sizes == {(4, 24): 1}
    sanctions.remove("mute", "192.0.2.0/24")
    assert sanctions._sizes == {}


def test_any_address_of_several_counts() -> None:
    """Of either version; IPv4 written as IPv6 is IPv4."""
    four, six = sanction("ban", "192.0.2.0/24"), sanction("ban", "2001:db8::/32")
    sanctions = given_these(four, six)
    assert first(sanctions, "ban", ["203.0.113.1", "192.0.2.1"], 5) == four
    assert first(sanctions, "ban", ["203.0.113.1", "2001:db8:ffff::1"], 5) == six
    assert first(sanctions, "ban", ["::ffff:192.0.2.1"], 5) == four
    assert first(sanctions, "ban", ["203.0.113.1", "2001:db9::"], 5) is None
    assert first(sanctions, "ban", [], 5) is None
    assert first(sanctions, "mute", ["192.0.2.1"], 5) is None


def test_how_many_there_are() -> None:
    """By name and by address together; what is replaced, or lifted twice, counts once."""
    sanctions = given_these(sanction("ban", "gus"), sanction("ban", "192.0.2.0/24"))
    for many, target in enumerate(("lou", "192.0.2.0/24"), 1):
        sanctions.add(sanction("mute", target))
        sanctions.add(sanction("mute", target, until=7))
        assert (sanctions.many("ban"), sanctions.many("mute")) == (2, many)
    for many, target in ((1, "lou"), (0, "192.0.2.0/24")):
        sanctions.remove("mute", target)
        sanctions.remove("mute", target)
        assert (sanctions.many("ban"), sanctions.many("mute")) == (2, many)


def test_found_as_it_is_stored() -> None:
    """Just that one: what is narrower or wider is another."""
    told = Sanction("tea", "ban", "192.0.2.7/32", "@gus", 0, "", "alice", 5)
    sanctions = given_these(told, sanction("mute", "lou"))
    assert sanctions.against("ban", "192.0.2.7/32", 6) == told
    assert sanctions.against("mute", "lou", 6) is not None
    for kind, target in (("mute", "192.0.2.7/32"), ("ban", "lou"), ("ban", "192.0.2.0/24")):
        assert sanctions.against(kind, target, 6) is None


ADDRESSES = st.one_of(
    st.ip_addresses(v=4, network="192.0.2.0/28"), st.ip_addresses(v=6, network="2001:db8::/124")
)
NETWORKS = st.builds(
    lambda address, cut: (
        str(ip_network((int(address), address.max_prefixlen - cut), strict=False))
        if address.version == 6
        else str(ip_network(f"{address}/{32 - cut}", strict=False))
    ),
    ADDRESSES,
    st.integers(0, 5),
)
CHANGES = st.lists(
    st.tuples(st.booleans(), st.sampled_from(KINDS), NETWORKS, st.sampled_from([0, 50, 100]))
)


@given(CHANGES, ADDRESSES, st.sampled_from(KINDS), st.sampled_from([0, 50, 99]))
def test_looking_it_up_is_as_looking_at_each(
    changes: list[tuple[bool, SanctionKind, str, int]], address: object, kind: SanctionKind, at: int
) -> None:
    """Whatever was added and removed, in whatever order."""
    sanctions, plainly = Sanctions(), dict[tuple[SanctionKind, str], Sanction]()
    for is_added, its_kind, network, until in changes:
        if is_added:
            plainly[its_kind, network] = sanction(its_kind, network, until)
            sanctions.add(plainly[its_kind, network])
        else:
            plainly.pop((its_kind, network), None)
            sanctions.remove(its_kind, network)
    expected = [
        each
        for each in plainly.values()
        if each.kind == kind
        and holds(each, at)
        and ip_address(str(address)) in ip_network(each.target)
    ]
    found = first(sanctions, kind, [str(address)], at)
    assert found in expected if expected else found is None
    assert {*sanctions} == {*plainly.values()}
    for each in KINDS:
        assert sanctions.many(each) == sum(one.kind == each for one in plainly.values())
