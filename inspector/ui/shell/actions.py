"""Everything that can be asked of the window, in one table: its name, its words, its keys and its menu.

The menus, the buttons' tool tips and the sheet of shortcuts are made from it. What belongs to one panel only, such as
moving files aside, is an action of that panel; the sheet finds it by itself.
"""

from dataclasses import dataclass, replace

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QWidget

from inspector.session.protocol import Capabilities
from inspector.ui.plain_text import plain_text


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """An action; its object name is `name` with "Action" behind it.

    Attributes:
        keys: the first is the one that a menu shows.
        group: of which only one can be checked; "" for a plain action.
        checkable: it is on or off.
        needs: the capability of the session without which there is no such action.
    """

    name: str
    text: str
    keys: tuple[str, ...]
    tip: str
    group: str = ""
    checkable: bool = False
    needs: str = ""


SEPARATOR = None
UNAVAILABLE = "unavailable"  # a property of actions
RECENT, APPEARANCE = "Open &recent", "&Appearance"  # menus within a menu
# The second keys of run, previous and next also work while a tile of the batch is chosen, to which Space and the arrows
# then belong.
MENUS: dict[str, tuple[MenuEntry | None, ...]] = {
    "&File": (
        MenuEntry("openFolder", "&Open folder…", ("Ctrl+O",), "Open a folder of images", needs="open"),
        MenuEntry(
            "openFiles", "Open &images or a list…", ("Ctrl+Shift+O",), "Open images, or a .txt list of files",
            needs="open",
        ),
        MenuEntry(
            "openLocation", "Open shards or a &URL…", ("Ctrl+U",),
            "Open containers such as tars and Parquet files, or what is in a store: s3, gs, az, https, hf, sftp",
            needs="open",
        ),
        MenuEntry(
            "openCode", "Open a &data set of your code…", ("Ctrl+D",), "Show the batches that your data set gives",
            needs="code",
        ),
        MenuEntry(
            "openSample", "Open the &sample", ("Ctrl+Shift+S",), "Open the sample data set, with good and bad files",
            needs="open",
        ),
        MenuEntry(
            "watchTraining", "&Watch a training…", ("Ctrl+Shift+T",),
            "Start a PyTorch script, and see what its own DataLoader does",
        ),
        MenuEntry(
            "lookAgain", "&Look for files again", ("Ctrl+R",), "Find the folder's files again, and start over",
            needs="reindex",
        ),
        MenuEntry(
            "watchCode", "Reload code when it &changes", ("Ctrl+Shift+D",),
            "Load again whenever a file of your code has changed", checkable=True, needs="code",
        ),
        SEPARATOR,
        MenuEntry("quit", "&Quit", ("Ctrl+Q",), "Close the window and end all workers"),
    ),
    RECENT: (
        MenuEntry(
            "clearRecent", "&Clear this list", ("Ctrl+Shift+Del",), "Clear the list of recent folders",
            needs="open",
        ),
    ),
    "&Loader": (
        MenuEntry("run", "&Run", ("Space", "F5"), "Run", needs="pause"),
        MenuEntry(
            "previousBatch", "&Previous batch", ("Left", "Alt+Left"), "Pause and show the previous batch", needs="step"
        ),
        MenuEntry("nextBatch", "&Next batch", ("Right", "Alt+Right"), "Pause and show the next batch", needs="step"),
        MenuEntry(
            "openImage", "Open &image", ("Ctrl+Return",), "Look at the chosen image, or the first, at full size",
            needs="pixels",
        ),
        MenuEntry(
            "swap", "&Swap red and blue", ("Ctrl+B",), "Show red and blue exchanged; or hold X for a moment",
            checkable=True,
        ),
        SEPARATOR,
        MenuEntry("undo", "&Undo", ("Ctrl+Z",), "Undo the last change of a setting"),
        MenuEntry("redo", "R&edo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Redo the change that was undone"),
        MenuEntry("goToSettings", "Se&ttings", ("Ctrl+,",), "Go to the loader's settings, at the left"),
    ),
    "&View": (
        MenuEntry("showSettings", "&Settings", ("F6",), "Show or hide the settings at the left", checkable=True),
        MenuEntry(
            "showMeasurements", "&Measurements", ("F7",), "Show or hide figures, plots and workers", checkable=True
        ),
        MenuEntry("showDetails", "&Details", ("F8",), "Show or hide the pages at the bottom", checkable=True),
        MenuEntry(
            "labels", "&Labels", ("L",), "Show or hide boxes, polygons, keypoints and masks", checkable=True,
            needs="annotations",
        ),
        MenuEntry("fullScreen", "&Full screen", ("F11",), "Enter or leave full screen", checkable=True),
        SEPARATOR,
    ),
    APPEARANCE: (
        MenuEntry("systemAppearance", "&System", ("Ctrl+F6",), "Follow the system", group="appearance"),
        MenuEntry("lightAppearance", "&Light", ("Ctrl+F7",), "Always light", group="appearance"),
        MenuEntry("darkAppearance", "&Dark", ("Ctrl+F8",), "Always dark", group="appearance"),
    ),
    "&Tools": (
        MenuEntry("checkAll", "&Check all files", ("Ctrl+K",), "Check every file of the folder once", needs="scan"),
        SEPARATOR,
        MenuEntry("reset", "Reset to &defaults", ("Ctrl+Alt+R",), "Settings, layout and appearance as for a new user"),
    ),
    "&Help": (
        MenuEntry("shortcuts", "&Keyboard shortcuts", ("F1",), "All keys, on one sheet"),
        MenuEntry(
            "about", "&About inspector", ("Ctrl+F1",), "Versions, this machine, and how smoothly the window runs"
        ),
    ),
}  # fmt: skip


