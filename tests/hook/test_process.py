"""A command under `inspector run` has its own input, output, signals and exit status, and leaves nothing behind."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inspector.watched.run_names import PREFIX
from tests.command import COMMAND

if sys.platform == "win32":
    pytest.skip("signals and exit statuses of POSIX", allow_module_level=True)

RUN = [*COMMAND, "run", "--no-window", "--"]


def run(*words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "encoding": "utf-8", "timeout": 200, **options}
    return subprocess.run(words, **options)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 100
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_input_output_and_status_are_its_own() -> None:
    command = ["sh", "-c", "cat; echo to stderr >&2; exit 7"]
    done = run(*RUN, *command, stdin=None, input="first\nsecond")
    assert (done.returncode, done.stdout) == (7, "first\nsecond")
    assert done.stderr.startswith("to stderr\n")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV, signal.SIGABRT])
def test_ends_by_the_signal_that_ended_the_command(number: signal.Signals) -> None:
    assert run(*RUN, "sh", "-c", f"kill -{number.value} $$").returncode == -number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_command(number: signal.Signals) -> None:
    script = (
        "import signal, sys, time\n"
        f"signal.signal({number.value}, lambda *_: sys.exit(5))\n"
        "print('ready', flush=True)\n"
        "while True: time.sleep(0.1)\n"
    )
    with subprocess.Popen([*RUN, sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
        assert ran.stdout is not None
        assert ran.stdout.readline() == b"ready\n"
        ran.send_signal(number)
        ran.communicate(timeout=200)
    assert ran.returncode == 5


def test_an_ignored_hangup_stays_ignored() -> None:
    script = "import signal; print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"
    assert run("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *RUN, sys.executable, "-c", script).stdout == "True\n"


def test_what_does_not_exist_is_one_line() -> None:
    done = run(*RUN, "no-such-program")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no-such-program" in done.stderr


def test_no_command() -> None:
    done = run(*RUN[:-1])
    assert done.returncode == 2
    assert "give the command that trains" in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["true"], "no Python of this command ran our hook"),
        ([sys.executable, "-S", "-c", "pass"], "inspector.watch()"),
        ([sys.executable, "-c", "pass"], "nothing in this command imported torch.utils.data"),
    ],
)
def test_says_why_nothing_was_seen(command: list[str], said: str) -> None:
    assert said in run(*RUN, *command).stderr


def test_options_of_the_command_are_its_own() -> None:
    done = run(*RUN[:-1], sys.executable, "-c", "import sys; print(sys.argv[1:])", "--json", "--", "-m")
    assert done.stdout == "['--json', '--', '-m']\n"


def test_scripts_and_modules_get_a_python(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import sys; print(sys.argv[1])")
    assert run(*RUN, str(script), "given").stdout == "given\n"
    assert "Python" in run(*RUN[:-1], "-m", "platform").stdout or run(*RUN[:-1], "-m", "platform").stdout


# --- sitecustomize ---------------------------------------------------------------------------------------------

OTHERS = {
    "sets": "import os; os.environ['SET_BY_SITE'] = 'yes'",
    "raises": "raise ValueError('theirs')",
    "imports": "import no_such_module",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_the_hidden_sitecustomize_runs_as_without_us(tmp_path: Path, content: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(content)
    script = (
        "import os, sys\n"
        "print(os.environ.get('SET_BY_SITE'), getattr(sys.modules.get('sitecustomize'), '__file__', None))\n"
        "print([entry for entry in sys.path if 'hook' in entry])\n"
    )
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"}
    before, after = run(*command, env=environment), run(*RUN, *command, env=environment)
    if content == OTHERS["sets"]:
        assert after.stdout == before.stdout
    else:  # ours stands in for a module that could not be imported
        assert after.stdout.split()[0] == before.stdout.split()[0]
    assert after.stderr.startswith(before.stderr)


def test_a_python_that_is_not_trained_with_imports_next_to_nothing() -> None:
    script = "import sys; print(sorted(name for name in sys.modules if 'inspector' in name))"
    assert run(*RUN, sys.executable, "-c", script).stdout == "['_inspector_hook', '_inspector_hook.finder']\n"


# --- the folder ------------------------------------------------------------------------------------------------


def test_the_folder_is_private_and_gone_afterwards() -> None:
    script = (
        "import os; folder = os.environ['INSPECTOR_RUN_FOLDER']\nprint(folder, oct(os.stat(folder).st_mode & 0o777))\n"
    )
    folder, mode = run(*RUN, sys.executable, "-c", script).stdout.split()
    assert mode == "0o700"
    assert Path(folder).name.startswith(PREFIX)
    assert not Path(folder).exists()


def test_killed_with_the_command_running_leaves_nothing(tmp_path: Path) -> None:
    """The command continues; when it has ended, too, the folder is removed."""
    done = tmp_path / "done"
    script = (
        "import os, sys, time\n"
        "import _inspector_hook.rings as rings\n"
        "rings.allocate('a.ring', 65536)\n"
        "print(os.environ['INSPECTOR_RUN_FOLDER'], flush=True)\n"
        "sys.stdin.read()\n"
        f"open({str(done)!r}, 'w').close()\n"
    )
    with subprocess.Popen(
        [*RUN, sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as ran:
        assert ran.stdout is not None
        assert ran.stdin is not None
        folder = Path(ran.stdout.readline().decode().strip())
        ran.kill()
        ran.wait(timeout=100)
        assert (folder / "a.ring").stat().st_size == 65536
        assert stat.S_IMODE((folder / "a.ring").stat().st_mode) == 0o600
        assert not done.exists()
        ran.stdin.close()
        until(done.exists)
    until(lambda: not folder.exists())
