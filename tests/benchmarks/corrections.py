"""How well MISO learns a person's taste: simulated persons and their learning curve.

    python -m tests.benchmarks.corrections --data DATA --work WORK [--persons N]

``DATA/music`` holds ``labels.csv``; ``WORK/held_out.npz`` holds what models said that saw
neither a track nor its artist: ``probabilities`` (tracks, 5) and ``plane`` (tracks, 2:
valence and arousal), for the tracks with a mood, in the order of ``labels.csv``.

Nobody's real corrections are known, so persons are made up, of four kinds (:data:`KINDS`).
They correct in three ways (:data:`WAYS`). A gain is counted in points of accuracy on the
rest of that person's library, which the layer never saw. Prints a JSON array and judges
nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.taste import Judgement, learn

COUNTS = (10, 25, 50, 100)

NEAR = {
    "happy": ("romantic", "dramatic"),
    "romantic": ("happy", "sad"),
    "sad": ("romantic", "dramatic"),
    "aggressive": ("dramatic", "happy"),
    "dramatic": ("aggressive", "sad"),
}
"""Moods that a person might mean by another's word."""

REMAPPED = 0.85
OTHER_WORDS = 0.3
SHIFTED = (0.25, 0.6)
LAZY = 0.5
"""Share of what is wrong that a lazy person corrects."""


@dataclass(frozen=True)
class Library:
    """The tracks, what the tagger says of them, and what is known of how they feel.

    ``scores`` come from models that saw neither the track nor its artist. ``labels``:
    (n,), the data's moods. ``words``, ``genres``: of each track.
    """

    scores: list[MoodScores]
    labels: np.ndarray
    words: list[list[str]]
    genres: list[list[str]]

    @property
    def heard(self) -> np.ndarray:
        """The tagger's mood of each track; shape (n,)."""
        return tops(self.scores)


def agrees(library: Library, rng: np.random.Generator) -> np.ndarray:
    """Judges as the data's labels do, which the tagger was trained on."""
    return library.labels


def remaps(library: Library, rng: np.random.Generator) -> np.ndarray:
    """Uses another word for one mood: 85 % of its tracks go to a mood that lies near."""
    said = library.labels.copy()
    mood = int(rng.integers(len(MOODS)))
    other = MOODS.index(rng.choice(NEAR[MOODS[mood].value]))
    said[(said == mood) & (rng.random(len(said)) < REMAPPED)] = other
    return said


def shifts(library: Library, rng: np.random.Generator) -> np.ndarray:
    """Draws two boundaries elsewhere, by genre: what is dramatic in metal is aggressive.

    The tagger's scores do not show the genre, so this is only partly to be seen in them.
    """
    said = library.labels.copy()
    low, high = SHIFTED
    for mood in rng.choice(len(MOODS), 2, replace=False):
        other = MOODS.index(rng.choice(NEAR[MOODS[mood].value]))
        own = library.labels == mood
        chosen = np.zeros(len(own), dtype=bool)
        for genre in rng.permutation(sorted({g for genres in library.genres for g in genres})):
            more = chosen | np.array([genre in genres for genres in library.genres])
            if (more & own).sum() <= high * own.sum():
                chosen = more
            if (chosen & own).sum() >= low * own.sum():
                break
        said[chosen & own] = other
    return said


def words_differ(library: Library, rng: np.random.Generator) -> np.ndarray:
    """Hears the data's mood words as other moods: three words in ten mean the second likely.

    A track has the mood of most of its words, so these judgements scatter over all moods.
    """
    counts = Counter(word for words in library.words for word in words)
    meanings = {}
    for word in sorted(word for word, count in counts.items() if count >= 5):
        of = np.bincount(
            [y for y, words in zip(library.labels, library.words, strict=True) if word in words],
            minlength=len(MOODS),
        )
        first, second = np.argsort(-of, kind="stable")[:2]
        meanings[word] = second if of[second] and rng.random() < OTHER_WORDS else first
    votes = 0.5 * np.eye(len(MOODS))[library.labels] + 1e-3 * rng.random((len(library.labels), 5))
    for vote, words in zip(votes, library.words, strict=True):
        for word in words:
            if word in meanings:
                vote[meanings[word]] += 1
    return np.asarray(votes.argmax(axis=1))


