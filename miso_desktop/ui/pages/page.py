"""What every page shares."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)

from miso_desktop.ui import tokens
from miso_desktop.ui.labels import Elided, Text
from miso_desktop.ui.session import Session

MARGIN = 48


class Page(QWidget):
    """A page: transparent, for the window paints the ground."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def focus_search(self) -> None:
        """The person wants to search; pages without a search ignore it."""

    def settle(self) -> None:
        """End animations: for pictures of the window."""

    def entered(self) -> None:
        """The page was opened."""

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.entered()


class PageHead(QWidget):
    """The page's title, a soft line under it, and controls at the right."""

    def __init__(self, title: str, style: tokens.Type = tokens.TITLE) -> None:
        super().__init__()
        self.title = Text(title, style)
        self.note = Elided("", tokens.BODY, soft=True)
        lines = QVBoxLayout()
        lines.setSpacing(6 if style is tokens.DISPLAY else 2)
        lines.addWidget(self.title)
        lines.addWidget(self.note)
        self.controls = QHBoxLayout()
        self.controls.setSpacing(12)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        row.addLayout(lines, 1)
        row.addLayout(self.controls)


class _Scrolling(QScrollArea):
    """The bar takes its room out of the margin, so that the page keeps its width."""

    def __init__(self) -> None:
        super().__init__()
        # A bar of our own: asking for Qt's makes PySide go through every class it knows.
        self._bar = QScrollBar(Qt.Orientation.Vertical)
        self.setVerticalScrollBar(self._bar)
        self._bar.rangeChanged.connect(self._make_room)
        self._margin = 0

    def setWidget(self, widget: QWidget) -> None:
        super().setWidget(widget)
        if layout := widget.layout():
            self._margin = layout.contentsMargins().right()

    def _make_room(self, _low: int, high: int) -> None:
        inner = self.widget()
        layout = inner.layout() if inner else None
        if layout and self._margin:
            margins = layout.contentsMargins()
            bar = self._bar.sizeHint().width() if high > 0 else 0
            margins.setRight(max(0, self._margin - bar))
            layout.setContentsMargins(margins)


def scrolling(inner: QWidget) -> QScrollArea:
    """A frameless, transparent scroll area around a widget."""
    area = _Scrolling()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    inner.setAutoFillBackground(False)
    return area


def column(widget: QWidget, *, spacing: int = 16) -> QVBoxLayout:
    """The usual margins of a page around one column."""
    made = QVBoxLayout(widget)
    made.setContentsMargins(MARGIN, 28, MARGIN, 28)
    made.setSpacing(spacing)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while item := layout.takeAt(0):
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
        elif inner := item.layout():
            clear(inner)
