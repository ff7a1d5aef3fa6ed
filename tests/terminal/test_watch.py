"""`inspector watch` on real folders: in a pseudo-terminal, with keys and signals, and in a pipe."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.command import COMMAND, ROOT, run

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals", allow_module_level=True)

import fcntl
import struct
import termios

pytestmark = pytest.mark.slow

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ENTER_SCREEN, LEAVE_SCREEN, HOME = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H"


class Terminal:
    """A pseudo-terminal with `inspector watch` running in it."""

    def __init__(self, *arguments: str | Path, rows: int = 24, columns: int = 80, term: str = "xterm") -> None:
        self._ours, self._theirs = os.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(self._theirs)
        environment = {**os.environ, "TERM": term, "PYTHONUTF8": "1"}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [*COMMAND, "watch", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl+C reaches it
        )
        self._output = b""

    @property
    def output(self) -> str:
        """All that was written so far."""
        return self._output.decode("utf-8", "replace")

    @property
    def screen(self) -> str:
        """The last frame that was drawn as a whole, without colours."""
        frames = self.output.split(HOME)
        return CONTROL.sub("", frames[-2] if len(frames) > 2 else "").replace("\r", "")

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Read until `condition` holds."""
        end = time.monotonic() + 100
        while not condition():
            assert time.monotonic() < end, self.screen or self.output
            self._read(0.1)

    def wait(self) -> int:
        """The exit status; reads what is left."""
        self.wait_for(lambda: self.process.poll() is not None)
        while self._read(0.1):
            pass
        return self.process.returncode

    def modes_now(self) -> list[object]:
        return termios.tcgetattr(self._theirs)

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._ours], [], [], timeout_s)[0]:
            return False
        self._output += os.read(self._ours, 1 << 16)
        return True

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


