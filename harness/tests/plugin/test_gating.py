"""`pytest suites/ --baseline`, as CI runs it: does every way of failing end with its own exit code and verdict?"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.__main__ import main
from harness.schema.exit_codes import ExitCode
from harness.schema.measured import Measured
from harness.schema.paths import ROOT
from harness.store.baselines import read_baseline, write_baseline
from harness.store.looks import NAME as LOOKS
from harness.store.records import Store
from harness.tests.inner import run_pytest

pytestmark = pytest.mark.trains

PROFILE = """
base_model = "embedded"
targets = ["new-facts"]
general = ["facts", "agreement"]
seeds = 2
attention = "eager"
[recipe]
steps = 3
batch_size = 4
max_length = 64
warmup_steps = 1
schedule = "constant"
weight_decay = 0.0
max_grad_norm = 1.0
dtype = "float32"
[scoring]
dtype = "float32"
batch_tokens = 2048
max_items = 24
[[arms]]
method = "full"
[[arms]]
method = "lora"
ranks = [4]
"""
GATES = ROOT / "suites" / "test_gate.py"


class Runs:
    """The suites' gate, over one store."""

    def __init__(self, where: Path) -> None:
        self.where, self.report = where, where / "report"
        self.profile = where / "small.toml"
        self.profile.write_text(PROFILE)

    def suites(self, *options: str, store: Path | None = None, path: Path = GATES) -> tuple[int, dict[str, Any], str]:
        places = ("--store", str(store or self.where / "store"), "--report", str(self.report))
        ran = run_pytest(str(path), "--profile", str(self.profile), "--engine", "inline", "-q", *places, *options)
        verdict = self.report / "gate.json"
        content = json.loads(verdict.read_text()) if verdict.is_file() else {}
        return ran.code, content, ran.stdout + ran.stderr

    def damaged(self, name: str, change: Callable[[Measured], Measured], only: str = "") -> Path:
        """A copy of the store in which records are another way."""
        directory = self.where / name
        shutil.copytree(self.where / "store", directory)
        store = Store(directory)
        for one in store.all():
            if only in one.trial.id:
                store.put(change(one))
        return directory


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Two arms of two seeds, trained once and accepted."""
    found = Runs(tmp_path_factory.mktemp("gating"))
    code, _, said = found.suites(path=ROOT / "suites" / "test_gain.py")
    assert code == ExitCode.HELD, said
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("harness.store.baselines.BASELINES", found.where)
        command = ["accept", str(found.report), "--as", "main", "--store", str(found.where / "store")]
        assert main(command) == ExitCode.HELD
    return found


@pytest.fixture(autouse=True)
def _first_looks(runs: Runs) -> None:
    """What one test looked at is no look of the next one's."""
    (runs.where / "main" / LOOKS).unlink(missing_ok=True)


def baseline(runs: Runs) -> list[str]:
    return ["--baseline", str(runs.where / "main")]


def test_the_same_run_again_passes(runs: Runs) -> None:
    code, content, said = runs.suites(*baseline(runs), "--junitxml", str(runs.where / "junit.xml"))
    assert code == ExitCode.HELD, said
    assert content["verdict"] == "PASS"
    assert content["counts"]["PASS"] == len(content["gates"]) > 10
    assert said.index("PASS: ") < said.index("what was gained, forgotten and spent"), "the verdict first"
    junit = (runs.where / "junit.xml").read_text()
    assert 'name="test_gate[new-facts-lora-r4-gain]"' in junit
    assert '<property name="verdict" value="PASS"' in junit
    assert "Gate" in (runs.report / "summary.md").read_text().splitlines()[0]
    page = (runs.report / "index.html").read_text()
    assert "<title>Did this change make it worse? this run against main</title>" in page


def right_lost(one: Measured, task: str) -> Measured:
    items = one.items
    return replace(one, items=items.assign(score=items["score"].where(items["task"] != task, 0.0)))


def dearer(one: Measured, field: str) -> Measured:
    cost = replace(one.record.cost, **{field: 2 * getattr(one.record.cost, field)})
    return replace(one, record=replace(one.record, cost=cost))


