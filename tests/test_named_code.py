"""The user's code by name."""

import pickle
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
    with pytest.raises(
        SettingsError, match=r"names no code: it must be MODULE:NAME, or|names a file: add what makes the data set"
    ):
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


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A file in a package within a package."""
    sub = tmp_path / "own_package" / "sub"
    sub.mkdir(parents=True)
    for folder in (sub, sub.parent):
        (folder / "__init__.py").touch()
    (sub / "near.py").write_text("NEAR = 1\n")
    (sub / "beside.py").write_text("BESIDE = 3\n")
    (sub.parent / "far.py").write_text("FAR = 2\n")
    file = sub / "rel.py"
    file.write_text(
        "import beside\nfrom . import near\nfrom ..far import FAR\nfrom own_package.sub.near import NEAR\n"
        "class Box: pass\ndef make(): return near.NEAR, FAR, NEAR, beside.BESIDE\n"
    )
    return file


def test_a_file_in_a_package_is_a_part_of_it(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(package.parent.parent.parent)
    code = NamedCode.parse("./own_package/sub/rel.py:make")
    assert code.module == "own_package.sub.rel"
    assert code.load()() == (1, 2, 1, 3)
    assert load_code(f"{package}:Box").__module__ == "own_package.sub.rel"
    assert NamedCode(str(package.parent / "__init__.py"), "x").module == "own_package.sub"


def test_values_of_a_package_are_found_again(package: Path) -> None:
    content = pickle.dumps(load_code(f"{package}:Box")())
    path = [entry for entry in sys.path if "own_package" not in entry and entry != str(package.parents[2])]
    for name in [name for name in sys.modules if name.startswith("own_package")]:
        del sys.modules[name]
    sys.path[:] = path
    NamedCode(str(package), "Box").make_importable()
    assert type(pickle.loads(content)).__name__ == "Box"


@pytest.mark.parametrize("missing", ["", "own_package", "own_package/sub"])
def test_a_relative_import_without_a_package_is_named(missing: str, package: Path) -> None:
    root = package.parents[2]
    if not missing:
        (root / "own_alone.py").write_text("from . import near\n")
        package = root / "own_alone.py"
    else:
        (root / missing / "__init__.py").unlink()
    with pytest.raises(SettingsError, match=r"does not lie in .*relative import.*__init__\.py.*PYTHONPATH"):
        load_code(f"{package}:make")
