"""See, find, tune: a multiprocess image loader one can look into.

`Loader` delivers batches of RGB images from a folder; `Problem` says why a file was left out. The desktop
app (`inspector [PATH]`) is built on the same loader. Importing this package imports no Qt, and nothing else either
before it is asked for: so the command is soon at the point where Ctrl+C ends it properly.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inspector.errors import (
        BadFileError,
        BadFileWarning,
        IndexingCancelled,
        InspectorError,
        LoaderClosedError,
        MemoryLimitError,
        NoImagesError,
        SettingsError,
        ShapeError,
        SourceError,
        TooManyBadFilesError,
        UserCodeError,
        WorkerStartError,
    )
    from inspector.formats.problems import Problem, ProblemKind
    from inspector.hook.notebook import watch
    from inspector.loader.batch import Batch
    from inspector.loader.loader import Loader
    from inspector.settings import LoaderConfig
    from inspector.sources.dataset import Dataset
    from inspector.sources.file_index import FileIndex

__version__ = "0.1.0"

__all__ = [
    "BadFileError",
    "BadFileWarning",
    "Batch",
    "Dataset",
    "FileIndex",
    "IndexingCancelled",
    "InspectorError",
    "Loader",
    "LoaderClosedError",
    "LoaderConfig",
    "MemoryLimitError",
    "NoImagesError",
    "Problem",
    "ProblemKind",
    "SettingsError",
    "ShapeError",
    "SourceError",
    "TooManyBadFilesError",
    "UserCodeError",
    "WorkerStartError",
    "__version__",
    "watch",
]

_HOMES = {
    "Batch": "loader.batch",
    "Dataset": "sources.dataset",
    "FileIndex": "sources.file_index",
    "Loader": "loader.loader",
    "LoaderConfig": "settings",
    "Problem": "formats.problems",
    "ProblemKind": "formats.problems",
    "watch": "hook.notebook",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    return value
