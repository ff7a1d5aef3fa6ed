"""Makes tars as the standard library writes them."""

import io
import tarfile
from collections.abc import Iterable
from pathlib import Path


def write_tar(path: Path, members: Iterable[tuple[str, bytes]], tar_format: int = tarfile.PAX_FORMAT) -> Path:
    """Regular files, in this order."""
    with tarfile.open(path, "w", format=tar_format) as tar:
        for name, content in members:
            add(tar, name, content)
    return path


def add(tar: tarfile.TarFile, name: str, content: bytes = b"", **attributes: object) -> None:
    """A member; `attributes`: of its `TarInfo`, such as `type` and `linkname`."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for attribute, value in attributes.items():
        setattr(member, attribute, value)
    tar.addfile(member, io.BytesIO(content))


def tar_of_folder(path: Path, files: Iterable[Path], root: Path) -> Path:
    """Files with their names from `root` on."""
    return write_tar(path, ((file.relative_to(root).as_posix(), file.read_bytes()) for file in files))
