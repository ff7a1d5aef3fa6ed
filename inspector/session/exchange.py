"""What a session that is served and its client say to each other, as records of their own.

The client sends numbered intents and calls; the server sends its state again and again, pictures when there is room,
and answers. Names of messages: `intent/NAME` and `call/NAME` from the client; `state`, `pictures`, `answer` and
`failure` from the server.
"""

from typing import Any

import msgspec

from inspector.annotations.statistics import LabelChart
from inspector.doctor.findings import Diagnostic
from inspector.formats.problems import Problem
from inspector.monitor.records import BatchKey, Series, Snapshot
from inspector.quarantine import Manifest, MoveOutcome, MovePlan
from inspector.quarantine.shards import CleanOutcome
from inspector.scan.check_settings import CheckSettings
from inspector.scan.progress import ScanProgress
from inspector.scan.results import ScanRow
from inspector.session.training import TrainingState
from inspector.settings import SettingValue
from inspector.tuner.sweep_state import SweepState
from inspector.tuner.variations import Variations
from inspector.wire.outbox import MostBytes

TO_SERVER = MostBytes(intent=1 << 20, call=16 << 20)
TO_CLIENT = MostBytes(state=8 << 20, pictures=16 << 20, answer=1 << 30, failure=1 << 16)


class SessionOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What the session behind a server is; in its hello.

    Attributes:
        session: names it among all; another one after a reconnection is another run.
        names, reasons: its capabilities.
        has: those of `scan`, `tune`, `quarantine`, `training`, `annotations` that it has.
        host: what its machine calls itself. machine: what that is, for a report.
    """

    session: str
    names: tuple[str, ...]
    reasons: dict[str, str]
    has: tuple[str, ...]
    host: str
    machine: tuple[Diagnostic, ...] = ()


class SessionState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is shown, at one moment.

    Attributes:
        heard: number of the client's last intent that the snapshot knows of.
        refused: intents that could not be done, by number, with a sentence each.
        series: points that are new; `series_again`: nothing before them is to be kept.
        problems: entries from `problems_from` on; `problems_run` changes where they begin again.
        scan, checks: of the scan; `findings_run` changes with what it found, 0: there is nothing.
        changing_limits: the findings are still those of former limits.
        sweep, training: where they have changed.
        unavailable: what cannot be asked of the tuner, and why.
    """

    heard: int
    snapshot: Snapshot
    refused: tuple[tuple[int, str], ...] = ()
    series: Series | None = None
    series_again: bool = False
    problems: tuple[Problem, ...] = ()
    problems_from: int = 0
    problems_run: int = 0
    scan: ScanProgress | None = None
    checks: CheckSettings | None = None
    findings_run: int = 0
    findings: dict[str, int] = {}
    changing_limits: bool = False
    sweep: SweepState | None = None
    unavailable: dict[str, str] | None = None
    training: TrainingState | None = None


class SentPicture(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A thumbnail on its way.

    Attributes:
        high, wide: its size in pixels as it is shown; what comes may be smaller.
        jpeg: a baseline JPEG, RGB. raw: in place of it, (high, wide, 3) bytes.
    """

    path: str
    index: int
    label: str | None
    height: int
    width: int
    high: int
    wide: int
    jpeg: bytes = b""
    raw: bytes = b""
    problem: Problem | None = None
    fields: tuple[tuple[str, str], ...] = ()


class SentBatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The batch to look at; see `BatchView`. None: there is none. `same`: the pictures are those before."""

    key: BatchKey
    epoch: int = 0
    shape: str = ""
    dtype: str = ""
    pictures: tuple[SentPicture, ...] = ()
    same: bool = False
    skipped: tuple[Problem, ...] = ()
    position: int = 1
    kept: int = 1
    count: int | None = None
    note: str = ""
    proved: bool = True


class SettingsChange(msgspec.Struct, frozen=True):
    """Of `intent/change`."""

    settings: dict[str, SettingValue]


class Looks(msgspec.Struct, frozen=True):
    """Of `intent/look`."""

    thumbnail_px: int | None = None
    interval_s: float | None = None


class NamedThing(msgspec.Struct, frozen=True):
    """Of intents and calls that name one: a source, a check, a loader."""

    name: str


class ScanRequest(msgspec.Struct, frozen=True):
    """Of `intent/scan.start_on`."""

    checks: CheckSettings
    on: str


class SweepRequest(msgspec.Struct, frozen=True):
    """Of `intent/tune.start`."""

    variations: Variations
    budget_s: float
    cold: bool


class ImageRequest(msgspec.Struct, frozen=True):
    """Of calls for one image of a batch."""

    batch: BatchKey
    position: int = 0


class ClassRequest(msgspec.Struct, frozen=True):
    """Of `call/labels.samples`."""

    class_number: int


class ChartRequest(msgspec.Struct, frozen=True):
    """Of `call/labels.samples_in`."""

    chart: LabelChart
    part: int


class FileRequest(msgspec.Struct, frozen=True):
    """Of `call/examine`."""

    location: str
    pictures: bool = True


class RowsRequest(msgspec.Struct, frozen=True):
    """Of `call/findings`."""

    run: int
    first: int


class FoundRows(msgspec.Struct, frozen=True):
    """Rows of a scan from one on, each with its location inside the data set and its score, None: it has none.

    `run`: of which findings.
    """

    run: int
    first: int
    rows: tuple[tuple[ScanRow, str, float | None], ...]


class OpenRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of `intent/open`. `settings`: those that belong to the source."""

    name: str
    settings: dict[str, SettingValue] = {}


class LimitsChange(msgspec.Struct, frozen=True):
    """Of `intent/scan.change_limits`, by name."""

    limits: dict[str, float]


class NamedThings(msgspec.Struct, frozen=True):
    """Of `call/scan.all_but_the_largest`: names of checks."""

    names: tuple[str, ...]


class TextRequest(msgspec.Struct, frozen=True):
    """Of `call/scan.text`: the next piece of an export; `token`: names this export.

    `name`: "csv", "json", "list", or "scores.csv" and "scores.parquet".
    """

    name: str
    token: str
    piece: int


class ExportPiece(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of an export: text, or bytes; None in its place: that was all."""

    text: str = ""
    data: bytes = b""


class JobRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Of `call/job`: begin a job, where this token is new, ask for its cancellation, and how far it is.

    Attributes:
        kind: "plan", "move", "look", "restore" or "clean"; files are moved and put back only by a plan or a manifest
            that an earlier job of this session has shown: `shown` is its token. Clean shards go to `destination`.
    """

    token: str
    kind: str
    locations: tuple[str, ...] = ()
    destination: str = ""
    manifest: str = ""
    shown: str = ""
    cancel: bool = False


class JobState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a job is; where it is over, what came of it, or `error`, a sentence."""

    done: int = 0
    over: bool = False
    error: str = ""
    plan: MovePlan | None = None
    outcome: MoveOutcome | None = None
    manifest: Manifest | None = None
    clean: CleanOutcome | None = None


Nothing = type(None)
Answer = Any  # of the type that the call has
