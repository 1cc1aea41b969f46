"""The task files: every general and target task as bytes, from the seed alone."""

import json
import random
import re
from collections import Counter
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from types import ModuleType

from harness.data.tasks.general import ENGLISH, GeneralItem, InstructionItem
from harness.testbed.corpus import Document, corpus, general_text
from harness.testbed.english import work_slips
from harness.testbed.english.tasks import english_tasks
from harness.testbed.general import ABILITIES, TEST_ITEMS, items
from harness.testbed.problem import Row, Split
from harness.testbed.targets import code, json_records, new_facts, new_language, poems
from harness.testbed.targets.sampling import sampled

TARGETS: tuple[ModuleType, ...] = (new_facts, poems, json_records, code, new_language)
TEXT_DOCUMENTS = 300
COMMON = 0.1
"""A word belongs to a template where at least this part of the source's texts holds it."""
REPLAY_DOCUMENTS = 1500


def _lines(rows: list[dict[str, object]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _general(seed: int) -> dict[str, bytes]:
    tasks = [items(ability, "test", TEST_ITEMS, seed) for ability in ABILITIES]
    files = {f"general/{task.name}.jsonl": _lines(list(map(_item, task.items))) for task in tasks}
    texts = general_text(random.Random(f"text-{seed}"), TEXT_DOCUMENTS)
    forms = openings(texts)
    rows: list[dict[str, object]] = [
        {"id": f"text-{i + 1:04d}", "text": d.text, "cluster": form}
        for i, (d, form) in enumerate(zip(texts, forms, strict=True))
    ]
    return {**files, "general/text.jsonl": _lines(rows), **english_files()}


def english_files() -> dict[str, bytes]:
    return {
        f"general/{ENGLISH}/{name}.jsonl": _lines(list(map(_item, items))) for name, items in english_tasks().items()
    }


def openings(texts: list[Document]) -> list[str]:
    """What texts of one template share: their source, and their first sentence without the words that few share.

    The sources are no clusters: there are eight of them, and every corpus has the same.
    """
    held = {source: Counter[str]() for source in {one.source for one in texts}}
    for one in texts:
        held[one.source].update(set(_words(one.text)))
    counts = Counter(one.source for one in texts)
    return [
        f"{one.source}: " + " ".join(
            word if held[one.source][word] >= COMMON * counts[one.source] else "_" for word in _words(_first(one.text))
        )
        for one in texts
    ]  # fmt: skip


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


def _first(text: str) -> str:
    """The first sentence or line."""
    return re.split(r"(?<=[.?])\s|\n", text, maxsplit=1)[0]


def _item(item: GeneralItem) -> dict[str, object]:
    """The columns in the order of the files."""
    row = asdict(item)
    if isinstance(item, InstructionItem):
        row["checks"] = [{"kind": check.kind, **check.model_dump(exclude_unset=True)} for check in item.checks]
    names = ("id", "text", "prompt", "checks", "context", "choices", "answer", "max_tokens", "cluster")
    return {name: row[name] for name in names if name in row}


def _replay(seed: int) -> dict[str, bytes]:
    """Documents of the corpus, which the base has seen or might have: text to mix in against forgetting."""
    found = dict.fromkeys(d.text for d in islice(corpus(random.Random(f"replay-{seed}")), REPLAY_DOCUMENTS))
    return {"replay.jsonl": _lines([{"text": text} for text in found])}


def _row(name: str, number: int, row: Row) -> dict[str, object]:
    return {"id": f"{name}-{number:04d}", "prompt": row.prompt, "completion": row.completion, "cluster": row.cluster}


def target_rows(target: ModuleType, seed: int) -> dict[Split, list[Row]]:
    """Rows per split, disjoint by the problem: a sentence, an instruction, a story, or a person's fields."""
    rng = random.Random(f"{target.NAME}-{seed}")
    return new_facts.rows(rng) if target is new_facts else sampled(rng, target.propose)


def work_slip_files() -> dict[str, bytes]:
    """The target in plain English, as conversations: the same whatever the seed of the embedded model."""
    folder = f"target/{work_slips.NAME}"
    files = {}
    for split, rows in sampled(random.Random(work_slips.NAME), work_slips.propose, work_slips.SIZES).items():
        files[f"{folder}/{split}.jsonl"] = _lines(
            [
                {
                    "id": f"{work_slips.NAME}-{split}-{number:04d}",
                    "messages": [
                        {"role": "user", "content": row.prompt},
                        {"role": "assistant", "content": row.completion},
                    ],
                    "cluster": row.cluster,
                }
                for number, row in enumerate(rows, 1)
            ]
        )
    return {**files, f"{folder}/task.toml": f"{_about(work_slips)}english = true\n".encode()}


def _about(target: ModuleType) -> str:
    return f'metric = "{target.METRIC}"\ndescription = "{target.DESCRIPTION}"\ndistance = {target.DISTANCE}\n'


def _target(target: ModuleType, seed: int) -> dict[str, bytes]:
    folder = f"target/{target.NAME}"
    files = {
        f"{folder}/{split}.jsonl": _lines([_row(f"{target.NAME}-{split}", i + 1, r) for i, r in enumerate(rows)])
        for split, rows in target_rows(target, seed).items()
    }
    return {**files, f"{folder}/task.toml": _about(target).encode()}


def task_files(seed: int) -> dict[str, bytes]:
    """Path below `fixtures/tasks` to content, for every task file."""
    files = {**_general(seed), **_replay(seed), **work_slip_files()}
    for target in TARGETS:
        files.update(_target(target, seed))
    return files


def write_task_files(folder: Path, seed: int) -> None:
    """Writes every task file below `folder`, making folders as needed."""
    for name, content in task_files(seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
