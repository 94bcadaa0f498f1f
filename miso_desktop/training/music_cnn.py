r"""A convolutional network on mel spectrograms, taught from nothing: what the report began with.

Run it with::

    python -m miso_desktop.training.music_cnn --data DATA --work WORK

It writes ``WORK/cnn.json``, a row of the music tagger's card; it is no part of the product. It
is taught and told on the folds of the ensemble's first seed, hears three seconds at a time, and
a track's probabilities are the mean of its parts'.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from miso_desktop.moods import MOODS
from miso_desktop.music import decode
from miso_desktop.music.network import patches_of_track
from miso_desktop.training import evaluation
from miso_desktop.training.music_data import Tracks, read_tracks
from miso_desktop.training.music_ensemble import folds
from miso_desktop.training.music_figures import CNN

EPOCHS = 12
PARTS = 4
"""Of a track, by lot, in every epoch."""

Parts = list[NDArray[np.float16]]


def spectrograms(tracks: Tracks) -> Parts:
    """Of every track, shape (parts, 187, 96)."""
    heard = (patches_of_track(decode.read(path).samples) for path in tracks.files)
    return [parts.astype(np.float16) for parts in heard]


def network() -> nn.Module:
    """Four convolutions, each halving the picture; then the mean over it."""
    layers: list[nn.Module] = [nn.AvgPool2d(2)]  # a quarter of the work
    for before, after in ((1, 16), (16, 32), (32, 64), (64, 64)):
        layers += [
            nn.Conv2d(before, after, 3, padding=1),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(2),
        ]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.4), nn.Linear(64, len(MOODS))]
    return nn.Sequential(*layers, *head)


def held_out(tracks: Tracks, parts: Parts, seed: int) -> NDArray[np.int64]:
    """The mood of every labelled track, by a network that met neither it nor its artist."""
    guesses = np.zeros(len(parts), np.int64)
    for train, test in folds(tracks, seed):
        torch.manual_seed(seed)
        model = _taught(tracks, parts, np.flatnonzero(train & tracks.labelled), seed)
        with torch.inference_mode():
            for track in test:
                chance = model(_batch([parts[track]])).softmax(1)
                guesses[track] = int(chance.mean(0).argmax())
        print("a fold is done", file=sys.stderr, flush=True)
    return guesses


def _taught(tracks: Tracks, parts: Parts, train: NDArray[np.intp], seed: int) -> nn.Module:
    random = np.random.default_rng(seed)
    model = network()
    counts = np.bincount(tracks.moods[train], minlength=len(MOODS))
    balance = torch.tensor(len(train) / len(MOODS) / counts, dtype=torch.float32)
    optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.02)
    steps = EPOCHS * -(-len(train) // 16)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    model.train()
    for _ in range(EPOCHS):
        order = random.permutation(train)
        for start in range(0, len(order), 16):
            batch = order[start : start + 16]
            some = [parts[i][random.integers(len(parts[i]), size=PARTS)] for i in batch]
            truth = torch.from_numpy(np.repeat(tracks.moods[batch], PARTS))
            loss = nn.functional.cross_entropy(model(_batch(some)), truth, balance)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
    return model.eval()


def _batch(parts: Parts) -> torch.Tensor:
    return torch.from_numpy(np.concatenate(parts).astype(np.float32))[:, None] - 1.0


def main() -> None:
    """Listen, teach, tell, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds music/")
    parser.add_argument("--work", type=Path, default=Path("build/music_mood"))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tracks = read_tracks(options.data / "music")
    guesses = held_out(tracks, spectrograms(tracks), seed=0)
    keep = tracks.labelled
    table = evaluation.confusion(tracks.moods[keep], guesses[keep], len(MOODS))
    found = {
        "accuracy": round(evaluation.accuracy(table), 4),
        "macro_f1": round(evaluation.macro_f1(table), 4),
    }
    options.work.mkdir(parents=True, exist_ok=True)
    (options.work / CNN).write_text(json.dumps(found), encoding="utf-8")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
