"""What every store promises about accounts, in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from chat.history.account_records import AccountChanges, AccountStore, Bookmark, Record
from chat.history.sql.store import SqlStore
from chat.history.store import Store, StoreError
from chat.vocabulary.events import Draft
from tests.contracts.drafts import draft, drafts, texts
from tests.soaking import examples
from tests.turning import result

NAMES = (f"user{number}" for number in count())
SLOW = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def away(key: str, text: str, account: str, user: str = "bob", token: str = "") -> Draft:
    """What somebody says to an account of which nobody is here."""
    return Draft(key, key, user, user.lower(), text, 1000, token, account)


def made(store: Store, name: str = "Alice", since: int = 5, password: str = "hash") -> AccountStore:
    """The accounts of a store, after one was made."""
    assert result(store.accounts.create(name.lower(), name, password, since))
    return store.accounts


def places(store: Store, key: str = "alice") -> list[Bookmark]:
    return result(store.accounts.bookmarks(key))


def place(store: Store, key: str, account: str = "alice") -> Bookmark:
    (found,) = (each for each in places(store, account) if each.key == key)
    return found


# --- who owns a name -----------------------------------------------------------------------


def test_an_account_is_made_once(store: Store) -> None:
    """Whoever is second is told so, and nothing has changed."""
    accounts = store.accounts
    assert result(accounts.create("alice", "Alice", "hash", 5)) is True
    before = result(accounts.changes())
    assert before.records == [Record("alice", "Alice", 5)]
    assert result(accounts.create("alice", "ALICE", "other", 9)) is False
    assert result(accounts.password("alice")) == "hash"
    assert result(accounts.changes()).records == before.records


def test_a_hash_is_found_by_its_account(store: Store) -> None:
    """None where there is none, or no such account."""
    made(store)
    result(store.accounts.create("bob", "bob", None, 5))
    asked = [store.accounts.password(key) for key in ("alice", "bob", "carol")]
    assert [result(each) for each in asked] == ["hash", None, None]


def test_a_hash_replaces_the_one_that_it_was_made_for(store: Store) -> None:
    """Not one that somebody else has put there meanwhile; nobody has to prove anything for it."""
    accounts = made(store)
    before = result(accounts.changes())
    assert result(accounts.set_password("alice", "hash", "better")) is True
    assert result(accounts.set_password("alice", "hash", "mine")) is False
    assert result(accounts.set_password("carol", "hash", "mine")) is False
    assert result(accounts.password("alice")) == "better"
    assert result(accounts.changes()) == before
    result(accounts.create("bob", "bob", None, 5))
    assert result(accounts.set_password("bob", "None", "mine")) is False


def test_a_name_that_is_given_up_is_nobodys(store: Store) -> None:
    """It is still known from when on nobody owns what was said to it. Places are forgotten,
    messages are not; it may become an account's again, with nothing of the old one."""
    accounts = made(store)
    result(store.append([*drafts("tea", "a"), away("@alice@bob", "psst", "alice")]))
    result(accounts.join("alice", {"tea": "Tea"}))
    result(accounts.give_up("alice", 70))
    (record,) = result(accounts.changes()).records
    assert record == Record("alice", "Alice", 70, is_owned=False)
    assert result(accounts.password("alice")) is None
    assert result(accounts.set_password("alice", "hash", "mine")) is False
    assert places(store) == []
    assert texts(store.page("@alice@bob", 9)) == ["psst"]
    result(accounts.join("alice", {"tea": "Tea"}))
    result(accounts.mark("alice", {"tea": ("Tea", 1)}))
    result(accounts.wait("alice", "@alice@bob", "@bob", 1))
    result(accounts.begin("alice", "@alice@bob", "@bob", 1))
    result(store.append([away("@alice@bob", "psst", "alice")]))
    assert places(store) == []
    assert result(accounts.create("alice", "alice", "new", 90)) is True
    assert result(accounts.changes()).records == [Record("alice", "alice", 90)]
    assert result(accounts.password("alice")) == "new"
    assert places(store) == []


