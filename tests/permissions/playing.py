"""Everybody tries everything: what comes of it. Knows no document."""

from __future__ import annotations

from typing import Final

from chat.moderation.rules import Role
from tests.accounts.owning import PASSWORD
from tests.people import Visitor
from tests.permissions.attempt import outcome_of
from tests.permissions.forms import FORMS, TITLES, Form
from tests.permissions.scene import HOST, Scene, State

Outcomes = dict[str, dict[Role, str]]
"""What comes of trying: by the title of what is tried, and who tries it."""

NOBODY_IS: Final = "-"
"""The outcome where nobody is that then."""


def tried(state: State, style: str) -> Outcomes:
    """What comes of it when everybody tries everything."""
    by_role = {role: tried_by(role, state, style) for role in Role}
    return {
        form.title: {role: outcomes[form.title] for role, outcomes in by_role.items()}
        for form in FORMS
    }


def tried_by(role: Role, state: State, style: str) -> dict[str, str]:
    """The same for one role, by the title of what is tried."""
    if role in state.impossible:
        return dict.fromkeys(TITLES, NOBODY_IS)
    scene = Scene(role, state, style)
    outcomes = {}
    for form in FORMS:
        if scene.is_used:  # otherwise nothing has changed, and it is as good as new
            scene = Scene(role, state, style)
        can_say = style == "rooms" or not form.login or scene.is_inside
        trying = scene if can_say else Scene(role, state, "rooms")
        outcomes[form.title] = trying.tries(form)
    return outcomes


WAYS: Final = ("LOGIN", "JOIN")
"""How one comes back."""


def coming_back(state: State, way: str) -> dict[Role, str]:
    """What comes of it when those go who are here, and come back: to the lobby, or to the room."""
    roles = [role for role in Role if role is not Role.NOBODY]
    return {role: _comes_back(role, state, way) for role in roles}


def _comes_back(role: Role, state: State, way: str) -> str:
    if role in state.impossible:
        return NOBODY_IS
    scene = Scene(role, state, "rooms")
    scene.actor.vanishes()
    scene.actor = Visitor(scene.factory, HOST)
    proof = [PASSWORD] if role > Role.GUEST else []
    if way == "LOGIN":
        return outcome_of(scene.actor.says(" ".join(["LOGIN", scene.name, *proof])).heard())
    authed = [f"AUTH {scene.name} {word}" for word in proof]
    outcome = outcome_of(scene.actor.says(*authed, f"JOIN tea {scene.name}").heard())
    return "another room" if outcome == "ok" and not scene.is_inside else outcome


def asked_about(form: Form, role: Role, state: State, style: str, room: str) -> list[str]:
    """What somebody hears who tries something in a room of that name."""
    scene = Scene(role, state, style)
    return [line.replace(room, "tea") for line in scene.asks(form, room)]
