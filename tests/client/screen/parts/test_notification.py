"""What a terminal is sent so that it notifies the desktop."""

import pytest

from chat.client.screen.parts.notification import announcement


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]9;bob in tea: hi\x1b\\"),
        ({"WT_SESSION": "1"}, "\x1b]9;bob in tea: hi\x1b\\"),
        ({"TERM": "foot"}, "\x1b]777;notify;bob in tea;hi\x1b\\"),
        (
            {"TERM": "xterm-kitty"},
            "\x1b]99;i=1:d=0;bob in tea\x1b\\\x1b]99;i=1:p=body;hi\x1b\\",
        ),
    ],
)
def test_each_terminal_has_its_way(environ: dict[str, str], sent: str) -> None:
    """A terminal that can is told in the way that it knows."""
    announce = announcement(environ)
    assert announce
    assert announce("bob in tea", "hi") == sent


@pytest.mark.parametrize(
    "environ", [{}, {"TERM": "xterm"}, {"TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x"}]
)
def test_others_are_sent_nothing(environ: dict[str, str]) -> None:
    """Where it is not known to be understood, or would be kept, nothing is sent."""
    assert announcement(environ) is None


def test_a_message_can_not_end_the_notification() -> None:
    """Nothing in a message is taken for a command of the terminal."""
    announce = announcement({"TERM": "foot"})
    assert announce
    sent = announce("bob;x", "\x1b\\\x07\x9c;" + "long " * 100)
    assert sent.count("\x1b") == 2
    assert sent.count(";") == 3
    assert "\x07" not in sent
    assert "\x9c" not in sent
    assert len(sent) < 300
