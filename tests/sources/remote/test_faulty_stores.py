"""Stores that fail now and then, or for good in the middle of an epoch: nothing is lost, and what is said helps."""

import socket
import struct
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from inspector.errors import InspectorError, SourceError, StaleIndexError
from inspector.formats.problems import ProblemKind
from inspector.sources.opening import open_source
from tests.sources.containers.tars import write_tar
from tests.sources.remote.servers import FileHandler, proxy, serving, web_server

pytest.importorskip("obstore")

COUNT = 12
SETTINGS: dict[str, Any] = {"num_workers": 1, "batch_size": 4, "image_size": (16, 16), "epochs": 1, "seed": 3}


@pytest.fixture
def shard(photos: Path, tmp_path: Path) -> Path:
    """A tar of photographs, alone in its folder."""
    (tmp_path / "shards").mkdir()
    chosen = sorted(photos.iterdir())[:COUNT]
    return write_tar(tmp_path / "shards" / "a.tar", ((photo.name, photo.read_bytes()) for photo in chosen))


def batches(loader: Loader) -> Iterator[tuple[list[int], bytes]]:
    loader.warns = False
    return ((batch.indices.tolist(), np.asarray(batch.images).tobytes()) for batch in loader)


def read_on(loader: Loader) -> None:
    for _ in range(1000):
        next(loader)


class ResettingHandler(FileHandler):
    """Resets the connection in place of every third answer."""

    def __init__(self, folder: Path, requests: Iterator[int], *args: Any) -> None:
        self._requests = requests
        super().__init__(folder, ("", ""), (), True, *args)

    def do_GET(self) -> None:
        if next(self._requests) % 3:
            return super().do_GET()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        return None

    do_HEAD = do_GET


def test_connections_that_are_reset_cost_nothing_but_time(shard: Path) -> None:
    with Loader(shard, **SETTINGS) as loader:
        expected = [*batches(loader)]
    handler = partial(ResettingHandler, shard.parent, count(1))
    with serving(handler) as url, Loader(f"{url}/a.tar", **SETTINGS) as loader:
        assert [*batches(loader)] == expected
        assert not loader.problems
        reads = loader.snapshot().reads
    assert reads is not None
    assert reads.retries > 0


def test_a_shard_that_is_replaced_by_a_shorter_one_ends_loading_with_a_sentence(shard: Path, photos: Path) -> None:
    with web_server(shard.parent) as url, Loader(f"{url}/a.tar", **{**SETTINGS, "epochs": None}) as loader:
        next(loader)
        write_tar(shard, [("0.jpg", min(photos.iterdir()).read_bytes())])
        with pytest.raises(StaleIndexError, match=r"a\.tar has changed .*open it again"):
            read_on(loader)


def test_credentials_that_expire_within_an_epoch_end_it_and_a_resume_has_the_rest(shard: Path) -> None:
    refused = False
    settings = {**SETTINGS, "batch_size": 2, "num_workers": 0, "reads_in_flight": 1}
    with Loader(shard, **settings) as loader:
        expected = [*batches(loader)]
    with web_server(shard.parent) as url, proxy(url, verdict=lambda path: 403 if refused else 0) as behind:
        with Loader(f"{behind}/a.tar", **settings) as loader:
            got = [next(batches(loader))]
            state = loader.state_dict()
            refused = True
            with pytest.raises(InspectorError, match=r"403\): check the name and password, or the token"):
                read_on(loader)
            assert {problem.kind for problem in loader.problems} == {ProblemKind.UNREADABLE}
        refused = False
        with Loader(f"{behind}/a.tar", **settings) as loader:
            loader.load_state_dict(state)
            assert [*got, *batches(loader)] == expected


def test_shards_that_are_missing_from_a_range_are_problems_that_name_them(shard: Path) -> None:
    with web_server(shard.parent) as url, Loader(f"{url}/{{a,b,c}}.tar", **SETTINGS) as loader:
        assert sum(len(indices) for indices, _ in batches(loader)) == COUNT
        found = sorted((problem.kind, problem.path) for problem in loader.problems)
    assert [kind for kind, _ in found] == [ProblemKind.VANISHED] * 2
    assert [path.rpartition("/")[2] for _, path in found] == ["b.tar", "c.tar"]


def test_urls_that_differ_only_behind_the_question_mark_are_refused() -> None:
    with pytest.raises(SourceError, match=r"https://host/a\.jpg is given twice") as caught:
        open_source(["https://host/a.jpg?sig=verySecret", "https://host/a.jpg?sig=another"])
    assert "verySecret" not in str(caught.value)


def test_a_version_of_an_object_is_refused_with_what_to_do() -> None:
    with pytest.raises(SourceError, match=r"names a version.*signed https://"):
        open_source("s3://bucket/a.tar?versionId=abc")
