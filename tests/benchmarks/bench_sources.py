"""The same photographs as files, in one tar and in several: what does a container cost?

Run as `python -m tests.benchmarks.bench_sources [--workers 2] [--json]`.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from inspector import Loader
from tests.benchmarks.measure import Measure, arguments_parser, compared, interleaved, rate, report, table
from tests.benchmarks.photographs import make_photographs, mean_kb
from tests.sources.containers.tars import tar_of_folder

FOLDER = "folder"
SHARDS = 5


@contextmanager
def loading(source: Path | list[Path], workers: int, seconds: float) -> Iterator[Measure]:
    """Images/s at their native sizes, uint8."""
    with Loader(source, num_workers=workers, batch_size=32) as loader:
        yield rate((len(batch) for batch in iter(loader.__next__, None)), seconds)


def main() -> None:
    parser = arguments_parser("Compare containers with a folder.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--files", type=int, default=500, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench_sources_") as made:
        folder = Path(made, "photos")
        folder.mkdir()
        paths = make_photographs(folder, arguments.files)
        files = sorted(map(Path, paths))
        shards = [tar_of_folder(Path(made, f"{number}.tar"), files[number::SHARDS], folder) for number in range(SHARDS)]
        sources: dict[str, Path | list[Path]] = {
            FOLDER: folder,
            "one tar": tar_of_folder(Path(made, "all.tar"), files, folder),
            f"{SHARDS} tars": shards,
        }
        openers: dict[str, Callable[[], AbstractContextManager[Measure]]] = {
            name: partial(loading, source, arguments.workers, arguments.seconds) for name, source in sources.items()
        }
        found, _ = interleaved(openers, arguments.rounds)
        kb = mean_kb(paths)
    results, rows = compared(found, FOLDER)
    head = f"{arguments.files} JPEGs of {kb:.0f} KB, {arguments.workers} workers"
    report(
        arguments,
        {"mean_kb": kb, "throughput": results},
        table([head, "images/s", f"times {FOLDER}", "CPU ms an image"], rows),
    )


if __name__ == "__main__":
    main()
