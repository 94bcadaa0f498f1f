"""What each command of ``miso`` does, through :class:`miso_desktop.application.Miso`."""

from __future__ import annotations

import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from miso_desktop import analysis, audio, paths, settings, shapes, ui
from miso_desktop.application import Miso
from miso_desktop.errors import FileMissing, MisoError, NoAudioDevice
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.phrases import language, tr, trn
from miso_desktop.terminal import columns, print_json, rjust, say
from miso_desktop.values import (
    Failure,
    Genre,
    ModelServer,
    PhotoReading,
    Pick,
    ScanProgress,
    ScanReport,
    TrackAnalysis,
    together,
)
from miso_desktop.words import MOOD_WORDS, READER_WORDS

Value = TypeVar("Value")

BAR = 24
"""Characters of a mood's bar and of the progress bar."""


def read(options: Namespace) -> int:
    """Say the mood of photos, or of a sentence alone."""
    server = _model_server(options)
    if not options.photos:
        _print_reading(analysis.read_text(options.text, server), as_json=options.json)
        return 0
    workers = analysis.Workers(1)
    try:
        jobs = [(path, workers.read_photo(path, options.text, server)) for path in options.photos]
        show = partial(_print_reading, as_json=options.json)
        return _each("photo", jobs, show, as_json=options.json)
    finally:
        workers.close()


def tag(options: Namespace) -> int:
    """Say the mood of music files."""
    workers = analysis.Workers(min(analysis.workers_for_scanning(), len(options.tracks)))
    try:
        jobs = [(path, workers.tag(path)) for path in options.tracks]
        show = partial(_print_analysis, as_json=options.json)
        return _each("track", jobs, show, as_json=options.json)
    finally:
        workers.close()


def scan(options: Namespace) -> int:
    """Add music folders to the library, or bring them up to date."""
    reports = []
    with Miso(options.library) as miso:
        for folder in options.folders:
            try:
                reports.append(scan_with_progress(miso, folder, retry_failed=options.retry))
            except FileMissing as error:
                failed = (Failure(folder, error.message),)
                reports.append(ScanReport(folder, 0, 0, 0, 0, failed, 0.0))
            if reports[-1].interrupted:
                break
    report = together(reports)
    if options.json:
        print_json(shapes.of_scan(report))
    else:
        print(_summary(report))
    if report.interrupted:
        say(tr("Interrupted; what is done is kept. Scan again to go on."))
        return 130
    return 1 if report.failed else 0


def queue(options: Namespace) -> int:
    """Choose tracks for a photo."""
    with Miso(options.library) as miso:
        try:
            reading = miso.read_photo(options.photo)
        except MisoError as error:
            return _failed("photo", options.photo, error, as_json=options.json)
        picks = _picks(miso, reading, options)
    if options.json:
        print_json(shapes.of_queue(reading, picks))
    elif options.m3u:
        options.m3u.write_text(shapes.playlist(picks), encoding="utf-8", errors="surrogateescape")
        say(
            trn("{count} track in {path}", "{count} tracks in {path}", len(picks), path=options.m3u)
        )
    else:
        _print_queue(reading, picks)
    return 0


def play(options: Namespace) -> int:
    """Play tracks, or the queue of a photo, in the terminal."""
    from miso_desktop.terminal_player import listen

    photos = [p for p in options.inputs if p.suffix.lower() not in audio.SUFFIXES]
    tracks = [p for p in options.inputs if p not in photos]
    code = 0
    with Miso(options.library) as miso:
        picks: list[Pick] = [miso.unlisted(path) for path in tracks]
        photo: Path | None = None
        for photo in photos:
            try:
                reading = miso.read_photo(photo)
            except MisoError as error:
                code = _failed("photo", photo, error, as_json=options.json)
                continue
            chosen = _picks(miso, reading, options)
            if options.json:
                print_json(shapes.of_queue(reading, chosen))
            else:
                _print_queue(reading, chosen)
            picks += chosen
        if picks:
            miso.play(picks, photo=photo)
            code = max(code, listen(miso, options.seconds))
    return code


def learned(options: Namespace) -> int:
    """Say what was learned from the person's corrections, or forget it."""
    with Miso(options.library) as miso:
        if options.forget:
            miso.forget_learned()
        taste = miso.learned()
    if options.json:
        print_json(shapes.of_taste(taste))
    else:
        print(taste.sentence)
        for shift in taste.shifts:
            print(f"  {shift.sentence}")
    return 0


def doctor(options: Namespace) -> int:
    """Say what works on this machine and what does not, with the cure."""
    from miso_desktop.health import check

    checks = check()
    for one in checks:
        if options.json:
            print_json(shapes.of_check(one))
            continue
        print(f"{'✓' if one.works else '✗'} {one.name}: {one.detail}")
        if one.cure and not one.works:
            print(f"    {one.cure}")
    return 0 if all(one.works or one.optional for one in checks) else 1


