"""What the user's code prints, warns and logs in workers comes out of the program."""

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from inspector.loader.output import OutputPrinter
from inspector.loader.workers.messages import WorkerLine, WorkerWarning
from inspector.loader.workers.worker_output import BYTES_AT_ONCE, LINES_AT_ONCE, RateLimit
from tests.command import ROOT

SETTINGS: dict[str, Any] = {"batch_size": 10, "num_workers": 2, "image_size": (4, 4), "epochs": 1, "shuffle": False}


class Says:
    """Each sample says something in this way."""

    def __init__(self, how: str, length: int = 40) -> None:
        self.how = how
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> Any:
        getattr(self, self.how)(f"this is {index}.")
        return np.zeros((4, 4, 3), np.uint8)

    def prints(self, text: str) -> None:
        print(text)

    def without_line_end(self, text: str) -> None:
        print(text, end="")

    def progress_bar(self, text: str) -> None:
        sys.stderr.write(f"\r{text}")
        sys.stderr.flush()

    def as_bytes(self, text: str) -> None:
        sys.stdout.buffer.write(text.encode() + b"\n")

    def from_c(self, text: str) -> None:
        ctypes.CDLL(None).printf(b"%s\n", text.encode())

    def to_descriptor(self, text: str) -> None:
        os.write(2, text.encode() + b"\n")

    def another_program(self, text: str) -> None:
        subprocess.run(["echo", text], check=True)

    def fork(self, text: str) -> None:
        process = multiprocessing.get_context("fork").Process(target=print, args=(text,))
        process.start()
        process.join()

    def warn(self, text: str) -> None:
        warnings.warn(text, stacklevel=1)

    def log(self, text: str) -> None:
        logging.getLogger("their.code").info(text)

    def many(self, text: str) -> None:
        for _ in range(1000):
            print(text)

    def long_lines(self, text: str) -> None:
        sys.stderr.write("x" * 300_000 + "\n")

    def crash(self, text: str) -> None:
        if "this is 7." in text:
            print(text)
            os.write(2, b"these are its last words\n")
            os.kill(os.getpid(), signal.SIGSEGV)


def expected(count: int = 40) -> set[str]:
    return {f"this is {index}." for index in range(count)}


def said(text: str) -> set[str]:
    """Each line without the worker's number, which it must have; lines that were not ended may come as one."""
    lines = text.replace(".this", ".\n[worker 0] this").splitlines()
    assert all(line.startswith(("[worker 0] ", "[worker 1] ")) for line in lines), text
    return {line.partition("] ")[2] for line in lines}


def load(how: str, length: int = 40) -> Loader:
    with Loader(Says(how, length), on_error="skip", **SETTINGS) as loader:
        for _ in loader:
            pass
        return loader


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(
    ("how", "where"),
    [
        ("prints", "out"),
        ("without_line_end", "out"),
        ("progress_bar", "err"),
        ("as_bytes", "out"),
        ("from_c", "out"),
        ("to_descriptor", "err"),
        ("another_program", "out"),
        ("fork", "out"),
    ],
)
def test_it_comes_out_with_the_workers_number(how: str, where: str, capsys: pytest.CaptureFixture[str]) -> None:
    load(how)
    captured = capsys.readouterr()
    assert said(getattr(captured, where)) == expected()
    assert (captured.out, captured.err)[where == "out"] == ""


def test_warnings_are_warnings_of_the_program(recwarn: pytest.WarningsRecorder) -> None:
    warnings.simplefilter("always")
    load("warn")
    ours = [warning for warning in recwarn if "this is" in str(warning.message)]
    assert said("\n".join(str(warning.message) for warning in ours)) == expected()
    assert {(warning.category, Path(warning.filename).name) for warning in ours} == {(UserWarning, Path(__file__).name)}


