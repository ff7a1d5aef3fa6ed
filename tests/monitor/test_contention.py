"""When other programs hold loading up, and when our own processes only hold up one another."""

from dataclasses import replace

import pytest

from inspector.monitor.contention import cores_taken, leaves_no_room, longest_wait, other_cores, own_cores
from inspector.monitor.records import Machine
from inspector.monitor.system import ProcessUse

BUSY = Machine(usable_cores=2, app_cpu=0.1, machine_cpu=1.0, app_run_queue_wait=0.2)


def workers(count: int, cpu: float, wait: float | None) -> list[ProcessUse]:
    return [ProcessUse(cpu, None, wait) for _ in range(count)]


def test_who_uses_the_cores() -> None:
    two = workers(2, 0.2, 0.7)
    assert own_cores(BUSY, two) == pytest.approx(0.5)
    assert other_cores(BUSY, two) == pytest.approx(1.5)
    assert leaves_no_room(BUSY, two)
    assert longest_wait(BUSY, two) == pytest.approx(0.7)
    assert cores_taken(BUSY, two) == pytest.approx(1.5)  # of the 1.6 that they wait for


def test_our_own_processes_take_nothing_from_us() -> None:
    eight = workers(8, 0.23, 0.75)
    assert other_cores(BUSY, eight) == pytest.approx(0.06)
    assert cores_taken(BUSY, eight) == 0


def test_bursts_of_our_own_on_a_machine_that_is_else_idle() -> None:
    bursts = replace(BUSY, machine_cpu=0.5)
    assert cores_taken(bursts, workers(8, 0.11, 0.4)) == 0


def test_workers_that_wait_for_a_process_that_waits_for_a_core() -> None:
    assert cores_taken(replace(BUSY, app_run_queue_wait=0.9), workers(2, 0.05, 0.1)) == pytest.approx(1.1)


def test_workers_that_sleep_are_hardly_held_up() -> None:
    assert cores_taken(replace(BUSY, app_run_queue_wait=0.05), workers(2, 0.02, 0.12)) == 0


def test_others_that_leave_what_is_asked_for() -> None:
    wide = Machine(usable_cores=8, app_cpu=0.2, machine_cpu=0.5, app_run_queue_wait=0.02)
    assert cores_taken(wide, workers(2, 0.9, 0.03)) == 0


def test_on_a_wide_machine_one_worker_can_be_held_up() -> None:
    full = Machine(usable_cores=64, app_cpu=0.1, machine_cpu=0.99, app_run_queue_wait=0.1)
    assert cores_taken(full, workers(1, 0.3, 0.65)) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("pressure", "machine_cpu", "taken"),
    [
        (None, 0.97, 1.44),  # not known how long they wait: what others use of a machine that is full
        (None, 0.8, 0.0),
        (0.8, 0.97, 0.8),  # the group's pressure is the least that they wait
        (0.1, 0.97, 0.0),
    ],
)
def test_where_the_wait_of_processes_is_not_known(pressure: float | None, machine_cpu: float, taken: float) -> None:
    machine = Machine(usable_cores=2, app_cpu=0.1, machine_cpu=machine_cpu, cpu_pressure=pressure)
    assert cores_taken(machine, workers(2, 0.2, None)) == pytest.approx(taken)


def test_what_is_not_known_is_not_guessed() -> None:
    assert cores_taken(Machine(usable_cores=2), workers(2, 0.2, 0.7)) is None
    assert cores_taken(replace(BUSY, machine_cpu=None), workers(2, 0.2, 0.7)) is None
    assert cores_taken(BUSY, [ProcessUse()]) is None
    assert longest_wait(Machine(usable_cores=2), []) is None
