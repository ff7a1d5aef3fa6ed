"""What a client asks for, answered: at once, or when the session's future is done."""

import logging
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

from inspector.errors import InspectorError
from inspector.session.annotation_control import AnnotationControl
from inspector.session.exchange import (
    ChartRequest,
    ClassRequest,
    ExportPiece,
    FileRequest,
    FoundRows,
    ImageRequest,
    JobRequest,
    NamedThing,
    NamedThings,
    Nothing,
    RowsRequest,
    TextRequest,
)
from inspector.session.protocol import ScanControl
from inspector.session.serving.shared import SharedState
from inspector.wire.errors import WireError
from inspector.wire.values import decode, encode

_log = logging.getLogger(__name__)

MOST_UNDER_WAY = 64
_HELD_IMAGES = 4  # whose batches the session keeps for a client
_MOST_ROWS, _PIECE_CHARACTERS = 2000, 200_000
_MOST_EXPORTS = 4


class Calls:
    """Of one connection.

    Args:
        answer: sends an answer, with the number of its call; from any thread.
        fail: sends a sentence in place of one.
    """

    def __init__(
        self, shared: SharedState, answer: Callable[[int, bytes], None], fail: Callable[[int, str], None]
    ) -> None:
        self._shared, self._session = shared, shared.session
        self._answer, self._fail = answer, fail
        self._waiting: dict[int, Future[Any]] = {}
        self._held: OrderedDict[tuple[int, int, int], object] = OrderedDict()
        self._exports: OrderedDict[str, tuple[Iterator[str | bytes], int, str | bytes]] = OrderedDict()

    def take(self, number: int, name: str, body: bytes | bytearray) -> None:
        """Answer a call, now or later.

        Raises:
            WireError: where no client of ours sends this.
        """
        method = _METHODS.get(name)
        if method is None:
            raise WireError(f"There is nothing here called {name[:40]!r}.")
        if len(self._waiting) >= MOST_UNDER_WAY:
            raise WireError("The other side asks for more than it waits for.")
        kind, needs, act = method
        request = decode(body, kind)
        try:
            if needs and needs not in self._session.capabilities:
                raise InspectorError(self._session.capabilities.reasons.get(needs) or f"Not here: {needs}.")
            result = act(self, request)
        except InspectorError as error:
            self._fail(number, str(error))
            return
        if isinstance(result, Future):
            self._waiting[number] = result
            result.add_done_callback(lambda future: self._take_result(number, future))
        else:
            self._answer(number, encode(result))

    def forget(self) -> None:
        """The client has gone."""
        self._waiting.clear()
        self._held.clear()
        self._exports.clear()

    def _take_result(self, number: int, future: "Future[Any]") -> None:
        self._waiting.pop(number, None)
        try:
            result = future.result()
            body = encode(result)
        except CancelledError:
            self._fail(number, "This was cancelled.")
        except Exception as error:  # of the session's own; the client must not wait for ever
            _log.exception("a call failed")
            self._fail(number, f"{type(error).__name__}: {error}")
        else:
            self._answer(number, body)

    # --- what there is -----------------------------------------------------------------------------------------

    def _slowest(self, _request: None) -> Any:
        return tuple(self._session.slowest())

    def _statistics(self, _request: None) -> Any:
        return self._session.statistics()

    def _sample_counts(self, _request: None) -> Any:
        return self._session.sample_counts()

    def _proofs(self, request: ImageRequest) -> Any:
        return self._session.proofs(request.batch)

    def _pixels(self, request: ImageRequest) -> Any:
        future = self._session.pixels(request.batch, request.position)
        future.add_done_callback(lambda done: self._hold(request, done))
        return future

    def _hold(self, request: ImageRequest, future: "Future[Any]") -> None:
        """A client holds an image as long as its viewer shows it; its batch is kept for the last few."""
        if not future.cancelled() and future.exception() is None and future.result() is not None:
            self._held[(*request.batch, request.position)] = future.result()
            while len(self._held) > _HELD_IMAGES:
                self._held.popitem(last=False)

    def _parts(self, request: NamedThing) -> Any:
        return self._session.parts(request.name)

    def _fields(self, request: ImageRequest) -> Any:
        return self._session.fields(request.batch, request.position)

    def _second_look(self, request: ImageRequest) -> Any:
        return self._session.second_look(request.batch, request.position)

    def _examine(self, request: FileRequest) -> Any:
        return self._session.examine(request.location, pictures=request.pictures)

    def _earlier(self, _request: None) -> Any:
        if self._session.tune is None:
            return ()
        return self._session.tune.earlier()

    def _recent(self, request: NamedThing) -> Any:
        if self._session.training is None:
            raise InspectorError("No training is watched here.")
        return self._session.training.recent(request.name)

    def _findings(self, request: RowsRequest) -> FoundRows:
        findings = self._session.scan.findings if self._session.scan is not None else None
        run = self._shared.runs.of_findings(findings)
        first = max(0, request.first)
        if findings is None or run != request.run:
            return FoundRows(run, first, ())
        last = min(len(findings), first + _MOST_ROWS)
        scores = findings.scores(first)[: last - first].tolist()
        rows = tuple(
            (findings.row(i), findings.relative(i), None if math.isnan(score) else score)
            for i, score in zip(range(first, last), scores, strict=False)
        )
        return FoundRows(run, first, rows)

    def _histogram(self, request: NamedThing) -> Any:
        return self._session.scan.histogram(request.name) if self._session.scan is not None else None

    def _all_but_the_largest(self, request: NamedThings) -> Any:
        scan = self._session.scan
        return tuple(scan.all_but_the_largest(request.names)) if scan is not None else ()

    def _scan_text(self, request: TextRequest) -> Any:
        """The next piece of an export; the one before again, where the client did not get it. None: that was all."""
        scan = self._session.scan
        if scan is None:
            raise InspectorError("Nothing can be scanned here.")
        if request.token not in self._exports:
            if request.piece:
                raise InspectorError("The connection broke while this was being read: export it again.")
            self._exports[request.token] = iter(_export(scan, request.name)), -1, b""
            while len(self._exports) > _MOST_EXPORTS:
                self._exports.popitem(last=False)
        pieces, piece, text = self._exports[request.token]
        if request.piece == piece + 1:
            text = _next_piece(pieces)
            self._exports[request.token] = pieces, request.piece, text
        if not text:
            return None
        return ExportPiece(text=text) if isinstance(text, str) else ExportPiece(data=text)

    def _labels(self) -> AnnotationControl:
        if self._session.annotations is None:
            raise InspectorError("There are no annotations here.")
        return self._session.annotations

    def _labels_state(self, _request: None) -> Any:
        return self._labels().state()

    def _labels_of_batch(self, request: ImageRequest) -> Any:
        return self._labels().of_batch(request.batch)

    def _labels_of_image(self, request: ImageRequest) -> Any:
        return self._labels().of_image(request.batch, request.position)

    def _label_statistics(self, _request: None) -> Any:
        return self._labels().statistics()

    def _label_samples(self, request: ClassRequest) -> Any:
        return self._labels().samples(request.class_number)

    def _label_samples_in(self, request: ChartRequest) -> Any:
        return self._labels().samples_in(request.chart, request.part)

    def _job(self, request: JobRequest) -> Any:
        return self._shared.jobs.look(request)


