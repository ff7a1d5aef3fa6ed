"""`inspector scan --on`: on real clusters it finds what it finds on this machine, whatever ends meanwhile."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from inspector.scan.check_file import CheckFiles
from inspector.scan.near_pairs import near_pairs
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.cluster import ClusterPartials
from inspector.scan.runners.partials import Hooks
from inspector.session.records import CheckSettings, ScanState
from inspector.settings import SessionConfig
from inspector.sources.file_index import FileIndex
from tests.command import ROOT
from tests.scan.clusters import RAY_TOKEN, DaskCluster, descendants, environment, ray_cluster, wait_for
from tests.scan.test_near_pairs import some_hashes
from tests.session.piped import piped
from tests.session.waiting import wait_until

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("cluster"), pytest.mark.timeout(400)]
DASK = pytest.param("dask", marks=pytest.mark.skipif(find_spec("distributed") is None, reason="no Dask"))
RAY = pytest.param("ray", marks=pytest.mark.skipif(find_spec("ray") is None, reason="no Ray"))
SPLITS = ("--splits", "val,train")  # not in the order that their names say
_SLOW = """
import sys, time

def slow(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".jpg"):
        time.sleep(0.02)

sys.addaudithook(slow)
"""
_DEADLY = """
import os
_open = os.open
def deadly(path, *arguments, **options):
    if "deadly" in os.fsdecode(path):
        os.kill(os.getpid(), 11)
    return _open(path, *arguments, **options)
