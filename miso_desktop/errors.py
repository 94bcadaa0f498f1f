"""What can go wrong, in words a person can act on.

Everything that a person can mend is a :class:`MisoError`: it names the file or the
thing, says what is wrong and what to do. Anything else that is raised is a bug.
"""

from __future__ import annotations

from pathlib import Path

from miso_desktop.phrases import Phrase


class MisoError(Exception):
    """Something the person can mend.

    Parameters
    ----------
    message : Phrase
        What is wrong and what to do about it.
    path : Path, optional
        The file it is about.
    """

    kind = "error"

    def __init__(self, message: Phrase, path: Path | None = None) -> None:
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return str(self.message)

    def to_json(self) -> dict[str, str]:
        """``{"kind": ..., "message": ...}``, as the command line prints it."""
        return {"kind": self.kind, "message": str(self)}


class FileMissing(MisoError):
    """The file or folder is not there, or may not be read."""

    kind = "missing"


class UnreadablePhoto(MisoError):
    """The file is not a picture that can be read."""

    kind = "unreadable-photo"


class UnreadableTrack(MisoError):
    """The file is not sound that can be read."""

    kind = "unreadable-track"


class BundleError(MisoError):
    """A model bundle is missing, broken or of an unknown form.

    ``detail`` is what is wrong in itself, for a message of another's.
    """

    kind = "bundle"

    def __init__(self, message: Phrase, path: Path | None = None, detail: str = "") -> None:
        super().__init__(message, path)
        self.detail = detail


class InstallFailed(MisoError):
    """A model could not be added, removed, packed or fetched; what was there is as it was."""

    kind = "install"


class LibraryError(MisoError):
    """The library's database cannot be opened or written."""

    kind = "library"


class NewerLibrary(LibraryError):
    """The database was written by a newer MISO; nothing is guessed."""

    kind = "newer-library"


class NoAudioDevice(MisoError):
    """There is no device to play on, or it refuses."""

    kind = "no-audio-device"


class AnalysisFailed(MisoError):
    """A worker took too long, used too much memory or died over this file."""

    kind = "analysis-failed"


class NoWindow(MisoError):
    """Qt, or a system library that it needs, is not there."""

    kind = "no-window"


class NothingToPlay(MisoError):
    """The library holds no track that fits the question."""

    kind = "nothing-to-play"
