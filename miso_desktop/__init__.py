"""MISO finds the music for a photo, in your own library, offline."""

__version__ = "0.1.0"

import os

# ONNX Runtime's wheels report to their maker, past Python's sockets, unless this is set before
# they are loaded; worker processes inherit it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
