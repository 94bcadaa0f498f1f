"""A Miso in memory: the window's tests drive the real window with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np

from miso_desktop.errors import FileMissing, MisoError, NothingToPlay, UnreadablePhoto
from miso_desktop.models import Model
from miso_desktop.moods import MOODS, Mood, MoodScores, certain
from miso_desktop.phrases import phrase
from miso_desktop.settings import Settings
from miso_desktop.taste import Taste
from miso_desktop.values import (
    Check,
    Failure,
    Genre,
    PhotoReading,
    Pick,
    Played,
    PlayerState,
    PlayerStatus,
    ScanProgress,
    ScanReport,
    Silence,
    Tags,
    Track,
    Vote,
)

ROMANTIC = MoodScores((0.14, 0.52, 0.18, 0.03, 0.13), 0.35, -0.2)
TITLES = (
    ("밤편지", "아이유", Mood.ROMANTIC),
    ("Harbour Lights", "June & the Tide", Mood.ROMANTIC),
    ("Slow Film", "Haneul", Mood.ROMANTIC),
    ("Letters in Blue", "Okada Trio", Mood.SAD),
    ("Paper Moon", "The Larks", Mood.ROMANTIC),
    ("늦은 오후", "소란", Mood.HAPPY),
)


def scores(mood: Mood, sure: float = 0.66) -> MoodScores:
    places = {
        Mood.HAPPY: (0.6, 0.5),
        Mood.ROMANTIC: (0.5, -0.4),
        Mood.SAD: (-0.6, -0.5),
        Mood.AGGRESSIVE: (-0.5, 0.7),
        Mood.DRAMATIC: (-0.1, 0.4),
    }
    rest = (1 - sure) / 4
    weights = [sure if m is mood else rest for m in MOODS]
    return MoodScores.of(weights, *places[mood])


def track(number: int, title: str, artist: str, mood: Mood, *, available: bool = True) -> Track:
    tags = Tags(title, artist, "An Album", genres=("K-pop",), duration_s=180.0 + 7 * number)
    path = Path(f"/music/{number}.flac")
    return Track(number, path, tags, scores(mood), available=available)


def tracks() -> list[Track]:
    made = [track(i, *row) for i, row in enumerate(TITLES, start=1)]
    return [*made, track(7, "Lost Drive", "Nobody Home", Mood.DRAMATIC, available=False)]


def reading(photo: Path, mood_scores: MoodScores = ROMANTIC) -> PhotoReading:
    return PhotoReading(
        photo=photo,
        caption=None,
        scores=mood_scores,
        votes=(
            Vote("scene", scores(Mood.ROMANTIC), 0.7, phrase("low sun, two silhouettes")),
            Vote("light", scores(Mood.SAD), 0.3, phrase("cool hue, soft contrast")),
        ),
        silences=(Silence("caption", phrase("No captioner is installed.")),),
        why=phrase("The scene says romantic, and it is sure."),
    )


def model(name: str, role: str = "captioner", *, own: bool = True) -> Model:
    return Model(name, role, "1.0.0", "MIT", 38_000_000, Path(f"/m/{name}"), own, in_use=True)


class FakePlayer:
    """Notes what it is told; never makes a sound."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.status = PlayerStatus(PlayerState.STOPPED, -1, None, 0.0, 0.0, 0.8)
        self.volume = 0.8
        self.paths: list[Path] = []
        self._listeners: list[Callable[[PlayerStatus], None]] = []

    def add_listener(self, callback: Callable[[PlayerStatus], None]) -> None:
        self._listeners.append(callback)

    def load(self, paths: list[Path], start: int) -> None:
        self.paths = paths
        self.show(index=start, state=PlayerState.PLAYING)

    def show(self, **changes: object) -> None:
        status = replace(self.status, **changes)
        path = self.paths[status.index] if status.index >= 0 else None
        self.status = replace(status, path=path, duration_s=200.0)
        for listener in self._listeners:
            listener(self.status)

    def toggle(self) -> None:
        self.calls.append("toggle")
        playing = self.status.state is PlayerState.PLAYING
        self.show(state=PlayerState.PAUSED if playing else PlayerState.PLAYING)

    def next(self) -> None:
        self.calls.append("next")
        self.show(index=min(self.status.index + 1, len(self.paths) - 1))

    def previous(self) -> None:
        self.calls.append("previous")
        self.show(index=max(self.status.index - 1, 0))

    def jump(self, index: int) -> None:
        self.calls.append(("jump", index))
        self.show(index=index)

    def seek(self, seconds: float) -> None:
        self.calls.append(("seek", seconds))
        self.show(position_s=seconds)


