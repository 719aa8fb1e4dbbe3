"""The command line of whoever runs the server: python -m chat.admin COMMAND. Knows no command."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from chat.admin import TOOL, account_commands, room_commands
from chat.history.tools.commandline import Commands


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit status."""
    commands = Commands(TOOL.name, "Look after accounts, rooms and the people in them.")
    account_commands.add_to(commands)
    room_commands.add_to(commands)
    return TOOL.main(commands, argv)


if __name__ == "__main__":
    sys.exit(main())
