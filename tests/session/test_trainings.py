"""Trainings that a window starts, and those that run: without a window."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.errors import SettingsError
from inspector.monitor.records import RunState
from inspector.session.trainings import LiveTraining, TrainingChoice, attach, live_trainings, look_at, start
from inspector.session.watched import WatchedSession
from inspector.session.watched_process import WatchedProcess
from inspector.watched.kept import forget
from inspector.watched.run_names import SUFFIX
from tests.session.waiting import wait_until

WAITS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))
if "stubborn" in sys.argv:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
print("begins", *sys.argv[1:])
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted")
    sys.exit(3)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "a folder" / "my train.py"
    file.parent.mkdir()
    file.write_text(WAITS)
    return file


@pytest.fixture
def started() -> Iterator[list[WatchedSession]]:
    made: list[WatchedSession] = []
    yield made
    for session in made:
        process = session.process
        if process is not None and process.runs:
            process.stop()
            process.stop()
            wait_until(lambda process=process: not process.runs)  # type: ignore[misc]
        session.close()


def begin(started: list[WatchedSession], choice: TrainingChoice) -> tuple[WatchedSession, WatchedProcess]:
    session = start(choice.words(), choice.start_folder(), choice.chosen_python(), lambda: False)
    started.append(session)
    assert session.process is not None
    return session, session.process


def printed(process: WatchedProcess) -> str:
    return process.tail().read() or ""


def ended(session: WatchedSession) -> str:
    wait_until(lambda: session.snapshot().state is RunState.FINISHED)
    return session.state().ended


def test_a_training_is_started_watched_and_stopped(script: Path, started: list[WatchedSession]) -> None:
    session, process = begin(started, TrainingChoice(str(script), "--name 'a b'", sys.executable))
    wait_until(lambda: "begins --name a b" in printed(process))
    assert process.by_window
    assert process.words == (sys.executable, str(script), "--name", "a b")
    assert (process.folder, process.runs, process.stopping) == (str(script.parent), True, "")
    assert stat.S_IMODE(os.stat(process.output).st_mode) == 0o600
    [live] = [each for each in live_trainings() if each.place == str(session._folder)]
    assert live.name.startswith("my train.py")
    process.stop()
    assert process.stopping == "SIGINT"
    assert ended(session) == "The training has ended with exit status 3."
    assert "interrupted" in printed(process)
    assert live.place not in [each.place for each in live_trainings()]


def test_one_that_ignores_the_first_is_ended_by_the_second(script: Path, started: list[WatchedSession]) -> None:
    session, process = begin(started, TrainingChoice(str(script), "stubborn", sys.executable))
    wait_until(lambda: "begins" in printed(process))
    process.stop()
    process.stop()
    assert process.stopping == "SIGTERM"
    assert ended(session) == "The training has ended with exit status 5."


def test_what_fails_at_once_is_shown_with_what_it_printed(tmp_path: Path, started: list[WatchedSession]) -> None:
    (tmp_path / "train.py").write_text("import no_such_module")
    session, process = begin(started, TrainingChoice("train.py", "", sys.executable, str(tmp_path)))
    assert ended(session) == "The training has ended with exit status 1."
    assert "ModuleNotFoundError" in printed(process)
    assert session.snapshot().message.endswith("Nothing in this command imported torch.utils.data.")


def test_a_second_window_can_look_at_it(script: Path, started: list[WatchedSession]) -> None:
    session, process = begin(started, TrainingChoice(str(script), "", sys.executable))
    second = attach(str(session._folder))
    assert second.process is not None
    assert second.process.words == process.words
    second.close()


def test_the_training_gets_the_users_environment(
    script: Path, started: list[WatchedSession], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the one that keeps our own processes from importing what lies around."""
    script.write_text("import os; print(os.environ.get('PYTHONSAFEPATH'), os.environ.get('MINE'), os.getcwd())")
    monkeypatch.setenv("MINE", "yes")
    session, process = begin(started, TrainingChoice(str(script), "", sys.executable))
    ended(session)
    assert f"None yes {script.parent}" in printed(process)


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (TrainingChoice(""), "Choose the script that trains, or write a command."),
        (TrainingChoice("train.py", "'"), "A quote is not closed in “'”."),
        (TrainingChoice("gone.py", "", sys.executable, "{}"), "{}/gone.py: there is no such script."),
        (TrainingChoice("a.py", "", "/no/python", "{}"), "/no/python: there is no such program."),
        (TrainingChoice("a.py", "", sys.executable, "{}/gone"), "{}/gone: there is no such folder."),
        (TrainingChoice("no-such-command", "", sys.executable, "{}"),
         "no-such-command: there is no such command in this environment."),
        (TrainingChoice("./a.txt", "", sys.executable, "{}"),
         "./a.txt is not executable. Run it with a Python, or make it executable: chmod +x."),
        (TrainingChoice("./empty", "", sys.executable, "{}"),
         "./empty: Exec format error; check the command's name and its mode"),
        (TrainingChoice("images", "", sys.executable, "{}"),
         "images is a folder. To see its images, open it; to train, choose a script."),
        (TrainingChoice("python", "a.ipynb", sys.executable, "{}"),
         "a.ipynb is a notebook: call inspector.watch() in its first cell; it is listed here then."),
    ],
    ids=["nothing", "quote", "vanished", "python", "folder", "command", "mode", "format", "images", "notebook"],
)  # fmt: skip
def test_what_cannot_be_started_is_a_sentence(choice: TrainingChoice, sentence: str, tmp_path: Path) -> None:
    for name in ("a.py", "a.txt", "a.ipynb"):
        (tmp_path / name).touch()
    (tmp_path / "images").mkdir()
    (tmp_path / "empty").touch(0o755)
    (tmp_path / "empty").write_bytes(b"\x00\x01\x02\x03")
    at = choice.folder.format(tmp_path)
    choice = TrainingChoice(choice.command, choice.arguments, choice.python, at)
    with pytest.raises(SettingsError) as raised:
        start(choice.words(), choice.start_folder(), choice.chosen_python(), lambda: False)
    assert str(raised.value).rstrip(".") == sentence.format(tmp_path).rstrip(".")


