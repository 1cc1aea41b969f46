"""Is replayed text read as plain text, named by its content, and apart from what is held out?"""

import json
from pathlib import Path

import pytest

from harness.data.objectives import encode_all
from harness.data.readers.examples import Example, content_hash
from harness.data.tasks.general import SHIPPED as GENERAL
from harness.data.tasks.general import ChoiceItem, GeneralTask, TextItem, load_general
from harness.data.tasks.replay import SHIPPED, ReplayText, check_apart, load_replay
from harness.data.tasks.target import load_target, shipped_targets
from harness.schema.errors import UserError
from harness.tests.builders import make_example, make_target


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_every_row_is_a_document_that_is_learned_whole(tmp_path: Path) -> None:
    replay = load_replay(written(tmp_path / "own.jsonl", {"text": "a b"}, {"text": "c\nd", "source": "x"}))
    assert replay.name == "own"
    assert [(one.prompt, one.completion) for one in replay.documents] == [("", "a b"), ("", "c\nd")]
    assert len({one.id for one in replay.documents}) == 2
    assert replay.notes == (f"{tmp_path / 'own.jsonl'}: ignored: source (1 row)",)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        pytest.param({"text": " "}, 'line 2: replayed text needs a row {"text": "..."} that is not empty', id="empty"),
        pytest.param({"text": "a\ud83d"}, "line 2: text holds half of a surrogate pair", id="half a character"),
        pytest.param({"text": "a", "id": ["b"]}, "line 2: id must be a text or a whole number", id="an id in a list"),
        pytest.param({"text": "a", "cluster": {"b": 1}}, "line 2: cluster must be a text", id="a cluster of keys"),
        pytest.param({"text": 3}, "line 2: replayed text needs", id="a number"),
        pytest.param({"prompt": "a", "completion": "b"}, "line 2: replayed text needs", id="no text"),
        pytest.param({"text": None}, "line 2: replayed text needs", id="nothing"),
        pytest.param(["text"], "line 2", id="a list"),
    ],
)
def test_row_is_refused(tmp_path: Path, row: object, message: str) -> None:
    path = written(tmp_path / "own.jsonl", {"text": "a"}, row)
    with pytest.raises(UserError) as caught:
        load_replay(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        load_replay(tmp_path / "none.jsonl")


def test_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        load_replay(written(tmp_path / "own.jsonl"))


def test_content_is_the_identity(tmp_path: Path) -> None:
    texts = (("a", "b"), ("a", "c"), ("b", "a"), ("ab", ""), ("a",))
    replays = [
        load_replay(written(tmp_path / f"{number}.jsonl", *({"text": text} for text in some if text)))
        for number, some in enumerate(texts)
    ]
    assert len({one.sha256 for one in replays}) == len(texts)
    assert replays[0].sha256 == load_replay(written(tmp_path / "x.jsonl", {"text": "a"}, {"text": "b"})).sha256


def task(*texts: str) -> GeneralTask:
    return GeneralTask("held", "text", tuple(TextItem(f"t{n}", "c", text) for n, text in enumerate(texts)), "")


def replaying(*texts: str) -> ReplayText:
    return ReplayText("own", tuple(Example("e", "e", completion=text) for text in texts), "")


def test_text_that_is_held_out_is_refused_with_its_items() -> None:
    with pytest.raises(UserError) as caught:
        check_apart(replaying("one", "two", "three"), (task("zero"), task("two", "four", " One")))
    assert "'own' holds 2 held-out items, such as 't0' of the general task 'held'" in str(caught.value)
    assert "what is measured must not be trained on" in str(caught.value)


def test_answered_question_and_test_item_that_are_held_out_are_refused() -> None:
    choice = GeneralTask("chosen", "choice", (ChoiceItem("i", "c", "Who?", ("Ada", "Bo"), 1),), "")
    with pytest.raises(UserError, match="'i' of the general task 'chosen'"):
        check_apart(replaying("who? bo"), (choice,))
    check_apart(replaying("Who? Ada"), (choice,))
    words = " ".join(f"w{number}" for number in range(20))
    target = make_target([make_example("other")], [make_example("Say:", f" {words}", id="t")])
    with pytest.raises(UserError, match="'t' of the target"):
        check_apart(replaying(f"Before. Say: {words}. After."), (), (target,))


def test_other_text_is_allowed() -> None:
    choice = GeneralTask("chosen", "choice", (ChoiceItem("i", "c", "one", ("a", "b"), 0),), "")
    check_apart(replaying("one", "two"), (task("three"), choice))
    check_apart(replaying(), (task("three"),))


def test_shipped_text_shares_no_document_with_what_is_held_out() -> None:
    replay = load_replay(SHIPPED)
    tasks = tuple(load_general(path) for path in sorted(GENERAL.glob("*.jsonl")))
    assert {one.kind for one in tasks} == {"choice", "text"}
    check_apart(replay, tasks, [load_target(name) for name in shipped_targets()])
    hashes = [content_hash(one.completion) for one in replay.documents]
    assert len(set(hashes)) == len(hashes) > 1000


def test_shipped_text_holds_no_question_of_a_target() -> None:
    """Replay is to keep what was known, not to teach the target on the side."""
    replay = {content_hash(one.completion) for one in load_replay(SHIPPED).documents}
    for name in shipped_targets():
        target = load_target(name)
        held = target.train + target.validation + target.test
        texts = {text for one in held for text in (one.completion, one.prompt + one.completion)}
        assert not replay & {content_hash(text) for text in texts}


def test_shipped_text_is_packed_like_any_plain_text(tokenizer: object) -> None:
    documents = load_replay(SHIPPED).documents[:50]
    packed = encode_all(tokenizer, "pretrain", documents, 64)
    assert {len(one.input_ids) for one in packed[:-1]} == {64}
    assert all(one.labels == one.input_ids for one in packed)
