"""The table of what anybody can make more of, in docs/operations.md, is what holds in the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from chat.vocabulary import limits
from chat.vocabulary.settings import Limits
from chat.vocabulary.times import in_words

DOCUMENT: Final = Path(__file__).parent.parent / "docs" / "operations.md"

KIB: Final = 1024
MIB: Final = 1024 * KIB


def kib(size: int) -> str:
    return f"{size // MIB} MiB" if size % MIB == 0 else f"{size // KIB} KiB"


BOUNDS: Final = [
    (
        "a line",
        f"{limits.LINE_BYTES:,} bytes",
        "what is longer is refused",
    ),
    (
        "messages",
        "`keep`, `keep_messages`; all unless given",
        f"with `memory:` {limits.MEMORY_MESSAGES:,} of a room, {kib(limits.MEMORY_BYTES)} in all",
    ),
    (
        "texts that a message had before",
        f"{limits.EARLIER_TEXTS} of each, or {kib(limits.EARLIER_BYTES)}",
        "further edits are refused; they go with the message",
    ),
    (
        "messages hidden by one `HIDE`, or shown by one `UNHIDE`",
        f"{limits.HIDDEN_AT_ONCE:,}",
        f"{limits.HIDDEN_PER_STEP} in one transaction; the next one goes on",
    ),
    (
        "messages held in a raid",
        f"{limits.HELD_MESSAGES:,} of a room, {kib(limits.HELD_BYTES)} in all rooms",
        "further ones are refused; in memory only",
    ),
    (
        "bans, and mutes",
        f"{limits.SANCTIONS_PER_ROOM:,} of each in a room, {limits.SANCTIONS_MOST:,} on the server",
        "that hold at a time; further ones are refused",
    ),
    (
        "accounts that moderate a room or are invited",
        f"{limits.HOLDERS_MOST:,} of a room",
        f"further ones are refused; of a room that is imported {limits.HOLDERS_IMPORTED:,}",
    ),
    (
        "names put on the lists of rooms from one address",
        f"{limits.LISTED_AT_ONCE:,} at once, and as many more in {in_words(limits.LISTED_SECONDS)}",
        "further ones are refused; operators put there as many as they like",
    ),
    (
        "what operators have decided over a room",
        f"{limits.DECISIONS_MOST} things",
        "the last ones",
    ),
    (
        "rooms that an account owns",
        f"{limits.CLAIMS_PER_ACCOUNT}",
        f"{limits.CLAIMS_AT_ONCE} claims at once, then {limits.CLAIMS_PER_ACCOUNT} a day",
    ),
    (
        "topics of rooms that nobody owns",
        f"{limits.TOPICS_MOST:,} in all, of {limits.TOPIC_CHARACTERS} characters; "
        f"{limits.TOPICS_AT_ONCE} from an address, and as many more in "
        f"{in_words(limits.TOPICS_SECONDS)}",
        f"before one more is set the {limits.TOPICS_FORGOTTEN:,} oldest are forgotten, "
        "of rooms where nobody is; "
        "further ones from that address are refused",
    ),
    (
        "addresses, or accounts, of which it is known what they have taken of topics and claims, "
        "and how many wrong passwords there were",
        f"{limits.TAKERS_KNOWN:,} for each",
        "all further ones together may as much as one",
    ),
    (
        "people of whom it is known when they have spoken in slow rooms",
        f"{limits.PACES_KNOWN:,}",
        "some who have long been silent may speak sooner",
    ),
    (
        "rooms that somebody is in, and an account remembers",
        f"{Limits().rooms_per_user} (`rooms_per_user`)",
        "further ones are refused",
    ),
    (
        "usernames that are registered",
        f"{limits.REGISTERED_AT_ONCE} from an address in an hour",
        "kept for good, also when they are given up",
    ),
    (
        "connections",
        f"{Limits().connections_per_address} from an address, "
        f"{limits.CONNECTIONS_PER_ACCOUNT} of an account",
        "see `[limits]`; all together as `LimitNOFILE` says",
    ),
    (
        "how long a client that is gone without a word is there",
        in_words(limits.GONE_SECONDS),
        "its username is free then",
    ),
    (
        "an answer that its client does not read",
        f"{limits.CATCH_UP_MESSAGES} messages or {kib(limits.PAGE_BYTES)} of it, "
        f"and {kib(2 * limits.CLOGGED_BYTES)} on their way",
        "the rest is read when it is wanted; one question of a connection at a time",
    ),
    (
        "`HISTORY`, `AUDIT`; `SEARCH`",
        f"{limits.HISTORY_MOST:,} messages, {limits.AUDIT_MOST:,} entries; {limits.HISTORY_COUNT}",
        "in one answer",
    ),
    (
        "what waits for the store",
        f"{kib(limits.WAITING_BYTES)} of messages, {limits.NOTES_WAITING:,} notes of accounts",
        "further messages are refused, further notes are lost",
    ),
    (
        "a question to the database",
        f"{limits.QUERY_SECONDS:.0f} s",
        "it is broken off; by turns, and not at all for who is gone",
    ),
    (
        "the audit log",
        f"`keep`; with `memory:` {limits.AUDIT_ENTRIES:,} entries",
        f"{limits.REASON_CHARACTERS} characters of a reason each",
    ),
    (
        "the file of `--logfile`",
        f"{kib(limits.LOG_BYTES)}, and {limits.LOG_FILES} before it",
        f"the oldest goes; of refusals {limits.REFUSALS_TOLD} addresses "
        f"in {limits.REFUSALS_SECONDS:.0f} s are told, the others counted",
    ),
    (
        "a message that is imported, with the texts that it had before",
        kib(limits.RECORD_BYTES),
        "the import ends there",
    ),
]
"""What, how much of it, and what becomes of more."""


def rows() -> list[str]:
    return [f"| {what} | {most} | {more} |" for what, most, more in BOUNDS]


def test_the_table_of_bounds_is_what_holds() -> None:
    """Where it is not, this test shows the lines to put there."""
    found = re.search(
        r"<!-- table: bounds -->\n[^\n]*\n\|---\|---\|---\|\n(.*?)<!-- end -->",
        DOCUMENT.read_text(),
        re.S,
    )
    assert found
    assert found[1].splitlines() == rows(), "\n".join(rows())


def test_what_is_told_together_is_the_same() -> None:
    """One line of the table is for all of these."""
    assert limits.TAKERS_KNOWN == limits.TRIES_KNOWN


def test_an_export_of_a_message_at_its_bounds_is_no_runaway_line() -> None:
    """All texts that it had, each character escaped, and its own."""
    texts = limits.EARLIER_BYTES + 2 * limits.LINE_BYTES
    beside = 64 * (limits.EARLIER_TEXTS + 4)
    assert 2 * texts + beside < limits.RUNAWAY_BYTES
