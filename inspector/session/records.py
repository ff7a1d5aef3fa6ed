"""Every record that a view needs, in one place: a view imports neither the loader nor the formats."""

from inspector.annotations.picture_labels import BatchLabels, PictureLabels
from inspector.annotations.records import ImageAnnotations, ShapeFlag, ShapeKind
from inspector.annotations.statistics import (
    ASPECT_EDGES,
    GRID,
    PER_IMAGE_EDGES,
    SIZE_EDGES,
    LabelChart,
    LabelStatistics,
)
from inspector.formats.byte_markers import ByteMarker
from inspector.formats.problems import Problem, ProblemKind
from inspector.loader.counters import Rates, SlowSample, StageTimes, WorkerSnapshot, WorkerState
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import (
    BatchKey,
    BatchView,
    DeliveredImage,
    Machine,
    RunState,
    Series,
    SettingChange,
    Snapshot,
    Thumbnail,
    WorkerRow,
)
from inspector.monitor.sample_counts import SampleCounts
from inspector.monitor.verdict.table import Verdict
from inspector.quarantine import Manifest, Move, MoveOutcome, MovePlan, Refusal
from inspector.quarantine.shards import CleanOutcome
from inspector.scan.check_settings import CHECKS, LIMITS, Check, CheckLimit, CheckSettings
from inspector.scan.progress import ScanProgress, ScanState, workers_in_words
from inspector.scan.results import ROW_NAMES, ScanRow
from inspector.scan.score_histogram import HISTOGRAMS, ScoreHistogram
from inspector.session.annotation_control import WITHOUT_LABELS, LabelledSamples, LabelsPhase, LabelsState
from inspector.session.examiner.records import FileExamination, FileFacts, Preview, SecondLook
from inspector.sources.parts import SourceParts
from inspector.tuner.recommendation import Recommendation
from inspector.tuner.report import Report
from inspector.tuner.sweep_state import SweepProgress, SweepState
from inspector.tuner.trials import Trial, TrialEngine, TrialSetting
from inspector.tuner.variations import Variations

__all__ = [
    "ASPECT_EDGES",
    "CHECKS",
    "GRID",
    "HISTOGRAMS",
    "LIMITS",
    "PER_IMAGE_EDGES",
    "ROW_NAMES",
    "SIZE_EDGES",
    "WITHOUT_LABELS",
    "BatchKey",
    "BatchLabels",
    "BatchView",
    "ByteMarker",
    "ChannelStatistics",
    "Check",
    "CheckLimit",
    "CheckSettings",
    "CleanOutcome",
    "ColourMatch",
    "DeliveredImage",
    "FileExamination",
    "FileFacts",
    "ImageAnnotations",
    "LabelChart",
    "LabelStatistics",
    "LabelledSamples",
    "LabelsPhase",
    "LabelsState",
    "Machine",
    "Manifest",
    "Move",
    "MoveOutcome",
    "MovePlan",
    "PictureLabels",
    "Preview",
    "Problem",
    "ProblemKind",
    "Proof",
    "Rates",
    "Recommendation",
    "Refusal",
    "Report",
    "RunState",
    "SampleCounts",
    "ScanProgress",
    "ScanRow",
    "ScanState",
    "ScoreHistogram",
    "SecondLook",
    "Series",
    "SettingChange",
    "ShapeFlag",
    "ShapeKind",
    "SlowSample",
    "Snapshot",
    "SourceParts",
    "StageTimes",
    "SweepProgress",
    "SweepState",
    "Thumbnail",
    "Trial",
    "TrialEngine",
    "TrialSetting",
    "Variations",
    "Verdict",
    "WorkerRow",
    "WorkerSnapshot",
    "WorkerState",
    "workers_in_words",
]
