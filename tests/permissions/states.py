"""What may be special about whoever tries, or about the room, and how that comes about."""

from __future__ import annotations

from typing import Any, Final

from chat.history.room_records import SERVER, Holder, SanctionKind
from chat.moderation.rules import Role
from tests.permissions.scene import BEGAN, HOLDERS, HOST, NAMES, Scene, State


def _nothing(scene: Scene) -> None:
    """There is nothing special."""


def sanctioned(title: str, kind: SanctionKind, room: str, *, by_name: bool = True) -> State:
    """Somebody is banned or muted: by name, as with python -m chat.admin; or by the address that it
    comes from, as nobody, who has no name."""

    def begin(scene: Scene) -> None:
        is_named = by_name and scene.role is not Role.NOBODY
        scene.impose(kind, room, NAMES[scene.role] if is_named else f"{HOST}/32")
        scene.look()

    return State(title, begin)


def _mode(scene: Scene, **values: Any) -> None:
    scene.keep(**values)
    scene.look()


def _leave(scene: Scene) -> None:
    if scene.role is not Role.NOBODY:
        scene.actor.says("LEAVE tea")


def _slow(scene: Scene) -> None:
    _mode(scene, slow=30)
    if scene.role is not Role.NOBODY:
        scene.says("quick")


def _raid(scene: Scene) -> None:
    _mode(scene, raid=scene.now())
    if scene.role is not Role.NOBODY:
        scene.actor.says("LEAVE tea", "JOIN tea")


def _raid_on_the_server(scene: Scene) -> None:
    scene.keep(SERVER, raid=BEGAN)
    scene.look()


def _disabled(scene: Scene) -> None:
    scene.disable("ned" if scene.role is Role.NOBODY else NAMES[scene.role])
    scene.look()


def _invited(scene: Scene) -> None:
    invited = Holder(NAMES[scene.role], NAMES[scene.role], BEGAN, "invited")
    _mode(scene, holders=(*HOLDERS, invited))


PLAIN: Final = State("in the room", _nothing)
OUTSIDE: Final = State("not in the room", _leave)
MUTED: Final = sanctioned("muted in the room", "mute", "tea")
MUTED_EVERYWHERE: Final = sanctioned("muted on the server", "mute", SERVER)
BANNED: Final = sanctioned("banned from the room", "ban", "tea")
BANNED_EVERYWHERE: Final = sanctioned("banned from the server", "ban", SERVER)
PRIVATE: Final = State("a private room", lambda scene: _mode(scene, is_private=True))
MODERATED: Final = State("a moderated room", lambda scene: _mode(scene, is_moderated=True))
REGISTERED: Final = State(
    "a room for registered usernames", lambda scene: _mode(scene, is_registered=True)
)
SLOW: Final = State("slow mode", _slow)
RAID: Final = State("a raid in the room", _raid)
RAID_EVERYWHERE: Final = State("a raid on the server", _raid_on_the_server)
UNCLAIMED: Final = State(
    "a room that is nobody's",
    lambda scene: _mode(scene, holders=()),
    (Role.MODERATOR, Role.OWNER),
)
BY_THE_OWNER: Final = State("decided by the owner", lambda scene: scene.decide("alice", Role.OWNER))
BY_AN_OPERATOR: Final = State(
    "decided by an operator", lambda scene: scene.decide("olga", Role.OPERATOR)
)
DISABLED: Final = State("a disabled account", _disabled, (Role.GUEST,))

INVITED: Final = State("invited", _invited)

STATES: Final = [
    PLAIN,
    OUTSIDE,
    MUTED,
    MUTED_EVERYWHERE,
    BANNED,
    BANNED_EVERYWHERE,
    PRIVATE,
    MODERATED,
    REGISTERED,
    SLOW,
    RAID,
    RAID_EVERYWHERE,
    UNCLAIMED,
    BY_THE_OWNER,
    BY_AN_OPERATOR,
    DISABLED,
]


def both(*states: State) -> State:
    """Several at a time, the first of them first."""

    def begin(scene: Scene) -> None:
        for state in states:
            state.begin(scene)

    return State(" and ".join(state.title for state in states), begin)
