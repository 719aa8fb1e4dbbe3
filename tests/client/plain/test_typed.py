"""What is typed in plain mode; what each command does is in tests/client/test_pipes.py."""

from chat.client.commands import COMMANDS
from chat.client.plain.typed import Typed


def test_every_command_does_something() -> None:
    """A new one has to be done here, too."""
    assert list(Typed._orders) == list(COMMANDS)
