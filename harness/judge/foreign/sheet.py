"""What one run of another program scored on one task, item by item, however its file looks."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, StrictStr

AT = "@"
"""Between a metric and how its answers were filtered: `exact_match@strict-match`."""


def is_named(metric: str, name: str) -> bool:
    """Whether a name means the metric: itself, under any filter, or a part of it."""
    return metric == name or metric.startswith((f"{name}{AT}", f"{name}."))


LARGEST = 1e12
"""Of what a score or the length of a text may be: far more than any is, and far less than means overflow at."""


def is_score(value: object) -> bool:
    """Whether it is a number that may be counted with: no NaN, no infinity."""
    return isinstance(value, int | float) and abs(value) <= LARGEST


@dataclass(frozen=True)
class Number:
    """What one item scored in one metric."""

    value: float
    weight: float = 1.0
    """Of the item in the mean; words or bytes for likelihoods of texts."""


@dataclass(frozen=True)
class Item:
    """One item as one run answered it; hashes are sha256 in hex."""

    where: str
    """What messages call it: file, line or member, and the item's own name."""
    content: str
    """Hash of what is asked and what is right."""
    prompt: str
    """Hash of what the model read."""
    answers: str
    """Hash of all that the model said."""
    sample: str
    """What was asked; the same for all epochs of it."""
    cluster: str | None
    """Which items it belongs together with, where a field of the item says so."""
    scores: Mapping[str, Number | str]
    """By metric; a text says why there is no number."""


@dataclass(frozen=True)
class Sheet:
    """One task in one run."""

    program: str
    """What wrote the file: `lm-eval` or `Inspect`."""
    where: str
    """The file."""
    task: str
    model: str
    """As the run called it."""
    items: Mapping[str, Item]
    """By a name that is the same in every run."""
    less_is_better: frozenset[str] = frozenset()
    """Metrics, as far as the run tells."""
    config: Mapping[str, object] = field(default_factory=dict)
    """How the task was put to the model; what is not known is not there. It must be the same in every run."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What else is known of the run, and may differ."""

    @property
    def metrics(self) -> list[str]:
        """In the order of the file."""
        return list(dict.fromkeys(name for item in self.items.values() for name in item.scores))

    @property
    def answers(self) -> tuple[str, ...]:
        """Hashes of all that the model said, in an order of their own."""
        return tuple(self.items[name].answers for name in sorted(self.items))


def printable(text: str) -> str:
    """Halves of characters, which JSON can say and no file can hold, become "?"."""
    return text.encode(errors="replace").decode()


Text = Annotated[StrictStr, AfterValidator(printable)]
"""A name that is shown."""


class Foreign(BaseModel):
    """A part of a file that another program wrote: what is needed is checked, what is not known is left alone."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


def hash_of(content: Any) -> str:
    """The same for the same JSON, in whatever order its keys stand."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def cluster_of(fields: object, name: str) -> str | None:
    """The cluster that an item's own fields tell; None where they do not."""
    found = fields.get(name) if isinstance(fields, dict) else None
    return None if found is None else found if isinstance(found, str) else hash_of(found)
