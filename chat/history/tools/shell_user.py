"""Who does something with a tool: the user of this machine at the shell. Knows no store."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from pathlib import Path
from typing import Final

from chat.history.room_records import ADMIN

LONGEST: Final = 32
"""Characters of a user's name that are told: what Linux lets one have."""

_LOGIN: Final = Path("/proc/self/loginuid")
_NOBODY: Final = 2**32 - 1
"""What Linux writes there where nobody has logged in."""


def shell_user() -> str:
    """How the audit log calls whoever runs this: *admin:olga*, which nobody in the chat can be
    called. It is who has logged in on the machine, and not whom they have become with sudo, su or
    runuser, where that is known."""
    name = os.environ.get("SUDO_USER", "")
    if not name:
        number = _who_logged_in() or os.geteuid()
        name = str(number)
        with suppress(KeyError):
            name = pwd.getpwuid(number).pw_name
    told = "".join(c if c.isprintable() and not c.isspace() and c != "*" else "?" for c in name)
    return f"{ADMIN[:-1]}:{told[:LONGEST]}*"


def _who_logged_in() -> int:
    """The number of the user; 0 where that is root, or is not known."""
    with suppress(OSError, ValueError):
        number = int(_LOGIN.read_text())
        return 0 if number == _NOBODY else number
    return 0
