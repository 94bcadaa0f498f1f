"""Miso: what the product can do. The window and the command line call only this.

Photos are read and tracks tagged in worker processes; results come back as values
(or as futures) and are stored in the library. Nothing here knows of Qt.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from miso_desktop import models, paths
from miso_desktop import settings as settings_file
from miso_desktop.analysis import Workers, workers_for_scanning
from miso_desktop.closing import Closing
from miso_desktop.errors import LibraryError
from miso_desktop.health import check
from miso_desktop.learning import Learning
from miso_desktop.library import Library
from miso_desktop.listening import Listening
from miso_desktop.models import Model
from miso_desktop.moods import Mood, MoodScores, certain
from miso_desktop.phrases import language, phrase
from miso_desktop.progress import OnBytes, nobody
from miso_desktop.scanning import OnProgress, scan
from miso_desktop.settings import Settings
from miso_desktop.taste import Taste
from miso_desktop.values import (
    Check,
    Genre,
    PhotoReading,
    Pick,
    Played,
    PlayerStatus,
    ScanReport,
    Track,
    TrackAnalysis,
)
from miso_desktop.words import MOOD_WORDS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from miso_desktop.player import Player


_log = logging.getLogger(__name__)

WAVEFORM_BARS = 160

UNLISTED = -1
"""The number of a track that is played without being in the library."""

UNKNOWN = MoodScores.of([1, 1, 1, 1, 1], 0.0, 0.0)


class Miso(Closing):
    """The whole product behind one door. Use it as a context manager.

    Parameters
    ----------
    library : Path, optional
        The database; the person's own by default.
    workers : int, optional
        Processes that tag music during a scan.

    Raises
    ------
    LibraryError
        If the database cannot be opened, or is newer than this program.
    """

    def __init__(self, library: Path | None = None, *, workers: int | None = None) -> None:
        self.settings: Settings = settings_file.load(paths.settings_file())
        self.library = Library(library or paths.default_library())
        self.queue: list[Pick] = []
        self._queue_photo: Path | None = None
        self._scanners = workers or workers_for_scanning()
        self._reader: Workers | None = None
        self._guard = threading.Lock()
        self._listening = Listening(self._note)
        self._learning = Learning(self.library.taste, self._interactive)
        self._place = -1
        # The player's thread decodes: it must not wait for a disk.
        self._diary = ThreadPoolExecutor(1, "miso-diary")

    def close(self) -> None:
        """Stop the music and the workers, and close the database."""
        if "player" in self.__dict__:
            self.player.close()
            self._listening.leave()
        self._learning.close()
        with self._guard:
            reader, self._reader = self._reader, None
        if reader:
            reader.close()
        self._diary.shutdown()
        self.library.close()

    def change_settings(self, **changes: Any) -> Settings:
        """Change and save the person's settings."""
        self.settings = replace(self.settings, **changes)
        settings_file.save(self.settings, paths.settings_file())
        return self.settings

    # Photos

    def start_reading(self, photo: Path, text: str | None = None) -> Future[PhotoReading]:
        """Read a photo in a worker.

        Returns
        -------
        Future of PhotoReading
            Stored in the library when it is done. A :class:`MisoError` is its exception
            if the photo cannot be read.
        """
        inner = self._interactive().read_photo(photo, text, self.settings.server(language()))
        result: Future[PhotoReading] = Future()

        def store(done: Future[PhotoReading]) -> None:
            try:
                reading = done.result()
                self.library.photos.store(reading)
                result.set_result(self._as_corrected(reading))
            except BaseException as error:
                result.set_exception(error)

        inner.add_done_callback(store)
        return result

    def read_photo(self, photo: Path, text: str | None = None) -> PhotoReading:
        """:meth:`start_reading`, waited for."""
        return self.start_reading(photo, text).result()

    def recent_readings(self, limit: int = 24) -> list[PhotoReading]:
        """Photos that were read, the latest first, with the person's corrections."""
        return [self._as_corrected(r) for r in self.library.photos.recent(limit)]

    def correct_photo(self, photo: Path, mood: Mood | None) -> PhotoReading:
        """Keep the person's word on a photo's mood (None takes it back)."""
        self.library.photos.correct(photo, mood)
        reading = self.library.photos.latest(photo)
        return self.read_photo(photo) if reading is None else self._as_corrected(reading)

    # Models

    def models(self) -> list[Model]:
        """Every model that is installed."""
        return models.installed()

    def add_model(self, file: Path, on_bytes: OnBytes = nobody) -> Model:
        """Install a packed model and use it from the next photo on; see :func:`models.add`."""
        return models.add(file, try_out=self._interactive().try_out, on_bytes=on_bytes)

    def use_model(self, name: str) -> Model:
        """Use a model from the next photo on; see :func:`models.use`."""
        return models.use(name)

    def remove_model(self, name: str) -> Model:
        """Delete a model of the person's own; see :func:`models.remove`."""
        return models.remove(name)

    # Music

    def tag(self, track: Path) -> TrackAnalysis:
        """Tag one file in a worker; the library is not touched."""
        return self._interactive().tag(track).result()

    def scan(
        self,
        folder: Path,
        on_progress: OnProgress | None = None,
        cancel: threading.Event | None = None,
        *,
        retry_failed: bool = False,
    ) -> ScanReport:
        """Add a music folder, or bring it up to date; see :func:`scanning.scan`."""
        workers = Workers(self._scanners)
        try:
            report = scan(
                self.library, folder, workers, on_progress, cancel, retry_failed=retry_failed
            )
            if report.changed and not report.interrupted:  # the tagger may be another one
                self._learning.at_once(workers)
            return report
        finally:
            workers.close()

    def folders(self) -> list[Path]:
        """The person's music folders."""
        return self.library.folders.all()

    def forget_folder(self, folder: Path) -> None:
        """Take a folder out of the library; files, corrections and history stay."""
        self.library.folders.forget(folder)

    def tracks(self) -> list[Track]:
        """Every track of the library, the missing ones marked."""
        return self.library.tracks.all()

    def correct_track(self, track_id: int, mood: Mood | None) -> None:
        """Keep the person's word on a track's mood (None takes it back), and learn from it."""
        self.library.tracks.correct(track_id, mood)
        self._learning.soon()

    # Learning

    def learned(self) -> Taste:
        """What MISO has learned of what the person means by the moods."""
        return self.library.taste.load()

    def forget_learned(self) -> None:
        """Judge as the tagger does again; corrections stay, and only new ones teach."""
        self.library.taste.forget()

    def when_learned(self, call: Callable[[], None]) -> None:
        """Call this, in a thread of our own, whenever something was learned."""
        self._learning.learned = call

    # Choosing

    def queue_for(
        self,
        reading: PhotoReading,
        genre: Genre = Genre.ANY,
        count: int = 20,
        seed: int | None = None,
    ) -> list[Pick]:
        """Choose tracks for a photo, each with its reason.

        Raises
        ------
        NothingToPlay
            If no track is there, or none of that genre.
        """
        from miso_desktop.recommend import choose

        return choose(
            reading.scores,
            self.library.tracks.all(),
            genre=genre,
            count=count,
            seed=seed,
            now=time.time(),
        )

    # Playing

    @cached_property
    def player(self) -> Player:
        """The player, made when it is first asked for; the last queue waits in it."""
        from miso_desktop.player import Player

        player = Player()
        player.volume = self.settings.volume
        self.queue, place = self.library.queue.load()
        _fill(player, self.queue, max(0, place))
        player.add_listener(self._follow)
        return player

    def play(self, picks: Sequence[Pick], start: int = 0, photo: Path | None = None) -> None:
        """Play a queue from one of its tracks on.

        Without a device the player pauses, and its status says why.
        """
        player = self.player  # made first: it would bring the last queue back
        self._listening.leave()
        self.queue = list(picks)
        self._queue_photo = photo
        saved = list(picks)
        self._write(lambda: self.library.queue.save(saved, start))
        self._place = start
        _fill(player, self.queue, start)
        player.play()

    def unlisted(self, path: Path) -> Pick:
        """A file to play by its name; it need not be in the library.

        Raises
        ------
        FileMissing
            If there is no such file.
        """
        from miso_desktop.music import read_tags

        track = self.library.tracks.by_path(path)
        if track is None:
            track = Track(UNLISTED, path, read_tags(path), UNKNOWN)
        return Pick(track, 1.0, phrase("you asked for it"))

    def history(self, limit: int = 200) -> list[Played]:
        """What was played, the latest first."""
        return self.library.history.recent(limit)

    def start_waveform(self, track: Path) -> Future[NDArray[np.float32]]:
        """The outline of a track for the seek bar: values from 0 to 1."""
        return self._interactive().peaks(track, WAVEFORM_BARS)

    def doctor(self) -> list[Check]:
        """What works on this machine and what does not, with the cure."""
        return check()

    def _interactive(self) -> Workers:
        with self._guard:
            if self._reader is None:
                self._reader = Workers(1)
            return self._reader

    def _follow(self, status: PlayerStatus) -> None:
        """Keep the place in the queue and what was heard; called in the player's thread."""
        self._listening.update(status)
        if status.index not in (-1, self._place):
            self._place = status.index
            self._write(lambda: self.library.queue.move_to(status.index))

    def _note(self, index: int, whole: bool) -> None:
        """Write a track that was heard into the history."""
        if index < len(self.queue):
            track, at, photo = self.queue[index].track, time.time(), self._queue_photo
            if track.id != UNLISTED:
                self._write(lambda: self._remember(track.id, at, photo, whole))

    def _remember(self, track_id: int, at: float, photo: Path | None, whole: bool) -> None:
        # The mood is read now: the person may have corrected it while the track played.
        track = self.library.tracks.by_id(track_id)
        mood = track.scores.top if track and whole else None
        self.library.history.add(track_id, at, photo, mood)

    def _write(self, store: Callable[[], None]) -> None:
        """Store something in the background, in order.

        A library that is slow or cannot be written must not stop the music.
        """

        def attempt() -> None:
            try:
                store()
            except LibraryError as error:
                _log.warning("%s", error)

        self._diary.submit(attempt)

    def _as_corrected(self, reading: PhotoReading) -> PhotoReading:
        mood = self.library.photos.correction(reading.photo)
        if mood is None:
            return reading
        return replace(
            reading,
            scores=certain(mood, reading.scores),
            why=phrase("{mood}, because you said so.", mood=MOOD_WORDS[mood]),
        )


def _fill(player: Player, picks: Sequence[Pick], start: int) -> None:
    tracks = [pick.track for pick in picks]
    player.load([t.path for t in tracks], start, [t.tags.replay_gain_db for t in tracks])