def test_to_give_up_what_is_no_account_changes_nothing(store: Store) -> None:
    """Neither a name that nobody had, nor one that was given up before."""
    accounts = made(store)
    result(accounts.give_up("carol", 60))
    result(accounts.give_up("alice", 70))
    result(accounts.give_up("alice", 80))
    assert result(accounts.changes()).records == [Record("alice", "Alice", 70, is_owned=False)]


def test_changes_are_told_from_where_one_has_been(store: Store) -> None:
    """All there is at first, and then only what has changed since."""
    accounts = store.accounts
    empty = result(accounts.changes())
    assert (empty.records, empty.is_all) == ([], True)
    made(store, "Alice")
    made(store, "Bob")
    first = result(accounts.changes(empty.revision))
    assert [record.name for record in first.records] == ["Alice", "Bob"]
    assert not first.is_all
    assert result(accounts.changes(first.revision)) == AccountChanges(first.revision, [], False)
    result(accounts.give_up("alice", 70))
    second = result(accounts.changes(first.revision))
    assert [record.key for record in second.records] == ["alice"]
    assert second.revision > first.revision
    whole = result(accounts.changes())
    assert {record.key for record in whole.records} == {"alice", "bob"}
    assert (whole.revision, whole.is_all) == (second.revision, True)


def test_two_stores_on_one_database_see_each_others_changes(
    url: str, opened: Callable[[str], SqlStore]
) -> None:
    """A server takes up what another program has changed."""
    here, there = opened(url), opened(url)
    seen = result(here.accounts.changes()).revision
    made(there)
    changes = result(here.accounts.changes(seen))
    assert changes.records == [Record("alice", "Alice", 5)]
    assert not result(here.accounts.create("alice", "Alice", "other", 6))
    result(here.accounts.join("alice", {"tea": "Tea"}))
    assert place(there, "tea").is_joined


# --- places --------------------------------------------------------------------------------


def test_a_room_that_becomes_a_place_is_read_up_to_its_last_message(store: Store) -> None:
    """Also one in which nothing was said. What is said afterwards is unread."""
    accounts = made(store)
    result(store.append(drafts("tea", "a", "b")))
    result(accounts.join("alice", {"tea": "Tea", "jam": "Jam"}))
    result(store.append(drafts("tea", "c") + drafts("jam", "d")))
    assert places(store) == [
        Bookmark("tea", "Tea", True, 2, 0, 3),
        Bookmark("jam", "Jam", True, 0, 0, 1),
    ]


def test_a_room_that_was_left_is_still_a_place(store: Store) -> None:
    """What was said in it meanwhile is unread for whoever comes back."""
    accounts = made(store)
    result(store.append(drafts("tea", "a")))
    result(accounts.join("alice", {"tea": "Tea"}))
    result(accounts.leave("alice", "tea"))
    assert places(store) == [Bookmark("tea", "Tea", False, 1, 0, 1)]
    result(store.append(drafts("tea", "b")))
    result(accounts.join("alice", {"tea": "TEA"}))
    assert places(store) == [Bookmark("tea", "TEA", True, 1, 0, 2)]
    result(accounts.leave("alice", "nowhere"))
    assert len(places(store)) == 1


def test_places_come_in_the_order_in_which_they_became_such(store: Store) -> None:
    """Whatever made them so, and whatever happened to them afterwards."""
    accounts = made(store)
    result(store.append(drafts("m", "a")))
    result(accounts.join("alice", {"z": "z", "b": "b"}))
    result(accounts.mark("alice", {"m": ("m", 1)}))
    result(store.append([away("@alice@bob", "psst", "alice")]))
    result(accounts.begin("alice", "@alice@carol", "@carol", 1))
    result(accounts.wait("alice", "@alice@al", "@al", 1))
    result(accounts.leave("alice", "z"))
    result(accounts.join("alice", {"a": "a", "z": "z"}))
    expected = ["z", "b", "m", "@alice@bob", "@alice@carol", "@alice@al", "a"]
    assert [each.key for each in places(store)] == expected


