"""Does every command answer whatever is wrong with one message and exit code 4, and leave nothing behind?"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import commands
from harness.__main__ import main
from harness.report.writers.files import results_json
from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT
from harness.store.baselines import Baseline, write_baseline
from harness.store.records import Store
from harness.tests.report.gate.test_text import content
from harness.tests.sides import record
from harness.tests.synthetic import results_of

RUN = (record(0), record(1))
LONG = 300 * "x"
DEEP = 100_000 * "["
DIGITS = 5_000 * "9"
RESULTS: dict[str, Any] = json.loads(results_json(results_of([*RUN])))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of runs, whole and wrong; nothing that is wrong adds to them."""
    home = tmp_path_factory.mktemp("home")
    store = Store(home / "store")
    for one in RUN:
        store.put(one)
    write_baseline(Baseline("main", "2026-11-21T10:00:00+00:00", (), RUN), home / "main")
    cost = {"arms": [{**RESULTS["arms"][0], "cost": {"weight_bytes": -1}}]}
    wrong = {
        "deep": DEEP, "digits": f'{{"schema": {DIGITS}}}', "list": "[]", "text": '"x"', "half": '{"schema": 1',
        "nan": json.dumps({**RESULTS, "seconds": float("nan")}), "empty": "", "newer": '{"schema": 99}',
        "halves": json.dumps({**RESULTS, "\ud800": 1}), "typed": json.dumps({**RESULTS, "schema": "1"}),
        "unknown": json.dumps({**RESULTS, "traned": 36}), "costs": json.dumps({**RESULTS, **cost}),
    }  # fmt: skip
    for name, text in {"whole": json.dumps(RESULTS), **wrong}.items():
        (home / name).mkdir()
        (home / name / "results.json").write_text(text)
    (home / "latin").mkdir()
    (home / "latin" / "results.json").write_bytes(b"\xff\xfe")
    (home / "directory" / "results.json").mkdir(parents=True)
    (home / "judged").mkdir()
    (home / "judged" / "results.json").write_text(json.dumps(RESULTS))
    (home / "judged" / "gate.json").write_text(content().model_dump_json()[:-9])
    (home / "file").write_text("a file")
    return home


