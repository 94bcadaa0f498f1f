"""What the pages share: Miso, the settings, and the three things a person works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QObject, Signal

from miso_desktop import paths
from miso_desktop import settings as settings_file
from miso_desktop.errors import MisoError
from miso_desktop.phrases import LANGUAGES, phrase, use_language
from miso_desktop.ui.adding import Adding
from miso_desktop.ui.background import Background
from miso_desktop.ui.pictures import Pictures
from miso_desktop.ui.playing import Playing
from miso_desktop.ui.readings import Readings
from miso_desktop.ui.shelf import Shelf

if TYPE_CHECKING:
    from concurrent.futures import Future

    from miso_desktop.application import Miso


class Session(QObject):
    """One run of the window.

    Parameters
    ----------
    make_miso : callable
        Opens the library. It is called in the background once the window stands, for
        it loads what the window itself does not need.
    """

    opened = Signal()
    """Miso is there."""
    told = Signal(str)
    """Something the person should read."""
    noted = Signal(str)
    """Something that went well, or is under way."""
    settings_changed = Signal(str)
    """Name of the setting."""

    def __init__(self, make_miso: Callable[[], Miso]) -> None:
        super().__init__()
        self._make_miso = make_miso
        self._opening: Future[Miso] | None = None
        self.miso: Miso | None = None
        self.failure: MisoError | None = None
        """Why there is no Miso and will be none: the library cannot be opened."""
        self.settings = settings_file.load(paths.settings_file())
        speak(self.settings.language)
        self.background = Background(1, self)
        self.scans = Background(1, self)
        self._decoding = Background(2, self)
        self.pictures = Pictures(self._decoding, self)
        self.readings = Readings(self)
        self.shelf = Shelf(self)
        self.playing = Playing(self)
        self.adding = Adding(self)
        self.readings.shown.connect(self.playing.propose)
        self.shelf.changed.connect(self.playing.refresh_tracks)

    def open(self) -> None:
        """Open the library in the background."""
        self._opening = self.background.run(self._make_miso, self._take_miso, self._do_without)

    def close(self) -> None:
        """Stop everything and close the library."""
        self.shelf.cancel()
        for background in (self.scans, self._decoding, self.adding.background, self.background):
            background.close()
        miso, self.miso = self.miso or self._just_opened(), None
        if miso:
            miso.close()

    def tell(self, error: MisoError) -> None:
        """Show in the page what went wrong."""
        self.told.emit(str(error))

    def change(self, name: str, value: Any) -> None:
        """Change one setting and keep it."""
        if getattr(self.settings, name) == value:
            return
        settings = self.settings = replace(self.settings, **{name: value})
        if name == "language":
            speak(value)

        def save() -> None:
            try:
                if miso := self.miso or self._just_opened():
                    miso.change_settings(**{name: value})
                else:
                    settings_file.save(settings, paths.settings_file())
            except OSError as error:
                raise _unsaved(error) from error

        self.background.run(save, failed=self.tell)
        self.settings_changed.emit(name)

    def _take_miso(self, miso: Miso) -> None:
        self.miso = miso
        self.opened.emit()
        self.shelf.start()
        self.readings.start()
        self.playing.start()
        self.adding.start()

    def refuses(self) -> bool:
        """Whether nothing can be asked for; the person is told why."""
        if self.failure:
            self.tell(self.failure)
        return self.failure is not None

    def _do_without(self, error: MisoError) -> None:
        """Nothing that was asked for meanwhile can be done, nor what comes later."""
        self.failure = error
        self.tell(error)
        self.shelf.give_up()
        self.readings.give_up()
        self.adding.give_up()

    def _just_opened(self) -> Miso | None:
        """Miso, if it came to be too late for :meth:`_take_miso`."""
        opening = self._opening
        if not opening or not opening.done() or opening.cancelled() or opening.exception():
            return None
        return opening.result()


def speak(language: str) -> None:
    """Use a language from now on; without one, the system's, where MISO knows it."""
    system = QLocale.system().name()[:2]
    use_language(language or (system if system in LANGUAGES else LANGUAGES[0]))


def _unsaved(error: OSError) -> MisoError:
    path = paths.settings_file()
    detail = error.strerror or type(error).__name__
    return MisoError(
        phrase(
            "The settings cannot be written to {path} ({detail}). Is the disk full or read-only?",
            path=str(path),
            detail=detail,
        ),
        path,
    )
