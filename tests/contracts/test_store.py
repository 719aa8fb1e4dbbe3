"""What every store promises, in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.history.memory.memory_store import MemoryStore
from chat.history.sql.store import SqlStore
from chat.history.store import Store
from chat.history.words import Query, parse
from chat.vocabulary.errors import ChatError
from chat.vocabulary.events import Repeated, Said
from chat.vocabulary.limits import INDEX_MESSAGES, PAGE_BYTES
from chat.vocabulary.pieces import is_cut
from chat.vocabulary.text import clean, size_of
from tests.contracts.drafts import draft, drafts, numbers, texts
from tests.soaking import examples
from tests.turning import result

ROOMS = (f"room{number}" for number in count())
SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def test_messages_are_numbered_per_room(store: Store) -> None:
    """1, 2, 3, ... in each room, in the order of the batch, whatever happens in the others."""
    batch = [*drafts("tea", "a", "b"), *drafts("jam", "c"), *drafts("tea", "d")]
    assert numbers(store.append(batch)) == [1, 2, 1, 3]
    assert numbers(store.append(drafts("tea", "e"))) == [4]
    assert texts(store.page("tea", 9)) == ["a", "b", "d", "e"]
    assert result(store.page("jam", 9)) == [Said("Jam", "alice", "c", 1, 1000, key="jam")]
    assert [result(store.last(key)) for key in ("tea", "jam", "nowhere")] == [4, 1, 0]


@settings(suppress_health_check=SLOW, max_examples=examples(40))
@given(
    said=st.integers(0, 30),
    most=st.integers(1, 12),
    number=st.none() | st.integers(0, 10**18),
    before=st.booleans(),
)
def test_a_page_is_what_was_asked_for(
    stores: list[Store], said: int, most: int, number: int | None, before: bool
) -> None:
    """As a plain list would give it, from any number."""
    room, all_ = next(ROOMS), range(1, said + 1)
    if number is None:
        expected = list(all_)[-most:]
    elif before:
        expected = [n for n in all_ if n < number][-most:]
    else:
        expected = [n for n in all_ if n > number][:most]
    where = {} if number is None else {"before" if before else "after": number}
    for store in stores:
        if said:
            result(store.append(drafts(room, *map(str, all_))))
        assert texts(store.page(room, most, **where)) == [str(n) for n in expected]


@pytest.mark.parametrize("long", ["x" * 4000, "日" * 1300, "x" * (2 * PAGE_BYTES)])
def test_a_page_of_long_messages_is_shorter(store: Store, long: str) -> None:
    """It has one at least, and about PAGE_BYTES at the most, from the number on that was asked
    for; whoever asks is told by its size that there may be more."""
    all_ = [f"{number} {long}" if number % 3 else str(number) for number in range(1, 61)]
    result(store.append(drafts("tea", *all_)))
    for where in ({}, {"before": 50}, {"after": 7}):
        page = texts(store.page("tea", 40, **where))
        start, stop = where.get("after", 0), where.get("before", 61) - 1
        meant = all_[start : start + 40] if "after" in where else all_[max(0, stop - 40) : stop]
        some = meant[: len(page)] if "after" in where else meant[-len(page) :]
        assert 1 <= len(page) < 40
        assert page == some
        least = page[:-1] if "after" in where else page[1:]
        assert sum(map(size_of, least)) < PAGE_BYTES <= sum(map(size_of, page))
        assert is_cut(result(store.page("tea", 40, **where)), 40)
    assert not is_cut(result(store.page("tea", 1)), 1)


@pytest.mark.parametrize("text", ["", "it's", '"', "\\", "%s {} $1 :x ?", "日本", "x" * 4000, "🦆"])
def test_a_text_comes_back_as_it_was(store: Store, text: str) -> None:
    """Whatever it looks like to a database."""
    result(store.append([draft("tea", text, "O'Neill"), draft("@a@b", text, "{x}")]))
    assert [(said.user, said.text) for said in result(store.page("tea", 1))] == [("O'Neill", text)]
    assert texts(store.page("@a@b", 1)) == [text]


def test_a_token_is_stored_once(store: Store) -> None:
    """In one batch, and in one after it; the second one is told what was stored."""
    first = draft("tea", "hi", token="t-1")
    again = draft("tea", "something else", "Alice", 2000, "t-1")
    said = result(store.append([first, again, draft("tea", "next")]))
    repeated = Repeated("Tea", "alice", "hi", 1, 1000, "t-1", key="tea")
    assert said == [
        Said("Tea", "alice", "hi", 1, 1000, "t-1", key="tea"),
        repeated,
        Said("Tea", "alice", "next", 2, 1000, key="tea"),
    ]
    assert result(store.append([again])) == [repeated]
    assert [type(each) for each in result(store.append([again, *drafts("tea", "x")]))] == [
        Repeated,
        Said,
    ]
    assert texts(store.page("tea", 9)) == ["hi", "next", "x"]


def test_a_token_is_its_users_and_its_rooms(store: Store) -> None:
    """Somebody else may use the same, and so may oneself elsewhere."""
    batch = [
        draft("tea", "a", token="1"),
        draft("jam", "b", token="1"),
        draft("tea", "c", "bob", token="1"),
        draft("tea", "d", token="2"),
        draft("@alice@bob", "e", token="1"),
    ]
    assert numbers(store.append(batch)) == [1, 1, 2, 3, 1]


def found(store: Store, *scopes: str, words: str) -> list[str]:
    return texts(store.search(scopes, parse(words), 50))


def test_words_are_found(store: Store) -> None:
    """In any case, script and place; phrases, senders; only all of them together."""
    said = [
        "Hello World, it's me",
        "the world says hello",
        "会議は東京で行います",
        "Straße und Ｗｉｄｅ",
        "मुझे हिन्दी पसंद है",
        "a_b c-d foo.bar@example.org",
        "let's meet 🎉 at 10:30",
        "สวัสดีครับ ชาวโลก",
    ]
    result(store.append([draft("tea", text, f"user{at}") for at, text in enumerate(said)]))
    expected = {
        "hello": [0, 1],
        "HELLO world": [0, 1],
        '"hello world"': [0],
        '"world hello"': [],
        "“says hello”": [1],
        "会議": [2],
        "東京 会議": [2],
        "京東": [],
        "strasse": [3],
        "wide": [3],
        "हिन्दी": [4],
        "पसंद": [4],
        "it's": [0],
        "foo.bar": [5],
        "bar": [5],
        "ba": [],
        "b": [5],
        "🎉": [6],
        "10:30": [6],
        "โลก": [7],
        "from:user1 hello": [1],
        "FROM:User1": [1],
        "from:user": [],
    }
    for words, places in expected.items():
        assert (words, found(store, "tea", words=words)) == (words, [said[at] for at in places])


SIGNS = {
    "C++": ["I write C++ daily", "c++11"],
    "c++ from:alice": ["I write C++ daily", "c++11"],
    '"write C++"': ["I write C++ daily"],
    "C#": ["C# and F#"],
    "F#": ["C# and F#"],
    ".NET": ["asp.NET core", "try .net"],
    "-v": ["ls -v", "curl --v"],
    "--force": ["git push --force"],
    "node.js": ["node.js rocks"],
    '"node js"': ["node.js rocks", "node, js"],
    "x=1": ["let x=1"],
    "foo_bar": ["foo_bar"],
    "192.168.0.1": ["192.168.0.1 is up"],
    "@bob": ["hey @bob"],
    "#tea": ["#tea time"],
    "50%": ["50% off"],
    "$HOME": ["echo $HOME"],
    "⭐": ["⭐", "⭐\ufe0f⭐ c"],
    "⭐ c": ["⭐\ufe0f⭐ c"],
    "⭐⭐": ["⭐\ufe0f⭐ c"],
    "€": ["5€ + c"],
    "+": ["I write C++ daily", "c++11", "5€ + c"],
    ":)": ["hi :)"],
    ") :": ["hi :)", "f(x): y"],
    "):": ["f(x): y"],
    "¯\\_(ツ)_/¯": ["¯\\_(ツ)_/¯"],
    "→": ["a → b"],
    "✓": ["✓ done"],
    "∀x": ["∀x ∈ ℝ"],
    "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}": ["the \N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL} here"],
    "\N{WOMAN}\N{GIRL}": ["\N{WOMAN}\N{GIRL}"],
    "👍": ["👍🏽", "👍"],
    "👍🏿": ["👍🏽", "👍"],
    "🇪🇸": ["🇪🇸"],
    "1️⃣": ["step 1️⃣"],
    "1": ["let x=1", "192.168.0.1 is up", "x = 1"],
    "it's": ["it’s me"],
    "it’s": ["it’s me"],
    '"hello, world"': ["hello, world"],
    '"hello world"': ["hello, world", "hello world"],
    "https://a.b/c?d=e#f": ["see https://a.b/c?d=e#f."],
    "!?": ["what!?"],
    "…": ["well..."],
    "—": ["ls -v", "curl --v", "git push --force", "a – b", "-x v"],
    "क": [],
    "कि": ["कि"],
    "กี": ["กี"],
    "ก": [],
}
"""What is searched for, and what is found among all of these, and nothing else."""

BESIDE = ("c and d", "🇩🇪🇸🇪", "-x v", "js node", "@ bob", "x = 1")


def test_signs_are_found_and_narrow(store: Store) -> None:
    """Pictures, symbols and a word's own signs: nothing that was asked for is passed over."""
    said = list(dict.fromkeys([*BESIDE, *(text for texts_ in SIGNS.values() for text in texts_)]))
    result(store.append(drafts("tea", *said)))
    for again in range(2):  # not indexed yet by all, and indexed
        for words, expected in SIGNS.items():
            heard = set(found(store, "tea", words=words))
            assert (words, heard) == (words, {*expected})
        if not again:
            result(store.append(drafts("jam", *["filler"] * (INDEX_MESSAGES + 1))))


