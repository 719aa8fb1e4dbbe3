"""Which names can be taken for one another by what they look like."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chat.vocabulary import likeness
from chat.vocabulary.errors import ChatError
from chat.vocabulary.likeness import Likenesses, looks, skeleton
from chat.vocabulary.names import username

PIECES = [
    *(
        "bob",
        "BOB",
        "Вob",
        "воb",
        "аАаА",
        "οΟ",
        "νΝ",
        "іІ",
        "1lI|i",
        "0oO",
        "m",
        "rn",
        "É",
        "e\u0301",
    ),
    *("ß", "Жж", "李", "ア", "س", "ס", "ㅏ", "민", "न", "ि", "ส"),
]
"""Letters that look like one another as small letters, as capitals, in both or in none."""

HOMOGLYPHS = {
    "a": "аɑα", "A": "АΑᎪ", "b": "Ьᖯ", "B": "ВΒᏴ", "c": "с", "C": "СᏟ", "e": "еҽ", "E": "ЕΕ",
    "h": "һհ", "H": "НΗ", "n": "ոռ", "N": "Ν", "o": "оοօ", "O": "ОΟՕ", "p": "рρ", "P": "РΡ",
    "T": "ТΤ", "u": "υս", "v": "νѵ", "x": "х", "X": "ХΧ", "y": "уγ", "Y": "ҮΥ",
}  # fmt: skip
"""Letters of other scripts for those of ASCII."""

usernames = st.one_of(
    st.text(st.characters(categories=["L", "Mn", "Mc", "Nd"]), min_size=1, max_size=32),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join),
)


def shown(word: str) -> str:
    """A name as it would be shown, if it is one."""
    try:
        return username(word).shown
    except ChatError:
        assume(False)
        raise


def are_alike(one: str, other: str) -> bool:
    return not looks(username(one).shown).isdisjoint(looks(username(other).shown))


@pytest.mark.parametrize(
    ("trick", "name"),
    [
        ("аdmin", "admin"),  # Cyrillic
        ("раураl", "paypal"),
        ("сосо", "coco"),  # all Cyrillic
        ("οscar", "oscar"),  # Greek
        ("ａdmin", "аdmin"),  # full width
        ("ɡооɡle", "google"),
        ("rnike", "mike"),
        ("b0b", "bob"),
        ("B0B", "bob"),
        ("a1ice", "alice"),
        ("a|ice", "alice"),
        ("aIice", "alice"),
        ("aIice", "ALICE"),
        ("ɑlIce", "alice"),  # as alIce; the capital of that a is no A
        ("lvan", "ivan"),  # as Ivan
        ("mr_lvan", "mr_ivan"),
        ("ADMlN", "admin"),
        ("AI", "Al"),
        ("Аdmin", "ADMIN"),
        ("АDMIN", "admin"),
        ("Вob", "Bob"),  # в does not look like b
        ("Вob", "bob"),
        ("вob", "Bob"),
        ("ВОВ", "bob"),
        ("Νick", "nick"),  # Greek Nu: like N
        ("νera", "vera"),  # and like v
        ("johnνoΒ", "johnvob"),
        ("іvan", "Ivan"),  # Cyrillic
        ("Іvan", "lvan"),
        ("Жyк", "жук"),  # Latin y among Cyrillic letters
        ("ロ", "口"),  # Katakana, and Chinese
    ],
)
def test_names_that_people_can_not_tell_apart_are_alike(trick: str, name: str) -> None:
    """Whatever the script, and whether it is the small letters or the capitals that deceive."""
    assert username(trick).key != username(name).key
    assert are_alike(trick, name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zoë", "Zoe"),
        ("müller", "muller"),
        ("José", "Jose"),
        ("Łukasz", "Lukasz"),
        ("Øre", "Ore"),
        ("ő", "ö"),
        ("Neil", "Nell"),
        ("Kai", "Kal"),
        ("Lian", "Ilan"),
        ("Vera", "Nera"),
        ("Иван", "Ivan"),
        ("Галя", "Валя"),
        ("Гром", "Уром"),
        ("Ирина", "Арина"),
        ("Νίκος", "Nikos"),
        ("李", "季"),
        ("李雷", "李霄"),
        ("アリス", "アリサ"),
        ("ハン", "パン"),
        ("민수", "민지"),
        ("אליס", "אלון"),
        ("سارة", "سمر"),
        ("ياسر", "باسر"),
        ("राम", "रमा"),
        ("สมชาย", "สมหญิง"),
    ],
)
def test_honest_names_are_not_alike(one: str, other: str) -> None:
    """Accents tell names apart, and so does every letter that people can see to be another one."""
    assert not are_alike(one, other)


@given(st.text("abcehnopuvxyABCEHNOPTXYdgkszDGKSZ", min_size=1, max_size=12), st.data())
def test_no_mixture_of_foreign_letters_deceives(name: str, data: st.DataObject) -> None:
    """Each letter may be any that looks like it, in any case: the name is recognised."""
    trick = "".join(data.draw(st.sampled_from(c + HOMOGLYPHS.get(c, ""))) for c in name)
    assert are_alike(trick, name)
    assert are_alike(trick, name.lower())


@given(usernames)
def test_a_name_looks_like_itself_in_any_case(word: str) -> None:
    """One name in small letters and in capitals is one name for the guard too."""
    name = shown(word)
    for other in (name.lower(), name.upper(), name.title(), username(name).key):
        if len(other) <= 32 and username(name).key == username(other).key:
            assert are_alike(name, other)
    assert skeleton(name) in looks(name)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=33)))
def test_a_skeleton_is_its_own(word: str) -> None:
    """What is made the same as something else is that already."""
    assert skeleton(skeleton(word)) == skeleton(word)


def test_ascii_is_as_the_standard_has_it() -> None:
    """Names in ASCII do not ask the standard's table, and are compared with others that do."""
    table = likeness._confusables()
    allowed = [c for c in map(chr, range(33, 127)) if c.isalnum() or c in "_[]{}|^`.+'-"]
    assert {c: likeness._drawn(c) for c in allowed} == {c: table.get(ord(c), c) for c in allowed}


