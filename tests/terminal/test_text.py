"""What only a terminal needs."""

import math

from inspector.terminal import text


def test_a_long_name_keeps_its_end() -> None:
    assert text.shortened("n01440764/n01440764_10026.jpg", 10) == "…10026.jpg"
    assert text.shortened("short.jpg", 10) == "short.jpg"


def test_a_sparkline_is_of_the_width_asked_for_and_blank_where_nothing_is_known() -> None:
    assert text.sparkline([math.nan, math.nan, 0, 4, 8, 8], 6) == "  ▁▄██"
    assert text.sparkline([math.nan, math.nan, 0, 0, 8, 8], 3) == " ▁█"
    assert text.sparkline([4], 4, ceiling=8) == "▄▄▄▄"
    assert text.sparkline([], 3) == "   "
    assert text.sparkline([0, 0], 2) == "▁▁"
