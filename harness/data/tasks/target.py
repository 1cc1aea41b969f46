"""Target tasks: what a trial is meant to learn, with train, validation and test splits.

Shipped ones are directories `train.jsonl`, `validation.jsonl`, `test.jsonl`, `task.toml`. A user's own
data that comes without splits is split here by content hash, so that the split never changes when lines
move, and equal prompts always land on the same side.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Annotated

from harness.data.readers.examples import Example, content_hash
from harness.data.readers.files import Row, read_rows
from harness.data.readers.forms import Read, examples_from_rows
from harness.data.readers.sources import SPLITS, WHOLE, Data, read_data
from harness.data.tasks.decontamination import contained, words
from harness.schema.codec import read_toml
from harness.schema.errors import UserError, one_of
from harness.schema.paths import FIXTURES
from harness.schema.typed import Table, among
from harness.schema.wording import counted

SHIPPED = FIXTURES / "tasks" / "target"
METRICS = {"exact_match": True, "field_accuracy": True, "rouge_l": True, "nll_per_token": False}
"""Metrics of target tasks, and whether higher is better."""


@dataclass(frozen=True)
class TargetTask:
    """Disjoint splits of examples, the metric they are judged by, and how they are trained on."""

    name: str
    metric: str
    objective: str
    """`instruction` (prompt and completion), `chat` (messages) or `pretrain` (plain text)."""
    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    sha256: str
    moved: int = 0
    """Examples that train, though their hash would hold them out: a training example holds their whole text."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What of the data is not used, for the plan to say."""

    @property
    def higher_is_better(self) -> bool:
        return METRICS[self.metric]


class _Task(Table):
    """What a task.toml says; `distance` orders the tasks from near to what the base knows to far from it."""

    metric: Annotated[str, among(METRICS)]
    description: str
    distance: int = 0
    english: bool = False
    """Plain English, for any pretrained base; the others are of the embedded model's small world."""


def shipped_targets() -> list[str]:
    """Names of the targets that ship with the project: those of the embedded model's world, from near to far, then
    those in plain English."""
    return targets_of_the_embedded() + _shipped(english=True)


def targets_of_the_embedded() -> list[str]:
    """The ladder from near to what the embedded model knows to far from it."""
    return _shipped(english=False)


def _shipped(english: bool) -> list[str]:
    found = [(read_toml(path, _Task), path.parent.name) for path in SHIPPED.glob("*/task.toml")]
    return [name for _, name in sorted((task.distance, name) for task, name in found if task.english is english)]


def load_target(name: str) -> TargetTask:
    """A target that ships with the project.

    Raises:
        UserError: no such target.
    """
    if name not in shipped_targets():
        raise one_of("--targets: task", name, shipped_targets(), "Your own data goes in with --data FILE.")
    directory = SHIPPED / name
    metric = read_toml(directory / "task.toml", _Task).metric
    read, splits = _read({split: read_rows(directory / f"{split}.jsonl") for split in SPLITS}, None)
    content = b"".join((directory / f"{split}.jsonl").read_bytes() for split in SPLITS)
    sha256 = hashlib.sha256(content + metric.encode()).hexdigest()
    return _checked(_target(name, metric, read.objective, splits, sha256))


def split_user_data(source: str | Path, metric: str = "nll_per_token", objective: str | None = None) -> TargetTask:
    """A user's own data as a target. Splits are taken as they were given, or made: of ten prompts, eight train, one
    validates, one tests.

    A split is decided by the sha256 of the prompt, or of a text that has none (blind to case and white
    space). Exact duplicates of a prompt and its answer are dropped within a split that was given, or overall. What
    would be held out here, and stands whole in a training example, trains too.

    Args:
        source: a file, directory, hub id or URL; see `read_data`.
        objective: the format as stated; recognised from the rows where None.

    Raises:
        UserError: a broken row, mixed formats, a metric that does not fit, too few examples for three
            splits, or an item of a split that was given as held out and stands in training.
    """
    data = read_data(str(source))
    read, every = _read(data.splits, objective)
    objective = read.objective
    _check_metric(metric, objective, every)
    found = {split: _unique(examples) for split, examples in every.items()}
    splits = _split(found[WHOLE], SPLITS) if WHOLE in found else found
    if "validation" not in splits:
        splits = {**splits, **_with_validation(splits["train"])}
    splits, moved = _apart(splits, [split for split in SPLITS if split not in found])
    target = _checked(_target(data.name, metric, objective, splits, _sha256(metric, objective, splits)))
    _check_sizes(data, splits)
    return replace(target, moved=moved, notes=(*data.notes, *read.ignored, *_duplicates(data, every, found)))


