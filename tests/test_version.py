"""What the chat says of its version."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from chat.version import ARCHIVED, NEXT, version_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SHORT = f"{NEXT}+g0123456"
PROJECT = Path(__file__).parent.parent


def put(folder: Path, files: dict[str, str]) -> None:
    """Make these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def test_a_checkout_has_its_commit(tmp_path: Path) -> None:
    """Whether git has the branch in a file or in a list, is between branches, or has more than one
    work tree; and without git being there."""
    loose, packed, detached, tree = (tmp_path / name for name in ("a", "b", "c", "d"))
    main = "ref: refs/heads/main\n"
    put(loose, {".git/HEAD": main, ".git/refs/heads/main": f"{COMMIT}\n"})
    others = f"# pack-refs\n{'f' * 40} refs/heads/old/main\n"
    put(packed, {".git/HEAD": main, ".git/packed-refs": f"{others}{COMMIT} refs/heads/main\n"})
    put(detached, {".git/HEAD": f"{COMMIT}\n"})
    put(tree, {".git": f"gitdir: {loose}/.git/worktrees/d\n"})
    put(loose / ".git/worktrees/d", {"HEAD": main, "commondir": "../..\n"})
    assert [version_of(each) for each in (loose, packed, detached, tree)] == [SHORT] * 4


def test_without_git_it_is_what_can_be_known(tmp_path: Path) -> None:
    """The commit of an archive, the version of an sdist, or that of the next release."""
    assert version_of(tmp_path) == NEXT
    assert version_of(tmp_path, COMMIT) == SHORT
    put(tmp_path, {".git/HEAD": "ref: refs/heads/unborn\n"})
    assert version_of(tmp_path) == NEXT
    (tmp_path / "PKG-INFO").write_text(f"Metadata-Version: 2.4\nVersion: {SHORT}\nName: x\n")
    assert version_of(tmp_path) == SHORT


def test_an_archive_of_git_gets_its_commit() -> None:
    """Git puts it where the module looks for it."""
    assert "$" in ARCHIVED
    assert "chat/version.py export-subst" in (PROJECT / ".gitattributes").read_text()


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "twisted", "chat"],
        ["-m", "chat.admin"],
        ["-m", "chat.history"],
        ["-m", "chat.client"],
    ],
)
def test_every_command_tells_it(command: list[str]) -> None:
    """In the same words."""
    done = subprocess.run(
        [sys.executable, *command, "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"twisted-chat {version_of(PROJECT)}\n"  # others may have committed


def test_a_package_has_the_version_that_it_was_built_with(tmp_path: Path) -> None:
    """As pip shows it; in no other folder does it look for a commit."""
    build = "import setuptools.build_meta as it, sys; print(it.build_wheel(sys.argv[1]))"
    tree = tmp_path / "tree"
    put(tree, {".git/HEAD": f"{COMMIT}\n", "chat/__init__.py": ""})
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "chat/version.py"):
        (tree / name).write_bytes((PROJECT / name).read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", build, tmp_path],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    wheel = tmp_path / done.stdout.split()[-1]
    with zipfile.ZipFile(wheel) as packed:
        (metadata,) = (name for name in packed.namelist() if name.endswith("/METADATA"))
        assert f"\nVersion: {SHORT}\n" in packed.read(metadata).decode()
