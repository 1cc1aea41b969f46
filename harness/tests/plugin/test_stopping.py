"""Does a run that is stopped from outside leave its report, and no process behind?"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.schema.exit_codes import ExitCode
from harness.schema.paths import ROOT

pytestmark = [pytest.mark.trains]

LONG = ("--methods", "lora", "--ranks", "4", "--quantization", "none", "--targets", "poems", "--seeds", "1",
        "--steps", "4000", "--general-tasks", "facts", "--jobs", "1")  # fmt: skip


def group_lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.release), pytest.param(signal.SIGINT, id="Ctrl-C")],
)
def test_a_stopped_run_writes_what_is_there(tmp_path: Path, number: signal.Signals) -> None:
    where = ("--store", str(tmp_path / "store"), "--report", str(tmp_path / "report"))
    command = [sys.executable, "-m", "pytest", "suites/", "-p", "no:cacheprovider", *LONG, *where]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a shell's & ignores it
    ) as run:
        assert run.stdout is not None
        seen = []
        for line in run.stdout:
            seen.append(line)
            if line.startswith("[1/"):  # the base arm is measured, and a training of minutes begins
                break
        assert run.poll() is None, "".join(seen)
        run.send_signal(number)
        said = run.stdout.read()
    assert run.returncode == ExitCode.INTERRUPTED, said
    assert "INTERNALERROR" not in said
    results = json.loads((tmp_path / "report" / "results.json").read_text())
    assert [trial["spec"]["method"] for trial in results["trials"]] == ["base"]
    assert "index.html" in said
    until = time.monotonic() + 10
    while group_lives(run.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not group_lives(run.pid), "a worker trains on for nobody"
