"""The bar at the foot: what plays, where it is, how loud, what comes next."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import icons, theme, tokens, words
from miso_desktop.ui.buttons import IconButton, PlayButton
from miso_desktop.ui.chips import MoodChip
from miso_desktop.ui.covers import paint_cover
from miso_desktop.ui.labels import Elided, Text
from miso_desktop.ui.photo_view import cropped
from miso_desktop.ui.pictures import THUMBNAIL, Picture
from miso_desktop.ui.session import Session
from miso_desktop.ui.waveform import Waveform

_COVER = 52


class Cover(QWidget):
    """The photo that the track plays for; without one, the colour of its mood."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_COVER, _COVER)
        self._photo: QPixmap | None = None
        self._mood: Mood | None = None

    def set_picture(self, picture: Picture | None, mood: Mood | None) -> None:
        """Show a photo or a mood; neither shows an empty place."""
        size = QSize(_COVER, _COVER)
        self._mood = mood
        self._photo = cropped(picture.image, size, self.devicePixelRatioF()) if picture else None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QRectF(self.rect())
        if self._photo:
            outline = QPainterPath()
            outline.addRoundedRect(shape, tokens.RADIUS_SMALL, tokens.RADIUS_SMALL)
            painter.setClipPath(outline)
            painter.drawPixmap(0, 0, self._photo)
        elif self._mood:
            paint_cover(painter, shape, self._mood)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(colours.well))
            painter.drawRoundedRect(shape, tokens.RADIUS_SMALL, tokens.RADIUS_SMALL)
            icons.paint(painter, "note", shape.center(), theme.colour(colours.soft))


class PlayerBar(QWidget):
    """Always there, also with nothing to play."""

    queue_asked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._playing = session.playing
        self.setFixedHeight(tokens.PLAYER_BAR)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 16, 0)
        row.setSpacing(24)
        row.addWidget(self._make_track(), 1)
        row.addWidget(self._make_transport(), 2)
        row.addWidget(self._make_side(), 1)
        self._playing.track_changed.connect(self._show_track)
        self._playing.status_changed.connect(self._show_status)
        self._playing.waveform_changed.connect(self._show_waveform)
        self._show_track()
        self._show_status()
        self._show_waveform()

    def _make_track(self) -> QWidget:
        box = QWidget()
        self.cover = Cover()
        self.title = Elided("", tokens.STRONG)
        self.artist = Elided("", tokens.SMALL, soft=True)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addStretch(1)
        lines.addWidget(self.title)
        lines.addWidget(self.artist)
        lines.addStretch(1)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.cover)
        row.addLayout(lines, 1)
        return box

    def _make_transport(self) -> QWidget:
        box = QWidget()
        self.previous = IconButton("previous", tr("Previous track"))
        self.play = PlayButton(tr("Play"))
        self.next = IconButton("next", tr("Next track"))
        self.previous.clicked.connect(self._playing.previous)
        self.play.clicked.connect(self._playing.toggle)
        self.next.clicked.connect(self._playing.next)
        buttons = QHBoxLayout()
        buttons.setSpacing(12)
        buttons.addStretch(1)
        for button in (self.previous, self.play, self.next):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.elapsed = Text("", tokens.SMALL, soft=True, tabular=True)
        self.length = Text("", tokens.SMALL, soft=True, tabular=True)
        for clock in (self.elapsed, self.length):
            clock.setFixedWidth(52)
        self.elapsed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.waveform = Waveform()
        self.waveform.setMaximumWidth(440)
        self.waveform.sought.connect(self._playing.seek)
        seek = QHBoxLayout()
        seek.setSpacing(16)
        seek.addStretch(1)
        seek.addWidget(self.elapsed)
        seek.addWidget(self.waveform, 1000)
        seek.addWidget(self.length)
        seek.addStretch(1)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 4, 0, 6)
        column.setSpacing(2)
        column.addLayout(buttons)
        column.addLayout(seek)
        return box

    def _make_side(self) -> QWidget:
        box = QWidget()
        self.chip = MoodChip()
        self.chip.allow_correction()
        self.chip.corrected.connect(self._correct)
        self.mute = IconButton("volume", tr("Mute"), size=32)
        self.mute.clicked.connect(self._toggle_mute)
        self.volume = QSlider(Qt.Orientation.Horizontal)
        self.volume.setRange(0, 100)
        self.volume.setFixedWidth(72)
        self.volume.setAccessibleName(tr("Volume"))
        self.volume.setValue(round(self._session.settings.volume * 100))
        self.volume.valueChanged.connect(self._set_volume)
        self.queue = IconButton("queue", tr("What comes next"), size=32)
        self.queue.clicked.connect(self.queue_asked)
        self._before_mute = self.volume.value() or 80
        # While the slider moves nothing is written: the last value is, a moment later.
        self._keep_volume = QTimer(self, interval=500, singleShot=True)
        self._keep_volume.timeout.connect(
            lambda: self._session.change("volume", self.volume.value() / 100)
        )
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for widget in (self.chip, self.mute, self.volume, self.queue):
            row.addWidget(widget)
        return box

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.fillRect(self.rect(), theme.colour(colours.card))
        painter.fillRect(0, 0, self.width(), 1, theme.colour(colours.line))

    def _show_track(self) -> None:
        pick = self._playing.current
        for control in (self.previous, self.next, self.waveform, self.queue):
            control.setEnabled(pick is not None)
        self.chip.setVisible(pick is not None)
        if pick is None:
            self.title.setText(tr("Nothing plays yet"))
            self.artist.setText(tr("Drop a photo to begin"))
            self.cover.set_picture(None, None)
            return
        track = pick.track
        self.title.setText(track.title)
        self.artist.setText(track.tags.artist or track.path.parent.name)
        self.chip.set_mood(track.scores.top, track.corrected)
        self.cover.set_picture(None, track.scores.top)
        if photo := self._playing.photo:
            self._session.pictures.get(photo, THUMBNAIL, self._show_photo)

    def _show_photo(self, picture: Picture) -> None:
        if picture.path == self._playing.photo and self._playing.current:
            self.cover.set_picture(picture, self._playing.mood)

    def _show_status(self) -> None:
        status, pick = self._playing.status, self._playing.current
        playing = self._playing.playing
        self.play.set_icon("pause" if playing else "play", tr("Pause") if playing else tr("Play"))
        self.play.setEnabled(bool(self._playing.current or self._playing.proposal))
        if status is None or not pick:
            self.elapsed.setText("")
            self.length.setText("")
            return
        # The player knows the length once it has opened the file; the tag knows it before.
        length = status.duration_s or pick.track.tags.duration_s
        self.waveform.set_position(status.position_s, length)
        self.elapsed.setText(words.clock(self.waveform.shown_position))
        self.length.setText(words.clock(length) if length else "")

    def _show_waveform(self) -> None:
        self.waveform.set_peaks(self._playing.waveform, self._playing.mood)

    def refresh_play(self) -> None:
        """A proposal came or went."""
        self._show_status()

    def _correct(self, mood: Mood | None) -> None:
        if pick := self._playing.current:
            self._session.shelf.correct(pick.track, mood)
            shown = mood or pick.track.expected.top
            self.chip.set_mood(shown, mood)

    def _toggle_mute(self) -> None:
        if self.volume.value():
            self._before_mute = self.volume.value()
            self.volume.setValue(0)
        else:
            self.volume.setValue(self._before_mute)

    def _set_volume(self, percent: int) -> None:
        self.mute.set_icon("volume" if percent else "mute", tr("Mute") if percent else tr("Unmute"))
        self._playing.set_volume(percent / 100)
        self._keep_volume.start()
