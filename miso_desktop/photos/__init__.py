"""Look at a photo: its pixels, and the panel that reads its mood."""

from collections.abc import Callable, Mapping

from miso_desktop.bundles import Bundle
from miso_desktop.photos.image import PHOTO_SUFFIXES, load_photo
from miso_desktop.photos.panel import CAPTIONER, EMOTIONS, Panel
from miso_desktop.values import ModelServer

__all__ = [
    "CAPTIONER",
    "EMOTIONS",
    "PHOTO_SUFFIXES",
    "Panel",
    "load_photo",
    "offered",
    "trials",
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


def trials() -> Mapping[str, Callable[[Bundle], None]]:
    """What uses a model for photos or words once, by its role; each raises where it cannot."""
    from miso_desktop.photos.trial import TRIALS  # most who enter try nothing

    return TRIALS
