"""The user's own code by name: `package.module:name`, or `./file.py:name`.

A module is looked for where Python looks, which is not the current folder. A file is named with its folder, and that
folder is where the file's own imports are looked for, as when Python runs it. A file in a package is imported as a part
of it, and the folder of the outermost package is another such place.
"""

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Collection
from dataclasses import dataclass
from functools import reduce
from typing import Any

from inspector.errors import SettingsError

_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_FILE = re.compile(rf"(?P<place>.*\.py):(?P<name>{_NAME})", re.DOTALL)
_MODULE = re.compile(rf"(?P<place>{_NAME}):(?P<name>{_NAME})")


@dataclass(frozen=True, slots=True)
class NamedCode:
    """A function, a class or another object in a module or a file.

    Attributes:
        place: the module's name, or the absolute path of the file.
        name: in it; may have dots.
    """

    place: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "NamedCode":
        """
        Raises:
            SettingsError: when the text names no code.
        """
        if found := _FILE.fullmatch(text):
            return cls(os.path.abspath(os.path.expanduser(found["place"])), found["name"])
        if found := _MODULE.fullmatch(text):
            return cls(found["place"], found["name"])
        if text.endswith(".py"):
            raise SettingsError(f"{text!r} names a file: add what makes the data set in it, as in {text}:NAME")
        raise SettingsError(f"{text!r} names no code: it must be MODULE:NAME, or ./FILE.py:NAME")

    @classmethod
    def find(cls, text: str) -> "NamedCode | None":
        """What the text names, where it is no path of something that exists; else None."""
        if os.path.exists(text):
            return None
        try:
            return cls.parse(text)
        except SettingsError:
            return None

    def __str__(self) -> str:
        return f"{self.place}:{self.name}"

    @property
    def is_file(self) -> bool:
        """It is in a file that was named as such."""
        return os.path.isabs(self.place)

    @property
    def module(self) -> str:
        """The name by which it is imported."""
        if not self.is_file:
            return self.place
        path = os.path.relpath(self.place, self._folders[-1]).removesuffix(".py")
        return path.replace(os.sep, ".").removesuffix(".__init__")

    @property
    def is_there(self) -> bool:
        """Its file exists; of a module, that is only known when it is imported."""
        return not self.is_file or os.path.isfile(self.place)

    @property
    def _folders(self) -> tuple[str, ...]:
        """Where its imports are looked for: its own folder, and where the outermost of its packages lies."""
        own = outer = os.path.dirname(self.place)
        while os.path.isfile(os.path.join(outer, "__init__.py")) and os.path.basename(outer).isidentifier():
            outer = os.path.dirname(outer)
        return (own,) if own == outer else (own, outer)

    def load(self) -> Any:
        """Import it.

        Raises:
            SettingsError: when there is no such file, module or name.
            BaseException: whatever the user's code raises when it is imported.
        """
        module = self._import_file() if self.is_file else self._import_module()
        try:
            return reduce(getattr, self.name.split("."), module)
        except AttributeError as error:
            raise SettingsError(f"{self}: {error}") from error

    def forget(self) -> None:
        """Have this process import it again when it is loaded next: the code may have changed."""
        if self.is_file:
            found = [name for name, module in [*sys.modules.items()] if _is_file(module, self.place)]
        else:
            found = [self.place]
        for name in found:
            sys.modules.pop(name, None)
        importlib.invalidate_caches()

    def make_importable(self) -> None:
        """Have this process find its module, for values of classes that are defined there; nothing is imported."""
        for folder in self._folders if self.is_file else ():
            if folder not in sys.path:
                sys.path.append(folder)  # at the end: it must not hide a module of this program

    def _import_module(self) -> Any:
        try:
            return importlib.import_module(self.place)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self.place}.".startswith(f"{error.name}."):
                raise  # the module is there, and imports another that is not
            raise SettingsError(
                f"{self}: there is no module called {error.name}: install it, put its folder on PYTHONPATH, or name "
                "the file, as in ./data.py:make_train"
            ) from error

    def _import_file(self) -> Any:
        if not os.path.isfile(self.place):
            raise SettingsError(f"{self.place}: there is no such file")
        folders, module = self._folders, self.module
        if sys.path[: len(folders)] != [*reversed(folders)]:
            sys.path[:0] = reversed(folders)
            importlib.invalidate_caches()
        found = self._imported(module) if all(map(str.isidentifier, module.split("."))) else None
        if found is None or not _is_file(found, self.place):
            raise SettingsError(
                f"{self.place} cannot be imported under the name {module}: rename it to one that is a name in Python "
                "and that no other module has"
            )
        return found

    def _imported(self, module: str) -> Any:
        try:
            return importlib.import_module(module)
        except ImportError as error:
            if "relative import" not in str(error):
                raise
            raise SettingsError(
                f"{self.place} imports from a package that it does not lie in ({error}): put an __init__.py into each "
                "folder of the package, or name the module, as in my_package.data:make_train, with the package's "
                "parent folder on PYTHONPATH"
            ) from error


def forget_files(files: Collection[str]) -> None:
    """Have this process import the modules of these files again when they are asked for next."""
    for name, module in [*sys.modules.items()]:
        if getattr(module, "__file__", None) in files:
            sys.modules.pop(name, None)
    importlib.invalidate_caches()


def load_code(code: Any) -> Any:
    """What is named, where `code` is a text; anything else as it is.

    Raises:
        SettingsError: when there is no such code.
    """
    if not isinstance(code, str):
        return code
    try:
        return NamedCode.parse(code).load()
    except ImportError as error:
        raise SettingsError(f"{code} is unavailable: {error}") from error


def _is_file(module: Any, file: str) -> bool:
    place = getattr(module, "__file__", None)
    return place is not None and os.path.exists(place) and os.path.samefile(place, file)
