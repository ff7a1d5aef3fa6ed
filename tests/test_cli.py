"""The command line, run as a user runs it: arguments, exit statuses, and one clear line for every error."""

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from inspector.commands.registry import VERBS, command_of
from tests.command import COMMAND, ROOT, run


def assert_one_line(done: subprocess.CompletedProcess[str], status: int, *contents: str) -> None:
    """The command failed with `status` and told why in one line, on standard error only."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.startswith("inspector: ")
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1
    for content in contents:
        assert content in done.stderr


@pytest.fixture
def running() -> Iterator[list[subprocess.Popen[str]]]:
    """Put processes in here that must not survive the test."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def start(running: list[subprocess.Popen[str]], arguments: Sequence[str | Path]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    )
    running.append(process)
    return process


def test_extensions_choose_the_files(sample: Path) -> None:
    done = run("bench", str(sample), "--extensions", "BMP,.webp", "--seconds", "0.5", "--json")
    assert json.loads(done.stdout)["files"] == 5
    assert_one_line(run("bench", str(sample), "--extensions", ","), 2, "--extensions")


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        ([], set()),
        (["--batch-size", "32"], {"batch_size"}),  # also where it is the default
        (["--sample", "--no-shuffle", "--workers=1"], {"sample", "shuffle", "num_workers"}),
    ],
)
def test_what_was_given_on_the_command_line_is_known(arguments: list[str], given: set[str]) -> None:
    from inspector.commands.registry import parse

    _, options = parse(arguments)
    assert options.given - {"path"} == given


@pytest.mark.parametrize("verb", ["window", *VERBS])
def test_every_verb_has_help_and_a_summary(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = command_of(verb)
    with pytest.raises(SystemExit, match="0"):
        command.parse(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert " ".join(command.summary.split()) in told
    assert command.prog.split()[1:] == ([] if verb == "window" else [verb])


def test_a_word_that_is_no_verb_is_a_path() -> None:
    assert_one_line(run("benchmark"), 2, "benchmark: there is no such file or folder")


def test_version() -> None:
    from inspector import __version__

    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"inspector {__version__}\n")


@pytest.mark.parametrize("verb", [(), ("watch",), ("bench",)])
def test_help_names_every_option_that_the_verb_takes(verb: tuple[str, ...]) -> None:
    done = run(*verb, "--help")
    assert done.returncode == 0
    assert ("--quit-after" in done.stdout) == (verb != ("bench",))
    assert ("--screenshot" in done.stdout) == (verb == ())
    assert ("--json" in done.stdout) == (verb == ("bench",))
    for option in ("--workers", "--batch-size", "--image-size", "--dtype", "--prefetch", "--seed", "--no-shuffle"):
        assert option in done.stdout
    for option in ("--step-ms", "--engine", "--on-damaged", "--drop-last", "--memory-limit"):
        assert option in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--workers", "many"], "--workers"),
        (["--workers", "-1"], "--workers must be 0 to 256, not -1"),
        (["--workers", "1000"], "--workers must be 0 to 256, not 1000"),
        (["--batch-size", "0"], "--batch-size must be 1 to"),
        (["--prefetch", "0"], "argument --prefetch: must be a whole number of 1 or more"),
        (["--seed", "-5"], "--seed must be 0 to"),
        (["--epochs", "0"], "--epochs must be"),
        (["--image-size", "224"], "HEIGHTxWIDTH"),
        (["--image-size", "0x10"], "--image-size must be"),
        (["--dtype", "float16"], "--dtype"),
        (["--engine", "fibres"], "--engine"),
        (["--step-ms", "-1"], "0 or more"),
        (["--step-ms", "nan"], "0 or more"),
        (["--quit-after", "0"], "more than 0"),
        (["--memory-limit", "2 parsecs"], "512MB or 2GB"),
        (["--memory-limit", "0"], "512MB or 2GB"),
        (["--screenshot", "picture.jpg"], "ends in .png"),
        (["--screenshot", "/no/such/folder/picture.png"], "folder does not exist"),
        (["--work", "2"], "--work"),
        (["--colour"], "--colour"),
        (["one", "two"], "two"),
        (["watch", "--json"], "--json"),
        (["bench", "--seconds", "0"], "more than 0"),
        (["bench", "--seconds", "inf"], "0 or more"),
    ],
)
def test_bad_arguments(arguments: list[str], told: str) -> None:
    assert_one_line(run(*arguments), 2, told)


