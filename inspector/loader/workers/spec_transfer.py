"""The way of a specification, with the user's code in it, to worker processes: packed once, shared by all.

    pack (in the program) -> a file in memory: pickle | array ... | table -> unpack (in each worker)

What is large, arrays above all, is not part of the pickle (protocol 5, out-of-band): it lies beside it in the file,
which workers map privately. So its pages are there once for all workers, until one writes to them. An array that is
mapped from a file itself (`numpy.memmap`) is sent as the file's name.
"""

import logging
import mmap
import os
import pickle
import struct
import sys
import threading
from functools import partial
from typing import Any, BinaryIO, cast

import numpy as np

from inspector.files import memory_file
from inspector.loader.workers.messages import WorkerSpec
from inspector.loader.workers.pickling import dump_by_name, dump_by_value
from inspector.loader.workers.shared_objects import noted_descriptors, open_ones, reduce_shared
from inspector.loader.workers.tensor_arrays import reduce_tensor
from inspector.loader.workers.user_code import describe_main, import_main, unsendable

_SIZE = struct.Struct("<Q")
_ALIGNMENT = 64
_LIBRARIES = ("torch", "torchvision")  # slow to import, and safe to fork afterwards if nothing was computed with them
_LEAST_APART = 1 << 12  # bytes; smaller arrays stay in the pickle


class SpecTransfer:
    """A specification that can be sent. Owns the file.

    It is packed once, in the thread that asks first; what the user changes in the data set afterwards stays here.
    """

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self._lock = threading.Lock()
        self._fd = -1
        self._descriptors: list[int] = []

    def pack(self) -> int:
        """The descriptor of the file; takes time, and no lock of the loader's.

        Raises:
            SettingsError: when something in it cannot be sent.
        """
        with self._lock:
            if self._fd < 0:
                self._fd, self._descriptors = _packed(self.spec)
            return self._fd

    @property
    def inherited(self) -> tuple[int, ...]:
        """Descriptors of the program's that a worker must have to unpack what was packed."""
        return open_ones(self._descriptors)

    def content(self) -> bytes:
        """All of the file, for systems where a descriptor cannot be inherited."""
        with open(self.pack(), "rb", closefd=False) as file:
            file.seek(0)
            return file.read()

    def close(self) -> None:
        """Give the file back; workers that have mapped it keep it."""
        with self._lock:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


class PackedSpec:
    """What `SpecTransfer` packed, in another process.

    Attributes:
        has_user_code: unpacking imports and runs the user's code.
        libraries: modules that the program has imported, and the user's code is likely to: to import once for all.
        log_levels: of the program's loggers, by name, when it was packed; "" for the root.
    """

    def __init__(self, content: mmap.mmap | bytes) -> None:
        self._content = memoryview(content)
        end = len(self._content) - _SIZE.size
        (length,) = _SIZE.unpack_from(self._content, end)
        table = pickle.loads(self._content[end - length : end])
        self.has_user_code, self._main, self._places, self.log_levels, self.libraries = table

    @classmethod
    def of_file(cls, fd: int) -> "PackedSpec":
        """Mapped: nothing is read yet, and what is written to stays private."""
        return cls(mmap.mmap(fd, os.fstat(fd).st_size, access=mmap.ACCESS_COPY))

    def unpack(self) -> WorkerSpec:
        """The specification, with the user's code imported.

        Raises:
            Exception: whatever that code raises.
        """
        import_main(self._main)
        payload, *buffers = (self._content[start : start + length] for start, length in self._places)
        return cast("WorkerSpec", pickle.loads(payload, buffers=buffers))


def _reduce(obj: Any) -> Any:
    """Files that are mapped are mapped again, by name; what is shared is; tensors are sent as arrays."""
    if isinstance(obj, np.ndarray):
        place = _mapped_place(obj) if isinstance(obj, np.memmap) else None
        return NotImplemented if place is None else (_map_again, place)
    return reduce_tensor(obj) if (shared := reduce_shared(obj)) is NotImplemented else shared


