"""The tuner in a real window: real sweeps of the sample, a few seconds long."""

import csv
import json
from html import escape
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableView,
    QTextEdit,
)
from pytestqt.qtbot import QtBot

from inspector.commands.registry import parse
from inspector.commands.tune import make_tuner
from inspector.monitor.records import RunState
from inspector.settings import SessionConfig
from inspector.tuner.trials import Trial, TrialSetting
from inspector.ui.theme import Theme
from inspector.ui.tuner.options import numbers
from inspector.ui.tuner.panel import TunerPanel
from inspector.ui.tuner.plot import TunerPlot
from inspector.ui.tuner.report_image import PLOT_PX, WIDTH_PX
from inspector.ui.tuner.table import TrialsTable
from tests.ui.conftest import Open, Opened
from tests.ui.test_exports import export


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSPECTOR_DATA_DIR", str(tmp_path / "data"))


def panel(opened: Opened) -> TunerPanel:
    found = opened.window.findChild(TunerPanel)
    assert found is not None
    return found


def ready(opened: Opened, seconds: int) -> TunerPanel:
    """Bring the page to the front, with its time set."""
    opened.wait_for_state(RunState.RUNNING)
    found = panel(opened)
    opened.window._details.open_name("Tuner")
    opened.find(QSpinBox, "tunerBudgetSpin").setValue(seconds)
    opened.wait_until(opened.find(QPushButton, "tunerStartButton").isEnabled)
    return found


def start(opened: Opened, seconds: int) -> TunerPanel:
    found = ready(opened, seconds)
    opened.find(QPushButton, "tunerStartButton").click()
    return found


def swept(opened: Opened) -> TunerPanel:
    found = start(opened, 3)
    opened.wait_until(opened.find(QPushButton, "tunerNewButton").isVisible)
    return found


def cells(opened: Opened, column: int) -> list[str]:
    model = opened.find(QTableView, "tunerTable").model()
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def recommendation(opened: Opened) -> str:
    return opened.find(QTextEdit, "tunerRecommendation").toPlainText()


def written(opened: Opened, tuner: TunerPanel, file: Path) -> Path:
    tuner.export(str(file))
    opened.wait_until(lambda: file.exists() and not tuner._writing.busy)
    return file


@pytest.mark.slow
def test_a_sweep_from_its_start_to_what_one_does_with_it(open_window: Open, sample: Path, tmp_path: Path) -> None:
    opened = open_window(sample, num_workers=7, batch_size=8, image_size=(64, 64), step_ms=0.0)
    tuner = start(opened, 3)
    opened.wait_for_state(RunState.PAUSED)  # the sweep has the cores for itself
    assert not opened.find(QPushButton, "scanStartButton").isEnabled()
    opened.wait_until(lambda: len(cells(opened, 0)) > 0)  # the table grows while it runs
    opened.wait_until(opened.find(QPushButton, "tunerNewButton").isVisible)
    opened.wait_for_state(RunState.RUNNING)  # and the batches continue
    assert opened.find(QPushButton, "scanStartButton").isEnabled()
    marked = [text for text in cells(opened, 0) if text.startswith("▶ ")]
    assert len(marked) == 1
    assert "images/s" in recommendation(opened)
    assert "It takes " in recommendation(opened)

    found = json.loads(written(opened, tuner, tmp_path / "sweep.json").read_text())
    workers = found["recommended"]["num_workers"]
    assert marked == [f"▶ {workers}"]
    rows = list(csv.DictReader(written(opened, tuner, tmp_path / "sweep.csv").read_text().splitlines()))
    assert len(rows) == len(cells(opened, 0)) == len(found["trials"])
    tuner.export(str(tmp_path / "nowhere" / "sweep.csv"))
    opened.wait_until(lambda: "nowhere" in opened.find(QLabel, "faultText").text())
    assert tuner.latest is not None
    export(opened, "exportReportAction", page := tmp_path / "report.html")
    opened.wait_until(page.exists)
    assert escape(tuner.latest.reason) in page.read_text("utf-8")
    picture = QImage(str(written(opened, tuner, tmp_path / "sweep.png")))
    assert picture.width() == WIDTH_PX  # whatever the window's size
    assert picture.height() > PLOT_PX + 20 * len(rows)

    opened.find(QAction, "tunerCopyLoaderAction").trigger()
    assert f"num_workers={workers}," in QGuiApplication.clipboard().text()
    opened.find(QAction, "tunerCopyTorchAction").trigger()
    assert "torch.utils.data import DataLoader" in QGuiApplication.clipboard().text()

    apply = opened.find(QPushButton, "tunerApplyButton")
    assert workers != 7
    apply.click()
    opened.wait_until(lambda: opened.session.snapshot().num_workers == workers)
    opened.wait_until(lambda: not apply.isEnabled())
    assert "as set now" in recommendation(opened)


