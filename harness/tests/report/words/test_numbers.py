"""Numbers as a reader needs them."""

import pytest

from harness.report.words.numbers import (
    POINTS,
    count,
    dollars,
    duration,
    fixed,
    rate,
    rounded_up,
    size,
    supported_decimals,
    unit_of,
    up_to,
)


@pytest.mark.parametrize(
    ("half_width", "decimals"), [(0.21, 0), (0.042, 0), (0.021, 1), (0.0042, 1), (0.0021, 2), (0.000021, 3)]
)
def test_points_are_as_fine_as_their_interval_supports(half_width: float, decimals: int) -> None:
    assert supported_decimals([(-half_width, half_width), (0.0, 0.0), None], scale=100) == decimals


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (fixed(-1.26, 1), "\N{MINUS SIGN}1.3"),
        (fixed(-0.01, 1), "0.0"),
        (fixed(4.0, 0, plus=True), "+4"),
        (fixed(None, 1), "\N{EN DASH}"),
        (fixed(float("nan"), 1), "\N{EN DASH}"),
        (count(999), "999"),
        (count(999_900), "1 M"),
        (size(1536), "1.5 KiB"),
        (duration(0.0314), "31.4 ms"),
        (duration(0.0), "0 ms"),
        (duration(59.9), "59.9 s"),
        (duration(412.6), "6 min 53 s"),
        (duration(3 * 3600 + 300), "3 h 05 min"),
        (dollars(0.01234), "$0.0123"),
        (dollars(4.5), "$4.50"),
        (dollars(1234.5), "$1234"),
        (dollars(None), "\N{EN DASH}"),
        (rate(3e-5), "3e\N{MINUS SIGN}5"),
        (rounded_up(0.0), "0"),
        (rounded_up(2.0), "2"),
        (rounded_up(2.11), "2.2"),
        (rounded_up(12.01), "13"),
        (rounded_up(12.01, least=1), "12.1"),
        (rounded_up(0.0311), "0.032"),
        (rounded_up(-1.26), "\N{MINUS SIGN}1.2"),
        (rounded_up(9.99), "10"),
        (up_to(0.01, POINTS), "1 point"),
        (unit_of("exact_match").name, "points"),
        (unit_of("nll_per_token").name, "nats"),
    ],
)
def test_numbers_read_well(shown: str, expected: str) -> None:
    assert shown == expected
