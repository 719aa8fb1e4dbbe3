"""The lock: it has what setup.cfg asks for, for each extra, and says the same everywhere."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parent.parent
LOCKED = {file.stem: file.read_text() for file in (PROJECT / "requirements").glob("*.txt")}
SETUP = ConfigParser()
SETUP.read(PROJECT / "setup.cfg")
ASKED = {"run": SETUP["options"]["install_requires"], **SETUP["options.extras_require"]}


def requirements(lines: str) -> Iterator[Requirement]:
    for line in lines.splitlines():
        if line and line[0] not in " #":
            yield Requirement(line.removesuffix("\\"))


def pinned(lines: str) -> dict[str, list[str]]:
    """The versions of each package: several where one is for some Pythons or systems."""
    found = defaultdict(list)
    for requirement in requirements(lines):
        found[requirement.name].append(str(requirement.specifier).removeprefix("=="))
    return dict(found)


def test_there_is_one_for_each_extra() -> None:
    """And one for what runs the server."""
    assert LOCKED.keys() == ASKED.keys()


@pytest.mark.parametrize("extra", ASKED)
def test_it_has_what_is_asked_for(extra: str) -> None:
    """In a version that setup.cfg allows: after a change there, `make lock`."""
    build = tomllib.loads((PROJECT / "pyproject.toml").read_text())["build-system"]["requires"]
    there = pinned(LOCKED[extra])
    for requirement in requirements("\n".join([ASKED["run"], ASKED[extra], *build])):
        versions = there[requirement.name]
        assert all(requirement.specifier.contains(version) for version in versions), requirement


def test_all_of_it_agrees() -> None:
    """What is installed for one thing is not changed by what is installed for another."""
    for extra, lines in LOCKED.items():
        for name, versions in pinned(lines).items():
            others = {other: pinned(LOCKED[other]).get(name, versions) for other in LOCKED}
            assert others == dict.fromkeys(LOCKED, versions), extra


@pytest.mark.parametrize("extra", LOCKED)
def test_it_can_be_installed_from_anywhere(extra: str) -> None:
    """Each package with its hashes, and no place that it has to come from."""
    for found in re.split(r"\n(?=\w)", LOCKED[extra])[1:]:
        assert "    --hash=sha256:" in found
    assert not re.search(r"://|^ *-[^-]|--(?!hash=)", LOCKED[extra], re.MULTILINE)
