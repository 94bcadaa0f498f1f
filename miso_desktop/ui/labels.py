"""Text on the page, in one of the styles of the tokens."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from miso_desktop.ui import theme, tokens


class Text(QLabel):
    """A label with a style and a tone."""

    def __init__(
        self,
        text: str = "",
        style: tokens.Type = tokens.BODY,
        *,
        soft: bool = False,
        wrap: bool = False,
        tabular: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setFont(theme.font(style, tabular=tabular))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        if soft:
            self.setProperty("tone", "soft")


class Elided(Text):
    """One line that gives way: what does not fit ends in an ellipsis, whole in the tip."""

    def __init__(
        self,
        text: str = "",
        style: tokens.Type = tokens.BODY,
        *,
        soft: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, style, soft=soft, parent=parent)
        self._soft = soft
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(24)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.palette()
        painter.setPen(theme.colour(colours.soft if self._soft else colours.ink))
        shown = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.width()
        )
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.drawText(self.rect(), int(self.alignment()), shown)


class TwoTone(Text):
    """A line whose named part is in ink and the rest soft: *Romantic* with a touch of sad."""

    def __init__(self, style: tokens.Type, parent: QWidget | None = None) -> None:
        super().__init__("", style, parent=parent)
        self._parts: list[tuple[str, bool]] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_parts(self, whole: str, strong: str) -> None:
        """Show ``whole`` with the first ``strong`` in it in ink; ``strong`` must occur."""
        start = whole.find(strong)
        end = start + len(strong)
        self._parts = [(whole[:start], False), (strong, True), (whole[end:], False)]
        self.setText(whole)
        self.setAccessibleName(whole)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._fitting())
        metrics = painter.fontMetrics()
        x, colours = 0, theme.palette()
        for text, strong in self._parts:
            painter.setPen(theme.colour(colours.ink if strong else colours.soft))
            room = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, self.width() - x))
            painter.drawText(
                x, 0, self.width() - x, self.height(), Qt.AlignmentFlag.AlignVCenter, room
            )
            x += metrics.horizontalAdvance(text)

    def _fitting(self) -> QFont:
        font = self.font()
        advance = self.fontMetrics().horizontalAdvance(self.text())
        if advance > self.width() > 0:
            font.setPixelSize(max(20, int(font.pixelSize() * self.width() / advance)))
        return font