Start = Callable[..., Terminal]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts `inspector watch` in a pseudo-terminal."""
    terminals: list[Terminal] = []

    def begin(*arguments: str | Path, **size: object) -> Terminal:
        terminals.append(Terminal(*arguments, **size))  # type: ignore[arg-type]  # rows, columns, term
        return terminals[-1]

    yield begin
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def with_bad_files(photos: Path, tmp_path: Path) -> Path:
    """40 good photographs, and files whose names would do harm in a terminal."""
    for photo in sorted(photos.iterdir())[:40]:
        shutil.copy(photo, tmp_path)
    (tmp_path / "we[red]ird\n\x1b[31m.jpg").write_text("no image")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.jpg"))).touch()
    return tmp_path


def batches(screen: str) -> int:
    found = re.search(r"([\d,]+) batch", screen)
    return int(found[1].replace(",", "")) if found else -1


def workers_listed(screen: str) -> int:
    return len(re.findall(r"^ *\d+  (?:idle|busy|starting) ", screen, re.MULTILINE))


def test_the_screen_shows_what_runs_and_q_leaves_it_as_it_was(start: Start, photos: Path) -> None:
    terminal = start(photos, "--workers", "2", "--step-ms", "20")
    terminal.wait_for(lambda: "Training waits" in terminal.screen or "Training never" in terminal.screen)
    shown = terminal.screen
    for text in ("120 files", "running", "images/s", "data wait", "skipped", "last minute", "step 20 ms", "q  quit"):
        assert text in shown
    assert workers_listed(shown) == 2
    terminal.press("q")
    assert terminal.wait() == 0
    assert terminal.modes_now() == terminal.modes
    screen, _, after = terminal.output.partition(LEAVE_SCREEN)
    assert screen.startswith(ENTER_SCREEN) or ENTER_SCREEN in screen
    assert re.search(r"inspector: [\d,]+ batch\w* with [\d,]+ images? delivered, 0 skipped", after)


@pytest.mark.parametrize(("rows", "columns", "workers"), [(24, 80, 2), (24, 80, 16), (12, 60, 4), (50, 200, 4)])
def test_the_screen_fits_the_terminal(
    start: Start, with_bad_files: Path, rows: int, columns: int, workers: int
) -> None:
    terminal = start(with_bad_files, "--workers", str(workers), rows=rows, columns=columns)
    terminal.wait_for(lambda: workers_listed(terminal.screen) > 0 and " running " in terminal.screen)
    terminal.wait_for(lambda: "problems" in terminal.screen or rows < 24)

    def all_workers_told() -> bool:
        hidden = workers - workers_listed(terminal.screen)
        return f"and {hidden} more worker" in terminal.screen or hidden == 0

    terminal.wait_for(all_workers_told)  # they start one by one
    lines = terminal.screen.split("\n")
    assert len(lines) == rows
    assert max(map(len, lines)) <= columns
    assert lines[-1].startswith(" + -  workers")
    assert "native size" in lines[-2]


def test_keys_change_workers_and_batch_size(start: Start, photos: Path) -> None:
    terminal = start(photos, "--workers", "1", "--image-size", "32x32")
    terminal.wait_for(lambda: workers_listed(terminal.screen) == 1)
    terminal.press("++")
    terminal.wait_for(lambda: workers_listed(terminal.screen) == 3 and "3 workers" in terminal.screen)
    terminal.press("-")
    terminal.wait_for(lambda: workers_listed(terminal.screen) == 2 and "2 workers" in terminal.screen)
    terminal.press("[[")
    terminal.wait_for(lambda: "batch size 8 " in terminal.screen)
    terminal.press("]")
    terminal.wait_for(lambda: "batch size 16 " in terminal.screen)


def test_settings_stop_at_their_bounds(start: Start, photos: Path) -> None:
    terminal = start(photos, "--workers", "1", "--batch-size", "2", "--image-size", "32x32")
    terminal.wait_for(lambda: batches(terminal.screen) > 0)
    terminal.press("---[[[")
    terminal.wait_for(lambda: "0 workers" in terminal.screen and "batch size 1 " in terminal.screen)
    before = batches(terminal.screen)
    terminal.wait_for(lambda: batches(terminal.screen) > before)


def test_keys_pause_step_and_go_on(start: Start, photos: Path) -> None:
    terminal = start(photos, "--workers", "1", "--step-ms", "5")
    terminal.wait_for(lambda: batches(terminal.screen) > 0)
    terminal.press(" ")
    terminal.wait_for(lambda: " paused " in terminal.screen)
    frame = terminal.output.count(HOME)
    terminal.wait_for(lambda: terminal.output.count(HOME) > frame + 4)  # until a batch on its way has arrived
    stopped = batches(terminal.screen)
    terminal.press("n")
    terminal.wait_for(lambda: batches(terminal.screen) == stopped + 1)
    terminal.press(" ")
    terminal.wait_for(lambda: batches(terminal.screen) > stopped + 2)
    assert " running " in terminal.screen


def test_names_are_shown_and_not_obeyed(start: Start, with_bad_files: Path) -> None:
    terminal = start(with_bad_files, columns=120)
    terminal.wait_for(lambda: "NOT_IMAGE" in terminal.screen and "EMPTY" in terminal.screen)
    assert r"we[red]ird\n\x1b[31m.jpg" in terminal.screen
    assert r"\xff.jpg" in terminal.screen
    assert "1 NOT_IMAGE" in terminal.screen


@pytest.mark.parametrize("way", ["key", "SIGTERM"])
def test_a_signal_leaves_the_terminal_as_it_was(way: str, start: Start, photos: Path) -> None:
    terminal = start(photos)
    terminal.wait_for(lambda: "running" in terminal.screen)
    if way == "key":
        terminal.press("\x03")
    else:
        terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait() == (130 if way == "key" else 143)
    assert terminal.modes_now() == terminal.modes
    assert terminal.output.count(LEAVE_SCREEN) == 1
    assert "Traceback" not in terminal.output


def test_a_failure_is_told_and_can_be_mended_by_a_key(start: Start, photos: Path) -> None:
    terminal = start(photos, "--image-size", "500x500", "--batch-size", "32", "--memory-limit", "10MB")
    terminal.wait_for(lambda: " failed " in terminal.screen)
    assert "Loading has stopped." in terminal.screen
    assert "memory" in terminal.screen
    terminal.press("[[[[")
    terminal.wait_for(lambda: " running " in terminal.screen and batches(terminal.screen) > 1)


def test_a_failure_is_told_again_when_the_screen_is_gone(start: Start, tmp_path: Path) -> None:
    terminal = start(tmp_path)
    terminal.wait_for(lambda: " failed " in terminal.screen)
    terminal.press("q")
    assert terminal.wait() == 1
    assert "inspector: There are no image files" in terminal.output.partition(LEAVE_SCREEN)[2]


def test_a_killed_worker_is_replaced_and_counted(start: Start, photos: Path) -> None:
    terminal = start(photos, "--workers", "1", "--step-ms", "20")
    terminal.wait_for(lambda: workers_listed(terminal.screen) == 1 and "busy" in terminal.screen)
    pid = re.search(r"^ *(\d+)  (?:idle|busy) ", terminal.screen, re.MULTILINE)
    assert pid is not None
    os.kill(int(pid[1]), signal.SIGKILL)
    terminal.wait_for(lambda: re.search(r" 1  \S+\.jpg", terminal.screen) is not None)
    assert f" {pid[1]} " not in terminal.screen


def test_decoders_do_not_write_across_the_screen(start: Start, sample: Path, tmp_path: Path) -> None:
    shutil.copy(sample / "chart" / "bad-damaged-metadata.png", tmp_path)  # libpng complains on standard error
    shutil.copy(sample / "chart" / "red.png", tmp_path)
    terminal = start(tmp_path, "--engine", "threads", "--step-ms", "20")
    terminal.wait_for(lambda: batches(terminal.screen) > 10)
    terminal.press("q")
    assert terminal.wait() == 0
    assert "CRC error" not in terminal.output


def test_a_terminal_that_can_do_nothing_gets_lines(start: Start, photos: Path) -> None:
    terminal = start(photos, "--quit-after", "2.5", term="dumb")
    assert terminal.wait() == 0
    assert "\x1b" not in terminal.output
    assert "images/s" in terminal.output


def piped(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("watch", *arguments, **environment)


def test_a_pipe_gets_a_plain_line_a_second_and_a_summary(with_bad_files: Path) -> None:
    slow = ("--epochs", "4", "--batch-size", "14", "--step-ms", "300")  # 12 batches, and so more than 3 seconds
    done = piped(with_bad_files, *slow, "--workers", "2", FORCE_COLOR="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    *lines, summary = done.stdout.splitlines()
    clocks = [re.match(r"00:(\d\d)  (?:indexing|running|finished)  ", line) for line in lines]
    seconds = [int(clock[1]) for clock in clocks if clock]
    assert len(seconds) == len(lines) >= 3
    assert sorted(set(seconds)) == seconds
    assert any(re.search(r"  running  epoch \d+  [\d,]+ batch.*2 workers busy", line) for line in lines)
    assert "skipped 2" in lines[-1]
    assert re.fullmatch(r"inspector: [\d,]+ batch\w* with [\d,]+ images? delivered, 2 skipped; .*\.", summary)


def test_all_epochs_delivered(photos: Path) -> None:
    done = piped(photos, "--epochs", "2", "--image-size", "32x32")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].startswith("inspector: 8 batches with 240 images delivered, 0 skipped")


def test_a_failure_in_a_pipe_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    done = piped(tmp_path)
    assert done.returncode == 1
    assert all(re.match(r"\d\d:\d\d  ", line) for line in done.stdout.splitlines())  # where it takes more than a second
    assert done.stderr.startswith("inspector: ")
    assert done.stderr.count("\n") == 1
    assert "EMPTY" in done.stderr


def test_an_encoding_without_block_characters_is_no_failure(photos: Path) -> None:
    done = piped(photos, "--epochs", "1", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
