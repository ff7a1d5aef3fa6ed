"""`RemoteSession`: a session on another machine, or in another process, as views know sessions."""

import time
import uuid
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from os import PathLike, fspath
from typing import Any

import numpy as np

from inspector.errors import SettingsError
from inspector.formats.problems import Problem
from inspector.loader.counters import SlowSample
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.colour_proof import Proof
from inspector.monitor.records import BatchKey, BatchView, DeliveredImage, RunState, Series, Snapshot
from inspector.monitor.sample_counts import SampleCounts
from inspector.session.examiner.records import FileExamination, SecondLook
from inspector.session.exchange import (
    FileRequest,
    ImageRequest,
    Looks,
    NamedThing,
    OpenRequest,
    SentBatch,
    SessionOffer,
    SessionState,
    SettingsChange,
)
from inspector.session.line_state import LineState
from inspector.session.protocol import Capabilities, Fields, Proofs, Source
from inspector.session.remote.annotations import RemoteAnnotations
from inspector.session.remote.calls import Polled, RemoteCalls, with_default
from inspector.session.remote.checks import check_counts, check_examination, check_fields, check_image, check_look
from inspector.session.remote.jobs import RemoteQuarantine, RemoteScan, RemoteTune
from inspector.session.remote.line import Connector, Line, LineHandlers
from inspector.session.remote.mirror import Mirror
from inspector.session.training import RecentBatches, TrainingState
from inspector.settings import SessionConfig, plain_values, settings_table
from inspector.sources.parts import SourceParts
from inspector.wire.errors import WireError
from inspector.wire.outbox import Message
from inspector.wire.values import decode, encode

_NOTHING = encode(None)
_FIRST_STATE_S = 30.0
_ELSEWHERE = "The files are on {host}."
_NOT_THERE = {  # what this window cannot do, since the files are not here
    "files": _ELSEWHERE,
    "open": _ELSEWHERE + " To look at others: inspector ssh://{host}/PATH",
    "code": "Your own code is named where loading begins: inspector ssh://{host}/PATH --transform CODE",
    "change:transform": "It is named where loading begins: inspector ssh://{host}/PATH --transform CODE",
    "change:read_image": "It is named where loading begins: inspector ssh://{host}/PATH --read-image CODE",
}


