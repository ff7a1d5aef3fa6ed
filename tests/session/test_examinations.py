"""Proofs, whole images and second looks through a session: of the batch that is looked at, without a wait."""

import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from inspector.monitor.colour_proof import ColourMatch
from inspector.monitor.records import BatchKey, BatchView, RunState
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.session.examiner.test_examiner import stop

SOON_S = 60


@pytest.fixture
def session(photos: Path) -> Iterator[LocalSession]:
    session = LocalSession(SessionConfig(batch_size=8, num_workers=1, image_size=(48, 64), step_ms=20))
    session.open(photos)
    yield session
    session.close()


def wait_until(condition: Callable[[], object]) -> None:
    until_s = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < until_s, "never came about"
        time.sleep(0.01)


def shown(session: LocalSession) -> BatchView:
    wait_until(session.batch_view)
    view = session.batch_view()
    assert view is not None
    return view


def paused(session: LocalSession) -> BatchView:
    shown(session)
    session.pause()
    wait_until(lambda: session.snapshot().state is RunState.PAUSED)
    wait_until(lambda: shown(session).number == session.snapshot().batches - 1)
    return shown(session)


def examiners() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "inspector.session.examiner" in child.cmdline()]


def test_nothing_is_proved_until_somebody_asks(session: LocalSession) -> None:
    paused(session)
    assert examiners() == []
    assert session.snapshot().proof_serial == 0


def test_all_images_of_a_paused_batch_are_proved(session: LocalSession) -> None:
    view = paused(session)
    assert session.proofs(view.key) == (None,) * 8
    wait_until(lambda: None not in session.proofs(view.key))
    assert {proof.verdict for proof in session.proofs(view.key) if proof is not None} == {ColourMatch.RGB}
    wait_until(lambda: session.snapshot().proof_serial == 8)


@pytest.mark.slow
def test_while_batches_stream_some_are_proved(session: LocalSession) -> None:
    def proved() -> bool:
        return any(session.proofs(shown(session).key))

    wait_until(proved)
    assert session.snapshot().state is RunState.RUNNING


def test_a_killed_examiner_costs_one_image(session: LocalSession) -> None:
    view = paused(session)
    session.proofs(view.key)
    wait_until(lambda: any(session.proofs(view.key)))
    for child in examiners():
        child.kill()
    wait_until(lambda: None not in session.proofs(view.key))
    verdicts = [proof.verdict for proof in session.proofs(view.key) if proof is not None]
    assert verdicts.count(ColourMatch.RGB) >= 7


def test_a_forgotten_batch_gives_nothing(session: LocalSession) -> None:
    shown(session)
    unknown = BatchKey(77, 3)
    assert session.proofs(unknown) == ()
    assert session.pixels(unknown, 0).result(SOON_S) is None
    assert session.second_look(unknown, 0).result(SOON_S) is None


@pytest.mark.slow
def test_a_batch_is_kept_while_one_of_its_images_is_held(session: LocalSession, sample: Path) -> None:
    view = paused(session)
    image = session.pixels(view.key, 0).result(SOON_S)
    assert image is not None
    assert image.pixels is not None
    assert image.pixels.shape == (48, 64, 3)
    session.open(sample / "photo")
    session.run()
    wait_until(lambda: session.snapshot().batches > 20)
    neighbour = session.pixels(view.key, 7).result(SOON_S)
    assert neighbour is not None
    assert neighbour.thumbnail is view.thumbnails[7]
    look = session.second_look(view.key, 7).result(SOON_S)
    assert look is not None
    assert look.proof.verdict is ColourMatch.RGB
    assert look.rgb is not None
    assert look.rgb.shape == (48, 64, 3)
    assert look.facts is not None
    assert look.facts.format == "JPEG"

    del image, neighbour

    def forgotten() -> bool:
        gc.collect()
        return session.pixels(view.key, 7).result(SOON_S) is None

    wait_until(forgotten)


def test_the_session_closes_in_the_middle_of_a_proof_and_an_examination(session: LocalSession, sample: Path) -> None:
    view = paused(session)
    session.proofs(view.key)
    session.examine(str(sample / "photo/rocket.jpg")).result(SOON_S)
    for child in examiners():
        stop(child)
    session.examine("endless.jpg")
    session.second_look(view.key, 0)
    session.close()
    assert examiners() == []
