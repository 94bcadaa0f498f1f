"""Small libraries, made up on the spot."""

from pathlib import Path

from hypothesis import strategies as st

from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.values import Tags, Track

NOW = 1_800_000_000.0

weights = st.lists(st.floats(0, 1), min_size=5, max_size=5)
any_scores = st.builds(MoodScores.of, weights, st.floats(-1, 1), st.floats(-1, 1))


def scores(mood=None, share=0.6, valence=0.0, arousal=0.0):
    """``share`` for one mood, the rest spread evenly."""
    rest = (1 - share) / 4
    return MoodScores.of([share if m is mood else rest for m in MOODS], valence, arousal)


def track(number, mood_scores=None, artist="", title="", genres=(), **rest):
    return Track(
        id=number,
        path=Path(f"/music/{number}.flac"),
        tags=Tags(title=title or f"Piece {number}", artist=artist, genres=genres),
        model_scores=mood_scores or scores(),
        **rest,
    )


@st.composite
def libraries(draw, min_size=0, max_size=14):
    size = draw(st.integers(min_size, max_size))
    return [
        track(
            number,
            draw(any_scores),
            artist=draw(st.sampled_from(["", "A", "B", "C", "D"])),
            title=draw(st.sampled_from(["", "Song", "Air"])),
            available=draw(st.booleans()),
            corrected=draw(st.sampled_from([None, *MOODS])),
            added_at=draw(st.floats(0, 2 * NOW)),
            last_played_at=draw(st.one_of(st.none(), st.floats(0, 2 * NOW))),
        )
        for number in range(1, size + 1)
    ]
