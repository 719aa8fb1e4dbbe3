"""Which version of the chat this is. Knows git's files, and needs no git.

`VERSION` is what setup.cfg says of a package that is built, and so what pip shows. In a folder with
the sources it has the commit, as long as the version is no release; so have the archives that git
makes, by .gitattributes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

NEXT: Final = "0.1.0.dev0"
"""The release that this becomes; without the .dev0 it is that release."""

ARCHIVED: Final = "$Format:%H$"
"""The commit, once `git archive` has put it here."""

SHORT: Final = 7
"""Letters of a commit that are enough for people: git's own abbreviation."""

_SOURCES: Final = Path(__file__).parent.parent


def version_of(sources: Path, archived: str = ARCHIVED) -> str:
    """The version of what is in a folder with the sources. archived: the commit, or something with
    a dollar in it."""
    if ".dev" not in NEXT:
        return NEXT
    commit = commit_of(sources) if "$" in archived else archived
    if commit:
        return f"{NEXT}+g{commit[:SHORT]}"
    packed = sources / "PKG-INFO"  # what an sdist is made with
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line[9:] for line in lines if line.startswith("Version: ")), NEXT)


def commit_of(sources: Path) -> str:
    """The commit that is checked out in a folder; empty where it has none of its own."""
    try:
        return _commit_of(sources / ".git")
    except (OSError, ValueError):
        return ""


def _commit_of(git: Path) -> str:
    if git.is_file():  # a work tree beside others: "gitdir: PATH"
        git = git.parent / git.read_text().removeprefix("gitdir: ").strip()
    word = (git / "HEAD").read_text().strip()
    if not word.startswith("ref: "):
        return word
    ref, common = word.removeprefix("ref: "), git
    if (git / "commondir").is_file():
        common = git / (git / "commondir").read_text().strip()
    if (common / ref).is_file():
        return (common / ref).read_text().strip()
    lines = (common / "packed-refs").read_text().splitlines()
    return next((line.split()[0] for line in lines if line.endswith(f" {ref}")), "")


def _version() -> str:
    if (_SOURCES / "setup.cfg").is_file():
        return version_of(_SOURCES)
    from importlib.metadata import PackageNotFoundError, version  # takes its time

    try:
        return version("twisted-chat")
    except PackageNotFoundError:
        return NEXT


VERSION: Final = _version()
