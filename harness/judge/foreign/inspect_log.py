"""What did Inspect score? Its logs: `.eval`, a zip file of JSON, and the older `.json`, which is the same in one text.

A log is one task in one run; its samples are items, each in one epoch or several.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import JsonValue, StrictInt, StrictStr, ValidationError

from harness.judge.foreign.archive import Archive
from harness.judge.foreign.sheet import Foreign, Item, Number, Sheet, Text, cluster_of, hash_of, is_score, printable
from harness.schema.codec import problem
from harness.schema.edge import reading
from harness.schema.errors import UserError, shown

PROGRAM = "Inspect"
WAY_OUT = "Give a log as Inspect wrote it; for a large one: inspect log dump FILE writes it as JSON."
RETRY = "Finish the run (inspect eval-retry FILE), or name the logs of those that are finished."
HEADER, SAMPLES, SUCCESS = "header.json", "samples/", "success"
LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
"""Correct, incorrect, partly correct, no answer: what Inspect's own `value_to_float` makes of them."""
WORDS = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}

Model = TypeVar("Model", bound=Foreign)
Samples = Iterator[tuple[str, Any]]
"""Where a sample stands, and its JSON."""


class Dataset(Foreign):
    name: str | None = None
    location: str | None = None


class Config(Foreign):
    """Of a run; what limits the items shows in the items themselves."""

    epochs: int | None = None
    message_limit: JsonValue = None
    token_limit: JsonValue = None
    time_limit: JsonValue = None


class Eval(Foreign):
    """What was evaluated."""

    task: Text
    model: Text
    task_version: JsonValue = 0
    task_args: JsonValue = None
    dataset: Dataset = Dataset()
    config: Config = Config()
    scorers: list[dict[str, JsonValue]] | None = None
    model_generate_config: JsonValue = None
    packages: dict[Text, Text] | None = None
    created: str = ""


class Step(Foreign):
    """One solver."""

    solver: str
    params: JsonValue = None


class Plan(Foreign):
    """What puts a sample to the model."""

    steps: tuple[Step, ...] = ()
    config: JsonValue = None


class Head(Foreign):
    """A log without its samples."""

    status: StrictStr
    eval: Eval
    plan: Plan = Plan()
    invalidated: bool = False

    @property
    def config(self) -> dict[str, object]:
        """How the task was put to the model."""
        own = self.eval
        known = {
            "task version": own.task_version,
            "task arguments": own.task_args,
            "dataset": own.dataset.name,
            "solvers": [[one.solver, one.params] for one in self.plan.steps],
            "scorers": [[one.get("name"), one.get("options")] for one in own.scorers or ()],
            "epochs": own.config.epochs,
            "message limit": own.config.message_limit,
            "token limit": own.config.token_limit,
            "time limit": own.config.time_limit,
            "generation": _set(own.model_generate_config, self.plan.config),
        }
        return {name: one for name, one in known.items() if one is not None}

    @property
    def facts(self) -> dict[str, str]:
        return {"model": self.eval.model, **(self.eval.packages or {})}


def _set(*configs: JsonValue) -> dict[str, JsonValue]:
    """What was set of how to generate, but for what only changes how fast it is done."""
    found = {name: value for one in configs if isinstance(one, dict) for name, value in one.items()}
    return {name: value for name, value in found.items() if name not in ("max_connections", "max_retries", "timeout")}


class Score(Foreign):
    """What one scorer said."""

    value: JsonValue


class Sample(Foreign):
    """An item in one epoch."""

    id: StrictInt | StrictStr
    epoch: StrictInt
    input: JsonValue
    target: JsonValue
    choices: JsonValue = None
    output: JsonValue = None
    metadata: JsonValue = None
    scores: dict[Text, Score] | None = None
    error: JsonValue = None

    @property
    def name(self) -> str:
        return f"sample {self.id!r}, epoch {self.epoch}"

    def as_item(self, where: str, cluster: str) -> Item:
        """The item, in the cluster that its metadata tell.

        Raises:
            UserError: it broke off, or has no score.
        """
        if self.error is not None:
            raise UserError(f"{where}: it ended with an error, so that it has no score. {RETRY}")
        if not self.scores:
            raise UserError(f"{where}: no score. Score the log: inspect score FILE.")
        asked = hash_of([_said(self.input), self.choices])
        scores = {name: one for scorer, score in self.scores.items() for name, one in _numbers(scorer, score, where)}
        content, answers = hash_of([asked, self.target]), hash_of(_completion(self.output))
        return Item(where, content, asked, answers, f"sample {self.id!r}", cluster_of(self.metadata, cluster), scores)


