"""What the values of options mean: types that are made of the text given, and refuse what is not allowed."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, Strict

from harness.plan.profile import (
    MOST_SEEDS,
    ArmRequest,
    Profile,
    Ranks,
    Scales,
    Seeds,
    Steps,
    load_profile,
    shipped_profiles,
)
from harness.plan.reproduce import read_setting
from harness.schema.codec import read_value
from harness.schema.edge import usable_path
from harness.schema.errors import ListingError, UserError
from harness.schema.trial import Setting
from harness.schema.typed import Whole, otherwise

LONGEST_NUMBER = 40
"""Digits; what has more, is no number that an option can be."""


def _profile(text: str) -> Profile:
    if text == "help":
        raise UserError(f"Profiles: {', '.join(shipped_profiles())}, or the path of a TOML file.")
    return load_profile(usable_path(text))


def _names(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise ValueError(f": {text!r} names nothing. Give one or more names, comma-separated.")
    return tuple(map(usable_path, found))


def _number(text: str) -> int | str:
    return int(text) if text.strip().isdecimal() and len(text) <= LONGEST_NUMBER else text


def _numbers(text: str) -> Any:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return text


def _seeds(text: str) -> tuple[int, ...]:
    """`2` is how many; `0,7` are which; `7,` is the one seed 7."""
    parts = [_number(part) for part in text.split(",") if part.strip()]
    counted = "," not in text and parts and isinstance(parts[0], int)
    return read_value(Seeds, parts[0] if counted else parts, f"--seeds {text[:LONGEST_NUMBER]}")


def _methods(text: str) -> tuple[ArmRequest, ...]:
    """`full,lora[targets=mlp,dropout=0.1]`: names, and settings in brackets, as in TOML less the quotes."""
    if text.strip() == "help":
        from harness.methods import METHODS

        lines = [f"  {method.name:16} {method.summary} ({method.source})" for method in METHODS]
        raise ListingError("Methods, beside base, all and peft:NAME:\n" + "\n".join(lines))
    parts = [part.strip() for part in re.split(r",(?![^\[]*\])", text) if part.strip()]
    return tuple({part: _method(part) for part in parts or _names(text)}.values())


def _method(part: str) -> ArmRequest:
    found = re.fullmatch(r"([^\[\]]+)(?:\[(.*)\])?", part)
    if not found:
        raise ValueError(f": {part!r} cannot be read. Write a name, and settings in brackets: lora[targets=mlp].")
    settings: dict[str, Setting] = {}
    for pair in filter(None, re.split(r",(?=[^,=]*=)", found[2] or "")):  # not the commas of layers=0,2-3
        name, equals, text = (piece.strip() for piece in pair.partition("="))
        if not (name and equals and text):
            raise ValueError(f": {pair!r} in {part!r} is no setting. Write name=value: lora[targets=mlp].")
        settings[name] = read_setting(text)
    name = found[1].strip()
    return ArmRequest(name.lower() if name.lower().startswith("peft:") else name, settings=settings)


AsProfile = Annotated[Any, PlainValidator(_profile)]
AsMethods = Annotated[tuple[ArmRequest, ...], PlainValidator(_methods)]
AsNames = Annotated[tuple[str, ...], PlainValidator(_names)]
AsRanks = Annotated[Ranks, BeforeValidator(lambda text: [_number(part) for part in text.split(",")])]
AsSeeds = Annotated[Seeds, PlainValidator(_seeds)]
AsScales = Annotated[Scales, BeforeValidator(_numbers)]
AsSteps = Annotated[Steps, BeforeValidator(_number)]
AsWorkers = Annotated[int, Whole(1, 1_024), BeforeValidator(_number)]
AsSeedCount = Annotated[int, Whole(1, MOST_SEEDS), BeforeValidator(_number)]
AsSimulations = Annotated[int, Whole(1, 100_000), BeforeValidator(_number)]
AsDifference = Annotated[
    float, Field(gt=0, le=1, strict=False), otherwise("Give a number above 0 to 1, such as 0.02 for 2 points.")
]
AsUsd = Annotated[
    float, Field(gt=0, le=1_000_000, strict=False), otherwise("Give a number above 0 to 1,000,000, such as 2.5.")
]
AsPath = Annotated[Path, BeforeValidator(usable_path), Strict(False)]
