"""The line of labels above the tiles: on or off, which colour is which class, and which classes are drawn."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.session.records import LabelsPhase, LabelsState
from inspector.ui.icons import LevelSign
from inspector.ui.key_filters import KeyFilters
from inspector.ui.labels.colours import class_colour
from inspector.ui.labels.layer import LABELS_TIP, LabelLayer, classes_of, faulty_count
from inspector.ui.plain_text import plain_text, show_tip
from inspector.ui.theme import Theme
from inspector.ui.widgets import LiveText, scaled_font

_SWATCH_PX = 9
_GAP_PX = 12
_MOST_NAME_PX = 150
_MOST_IN_MENU = 300


@dataclass(frozen=True, slots=True)
class _Chip:
    """A class in the legend; `number` None: the words for those that have no room."""

    number: int | None
    text: str
    place: QRectF


class ClassChips(QWidget):
    """The classes of the batch, each with its colour; a click shows or hides one, a double click it alone."""

    def __init__(self, theme: Theme, layer: LabelLayer) -> None:
        super().__init__()
        self.setObjectName("labelLegend")
        self.setAccessibleName("Classes of the labels of the batch")
        self._theme, self._layer = theme, layer
        self._numbers: list[int] = []
        self.setFont(scaled_font(self.font(), 0.92))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        layer.changed.connect(self.update)
        layer.labels_changed.connect(self._count)
        theme.changed.connect(self.update)

    @property
    def numbers(self) -> list[int]:
        """The classes of the batch, the most frequent first."""
        return list(self._numbers)

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 6)

    def _count(self) -> None:
        counts: dict[int, int] = {}
        for labels in self._layer.batch.pictures:
            for number in classes_of(labels) if labels is not None else ():
                counts[number] = counts.get(number, 0) + 1
        self._numbers = sorted(counts, key=lambda number: (-counts[number], number))
        names = ", ".join(self._layer.class_name(number) for number in self._numbers[:20])
        self.setAccessibleDescription(plain_text(names))
        self.update()

    def _chips(self) -> list[_Chip]:
        metrics = self.fontMetrics()
        chips: list[_Chip] = []
        left, room = 0.0, self.width()
        for at, number in enumerate(self._numbers):
            text = metrics.elidedText(self._layer.class_name(number), Qt.TextElideMode.ElideMiddle, _MOST_NAME_PX)
            width = _SWATCH_PX + 5 + metrics.horizontalAdvance(text)
            more = f"+{len(self._numbers) - at:,}"
            others = metrics.horizontalAdvance(more) + _GAP_PX if at + 1 < len(self._numbers) else 0
            if left + width + others > room:
                chips.append(_Chip(None, more, QRectF(left, 0, metrics.horizontalAdvance(more), self.height())))
                break
            chips.append(_Chip(number, text, QRectF(left, 0, width, self.height())))
            left += width + _GAP_PX
        return chips

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours, layer = self._theme.colours, self._layer
        for chip in self._chips():
            middle = self.height() / 2
            off = chip.number is not None and (
                not layer.shown or (chip.number in layer.hidden if layer.only is None else chip.number != layer.only)
            )
            left = chip.place.left()
            if chip.number is not None:
                swatch = QRectF(left, middle - _SWATCH_PX / 2, _SWATCH_PX, _SWATCH_PX)
                painter.setPen(QColor(colours.edge))
                painter.setBrush(Qt.BrushStyle.NoBrush if off else class_colour(chip.number))
                painter.drawRect(swatch)
                left += _SWATCH_PX + 5
            font = self.font()
            font.setStrikeOut(off)
            painter.setFont(font)
            painter.setPen(QColor(colours.dim if off or chip.number is None else colours.text))
            painter.drawText(
                QRectF(left, 0, chip.place.right() - left + 2, self.height()),
                int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
                chip.text,
            )
        painter.end()

    def _at(self, x: float) -> _Chip | None:
        return next((chip for chip in self._chips() if chip.place.left() <= x <= chip.place.right()), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        chip = self._at(event.position().x())
        if chip is not None and chip.number is not None:
            if self._layer.is_filtered:
                self._layer.choose(None)
            else:
                self._layer.toggle_class(chip.number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        chip = self._at(event.position().x())
        if chip is not None and chip.number is not None:
            self._layer.choose(chip.number)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            chip = self._at(event.pos().x())
            if chip is not None:
                said = "more classes: see the list" if chip.number is None else self._layer.class_name(chip.number)
                tip = f"{said}\nA click shows or hides it, a double click shows it alone."
                show_tip(event.globalPos(), tip, self)
            return True
        return super().event(event)


class LabelsBar(QWidget):
    """Hidden while there is nothing to say of labels."""

    def __init__(self, theme: Theme, layer: LabelLayer) -> None:
        super().__init__()
        self.setObjectName("labelsBar")
        self._layer = layer
        self._state = LabelsState()
        self._check = QCheckBox("Labels")
        self._check.setObjectName("labelsCheck")
        self._check.setAccessibleName("Show labels")
        self._check.setToolTip(LABELS_TIP)
        self._check.setChecked(layer.shown)
        self._check.toggled.connect(layer.show)
        layer.shown_changed.connect(self._check.setChecked)
        KeyFilters(self).teach(self._check)
        self._chips = ClassChips(theme, layer)
        self._button = QToolButton()
        self._button.setObjectName("labelClassesButton")
        self._button.setText("Classes ▾")
        self._button.setProperty("bar", True)
        self._button.setAccessibleName("Choose classes")
        self._button.setToolTip("Which classes are drawn, of those in the batch")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self)
        self._menu.setObjectName("labelClassesMenu")
        self._menu.aboutToShow.connect(self._fill_menu)
        self._button.setMenu(self._menu)
        self._sign = LevelSign(theme)
        self._note = LiveText(self.font())
        self._note.setObjectName("labelsNote")
        self._note.setAccessibleName("About the labels")
        line = QHBoxLayout()
        line.setContentsMargins(4, 0, 8, 0)
        line.setSpacing(10)
        line.addWidget(self._check)
        line.addWidget(self._chips, 1)
        line.addWidget(self._button)
        self._said = QWidget()
        said = QHBoxLayout(self._said)
        said.setContentsMargins(4, 0, 8, 0)
        said.addWidget(self._sign)
        said.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(1)
        column.addLayout(line)
        column.addWidget(self._said)
        layer.labels_changed.connect(self._show)
        layer.changed.connect(self._show)
        self._wanted = False
        self._show()

    def show_state(self, state: LabelsState) -> None:
        """What is known of the annotations by now."""
        if state != self._state:
            self._state = state
            self._check.setToolTip(plain_text(f"{LABELS_TIP}\n{state.text}".strip()))
            self._show()

    def show_page(self, shown: bool) -> None:
        """Whether tiles are shown below."""
        self._wanted = shown
        self._show()

    def _show(self) -> None:
        batch, state, layer = self._layer.batch, self._state, self._layer
        has_labels = any(batch.pictures)
        failed = state.phase is LabelsPhase.FAILED
        ready = state.phase is LabelsPhase.READY
        note, level = batch.note, "info"
        if layer.is_filtered:
            shown = sum(not layer.is_filtered_out(position) for position in range(len(batch.pictures)))
            many = f"Only {fmt.plural(shown, 'image')}" if shown else "No image"
            note = f"{many} of the batch {layer.chosen_text}; a click on the legend shows all again."
        elif failed:
            note, level = state.text, "warn"
        elif ready and batch.pictures and not has_labels:
            note = f"No image of this batch has labels. {state.text}"
        elif faulty := sum(faulty_count(labels) for labels in batch.pictures if labels):
            said = f"{fmt.plural(faulty, 'label')} of this batch may be wrong: in red, with a cross."
            note, level = f"{said} {note}".strip(), "warn"
        for part in (self._check, self._chips, self._button):
            part.setEnabled(has_labels)
        self._check.setVisible(has_labels or ready)
        self._chips.setVisible(has_labels or ready)
        self._button.setVisible(len(self._chips.numbers) > 1)
        self._sign.show_level(level)
        self._sign.setAccessibleName(level)
        first, *rest = fmt.readable(note).split(": ", 1)
        self._note.show_text("" if not failed else first, " ".join(rest) if failed else fmt.readable(note))
        self._said.setVisible(bool(note))
        self.setVisible(self._wanted and (has_labels or ready or failed))

    def _fill_menu(self) -> None:
        menu, layer = self._menu, self._layer
        menu.clear()
        everything = menu.addAction("All classes")
        everything.triggered.connect(lambda _checked=False: layer.hide_classes(frozenset()))
        none = menu.addAction("No class")
        numbers = self._chips.numbers
        none.triggered.connect(lambda _checked=False: layer.hide_classes(frozenset(numbers)))
        menu.addSeparator()
        for number in numbers[:_MOST_IN_MENU]:
            action = menu.addAction(layer.class_name(number).replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(number not in layer.hidden and layer.only in (None, number))
            action.triggered.connect(lambda _checked=False, number=number: layer.toggle_class(number))
