"""The probe on real processes: what it says, and that it forgets those that have gone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from inspector.monitor.system import ProcessUse, SystemProbe
from inspector.resource_limits import usable_memory_bytes

BUSY = "while True: pass"
IDLE = "import sys; memory = bytearray(64 << 20); print('ready', flush=True); sys.stdin.read()"


@pytest.fixture
def busy() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", BUSY]) as process:
        yield process.pid
        process.kill()


@pytest.fixture
def idle() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", IDLE], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def cpu_seconds(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def burn(pid: int, seconds: float) -> None:
    """Wait until the process has used so much CPU."""
    end = cpu_seconds(pid) + seconds
    while cpu_seconds(pid) < end:
        time.sleep(0.01)


def with_memory(probe: SystemProbe, *pids: int) -> dict[int, ProcessUse]:
    """Samples until the memory of each is known: a sample takes only so long, and looks at one of them at least."""
    while True:
        uses, _ = probe.sample(pids)
        if all(uses[pid].memory_bytes for pid in pids):
            return uses


def test_cpu_is_not_known_before_the_second_sample(busy: int) -> None:
    uses, machine = SystemProbe().sample([busy])
    assert uses[busy].cpu is None
    assert (machine.app_cpu, machine.machine_cpu) == (None, None)


def test_a_busy_process_uses_cpu_and_an_idle_one_does_not(busy: int, idle: subprocess.Popen[bytes]) -> None:
    probe = SystemProbe()
    most, longest = -cpu_seconds(busy), -time.monotonic()
    probe.sample([busy, idle.pid])
    least, shortest = -cpu_seconds(busy), -time.monotonic()
    burn(busy, 0.3)
    least, shortest = least + cpu_seconds(busy), shortest + time.monotonic()
    uses, machine = probe.sample([busy, idle.pid])
    most, longest = most + cpu_seconds(busy), longest + time.monotonic()
    busy_cpu = uses[busy].cpu
    assert busy_cpu is not None
    tick_s = 0.02  # as exact as the system counts, at both ends
    assert (least - tick_s) / longest <= busy_cpu <= (most + tick_s) / shortest
    assert uses[idle.pid].cpu == pytest.approx(0.0, abs=0.05)
    assert machine.machine_cpu is not None
    assert 0 < machine.machine_cpu <= 1
    assert machine.app_cpu is not None


def schedstat(root: Path, thread: int, ran_s: float, waited_s: float) -> None:
    folder = root / "proc" / str(os.getpid()) / "task" / str(thread)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "schedstat").write_text(f"{round(ran_s * 1e9)} {round(waited_s * 1e9)} 12\n")


def test_the_wait_for_a_core_is_summed_over_threads_that_come_and_go(tmp_path: Path) -> None:
    probe = SystemProbe(tmp_path)
    for thread in (1, 2):
        schedstat(tmp_path, thread, 5.0, 3.0)
    start = time.monotonic()
    assert probe.sample([])[1].app_run_queue_wait is None
    first = time.monotonic()
    time.sleep(0.05)
    sampled = time.monotonic()
    schedstat(tmp_path, 1, 5.0, 3.02)
    (tmp_path / "proc" / str(os.getpid()) / "task" / "2" / "schedstat").unlink()
    schedstat(tmp_path, 3, 0.0, 0.01)
    found = probe.sample([])[1].app_run_queue_wait
    assert found is not None
    assert 0.03 / (time.monotonic() - start) <= found <= 0.03 / (sampled - first)


@pytest.mark.parametrize("content", ["", "0 0 0", "no numbers here"])
def test_a_system_that_does_not_count_the_wait_leaves_it_unknown(tmp_path: Path, content: str) -> None:
    schedstat(tmp_path, 1, 0, 0)
    (tmp_path / "proc" / str(os.getpid()) / "task" / "1" / "schedstat").write_text(content)
    probe = SystemProbe(tmp_path)
    probe.sample([])
    machine = probe.sample([])[1]
    assert (machine.app_run_queue_wait, machine.cpu_pressure) == (None, None)


def test_pressure_is_the_share_of_time_since_the_sample_before(tmp_path: Path) -> None:
    (tmp_path / "proc" / "pressure").mkdir(parents=True)
    file = tmp_path / "proc" / "pressure" / "cpu"
    file.write_text("some avg10=1.00 avg60=1.00 avg300=1.00 total=5000000\nfull avg10=0.00 total=7\n")
    probe = SystemProbe(tmp_path)
    assert probe.sample([])[1].cpu_pressure is None
    file.write_text("some avg10=1.00 avg60=1.00 avg300=1.00 total=3605000000\nfull avg10=0.00 total=7\n")
    assert probe.sample([])[1].cpu_pressure == 1.0  # never more than all of it


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the system does not count it")
def test_processes_on_one_core_wait_for_one_another() -> None:
    core = min(os.sched_getaffinity(0))
    pinned = f"import os; os.sched_setaffinity(0, {{{core}}})\n{BUSY}"
    processes = [subprocess.Popen([sys.executable, "-c", pinned]) for _ in range(2)]
    try:
        probe = SystemProbe()
        for process in processes:
            burn(process.pid, 0.1)
        probe.sample([process.pid for process in processes])
        burn(processes[0].pid, 0.3)
        uses = probe.sample([process.pid for process in processes])[0].values()
        assert sum(use.run_queue_wait or 0.0 for use in uses) == pytest.approx(1.0, abs=0.4) or all(
            (use.run_queue_wait or 0.0) > 0.4
            for use in uses  # other programs are on that core, too
        )
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_memory_is_that_of_the_process(idle: subprocess.Popen[bytes]) -> None:
    probe = SystemProbe()
    uses = with_memory(probe, idle.pid)
    machine = probe.sample([idle.pid])[1]
    rss = psutil.Process(idle.pid).memory_info().rss
    pss = uses[idle.pid].memory_bytes
    assert pss is not None
    assert 64 << 20 <= pss <= rss * 1.1
    assert machine.app_memory_bytes is not None
    assert machine.memory_total_bytes == usable_memory_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="PSS is Linux's")
def test_memory_shared_by_two_processes_is_counted_half() -> None:
    script = (
        "import mmap, os, sys\n"
        "memory = mmap.mmap(-1, 64 << 20); memory.write(bytes([1]) * (64 << 20))\n"
        "pid = os.fork()\n"
        "if pid == 0: sum(memory[::4096])\n"
        "if pid == 0: print(os.getpid(), flush=True)\n"
        "sys.stdin.read()\n"
        "if pid: os.waitpid(pid, 0)\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        uses = with_memory(SystemProbe(), parent.pid, child)
    for use in uses.values():
        assert use.memory_bytes is not None
        assert 32 << 20 <= use.memory_bytes < 50 << 20


def test_processes_that_are_gone_are_unknown_and_forgotten(idle: subprocess.Popen[bytes]) -> None:
    probe = SystemProbe()
    with_memory(probe, idle.pid)
    idle.communicate()
    uses, _ = probe.sample([idle.pid])
    assert (uses[idle.pid].cpu, uses[idle.pid].memory_bytes) == (None, None)
    assert set(probe._watched) == {os.getpid()}


def test_what_is_not_asked_for_any_more_is_forgotten(idle: subprocess.Popen[bytes]) -> None:
    probe = SystemProbe()
    probe.sample([idle.pid])
    assert idle.pid in probe._watched
    assert probe.sample([])[0] == {}
    assert set(probe._watched) == {os.getpid()}
