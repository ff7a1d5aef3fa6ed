"""What a client wants done, checked against what the session can do."""

from collections.abc import Callable
from typing import Any

from inspector.errors import InspectorError
from inspector.scan.check_settings import LIMITS, CheckSettings
from inspector.session.exchange import (
    LimitsChange,
    Looks,
    NamedThing,
    Nothing,
    OpenRequest,
    ScanRequest,
    SettingsChange,
    SweepRequest,
)
from inspector.session.protocol import Session
from inspector.wire.errors import WireError
from inspector.wire.values import decode

_NEEDS = {
    "run": "pause",
    "pause": "pause",
    "next_batch": "step",
    "previous_batch": "step",
    "reindex": "reindex",
    "cancel_indexing": "reindex",
    "open": "open",
    "scan.start": "scan",
    "scan.start_on": "scan",
    "scan.resume": "scan",
    "scan.resume_on": "scan",
    "scan.cancel": "scan",
    "scan.clear": "scan",
    "scan.change_limits": "scan",
    "tune.start": "tune",
    "tune.cancel": "tune",
    "tune.clear": "tune",
    "look": "",
    "change": "",
    "choose": "",
}


def carry_out(session: Session, name: str, body: bytes | bytearray) -> None:
    """Do what an intent asks for.

    Raises:
        InspectorError: where it cannot be done; a sentence.
        WireError: where no client of ours sends this.
    """
    needs = _NEEDS.get(name)
    if needs is None:
        raise WireError(f"There is nothing here called {name[:40]!r}.")
    if needs and needs not in session.capabilities:
        raise InspectorError(session.capabilities.reasons.get(needs) or f"This session cannot do this: {needs}.")
    group, _, verb = name.partition(".")
    if verb:
        control = session.scan if group == "scan" else session.tune
        if control is None:
            raise InspectorError(f"This session cannot do this: {group}.")
        _control(control, verb, body)
    elif name == "open":
        request = decode(body, OpenRequest)
        _check_changes(session, request.settings)
        session.open(request.name, **request.settings)
    elif name == "look":
        looks = decode(body, Looks)
        _check_looks(looks)
        session.look(thumbnail_px=looks.thumbnail_px, interval_s=looks.interval_s)
    elif name == "change":
        _change(session, decode(body, SettingsChange).settings)
    elif name == "choose":
        if session.training is not None:
            session.training.choose(decode(body, NamedThing).name)
    else:
        decode(body, Nothing)
        intent: Callable[[], int] = getattr(session, name)
        intent()


def _check_looks(looks: Looks) -> None:
    if looks.thumbnail_px is not None and not 16 <= looks.thumbnail_px <= 1024:
        raise WireError("Thumbnails of this size cannot be asked for.")
    if looks.interval_s is not None and not 0 <= looks.interval_s <= 3600:
        raise WireError("Batches cannot be looked at in such intervals.")


def _change(session: Session, settings: dict[str, Any]) -> None:
    _check_changes(session, settings)
    session.change(**settings)


def _check_changes(session: Session, settings: dict[str, Any]) -> None:
    for name in settings:
        change = f"change:{name}"
        if change not in session.capabilities:
            reason = session.capabilities.reasons.get(change)
            raise InspectorError(reason or f"This session cannot change {name[:40]}.")


def _checked_limits(limits: dict[str, float]) -> dict[str, float]:
    for name, value in limits.items():
        if name not in LIMITS or not LIMITS[name].lowest <= value <= LIMITS[name].highest:
            raise WireError("There is no such limit.")
    return {name: round(value) if LIMITS[name].whole else value for name, value in limits.items()}


def _control(control: Any, verb: str, body: bytes | bytearray) -> None:
    if verb == "change_limits":
        control.change_limits(_checked_limits(decode(body, LimitsChange).limits))
    elif verb == "start_on":
        request = decode(body, ScanRequest)
        control.start(request.checks, request.on)
    elif verb == "resume_on":
        control.resume(decode(body, NamedThing).name)
    elif verb != "start":
        decode(body, Nothing)
        getattr(control, verb)()
    elif hasattr(control, "findings"):
        control.start(decode(body, CheckSettings))
    else:
        sweep = decode(body, SweepRequest)
        if not 0 < sweep.budget_s <= 86_400:
            raise WireError("A sweep cannot take so long.")
        control.start(sweep.variations, budget_s=sweep.budget_s, cold=sweep.cold)
