"""Photo files to upright sRGB pixels. Opened for reading only; the first frame counts."""

from __future__ import annotations

import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from miso_desktop.errors import FileMissing, MisoError, UnreadablePhoto
from miso_desktop.phrases import phrase

if TYPE_CHECKING:
    from PIL.Image import Image

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff"}
    | {".bmp", ".dib", ".heic", ".heif", ".avif"}
)
"""Endings of files that are worth trying, in lower case. What is inside decides."""

MAX_PIXELS = 200_000_000
"""Largest photo that is decoded: what the largest phone sensors give (16320 x 12240)."""

_FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "TIFF", "BMP", "DIB", "HEIF", "AVIF")
"""Pillow's other readers stay shut: one of them starts Ghostscript on what it is given."""

_pillow_lock = threading.Lock()


def load_photo(path: Path, longest: int | None = None) -> Image:
    """Read a photo as a person sees it.

    Turned as its EXIF orientation says, converted to sRGB from the colour profile it
    carries (a broken profile is passed over), transparent parts on white.

    A file that ends too early is an error, not half a picture: the mood of the upper
    half would be given as if it were that of the whole, and the person would not learn
    that the copy is broken.

    Parameters
    ----------
    path : Path
        JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC/HEIF or AVIF, whatever its ending.
    longest : int, optional
        Shrink so that neither side is longer, in pixels; a smaller photo is not
        enlarged. JPEG is decoded at a reduced scale then, which is many times faster.

    Returns
    -------
    PIL.Image.Image
        Mode RGB.

    Raises
    ------
    FileMissing
        If nothing is there, or it may not be read.
    UnreadablePhoto
        If it is a folder, empty, no picture, cut off, damaged, or larger than
        :data:`MAX_PIXELS`, which is known before any pixel is decoded.
    """
    _check_file(path)
    formats = _known_formats()
    with _careful_pillow():
        try:
            return _read(path, longest, formats)
        except MisoError:
            raise
        except MemoryError as error:
            raise UnreadablePhoto(
                phrase('There is not enough memory to open "{file}".', file=str(path)), path
            ) from error
        except PermissionError as error:
            raise _forbidden(path) from error
        except Exception as error:  # decoders raise whatever a damaged file makes them trip over
            raise _damaged(path, error) from error


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except PermissionError as error:
        raise _forbidden(path) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        raise FileMissing(
            phrase(
                'There is no photo "{file}". Was it moved, or is its drive unplugged?',
                file=str(path),
            ),
            path,
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise UnreadablePhoto(
            phrase('"{file}" is a folder. Choose a photo in it.', file=str(path)), path
        )
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
        raise UnreadablePhoto(phrase('"{file}" is not a file.', file=str(path)), path)
    if status.st_size == 0:
        raise UnreadablePhoto(
            phrase('"{file}" is empty. Copy it again from where it came.', file=str(path)), path
        )


@contextmanager
def _careful_pillow() -> Iterator[None]:
    """Pillow with our cap on pixels and without warnings about slips that it survives.

    Both are settings of the whole process, so one photo at a time.
    """
    from PIL import Image as Pillow

    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Pillow.MAX_IMAGE_PIXELS
        Pillow.MAX_IMAGE_PIXELS = MAX_PIXELS
        try:
            yield
        finally:
            Pillow.MAX_IMAGE_PIXELS = before


def _read(path: Path, longest: int | None, formats: list[str]) -> Image:
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        source = Pillow.open(path, formats=formats)
    except UnidentifiedImageError as error:
        raise _not_a_picture(path) from error
    except Pillow.DecompressionBombError as error:
        raise _too_large(path) from error
    with source:
        width, height = source.size
        if width * height > MAX_PIXELS:
            raise _too_large(path, width, height)
        if longest is not None and max(width, height) > longest:
            scale = longest / max(width, height)
            source.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))
        source.load()
        image = _to_srgb(_upright(source))
    if longest is not None:
        image.thumbnail((longest, longest), Pillow.Resampling.BICUBIC)
    return image


