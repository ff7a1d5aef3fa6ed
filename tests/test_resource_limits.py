"""What a process may use, read from trees of control groups as real systems show them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from inspector.resource_limits import (
    bound_cores,
    cpu_pressure_file,
    cpu_pressure_s,
    cpu_quota,
    memory_limit_bytes,
    usable_cores,
    usable_memory_bytes,
)

GIB = 1 << 30
V1_NONE = 9223372036854771712  # what version 1 writes where no limit is set

V2_MOUNT = "30 24 0:26 {root} /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate"
V1_MOUNT = "33 31 0:30 {root} /sys/fs/cgroup/{name} rw,relatime master:11 - cgroup cgroup rw,{name}"


def tree(root: Path, own: str, mounts: list[str], files: dict[str, str | int]) -> Path:
    """A root folder with this process's groups, the mounts, and the files below /sys/fs/cgroup."""
    proc = root / "proc" / "self"
    proc.mkdir(parents=True)
    (proc / "cgroup").write_text(own)
    others = ["24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw", "25 24 0:23 / /proc rw - proc proc rw"]
    (proc / "mountinfo").write_text("\n".join([*others, *mounts, ""]))
    for name, content in files.items():
        file = root / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{content}\n")
    return root


def v1(names: list[str], root: str = "/") -> list[str]:
    return [V1_MOUNT.format(root=root, name=name) for name in names]


def found(root: Path) -> tuple[float | None, int | None]:
    quota = cpu_quota(root)
    return (None if quota is None else quota.cores), memory_limit_bytes(root)


def test_a_container_with_a_namespace_of_its_own(tmp_path: Path) -> None:
    files: dict[str, str | int] = {"cpu.max": "150000 100000", "memory.max": 2 * GIB, "memory.high": "max"}
    assert found(tree(tmp_path, "0::/\n", [V2_MOUNT.format(root="/")], files)) == (1.5, 2 * GIB)


def test_no_limit(tmp_path: Path) -> None:
    own = "0::/user.slice/session-2.scope\n"
    files: dict[str, str | int] = {
        "user.slice/cpu.max": "max 100000",
        "user.slice/memory.max": "max",
        "user.slice/session-2.scope/memory.max": "max",
    }
    assert found(tree(tmp_path, own, [V2_MOUNT.format(root="/")], files)) == (None, None)


@pytest.mark.parametrize("tight", ["kubepods.slice", "kubepods.slice/pod7.slice", "kubepods.slice/pod7.slice/c.scope"])
def test_the_tightest_limit_on_the_path_counts(tight: str, tmp_path: Path) -> None:
    folders = ["kubepods.slice", "kubepods.slice/pod7.slice", "kubepods.slice/pod7.slice/c.scope"]
    files: dict[str, str | int] = {"kubepods.slice/other.slice/cpu.max": "10000 100000"}  # not on the path
    for folder in folders:
        files[f"{folder}/cpu.max"] = "75000 50000" if folder == tight else "800000 100000"
        files[f"{folder}/memory.max"] = GIB if folder == tight else 8 * GIB
    assert found(tree(tmp_path, f"0::/{folders[-1]}\n", [V2_MOUNT.format(root="/")], files)) == (1.5, GIB)


def test_memory_is_held_back_from_its_soft_limit_on(tmp_path: Path) -> None:
    files: dict[str, str | int] = {"job/memory.max": 8 * GIB, "job/memory.high": 6 * GIB}
    assert found(tree(tmp_path, "0::/job\n", [V2_MOUNT.format(root="/")], files)) == (None, 6 * GIB)


def test_version_1(tmp_path: Path) -> None:
    own = (
        "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n0::/system.slice/docker.service\n"
    )
    files: dict[str, str | int] = {
        "cpu,cpuacct/docker/abc/cpu.cfs_quota_us": 50000,
        "cpu,cpuacct/docker/abc/cpu.cfs_period_us": 100000,
        "cpu,cpuacct/cpu.cfs_quota_us": -1,
        "cpu,cpuacct/cpu.cfs_period_us": 100000,
        "memory/docker/abc/memory.limit_in_bytes": V1_NONE,
        "memory/docker/memory.limit_in_bytes": 4 * GIB,
    }
    assert found(tree(tmp_path, own, v1(["cpu,cpuacct", "memory"]), files)) == (0.5, 4 * GIB)


