"""What is kept of runs that have ended: small, bounded, private; and a kept run from a stranger harms nothing."""

import io
import json
import os
import stat
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector.errors import SettingsError, SourceError
from inspector.hook import layout
from inspector.session.records import RunState
from inspector.session.watched import WatchedSession
from inspector.terminal.training import ended_lines
from inspector.watched import kept, runs
from inspector.watched.process import CommandState, process_mark, read_command, write_command
from inspector.watched.reader import RunReader
from inspector.watched.run_folder import is_run
from inspector.watched.run_names import SUFFIX
from tests.watched.written import PIXELS, WrittenRun, normalised

GONE = 4_194_304 + 7  # above the largest process id


@pytest.fixture(autouse=True)
def state_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = tmp_path / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(name, str(folder))
    monkeypatch.setattr(runs, "places", lambda: [str(tmp_path)])
    return tmp_path / "xdg_state_home"


@pytest.fixture
def run(tmp_path: Path) -> WrittenRun:
    made = WrittenRun(tmp_path)
    now = time.monotonic()
    made.loader(
        1, "train_loader", batches=200, images=800, wait_s=15.0, step_s=5.0, steps=199, starts=1, began_s=now - 20,
        last_s=now, events=((now, 0.1, 0.2, 4.0, 3.0, 0.0, 4.0, 1.0),),
        errors=({"type": "ValueError", "message": "no such label", "index": 17, "time_s": now - 1.0},),
    )  # fmt: skip
    made.pictures(1, normalised(PIXELS), labels=(7,))
    return made


def end(run: WrittenRun, exit_status: int | None = 0, **more: Any) -> Path:
    state = CommandState(run.command.words, GONE, GONE, ended=True, exit_status=exit_status, keep=True, **more)
    write_command(run.folder, state)
    assert kept.keep(run.folder) == ""
    [path] = kept.kept_files()
    return path


def test_a_kept_run_has_its_last_figures_pictures_errors_and_verdict(run: WrittenRun) -> None:
    live = RunReader(run.folder).read().loaders[0]
    path = end(run, 3, name="mine", number=4, began_at=time.time() - 60, ended_at=time.time() - 30)
    for file in run.folder.iterdir():
        file.unlink()
    session = WatchedSession(path)
    try:
        snapshot, state, view = session.snapshot(), session.state(), session.batch_view()
        assert snapshot.state is RunState.FINISHED
        assert snapshot.source == "mine"
        assert state.ended == "The training has ended with exit status 3."
        assert state.elapsed_s == pytest.approx(30, abs=1)
        assert [(each.name, each.batches) for each in state.loaders] == [("train_loader", live.totals.batches)]
        assert state.verdict.cause == "input-bound"
        assert [problem.index for problem in session.problems()] == [17]
        assert "memory available" not in session.problems()[0].detail  # that was then, and this is now
        assert view is not None
        assert np.array_equal(view.thumbnails[1].pixels, PIXELS[1])
        lines = ended_lines(session)
        assert lines[0] == state.ended
        assert lines[1].startswith("Input-bound. Training waits")
    finally:
        session.close()


def test_it_is_private_and_small(run: WrittenRun, state_home: Path) -> None:
    path = end(run)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.is_relative_to(state_home)
    assert path.stat().st_size < 200_000


def test_it_is_kept_once_and_not_where_the_user_said_so(run: WrittenRun) -> None:
    end(run).unlink()
    assert kept.keep(run.folder) == ""
    assert not kept.kept_files()  # cleared meanwhile: it does not come back
    write_command(run.folder, CommandState(("a",), GONE, GONE, ended=True, keep=False))
    assert kept.keep(run.folder) == ""
    assert not kept.kept_files()


def test_a_run_that_goes_on_is_not_kept(run: WrittenRun) -> None:
    write_command(run.folder, CommandState(("a",), os.getpid(), os.getpid(), keep=True))
    assert kept.keep(run.folder) == ""
    assert not kept.kept_files()


