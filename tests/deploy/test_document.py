"""The files of deploy/ and the documents name each other rightly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
OPERATIONS = (PROJECT / "docs" / "operations.md").read_text()
FILES = [path for path in (PROJECT / "deploy").rglob("*") if path.is_file()]
UPGRADING = (PROJECT / "docs" / "upgrading.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", OPERATIONS + UPGRADING, re.S)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_file_is_in_the_document(file: Path) -> None:
    """By its name, or as one of its folder."""
    names = [str(each.relative_to(PROJECT)) for each in (file, *file.parents[:2])]
    assert any(f"{name}" in OPERATIONS for name in names if name != "deploy")


def test_each_file_of_the_document_is_there() -> None:
    """So what is to be copied can be."""
    named = set(re.findall(r"\bdeploy/[\w./-]*[\w-]", OPERATIONS))
    assert named
    assert [name for name in named if not (PROJECT / name).exists()] == []


def test_no_start_warns_of_the_cache_of_plugins() -> None:
    """Whenever the chat is installed, twistd notes down the plugins as somebody who may."""
    installing = [block for block in BLOCKS if re.search(r"pip install .*\.$", block, re.M)]
    assert len(installing) > 2
    for block in installing:
        installed = block.rindex("/opt/chat/bin/pip install ")
        assert "/opt/chat/bin/twistd --help > /dev/null" in block[installed:]


def test_nothing_is_installed_beside_an_environment() -> None:
    """A new Debian refuses that; and it may have no sudo."""
    for text in (OPERATIONS, UPGRADING, (PROJECT / "README.md").read_text()):
        for block in re.findall(r"```sh\n(.*?)```", text, re.S):
            assert not re.search(r"^\s*(pip|python -m pip|sudo) ", block, re.M), block
