"""Whether a window can be shown is told before Qt is asked, which would end the process."""

import subprocess
import sys

import pytest

from inspector.display import display_problem

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")


@linux
@pytest.mark.parametrize("environ", [{}, {"DISPLAY": ""}, {"WAYLAND_DISPLAY": "no-such-socket"}])
def test_no_display(environ: dict[str, str]) -> None:
    problem = display_problem(environ)
    assert problem is not None
    assert "DISPLAY" in problem


@linux
@pytest.mark.parametrize("display", [":9876", "nonsense", "127.0.0.1:9876.0"])
def test_a_display_that_does_not_answer(display: str) -> None:
    problem = display_problem({"DISPLAY": display})
    assert problem is not None
    assert display in problem


@linux
def test_a_platform_that_qt_has_not_is_told_before_qt_aborts() -> None:
    problem = display_problem({"QT_QPA_PLATFORM": "nonsense", "DISPLAY": ":0"})
    assert problem is not None
    assert "QT_QPA_PLATFORM" in problem
    assert "nonsense" in problem


def test_platforms_without_a_screen_need_none() -> None:
    assert display_problem({"QT_QPA_PLATFORM": "offscreen:size=800x600"}) is None


@pytest.mark.x11
def test_an_x_server_that_lets_us_in(xvfb: str) -> None:
    assert display_problem({"DISPLAY": xvfb}) is None


def test_asking_does_not_load_qt() -> None:
    code = "import sys, inspector.display as d; d.display_problem(); sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=200).returncode == 0
