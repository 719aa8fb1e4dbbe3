"""No piece of a password is shown, whatever it is and wherever it was typed."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from chat.admin.__main__ import main as admin
from chat.client.options.address import SettingsError
from chat.client.options.settings import read
from chat.history.__main__ import main as history
from chat.history.sql.flavours import of
from chat.history.store import StoreError
from chat.tap import Options
from chat.vocabulary.writing.secrets import masked, shown

LETTERS = "QXZÄ"
"""They are in nothing that is shown otherwise."""

PASSWORDS = st.text(LETTERS + "@:/?#%&=[] '\"\\+.,;", min_size=1, max_size=24)

FORMS = (
    "postgresql://chat:{}@127.0.0.1:1/d",
    "postgres://chat:{}@[::1]/d?sslmode=require",
    "postgresql:///chat:{}@h/d",
    "postgresql+psycopg://chat:{}@h",
    "postgresql://:{}@h/d",
    "postgresql://chat@h/d?password={}",
    "postgresql://chat@h/d?sslmode=require&sslpassword={}",
    "postgresql://h/d?pasword={}",
    "sqlite:///chat.sqlite?password={}",
    "sqlite://chat:{}@h/d",
    "mysql://chat:{}@h/d",
    "redis://:{}@h",
    "chat:{}@h/d",
    "postgresql:chat:{}@h/d",
    "host=h user=chat password={}",
    "postgresql://[::1:{}@h/d",
)


def pieces(password: str) -> set[str]:
    """Those of four characters, three of them letters, as they are and as a URL has them."""
    found = {password[at : at + 4] for at in range(len(password) - 3)}
    return {piece for piece in found if sum(piece.count(letter) for letter in LETTERS) >= 3}


def quoted(password: str, said: str) -> list[str]:
    """The pieces of a password in what was said."""
    return [piece for piece in pieces(password) if piece in said or quote(piece) in said]


def test_the_last_at_ends_a_password() -> None:
    """All up to there is hidden, and the rest is shown."""
    assert shown("postgresql://chat:pa@ss@w0rd@h/d") == "postgresql://chat:***@h/d"
    assert shown("postgresql://chat:pw@[::1]:5432/d") == "postgresql://chat:***@[::1]:5432/d"


@pytest.mark.parametrize(
    "word",
    [
        "postgresql://chat@db.example.org:5432/d?host=/run/pg&sslmode=require",
        "postgresql:///d",
        "postgresql://[::1]:5432/d",
        "sqlite:////srv/chat/a:b@c.sqlite",
        "sqlite:///chat.sqlite",
        "memory:",
        "@alice@bob",
        "tls:4000:certificate=x.pem",
        "chats://alice@chat.example.org:6697/tea",
    ],
)
def test_what_has_no_password_is_shown_as_it_is(word: str) -> None:
    """People have to see which one it was."""
    assert shown(word) == word
    assert masked(f"{word}: there is no such file") == f"{word}: there is no such file"


@given(password=PASSWORDS, form=st.sampled_from(FORMS), is_encoded=st.booleans())
def test_no_piece_of_a_password_is_shown(password: str, form: str, is_encoded: bool) -> None:
    """As it is, in a sentence that quotes it, by what a store is called and by what it refuses."""
    assume(form[:5] != "chat:" or password[:2] != "//")  # that is another user, of chat://
    url = form.format(quote(password) if is_encoded else password)
    said = [shown(url), masked(f"what is {url!r}?", [url]), masked(f"{url}: no file", [url])]
    try:
        flavour = of(url)
    except StoreError as error:
        said.append(str(error))
    else:
        said += [flavour.name, repr(flavour)]
        if flavour.name.startswith("postgresql"):
            its = make_url(url)
            told = [its.password, *its.query.values(), its.render_as_string(False)]
            said.append(flavour.reason(ValueError(" ".join(map(str, told)))))
    assert [quoted(password, each) for each in said] == [[]] * len(said)


SECRET = "pa@QXZÄ@QXZQ"
URL = f"postgresql://chat:{SECRET}@h/d"


@pytest.mark.parametrize(
    "url", [form.format(SECRET) for form in FORMS] + ["postgresql://chat:QXZQ"]
)
def test_no_tool_shows_one(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Nor twistd: in the right place, in a wrong one, behind an option that there is not."""
    tools = (history, ["export", "--store"]), (history, ["copy", "sqlite:///none"])
    tools += (history, ["backup", "--store", "sqlite:///none"]), (history, ["export", "--room"])
    tools += (history, []), (admin, ["list", "--store"]), (admin, ["list"])
    tools += (admin, ["create", "alice", "--password"]), (history, ["backup"])
    for tool, words in tools:
        with suppress(SystemExit):
            tool([*words, url])
    for words in (["--store", url], [url], ["--host"], ["--config", url], ["--port", url]):
        try:
            Options().parseOptions(words)
        except SystemExit as error:
            print(error)
    said = "".join(capfd.readouterr())
    assert said.count("\n") > len(tools)
    assert quoted(SECRET, said) == []


@pytest.mark.parametrize(
    "words",
    [
        ["--password", SECRET, "h"],
        [f"--password={SECRET}"],
        ["h", SECRET],
        ["h", "--passwd", SECRET],
        [f"chat://bob:{SECRET}@h"],
        [f"bob:{SECRET}@h"],
        ["chat://bob:QXZQ"],
        ["chat://bob:QX ZQQ@h"],
        ["--port", URL],
    ],
)
def test_no_client_shows_one(words: list[str]) -> None:
    """It says what is wrong without it."""
    with pytest.raises(SettingsError) as refused:
        read(words)
    assert quoted(SECRET + "QX ZQQ", masked(str(refused.value), words)) == []
