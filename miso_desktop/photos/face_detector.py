"""Where the faces are: the cascade of three small networks called MTCNN.

The first looks at a pyramid of small copies and proposes many boxes, the second throws
most of them out, the third decides, and finds eyes, nose and mouth.

References
----------
Zhang, Zhang, Li and Qiao (2016), Joint face detection and alignment using multitask
cascaded convolutional networks. IEEE Signal Processing Letters 23(10).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    from miso_desktop.bundles import Bundle

    Array = NDArray[np.float32]

PROPOSAL = "proposal.onnx"
REFINEMENT = "refinement.onnx"
OUTPUT = "output.onnx"

SMALLEST_SHARE = 0.05
"""Width of the smallest face that is looked for, as a share of the photo's longer side."""

_SMALLEST_PX = 20
_CELL = 12
"""Side of what the proposal network sees at once, in pixels."""
_STRIDE = 2
_MOST_PROPOSALS = 100
"""The likeliest of them; a photo with more is foliage or a page of print."""


@dataclass(frozen=True)
class Face:
    """A face in a photo, in the photo's pixels.

    Attributes
    ----------
    left, top, right, bottom : float
        The box around it, which may reach over the photo's edge.
    certainty : float
        Probability that it is a face, 0 to 1.
    points : tuple of (x, y)
        The eye on the left of the picture, the other eye, the tip of the nose, and the
        two corners of the mouth.
    """

    left: float
    top: float
    right: float
    bottom: float
    certainty: float
    points: tuple[tuple[float, float], ...]

    @property
    def width(self) -> float:
        """In pixels."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """In pixels."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


class FaceDetector:
    """Finds upright faces.

    Parameters
    ----------
    bundle : Bundle
        With the three networks and the parameters ``thresholds`` and ``pyramid_factor``.

    Raises
    ------
    BundleError
        If a network cannot be loaded, or a parameter makes no sense.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._proposal = bundle.session(PROPOSAL)
        self._refinement = bundle.session(REFINEMENT)
        self._output = bundle.session(OUTPUT)
        with bundle.reading():
            self._factor = float(bundle.parameters["pyramid_factor"])
            first, second, third = bundle.parameters["thresholds"]
            self._thresholds = float(first), float(second), float(third)
            if not 0.1 <= self._factor <= 0.95:  # else there is no end of smaller copies
                raise ValueError(f"a pyramid by the factor {self._factor}")

    def find(self, image: Image) -> tuple[Face, ...]:
        """All faces that are at least :data:`SMALLEST_SHARE` wide, the largest first.

        Parameters
        ----------
        image : PIL.Image.Image
            RGB, of any size.
        """
        boxes = self._propose(image)
        if len(boxes):
            boxes = self._refine(image, boxes)
        faces = self._decide(image, boxes) if len(boxes) else []
        return tuple(sorted(faces, key=lambda face: -face.width * face.height))

    def _propose(self, image: Image) -> Array:
        """Square boxes, shape (n, 5): left, top, right, bottom, probability."""
        smallest = max(_SMALLEST_PX, SMALLEST_SHARE * max(image.size))
        scale = _CELL / smallest
        found = [np.zeros((0, 5), np.float32)]
        copy = image
        while min(image.size) * scale >= _CELL:
            size = int(image.width * scale + 1), int(image.height * scale + 1)
            copy = copy.resize(size, _bilinear())
            face, shift = self._proposal.run(["face", "shift"], {"pixels": _pixels([copy])})
            found.append(self._cells(face[0, 1], shift[0], scale))
            scale *= self._factor
        boxes = np.concatenate(found)
        boxes = boxes[_apart(boxes, 0.7)[:_MOST_PROPOSALS]]
        return _square(boxes)

    def _cells(self, face: Array, shift: Array, scale: float) -> Array:
        """Boxes of one copy's cells, moved as the network says."""
        rows, columns = np.nonzero(face >= self._thresholds[0])
        corner = np.stack([columns, rows], 1) * _STRIDE
        boxes = np.concatenate([corner, corner + _CELL], 1).astype(np.float32) / scale
        scores = face[rows, columns]
        boxes = _moved(boxes, shift[:, rows, columns].T)
        boxes = np.concatenate([boxes, scores[:, None]], 1)
        return boxes[_apart(boxes, 0.5)]

    def _refine(self, image: Image, boxes: Array) -> Array:
        face, shift = self._refinement.run(["face", "shift"], {"pixels": _crops(image, boxes, 24)})
        kept = face[:, 1] > self._thresholds[1]
        boxes = np.concatenate([_moved(boxes[kept, :4], shift[kept]), face[kept, 1:]], 1)
        return _square(boxes[_apart(boxes, 0.7)])

    def _decide(self, image: Image, boxes: Array) -> list[Face]:
        face, shift, points = self._output.run(
            ["face", "shift", "points"], {"pixels": _crops(image, boxes, 48)}
        )
        kept = face[:, 1] > self._thresholds[2]
        seen = boxes[kept, :4]
        sides = (seen[:, 2:] - seen[:, :2])[:, :, None]
        places = seen[:, :2, None] + points[kept].reshape(-1, 2, 5) * sides
        boxes = np.concatenate([_moved(seen, shift[kept]), face[kept, 1:]], 1)
        return [_face(boxes[i], places[i]) for i in _apart(boxes, 0.7, nested=True)]