def _packed(spec: WorkerSpec) -> tuple[int, list[int]]:
    fd = memory_file("inspector-spec")
    try:
        with open(fd, "w+b", closefd=False) as file, noted_descriptors() as descriptors:
            _pack_into(file, spec)
    except BaseException:
        os.close(fd)
        raise
    return fd, descriptors


def _pack_into(file: BinaryIO, spec: WorkerSpec) -> None:
    try:
        buffers, main = _dump_by_name(file, spec)
    except Exception:  # pickle raises whatever the object's own methods raise, too
        buffers, main = _dump_by_value(file, spec), {}
    places = [(0, file.tell())]
    for view in buffers:
        file.seek(-(-file.tell() // _ALIGNMENT) * _ALIGNMENT)
        places.append((file.tell(), view.nbytes))
        file.write(view)
    libraries = [name for name in _LIBRARIES if name in sys.modules and spec.has_user_code]
    table = pickle.dumps((spec.has_user_code, main, places, _log_levels(), libraries))
    file.write(table + _SIZE.pack(len(table)))


def _dump_by_name(file: BinaryIO, spec: WorkerSpec) -> tuple[list[memoryview], dict[str, Any]]:
    buffers: list[memoryview] = []
    watched = _WatchedFile(file)
    dump_by_name(watched, spec, partial(_apart, buffers), _reduce)
    return buffers, describe_main() if watched.names_main else {}


class _WatchedFile:
    """A file to write a pickle to; a pickler writes each name as a whole.

    Attributes:
        names_main: something in it is found in the main script.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.names_main = False

    def write(self, data: Any, /) -> int:
        self.names_main = self.names_main or b"__main__" in bytes(data)
        return self._file.write(data)


def _dump_by_value(file: BinaryIO, spec: WorkerSpec) -> list[memoryview]:
    buffers: list[memoryview] = []
    file.seek(0)
    file.truncate()
    try:
        dump_by_value(file, spec, partial(_apart, buffers), _reduce)
    except Exception as error:
        raise unsendable(spec, error) from error
    return buffers


def _apart(buffers: list[memoryview], buffer: pickle.PickleBuffer) -> bool:
    view = buffer.raw()
    if view.nbytes >= _LEAST_APART:
        buffers.append(view)
    return view.nbytes < _LEAST_APART


def _log_levels() -> dict[str, int]:
    """The level of each of the program's loggers that has one, by name; "" for the root."""
    loggers = [logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger)]
    levels = {logger.name: logger.level for logger in loggers if logger.level}
    return {"": logging.root.level, **levels}


def _mapped_place(array: np.memmap[Any, Any]) -> tuple[Any, ...] | None:
    """Where its file has an array, as `_map_again` takes it; None where it cannot be mapped elsewhere."""
    base, name, mode = getattr(array, "_mmap", None), array.filename, array.mode
    if base is None or name is None or mode == "c" or array.dtype.hasobject or not os.path.isfile(name):
        return None  # "c": what was changed is not in the file
    if mode != "r":
        base.flush()
    mapped = np.frombuffer(base, np.uint8).__array_interface__["data"][0]
    within = array.__array_interface__["data"][0] - mapped
    begin = array.offset - array.offset % mmap.ALLOCATIONGRANULARITY
    return os.path.abspath(name), len(base), begin, mode, within, array.shape, array.strides, array.dtype


def _map_again(
    name: str, length: int, begin: int, mode: str, within: int, shape: Any, strides: Any, dtype: Any
) -> np.ndarray[Any, Any]:
    access = mmap.ACCESS_READ if mode == "r" else mmap.ACCESS_WRITE
    with open(name, "rb" if mode == "r" else "r+b") as file:
        mapped = mmap.mmap(file.fileno(), length, access=access, offset=begin)
    return np.ndarray(shape, dtype, mapped, within, strides)
