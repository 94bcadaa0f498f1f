"""The window: rail, page, player bar; what is dropped, pasted and typed anywhere in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miso_desktop import paths
from miso_desktop.phrases import Phrase, phrase, tr
from miso_desktop.ui import theme, tokens
from miso_desktop.ui.buttons import Button
from miso_desktop.ui.cards import Banner
from miso_desktop.ui.glow import Glow, lit
from miso_desktop.ui.pages.home import HomePage
from miso_desktop.ui.pages.page import Page
from miso_desktop.ui.pictures import LARGE, Picture
from miso_desktop.ui.player_bar import PlayerBar
from miso_desktop.ui.playing import SEEK_S
from miso_desktop.ui.rail import Rail
from miso_desktop.ui.session import Session

if TYPE_CHECKING:
    from miso_desktop.ui.drop_veil import DropVeil
    from miso_desktop.ui.dropping import Dropped
    from miso_desktop.ui.queue_panel import QueuePanel

PAGES: dict[str, tuple[str, Phrase]] = {
    "home": ("home", phrase("Home")),
    "reading": ("photo", phrase("Reading")),
    "library": ("library", phrase("Library")),
    "map": ("map", phrase("Mood map")),
    "history": ("history", phrase("History")),
    "settings": ("settings", phrase("Settings")),
}
_PLACES = {
    "reading": ("reading", "ReadingPage"),
    "library": ("library", "LibraryPage"),
    "map": ("mood_map", "MapPage"),
    "history": ("history", "HistoryPage"),
    "settings": ("settings", "SettingsPage"),
}
"""Module and class of each page but the first: loaded when it is first opened."""


class Window(QWidget):
    """Everything that is seen."""

    painted = Signal()
    """The window stands on the screen for the first time."""

    def __init__(self, session: Session, look: theme.Theme) -> None:
        super().__init__()
        self.session = session
        self._look = look
        self._pages: dict[str, Page] = {}
        self._tint: tuple[QColor, QColor] | None = None
        self._was_painted = False
        self.current = "home"
        self.setWindowTitle("MISO")
        self.setAcceptDrops(True)
        # A press beside everything lets go of the focus; so does a change of page.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(*tokens.SMALLEST_WINDOW)
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(0)
        self._build()
        session.told.connect(self.tell)
        session.noted.connect(self.note)
        session.readings.opened.connect(lambda: self.open_page("reading"))
        session.readings.shown.connect(self._fetch_tint)
        session.settings_changed.connect(self._on_setting)
        session.playing.proposal_changed.connect(self._refresh_play)
        self.painted.connect(self._bind_keys)
        self._restore()

    # Building

    def _build(self) -> None:
        self.content = QWidget()
        self.rail = Rail(PAGES)
        self.rail.chosen.connect(self.open_page)
        self.banner = Banner()
        self.stack = QStackedWidget()
        self.bar = PlayerBar(self.session)
        self.bar.queue_asked.connect(self._toggle_queue)
        page = QVBoxLayout()
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.banner)
        page.addWidget(self.stack, 1)
        upper = QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addLayout(page, 1)
        whole = QVBoxLayout(self.content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(upper, 1)
        whole.addWidget(self.bar)
        self._whole.addWidget(self.content)
        self.veil: DropVeil | None = None
        self.queue_panel: QueuePanel | None = None
        self.open_page(self.current)

    def _rebuild(self) -> None:
        """Say everything anew, in another language."""
        old, self._pages = self.content, {}
        self._whole.removeWidget(old)
        old.hide()
        old.deleteLater()
        self._build()

    def page(self, key: str) -> Page:
        """A page, made when it is first asked for."""
        if key not in self._pages:
            made: Page
            if key == "home":
                home = HomePage(self.session)
                home.zone.photo_asked.connect(self.choose_photo)
                home.zone.folder_asked.connect(self.choose_folder)
                home.zone.paste_asked.connect(self.paste)
                made = home
            else:
                module, name = _PLACES[key]
                made = getattr(import_module(f"miso_desktop.ui.pages.{module}"), name)(self.session)
            self._pages[key] = made
            self.stack.addWidget(made)
        return self._pages[key]

    def open_page(self, key: str) -> None:
        """Show a page."""
        self.current = key
        self.rail.mark(key)
        page = self.page(key)
        if self.stack.currentWidget() is not page and not self.rail.hasFocusInside():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.stack.setCurrentWidget(page)
        self.update()

    def tell(self, message: str) -> None:
        """Say something in the page."""
        self.banner.show_message(message)

    def note(self, message: str) -> None:
        """Say calmly what is under way, or went well."""
        self.banner.show_message(message, calm=True)

    # What is given to MISO

    def take(self, dropped: Dropped) -> None:
        """Read the photos, scan the folders, add the models."""
        if pixels := dropped.pixels:
            from miso_desktop.ui.dropping import keep

            readings = self.session.readings
            self.session.background.run(
                lambda: keep(pixels), lambda path: readings.open([path]), self.session.tell
            )
        for folder in dropped.folders:
            self.session.shelf.add(folder)
        for model in dropped.models:
            self.session.adding.add(model)
        if dropped.photos:
            self.session.readings.open(dropped.photos)
        elif dropped.folders and self.current == "reading":
            self.open_page("library")

    def paste(self) -> None:
        """Take what lies in the clipboard."""
        from miso_desktop.ui.dropping import Dropped, sort_out

        data = QGuiApplication.clipboard().mimeData()
        dropped = sort_out(data) if data else Dropped()
        if dropped:
            self.take(dropped)
        else:
            self.tell(tr("There is no photo in the clipboard. Copy one, then paste again."))

    def choose_photo(self) -> None:
        """Let the person choose photo files."""
        from PySide6.QtWidgets import QFileDialog

        from miso_desktop.photos import PHOTO_SUFFIXES
        from miso_desktop.ui.dropping import Dropped

        pattern = " ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
        photos = tr("Photos")
        chosen, _ = QFileDialog.getOpenFileNames(
            self, tr("Choose a photo"), "", f"{photos} ({pattern})"
        )
        self.take(Dropped(photos=tuple(map(Path, chosen))))

    def choose_folder(self) -> None:
        """Let the person choose a music folder."""
        from PySide6.QtWidgets import QFileDialog

        from miso_desktop.ui.dropping import Dropped

        if chosen := QFileDialog.getExistingDirectory(self, tr("Choose a music folder")):
            self.take(Dropped(folders=(Path(chosen),)))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        from miso_desktop.ui.dropping import usable

        if usable(event.mimeData()):
            event.acceptProposedAction()
            self._light(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light(False)

    def dropEvent(self, event: QDropEvent) -> None:
        from miso_desktop.ui.dropping import sort_out

        self._light(False)
        event.acceptProposedAction()
        self.take(sort_out(event.mimeData()))

    def _light(self, lit: bool) -> None:
        home = self._pages.get("home")
        if isinstance(home, HomePage) and self.current == "home":
            home.zone.light(lit)
            return
        from miso_desktop.ui.drop_veil import DropVeil

        self.veil = self.veil or DropVeil(self.content)
        self.veil.cover(lit)

    # Keys

    def _bind_keys(self) -> None:
        playing = self.session.playing
        bindings: dict[str, Callable[[], None]] = {
            "Space": self._space,
            "Ctrl+Right": playing.next,
            "Ctrl+Left": playing.previous,
            "Ctrl+V": self.paste,
            "Ctrl+O": self.choose_photo,
            "Ctrl+F": self._find,
            "Media Play": playing.toggle,
            "Media Pause": playing.toggle,
            "Toggle Media Play/Pause": playing.toggle,
            "Media Next": playing.next,
            "Media Previous": playing.previous,
        }
        for number, key in enumerate(PAGES, start=1):
            bindings[f"Ctrl+{number}"] = partial(self.open_page, key)
        for keys, action in bindings.items():
            QShortcut(QKeySequence(keys), self, activated=action)  # type: ignore[call-overload]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -SEEK_S, Qt.Key.Key_Right: SEEK_S}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.session.playing.nudge(step)

    def _space(self) -> None:
        """Play and pause; on a button that the keyboard has reached, press it."""
        focused = QApplication.focusWidget()
        if isinstance(focused, Button) and focused.ringed:
            focused.click()
        else:
            self.session.playing.toggle()

    def _find(self) -> None:
        if self.current not in ("library", "map"):
            self.open_page("library")
        self.page(self.current).focus_search()

    # What changes

    def _on_setting(self, name: str) -> None:
        if name == "theme":
            self._look.choose(self.session.settings.theme)
        elif name == "language":
            # The page that asked for it is among what is replaced: not under its feet.
            QTimer.singleShot(0, self._rebuild)

    def _refresh_play(self) -> None:
        self.bar.refresh_play()

    def _toggle_queue(self) -> None:
        from miso_desktop.ui.queue_panel import QueuePanel

        self.queue_panel = self.queue_panel or QueuePanel(self.session, self.content)
        self.queue_panel.toggle()

    def _fetch_tint(self) -> None:
        photo = self.session.readings.photo
        if photo:
            self.session.pictures.get(photo, LARGE, self._take_tint)

    def _take_tint(self, picture: Picture) -> None:
        if picture.path == self.session.readings.photo:
            self._tint = picture.tint
            self.update()

    # Painting, size, end

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(theme.palette().background))
        if self._tint and self.current == "reading":
            self._paint_tint(painter, self._tint)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def _paint_tint(self, painter: QPainter, tint: tuple[QColor, QColor]) -> None:
        """The photo's own colours, softly: its sky above, its ground below."""
        colours = theme.palette()
        strength = 0.20 if colours.dark else 0.16
        page = self.rect().adjusted(tokens.RAIL, 0, 0, -tokens.PLAYER_BAR)
        glows = (
            Glow(tint[0].name(), 0.24, -0.05, 0.60, strength),
            Glow(tint[1].name(), 0.66, 1.0, 0.60, strength),
        )
        ground = lit(page.size(), self.devicePixelRatioF(), colours.background, glows)
        painter.drawPixmap(page.topLeft(), ground)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.queue_panel and self.queue_panel.isVisible():
            self.queue_panel.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        memory = _memory()
        memory.setValue("geometry", self.saveGeometry())
        memory.sync()
        self.hide()
        self.session.close()
        super().closeEvent(event)

    def _restore(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.resize(QSize(*tokens.WINDOW).boundedTo(self.screen().availableSize()))
        geometry = _memory().value("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)


def _memory() -> QSettings:
    return QSettings(str(paths.config_dir() / "window.ini"), QSettings.Format.IniFormat)
