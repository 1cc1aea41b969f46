"""What all documented models of files are made of: rows of checked values, read and written in one way."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, is_dataclass, replace
from typing import Annotated, Any, Self, TypeVar

from annotated_types import Ge, GroupedMetadata, Gt, Le
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    Strict,
    ValidationError,
    WrapValidator,
    model_validator,
)

from harness.schema.edge import usable_path
from harness.schema.errors import one_of, shown

T = TypeVar("T")

Bounds = Annotated[tuple[float, float] | None, Field(description="Lower and upper bound of an interval.")]
"""None where there is none."""

Fields = dict[str, JsonValue]
"""What is passed on as it is: where a run ran, in words that depend on the machine."""


def finite(value: Any) -> Any:
    """None for NaN and infinities, which JSON cannot say; everything else as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        wrong = {name: None for name, one in vars(value).items() if isinstance(one, float) and not math.isfinite(one)}
        return replace(value, **wrong) if wrong else value
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (list, tuple)):
        kept = [finite(one) for one in value]
        return kept if all(one is not None for one in kept) or None in value else None
    return value


Number = Annotated[float | None, BeforeValidator(finite)]
"""A measured value; None where it was not measured or is no finite number."""

Count = Annotated[int, Field(ge=0)]
"""Of what is counted."""


def in_order(bounds: tuple[float, float] | None) -> tuple[float, float] | None:
    """The bounds as they are.

    Raises:
        ValueError: the lower is above the upper one; worded for the end of a message that begins with where they stand.
    """
    if bounds is not None and bounds[0] > bounds[1]:
        raise ValueError(f": {shown(list(bounds))} is not allowed. No lower bound is above the upper one.")
    return bounds


Interval = Annotated[Bounds, AfterValidator(in_order), BeforeValidator(finite)]
"""A 95 % interval; None where it was not measured."""


class Row(BaseModel):
    """An immutable row of documented fields; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)

    def with_(self, **fields: object) -> Self:
        """The same row with other values in these fields."""
        return self.model_copy(update=fields)


class Table(Row):
    """A table of a file that users write. Nothing is converted, but a whole number where a fraction may stand."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, table: Any) -> Any:
        for key in table if isinstance(table, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(one_of(": key", key, list(cls.model_fields)))
        return table


Many = Annotated[tuple[T, ...], Strict(False)]
"""A list, in a `Table`."""


def among(allowed: Collection[str]) -> AfterValidator:
    """One of these names."""

    def check(value: str) -> str:
        if value not in allowed:
            raise ValueError(one_of("", value, list(allowed)))
        return value

    return AfterValidator(check)


def otherwise(message: str) -> WrapValidator:
    """Whatever is wrong with the value, the message says what is allowed."""

    def check(value: Any, validate: Any) -> Any:
        try:
            return validate(value)
        except ValidationError:
            raise ValueError(f": {shown(value)} is not allowed. {message}") from None

    return WrapValidator(check)


Reason = Annotated[str, Field(pattern=r"\S"), otherwise("Say why the number is what it is.")]
"""Text that is not blank."""


@dataclass(frozen=True)
class Whole(GroupedMetadata):
    """Of `Annotated[int, ...]`: a whole number in this range; the message says which."""

    low: int
    high: int

    def __iter__(self) -> Iterator[object]:
        yield from (Ge(self.low), Le(self.high))
        yield otherwise(f"Give a whole number from {self.low:,} to {self.high:,}.")


@dataclass(frozen=True)
class UpTo(GroupedMetadata):
    """Of `Annotated[float, ...]`: a number up to `high` and above zero, or zero too."""

    high: float
    zero: bool = False

    def __iter__(self) -> Iterator[object]:
        yield from (Ge(0) if self.zero else Gt(0), Le(self.high))
        yield otherwise(f"Give a number {'from 0 to' if self.zero else 'above 0, up to'} {self.high:,.12g}.")


PathText = Annotated[str, AfterValidator(usable_path)]
"""Text that may name a file or directory, or something else that the user names; whether it is there is not asked."""