def test_what_was_read_only_grows_up_to_the_last_message(store: Store) -> None:
    """A smaller number, and one that no message has, change nothing beyond those."""
    accounts = made(store)
    result(store.append(drafts("tea", *"abcd") + drafts("jam", "x")))
    result(accounts.mark("alice", {"tea": ("Tea", 3)}))
    assert places(store) == [Bookmark("tea", "Tea", False, 3, 0, 4)]
    result(accounts.mark("alice", {"tea": ("Tea", 1), "jam": ("Jam", 10**15)}))
    assert [each.read for each in places(store)] == [3, 1]
    result(accounts.mark("alice", {"tea": ("Tea", 10**15), "nowhere": ("Nowhere", 1)}))
    assert [(each.key, each.read) for each in places(store)] == [("tea", 4), ("jam", 1)]


def test_an_accounts_places_are_its_own(store: Store) -> None:
    """What one reads, joins, and is told is nobody else's; who has no account has no places."""
    made(store, "Alice")
    made(store, "Bob")
    result(store.append(drafts("tea", "a", "b")))
    for name in ("alice", "bob", "carol"):
        result(store.accounts.join(name, {"tea": "Tea"}))
    result(store.append(drafts("tea", "c")))
    result(store.accounts.mark("bob", {"tea": ("Tea", 3)}))
    result(store.accounts.leave("bob", "tea"))
    read = {key: [(p.read, p.is_joined) for p in places(store, key)] for key in ("alice", "bob")}
    assert read == {"alice": [(2, True)], "bob": [(3, False)]}
    assert places(store, "carol") == []


def test_many_places_at_once(store: Store) -> None:
    """As many as a user may have rooms."""
    accounts = made(store)
    rooms = {f"room{number}": f"Room{number}" for number in range(300)}
    result(store.append([draft(key, "x") for key in rooms]))
    result(accounts.join("alice", rooms))
    result(store.append([draft(key, "y") for key in rooms]))
    result(accounts.mark("alice", {key: (name, 2) for key, name in rooms.items()}))
    expected = [Bookmark(key, name, True, 2, 0, 2) for key, name in rooms.items()]
    assert places(store) == expected


# --- what waits ----------------------------------------------------------------------------


def test_what_is_said_to_who_is_away_waits_from_its_first_message_on(store: Store) -> None:
    """The conversation is a place then, called by the other's name, read up to what came before."""
    made(store)
    result(store.append([draft("@alice@bob", "seen", "Bob"), away("@alice@bob", "a", "alice")]))
    result(store.append([away("@alice@bob", "b", "alice", "Bob"), *drafts("@alice@bob", "c")]))
    assert places(store) == [Bookmark("@alice@bob", "@Bob", False, 1, 2, 4)]
    result(store.append([away("@alice@carol", "x", "alice", "Carol")] * 3))
    assert place(store, "@alice@carol") == Bookmark("@alice@carol", "@Carol", False, 0, 1, 3)


def test_what_waits_leaves_what_was_read_as_it_is(store: Store) -> None:
    """Of a conversation that was a place before."""
    accounts = made(store)
    result(store.append([draft("@alice@bob", text) for text in "abcd"]))
    result(accounts.mark("alice", {"@alice@bob": ("@bob", 2)}))
    result(store.append([away("@alice@bob", "e", "alice")]))
    assert places(store) == [Bookmark("@alice@bob", "@bob", False, 2, 5, 5)]


def test_what_was_stored_before_waits_for_nobody(store: Store) -> None:
    """A message that is sent again with its token was told, or waits, already."""
    accounts = made(store)
    first = away("@alice@bob", "a", "alice", token="t")
    result(store.append([first, first]))
    result(accounts.told("alice", "@alice@bob", 1))
    result(store.append([first]))
    assert places(store) == [Bookmark("@alice@bob", "@bob", False, 0, 0, 1)]


def test_for_who_has_no_account_nothing_waits(store: Store) -> None:
    """The message is stored all the same."""
    made(store)
    batch = [away("@al@bob", "a", "al"), away("@alice@bob", "b", "alice")]
    assert [said.text for said in result(store.append(batch))] == ["a", "b"]
    assert places(store, "al") == []
    assert [each.key for each in places(store)] == ["@alice@bob"]