FOLDED = [
    ["İstanbul", "istanbul", "ISTANBUL", "ıstanbul", "i\u0307stanbul"],
    ["οδός", "ΟΔΟΣ", "οδοσ"],
    ["École", "ECOLE", "école", "e\u0301cole"],
    ["Straße", "STRASSE", "STRAẞE"],
    ["ﬁne", "fine", "ＦＩＮＥ"],
    ["Ёлка", "елка"],
    ["йод", "и\u0306од"],
    ["иод"],
    ["Łódź", "lodz"],
    ["Ørsted", "orsted"],
    ["Đà", "da"],
    ["Ægir", "aegir"],
    ["أحمد", "احمد", "اَحْمَد", "احـمد"],
    ["שָׁלוֹם", "שלום"],
    ["می‌خواهم", "میخواهم"],
    ["ශ්‍රී", "ශ්රී"],
    ["١٢٣", "123", "۱۲۳", "１２３"],
    ["ｶﾞ", "ガ"],
    ["か"],
    ["が"],
    ["हिन्दी"],
    ["हन्द"],
    ["co\u00adop", "coop"],
]
"""Of each list all are the same to who searches; and no two lists are."""


def test_what_people_think_of_as_one_letter_is_found_as_one(store: Store) -> None:
    """Case, accents, width, optional points: whichever is written and whichever is asked for."""
    result(store.append(drafts("tea", *(text for same in FOLDED for text in same))))
    for same in FOLDED:
        for words in same:
            assert (words, found(store, "tea", words=words)) == (words, same)


