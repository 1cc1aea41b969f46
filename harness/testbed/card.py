"""The model card: what the shipped files are, for machines (card.json) and for readers (README.md)."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from harness.run.environment import describe
from harness.testbed.corpus import GENERATOR_VERSION
from harness.testbed.general import ABILITIES
from harness.testbed.pretrain import Recipe, Trained
from harness.testbed.scoring import accuracy, perplexity
from harness.testbed.shipped import general_task, load_model, load_tokenizer

CARD, README = "card.json", "README.md"


@dataclass(frozen=True)
class Score:
    """Accuracy on one ability's shipped items, beside what guessing scores."""

    ability: str
    accuracy: float
    chance: float
    items: int


def measure(folder: Path) -> tuple[list[Score], float]:
    """Scores on every general task and the perplexity of the general text, of the files below `folder`."""
    model, tokenizer = load_model(folder / "model"), load_tokenizer(folder / "model")
    scores = []
    for ability in ABILITIES:
        task = general_task(folder / "tasks", ability)
        scores.append(Score(ability, round(accuracy(model, tokenizer, task), 4), task.chance, len(task.items)))
    return scores, round(perplexity(model, tokenizer, general_task(folder / "tasks", "text")), 4)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of model (card and README apart) and tasks, by relative path."""
    files = sorted(p for part in ("model", "tasks") for p in (folder / part).rglob("*") if p.is_file())
    named = {p.relative_to(folder).as_posix(): p for p in files if p.name not in (CARD, README)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}


def parameter_count(folder: Path) -> int:
    """The number of parameters of the model below `folder`, tied embeddings once."""
    return sum(p.numel() for p in load_model(folder / "model").parameters())


def new_card(folder: Path, recipe: Recipe, trained: Trained, threads: int) -> dict[str, object]:
    """The card of the files below `folder`, measured now."""
    scores, text_perplexity = measure(folder)
    return {
        "schema": 1,
        "generator_version": GENERATOR_VERSION,
        "seed": recipe.seed,
        "parameters": parameter_count(folder),
        "tokens": recipe.steps * recipe.rows * recipe.row_tokens,
        "best_step": trained.best_step,
        "recipe": asdict(recipe),
        "train_s": round(trained.train_s),
        "hardware": {"cpu": describe(threads)["cpu"], "cores": os.cpu_count(), "threads": threads},
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
        "scores": [asdict(s) for s in scores],
        "perplexity": text_perplexity,
        "sha256": hashes(folder),
    }


def write_card(folder: Path, card: dict[str, object], readme: str) -> None:
    """Writes both forms of the card beside the weights."""
    (folder / "model" / CARD).write_text(json.dumps(card, indent=2) + "\n")
    (folder / "model" / README).write_text(readme)


def note_tasks(folder: Path, seed: int) -> None:
    """Writes the digests of the task files into the card of `folder`, if it has one of this seed; the rest stays."""
    path = folder / "model" / CARD
    if not path.is_file():
        return
    card = json.loads(path.read_text())
    if card["seed"] == seed:
        now = {name: digest for name, digest in hashes(folder).items() if name.startswith("tasks/")}
        kept = {name: digest for name, digest in card["sha256"].items() if not name.startswith("tasks/")}
        path.write_text(json.dumps({**card, "sha256": {**kept, **now}}, indent=2) + "\n")
