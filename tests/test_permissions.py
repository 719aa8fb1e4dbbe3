"""Who may do what: every verb, by everybody, in every state, does what the document says."""

from __future__ import annotations

import pytest

from chat.dialects.login_style import LOGIN
from chat.dialects.newcomer import NEWCOMER
from chat.dialects.rooms_style import ROOMS
from chat.history.room_records import SERVER, SanctionKind
from chat.moderation.rules import RULES, Role, Where
from tests.accounts.owning import PASSWORD, owned
from tests.accounts.setting import result
from tests.people import Visitor
from tests.permissions.attempt import outcome_of
from tests.permissions.document import (
    COMING_BACK,
    made,
    made_of_coming_back,
    read,
    table,
    titles,
)
from tests.permissions.forms import FORMS, Form
from tests.permissions.playing import WAYS, asked_about, coming_back, tried, tried_by
from tests.permissions.scene import NAMES, Scene, State
from tests.permissions.states import (
    BANNED,
    BANNED_EVERYWHERE,
    DISABLED,
    INVITED,
    MODERATED,
    MUTED,
    MUTED_EVERYWHERE,
    OUTSIDE,
    PLAIN,
    PRIVATE,
    RAID,
    RAID_EVERYWHERE,
    SLOW,
    STATES,
    UNCLAIMED,
    both,
    sanctioned,
)

STYLES = ["login", "rooms"]
SOMEBODY = [role for role in Role if role is not Role.NOBODY]

by_title = pytest.mark.parametrize("state", STATES, ids=lambda state: state.title)
in_both_styles = pytest.mark.parametrize("style", STYLES)
for_each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.title)


# What is tried, and what the document has


def test_the_rules_are_for_the_verbs_that_there_are() -> None:
    """A verb without a rule, or a rule without a verb, is a mistake."""
    styles = [NEWCOMER, LOGIN, ROOMS, LOGIN.stamps["on"], ROOMS.stamps["on"]]
    assert {verb for style in styles for verb in style.verbs} == {*RULES}


def test_every_verb_is_tried_in_each_of_its_forms() -> None:
    """Those that can both show and set something, and those that are for the server as well."""
    assert {form.verb for form in FORMS} == {*RULES}
    both_ways = {verb for verb, rule in RULES.items() if rule.shows is not None}
    assert {form.verb for form in FORMS if form.is_setting} == both_ways
    assert {form.verb for form in FORMS if form.is_showing} == both_ways
    assert len({form.title for form in FORMS}) == len(FORMS)


def test_the_document_has_a_table_for_each_state() -> None:
    """No pair is left out: each of them has every command and every role."""
    assert titles() == [*(state.title for state in STATES), COMING_BACK]
    for state in STATES:
        outcomes = read(state.title)
        assert [*outcomes] == [form.title for form in FORMS]
        assert all([*cells] == [*Role] for cells in outcomes.values())
        assert all(cell for cells in outcomes.values() for cell in cells.values())


@in_both_styles
@by_title
def test_what_comes_of_it_is_what_the_document_says(state: State, style: str) -> None:
    """Where it is not, this test shows the table to put there; python -m tests.permissions does
    it. That who is refused has changed nothing, and nobody else has heard of it, is seen there."""
    lines = made(state.title, tried(state, style))
    assert table(state.title) == lines, "\n".join(lines)


def test_whoever_comes_back_comes_in_where_the_document_says() -> None:
    """Nobody gets in again by going away."""
    outcomes = {(state.title, way): coming_back(state, way) for state in STATES for way in WAYS}
    lines = made_of_coming_back(outcomes)
    assert table(COMING_BACK) == lines, "\n".join(lines)


# The document and the rules


ALREADY = {
    "AUTH": "already-logged-in",
    "LOGIN": "already-logged-in",
    "REGISTER": "already-registered",
    "CLAIM": "room-claimed",
}
"""What may be refused to those who may use the verb."""


@for_each_form
def test_the_document_has_who_may_use_a_verb_as_the_rules_do(form: Form) -> None:
    """From the role on that the rules name it is done; below it is refused as fits."""
    least = form.rule.shows if form.is_showing and form.rule.shows else form.rule.who
    if form.is_everywhere:
        least = Role.OPERATOR
    for role, outcome in read(PLAIN.title)[form.title].items():
        if role >= least:
            assert outcome == "ok" or outcome == ALREADY[form.verb]
        elif role is Role.NOBODY:
            assert outcome == "not-logged-in"
        elif form.verb in ALREADY:
            assert outcome in ("account-required", ALREADY[form.verb])
        else:
            assert outcome == ("account-required" if least is Role.ACCOUNT else "not-allowed")


