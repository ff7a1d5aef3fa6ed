"""Bad files examined outside of the window's process, also those that end the process that looks at them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from inspector.ui.examination import FileExaminer
from pytestqt.qtbot import QtBot

Answers = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def examined(qapp: object) -> Iterator[FileExaminer]:
    made = FileExaminer()
    yield made
    made.stop()
    made.deleteLater()


def answers(qtbot: QtBot, examined: FileExaminer, *paths: str) -> dict[str, dict[str, Any]]:
    got: Answers = []

    def take(path: str, answer: dict[str, Any]) -> None:
        got.append((path, answer))

    examined.answered.connect(take)
    for path in paths:
        examined.ask(path)
    qtbot.waitUntil(lambda: len(got) == len(paths), timeout=60_000)
    examined.answered.disconnect(take)
    assert [path for path, _ in got] == list(paths)
    return dict(got)


def test_each_bad_file_of_the_sample_is_told_apart(qtbot: QtBot, examined: FileExaminer, sample: Path) -> None:
    paths = sorted(map(str, sample.rglob("bad-*")))
    found = {os.path.basename(path): answer for path, answer in answers(qtbot, examined, *paths).items()}
    assert {name: answer["kind"] for name, answer in found.items()} == {
        "bad-damaged-metadata.png": "DAMAGED",
        "bad-float.tif": "UNSUPPORTED",
        "bad-too-large-20000x20000.png": "TOO_LARGE",
        "bad-truncated.gif": "TRUNCATED",
        "bad-undecodable.png": "UNDECODABLE",
        "bad-damaged-flipped-bytes.jpg": "DAMAGED",
        "bad-empty.jpg": "EMPTY",
        "bad-heic-named.jpg": "UNSUPPORTED",
        "bad-html-error-page.png": "NOT_IMAGE",
        "bad-no-end-marker.jpg": "TRUNCATED",
        "bad-text-named.jpg": "NOT_IMAGE",
        "bad-truncated-half.jpg": "TRUNCATED",
        "bad-truncated-progressive.jpg": "TRUNCATED",
        "bad-truncated.png": "TRUNCATED",
    }
    half = found["bad-truncated-half.jpg"]
    assert (half["lenient"]["original_width"], half["lenient"]["original_height"]) == (640, 427)
    assert half["second"] is not None
    assert "premature end" in half["second_says"]
    assert bytes.fromhex(half["head"])[:3] == b"\xff\xd8\xff"
    assert [mark["right"] for mark in half["landmarks"]] == [True, False]
    assert found["bad-text-named.jpg"]["lenient"] is None
    assert found["bad-too-large-20000x20000.png"]["lenient"] is None


def test_a_good_file_and_one_that_is_gone(qtbot: QtBot, examined: FileExaminer, sample: Path, tmp_path: Path) -> None:
    strange = tmp_path / os.fsdecode(b"caf\xe9\n.jpg")
    shutil.copy(sample / "photo/rocket.jpg", strange)
    got = answers(qtbot, examined, str(strange), str(tmp_path / "gone.jpg"))
    assert (got[str(strange)]["kind"], got[str(strange)]["reason"]) == ("", "")
    assert got[str(strange)]["lenient"] == got[str(strange)]["second"] | {"rgb": got[str(strange)]["lenient"]["rgb"]}
    assert got[str(tmp_path / "gone.jpg")]["kind"] == "VANISHED"


def examiner() -> psutil.Process:
    (child,) = [child for child in psutil.Process().children() if "inspector.ui.examiner" in child.cmdline()]
    return child


def test_the_end_of_the_process_is_an_answer_and_the_next_file_has_another(
    qtbot: QtBot, examined: FileExaminer, sample: Path
) -> None:
    good = str(sample / "photo/rocket.jpg")
    answers(qtbot, examined, good)
    got: Answers = []
    examined.answered.connect(lambda path, answer: got.append((path, answer)))
    examiner().suspend()  # so that the file is being examined when the process ends
    examined.ask("crashes.jpg")
    examined.ask(good)
    examiner().kill()
    qtbot.waitUntil(lambda: len(got) == 2, timeout=60_000)
    assert [(path, answer["kind"]) for path, answer in got] == [("crashes.jpg", "CRASHED"), (good, "")]
    assert "the window is not affected" in got[0][1]["reason"]


def test_a_file_that_takes_too_long_is_given_up(qtbot: QtBot, examined: FileExaminer, sample: Path) -> None:
    good = str(sample / "photo/rocket.jpg")
    answers(qtbot, examined, good)
    examiner().suspend()
    examined.time_out_ms = 100
    assert answers(qtbot, examined, "endless.jpg")["endless.jpg"]["kind"] == "TIMED_OUT"
    examined.time_out_ms = 60_000
    assert answers(qtbot, examined, good)[good]["kind"] == ""


def test_only_the_last_of_many_is_asked_for(qtbot: QtBot, examined: FileExaminer, sample: Path) -> None:
    paths = sorted(map(str, sample.glob("photo/*.jpg")))
    got: Answers = []
    examined.answered.connect(lambda path, answer: got.append((path, answer)))
    for path in paths:
        examined.ask_only(path)
    qtbot.waitUntil(lambda: not examined.busy, timeout=60_000)
    assert [path for path, _ in got] == [paths[0], paths[-1]]
