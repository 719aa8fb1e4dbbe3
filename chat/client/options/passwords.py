"""Where a password comes from, and what a typed line with one in it may be kept as.

It never comes from the command line, which everybody on the machine can read. Knows no connection.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import MutableMapping
from difflib import get_close_matches
from typing import Final

from chat.vocabulary.files import content
from chat.vocabulary.text import unmarked

VARIABLE: Final = "CHAT_PASSWORD"

MOST_BYTES: Final = 4096
"""More of a file is not read: a server takes 256 bytes."""

ASKING: Final = ("register", "password", "unregister")
"""The commands that ask for passwords."""

NOT_IN_ADDRESS: Final = (
    "a password does not belong into an address, which others can see: "
    f"put it into a file (--password-file) or into {VARIABLE}, or wait until you are asked"
)


class PasswordError(ValueError):
    """A password can't be had; the text is one line that says why, without it."""


def find(flag: str, of_settings: str, environ: MutableMapping[str, str]) -> tuple[str, str]:
    """The password of the nearest place that has one, "" if there is none, and a warning if others
    can read it: a file that is named now, the environment, the file that the settings name.

    It is taken out of the environment: what the program starts, such as a browser for a link, is
    not to find it there. Raises PasswordError.
    """
    password = environ.pop(VARIABLE, "")
    if flag or (of_settings and not password):
        return _from_file(flag or of_settings)
    return (_checked(password, VARIABLE) if password else ""), ""


def _from_file(path: str) -> tuple[str, str]:
    """The password in the first line of a file. Raises PasswordError."""
    name = os.path.expanduser(path)
    try:
        line = unmarked(content(name)).partition(b"\n")[0][:MOST_BYTES]
        mode = os.stat(name).st_mode
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PasswordError(f"{path}: {reason}") from None
    is_open = stat.S_ISREG(mode) and mode & 0o077
    warning = f"{path} can be read by others: chmod 600 {path}" if is_open else ""
    return _checked(line.decode(errors="replace").rstrip("\r\n"), path), warning


def _checked(password: str, where: str) -> str:
    """Raises PasswordError."""
    if not password or password.split() != [password] or "\N{REPLACEMENT CHARACTER}" in password:
        raise PasswordError(f"{where}: a password is one word, in UTF-8, in the first line")
    return password


# --- what is typed ------------------------------------------------------------------------------

_COMMANDS: Final = ("register", "unregister", "password", "passwd", "auth", "login", "identify")
_ORDER: Final = re.compile(r"\s*//?\s*(\S+)\s+\S")
_ADDRESS: Final = re.compile(r"(?:\S*//)?[^/@:\s\[]+:(?!\d+/|//)[^@]*@")
_WIRE: Final = re.compile(
    r"\s*(?:(?:REGISTER|UNREGISTER)\s+\S+|(?:AUTH|LOGIN|PASSWORD)\s+\S+\s+\S+)\s*"
)
"""What one would say to the server itself, ..."""
_WIRE_IN_SMALL: Final = re.compile(
    r"\s*(?:(?:un)?register|(?:auth|login|password)\s+\S+)\s+(?=\S*[\W\d_])\S{8,}\s*", re.IGNORECASE
)
"""... also in small letters, where the last word looks like no word of a sentence."""


def is_address_with_password(text: str) -> bool:
    """Like chat://bob:secret@host"""
    return _ADDRESS.match(text) is not None


def has_password(line: str) -> bool:
    """A typed line seems to have a password in it, maybe behind a command that is misspelt."""
    found = _ORDER.match(line)
    if found:
        words = line.split()
        if words[0].lower() == "/connect":
            return is_address_with_password(words[1])
        return bool(get_close_matches(found[1].lower(), _COMMANDS, 1, 0.8))
    return bool(_WIRE.fullmatch(line) or _WIRE_IN_SMALL.fullmatch(line))


def not_said(line: str) -> str:
    """Why a line with a password is not said, and how to type it unseen."""
    verb = line.strip(" /").split()[0].lower()
    advice = f": /{verb} alone asks for one" if verb in ASKING else ""
    return f"that looks like a password, so it was not said{advice}"


def kept(line: str) -> str:
    """What of a typed line may be shown and remembered: without a password."""
    return line.split()[0] if has_password(line) else line
