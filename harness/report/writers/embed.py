"""Data that stands inside the page: safe within a script element, compressed where it is long."""

import base64
import gzip
import json

from harness.report.writers.files import results_csv
from harness.schema.results import Results

_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def script_json(content: object) -> str:
    """JSON that no parser of HTML or of scripts can take for anything else."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False).translate(_ESCAPES)


def packed(text: str) -> str:
    """`text` as base64 of gzip, the same for the same text; empty for an empty one."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode() if text else ""


def both_files(results: Results) -> str:
    """`results.json` and `results.csv` as one text, in turns a line of each, trial beside trial.

    Lines 0, 2, 4, ... are JSON: all that stands before the trials, each trial, all that stands after them; lines
    1, 3, 5, ... are those of the CSV file. So a compressor finds every number of the CSV a few bytes before it.
    """
    whole = results.model_dump(mode="json")
    place = list(whole).index("trials")
    fields = [f"{json.dumps(name)}: {json.dumps(content)}" for name, content in whole.items()]
    before, after = ", ".join([*fields[:place], '"trials": [']), ", ".join(["]", *fields[place + 1 :]])
    parts = [f"{{{before}", *map(json.dumps, whole["trials"]), f"{after}}}"]
    rows = results_csv(results).split("\n")
    return "\n".join(line for pair in zip(parts, rows, strict=True) for line in pair)
