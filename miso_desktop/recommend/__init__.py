"""Choosing: which tracks of the library fit a photo, and why."""

from miso_desktop.recommend.choose import choose
from miso_desktop.recommend.genres import classify, matches

__all__ = ["choose", "classify", "matches"]
