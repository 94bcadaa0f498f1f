"""The library on the plane of valence and arousal."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from miso_desktop.moods import MOODS, Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import theme, tokens, words
from miso_desktop.ui.cards import paint_card, paint_shadow
from miso_desktop.ui.pages.library import SearchField
from miso_desktop.ui.pages.page import Page, PageHead, column
from miso_desktop.ui.session import Session
from miso_desktop.values import Track
from miso_desktop.words import MOOD_WORDS

_EDGE = 48
_NEAR = 14.0


class Scatter(QWidget):
    """A dot a track; the one under the pointer says its name, a press plays it."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tracks: list[Track] = []
        self._faded: set[int] = set()
        self._shown: list[Track] = []
        self._places: list[tuple[float, float]] = []
        self._reach = 1.0
        self._dots: QPixmap | None = None
        self._hovered: Track | None = None
        self._playing: int | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(320)
        self.setAccessibleName(tr("Mood map"))

    def set_tracks(self, tracks: list[Track], faded: set[int]) -> None:
        """Show tracks; the ones whose number is in ``faded`` step back."""
        self._tracks, self._faded = tracks, faded
        # Taggers rarely use the whole plane: it is drawn as far as the tracks reach.
        furthest = max(
            (max(abs(t.scores.valence), abs(t.scores.arousal)) for t in tracks), default=1.0
        )
        self._reach = min(1.0, max(0.35, furthest * 1.08))
        self.redraw()

    def set_playing(self, track_id: int | None) -> None:
        """Ring the track that plays."""
        self._playing = track_id
        self.update()

    def redraw(self) -> None:
        """Paint the dots anew: the theme, the size or the tracks are different."""
        self._dots = None
        self.update()

    def place(self, track: Track) -> QPointF:
        """Where a track lies on the widget."""
        x = track.scores.valence / self._reach * (self.width() / 2 - _EDGE)
        y = track.scores.arousal / self._reach * (self.height() / 2 - _EDGE)
        return QPointF(self.width() / 2 + x, self.height() / 2 - y)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.redraw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.PaletteChange):
            self.redraw()
        super().changeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hovered = self._at(event.position())
        if hovered is not self._hovered:
            self._hovered = hovered
            self.setCursor(
                Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.ArrowCursor
            )
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if track := self._at(event.position()):
            self.chosen.emit(track)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._dots is None:
            self._dots = self._draw_dots()
        painter.drawPixmap(0, 0, self._dots)
        ink = theme.colour(theme.palette().ink)
        for track in self._tracks:
            if track.id == self._playing or track is self._hovered:
                painter.setPen(QPen(ink, 2))
                painter.setBrush(theme.mood_colour(track.scores.top))
                painter.drawEllipse(self.place(track), 8, 8)
        if self._hovered:
            self._paint_name(painter, self._hovered)

    def _at(self, point: QPointF) -> Track | None:
        x, y = point.x(), point.y()
        distances = ((math.hypot(a - x, b - y), at) for at, (a, b) in enumerate(self._places))
        distance, nearest = min(distances, default=(math.inf, 0))
        return self._shown[nearest] if distance < _NEAR else None

    def _draw_dots(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_card(painter, QRectF(self.rect()))
        self._paint_axes(painter)
        painter.setPen(Qt.PenStyle.NoPen)
        self._shown = [track for track in self._tracks if track.id not in self._faded]
        self._places = [(at.x(), at.y()) for at in map(self.place, self._shown)]
        for track in self._tracks:
            sure = track.scores[track.scores.top]
            alpha = 0.10 if track.id in self._faded else 0.45 + 0.5 * sure
            painter.setBrush(theme.mood_colour(track.scores.top, min(1.0, alpha)))
            radius = 3.0 + 2.5 * sure
            painter.drawEllipse(self.place(track), radius, radius)
        self._paint_moods(painter)
        painter.end()
        return made

    def _paint_axes(self, painter: QPainter) -> None:
        colours, area = theme.palette(), QRectF(self.rect()).adjusted(24, 16, -24, -16)
        middle = area.center()
        painter.setPen(QPen(theme.colour(colours.line), 1))
        painter.drawLine(QPointF(area.left(), middle.y()), QPointF(area.right(), middle.y()))
        painter.drawLine(
            QPointF(middle.x(), area.top() + 20), QPointF(middle.x(), area.bottom() - 20)
        )
        painter.setFont(theme.font(tokens.TINY))
        painter.setPen(theme.colour(colours.soft))
        flag = Qt.AlignmentFlag
        painter.drawText(area, flag.AlignTop | flag.AlignHCenter, tr("energetic"))
        painter.drawText(area, flag.AlignBottom | flag.AlignHCenter, tr("calm"))
        upper = area.adjusted(4, 0, -4, -area.height() / 2 - 4)
        painter.drawText(upper, flag.AlignLeft | flag.AlignBottom, tr("dark"))
        painter.drawText(upper, flag.AlignRight | flag.AlignBottom, tr("bright"))

    def _paint_moods(self, painter: QPainter) -> None:
        """Each mood's name above the middle of its tracks."""
        colours = theme.palette()
        painter.setFont(theme.font(tokens.SMALL_STRONG))
        taken: list[QRectF] = []
        for mood in MOODS:
            places = [self.place(t) for t in self._tracks if t.scores.top is mood]
            if not places:
                continue
            x = sum(p.x() for p in places) / len(places)
            top = sorted(p.y() for p in places)[len(places) // 5]
            name = str(words.MOOD_TITLES[mood])
            wide = painter.fontMetrics().horizontalAdvance(name) + 8
            field = QRectF(x - wide / 2, top - 26, wide, 16)
            while any(field.intersects(other) for other in taken):
                field.translate(0, -16)
            taken.append(field)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour(colours.card, 0.78))  # dots may lie under the name
            painter.drawRoundedRect(field, 6, 6)
            tone = tokens.readable(tokens.MOOD_COLOURS[mood], colours.card)
            painter.setPen(theme.colour(tone))
            painter.drawText(field, Qt.AlignmentFlag.AlignCenter, name)

    def _paint_name(self, painter: QPainter, track: Track) -> None:
        colours, place = theme.palette(), self.place(track)
        mood: Mood = track.scores.top
        who = f"{track.tags.artist} · " if track.tags.artist else ""
        under = f"{who}{MOOD_WORDS[mood]} {track.scores[mood]:.2f}"
        painter.setFont(theme.font(tokens.STRONG))
        wide = painter.fontMetrics().horizontalAdvance(track.title)
        painter.setFont(theme.font(tokens.SMALL))
        wide = min(320, max(wide, painter.fontMetrics().horizontalAdvance(under))) + 32
        left = min(max(8.0, place.x() + 14), self.width() - wide - 8.0)
        top = min(max(8.0, place.y() + 14), self.height() - 68.0)
        shape = QRectF(left, top, wide, 60)
        paint_shadow(painter, shape.toRect(), tokens.RADIUS, 16)
        paint_card(painter, shape, tokens.RADIUS)
        inner = shape.adjusted(16, 10, -16, -10)
        painter.setPen(theme.colour(colours.soft))
        painter.drawText(inner, Qt.AlignmentFlag.AlignBottom, under)
        painter.setFont(theme.font(tokens.STRONG))
        painter.setPen(theme.colour(colours.ink))
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop, track.title)


