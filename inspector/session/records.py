"""Every record that a view needs, in one place: a view imports neither the loader nor the formats."""

from inspector.config import LoaderConfig
from inspector.formats.problems import ProblemKind
from inspector.monitor.records import RunState, Snapshot
from inspector.scan.check_settings import CHECKS, Check, CheckSettings
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ROW_NAMES, ScanRow
from inspector.tuner.recommendation import Recommendation
from inspector.tuner.report import Report
from inspector.tuner.sweep_state import SweepProgress, SweepState
from inspector.tuner.trials import Trial, TrialEngine, TrialSetting
from inspector.tuner.variations import Variations

__all__ = [
    "CHECKS",
    "ROW_NAMES",
    "Check",
    "CheckSettings",
    "LoaderConfig",
    "ProblemKind",
    "Recommendation",
    "Report",
    "RunState",
    "ScanProgress",
    "ScanRow",
    "ScanState",
    "Snapshot",
    "SweepProgress",
    "SweepState",
    "Trial",
    "TrialEngine",
    "TrialSetting",
    "Variations",
]