def test_the_table_is_the_standard_one() -> None:
    """All of it is there, and one character stands for all that look like it."""
    table = likeness._confusables()
    assert len(table) > 6000
    assert [skeleton(c) for c in "аΑ𝐚ⅼוا١ɱ"] == ["a", "a", "a", "l", "l", "l", "l", "rn̦"]
    assert skeleton("\u05ad") == skeleton("\u0596")


def test_names_in_ascii_need_no_table() -> None:
    """It is a megabyte, and is read when a name asks for it."""
    likeness._confusables.cache_clear()
    names = Likenesses()
    names.add("bob")
    assert not names.is_taken("b0b")
    assert likeness._confusables.cache_info().currsize == 0


def test_a_name_that_looks_like_one_in_use_is_taken() -> None:
    """Until that one is free again. Whoever has the name does not take it from itself."""
    names = Likenesses()
    names.add("admin")
    assert names.is_taken("аdmin")
    assert not names.is_taken("admin")
    assert not names.is_taken("ADMIN")
    names.remove("admin")
    assert not names.is_taken("аdmin")


def test_a_foreign_name_guards_itself_as_well() -> None:
    """Who comes second is refused, whichever name is the honest one."""
    names = Likenesses()
    names.add("сосо")
    assert names.is_taken("coco")
    assert not names.is_taken("kiki")


def test_guests_in_ascii_may_look_like_one_another() -> None:
    """user1 and userl are two names, as they have always been; strictly they are alike."""
    names, strict = Likenesses(), Likenesses(is_strict=True)
    names.add("user1")
    strict.add("user1")
    assert not names.is_taken("userl")
    assert strict.is_taken("userl")
    assert not strict.is_taken("USER1")
    assert not strict.is_taken("user2")


@given(
    st.booleans(),
    st.lists(st.tuples(st.booleans(), st.sampled_from(["al", "AI", "Al", "АI", "аl", "аІ", "李"]))),
    usernames,
)
def test_taken_is_what_looks_like_another_one_in_use(
    is_strict: bool, steps: list[tuple[bool, str]], word: str
) -> None:
    """However names come, go, and come twice."""
    names = Likenesses(is_strict)
    here: list[str] = []
    for comes, name in steps:
        if comes:
            names.add(name)
            here.append(name)
        elif name in here:
            names.remove(name)
            here.remove(name)
        for asked in (name, shown(word)):
            others = [
                other
                for other in here
                if username(other).key != username(asked).key
                and (is_strict or not (asked + other).isascii())
            ]
            assert names.is_taken(asked) == any(are_alike(asked, other) for other in others)