TEXTS = st.text(
    st.sampled_from("aİiı+#.-_\"':)(⭐\u200d\ufe0f👩🏽🇩🇪1\u20e3\u0301\u3099かกี\u093fक €\u200bfrom")
    | st.characters(),
    min_size=1,
    max_size=12,
)


@settings(suppress_health_check=SLOW, max_examples=examples(60))
@given(text=TEXTS.map(clean), other=TEXTS.map(clean))
def test_what_was_said_is_found_by_its_text(stores: list[Store], text: str, other: str) -> None:
    """Whatever it is: or the search is refused; and all stores find the same beside it."""
    room = next(ROOMS)
    try:
        query = parse(text)
    except ChatError:
        return
    said = [draft(room, text), draft(room, f"see {text} there"), draft(room, other)]
    heard = []
    for store in stores:
        result(store.append(said))
        heard.append(texts(store.search([room], query, 50)))
    assert heard == heard[:1] * len(stores)
    if not query.user_key:
        assert heard[0][:2] == [text, f"see {text} there"]


def test_what_is_looked_through_for_signs_is_bounded(
    url: str, opened: Callable[[str], SqlStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step reads some messages, and says where to go on; all steps together find all."""
    monkeypatch.setattr("chat.history.sql.database.SEARCH_LOOKS", (3, 5))
    store = opened(url)
    said = ["c++", *["c + +"] * 20, "c++ again", *["c+ +"] * 4]
    result(store.append(drafts("tea", *said)))
    result(store.append(drafts("jam", *["filler"] * INDEX_MESSAGES)))
    hits = result(store.search(["tea"], parse("c++"), 2))
    assert ([one.text for one in hits], hits.rest > 0) == (["c++ again"], True)
    rest, found_, steps = hits.rest, [], 0
    while rest:
        hits = result(store.search(["tea"], parse("c++"), 1, rest))
        found_ += [one.text for one in hits]
        rest, steps = hits.rest, steps + 1
    assert (found_, steps) == (["c++"], 3)


def test_only_where_one_is_something_is_found(store: Store) -> None:
    """A room by its key; conversations by who is one of the two."""
    batch = drafts("tea", "secret 1") + drafts("te", "secret 2") + drafts("jam", "secret 3")
    batch += drafts("@alice@bob", "secret 4") + drafts("@alice@al", "secret 5")
    batch += drafts("a-b", "secret 6") + drafts("a_b", "secret 7")
    result(store.append(batch))
    assert found(store, "tea", words="secret") == ["secret 1"]
    assert found(store, "te", "jam", words="secret") == ["secret 2", "secret 3"]
    assert found(store, "@bob", words="secret") == ["secret 4"]
    assert found(store, "@alice", words="secret") == ["secret 4", "secret 5"]
    assert found(store, "@al", words="secret") == ["secret 5"]
    assert found(store, "a-b", words="secret") == ["secret 6"]
    assert found(store, "@eve", "alice", "@", words="secret") == []
    assert found(store, words="secret") == []


def test_the_last_ones_are_found_in_their_order(store: Store) -> None:
    """Of all rooms together, also where some of them have been indexed and others not yet."""
    many = INDEX_MESSAGES + 20
    for at in range(many):
        key = ("tea", "jam")[at % 2]
        result(store.append([draft(key, f"word {at}", at=1000 + at)]))
    last = [f"word {at}" for at in range(many)]
    assert found(store, "tea", "jam", words="word") == last[-50:]
    assert found(store, "tea", words="word") == last[::2][-50:]
    assert found(store, "tea", "jam", words="0") == ["word 0"]
    assert texts(store.search(["tea", "jam"], parse("word"), 3)) == last[-3:]


WORDS = st.sampled_from(["a", "B", "ab", "あ", "い", "é", "e\u0301", "'", "-", "x y", "AND", "*"])
LINES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
PHRASES = st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(suppress_health_check=SLOW, max_examples=examples(40))
@given(lines=st.lists(LINES, max_size=6), asked=PHRASES, quoted=st.booleans())
def test_a_search_finds_what_matches(
    stores: list[Store], lines: list[str], asked: list[list[str]], quoted: bool
) -> None:
    """Neither more nor less, and the same in every store."""
    room = next(ROOMS)
    mark = '"' if quoted else ""
    try:
        query = parse(" ".join(f"{mark}{' '.join(phrase)}{mark}" for phrase in asked))
    except ChatError:
        return
    expected = [line for line in lines if query.matches("alice", line)]
    for store in stores:
        if lines:
            result(store.append(drafts(room, *lines)))
        assert texts(store.search([room], query, 50)) == expected


@settings(suppress_health_check=SLOW, max_examples=examples(60))
@given(words=st.text(max_size=20) | st.text("ab\"'*:()|&!<>^-+{}[]\\ ", max_size=20))
def test_no_query_is_an_error_of_the_database(stores: list[Store], words: str) -> None:
    """It is refused before it gets there, or it finds something or nothing."""
    try:
        query = parse(words)
    except ChatError:
        return
    for store in stores:
        assert result(store.search(["nowhere"], query, 50)) == []


def test_what_is_too_old_or_too_much_is_forgotten(store: Store) -> None:
    """From the first message on, in small steps; the numbers go on."""
    batch = [draft("tea", f"word {at}", at=at) for at in range(1, 501)]
    result(store.append([*batch, draft("jam", "word", at=450)]))
    assert result(store.counts())[:2] == (2, 501)
    assert sorted(result(store.overdue(451, 10**9))) == ["jam", "tea"]
    assert result(store.overdue(0, 10**9)) == []
    assert result(store.overdue(0, 500)) == []
    assert result(store.overdue(0, 499)) == ["tea"]
    steps = 0
    while result(store.forget("tea", 451, 30)):
        steps += 1
    assert numbers(store.page("tea", 1000)) == list(range(471, 501))
    assert found(store, "tea", "jam", words='"word 470"') == []
    assert len(found(store, "tea", words="word")) == 30
    assert result(store.counts())[:2] == (2, 31)
    assert result(store.forget("jam", 451, 30)) == 1
    assert numbers(store.append(drafts("jam", "x") + drafts("tea", "y"))) == [2, 501]
    assert texts(store.page("jam", 9)) == ["x"]
    assert steps > 1 or isinstance(store, MemoryStore)


@pytest.mark.parametrize("many", [10, INDEX_MESSAGES + 50])
def test_what_is_said_after_all_was_forgotten_is_found(store: Store, many: int) -> None:
    """Also where a database gives the places of what was forgotten again."""
    result(store.append(drafts("jam", "old leaves")))
    result(store.append(drafts("tea", *["old leaves"] * many)))
    while result(store.forget("tea", 2000, 0)):
        pass
    for number in range(3):
        result(store.append([draft("tea", f"fresh leaves {number}", at=2000)]))
        assert len(found(store, "tea", words="leaves")) == number + 1
    assert len(found(store, "jam", "tea", words="leaves")) == 4


def test_a_forgotten_room_is_not_looked_at_again(store: Store) -> None:
    """Where all is forgotten there is nothing overdue."""
    result(store.append(drafts("tea", "a", "b")))
    assert result(store.forget("tea", 2000, 0)) == 2
    assert result(store.overdue(2000, 0)) == []
    assert result(store.forget("tea", 2000, 0)) == 0
    assert result(store.forget("nowhere", 2000, 0)) == 0
    assert (numbers(store.page("tea", 9)), result(store.last("tea"))) == ([], 2)


def test_what_was_stored_is_there_when_the_store_is_opened_again(
    url: str, opened: Callable[[str], SqlStore]
) -> None:
    """Messages, numbers, tokens and words."""
    store = opened(url)
    result(store.append([draft("tea", "hello", token="1"), draft("tea", "world")]))
    result(store.close())
    again = opened(url)
    assert texts(again.page("tea", 9)) == ["hello", "world"]
    assert numbers(again.append([draft("tea", "x", token="1"), draft("tea", "y")])) == [1, 3]
    assert found(again, "tea", words="hello") == ["hello"]


def test_a_query_matches_by_sender_alone() -> None:
    """Without a word everything that one has said."""
    assert Query((), "alice").matches("alice", "whatever")
    assert not Query((), "alice").matches("bob", "alice")
