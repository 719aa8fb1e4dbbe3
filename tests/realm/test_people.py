"""The people that tests talk through hear exactly what is there."""

import pytest

from chat.factory import ChatFactory
from tests.people import Visitor


def test_what_was_heard_is_compared_line_by_line(factory: ChatFactory) -> None:
    """One line too many, too few, or another one fails the test."""
    for wrong in ([], ["PONG"], ["PONG", "PONG 2", "PONG"], ["PONG 2", "PONG"]):
        person = Visitor(factory).says("PING", "PING 2")
        with pytest.raises(AssertionError):
            person.hears(*wrong)
    Visitor(factory).says("PING", "PING 2").hears("PONG", "PONG 2").hears()


def test_half_a_line_is_an_error(factory: ChatFactory) -> None:
    """A server sends whole lines."""
    person = Visitor(factory)
    person.transport.write(b"PON")
    with pytest.raises(AssertionError, match="half a line"):
        person.hears("PONG")