KINDS: dict[str, Callable[[Library, np.random.Generator], np.ndarray]] = {
    "agrees": agrees,
    "remaps": remaps,
    "shifts": shifts,
    "words": words_differ,
}


def judges_at_random(
    order: np.ndarray, wrong: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[list[int], list[int]]:
    """Names ``count`` tracks, right or wrong; leaves none."""
    return list(order[:count]), []


def corrects_what_is_wrong(
    order: np.ndarray, wrong: np.ndarray, count: int, rng: np.random.Generator, share: float = 1.0
) -> tuple[list[int], list[int]]:
    """Listens to one track after the other, corrects the wrong ones and leaves the rest."""
    said, left = [], []
    for track in order:
        if len(said) == count:
            break
        corrects = wrong[track] and rng.random() < share
        (said if corrects else left).append(track)
    return said, left


def corrects_half(
    order: np.ndarray, wrong: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[list[int], list[int]]:
    """As before, but lets every second wrong one pass."""
    return corrects_what_is_wrong(order, wrong, count, rng, LAZY)


WAYS = {
    "judges": judges_at_random,
    "corrects": corrects_what_is_wrong,
    "corrects half": corrects_half,
}


def read(data: Path, work: Path) -> Library:
    with (data / "music" / "labels.csv").open(encoding="utf-8", newline="") as table:
        rows = [row for row in csv.DictReader(table) if row["mood"]]
    with np.load(work / "held_out.npz") as stored:
        probabilities, plane = stored["probabilities"], stored["plane"]
    names = [mood.value for mood in MOODS]
    return Library(
        scores=[
            MoodScores.of(p.tolist(), *map(float, place))
            for p, place in zip(probabilities, plane, strict=True)
        ],
        labels=np.array([names.index(row["mood"]) for row in rows]),
        words=[[w.strip() for w in row["mood_words"].split(";") if w.strip()] for row in rows],
        genres=[[g.strip() for g in row["genres"].split(";") if g.strip()] for row in rows],
    )


def tops(scores: list[MoodScores]) -> np.ndarray:
    return np.array([MOODS.index(one.top) for one in scores])


@dataclass(frozen=True)
class Outcome:
    """``before`` and ``after``: accuracy on the rest of the person's library, in percent."""

    before: float
    after: float
    used: bool

    @property
    def gain(self) -> float:
        return self.after - self.before


def simulate(library: Library, kind: str, way: str, count: int, person: int) -> Outcome:
    rng = np.random.default_rng([person, *map(ord, kind)])
    meant = KINDS[kind](library, rng)
    order = rng.permutation(len(meant))
    heard = library.heard
    said, left = WAYS[way](order, heard != meant, count, rng)
    judged = [Judgement(library.scores[i], MOODS[meant[i]]) for i in said]
    judged += [Judgement(library.scores[i], MOODS[heard[i]], said=False) for i in left]
    taste = learn(judged)
    rest = np.setdiff1d(order, [*said, *left])
    after = tops([taste.apply(library.scores[i]) for i in rest])
    right = [100 * float(np.mean(found == meant[rest])) for found in (heard[rest], after)]
    return Outcome(*right, used=bool(taste.shifts))


def curves(library: Library, persons: range) -> Iterator[dict[str, object]]:
    """A row for each way, number of corrections and kind, and one over all kinds."""
    for way, count in product(WAYS, COUNTS):
        found = {kind: [simulate(library, kind, way, count, p) for p in persons] for kind in KINDS}
        found["all"] = [one for several in found.values() for one in several]
        for kind, outcomes in found.items():
            yield {"way": way, "corrections": count, "kind": kind, **summary(outcomes)}


def summary(found: list[Outcome]) -> dict[str, object]:
    gains = [one.gain for one in found]
    return {
        "before": round(float(np.mean([one.before for one in found])), 1),
        "gain_mean": round(float(np.mean(gains)), 2),
        "gain_min": round(min(gains), 2),
        "gain_max": round(max(gains), 2),
        "lost_more_than_1": sum(gain < -1 for gain in gains),
        "used": round(float(np.mean([one.used for one in found])), 2),
        "persons": len(found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/music_mood"))
    parser.add_argument("--persons", type=int, default=40)
    options = parser.parse_args()
    library = read(options.data, options.work)
    print(json.dumps(list(curves(library, range(options.persons))), indent=1))


if __name__ == "__main__":
    main()
