"""The same photographs, in every kind of container: one data set, loaded and scanned alike."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inspector.file_types import CONTAINER_EXTENSIONS
from inspector.loader.loader import Loader
from inspector.sources.containers.formats import FORMATS, format_of
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.opening import open_source
from tests.sources.containers.samples import CLASSES, label_of, photographs
from tests.sources.containers.written import WRITERS

Writer = Callable[[Path], Path]


def digest(source: Path) -> tuple[str, list[tuple[int, str]]]:
    """Of what two epochs deliver, and the problems by kind."""
    found = hashlib.sha256()
    with Loader(source, batch_size=4, num_workers=2, seed=3, image_size=(32, 32), epochs=2) as loader:
        for batch in loader:
            found.update(np.asarray(batch.images).tobytes())
            found.update(batch.indices.tobytes())
        problems = sorted((problem.index, str(problem.kind)) for problem in loader.problems)
    return found.hexdigest(), problems


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[tuple[int, str]]]:
    return digest(WRITERS["folder"](tmp_path_factory.mktemp("folder")))


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("folder", "Parquet")])
def test_the_same_batches_and_problems_as_from_a_folder(
    name: str, tmp_path: Path, expected: tuple[str, list[tuple[int, str]]]
) -> None:
    assert digest(WRITERS[name](tmp_path)) == expected
    assert len(expected[1]) > 3


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "folder"])
def test_names_labels_and_single_samples(name: str, tmp_path: Path) -> None:
    index = open_source(WRITERS[name](tmp_path))
    assert len(index) == len(photographs())
    assert [index.label(i) in (label_of(i), CLASSES[label_of(i)]) for i in range(len(index))] == [True] * len(index)
    one = open_source(index.path(5))
    assert (len(one), one.path(0)) == (1, index.path(5))
    assert isinstance(one, ContainerIndex)
    assert one.reader().read(0) == photographs()[5][1]


def test_every_format_has_its_extensions() -> None:
    assert sorted(suffix for each in FORMATS for suffix in each.SUFFIXES) == sorted(CONTAINER_EXTENSIONS)
    assert len({each.NAME.lower() for each in FORMATS}) == len(FORMATS)


def test_shards_with_numbers_behind_their_extension() -> None:
    found = format_of("/data/train.tfrecord-00000-of-00128")
    assert found is not None
    assert found.NAME == "TFRecord"
    assert format_of("/data/train.txt-00000-of-00128") is None
