"""See, find, tune: a multiprocess image loader one can look into.

`Loader` delivers batches of RGB images from a folder; `Problem` says why a file was left out. The desktop
app (`inspector [PATH]`) is built on the same loader. Importing this package imports no Qt.
"""

from inspector.config import LoaderConfig
from inspector.dataset.index import FileIndex
from inspector.dataset.problems import Problem, ProblemKind
from inspector.errors import (
    IndexingCancelled,
    InspectorError,
    LoaderClosedError,
    MemoryLimitError,
    NoImagesError,
    SettingsError,
    ShapeError,
    SourceError,
    WorkerStartError,
)
from inspector.loader.loader import Batch, Loader

__version__ = "0.1.0"

__all__ = [
    "Batch",
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
    "WorkerStartError",
    "__version__",
]
