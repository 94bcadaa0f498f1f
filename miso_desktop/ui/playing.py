"""What is proposed for the photo, what plays, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from miso_desktop.errors import MisoError
from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase
from miso_desktop.values import Genre, PhotoReading, Pick, PlayerState, PlayerStatus, Track

if TYPE_CHECKING:
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from miso_desktop.player import Player
    from miso_desktop.ui.session import Session

_POLL_MS = 200
SEEK_S = 5.0
_BEFORE, _AFTER = 100, 400
"""How many tracks around the chosen one a queue from the library's table holds."""


class Playing(QObject):
    """Chooses a queue for the shown photo and drives the player."""

    proposal_changed = Signal()
    track_changed = Signal()
    status_changed = Signal()
    waveform_changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._player: Player | None = None
        self._asked = 0
        self._chosen_from = 0
        self._told: MisoError | None = None
        self.proposal: list[Pick] = []
        self.proposal_error: MisoError | None = None
        self.queue: list[Pick] = []
        self.photo: Path | None = None
        self.status: PlayerStatus | None = None
        self.waveform: NDArray[np.float32] | None = None
        self._outline: Future[NDArray[np.float32]] | None = None
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def current(self) -> Pick | None:
        """What is in the player now."""
        index = self.status.index if self.status else -1
        return self.queue[index] if 0 <= index < len(self.queue) else None

    @property
    def mood(self) -> Mood | None:
        """The mood of what is in the player."""
        return self.current.track.scores.top if self.current else None

    @property
    def playing(self) -> bool:
        """Sound is coming out."""
        return self.status is not None and self.status.state is PlayerState.PLAYING

    def start(self) -> None:
        """Miso is there: the queue of the last time waits in its player."""
        if miso := self._session.miso:
            self._session.background.run(
                lambda: (miso.player, list(miso.queue)),
                lambda found: self._began(*found, photo=None),
                self._session.tell,
            )

    def refresh_tracks(self) -> None:
        """The library is different: show its tracks as they are now.

        While there were too few tracks for a whole queue, new ones are a reason to choose
        again; a full queue stays as it is.
        """
        known = {track.id: track for track in self._session.shelf.tracks}

        def renewed(picks: list[Pick]) -> list[Pick]:
            return [replace(pick, track=known.get(pick.track.id, pick.track)) for pick in picks]

        queue, proposal = renewed(self.queue), renewed(self.proposal)
        if proposal != self.proposal:
            self.proposal = proposal
            self.proposal_changed.emit()
        if queue != self.queue:
            self.queue = queue
            self.track_changed.emit()
        if len(self.proposal) < self._session.settings.count and self._chosen_from != self._there():
            self.propose()

    def _there(self) -> int:
        return sum(track.available for track in self._session.shelf.tracks)

    # Choosing

    def propose(self, seed: int | None = None) -> None:
        """Choose a queue for the photo that is shown."""
        miso, reading = self._session.miso, self._session.readings.reading
        self._asked += 1
        asked = self._asked
        self._chosen_from = self._there()
        if not miso or not reading:
            self._take_proposal(asked, [], None)
            return
        settings = self._session.settings
        genre, count = Genre(settings.genre), settings.count
        self._session.background.run(
            lambda: miso.queue_for(reading, genre, count, seed),
            lambda picks: self._take_proposal(asked, picks, None),
            lambda error: self._take_proposal(asked, [], error),
        )

    def _take_proposal(self, asked: int, picks: list[Pick], error: MisoError | None) -> None:
        if asked != self._asked:  # the person has asked for something else meanwhile
            return
        self.proposal, self.proposal_error = picks, error
        self.proposal_changed.emit()

    # Playing

    def play_proposal(self, start: int = 0) -> None:
        """Play what is proposed for the photo."""
        reading = self._session.readings.reading
        if self.proposal and reading:
            self.play(self.proposal, start, reading.photo)

    def play_track(self, track: Track, among: Sequence[Track] = ()) -> None:
        """Play a track of the library, with its neighbours in ``among`` as the queue."""
        if not track.available:
            return
        tracks = [t for t in among if t.available]
        ids = [t.id for t in tracks]
        if track.id not in ids:  # it is no longer shown
            tracks, ids = [track], [track.id]
        place = ids.index(track.id)
        first = max(0, place - _BEFORE)
        why = phrase("you asked for it")
        queue = [Pick(t, 1.0, why) for t in tracks[first : first + _BEFORE + _AFTER]]
        self.play(queue, place - first)

    def play(self, picks: Sequence[Pick], start: int = 0, photo: Path | None = None) -> None:
        """Put a queue into the player and start."""
        miso = self._session.miso
        if not miso:
            return
        queue = list(picks)

        def load() -> Player:
            # The player opens the device here: it may take a moment, or refuse.
            player = miso.player
            miso.play(queue, start, photo)
            return player

        self._session.background.run(
            load, lambda player: self._began(player, queue, photo), self._session.tell
        )

    def _began(self, player: Player, queue: list[Pick], photo: Path | None) -> None:
        self.queue, self.photo = queue, photo
        if self._player is None:
            self._player = player
            background = self._session.background
            player.add_listener(lambda _status: background.post(self._poll))
        self._poll(force=True)

    def toggle(self) -> None:
        """Play or pause; with nothing loaded, play the photo's proposal."""
        if self._player and self.current:
            self._player.toggle()
            self._poll()
        else:
            self.play_proposal()

    def next(self) -> None:
        """Go to the next track."""
        if self._player:
            self._player.next()

    def previous(self) -> None:
        """Go back."""
        if self._player:
            self._player.previous()

    def jump(self, index: int) -> None:
        """Go to a place in the queue."""
        if self._player:
            self._player.jump(index)

    def seek(self, seconds: float) -> None:
        """Go to a place in the track."""
        if self._player and self.status:
            self._player.seek(max(0.0, seconds))
            self._poll()

    def nudge(self, seconds: float) -> None:
        """Go on or back by so much."""
        if self.status:
            self.seek(self.status.position_s + seconds)

    def set_volume(self, volume: float) -> None:
        """From 0 to 1; kept among the settings by whoever ends the change."""
        if self._player:
            self._player.volume = volume

    def _poll(self, *, force: bool = False) -> None:
        if self._player is None:
            return
        before, self.status = self.status, self._player.status
        if force or before is None or before.path != self.status.path:
            self.track_changed.emit()
            self._fetch_waveform()
        if self.status.state is PlayerState.PLAYING:
            self._timer.start()
        else:
            self._timer.stop()
        if self.status.error is not self._told:
            self._told = self.status.error
            if self._told:
                self._session.tell(self._told)
        self.status_changed.emit()

    def _fetch_waveform(self) -> None:
        self.waveform = None
        self.waveform_changed.emit()
        miso, path = self._session.miso, self.status.path if self.status else None
        if not miso or not path:
            return
        background = self._session.background
        if self._outline:  # of a track that was left before anyone looked
            self._outline.cancel()

        def drawn(peaks: NDArray[np.float32]) -> None:
            if self.status and self.status.path == path:
                self.waveform = peaks
                self.waveform_changed.emit()

        def begun(outline: Future[NDArray[np.float32]]) -> None:
            self._outline = outline
            background.attach(outline, drawn)

        # Without an outline the seek bar is a plain line: no word about it is needed.
        background.run(lambda: miso.start_waveform(path), begun)

    def proposal_is_playing(self, reading: PhotoReading | None) -> bool:
        """The queue in the player is the one for this photo."""
        return bool(reading and self.current and self.photo == reading.photo)