def _face(box: Array, places: Array) -> Face:
    left, top, right, bottom, certainty = map(float, box)
    points = tuple((float(x), float(y)) for x, y in places.T)
    return Face(left, top, right, bottom, certainty, points)


def _crops(image: Image, boxes: Array, side: int) -> Array:
    """Boxes cut out, scaled to squares; what lies outside of the photo is left out."""
    width, height = image.size
    cut = []
    for left, top, right, bottom in boxes[:, :4]:
        x, y = min(max(0.0, left), width - 1.0), min(max(0.0, top), height - 1.0)
        box = x, y, max(x + 1.0, min(width, right)), max(y + 1.0, min(height, bottom))
        cut.append(image.resize((side, side), _bilinear(), box=box))
    return _pixels(cut)


def _pixels(images: list[Image]) -> Array:
    """RGB pictures of one size to (n, 3, height, width), about -1 to 1."""
    stacked = np.stack([np.asarray(image, np.float32) for image in images])
    return np.ascontiguousarray((stacked.transpose(0, 3, 1, 2) - 127.5) / 128.0)


def _bilinear() -> int:
    from PIL import Image as Pillow

    return Pillow.Resampling.BILINEAR


def _moved(boxes: Array, shift: Array) -> Array:
    """Boxes (n, 4) with each edge moved by a share of the box's width or height."""
    sides = boxes[:, 2:4] - boxes[:, :2]
    moved: Array = boxes[:, :4] + shift * np.concatenate([sides, sides], 1)
    return moved


def _square(boxes: Array) -> Array:
    """Boxes widened about their middle to squares."""
    middle = (boxes[:, :2] + boxes[:, 2:4]) / 2
    half = (boxes[:, 2:4] - boxes[:, :2]).max(1, keepdims=True) / 2
    return np.concatenate([middle - half, middle + half, boxes[:, 4:]], 1)


def _apart(boxes: Array, most: float, *, nested: bool = False) -> list[int]:
    """Non-maximum suppression: which boxes to keep, the likeliest first.

    Parameters
    ----------
    boxes : numpy.ndarray, shape (n, 5)
        Left, top, right, bottom, probability.
    most : float
        Overlap up to which two boxes both stay: intersection over union.
    nested : bool
        Intersection over the smaller box instead, so that no box stays inside another.
    """
    areas = np.prod(np.maximum(boxes[:, 2:4] - boxes[:, :2], 0), axis=1)
    waiting = np.argsort(-boxes[:, 4], kind="stable")
    kept = []
    while len(waiting):
        first, rest = waiting[0], waiting[1:]
        kept.append(int(first))
        sides = np.minimum(boxes[first, 2:4], boxes[rest, 2:4]) - np.maximum(
            boxes[first, :2], boxes[rest, :2]
        )
        shared = np.prod(np.maximum(sides, 0), axis=1)
        smaller = np.minimum(areas[first], areas[rest])
        whole = smaller if nested else areas[first] + areas[rest] - shared
        waiting = rest[shared <= most * np.maximum(whole, 1e-9)]
    return kept