def test_what_waits_for_many_is_noted_for_each(store: Store) -> None:
    """In one batch, in any order."""
    names = ["dora", "alice", "carol"]
    for name in names:
        made(store, name)
    keys = [f"@bob@{name}" if name > "bob" else f"@{name}@bob" for name in names]
    pairs = list(zip(names, keys, strict=True))
    result(store.append([away(key, "a", name) for name, key in pairs]))
    result(store.append([away(key, "b", name) for name, key in [*pairs, *pairs[::-1]]]))
    assert [places(store, name) for name in names] == [
        [Bookmark(key, "@bob", False, 0, 1, 3)] for key in keys
    ]


def test_what_was_told_does_not_wait_any_more(store: Store) -> None:
    """Up to that number; what waits behind it still does, what waits for nothing is not told."""
    accounts = made(store)
    result(store.append([away("@alice@bob", text, "alice") for text in "abcde"]))
    waiting = []
    for number in (0, 2, 1, 3, 5, 4):
        result(accounts.told("alice", "@alice@bob", number))
        waiting.append(place(store, "@alice@bob").waiting)
    assert waiting == [1, 3, 3, 4, 0, 0]
    result(accounts.told("alice", "@alice@nobody", 5))
    result(accounts.told("carol", "@alice@bob", 5))


def test_what_was_told_at_once_does_not_wait(store: Store) -> None:
    """What is said while what waited is being told was heard; only what is said to who is away
    again waits behind it."""
    accounts = made(store)
    result(store.append([away("@alice@bob", "a", "alice"), draft("@alice@bob", "heard", "bob")]))
    result(accounts.told("alice", "@alice@bob", 1))
    assert place(store, "@alice@bob").waiting == 0
    result(store.append([away("@alice@bob", "c", "alice"), draft("@alice@bob", "heard", "bob")]))
    result(store.append([away("@alice@bob", "e", "alice")]))
    result(accounts.told("alice", "@alice@bob", 3))
    assert place(store, "@alice@bob").waiting == 4


def test_a_conversation_waits_from_the_earliest_number(store: Store) -> None:
    """Unless it waits from an earlier one already; one that was no place is read up to there."""
    accounts = made(store)
    result(store.append([draft("@alice@bob", text, "bob") for text in "abcdef"]))
    waiting = []
    for number in (4, 5, 2):
        result(accounts.wait("alice", "@alice@bob", "@bob", number))
        waiting.append(place(store, "@alice@bob").waiting)
    assert waiting == [4, 4, 2]
    assert place(store, "@alice@bob").read == 3
    result(accounts.told("alice", "@alice@bob", 5))
    assert place(store, "@alice@bob").waiting == 6  # all from that number on
    result(accounts.told("alice", "@alice@bob", 6))
    assert place(store, "@alice@bob").waiting == 0
    result(accounts.wait("alice", "@alice@bob", "@bob", 3))
    assert place(store, "@alice@bob").waiting == 3


def test_a_conversation_begins_unread_once(store: Store) -> None:
    """Afterwards nothing changes about it."""
    accounts = made(store)
    result(store.append([draft("@alice@bob", text, "bob") for text in "abc"]))
    result(accounts.begin("alice", "@alice@bob", "@bob", 3))
    assert places(store) == [Bookmark("@alice@bob", "@bob", False, 2, 0, 3)]
    result(accounts.begin("alice", "@alice@bob", "@BOB", 1))
    assert places(store) == [Bookmark("@alice@bob", "@bob", False, 2, 0, 3)]
    result(accounts.begin("carol", "@bob@carol", "@bob", 1))
    assert places(store, "carol") == []


KEY = "@alice@bob"
STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["say", "away"]), st.just(0)),
        st.tuples(st.sampled_from(["wait", "told", "mark", "begin"]), st.integers(1, 9)),
    ),
    max_size=12,
)