def test_a_choice_is_looked_at(script: Path) -> None:
    environment = script.parent / ".venv" / "bin"
    environment.mkdir(parents=True)
    (environment / "python").symlink_to(sys.executable)
    found = look_at(TrainingChoice(str(script), "--lr 0.1"))
    assert found.folder == str(script.parent)
    assert found.pythons[0] == str(environment / "python")
    assert found.command.endswith(f"inspector run -- {environment / 'python'} '{script}' --lr 0.1".replace(
        str(environment / "python"), f"'{environment / 'python'}'"))  # fmt: skip
    assert found.about.startswith("Python 3.")
    assert look_at(TrainingChoice(str(script), "", "/no/python")).about == "/no/python: there is no such Python."
    assert look_at(TrainingChoice(str(script), "'", sys.executable)).command == ""


def test_a_training_has_an_age() -> None:
    assert LiveTraining("train.py", "/", 1, 0.0).age_s > 0


def test_what_it_printed_is_kept_with_the_run_and_goes_with_it(tmp_path: Path, started: list[WatchedSession]) -> None:
    (tmp_path / "train.py").write_text("print('done')")
    session, process = begin(started, TrainingChoice(str(tmp_path / "train.py"), "", sys.executable))
    ended(session)
    kept = Path(process.output).with_suffix(SUFFIX)
    wait_until(kept.exists)
    again = WatchedSession(kept)
    assert again.process is not None
    assert printed(again.process).startswith("done\n")
    assert not again.process.runs
    again.close()
    assert forget(kept)
    assert not Path(process.output).exists()
