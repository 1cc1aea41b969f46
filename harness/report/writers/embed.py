"""Data that stands inside the page: safe within a script element, compressed where it is long."""

import base64
import gzip
import json

from harness.report.writers.files import results_csv
from harness.schema.results import Results

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def script_json(content: object) -> str:
    """JSON that no parser of HTML or of scripts can take for anything else."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def packed(text: str) -> str:
    """`text` as base64 of gzip, the same for the same text; empty for an empty one."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode() if text else ""


def both_files(results: Results) -> str:
    """`results.json` and `results.csv` as one text, in turns a line of each, trial beside trial.

    Lines 0, 2, 4, ... are JSON: all that stands before the trials, each trial, all that stands after them; lines
    1, 3, 5, ... are those of the CSV file. So a compressor finds every number of the CSV a few bytes before it.
    """
    whole = results.model_dump(mode="json")
    names = list(whole)
    place = names.index("trials")
    before = "".join(f"{json.dumps(name)}: {json.dumps(whole[name])}, " for name in names[:place])
    after = "".join(f", {json.dumps(name)}: {json.dumps(whole[name])}" for name in names[place + 1 :])
    parts = [f'{{{before}"trials": [', *map(json.dumps, whole["trials"]), f"]{after}}}"]
    rows = results_csv(results).split("\n")
    return "\n".join(line for pair in zip(parts, rows, strict=True) for line in pair)
