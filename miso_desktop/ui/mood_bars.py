"""A mood in figures: five bars, and the place on the plane of valence and arousal."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QVariantAnimation
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.phrases import tr
from miso_desktop.ui import theme, tokens, words

_ROW = 26
_BAR = 8
_GLIDE_MS = 320
_BREATH_MS = 2400


class MoodBars(QWidget):
    """The five probabilities, numbers aligned at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: MoodScores | None = None
        self._grown = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_ROW * len(MOODS))
        self._glide = QVariantAnimation(self, duration=_GLIDE_MS, startValue=0.0, endValue=1.0)
        self._glide.valueChanged.connect(self._grow)

    def set_scores(self, scores: MoodScores | None) -> None:
        """Show scores; None leaves the bars empty."""
        if scores == self._scores:
            return
        self._scores = scores
        self._glide.stop()
        if scores:
            described = ", ".join(f"{words.MOOD_TITLES[m]} {scores[m]:.2f}" for m in MOODS)
            self.setAccessibleName(described)
            self._glide.start()
        self.update()

    def settle(self) -> None:
        """End the animation: for pictures of the window."""
        self._glide.stop()
        self._grow(1.0)

    def sizeHint(self) -> QSize:
        return QSize(360, _ROW * len(MOODS))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        label_font, number_font = theme.font(tokens.SMALL), theme.font(tokens.BODY, tabular=True)
        metrics = QFontMetrics(label_font)
        labels = [str(words.MOOD_TITLES[mood]) for mood in MOODS]
        left = max(80, *(metrics.horizontalAdvance(label) for label in labels)) + 16
        right = self.width() - 48
        well = theme.colour(colours.ink, 0.08)
        for row, (mood, label) in enumerate(zip(MOODS, labels, strict=True)):
            cell = QRectF(0, row * _ROW, self.width(), _ROW)
            painter.setFont(label_font)
            painter.setPen(theme.colour(colours.soft))
            painter.drawText(cell, Qt.AlignmentFlag.AlignVCenter, label)
            bar = QRectF(left, cell.center().y() - _BAR / 2, right - left, _BAR)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(well)
            painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
            if self._scores is None:
                continue
            bar.setWidth(max(_BAR, bar.width() * self._scores[mood] * self._grown))
            painter.setBrush(theme.mood_colour(mood))
            painter.drawRoundedRect(bar, _BAR / 2, _BAR / 2)
            painter.setFont(number_font)
            painter.setPen(theme.colour(colours.ink))
            right_edge = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(cell, right_edge, f"{self._scores[mood]:.2f}")

    def _grow(self, share: float) -> None:
        self._grown = 1 - (1 - share) ** 3
        self.update()


class MoodPlane(QWidget):
    """Where a mood lies: dark to bright across, calm to energetic upwards."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scores: MoodScores | None = None
        self._breath: float | None = None
        self.setFixedSize(148, 148)
        self._breathing = QVariantAnimation(self, startValue=0.0, endValue=1.0)
        self._breathing.setDuration(_BREATH_MS)
        self._breathing.setLoopCount(-1)
        self._breathing.valueChanged.connect(self._breathe)

    def look(self, looking: bool) -> None:
        """Breathe calmly in the middle while the photo is being looked at."""
        if looking:
            self._breathing.start()
        else:
            self._breathing.stop()
            self._breath = None
        self.update()

    def set_scores(self, scores: MoodScores | None) -> None:
        """Show a place; None shows the empty plane."""
        self._scores = scores
        if scores:
            self.setAccessibleName(
                tr(
                    "Valence {valence}, arousal {arousal}",
                    valence=f"{scores.valence:+.2f}",
                    arousal=f"{scores.arousal:+.2f}",
                )
            )
            self.setToolTip(self.accessibleName())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.colour(colours.line), 1))
        painter.setBrush(theme.colour(colours.card if not colours.dark else colours.well))
        painter.drawRoundedRect(shape, tokens.RADIUS, tokens.RADIUS)
        middle = shape.center()
        painter.setPen(QPen(theme.colour(colours.ink, 0.12), 1))
        painter.drawLine(QPointF(12, middle.y()), QPointF(self.width() - 12, middle.y()))
        painter.drawLine(QPointF(middle.x(), 28), QPointF(middle.x(), self.height() - 28))
        painter.setFont(theme.font(tokens.TINY))
        painter.setPen(theme.colour(colours.soft))
        inner = shape.adjusted(0, 9, 0, -8)
        centre, top = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignTop
        painter.drawText(inner, centre | top, tr("energetic"))
        painter.drawText(inner, centre | Qt.AlignmentFlag.AlignBottom, tr("calm"))
        if self._scores:
            self._paint_place(painter, shape, self._scores)
        elif self._breath is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            swell = math.sin(math.pi * self._breath)
            painter.setBrush(theme.colour(colours.soft, 0.10 + 0.14 * swell))
            painter.drawEllipse(middle, 9 + 11 * swell, 9 + 11 * swell)

    def _breathe(self, moment: float) -> None:
        self._breath = moment
        self.update()

    def _paint_place(self, painter: QPainter, shape: QRectF, scores: MoodScores) -> None:
        reach = shape.width() / 2 - 24
        place = shape.center() + QPointF(scores.valence * reach, -scores.arousal * reach)
        painter.setPen(Qt.PenStyle.NoPen)
        for radius, alpha in ((22, 0.22), (7, 1.0)):
            painter.setBrush(theme.mood_colour(scores.top, alpha))
            painter.drawEllipse(place, radius, radius)
