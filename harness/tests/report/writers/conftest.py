"""What the tests of this room read."""

import pytest

from harness.schema.results import Results
from harness.tests.synthetic import whole_results


@pytest.fixture(scope="module")
def results() -> Results:
    return whole_results()
