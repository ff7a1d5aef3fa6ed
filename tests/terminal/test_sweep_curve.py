"""What a sweep measured, drawn in text."""

import os

import pytest

from inspector.terminal.sweep_curve import curve
from inspector.tuner.trials import Trial, TrialSetting

TRIALS = (
    Trial(TrialSetting(0), 100.0, 90.0, 110.0, 99.0, 80_000_000, None, 4),
    Trial(TrialSetting(2), 200.0, 150.0, 250.0, None, None, 0.02, 4),
)


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_curve_fits_and_marks_what_is_chosen(width: int) -> None:
    rows = curve(TRIALS, TRIALS[1].setting, width)
    assert [row[0] for row in rows] == [" ", "▶"]
    assert len({len(row) for row in rows}) == 1
    assert len(rows[0]) <= max(width, 76)
    assert rows[1].count("█") + rows[1].count("▓") > 1.8 * (rows[0].count("█") + rows[0].count("▓"))
    assert "200   (150–250) images/s" in rows[1]
    assert os.linesep not in "".join(rows)


def test_no_curve_before_anything_is_known() -> None:
    assert curve((), None, 80) == []
