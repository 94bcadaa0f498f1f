"""``python -m miso_desktop``."""

import sys

from miso_desktop.cli import main

if __name__ == "__main__":  # spawned workers import this module too
    sys.exit(main())
