"""Is a results.json that no run can have written refused with one message?"""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.report.writers.files import results_json
from harness.schema.errors import UserError
from harness.schema.results import read_results
from harness.tests.synthetic import results_of, whole_run

WRITTEN = results_json(results_of([one for one in whole_run((0,)) if one.trial.target.name == "new-facts"]))


LOW_ABOVE_HIGH = "trials[5].target.ci95: [0.3, 0.1] is not allowed. No lower bound is above the upper one."
BELOW_ZERO = "it must be greater than or equal to 0."
SLOWER_THAN_NEVER = "trials[5].cost.step_s: -0.1 is not allowed. No cost is below zero."


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        pytest.param(("trials", 4, "target", "ci95"), [0.3, 0.1], LOW_ABOVE_HIGH, id="interval"),
        pytest.param(("trials", 4, "target", "items"), -2, f"trials[5].target.items is -2; {BELOW_ZERO}", id="items"),
        pytest.param(("trials", 4, "cost", "step_s"), -0.1, SLOWER_THAN_NEVER, id="cost"),
        pytest.param(
            ("arms", 4, "forgetting", "retention_tasks"), -1, "arms[5].forgetting.retention_tasks is", id="tasks"
        ),
        pytest.param(
            ("trials", 4, "target", "nll_before"),
            "INFINITY",
            "trials[5].target.nll_before is 'INFINITY'; it must be a finite number.",
            id="text for a number",
        ),
        pytest.param(("trained",), -1, f"trained is -1; {BELOW_ZERO}", id="trained"),
        pytest.param(("comparisons", 0, "gain"), "mor", "comparisons[1].gain 'mor' is not known.", id="relation"),
        pytest.param(("rankings", 0, "p_holm"), [1.0], "values and 1 p_holm are not allowed", id="ranking"),
    ],
)
def test_what_no_run_writes_is_refused(tmp_path: Path, place: tuple[str | int, ...], value: Any, said: str) -> None:
    content = at = json.loads(WRITTEN)
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    path = tmp_path / "results.json"
    path.write_text(json.dumps(content))
    with pytest.raises(UserError) as refused:
        read_results(path)
    assert str(path) in str(refused.value)
    assert said in str(refused.value)
