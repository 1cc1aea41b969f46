"""Logs as lm-evaluation-harness (0.4.13) and Inspect (0.3.285) write them: key by key the same, with chosen scores."""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.judge.foreign.archive import ZSTANDARD
from harness.judge.foreign.side import Asked, read_side
from harness.judge.foreign.verdict import Rules, judge_sides
from harness.schema.gate import GateContent
from harness.schema.judged import Judged

TIME = "2026-11-21T23-09-41.833336"
Change = Callable[[list[dict[str, Any]]], object]
"""What a test spoils: it is given all lines, samples or the header, and changes them in place."""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def lm_eval_lines(
    scores: Mapping[str, Sequence[Any]], filter_name: str = "none", answers: str = ""
) -> list[dict[str, Any]]:
    """The lines of one filter.

    Args:
        scores: by metric, one per item.
        answers: what the model said, apart from its scores.
    """
    lines = []
    for place, values in enumerate(zip(*scores.values(), strict=True)):
        doc = {"question": f"What is {place} + 1?", "answer": place + 1, "cluster": f"c{place // 2}"}
        prompt, target = f"Question: {doc['question']}\nAnswer:", str(doc["answer"])
        said = f"{answers}{values}"
        lines.append({
            "doc_id": place,
            "doc": doc,
            "target": target,
            "arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": {"until": ["\n"], "max_gen_toks": 4}}},
            "resps": [[said]],
            "filtered_resps": [said],
            "filter": filter_name,
            "metrics": list(scores),
            "doc_hash": _sha256(json.dumps(doc, indent=2, ensure_ascii=False)),
            "prompt_hash": _sha256(prompt),
            "target_hash": _sha256(target),
            **dict(zip(scores, values, strict=True)),
        })  # fmt: skip
    return lines


def lm_eval_results(task: str, metrics: Sequence[str], items: int, model: str) -> dict[str, Any]:
    """What stands beside the lines, as far as it is read."""
    config = {"task": task, "output_type": "generate_until", "doc_to_text": "Question: {{question}}", "num_fewshot": 0}
    return {
        "results": {task: {"alias": task}},
        "configs": {task: {**config, "metadata": {"version": 1.0, "pretrained": model}}},
        "versions": {task: 1.0},
        "n-shot": {task: 0},
        "higher_is_better": {task: dict.fromkeys(metrics, True)},
        "n-samples": {task: {"original": items, "effective": items}},
        "config": {"model": "hf", "model_dtype": "torch.float32", "batch_size": "8"},
        "transformers_version": "5.23.0",
        "lm_eval_version": "0.4.13",
        "model_name": model,
    }


def write_lm_eval(
    directory: Path,
    scores: Mapping[str, Sequence[Any]],
    task: str = "sums",
    model: str = "org/model",
    time: str = TIME,
    lines: Change | None = None,
    results: Callable[[dict[str, Any]], object] | None = None,
) -> Path:
    """One task of one run, with the results beside it.

    Args:
        scores: by metric, which may name a filter: `exact_match@strict`.
        lines: changes the lines before they are written.
        results: changes the results; they are not written where it returns False.
    """
    by_filter: dict[str, dict[str, Sequence[Any]]] = {}
    for name, values in scores.items():
        metric, _, filter_name = name.partition("@")
        by_filter.setdefault(filter_name or "none", {})[metric] = values
    own = [line for one, columns in by_filter.items() for line in lm_eval_lines(columns, one, model)]
    beside = lm_eval_results(task, [name.partition("@")[0] for name in scores], len(next(iter(scores.values()))), model)
    if lines is not None:
        lines(own)
    directory.mkdir(parents=True, exist_ok=True)
    if results is None or results(beside) is not False:
        (directory / f"results_{time}.json").write_text(json.dumps(beside, indent=2))
    path = directory / f"samples_{task}_{time}.jsonl"
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in own)
    path.write_bytes(text.encode(errors="surrogatepass"))
    return path