_OF_A_TRAINING = {  # other words and tips, where somebody else's loader is watched
    "quit": ("&Quit", "Close the window; the training continues"),
    "previousBatch": ("&Previous batch", "Show the previous batch that was kept"),
    "nextBatch": ("&Next batch", "Show the next batch, up to the newest"),
    "goToSettings": ("&Training", "Go to the training's panel, at the left"),
    "showSettings": ("&Training", "Show or hide the training at the left"),
}


def make_actions(window: QMainWindow, capabilities: Capabilities, *, watched: bool = False) -> dict[str, QAction]:
    """The actions of the table by name, all of them on the window, so that their keys work everywhere in it.

    What the session cannot do is disabled, and invisible unless the session says why. `watched`: it watches a training.
    """
    actions: dict[str, QAction] = {}
    for entry in (entry for menu in MENUS.values() for entry in menu if entry is not None):
        if watched and entry.name in _OF_A_TRAINING:
            text, tip = _OF_A_TRAINING[entry.name]
            entry = replace(entry, text=text, tip=tip)
        action = actions[entry.name] = make_action(window, entry)
        if entry.needs and entry.needs not in capabilities:
            make_unavailable(action, capabilities.reasons.get(entry.needs, ""))
    return actions


def make_unavailable(action: QAction, reason: str) -> None:
    """Nothing can be done with it from now on; it is invisible where there is no reason to show."""
    action.setProperty(UNAVAILABLE, True)
    action.setEnabled(False)
    action.setVisible(bool(reason))
    action.setToolTip(plain_text(reason))
    action.setStatusTip(reason)


def enable(action: QAction, can: bool) -> None:
    """Enable it or not, as the state has it; one that is unavailable stays so."""
    action.setEnabled(can and not action.property(UNAVAILABLE))


def make_action(window: QWidget, entry: MenuEntry) -> QAction:
    """One action, on the window."""
    action = QAction(entry.text, window)
    action.setObjectName(f"{entry.name}Action")
    action.setIconText(entry.text.replace("&", ""))  # Qt leaves the dots out of it
    action.setCheckable(entry.checkable or bool(entry.group))
    action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
    set_tip(action, entry.tip)
    window.addAction(action)
    return action


def set_tip(action: QAction, tip: str) -> None:
    """Say what it does, and by which keys; of one that is unavailable, nothing but why."""
    if action.property(UNAVAILABLE):
        return
    action.setToolTip(plain_text(f"{tip} ({keys_in_words(action)})" if action.shortcuts() else tip))
    action.setStatusTip(tip)


def keys_in_words(action: QAction) -> str:
    """ "Space or F5", as the system writes keys."""
    return " or ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())
