"""A data set of the user's own code, by name."""

import os
import pickle
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inspector import Loader
from inspector.errors import IndexingCancelled, NoImagesError, SettingsError, UserCodeError
from inspector.named_code import NamedCode
from inspector.sources.named_dataset import index_of, look_at

CODE = """
import os, sys, threading, time
import numpy as np
from own_sizes import SIDE

print("imported", flush=True)

class Squares:
    def __init__(self, count=12): self.count = count
    def __len__(self): return self.count
    def __getitem__(self, i): return np.full((SIDE, SIDE, 3), i, np.uint8), i * i
    def path(self, i): return f"square-{i}"

class Named(Squares):
    path = None
    samples = [(f"{i}.jpg", 0) for i in range(12)]

class Plain(Squares):
    path = None

squares = Squares(5)
def make(): return Squares()
def make_none(): return Squares(0)
def make_list(): return iter([1, 2])
def fail():
    raise ValueError("there is no data")
def leave(): sys.exit("no")
def crash(): os._exit(9)
def hang(): time.sleep(1000)
def make_with_thread():
    threading.Thread(target=time.sleep, args=(1000,)).start()
    return Squares()
"""


@pytest.fixture
def code(tmp_path: Path) -> Iterator[Path]:
    path = [*sys.path]
    (tmp_path / "own_sizes.py").write_text("SIDE = 8\n")
    file = tmp_path / "own_squares.py"
    file.write_text(CODE)
    yield file
    sys.path[:] = path
    for name in ("own_squares", "own_sizes"):
        sys.modules.pop(name, None)


def named(file: Path, name: str) -> NamedCode:
    return NamedCode.parse(f"{file}:{name}")


@pytest.mark.parametrize(("name", "length"), [("make", 12), ("Squares", 12), ("squares", 5), ("make_with_thread", 12)])
def test_what_gives_a_data_set(name: str, length: int, code: Path, capfd: pytest.CaptureFixture[str]) -> None:
    index = index_of(named(code, name))
    assert len(index) == length
    assert index.source == f"{code}:{name}"
    assert index.path(3) == "square-3"
    assert index.files == (str(code.parent / "own_sizes.py"), str(code))
    assert "own_squares" not in sys.modules
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "imported\n")


@pytest.mark.parametrize(("name", "first"), [("Named", "0.jpg"), ("Plain", "dataset[0]")])
def test_names_of_samples(name: str, first: str, code: Path) -> None:
    assert index_of(named(code, name)).path(0) == first


def test_it_is_the_data_set_itself_in_another_process(code: Path) -> None:
    index = index_of(named(code, "make"))
    assert type(pickle.loads(pickle.dumps(index.dataset))).__name__ == "Squares"


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_it_is_loaded(engine: str, code: Path) -> None:
    with Loader(index_of(named(code, "make")), batch_size=4, shuffle=False, image_size=(8, 8), engine=engine) as loader:
        batches = list(loader)
    assert [batch.labels for batch in batches] == [[0, 1, 4, 9], [16, 25, 36, 49], [64, 81, 100, 121]]
    assert all(np.all(batch.images[2] == 4 * number + 2) for number, batch in enumerate(batches))
    assert batches[0].paths[1] == "square-1"
    assert ("own_squares" in sys.modules) is (engine != "processes")


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("fail", UserCodeError, r"making the data set .*:fail raised ValueError: there is no data$"),
        ("leave", UserCodeError, "raised SystemExit: no"),
        ("crash", UserCodeError, "ended with exit code 9"),
        ("make_none", NoImagesError, "has no items"),
        ("make_list", SettingsError, "a list_iterator can be gone through only once"),
        ("nothing", SettingsError, "no attribute 'nothing'"),
        ("Squares.path", SettingsError, "missing 2 required positional"),
    ],
)
def test_what_cannot_be_made(name: str, kind: type[Exception], words: str, code: Path) -> None:
    with pytest.raises(kind, match=rf"(?m){words}"):
        index_of(named(code, name))


def test_the_traceback_begins_in_the_users_code(code: Path) -> None:
    look = look_at(named(code, "fail"))
    assert isinstance(look.error, UserCodeError)
    lines = look.error.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].startswith(f'  File "{code}", line ')
    assert lines[-1] == "ValueError: there is no data"
    assert "\n" not in look.error.summary
    assert str(code) in look.files


def test_a_syntax_error_has_its_place(code: Path) -> None:
    code.write_text("def make(:\n")
    look = look_at(named(code, "make"))
    assert isinstance(look.error, UserCodeError)
    assert "line 1" in look.error.traceback
    assert look.files == (str(code),)


def test_one_that_hangs_is_cancelled(code: Path) -> None:
    asked = threading.Event()

    def cancelled() -> bool:
        asked.set()
        return True

    with pytest.raises(IndexingCancelled):
        look_at(named(code, "hang"), cancelled)
    assert asked.is_set()


def test_the_current_folder_is_not_searched(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(code.parent)
    with pytest.raises(SettingsError, match="there is no module called own_squares"):
        index_of(NamedCode("own_squares", "make"))
    monkeypatch.syspath_prepend(os.getcwd())
    assert len(index_of(NamedCode("own_squares", "make"))) == 12