def test_version_1_in_a_container_that_sees_its_group_as_the_top(tmp_path: Path) -> None:
    own = "4:memory:/docker/abc\n2:cpu:/docker/abc\n"
    files: dict[str, str | int] = {
        "cpu/cpu.cfs_quota_us": 300000,
        "cpu/cpu.cfs_period_us": 100000,
        "memory/memory.limit_in_bytes": GIB,
    }
    assert found(tree(tmp_path, own, v1(["cpu", "memory"], "/docker/abc"), files)) == (3.0, GIB)


def test_both_versions_at_once(tmp_path: Path) -> None:
    """Version 2 may be mounted beside, without controllers of its own."""
    own = "4:memory:/job\n1:cpu:/\n0::/\n"
    unified = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
    files: dict[str, str | int] = {
        "unified/cgroup.procs": 1,
        "memory/job/memory.limit_in_bytes": 3 * GIB,
        "cpu/cpu.cfs_quota_us": -1,
        "cpu/cpu.cfs_period_us": 100000,
    }
    assert found(tree(tmp_path, own, [*v1(["cpu", "memory"]), unified], files)) == (None, 3 * GIB)


def test_a_group_outside_of_what_is_mounted(tmp_path: Path) -> None:
    """In a namespace, a process that was moved in from outside sees its group as "/../..": the top is what is left."""
    files: dict[str, str | int] = {"cpu.max": "200000 100000"}
    assert found(tree(tmp_path, "0::/../../job\n", [V2_MOUNT.format(root="/ns")], files)) == (2.0, None)


def test_a_name_with_a_space(tmp_path: Path) -> None:
    mount = "30 24 0:26 / /sys/fs/cgroup/my\\040groups rw - cgroup2 cgroup2 rw"
    assert found(tree(tmp_path, "0::/\n", [mount], {"my groups/cpu.max": "100000 100000"})) == (1.0, None)


@pytest.mark.parametrize("content", ["", "nonsense", "100000", "0 100000", "100000 0", "-5 100000"])
def test_what_makes_no_sense_is_no_limit_that_stops_the_program(content: str, tmp_path: Path) -> None:
    files: dict[str, str | int] = {"cpu.max": content, "memory.max": content}
    cores, _ = found(tree(tmp_path, "0::/\n", [V2_MOUNT.format(root="/")], files))
    assert cores in (None, 1.0)


def test_another_system(tmp_path: Path) -> None:
    assert found(tmp_path) == (None, None)
    assert usable_cores(tmp_path) == bound_cores()


def test_cores_are_the_fewer_of_quota_and_affinity(tmp_path: Path) -> None:
    mount = [V2_MOUNT.format(root="/")]
    assert usable_cores(tree(tmp_path / "half", "0::/\n", mount, {"cpu.max": "50000 100000"})) == 0.5
    assert usable_cores(tree(tmp_path / "many", "0::/\n", mount, {"cpu.max": "99900000 100000"})) == bound_cores()


def test_memory_is_never_more_than_the_machine_has(tmp_path: Path) -> None:
    mount = [V2_MOUNT.format(root="/")]
    assert usable_memory_bytes(tree(tmp_path / "small", "0::/\n", mount, {"memory.max": GIB // 2})) == GIB // 2
    machine = usable_memory_bytes(tmp_path)
    assert usable_memory_bytes(tree(tmp_path / "large", "0::/\n", mount, {"memory.max": GIB << 20})) == machine


@pytest.mark.parametrize(
    ("name", "content"), [("cpu.stat", "usage_usec 2500000\nuser_usec 1"), ("cpuacct.usage", 2500000000)]
)
def test_the_quotas_own_use(name: str, content: str | int, tmp_path: Path) -> None:
    files: dict[str, str | int] = {"cpu.max": "50000 100000", name: content}
    quota = cpu_quota(tree(tmp_path, "0::/\n", [V2_MOUNT.format(root="/")], files))
    assert quota is not None
    assert quota.used_s() == 2.5


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity")
def test_only_cores_that_may_be_used_are_counted() -> None:
    script = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "from inspector.resource_limits import usable_cores; print(usable_cores() <= 1)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_pressure_is_that_of_the_own_group_before_the_machines(tmp_path: Path) -> None:
    pressure = "some avg10=0.00 avg60=0.00 avg300=0.00 total={}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1"
    files: dict[str, str | int] = {"job/cpu.pressure": pressure.format(2_500_000)}
    root = tree(tmp_path, "0::/job\n", [V2_MOUNT.format(root="/")], files)
    (root / "proc/pressure").mkdir()
    (root / "proc/pressure/cpu").write_text(pressure.format(9_000_000))
    found = []
    while file := cpu_pressure_file(root):
        found.append(cpu_pressure_s(file))
        file.unlink()
    assert found == [2.5, 9.0]
