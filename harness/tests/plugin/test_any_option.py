"""Fuzzing: whatever is typed after an option is a value or one message, never an error of Python's."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.__main__ import main
from harness.plugin.options import OPTIONS, read_choices, read_gate_choices
from harness.run.session import RunSession
from harness.schema.errors import ListingError, UserError
from harness.schema.exit_codes import ExitCode
from harness.tests.fuzzing import fuzzed

PIECES = st.sampled_from([
    *("", " ", ",", "=", "[", "]", "[[", "0", "1", "2", "7,", "-1", "1e9", "1e400", "nan", "inf", "true", "0x1f"),
    *("1_000", 20 * "9", 4301 * "1", 300 * "x", 2000 * "[", "a/" * 600, "\ud800", "\udcff", "\0", "\n", "\u202e"),
    *("é", "٣", "²", "full", "lora", "base", "all", "help", "peft:lora", "peft:", "candidate", "lora[alpha=", "kl=1"),
    *("lora[targets=", "lora[replay=0.5]", "distill", "layers=0,2-1", "few-shot", "none", "nf4", "int8", "poems"),
    *("facts", "text", "tiny", "embedded", "smollm2", "fixtures", "fixtures/model", "pyproject.toml", "s3://"),
    *("http://[", "OWNER/NAME", "..", "~", "auto", "cpu", "cuda", "local", "inline", "versions", "inconclusive"),
    *("chat", "instruction", "gate", "/dev/null"),
])  # fmt: skip
TYPED = st.one_of(st.text(max_size=20), st.lists(PIECES, max_size=4).map("".join))
GIVEN = st.dictionaries(st.sampled_from([one.flag for one in OPTIONS if one.metavar]), TYPED, min_size=1, max_size=3)


def assert_one_line(error: UserError) -> None:
    text = str(error)
    assert text.strip()
    assert isinstance(error, ListingError) or (text.isprintable() and len(text) < 3000)


@fuzzed(500)
@given(typed=GIVEN)
def test_options_are_values_or_one_message(typed: Mapping[str, str]) -> None:
    try:
        read_gate_choices(typed.get, read_choices(typed.get).profile)
    except UserError as error:
        assert_one_line(error)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, no home, and a store of one's own."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("tasks_read_once")
@fuzzed(10)
@given(typed=GIVEN.filter(lambda typed: not {"--store", "--artifacts", "--report"} & set(typed)))
def test_plans_are_made_or_refused_with_one_message(home: Path, typed: dict[str, str]) -> None:
    get = {"--plan": True} | typed | {"--store": str(home / "store")}
    try:
        choices = read_choices(get.get)
        read_gate_choices(get.get, choices.profile)
        RunSession(choices)
    except UserError as error:
        assert_one_line(error)


@fuzzed(40)
@given(command=st.sampled_from(["report", "compare", "accept", "calibrate"]),
       arguments=st.lists(st.one_of(TYPED, st.sampled_from(["--store", "--as", "--report", "--seeds", "--json"])),
                          max_size=4))  # fmt: skip
def test_commands_end_with_a_code(home: Path, command: str, arguments: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(home)
        code = main([command, *(one for one in arguments if "help" not in one)])
    assert code in set(ExitCode)
    assert code != ExitCode.INTERNAL_ERROR
