"""Data inside the page: it ends no script, packs the same each time, and unpacks to the files beside the page."""

import base64
import gzip
import json

import pytest

from harness.report.writers.embed import both_files, packed, script_json
from harness.report.writers.files import results_csv, results_json
from harness.schema.results import Results
from harness.tests.synthetic import results_of


def test_both_files_are_told_apart_again(results: Results) -> None:
    """As the page's program does it: JSON on even lines, the CSV file on odd ones."""
    lines = both_files(results).split("\n")
    json_lines, csv_lines = lines[::2], lines[1::2]
    assert "\n".join(csv_lines) == results_csv(results)
    text = json_lines[0] + ",".join(json_lines[1:-1]) + json_lines[-1]
    assert json.loads(text) == json.loads(results_json(results))
    assert json.loads(json_lines[3])["id"] == results.trials[2].id


def test_no_trial_makes_two_files_too() -> None:
    empty = results_of([], learning_rates=())
    lines = both_files(empty).split("\n")
    assert json.loads(lines[0] + lines[2]) == json.loads(results_json(empty))
    assert "\n".join(lines[1::2]) == results_csv(empty)


def test_what_is_packed_is_the_same_each_time_and_unpacks(results: Results) -> None:
    text = both_files(results)
    assert packed(text) == packed(text)
    assert gzip.decompress(base64.b64decode(packed(text))).decode() == text
    assert len(packed(text)) < len(text) / 4


@pytest.mark.parametrize("text", ["</script>", "<!--", "&amp;", "\u2028\u2029", '"quoted"'])
def test_json_in_a_script_can_be_read_and_ends_nothing(text: str) -> None:
    embedded = script_json({text: [text]})
    assert not set("<>&\u2028\u2029") & set(embedded)
    assert json.loads(embedded) == {text: [text]}
