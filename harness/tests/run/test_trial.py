"""Does the record of a real trial say what was asked and answered, on which data, and in which run?"""

import os
from dataclasses import replace

import pytest

from harness.data.tasks.target import split_hashes
from harness.plugin.options import read_choices
from harness.run.environment import SESSION, describe
from harness.run.scoring.target import ANSWERS
from harness.run.session import RunSession
from harness.schema.measured import TEXT_COLUMNS, Measured
from harness.tests.builders import SCORING, few_examples, make_example, make_target, measure, real_trial


@pytest.fixture(scope="module")
def measured() -> Measured:
    """A trial of virtual tokens, of which generation must know, scored on its way too."""
    scoring = replace(SCORING, max_items=ANSWERS + 2, trace=2)
    one = measure(real_trial("prompt-tuning", 4, scoring=scoring))
    assert one.completed, one.record.reason
    return one


@pytest.mark.trains
@pytest.mark.parametrize(
    ("role", "known"),
    [
        ("target", {"question": 4, "expected": 4, "answer": 4}),
        ("general", {"question": 10, "expected": 10, "answer": 10}),
        ("validation", dict.fromkeys(TEXT_COLUMNS, 0)),
        ("target at step 2", dict.fromkeys(TEXT_COLUMNS, 0)),
        ("general at step 2", dict.fromkeys(TEXT_COLUMNS, 0)),
    ],
)
def test_texts_stand_beside_the_final_scores(measured: Measured, role: str, known: dict[str, int]) -> None:
    items = measured.items[measured.items["role"] == role]
    assert len(items)
    assert {name: int(items[name].notna().sum()) for name in TEXT_COLUMNS} == known


@pytest.mark.trains
def test_record_names_its_data(measured: Measured) -> None:
    assert measured.record.splits == split_hashes(few_examples())


def test_split_has_another_hash_once_an_example_has_changed() -> None:
    examples = [make_example("a", id="1"), make_example("b", id="2")]
    before = make_target(examples, [make_example("c")])
    changes = [
        replace(before, test=(make_example("c", " other"),)),
        replace(before, test=(make_example("d"),)),
        replace(before, test=(make_example("c", id="f"),)),
        replace(before, test=(make_example("", "", messages=(("user", "c"), ("assistant", "hi"))),)),
    ]
    hashes = [split_hashes(one) for one in (before, *changes)]
    assert len({one["test"] for one in hashes}) == 5
    assert {(one["train"], one["validation"]) for one in hashes} == {(hashes[0]["train"], hashes[0]["validation"])}
    assert split_hashes(replace(before, metric="nll_per_token", sha256="")) == hashes[0]


def test_environment_names_the_run_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SESSION, raising=False)
    assert "session" not in describe(1)
    monkeypatch.setenv(SESSION, "0123456789ab")
    assert describe(1)["session"] == "0123456789ab"


def test_run_gives_all_its_trials_one_id(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv(SESSION, "so that it is taken back afterwards")
    monkeypatch.delenv(SESSION)
    options = {"--methods": "base", "--store": str(tmp_path_factory.mktemp("run"))}
    run = RunSession(read_choices(options.get))
    given = os.environ[SESSION]
    assert len(bytes.fromhex(given)) == 6
    assert run.run_fields().environment["session"] == given
    RunSession(read_choices(options.get))
    assert os.environ[SESSION] == given