@settings(suppress_health_check=SLOW, max_examples=examples(60))
@given(steps=STEPS)
def test_all_stores_keep_the_same(stores: list[Store], steps: list[tuple[str, int]]) -> None:
    """Whatever happens to a conversation, in any order."""
    name = next(NAMES)
    key, account = f"@bob@{name}", name
    found = []
    for store in stores:
        accounts = made(store, account)
        for step, number in steps:
            done: Deferred[object]
            if step in ("say", "away"):
                done = store.append([away(key, "x", account if step == "away" else "")])
            elif step == "mark":
                done = accounts.mark(account, {key: ("@bob", number)})
            elif step == "told":
                done = accounts.told(account, key, number)
            else:
                done = getattr(accounts, step)(account, key, "@bob", number)
            result(done)
        found.append(places(store, account))
    assert found[0] == found[1] == found[2]


# --- mentions ------------------------------------------------------------------------------


def mentions(
    store: Store, unread: dict[str, int], most: int = 50, key: str = "alice", name: str = "Alice"
) -> dict[str, int]:
    return result(store.accounts.mentions(key, name, unread, most))


def test_who_is_named_is_counted(store: Store) -> None:
    """As a word, in any case; behind what was read; not by oneself, not elsewhere."""
    made(store)
    said = ["alice", "hi ALICE!", "malice", "@Alice?", "nobody"]
    batch = [draft("tea", text, "bob", at) for at, text in enumerate(said)]
    batch += [draft("jam", "alice", "bob", 10), draft("jam", "alice", "Alice", 11)]
    batch += [draft("bun", "alice", "bob", 12), draft("rye", "nobody", "bob", 13)]
    result(store.append(batch))
    assert mentions(store, {"tea": 1, "jam": 0, "rye": 0}) == {"tea": 2, "jam": 1, "rye": 0}
    assert mentions(store, {}) == {}


def test_who_is_named_in_ones_conversations_is_counted(store: Store) -> None:
    """In those that are asked for, and in no others."""
    made(store)
    keys = ["@alice@bob", "@al@alice", "@alice@carol", "@bob@carol", "@alice@alice"]
    batch = [draft(key, "alice", "bob", at) for at, key in enumerate(keys)]
    result(store.append([*batch, draft("@alice@bob", "alice", "alice", 9)]))
    unread = {"@alice@bob": 0, "@al@alice": 0, "@alice@alice": 0}
    assert mentions(store, unread) == {"@alice@bob": 1, "@al@alice": 1, "@alice@alice": 0}
    assert mentions(store, {"@alice@alice": 0}) == {"@alice@alice": 0}


@pytest.mark.parametrize("many", [30, 600])
def test_only_so_many_mentions_are_counted(store: Store, many: int) -> None:
    """The last ones, of all places together, whether they are indexed yet or not."""
    made(store)
    for at in range(many):
        key = ("tea", "jam", "elsewhere")[at % 3]
        result(store.append([draft(key, "alice", "bob", at)]))
    assert mentions(store, {"tea": 0, "jam": 0}, 7) in ({"tea": 4, "jam": 3}, {"tea": 3, "jam": 4})
    third = many // 3
    assert mentions(store, {"tea": 0, "jam": 0}, 10**6) == {"tea": third, "jam": third}
    assert mentions(store, {"tea": third - 1}, 10**6) == {"tea": 1}


def test_a_name_without_a_word_is_named_nowhere(store: Store) -> None:
    """There are names that no text is searched for."""
    made(store, "_")
    result(store.append([draft("tea", "_ _", "bob")]))
    assert mentions(store, {"tea": 0}, key="_", name="_") == {"tea": 0}


# --- order and failure ---------------------------------------------------------------------


def test_what_is_asked_for_sees_what_was_asked_for_before(store: Store) -> None:
    """Nobody has to wait for one thing to ask for the next."""
    accounts = store.accounts
    asked: list[Deferred[object]] = [
        accounts.create("alice", "Alice", "hash", 5),
        accounts.password("alice"),
        store.append([away("@alice@bob", "a", "alice")]),
        accounts.bookmarks("alice"),
        accounts.told("alice", "@alice@bob", 1),
        store.append([away("@alice@bob", "b", "alice")]),
        accounts.bookmarks("alice"),
        accounts.set_password("alice", "hash", "better"),
        accounts.password("alice"),
        accounts.give_up("alice", 9),
        accounts.bookmarks("alice"),
        accounts.password("alice"),
        accounts.changes(),
    ]
    found = [result(each) for each in asked]
    assert found[1] == "hash"
    assert found[3] == [Bookmark("@alice@bob", "@bob", False, 0, 1, 1)]
    assert found[6] == [Bookmark("@alice@bob", "@bob", False, 0, 2, 2)]
    assert (found[8], found[10], found[11]) == ("better", [], None)
    assert isinstance(found[12], AccountChanges)
    assert [record.is_owned for record in found[12].records] == [False]


