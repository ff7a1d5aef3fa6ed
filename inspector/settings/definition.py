"""`Setting`: all that is known about one setting, and how its values are checked, read and written."""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, TypeVar, cast

from inspector import formatting as fmt
from inspector.settings import parsing

SettingValue = bool | int | float | str | tuple[int | str, ...] | None
"""What a setting may be outside its own process; `plain_values` makes it of a config."""

Kind = Literal["flag", "whole", "number", "bytes", "choice", "size", "names", "code", "text"]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CommandOption:
    """A setting on the command line.

    Attributes:
        flag: such as "--workers". A setting that is either on or off needs no value: its option is the other one.
        help: "{default}" stands for the default, "{zero}" for what 0 means.
        metavar: what stands for the value in the help; "" for one of some choices.
    """

    flag: str
    help: str
    metavar: str = ""


@dataclass(frozen=True, slots=True)
class Slider:
    """Below a spin box, for the numbers that are likely.

    Attributes:
        high: the largest that it reaches.
        doubling: each doubling of the value takes the same way.
    """

    high: int
    doubling: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelControl:
    """A setting in the window.

    Attributes:
        label: before the control. section: the heading of its group.
        object_name: of the widget. tip: its tool tip.
        high: the largest value that can be set there; None: as far as the setting goes. step: of the arrows.
        suggestions: values to choose from where others can be typed.
        only: what a source must be for it to be shown: "remote", "in blocks", or "far" for one on another machine; "":
            whatever it is.
    """

    label: str
    section: str
    object_name: str
    tip: str
    high: int | None = None
    step: int = 1
    slider: Slider | None = None
    suggestions: tuple[SettingValue, ...] = ()
    only: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `setting` makes it, and `settings_table` gives it its name.

    Attributes:
        about: what it is, for the docs; a phrase.
        low, high: the limits, both included; None: none. above: it must be more than this.
        choices: the values that there are.
        none: what None means; "": None is no value.
        zero: what 0 means, where that has to be said; it may be below the limits.
        unit: of the value, behind it.
        live: a change takes effect without a new loader. remembered: it comes back in the next run.
        initial: what the command and the window begin with; None: with the default.
        mark: its name on a plot, where there is little room; by default its own.
    """

    name: str = ""
    kind: Kind
    default: object
    about: str
    low: float | None = None
    high: float | None = None
    above: float | None = None
    choices: tuple[str, ...] = ()
    none: str = ""
    zero: str = ""
    unit: str = ""
    live: bool = False
    remembered: bool = False
    initial: Callable[[], SettingValue] | None = None
    mark: str = ""
    option: CommandOption | None = None
    control: PanelControl | None = None

    @property
    def initial_value(self) -> SettingValue:
        """What the command and the window begin with."""
        return self.initial() if self.initial is not None else cast("SettingValue", self.default)

    @property
    def description(self) -> str:
        """What it is, with what 0 means."""
        return f"{self.about}; 0: {self.zero}" if self.zero else self.about

    @property
    def limits(self) -> str:
        """Which values there are, in words; "" where any will do."""
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        words = ""
        if self.above is not None:
            words = f"more than {self.above:g}"
        elif self.low is not None:
            words = f"{self.low} or more" if self.high is None else f"{self.low} to {_limit(self.high)}"
            words += f" {self.unit}" if self.unit and self.high is not None else ""
        return f"None ({self.none}) or {words}" if self.none and words else words

    def checked(self, value: Any) -> Any:
        """`value` as the setting's type.

        Raises:
            ValueError: what it must be, where it cannot be that.
        """
        if value is None and self.none:
            return value
        if self.kind == "flag":
            if value not in (True, False):
                raise ValueError(f"must be True or False, not {value!r}")
            return bool(value)
        if self.kind == "choice" and value not in self.choices:
            raise ValueError(f"must be {self.limits}, not {value!r}")
        if self.kind == "text" and not isinstance(value, str):
            raise ValueError(f"must be a text, not {value!r}")
        if self.kind in ("whole", "bytes") and not is_whole(value):
            raise ValueError(f"must be {self.limits if self.none else 'a whole number'}, not {value!r}")
        if self.kind == "number":
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"must be a number, not {value!r}")
            value = float(value)
        if self.kind in ("whole", "bytes", "number") and not self._within_limits(value):
            raise ValueError(f"must be {self.limits}, not {value!r}")
        return value

    def _within_limits(self, value: float) -> bool:
        return (
            not math.isnan(value)
            and (self.low is None or value >= self.low)
            and (self.high is None or value <= self.high)
            and (self.above is None or value > self.above)
        )

    def parse(self, text: str) -> Any:
        """The value that a word of the command line stands for.

        Raises:
            ValueError: what the word must be, where it is something else.
        """
        match self.kind:
            case "whole" if self.default == 0 and not self._within_limits(0):  # 0 stands for "as many as needed"
                return parsing.count(text)
            case "whole":
                return parsing.whole(text)
            case "number":
                return parsing.not_negative(text)
            case "bytes":
                return parsing.byte_count(text)
            case "size":
                return parsing.image_size(text)
            case "names":
                return parsing.names(text)
            case _:
                return text

    def text(self, value: object) -> str:
        """A value as people read it."""
        match value:
            case None:
                return self.none or "none"
            case bool():
                return "on" if value else "off"
            case (int(height), int(width)) if self.kind == "size":
                return fmt.image_size((height, width))
            case tuple():
                return " ".join(map(str, value))
            case int() if self.kind == "bytes":
                return fmt.byte_size(value)
            case float():
                return f"{value:g} {self.unit}".strip()
            case int() if self.unit:
                return f"{value:,} {self.unit}"
        return str(value)


def setting(
    default: _T,
    about: str,
    *,
    kind: Kind | None = None,
    low: float | None = None,
    high: float | None = None,
    above: float | None = None,
    choices: tuple[str, ...] = (),
    none: str = "",
    zero: str = "",
    unit: str = "",
    live: bool = False,
    remembered: bool | None = None,
    initial: Callable[[], SettingValue] | None = None,
    mark: str = "",
    option: CommandOption | None = None,
    control: PanelControl | None = None,
) -> _T:
    """A field of a config, with all that is known about it; see `Setting`.

    Without `kind` it follows from the default. What has a control in the window is remembered by default.
    """
    entry = Setting(
        kind=kind or _kind_of(default), default=default, about=about, low=low, high=high, above=above, choices=choices,
        none=none, zero=zero, unit=unit, live=live, initial=initial, mark=mark, option=option, control=control,
        remembered=control is not None if remembered is None else remembered,
    )  # fmt: skip
    return field(default=default, metadata={"setting": entry})


def entries(config: type[Any]) -> Mapping[str, Setting]:
    """The settings that a dataclass of them has, by name, in its own order."""
    return _entries(cast("Hashable", config))


@cache
def _entries(config: Any) -> Mapping[str, Setting]:
    named = ((each.name, each.metadata["setting"]) for each in fields(config))
    return MappingProxyType({name: replace(entry, name=name, mark=entry.mark or name) for name, entry in named})


def is_whole(value: object) -> bool:
    """An int that is no bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def _kind_of(default: object) -> Kind:
    kinds: dict[type, Kind] = {bool: "flag", int: "whole", float: "number", str: "choice"}
    return kinds[type(default)]


def _limit(value: float) -> str:
    """2**63 - 1 rather than its nineteen digits."""
    bits = int(value).bit_length()
    return f"2**{bits} - 1" if bits > 31 and value == 2**bits - 1 else str(value)
