"""What is typed in plain mode; what each command does is in test_pipes.py."""

from chat.client.commands.usage import OWN
from chat.client.plain.console import Typed


def test_every_command_does_something() -> None:
    """A new one has to be done here, too, unless it is passed on."""
    assert list(Typed._orders) == list(OWN)
