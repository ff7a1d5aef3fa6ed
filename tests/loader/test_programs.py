"""Loaders in other people's programs: forked, threaded, interrupted, left behind, and without a main guard."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from inspector import Loader
from tests.command import ROOT
from tests.loader.folders import make_folder
from tests.loader.streams import stream


def start(folder: Path, script: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Run a script from a file, in a session of its own, so that a signal to all of it reaches nobody else."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(script))
    return subprocess.Popen(
        [sys.executable, path, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore::UserWarning"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit status, output and error output, at its end."""
    try:
        out, err = program.communicate(timeout=200)
    finally:
        program.kill()  # does nothing where it has ended
    return program.returncode, out, err


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder of 40 images, four of them bad."""
    folder = tmp_path / "images"
    make_folder(folder, [number % 10 != 9 for number in range(40)])
    return folder


def test_leaving_the_loop_and_the_block_early(images: Path) -> None:
    with Loader(images, num_workers=2, batch_size=4) as loader:
        for _ in loader:
            break
    with pytest.raises(ZeroDivisionError), Loader(images, num_workers=2, batch_size=4) as loader:  # noqa: PT012
        for _ in loader:
            raise ZeroDivisionError
    # and the fixture looks for what is left


def test_an_error_that_is_kept_does_not_keep_the_workers(images: Path) -> None:
    kept = []
    before = psutil.Process().children()  # such as what multiprocessing keeps for all of a program
    try:
        loader = Loader(images, num_workers=2, batch_size=4, epochs=1)
        while True:
            next(loader)
    except StopIteration as error:
        kept.append(error)
        loader.close()
    assert kept
    assert psutil.Process().children() == before


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_two_loaders_at_once_do_not_mix(engine: str, images: Path) -> None:
    common: dict[str, Any] = {"engine": engine, "num_workers": 2, "batch_size": 5, "epochs": 2}
    with Loader(images, seed=1, num_workers=0, batch_size=5, epochs=2) as alone:
        first_alone = [batch.indices.tolist() for batch in alone]
    with Loader(images, seed=1, **common) as first, Loader(images, seed=2, **common) as second:
        pairs = [(a.indices.tolist(), b.indices.tolist()) for a, b in zip(first, second, strict=True)]
    assert [a for a, _ in pairs] == first_alone
    assert [b for _, b in pairs] != first_alone


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_several_threads_share_a_loader(engine: str, images: Path) -> None:
    got: list[tuple[int, list[int]]] = []
    with Loader(images, engine=engine, num_workers=2, batch_size=3, epochs=6) as loader:

        def consume() -> None:
            got.extend((batch.number, batch.indices.tolist()) for batch in stream(loader))

        threads = [threading.Thread(target=consume) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Loader(images, num_workers=0, batch_size=3, epochs=6) as loader:
        assert sorted(got) == [(batch.number, batch.indices.tolist()) for batch in stream(loader)]


def test_a_transform_that_cannot_be_imported_is_told_by_threads_too(images: Path, tmp_path: Path) -> None:
    script = """
        import sys
        from inspector import InspectorError, Loader
        with Loader(sys.argv[1], num_workers=2, engine="threads", transform="os:not_there") as loader:
            try:
                next(loader)
            except InspectorError as error:
                print(error)
    """
    status, out, err = finish(start(tmp_path, script, images))
    assert (status, err) == (0, "")
    assert "not_there" in out


def test_closed_by_another_thread_while_one_waits(images: Path) -> None:
    reported: list[str] = []
    transform = "tests.loader.hogs:sleep"
    with Loader(images, num_workers=1, batch_size=4, transform=transform) as loader:

        def consume() -> None:
            try:
                next(loader)
            except Exception as error:  # whatever it is, it is looked at below
                reported.append(type(error).__name__)

        thread = threading.Thread(target=consume)
        thread.start()
        while not any(worker.state == "busy" for worker in loader.snapshot().workers):
            time.sleep(0.005)
        loader.close()
        thread.join()
    assert reported == ["LoaderClosedError"]


FORKED = """
    import os, sys
    from inspector import Loader, LoaderClosedError
    with Loader(sys.argv[1], num_workers=2, batch_size=4, epochs=3) as loader:
        batches = [next(loader).indices.tolist()]
        child = os.fork()
        if child == 0:
            try:
                next(loader)
            except LoaderClosedError as error:
                print(error, flush=True)
            sys.exit(7)  # through the end of the block, the finalizers and all
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        batches += [batch.indices.tolist() for batch in iter(loader.__next__, None)]
    print(sum(map(len, batches)), loader.snapshot().restarts)