@pytest.mark.slow
def test_records_reach_the_programs_own_handlers(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        load("log")
    ours = [record for record in caplog.records if record.name == "their.code"]
    assert said("\n".join(record.getMessage() for record in ours)) == expected()
    assert {(record.levelname, record.processName) for record in ours} <= {("INFO", "worker 0"), ("INFO", "worker 1")}


def test_records_below_the_programs_level_are_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        load("log")
    assert not [record for record in caplog.records if record.name == "their.code"]


@pytest.mark.slow
def test_too_much_is_left_out_and_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    load("many")
    captured = capsys.readouterr()
    lines = said(captured.out + captured.err)
    assert captured.out.count("\n") < 20_000
    assert captured.out.count("\n") >= LINES_AT_ONCE
    assert "Output is limited to 100 lines and 64 KiB a second; the rest is left out." in lines


def test_long_lines_are_cut_and_take_no_memory(capsys: pytest.CaptureFixture[str]) -> None:
    load("long_lines")
    captured = capsys.readouterr()
    assert "... (291,808 more bytes)" in captured.err
    assert len(captured.err) < 20 * BYTES_AT_ONCE


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a zygote")
def test_the_last_words_of_a_crash_come_out(capsys: pytest.CaptureFixture[str]) -> None:
    loader = load("crash", 10)
    assert [problem.index for problem in loader.problems] == [7]
    captured = capsys.readouterr()
    assert said(captured.out) == {"this is 7."}
    assert said(captured.err) == {"these are its last words"}


def test_handlers_that_a_script_sets_are_used_once(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        textwrap.dedent("""
        import logging, sys, warnings
        import numpy as np
        from inspector import Loader
        log = logging.getLogger("mine")
        log.propagate = False
        log.addHandler(logging.FileHandler(sys.argv[1]))
        logging.basicConfig(level=logging.INFO, format="%(levelname)s:%(message)s")
        print("imported")
        class Set:
            def __len__(self):
                return 4
            def __getitem__(self, index):
                log.warning("own %d", index)
                try:
                    1 / 0
                except ZeroDivisionError:
                    logging.exception("root %d", index)
                return np.zeros((4, 4, 3), np.uint8)
        if __name__ == "__main__":
            with Loader(Set(), num_workers=1, batch_size=4, epochs=1, shuffle=False) as loader:
                next(loader)
        """)
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(tmp_path / "log")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    assert done.stdout == "imported\n[worker 0] imported\n"
    assert (tmp_path / "log").read_text() == "".join(f"[worker 0] own {index}\n" for index in range(4))
    assert [line for line in done.stderr.splitlines() if line.startswith("ERROR")] == [
        f"ERROR:[worker 0] root {index}" for index in range(4)
    ]
    assert done.stderr.count("ZeroDivisionError: division by zero") == 4


@pytest.mark.slow
def test_what_the_user_leads_elsewhere_is_left_alone(tmp_path: Path) -> None:
    with Loader(LedElsewhere(str(tmp_path / "own.log")), **{**SETTINGS, "num_workers": 1}) as loader:
        assert sum(len(batch) for batch in loader) == 10
    assert (tmp_path / "own.log").read_text() == "0123456789"


class LedElsewhere(Says):
    """Leads its standard error into a file of its own."""

    def __init__(self, path: str) -> None:
        super().__init__("prints", 10)
        self.path = path
        self.done = False

    def __getitem__(self, index: int) -> Any:
        if not self.done:
            self.done = True
            os.dup2(os.open(self.path, os.O_CREAT | os.O_WRONLY), 2)
        os.write(2, str(index).encode())
        return np.zeros((4, 4, 3), np.uint8)

    def __len__(self) -> int:
        return 10


@pytest.mark.slow
def test_output_that_nobody_reads_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    stream = open(write, "w")  # noqa: SIM115  it cannot be closed in the ordinary way
    monkeypatch.setattr(sys, "stdout", stream)
    load("many")  # far more than a pipe takes
    monkeypatch.undo()
    os.close(read)
    with contextlib.suppress(OSError):
        stream.close()


def test_the_programs_filter_may_make_errors_of_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    printer = OutputPrinter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        printer.put(3, WorkerWarning("odd", "UserWarning", "data.py", 5))
        printer.put(3, WorkerWarning("own", "TheirWarning", "data.py", 5))
        printer.put(3, WorkerLine(1, "and on"))
        printer.close()
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "data.py:5: UserWarning: [worker 3] odd",
        "data.py:5: TheirWarning: [worker 3] TheirWarning: own",
    ]
    assert captured.out == "[worker 3] and on\n"


def test_the_rate_limit() -> None:
    limit = RateLimit(10, 1000)
    for _ in range(10):
        assert limit.has(1)
        limit.take(1)
    limit.take(5)
    assert not limit.has(1)
    until_s = time.monotonic() + 60
    while not limit.has(1) and time.monotonic() < until_s:
        pass
    assert limit.has(1)
