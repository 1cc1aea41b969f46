"""How hard hypothesis tries: the same few hundred examples on every machine, or as many as are asked for.

`HARNESS_EXAMPLES=10000 pytest harness/tests -k fuzz` looks for new ones: other examples on every run, kept nowhere.
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("HARNESS_EXAMPLES", "0"))


def fuzzed(examples: int = 200, weight: int = 1) -> settings:
    """Settings of one test.

    Args:
        examples: in a run that asks for no number of them.
        weight: how many times slower an example is than most; so many times fewer are tried.
    """
    return settings(
        max_examples=max(1, (EXAMPLES or examples) // weight),
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
    )
