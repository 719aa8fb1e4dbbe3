"""The TOML file: what it may say, and how it is refused."""

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
        ("[server]\nprot = 1", "unknown key `prot` at `server`"),
        ("[sever]\nport = 1", "unknown key `sever`"),
        ('[server]\nport = "x"', f"give {PORTS} at `server.port`"),
        ("[server]\nport = []", f"give {PORTS} at `server.port`"),
        ("[server]\nport = 70000", f"give {PORTS} at `server.port`"),
        (
            '[limits]\nlogin_timeout = "x"',
            "give a number above 0 and up to 86400 at `limits.login_timeout`",
        ),
        (
            "[limits]\nrooms_per_user = 0",
            "a whole number from 1 to 10000 at `limits.rooms_per_user`",
        ),
        ("[limits]\nrate = -1", "give a number from 0 to 1000000 at `limits.rate`"),
        ("[limits]\nrate = nan", "give a number from 0 to 1000000 at `limits.rate`"),
        ("[limits]\nrate = inf", "give a number from 0 to 1000000 at `limits.rate`"),
        ("[limits]\nlogin_timeout = nan", "86400 at `limits.login_timeout`"),
        ("[limits]\nburst = 9999999", "a whole number from 1 to 1000000 at `limits.burst`"),
        ("[limits]\nburst = " + "9" * 5000, "it is not TOML: a number has too many digits"),
        ("[history]\nkeep_messages = 99999999999999999999", "at `history.keep_messages`"),
        ("[limits]\ntrusted = [1]", "give a list of texts at `limits.trusted`"),
        ("[server\n", "it is not TOML"),
        ("x = " + "[" * 5000, ": it is "),  # nested too deeply, or no TOML: as the parser sees it
        (b"\xff\xfe", "it is not UTF-8"),
        (
            '[server]\nproxy_protocol = ["10.0.0.1/8"]',
            "is no network: write it like 10.0.0.0/8 at `server.proxy_protocol`",
        ),
        ('[limits]\ntrusted = ["home"]', "'home' is no network: write it like 192.0.2.0/24 or"),
        ('"a\\nb" = 1', "unknown key `a\N{REPLACEMENT CHARACTER}b`"),
        ("[tls]", "give either `certificate` (and `key`) or `folder` at `tls`"),
        ('[tls]\nfolder = "a"\ncertificate = "b"', "give either `certificate`"),
        ('[tls]\nfolder = "a"\nkey = "b"', "`key` goes with `certificate` at `tls`"),
        ('[tls]\ncertificate = "a"\ndefault = "b"', "`default` goes with `folder` at `tls`"),
        ('[tls]\ncertificate = "a"\nport = []', f"give {PORTS} at `tls.port`"),
        ('[history]\nkeep = "ages"', "'ages' is no length of time: write it like 90d"),
        ('[accounts]\noperators = "alice"', "give a list of texts at `accounts.operators`"),
        ('[accounts]\noperators = ["al", "two words"]', "'two words': a username is one word"),
        ('[accounts]\noperators = ["-x"]', "no - in front at `accounts.operators`"),
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
    assert message.startswith(path + ": ")
    assert reason in message
    assert "\n" not in message


def test_a_wrong_value_is_named_whatever_its_key(tmp_path: Path) -> None:
    """With what is expected there, for each key that there is."""
    tables = {field.name: field.type for field in fields(Config)} | {"tls": TlsTable}
    keys = [(table, key.name) for table, kind in tables.items() for key in fields(kind)]
    assert ("limits", "rate") in keys
    for table, key in keys:
        with pytest.raises(ConfigError, match=rf": give .* at `{table}\.{key}`$"):
            read(written(tmp_path, f"[{table}]\n{key} = 2026-01-01"))
    for table in tables:
        with pytest.raises(ConfigError, match=f": give keys with their values at `{table}`$"):
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
