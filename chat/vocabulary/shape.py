"""Data from outside as the struct that it is meant for, and in a sentence what is wrong with it.
Knows neither files nor what any of it means."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Final, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta, Struct, inspect

from chat.vocabulary.limits import ECHOED_CHARACTERS
from chat.vocabulary.text import clean, unmarked
from chat.vocabulary.times import LAST_MOMENT

T = TypeVar("T", bound=Struct)

Moment = Annotated[int, Meta(ge=0, le=LAST_MOMENT)]
"""A point of time in ms since 1970 UTC, where it comes from outside."""

_HEADER: Final = re.compile(r"\s*\[\[?([^\[\]]+)\]")
_KEY: Final = re.compile(r"\s*([\w\"'. -]+?)\s*=")
"""How a line of TOML begins that says in which table the next ones are, or what the value of a key
is."""


class Mistake(NamedTuple):
    """What is wrong with a value, where that is (the keys that lead to it), and what is there."""

    keys: tuple[str, ...]
    said: str
    given: str = ""


def from_toml(raw: bytes) -> dict[str, Any]:
    """What a TOML file says. Raises ValueError."""
    text = unmarked(raw)
    try:
        return tomllib.loads(text.decode())
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"it is not TOML: {' '.join(str(error).split())}") from None
    except ValueError:
        raise ValueError("it is not TOML: a number has too many digits") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def line_of(raw: bytes, keys: Sequence[str]) -> int:
    """The line of a TOML file where that stands, or what it is in; 0 where it can't be told."""
    table: list[str] = []
    best, length = 0, 0
    for number, line in enumerate(unmarked(raw).decode().splitlines(), 1):
        if header := _HEADER.match(line):
            table = _words_of(header[1])
            found = table
        elif key := _KEY.match(line):
            found = [*table, *_words_of(key[1])]
        else:
            continue
        if len(found) > length and list(keys[: len(found)]) == found:
            best, length = number, len(found)
    return best


def _words_of(dotted: str) -> list[str]:
    return [word.strip().strip("\"'") for word in dotted.split(".")]


def from_json(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """What a line of JSON says. Raises ValueError."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(_wrong_json(raw, decoder.type)) from None


def network(word: str) -> IPv4Network | IPv6Network:
    """The network that is written like 192.0.2.0/24. Raises ValueError."""
    try:
        return ip_network(word)
    except ValueError:
        shown = word[:ECHOED_CHARACTERS]
    try:
        like = str(ip_network(word, strict=False))  # it is the address of a machine there
    except ValueError:
        like = "192.0.2.0/24 or 2001:db8::/32"
    raise ValueError(f"{shown!r} is no network: write it like {like}")


def _wrong_json(raw: bytes, kind: Any) -> str:
    try:
        raw.decode()
        wrong = mistakes(msgspec.json.decode(raw), kind)
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except msgspec.DecodeError:
        return "it is not JSON"
    except RecursionError:
        return "it is nested too deeply"
    if not wrong:
        return "it makes no sense"
    keys, said = [*wrong[0].keys], wrong[0].said
    if said.startswith(("unknown key", "missing key")):
        key = keys.pop()
        said = f"{said[: len('unknown key')]} `{clean(key[:ECHOED_CHARACTERS])}`"
    return f"{said} at `{'.'.join(keys)}`" if keys else said


def mistakes(data: object, kind: Any, keys: tuple[str, ...] = ()) -> list[Mistake]:
    """All that is wrong in data that should be of that kind.

    Whether it is wrong says the library, which part of it and in which words is said here: its own
    sentences are others in each version.
    """
    try:
        msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        cause = error.__cause__  # the struct's own sentence, where it has looked at itself
    else:
        return []
    found: list[Mistake] = []
    for key, part, its_kind in _parts(data, kind):
        found += mistakes(part, its_kind, (*keys, key) if key else keys)
    found += [Mistake((*keys, key), said) for key, said in _misfits(data, kind)]
    if not found and cause:
        return [Mistake(keys, str(cause))]
    if not found:
        return [Mistake(keys, f"give {_expected(inspect.type_info(kind))}", _given(data))]
    return found


def _given(data: object) -> str:
    """What is there, for people: of a text no more than its beginning."""
    match data:
        case bool():
            return "true" if data else "false"
        case str():
            return f'"{clean(data[:ECHOED_CHARACTERS])}"'
        case list() if not data:
            return "an empty list"
        case list():
            return "a list" if isinstance(data[0], list | dict) else f"[{_given(data[0])}, ...]"
        case dict():
            return "a table"
    return str(data)[:ECHOED_CHARACTERS]


def _parts(data: object, kind: Any) -> Iterator[tuple[str, object, Any]]:
    """Each part of data that is looked at by itself: its key, its value, and its kind."""
    for form in _forms(kind):
        if isinstance(data, dict) and _is_struct(form):
            for field in msgspec.structs.fields(form):
                if field.encode_name in data:
                    yield field.encode_name, data[field.encode_name], field.type
        elif isinstance(data, list) and get_origin(form) in (list, tuple):
            for each in data:
                if isinstance(each, dict):
                    yield "", each, get_args(form)[0]


def _forms(kind: Any) -> list[Any]:
    """What a value of that kind may be, without its bounds: there are several in `int | None`."""
    if get_origin(kind) is Annotated:
        return _forms(get_args(kind)[0])
    if get_origin(kind) in (list, tuple) or not get_args(kind):
        return [kind]
    return [form for each in get_args(kind) for form in _forms(each)]


def _is_struct(form: Any) -> bool:
    return isinstance(form, type) and issubclass(form, Struct)


def _misfits(data: object, kind: Any) -> Iterator[tuple[str, str]]:
    """Keys that should not be there, or should."""
    if not isinstance(data, dict):
        return
    for form in filter(_is_struct, _forms(kind)):
        fields = msgspec.structs.fields(form)
        names = [field.encode_name for field in fields]
        if form.__struct_config__.forbid_unknown_fields:
            for key in sorted(data.keys() - set(names)):
                meant = get_close_matches(key, names, 1)
                yield key, f"unknown key: is it `{meant[0]}`?" if meant else "unknown key"
        for field in fields:
            if field.required and field.encode_name not in data:
                yield field.encode_name, "missing key"


def _expected(kind: inspect.Type, many: bool = False) -> str:
    """What is expected, for people: `a number of 0 or more`. many: several of it."""
    match kind:
        case inspect.UnionType(types=types):
            return ", or ".join(_expected(each) for each in types if each != inspect.NoneType())
        case inspect.LiteralType(values=values):
            return " or ".join(f'"{value}"' for value in values)
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return ("whole numbers" if many else "a whole number") + _range(kind)
        case inspect.FloatType():
            return ("numbers" if many else "a number") + _range(kind)
        case inspect.StrType(pattern=pattern, max_length=most):
            some = ("words" if many else "a word") if pattern else "texts" if many else "a text"
            return some + (f" of at most {most} characters" if most is not None else "")
        case inspect.ListType() | inspect.VarTupleType():
            some = "one or more " if kind.min_length else ""
            return f"a list of {some}{_expected(kind.item_type, many=True)}"
    return "keys with their values"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    least, most = kind.ge, kind.le
    if kind.gt is not None:
        return f" above {kind.gt}" + ("" if most is None else f" and up to {most}")
    if least is None:
        return ""
    return f" of {least} or more" if most is None else f" from {least} to {most}"
