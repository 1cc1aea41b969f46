"""Check: whether the shipped files are what their card says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.schema.errors import UserError
from harness.testbed.card import CARD, README, hashes, measure, parameter_count
from harness.testbed.readme import render

MAX_WEIGHT_BYTES = 8_000_000
SCORE_TOLERANCE = 0.01  # machines round differently: four items in 400 may flip


def read_card(folder: Path) -> dict[str, Any]:
    """The machine-readable card below `folder`.

    Raises:
        UserError: there is none, or it is not JSON.
    """
    path = folder / "model" / CARD
    if not path.is_file():
        raise UserError(f"{path} does not exist; build it with `python -m harness.testbed build --out {folder}`.")
    try:
        card: dict[str, Any] = json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise UserError(f"{path} is not JSON ({error}); build it anew.") from error
    return card


def differences(folder: Path) -> list[str]:
    """One line per way in which the files differ from their card; empty when they are what it says."""
    card = read_card(folder)
    found = _file_differences(card["sha256"], hashes(folder))
    weights = folder / "model" / "model.safetensors"
    if weights.is_file():
        if weights.stat().st_size > MAX_WEIGHT_BYTES:
            found.append(f"{weights} has {weights.stat().st_size} bytes; at most {MAX_WEIGHT_BYTES} are allowed")
        count = parameter_count(folder)
        if count != card["parameters"]:
            found.append(f"the model has {count} parameters; the card says {card['parameters']}")
    readme = folder / "model" / README
    if not readme.is_file() or readme.read_text() != render(card):
        found.append(f"{readme} is not what card.json renders to")
    return found


def _file_differences(said: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    found = [f"{name} is missing" for name in said if name not in there]
    found += [f"{name} is not in the card" for name in there if name not in said]
    found += [
        f"{name} has another content than the card says" for name in said if there.get(name, said[name]) != said[name]
    ]
    return found


def score_differences(folder: Path) -> list[str]:
    """One line per score that, measured now, is further from the card's than machines differ."""
    card = read_card(folder)
    said = {s["ability"]: float(s["accuracy"]) for s in card["scores"]}
    scores, text_perplexity = measure(folder)
    found = [
        f"{s.ability} scores {s.accuracy:.4f}; the card says {said.get(s.ability)}"
        for s in scores
        if s.ability not in said or not abs(s.accuracy - said[s.ability]) <= SCORE_TOLERANCE
    ]
    if not abs(text_perplexity - card["perplexity"]) <= SCORE_TOLERANCE * card["perplexity"]:
        found.append(f"perplexity is {text_perplexity}; the card says {card['perplexity']}")
    return found
