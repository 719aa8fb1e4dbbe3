"""Twisted's words for an endpoint with TLS."""

from pathlib import Path
from typing import Any

import pytest

from chat.net.certificates import Certificates, Files
from chat.net.endpoints import from_words
from chat.vocabulary.limits import BACKLOG


def files(certificates: Certificates) -> Files:
    return certificates._source.find()[""]


def test_what_may_be_left_out() -> None:
    """Key and certificate are in server.pem, unless it says something else."""
    endpoint = from_words("ssl:6697", None)
    here = Path.cwd() / "server.pem"
    assert files(endpoint.certificates) == Files(here, here)
    its_own: Any = endpoint._endpoint
    assert (its_own._port, its_own._interface, its_own._backlog) == (6697, "", BACKLOG)
    assert files(from_words("ssl:port=1:privateKey=/k", None).certificates)[:2] == (
        Path("/k"),
        Path("/k"),
    )


def test_what_may_be_said() -> None:
    """All that Twisted takes, with its way to write a colon."""
    endpoint = from_words(
        r"ssl:0:privateKey=/a\:b:certKey=/c=d\\:extraCertChain=/e:dhParameters=/f:"
        r"interface=\:\:1:backlog=7",
        None,
    )
    assert files(endpoint.certificates) == Files(
        Path("/c=d\\"), Path("/a:b"), Path("/e"), Path("/f")
    )
    its_own: Any = endpoint._endpoint
    assert (its_own._port, its_own._interface, its_own._backlog) == (0, "::1", 7)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("ssl", "it has to be like ssl:6697"),
        ("ssl:1:2", "it has to be like ssl:6697"),
        ("ssl:http", "port is a number, not 'http'"),
        ("ssl:1:sslmethod=SSLv3_METHOD", "sslmethod is not supported: TLS 1.2 and 1.3 are spoken"),
        ("ssl:1:bogus=1", "bogus is not supported"),
    ],
)
def test_what_may_not(words: str, reason: str) -> None:
    """Is refused with a reason, rather than left out."""
    with pytest.raises(ValueError, match=reason):
        from_words(words, None)
