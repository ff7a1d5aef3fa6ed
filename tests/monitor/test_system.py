"""The probe on real processes: what it says, and that it forgets those that have gone."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from inspector.monitor.system import SystemProbe
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


def test_memory_is_that_of_the_process(idle: subprocess.Popen[bytes]) -> None:
    uses, machine = SystemProbe().sample([idle.pid])
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
        uses, _ = SystemProbe().sample([parent.pid, child])
    for use in uses.values():
        assert use.memory_bytes is not None
        assert 32 << 20 <= use.memory_bytes < 50 << 20


def test_processes_that_are_gone_are_unknown_and_forgotten(idle: subprocess.Popen[bytes]) -> None:
    probe = SystemProbe()
    assert probe.sample([idle.pid])[0][idle.pid].memory_bytes
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
