"""Red and blue of a watched batch are proved by the files, also where pictures were cropped, resized and turned."""

import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.monitor.colour_proof import ColourMatch
from inspector.session.watched import WatchedSession
from inspector.session.watched_colours import colours, in_words
from tests.session.waiting import wait_until
from tests.watched.written import WrittenRun, normalised


def crops(photos: Path, count: int) -> "list[tuple[np.ndarray, np.ndarray]]":
    """(a file's pixels, a picture that a training makes of them)."""
    random = np.random.default_rng(3)
    made = []
    for file in sorted(photos.glob("*.jpg"))[:count]:
        read = cv2.imread(str(file))
        assert read is not None
        pixels = np.ascontiguousarray(read[..., ::-1])
        height, width = pixels.shape[:2]
        high, wide = int(height * random.uniform(0.4, 1)), int(width * random.uniform(0.4, 1))
        top, left = random.integers(height - high + 1), random.integers(width - wide + 1)
        crop = pixels[top : top + high, left : left + wide]
        turned = crop[:, ::-1] if random.integers(2) else crop
        made.append((pixels, np.asarray(cv2.resize(np.ascontiguousarray(turned), (96, 64)), np.uint8)))
    return made


def test_it_is_never_wrong_and_often_sure(photos: Path) -> None:
    made = crops(photos, 60)
    right = [colours(picture, file).verdict for file, picture in made]
    swapped = [colours(np.ascontiguousarray(picture[..., ::-1]), file).verdict for file, picture in made]
    assert set(right) <= {ColourMatch.RGB, ColourMatch.UNKNOWN}
    assert set(swapped) <= {ColourMatch.SWAPPED, ColourMatch.UNKNOWN}
    assert right.count(ColourMatch.RGB) >= 20
    assert right.count(ColourMatch.RGB) == swapped.count(ColourMatch.SWAPPED)


def test_grey_proves_nothing(photos: Path) -> None:
    for file, picture in crops(photos, 10):
        grey = np.repeat(picture[..., 1:2], 3, axis=-1)
        assert colours(grey, np.repeat(file[..., 1:2], 3, axis=-1)).badge == "grey"


def test_changed_colours_prove_nothing_together(photos: Path) -> None:
    """One that was inverted may look like one with red and blue exchanged; many do not."""
    badges = Counter(colours(255 - picture, file).badge for file, picture in crops(photos, 40))
    assert badges["augmented"]
    assert in_words(badges) == ""


@pytest.mark.parametrize(("swap", "said"), [(False, "Colours: RGB"), (True, "Red and blue are exchanged in")])
def test_the_window_says_it_of_a_training(photos: Path, tmp_path: Path, swap: bool, said: str) -> None:
    files = sorted(photos.glob("*.jpg"))[:6]
    pictures = [picture[..., ::-1] if swap else picture for _, picture in crops(photos, 6)]
    run = WrittenRun(tmp_path)
    now = time.monotonic()
    run.loader(1, "train_loader", batches=10, images=60, step_s=9.0, starts=1, began_s=now - 20, last_s=now)
    run.pictures(1, normalised(np.stack(pictures)), paths=tuple(map(str, files)))
    run.end(0)  # so that all are looked at without delay
    session = WatchedSession(run.folder)
    try:
        view = session.batch_view()
        assert view is not None
        session.proofs(view.key)
        wait_until(lambda: None not in session.proofs(view.key))
        verdicts = {proof.verdict for proof in session.proofs(view.key) if proof is not None}
        assert verdicts <= {ColourMatch.SWAPPED if swap else ColourMatch.RGB, ColourMatch.UNKNOWN}
        assert len(verdicts - {ColourMatch.UNKNOWN}) == 1
        wait_until(lambda: any(said in note for note in session.state().notes))
    finally:
        session.close()


def test_files_that_are_not_known_or_gone_prove_nothing(tmp_path: Path, photos: Path) -> None:
    run = WrittenRun(tmp_path)
    run.loader(1, "train_loader", batches=10, images=60, step_s=9.0, starts=1)
    pictures = np.stack([picture for _, picture in crops(photos, 3)])
    (tmp_path / "no image.jpg").write_bytes(b"<html>")
    paths = ("gone.jpg", str(tmp_path / "no image.jpg"), None)
    run.pictures(1, normalised(pictures), paths=paths)
    run.end(0)
    session = WatchedSession(run.folder)
    try:
        view = session.batch_view()
        assert view is not None
        wait_until(lambda: None not in session.proofs(view.key))
        found = [proof for proof in session.proofs(view.key) if proof is not None]
        assert [proof.verdict for proof in found] == [ColourMatch.UNKNOWN] * 3
        assert not any("Colours" in note for note in session.state().notes)
    finally:
        session.close()


def test_values_that_are_scaled_are_not_compared(tmp_path: Path, photos: Path) -> None:
    run = WrittenRun(tmp_path)
    run.loader(1, "train_loader", batches=10, images=60, step_s=9.0, starts=1)
    noise = np.random.default_rng(3).normal(0, 30, (2, 3, 20, 20)).astype(np.float32)
    run.pictures(1, noise, paths=tuple(map(str, sorted(photos.glob("*.jpg"))[:2])))
    session = WatchedSession(run.folder)
    try:
        view = session.batch_view()
        assert view is not None
        assert session.proofs(view.key) == ()
    finally:
        session.close()


def test_in_words() -> None:
    assert in_words({}) == in_words({"grey": 5}) == in_words({"RGB": 2, "BGR": 1}) == ""
    assert in_words({"RGB": 2, "augmented": 1}) == ""
    assert in_words({"RGB": 9, "grey": 1}) == "Colours: RGB, as 9 files prove; 1 proved nothing."
    assert in_words({"BGR": 9}).startswith("Colours: BGR. Red and blue are exchanged in 9 pictures")
