"""The light reader: what brightness and colour alone say about the mood of a photo.

Colours please more the brighter and the more saturated they are (pleasure = 0.69 B +
0.22 S) and excite more the darker and the more saturated they are (arousal = -0.31 B +
0.60 S; Valdez and Mehrabian 1994); of hue, saturation and brightness, saturation moves
arousal most (Wilms and Oberfeld 2018). Those findings are about patches of one colour.
Of photos they hold weakly, because what is shown counts for more, so the measures are
theirs (and Machajdik and Hanbury's, 2010), but how much each counts was fitted to photos
that people rated. What is left is a small hint; the bundle's card says how small, and
the probabilities stay close to equal accordingly.

References
----------
Valdez and Mehrabian (1994), Effects of color on emotions. J. Exp. Psychol. Gen. 123(4).
Machajdik and Hanbury (2010), Affective image classification using features inspired by
psychology and art theory. ACM Multimedia.
Wilms and Oberfeld (2018), Color and emotion: effects of hue, saturation, and brightness.
Psychological Research 82.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from miso_desktop import bundles
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.photos.numbers import table
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Vote

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

BUNDLE = "scene"
MODEL = "light.json"

_SIDE = 160
_FARTHEST = 3.0
"""Deviations from the usual beyond which a measure counts no more."""


@dataclass(frozen=True)
class LightMeasures:
    """Light and colour of a photo, in CIELAB (D65), each about 0 to 1.

    Attributes
    ----------
    brightness, contrast : float
        Mean and standard deviation of the lightness.
    shadows, highlights : float
        Shares of pixels darker than L* 25 and lighter than L* 80.
    saturation, saturation_spread : float
        Mean and standard deviation of the chroma, over 100.
    warmth : float
        Mean of a chroma-weighted cosine to orange (hue 55 degrees), -1 to 1.
    reds, yellows, greens, blues, purples : float
        Shares of the chroma by hue: red and pink, orange and yellow, green, cyan and
        blue, violet and magenta. They sum to 1 where there is colour at all.
    detail : float
        Mean step of lightness between neighbouring pixels, over 10.
    """

    brightness: float
    contrast: float
    shadows: float
    highlights: float
    saturation: float
    saturation_spread: float
    warmth: float
    reds: float
    yellows: float
    greens: float
    blues: float
    purples: float
    detail: float

    def vector(self) -> NDArray[np.float64]:
        """All measures in their order, shape (13,)."""
        return np.array(list(asdict(self).values()), np.float64)


@dataclass(frozen=True)
class LightModel:
    """What the measures of an ordinary photo are, and what a deviation from them means.

    Attributes
    ----------
    mean, deviation : numpy.ndarray, shape (13,)
        Of each measure over the photos it was fitted to.
    moods : numpy.ndarray, shape (5, 14)
        Logits: a weight for each standardised measure, and a constant.
    feeling : numpy.ndarray, shape (2, 14)
        The same for valence and arousal.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    moods: NDArray[np.float64]
    feeling: NDArray[np.float64]

    @classmethod
    def from_file(cls, file: Path) -> LightModel:
        """Read a bundle's ``light.json``.

        Raises
        ------
        ValueError, LookupError, TypeError
            If it holds something else.
        """
        stored = json.loads(file.read_text(encoding="utf-8"))
        count = len(fields(LightMeasures))
        shapes = {
            "mean": (count,),
            "deviation": (count,),
            "moods": (len(MOODS), count + 1),
            "feeling": (2, count + 1),
        }
        return cls(**{name: table(stored[name], *shape) for name, shape in shapes.items()})

    def standardise(self, measures: LightMeasures) -> NDArray[np.float64]:
        """Deviations from the usual, in standard deviations, shape (13,)."""
        z = (measures.vector() - self.mean) / self.deviation
        return np.clip(z, -_FARTHEST, _FARTHEST)

    def scores(self, measures: LightMeasures) -> MoodScores:
        """Probabilities (softmax of the logits), valence and arousal."""
        z = np.append(self.standardise(measures), 1.0)
        logits = self.moods @ z
        valence, arousal = self.feeling @ z
        return MoodScores.of(np.exp(logits - logits.max()), float(valence), float(arousal))


