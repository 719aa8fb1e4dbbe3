"""Who does something with a tool: the user of this machine at the shell. Knows no store."""

from __future__ import annotations

import os
import pwd
from contextlib import suppress
from typing import Final

from chat.history.room_records import ADMIN

LONGEST: Final = 32
"""Characters of a user's name that are told: what Linux lets one have."""


def shell_user() -> str:
    """How the audit log calls whoever runs this: *admin:olga*, which nobody in the chat can be
    called. Through sudo it is who has called that, and not whom they have become."""
    name = os.environ.get("SUDO_USER", "")
    if not name:
        name = str(os.geteuid())
        with suppress(KeyError):
            name = pwd.getpwuid(os.geteuid()).pw_name
    told = "".join(c if c.isprintable() and not c.isspace() and c != "*" else "?" for c in name)
    return f"{ADMIN[:-1]}:{told[:LONGEST]}*"
