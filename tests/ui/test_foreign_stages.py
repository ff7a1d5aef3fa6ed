"""The tables of stages show the stages that a record names, whatever they are."""

import pytest
from PySide6.QtCore import QAbstractTableModel, Qt
from PySide6.QtWidgets import QApplication

from inspector.loader.counters import SlowSample, StageTimes, WorkerSnapshot, WorkerState
from inspector.monitor.records import WorkerRow
from inspector.ui.measurements.slowest_table import STAGES_COLUMN as SLOWEST_STAGES
from inspector.ui.measurements.slowest_table import SlowestModel
from inspector.ui.measurements.workers_table import STAGES_COLUMN as WORKERS_STAGES
from inspector.ui.measurements.workers_table import WorkersModel

OURS = {"read": 1.0, "decode": 20.0, "transform": 3.0, "write": 4.0}
OTHERS = {"fetch": 10.0, "collate": 2.0, "pin": 3.0}


def header(model: QAbstractTableModel, column: int, role: Qt.ItemDataRole) -> str:
    return str(model.headerData(column, Qt.Orientation.Horizontal, role))


@pytest.mark.parametrize(
    ("stages", "heading", "cell", "tip"),
    [
        (OURS, "read·dec·write", "1.0·20·4.0", "to read, to decode and to write: the median"),
        (OTHERS, "fetch·collate·pin", "10·2.0·3.0", "to fetch, to collate and to pin: the median"),
    ],
)
def test_of_workers(qapp: QApplication, stages: dict[str, float], heading: str, cell: str, tip: str) -> None:
    model = WorkersModel()
    times = tuple(StageTimes(name, 9, ms, ms, ms, ms) for name, ms in stages.items())
    totals = WorkerSnapshot(0, 1, WorkerState.BUSY, 0, 9, 1.0, 1.0, times, "a.jpg")
    model.show((WorkerRow(totals, 1.0, 0.5, None, None),))
    assert header(model, WORKERS_STAGES, Qt.ItemDataRole.DisplayRole) == heading
    assert tip in header(model, WORKERS_STAGES, Qt.ItemDataRole.ToolTipRole)
    assert model.index(0, WORKERS_STAGES).data() == cell


@pytest.mark.parametrize(
    ("stages", "heading", "cell"),
    [(OURS, "read·dec·transf·write", "1.0·20·3.0·4.0"), (OTHERS, "fetch·collate·pin", "10·2.0·3.0")],
)
def test_of_the_slowest_samples(qapp: QApplication, stages: dict[str, float], heading: str, cell: str) -> None:
    model = SlowestModel()
    model.show((SlowSample("a.jpg", 0, 1, tuple(stages.items())),))
    assert header(model, SLOWEST_STAGES, Qt.ItemDataRole.DisplayRole) == heading
    assert model.index(0, SLOWEST_STAGES).data() == cell
    for name in stages:
        assert name in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
