"""The demo, as a newcomer meets it: everything real, and sound comes out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from miso_desktop import demo
from miso_desktop.analysis import Workers
from tests import sound


@pytest.mark.slow
def test_every_piece_gets_its_own_mood_from_the_shipped_tagger() -> None:
    """In the top two always, on top for at least two thirds; nothing was fitted on them."""
    workers = Workers(2)
    try:
        jobs = {name: workers.tag(demo.album() / name) for name in demo.intended_moods()}
        found = {name: job.result().scores.ranked for name, job in jobs.items()}
    finally:
        workers.close()
    wanted = demo.intended_moods()
    assert [name for name in wanted if wanted[name] not in found[name][:2]] == []
    first = sum(wanted[name] is found[name][0] for name in wanted)
    assert first >= 2 / 3 * len(wanted)


@pytest.mark.slow
def test_the_demo_reads_scans_queues_and_is_heard(tmp_path: Path) -> None:
    if (reason := sound.missing()) and not os.environ.get("CI"):
        pytest.skip(reason)
    picture = tmp_path / "window.png"
    command = [sys.executable, "-m", "miso_desktop", "demo", "--seconds", "4", "--picture", picture]
    with sound.null_sink() as sink, sink.recorder() as recordings:
        run = subprocess.run(
            [str(part) for part in command],
            env={**os.environ, **sink.environment, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert run.returncode == 0, run.stderr
    assert "12 added" in run.stdout
    for photo in demo.photos():
        assert photo.name in run.stdout
    assert "Up next" in run.stdout
    assert picture.stat().st_size > 20_000
    (recording,) = recordings
    assert sound.loudness(recording) > 0.005
    assert 20 < sound.spectrum_peak(recording) < 5_000