"""


def test_a_forked_child_ends_in_its_own_way_and_disturbs_nobody(images: Path, tmp_path: Path) -> None:
    status, out, err = finish(start(tmp_path, FORKED, images))
    reported, delivered = out.splitlines()
    assert (status, err) == (0, "")
    assert "another process" in reported
    assert "make a new one" in reported
    assert delivered == "108 0"  # 36 good images, 3 times, and no worker was replaced


def test_a_forked_child_may_make_its_own(images: Path, tmp_path: Path) -> None:
    script = """
        import os, sys
        from inspector import Loader
        with Loader(sys.argv[1], num_workers=2, batch_size=4, epochs=1) as loader:
            next(loader)
            child = os.fork()
            if child == 0:
                with Loader(sys.argv[1], num_workers=2, batch_size=4, epochs=1) as own:
                    print("child", sum(len(batch) for batch in own), flush=True)
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            print("parent", 4 + sum(len(batch) for batch in loader))
    """
    assert finish(start(tmp_path, script, images)) == (0, "child 36\nparent 36\n", "")


def test_a_forked_child_that_lives_on_keeps_no_worker(images: Path, tmp_path: Path) -> None:
    script = """
        import os, sys, time
        from inspector import Loader
        loader = Loader(sys.argv[1], num_workers=2, batch_size=4)
        next(loader)
        while None in (workers := [worker.pid for worker in loader.snapshot().workers]):
            time.sleep(0.01)
        child = os.fork()
        if child == 0:
            sys.stdin.read()  # it has all the parent's sockets, and keeps them
            os._exit(0)
        print(child, *workers, flush=True)
        for batch in iter(loader.__next__, None):
            pass
    """
    program = start(tmp_path, script, images)
    assert program.stdout is not None
    child, *workers = (psutil.Process(int(pid)) for pid in program.stdout.readline().split())
    try:
        program.kill()
        assert psutil.wait_procs(workers, timeout=60)[1] == []
        assert child.is_running()
    finally:
        child.kill()
        program.communicate()


@pytest.mark.parametrize(
    "line", ["for batch in iter(loader.__next__, None): print(flush=True)", "print(flush=True); time.sleep(200)"]
)
def test_ctrl_c_in_a_program_that_does_not_expect_it(line: str, images: Path, tmp_path: Path) -> None:
    script = f"""
        import sys, time
        from inspector import Loader
        loader = Loader(sys.argv[1], num_workers=2, batch_size=4)
        next(loader)
        {line}
    """
    program = start(tmp_path, script, images)
    assert program.stdout is not None
    program.stdout.readline()
    os.killpg(program.pid, signal.SIGINT)
    status, _, err = finish(program)
    assert status == -signal.SIGINT
    assert err.count("Traceback") == 1  # the program's own, and nothing from workers
    assert err.endswith("KeyboardInterrupt\n")


def test_a_daemon_thread_that_loads_to_the_very_end(images: Path, tmp_path: Path) -> None:
    script = """
        import sys, threading
        from inspector import Loader
        loader = Loader(sys.argv[1], num_workers=2, batch_size=4)
        begun = threading.Event()
        def consume():
            for batch in iter(loader.__next__, None):
                begun.set()
        threading.Thread(target=consume, daemon=True).start()
        begun.wait()
    """
    status, _, err = finish(start(tmp_path, script, images))
    assert status == 0
    assert "Fatal" not in err


def test_a_program_without_standard_streams(images: Path, tmp_path: Path) -> None:
    script = """
        import os, sys
        from inspector import Loader
        with open("result.txt", "w") as result:
            os.closerange(0, 3)  # as a daemon does
            try:
                with Loader(sys.argv[1], num_workers=2, batch_size=4, epochs=1) as loader:
                    print(sum(len(batch) for batch in loader), file=result)
            except Exception as error:
                print(error, file=result)
    """
    assert finish(start(tmp_path, script, images))[0] == 0
    assert (tmp_path / "result.txt").read_text() == "36\n"


def test_a_program_whose_working_folder_is_gone(images: Path, tmp_path: Path) -> None:
    script = """
        import os, sys
        from inspector import Loader
        os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
        with Loader(sys.argv[1], num_workers=2, batch_size=4, epochs=1) as loader:
            print(sum(len(batch) for batch in loader))
    """
    assert finish(start(tmp_path, script, images)) == (0, "36\n", "")


@pytest.mark.parametrize("transform", ["None", "brighter"])
def test_a_program_without_a_main_guard_is_no_fork_bomb(transform: str, images: Path, tmp_path: Path) -> None:
    script = f"""
        import sys
        from pathlib import Path
        from inspector import InspectorError, Loader
        with open("runs.txt", "a") as file:
            file.write("x")
        def brighter(rgb, rng):
            return 255 - rgb
        try:
            with Loader(sys.argv[1], num_workers=2, batch_size=4, epochs=1, transform={transform}) as loader:
                print(sum(len(batch) for batch in loader))
        except InspectorError as error:
            print(error)
    """
    status, out, err = finish(start(tmp_path, script, images))
    assert (status, err) == (0, "")
    assert out == "36\n" if transform == "None" else 'if __name__ == "__main__":' in out
    assert len((tmp_path / "runs.txt").read_text()) <= 4
