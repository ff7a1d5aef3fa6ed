"""How figures and names are written."""

import math

import pytest

from inspector.terminal import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "\N{EN DASH}"),
        (math.nan, "\N{EN DASH}"),
        (0.0, "0.0"),
        (0.482, "0.48"),
        (51.31, "51.3"),
        (1642.4, "1,642"),
    ],
)
def test_figures(value: float | None, shown: str) -> None:
    assert text.figure(value) == shown


def test_an_unknown_figure_has_no_unit() -> None:
    assert text.figure(None, " MB/s") == "\N{EN DASH}"
    assert text.figure(2.5, " MB/s") == "2.50 MB/s"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain [bold] name.jpg", "plain [bold] name.jpg"),
        ("snow ☃.jpg", "snow ☃.jpg"),
        ("line\nfeed\x1b[31m", r"line\nfeed\x1b[31m"),
        ("not \udcff utf-8", r"not \xff utf-8"),
        ("lone \ud800", r"lone \ud800"),
        ("right-to-left \u202e", r"right-to-left \u202e"),
    ],
)
def test_names_are_readable(name: str, shown: str) -> None:
    assert text.readable(name) == shown


def test_a_long_name_keeps_its_end() -> None:
    assert text.shortened("n01440764/n01440764_10026.jpg", 10) == "…10026.jpg"
    assert text.shortened("short.jpg", 10) == "short.jpg"


def test_a_path_inside_the_folder_is_shown_from_there_on() -> None:
    assert text.inside("/data/cats/1.jpg", "/data/") == "cats/1.jpg"
    assert text.inside("/database/1.jpg", "/data") == "/database/1.jpg"


def test_a_sparkline_is_of_the_width_asked_for_and_blank_where_nothing_is_known() -> None:
    assert text.sparkline([math.nan, math.nan, 0, 4, 8, 8], 6) == "  ▁▄██"
    assert text.sparkline([math.nan, math.nan, 0, 0, 8, 8], 3) == " ▁█"
    assert text.sparkline([4], 4, ceiling=8) == "▄▄▄▄"
    assert text.sparkline([], 3) == "   "
    assert text.sparkline([0, 0], 2) == "▁▁"