def demo(options: Namespace) -> int:
    """Read photos, scan music, choose and really play, without a window."""
    from miso_desktop import demo as material
    from miso_desktop.terminal_player import listen

    own = options.music is not None
    photos = [options.photo] if options.photo else material.photos()
    music = options.music if own else material.album()
    library = paths.default_library() if own else paths.data_dir() / "demo.db"
    code = 0
    with Miso(library) as miso:
        say(tr("Music: {folder}", folder=str(music)))
        print(_summary(scan_with_progress(miso, music)))
        reading: PhotoReading | None = None
        for photo in photos:
            latest = miso.read_photo(photo)
            _print_reading(latest, as_json=False)
            reading = reading or latest
        assert reading is not None
        picks = miso.queue_for(reading, seed=0 if not own else None)
        _print_queue(reading, picks)
        try:
            miso.play(picks, photo=reading.photo)
            code = listen(miso, options.seconds)
        except NoAudioDevice as error:  # everything else of the demo went on
            say(f"miso: {error}")
    if options.picture:
        ui.load().picture(library, reading.photo, options.picture)
        print(tr("A picture of the window: {path}", path=str(options.picture)))
    return code


def scan_with_progress(miso: Miso, folder: Path, *, retry_failed: bool = False) -> ScanReport:
    """Scan with a bar on standard error; Ctrl+C stops after the files under way."""
    cancel = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: cancel.set())
    try:
        return miso.scan(folder, _progress_bar(), cancel, retry_failed=retry_failed)
    finally:
        signal.signal(signal.SIGINT, before)


def _model_server(options: Namespace) -> ModelServer | None:
    """The language models that the person names here, or has set."""
    chosen = settings.load(paths.settings_file())
    if options.language_models is not None:
        chosen = replace(chosen, model_server=options.language_models)
    if options.model:
        chosen = replace(chosen, model_names=",".join(options.model))
    return chosen.server(language())


def _picks(miso: Miso, reading: PhotoReading, options: Namespace) -> list[Pick]:
    return miso.queue_for(reading, Genre(options.genre), options.count, options.seed)


def _each(
    key: str,
    jobs: Iterable[tuple[Path, Future[Value]]],
    show: Callable[[Value], None],
    *,
    as_json: bool,
) -> int:
    """Show every result as it comes, in the order asked for; 1 if any failed."""
    code = 0
    for path, job in jobs:
        try:
            result = job.result()
        except MisoError as error:
            code = _failed(key, path, error, as_json=as_json)
        else:
            show(result)
    return code


def _failed(key: str, path: Path, error: MisoError, *, as_json: bool) -> int:
    if as_json:
        print_json(shapes.of_failure(key, path, error))
    say(f"miso: {error}")
    return 1


def _print_reading(reading: PhotoReading, *, as_json: bool) -> None:
    if as_json:
        print_json(shapes.of_reading(reading))
        return
    print("" if reading.photo == Path() else f"{reading.photo}")
    if reading.caption:
        print(f"  “{reading.caption}”")
    print(f"  {reading.why}")
    _print_bars(reading.scores)
    said = [
        (vote.reader, f"{vote.weight:4.2f}", f"{MOOD_WORDS[vote.mood]}: {vote.reason}")
        for vote in reading.votes
    ]
    said += [(silence.reader, "   –", str(silence.reason)) for silence in reading.silences]
    names = [str(READER_WORDS.get(reader, reader)) for reader, _, _ in said]
    width = max(map(columns, names), default=0)
    for name, (_, weight, words) in zip(names, said, strict=True):
        print(f"  {rjust(name, width)}  {weight}  {words}")
    print(flush=True)


def _print_analysis(result: TrackAnalysis, *, as_json: bool) -> None:
    if as_json:
        print_json(shapes.of_analysis(result))
        return
    print(result.path)
    _print_bars(result.scores)
    print(flush=True)


def _print_bars(scores: MoodScores) -> None:
    for mood in MOODS:
        bar = "█" * round(scores[mood] * BAR)
        print(f"  {rjust(str(MOOD_WORDS[mood]), 10)}  {bar:<{BAR}}  {scores[mood]:.2f}")
    print("  " + tr("valence {v:+.2f}, arousal {a:+.2f}", v=scores.valence, a=scores.arousal))


def _print_queue(reading: PhotoReading, picks: list[Pick]) -> None:
    mood = MOOD_WORDS[reading.scores.top]
    print(tr("Up next for {photo} ({mood}):", photo=reading.photo.name, mood=mood))
    for number, pick in enumerate(picks, 1):
        by = f" – {pick.track.tags.artist}" if pick.track.tags.artist else ""
        print(f"  {number:2}. {pick.track.title}{by}\n      {pick.why}")
    print(flush=True)


def _summary(report: ScanReport) -> str:
    lines = [
        tr(
            "{added} added, {changed} changed, {unchanged} unchanged, {missing} missing, "
            "{failed} failed in {seconds:.1f} s",
            added=report.added,
            changed=report.changed,
            unchanged=report.unchanged,
            missing=report.missing,
            failed=len(report.failed),
            seconds=report.seconds,
        )
    ]
    lines += [f"  {failure.error}" for failure in report.failed]
    return "\n".join(lines)


def _progress_bar() -> Callable[[ScanProgress], None]:
    """A bar that redraws itself on a terminal, and a line now and then elsewhere."""
    live = sys.stderr.isatty()

    def show(progress: ScanProgress) -> None:
        if not progress.total:
            return
        share = progress.done / progress.total
        name = progress.current.name if progress.current else ""
        if live:
            bar = "█" * round(share * BAR)
            end = "\n" if progress.done == progress.total else ""
            line = f"\r\x1b[K{bar:<{BAR}} {progress.done}/{progress.total} {name[:40]}"
            print(line, end=end, file=sys.stderr, flush=True)
        elif progress.done % max(1, progress.total // 10) == 0:
            say(f"{progress.done}/{progress.total} {name}")

    return show
