"""`Session`: the one thing that every view talks to, whatever pipeline is behind it and wherever it runs.

A view polls records and sends intents. An intent returns at once with its revision; `Snapshot.revision` echoes the last
one that has taken effect, so a control knows when it was heard. What needs the files runs where the files are, behind
`annotations`, `scan`, `tune`, `quarantine`, `examine` and `second_look`; `training` is there where somebody else's
loader is watched. Where a session cannot do a thing, the attribute is None, and `capabilities` says why in a sentence.
Whatever takes longer than a moment gives a `Future` or a `Job`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from inspector.named_code import NamedCode

if TYPE_CHECKING:
    from inspector.formats.problems import Problem
    from inspector.loader.counters import SlowSample
    from inspector.monitor.channel_statistics import ChannelStatistics
    from inspector.monitor.colour_proof import Proof
    from inspector.monitor.records import BatchKey, BatchView, DeliveredImage, Series, Snapshot
    from inspector.monitor.sample_counts import SampleCounts
    from inspector.quarantine import Manifest, MoveOutcome, MovePlan
    from inspector.quarantine.shards import CleanOutcome
    from inspector.scan.check_settings import CheckSettings
    from inspector.scan.progress import ScanProgress
    from inspector.scan.results import ScanRow
    from inspector.scan.score_histogram import ScoreHistogram
    from inspector.session.annotation_control import AnnotationControl
    from inspector.session.examiner.records import FileExamination, SecondLook
    from inspector.session.job import Job
    from inspector.session.line_state import LineState
    from inspector.session.training import TrainingControl
    from inspector.sources.parts import SourceParts
    from inspector.tuner.report import Report
    from inspector.tuner.sweep_state import SweepState
    from inspector.tuner.variations import Variations

Source = str | PathLike[str] | Sequence[str | PathLike[str]] | NamedCode
Proofs = tuple["Proof | None", ...]
Fields = tuple[tuple[str, str], ...]
"""What a sample has beside its image: names and values, as texts for a person."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a session can do, by name.

    `change:NAME` for each setting that can be changed, `open` (another source), `reindex`, `pause`, `step`, `pixels`,
    `proof`, `examine`, `statistics`, `annotations`, `scan`, `tune`, `move_aside`, `files` (locations are paths on
    this machine).

    Attributes:
        reasons: why a thing cannot be done, a sentence each, where a view should say so; what is in neither is not
            shown at all.
    """

    names: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        return name in self.names


class Findings(Protocol):
    """What a scan has found so far, row by row; only ever appended to. Any thread."""

    def __len__(self) -> int: ...

    def row(self, i: int, /) -> "ScanRow":
        """Row `i`."""

    def relative(self, i: int, /) -> str:
        """The location of row `i` inside its data set."""

    def counts(self) -> dict[str, int]:
        """How many rows there are of each name."""

    def is_behind(self) -> bool:
        """There are more rows, which have not come from the other machine yet."""

    def columns(self, first: int = 0, /) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Name (its position in `ROW_NAMES`) and size in bytes (-1: unknown) of the rows from `first` on."""

    def scores(self, first: int = 0, /) -> npt.NDArray[np.float64]:
        """What the checks of the rows from `first` on compared with their limits; NaN where it was nothing."""

    def containing(self, text: str, first: int = 0, /) -> npt.NDArray[np.int64]:
        """The rows from `first` on whose location or reason contains `text`; ascending."""


class ScanControl(Protocol):
    """Checks every sample of the open source once. All methods return at once."""

    @property
    def checks(self) -> "CheckSettings | None":
        """What is being checked beside faults; None before a start."""

    @property
    def findings(self) -> Findings | None:
        """None until the samples are known."""

    def start(self, checks: "CheckSettings", on: str = "") -> None:
        """Begin to check the open source, with the workers that the session is set to.

        Args:
            on: a cluster to check on, "dask", "ray" or an address; "": the session's machine.
        """

    def resume(self, on: str | None = None) -> None:
        """Check what a cancelled scan has left. `on`: as for `start`; None: where it began."""

    def cancel(self) -> None:
        """Stop soon; what was found stays."""

    def clear(self) -> None:
        """Stop, and forget what was found. Opening another source does the same."""

    def change_limits(self, limits: Mapping[str, float]) -> None:
        """Find again what these limits decide, from the scores: `findings` is another object then."""

    @property
    def changing_limits(self) -> bool:
        """The findings are still those of former limits."""

    def histogram(self, check: str) -> "ScoreHistogram | None":
        """Of the scores so far; None where the check has none, or nothing was measured."""

    def all_but_the_largest(self, checks: Collection[str]) -> Sequence[str]:
        """Locations of all images but the largest of each group of those that look alike, by these checks."""

    def as_scores(self, file: str) -> Iterator[str | bytes]:
        """The scores of every sample, in pieces, in the format that the file's name says."""

    def progress(self) -> "ScanProgress":
        """How far it is, at this moment."""

    def as_csv(self) -> Iterator[str]:
        """What was found, in pieces."""

    def as_json(self) -> Iterator[str]:
        """All of it, in pieces; a scan can be resumed from this."""

    def as_list(self) -> Iterator[str]:
        """What to keep: the locations of the good samples, a line each. It is a source again."""


