"""Is the student smaller, made of its teacher, and a model of its own that any program can load?"""

from pathlib import Path
from typing import Any

import pytest
import torch

from harness.methods import training_method
from harness.run.cost.probes import parameter_counts, weight_bytes
from harness.run.promises import model as promises
from harness.schema.errors import UserError
from harness.schema.record import Status
from harness.schema.trial import Setting, Trial
from harness.tests.builders import context_of, measure, real_trial

DISTILL = training_method("distill")
BLOCKS, WIDTH, HEAD, MLP = 5, 128, 32, 384


def distilling(**settings: Setting) -> Trial:
    return real_trial("distill", settings=tuple(sorted(settings.items())), learning_rate=1e-3)


def student_of(model: Any, **settings: Setting) -> Any:
    return DISTILL.adapt(model, distilling(**settings))


@pytest.mark.parametrize(
    ("settings", "layers", "width"),
    [
        pytest.param({}, 3, WIDTH, id="half of the blocks, rounded up"),
        pytest.param({"layers": 2}, 2, WIDTH, id="two blocks"),
        pytest.param({"layers": 1}, 1, WIDTH, id="one block"),
        pytest.param({"layers": 5, "width": 64}, 5, 64, id="all blocks, half as wide"),
        pytest.param({"width": 32}, 3, 32, id="one head"),
    ],
)
def test_student_has(model: Any, settings: dict[str, Setting], layers: int, width: int) -> None:
    student = student_of(model, **settings)
    config = student.config
    assert (config.num_hidden_layers, config.hidden_size) == (layers, width)
    assert (config.num_attention_heads, config.num_key_value_heads, config.head_dim) == (width // HEAD,) * 2 + (HEAD,)
    assert config.intermediate_size == MLP * width // WIDTH
    assert len(student.model.layers) == layers
    linear = layers * (4 * width * width + 3 * width * config.intermediate_size)
    assert parameter_counts(student)[0] == linear + config.vocab_size * width + (2 * layers + 1) * width
    assert parameter_counts(student)[1] < parameter_counts(model)[1]
    assert config._attn_implementation == distilling().platform.attention


@pytest.mark.parametrize(
    ("layers", "kept"),
    [(1, [0]), (2, [0, 4]), (3, [0, 2, 4]), (4, [0, 1, 3, 4])],
)
def test_blocks_are_taken_evenly_with_the_first_and_the_last(model: Any, layers: int, kept: list[int]) -> None:
    student = student_of(model, layers=layers)
    for own, source in zip(student.model.layers, kept, strict=True):
        for (name, mine), (_, theirs) in zip(
            own.named_parameters(), model.model.layers[source].named_parameters(), strict=True
        ):
            assert torch.equal(mine, theirs), name
    assert torch.equal(student.model.embed_tokens.weight, model.model.embed_tokens.weight)
    assert torch.equal(student.model.norm.weight, model.model.norm.weight)
    assert student.lm_head.weight is student.model.embed_tokens.weight


def test_smaller_matrices_are_upper_left_corners(model: Any) -> None:
    student = student_of(model, layers=2, width=64)
    first, last = model.model.layers[0], model.model.layers[-1]
    own = student.model.layers
    assert torch.equal(own[0].self_attn.q_proj.weight, first.self_attn.q_proj.weight[:64, :64])
    assert torch.equal(own[1].mlp.up_proj.weight, last.mlp.up_proj.weight[:192, :64])
    assert torch.equal(own[1].mlp.down_proj.weight, last.mlp.down_proj.weight[:64, :192])
    assert torch.equal(own[0].input_layernorm.weight, first.input_layernorm.weight[:64])
    assert torch.equal(student.model.embed_tokens.weight, model.model.embed_tokens.weight[:, :64])


def test_student_of_all_layers_but_its_last_ones_computes_with_them(model: Any) -> None:
    """With the outer blocks alone it is the base with the blocks between cut out."""
    from copy import deepcopy

    cut = deepcopy(model)
    cut.model.layers = torch.nn.ModuleList([cut.model.layers[0], cut.model.layers[-1]])
    cut.model.layers[1].self_attn.layer_idx = 1
    ids = torch.tensor([[1, *range(50, 70)]])
    with torch.no_grad():
        logits = [one(input_ids=ids, use_cache=False).logits for one in (student_of(model, layers=2).eval(), cut)]
    assert torch.equal(*logits)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param(
            {"layers": 5}, "layers 5 and width 128 make a student as large as its teacher", id="the same size"
        ),
        pytest.param({"layers": 6}, "layers is 6 and width 128; the base has 5 blocks of width 128", id="more blocks"),
        pytest.param({"layers": -1}, "allowed are 1 to 5, and 1 to 128", id="fewer than no blocks"),
        pytest.param({"width": 256}, "layers is 3 and width 256", id="wider"),
        pytest.param({"width": 50}, "Allowed: multiples of 32 below 128", id="half a head"),
        pytest.param({"width": 16}, "width 16 does not hold whole attention heads of 32 in groups of 1", id="no head"),
        pytest.param({"teacher": "tuned"}, "teacher 'tuned' is not known", id="an unknown teacher"),
    ],
)
def test_student_is_refused_for(model: Any, settings: dict[str, Setting], message: str) -> None:
    with pytest.raises(UserError) as caught:
        DISTILL.check(model, distilling(**settings))
    assert message in str(caught.value)
    assert str(caught.value).startswith("distill: ")