@pytest.mark.slow
def test_an_earlier_sweep_is_there_after_a_new_start(open_window: Open, sample: Path) -> None:
    settings = {"num_workers": 1, "batch_size": 8, "image_size": (64, 64)}
    first = open_window(sample, **settings)
    swept(first)
    assert not first.find(QComboBox, "tunerEarlierCombo").isEnabled()
    first.window.close()
    second = open_window(sample, **settings)
    tuner = ready(second, 3)
    second.wait_until(lambda: second.find(QComboBox, "tunerEarlierCombo").count() == 2)
    second.find(QPushButton, "tunerStartButton").click()
    second.wait_until(second.find(QPushButton, "tunerNewButton").isVisible)
    assert "Earlier, on " in recommendation(second)
    second.find(QComboBox, "tunerEarlierCombo").setCurrentIndex(0)
    assert "Earlier, on " not in recommendation(second)
    tuner.clear()
    second.wait_until(lambda: second.find(QComboBox, "tunerEarlierCombo").count() == 3)


@pytest.mark.slow
def test_cancelled_it_tells_what_it_knows(open_window: Open, sample: Path) -> None:
    opened = open_window(sample, num_workers=1, batch_size=8, image_size=(64, 64))
    start(opened, 20)
    opened.wait_until(lambda: len(cells(opened, 0)) > 1)
    opened.find(QPushButton, "tunerCancelButton").click()
    opened.wait_until(opened.find(QPushButton, "tunerNewButton").isVisible)
    assert "partial result" in recommendation(opened)
    opened.wait_for_state(RunState.RUNNING)


def test_who_was_paused_before_a_sweep_stays_so(open_window: Open, sample: Path) -> None:
    opened = open_window(sample, num_workers=1, batch_size=8, image_size=(64, 64))
    ready(opened, 20)
    opened.session.pause()
    opened.wait_for_state(RunState.PAUSED)
    opened.find(QPushButton, "tunerStartButton").click()
    opened.find(QPushButton, "tunerCancelButton").click()
    opened.wait_until(opened.find(QPushButton, "tunerNewButton").isVisible)
    assert opened.session.snapshot().state is RunState.PAUSED


@pytest.mark.slow
def test_a_window_closes_and_another_folder_opens_while_it_sweeps(
    open_window: Open, sample: Path, tiny_images: Path
) -> None:
    opened = open_window(sample, num_workers=1)
    start(opened, 20)
    opened.wait_for_state(RunState.PAUSED)
    opened.window.open_source(str(tiny_images))
    opened.wait_until(opened.find(QPushButton, "tunerStartButton").isVisible)
    opened.wait_for_state(RunState.RUNNING)
    start(opened, 20)
    opened.wait_until(lambda: len(cells(opened, 0)) > 0)
    opened.window.close()  # the leak fixture sees whether workers are left


@pytest.mark.slow
def test_one_key_starts_and_stops_it_from_any_page(open_window: Open, sample: Path) -> None:
    opened = open_window(sample, num_workers=1, batch_size=8, image_size=(64, 64))
    opened.wait_for_state(RunState.RUNNING)
    action = opened.find(QAction, "sweepAction")
    opened.wait_until(action.isEnabled)
    assert not panel(opened).isVisible()
    action.trigger()
    assert panel(opened).isVisible()
    assert action.text() == "Stop the sweep"
    opened.wait_until(lambda: len(cells(opened, 0)) > 0)
    action.trigger()
    opened.wait_until(opened.find(QPushButton, "tunerNewButton").isVisible)
    assert action.text() == "Start the sweep"
    opened.wait_for_state(RunState.RUNNING)
    action.trigger()  # a new one
    assert opened.find(QPushButton, "tunerCancelButton").isVisible()


