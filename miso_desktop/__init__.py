"""MISO finds the music for a photo, in your own library, offline."""

__version__ = "0.1.0"
