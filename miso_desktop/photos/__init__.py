"""Look at a photo: its pixels, and the panel that reads its mood."""

from miso_desktop.photos.image import PHOTO_SUFFIXES, load_photo
from miso_desktop.photos.panel import CAPTIONER, Panel, try_captioner

__all__ = ["CAPTIONER", "PHOTO_SUFFIXES", "Panel", "load_photo", "try_captioner"]
