"""When two names are the same: here as on the server."""

from __future__ import annotations

import asyncio

from chat.vocabulary.names import username
from tests.client.house import house
from tests.client.meeting import guest

ALIKE = [
    ("bob", "BOB"),
    ("é", "E\N{COMBINING ACUTE ACCENT}"),
    ("\N{LATIN SMALL LETTER LONG S}am", "sam"),
    ("\N{KELVIN SIGN}im", "kim"),
    ("ｂｏｂ", "bob"),
    ("straße", "STRASSE"),
    ("ǰ", "j\N{COMBINING CARON}"),
    ("\N{GREEK SMALL LETTER UPSILON WITH PSILI}", "υ\N{COMBINING COMMA ABOVE}"),
]
"""Names in two ways of writing."""


def test_a_conversation_is_one_however_a_name_is_written() -> None:
    """What is said with somebody alone is one room, as that is one person on the server."""

    async def scene() -> None:
        for one, other in ALIKE:
            async with house() as (_, port), guest(port, "alice", "tea") as alice:
                assert await alice.client.join(f"@{one}") == f"@{one}"
                assert await alice.client.join(f"@{other}") == f"@{one}"
                assert alice.client.rooms == ["tea", f"@{one}"]

    asyncio.run(scene())


def test_a_room_goes_by_the_servers_key() -> None:
    """Also where a letter becomes two when its case is folded, as in the last five."""
    names = ("bob", "Émile", "ｂｏｂｂｙ", "straße", "ǰ", "ΐ", "ὐ", "ᾷ", "ῶ")

    async def scene() -> None:
        async with house() as (_, port), guest(port, "alice", "tea") as alice:
            for name in names:
                await alice.client.join(f"@{name}")
            keys = [f"@{username(name).key}" for name in names]
            assert list(alice.client._rooms) == ["tea", *keys]

    asyncio.run(scene())