def _said(content: JsonValue) -> JsonValue:
    """Messages without the names that every run gives them anew."""
    if not isinstance(content, list):
        return content
    return [{key: one.get(key) for key in ("role", "content")} if isinstance(one, dict) else one for one in content]


def _completion(output: JsonValue) -> JsonValue:
    choices = output.get("choices") if isinstance(output, dict) else None
    if not isinstance(choices, list):
        return output
    return _said([one.get("message") if isinstance(one, dict) else one for one in choices])


def _numbers(scorer: str, score: Score, where: str) -> Iterator[tuple[str, Number | str]]:
    """Name and number of each value of a score: one, or several by name."""
    values = score.value if isinstance(score.value, dict) else {"": score.value}
    for key, value in values.items():
        name = f"{scorer}.{printable(key)}" if key else scorer
        yield name, _number(value, f"{where}: {name}")


def _number(value: JsonValue, what: str) -> Number | str:
    """As Inspect counts it; what it would count as 0 with a warning is a text here."""
    if isinstance(value, str):
        value = LETTERS.get(value, WORDS.get(value.lower(), value))
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return f"{shown(value)} is no C, I, P or N and no number"
    if not isinstance(value, int | float):
        return f"{shown(value)} is no single number"
    if not is_score(value):
        raise UserError(f"{what} is {shown(value)}, which is no score. Find out why, and score the log again.")
    return Number(float(value))


def read_log(path: Path, cluster: str) -> Sheet:
    """A log.

    Args:
        cluster: the field of a sample's metadata that says which items belong together.

    Raises:
        UserError: it is none, did not end with success, or a sample has no score.
    """
    with _opened(path) as (head, samples):
        _require_success(path, head)
        items = _items(samples, cluster)
    if not items:
        raise UserError(f"{path}: no sample in it. Evaluate without --no-log-samples.")
    return Sheet(PROGRAM, str(path), head.eval.task, head.eval.model, items, config=head.config, facts=head.facts)


def _items(samples: Samples, cluster: str) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for place, content in samples:
        sample = _checked(Sample, content, place)
        where = f"{place} ({sample.name})"
        if sample.name in items:
            raise UserError(f"{where}: there already, at {items[sample.name].where}. {WAY_OUT}")
        items[sample.name] = sample.as_item(where, cluster)
    return items


def _require_success(path: Path, head: Head) -> None:
    if head.status != SUCCESS:
        raise UserError(f"{path}: its status is {shown(head.status)}, and only {SUCCESS!r} has all scores. {RETRY}")
    if head.invalidated:
        raise UserError(f"{path}: a sample of it was invalidated. {RETRY}")


def _checked(model: type[Model], content: object, where: str) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{problem(error, where)} {WAY_OUT}") from None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Head, Samples]]:
    if path.suffix != ".eval":
        yield _of_json(path)
        return
    with closing(Archive(path, WAY_OUT)) as archive:
        if HEADER not in archive.names:
            raise UserError(f"{path}: no {HEADER} in it, so the run did not end. {RETRY}")
        head = _checked(Head, _member(archive, path, HEADER), f"{path}, {HEADER}")
        names = [name for name in archive.names if name.startswith(SAMPLES) and name.endswith(".json")]
        yield head, ((f"{path}, {name}", _member(archive, path, name)) for name in names)


def _member(archive: Archive, path: Path, name: str) -> Any:
    content = archive.content(name)
    with reading(f"{path}, {name}", "JSON", WAY_OUT):
        return json.loads(content)


def _of_json(path: Path) -> tuple[Head, Samples]:
    with reading(str(path), "JSON", WAY_OUT):
        content = json.loads(path.read_text(encoding="utf-8"))
    head = _checked(Head, content, str(path))
    samples = content.get("samples") or []
    if not isinstance(samples, list):
        raise UserError(f"{path}: samples must be a list. {WAY_OUT}")
    return head, ((f"{path}, sample {place}", one) for place, one in enumerate(samples, 1))