class TuneControl(Protocol):
    """Measures settings on the open source. All methods return at once."""

    @property
    def unavailable(self) -> Mapping[str, str]:
        """What cannot be asked for where the files are, `cold` or `torch`, and why."""

    def start(self, variations: "Variations", *, budget_s: float, cold: bool) -> None:
        """Begin a sweep around the settings in force."""

    def cancel(self) -> None:
        """Stop soon, with a partial report."""

    def clear(self) -> None:
        """Stop, and forget the report. Opening another source does the same."""

    def state(self) -> "SweepState":
        """How far it is, at this moment."""

    def earlier(self) -> "Future[list[Report]]":
        """Reports of earlier sweeps of the open source, the newest first."""


class Quarantine(Protocol):
    """Moves samples out of the data set, and back; each job reports how many files are done."""

    def plan(self, locations: Sequence[str], destination: str) -> "Job[MovePlan]":
        """What would be moved where, for the user to agree to."""

    def move(self, plan: "MovePlan") -> "Job[MoveOutcome]":
        """Move what was agreed to."""

    def look(self, manifest: str) -> "Job[Manifest]":
        """What a manifest lists, for the user to agree to where it is not their own."""

    def restore(self, manifest: str, agreed: "Manifest | None" = None) -> "Job[MoveOutcome]":
        """Put back what a manifest lists. `agreed`: what the user has seen; None for one of this session's own."""

    def clean_shards(self, folder: str) -> "Job[CleanOutcome]":
        """Write the samples that the scan has found good to new shards in `folder`, on the session's machine.

        The job reports per cent of the source's bytes. The same call resumes what was interrupted.
        """


class Session(Protocol):
    """What a view shows and drives. All methods but `close` return at once, from any thread."""

    # --- records -------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> Capabilities:
        """What this session can do; does not change."""

    def snapshot(self) -> "Snapshot":
        """Everything that is shown, at this moment."""

    def series(self) -> "Series":
        """The last minute, for the plots."""

    def batch_view(self) -> "BatchView | None":
        """The batch to look at; another object whenever `Snapshot.batch_serial` has changed."""

    def problems(self, since: int = 0) -> "Sequence[Problem]":
        """The skipped or damaged samples from entry `since` on; only ever appended to."""

    def slowest(self) -> "Sequence[SlowSample]":
        """The samples that took longest in the last minute, the slowest first."""

    def statistics(self) -> "ChannelStatistics":
        """Mean and standard deviation of the delivered pixels."""

    def sample_counts(self) -> "SampleCounts | None":
        """How often each sample and each class has come, and in which order; None before anything is loaded."""

    def proofs(self, batch: "BatchKey") -> Proofs:
        """What is known so far of a batch's colours, by position; changes with `Snapshot.proof_serial`.

        The batch that was asked for last is proved; () where it is forgotten.
        """

    # --- on request ----------------------------------------------------------------------------------------

    def pixels(self, batch: "BatchKey", position: int) -> "Future[DeliveredImage | None]":
        """One image of a batch, whole; None where the batch is forgotten, which it is not while an image is held."""

    def parts(self, source: str) -> "Future[SourceParts]":
        """What can be chosen as image and label of a source that is not open; raises what opening it would."""

    def fields(self, batch: "BatchKey", position: int) -> "Future[Fields]":
        """What else a sample has; () where there is nothing, or the batch is forgotten."""

    def second_look(self, batch: "BatchKey", position: int) -> "Future[SecondLook | None]":
        """Decode its file again with a second decoder, and compare; None where the batch is forgotten."""

    def examine(self, location: str, *, pictures: bool = True) -> "Future[FileExamination]":
        """Look closely at one file, in a process that a hostile file may end; without pictures, when nobody waits."""

    @property
    def scan(self) -> ScanControl | None: ...

    @property
    def tune(self) -> TuneControl | None: ...

    @property
    def quarantine(self) -> Quarantine | None: ...

    @property
    def annotations(self) -> "AnnotationControl | None": ...

    @property
    def training(self) -> "TrainingControl | None": ...

    @property
    def line(self) -> "LineState | None":
        """The way to the machine that it runs on; None: it runs here."""

    # --- intents: each returns its revision -----------------------------------------------------------------

    def open(self, source: Source, **settings: Any) -> int:
        """Look for samples in a folder, a list, a container, at a URL, or make the data set that code names; then run.

        `settings`: those that belong to it, by name. What is secret in a URL is in no record from then on.

        Raises:
            SettingsError: see `change`; nothing is opened then.
        """

    def reindex(self) -> int:
        """Look again for the samples of what is open; the user's code is imported again."""

    def cancel_indexing(self) -> int:
        """Stop looking for samples; nothing is open then."""

    def run(self) -> int:
        """Deliver batches until paused."""

    def pause(self) -> int:
        """Deliver no further batch."""

    def next_batch(self) -> int:
        """Forward in the kept batches; at the newest, pause and deliver exactly one more."""

    def previous_batch(self) -> int:
        """Pause, and look at the batch before."""

    def change(self, **settings: Any) -> int:
        """Change settings.

        Raises:
            SettingsError: for a setting that is unknown, cannot be changed or cannot have this value; nothing is
                changed then.
        """

    def look(self, *, thumbnail_px: int | None = None, interval_s: float | None = None) -> int:
        """How this view looks at batches: the longest side of thumbnails in pixels, and the least seconds between two
        batches while they stream."""

    def close(self) -> None:
        """Stop everything and wait until nothing is left. May be called twice."""
