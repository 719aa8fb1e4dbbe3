"""Editing keys where no terminal takes back what is erased: a raw telnet, PuTTY, Windows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.factory import ChatFactory
from chat.vocabulary.errors import ChatError
from chat.vocabulary.writing.erasing import erased
from tests.people import Visitor

People = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (b"hellp\x08o", "hello"),
        (b"hellp\x7fo", "hello"),
        ("grüß\b\büß dich".encode(), "grüß dich"),
        ("東京\b都".encode(), "東都"),
        ("a👍\x7fb".encode(), "ab"),
        (b"one two\x17three", "one three"),
        (b"one two  \x17\x17three", "three"),
        (b"hellp\xff\xf7o", "hello"),  # telnet's own key for it
        (b"x\b\x1b[D", "\N{REPLACEMENT CHARACTER}[D"),
    ],
)
def test_what_is_erased_is_not_said(in_rooms: People, typed: bytes, said: str) -> None:
    """Characters, also those of several bytes, and words."""
    alice = in_rooms("alice")
    alice.sends(b"MSG lobby " + typed + b"\r\n")
    alice.hears(f"MSG lobby alice {said}")


@pytest.mark.parametrize(
    "typed",
    [
        b"LOGN\x08IN alice",
        b"\x08\x7fLOGIN alice",
        b"LOGOUT alice\x15LOGIN alice",
        b"LOGOUT alice\xff\xf8LOGIN alice",
        b"XOGIN alice" + b"\x08" * 40 + b"LOGIN alice",
        b"LOGIN bob\x7f\x7f\x7falice",
    ],
)
def test_a_command_may_be_mistyped(visitor: People, typed: bytes) -> None:
    """Nothing is left of what was erased, however far one erases."""
    person = visitor()
    person.sends(typed + b"\n")
    person.hears("OK").says("WHO").hears("USER alice")


def test_what_is_passed_on_erases_no_command(in_rooms: People) -> None:
    """A program that says what others write says nothing else for them."""
    bot = in_rooms("bot")
    for erasers in (b"\b" * 20, b"\x15", b"\x17" * 5):
        bot.sends(b"MSG lobby " + erasers + b"QUIT\n")
        bot.hears(f"ERROR {ChatError('erased-command', 'MSG').sentence}")
    bot.says("PING").hears("PONG")


def test_a_password_is_what_was_meant(factory: ChatFactory) -> None:
    """Who mistypes it, and corrects that, is not locked out."""
    alice = Visitor(factory).says("JOIN lobby alice").hears("INFO joined room lobby")
    alice.sends(b"REGISTER correct-horsd\x08e\n")
    alice.hears("INFO registered alice").says("QUIT").hears("INFO goodbye").vanishes()
    again = Visitor(factory).says("LOGIN alice correct-horse").hears("OK")
    again.sends(b"PASSWORD correct-horse batterx\x7fy-staple\n")
    again.hears("OK")


@pytest.mark.parametrize("key", [b"\x01", b"\x1b[D", b"\x00", b"\x9b".decode("latin-1").encode()])
def test_a_password_has_no_control_keys_in_it(factory: ChatFactory, key: bytes) -> None:
    """Nobody would know what it is."""
    alice = Visitor(factory).says("LOGIN alice").hears("OK")
    alice.sends(b"REGISTER correct" + key + b"horse\n")
    alice.hears("ERR bad-password")
    alice.says("REGISTER correct-horse").hears("OK")


@given(st.text(st.characters(exclude_characters="\b\x7f\x15\x17")), st.text("ab é\t\b\x7f"))
def test_erasing_all_of_it_leaves_what_follows(text: str, more: str) -> None:
    """Whatever was typed before."""
    assert erased(text + more + "\b" * (len(text) + len(more)) + "end")[0] == "end"
    assert erased(text + more + "\x15end")[0] == "end"
    assert erased(text) == (text, text)
