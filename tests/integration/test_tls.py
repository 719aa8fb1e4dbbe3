"""The chat over TLS, by an endpoint: the way of bytes that is not a plain socket."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.server import Server
from tests.people import Caller


def certificate(folder: Path) -> None:
    """A key and a certificate signed with it, in server.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = signed.public_bytes(serialization.Encoding.PEM)
    (folder / "server.pem").write_bytes(secret + public)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    certificate(tmp_path)
    with Server(tmp_path, "--listen", "ssl:0:interface=127.0.0.1") as server:
        yield server
        assert "Traceback" not in server.log


@pytest.fixture
def caller(server: Server) -> Caller:
    """Somebody who speaks TLS."""
    return wrapped(server.caller())


def wrapped(caller: Caller) -> Caller:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    caller.socket = context.wrap_socket(caller.socket)
    return caller


def test_a_conversation_over_tls(server: Server, caller: Caller) -> None:
    """As over any other connection, up to its end."""
    other = wrapped(server.caller()).says("LOGIN bob").hears("OK")
    caller.says("JOIN lobby alice", "MSG lobby hi")
    caller.hears("INFO joined room lobby", "MSG lobby alice hi")
    other.hears("MSG alice hi").says("MSG hello")
    caller.hears("MSG lobby bob hello").says("QUIT")
    assert caller.hears_the_end() == ["INFO goodbye"]


def test_a_tls_client_that_asks_without_reading_is_not_listened_to(
    server: Server, caller: Caller
) -> None:
    """Its answers do not pile up; when it reads, it gets them all."""
    caller.says("JOIN lobby alice").hears("INFO joined room lobby")
    caller.says(*[f"MSG lobby {i}:" + "x" * 4000 for i in range(200)])
    assert len(caller.heard(200)) == 200
    memory = server.memory
    caller.says(*["HISTORY lobby 200"] * 20, "QUIT")
    heard = caller.hears_the_end()
    assert heard.count("INFO 200 messages from lobby") == 20
    assert heard[-1] == "INFO goodbye"
    assert server.memory < memory + 8_000_000


def test_at_the_end_a_tls_client_is_told(server: Server, caller: Caller) -> None:
    """And the server is gone in time."""
    caller.says("LOGIN alice").hears("OK")
    assert server.stop() < 5
    assert caller.hears_the_end() == ["INFO server is shutting down"]


def test_a_client_without_tls_disturbs_nobody(server: Server, caller: Caller) -> None:
    """It is hung up on, without a traceback in the log."""
    caller.says("LOGIN alice").hears("OK")
    plain = server.caller()
    plain.sends(b"LOGIN mallory\n")
    plain.socket.recv(1000)
    caller.says("WHO").hears("USER alice")
