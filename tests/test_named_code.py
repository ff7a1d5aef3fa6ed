"""The user's code by name."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.errors import SettingsError
from inspector.named_code import NamedCode, load_code


@pytest.fixture(autouse=True)
def _path_restored() -> Iterator[None]:
    path, modules = [*sys.path], {*sys.modules}
    yield
    sys.path[:] = path
    for name in {*sys.modules} - modules:
        del sys.modules[name]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that imports its neighbour."""
    (tmp_path / "own_neighbour.py").write_text("SIZE = 7\n")
    file = tmp_path / "own_code.py"
    file.write_text("from own_neighbour import SIZE\n\nclass Box:\n    @staticmethod\n    def make(): return SIZE\n")
    return file


def test_a_file_brings_its_folder_along(file: Path) -> None:
    assert load_code(f"{file}:Box.make")() == 7


def test_a_relative_file_is_found_from_anywhere(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    code = NamedCode.parse("./own_code.py:Box")
    assert code.is_file
    assert str(code) == f"{file}:Box"
    assert code.module == "own_code"


def test_a_module_is_found_where_python_looks_and_nowhere_else(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    monkeypatch.setattr("sys.path", [entry for entry in sys.path if entry not in ("", str(file.parent))])
    with pytest.raises(SettingsError, match=r"own_code:Box: there is no module called own_code: .*\./data\.py"):
        load_code("own_code:Box")
    assert load_code("json:dumps")([1]) == "[1]"
    assert load_code("os.path:join") is not None


def test_what_a_module_lacks_is_its_own_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_broken.py").write_text("import module_that_is_nowhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="module_that_is_nowhere"):
        NamedCode.parse("own_broken:make").load()
    with pytest.raises(SettingsError, match=r"own_broken:make is unavailable: .*module_that_is_nowhere"):
        load_code("own_broken:make")


@pytest.mark.parametrize(
    "text", ["", "data", "data:", ":make", "data.py", "my data:make", "./data.py:", "a:b:c", "1:2"]
)
def test_what_names_no_code(text: str) -> None:
    with pytest.raises(SettingsError, match="names no code: it must be MODULE:NAME, or"):
        NamedCode.parse(text)
    assert NamedCode.find(text) is None


def test_what_exists_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos:old").mkdir()
    monkeypatch.chdir(tmp_path)
    assert NamedCode.find("photos:old") is None
    assert NamedCode.find("photos:new") == NamedCode("photos", "new")


def test_what_is_not_in_it(file: Path) -> None:
    with pytest.raises(SettingsError, match="has no attribute 'Ball'"):
        load_code(f"{file}:Ball")
    with pytest.raises(SettingsError, match="there is no such file"):
        load_code(f"{file.parent}/other.py:make")


def test_a_file_called_like_another_module(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("def make(): pass\n")
    with pytest.raises(SettingsError, match=r"cannot be imported under the name json: rename it"):
        load_code(f"{tmp_path}/json.py:make")


def test_forgotten_code_is_imported_again(file: Path) -> None:
    code = NamedCode.parse(f"{file}:VALUE")
    for value in (1, 22):
        file.write_text(f"VALUE = {value}\n")
        code.forget()
        assert code.load() == value
