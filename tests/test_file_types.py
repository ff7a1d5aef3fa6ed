"""One table for signatures and extensions."""

from inspector.file_types import EXTENSIONS, FILE_TYPES, by_extension
from inspector.formats.headers import MODULES
from inspector.settings import IMAGE_EXTENSIONS


def test_no_extension_has_two_meanings() -> None:
    every = [extension for file_type in FILE_TYPES for extension in file_type.extensions]
    assert len(every) == len(set(every))
    assert all(extension == extension.lower().strip(".") for extension in every)


def test_what_is_decoded_is_looked_for() -> None:
    assert {file_type.name for file_type in FILE_TYPES if file_type.searched} == set(MODULES)
    assert set(IMAGE_EXTENSIONS) == {extension for name in MODULES for extension in EXTENSIONS[name]}


def test_an_extension_names_its_type() -> None:
    assert by_extension("jpeg") == "JPEG"
    assert by_extension("heic") == "HEIC"
    assert by_extension("doc") is None