@for_each_form
def test_the_document_has_what_is_free_in_a_room_that_is_nobodys(form: Form) -> None:
    """There the rules name another role."""
    if not form.is_about_room or form.is_showing or form.rule.where is Where.NOWHERE:
        return
    for role, outcome in read(UNCLAIMED.title)[form.title].items():
        if role in SOMEBODY and role not in UNCLAIMED.impossible and role < form.rule.free:
            assert outcome in ("not-claimed", "not-allowed", "account-required")
        elif role in (Role.GUEST, Role.ACCOUNT):
            assert outcome == "ok"


@for_each_form
def test_the_document_has_who_may_not_speak_as_the_rules_do(form: Form) -> None:
    """What speaks is refused to the muted, and to all but moderators in a moderated room; nothing
    else is."""
    speaks = form.rule.speaks and not form.is_showing
    for state in (MUTED, MUTED_EVERYWHERE, MODERATED):
        outcomes = read(state.title)[form.title]
        for role, before in read(PLAIN.title)[form.title].items():
            is_silent = role < (Role.MODERATOR if state is MODERATED else Role.OPERATOR)
            is_there = form.is_about_room or state is MUTED_EVERYWHERE
            if speaks and is_silent and is_there and before == "ok":
                assert outcomes[role] == ("moderated" if state is MODERATED else "muted")
            elif before == "ok" or not speaks:
                assert outcomes[role] == before


@for_each_form
def test_the_document_has_what_has_a_pace_as_the_rules_do(form: Form) -> None:
    """Slow mode is for messages, and for no moderator; what newcomers say waits for one."""
    for role, before in read(PLAIN.title)[form.title].items():
        is_paced = form.rule.paced and role in (Role.GUEST, Role.ACCOUNT)
        assert read(SLOW.title)[form.title][role] == ("slow-mode" if is_paced else before)
        for state in (RAID, RAID_EVERYWHERE):
            outcome = read(state.title)[form.title][role]
            assert (outcome in ("held", "raid")) or outcome == before
            assert outcome in ("held", "raid") or not is_paced


@for_each_form
def test_the_document_keeps_the_banned_away_as_the_rules_do(form: Form) -> None:
    """No command about the room does anything for those who are banned from it."""
    for role, before in read(PLAIN.title)[form.title].items():
        outcome = read(BANNED.title)[form.title][role]
        is_away = form.is_about_room and role is not Role.OPERATOR
        if is_away and (role in SOMEBODY or form.verb == "JOIN"):
            assert outcome in ("banned", "not-in-room", "account-required")
        else:
            assert outcome == before


@for_each_form
def test_the_document_has_what_is_for_those_inside_as_the_rules_do(form: Form) -> None:
    """From outside nothing else is refused, but for what is remembered of rooms one was in."""
    for role, before in read(PLAIN.title)[form.title].items():
        outcome = read(OUTSIDE.title)[form.title][role]
        if form.rule.where is Where.INSIDE and role in SOMEBODY and before == "ok":
            assert outcome == "not-in-room"
        elif form.verb != "READ":
            assert outcome == before


# What can't be in the tables


@in_both_styles
@pytest.mark.parametrize(
    "role", [Role.GUEST, Role.ACCOUNT, Role.OPERATOR], ids=lambda role: role.name
)
def test_a_private_room_answers_like_one_that_is_not_there(role: Role, style: str) -> None:
    """Whatever the uninvited try, they hear what they would hear if it did not exist."""
    for form in FORMS:
        if form.is_about_room and not form.is_everywhere:
            there = asked_about(form, role, PRIVATE, style, "tea")
            assert there == asked_about(form, role, PRIVATE, style, "den"), form.title


