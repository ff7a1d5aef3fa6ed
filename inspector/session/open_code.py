"""Which code of the user's is open, and the files that it is made with, to be watched."""

import contextlib
import os
from collections.abc import Callable, Iterable

from inspector.errors import SettingsError
from inspector.named_code import NamedCode, forget_files
from inspector.session.protocol import Source
from inspector.settings import SessionConfig
from inspector.sources.named_dataset import Look, look_at


class OpenCode:
    """The data set's code and that of the settings.

    Attributes:
        files: of it, as far as they are known; with the folders where a module is missed.
    """

    def __init__(self) -> None:
        self.files: tuple[str, ...] = ()
        self._codes: list[NamedCode] = []
        self._dataset: NamedCode | None = None

    def take(self, source: Source | None, config: SessionConfig) -> None:
        """This is open now."""
        self._dataset = source if isinstance(source, NamedCode) else None
        codes = [] if self._dataset is None else [self._dataset]
        for named in (config.transform, config.collate, config.read_image, config.sampler):
            if isinstance(named, str):
                with contextlib.suppress(SettingsError):  # whoever loads it says so
                    codes.append(NamedCode.parse(named))
        if codes == self._codes:
            return
        known = self.files if self._dataset is not None and self._dataset in self._codes else ()
        self._codes = codes
        self.files = _merged(known, [code.place for code in codes if code.is_file])

    def forget_imported(self) -> None:
        """Have this process import it again."""
        for code in self._codes:
            if code.is_file or code == self._dataset:
                code.forget()
        forget_files(self.files)

    def look(self, code: NamedCode, cancelled: Callable[[], bool]) -> Look:
        """Make the data set, see `look_at`."""
        code.make_importable()
        return look_at(code, cancelled, [each for each in self._codes if each != code])

    def note(self, look: Look) -> None:
        """What came of the look. Where it failed, files that were known before may be what is to be corrected."""
        named = [code.place for code in self._codes if code.is_file]
        self.files = _merged(look.files, named, self.files if look.error is not None else ())
        if "ModuleNotFoundError" in str(look.error):
            self.files = _merged(self.files, [os.path.dirname(file) for file in self.files if file.endswith(".py")])


def _merged(*files: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({file for each in files for file in each}))
