"""The documents say what the code does."""

import re

import pytest

from chat.client.commands.usage import OWN, PASSED_ON, usage
from chat.client.options.exits import EXIT_CODES
from chat.client.screen.parts.keys import KEYS
from chat.dialects.lines import LineDialect
from chat.dialects.login_style import LOGIN
from chat.dialects.newcomer import NEWCOMER
from chat.dialects.rooms_style import ROOMS
from chat.vocabulary.errors import SENTENCES
from tests.transcripts.replay import DOCUMENT


def commands(style: LineDialect) -> list[tuple[str, str]]:
    """Each command's grammar, and what it answers."""
    helps = dict.fromkeys(verb.help for verb in style.verbs.values())
    return [(f"`{grammar}`", answer) for grammar, answer in (h.split("  ->  ") for h in helps)]


def in_words(sentence: str) -> str:
    """A refusal's sentence, with what stands in its places."""
    sentence = sentence.replace("{why}", " *where, until when (why)*")
    return sentence.replace("{word}", "*word*").replace("{ask}", "*names*")


CLIENT_DOCUMENT = DOCUMENT.parent / "client.md"

TABLES = {
    "newcomer": commands(NEWCOMER),
    "login": commands(LOGIN),
    "rooms": commands(ROOMS),
    "refusals": [(f"`{code}`", in_words(sentence)) for code, sentence in SENTENCES.items()],
    "client commands": [(f"`{usage(name)}`", command.what) for name, command in OWN.items()],
    "client commands for rooms": [
        (f"`{usage(name)}`", command.what) for name, command in PASSED_ON.items()
    ],
    "client keys": list(KEYS),
    "exit codes": [
        (code, meaning.strip())
        for code, _, meaning in (
            line.strip().partition(" ") for line in EXIT_CODES.splitlines()[1:]
        )
    ],
}


def rows(table: list[tuple[str, str]]) -> list[str]:
    """A table as Markdown."""
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in table]
    return [f"| {left} | {right.replace('<', '&lt;')} |" for left, right in escaped]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_the_document_is_the_one_in_the_code(name: str) -> None:
    """Where it is not, this test shows the lines to put there."""
    text = DOCUMENT.read_text() + CLIENT_DOCUMENT.read_text()
    found = re.search(
        rf"<!-- table: {name} -->\n[^\n]*\n\|---\|---\|\n(.*?)<!-- end -->", text, re.S
    )
    assert found
    assert found[1].splitlines() == rows(TABLES[name]), "\n".join(rows(TABLES[name]))
