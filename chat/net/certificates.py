"""Certificates and their keys: from files, and from these again when they change. Knows no
connection."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, NamedTuple, Protocol

from cryptography import x509
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from chat.vocabulary.files import content
from chat.vocabulary.limits import CERTIFICATE_DAYS, CERTIFICATE_NAMES, CERTIFICATES_SECONDS
from chat.vocabulary.text import unmarked

log = Logger()

FULL_CHAIN: Final = "fullchain.pem"
PRIVATE_KEY: Final = "privkey.pem"
"""What ACME clients call a certificate with those that vouch for it, and its key."""

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
_DHE_CIPHERS: Final = f"{_CIPHERS}:DHE+AESGCM:DHE+CHACHA20"
"""For TLS 1.2: with forward secrecy, and nothing that is encrypted but not authenticated. All of
TLS 1.3 are so."""

_DAY: Final = 86400.0


class CertificateError(Exception):
    """A certificate can't be used; its text is one line that names the file, and says why."""


class Files(NamedTuple):
    """Where a certificate is.

    chain: those that vouch for it, where they are not behind it in its own file.
    dh: parameters for DHE ciphers, which are not used without.
    """

    certificate: Path
    key: Path
    chain: Path | None = None
    dh: Path | None = None

    def state(self) -> tuple[object, ...]:
        """Something that changes when one of them does."""
        return tuple(_state(path) for path in self if path is not None)


def _state(path: Path) -> object:
    try:
        status = path.stat()
    except OSError as error:
        return error.errno
    return status.st_mtime_ns, status.st_ino, status.st_size


class Source(Protocol):
    """Where certificates are."""

    def find(self) -> dict[str, Files]:
        """By their names; in front the one for whoever asks for none of them.

        Raises CertificateError.
        """


class One:
    """One certificate. Implements Source."""

    def __init__(self, files: Files) -> None:
        self._files = Files(*(path and path.absolute() for path in files))  # type: ignore[arg-type]

    def find(self) -> dict[str, Files]:
        """See Source."""
        return {"": self._files}


class Folder:
    """A folder with a folder for each host, as ACME clients leave them. Implements Source.

    default: the host whose certificate is for whoever asks for none of them; the first by name
        unless given.
    """

    def __init__(self, folder: Path, default: str | None = None) -> None:
        self._folder = folder.absolute()
        self._default = default

    def find(self) -> dict[str, Files]:
        """See Source."""
        try:
            folders = sorted(each for each in self._folder.iterdir() if _is_host(each))
        except OSError as error:
            raise CertificateError(f"{self._folder}: {error.strerror}") from None
        found = {each.name: Files(each / FULL_CHAIN, each / PRIVATE_KEY) for each in folders}
        first = self._default or next(iter(found), None)
        if first is None:
            raise CertificateError(f"{self._folder / '*' / FULL_CHAIN}: No such file")
        default = Files(self._folder / first / FULL_CHAIN, self._folder / first / PRIVATE_KEY)
        return {first: default} | found


def _is_host(folder: Path) -> bool:
    try:
        return (folder / FULL_CHAIN).exists() or (folder / PRIVATE_KEY).exists()
    except OSError:  # it may not be looked at: that is said when it is loaded
        return True


class Certificate:
    """A certificate as it was loaded. Raises CertificateError.

    names: the hosts it is for, in small letters; `*.example.org` for all under that one.
    until: when it runs out, in seconds since 1970 UTC.
    """

    def __init__(self, files: Files) -> None:
        self.files = files
        self.state = files.state()
        found = _read(files.certificate)
        self.names = _names(found)
        self.until = found.not_valid_after_utc.timestamp()
        self.context = _context(files)
        self.warned_at = -inf

    def __str__(self) -> str:
        names = ", ".join(self.names[:CERTIFICATE_NAMES]) or "no host"
        left = len(self.names) - CERTIFICATE_NAMES
        return f"{self.files.certificate} for {names}" + (f" and {left} more" if left > 0 else "")


def _read(path: Path) -> x509.Certificate:
    """The certificate in front of a file. Raises CertificateError."""
    text = _text(path)
    try:
        return x509.load_pem_x509_certificates(text)[0]
    except Exception:  # ValueError, and others where something in it is not as it should be
        raise CertificateError(f"{path}: there is no certificate in it") from None


