"""What all documented models of files are made of: rows of checked values, read and written in one way."""

import math
from dataclasses import is_dataclass, replace
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

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

Interval = Annotated[Bounds, BeforeValidator(finite)]
"""A 95 % interval; None where it was not measured."""


class Row(BaseModel):
    """An immutable row of documented fields; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    def with_(self, **fields: object) -> Self:
        """The same row with other values in these fields."""
        return self.model_copy(update=fields)

    # Until every reader names fields: rows answer as the dictionaries that they were.
    def keys(self) -> Any:
        return type(self).model_fields.keys()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def get(self, name: str, otherwise: Any = None) -> Any:
        return getattr(self, name, otherwise)

    def __contains__(self, name: str) -> bool:
        return name in self.keys()