os.open = deadly
"""


@pytest.fixture(scope="module")
def data(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1000 photographs in two splits, some the same; bad files; one that ends whatever opens it; a strange name."""
    folder = tmp_path_factory.mktemp("clustered")
    names = sorted(photos.iterdir())[:50]
    for number in range(1000):
        split = folder / ("train" if number % 3 else "val") / f"c{number % 2}"
        split.mkdir(parents=True, exist_ok=True)
        os.link(names[number % 50], split / f"{number:03}.jpg")
    (folder / "train" / "c0" / "empty.jpg").touch()
    (folder / "val" / "c1" / "text.png").write_text("no image")
    (folder / "train" / "c1" / "deadly.jpg").write_bytes(names[0].read_bytes())
    shutil.copy(names[1], folder / "train" / "c1" / "\udcff.png")
    return folder


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """In which a file called deadly ends the process that opens it, and a scan takes seconds on any machine."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(_SLOW.replace("0.02", "0.004") + _DEADLY)
    return environment(PYTHONPATH=f"{ROOT}{os.pathsep}{folder}")


def start(environ: dict[str, str], *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "inspector", "scan", *map(str, arguments), "--workers", "2"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )


def result(file: Path) -> dict[str, Any]:
    """What must be the same wherever the files were checked."""
    found: dict[str, Any] = json.loads(file.read_text())
    return {name: value for name, value in found.items() if name not in ("seconds", "on")}


@pytest.fixture(scope="module")
def local(data: Path, environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("local") / "out.json"
    done = start(environ, data, *SPLITS, "--json", file)
    said = done.communicate(timeout=300)
    assert done.returncode == 1, said
    kinds = {problem["kind"] for problem in result(file)["problems"]}
    assert kinds == {"EMPTY", "NOT_IMAGE", "CRASHED"}
    assert {"duplicate", "leak", "extension"} <= {finding["check"] for finding in result(file)["findings"]}
    return result(file)


def files_done(line: str) -> int:
    """In a line about the progress; 0 in others."""
    number, found, _ = line.partition(" of ")
    return int(number.replace(",", "")) if found and number.replace(",", "").isdigit() else 0


def until_some_are_done(scan: "subprocess.Popen[str]", least: int = 1) -> None:
    assert scan.stderr is not None
    said = []
    for line in scan.stderr:
        said.append(line)
        if files_done(line) >= least:
            return
    raise AssertionError("".join(said))


@pytest.mark.parametrize("on", [DASK, RAY])
def test_it_finds_the_same_although_workers_are_killed(
    on: str, data: Path, environ: dict[str, str], local: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "out.json"
    scan = start(environ, data, *SPLITS, "--on", on, "--json", file)
    sign = "ray::" if on == "ray" else "multiprocessing.spawn"
    killed: set[int] = set()
    until_some_are_done(scan)
    while len(killed) < 3 and scan.poll() is None:
        for each in descendants(scan, sign):
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                if each.pid not in killed and each.children():  # else it has not begun
                    each.kill()
                    killed.add(each.pid)
                    break
    out, said = scan.communicate(timeout=300)
    assert scan.returncode == 1, (out, said)
    assert len(killed) == 3
    assert json.loads(file.read_text())["on"] == on
    assert result(file) == local


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[DaskCluster]:
    """Two workers, which have another inspector or none."""
    pytest.importorskip("distributed")
    cluster = DaskCluster(tmp_path / "dask", 2)
    yield cluster
    cluster.close()


def test_a_lost_scheduler_ends_the_scan_and_the_rest_is_done_elsewhere(
    data: Path, local: dict[str, Any], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    file = tmp_path / "out.json"
    plain = environment(PYTHONPATH=str(ROOT))
    (tmp_path / "sitecustomize.py").write_text(_SLOW)
    slow = DaskCluster(tmp_path / "slow", 1, environ=environment(PYTHONPATH=str(tmp_path)))
    try:
        scan = start(plain, data, *SPLITS, "--on", slow.address, "--json", file)
        until_some_are_done(scan)
        slow.scheduler.kill()
        out, said = scan.communicate(timeout=200)
    finally:
        slow.close()
    assert (scan.returncode, said.count("Traceback")) == (3, 0), said
    assert f"{slow.address} was lost" in said.splitlines()[-1]
    assert "Incomplete: " in out
    assert f"Resume with: inspector scan --resume {file}" in out
    partial = json.loads(file.read_text())
    assert partial["complete"] is False
    assert partial["files"] + len(partial["resume"]["ahead"]) > 0
    other = DaskCluster(tmp_path / "other", 1)
    try:
        again = start(plain, "--resume", file, "--on", other.address, "--json", tmp_path / "whole.json")
        said = again.communicate(timeout=300)[1]
    finally:
        other.close()
    assert "inspector is sent to its workers" in said
    assert again.returncode == 1, said
    assert_same_but_for_the_deadly_file(result(tmp_path / "whole.json"), local)


def assert_same_but_for_the_deadly_file(found: dict[str, Any], local: dict[str, Any]) -> None:
    """It ends no worker whose Python does not make it deadly."""
    problems = [problem for problem in local["problems"] if problem["kind"] != "CRASHED"]
    assert found["problems"] == problems
    assert found["files"] == local["files"]
    assert len(found["findings"]) > len(local["findings"])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_what_was_found_outlives_ctrl_c_and_the_end_of_the_program(
    end: signal.Signals, data: Path, environ: dict[str, str], local: dict[str, Any], tmp_path: Path
) -> None:
    pytest.importorskip("distributed")
    file = tmp_path / "out.json"
    scan = start(environ, data, *SPLITS, "--on", "dask", "--json", file)
    until_some_are_done(scan)
    children = descendants(scan)
    if end is signal.SIGKILL:
        wait_for("what is kept meanwhile", file.exists)
    scan.send_signal(end)
    out, said = scan.communicate(timeout=100)
    assert scan.returncode == (130 if end is signal.SIGINT else -end), (out, said)
    assert psutil.wait_procs(children, 30)[1] == []
    again = start(environ, "--resume", file, "--json", tmp_path / "whole.json")
    said = again.communicate(timeout=300)[1]
    assert again.returncode == 1, said
    assert result(tmp_path / "whole.json") == local


def test_a_worker_that_has_not_the_files_is_named_before_the_first_chunk(
    dask: DaskCluster, data: Path, tmp_path: Path
) -> None:
    blind = ("unshare", "--mount", "--", "sh", "-c", f'mount -t tmpfs none {data} && exec "$@"', "sh")
    if os.geteuid() != 0 or subprocess.run([*blind, "true"], capture_output=True).returncode:
        pytest.skip("hiding a folder from a process needs root")
    dask.add_worker(blind)
    wait_for("the third worker", lambda: (dask.folder / "log3").read_bytes().count(b"Registered to") > 0)
    scan = start(environment(PYTHONPATH=str(ROOT)), data, "--on", dask.address, "--json", tmp_path / "out.json")
    said = scan.communicate(timeout=100)[1]
    assert scan.returncode == 2
    assert said.splitlines()[-1].startswith(f"inspector: {dask.address}: a worker on 127.0.0.1 cannot read {data}/")
    assert "VANISHED" not in said
    assert not (tmp_path / "out.json").exists()


def test_samples_of_a_tar_on_a_cluster_of_others(dask: DaskCluster, data: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "all.tar", "w") as tar:
        for path in sorted((data / "val").rglob("*"))[:60]:
            tar.add(path, path.relative_to(data))
    plain = environment(PYTHONPATH=str(ROOT))
    for on in ([], ["--on", dask.address]):
        scan = start(plain, tmp_path / "all.tar", *on, "--json", tmp_path / f"{len(on)}.json")
        said = scan.communicate(timeout=200)[1]
        assert scan.returncode in (0, 1), said
    assert result(tmp_path / "2.json") == result(tmp_path / "0.json")


def test_a_lost_ray_cluster(data: Path, local: dict[str, Any], tmp_path: Path) -> None:
    pytest.importorskip("ray")
    pytest.importorskip("grpc")
    file = tmp_path / "out.json"
    plain = environment(PYTHONPATH=str(ROOT), **RAY_TOKEN)
    (tmp_path / "sitecustomize.py").write_text(_SLOW)
    with ray_cluster(tmp_path / "r", 2, PYTHONPATH=str(tmp_path)) as (address, head):
        scan = start(plain, data, *SPLITS, "--on", address, "--json", file)
        until_some_are_done(scan)
        for each in [*descendants(head), psutil.Process(head.pid)]:
            each.kill()
        said = scan.communicate(timeout=200)[1]
    assert (scan.returncode, said.count("Traceback")) == (3, 0), said
    assert f"{address} was lost" in said.splitlines()[-1]
    again = start(plain, "--resume", file, "--json", tmp_path / "whole.json")
    said = again.communicate(timeout=300)[1]
    assert again.returncode == 1, said
    assert_same_but_for_the_deadly_file(result(tmp_path / "whole.json"), local)


@pytest.mark.parametrize(
    ("on", "message"),
    [
        ("spark", "--on spark is no cluster"),
        ("tcp://host", "--on tcp://host is no cluster"),
        ("tcp://127.0.0.1:x", "is no cluster"),
        ("tcp://127.0.0.1:1", "no Dask scheduler answers there: check the address"),
        ("tls://127.0.0.1:1", "TLS needs certificates: set distributed.comm.tls.ca-file"),
    ],
)
def test_a_cluster_that_is_none(on: str, message: str, sample: Path) -> None:
    pytest.importorskip("distributed")
    scan = start(environment(PYTHONPATH=str(ROOT)), sample, "--on", on)
    said = scan.communicate(timeout=100)[1]
    assert (scan.returncode, len(said.splitlines())) == (2, 1)
    assert message in said


def test_the_command_that_installs_an_engine(sample: Path) -> None:
    program = (
        "import sys; sys.modules['distributed'] = None; import importlib.util as u; f = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'distributed' else f(name, *a)\n"
        f"import inspector.cli; sys.exit(inspector.cli.main(['scan', {str(sample)!r}, '--on', 'dask']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2
    assert "pip install 'loader-inspector[dask]'" in done.stderr


@pytest.mark.parametrize("on", [DASK, RAY])
def test_hashes_of_many_files_are_compared_by_the_workers(on: str, photos: Path) -> None:
    index, said = FileIndex.scan(photos), list[str]()
    checks = CheckFiles(CheckSettings(("near-duplicate",)), 1 << 28, own_process=True)
    hashes = some_hashes(0, 3000, flips=0.05)
    with closing(ClusterPartials(on, checks, 2, few_hashes=50)) as source:
        with closing(source.partials(index, 0, Ahead(), Hooks(lambda: False, lambda: None, said.append))) as partials:
            assert sum(partial.files for partial in partials) == len(index)
        found = near_pairs(hashes, 4, compare=source.compare)
        assert source.workers()
    assert said[-1] == f"{on}: 3,000 hashes are compared by its workers"
    assert not source.workers()
    assert len(found[0]) > 100
    for there, here in zip(found, near_pairs(hashes, 4), strict=True):
        assert there.tolist() == here.tolist()


def test_a_scan_that_a_window_elsewhere_starts_on_a_cluster(sample: Path) -> None:
    pytest.importorskip("distributed")
    session = piped(SessionConfig(batch_size=8, num_workers=1, image_size=(48, 64), step_ms=20))
    try:
        session.open(str(sample))
        wait_until(lambda: session.snapshot().batches > 0)
        session.pause()
        scan = session.scan
        assert scan is not None
        scan.start(CheckSettings(("duplicate", "dark")), "spark")
        wait_until(lambda: scan.progress().state is ScanState.FAILED)
        assert scan.progress().message.startswith("spark is no cluster: give dask or ray")
        hosts = set[str]()
        scan.start(CheckSettings(("duplicate", "dark")), "dask")
        while not scan.progress().done and scan.progress().runs:
            hosts |= {each.host for each in scan.progress().workers}
        scan.cancel()
        wait_until(lambda: not scan.progress().runs)
        assert scan.progress().on == "dask"
        assert hosts == {"127.0.0.1"}
        scan.resume("")
        wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
        there = {**json.loads("".join(scan.as_json())), "seconds": 0}
        scan.start(CheckSettings(("duplicate", "dark")))
        wait_until(lambda: scan.progress().state is ScanState.COMPLETE)
        assert {**json.loads("".join(scan.as_json())), "seconds": 0} == there
    finally:
        session.close()
