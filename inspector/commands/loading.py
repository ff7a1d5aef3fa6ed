"""The options that say what is loaded and how, and the settings that come of them."""

import argparse
from dataclasses import fields
from typing import get_args

from inspector.commands import values
from inspector.config import Decode, DType, Engine, LoaderConfig, OnDamaged, usual_workers
from inspector.errors import SettingsError

# Under which option the user knows a setting of LoaderConfig.
_OPTIONS = {
    "num_workers": "--workers",
    "batch_size": "--batch-size",
    "image_size": "--image-size",
    "prefetch_batches": "--prefetch",
    "seed": "--seed",
    "epochs": "--epochs",
    "memory_limit_bytes": "--memory-limit",
    "extensions": "--extensions",
}


def add_source_options(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """What to load, and with how many workers."""
    standard = LoaderConfig()
    parser.add_argument(
        "--workers",
        dest="num_workers",
        type=int,
        default=usual_workers(),
        metavar="N",
        help="workers; 0: load in the consumer itself (default: one a core, at most 8; here %(default)s)",
    )
    parser.add_argument(
        "--extensions",
        type=values.words,
        default=standard.extensions,
        metavar="EXT,...",
        help=f"of the files to look for in a folder; default {','.join(standard.extensions)}",
    )


def add_loader_options(parser: argparse.ArgumentParser) -> None:
    """All that a loader can be told on the command line."""
    standard = LoaderConfig()
    group = parser.add_argument_group("loading")
    add_source_options(group)
    group.add_argument("--batch-size", type=int, default=standard.batch_size, metavar="N", help="default %(default)s")
    group.add_argument(
        "--image-size",
        type=values.image_size,
        metavar="HxW",
        help="resize, such as 224x224; default: native, not resized",
    )
    group.add_argument("--dtype", choices=get_args(DType), default=standard.dtype, help="default %(default)s")
    group.add_argument(
        "--prefetch",
        dest="prefetch_batches",
        type=values.count,
        default=0,
        metavar="N",
        help="complete batches that may wait (default: twice as many as workers, at least 8)",
    )
    group.add_argument("--seed", type=int, default=standard.seed, metavar="N", help="of the order; default %(default)s")
    group.add_argument("--no-shuffle", dest="shuffle", action="store_false", help="keep the files' own order")
    group.add_argument("--epochs", type=int, metavar="N", help="end after so many; default: go on for ever")
    group.add_argument("--drop-last", action="store_true", help="leave out an epoch's last batch if it is not full")
    group.add_argument(
        "--step-ms",
        type=values.not_negative,
        default=0.0,
        metavar="F",
        help="simulate a training step of so many milliseconds (default 0: as fast as possible)",
    )
    group.add_argument("--engine", choices=get_args(Engine), default=standard.engine, help="default %(default)s")
    group.add_argument(
        "--decode",
        choices=get_args(Decode),
        default=standard.decode,
        help="scaled: JPEGs much larger than --image-size are decoded at a fraction of their size; default %(default)s",
    )
    group.add_argument(
        "--on-damaged", choices=get_args(OnDamaged), default=standard.on_damaged, help="default %(default)s"
    )
    group.add_argument(
        "--deliver-bgr", action="store_true", help="exchange red and blue, to see what that fault looks like"
    )
    group.add_argument(
        "--memory-limit",
        dest="memory_limit_bytes",
        type=values.byte_count,
        default=0,
        metavar="SIZE",
        help="most memory that batches may take, such as 2GB (default: a quarter of the machine's, at most 4GiB)",
    )


def settings_of(options: argparse.Namespace) -> LoaderConfig:
    """The settings that the options amount to.

    Raises:
        SettingsError: for a value that cannot work; names the option.
    """
    known = {field.name for field in fields(LoaderConfig)}
    try:
        return LoaderConfig(**{name: value for name, value in vars(options).items() if name in known})
    except SettingsError as error:
        setting, _, rest = str(error).partition(" ")
        raise SettingsError(f"{_OPTIONS.get(setting, setting)} {rest}") from error
