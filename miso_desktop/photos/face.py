"""The face reader: how the people in a photo look.

What an expression says about the mood of a photo is written down in :data:`MEANINGS`,
not learned. The places on the plane follow Russell's circumplex (1980): joy is pleasant,
anger and fear are unpleasant and excited, sorrow is unpleasant and calm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from miso_desktop import bundles
from miso_desktop.moods import MoodScores, blend
from miso_desktop.photos.face_detector import Face, FaceDetector
from miso_desktop.photos.face_expression import ExpressionReader
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Silence, Vote

if TYPE_CHECKING:
    from PIL.Image import Image

BUNDLE = "face"

READABLE_PX = 28
"""Width from which an expression can be told; the networks themselves look at 64 pixels."""

_MOST_FACES = 12
"""The largest of them are read; a crowd's mood does not change with the next."""

_CLEAR = 0.5
"""Probability from which an expression is named and counts; guesses below are mostly wrong."""

_NEAR = 1.5
"""Two faces are close together up to this distance, in widths of a face."""

_ALIKE = 1.6
"""... and if neither is so many times as wide as the other."""

_ROMANCE = 0.4
"""Share of the vote that two friendly faces close together give to romance."""

MEANINGS: dict[str, MoodScores] = {
    # happy, romantic, sad, aggressive, dramatic; valence, arousal
    "happy": MoodScores.of((0.72, 0.16, 0.02, 0.02, 0.08), 0.7, 0.2),
    "sad": MoodScores.of((0.04, 0.08, 0.70, 0.06, 0.12), -0.6, -0.2),
    "angry": MoodScores.of((0.03, 0.02, 0.10, 0.70, 0.15), -0.6, 0.5),
    "disgust": MoodScores.of((0.04, 0.02, 0.20, 0.59, 0.15), -0.6, 0.2),
    "fear": MoodScores.of((0.03, 0.03, 0.17, 0.17, 0.60), -0.5, 0.5),
    "surprise": MoodScores.of((0.20, 0.06, 0.04, 0.10, 0.60), 0.1, 0.5),
    "neutral": MoodScores.of((0.22, 0.20, 0.22, 0.14, 0.22), 0.0, -0.1),
}
"""What each expression says about the mood of a photo."""

TENDERNESS = MoodScores.of((0.20, 0.70, 0.04, 0.02, 0.04), 0.7, 0.1)
"""What two friendly faces close together say."""

_UNCLEAR = "unclear"

_PEOPLE: dict[str, tuple[Phrase, Phrase, Phrase]] = {
    "happy": (
        phrase("one person smiling"),
        phrase("two people smiling"),
        phrase("{count} people smiling"),
    ),
    "sad": (
        phrase("one person looking sad"),
        phrase("two people looking sad"),
        phrase("{count} people looking sad"),
    ),
    "angry": (
        phrase("one person looking angry"),
        phrase("two people looking angry"),
        phrase("{count} people looking angry"),
    ),
    "disgust": (
        phrase("one person looking disgusted"),
        phrase("two people looking disgusted"),
        phrase("{count} people looking disgusted"),
    ),
    "fear": (
        phrase("one person looking afraid"),
        phrase("two people looking afraid"),
        phrase("{count} people looking afraid"),
    ),
    "surprise": (
        phrase("one person looking surprised"),
        phrase("two people looking surprised"),
        phrase("{count} people looking surprised"),
    ),
    "neutral": (
        phrase("one person with a neutral face"),
        phrase("two people with neutral faces"),
        phrase("{count} people with neutral faces"),
    ),
    _UNCLEAR: (
        phrase("one person whose face is hard to read"),
        phrase("two people whose faces are hard to read"),
        phrase("{count} people whose faces are hard to read"),
    ),
}
"""One, two, and more of a kind."""


@dataclass(frozen=True)
class SeenFace:
    """A face whose expression was read.

    Attributes
    ----------
    expressions : tuple of (str, float)
        Each expression with its probability; they sum to 1.
    """

    face: Face
    expressions: tuple[tuple[str, float], ...]

    @property
    def likeliest(self) -> tuple[str, float]:
        """The likeliest expression and its probability."""
        return max(self.expressions, key=lambda pair: pair[1])

    @property
    def named(self) -> str:
        """The expression, or that it is unclear."""
        label, probability = self.likeliest
        return label if probability >= _CLEAR else _UNCLEAR

    @property
    def area(self) -> float:
        """Of the face's box, in square pixels."""
        return self.face.width * self.face.height

    @property
    def weight(self) -> float:
        """How much the face counts: its area, times how clear its expression is."""
        return self.area * self.likeliest[1]


