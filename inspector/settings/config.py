"""The table: every setting of the loader, and of a session over it. Long, as it is one table on purpose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

from inspector.errors import SettingsError
from inspector.file_types import IMAGE_EXTENSIONS as IMAGE_EXTENSIONS
from inspector.resource_limits import MAX_WORKERS as MAX_WORKERS
from inspector.settings.defaults import default_memory_limit_bytes, environment_rank, initial_workers
from inspector.settings.definition import CommandOption, PanelControl, Slider, entries, is_whole, setting

Engine = Literal["processes", "threads", "serial"]
DType = Literal["uint8", "float32"]
OnDamaged = Literal["skip", "keep"]
OnError = Literal["raise", "skip"]
OnBadFile = Literal["skip", "raise"]
Decode = Literal["exact", "scaled"]
Transform = Callable[..., Any]
Sampler = Callable[..., Any]
Collate = Callable[[list[Any]], Any]
ReadImage = Callable[[str], Any]

MAX_BATCH_SIZE = 65_536
MAX_PREFETCH = 1024
MAX_SIDE = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderConfig:
    """How images are loaded and in which order.

    Raises:
        SettingsError: for a value that cannot work; names the setting.
    """

    num_workers: int = setting(
        2,
        "workers that load; 0 loads in the caller's own thread",
        low=0,
        high=MAX_WORKERS,
        live=True,
        mark="workers",
        initial=initial_workers,
        option=CommandOption(
            "--workers",
            "workers; 0: load in the consumer itself (default: one a core, at most 8; here {default})",
            metavar="N",
        ),
        control=PanelControl(
            label="Workers",
            section="LOADER",
            object_name="workersSpin",
            tip="num_workers: processes that read and decode; 0 loads in the consumer's own thread. Works live.",
            slider=Slider(64),
        ),
    )
    batch_size: int = setting(
        32,
        "images in a batch",
        low=1,
        high=MAX_BATCH_SIZE,
        live=True,
        mark="batch",
        option=CommandOption("--batch-size", "default {default}", metavar="N"),
        control=PanelControl(
            label="Batch size",
            section="LOADER",
            object_name="batchSizeSpin",
            tip="batch_size: images in a batch. Takes effect from the next batch.",
            slider=Slider(4096, doubling=True),
        ),
    )
    prefetch_batches: int = setting(
        0,
        "complete batches that may wait for the consumer",
        low=1,
        high=MAX_PREFETCH,
        zero="twice as many as workers, at least 8",
        live=True,
        mark="prefetch",
        option=CommandOption(
            "--prefetch",
            "complete batches that may wait (default: {zero})",
            metavar="N",
        ),
        control=PanelControl(
            label="Prefetch",
            section="LOADER",
            object_name="prefetchSpin",
            tip="prefetch: complete batches that may wait for the consumer; the ceiling of the queue.",
        ),
    )
    engine: Engine = setting(
        "processes",
        'what a worker is; "serial" is the same as no workers',
        choices=get_args(Engine),
        live=True,
        option=CommandOption("--engine", "default {default}"),
        control=PanelControl(
            label="Engine",
            section="LOADER",
            object_name="engineCombo",
            tip="What a worker is: a process, a thread, or none (serial). Works live.",
        ),
    )
    image_size: tuple[int, int] | None = setting(
        None,
        "(height, width) in pixels to resize to, or None for native sizes",
        kind="size",
        none="native",
        mark="size",
        option=CommandOption("--image-size", "resize, such as 224x224; default: native, not resized", metavar="HxW"),
        control=PanelControl(
            label="Size",
            section="IMAGES",
            object_name="imageSizeCombo",
            tip="height × width in pixels that images are resized to, or native. Your own can be typed: 224x160.",
            suggestions=(None, (224, 224), (256, 256), (384, 384), (512, 512)),
        ),
    )
    decode: Decode = setting(
        "exact",
        '"exact", or "scaled": a JPEG much larger than `image_size` is decoded at a fraction of its size (1/2, 1/4, '
        "1/8 and between) that is still at least as large, which is faster and not the same to the last bit",
        choices=get_args(Decode),
        option=CommandOption(
            "--decode",
            "scaled: JPEGs much larger than --image-size are decoded at a fraction of their size; default {default}",
        ),
        control=PanelControl(
            label="Decode",
            section="IMAGES",
            object_name="decodeCombo",
            tip="scaled: a JPEG much larger than the size is decoded at a fraction of its own, which is faster and "
            "changes pixels a little. Starts again at epoch 0.",
        ),
    )
    dtype: DType = setting(
        "uint8",
        '"uint8", or "float32" with the same range 0 to 255',
        choices=get_args(DType),
        mark="type",
        option=CommandOption("--dtype", "default {default}"),
        control=PanelControl(
            label="Type",
            section="IMAGES",
            object_name="dtypeCombo",
            tip="dtype of the batch: uint8, or float32 with the same range 0 to 255.",
        ),
    )
    on_damaged: OnDamaged = setting(
        "skip",
        '"skip" a damaged file, or "keep" it and mark it',
        choices=get_args(OnDamaged),
        mark="damaged",
        option=CommandOption("--on-damaged", "default {default}"),
        control=PanelControl(
            label="Damaged",
            section="IMAGES",
            object_name="damagedCombo",
            tip="A file that decodes, but with wrong bytes inside: skip it, or keep it and mark it in the batch.",
        ),
    )
    on_error: OnError = setting(
        "raise",
        '"raise" what your data set, transform or read_image raises, with its traceback, or "skip" the sample',
        choices=get_args(OnError),
        option=CommandOption("--on-error", "raised by your code: stop, or skip the sample; default {default}"),
    )
    on_bad_file: OnBadFile = setting(
        "skip",
        '"skip" a file that cannot be loaded, or "raise" an error',
        choices=get_args(OnBadFile),
    )
    max_bad_share: float = setting(
        0.5,
        "more skipped samples than this share of the last 1,000, or of an epoch that is smaller, are an error; "
        "1: no limit. The window and a scan have no limit",
        low=0,
        high=1,
    )
    deliver_bgr: bool = setting(
        False,
        "exchange red and blue in what is delivered, to see what that fault looks like",
        mark="BGR",
        remembered=False,  # a fault that was put on to look at it must not come back by itself
        option=CommandOption("--deliver-bgr", "exchange red and blue, to see what that fault looks like"),
        control=PanelControl(
            label="Deliver BGR",
            section="IMAGES",
            object_name="deliverBgrCheck",
            tip="To see what wrong looks like: exchanges red and blue in what is delivered, as if the conversion\n"
            "from BGR had been forgotten. The proof of the colours must find it. Starts again at epoch 0.",
        ),
    )
    shuffle: bool = setting(
        True,
        "a new order every epoch, made from `seed`",
        option=CommandOption("--no-shuffle", "keep the files' own order"),
        control=PanelControl(
            label="Shuffle",
            section="ORDER",
            object_name="shuffleCheck",
            tip="A new order every epoch, made from the seed. Starts again at epoch 0.",
        ),
    )
    shuffle_blocks: int = setting(
        8,
        "where samples can only be read in blocks, as the row groups of Parquet: how many blocks, chosen at random, "
        "have their samples shuffled together; this is not a global shuffle",
        low=1,
        high=1_000_000,
        option=CommandOption(
            "--shuffle-blocks",
            "blocks of samples, such as row groups, shuffled together; default {default}",
            metavar="N",
        ),
        control=PanelControl(
            label="Blocks",
            section="ORDER",
            object_name="shuffleBlocksSpin",
            tip="shuffle_blocks: row groups, chosen at random, whose samples are shuffled together; this is not a "
            "global shuffle. Starts again at epoch 0.",
            only="in blocks",
        ),
    )
    seed: int = setting(
        0,
        "makes order and augmentation repeatable",
        low=0,
        high=2**63 - 1,
        option=CommandOption("--seed", "of the order; default {default}", metavar="N"),
        control=PanelControl(
            label="Seed",
            section="ORDER",
            object_name="seedSpin",
            tip="Makes order and augmentation repeatable. Starts again at epoch 0.",
        ),
    )
    sampler: Sampler | str | None = setting(
        None,
        "called as `sampler(epoch, rng)` for each epoch, in the main program; gives the indices of its samples in "
        'order, in place of `shuffle`; some may come twice, or not at all. A callable, or `"module:function"`',
        kind="code",
        none="none",
    )
    rank: int | None = setting(
        None,
        "which of the processes that train together this is; each loads its part of every epoch",
        kind="whole",
        low=0,
        none="that of the environment variable RANK, which torchrun sets, else 0",
    )
    world_size: int | None = setting(
        None,
        "how many processes train together",
        kind="whole",
        low=1,
        none="that of WORLD_SIZE, else 1",
    )
    epochs: int | None = setting(
        None,
        "how often the data set is gone through; None: for ever",
        kind="whole",
        low=1,
        none="for ever",
        option=CommandOption("--epochs", "end after so many; default: continue forever", metavar="N"),
    )
    drop_last: bool = setting(
        False,
        "leave out an epoch's last batch where it is not full",
        option=CommandOption("--drop-last", "leave out an epoch's last batch if it is not full"),
    )
    memory_limit_bytes: int = setting(
        0,
        "most memory that batches may take, in bytes",
        kind="bytes",
        above=0,
        zero="a quarter of the machine's, at most 4GiB",
        option=CommandOption(
            "--memory-limit",
            "most memory that batches may take, such as 2GB (default: {zero})",
            metavar="SIZE",
        ),
    )
    sample_timeout_s: float = setting(
        60.0,
        "a worker without progress for so long is replaced",
        above=0,
        unit="s",
    )
    reads_in_flight: int = setting(
        16,
        "how many samples each worker reads at a time, ahead of decoding, where they come over a network",
        low=1,
        high=1024,
        live=True,
        mark="reads in flight",
        option=CommandOption(
            "--reads-in-flight",
            "samples that each worker reads at a time where they come over a network; default {default}",
            metavar="N",
        ),
        control=PanelControl(
            label="Reads",
            section="LOADER",
            object_name="readsInFlightSpin",
            tip="reads_in_flight: samples that each worker reads at a time over the network, ahead of decoding. Works "
            "live.",
            slider=Slider(256, doubling=True),
            only="remote",
        ),
    )
    read_cache_bytes: int = setting(
        0,
        "how much of what is read over a network is kept on this machine's disk, for the next epoch and the next run, "
        "in bytes",
        kind="bytes",
        low=0,
        zero="nothing",
        option=CommandOption(
            "--read-cache",
            "keep so much of what is read over a network on this machine, such as 50GB (default: {zero})",
            metavar="SIZE",
        ),
    )
    max_pixels: int = setting(
        1 << 28,
        "an image with more pixels than this is TOO_LARGE",
        above=0,
        unit="pixels",
    )
    extensions: tuple[str, ...] = setting(
        IMAGE_EXTENSIONS,
        "of the files to look for in a folder, without dots; upper or lower case does not matter",
        kind="names",
        option=CommandOption(
            "--extensions", "of the files to look for in a folder; default {default}", metavar="EXT,..."
        ),
    )
    follow_links: bool = setting(
        True,
        "take in what symbolic links in a folder lead to; how many files of that lie outside it is counted",
        option=CommandOption("--no-links", "leave out what symbolic links in the folder lead to"),
    )
    image: str = setting(
        "",
        "which part of a sample is its image, where it lies in a container: the ending of a tar's member, such as "
        '"jpg" or "left.png", or a column; "": the first that is one',
        kind="text",
        option=CommandOption(
            "--image", "in a tar or the like, the member or column with the image, such as jpg", metavar="NAME"
        ),
    )
    label: str = setting(
        "",
        "which part of a sample is its label, where it lies in a container: the ending of a tar's member, a name in "
        'its JSON, or a column; "": "cls", or "label" in the JSON',
        kind="text",
        option=CommandOption(
            "--label", "in a tar or the like, the member, name in the JSON or column with the label", metavar="NAME"
        ),
    )
    annotations: str = setting(
        "",
        "where the boxes, polygons and masks of the images are: a file, or a folder with a file for each image; "
        '"": where they usually are; "none": look for none',
        kind="text",
        option=CommandOption(
            "--annotations",
            "the file or folder with boxes, polygons or masks; none: look for none (default: found by convention)",
            metavar="PATH",
        ),
    )
    transform: Transform | str | None = setting(
        None,
        'called as `transform(rgb, rng)` in the worker, or None; a callable, or `"module:function"`. `rng` is made '
        "from (seed, epoch, index of the sample)",
        kind="code",
        none="none",
        option=CommandOption(
            "--transform", "your code that changes each image: MODULE:NAME, or ./FILE.py:NAME", metavar="CODE"
        ),
    )
    read_image: ReadImage | str | None = setting(
        None,
        "called as `read_image(path)` in the worker in place of the decoder, for files of another sort; gives an "
        'array, or (array, label). A callable, or `"module:function"`',
        kind="code",
        none="none",
    )
    collate: Collate | str | None = setting(
        None,
        "called as `collate(samples)` with a list of a batch's samples, in the thread that calls `next()`; what it "
        'returns is `batch.data`. A callable, or `"module:function"`',
        kind="code",
        none="none",
        option=CommandOption("--collate", "your code that makes a batch of samples, written likewise", metavar="CODE"),
    )

    def __post_init__(self) -> None:
        self._derive()
        for name, entry in entries(type(self)).items():
            try:
                object.__setattr__(self, name, entry.checked(getattr(self, name)))
            except ValueError as error:
                raise SettingsError(f"{name} {error}") from None

    def _derive(self) -> None:
        """Values that follow from others or from the machine, and those that are written in more than one way."""
        if self.memory_limit_bytes == 0:
            object.__setattr__(self, "memory_limit_bytes", default_memory_limit_bytes())
        if self.prefetch_batches == 0 and is_whole(self.num_workers):
            object.__setattr__(self, "prefetch_batches", max(8, 2 * self.num_workers))
        if (self.rank is None) != (self.world_size is None):
            raise SettingsError("rank and world_size must be given together, or neither of them")
        rank, ranks = self.rank, self.world_size
        if rank is not None and ranks is not None and is_whole(rank) and is_whole(ranks) and rank >= ranks > 0:
            raise SettingsError(f"rank must be less than world_size = {ranks}, not {rank}")
        named = [extension for extension in self.extensions if extension.strip(".")]
        if not named:
            raise SettingsError("extensions must name at least one, such as jpg")
        object.__setattr__(self, "extensions", tuple(extension.strip(".").lower() for extension in named))
        size = self.image_size
        if size is not None:
            if len(size) != 2 or not all(is_whole(side) and 1 <= side <= MAX_SIDE for side in size):
                raise SettingsError(
                    f"image_size must be None or (height, width) of 1 to {MAX_SIDE} pixels, not {size!r}"
                )
            object.__setattr__(self, "image_size", (size[0], size[1]))

    def of_environment(self) -> Self:
        """With the rank that torchrun has set, where none was given."""
        if self.rank is not None:
            return self
        rank, world_size = environment_rank()
        return replace(self, rank=rank, world_size=world_size) if world_size > 1 else self

    @property
    def ranks(self) -> int:
        """How many processes share each epoch."""
        return self.world_size or 1

    def with_changes(self, **changes: Any) -> Self:
        """A copy with some settings changed, validated again.

        Raises:
            SettingsError: for an unknown setting or a value that cannot work.
        """
        unknown = changes.keys() - entries(type(self)).keys()
        if unknown:
            raise SettingsError(f"unknown setting: {', '.join(sorted(unknown))}")
        return replace(self, **changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig(LoaderConfig):
    """How a session loads, and how long it simulates that training takes.

    Raises:
        SettingsError: for a value that cannot work; names the setting.
    """

    step_ms: float = setting(
        0.0,
        "the time that a simulated training step takes for each batch",
        low=0,
        high=3_600_000,
        unit="ms",
        zero="as fast as possible",
        live=True,
        mark="step",
        option=CommandOption(
            "--step-ms",
            "simulate a training step of so many milliseconds (default 0: {zero})",
            metavar="F",
        ),
        control=PanelControl(
            label="Step",
            section="TRAINING STEP",
            object_name="stepSpin",
            tip="The time that a simulated training step takes for each batch; 0 takes batches as fast as possible.",
            high=60_000,
        ),
    )
    line_kb_per_s: int = setting(
        0,
        "how much may come over the line to a window on another machine, in kB/s; figures go first, pictures take what "
        "is left",
        low=0,
        high=10_000_000,
        unit="kB/s",
        zero="as much as the line is measured to take",
        live=True,
        mark="line",
        remembered=False,  # lines differ
        option=CommandOption(
            "--line-rate",
            "with ssh://, let no more come than so many kB/s (default 0: {zero})",
            metavar="KB/S",
        ),
        control=PanelControl(
            label="Rate",
            section="LINE",
            object_name="lineRateSpin",
            tip="line_kb_per_s: how much may come over the line to this window, in kB/s. Figures go first, pictures "
            "take what is left. Works live.",
            step=50,
            only="far",
        ),
    )
    watch_code: bool = setting(
        False,
        "make the data set again when a file of the code that makes it has changed",
        live=True,
        remembered=True,
        option=CommandOption("--watch-code", "load again when a file of your code has changed"),
    )


def _describe(config: type[LoaderConfig]) -> None:
    """Add to the docstring what each field is."""
    if config.__doc__ is not None:  # Python's -OO leaves docstrings out
        said, _, rest = config.__doc__.partition("\n\n")
        about = "".join(f"\n        {name}: {entry.description}." for name, entry in entries(config).items())
        config.__doc__ = f"{said}\n\n    Attributes:{about}\n\n{rest}"


for _config in (LoaderConfig, SessionConfig):
    _describe(_config)
