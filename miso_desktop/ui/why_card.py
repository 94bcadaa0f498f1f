"""Why a photo has its mood: the decision, and each reader's vote with its reason."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import tokens, words
from miso_desktop.ui.cards import Card, Heading, Line
from miso_desktop.ui.chips import MoodChip
from miso_desktop.ui.labels import Text
from miso_desktop.ui.pages.page import clear
from miso_desktop.values import PhotoReading
from miso_desktop.words import MOOD_WORDS

_TOP = Qt.AlignmentFlag.AlignTop


class WhyCard(Card):
    """Always in sight, never in a dialog."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.heading = Heading("")
        self.why = Text("", tokens.SMALL, soft=True, wrap=True)
        self.rows = QGridLayout()
        self.rows.setHorizontalSpacing(12)
        self.rows.setVerticalSpacing(0)
        self.rows.setColumnStretch(2, 1)
        self.body.setSpacing(2)
        self.body.addWidget(self.heading)
        self.body.addWidget(self.why)
        self.body.addSpacing(4)
        self.body.addLayout(self.rows)

    def show_reading(self, reading: PhotoReading) -> None:
        """The votes, the weightiest first, then those with nothing to say."""
        top = reading.scores.top
        self.heading.title.setText(tr("Why {mood}", mood=MOOD_WORDS[top]))
        agreeing = sum(vote.mood is top for vote in reading.votes)
        if reading.votes:
            note = tr("{agree} of {all} readers agree", agree=agreeing, all=len(reading.votes))
            self.heading.note.setText(note)
        self.why.setText(words.sentence(reading.why))
        clear(self.rows)
        for vote in reading.votes:
            self._add(vote.reader, vote.mood, words.sentence(vote.reason))
        for silence in reading.silences:
            self._add(silence.reader, None, words.sentence(silence.reason))

    def _add(self, reader: str, mood: Mood | None, reason: str) -> None:
        row = self.rows.rowCount()
        self.rows.addWidget(Line(), row, 0, 1, 3)
        name = Text(words.reader_name(reader), tokens.SMALL_STRONG)
        chip = MoodChip(mood)
        said = Text(reason, tokens.SMALL, soft=mood is None, wrap=True)
        for cell in (name, said):
            cell.setContentsMargins(0, 9, 0, 8)
        self.rows.addWidget(name, row + 1, 0, _TOP)
        holder = QWidget()
        inside = QGridLayout(holder)
        inside.setContentsMargins(0, 5, 0, 5)
        inside.addWidget(chip)
        self.rows.addWidget(holder, row + 1, 1, _TOP | Qt.AlignmentFlag.AlignLeft)
        self.rows.addWidget(said, row + 1, 2)
