"""Settings: frozen, validated when made, with the unit in every name."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from inspector.errors import SettingsError
from inspector.file_types import IMAGE_EXTENSIONS as IMAGE_EXTENSIONS
from inspector.resource_limits import usable_cores, usable_memory_bytes

Engine = Literal["processes", "threads", "serial"]
DType = Literal["uint8", "float32"]
OnDamaged = Literal["skip", "keep"]
Decode = Literal["exact", "scaled"]
Transform = Callable[..., Any]
ReadImage = Callable[[str], Any]

MAX_WORKERS = 256
MOST_USUAL_WORKERS = 8
MAX_BATCH_SIZE = 65_536
MAX_PREFETCH = 1024
GIB = 1 << 30


def default_memory_limit_bytes() -> int:
    """A quarter of the memory that this process may use, at most 4 GiB; in bytes."""
    usable = usable_memory_bytes()
    return GIB if usable is None else max(GIB // 8, min(4 * GIB, usable // 4))


def usual_workers() -> int:
    """Workers to begin with where nobody says how many: one for each core that this process may use, at most 8."""
    return min(math.ceil(usable_cores()), MOST_USUAL_WORKERS)


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise SettingsError(message)


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderConfig:
    """How images are loaded and in which order.

    Attributes:
        batch_size: images in a batch.
        num_workers: workers that load; 0 loads in the caller's own thread.
        engine: what a worker is; "serial" is the same as `num_workers=0`.
        shuffle: a new order every epoch, made from `seed`.
        seed: makes order and augmentation repeatable; 0 to 2**63 - 1.
        epochs: how often the data set is gone through; None: for ever.
        drop_last: leave out an epoch's last batch where it is not full.
        prefetch_batches: complete batches that may wait for the consumer; 0: twice as many as workers, at least 8.
        image_size: (height, width) in pixels to resize to, or None for native sizes.
        dtype: "uint8", or "float32" with the same range 0 to 255.
        decode: "exact", or "scaled": a JPEG much larger than `image_size` is decoded at a fraction of its size (1/2,
            1/4, 1/8 and between) that is still at least as large, which is faster and not the same to the last bit.
        transform: called as `transform(rgb, rng)` in the worker, or None; a callable, or `"module:function"`. `rng` is
            made from (seed, epoch, index of the sample).
        read_image: called as `read_image(path)` in the worker in place of the decoder, for files of another sort; gives
            an (H, W, 3) array, or (array, label). A callable, or `"module:function"`.
        on_damaged: "skip" a damaged file, or "keep" it and mark it.
        deliver_bgr: exchange red and blue in what is delivered, to see what that fault looks like.
        memory_limit_bytes: most memory that batches may take, in bytes.
        sample_timeout_s: a worker without progress for so long is replaced; seconds.
        max_pixels: an image with more pixels than this is TOO_LARGE.
        extensions: of the files to look for in a folder, without dots; upper or lower case does not matter.

    Raises:
        SettingsError: for a value that cannot work; names the setting.
    """

    batch_size: int = 32
    num_workers: int = 2
    engine: Engine = "processes"
    shuffle: bool = True
    seed: int = 0
    epochs: int | None = None
    drop_last: bool = False
    prefetch_batches: int = 0
    image_size: tuple[int, int] | None = None
    dtype: DType = "uint8"
    decode: Decode = "exact"
    transform: Transform | str | None = None
    read_image: ReadImage | str | None = None
    on_damaged: OnDamaged = "skip"
    deliver_bgr: bool = False
    memory_limit_bytes: int = 0
    sample_timeout_s: float = 60.0
    max_pixels: int = 1 << 28
    extensions: tuple[str, ...] = IMAGE_EXTENSIONS

    def __post_init__(self) -> None:
        if self.memory_limit_bytes == 0:
            object.__setattr__(self, "memory_limit_bytes", default_memory_limit_bytes())
        if self.prefetch_batches == 0 and _whole(self.num_workers):
            object.__setattr__(self, "prefetch_batches", max(8, 2 * self.num_workers))
        for name in ("batch_size", "num_workers", "seed", "prefetch_batches", "memory_limit_bytes", "max_pixels"):
            _require(_whole(getattr(self, name)), f"{name} must be a whole number, not {getattr(self, name)!r}")
        _require(
            1 <= self.batch_size <= MAX_BATCH_SIZE, f"batch_size must be 1 to {MAX_BATCH_SIZE}, not {self.batch_size}"
        )
        _require(
            0 <= self.num_workers <= MAX_WORKERS, f"num_workers must be 0 to {MAX_WORKERS}, not {self.num_workers}"
        )
        _require(
            1 <= self.prefetch_batches <= MAX_PREFETCH,
            f"prefetch_batches must be 1 to {MAX_PREFETCH}, not {self.prefetch_batches}",
        )
        _require(0 <= self.seed < 1 << 63, f"seed must be 0 to 2**63 - 1, not {self.seed}")
        _require(self.memory_limit_bytes > 0, "memory_limit_bytes must be more than 0")
        _require(self.max_pixels > 0, "max_pixels must be more than 0")
        _require(self.sample_timeout_s > 0, "sample_timeout_s must be more than 0")
        _require(
            self.epochs is None or (_whole(self.epochs) and self.epochs >= 1),
            f"epochs must be None (for ever) or 1 or more, not {self.epochs!r}",
        )
        for name, kind in (("engine", Engine), ("dtype", DType), ("on_damaged", OnDamaged), ("decode", Decode)):
            _require(
                getattr(self, name) in get_args(kind),
                f"{name} must be one of {', '.join(get_args(kind))}, not {getattr(self, name)!r}",
            )
        named = [extension for extension in self.extensions if extension.strip(".")]
        _require(bool(named), "extensions must name at least one, such as jpg")
        object.__setattr__(self, "extensions", tuple(extension.strip(".").lower() for extension in named))
        size = self.image_size
        if size is not None:
            valid = len(size) == 2 and all(_whole(side) and 1 <= side <= 16_384 for side in size)
            _require(valid, f"image_size must be None or (height, width) of 1 to 16384 pixels, not {size!r}")
            object.__setattr__(self, "image_size", (size[0], size[1]))

    def with_changes(self, **changes: Any) -> "LoaderConfig":
        """A copy with some settings changed, validated again.

        Raises:
            SettingsError: for an unknown setting or a value that cannot work.
        """
        unknown = set(changes) - {field.name for field in fields(self)}
        _require(not unknown, f"unknown setting: {', '.join(sorted(unknown))}")
        return replace(self, **changes)


def assets_dir() -> Path:
    """Where icons and the sample data set lie: inside an installed package, or beside a checkout's."""
    package = Path(__file__).resolve().parent
    inside = package / "assets"
    return inside if inside.is_dir() else package.parent / "assets"