def said_by(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """The one message."""
    assert main(words) == ExitCode.USAGE_ERROR
    printed = capsys.readouterr()
    (line,) = printed.err.splitlines()
    assert line.startswith("ERROR: ")
    assert printed.out == ""
    return line


def left_in(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


WRONG = [
    pytest.param("report {empty}", " is empty", id="report: no name"),
    pytest.param("report none", "'none' holds no results.json and no records", id="report: nothing there"),
    pytest.param(f"report {LONG}", "has 300 bytes; file systems take 255", id="report: long name"),
    pytest.param("report main store", "2 runs make one report: say where it goes with --to DIR", id="report: two runs"),
    pytest.param("report whole --to {empty}", "--to is empty", id="report: to nowhere"),
    pytest.param("report whole --to file", "--to: the directory 'file' cannot be written", id="report: to a file"),
    pytest.param("report whole --to file/a", "--to: the directory 'file/a' cannot be", id="report: below a file"),
    pytest.param("report whole --usd-per-hour {empty}", "--usd-per-hour", id="report: no price"),
    pytest.param("report whole --usd-per-hour nan", "--usd-per-hour", id="report: price of nan"),
    pytest.param("report whole --usd-per-hour 1e999", "--usd-per-hour", id="report: endless price"),
    pytest.param("report deep", "not valid JSON (nested too deeply)", id="results: deep"),
    pytest.param("report digits", "a number of 5,000 digits", id="results: digits"),
    pytest.param("report list", "it names no schema", id="results: a list"),
    pytest.param("report text", "it names no schema", id="results: a text"),
    pytest.param("report half", "not valid JSON", id="results: torn"),
    pytest.param("report empty", "not valid JSON", id="results: empty"),
    pytest.param("report latin", "not valid JSON ('utf-8' codec can't decode", id="results: no UTF-8"),
    pytest.param("report nan", "NaN is no number that is ever measured", id="results: NaN"),
    pytest.param("report newer", "of schema 99, and this version reads up to", id="results: newer"),
    pytest.param("report typed", "it names no schema", id="results: typed schema"),
    pytest.param("report halves", "it must be a valid string", id="results: half a character"),
    pytest.param("report unknown", "traned is 36; it must not be there", id="results: unknown field"),
    pytest.param("report costs", "No cost is below zero", id="results: cost below zero"),
    pytest.param("report directory", "holds no results.json and no records", id="results: a directory"),
    pytest.param("report judged", "gate.json: not valid JSON", id="gate: torn"),
    pytest.param("compare {empty} store", "The baseline is empty", id="compare: no name"),
    pytest.param("compare main {empty}", "The run is empty", id="compare: no run"),
    pytest.param("compare main", "the following arguments are required: present. What there", id="compare: one name"),
    pytest.param("compare main none", "'none' is no stored run", id="compare: nothing there"),
    pytest.param(f"compare {LONG} store", "has 300 bytes", id="compare: long name"),
    pytest.param("compare main file", "file: not valid JSON", id="compare: any file"),
    pytest.param("compare main store --report {empty}", "--report is empty", id="compare: no report"),
    pytest.param("compare main store --report file", "--report: the directory 'file' cannot", id="compare: to a file"),
    pytest.param("compare main store --gates {empty}", "--gates is empty", id="compare: no gates"),
    pytest.param("compare main store --gates none", "'none' is no file", id="compare: gates not there"),
    pytest.param("compare main store --gates main", "'main' is no file", id="compare: gates of a directory"),
    pytest.param("compare main store --gates file", "file: not valid TOML", id="compare: gates of text"),
    pytest.param("compare main store --allow {empty}", "--allow: '' names nothing", id="compare: nothing allowed"),
    pytest.param("compare main store --allow x", "--allow 'x' is not known", id="compare: unknown"),
    pytest.param("compare main whole --store {empty}", "--store is empty", id="compare: no store"),
    pytest.param("compare main whole --store none", "The store 'none' does not exist", id="compare: store not there"),
    pytest.param("accept store", "the following arguments are required: --as. What there is", id="accept: no name"),
    pytest.param("accept store --as {empty}", "--as '' is no name for a baseline", id="accept: empty name"),
    pytest.param("accept store --as ../x", "--as '../x' is no name for a baseline", id="accept: a path"),
    pytest.param(f"accept store --as {LONG}", "is no name for a baseline. Use up to 100", id="accept: long name"),
    pytest.param(
        "accept store --as x --move-anchor why",
        "--move-anchor: there is no baseline 'x' yet",
        id="accept: no anchor to move",
    ),
    pytest.param("accept {empty} --as x", "The run is empty", id="accept: no run"),
    pytest.param("accept file --as x", "file: not valid JSON", id="accept: any file"),
    pytest.param("accept judged --as x --store store", "gate.json: not valid JSON", id="accept: torn verdict"),
    pytest.param(
        "calibrate store --seeds 0",
        "--seeds: 0 is not allowed. Give a whole",
        id="calibrate: no seeds",
    ),
    pytest.param("calibrate store --seeds {empty}", "--seeds", id="calibrate: empty seeds"),
    pytest.param("calibrate store --seeds 1e21", "--seeds: '1e21' is not allowed", id="calibrate: seeds in words"),
    pytest.param(f"calibrate store --seeds {DIGITS}", "--seeds", id="calibrate: digits"),
    pytest.param(
        "calibrate store --seeds 8 --max-seeds 4", "--max-seeds 4 is less than --seeds 8", id="calibrate: max"
    ),
    pytest.param("calibrate store --simulations 0", "--simulations", id="calibrate: no simulations"),
    pytest.param("calibrate store --simulations 999999999", "from 1 to 100,000", id="calibrate: too many"),
    pytest.param("calibrate store --json {empty}", "--json is empty", id="calibrate: no file"),
    pytest.param(
        "calibrate store --json main", "--json: 'main' is a directory. Give a file", id="calibrate: directory"
    ),
    pytest.param(
        "calibrate store --json file/a", "--json: 'file/a': could not be written", id="calibrate: below a file"
    ),
    pytest.param("calibrate store --twin {empty}", "--twin is empty", id="calibrate: no twin"),
    pytest.param("calibrate store", "was trained under 24 seeds or more", id="calibrate: few seeds"),
    pytest.param("tune --grid {empty}", "--grid is empty", id="tune: no grid"),
    pytest.param("tune --grid none", "'none' is no file", id="tune: grid not there"),
    pytest.param("tune --grid file", "--grid file: not valid TOML", id="tune: grid of text"),
    pytest.param("tune --out {empty}", "--out is empty", id="tune: to nowhere"),
    pytest.param("tune --out main", "--out: 'main' is a directory", id="tune: to a directory"),
    pytest.param("tune --out file/a", "--out: 'file/a': could not be written", id="tune: below a file"),
    pytest.param("tune --methods lorra", "method 'lorra' is not known", id="tune: unknown method"),
    pytest.param("tune --profile {empty}", "--profile", id="tune: no profile"),
    pytest.param("init {empty}", "The directory is empty", id="init: no directory"),
    pytest.param("init file", "could not be written", id="init: a file"),
    pytest.param("init new --base-model {empty}", "--base-model is empty", id="init: no model"),
    pytest.param("init new --data {empty}", "--data is empty", id="init: no data"),
    pytest.param("init new --general-tasks {empty}", "--general-tasks", id="init: no tasks"),
    pytest.param("fetch {empty}", "argument model: invalid choice: ''", id="fetch: no model"),
    pytest.param("fetch smollm9", "invalid choice: 'smollm9'", id="fetch: unknown model"),
    pytest.param("frobnicate", "invalid choice: 'frobnicate'", id="no such command"),
    pytest.param("", "the following arguments are required: COMMAND", id="no command"),
    pytest.param("report --colour", "unrecognized arguments: --colour", id="no such option"),
]


@pytest.mark.parametrize(("command", "said"), WRONG)
def test_wrong_input_is_one_message(
    places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, said: str
) -> None:
    monkeypatch.chdir(places)
    before = left_in(places)
    line = said_by(capsys, [word.replace("{empty}", "") for word in command.split()])
    assert said in line
    assert left_in(places) == before


def test_profile_of_the_directory_is_read_by_commands_too(
    places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(places)
    (places / "harness.toml").write_text(f"seeds = {DIGITS}\n")
    assert "harness.toml: not valid TOML (a number of more than 4,300 digits)" in said_by(capsys, ["tune"])
    (places / "harness.toml").unlink()


ERRORS = [
    (PermissionError(13, "Permission denied", "/x/y"), "ERROR: /x/y: Permission denied."),
    (OSError(28, "No space left on device"), "ERROR: A file or device: No space left on device."),
    (FileNotFoundError(2, "No such file or directory", "a\nb"), "ERROR: a b: No such file or directory."),
]


@pytest.mark.parametrize(("raised", "said"), ERRORS, ids=lambda one: type(one).__name__)
def test_what_the_system_raises_anywhere_is_one_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], raised: OSError, said: str
) -> None:
    def broken(_: object) -> int:
        raise raised

    monkeypatch.setattr(commands.fetch, "run", broken)
    assert said_by(capsys, ["fetch", "smollm2"]) == said


def run_module(places: Path, *words: str, **options: object) -> "subprocess.Popen[bytes]":
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}
    command = [sys.executable, "-m", "harness", *words]
    return subprocess.Popen(command, cwd=places, env=env, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["compare", "main", "store", "--report", "out"], id="verdict", marks=pytest.mark.release),
    ],
)
@pytest.mark.slow
def test_a_reader_that_has_read_enough_is_no_error(places: Path, words: list[str]) -> None:
    """As with `| head`."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        running = run_module(places, *words, stdout=closed)
        _, said = running.communicate()
    assert said == b""
    assert running.returncode == ExitCode.INTERRUPTED
    shutil.rmtree(places / "out", ignore_errors=True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is there on Linux alone")
@pytest.mark.slow
def test_a_full_device_is_one_message(places: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        running = run_module(places, "--help", stdout=full)
        _, said = running.communicate()
    assert said.decode() == "ERROR: A file or device: No space left on device.\n"
    assert running.returncode == ExitCode.USAGE_ERROR
