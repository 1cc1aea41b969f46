"""What the values of options mean: each parser takes the text and the flag, and refuses what is not allowed."""

import math
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness.plan.profile import ArmRequest, Profile, Ranks, Scales, Seeds, load_profile, shipped_profiles
from harness.schema.codec import read_value
from harness.schema.errors import UserError, one_of
from harness.schema.trial import Setting

Parser = Callable[[str, str], Any]


def as_given(text: str, flag: str) -> str:
    return text


def path(text: str, flag: str) -> Path:
    return Path(text)


def one_among(text: str, flag: str, allowed: Iterable[str]) -> str:
    if text not in allowed:
        raise one_of(flag, text, list(allowed))
    return text


def profile(text: str, flag: str) -> Profile:
    if text == "help":
        raise UserError(f"Profiles: {', '.join(shipped_profiles())}, or the path of a TOML file.")
    return load_profile(text)


def positive(text: str, flag: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"{flag}: {text!r} is not allowed. Give a whole number from 1 up.")
    return int(text)


def price(text: str, flag: str) -> float:
    """Dollars per hour."""
    try:
        usd = float(text)
    except ValueError:
        usd = math.nan
    if not 0 < usd < math.inf:
        raise UserError(f"{flag}: {text!r} is not allowed. Give a positive number, such as 2.5.")
    return usd


def names(text: str, flag: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise UserError(f"{flag}: {text!r} names nothing. Give one or more names, comma-separated.")
    return found


def ranks(text: str, flag: str) -> tuple[int, ...]:
    return read_value(Ranks, [_number(part, text) for part in text.split(",")], flag)


def seeds(text: str, flag: str) -> tuple[int, ...]:
    """`2` is how many; `0,7` are which; `7,` is the one seed 7."""
    parts = [_number(part, None) for part in text.split(",") if part.strip()]
    counted = "," not in text and parts and parts[0] is not None
    return read_value(Seeds, parts[0] if counted else parts, f"{flag} {text}")


def _number(text: str, otherwise: object) -> Any:
    return int(text) if text.strip().isdecimal() else otherwise


def scales(text: str, flag: str) -> tuple[float, ...]:
    try:
        return read_value(Scales, [float(part) for part in text.split(",")], flag)
    except ValueError:
        return read_value(Scales, text, flag)


def methods(text: str, flag: str) -> tuple[ArmRequest, ...]:
    """`full,lora[targets=mlp,dropout=0.1]`: names, and settings in brackets, as in TOML less the quotes."""
    if text.strip() == "help":
        from harness.methods import METHODS

        lines = [f"  {method.name:16} {method.summary} ({method.source})" for method in METHODS]
        raise UserError("Methods, beside base, all and peft:NAME:\n" + "\n".join(lines))
    parts = [part.strip() for part in re.split(r",(?![^\[]*\])", text) if part.strip()]
    if not parts:
        raise UserError(f"{flag}: {text!r} names nothing. Give one or more names, comma-separated.")
    return tuple({part: _method(part, flag) for part in parts}.values())


def _method(part: str, flag: str) -> ArmRequest:
    found = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\])?", part)
    if not found:
        raise UserError(f"{flag}: {part!r} cannot be read. Write a name, and settings in brackets: lora[targets=mlp].")
    settings: dict[str, Setting] = {}
    for pair in filter(None, re.split(r",(?=[^,=]*=)", found[2] or "")):  # not the commas of layers=0,2-3
        name, equals, text = (piece.strip() for piece in pair.partition("="))
        if not (name and equals and text):
            raise UserError(f"{flag}: {pair!r} in {part!r} is no setting. Write name=value: lora[targets=mlp].")
        settings[name] = _value(text)
    name = found[1].strip()
    return ArmRequest(name.lower() if name.lower().startswith("peft:") else name, settings=settings)


def _value(text: str) -> Setting:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
    return value if isinstance(value, (bool, int, float, str)) else text
