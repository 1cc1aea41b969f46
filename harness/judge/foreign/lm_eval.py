"""What did lm-evaluation-harness score? `samples_TASK_TIME.jsonl`, which it writes with `--log_samples`.

A line is an item under one filter; `results_TIME.json` beside it says how the task was put to the model.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, JsonValue, StrictInt, ValidationError

from harness.judge.foreign.sheet import AT, Foreign, Item, Number, Sheet, Text, cluster_of, hash_of, is_score, printable
from harness.schema.codec import problem
from harness.schema.edge import reading
from harness.schema.errors import UserError, shown

PROGRAM = "lm-eval"
NAME = re.compile(r"samples_(?P<task>.+?)(?:_(?P<time>\d{4}-\d\d-\d\dT[\d.-]+))?\.jsonl")
WAY_OUT = "Give a file that lm_eval --log_samples wrote (0.4.7 or later), as it wrote it."
NO_FILTER = "none"

OF_TEXTS = {
    "perplexity": "nll",
    "word_perplexity": "nll_per_word",
    "byte_perplexity": "nll_per_byte",
    "bits_per_byte": "nll_per_byte",
}
"""Metrics whose column holds a log-likelihood, with the words or bytes it is over where the name says so."""

SETTINGS = (
    "dataset_path", "dataset_name", "test_split", "validation_split", "output_type", "doc_to_text", "doc_to_target",
    "doc_to_choice", "description", "fewshot_delimiter", "target_delimiter", "generation_kwargs", "filter_list",
    "metric_list", "repeats",
)  # fmt: skip
"""Of a task's config: what changes scores. The rest says where things lie."""

Columns = dict[str, JsonValue]


class Sample(Foreign):
    """A line."""

    doc_id: StrictInt
    doc: JsonValue
    target: JsonValue
    arguments: Annotated[dict[str, dict[str, JsonValue]], Field(min_length=1)]
    resps: JsonValue
    filtered_resps: JsonValue = None
    filter: Text
    metrics: Annotated[tuple[Text, ...], Field(min_length=1)]
    doc_hash: str = ""
    prompt_hash: str = ""
    target_hash: str = ""

    @property
    def content(self) -> str:
        """Of the texts themselves beside lm-eval's own hashes: one who edits a question may leave its hash."""
        return hash_of([self.doc, self.target, self.doc_hash, self.target_hash])

    @property
    def prompt(self) -> str:
        """Of what every request says before the answer."""
        contexts = [request.get("arg_0") for request in self.arguments.values()]
        return hash_of([contexts, self.prompt_hash])

    def column(self, metric: str) -> str:
        """With the filter, where there is one: `exact_match@strict-match`."""
        name = OF_TEXTS.get(metric, metric)
        return name if self.filter == NO_FILTER else f"{name}{AT}{self.filter}"

    def score(self, metric: str, where: str) -> Number | str:
        """The number in a metric's column; a text where it holds none.

        Raises:
            UserError: the column is not there, or is not finite.
        """
        columns = self.model_extra or {}
        if metric not in columns:
            raise UserError(f"{where}: metrics names {metric!r}, and the line has no such column. {WAY_OUT}")
        found = columns[metric]
        numbers = found if isinstance(found, list) else [found]
        if any(isinstance(one, int | float) and not is_score(one) for one in numbers):
            raise UserError(
                f"{where}: {metric} is {shown(found)}, which is no score. Find out why, and evaluate the task again."
            )
        return _text_score(found) if metric in OF_TEXTS else _plain_score(found)


def _plain_score(found: JsonValue) -> Number | str:
    if isinstance(found, int | float):
        return Number(float(found))
    return f"{shown(found)} is no number: the metric is one of all items together"


def _text_score(found: JsonValue) -> Number | str:
    """Nats of an item, per word or byte where it has several: log-likelihood, or that and what it is over."""
    if isinstance(found, int | float):
        return Number(-float(found))
    match found:
        case [int() | float() as likelihood, int() | float() as length] if length >= 1:
            return Number(-likelihood / length, float(length))
    return f"{shown(found)} is no log-likelihood with the length of its text"


