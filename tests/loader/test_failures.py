"""The user's code is code: its errors stop the run. Files are data: they are skipped, with a limit."""

import errno
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from inspector import (
    BadFileError,
    BadFileWarning,
    FileIndex,
    Loader,
    ProblemKind,
    SettingsError,
    SourceError,
    TooManyBadFilesError,
    UserCodeError,
)
from inspector.loader.planning.failure_policy import FailurePolicy
from inspector.loader.planning.samples import EpochPlan, Sample, SampleState
from inspector.loader.workers.messages import SampleFault
from inspector.loader.workers.patience import Patience
from inspector.settings import LoaderConfig
from tests.loader.folders import make_folder
from tests.loader.streams import stream
from tests.loader.test_change import wait_until

ENGINES = ("processes", "threads", "serial")


class Forgetful:
    """One class has no number."""

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Any:
        return np.zeros((2, 2, 3), np.uint8), {0: "cat", 1: "dog"}[index // 5]


class Flaky:
    """Each sample fails at first, as if its disk were away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        marker = self.folder / str(index)
        if not marker.exists():
            marker.touch()
            raise OSError(errno.ESTALE, "Stale file handle")
        return np.zeros((2, 2, 3), np.uint8)


def failing_transform(rgb: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    raise ZeroDivisionError("in the transform")


class TooLarge:
    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Any:
        raise MemoryError(f"no room for {index}")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_data_set_without_memory_is_no_bad_file(engine: str) -> None:
    with (
        Loader(TooLarge(), batch_size=2, engine=engine, shuffle=False) as loader,
        pytest.raises(UserCodeError, match=r"dataset\[0\].*MemoryError: no room for 0"),
    ):
        next(loader)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_data_set_raises_reaches_the_program(engine: str) -> None:
    settings: dict[str, Any] = {"batch_size": 5, "engine": engine, "shuffle": False, "image_size": (2, 2)}
    with Loader(Forgetful(), **settings) as loader:
        assert [next(loader).labels for _ in range(2)] == [["cat"] * 5, ["dog"] * 5]
        for _ in range(2):
            with pytest.raises(UserCodeError, match=r"dataset\[10\].*KeyError: 2(.|\n)*__getitem__"):
                next(loader)
    with Loader(Forgetful(), **settings, on_error="skip", epochs=1) as loader:
        assert sum(len(batch) for batch in loader) == 10
        assert {problem.kind for problem in loader.problems} == {ProblemKind.TRANSFORM_FAILED}


class Verbose:
    """Has a lot to say, and says it again in the log."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        error = ValueError(f"begin {'x' * 20_000_000} end")
        logging.getLogger("verbose").error("failed", exc_info=error)
        raise error


@pytest.mark.parametrize("engine", ENGINES)
def test_an_endless_message_is_kept_at_a_bearable_length(engine: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        Loader(Verbose(), batch_size=1, engine=engine, shuffle=False) as loader,
        pytest.raises(UserCodeError, match=r"ValueError: begin x(.|\n)*x end") as caught,
    ):
        next(loader)
    assert len(str(caught.value)) < 50_000
    if engine == "processes":
        wait_until(lambda: bool(caplog.records))
        assert len(caplog.records[0].exc_text or "") < 50_000


@pytest.mark.parametrize("engine", ENGINES)
def test_what_a_transform_raises_names_the_file(engine: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 4)
    with (
        Loader(index, engine=engine, transform=failing_transform, shuffle=False) as loader,
        pytest.raises(UserCodeError, match="ZeroDivisionError") as caught,
    ):
        next(loader)
    assert index.path(0) in str(caught.value)
    assert "failing_transform" in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bad_file_is_an_error_where_that_is_asked_for(engine: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 6 + [False] + [True] * 3)
    with Loader(index, batch_size=3, engine=engine, on_bad_file="raise", shuffle=False) as loader:
        assert [len(next(loader)) for _ in range(2)] == [3, 3]
        with pytest.raises(BadFileError, match=r"006\.png: "):
            next(loader)


@pytest.mark.parametrize("engine", ENGINES)
def test_too_many_bad_files_are_an_error_at_the_same_place_everywhere(engine: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 4 + [False] * 7 + [True] * 2)
    settings: dict[str, Any] = {"batch_size": 2, "engine": engine, "shuffle": False, "epochs": 1}
    with Loader(index, **settings) as loader:
        with pytest.raises(TooManyBadFilesError, match=r"7 of the last 11 samples.*max_bad_share = 0\.5"):
            list(loader)
        assert loader.snapshot().batches == 2
        assert len(loader.problems) == 7
    for share, ok in ((0.6, True), (1.0, True), (0.0, False)):
        with Loader(index, **settings, max_bad_share=share) as loader:
            if ok:
                assert sum(len(batch) for batch in loader) == 6
            else:
                with pytest.raises(TooManyBadFilesError, match="1 of the last 5"):
                    list(loader)


@pytest.mark.parametrize(
    ("kinds", "advice"),
    [
        ("CCVV", "Look for what ends the process"),
        ("VVVC", "its disk is there"),
        ("TTC", "sample_timeout_s"),
        ("U", "permissions"),
        ("FF", "Correct the code"),
        ("DDN", "inspector scan"),
        ("L", "max_pixels"),
    ],
)
def test_the_advice_is_for_what_most_samples_have(kinds: str, advice: str) -> None:
    named = {
        "C": ProblemKind.CRASHED,
        "V": ProblemKind.VANISHED,
        "T": ProblemKind.TIMED_OUT,
        "U": ProblemKind.UNREADABLE,
        "F": ProblemKind.TRANSFORM_FAILED,
        "D": ProblemKind.TRUNCATED,
        "N": ProblemKind.NOT_IMAGE,
        "L": ProblemKind.TOO_LARGE,
    }
    policy = FailurePolicy(LoaderConfig(max_bad_share=0.99), len(kinds), str)
    plan = EpochPlan(0, np.arange(len(kinds)))
    error = None
    for number, kind in enumerate(kinds):
        sample = Sample(number, plan, number)
        plan.cursor += 1
        sample.state, sample.fault = SampleState.BAD, SampleFault(named[kind], "it ended")
        error = policy.count(sample) or error
    assert error is not None
    assert "it ended. " in str(error)
    assert advice in str(error)
    assert ("disk" in str(error)) == (kinds[0] in "VUT")


def test_the_limit_slides_over_a_thousand_samples(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir()
    good = make_folder(tmp_path / "good", [True]).path(0)
    bad = str(tmp_path / "good" / "missing.png")
    files = [good] * 1500 + [bad] * 501 + [good]
    with (
        Loader(files, batch_size=100, shuffle=False) as loader,
        pytest.raises(TooManyBadFilesError, match="501 of the last 1,000"),
    ):
        list(loader)
    with Loader(files[:2000], batch_size=100, shuffle=False) as loader:
        assert sum(len(batch) for batch in loader) == 1500


def test_the_first_skipped_file_is_a_warning(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True, False, False, True, True])
    with (
        Loader(index, batch_size=3, shuffle=False, epochs=2) as loader,
        pytest.warns(BadFileWarning, match=r"001\.png is skipped") as warned,
    ):
        assert len(list(stream(loader))) == 2
    assert len(warned) == 1


def test_settings_that_cannot_be(tmp_path: Path) -> None:
    for wrong in ({"on_error": "ignore"}, {"on_bad_file": "stop"}, {"max_bad_share": 1.5}):
        with pytest.raises(SettingsError):
            Loader(tmp_path, **wrong)


@pytest.mark.parametrize("given", ["folder", "index"])
def test_a_folder_that_cannot_be_read_is_an_error(given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("cat", "dog", "lost+found"):
        make_folder(tmp_path / name, [True])
    real = os.scandir
    refused = {"dog", "lost+found"}

    def scandir(path: Any) -> Any:
        if os.path.basename(os.fsdecode(path).rstrip("/")) in refused:
            raise OSError(errno.EIO, "Input/output error", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(SourceError, match="dog cannot be read, so"):
        Loader(tmp_path if given == "folder" else FileIndex.scan(tmp_path))
    refused.remove("dog")
    with Loader(tmp_path) as loader:  # the system's own folder of a disk is no class
        assert loader.index.classes == ("cat", "dog")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("leaves", ["nothing", "mount point"])
def test_a_folder_that_is_away_for_a_moment_is_waited_for(engine: str, leaves: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path / "mounted", [True] * 30)

    def come_back() -> None:
        time.sleep(0.5)
        if leaves == "mount point":
            (tmp_path / "mounted").rmdir()
        (tmp_path / "away").rename(tmp_path / "mounted")

    with Loader(index, batch_size=3, engine=engine, prefetch_batches=1, epochs=1) as loader:
        delivered = len(next(loader))
        (tmp_path / "mounted").rename(tmp_path / "away")
        if leaves == "mount point":
            (tmp_path / "mounted").mkdir()
        thread = threading.Thread(target=come_back)
        thread.start()
        delivered += sum(len(batch) for batch in loader)
        thread.join()
        assert (delivered, loader.problems) == (30, [])


@pytest.mark.parametrize("engine", ENGINES)
def test_errors_of_a_data_set_that_pass_are_tried_again(engine: str, tmp_path: Path) -> None:
    with Loader(Flaky(tmp_path), batch_size=4, engine=engine, epochs=1) as loader:
        assert sum(len(batch) for batch in loader) == 4


def test_patience_ends_and_comes_back() -> None:
    calls: list[str] = []
    pauses: list[float] = []

    def read(path: str) -> str:
        calls.append(path)
        if path == "away":
            raise OSError(errno.ETIMEDOUT, "timed out")
        return path

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    patience = Patience(pause, 0.0)
    for path, expected in (("away", 2), ("away", 1), ("here", 1), ("away", 2)):
        before = len(calls)
        if path == "away":
            with pytest.raises(OSError, match="timed out"):
                patience.call(read, path)
        else:
            assert patience.call(read, path) == path
        assert len(calls) - before == expected
    assert len(pauses) == 2


@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_closing_does_not_wait_for_a_folder_that_is_away(engine: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path / "mounted", [True] * 30)
    with Loader(index, batch_size=3, engine=engine, prefetch_batches=1) as loader:
        next(loader)
        (tmp_path / "mounted").rename(tmp_path / "away")
        time.sleep(0.3)  # so that workers are at the files that are gone
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("inspector-worker")]
