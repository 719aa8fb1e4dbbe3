"""The TOML file: what it may say, and how it is refused."""

import os
import re
from pathlib import Path

import pytest
from msgspec.structs import fields

from chat.vocabulary.config import Config, ConfigError, ServerTable, TlsTable, read
from chat.vocabulary.settings import Limits
from tests.reasons import IS_A_FOLDER, NO_SUCH_FILE

PORTS = "a whole number from 0 to 65535, or a list of one or more whole numbers from 0 to 65535"


def written(folder: Path, text: str | bytes) -> str:
    path = folder / "chat.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    """Everything may be left out."""
    assert read(written(tmp_path, "")) == Config()


def test_the_tables_are_read(tmp_path: Path) -> None:
    """One port or several, addresses, limits, the store."""
    text = """
        [server]
        host = "::1"
        port = [6000, 6001]
        listen = ["unix:chat.sock"]
        [limits]
        login_timeout = 5
        rooms_per_user = 3
        [history]
        store = "memory:"
        """
    config = read(written(tmp_path, text))
    assert config.server == ServerTable("::1", [6000, 6001], ["unix:chat.sock"])
    assert config.server.ports == [6000, 6001]
    assert config.limits == Limits(5.0, 3)
    assert config.history.store == "memory:"
    assert read(written(tmp_path, "[server]\nport = 6000")).server.ports == [6000]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[server]\nprot = 1", "line 2: [server] prot: unknown key: is it `port`?"),
        ("[sever]\nport = 1", "line 1: [sever]: unknown key: is it `server`?"),
        ('[server]\nport = "x"', f'line 2: [server] port: give {PORTS}, not "x"'),
        ("[server]\nport = []", f"[server] port: give {PORTS}, not an empty list"),
        ("[server]\nport = 70000", f"[server] port: give {PORTS}, not 70000"),
        (
            '[limits]\nlogin_timeout = "x"',
            "[limits] login_timeout: give a number above 0 and up to 86400, not",
        ),
        (
            "[limits]\nrooms_per_user = 0",
            "[limits] rooms_per_user: give a whole number from 1 to 10000, not 0",
        ),
        ("[limits]\nrate = -1", "[limits] rate: give a number from 0 to 1000000, not -1"),
        ("[limits]\nrate = nan", "[limits] rate: give a number from 0 to 1000000, not nan"),
        ("[limits]\nrate = inf", "[limits] rate: give a number from 0 to 1000000, not inf"),
        ("[limits]\nlogin_timeout = nan", "[limits] login_timeout: give a number"),
        ("[limits]\nburst = 9999999", "[limits] burst: give a whole number from 1 to 1000000"),
        ("[limits]\nburst = " + "9" * 5000, "it is not TOML: a number has too many digits"),
        ("[history]\nkeep_messages = 99999999999999999999", "[history] keep_messages: give"),
        ("[limits]\ntrusted = [1]", "[limits] trusted: give a list of texts, not [1, ...]"),
        ("[server\n", "it is not TOML"),
        ("x = " + "[" * 5000, ": it is "),  # nested too deeply, or no TOML: as the parser sees it
        (b"\xff\xfe", "it is not UTF-8"),
        (
            '[server]\nproxy_protocol = ["10.0.0.1/8"]',
            "[server] proxy_protocol: '10.0.0.1/8' is no network: write it like 10.0.0.0/8",
        ),
        ('[limits]\ntrusted = ["home"]', "'home' is no network: write it like 192.0.2.0/24 or"),
        ('"a\\nb" = 1', "[a\N{REPLACEMENT CHARACTER}b]: unknown key"),
        ("[tls]", "line 1: [tls]: give either `certificate` (and `key`) or `folder`"),
        ('[tls]\nfolder = "a"\ncertificate = "b"', "give either `certificate`"),
        ('[tls]\nfolder = "a"\nkey = "b"', "`key` goes with `certificate`"),
        ('[tls]\ncertificate = "a"\ndefault = "b"', "`default` goes with `folder`"),
        (
            '[tls]\ncertificate = "a"\nport = []',
            f"[tls] port: give {PORTS}, not an",
        ),
        ('[history]\nkeep = "ages"', "'ages' is no length of time: write it like 90d"),
        (
            '[accounts]\noperators = "alice"',
            'operators: give a list of texts, not "alice"',
        ),
        ('[accounts]\noperators = ["al", "two words"]', "'two words': a username is one word"),
        ('[accounts]\noperators = ["-x"]', "no - in front"),
        ('[accounts]\noperators = ["%s"]' % ("x" * 5000), "xxx': a username is one word"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    tmp_path: Path, text: str | bytes, reason: str
) -> None:
    """It names the file, and what is wrong where."""
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        read(path)
    message = str(refused.value)
    assert re.match(rf"{re.escape(path)}(, line \d+)?: ", message)
    assert reason in message
    assert "\n" not in message


def test_a_wrong_value_is_named_whatever_its_key(tmp_path: Path) -> None:
    """With what is expected there, for each key that there is."""
    tables = {field.name: field.type for field in fields(Config)} | {"tls": TlsTable}
    keys = [(table, key.name) for table, kind in tables.items() for key in fields(kind)]
    assert ("limits", "rate") in keys
    for table, key in keys:
        with pytest.raises(ConfigError, match=rf"\[{table}\] {key}: give .*, not 2026-01-01"):
            read(written(tmp_path, f"[{table}]\n{key} = 2026-01-01"))
    for table in tables:
        with pytest.raises(ConfigError, match=rf"\[{table}\]: give keys with their values, not 1$"):
            read(written(tmp_path, f"{table} = 1"))


def test_operators_are_known_by_the_keys_of_their_names(tmp_path: Path) -> None:
    """However they are written; nobody is one unless it says so."""
    assert read(written(tmp_path, "")).accounts.operator_keys == frozenset()
    config = read(written(tmp_path, '[accounts]\noperators = ["Alice", "ALICE", "\u00c9ve"]'))
    assert config.accounts.operator_keys == {"alice", "\u00e9ve"}


def test_an_unreadable_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """With the system's reason."""
    with pytest.raises(ConfigError, match=rf"nowhere\.toml: {NO_SUCH_FILE}"):
        read(str(tmp_path / "nowhere.toml"))
    with pytest.raises(ConfigError, match=IS_A_FOLDER):
        read(str(tmp_path))