def inspect_samples(scores: Mapping[str, Sequence[Any]], epochs: int = 1, answers: str = "") -> list[dict[str, Any]]:
    """Samples of a log; scores are for all items of the first epoch, then for those of the next."""
    count = len(next(iter(scores.values()))) // epochs
    samples = []
    for place in range(count * epochs):
        number = place % count
        message = {"id": f"{answers}{place}", "role": "user", "content": f"What is {number} + 1?"}
        said = {"id": f"said {place}", "role": "assistant", "content": f"{answers} {place}", "model": "own"}
        samples.append({
            "id": number if number % 2 else f"q{number}",
            "epoch": 1 + place // count,
            "input": [message] if number % 2 else message["content"],
            "target": str(number + 1),
            "messages": [message, said],
            "output": {"model": "own", "choices": [{"message": said, "stop_reason": "stop"}],
                       "completion": said["content"], "time": 0.1},
            "scores": {name: {"value": values[place], "answer": "x", "history": []} for name, values in scores.items()},
            "metadata": {},
            "events": [],
            "uuid": f"{answers}{place}",
        })  # fmt: skip
    return samples


def inspect_head(task: str, model: str, scorers: Sequence[str], epochs: int, count: int) -> dict[str, Any]:
    """A log without its samples."""
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "e",
            "run_id": "r",
            "created": "2026-11-21T23:14:57+00:00",
            "task": task,
            "task_id": "t",
            "task_version": 3,
            "task_args": {},
            "dataset": {"samples": count, "shuffled": False},
            "model": model,
            "model_generate_config": {"max_connections": 4},
            "config": {"epochs": epochs, "epochs_reducer": ["mean"], "fail_on_error": True},
            "packages": {"inspect_ai": "0.3.285"},
            "scorers": [{"name": name, "options": {}, "metrics": []} for name in scorers],
        },
        "plan": {"name": "plan", "steps": [{"solver": "generate", "params": {"tool_calls": "loop"}}], "config": {}},
        "results": {"total_samples": count, "completed_samples": count, "scores": []},
        "stats": {"started_at": "2026-11-21T23:14:57+00:00"},
        "invalidated": False,
    }


def write_inspect(
    path: Path,
    scores: Mapping[str, Sequence[Any]],
    task: str = "sums",
    model: str = "own/model",
    epochs: int = 1,
    samples: Change | None = None,
    head: Callable[[dict[str, Any]], object] | None = None,
    method: int = ZSTANDARD,
) -> Path:
    """A log; the suffix says of which kind.

    Args:
        scores: by scorer, one per item and epoch.
        samples: changes the samples before they are written.
        head: changes what is said of the whole.
        method: of compression, in a zip file.
    """
    own = inspect_samples(scores, epochs, model)
    about = inspect_head(task, model, list(scores), epochs, len(own) // epochs)
    if samples is not None:
        samples(own)
    if head is not None:
        head(about)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps({**about, "samples": own}))
        return path
    members = {f"samples/{one.get('id')!a}_epoch_{one.get('epoch')!a}.json": json.dumps(one).encode() for one in own}
    start = {"_journal/start.json": json.dumps({"version": 2, "eval": about["eval"], "plan": about["plan"]}).encode()}
    write_zip(path, {**start, **members, "header.json": json.dumps(about).encode()}, method)
    return path


def write_zip(path: Path, members: Mapping[str, bytes], method: int = ZSTANDARD) -> None:
    """A zip file; members in Zstandard are two frames behind each other, as Inspect writes what is long."""
    if method != ZSTANDARD:
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return
    packed = {name: _two_frames(content) for name, content in members.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in packed.items():
            archive.writestr(name, content)
        places = [(info.filename, info.header_offset) for info in archive.infolist()]
        directory = archive.start_dir
    whole = bytearray(path.read_bytes())
    for name, place in places:  # what the members are unpacked, in their own headers and in the directory
        own = members[name]
        said = struct.pack("<I", zlib.crc32(own)), struct.pack("<I", len(own))
        for start, at in ((place, (8, 14, 22)), (directory, (10, 16, 24))):
            whole[start + at[0] : start + at[0] + 2] = struct.pack("<H", ZSTANDARD)
            whole[start + at[1] : start + at[1] + 4] = said[0]
            whole[start + at[2] : start + at[2] + 4] = said[1]
        directory += 46 + len(name.encode())
    path.write_bytes(whole)


def _two_frames(content: bytes) -> bytes:
    codec, half = pa.Codec("zstd"), len(content) // 2
    return b"".join(codec.compress(part, asbytes=True) for part in (content[:half], content[half:]))


def judge(before: Path, after: Path, rules: Rules, asked: Asked | None = None) -> tuple[GateContent, Judged]:
    """The verdict on what two files or directories hold, and the figures behind it."""
    asked = asked or Asked()
    return judge_sides(read_side(str(before), asked), read_side(str(after), asked), asked, rules)
