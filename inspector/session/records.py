"""The records that a view needs, whatever package makes them: views import them from here."""

from inspector.formats.byte_markers import ByteMarker
from inspector.formats.problems import Problem, ProblemKind
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import BatchKey, BatchView, DeliveredImage, Snapshot, Thumbnail
from inspector.quarantine import Move, MoveOutcome, MovePlan, Refusal
from inspector.session.examiner.records import FileExamination, FileFacts, Preview, SecondLook

__all__ = [
    "BatchKey",
    "BatchView",
    "ByteMarker",
    "ColourMatch",
    "DeliveredImage",
    "FileExamination",
    "FileFacts",
    "Move",
    "MoveOutcome",
    "MovePlan",
    "Preview",
    "Problem",
    "ProblemKind",
    "Proof",
    "Refusal",
    "SecondLook",
    "Snapshot",
    "Thumbnail",
]
