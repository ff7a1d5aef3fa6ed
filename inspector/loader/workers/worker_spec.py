"""What workers are to know, made in the program: apart from what workers import, which start the sooner."""

from inspector.errors import SettingsError
from inspector.formats.memory_bound import decoding_bytes
from inspector.loader.workers.messages import WorkerSpec
from inspector.settings import LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import DatasetIndex, Index, IterableIndex, Reader

_NEED_NUMBERS = ("sampler", "read_image", "world_size")
_OF_RANKS = (
    ", or set rank=0 and world_size=1, and have its __iter__ give each rank its part: as many batches as the others"
)


def make_spec(config: LoaderConfig, index: Index) -> WorkerSpec:
    """What workers must know to load the samples of `index`.

    Raises:
        SettingsError: where a setting does not go with them.
    """
    streamed = isinstance(index, IterableIndex)
    if streamed and (wrong := next((name for name in _NEED_NUMBERS if _is_set(config, name)), "")):
        raise SettingsError(
            f"{wrong} needs samples that have numbers, and {index.source} can only be iterated over: leave {wrong} out"
            f"{_OF_RANKS if wrong == 'world_size' else ''}"
        )
    return WorkerSpec(
        image_size=config.image_size,
        dtype=config.dtype,
        decode=config.decode,
        transform=config.transform,
        read_image=config.read_image,
        on_damaged=config.on_damaged,
        max_pixels=config.max_pixels,
        seed=config.seed,
        deliver_bgr=config.deliver_bgr,
        dataset=index.dataset if isinstance(index, DatasetIndex) else None,
        memory_limit_bytes=config.memory_limit_bytes,
        decoding_bytes=decoding_bytes(config.max_pixels, config.memory_limit_bytes, config.num_workers),
        sample_timeout_s=config.sample_timeout_s,
        reader=_reader(config, index),
        reads_in_flight=config.reads_in_flight,
        streamed=streamed,
        shards_itself=isinstance(index, IterableIndex) and index.shards_itself,
        pictures=config.collate is None and (not isinstance(index, DatasetIndex) or index.pictures),
    )


def _is_set(config: LoaderConfig, name: str) -> bool:
    return config.ranks > 1 if name == "world_size" else getattr(config, name) is not None


def _reader(config: LoaderConfig, index: Index) -> Reader | None:
    if not isinstance(index, ContainerIndex):
        return None
    if config.read_image is not None:
        raise SettingsError(
            f"read_image is called with a file's path, and the samples of {index.source} are no files: give a transform"
        )
    return index.reader()
