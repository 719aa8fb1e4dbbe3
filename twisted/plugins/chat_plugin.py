"""Makes `twistd chat`."""

from twisted.application.service import ServiceMaker

serviceMaker = ServiceMaker(
    "chat",
    "chat.tap",
    "A chat server for nc and telnet: rooms, a lobby, and one set of users.",
    "chat",
)
