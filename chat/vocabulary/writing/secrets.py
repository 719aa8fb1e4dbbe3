"""What may be shown of something with a password in it. Knows no store and no server.

It goes by how people write such things, and not by whether they can be read: what is wrong in an
address is often just its password. Rather too much is hidden than a piece of one shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

HIDDEN: Final = "***"

HARMLESS: Final = ("host", "hostaddr", "port", "dbname", "user", "sslmode", "application_name")
"""What may be shown of the options of a URL: another may be a password, or be misspelt for one."""

_URL: Final = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*://|(?:postgres|redis)[a-z+]*:/)")
"""How one begins; where it is taken for the name of a file, one slash is left."""

_AROUND: Final = re.compile(r"""(?:--[\w-]+=)?['"(<]*""")
_PORT: Final = re.compile(r"\d{0,5}(?:[/?#]|\Z)")
_AUTHORITY: Final = re.compile(r"(\[[^\]]*\]|[^:/?#]*):")
_OPTION: Final = re.compile(r"[?&;\s]([^=?&;\s]*)=")
_TELLING: Final = re.compile(
    r"[\w-]*(?:pas+[a-z]*w|pas+wd|pass|pwd|secret|token|credential|auth)[\w-]*\s*=", re.IGNORECASE
)


def shown(word: str) -> str:
    """A URL, an address or the like as it may be shown: without a password.

    All between the first colon behind the scheme and the last @ is hidden, and all behind an option
    that may be a password.
    """
    url = _URL.match(word)
    scheme, rest = (url[0], word[url.end() :]) if url else ("", word)
    if scheme.strip().lower().startswith("sqlite") and rest.startswith("/"):
        at = -1  # a file may be called so
    else:
        at = rest.rfind("@")
    option = _option(rest, bool(url))
    if option < at:  # the password has an @, and maybe what looks like an option: or which is it?
        colon = rest.find(":", 0, at) + 1 or at
        return f"{scheme}{rest[: min(option, colon)]}{HIDDEN}"
    if option < len(rest):
        rest = f"{rest[:option]}{HIDDEN}"
    return scheme + (_without_user(rest, at, bool(url)) if at >= 0 else _without_port(rest, url))


def masked(line: str, words: Iterable[str] = ()) -> str:
    """A line for people, in one line, without the passwords of the addresses in it.

    words: what somebody has typed, of which the line may quote some.
    """
    for word in words:
        if (its := shown(word)) != word:
            for form in (word, repr(word)[1:-1]):
                line = line.replace(form, its)
    return " ".join(map(_masked, line.split()))


def _masked(word: str) -> str:
    """The same of a word of a sentence, which may be in quotes or behind an option."""
    around = _AROUND.match(word)
    begin = around.end() if around else 0
    return word[:begin] + shown(word[begin:])


def not_understood(words: Iterable[str]) -> str:
    """Of words that a command line has too many of: the names of options among them. Any other may
    be a password."""
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
    named = f"there is no {' and no '.join(dict.fromkeys(options))}" if options else ""
    return named or "there are more words than it takes"


def _option(rest: str, is_url: bool) -> int:
    """Where the value of the first option begins that may be a password; the end if there is
    none."""
    found = _TELLING.search(rest)
    ends = [found.end()] if found else []
    if is_url and "?" in rest:
        options = _OPTION.finditer(rest, rest.index("?"))
        ends += [option.end() for option in options if option[1].lower() not in HARMLESS]
    return min(ends, default=len(rest))


def _without_user(rest: str, at: int, is_url: bool) -> str:
    user, colon, _ = rest[:at].partition(":")
    if colon:
        return f"{user}:{HIDDEN}{rest[at:]}"
    return f"{HIDDEN}{rest[at:]}" if is_url and "@" in user else rest


def _without_port(rest: str, url: re.Match[str] | None) -> str:
    """What stands where a port would, and is none, may be the password of one who forgot the
    rest."""
    found = _AUTHORITY.match(rest) if url else None
    if found and not _PORT.match(rest, found.end()):
        return f"{found[0]}{HIDDEN}"
    return rest