def test_tls_is_asked_for_by_its_table(tmp_path: Path) -> None:
    """On its usual port, unless it says another one or several."""
    assert read(written(tmp_path, "")).tls is None
    table = '[tls]\ncertificate = "a.pem"\n'
    assert read(written(tmp_path, table)).tls == TlsTable(6697, "a.pem")
    for port, ports in {"443": [443], "[1, 2]": [1, 2]}.items():
        tls = read(written(tmp_path, f"{table}port = {port}")).tls
        assert tls is not None
        assert tls.ports == ports


MANY = """\
[server]
prot = 1
port = "x"
proxy_protocol = ["10.0.0.1/8", "home"]

[limits]
rate = "fast"
  burst = 2.5
[history]
keep = "ages"
replay = 99999
[tls]
certificate = 5
[sever]
[accounts]
operators = ["two words"]
"""


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """A line for each, in the order of the file, with where it is and what is expected there; and
    nothing that is only missing because it was left out as wrong."""
    with pytest.raises(ConfigError) as refused:
        read(written(tmp_path, MANY))
    told = [re.sub(r"^.*chat\.toml, ", "", line) for line in refused.value.args]
    assert [line.rpartition(": ")[0].split(": ")[:2] for line in told] == [
        ["line 2", "[server] prot"],
        ["line 3", "[server] port"],
        ["line 4", "[server] proxy_protocol"],
        ["line 4", "[server] proxy_protocol"],
        ["line 7", "[limits] rate"],
        ["line 8", "[limits] burst"],
        ["line 10", "[history] keep"],
        ["line 11", "[history] replay"],
        ["line 13", "[tls] certificate"],
        ["line 14", "[sever]"],
        ["line 16", "[accounts] operators"],
    ]
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('limits.rate = "x"', 1),
        ('# limits\nlimits = {burst = 1, rate = "x"}', 2),
        ('[ limits ]\n\n  "rate"="x"', 3),
        ('[history]\nrate = 1\n[limits]\nrate = "x"', 4),
    ],
)
def test_the_line_is_found_however_it_is_written(tmp_path: Path, text: str, line: int) -> None:
    """TOML has several ways to say the same."""
    with pytest.raises(ConfigError, match=rf"line {line}: \[limits\] rate: give a number"):
        read(written(tmp_path, text))


def test_what_an_editor_puts_in_front_is_skipped(tmp_path: Path) -> None:
    """A byte-order mark; and what Windows calls Unicode is refused with what to do."""
    assert read(written(tmp_path, "\ufeff[server]\nport = 1")).server.ports == [1]
    for encoding in ("utf-16", "utf-16-le", "utf-32"):
        with pytest.raises(ConfigError, match=r"\.toml: it is not UTF-8 but UTF-16: save it"):
            read(written(tmp_path, "[server]\nport = 1".encode(encoding)))


def test_what_is_no_file_does_not_hold_up_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe that nobody writes to, a device without an end."""
    monkeypatch.setattr("chat.vocabulary.files.content.__defaults__", (1000, 0.01))
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", "/dev/zero"):
        with pytest.raises(ConfigError, match=r"nothing comes out of it|it is larger than"):
            read(str(path))
    assert read("/dev/null") == Config()
