"""Little memory, few descriptors, few processes: it works, does with less, or refuses in a sentence."""

import contextlib
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.command import ROOT
from tests.loader.killers import chosen

if sys.platform != "linux":
    pytest.skip("these limits are Linux's", allow_module_level=True)

LIMIT = """
import os, resource, sys
for limit in sys.argv.pop(1).split(","):
    name, _, value = limit.partition("=")
    if name == "cgroup":
        open(value, "w").write(str(os.getpid()))
    elif name:
        resource.setrlimit(getattr(resource, "RLIMIT_" + name), (int(value), int(value)))
"""
BENCH = """
from inspector.cli import main
sys.exit(main(["bench", *sys.argv[1:], "--seconds", "0.1", "--image-size", "32x32"]))
"""
LOAD = """
from inspector import InspectorError, Loader
try:
    with Loader(sys.argv[1], image_size=(32, 32), epochs=1, **eval(sys.argv[2])) as loader:
        print(sum(len(batch) for batch in loader), loader.snapshot().restarts > 0)
        for problem in loader.problems:
            print(problem.index, problem.kind)
except InspectorError as error:
    print(type(error).__name__, error)
"""


def limited(
    code: str, limits: str, *arguments: str | Path, before: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run code under limits such as "NOFILE=64,AS=1000000"; `before`: the command that is to run the interpreter."""
    return subprocess.run(
        [*before, sys.executable, "-c", LIMIT + code, limits, *arguments],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # NumPy's own threads are not what is tested
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def assert_works_or_says(result: subprocess.CompletedProcess[str], *advice: str) -> None:
    """The command has either done its work, or ended with one sentence that says what to change."""
    assert "Traceback" not in result.stdout + result.stderr
    if result.returncode == 0:
        assert (result.stdout.count("images/s"), result.stderr) == (1, "")
        return
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "unexpected" not in result.stderr
    assert any(words in result.stderr for words in advice)


# --- descriptors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("descriptors", "workers"), [(64, 2), (64, 64), (16, 64)])
def test_with_few_descriptors_it_works_with_the_workers_that_there_is_room_for(
    descriptors: int, workers: int, photos: Path
) -> None:
    result = limited(LOAD, f"NOFILE={descriptors}", photos, f"dict(num_workers={workers})")
    assert (result.stdout, result.stderr) == ("120 False\n", "")


@pytest.mark.parametrize(
    ("engine", "descriptors"),
    [
        ("processes", 12),
        ("processes", 8),
        ("processes", 6),
        ("threads", 8),
        ("serial", 6),
    ],
)
def test_with_too_few_descriptors_the_command_says_so(engine: str, descriptors: int, photos: Path) -> None:
    assert_works_or_says(limited(BENCH, f"NOFILE={descriptors}", photos, "--engine", engine), "ulimit -n")


# --- memory ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limits", ["AS=600000000", "FSIZE=1000000"])
def test_without_the_address_space_for_the_memory_limit_it_refuses_before_the_start(limits: str, photos: Path) -> None:
    result = limited(BENCH, limits, photos, "--memory-limit", "4GB")
    assert result.returncode == 1
    assert_works_or_says(result, "memory_limit_bytes", "--memory-limit")


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_with_little_address_space_and_a_small_memory_limit_it_works(engine: str, photos: Path) -> None:
    result = limited(BENCH, "AS=800000000", photos, "--memory-limit", "32MB", "--engine", engine)
    assert result.returncode == 0
    assert_works_or_says(result)


@pytest.mark.parametrize(
    ("engine", "megabytes"),
    [
        ("processes", 200),
        ("processes", 260),
        ("processes", 400),
        ("threads", 300),
        ("serial", 300),
    ],
)
def test_with_too_little_address_space_the_command_says_so(engine: str, megabytes: int, photos: Path) -> None:
    limits = f"AS={megabytes}000000"
    result = limited(BENCH, limits, photos, "--memory-limit", "32MB", "--engine", engine)
    assert_works_or_says(result, "memory", "ulimit -v")


def test_dev_shm_is_not_what_batches_lie_in(photos: Path) -> None:
    unshare = ("unshare", "--mount", "sh", "-c")
    full = "mount -t tmpfs -o size=64m tmpfs /dev/shm && (cat /dev/zero > /dev/shm/full 2>/dev/null || true)"
    if shutil.which("unshare") is None or subprocess.run([*unshare, full], capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small /dev/shm for this test")
    run = (*unshare, full + ' && exec "$@"', "sh")
    result = limited(LOAD, "", photos, "dict(memory_limit_bytes=10**9, batch_size=120)", before=run)
    assert (result.stdout, result.stderr) == ("120 False\n", "")


def test_a_transform_that_finds_no_memory_fails_for_its_image_alone(photos: Path) -> None:
    expected = [index for index in range(120) if chosen(np.random.default_rng([5, 0, index]))]
    settings = "dict(seed=5, on_error='skip', memory_limit_bytes=32_000_000, transform='tests.loader.hogs:hog')"
    result = limited(LOAD, "AS=1200000000", photos, settings)
    delivered, *problems = result.stdout.splitlines()
    assert delivered == f"{120 - len(expected)} False"
    assert sorted(problems) == sorted(f"{index} TRANSFORM_FAILED" for index in expected)


@pytest.fixture
def group_of_200_mb() -> Iterator[Path]:
    """A control group whose processes are killed by the kernel when they take more than 200 MB together."""
    root = Path("/sys/fs/cgroup")
    parent = root / "memory" if (root / "memory").is_dir() else root
    group = parent / f"inspector-test-{uuid.uuid4().hex}"
    old = (parent / "memory.limit_in_bytes").exists()
    try:
        group.mkdir()
        (group / ("memory.limit_in_bytes" if old else "memory.max")).write_text("200000000")
    except OSError:
        with contextlib.suppress(OSError):
            group.rmdir()
        pytest.skip("control groups cannot be made here")
    yield group
    group.rmdir()


@pytest.mark.slow
def test_a_worker_that_the_kernel_kills_for_its_memory_is_replaced(photos: Path, group_of_200_mb: Path) -> None:
    expected = [index for index in range(120) if chosen(np.random.default_rng([5, 0, index]))]
    settings = "dict(seed=5, on_error='skip', memory_limit_bytes=32_000_000, transform='tests.loader.hogs:hog')"
    result = limited(LOAD, f"cgroup={group_of_200_mb / 'cgroup.procs'}", photos, settings)
    delivered, *problems = result.stdout.splitlines()
    assert delivered == f"{120 - len(expected)} True"
    assert sorted(problems) == sorted(f"{index} CRASHED" for index in expected)


def test_the_default_memory_limit_is_below_what_a_container_may_take(group_of_200_mb: Path) -> None:
    code = "from inspector.settings import default_memory_limit_bytes; print(default_memory_limit_bytes())"
    result = limited(code, f"cgroup={group_of_200_mb / 'cgroup.procs'}")
    assert int(result.stdout) <= 200_000_000


# --- processes ---------------------------------------------------------------------------------------------


@pytest.fixture
def as_somebody() -> tuple[str, ...]:
    """A command that runs another as a user of its own: the system limits the processes of a user, but not of root."""
    if os.getuid() != 0:
        pytest.skip("how many processes this user has already is not known")
    rights = "+dac_override,+dac_read_search"  # the interpreter may lie where only root can look
    nobody = 100_000 + os.getpid()  # no other test run has it
    command = ("setpriv", f"--reuid={nobody}", "--clear-groups", f"--inh-caps={rights}", f"--ambient-caps={rights}")
    if shutil.which("setpriv") is None or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("needs setpriv")
    return command


@pytest.mark.parametrize(
    ("engine", "processes"),
    [
        ("serial", 2),
        ("serial", 1),
        ("processes", 2),
        ("processes", 3),
        ("processes", 12),
        ("threads", 3),
    ],
)
def test_with_few_processes_allowed_the_command_works_or_says_so(
    engine: str, processes: int, photos: Path, as_somebody: tuple[str, ...]
) -> None:
    options = ("--engine", engine, "--workers", "4")
    result = limited(BENCH, f"NPROC={processes}", photos, *options, before=as_somebody)
    assert_works_or_says(result, "ulimit")


def test_with_few_processes_allowed_it_works_with_the_workers_that_there_are(
    photos: Path, as_somebody: tuple[str, ...]
) -> None:
    result = limited(LOAD, "NPROC=6", photos, "dict(num_workers=16)", before=as_somebody)
    assert (result.stdout, result.stderr) == ("120 False\n", "")