def _target(name: str, metric: str, objective: str, splits: Mapping[str, list[Example]], sha256: str) -> TargetTask:
    train, validation, test = (tuple(splits[split]) for split in SPLITS)
    return TargetTask(name, metric, objective, train, validation, test, sha256)


def _read(rows: Mapping[str, Iterable[Row]], objective: str | None) -> tuple[Read, dict[str, list[Example]]]:
    """All rows as one, since they have one format, and the examples of each split."""
    lists = {split: list(own) for split, own in rows.items()}
    read = examples_from_rows(chain.from_iterable(lists.values()), objective)
    rest = iter(read.examples)
    return read, {split: list(islice(rest, len(own))) for split, own in lists.items()}


def _duplicates(data: Data, every: Mapping[str, list[Example]], found: Mapping[str, list[Example]]) -> Iterator[str]:
    dropped = sum(map(len, every.values())) - sum(map(len, found.values()))
    if dropped:
        yield f"{data.where}: {counted(dropped, 'duplicate', 'is', 'are')} left out"


def _unique(examples: Iterable[Example]) -> list[Example]:
    unique: dict[tuple[str, str], Example] = {}
    for example in examples:
        unique.setdefault(_identity(example), example)
    return list(unique.values())


def _split(examples: Iterable[Example], names: tuple[str, ...]) -> dict[str, list[Example]]:
    """By hash: of ten parts, one for each name after the first, and the rest for the first."""
    splits: dict[str, list[Example]] = {name: [] for name in names}
    for example in examples:
        bucket = int(_prompt_hash(example)[:8], 16) % 10
        name = {0: "test", 1: "validation"}.get(bucket, "train")
        splits[name if name in names else "train"].append(example)
    return splits


def _prompt_hash(example: Example) -> str:
    return content_hash(example.question.strip() or example.answer)


def _with_validation(train: list[Example]) -> dict[str, list[Example]]:
    """Train and validation out of a train split; where a tenth is too little, two prompts validate."""
    splits = _split(train, ("train", "validation"))
    if len(splits["validation"]) >= 2:
        return splits
    chosen = set(sorted({_prompt_hash(example) for example in train})[:2])
    return {
        "train": [example for example in train if _prompt_hash(example) not in chosen],
        "validation": [example for example in train if _prompt_hash(example) in chosen],
    }


def _apart(splits: Mapping[str, list[Example]], made: Sequence[str]) -> tuple[dict[str, list[Example]], int]:
    """Splits made here, without held-out items that stand whole in a training example: those train, and their number.

    What such an item holds whole stands in that training example too, so none has to follow it.
    """
    apart = dict(splits)
    for split in made:
        if split == "train":
            continue
        leaks = {id(example) for example, _ in _contained(splits[split], splits["train"])}
        apart[split] = [example for example in splits[split] if id(example) not in leaks]
        apart["train"] = [*apart["train"], *(example for example in splits[split] if id(example) in leaks)]
    return apart, len(apart["train"]) - len(splits["train"])


def _check_sizes(data: Data, splits: Mapping[str, list[Example]]) -> None:
    if min(map(len, splits.values())) >= 2:
        return
    sizes = ", ".join(f"{split} {len(splits[split])}" for split in SPLITS)
    different = len(_unique(example for split in splits.values() for example in split))
    raise UserError(
        f"{data.where}: {counted(different, 'different example', 'is', 'are')} too few for three splits ({sizes}). "
        "At least two in each are needed: give more data, 50 examples or so."
    )


