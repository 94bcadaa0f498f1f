"""What a face shows: two small networks that each name one of seven expressions.

One looks at grey pixels and learned from FER2013, the other at colour and learned from
photos of the web; they err on different faces, so their mean is better than either.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from miso_desktop.bundles import Bundle
    from miso_desktop.photos.face_detector import Face

    Array = NDArray[np.float32]

GREY = "expression_grey.onnx"
COLOUR = "expression_colour.onnx"

_STEEPEST = math.radians(35)
"""A face is turned upright by this angle at most; steeper eyes were misplaced."""


class ExpressionReader:
    """Names the expression of faces.

    Parameters
    ----------
    bundle : Bundle
        With both networks and the parameters ``labels``, ``crop`` (side of the square that
        is looked at, over the longer side of the face's box), ``grey_size`` and
        ``colour_size`` (in pixels).

    Raises
    ------
    BundleError
        If a network cannot be loaded or names other expressions.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._grey = bundle.session(GREY)
        self._colour = bundle.session(COLOUR)
        with bundle.reading():
            known = bundle.parameters
            self._sizes = int(known["grey_size"]), int(known["colour_size"])
            self._crop = float(known["crop"])
            self.labels: tuple[str, ...] = tuple(map(str, known["labels"]))
            """Names of the expressions, in the order of every score."""
        for name, network in (GREY, self._grey), (COLOUR, self._colour):
            shapes = [output.shape for output in network.get_outputs()]
            if [shape[-1] for shape in shapes] != [len(self.labels)]:
                raise bundle.damaged(f"{name} gives {shapes}")

    def read(self, image: Image, faces: tuple[Face, ...]) -> Array:
        """Probabilities of each expression, shape (faces, labels).

        Parameters
        ----------
        image : PIL.Image.Image
            RGB, of any size.
        faces : tuple of Face
            At least one, found in this image.
        """
        grey, colour = self._sizes
        return self.read_crops(
            [upright(image, face, self._crop, grey) for face in faces],
            [upright(image, face, self._crop, colour) for face in faces],
        )

    def read_crops(self, for_grey: list[Image], for_colour: list[Image]) -> Array:
        """The same for faces that were cut out already, once for each network's size."""
        grey = np.stack([np.asarray(crop.convert("L"), np.float32)[None] for crop in for_grey])
        colour = np.stack([np.asarray(crop, np.float32) for crop in for_colour])
        pairs = (self._grey, grey), (self._colour, colour.transpose(0, 3, 1, 2))
        found = [
            session.run(["expressions"], {"pixels": np.ascontiguousarray(view)})[0]
            for session, pixels in pairs
            for view in (pixels, pixels[..., ::-1])  # a mirrored face shows the same
        ]
        mean: Array = np.mean(found, axis=0)
        return mean


def upright(image: Image, face: Face, crop: float, size: int) -> Image:
    """Cut a face out, turned so that the eyes are level.

    Parameters
    ----------
    image : PIL.Image.Image
        What lies outside of it is black.
    face : Face
        Found in this image.
    crop : float
        Side of the square over the longer side of the face's box.
    size : int
        Side of the result in pixels.
    """
    from PIL import Image as Pillow

    (left_x, left_y), (right_x, right_y) = face.points[:2]
    angle = math.atan2(right_y - left_y, right_x - left_x)
    angle = angle if abs(angle) <= _STEEPEST else 0.0
    step = crop * max(face.width, face.height) / size
    x, y = face.centre
    if step >= 2:  # the transform below takes single points, so shrink by averages first
        times = int(step)
        image = image.reduce(times)
        x, y, step = x / times, y / times, step / times
    across, down = math.cos(angle) * step, math.sin(angle) * step
    half = size / 2
    matrix = (
        across, -down, x - half * across + half * down,
        down, across, y - half * down - half * across,
    )  # fmt: skip
    return image.transform(
        (size, size), Pillow.Transform.AFFINE, matrix, Pillow.Resampling.BILINEAR
    )