def _export(scan: ScanControl, name: str) -> Iterator[str | bytes]:
    exports: dict[str, Callable[[], Iterator[str | bytes]]] = {
        "csv": scan.as_csv,
        "json": scan.as_json,
        "list": scan.as_list,
        "scores.csv": lambda: scan.as_scores("scores.csv"),
        "scores.parquet": lambda: scan.as_scores("scores.parquet"),
    }
    if name not in exports:
        raise WireError("There is no such export.")
    return exports[name]()


def _next_piece(pieces: Iterator[str | bytes]) -> bytes | str:
    """Several together, which are all text or all bytes; empty after the last."""
    parts, size = [], 0
    for part in pieces:
        parts.append(part)
        size += len(part)
        if size >= _PIECE_CHARACTERS:
            break
    if parts and isinstance(parts[0], bytes):
        return b"".join(part for part in parts if isinstance(part, bytes))
    return "".join(part for part in parts if isinstance(part, str))


_Act = Callable[[Calls, Any], Any]
_METHODS: dict[str, tuple[Any, str, _Act]] = {
    "slowest": (Nothing, "", Calls._slowest),
    "statistics": (Nothing, "", Calls._statistics),
    "sample_counts": (Nothing, "", Calls._sample_counts),
    "proofs": (ImageRequest, "proof", Calls._proofs),
    "pixels": (ImageRequest, "pixels", Calls._pixels),
    "parts": (NamedThing, "open", Calls._parts),
    "fields": (ImageRequest, "", Calls._fields),
    "second_look": (ImageRequest, "", Calls._second_look),
    "examine": (FileRequest, "examine", Calls._examine),
    "earlier": (Nothing, "tune", Calls._earlier),
    "recent": (NamedThing, "", Calls._recent),
    "findings": (RowsRequest, "scan", Calls._findings),
    "scan.text": (TextRequest, "scan", Calls._scan_text),
    "scan.histogram": (NamedThing, "scan", Calls._histogram),
    "scan.all_but_the_largest": (NamedThings, "scan", Calls._all_but_the_largest),
    "labels.state": (Nothing, "annotations", Calls._labels_state),
    "labels.of_batch": (ImageRequest, "annotations", Calls._labels_of_batch),
    "labels.of_image": (ImageRequest, "annotations", Calls._labels_of_image),
    "labels.statistics": (Nothing, "annotations", Calls._label_statistics),
    "labels.samples": (ClassRequest, "annotations", Calls._label_samples),
    "labels.samples_in": (ChartRequest, "annotations", Calls._label_samples_in),
    "job": (JobRequest, "move_aside", Calls._job),
}
