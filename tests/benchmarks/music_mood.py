"""How well music is read: a plain baseline and ours, in one run.

    python -m tests.benchmarks.music_mood --data DATA [--seeds N] [--score SCORER] [--work FOLDER]

``DATA/music`` holds ``labels.csv`` and its clips. Every track is predicted by models that
saw neither it nor its artist, with the audio network and without. ``--score`` names a program
that is called as ``SCORER music --labels labels.csv --pred FILE`` with the predictions of the
first seed in the form of ``miso tag --json``. Prints one JSON object and judges nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from miso_desktop import bundles
from miso_desktop.moods import MoodScores
from miso_desktop.music.ensemble import UNHEARD, sharpen
from miso_desktop.music.network import BUNDLE, AudioNetwork
from miso_desktop.training.music_data import Tracks, measure, read_tracks
from miso_desktop.training.music_ensemble import BASELINE, HeldOut, cross_validate
from miso_desktop.training.music_figures import VOTES, figures


def predictions(tracks: Tracks, run: HeldOut, ensemble: str, model: str, sharpness: float) -> str:
    """Held-out predictions of one model, as ``miso tag --json`` prints them."""
    votes = sharpen(run.moods[model], sharpness)
    lines = []
    for path, vote, (valence, arousal) in zip(
        tracks.files, votes, run.plane[ensemble], strict=True
    ):
        scores = MoodScores.of(vote.tolist(), float(valence), float(arousal))
        line = {"track": str(path), "mood": scores.top.value, "scores": scores.as_dict(6)}
        lines.append(json.dumps({**line, "valence": scores.valence, "arousal": scores.arousal}))
    return "\n".join(lines) + "\n"


def score(scorer: Path, labels: Path, predicted: str) -> dict[str, object]:
    """What the scorer says of predictions."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tag.jsonl"
        file.write_text(predicted, encoding="utf-8")
        command = [sys.executable, str(scorer), "music", "--labels", str(labels)]
        done = subprocess.run(
            [*command, "--pred", str(file)], capture_output=True, text=True, check=True
        )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/music_mood"))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--score", type=Path)
    options = parser.parse_args()
    tracks = read_tracks(options.data / "music")
    measured = measure(tracks, options.work, AudioNetwork(bundles.require(BUNDLE)))
    runs = [cross_validate(tracks, measured, seed) for seed in range(options.seeds)]
    found = figures(tracks, runs)
    if options.score:
        labels = options.data / "music" / "labels.csv"
        found["scored"] = {
            model: score(
                options.score, labels, predictions(tracks, runs[0], ensemble, model, sharpness)
            )
            for ensemble, model, sharpness in (
                (UNHEARD, BASELINE, 1.0),
                *((name, key, found["sharpness"][name]) for name, key in VOTES.items()),
            )
        }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