class FakeMiso:
    """What :class:`miso_desktop.application.Miso` offers the window."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.player = FakePlayer()
        self.queue: list[Pick] = []
        self.closed = False
        self.library: list[Track] = []
        self.known_folders: list[Path] = []
        self.taste = Taste()
        self.readings: list[PhotoReading] = []
        self.under_way: dict[Path, Future[PhotoReading]] = {}
        self.answer_at_once = True
        self.device_missing: MisoError | None = None
        self.corrections: list[tuple[object, Mood | None]] = []
        self.scan_goes_on = threading.Event()
        self.scan_goes_on.set()
        self.played: list[Played] = []
        self.known_models = [model("captioner", own=False), model("scene", "scene", own=False)]
        self.model_goes_on = threading.Event()
        self.model_goes_on.set()

    def change_settings(self, **changes: object) -> Settings:
        self.settings = replace(self.settings, **changes)
        return self.settings

    def start_reading(self, photo: Path) -> Future[PhotoReading]:
        future: Future[PhotoReading] = Future()
        self.under_way[photo] = future
        if self.answer_at_once:
            self.answer(photo)
        return future

    def answer(self, photo: Path) -> None:
        future = self.under_way.pop(photo)
        if photo.suffix == ".txt":
            message = phrase("{file} is no picture. Choose another.", file=str(photo))
            future.set_exception(UnreadablePhoto(message, photo))
            return
        made = reading(photo)
        self.readings.insert(0, made)
        future.set_result(made)

    def recent_readings(self, limit: int = 24) -> list[PhotoReading]:
        return self.readings[:limit]

    def correct_photo(self, photo: Path, mood: Mood | None) -> PhotoReading:
        self.corrections.append((photo, mood))
        made = reading(photo)
        return replace(made, scores=certain(mood, made.scores)) if mood else made

    def scan(
        self,
        folder: Path,
        on_progress: Callable[[ScanProgress], None] | None = None,
        cancel: threading.Event | None = None,
        *,
        retry_failed: bool = False,
    ) -> ScanReport:
        assert on_progress and cancel
        on_progress(ScanProgress(3, 7, folder / "노래.flac", 1))
        while not self.scan_goes_on.wait(0.01) and not cancel.is_set():
            pass
        self.known_folders.append(folder)
        self.library = tracks()
        failed = (Failure(folder / "broken.mp3", phrase("it holds no sound")),)
        return ScanReport(folder, 6, 0, 0, 0, failed, 0.1, interrupted=cancel.is_set())

    def folders(self) -> list[Path]:
        return list(self.known_folders)

    def forget_folder(self, folder: Path) -> None:
        self.known_folders.remove(folder)

    def tracks(self) -> list[Track]:
        return list(self.library)

    def correct_track(self, track_id: int, mood: Mood | None) -> None:
        self.corrections.append((track_id, mood))
        self.library = [replace(t, corrected=mood) if t.id == track_id else t for t in self.library]

    def learned(self) -> Taste:
        return self.taste

    def forget_learned(self) -> None:
        self.taste = Taste()

    def when_learned(self, call: Callable[[], None]) -> None:
        self.tell_learned = call

    def queue_for(
        self,
        made: PhotoReading,
        genre: Genre = Genre.ANY,
        count: int = 20,
        seed: int | None = None,
    ) -> list[Pick]:
        here = [t for t in self.library if t.available]
        if not here:
            raise NothingToPlay(phrase("The library is empty. Add a music folder."))
        closeness = 0.78
        return [
            Pick(
                t,
                closeness,
                phrase("{mood} {score}, not played yet", mood=t.scores.top.value, score=closeness),
            )
            for t in here[:count]
        ]

    def play(self, picks: Sequence[Pick], start: int = 0, photo: Path | None = None) -> None:
        if self.device_missing:
            raise self.device_missing
        self.queue = list(picks)
        self.player.load([p.track.path for p in picks], start)
        self.played.insert(0, Played(picks[start].track, time.time(), photo))

    def start_waveform(self, path: Path) -> Future[np.ndarray]:
        future: Future[np.ndarray] = Future()
        steps = np.linspace(0, 40, 160)
        future.set_result(np.abs(np.sin(steps) * np.cos(steps / 5)).astype(np.float32))
        return future

    def history(self, limit: int = 200) -> list[Played]:
        return self.played[:limit]

    def doctor(self) -> list[Check]:
        return [
            Check(phrase("Sound"), True, phrase("a device is there")),
            Check(phrase("Captioner"), False, phrase("not installed"), phrase("Install one.")),
        ]

    def models(self) -> list[Model]:
        return list(self.known_models)

    def add_model(self, file: Path, on_bytes: Callable[[int, int], None]) -> Model:
        for done in (0, 40, 100):
            on_bytes(done, 100)
            self.model_goes_on.wait(30)
        if not file.is_file():
            raise FileMissing(phrase("{path} cannot be read.", path=str(file)), file)
        added = model(file.stem)
        self.known_models = [*(replace(m, in_use=False) for m in self.known_models), added]
        return added

    def use_model(self, name: str) -> Model:
        self.known_models = [replace(m, in_use=m.name == name) for m in self.known_models]
        return next(m for m in self.known_models if m.in_use)

    def remove_model(self, name: str) -> Model:
        gone = next(m for m in self.known_models if m.name == name)
        self.known_models.remove(gone)
        self.known_models[0] = replace(self.known_models[0], in_use=True)
        return gone

    def close(self) -> None:
        self.closed = True
