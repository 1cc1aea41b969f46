"""Marks that stay apart while colour and shape last."""

from harness.report.charts.figure import COLORS, MOST_MARKS, legend, marks


def test_every_mark_is_another_one_while_colour_and_shape_last() -> None:
    known = marks(["full", *(f"m{number}" for number in range(MOST_MARKS))], [])
    assert len({(mark.color, mark.shape) for mark in known}) == MOST_MARKS + 1
    assert known[0].color == COLORS[0]
    assert len(legend(known)) == len(known)


def test_beyond_that_only_methods_at_several_levels_have_their_own() -> None:
    names = [f"m{number}" for number in range(50)]
    known = {mark.name: mark for mark in marks(["full", *names], ["m40", "m41"])}
    assert [name for name, mark in known.items() if not mark.shared] == ["full", "m40", "m41"]
    assert [mark.name for mark in legend(list(known.values()))][-1] == "48 other methods"