@pytest.mark.trains
def test_refused_student_is_a_record_with_the_reason() -> None:
    record = measure(distilling(width=50)).record
    assert record.status is Status.UNSUPPORTED
    assert "multiples of 32" in str(record.reason)


def grouped() -> Any:
    """A base of another architecture: four heads that share two keys, its first blocks without sliding windows."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    config = Qwen2Config(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=5,
        num_attention_heads=4,
        num_key_value_heads=2,
        use_sliding_window=True,
        sliding_window=4,
        max_window_layers=2,
    )
    return Qwen2ForCausalLM(config)


def test_student_keeps_the_groups_of_heads() -> None:
    student = student_of(grouped(), width=16)
    assert (student.config.num_attention_heads, student.config.num_key_value_heads) == (2, 1)
    with pytest.raises(UserError, match=r"heads of 8 in groups of 2\. Allowed: multiples of 16 below 32"):
        student_of(grouped(), width=24)


def test_student_keeps_the_kind_of_the_blocks_that_it_takes() -> None:
    base = grouped()
    assert base.config.layer_types == ["full_attention"] * 2 + ["sliding_attention"] * 3
    student = student_of(base, layers=3)
    assert student.config.layer_types == [base.config.layer_types[block] for block in (0, 2, 4)]


def test_student_leaves_its_base_as_it_is(model: Any) -> None:
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    configured = model.config.to_dict()
    student = student_of(model, layers=2, width=64)
    with torch.no_grad():
        for parameter in student.parameters():
            parameter.zero_()
    assert all(torch.equal(parameter, before[name]) for name, parameter in model.named_parameters())
    assert model.config.to_dict() == configured


@pytest.mark.parametrize("quantization", ["int8", "nf4"])
def test_quantized_base_cannot_start_a_student(quantization: str) -> None:
    reason = DISTILL.cannot(real_trial("distill", quantization=quantization))
    stored = f"which {quantization} stores as integers without gradients"
    assert reason == f"distill starts its student from the base's weights, {stored}"


def test_student_is_not_held_to_the_base() -> None:
    assert "follows its teacher" in str(DISTILL.cannot(distilling(kl=0.5)))
    assert DISTILL.cannot(distilling(replay=0.5)) is None


@pytest.mark.trains
@pytest.mark.parametrize(
    "settings", [{}, {"teacher": "base"}, {"layers": 2, "width": 64}], ids=["fine-tuned", "base", "narrow"]
)
def test_record_tells_of_the_teacher(settings: dict[str, Setting]) -> None:
    record = measure(distilling(**settings)).record
    assert record.status is Status.COMPLETED, record.reason
    assert [promise for promise in record.promises if promise.held is False] == []
    teacher, cost = record.teacher, record.cost
    assert teacher is not None
    assert teacher.fine_tuned is (settings.get("teacher") != "base")
    assert 0 <= teacher.agreement <= 1
    assert cost.total_params is not None
    assert cost.total_params < teacher.total_params
    assert cost.forward_flops_per_token is not None
    assert cost.forward_flops_per_token < teacher.forward_flops_per_token
    assert record.interpolation == ()


@pytest.mark.trains
def test_teacher_scores_as_the_arm_that_it_is() -> None:
    """As the base where it is the base; fine-tuned, as full fine-tuning with the same recipe and rate."""
    full = measure(real_trial("full", learning_rate=1e-3)).record
    base = measure(real_trial("full").base_arm()).record
    tuned, plain = (measure(distilling(**one)).record.teacher for one in ({}, {"teacher": "base"}))
    assert tuned is not None
    assert plain is not None
    assert tuned.target == full.target
    assert plain.target == base.target
    assert tuned.target != plain.target


@pytest.mark.trains
def test_other_methods_have_no_teacher() -> None:
    assert measure(real_trial("full")).record.teacher is None


def test_teacher_counts_as_weights_in_memory(model: Any) -> None:
    cost = measure(distilling()).record.cost
    assert cost.weight_bytes == weight_bytes(student_of(model)) + weight_bytes(model)


@pytest.mark.trains
def test_kept_student_loads_with_transformers_and_computes_the_same(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    trial = distilling(layers=2, width=64)
    record = measure(trial, keep=tmp_path / "student").record
    assert record.status is Status.COMPLETED, record.reason
    context = context_of(trial)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path / "student", dtype=torch.float32)
    ours = DISTILL.load(context.load(), tmp_path / "student")
    assert (loaded.config.num_hidden_layers, loaded.config.hidden_size) == (2, 64)
    logits = [promises.logits_of(one, context.rows) for one in (loaded.eval(), ours)]
    assert promises.largest_difference(*logits) <= promises.IDENTITY_TOLERANCE
    start = promises.logits_of(student_of(context.load(), layers=2, width=64).eval(), context.rows)
    assert promises.largest_difference(start, logits[0]) > 1e-3, "it was trained"
    again = AutoTokenizer.from_pretrained(tmp_path / "student")
    assert again("The map is gold.") == context.tokenizer("The map is gold.")
