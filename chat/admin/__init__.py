"""python -m chat.admin: accounts, rooms and bans, from the shell."""

from typing import Final

from chat.history.tools.commandline import Tool

TOOL: Final = Tool("chat.admin")
