"""The scene reader: what the picture as a whole looks like, and how such pictures feel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from miso_desktop import bundles
from miso_desktop.moods import MOODS, MoodScores
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import Vote

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

BUNDLE = "scene"
MODEL = "scene.onnx"
CLASSES = "classes.json"

SIZE = 260
"""Side of the encoders' input in pixels; what EfficientNet-Lite2 was trained at."""

_SURE = 0.30
"""A thing is named from this probability on, and a second one from half of it."""

_PLEASANT = 0.12
_LIVELY = 0.10
"""How far from its usual value valence or arousal must lie to be mentioned."""


class SceneReader:
    """Reads mood, valence and arousal off the whole picture.

    Image encoders trained on ImageNet describe the photo; a head trained on photos that
    people rated turns the description into a feeling. See ``models_onnx/scene/CARD.md``.

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
        with bundle.reading(CLASSES):
            names = json.loads(bundle.file(CLASSES).read_text(encoding="utf-8"))
            self._classes = [str(name) for name in names]
        with bundle.reading():
            pleasure, excitement = bundle.parameters["usual_feeling"]
            self._usual = float(pleasure), float(excitement)
        self._session = bundle.session(MODEL)
        widths = {node.name: node.shape[-1:] for node in self._session.get_outputs()}
        expected = {"moods": [len(MOODS)], "feeling": [2], "classes": [len(self._classes)]}
        if [node.name for node in self._session.get_inputs()] != ["pixels"] or widths != expected:
            raise bundle.damaged(f"{MODEL} gives {widths}")

    def read(self, image: Image) -> Vote:
        """Vote on a photo.

        Parameters
        ----------
        image : PIL.Image.Image
            RGB, of any size.

        Returns
        -------
        Vote
            Calibrated probabilities, valence and arousal in [-1, 1], and a reason that
            names what was recognised, if anything was.
        """
        moods, feeling, classes = self._session.run(
            ["moods", "feeling", "classes"], {"pixels": views(image)}
        )
        scores = MoodScores.of(moods.tolist(), float(feeling[0]), float(feeling[1]))
        return Vote("scene", scores, 1.0, self._reason(scores, classes))

    def _reason(self, scores: MoodScores, classes: NDArray[np.float32]) -> Phrase:
        feel = _feel(scores.valence - self._usual[0], scores.arousal - self._usual[1])
        first, second = (int(i) for i in np.argsort(-classes)[:2])
        if classes[first] < _SURE:
            return phrase("The picture as a whole feels {feel}.", feel=feel)
        one = Phrase(self._classes[first])
        if classes[second] < _SURE / 2:
            return phrase("It looks like {thing} and feels {feel}.", thing=one, feel=feel)
        return phrase(
            "It looks like {thing} or {other} and feels {feel}.",
            thing=one,
            other=Phrase(self._classes[second]),
            feel=feel,
        )


def views(image: Image, size: int = SIZE) -> NDArray[np.float32]:
    """Two looks at a photo, as the encoders want them.

    The first is the whole photo squeezed into a square, so that nothing is lost; the
    second is its middle square, so that shapes are true. Both by bicubic resampling.

    Parameters
    ----------
    image : PIL.Image.Image
        RGB, of any size.
    size : int
        Side of a view in pixels.

    Returns
    -------
    numpy.ndarray, shape (2, 3, size, size), float32
        ``(pixel - 127) / 128``, about -1 to 1: EfficientNet-Lite's own scale, not
        ImageNet's mean and deviation.
    """
    from PIL import Image as Pillow
    from PIL import ImageOps

    bicubic = Pillow.Resampling.BICUBIC
    pair = [image.resize((size, size), bicubic), ImageOps.fit(image, (size, size), bicubic)]
    pixels = np.stack([np.asarray(view, np.float32) for view in pair])
    return np.ascontiguousarray((pixels.transpose(0, 3, 1, 2) - 127.0) / 128.0)


def _feel(pleasure: float, excitement: float) -> Phrase:
    """Words for a place on the plane of valence and arousal, relative to an ordinary photo."""
    lively, calm = excitement > _LIVELY, excitement < -_LIVELY
    if pleasure > _PLEASANT:
        if lively:
            return phrase("pleasant and lively")
        return phrase("pleasant and calm") if calm else phrase("pleasant")
    if pleasure < -_PLEASANT:
        if lively:
            return phrase("tense and unpleasant")
        return phrase("dreary") if calm else phrase("unpleasant")
    if lively:
        return phrase("exciting")
    return phrase("quiet") if calm else phrase("neither pleasant nor unpleasant")
