"""Does a regular expression find what Python's own would, and is one that never ends stopped?"""

import re
from typing import Any

import pytest

from harness.methods import training_method
from harness.methods.peft import patterns
from harness.methods.peft.patterns import matching, require_quick
from harness.models.base import skeleton
from harness.schema.errors import UserError
from harness.tests.builders import embedded, real_trial

NAMES = [f"model.layers.{block}.self_attn.{end}" for block in range(12) for end in ("q_proj", "v_proj")]
ENDLESS = r"(([a-z_.0-9])+)+\$"


@pytest.mark.parametrize("pattern", ["", ".*", ".*q_proj", r".*\.1\d\..*", "q_proj", NAMES[3]])
def test_pattern_finds_what_a_full_match_finds(pattern: str) -> None:
    assert matching(pattern, NAMES, "targets") == {name for name in NAMES if re.fullmatch(pattern, name)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", r"targets is not a regular expression \(missing \), unterminated subpattern at position 0\)"),
        ("a{99999999999}", "targets is not a regular expression"),
        (ENDLESS, r"targets: matching '.*' with 24 names of modules was stopped after 0.5 seconds"),
    ],
)
def test_pattern_is_refused(monkeypatch: pytest.MonkeyPatch, pattern: str, message: str) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.5)
    with pytest.raises(UserError, match=message):
        matching(pattern, NAMES, "targets")


@pytest.mark.slow
@pytest.mark.parametrize(
    "values", [ENDLESS, [".*", ENDLESS], {"a": [{"b": ENDLESS}]}, {ENDLESS: 4}], ids=["text", "list", "table", "key"]
)
def test_endless_pattern_is_found_wherever_it_stands(monkeypatch: pytest.MonkeyPatch, values: Any) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.5)
    with pytest.raises(UserError, match=r"config: matching '\(\(\[a-z_.0-9\]\)\+\)\+.*' with"):
        require_quick(values, NAMES, "config")


def test_what_is_no_pattern_is_left_to_peft() -> None:
    require_quick({"a": "(", "b": "c++", "d": 5, "e": None, "f": "plain"}, NAMES, "config")


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("lora", (("targets", ENDLESS),)),
        ("peft:lora", (("exclude_modules", ENDLESS),)),
        ("peft:ia3", (("target_modules", ENDLESS),)),
    ],
)
@pytest.mark.trains
def test_setting_that_never_ends_is_stopped_before_a_run(
    monkeypatch: pytest.MonkeyPatch, method: str, settings: tuple[tuple[str, str], ...]
) -> None:
    monkeypatch.setattr(patterns, "LIMIT_S", 0.5)
    with pytest.raises(UserError, match="was stopped after"):
        training_method(method).check(skeleton(embedded()), real_trial(method, 4, settings=settings))
