"""What is typed in plain mode; what each command does is in test_pipes.py."""

from typing import cast

from chat.client.commands.usage import OWN
from chat.client.plain.console import Console, Talk


def test_every_command_does_something() -> None:
    """A new one has to be done here, too, unless it is passed on."""
    assert list(Console(cast(Talk, None))._orders) == list(OWN)
