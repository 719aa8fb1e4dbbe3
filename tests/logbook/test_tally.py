"""Many things that are alike are told once, and counted."""

from twisted.internet.task import Clock

from chat.logbook.tally import Tally


def test_the_first_of_its_kind_is_told_and_the_others_are_counted() -> None:
    """In each period anew, which begins with the first; and never more than so many kinds."""
    clock, untold = Clock(), list[int]()
    tally = Tally(clock, 10.0, 2, untold.append)
    assert [tally.is_first(thing) for thing in "aabac"] == [True, False, True, False, False]
    clock.advance(9.9)
    assert untold == []
    clock.advance(0.1)
    assert untold == [3]
    clock.advance(100)
    assert tally.is_first("a")
    clock.advance(10)
    assert untold == [3]
    assert clock.getDelayedCalls() == []
