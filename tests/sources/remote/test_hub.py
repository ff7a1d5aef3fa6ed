"""hf:// with the Hub's own driver, on a server that speaks as much of the Hub's API as a reader needs."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest

from inspector import Loader
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.remote.objects import read_object
from inspector.sources.remote.opening import open_remote_blob
from inspector.sources.remote.secrets import address_of
from tests.sources.containers.tars import write_tar
from tests.sources.remote.servers import FileHandler, serving

pytest.importorskip("fsspec")
close_session = pytest.importorskip("huggingface_hub", "1.0").close_session

REPOSITORY = "someone/photos"
FILES = f"/datasets/{REPOSITORY}/resolve/main/"
API = f"/api/datasets/{REPOSITORY}"
TOKEN = "hf_verySecret"
TEMPLATE = "/{repo_id}/resolve/{revision}/{filename}"  # the driver reads its settings when it is imported


class HubHandler(FileHandler):
    """A data set of the Hub: what is asked of its API, and its files.

    Args:
        asked: takes the path of each request.
    """

    def __init__(self, folder: Path, asked: list[str], *args: Any) -> None:
        self._asked = asked
        super().__init__(folder, (f"Bearer {TOKEN}", ""), (), True, *args)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self._asked.append(path)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401)
        if path.startswith(FILES):
            self.path = path.removeprefix(FILES)
            return super().do_GET()
        if path == API:
            return self._say({"id": REPOSITORY, "sha": "0" * 40})
        if path.startswith(f"{API}/tree/main"):
            folder = self._folder / path.removeprefix(f"{API}/tree/main").strip("/")
            return self._say([self._about(each) for each in sorted(folder.rglob("*")) if each.is_file()])
        if path == f"{API}/paths-info/main":
            wanted = self.rfile.read(int(self.headers["Content-Length"])).decode()
            name = unquote(dict(each.split("=") for each in wanted.split("&"))["paths"])
            return self._say([self._about(self._folder / name)] if (self._folder / name).is_file() else [])
        return self.answer(404)

    do_POST = do_HEAD = do_GET

    def _about(self, path: Path) -> dict[str, object]:
        status, name = path.stat(), path.relative_to(self._folder).as_posix()
        return {"type": "file", "path": name, "size": status.st_size, "oid": f"{status.st_mtime_ns:040x}"}

    def _say(self, value: object) -> None:
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


@pytest.fixture
def asked(tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The paths of all requests so far, at a Hub with a folder of images and a tar of them."""
    (tmp_path / "images").mkdir()
    members = []
    for number, photo in enumerate(sorted(photos.iterdir())[:6]):
        members.append((f"{number}.jpg", photo.read_bytes()))
        (tmp_path / "images" / f"{number}.jpg").write_bytes(members[-1][1])
    write_tar(tmp_path / "all.tar", members)
    found: list[str] = []
    with serving(partial(HubHandler, tmp_path, found)) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", url + TEMPLATE)
        yield found
        close_session()


@pytest.mark.parametrize("name", ["images", "all.tar"])
def test_a_loader_reads_images_and_tars(name: str, asked: list[str], tmp_path: Path) -> None:
    settings: dict[str, Any] = {"num_workers": 1, "batch_size": 3, "image_size": (16, 16), "epochs": 1, "seed": 1}
    with Loader(tmp_path / name, **settings) as loader:
        expected = [(batch.indices.tolist(), np.asarray(batch.images).tobytes()) for batch in loader]
    with Loader(f"hf://datasets/{REPOSITORY}/{name}", **settings) as loader:
        found = [(batch.indices.tolist(), np.asarray(batch.images).tobytes()) for batch in loader]
        assert TOKEN not in repr(loader.index)
    assert found == expected


def test_a_read_is_one_request(asked: list[str], tmp_path: Path) -> None:
    blob = open_remote_blob(f"hf://datasets/{REPOSITORY}/all.tar")
    content = (tmp_path / "all.tar").read_bytes()
    assert (blob.size, blob.read(0, 10)) == (len(content), content[:10])
    assert blob.etag
    asked.clear()
    assert blob.read(700, 1000) == content[700:1700]
    assert read_object(address_of(f"hf://datasets/{REPOSITORY}/images/0.jpg"))
    assert asked == [f"{FILES}all.tar", f"{FILES}images/0.jpg"]


def test_what_is_not_there_and_what_may_not_be_read(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    missing = address_of(f"hf://datasets/{REPOSITORY}/images/none.jpg")
    with pytest.raises(BadFile) as caught:
        read_object(missing)
    assert caught.value.kind is ProblemKind.VANISHED
    monkeypatch.setenv("HF_TOKEN", "hf_another")
    with pytest.raises(BadFile, match="check HF_TOKEN") as caught:
        read_object(missing)
    assert caught.value.kind is ProblemKind.UNREADABLE
