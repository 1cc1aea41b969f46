"""Sentences stand in the terminal too, and must not wait for a drawing library."""

import subprocess
import sys

import pytest

from harness.schema.paths import ROOT


@pytest.mark.slow
def test_no_sentence_loads_what_draws() -> None:
    code = "import sys, harness.report.advice.findings; print({'altair', 'vl_convert'} & set(sys.modules) or 'none')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "none"
