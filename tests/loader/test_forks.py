"""A process that the user's code forks is no second worker."""

import multiprocessing
import os
import sys
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from tests.loader.test_change import wait_until

if not hasattr(os, "fork"):
    pytest.skip("there are no forks", allow_module_level=True)

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # is multi-threaded
ENGINES = ("processes", "threads", "serial")


def fork(how: str) -> int:
    """What the child ended with."""
    if (pid := os.fork()) == 0:
        if how == "sys.exit":
            sys.exit(3)
        if how == "os._exit":
            os._exit(3)
        if how == "raise":
            raise ValueError("in the child")
        return -1
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def compute(value: int) -> int:
    return 2 * value


class Forks:
    def __init__(self, how: str) -> None:
        self.how = how

    def __len__(self) -> int:
        return 12

    def __getitem__(self, index: int) -> Any:
        image = np.full((4, 4, 3), index, np.uint8)
        if self.how == "pool":
            with multiprocessing.get_context("fork").Pool(1) as pool:
                return image, pool.map(compute, [index])[0]
        ended = fork(self.how)
        return image, ended


EXPECTED = {"sys.exit": 3, "os._exit": 3, "raise": 1, "return": 0}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", EXPECTED)
def test_a_forked_child_ends_where_the_users_code_ends(
    how: str, engine: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with Loader(Forks(how), batch_size=3, epochs=1, shuffle=False, engine=engine) as loader:
        batches = list(loader)
        assert [batch.indices.tolist() for batch in batches] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
        assert [batch.labels for batch in batches] == [[EXPECTED[how]] * 3] * 4
        for batch in batches:
            for index, image in zip(batch.indices, batch.images, strict=True):
                assert (image == index).all()
        assert loader.snapshot().skipped == loader.snapshot().restarts == 0
    written = ""

    def is_said() -> bool:
        nonlocal written
        written += capfd.readouterr().err
        return "ValueError: in the child" in written

    if how == "raise":
        wait_until(is_said)


def test_a_pool_of_processes_works_in_a_worker() -> None:
    with Loader(Forks("pool"), batch_size=6, epochs=1, shuffle=False) as loader:
        assert [batch.labels for batch in loader] == [[0, 2, 4, 6, 8, 10], [12, 14, 16, 18, 20, 22]]
