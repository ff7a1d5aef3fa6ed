"""The settings at the left, grouped. Every change is passed on at once; the session coalesces."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from inspector.monitor.records import Snapshot
from inspector.session.protocol import Capabilities
from inspector.settings import SessionConfig, Setting, SettingValue, settings_table
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.settings.controls import SettingControl, make_control
from inspector.ui.theme import enlarged
from inspector.ui.widgets import Card, label


class SettingsPanel(Card):
    """Shows the settings asked for last, and emits `changed(name, value)` for each that the user changes.

    Whoever passes a change on calls `sent` with its revision: what is older must not turn the control back.
    """

    changed = Signal(str, object)

    def __init__(
        self,
        config: type[SessionConfig] = SessionConfig,
        capabilities: Capabilities | None = None,
        values: Mapping[str, SettingValue] | None = None,
        *,
        far: bool = False,
    ) -> None:
        """A control for each setting that the session can change; those in `values` that it cannot are only shown.

        far: the session is on another machine.
        """
        super().__init__()
        self.column.setContentsMargins(1, 1, 1, 1)
        self._shown: dict[str, SettingValue] = {}
        self._sent_revision = 0
        self._far = far
        self._traits: set[str] | None = None
        self._of_some_sources: list[tuple[str, QWidget]] = []
        self._key_filters = KeyFilters(self)
        self._controls: dict[str, SettingControl] = {}
        self._grid = QGridLayout()
        self._grid.setContentsMargins(11, 8, 11, 10)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(7)
        self._grid.setColumnStretch(0, 1)
        self._build(config, capabilities or changes_of(config), values or {})
        page = QWidget()
        page.setLayout(self._grid)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(page)
        self._scroll = scroll
        if self._controls:
            self.setFocusProxy(next(iter(self._controls.values())).field)
        self.column.addWidget(scroll)

    def minimumSizeHint(self) -> QSize:
        bar = self._scroll.verticalScrollBar().sizeHint().width()
        page = self._scroll.widget()
        return QSize((page.minimumSizeHint().width() if page else 180) + bar + 2, 120)

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width() + 8, 560)

    def sent(self, revision: int) -> None:
        """A change is on its way, and known from `revision` on."""
        self._sent_revision = revision

    def show_settings(self, values: Mapping[str, SettingValue], revision: int) -> None:
        """Bring the controls up to date with settings that were changed elsewhere; costs nothing when none was."""
        if revision < self._sent_revision:
            return
        for name, control in self._controls.items():
            if name not in values:
                continue
            value = values[name]
            if name not in self._shown or self._shown[name] != value:
                self._shown[name] = value
                control.show_value(value)

    def show_source(self, snapshot: Snapshot) -> None:
        """Offer what the source that is open needs, and no more."""
        has = {"remote": snapshot.is_remote, "in blocks": "blocks" in snapshot.order_note, "far": self._far}
        traits = {name for name, there in has.items() if there}
        if traits == self._traits:
            return
        self._traits = traits
        for only, widget in self._of_some_sources:
            widget.setVisible(only in traits)

    def show_error(self, sentence: str) -> None:
        """A setting that cannot work, said below the groups; "" when all is well."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        if sentence:
            self._shown.clear()  # the controls go back to what is in use
            self._scroll.ensureWidgetVisible(self._error)

    def _build(
        self, config: type[SessionConfig], capabilities: Capabilities, values: Mapping[str, SettingValue]
    ) -> None:
        table = {
            name: setting
            for name, setting in settings_table(config).items()
            if f"change:{name}" in capabilities or name in values
        }
        sections = dict.fromkeys(setting.control.section for setting in table.values() if setting.control)
        for section in sections:
            shown = {name: setting for name, setting in table.items() if _section(setting) == section}
            needed = {setting.control.only for setting in shown.values() if setting.control}
            self._add_heading(section, needed.pop() if len(needed) == 1 else "")
            for name, setting in shown.items():
                if setting.control:
                    control = self._controls[name] = make_control(setting, setting.control)
                    self._add(control)
                    if (change := f"change:{name}") not in capabilities:
                        control.make_read_only(capabilities.reasons.get(change, "This session cannot change it."))
                    control.changed.connect(partial(self._emit, name))
                    control.refused.connect(self.show_error)
        self._error = label("", "error")
        self._error.setObjectName("settingsErrorLabel")
        self._error.setWordWrap(True)
        self._error.hide()
        self._add_wide(self._error)
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _add_heading(self, title: str, only: str) -> None:
        heading = label(title, "section")
        if self._grid.rowCount() > 1:
            heading.setContentsMargins(0, 9, 0, 0)
        self._show_only(only, heading)
        self._add_wide(heading)

    def _show_only(self, only: str, *widgets: QWidget) -> None:
        """These are for sources of that kind; "": for all."""
        if only:
            self._of_some_sources += [(only, widget) for widget in widgets]
            for widget in widgets:
                widget.hide()

    def _add(self, control: SettingControl) -> None:
        """A row with the label, and what belongs below it."""
        place, field, slider = control.place, control.field, control.slider
        field.setMinimumWidth(field.fontMetrics().horizontalAdvance("processes") + enlarged(42))
        self._grid.setColumnMinimumWidth(1, max(self._grid.columnMinimumWidth(1), field.minimumWidth()))
        self._introduce(field, place.object_name, place.label, place.tip)
        title = label(place.label)
        title.setToolTip(plain_text(place.tip))
        title.setBuddy(field)
        self._show_only(place.only, *(part for part in (title, field, slider) if part is not None))
        row = self._grid.rowCount()
        self._grid.addWidget(title, row, 0)
        self._grid.addWidget(field, row, 1)
        if slider is not None:
            name = f"{place.object_name.removesuffix('Spin')}Slider"
            self._introduce(slider, name, f"{place.label}, slider", place.tip)
            self._add_wide(slider)
        if control.setting.zero and control.setting.low == 0:  # 0 can be chosen
            zero = label(f"0: {control.setting.zero}", "dim")
            zero.setWordWrap(True)
            self._show_only(place.only, zero)
            self._add_wide(zero)

    def _introduce(self, widget: QWidget, object_name: str, name: str, tip: str) -> None:
        widget.setObjectName(object_name)
        widget.setAccessibleName(name)
        widget.setToolTip(plain_text(tip))
        self._key_filters.teach(widget)

    def _add_wide(self, widget: QWidget) -> None:
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def _emit(self, name: str, value: SettingValue) -> None:
        self._shown[name] = value
        self.changed.emit(name, value)


def _section(setting: Setting) -> str | None:
    return setting.control.section if setting.control else None


def changes_of(config: type[SessionConfig]) -> Capabilities:
    """To change any setting of `config`."""
    return Capabilities(frozenset(f"change:{name}" for name in settings_table(config)))
