"""The models as the window knows them, and those that are being added."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from miso_desktop.errors import MisoError
from miso_desktop.phrases import tr
from miso_desktop.progress import each_percent, percent
from miso_desktop.ui.background import Background

if TYPE_CHECKING:
    from miso_desktop.application import Miso
    from miso_desktop.models import Model
    from miso_desktop.ui.session import Session


class Adding(QObject):
    """Adds model files one after the other, and says how it went."""

    changed = Signal()
    """:attr:`models` are others."""
    done = Signal()
    """A model was added, chosen or removed, as the person asked."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting: deque[Path] = deque()
        self._under_way: Path | None = None
        # A road of its own: the photos and the music need not wait for it.
        self.background = Background(1, self)
        self.models: list[Model] = []

    def add(self, file: Path) -> None:
        """Install a packed model, after those that are under way."""
        if not self._session.refuses():
            self._waiting.append(file.absolute())
            self._next()

    def start(self) -> None:
        """Miso is there: begin with what was asked for meanwhile."""
        self._next()

    def give_up(self) -> None:
        """Nobody will add what waits."""
        self._waiting.clear()

    def refresh(self) -> None:
        """Fetch which models there are."""
        if miso := self._session.miso:
            self.background.run(miso.models, self._take, self._session.tell)

    def use(self, name: str) -> None:
        """Let a model serve from the next photo on."""
        self._change(lambda miso: miso.use_model(name))

    def remove(self, name: str) -> None:
        """Delete a model of the person's own."""
        self._change(lambda miso: miso.remove_model(name))

    def _change(self, change: Callable[[Miso], object]) -> None:
        if miso := self._session.miso:
            self.background.run(lambda: change(miso), self._settle, self._session.tell)

    def _settle(self, _: object) -> None:
        self.done.emit()
        self.refresh()

    def _next(self) -> None:
        miso = self._session.miso
        if self._under_way or not miso or not self._waiting:
            return
        file = self._under_way = self._waiting.popleft()
        self._say(file, 0)
        on_bytes = each_percent(partial(self._post, file), told=0)
        self.background.run(
            lambda: miso.add_model(file, on_bytes),
            self._finish,
            self._fail,
        )

    def _post(self, file: Path, done: int, total: int) -> None:
        """Called in the thread that does the work."""
        self.background.post(partial(self._say, file, percent(done, total)))

    def _say(self, file: Path, much: int) -> None:
        if file != self._under_way:
            return
        if much < 100:
            text = tr("Adding {name}: {percent} %", name=file.stem, percent=much)
        else:
            text = tr("Adding {name}: trying whether it works", name=file.stem)
        self._session.noted.emit(text)

    def _finish(self, model: Model) -> None:
        self._under_way = None
        self._session.noted.emit(
            tr("{name} is in use now, from your next photo on.", name=model.name)
        )
        self._settle(model)
        self._next()

    def _fail(self, error: MisoError) -> None:
        self._under_way = None
        self._session.tell(error)
        self._next()

    def _take(self, models: list[Model]) -> None:
        if models != self.models:
            self.models = models
            self.changed.emit()
