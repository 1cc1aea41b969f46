"""Do other people's scores get the differences, intervals and verdicts that records of ours with these scores get?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.judge.foreign.verdict import ONE_RUN, Rules
from harness.judge.gate.scores import judge_scores
from harness.judge.p_values import mcnemar
from harness.judge.pairing import Bench
from harness.judge.stats import mean_interval
from harness.schema.errors import UserError
from harness.schema.gate import GateContent, Verdict
from harness.schema.judged import Judged
from harness.schema.measured import GENERAL, Measured
from harness.tests.foreign import judge, write_inspect, write_lm_eval
from harness.tests.sides import ITEMS, MARGINS, draw, gate, margin, record

Scores = Mapping[str, Sequence[Any]]
RULES = Rules(MARGINS)


def judged(
    tmp_path: Path, before: Sequence[Scores], after: Sequence[Scores], rules: Rules = RULES, **writing: Any
) -> tuple[GateContent, Judged]:
    for name, side in (("before", before), ("after", after)):
        for run, scores in enumerate(side):
            write_lm_eval(tmp_path / name / str(run), scores, model=f"{name}-{run}", **writing)
    return judge(tmp_path / "before", tmp_path / "after", rules)


def without_clusters(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        line["doc"].pop("cluster")


def drawn(*shares: float) -> list[list[float]]:
    rng = np.random.default_rng(7)
    return [draw(share, rng) for share in shares]


def records(side: Sequence[Sequence[float]]) -> list[Measured]:
    return [record(seed, general={"facts": scores}) for seed, scores in enumerate(side)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(drawn(0.8), drawn(0.7)), (drawn(0.8, 0.82, 0.79), drawn(0.75, 0.7, 0.78))],
    ids=["one run a side", "three runs a side"],
)
def test_differences_are_those_of_the_same_records(
    tmp_path: Path, before: list[list[float]], after: list[list[float]]
) -> None:
    old, new = ([{"acc": scores} for scores in side] for side in (before, after))
    content, found = judged(tmp_path, old, new)
    bench = Bench([])
    pair = bench.paired(records(after), records(before), GENERAL, "facts", "score")
    assert pair is not None
    expected, row = mean_interval([pair]), found.tasks[0]
    assert (row.difference, row.ci95, row.p_value) == (expected.value, expected.bounds, expected.p)
    assert row.equal_within == expected.equal_within
    if len(before) > 1:
        same = judge_scores(gate("forgetting_task", 0.05, "facts"), bench, records(before), records(after))
        shared = ("verdict", "reason", "difference", "low", "high", "p_value", "before", "after", "seeds", "items")
        assert [getattr(content.gates[0], name) for name in shared] == [getattr(same, name) for name in shared]


def test_inspect_and_lm_eval_give_the_same_figures(tmp_path: Path) -> None:
    before, after = drawn(0.8, 0.7)
    _, lm_eval = judged(tmp_path / "lm-eval", [{"acc": before}], [{"acc": after}], lines=without_clusters)
    letters = [["C" if score else "I" for score in side] for side in (before, after)]
    write_inspect(tmp_path / "a.eval", {"acc": letters[0]}, model="before")
    write_inspect(tmp_path / "b.eval", {"acc": letters[1]}, model="after")
    _, inspect = judge(tmp_path / "a.eval", tmp_path / "b.eval", RULES)
    exact = {
        "items",
        "clusters",
        "runs",
        "before",
        "after",
        "difference",
        "right_to_wrong",
        "wrong_to_right",
        "mcnemar_p",
    }
    assert inspect.tasks[0].model_dump(include=exact) == lm_eval.tasks[0].model_dump(include=exact)
    assert inspect.tasks[0].ci95 == pytest.approx(lm_eval.tasks[0].ci95)


def test_flips_are_counted_and_named(tmp_path: Path) -> None:
    before, after = [1.0] * 30 + [0.0] * 10, [0.0] * 6 + [1.0] * 26 + [0.0] * 8
    _, found = judged(tmp_path, [{"acc": before}], [{"acc": after}], lines=without_clusters)
    row = found.tasks[0]
    assert (row.right_to_wrong, row.wrong_to_right, row.mcnemar_p) == (6, 2, mcnemar(6, 2))
    assert row.lost == tuple(f"doc_id {place}" for place in range(6))
    assert row.won == ("doc_id 30", "doc_id 31")
    assert (row.items, row.clusters, row.runs) == (40, 40, 1)


def test_items_that_share_a_cluster_have_no_exact_test(tmp_path: Path) -> None:
    _, found = judged(tmp_path, [{"acc": [1.0] * 20}], [{"acc": [0.0] * 2 + [1.0] * 18}])
    assert (found.tasks[0].clusters, found.tasks[0].mcnemar_p) == (10, None)


def test_partial_scores_have_no_flips(tmp_path: Path) -> None:
    _, found = judged(tmp_path, [{"f1": [0.5, 1.0] * 10}], [{"f1": [0.4, 1.0] * 10}])
    assert (found.tasks[0].right_to_wrong, found.tasks[0].lost) == (None, ())


@pytest.mark.parametrize(
    ("lost", "limit", "verdict"),
    [
        pytest.param(0, 0.05, Verdict.PASS, id="nothing lost"),
        pytest.param(40, 0.05, Verdict.FAIL, id="20 points lost"),
        pytest.param(8, 0.05, Verdict.INCONCLUSIVE, id="4 points lost"),
        pytest.param(40, 0.4, Verdict.INCONCLUSIVE, id="certain, though inside the margin"),
    ],
)
def test_the_verdict_is_the_gates(tmp_path: Path, lost: int, limit: float, verdict: Verdict) -> None:
    before = [1.0] * 150 + [0.0] * 50
    after = [0.0] * lost + before[lost:]
    content, _ = judged(
        tmp_path, [{"acc": before}], [{"acc": after}], Rules([margin("forgetting_task", limit)]), lines=without_clusters
    )
    assert content.verdict is verdict
    assert [one.task for one in content.worse] == (["sums/acc"] if lost else [])


def test_the_mean_is_over_the_first_metric_of_every_task(tmp_path: Path) -> None:
    before, after = drawn(0.8, 0.7)
    for name, scores in (("before", before), ("after", after)):
        for task in ("facts", "chat"):
            write_lm_eval(tmp_path / name, {"acc": scores, "acc_norm": [1.0] * ITEMS}, task=task, model=name)
    content, _ = judge(tmp_path / "before", tmp_path / "after", RULES)
    mean, *rows = content.gates
    assert (mean.measure, mean.task, mean.metric, mean.items) == ("forgetting", None, "acc", 2 * ITEMS)
    assert mean.difference == pytest.approx(np.mean(after) - np.mean(before))
    assert sorted(str(one.task) for one in rows) == ["chat/acc", "chat/acc_norm", "facts/acc", "facts/acc_norm"]


def test_texts_are_judged_in_nats_and_weighed_by_their_words(tmp_path: Path) -> None:
    before = [[-30.0, 10], [-8.0, 4]] * 10
    after = [[-32.0, 10], [-9.0, 4]] * 10
    rules = Rules([margin("text", 0.1)])
    content, found = judged(tmp_path, [{"word_perplexity": before}], [{"word_perplexity": after}], rules)
    row = content.gates[0]
    assert (row.measure, row.metric) == ("text", "nll_per_word")
    assert found.tasks[0].difference == pytest.approx(-(32 + 9 - 30 - 8) / 14)
    assert [found.tasks[0].before, found.tasks[0].after] == pytest.approx([38 / 14, 41 / 14])


def test_less_is_better_where_it_is_said(tmp_path: Path) -> None:
    rules = Rules(MARGINS, less_is_better=("ter",))
    _, found = judged(tmp_path, [{"ter": [0.5] * 20}], [{"ter": [0.4] * 20}], rules)
    assert not found.tasks[0].higher_is_better
    assert found.tasks[0].difference == pytest.approx(0.1)


def test_less_of_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--less-is-better 'tre' is not known\. Did you mean 'ter'"):
        judged(tmp_path, [{"ter": [0.5] * 20}], [{"ter": [0.4] * 20}], Rules(MARGINS, less_is_better=("tre",)))


def test_items_of_one_cluster_show_no_noise(tmp_path: Path) -> None:
    def together(lines: list[dict[str, Any]]) -> None:
        for line in lines:
            line["doc"]["cluster"] = 7

    content, found = judged(tmp_path, [{"acc": [1.0] * 20}], [{"acc": [0.0] * 5 + [1.0] * 15}], lines=together)
    assert (content.verdict, content.gates[0].bounds) == (Verdict.INCONCLUSIVE, None)
    row = found.tasks[0]
    assert (row.clusters, row.ci95, row.p_value, row.p_holm, row.equal_within) == (1, None, None, None, None)


def test_a_single_item_is_judged_by_none(tmp_path: Path) -> None:
    content, _ = judged(tmp_path, [{"acc": [1.0]}], [{"acc": [0.0]}])
    assert (content.verdict, content.gates[0].reason) == (Verdict.FAIL, "fewer than two items")


def test_epochs_count_together(tmp_path: Path) -> None:
    for name, scores in (("a", ["C", "I"] * 20), ("b", ["C", "C", "I", "I"] * 10)):
        write_inspect(tmp_path / f"{name}.eval", {"match": scores}, model=name, epochs=2)
    _, found = judge(tmp_path / "a.eval", tmp_path / "b.eval", RULES)
    assert (found.tasks[0].items, found.tasks[0].clusters, found.tasks[0].mcnemar_p) == (40, 20, None)


def test_scores_in_a_unit_of_their_own_need_a_margin_of_their_own(tmp_path: Path) -> None:
    sides = [{"bleu": [30.0, 41.0] * 10, "acc": [1.0] * 20}], [{"bleu": [29.0, 42.0] * 10, "acc": [1.0] * 20}]
    content, found = judged(tmp_path / "without", *sides)
    assert content.unjudged == ("sums/bleu",)
    assert 'say one with metric = "bleu"' in found.left_out["sums/bleu"]
    rules = Rules([*MARGINS, margin("forgetting_task", 5.0, metric="bleu")])
    content, found = judged(tmp_path / "with", *sides, rules)
    assert found.left_out == {}
    assert next(row for row in content.gates if row.task == "sums/bleu").limit == 5.0


def test_nothing_that_can_be_judged_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Nothing can be judged: sums/f1: \[0, 1\] is no number"):
        judged(tmp_path, [{"f1": [[0, 1]] * 4}], [{"f1": [[1, 1]] * 4}])


@pytest.mark.parametrize(("name", "value"), [("task", "sum"), ("metric", "accc")])
def test_a_margin_that_meets_nothing_is_refused(tmp_path: Path, name: str, value: str) -> None:
    rules = Rules([*MARGINS, margin("forgetting_task", 0.1, **{name: value})])
    with pytest.raises(UserError, match=rf"--gates: gates\[10\]\.{name} '{value}' is not known. Did you mean"):
        judged(tmp_path, [{"acc": [1.0] * 20}], [{"acc": [1.0] * 20}], rules)


def test_one_run_before_serves_all_after(tmp_path: Path) -> None:
    before, *after = drawn(0.8, 0.7, 0.72)
    content, found = judged(tmp_path, [{"acc": before}], [{"acc": scores} for scores in after])
    assert (found.tasks[0].runs, content.gates[0].seeds) == (2, (0, 1))
    assert found.tasks[0].difference == pytest.approx(np.mean(after) - np.mean(before))


def test_one_run_a_side_is_said_to_be_two_models(tmp_path: Path) -> None:
    content, _ = judged(tmp_path, [{"acc": [1.0] * 20}], [{"acc": [1.0] * 20}])
    assert ONE_RUN in [one.reason for one in content.comparable]
    assert content.gates[0].seeds == (None,)


def test_what_the_runs_say_of_themselves_is_told(tmp_path: Path) -> None:
    content, _ = judged(tmp_path, [{"acc": [1.0] * 20}], [{"acc": [1.0] * 20}])
    assert [(one.what, one.baseline, one.present) for one in content.changes] == [("model", "before-0", "after-0")]