def _text(path: Path) -> bytes:
    """What is in a file, which is not waited for. Raises CertificateError."""
    try:
        return unmarked(content(path, patience=0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CertificateError(f"{path}: {reason}") from None


@contextmanager
def _readable(files: Files) -> Iterator[Files]:
    """The same as OpenSSL can read them, which takes no byte-order mark for what it is: copies of
    those that have one, for a moment. Raises CertificateError."""
    with ExitStack() as stack:

        def readable(path: Path | None) -> Path | None:
            if path is None or not (text := _text(path)) or len(text) == path.stat().st_size:
                return path
            copy = stack.enter_context(NamedTemporaryFile())
            copy.write(text)
            copy.flush()
            return Path(copy.name)

        yield Files(*map(readable, files))  # type: ignore[arg-type]


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = found.value.get_values_for_type(x509.DNSName)
    except Exception:  # there are none, or none that can be read
        names = []
    return [name.lower() for name in names]


def _context(files: Files) -> ssl.SSLContext:
    """What one shakes hands with to show a certificate. Raises CertificateError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # all are good; clients know what is fast
    context.set_ciphers(_DHE_CIPHERS if files.dh else _CIPHERS)
    key = _text(files.key)
    if b"PRIVATE KEY-----" not in key:
        raise CertificateError(f"{files.key}: there is no private key in it")
    if b"ENCRYPTED" in key:
        raise CertificateError(f"{files.key}: it wants a passphrase, and nobody is asked for one")
    try:
        with _readable(files) as found:
            context.load_cert_chain(found.certificate, found.key, password="")
            if found.chain:
                context.load_verify_locations(found.chain)
            if found.dh:
                context.load_dh_params(str(found.dh))
    except ssl.SSLError as error:
        raise CertificateError(_reason(files, error)) from None
    except OSError as error:
        raise CertificateError(f"{error.filename or files.chain}: {error.strerror}") from None
    return context


def _reason(files: Files, error: ssl.SSLError) -> str:
    if error.reason and "MISMATCH" in error.reason:
        return f"{files.key}: the key does not fit {files.certificate}"
    others = "".join(f", {path}" for path in (files.chain, files.dh) if path)
    reason = (error.reason or str(error)).replace("_", " ").lower()
    return f"{files.certificate}, {files.key}{others}: {reason}"


class Certificates:
    """What a TLS port shows to its clients, as it is in the files.

    source: where they are.
    clock: for looking there now and then.
    now: the time in seconds since 1970 UTC.
    """

    def __init__(self, source: Source, clock: Any, now: Callable[[], float] = time.time) -> None:
        self._source = source
        self._clock = clock
        self._now = now
        self._used: dict[str, Certificate] = {}
        self._by_host: dict[str, ssl.SSLContext] = {}
        self._default: Any = None
        self._seen: dict[str, object] = {}  # what was there at the last look
        self._failed: dict[str, object] = {}  # what was there and can't be used
        self._complaint = ""
        self._timer: IDelayedCall | None = None

    def load(self) -> None:
        """Load all of them; of several hosts at least the default's. Raises CertificateError."""
        (first, default), *others = self._source.find().items()
        loaded: dict[str, Certificate | None] = {first: Certificate(default)}
        loaded |= {name: self._latest(name, files, patient=False) for name, files in others}
        self._use({name: found for name, found in loaded.items() if found})

    def context(self, host: str | None = None) -> ssl.SSLContext:
        """What to shake hands with, where a client asks for that host."""
        name = (host or "").lower().rstrip(".")
        wild = "*." + name.partition(".")[2]
        context: ssl.SSLContext = (
            self._by_host.get(name) or self._by_host.get(wild) or self._default
        )
        return context

    def start(self) -> None:
        """Say what is in use, and look now and then whether there is something new."""
        for certificate in self._used.values():
            self._tell(certificate)
        self._warn()
        self._timer = self._clock.callLater(CERTIFICATES_SECONDS, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def reload(self) -> None:
        """Load at once what has changed, and what could not be used."""
        self._failed.clear()
        self._complaint = ""
        self._load_changed(patient=False)

    def _look(self) -> None:
        self._timer = self._clock.callLater(CERTIFICATES_SECONDS, self._look)
        self._load_changed(patient=True)
        self._warn()

    def _load_changed(self, patient: bool) -> None:
        """Load what has changed; patient: only what has been the same for two looks."""
        try:
            found = self._source.find()
        except CertificateError as error:
            if str(error) != self._complaint:
                self._complain(error)
            self._complaint = str(error)
            return
        self._complaint = ""
        latest = {name: self._latest(name, files, patient) for name, files in found.items()}
        used = {name: certificate for name, certificate in latest.items() if certificate}
        if used != self._used:
            self._use(used)

    def _latest(self, name: str, files: Files, patient: bool) -> Certificate | None:
        """What is there, or what was, where that can't be used (yet)."""
        old, state = self._used.get(name), files.state()
        seen, self._seen[name] = self._seen.get(name), state
        if old is not None and state == old.state:
            self._failed.pop(name, None)
            return old
        if state == self._failed.get(name) or (patient and state != seen):
            return old
        try:
            certificate = Certificate(files)
        except CertificateError as error:
            self._failed[name] = state
            self._complain(error)
            return old
        self._tell(certificate)
        return certificate

    def _use(self, certificates: dict[str, Certificate]) -> None:
        """Show these from now on."""
        if not certificates:
            return
        self._used, self._by_host = certificates, {}
        for certificate in certificates.values():
            for name in certificate.names:
                self._by_host.setdefault(name, certificate.context)
        for name, certificate in certificates.items():
            self._by_host[name.lower()] = certificate.context
        self._default = next(iter(certificates.values())).context

    def _tell(self, certificate: Certificate) -> None:
        until = _date(certificate.until)
        log.info("certificate {it}: valid until {until}", it=str(certificate), until=until)

    def _complain(self, error: CertificateError) -> None:
        log.warn("{error}; the certificate in use is kept", error=error)

    def _warn(self) -> None:
        """Say once a day which ones run out."""
        now, turn = self._now(), self._clock.seconds()
        for certificate in self._used.values():
            left = certificate.until - now
            if left < CERTIFICATE_DAYS * _DAY and turn >= certificate.warned_at + _DAY:
                certificate.warned_at = turn
                log.warn(
                    "certificate {it} {verb} {on}",
                    it=str(certificate),
                    verb="runs out on" if left > 0 else "is refused by clients: it has run out on",
                    on=_date(certificate.until),
                )


def _date(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
