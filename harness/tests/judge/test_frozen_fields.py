"""Are the fields of `results.json` those that others rely on?"""

from dataclasses import fields
from typing import Any

import pytest

from harness.schema.record import Cost
from harness.tests.judge.test_results import after, base, results

RESULTS_FIELDS = (
    "schema generated_at command profile environment seconds trained reused learning_rates usd_per_hour trials arms "
    "floors comparisons matched_gain rankings"
)
TRIAL_FIELDS = (
    "id digest status reason spec target general forgetting cost promises loss_curve notes teacher environment "
    "started_at duration_s command flips samples"
)
SPEC_FIELDS = (
    "model model_sha256 target target_sha256 general objective arm method settings rank quantization learning_rate "
    "learning_rate_source seed steps batch_size max_length warmup_steps schedule weight_decay max_grad_norm dtype "
    "micro_batch gradient_checkpointing optimizer replay_text candidate candidate_sha256 eval_dtype compute_dtype "
    "max_items device threads versions numerics"
)
TARGET_FIELDS = (
    "task metric higher_is_better before before_unquantized after gain ci95 items nll_before nll_after format_errors "
    "validation gain_by_training gain_by_training_ci95 gain_by_storing floor floor_by gain_above_floor "
    "gain_above_floor_ci95"
)
GENERAL_FIELDS = (
    "task kind metric higher_is_better chance before before_unquantized after change ci95 items right_to_wrong "
    "wrong_to_right p_value p_holm detectable mcnemar_p retention nll_before nll_after kl_to_base "
    "accuracy_per_byte_before accuracy_per_byte_after bits_per_byte_before bits_per_byte_after "
    "word_perplexity_before word_perplexity_after perplexity_before perplexity_after"
)
FORGETTING_FIELDS = (
    "tasks accuracy_drop ci95 by_training by_training_ci95 by_storing detectable retention retention_tasks nll_rise "
    "nll_rise_ci95 lost_at_most equal_within worst_task worst_drop worst_drop_ci95"
)
ARM_FIELDS = (
    "target_task arm method settings rank quantization learning_rate learning_rate_source seeds trials statuses "
    "reasons target general forgetting cost notes interpolation trace"
)
COST_FIELDS = (
    "trainable_params total_params artifact_bytes weight_bytes gradient_bytes optimizer_bytes activation_bytes "
    "flops_per_token step_s control_s train_s eval_s load_s tokens_per_s prompt_tokens forward_flops_per_token "
    "forward_tokens_per_s peak_memory_bytes reserved_memory_bytes load_memory_bytes eval_memory_bytes "
    "train_rss_bytes eval_rss_bytes peak_rss_bytes usd"
)


def frozen() -> dict[str, tuple[Any, str]]:
    content = results(after(), base())
    trial = content["trials"][0]
    return {
        "results": (content, RESULTS_FIELDS),
        "trial": (trial, TRIAL_FIELDS),
        "trial.spec": (trial["spec"], SPEC_FIELDS),
        "trial.target": (trial["target"], TARGET_FIELDS),
        "trial.general[]": (trial["general"][0], GENERAL_FIELDS),
        "trial.forgetting": (trial["forgetting"], FORGETTING_FIELDS),
        "trial.cost": (trial["cost"], COST_FIELDS),
        "arm": (content["arms"][0], ARM_FIELDS),
        "arm.cost": (content["arms"][0]["cost"], COST_FIELDS),
    }


@pytest.mark.parametrize(("content", "names"), frozen().values(), ids=frozen())
def test_frozen_fields_of(content: dict[str, Any], names: str) -> None:
    assert sorted(content) == sorted(names.split())


def test_cost_fields_are_those_of_the_record() -> None:
    assert [field.name for field in fields(Cost)] == COST_FIELDS.split()