@pytest.mark.parametrize(
    ("states", "role", "title", "outcome"),
    [
        ([UNCLAIMED, MUTED], Role.ACCOUNT, "CLAIM", "muted"),
        ([UNCLAIMED, MUTED], Role.GUEST, "TOPIC <text>", "muted"),
        ([UNCLAIMED, MUTED_EVERYWHERE], Role.ACCOUNT, "CLAIM", "muted"),
        ([UNCLAIMED, RAID], Role.GUEST, "TOPIC <text>", "raid"),
        ([UNCLAIMED, RAID], Role.ACCOUNT, "CLAIM", "raid"),
        ([UNCLAIMED, RAID_EVERYWHERE], Role.GUEST, "TOPIC <text>", "raid"),
        ([UNCLAIMED, RAID_EVERYWHERE], Role.ACCOUNT, "CLAIM", "raid"),
        ([PRIVATE, BANNED], Role.ACCOUNT, "WHO <room>", "room-not-found"),
        ([PRIVATE, BANNED], Role.MODERATOR, "WHO <room>", "banned"),
        ([MUTED, MODERATED], Role.MODERATOR, "MSG", "muted"),
        ([SLOW, RAID], Role.GUEST, "MSG", "slow-mode"),
        ([OUTSIDE, UNCLAIMED], Role.ACCOUNT, "CLAIM", "not-in-room"),
        ([OUTSIDE, UNCLAIMED], Role.GUEST, "TOPIC <text>", "not-in-room"),
        ([OUTSIDE, BANNED], Role.OWNER, "MODE <mode>", "banned"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_two_things_at_once(states: list[State], role: Role, title: str, outcome: str) -> None:
    """Where each of them alone would let something through."""
    form = next(form for form in FORMS if form.title == title)
    assert Scene(role, both(*states), "rooms").tries(form) == outcome


@pytest.mark.parametrize(
    ("kind", "room", "named"),
    [
        ("mute", "tea", MUTED),
        ("mute", SERVER, MUTED_EVERYWHERE),
        ("ban", "tea", BANNED),
        ("ban", SERVER, BANNED_EVERYWHERE),
    ],
)
def test_by_address_the_same_holds_but_for_those_who_look_after_the_room(
    kind: SanctionKind, room: str, named: State
) -> None:
    """A moderator's address is no reason to keep it out of its room; off the server it is."""
    state = sanctioned("by address", kind, room, by_name=False)
    for role in SOMEBODY:
        like = PLAIN if room and role >= Role.MODERATOR else named
        expected = {title: cells[role] for title, cells in read(like.title).items()}
        assert tried_by(role, state, "rooms") == expected


@pytest.mark.parametrize("state", [PRIVATE, RAID], ids=lambda state: state.title)
def test_for_whoever_is_invited_nothing_changes(state: State) -> None:
    """Neither in a private room nor by a raid on it."""
    outcomes = tried_by(Role.ACCOUNT, both(INVITED, state), "rooms")
    assert outcomes == {title: cells[Role.ACCOUNT] for title, cells in read(PLAIN.title).items()}


@pytest.mark.parametrize("kind", ["mute", "ban"])
@pytest.mark.parametrize("where", ["tea", "*"])
def test_an_operator_can_not_be_muted_or_banned_by_name(kind: str, where: str) -> None:
    """By nobody; and where that was done before it was one, it does not hold: see the tables."""
    chat = owned("alice", "op", "oscar", operators=["op", "oscar"])
    alice, op = (Visitor(chat).says(f"LOGIN {name} {PASSWORD}") for name in ("alice", "op"))
    alice.says("JOIN tea", "CLAIM tea").hears("OK", "OK", "OK")
    op.heard()
    for person in (alice, op):
        person.says(f"{kind.upper()} {where} oscar").hears("ERR not-allowed")


def test_a_room_that_is_nobodys_has_no_owner_and_no_moderators() -> None:
    """So there is a - in its table: nobody can be made one."""
    for role in (Role.ACCOUNT, Role.OPERATOR):
        scene = Scene(role, UNCLAIMED, "login")
        assert scene.actor.says("MODERATOR tea").heard() == []
        assert scene.actor.says("MODERATOR tea bob on").heard() == ["ERR not-claimed tea"]
        assert scene.actor.says("GIVE tea bob").heard() == ["ERR not-claimed tea"]


def test_a_guest_has_no_account_that_could_be_disabled() -> None:
    """So there is a - in that table."""
    scene = Scene(Role.GUEST, PLAIN, "login")
    assert scene.factory.directory.get(NAMES[Role.GUEST]) is None
    assert not any(
        record.key == NAMES[Role.GUEST] for record in result(scene.store.accounts.changes()).records
    )


@in_both_styles
def test_what_is_for_one_room_is_for_no_server(style: str) -> None:
    """So there is no row for it with a *: not even an operator's is taken for done."""
    lines = ["HIDE * zoe 10m", "UNHIDE * zoe", "EARLIER * 1", "HELD *", "LET * zoe", "UNSAY *"]
    for line in [*lines, "EDIT * 4 hello"]:
        heard = Scene(Role.OPERATOR, PLAIN, style).actor.says(line).heard()
        assert [outcome_of([each]) for each in heard] == ["bad-argument"], line


@pytest.mark.parametrize("state", [BANNED_EVERYWHERE, DISABLED], ids=lambda state: state.title)
def test_whoever_is_sent_away_is_told_why(state: State) -> None:
    """The last thing that is heard is the reason."""
    scene = Scene(Role.ACCOUNT, PLAIN, "login")
    state.begin(scene)
    why = "banned" if state is BANNED_EVERYWHERE else "signed-out"
    assert scene.actor.hears_the_end() == [f"ERR {why}"]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.OWNER], ids=lambda role: role.name)
def test_nobody_lifts_what_is_against_itself(role: Role) -> None:
    """A muted moderator waits for somebody who is more."""
    scene = Scene(role, MUTED, "login")
    assert scene.actor.says(f"UNMUTE tea {scene.name}", "MSG hi").heard() == [
        "ERR against-yourself",
        "ERR muted tea",
    ]
