"""A client's hello: when it is whole, and whom it asks for."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.net.hello import Hello
from chat.vocabulary.limits import TLS_RECORD_BYTES
from tests.certificates import hello as client_hello


def in_records(data: bytes, size: int) -> bytes:
    """The same hello in smaller records."""
    body = data[5:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(data[:3] + len(piece).to_bytes(2, "big") + piece for piece in pieces)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("host", ["chat.example.org", "x" * 60 + "." + "y" * 60, None])
@pytest.mark.parametrize("size", [1, 7, 100, TLS_RECORD_BYTES])
def test_whom_it_asks_for(version: ssl.TLSVersion, host: str | None, size: int) -> None:
    """Known with its last byte and not before, in however many records it comes."""
    hello = Hello()
    data = in_records(client_hello(host, version), size)
    for at in range(len(data) - 1):
        assert not hello.add(data[at : at + 1])
        assert hello.is_tls
    assert hello.add(data[-1:])
    assert hello.host == host
    assert hello.data == data


@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(lambda rest: b"\x16\x03\x01" + rest),
        st.binary(max_size=200).map(
            lambda rest: b"\x16\x03\x01" + len(rest).to_bytes(2, "big") + rest
        ),
        st.tuples(st.integers(0, 500), st.binary(max_size=40)).map(
            lambda change: WHOLE[: change[0]] + change[1] + WHOLE[change[0] + len(change[1]) :]
        ),
    )
)
def test_whatever_comes_is_left_to_openssl(data: bytes) -> None:
    """Nothing is raised, and there is a host or none."""
    hello = Hello()
    for at in range(len(data)):
        hello.add(data[at : at + 1])
        assert isinstance(hello.host, str | None)
    assert hello.is_tls is (data[:1] in (b"", b"\x16"))


WHOLE = client_hello("chat.example.org")


@pytest.mark.parametrize("size", [1, 1000])
def test_it_is_not_waited_for_without_an_end(size: int) -> None:
    """However small its records are."""
    hello, taken = Hello(), 0
    assert not hello.add(b"\x16\x03\x01\0\4\1\0\x3f\xf0")
    record = b"\x16\x03\x01" + size.to_bytes(2, "big") + b"\0" * size
    while not hello.add(record):
        taken += len(record)
        assert taken <= TLS_RECORD_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\0\0",
        b"\x16\x03\x01\x40\1",
        b"\x16\x03\x01\0\1\2",
        b"\x16\x03\x01\0\4\1\xff\xff\xff",
        b"\x16\x03\x01\0\1\1\x15\x03\x01\0\2",
    ],
)
def test_what_is_wrong_is_not_waited_for_either(data: bytes) -> None:
    """OpenSSL is asked at once, which has an alert for it."""
    assert not Hello().add(data[:-1])
    assert Hello().add(data)
