"""Is the target in plain English the generator's, and what its messages mean, with splits apart?"""

import re

import pytest

from harness.data.readers.examples import Example
from harness.data.tasks.target import load_target
from harness.testbed.english import work_slips
from harness.testbed.english.work_slips import HURRY, TEAMS
from harness.testbed.shipped import FIXTURES
from harness.testbed.task_files import work_slip_files

TARGET = load_target(work_slips.NAME)
SPLITS = (TARGET.train, TARGET.validation, TARGET.test)


def test_files_are_those_of_the_generator() -> None:
    assert {
        name for name, made in work_slip_files().items() if (FIXTURES / "tasks" / name).read_bytes() != made
    } == set()


def test_sizes_and_objective() -> None:
    assert TARGET.objective == "chat"
    assert [len(split) for split in SPLITS] == [480, 80, 160]
    assert len({one.cluster for one in TARGET.test}) > 40


def test_held_out_messages_join_what_was_trained_on_apart() -> None:
    """The same trouble in the same hurry is in one split alone; each of the two is trained on."""
    joined = [{(one.cluster, _hurry(one.question)) for one in split} for split in SPLITS]
    assert sum(map(len, joined)) == len(set().union(*joined))
    for place in (0, 1):
        assert {pair[place] for pair in joined[2]} <= {pair[place] for pair in joined[0]}


@pytest.mark.parametrize("split", SPLITS, ids=["train", "validation", "test"])
def test_every_slip_says_what_its_message_means(split: tuple[Example, ...]) -> None:
    for one in split:
        slip = re.fullmatch(r"Team: (\w+)\nWhen: (\w+)\nFlat: (\d+)", one.answer)
        assert slip is not None
        (team, when, flat), message = slip.groups(), one.question.lower()
        assert any(all(part in message for part in trouble.lower().split("{}")) for trouble in TEAMS[team])
        assert _hurry(message) in {said.lower() for said in HURRY[when]}
        assert f"flat {flat}" in message


def _hurry(message: str) -> str:
    (found,) = [said.lower() for all_said in HURRY.values() for said in all_said if said.lower() in message.lower()]
    return found
