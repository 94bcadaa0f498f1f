"""The mood as a chip: a dot of its colour and its name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QWidget

from miso_desktop.moods import MOODS, Mood
from miso_desktop.phrases import tr
from miso_desktop.ui import icons, theme, tokens, words
from miso_desktop.ui.buttons import Button
from miso_desktop.words import MOOD_WORDS

HEIGHT = 24
_NONE = "—"


def width(mood: Mood | None) -> int:
    """Pixels that the chip of a mood takes."""
    return QFontMetrics(theme.font(tokens.SMALL_STRONG)).horizontalAdvance(_label(mood)) + 32


def paint(
    painter: QPainter,
    corner: QPointF,
    mood: Mood | None,
    *,
    ground: QColor | None = None,
    ink: QColor | None = None,
) -> QRectF:
    """Draw a chip with its top left at ``corner``; without a mood it says so."""
    colours = theme.palette()
    shape = QRectF(corner.x(), corner.y(), width(mood), HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground or theme.colour(colours.well))
    painter.drawRoundedRect(shape, HEIGHT / 2, HEIGHT / 2)
    painter.setBrush(theme.mood_colour(mood) if mood else theme.colour(colours.soft, 0.6))
    painter.drawEllipse(QPointF(shape.left() + 13, shape.center().y()), 4, 4)
    painter.setFont(theme.font(tokens.SMALL_STRONG))
    painter.setPen(ink or theme.colour(colours.ink))
    painter.drawText(shape.adjusted(22, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, _label(mood))
    return shape


def _label(mood: Mood | None) -> str:
    return str(MOOD_WORDS[mood]) if mood else _NONE


class MoodChip(Button):
    """A chip on the page. Pressed, it offers the other moods where it may be corrected."""

    corrected = Signal(object)
    """The mood the person chose; None takes their word back."""

    def __init__(self, mood: Mood | None = None, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._mood: Mood | None = None
        self._person: Mood | None = None
        self._correctable = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.clicked.connect(self._offer)
        self.set_mood(mood)

    def set_mood(self, mood: Mood | None, person: Mood | None = None) -> None:
        """Show a mood; ``person`` is the one that a person has chosen, if they have."""
        self._mood, self._person = mood, person
        self.setAccessibleName(tr("Mood: {mood}", mood=_label(mood)))
        self.updateGeometry()
        self.update()

    def allow_correction(self) -> None:
        """Make it a button."""
        self._correctable = True
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("Change the mood"))

    @property
    def mood(self) -> Mood | None:
        """What it shows."""
        return self._mood

    def sizeHint(self) -> QSize:
        return QSize(width(self._mood), HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = self.painter(), theme.palette()
        lively = self._correctable and self.hovered
        ground = theme.colour(tokens.mix(colours.well, colours.ink, 0.07 * lively))
        shape = paint(painter, QPointF(0, 0), self._mood, ground=ground)
        self.paint_ring(painter, shape, HEIGHT / 2)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._offer()

    def _offer(self) -> None:
        if self._correctable:
            menu = mood_menu(self, self._mood, self._person, self.corrected.emit)
            menu.popup(self.mapToGlobal(self.rect().bottomLeft()))


def mood_menu(
    parent: QWidget,
    current: Mood | None,
    person: Mood | None,
    chosen: Callable[[Mood | None], object],
) -> QMenu:
    """A menu of the five moods; with a person's own choice, the way back to MISO's.

    Parameters
    ----------
    parent : QWidget
        Whose menu it is.
    current, person : Mood or None
        What is shown now, and what the person has said, if they have.
    chosen : callable of (Mood or None)
        Called with what the person picks; None means MISO's own word again.
    """
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for mood in MOODS:
        action = menu.addAction(icons.dot(theme.mood_colour(mood)), str(words.MOOD_TITLES[mood]))
        action.setEnabled(mood is not current or person is None)
        action.triggered.connect(lambda _=False, mood=mood: chosen(mood))
    if person is not None:
        menu.addSeparator()
        action = menu.addAction(tr("As MISO heard it"))
        action.triggered.connect(lambda: chosen(None))
    return menu