class LightReader:
    """Reads the mood of light and colours.

    Parameters
    ----------
    bundle : Bundle, optional
        The one that is in use, by default.

    Raises
    ------
    BundleError
        If the scene bundle, which holds the weights, is missing or damaged.
    """

    def __init__(self, bundle: bundles.Bundle | None = None) -> None:
        bundle = bundle or bundles.require(BUNDLE)
        self.used = bundle.used
        """Name and version of the bundle."""
        with bundle.reading(MODEL):
            self.model = LightModel.from_file(bundle.file(MODEL))

    def read(self, image: Image) -> Vote:
        """Vote on a photo by its light and colours.

        Parameters
        ----------
        image : PIL.Image.Image
            RGB, of any size.

        Returns
        -------
        Vote
            With a reason such as "The photo has low light and warm, muted colours."
        """
        measures = measure(image)
        usual = LightMeasures(*self.model.mean.tolist())
        spread = LightMeasures(*self.model.deviation.tolist())
        reason = phrase(
            "The photo has {light} and {colours}.",
            light=_light(measures, usual, spread),
            colours=_colours(measures, usual, spread),
        )
        return Vote("light", self.model.scores(measures), 1.0, reason)


def _light(seen: LightMeasures, usual: LightMeasures, spread: LightMeasures) -> Phrase:
    brighter = (seen.brightness - usual.brightness) / spread.brightness
    harder = (seen.contrast - usual.contrast) / spread.contrast
    if brighter < -0.8:
        return phrase("low light with hard shadows") if harder > 0.8 else phrase("low light")
    if brighter > 0.8:
        return phrase("bright, hard light") if harder > 0.8 else phrase("bright, clear light")
    if harder > 0.8:
        return phrase("hard light and deep shadows")
    return phrase("soft, even light") if harder < -0.8 else phrase("ordinary light")


def _colours(seen: LightMeasures, usual: LightMeasures, spread: LightMeasures) -> Phrase:
    if seen.saturation < 0.03:
        return phrase("hardly any colour")
    richer = (seen.saturation - usual.saturation) / spread.saturation
    warm, cool = seen.warmth > 0.5, seen.warmth < 0.0
    if richer > 0.8:
        words = (
            phrase("vivid, warm colours"),
            phrase("vivid, cool colours"),
            phrase("vivid, mixed colours"),
        )
    elif richer < -0.6:
        words = (
            phrase("muted, warm colours"),
            phrase("muted, cool colours"),
            phrase("muted colours"),
        )
    else:
        words = phrase("warm colours"), phrase("cool colours"), phrase("mixed colours")
    return words[0 if warm else 1 if cool else 2]


_HUES = (50.0, 110.0, 180.0, 310.0, 345.0)
"""Where a hue group begins: orange-yellow, green, cyan-blue, purple, red (degrees in Lab)."""


def measure(image: Image) -> LightMeasures:
    """Measure light and colour on a small copy.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB, of any size.
    """
    small = image.copy()
    small.thumbnail((_SIDE, _SIDE))
    lab = _lab(np.asarray(small, np.float64) / 255.0)
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    chroma = np.hypot(a, b)
    hue = np.degrees(np.arctan2(b, a)) % 360.0
    total = max(float(chroma.sum()), 1e-6)
    group = np.searchsorted(_HUES, hue, side="right") % len(_HUES)
    reds, yellows, greens, blues, purples = (
        float(chroma[group == k].sum()) / total for k in range(5)
    )
    steps = [np.abs(np.diff(lightness, axis=axis)) for axis in (0, 1)]
    return LightMeasures(
        brightness=float(lightness.mean()) / 100,
        contrast=float(lightness.std()) / 100,
        shadows=float((lightness < 25).mean()),
        highlights=float((lightness > 80).mean()),
        saturation=float(chroma.mean()) / 100,
        saturation_spread=float(chroma.std()) / 100,
        warmth=float((chroma * np.cos(np.radians(hue - 55.0))).sum()) / total,
        reds=reds,
        yellows=yellows,
        greens=greens,
        blues=blues,
        purples=purples,
        detail=float(np.mean([s.mean() for s in steps if s.size] or [0.0])) / 10,
    )


def _lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn sRGB in 0..1, shape (..., 3), into CIELAB under D65 (IEC 61966-2-1, CIE 15)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)