@pytest.mark.parametrize(
    ("name", "change", "gate"),
    [
        ("ability", lambda one: right_lost(one, "agreement"), "forgetting-agreement"),
        ("memory", lambda one: dearer(one, "peak_memory_bytes"), "peak-memory"),
        ("operations", lambda one: dearer(one, "flops_per_token"), "flops"),
        ("size", lambda one: dearer(one, "artifact_bytes"), "artifact-size"),
    ],
)
def test_a_planted_regression_fails_by_name(
    runs: Runs, name: str, change: Callable[[Measured], Measured], gate: str
) -> None:
    code, content, said = runs.suites(*baseline(runs), store=runs.damaged(name, change, only="lora"))
    assert code == ExitCode.FAILED
    failed = {one["id"] for one in content["gates"] if one["verdict"] == "FAIL"}
    assert f"new-facts-lora-r4-{gate}" in failed
    assert not any(one.startswith("new-facts-full") for one in failed)
    assert f"FAIL new-facts-lora-r4-{gate}" in said


@pytest.mark.release
def test_a_record_that_is_no_number_is_measured_again(runs: Runs) -> None:
    store = runs.damaged("nan", lambda one: replace(one, items=one.items.assign(score=float("nan"))), only="lora")
    code, content, said = runs.suites(*baseline(runs), "-k", "not step-time", store=store)
    assert "a damaged record was set aside" in said
    assert (code, content["verdict"]) == (ExitCode.HELD, "PASS")


def test_a_baseline_that_is_no_number_is_refused_before_anything_trains(runs: Runs) -> None:
    found = read_baseline(runs.where / "main")
    broken = [replace(one, items=one.items.assign(score=float("nan"))) for one in found.measured]
    write_baseline(replace(found, measured=tuple(broken)), runs.where / "nan-baseline")
    code, _, said = runs.suites("--baseline", str(runs.where / "nan-baseline"))
    assert code == ExitCode.USAGE_ERROR
    assert "is not a number" in said


def halved(one: Measured) -> Measured:
    return replace(one, items=one.items.groupby(["role", "task"]).head(12).reset_index(drop=True))


def test_half_of_the_items_fail(runs: Runs) -> None:
    code, content, said = runs.suites(*baseline(runs), store=runs.damaged("half", halved))
    assert code == ExitCode.FAILED
    assert "items" in {one["name"] for one in content["comparable"] if one["verdict"] == "FAIL"}
    assert "comparable-items: agreement: 12 items, 24 in the baseline" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--seeds", "1"], "new-facts-full-s1 is in the baseline, but not in this run"),
        pytest.param(
            ["--seeds", "3"], "new-facts-full-s2 is in this run, but not in the baseline", marks=pytest.mark.release
        ),
        pytest.param(["--general-tasks", "facts"], "the general task agreement is gone", marks=pytest.mark.release),
    ],
)
def test_another_run_than_the_baseline_fails(runs: Runs, options: list[str], said: str) -> None:
    code, content, output = runs.suites(*baseline(runs), *options)
    assert code == ExitCode.FAILED
    assert content["verdict"] == "FAIL"
    assert said in output


def test_an_edited_question_fails(runs: Runs) -> None:
    source = ROOT / "fixtures" / "tasks" / "general" / "facts.jsonl"
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    rows[0]["context"] = rows[0]["context"].rstrip() + " now"
    edited = runs.where / "facts.jsonl"
    edited.write_text("\n".join(map(json.dumps, rows)) + "\n")
    code, content, output = runs.suites(*baseline(runs), "--general-tasks", f"{edited},agreement")
    assert code == ExitCode.FAILED
    assert "the general task facts changed" in output
    assert content["verdict"] == "FAIL"


def unsteady(one: Measured) -> Measured:
    """Under one of two seeds a sixth of an ability is gone."""
    lost = (one.items["task"] == "agreement") & (one.items.index % 6 == 0) & (one.trial.seed == 1)
    return replace(one, items=one.items.assign(score=one.items["score"].where(~lost, 0.0)))


def test_what_cannot_be_told_has_a_code_of_its_own(runs: Runs) -> None:
    store = runs.damaged("unsteady", unsteady, only="lora")
    selected = ["-k", "agreement and lora"]
    code, content, said = runs.suites(*baseline(runs), *selected, store=store)
    assert code == ExitCode.INCONCLUSIVE, said
    assert content["verdict"] == "INCONCLUSIVE"
    assert "would settle it" in said
    assert "1 inconclusive" in said
    code, content, _ = runs.suites(*baseline(runs), *selected, "--allow", "inconclusive", store=store)
    assert code == ExitCode.HELD
    assert content["verdict"] == "INCONCLUSIVE"


