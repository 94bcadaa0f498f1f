"""Light and dark: the current palette, the fonts, the style sheet of plain Qt controls.

Custom-painted widgets ask :func:`palette` whenever they paint, so that a change of
theme needs no more than a repaint.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from miso_desktop import paths
from miso_desktop.moods import Mood
from miso_desktop.ui import tokens

_FONTS = ("Pretendard-Regular.otf", "Pretendard-Medium.otf", "Pretendard-SemiBold.otf")
_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
_current = tokens.LIGHT


def palette() -> tokens.Palette:
    """The colours to paint with now."""
    return _current


def colour(value: str, alpha: float = 1.0) -> QColor:
    """A token as Qt's colour; ``alpha`` from 0 to 1."""
    made = QColor(value)
    made.setAlphaF(alpha)
    return made


def mood_colour(mood: Mood, alpha: float = 1.0) -> QColor:
    """The mood's colour, for dots, bars and tints."""
    return colour(tokens.MOOD_COLOURS[mood], alpha)


def font(style: tokens.Type, *, tabular: bool = False) -> QFont:
    """The font of a text style; ``tabular`` gives every digit the same width."""
    made = QFont(QGuiApplication.font())
    made.setPixelSize(style.size)
    made.setWeight(QFont.Weight(style.weight))
    if style.tracking:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100 + style.tracking)
    if tabular:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def load_fonts() -> None:
    """Register the shipped family; the system's own font serves where the files are missing."""
    for name in _FONTS:
        QFontDatabase.addApplicationFont(str(paths.resource("fonts", name)))
    base = QFont(tokens.FAMILY)
    base.setPixelSize(tokens.BODY.size)
    base.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    QApplication.setFont(base)


class Theme(QObject):
    """Applies the person's choice and follows the system where they chose that."""

    changed = Signal()

    def __init__(self, app: QApplication, choice: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._hints = app.styleHints()
        self._hints.colorSchemeChanged.connect(self._apply)
        self.choose(choice)

    def choose(self, choice: str) -> None:
        """``"system"``, ``"light"`` or ``"dark"``."""
        wanted = _SCHEMES.get(choice, Qt.ColorScheme.Unknown)
        self._wanted = wanted
        self._hints.setColorScheme(wanted)
        self._apply()

    def _apply(self) -> None:
        global _current
        # Some platforms (the offscreen one too) keep no scheme: the choice itself counts then.
        scheme = self._wanted if self._wanted != _SCHEMES["system"] else self._hints.colorScheme()
        _current = tokens.DARK if scheme == Qt.ColorScheme.Dark else tokens.LIGHT
        self._app.setPalette(_qt_palette(_current))
        self._app.setStyleSheet(_style_sheet(_current))
        self.changed.emit()


def _qt_palette(colours: tokens.Palette) -> QPalette:
    made = QPalette()
    role = QPalette.ColorRole
    for names, value in (
        ((role.Window, role.AlternateBase), colours.background),
        ((role.Base, role.ToolTipBase), colours.card),
        ((role.Button, role.Midlight), colours.well),
        ((role.Text, role.WindowText, role.ButtonText, role.ToolTipText), colours.ink),
        ((role.PlaceholderText,), colours.soft),
        ((role.Mid, role.Dark), colours.line),
        ((role.Highlight,), tokens.MOOD_COLOURS[Mood.SAD]),
        ((role.HighlightedText,), "#FFFFFF"),
    ):
        for name in names:
            made.setColor(name, QColor(value))
    disabled = QPalette.ColorGroup.Disabled
    for name in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(disabled, name, QColor(colours.soft))
    return made


def _style_sheet(c: tokens.Palette) -> str:
    hover = tokens.mix(c.well, c.ink, 0.06)
    handle = tokens.mix(c.line, c.soft, 0.35)
    return f"""
QLabel[tone="soft"] {{ color: {c.soft}; }}
QScrollArea, QListView, QTableView {{ background: transparent; border: none; outline: none; }}
QMenu {{ background: {c.card}; border: 1px solid {c.line}; padding: 6px; }}
QMenu::item {{ padding: 8px 24px 8px 10px; border-radius: 6px; color: {c.ink}; }}
QMenu::item:selected {{ background: {c.well}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 6px 8px; }}
QMenu::icon {{ padding-left: 8px; }}
QToolTip {{ background: {c.card}; color: {c.ink}; border: 1px solid {c.line}; padding: 4px 8px; }}
QLineEdit {{ background: {c.well}; color: {c.ink}; border: 1px solid transparent;
  border-radius: 16px; padding: 0 14px 0 34px; min-height: 30px; }}
QLineEdit[glass="false"] {{ padding-left: 14px; }}
QLineEdit:focus {{ border-color: {c.soft}; background: {c.card}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{ background: transparent; color: {c.soft}; border: none;
  font-size: 12px;
  border-bottom: 1px solid {c.line}; padding: 0 12px; min-height: 32px; }}
QHeaderView::section:hover {{ color: {c.ink}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; border: none; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; border: none; }}
QScrollBar::handle {{ background: {handle}; border-radius: 3px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {c.soft}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QSlider {{ min-height: 24px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {hover}; }}
QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {c.ink}; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
  background: {c.ink}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {c.soft}; width: 10px; height: 10px;
  border-radius: 7px; }}
"""
