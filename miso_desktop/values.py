"""What the rooms hand to one another. Frozen values, no behaviour that needs a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from miso_desktop.errors import MisoError
from miso_desktop.moods import Mood, MoodScores, certain
from miso_desktop.phrases import Phrase


class Genre(StrEnum):
    """Which music to choose from."""

    ANY = "any"
    KPOP = "kpop"
    POP = "pop"
    BOTH = "both"


@dataclass(frozen=True)
class Tags:
    """What a file says about itself.

    Attributes
    ----------
    duration_s : float
        Length in seconds; 0 where the file does not tell.
    replay_gain_db : float or None
        Track gain in dB (ReplayGain 2.0, or an Opus R128 gain converted to it).
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    album_artist: str = ""
    genres: tuple[str, ...] = ()
    year: int | None = None
    track_number: int | None = None
    duration_s: float = 0.0
    replay_gain_db: float | None = None


@dataclass(frozen=True)
class TrackAnalysis:
    """One music file, tagged.

    Attributes
    ----------
    seconds : float
        Seconds of sound that were analysed.
    ms : float
        Time it took, in milliseconds.
    bundles : tuple of (name, version)
        The models that were used.
    """

    path: Path
    tags: Tags
    scores: MoodScores
    seconds: float
    ms: float
    bundles: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Vote:
    """What one reader of the panel thinks of a photo.

    Attributes
    ----------
    reader : str
        ``"scene"``, ``"light"``, ``"caption"``, ...
    weight : float
        How much it counted in the decision; the weights of a reading sum to 1. A reader
        votes with weight 1; the head of the panel sets the share.
    reason : Phrase
        One sentence that names what the reader saw.
    """

    reader: str
    scores: MoodScores
    weight: float
    reason: Phrase

    @property
    def mood(self) -> Mood:
        """The reader's own choice."""
        return self.scores.top


@dataclass(frozen=True)
class Silence:
    """A reader with nothing to say about this photo, and why."""

    reader: str
    reason: Phrase


@dataclass(frozen=True)
class ModelServer:
    """Language models on this machine that the person wants in the panel.

    Attributes
    ----------
    address : str
        Of an OpenAI-compatible server, such as ``http://127.0.0.1:11434``.
    models : tuple of str
        Which of its models to ask; empty: those that it offers.
    limit_s : float
        The most seconds that asking may take, all models together.
    language : str
        The interface's language, in which reasons are asked for.
    """

    address: str
    models: tuple[str, ...] = ()
    limit_s: float = 20.0
    language: str = "en"


@dataclass(frozen=True)
class PhotoReading:
    """What MISO sees in a photo.

    Attributes
    ----------
    caption : str or None
        None where no captioner is installed.
    votes, silences : tuple
        The readers that voted, the weightiest first, and those that did not.
    why : Phrase
        The decision in one sentence.
    """

    photo: Path
    caption: str | None
    scores: MoodScores
    votes: tuple[Vote, ...]
    why: Phrase
    silences: tuple[Silence, ...] = ()
    bundles: tuple[tuple[str, str], ...] = ()
    ms: float = 0.0


@dataclass(frozen=True)
class Track:
    """A track of the library.

    Attributes
    ----------
    model_scores : MoodScores
        What the tagger said.
    learned_scores : MoodScores or None
        What the tagger's word means to this person, where MISO has learned that
        (:mod:`miso_desktop.taste`).
    corrected : Mood or None
        What the person said; it goes before both and is kept apart.
    available : bool
        False while the file cannot be found (an unplugged drive): it is greyed out,
        never deleted.
    added_at, last_played_at : float
        Seconds since the epoch.
    """

    id: int
    path: Path
    tags: Tags
    model_scores: MoodScores
    corrected: Mood | None = None
    available: bool = True
    added_at: float = 0.0
    plays: int = 0
    last_played_at: float | None = None
    learned_scores: MoodScores | None = None

    @property
    def expected(self) -> MoodScores:
        """The scores without the person's word on this track: as learned, else the tagger's."""
        return self.learned_scores or self.model_scores

    @property
    def scores(self) -> MoodScores:
        """The scores that count: the person's word if there is one, else the expected."""
        expected = self.expected
        return expected if self.corrected is None else certain(self.corrected, expected)

    @property
    def title(self) -> str:
        """The tag, or the file's name without its ending."""
        return self.tags.title or self.path.stem


@dataclass(frozen=True)
class Pick:
    """A track that was chosen, and why.

    Attributes
    ----------
    score : float
        Closeness to the photo's mood, 0 to 1.
    """

    track: Track
    score: float
    why: Phrase


@dataclass(frozen=True)
class Failure:
    """A file that could not be used, and why."""

    path: Path
    error: Phrase


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan is. ``total`` counts the files that need work, known after the walk."""

    done: int
    total: int
    current: Path | None
    failed: int


@dataclass(frozen=True)
class ScanReport:
    """What a scan found. ``interrupted`` means that the rest waits for the next scan."""

    folder: Path
    added: int
    changed: int
    unchanged: int
    missing: int
    failed: tuple[Failure, ...]
    seconds: float
    interrupted: bool = False


def together(reports: Sequence[ScanReport]) -> ScanReport:
    """Several scans, told as one."""
    return ScanReport(
        folder=reports[-1].folder,
        added=sum(r.added for r in reports),
        changed=sum(r.changed for r in reports),
        unchanged=sum(r.unchanged for r in reports),
        missing=sum(r.missing for r in reports),
        failed=tuple(failure for r in reports for failure in r.failed),
        seconds=sum(r.seconds for r in reports),
        interrupted=any(r.interrupted for r in reports),
    )


@dataclass(frozen=True)
class Played:
    """One line of the history: a track that was played, and for which photo."""

    track: Track
    at: float
    photo: Path | None


@dataclass(frozen=True)
class Check:
    """One thing that MISO uses, whether it works here, and the cure if it does not.

    ``optional`` things are missed by nobody's main job.
    """

    name: Phrase
    works: bool
    detail: Phrase
    cure: Phrase | None = None
    optional: bool = False


class PlayerState(StrEnum):
    """What the player does."""

    STOPPED = "stopped"
    PLAYING = "playing"
    PAUSED = "paused"


@dataclass(frozen=True)
class PlayerStatus:
    """The player at one moment.

    Attributes
    ----------
    index : int
        Place in the queue; -1 while it is empty.
    position_s, duration_s : float
        Seconds into the current track, as heard; its length, 0 where unknown.
    volume : float
        0 to 1.
    error : MisoError or None
        The last thing that went wrong: a track that was skipped, or no device.
    """

    state: PlayerState
    index: int
    path: Path | None
    position_s: float
    duration_s: float
    volume: float
    error: MisoError | None = None