@pytest.mark.parametrize("verb", [(), ("watch",), ("bench",)])
def test_a_path_that_does_not_exist(verb: tuple[str, ...], tmp_path: Path) -> None:
    assert_one_line(run(*verb, tmp_path / "photos"), 2, str(tmp_path / "photos"), "no such file or folder")


@pytest.mark.skipif(sys.platform == "win32", reason="such names and files are POSIX's")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("notes.md", "not a folder, an image, a container such as a tar, or a .txt list"),
        ("pipe.jpg", "not a folder, an image, a container such as a tar, or a .txt list"),
        ("loop", "cannot be read"),
        ("n" * 300, "cannot be read"),
        ("notes.md/photo.jpg", "no such file or folder"),
        ("new\nline", r"new\nline"),
        ("", "no such file or folder"),
    ],
)
def test_a_path_that_cannot_be_loaded_from(name: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("not an image")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe.jpg")
    assert_one_line(run("watch", str(tmp_path / name) if name else ""), 2, told)


def test_a_name_that_is_not_utf_8_is_told_readably(tmp_path: Path) -> None:
    assert_one_line(run("bench", os.fsencode(tmp_path) + b"/\xff"), 2, r"\xff", "no such file or folder")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_folder_that_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own folders are closed to other users
        os.chmod(folder, 0o000)
        # Imported first: Python itself may lie where the other user may not read either.
        script = (
            "import os, sys, inspector.commands.bench, inspector.monitor.measurement; from inspector.cli import main;"
            "os.geteuid() or os.setuid(65534); sys.exit(main())"
        )
        command = [sys.executable, "-c", script, "bench", folder]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert_one_line(done, 2, "no permission", folder)


def test_a_verb_after_the_options_is_explained() -> None:
    assert_one_line(run("--workers", "2", "watch"), 2, "write it first: inspector watch")


def test_a_folder_called_like_a_verb_is_opened_by_its_path(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "bench").symlink_to(photos)
    path = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    command = [*COMMAND, "watch", "./bench", "--epochs", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", ["watch", "bench"])
def test_the_terminal_verbs_never_load_qt(verb: str, photos: Path) -> None:
    script = (
        "import sys; from inspector.cli import main; status = main(sys.argv[1:]);"
        "assert not [name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'pyqtgraph'))];"
        "sys.exit(status)"
    )
    command = [sys.executable, "-c", script, verb, str(photos), "--epochs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_watch_cleanly(
    number: signal.Signals, status: int, photos: Path, running: list[subprocess.Popen[str]]
) -> None:
    process = start(running, ["watch", photos, "--workers", "2"])
    assert process.stdout is not None
    assert "running" in process.stdout.readline()
    process.send_signal(number)
    _, errors = process.communicate(timeout=200)
    assert (process.returncode, errors) == (status, "")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_bench_cleanly(
    number: signal.Signals, status: int, photos: Path, running: list[subprocess.Popen[str]]
) -> None:
    import psutil

    process = start(running, ["bench", photos, "--workers", "2", "--seconds", "50"])
    while len(psutil.Process(process.pid).children(recursive=True)) < 3:  # until its workers are there
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    output, errors = process.communicate(timeout=200)
    assert (process.returncode, output, errors) == (status, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a display")
def test_without_a_display_the_terminal_view_runs(photos: Path) -> None:
    nowhere = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = run(photos, "--epochs", "1", **nowhere)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("inspector: there is no display")
    assert done.stderr.endswith("; the terminal view runs instead\n")
    assert "delivered" in done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a display")
def test_without_a_display_there_is_no_picture(photos: Path, tmp_path: Path) -> None:
    nowhere = {"DISPLAY": ":987", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = run(photos, "--screenshot", tmp_path / "window.png", **nowhere)
    assert_one_line(done, 2, "--screenshot needs a window, but there is no display")
    assert not (tmp_path / "window.png").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["written at the end", "written at once"])
def test_output_that_cannot_be_written_is_told_in_one_line(unbuffered: str, photos: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*COMMAND, "bench", photos, "--epochs", "1"],
            cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": unbuffered}, stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=200,
        )  # fmt: skip
    told = f"inspector: the output cannot be written: {os.strerror(errno.ENOSPC)}\n"
    assert (done.returncode, done.stderr) == (1, told)


def test_output_that_nobody_wants_is_no_error(photos: Path) -> None:
    close_it = "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    command = [sys.executable, "-c", close_it, "-m", "inspector", "bench", str(photos), "--epochs", "1"]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=200)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_whoever_reads_the_output_may_stop(photos: Path, running: list[subprocess.Popen[str]]) -> None:
    process = start(running, ["watch", photos, "--workers", "1"])
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=200) == 141
