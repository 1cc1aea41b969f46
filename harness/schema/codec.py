"""Files to typed content: checked once on reading, and what is wrong said in one sentence.

The sentence names where it stands, the value, what is allowed and, for a name, the nearest one that is known.
"""

import json
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from harness.schema.edge import reading
from harness.schema.errors import UserError, shown
from harness.schema.record import SCHEMA, Record
from harness.schema.trial import RateSource, Trial
from harness.schema.typed import Row

Model = TypeVar("Model", bound=Row)

_RECORDS = TypeAdapter(Record)

LATER = {"notes", "teacher", "interpolation", "trace", "splits", "replay", "candidate", "floor"}
"""Fields of records and trials that the first versions did not write."""

DEEPEST = 50
MOST_DIGITS = 30
"""Of what stands in files of the harness: far more than it ever writes, and far less than breaks what reads on."""

WORDS = {
    "dict_type": "must be a table",
    "extra_forbidden": "must not be there",
    "int_type": "must be a whole number",
    "model_type": "must be a table",
    "string_type": "must be a text",
    "too_short": "must not be empty",
    "tuple_type": "must be a list",
    "unexpected_keyword_argument": "must not be there",
}
"""What pydantic says in the words of Python, by type of error."""


def record_from_dict(content: dict[str, Any]) -> Record:
    """The inverse of `dataclasses.asdict`, from JSON types. Values keep their types: a trial's digest depends on them.

    Raises:
        ValueError: the schema is not the one this version writes, or a field is missing, unknown or of a wrong type.
        KeyError, TypeError, AttributeError: it is no record.
    """
    if content.get("schema") != SCHEMA:
        raise ValueError(f"record schema {content.get('schema')!r}; this version reads {SCHEMA}")
    for kind, own in ((Record, content), (Trial, content["trial"])):
        if missing := [field.name for field in fields(kind) if field.name not in LATER | own.keys()]:
            raise ValueError(f"{', '.join(missing)} missing")
    # As JSON, in which a list may stand for a tuple. Halves of characters, which a file's name may hold, become "?".
    text = json.dumps(content, ensure_ascii=False).encode(errors="replace")
    try:
        record = _RECORDS.validate_json(text)
    except ValidationError as error:
        raise ValueError(problem(error)) from None
    RateSource.of(record.trial.learning_rate_source)  # a text that may go on, so no type holds it
    return record


def read_toml(path: Path, model: type[Model], what: str = "") -> Model:
    """A file that users write.

    Args:
        what: what messages call the file; its path where empty.

    Raises:
        UserError: it is not TOML, or holds something else than the model says.
    """
    what = what or str(path)
    with reading(what, "TOML"):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UserError(problem(error, what)) from None


def read_json(path: Path, model: type[Model], newest: int, way_out: str) -> Model:
    """A file that the harness wrote, of a schema up to `newest`.

    Args:
        way_out: what to do about a wrong one.

    Raises:
        UserError: it is none, is damaged, or is of a newer version.
    """
    content = read_own_json(path, way_out)
    schema = content.get("schema") if isinstance(content, dict) else None
    if type(schema) is not int:
        raise UserError(f"{path}: it names no schema, so it is none of this harness. {way_out}")
    if schema > newest:
        raise UserError(
            f"{path}: of schema {schema}, and this version reads up to {newest}: a newer one wrote it. {way_out}"
        )
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{problem(error, str(path))} {way_out}") from None


def read_own_json(path: Path, way_out: str) -> Any:
    """The content of a file that the harness wrote. It wrote no number that no float holds, and nothing nested deep.

    Raises:
        UserError: it cannot be read, or is damaged.
    """
    with reading(str(path), "JSON", way_out):
        text = path.read_text(encoding="utf-8")
        content = json.loads(text, parse_int=_whole, parse_float=_fraction, parse_constant=_fraction)
        if deeper_than(DEEPEST, content):
            raise RecursionError
    return content


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number of {len(text):,} digits")
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if not abs(number) < 10.0**MOST_DIGITS:
        raise ValueError(f"{text[:MOST_DIGITS]} is no number that is ever measured")
    return number


def deeper_than(levels: int, content: Any) -> bool:
    """Whether lists and tables of JSON types stand in each other more often than this."""
    inner = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return levels < 0 or any(deeper_than(levels - 1, one) for one in inner if isinstance(one, dict | list))


def read_value(kind: Any, value: Any, what: str) -> Any:
    """A single value of an annotated type, such as an option's. Nothing is converted.

    Raises:
        UserError: it is not allowed.
    """
    try:
        return TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(value)
    except ValidationError as error:
        raise UserError(problem(error, what)) from None


def problem(error: ValidationError, what: str = "") -> str:
    """The first thing that is wrong: where in `what` it stands (`arms[1].ranks`, counted from 1), and why."""
    # An unknown name comes first: it may be the misspelt one of what is missing.
    wrong = min(error.errors(include_url=False), key=lambda one: one["type"] != "value_error")
    place = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in wrong["loc"])
    where = ": ".join(filter(None, (what, place.removeprefix("."))))
    if wrong["type"] == "value_error":
        return f"{where}{wrong['ctx']['error']}"
    if wrong["type"] == "missing":
        return f"{where} is missing."
    words = WORDS.get(wrong["type"], wrong["msg"].replace("Input should", "must"))
    return f"{where} is {shown(wrong['input'])}; it {words}."