def _known_formats() -> list[str]:
    import pillow_heif
    from PIL import Image as Pillow

    pillow_heif.register_heif_opener()
    Pillow.init()
    return [name for name in _FORMATS if name in Pillow.OPEN]


def _upright(image: Image) -> Image:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a damaged EXIF block raises half a dozen classes; the pixels are fine
        return image


def _to_srgb(image: Image) -> Image:
    """Any mode to RGB: depth, palette, profile and transparency, in this order."""
    from PIL import Image as Pillow

    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep_grey(image)
    alpha = None
    if image.has_transparency_data:
        whole = image.convert("RGBA")
        alpha = whole.getchannel("A")
        grey = image.mode in ("L", "LA")  # a grey profile wants one channel
        image = image.convert("L") if grey else whole.convert("RGB")
    elif image.mode in ("P", "1"):
        image = image.convert("RGB")
    colours = _through_profile(image)
    if alpha is None:
        return colours
    white = Pillow.new("RGB", colours.size, "white")
    return Pillow.composite(colours, white, alpha)


def _from_deep_grey(image: Image) -> Image:
    """Grey of 16 or 32 bits, or floating point, to RGB.

    Sixteen bits have a known white. Of the others it is taken to be the least of 1, 255
    and 65535 that nothing exceeds, or else the brightest pixel.
    """
    from PIL import Image as Pillow

    values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0.0, neginf=0.0)
    whites = (65535.0,) if image.mode.startswith("I;16") else _whites(image.mode)
    brightest = float(values.max())
    white = next((white for white in whites if brightest <= white), brightest)
    grey = np.clip(np.round(values / white * 255.0), 0, 255).astype(np.uint8)
    return Pillow.fromarray(grey).convert("RGB")


def _whites(mode: str) -> tuple[float, ...]:
    return (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)


def _through_profile(image: Image) -> Image:
    from PIL import ImageCms

    stored = image.info.get("icc_profile")
    if image.mode == "LAB":
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif stored:
        try:
            profile = ImageCms.ImageCmsProfile(BytesIO(stored))
        except (OSError, TypeError, ImageCms.PyCMSError):
            return image.convert("RGB")
    else:
        return image.convert("RGB")
    try:
        converted = ImageCms.profileToProfile(
            image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ValueError, ImageCms.PyCMSError):  # made for another kind of picture
        return image.convert("RGB")
    assert converted is not None  # only the in-place form returns None
    return converted


def _forbidden(path: Path) -> FileMissing:
    return FileMissing(
        phrase('"{file}" may not be read. Change its permissions.', file=str(path)), path
    )


def _not_a_picture(path: Path) -> UnreadablePhoto:
    return UnreadablePhoto(
        phrase(
            '"{file}" is not a picture that MISO knows. '
            "Use JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC or AVIF.",
            file=str(path),
        ),
        path,
    )


def _too_large(path: Path, width: int = 0, height: int = 0) -> UnreadablePhoto:
    most = MAX_PIXELS // 1_000_000
    if not width:
        return UnreadablePhoto(
            phrase(
                '"{file}" is too large. MISO reads photos of up to {most} megapixels; '
                "make a smaller copy.",
                file=str(path),
                most=most,
            ),
            path,
        )
    return UnreadablePhoto(
        phrase(
            '"{file}" is too large ({width} x {height}). MISO reads photos of up to {most} '
            "megapixels; make a smaller copy.",
            file=str(path),
            width=width,
            height=height,
            most=most,
        ),
        path,
    )


def _damaged(path: Path, error: Exception) -> UnreadablePhoto:
    return UnreadablePhoto(
        phrase(
            '"{file}" is damaged or cut off ({detail}). Copy it again from where it came.',
            file=str(path),
            detail=str(error) or type(error).__name__,
        ),
        path,
    )
