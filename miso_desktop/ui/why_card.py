"""Why a photo has its mood: the decision, and each reader's vote with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import chips, theme, tokens, words
from miso_desktop.ui.cards import Card, Heading
from miso_desktop.values import PhotoReading
from miso_desktop.words import MOOD_WORDS

_GAP = 12
_ABOVE, _BELOW = 9, 9
_LEAST = 35
"""Height of a row with one line."""
_WRAP = Qt.TextFlag.TextWordWrap.value


@dataclass(frozen=True)
class VoteLine:
    """What a reader says; without a mood it has nothing to say, and says why."""

    reader: str
    mood: Mood | None
    reason: str


class Votes(QWidget):
    """The decision and the votes, as high as their words need.

    Painted rather than laid out: labels that wrap get their height wrong in nested layouts.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.decision = ""
        self.lines: list[VoteLine] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_votes(self, decision: str, lines: list[VoteLine]) -> None:
        """Show a decision and the lines below it."""
        self.decision, self.lines = decision, lines
        said = (f"{line.reader}: {line.reason}" for line in lines)
        self.setAccessibleName("\n".join((decision, *said)))
        self._fit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = theme.font(tokens.SMALL)
        painter.setFont(text)
        painter.setPen(theme.colour(colours.soft))
        painter.drawText(QRect(0, 0, self.width(), 1000), _WRAP, self.decision)
        y = self._decision_height()
        chip_left, reason_left = self._columns()
        for line in self.lines:
            height = self._height(line)
            painter.fillRect(QRect(0, y, self.width(), 1), theme.colour(colours.line))
            painter.setFont(theme.font(tokens.SMALL_STRONG))
            painter.setPen(theme.colour(colours.ink))
            painter.drawText(
                QRect(0, y + _ABOVE, chip_left, 18), Qt.AlignmentFlag.AlignVCenter, line.reader
            )
            chips.paint(painter, QPointF(chip_left, y + 6), line.mood)
            painter.setFont(text)
            painter.setPen(theme.colour(colours.ink if line.mood else colours.soft))
            room = QRectF(reason_left, y + _ABOVE, self.width() - reason_left, height)
            painter.drawText(room, _WRAP, line.reason)
            y += height

    def _fit(self) -> None:
        self.setFixedHeight(self._decision_height() + sum(map(self._height, self.lines)))

    def _decision_height(self) -> int:
        return _wrapped(theme.font(tokens.SMALL), self.decision, self.width()) + 8

    def _height(self, line: VoteLine) -> int:
        room = self.width() - self._columns()[1]
        return max(_LEAST, _wrapped(theme.font(tokens.SMALL), line.reason, room) + _ABOVE + _BELOW)

    def _columns(self) -> tuple[int, int]:
        """Where the chips and the reasons begin."""
        strong = QFontMetrics(theme.font(tokens.SMALL_STRONG))
        names = max((strong.horizontalAdvance(line.reader) for line in self.lines), default=0)
        moods = max((chips.width(line.mood) for line in self.lines), default=0)
        return names + _GAP, names + moods + 2 * _GAP


class WhyCard(Card):
    """Always in sight, never in a dialog."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.heading = Heading("")
        self.votes = Votes()
        self.body.setSpacing(2)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.votes)

    def show_reading(self, reading: PhotoReading) -> None:
        """The votes, the weightiest first, then those with nothing to say."""
        top = reading.scores.top
        self.heading.title.setText(tr("Why {mood}", mood=MOOD_WORDS[top]))
        agreeing = sum(vote.mood is top for vote in reading.votes)
        if reading.votes:
            note = tr("{agree} of {all} readers agree", agree=agreeing, all=len(reading.votes))
            self.heading.note.setText(note)
        lines = [
            VoteLine(words.reader_name(vote.reader), vote.mood, words.sentence(vote.reason))
            for vote in reading.votes
        ]
        lines += [
            VoteLine(words.reader_name(silence.reader), None, words.sentence(silence.reason))
            for silence in reading.silences
        ]
        self.votes.set_votes(words.sentence(reading.why), lines)


def _wrapped(font: QFont, text: str, width: int) -> int:
    """Height of a text that is wrapped into ``width``."""
    return QFontMetrics(font).boundingRect(QRect(0, 0, max(1, width), 10_000), _WRAP, text).height()
