"""Look at a photo: its pixels, and the panel that reads its mood."""

from miso_desktop.photos.image import PHOTO_SUFFIXES, load_photo
from miso_desktop.photos.panel import CAPTIONER, EMOTIONS, Panel, try_captioner, try_emotions
from miso_desktop.values import ModelServer

__all__ = [
    "CAPTIONER",
    "EMOTIONS",
    "PHOTO_SUFFIXES",
    "Panel",
    "load_photo",
    "offered",
    "try_captioner",
    "try_emotions",
]


def offered(server: ModelServer) -> tuple[str, ...]:
    """The language models that a server on this machine offers.

    Raises
    ------
    MisoError
        If it does not say.
    """
    from miso_desktop.photos import language_models  # most people have none

    return language_models.offered(server)