def test_the_tab_and_the_terminal_ask_for_the_same_sweep(
    open_window: Open, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same options, same plan: what measures it is the same class."""
    monkeypatch.setattr("inspector.tuner.tuner.torch_is_installed", lambda: True)
    settings = {"num_workers": 3, "batch_size": 8, "image_size": (64, 64), "prefetch_batches": 6}
    opened = open_window(sample, step_ms=20.0, **settings)
    tuner = ready(opened, 7)
    opened.find(QCheckBox, "tunerThreadsCheck").setChecked(True)
    opened.find(QCheckBox, "tunerScaledCheck").setChecked(True)
    opened.find(QCheckBox, "tunerColdCheck").setChecked(True)
    opened.find(QLineEdit, "tunerBatchSizesEdit").setText("8, 16")
    opened.find(QLineEdit, "tunerPrefetchEdit").setText("2, 6")
    torch = opened.find(QCheckBox, "tunerTorchCheck")
    torch.setEnabled(True)
    torch.setChecked(True)
    session, page = opened.session, tuner.options
    source = session.opened()
    assert source is not None
    in_the_tab = session.tune.make_tuner(source, page.variations(), budget_s=page.budget_s, cold=page.cold)

    asked = "--workers 3 --batch-size 8 --image-size 64x64 --prefetch 6 --step-ms 20 --budget-seconds 7 --scaled --cold"
    _, options = parse(["tune", str(sample), *asked.split(), "--torch", "--engines", "processes,threads",
                     "--batch-sizes", "8,16", "--prefetches", "2,6"])  # fmt: skip
    config = SessionConfig(**settings, step_ms=20.0)  # type: ignore[arg-type]
    in_the_terminal = make_tuner(source.index, config, options, None)
    assert in_the_tab.plan == in_the_terminal.plan
    assert len(in_the_tab.plan.curves) == 2 * 2 * 2 * 2 + 2 * 2 * 2  # and PyTorch's once for both engines
    assert in_the_tab.cold == in_the_terminal.cold


def test_before_it_begins_it_says_what_it_will_do(open_window: Open, sample: Path) -> None:
    opened = open_window(sample)
    ready(opened, 60)
    assert not opened.find(QTableView, "tunerTable").isVisible()
    assert not opened.find(QCheckBox, "tunerScaledCheck").isEnabled()  # images of native size
    opened.find(QLineEdit, "tunerBatchSizesEdit").setText("8, many")
    assert not opened.find(QPushButton, "tunerStartButton").isEnabled()
    opened.find(QLineEdit, "tunerBatchSizesEdit").setText("8 16")
    assert opened.find(QPushButton, "tunerStartButton").isEnabled()


@pytest.mark.parametrize(("text", "sizes"), [("", ()), ("32", (32,)), ("32, 64 32", (32, 64)), (" 8,16 ", (8, 16))])
def test_numbers_to_try(text: str, sizes: tuple[int, ...]) -> None:
    assert numbers("Batch sizes", text, 65_536) == sizes


@pytest.mark.parametrize("text", ["0", "-4", "x", "32.5", "65537", "٣"])
def test_what_is_no_such_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write numbers"):
        numbers("Batch sizes", text, 65_536)


def many_trials() -> tuple[Trial, ...]:
    """Two engines, two batch sizes, numbers of workers up to 64."""
    return tuple(
        Trial(
            TrialSetting(workers, engine, batch), 100.0 * workers, 90.0 * workers, 110.0 * workers, None, None, None, 3
        )
        for engine in ("processes", "threads")
        for batch in (8, 16)
        for workers in (1, 2, 4, 8, 12, 16, 24, 32, 48, 64)
    )


def test_numbers_under_the_plot_leave_one_another_room(qtbot: QtBot, qapp: QApplication) -> None:
    theme = Theme(qapp, "dark")
    plot = TunerPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(200, 120)
    plot.show()
    trials = many_trials()
    plot.show_trials(trials, trials[8].setting, trials)
    told = plot._counts_with_room(48)
    assert 48 in told
    assert 64 not in told
    assert plot._legend.text().count("<span") == 4
    theme.deleteLater()


def test_columns_that_tell_nothing_are_left_out(qtbot: QtBot) -> None:
    table = TrialsTable()
    qtbot.addWidget(table)

    def headings() -> list[str]:
        model = table.model()
        return [
            str(model.headerData(column, table.horizontalHeader().orientation()))
            for column in range(model.columnCount())
            if not table.isColumnHidden(column)
        ]

    trials = many_trials()
    table.show_trials(trials[:10], None)
    assert "batch" not in headings()
    table.show_trials(trials, trials[0].setting)
    assert "batch" in headings()
    assert {"prefetch", "decode", "waits"}.isdisjoint(headings())