class RemoteSession:
    """A `Session`. Connects at once.

    Args:
        connector: makes connections, as often as they break.
        same_machine: paths mean the same here as there.

    Raises:
        WireError: where there can be no connection; a sentence.
    """

    def __init__(self, connector: Connector, *, same_machine: bool = False) -> None:
        self._same_machine = same_machine
        self._client = uuid.uuid4().hex
        self._offer: SessionOffer | None = None
        self._mirror = Mirror()
        handlers = LineHandlers(hello=self._greet, message=self._take, lost=self._lost)
        self._line = Line(connector, handlers, self._facts, lambda: self._mirror.heard)
        self._calls = RemoteCalls(self._line)
        self._failures: deque[tuple[int, str]] = deque(maxlen=20)
        self._failed = 0
        self._looks = Looks()
        self._changes: dict[str, Any] = {}
        self._wanted_state, self._wanted_at = RunState.RUNNING, 0
        self._closed = False
        ask = self._calls.ask
        self._slowest: Polled[tuple[SlowSample, ...]] = Polled(lambda: ask("slowest", None, tuple[SlowSample, ...]), ())
        self._statistics = Polled(lambda: ask("statistics", None, ChannelStatistics), ChannelStatistics())
        self._counts: Polled[SampleCounts | None] = Polled(
            lambda: ask("sample_counts", None, SampleCounts | None, check_counts), None
        )
        self._proofs: tuple[BatchKey, Polled[Proofs]] | None = None
        self._proofs_seen = 0
        self._recent: dict[str, Polled[RecentBatches]] = {}
        try:
            self._line.start()
            self._wait_for_state()
        except BaseException:
            self.close()
            raise
        assert self._offer is not None
        has = self._offer.has
        self.scan: RemoteScan | None = RemoteScan(self._line, self._calls, self._mirror) if "scan" in has else None
        self.tune: RemoteTune | None = RemoteTune(self._line, self._calls, self._mirror) if "tune" in has else None
        self.quarantine: RemoteQuarantine | None = RemoteQuarantine(self._calls) if "quarantine" in has else None
        self.annotations: RemoteAnnotations | None = RemoteAnnotations(self._calls) if "annotations" in has else None
        self.training: RemoteSession | None = self if "training" in has else None
        self.capabilities: Capabilities = self._capabilities(self._offer, connector.host)

    def _capabilities(self, offer: SessionOffer, host: str) -> Capabilities:
        names, reasons = set(offer.names), dict(offer.reasons)
        if not self._same_machine:
            for name, reason in _NOT_THERE.items():
                if name in names:
                    names.discard(name)
                    reasons[name] = reason.format(host=host)
        return Capabilities(frozenset(names), reasons)

    def _wait_for_state(self) -> None:
        end_s = time.monotonic() + _FIRST_STATE_S
        while not self._mirror.ready:
            state = self._line.state()
            if time.monotonic() > end_s or state.message:
                raise WireError(state.message or "The other side answers, but shows nothing.")
            time.sleep(0.01)

    # --- what comes, in the thread of the link ------------------------------------------------------------------

    def _facts(self) -> Mapping[str, str]:
        session = self._offer.session if self._offer is not None else ""
        exact = "yes" if self._same_machine else ""
        return {"client": self._client, "session": session, "exact": exact, **self._mirror.known()}

    def _greet(self, facts: Mapping[str, str]) -> None:
        try:
            offer: SessionOffer = decode(bytes.fromhex(facts.get("offer", "")), SessionOffer)
        except ValueError as error:
            raise WireError("The other side did not say what it is.") from error
        before, self._offer = self._offer, offer
        if before is not None and before.session != offer.session:
            self._begin_again()

    def _begin_again(self) -> None:
        """What loaded there has ended, and something new has begun: it is set as the one before was."""
        self._mirror.begin_again()
        why = self._line.state().message
        self._note_failure(f"What loaded there had ended, and was started again: totals begin again. {why}".rstrip())
        if self._looks != Looks():
            self._line.intend("look", encode(self._looks))
        if self._changes:
            self._line.intend("change", encode(SettingsChange(dict(self._changes))))

    def _take(self, message: Message) -> None:
        if message.name == "state":
            state: SessionState = decode(message.body, SessionState)
            self._mirror.take_state(state)
            for _, sentence in state.refused:
                self._note_failure(sentence)
            if self._proofs is not None and state.snapshot.proof_serial != self._proofs_seen:
                self._proofs_seen = state.snapshot.proof_serial
                self._proofs[1].get(at_once=True)
            scan = getattr(self, "scan", None)
            if scan is not None:
                scan.follow()
        elif message.name == "pictures":
            self._mirror.take_pictures(decode(message.body, SentBatch | None))
        elif message.name in ("answer", "failure"):
            self._calls.take(message)

    def _lost(self) -> None:
        """There will be no other connection."""
        self._calls.close()

    # --- records -----------------------------------------------------------------------------------------------

    @property
    def line(self) -> LineState:
        """The way to the other side."""
        machine = self._offer.machine if self._offer is not None else ()
        return replace(self._line.state(), failures=tuple(self._failures), machine=machine)

    def _note_failure(self, sentence: str) -> None:
        self._failed += 1
        self._failures.append((self._failed, sentence))

    def snapshot(self) -> Snapshot:
        heard = self._line.revision()
        state = self._wanted_state if self._wanted_at > heard else None
        return self._mirror.snapshot(heard, connected=self._line.state().connected, state=state)

    def series(self) -> Series:
        return self._mirror.series()

    def batch_view(self) -> BatchView | None:
        return self._mirror.view()

    def problems(self, since: int = 0) -> list[Problem]:
        return self._mirror.problems(since)

    def slowest(self) -> tuple[SlowSample, ...]:
        return self._slowest.get()

    def statistics(self) -> ChannelStatistics:
        return self._statistics.get()

    def sample_counts(self) -> SampleCounts | None:
        return self._counts.get()

    def proofs(self, batch: BatchKey) -> Proofs:
        if self._proofs is None or self._proofs[0] != batch:
            request = ImageRequest(batch)
            polled: Polled[Proofs] = Polled(
                lambda: self._calls.ask("proofs", request, tuple[Proof | None, ...]), (), every_s=0.3
            )
            polled.on_change = self._note_proofs
            self._proofs = batch, polled
        return self._proofs[1].get()

    def _note_proofs(self) -> None:
        self._mirror.proof_serial += 1

    # --- on request --------------------------------------------------------------------------------------------

    def pixels(self, batch: BatchKey, position: int) -> "Future[DeliveredImage | None]":
        request = ImageRequest(batch, position)
        return with_default(self._calls.ask("pixels", request, DeliveredImage | None, check_image), lambda _why: None)

    def parts(self, source: str) -> "Future[SourceParts]":
        return self._calls.ask("parts", NamedThing(source), SourceParts)

    def fields(self, batch: BatchKey, position: int) -> "Future[Fields]":
        request = ImageRequest(batch, position)
        return with_default(self._calls.ask("fields", request, Fields, check_fields), lambda why: (("not read", why),))

    def second_look(self, batch: BatchKey, position: int) -> "Future[SecondLook | None]":
        request = ImageRequest(batch, position)
        return with_default(self._calls.ask("second_look", request, SecondLook | None, check_look), lambda _why: None)

    def examine(self, location: str, *, pictures: bool = True) -> "Future[FileExamination]":
        request = FileRequest(location, pictures)
        asked = self._calls.ask("examine", request, FileExamination, check_examination)
        return with_default(asked, lambda why: FileExamination("UNREADABLE", why))

    # --- of a training -----------------------------------------------------------------------------------------

    process = None  # of another machine

    def state(self) -> TrainingState:
        state = self._mirror.training()
        assert state is not None  # it comes with the first state of a session that has one
        return state

    def recent(self, key: str) -> RecentBatches:
        if key not in self._recent:
            first = RecentBatches(np.zeros(0), np.zeros(0))
            request = NamedThing(key)
            self._recent[key] = Polled(lambda: self._calls.ask("recent", request, RecentBatches), first)
        return self._recent[key].get()

    def choose(self, key: str) -> int:
        return self._line.intend("choose", encode(NamedThing(key)))

    # --- intents -----------------------------------------------------------------------------------------------

    def open(self, source: Source, **settings: Any) -> int:
        if not isinstance(source, str | PathLike):
            raise SettingsError("Only a path can be opened on another machine.")
        return self._line.intend("open", encode(OpenRequest(fspath(source), checked(settings))))

    def reindex(self) -> int:
        return self._line.intend("reindex", _NOTHING)

    def cancel_indexing(self) -> int:
        return self._line.intend("cancel_indexing", _NOTHING)

    def run(self) -> int:
        return self._want(RunState.RUNNING, "run")

    def pause(self) -> int:
        return self._want(RunState.PAUSED, "pause")

    def next_batch(self) -> int:
        return self._want(RunState.PAUSED, "next_batch")

    def previous_batch(self) -> int:
        return self._want(RunState.PAUSED, "previous_batch")

    def _want(self, state: RunState, name: str) -> int:
        """It is shown at once, so that who presses a key twice means what is seen."""
        revision = self._line.intend(name, _NOTHING)
        if "pause" in self.capabilities:
            self._wanted_state, self._wanted_at = state, revision
        return revision

    def change(self, **settings: Any) -> int:
        for name in settings:
            change = f"change:{name}"
            if change not in self.capabilities:
                raise SettingsError(self.capabilities.reasons.get(change) or f"unknown setting: {name}")
        plain = checked(settings)
        self._changes |= plain
        return self._line.intend("change", encode(SettingsChange(plain)))

    def look(self, *, thumbnail_px: int | None = None, interval_s: float | None = None) -> int:
        before = self._looks
        self._looks = Looks(
            thumbnail_px or before.thumbnail_px, before.interval_s if interval_s is None else interval_s
        )
        return self._line.intend("look", encode(Looks(thumbnail_px, interval_s)))

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._calls.close()
        quarantine = getattr(self, "quarantine", None)
        if quarantine is not None:
            quarantine.close()
        self._line.close()


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as plain values.

    Raises:
        SettingsError: for one that is unknown or cannot have this value.
    """
    table = settings_table(SessionConfig)
    code = {name for name in settings if name in table and table[name].kind == "code"}
    config = SessionConfig().with_changes(**{name: each for name, each in settings.items() if name not in code})
    plain = plain_values(config)
    return {name: settings[name] if name in code else plain[name] for name in settings}
