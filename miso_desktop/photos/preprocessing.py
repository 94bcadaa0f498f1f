"""A photo as a captioner's network wants it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image


@dataclass(frozen=True)
class Preprocessing:
    """Squeeze into a square, scale, normalise: what transformers' ``BlipImageProcessor`` does.

    Every step has the same precision and order as there, so that the pixels are equal
    bit for bit.

    Attributes
    ----------
    size : int
        Side of the square in pixels; the photo is resized to it by bicubic resampling,
        whatever its shape.
    rescale : float
        What a pixel of 0 to 255 is multiplied by, in double precision.
    mean, std : tuple of float
        Subtracted from, then divided out of, red, green and blue.
    """

    size: int
    rescale: float
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    @classmethod
    def from_file(cls, file: Path) -> Preprocessing:
        """Read a bundle's ``preprocessor.json``.

        Raises
        ------
        ValueError, KeyError
            If the file does not say what it must.
        """
        known = json.loads(file.read_text(encoding="utf-8"))
        red, green, blue = map(float, known["mean"])
        deviations = tuple(map(float, known["std"]))
        return cls(
            size=int(known["size"]),
            rescale=float(known["rescale"]),
            mean=(red, green, blue),
            std=(deviations[0], deviations[1], deviations[2]),
        )

    def to_file(self, file: Path) -> None:
        """Write what :meth:`from_file` reads."""
        known = {
            "size": self.size,
            "rescale": self.rescale,
            "mean": self.mean,
            "std": self.std,
        }
        file.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")

    def pixels(self, images: Sequence[Image]) -> NDArray[np.float32]:
        """Photos of any size and mode as one array.

        Returns
        -------
        numpy.ndarray, shape (len(images), 3, size, size), float32
        """
        from PIL import Image as Pillow

        square = self.size, self.size
        mean, std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        batch = np.empty((len(images), 3, *square), np.float32)
        for place, image in zip(batch, images, strict=True):
            rgb = image if image.mode == "RGB" else image.convert("RGB")
            small = np.asarray(rgb.resize(square, Pillow.Resampling.BICUBIC))
            scaled = (small.astype(np.float64) * self.rescale).astype(np.float32)
            place[:] = ((scaled - mean) / std).transpose(2, 0, 1)
        return batch