def test_where_nobody_noted_its_end_it_was_killed_and_is_kept(run: WrittenRun) -> None:
    mark = process_mark(os.getpid())
    state = CommandState(("python", "train.py"), GONE, GONE, keep=True, name="train.py", number=1, pid_mark=mark)
    write_command(run.folder, state)
    found = read_command(run.folder)
    assert found is not None
    assert (found.ended, found.killed, found.exit_status) == (True, True, None)
    [listed] = runs.all_runs()  # its janitor was killed, too
    assert not run.folder.exists()
    assert (listed.state, listed.name, listed.figures.batches) == ("killed", "train.py", 200)
    assert listed.ended_at == pytest.approx(time.time(), abs=60)
    assert listed.place.endswith(SUFFIX)


def test_a_number_that_another_process_has_now_is_not_the_training(run: WrittenRun) -> None:
    state = CommandState(("a",), os.getpid(), os.getpid(), pid_mark="another 1", launcher_mark="another 1")
    write_command(run.folder, state)
    if process_mark(os.getpid()):
        found = read_command(run.folder)
        assert found is not None
        assert found.killed


def test_the_oldest_go_first(state_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept.kept_folder()
    now = time.time()
    for number in range(6):
        file = folder / f"{number}.run"
        file.write_bytes(bytes(1000))
        os.utime(file, (now - 3600 * (6 - number),) * 2)
    os.utime(folder / "5.run", (now - 8 * 24 * 3600,) * 2)
    monkeypatch.setattr(kept, "MOST_RUNS", 4)
    kept.prune()
    assert sorted(path.stem for path in kept.kept_files()) == ["1", "2", "3", "4"]
    monkeypatch.setattr(kept, "MOST_BYTES", 2500)
    kept.prune()
    assert sorted(path.stem for path in kept.kept_files()) == ["3", "4"]


def _zip(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name.replace("__", "."), member)
    return content.getvalue()


STATE = json.dumps({"words": ["train.py"], "pid": 1, "launcher": 1, "ended": True}).encode()
BROKEN_RING = bytearray(layout.SIZE)
layout.HEAD.pack_into(BROKEN_RING, 0, layout.MAGIC, layout.KIND_LOADER, 5, 1)
_ABOUT = json.dumps({"dataset": 1, "stack": 7, "users": "x", "workers": 3}).encode()
layout.LENGTH.pack_into(BROKEN_RING, layout.META_AT, len(_ABOUT))
BROKEN_RING[layout.META_AT + 4 : layout.META_AT + 4 + len(_ABOUT)] = _ABOUT
HOSTILE = {
    "empty": b"",
    "no zip": b"PK\x03\x04 nothing of the sort",
    "no members": _zip(),
    "no state": _zip(summary__json=b"{}"),
    "state is a list": _zip(command__json=b"[]", summary__json=b"{}"),
    "state of wrong types": _zip(command__json=b'{"words": 3, "pid": "x"}', summary__json=b"{}"),
    "deep": _zip(command__json=b"[" * 100_000, summary__json=b"{}"),
    "bomb": _zip(command__json=b" " * 100_000_000, summary__json=b"{}"),
    "newer": _zip(command__json=b'{"version": 2}', summary__json=b"{}"),
    "figures of wrong types": _zip(command__json=STATE, summary__json=b'{"batches": "<b>many</b>"}'),
    "a broken ring": _zip(command__json=STATE, summary__json=b"{}", a__ring=bytes(BROKEN_RING)),
    "rings that are too large": _zip(command__json=STATE, summary__json=b"{}", a__ring=bytes(70_000_000)),
    "cut": _zip(command__json=STATE, summary__json=b"{}")[:-30],
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_or_hostile_kept_run_is_a_sentence(content: bytes) -> None:
    path = kept.kept_folder() / "x.run"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"x\.run") as raised:
        WatchedSession(path)
    assert "\n" not in str(raised.value)
    [listed] = runs.all_runs()
    assert listed.state in ("damaged", "ended")  # the list looks at the summary alone


@pytest.mark.parametrize("seed", range(60))
def test_bytes_flipped_anywhere_are_a_sentence_or_a_run(run: WrittenRun, seed: int) -> None:
    path = end(run)
    random = np.random.default_rng(seed)
    content = bytearray(path.read_bytes())
    for at in random.integers(0, len(content), 12):
        content[at] = random.integers(0, 256)
    path.write_bytes(bytes(content))
    runs.all_runs()
    try:
        session = WatchedSession(path)
    except SettingsError:
        return
    session.snapshot()
    session.state()
    session.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX")
def test_only_own_regular_files_are_opened(tmp_path: Path, run: WrittenRun) -> None:
    path = end(run)
    folder = kept.kept_folder()
    path.rename(tmp_path / "elsewhere.run")
    os.symlink(tmp_path / "elsewhere.run", folder / "link.run")
    os.mkfifo(folder / "pipe.run")
    (folder / "folder.run").mkdir()
    assert [(listed.state, listed.number) for listed in runs.all_runs()] == [("damaged", 0)] * 3
    with pytest.raises(SettingsError):
        WatchedSession(folder / "link.run")
    with pytest.raises(SettingsError):
        WatchedSession(folder / "pipe.run")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX")
def test_the_folder_of_a_run_that_others_can_write_to_is_refused(run: WrittenRun, tmp_path: Path) -> None:
    assert is_run(run.folder)
    run.folder.chmod(0o755)
    with pytest.raises(SourceError, match="not yours alone"):
        is_run(run.folder)
    assert not runs.all_runs()
    run.folder.chmod(0o700)
    link = tmp_path / "inspector-run-link"
    link.symlink_to(run.folder)
    with pytest.raises(SourceError, match="not yours alone"):
        is_run(link)
    if os.getuid() == 0:
        os.chown(run.folder, 12345, -1)
        with pytest.raises(SourceError, match="not yours alone"):
            is_run(run.folder)
        assert not runs.all_runs()
        os.chown(run.folder, 0, -1)


def test_a_newer_runs_folder_is_refused_with_both_versions(run: WrittenRun) -> None:
    file = run.folder / "command.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 9}))
    with pytest.raises(SourceError, match="version 9, and this one reads 1"):
        is_run(run.folder)
    file.unlink()
    with pytest.raises(SourceError, match=r"command\.json"):
        is_run(run.folder)
    if hasattr(os, "mkfifo"):
        os.mkfifo(file)
        with pytest.raises(SourceError, match="not a regular file"):
            is_run(run.folder)


# --- names ------------------------------------------------------------------------------------------------------


def test_names_and_numbers_are_unique(tmp_path: Path) -> None:
    found = []
    for at in range(3):
        folder = tmp_path / f"inspector-run-{at}"
        folder.mkdir(mode=0o700)
        (folder / layout.LOCK_NAME).touch(0o600)
        found.append(runs.begin(folder, ("python", "/a/train.py", "--x"), os.getpid()))
    assert [(state.number, state.name) for state in found] == [(1, "train.py"), (2, "train.py-2"), (3, "train.py-3")]
    listed = runs.all_runs()
    assert [run.number for run in listed] == [3, 2, 1]
    assert runs.find(listed, "2").name == "train.py-2"
    assert runs.find(listed, "train.py").number == 1
    runs.end(tmp_path / "inspector-run-0", found[0], 0)
    runs.end(tmp_path / "inspector-run-1", found[1], -9)
    listed = runs.all_runs()
    assert [(run.number, run.state_in_words) for run in listed] == [
        (3, "running"), (2, "killed (SIGKILL)"), (1, "ended"),
    ]  # fmt: skip
    assert runs.find(listed, "train.py").number == 3  # the one that runs
    with pytest.raises(SettingsError, match="no run called other"):
        runs.find(listed, "other")
    with pytest.raises(SettingsError, match="no run 9"):
        runs.find(listed, "9")


def test_several_that_run_need_a_number(tmp_path: Path) -> None:
    first = tmp_path / "inspector-run-0"
    first.mkdir(mode=0o700)
    state = runs.begin(first, ("train.py",), os.getpid())
    for at in (1, 2):
        folder = tmp_path / f"inspector-run-{at}"
        folder.mkdir(mode=0o700)
        runs.begin(folder, ("train.py",), os.getpid())
    runs.end(first, state, 0)
    with pytest.raises(SettingsError, match=r"may be 3 \(train\.py-3\) or 2 \(train\.py-2\)"):
        runs.find(runs.all_runs(), "train.py")


@pytest.mark.parametrize("name", ["", " ", "12", "-x", "a\nb", "x" * 61, "\x1b[31m"])
def test_names_that_cannot_be_shown_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be"):
        runs.check_name(name)
