"""Every record that a view needs, in one place: a view imports neither the loader nor the formats."""

from inspector.formats.problems import Problem, ProblemKind
from inspector.loader.counters import StageTimes
from inspector.monitor.records import (
    BatchView,
    DeliveredImage,
    RunState,
    Series,
    SettingChange,
    Snapshot,
    Thumbnail,
    WorkerRow,
)
from inspector.monitor.verdict.verdict import Verdict

__all__ = [
    "BatchView",
    "DeliveredImage",
    "Problem",
    "ProblemKind",
    "RunState",
    "Series",
    "SettingChange",
    "Snapshot",
    "StageTimes",
    "Thumbnail",
    "Verdict",
    "WorkerRow",
]
