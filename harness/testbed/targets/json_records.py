"""JSON: a sentence about a person turned into an object of three or four fields."""

import json
import random

from harness.testbed.lexicon import FOODS, JOBS, NAMES, TOWNS
from harness.testbed.problem import Row

NAME = "json"
METRIC = "field_accuracy"
DISTANCE = 3
DESCRIPTION = "A sentence about a person, turned into a JSON object with the fields name, job, town and perhaps food."
SENTENCES = ("{name} is a {job} in {town}", "{name} lives in {town} as a {job}", "The {job} {name} is from {town}")


def propose(rng: random.Random) -> Row:
    """One sentence and its object; `food` is a field only where the sentence names one."""
    fields = {"name": rng.choice(NAMES), "job": rng.choice(JOBS), "town": rng.choice(TOWNS)}
    wording = rng.randrange(len(SENTENCES))
    sentence = SENTENCES[wording].format(**fields)
    if rng.random() < 0.35:
        fields["food"] = rng.choice(FOODS)
        sentence += f" and likes {fields['food']}"
    problem = "json:" + ":".join(fields.values())
    return Row(
        f"Text: {sentence}.\nAnswer:",
        " " + json.dumps(fields, separators=(",", ":")),
        f"wording-{wording}:{fields['job']}",
        problem,
    )