def test_seeds_are_added_while_a_gate_cannot_tell(runs: Runs) -> None:
    store = runs.damaged("unsettled", unsteady, only="lora")
    few = ["-k", "agreement and lora", "--seeds", "1,", "--max-seeds", "2"]
    code, content, said = runs.suites(*baseline(runs), *few, store=store)
    assert "more seeds: 1 gate is open; 1 more trial, up to 2 an arm" in said
    assert code == ExitCode.INCONCLUSIVE, said
    assert [one["seeds"] for one in content["gates"]] == [[0, 1]]


def test_who_looks_again_at_other_seeds_has_what_error_is_left(runs: Runs) -> None:
    """Two planned looks spend it all; the same seeds again cost nothing, another choice of them has nothing."""
    store = runs.damaged("looks", unsteady, only="lora")
    few = ["-k", "agreement and lora", "--max-seeds", "2"]
    found = []
    for seeds in ("1,", "1,", "0,"):
        _, content, said = runs.suites(*baseline(runs), *few, "--seeds", seeds, store=store)
        found.append([(one["number"], one["error"], one["left"]) for one in content["looks"]])
    assert found == [[(2, 0.025, 0.0)], [(2, 0.025, 0.0)], [(3, 0.0, 0.0)]]
    assert "look 3 at new-facts lora-r4, under 1 seed: the error is spent" in said
    lines = [json.loads(line) for line in (runs.where / "main" / LOOKS).read_text().splitlines()]
    assert [one["seeds"] for one in lines if one["verdict"] is None] == [[1], [0, 1], [0]]


def test_the_anchor_is_judged_beside_the_baseline(runs: Runs) -> None:
    """Accepted: a run that has lost an ability. The next one, as bad, is no worse than that, and still fails."""
    store = runs.damaged("ratchet", lambda one: right_lost(one, "agreement"), only="lora")
    shutil.copytree(runs.where / "main", runs.where / "held")
    code, _, _ = runs.suites("--baseline", str(runs.where / "held"), store=store)
    assert code == ExitCode.FAILED
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("harness.store.baselines.BASELINES", runs.where)
        assert main(["accept", str(runs.report), "--as", "held", "--store", str(store)]) == ExitCode.HELD
    code, content, said = runs.suites("--baseline", str(runs.where / "held"), store=store)
    assert code == ExitCode.FAILED
    failed = {one["id"] for one in content["gates"] if one["verdict"] == "FAIL"}
    assert "new-facts-lora-r4-forgetting-agreement-vs-anchor" in failed
    assert {one["against"] for one in content["gates"] if one["verdict"] == "FAIL"} == {"anchor"}
    assert "against the baseline held and its anchor" in said
    assert "FAIL new-facts-lora-r4-forgetting-agreement-vs-anchor" in said


def test_nothing_judged_is_never_green(runs: Runs) -> None:
    code, content, _ = runs.suites(*baseline(runs), path=ROOT / "suites" / "test_gain.py")
    assert code == ExitCode.NOTHING_MEASURED
    assert content["verdict"] == "FAIL"
    code, content, _ = runs.suites(*baseline(runs), "-k", "nosuchgate")
    assert code == ExitCode.NOTHING_SELECTED
    assert content.get("verdict", "FAIL") == "FAIL"


def test_an_old_verdict_does_not_outlive_a_run_that_breaks_off(runs: Runs) -> None:
    runs.suites(*baseline(runs))
    code, content, _ = runs.suites(*baseline(runs), "--data", "nowhere.jsonl")
    assert code == ExitCode.USAGE_ERROR
    assert content.get("verdict") != "PASS"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--baseline", "nowhere"], "no such baseline"),
        (["--baseline", "nowhere", "--gates", "nowhere.toml"], "no such baseline"),
        (["--max-seeds", "8"], "Give --baseline too"),
        (["--settle", "8"], "Give --baseline too"),
        (["--report", str(ROOT / "pyproject.toml" / "x")], "Give a directory that you may write with --report DIR"),
        (["--allow", "everything"], "Allowed: versions, device, precision, inconclusive"),
    ],
)
def test_wrong_options_are_one_message(runs: Runs, options: list[str], said: str) -> None:
    code, _, output = runs.suites(*options)
    assert code == ExitCode.USAGE_ERROR
    assert said in output
    assert "Traceback" not in output
