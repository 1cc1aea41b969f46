"""Runs that several topics speak of."""

import pytest

from harness.schema.results import Results
from harness.tests.report.topics.runs import run_of
from harness.tests.synthetic import FEW_SHOT, FULL, RETRIEVAL, ZERO_SHOT


@pytest.fixture(scope="package")
def prompted() -> Results:
    """Full fine-tuning, retrieval (which has no seed), few-shot and zero-shot."""
    return run_of(FULL, RETRIEVAL, FEW_SHOT, ZERO_SHOT)
