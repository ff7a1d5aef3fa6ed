"""The records that a report is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from inspector.formats.problems import Problem
from inspector.monitor.colour_proof import Proof
from inspector.monitor.records import BatchView, Series, Snapshot
from inspector.tuner.report import Report

if TYPE_CHECKING:
    from inspector.report.training import TrainingSection


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All at one moment.

    Attributes:
        written_at: local time with its offset. program: name and version of what measured this.
        sweep: of the tuner, for the same folder; None: there was none.
        view: the batch that is looked at; None: there is none yet. proofs: of its images, None: not looked at yet.
        training: of somebody else's loaders; None: they are ours.
    """

    written_at: datetime
    program: str
    snapshot: Snapshot
    series: Series
    problems: Sequence[Problem]
    sweep: Report | None = None
    view: BatchView | None = None
    proofs: tuple[Proof | None, ...] = ()
    training: "TrainingSection | None" = None
