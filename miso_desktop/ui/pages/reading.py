"""The page of one photo: what MISO sees, its mood, why, and what would play."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from miso_desktop.errors import MisoError
from miso_desktop.phrases import tr
from miso_desktop.ui import chips, tokens, words
from miso_desktop.ui.buttons import Link, Pill
from miso_desktop.ui.cards import Card, Empty, Heading
from miso_desktop.ui.labels import Text, TwoTone
from miso_desktop.ui.mood_bars import MoodBars, MoodPlane
from miso_desktop.ui.pages.page import Page, scrolling
from miso_desktop.ui.photo_view import MARGIN as SHADOW
from miso_desktop.ui.photo_view import PhotoView
from miso_desktop.ui.pictures import LARGE, Picture
from miso_desktop.ui.queue_list import QueueList
from miso_desktop.ui.segmented import Segmented
from miso_desktop.ui.session import Session
from miso_desktop.ui.why_card import WhyCard
from miso_desktop.values import PhotoReading

_SIDE_SHARE = 0.338
_SIDE_LEAST, _SIDE_MOST = 408, 480
_BELOW_PHOTO = 290


class ReadingPage(Page):
    """Photo and mood on the left, queue and reasons on the right."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pictured: Path | None = None
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        empty = Empty(
            "photo",
            tr("No photo yet"),
            tr("Drop one anywhere on the window, paste it, or press Ctrl O."),
        )
        full = QWidget()
        row = QHBoxLayout(full)
        row.setContentsMargins(0, 0, 32, 0)
        row.setSpacing(0)
        row.addWidget(scrolling(self._make_left()), 1)
        row.addWidget(self._make_right())
        self._stack.addWidget(empty)
        self._stack.addWidget(full)
        session.readings.shown.connect(self._show)
        session.playing.proposal_changed.connect(self._show_proposal)
        session.playing.track_changed.connect(self._mark_playing)
        session.settings_changed.connect(self._on_setting)
        self._show()
        self._show_proposal()

    # Left: the photo and its mood

    def _make_left(self) -> QWidget:
        inner = QWidget()
        self.photo = PhotoView()
        self.caption = Text("", tokens.SMALL, soft=True, wrap=True)
        self.title = TwoTone(tokens.DISPLAY)
        self.title.setFixedHeight(44)
        self.change = Link(tr("change mood"), icon="chevron")
        self.change.clicked.connect(self._offer_moods)
        self.plane = MoodPlane()
        self.bars = MoodBars()
        heading = QHBoxLayout()
        heading.setSpacing(16)
        heading.addWidget(self.title, 1)
        heading.addWidget(self.change, 0, Qt.AlignmentFlag.AlignVCenter)
        figures = QHBoxLayout()
        figures.setSpacing(20)
        figures.addWidget(self.plane, 0, Qt.AlignmentFlag.AlignTop)
        figures.addWidget(self.bars, 1, Qt.AlignmentFlag.AlignVCenter)
        words_below = QVBoxLayout()
        words_below.setContentsMargins(SHADOW, 0, SHADOW, 20)
        words_below.setSpacing(0)
        words_below.addWidget(self.caption)
        words_below.addLayout(heading)
        words_below.addSpacing(8)
        words_below.addLayout(figures)
        column = QVBoxLayout(inner)
        # The photo's shadow takes its margins out of the page's own.
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.photo)
        column.addSpacing(-SHADOW + 16)
        column.addLayout(words_below)
        column.addStretch(1)
        return inner

    # Right: the queue and the reasons

    def _make_right(self) -> QWidget:
        self.side = side = QWidget()
        self.genre = Segmented(
            tr("Which music"),
            {genre.value: str(name) for genre, name in words.GENRE_NAMES.items()},
            self.session.settings.genre,
        )
        self.genre.chosen.connect(lambda genre: self.session.change("genre", genre))
        self.play = Pill(tr("Play this photo"), icon="play", primary=True)
        # clicked carries a bool, which is no place in the queue.
        self.play.clicked.connect(lambda _=False: self.session.playing.play_proposal())
        controls = QHBoxLayout()
        controls.setSpacing(8)
        controls.addWidget(self.genre)
        controls.addStretch(1)
        controls.addWidget(self.play)
        self.why = WhyCard()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 32, 0, 12)
        column.setSpacing(14)
        column.addLayout(controls)
        column.addWidget(self._make_queue(), 1)
        column.addWidget(self.why)
        return side

    def _make_queue(self) -> QWidget:
        card = Card()
        self.queue_heading = Heading(tr("Up next"))
        self.again = Link(tr("shuffle again"))
        self.again.clicked.connect(lambda _=False: self.session.playing.propose())
        self.queue_heading.row.addWidget(self.again)
        self.queue = QueueList(tr("Up next"))
        self.queue.chosen.connect(self.session.playing.play_proposal)
        self.queue.corrected.connect(self.session.shelf.correct)
        self.queue_note = Text("", tokens.SMALL, soft=True, wrap=True)
        self.queue_note.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(self.queue_heading)
        card.body.addWidget(self.queue, 1)
        card.body.addWidget(self.queue_note, 1)
        return card

    # Showing

    def _show(self) -> None:
        readings = self.session.readings
        self._stack.setCurrentIndex(1 if readings.photo else 0)
        if not readings.photo:
            return
        photo = readings.photo
        if self._pictured != photo:  # not the photo before, under this one's name
            self._pictured = photo
            self.photo.set_image(None)
        self.photo.setAccessibleName(photo.name)
        self.session.pictures.get(photo, LARGE, self._show_picture, self._no_picture)
        if readings.reading:
            self._show_reading(readings.reading)
        else:
            self._show_waiting()

    def _show_waiting(self) -> None:
        readings = self.session.readings
        self.bars.set_scores(None)
        self.plane.set_scores(None)
        self.why.hide()
        self.change.hide()
        self.play.set_mood(None)
        self.plane.look(readings.looking)
        if readings.error:
            sentence = tr("This photo cannot be read")
            self.caption.setText(readings.photo.name if readings.photo else "")
        else:
            sentence = tr("Looking…")
            number, total = readings.progress
            waiting = tr("Photo {number} of {total}", number=number, total=total)
            self.caption.setText(waiting if total > 1 else tr("A moment of calm."))
        self.title.set_parts(sentence, sentence)

    def _show_reading(self, reading: PhotoReading) -> None:
        sentence = words.mood_title(reading.scores)
        self.title.set_parts(str(sentence), str(dict(sentence.values)["mood"]))
        self.caption.setText(reading.caption or _why_no_caption(reading))
        self.bars.set_scores(reading.scores)
        self.plane.look(False)
        self.plane.set_scores(reading.scores)
        self.change.show()
        self.why.show_reading(reading)
        self.why.show()
        self.play.set_mood(reading.scores.top)

    def _show_picture(self, picture: Picture) -> None:
        if picture.path == self.session.readings.photo:
            self.photo.set_image(picture.image)

    def _no_picture(self, _error: MisoError) -> None:
        self.photo.set_image(None)

    def _show_proposal(self) -> None:
        playing = self.session.playing
        picks = playing.proposal
        self.queue.rows.set_picks(picks)
        self.queue.setVisible(bool(picks))
        self.queue_note.setVisible(not picks)
        self.again.setVisible(bool(picks))
        self.play.setEnabled(bool(picks))
        seconds = sum(pick.track.tags.duration_s for pick in picks)
        length = f"{words.songs(len(picks))} · {words.span(seconds)} ·" if picks else ""
        self.queue_heading.note.setText(length)
        if playing.proposal_error:
            self.queue_note.setText(str(playing.proposal_error))
        else:
            self.queue_note.setText(tr("Once the photo is read, its music stands here."))
        self._mark_playing()

    def _mark_playing(self) -> None:
        playing = self.session.playing
        current, row = playing.current, -1
        if current and playing.proposal_is_playing(self.session.readings.reading):
            ids = [pick.track.id for pick in playing.proposal]
            row = ids.index(current.track.id) if current.track.id in ids else -1
        self.queue.rows.set_playing(row)

    def _offer_moods(self) -> None:
        reading = self.session.readings.reading
        if not reading:
            return
        top = reading.scores.top
        person = top if reading.scores[top] == 1.0 else None
        menu = chips.mood_menu(self, top, person, self.session.readings.correct)
        menu.popup(self.change.mapToGlobal(self.change.rect().bottomLeft()))

    def _on_setting(self, name: str) -> None:
        if name == "genre":
            self.genre.choose(self.session.settings.genre, quietly=True)
            self.session.playing.propose()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = round(self.width() * _SIDE_SHARE)
        self.side.setFixedWidth(min(_SIDE_MOST, max(_SIDE_LEAST, wide)))
        self.photo.set_limit(max(160, self.height() - _BELOW_PHOTO))

    def settle(self) -> None:
        self.bars.settle()


def _why_no_caption(reading: PhotoReading) -> str:
    """What the reader of captions says to none: there may be no captioner, or a damaged one."""
    for silence in reading.silences:
        if silence.reader == "caption":
            return words.sentence(silence.reason)
    return tr("There is no caption.")