def _check_metric(metric: str, objective: str, splits: Mapping[str, list[Example]]) -> None:
    """Answers that the metric cannot judge are found before training, not after."""
    if objective == "pretrain" and metric != "nll_per_token":
        raise UserError(
            f'The metric {metric} judges answers, and plain text has none. Set metric = "nll_per_token" in the profile.'
        )
    if metric not in JUDGED:
        return
    needed, fits = JUDGED[metric]
    for example in (example for examples in splits.values() for example in examples):
        if not fits(example.answer):
            raise UserError(
                f"{example.place}: the metric {metric} needs answers that {needed}, and this is none. "
                'Mend it, or set metric = "exact_match" or "nll_per_token" in the profile.'
            )


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


JUDGED: dict[str, tuple[str, Callable[[str], bool]]] = {
    "field_accuracy": ("are JSON objects", _is_object),
    "rouge_l": ("hold words", lambda text: bool(words(text))),
}
"""Metrics that cannot judge every answer, and what they need."""


def _sha256(metric: str, objective: str, splits: Mapping[str, list[Example]]) -> str:
    """Over what was read, whatever kind of file it was read from: every example with its split, in order."""
    content = {split: [_content(one, one.cluster) for one in splits[split]] for split in SPLITS}
    return hashlib.sha256(json.dumps([metric, objective, content]).encode()).hexdigest()


def _content(example: Example, *cluster: str) -> tuple[object, ...]:
    """What an example is; the first versions knew no unlearned turns, and their hashes hold."""
    unlearned = (example.unlearned,) if example.unlearned else ()
    return (example.id, *cluster, example.prompt, example.completion, example.messages, *unlearned)


def split_hashes(target: TargetTask) -> dict[str, str]:
    """sha256 (hex) of each split's examples, in order: two runs whose test split has the same one asked the same."""
    found = {}
    for split in SPLITS:
        content = [_content(one) for one in getattr(target, split)]
        found[split] = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return found


@cache
def leaked(target: TargetTask) -> list[str]:
    """Ids of validation and test items whose prompt and answer stand in the training split, as they are or within.

    Kept, since every trial of a process asks.
    """
    return [example.id for example, *_ in _leaks(target)]


def _leaks(target: TargetTask) -> list[tuple[Example, Example, bool]]:
    """Held-out items, each with the training example that it is, or (False) that holds its whole text."""
    trained: dict[tuple[str, str], Example] = {}
    for example in target.train:
        trained.setdefault(_identity(example), example)
    held_out = target.validation + target.test
    same = {id(one): trained[identity] for one in held_out if (identity := _identity(one)) in trained}
    within = {id(one): twin for one, twin in _contained(held_out, target.train)}
    return [
        (one, same.get(id(one)) or within[id(one)], id(one) in same)
        for one in held_out
        if id(one) in same or id(one) in within
    ]


def _contained(held_out: Sequence[Example], train: Sequence[Example]) -> list[tuple[Example, Example]]:
    """Held-out items of at least `overlap.RUN` words, every run of which stands in one training example."""
    found = contained([one.text for one in held_out], [one.text for one in train])
    return [(held_out[item], train[where]) for item, where in found.items()]


def _identity(example: Example) -> tuple[str, str]:
    return content_hash(example.question), content_hash(example.answer)


def _checked(target: TargetTask) -> TargetTask:
    if leaks := _leaks(target):
        places = "; ".join(
            f"{example.place} is also {twin.place}" if same else f"{example.place} stands whole in {twin.place}"
            for example, twin, same in leaks[:3]
        )
        count = f"{len(leaks)} held-out items stand" if len(leaks) > 1 else "1 held-out item stands"
        raise UserError(
            f"Target {target.name!r}: {count} in the training split: {places}{'; ...' if len(leaks) > 3 else ''}. "
            "Remove them there; a model that has seen the test measures nothing."
        )
    for split in (target.validation, target.test):
        first: dict[str, Example] = {}
        for example in split:
            if (twin := first.setdefault(example.id, example)) is not example:
                raise UserError(
                    f"Target {target.name!r}: an id stands twice in one split, {example.id!r} in {twin.place} and in "
                    f"{example.place}. Ids must be unique."
                )
    return target