class Results(Foreign):
    """What stands in `results_TIME.json`, by task."""

    versions: Columns = Field(default_factory=dict)
    shots: Columns = Field(default_factory=dict, alias="n-shot")
    counts: dict[str, Columns] = Field(default_factory=dict, alias="n-samples")
    higher_is_better: dict[str, dict[str, bool | None]] = Field(default_factory=dict)
    configs: dict[str, Columns] = Field(default_factory=dict)
    config: Columns = Field(default_factory=dict)
    model_name: Text | None = None
    lm_eval_version: Text | None = None
    transformers_version: Text | None = None

    def of(self, task: str) -> dict[str, object]:
        """How the task was put to the model."""
        own = self.configs.get(task, {})
        known = {"task version": self.versions.get(task), "number of shots": self.shots.get(task)}
        return {**known, **{key: own.get(key) for key in SETTINGS}}

    @property
    def facts(self) -> dict[str, str]:
        known = {
            "model": self.model_name,
            "lm-eval": self.lm_eval_version,
            "transformers": self.transformers_version,
            "model dtype": self.config.get("model_dtype"),
            "batch size": self.config.get("batch_size"),
        }
        return {name: printable(str(one)) for name, one in known.items() if one is not None}


def is_samples(path: Path) -> bool:
    return NAME.fullmatch(path.name) is not None


def read_samples(path: Path, cluster: str) -> Sheet:
    """One task of one run.

    Args:
        cluster: the field of `doc` that says which items belong together.

    Raises:
        UserError: a line is not what lm-eval writes, was written twice or is missing.
    """
    named = NAME.fullmatch(path.name)
    task, time = (named["task"], named["time"]) if named else (path.stem, None)
    items: dict[str, Item] = {}
    for where, sample in _samples(path):
        name = f"doc_id {sample.doc_id}"
        items[name] = _with(items.get(name), sample, name, f"{where} ({name})", cluster)
    if not items:
        raise UserError(f"{path}: no item in it. {WAY_OUT}")
    results = _results_beside(path, time)
    if results is None:
        return Sheet(PROGRAM, str(path), task, path.parent.name, items, _below({}))
    _check_count(path, task, results, items)
    facts = results.facts
    return Sheet(
        PROGRAM, str(path), task, facts.get("model", path.parent.name), items,
        _below(results.higher_is_better.get(task, {})), results.of(task), facts,
    )  # fmt: skip


def _samples(path: Path) -> Iterator[tuple[str, Sample]]:
    with reading(str(path)), path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}, line {number}"
            with reading(where, "JSON", f"Is the file cut off? {WAY_OUT}"):
                content = json.loads(line)
            if not isinstance(content, dict):
                raise UserError(f"{where}: a JSON object is needed. {WAY_OUT}")
            yield where, _sample(content, where)


def _sample(content: dict[str, Any], where: str) -> Sample:
    try:
        return Sample.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{problem(error, where)} {WAY_OUT}") from None


def _with(item: Item | None, sample: Sample, name: str, where: str, cluster: str) -> Item:
    """The item with what this line adds: the scores under one more filter.

    Raises:
        UserError: the line is there twice, or asks something else than the item's other lines.
    """
    scores = {sample.column(metric): sample.score(metric, where) for metric in sample.metrics}
    if item is None:
        told = cluster_of(sample.doc, cluster)
        return Item(where, sample.content, sample.prompt, hash_of(sample.resps), name, told, scores)
    if twice := item.scores.keys() & scores.keys():
        raise UserError(
            f"{where}: {sorted(twice)[0]} of this item stands in {item.where} already. Was the file written twice? "
            f"{WAY_OUT}"
        )
    if (item.content, item.prompt) != (sample.content, sample.prompt):
        raise UserError(f"{where}: another item or prompt than in {item.where}, of the same doc_id. {WAY_OUT}")
    return replace(item, scores={**item.scores, **scores})


def _results_beside(path: Path, time: str | None) -> Results | None:
    found = sorted(path.parent.glob(f"*_{time}.json")) if time else []
    if not found:
        return None
    with reading(str(found[0]), "JSON", "Give it as lm_eval wrote it, or take it away."):
        content = json.loads(found[0].read_text(encoding="utf-8"))
    try:
        return Results.model_validate(content)
    except ValidationError as error:
        raise UserError(f"{problem(error, str(found[0]))} Give it as lm_eval wrote it, or take it away.") from None


def _check_count(path: Path, task: str, results: Results, items: dict[str, Item]) -> None:
    expected = results.counts.get(task, {}).get("effective")
    if isinstance(expected, int) and expected != len(items):
        raise UserError(
            f"{path}: {len(items):,} items, and the results beside it count {expected:,}. Is it cut off? {WAY_OUT}"
        )


def _below(higher_is_better: dict[str, bool | None]) -> frozenset[str]:
    """Metrics of which less is better, as far as the results say."""
    return frozenset(OF_TEXTS.get(name, name) for name, higher in higher_is_better.items() if higher is False)