def test_accounts_are_there_when_the_store_is_opened_again(
    url: str, opened: Callable[[str], SqlStore]
) -> None:
    """With their places, and where their changes were."""
    store = opened(url)
    accounts = made(store)
    result(store.append([away("@alice@bob", "a", "alice")]))
    result(accounts.join("alice", {"tea": "Tea"}))
    before, revision = places(store), result(accounts.changes()).revision
    result(store.close())
    again = opened(url)
    assert places(again) == before
    assert result(again.accounts.changes(revision)) == AccountChanges(revision, [], False)
    assert result(again.accounts.password("alice")) == "hash"


def test_a_store_that_cannot_do_it_says_so(url: str, opened: Callable[[str], SqlStore]) -> None:
    """All questions fail with StoreError, and the hash is not in its text."""
    store = opened(url)
    accounts = made(store)
    hashed = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g"
    result(store._write(lambda link: link.driver.execute("ALTER TABLE accounts RENAME TO gone")))
    asked: list[Deferred[object]] = [
        accounts.changes(),
        accounts.create("bob", "bob", hashed, 5),
        accounts.password("alice"),
        accounts.set_password("alice", hashed, hashed),
        accounts.give_up("alice", 5),
        accounts.bookmarks("alice"),
        accounts.join("alice", {"tea": "Tea"}),
        accounts.leave("alice", "tea"),
        accounts.mark("alice", {"tea": ("Tea", 1)}),
        accounts.wait("alice", "@alice@bob", "@bob", 1),
        accounts.begin("alice", "@alice@bob", "@bob", 1),
        accounts.told("alice", "@alice@bob", 1),
    ]
    for question in asked:
        with pytest.raises(StoreError) as refused:
            result(question)
        told = [str(refused.value), repr(refused.value), repr(refused.value.__cause__)]
        assert "argon2id" not in f"{told} {refused.value.__cause__}"
    with pytest.raises(StoreError):
        result(store.append([away("@alice@bob", "b", "alice")]))
    assert texts(store.page("@alice@bob", 9)) == []
    result(store._write(lambda link: link.driver.execute("ALTER TABLE gone RENAME TO accounts")))
    assert result(accounts.password("alice")) == "hash"


def test_reading_on(store: Store) -> None:
    """Only where what was read joins up; a place that is new is read up to there."""
    accounts = made(store)
    result(store.append(drafts("tea", *"abcdef")))
    result(accounts.mark("alice", {"tea": ("Tea", 2)}))
    result(accounts.read_on("alice", "tea", "Tea", 3, 5))
    assert read(accounts) == {"tea": 2}
    result(accounts.read_on("alice", "tea", "Tea", 2, 5))
    result(accounts.read_on("alice", "tea", "Tea", 0, 3))
    assert read(accounts) == {"tea": 5}
    result(store.append(drafts("jam", "a", "b")))
    result(accounts.read_on("alice", "jam", "Jam", 1, 2))
    result(accounts.read_on("bob", "jam", "Jam", 0, 2))
    assert read(accounts) == {"tea": 5, "jam": 2}


def read(accounts: AccountStore) -> dict[str, int]:
    """How far alice has read her places."""
    return {place.key: place.read for place in result(accounts.bookmarks("alice"))}


def test_many_changes_at_once_are_made_in_their_order(store: Store) -> None:
    """And what is asked behind them sees them all."""
    accounts = made(store)
    rooms = [f"r{at}" for at in range(100)]
    for room in rooms:
        accounts.join("alice", {room: room})
    for room in rooms[::2]:
        accounts.leave("alice", room)
    found = result(accounts.bookmarks("alice"))
    assert [place.key for place in found] == rooms
    assert [place.key for place in found if place.is_joined] == rooms[1::2]