class FaceReader:
    """Reads the mood of a photo off the faces in it.

    Parameters
    ----------
    bundle : Bundle, optional
        The one that is in use, by default.

    Raises
    ------
    BundleError
        If the bundle is missing or damaged.
    """

    def __init__(self, bundle: bundles.Bundle | None = None) -> None:
        bundle = bundle or bundles.require(BUNDLE)
        self.used = bundle.used
        """Name and version of the bundle."""
        self._detector = FaceDetector(bundle)
        self._expressions = ExpressionReader(bundle)
        if unknown := {*self._expressions.labels} - {*MEANINGS}:
            raise bundle.damaged(f"nothing is known of {', '.join(sorted(unknown))}")

    def read(self, image: Image) -> Vote | Silence:
        """Vote on a photo, if there is a face that can be read.

        Parameters
        ----------
        image : PIL.Image.Image
            RGB, of any size.

        Returns
        -------
        Vote or Silence
            With a reason such as "The photo shows two people smiling."
        """
        return judge(self.look(image))

    def look(self, image: Image) -> tuple[SeenFace, ...]:
        """The faces that are large enough to read, the largest first, at most twelve."""
        found = self._detector.find(image)
        faces = tuple(f for f in found if f.width >= READABLE_PX)[:_MOST_FACES]
        return self.expressions(image, faces) if faces else ()

    def expressions(self, image: Image, faces: tuple[Face, ...]) -> tuple[SeenFace, ...]:
        """Read the expressions of faces, at least one, found in this image."""
        labels = self._expressions.labels
        rows = self._expressions.read(image, faces)
        return tuple(
            SeenFace(face, tuple(zip(labels, map(float, row), strict=True)))
            for face, row in zip(faces, rows, strict=True)
        )


def certainty(seen: Sequence[SeenFace]) -> float:
    """How clear the expressions are, 0 to 1: mean of the likeliest, weighted by area."""
    return sum(one.weight for one in seen) / sum(one.area for one in seen)


def judge(seen: Sequence[SeenFace]) -> Vote | Silence:
    """From faces to a vote of those whose expression is clear."""
    if not seen:
        return Silence("face", phrase("No face large enough to read."))
    clear = [one for one in seen if one.named != _UNCLEAR]
    if not clear:
        return Silence("face", phrase("No face whose expression is clear."))
    scores = blend([(_meaning(one), one.weight) for one in clear])
    together = _together(seen)
    if together:
        scores = blend([(scores, 1 - _ROMANCE), (TENDERNESS, _ROMANCE)])
    return Vote("face", scores, 1.0, _reason(seen, together=together))


def _meaning(one: SeenFace) -> MoodScores:
    return blend([(MEANINGS[label], probability) for label, probability in one.expressions])


def _together(seen: Sequence[SeenFace]) -> bool:
    """Whether these are two people, close together, of whom at least one smiles."""
    if len(seen) != 2:
        return False
    first, second = seen[0].face, seen[1].face
    narrow, wide = sorted((first.width, second.width))
    apart = abs(complex(*first.centre) - complex(*second.centre))
    friendly = sorted(one.named for one in seen) in (["happy", "happy"], ["happy", "neutral"])
    return friendly and wide <= _ALIKE * narrow and apart <= _NEAR * (narrow + wide) / 2


def _reason(seen: Sequence[SeenFace], *, together: bool) -> Phrase:
    """Say who is seen: the two kinds of people that count most, the unclear ones last."""
    weights: defaultdict[str, float] = defaultdict(float)
    for one in seen:
        weights[one.named] += one.weight
    kinds = sorted(weights, key=lambda kind: (kind == _UNCLEAR, -weights[kind]))
    people = [_people(kind, sum(one.named == kind for one in seen)) for kind in kinds]
    if len(people) == 1:
        shown = people[0]
    elif len(people) == 2:
        shown = phrase("{people} and {others}", people=people[0], others=people[1])
    else:
        shown = phrase("{people}, {others} and more", people=people[0], others=people[1])
    if together:
        return phrase("The photo shows {people}, close together.", people=shown)
    return phrase("The photo shows {people}.", people=shown)


def _people(kind: str, count: int) -> Phrase:
    template = _PEOPLE[kind][min(count, 3) - 1]
    return Phrase(template.template, (("count", count),)) if count > 2 else template
