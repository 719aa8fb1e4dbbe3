"""Certificates for tests, signed with their own keys, and clients that trust any."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def made(*hosts: str, days: float = 90.0) -> tuple[bytes, bytes]:
    """A certificate for these hosts, and its key, as PEM. Without days it has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(host) for host in hosts or ("localhost",)]
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0].value)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.SubjectAlternativeName([*names, x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return signed.public_bytes(serialization.Encoding.PEM), secret


def certificate(folder: Path) -> None:
    """A key and a certificate in server.pem."""
    (folder / "server.pem").write_bytes(b"".join(made()))


def host(folder: Path, name: str, *more: str, days: float = 90.0) -> Path:
    """What an ACME client leaves for a host; its folder."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    public, secret = made(name, *more, days=days)
    (place / "fullchain.pem").write_bytes(public)
    (place / "privkey.pem").write_bytes(secret)
    return place


def trusting(
    most: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED, *protocols: str
) -> ssl.SSLContext:
    """For a client that trusts anybody, speaks at most that version, and offers protocols."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = most
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def hello(
    host: str | None = "localhost", version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> bytes:
    """What a client begins with that asks for that host."""
    outgoing = ssl.MemoryBIO()
    client = trusting(version, "h2", "http/1.1").wrap_bio(ssl.MemoryBIO(), outgoing, False, host)
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def shown_host(der: bytes | None) -> str:
    """The first host that a certificate is for."""
    assert der
    found = x509.load_der_x509_certificate(der).extensions
    names = found.get_extension_for_class(x509.SubjectAlternativeName).value
    return str(names.get_values_for_type(x509.DNSName)[0])