class MapPage(Page):
    """Every track by what it feels like."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        body = column(self)
        self.head = PageHead(tr("Mood map"))
        self.search = SearchField(tr("Search"))
        self.head.controls.addWidget(self.search)
        self.scatter = Scatter()
        self.scatter.chosen.connect(session.playing.play_track)
        self.search.textChanged.connect(self._show)
        body.addWidget(self.head)
        body.addWidget(self.scatter, 1)
        session.shelf.changed.connect(self._show)
        session.playing.track_changed.connect(self._mark_playing)
        self._show()
        self._mark_playing()

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _show(self) -> None:
        tracks = [t for t in self.session.shelf.tracks if t.available]
        wanted = self.search.text().casefold().split()
        faded = {t.id for t in tracks if not all(w in _hay(t) for w in wanted)}
        self.scatter.set_tracks(tracks, faded)
        count = words.songs(len(tracks))
        somewhere = tr("{songs} by valence and energy · press a dot to hear it", songs=count)
        nowhere = tr("Your songs gather here, each where it feels.")
        self.head.note.setText(somewhere if tracks else nowhere)

    def _mark_playing(self) -> None:
        current = self.session.playing.current
        self.scatter.set_playing(current.track.id if current else None)


def _hay(track: Track) -> str:
    mood = str(MOOD_WORDS[track.scores.top])
    return " ".join((track.title, track.tags.artist, track.tags.album, mood)).casefold()
