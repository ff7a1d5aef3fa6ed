"""Ways to something to open: dialogs, the sample, what was open before, and what is dropped on the window."""

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from inspector.assets import assets_dir
from inspector.locations import is_url
from inspector.named_code import NamedCode
from inspector.session.protocol import Session
from inspector.settings import SettingValue
from inspector.ui.shell.code_dialog import CODE_SETTINGS, CodeDialog
from inspector.ui.shell.drop import DropTarget
from inspector.ui.shell.location_dialog import PART_SETTINGS, LocationDialog
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.recent import RecentFolders, absolute
from inspector.ui.shell.welcome import WelcomePage
from inspector.ui.theme import Theme

SAMPLE = str(assets_dir() / "sample")


class Opening(QObject):
    """`chosen` is a path, a list of images, or a `NamedCode`. What was opened, and is there, is remembered."""

    chosen = Signal(object)
    script_chosen = Signal(str)  # of a training
    refused = Signal(str)  # why what was dropped cannot be opened

    def __init__(self, window: QWidget, preferences: Preferences) -> None:
        super().__init__(window)
        self._window = window
        self._preferences = preferences
        self.recent = RecentFolders(preferences, self)
        self._drops: DropTarget | None = None
        self._chosen_parts: tuple[str, dict[str, str]] = "", {}  # of what is being opened
        self.recent.look()

    def follow(self, welcome: WelcomePage, actions: Mapping[str, QAction]) -> None:
        """Do what is asked for on the welcome page."""
        welcome.open_wanted.connect(self.choose_folder)
        welcome.files_wanted.connect(actions["openFiles"].trigger)
        welcome.location_wanted.connect(actions["openLocation"].trigger)
        welcome.sample_wanted.connect(self.open_sample)

    def take_drops(self, theme: Theme, extensions: Collection[str]) -> None:
        """From now on; to be called when the window has all its widgets."""
        self._drops = DropTarget(self._window, theme, extensions)
        self._drops.dropped.connect(self.chosen)
        self._drops.script_dropped.connect(self.script_chosen)
        self._drops.refused.connect(self.refused)

    def choose_folder(self) -> None:
        """Ask for a folder."""
        dialog = self._dialog("Open a folder of images")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self.chosen.emit)
        dialog.open()

    def choose_files(self, extensions: Collection[str]) -> None:
        """Ask for images, or for a list."""
        dialog = self._dialog("Open images or a list of files")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        patterns = " ".join(f"*.{extension} *.{extension.upper()}" for extension in extensions)
        dialog.setNameFilters([f"Images and lists ({patterns} *.txt)", "All files (*)"])
        dialog.filesSelected.connect(self._take_files)
        dialog.open()

    def _take_files(self, files: Sequence[str]) -> None:
        if len(files) == 1 and files[0].endswith(".py"):  # the dialog gives files alone
            self.script_chosen.emit(files[0])
        else:
            self.chosen.emit(files[0] if len(files) == 1 else list(files))

    def choose_location(self, session: Session) -> None:
        """Ask for shards or a URL."""
        snapshot = session.snapshot()
        is_container = snapshot.noun == "sample" and not snapshot.is_code
        shown = snapshot.location if is_container or is_url(snapshot.location) else ""
        dialog = LocationDialog(self._window, session, shown, self._preferences.parts.get(shown, {}))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._take_location)
        dialog.open()

    def _take_location(self, location: str, parts: dict[str, str]) -> None:
        if location.endswith(".py") and not is_url(location):
            self.script_chosen.emit(location)
            return
        self._chosen_parts = location, parts
        self.chosen.emit(location)

    def choose_code(self) -> None:
        """Ask for a data set of the user's code."""
        remembered = self._preferences.code
        last = next(iter(remembered), "")
        dialog = CodeDialog(self._window, last, remembered.get(last, {}))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._take_code)
        dialog.open()

    def _take_code(self, code: NamedCode, settings: dict[str, str | None]) -> None:
        self._preferences.remember_code(str(code), settings)  # for `settings_for`
        self.chosen.emit(code)

    def settings_for(self, source: object, *, is_code: bool) -> dict[str, str | None]:
        """The settings that belong to a source: of code, how its samples are changed; of containers, their parts.

        `is_code`: what is open now is code, so that its settings must not stay.
        """
        chosen, parts = self._chosen_parts
        if chosen != source:
            parts = self._preferences.parts.get(absolute(source), {}) if isinstance(source, str) else {}
        settings: dict[str, str | None] = {name: parts.get(name, "") for name in PART_SETTINGS}
        if isinstance(source, NamedCode) or is_code:
            known = self._preferences.code.get(str(source), {}) if isinstance(source, NamedCode) else {}
            settings |= {name: known.get(name) for name in CODE_SETTINGS}
        return settings

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)  # a new one: Qt's keeps the folder selected last time
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog

    def open_sample(self) -> None:
        """The data set that comes along."""
        self.chosen.emit(SAMPLE)

    def note_opened(self, location: str, settings: Mapping[str, SettingValue]) -> None:
        """This is open now, with these settings. The sample, and a list without a location, are not noted."""
        if NamedCode.find(location) is not None:
            self._preferences.remember_code(location, {name: _text(settings.get(name)) for name in CODE_SETTINGS})
        self._chosen_parts = "", {}
        parts = {name: _text(settings.get(name)) or "" for name in PART_SETTINGS}
        if location:
            self._preferences.remember_parts(absolute(location), parts if any(parts.values()) else {})
        if location and location != SAMPLE and absolute(location) != self._preferences.last:
            self.recent.add(location)

    def stop(self) -> None:
        """End what is under way."""
        self.recent.stop()
        if self._drops is not None:
            self._drops.stop()


def _text(value: SettingValue) -> str | None:
    return value if isinstance(value, str) else None
