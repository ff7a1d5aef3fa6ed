"""A session on a tar: its samples are examined and proved as files are; nothing is moved out of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.errors import QuarantineError
from inspector.monitor.colour_proof import ColourMatch
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.session.waiting import wait_until
from tests.sources.containers.tars import tar_of_folder


@pytest.fixture
def session(sample: Path, tmp_path: Path) -> Iterator[LocalSession]:
    photo = sample / "photo"
    names = ("china.jpg", "bad-truncated-half.jpg", "chelsea-palette.png", "astronaut.jpg")
    tar = tar_of_folder(tmp_path / "a.tar", [photo / name for name in names], photo)
    made = LocalSession(SessionConfig(num_workers=1, batch_size=3, shuffle=False, epochs=1))
    made.open(str(tar))
    try:
        yield made
    finally:
        made.close()


def test_a_sample_is_examined_by_its_location(session: LocalSession, tmp_path: Path) -> None:
    wait_until(lambda: session.problems())
    (problem,) = session.problems()
    assert problem.path == f"tar://bad-truncated-half.jpg::{tmp_path}/a.tar"
    found = session.examine(problem.path).result(60)
    assert (found.kind, found.reason) == (problem.kind, problem.reason)
    assert found.format.startswith("JPEG")
    assert found.lenient is not None
    missing = session.examine(f"tar://nothing.jpg::{tmp_path}/a.tar").result(60)
    assert missing.kind == "VANISHED"


def test_its_colours_are_proved(session: LocalSession) -> None:
    wait_until(lambda: session.batch_view() is not None)
    view = session.batch_view()
    assert view is not None
    look = session.second_look(view.key, 0).result(60)
    assert look is not None
    assert look.proof.verdict is ColourMatch.RGB
    assert look.facts is not None
    assert look.facts.format == "JPEG"


def test_nothing_is_moved_out_of_it(session: LocalSession, tmp_path: Path) -> None:
    wait_until(lambda: session.problems())
    job = session.quarantine.plan([session.problems()[0].path], str(tmp_path / "aside"))
    with pytest.raises(QuarantineError, match="list of what to keep"):
        job.result.result(60)
