"""What works on this machine and what does not, each with its cure."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from ctypes.util import find_library

from miso_desktop import bundles, paths, settings
from miso_desktop import models as installed_models
from miso_desktop.errors import MisoError
from miso_desktop.photos import CAPTIONER, EMOTIONS, offered
from miso_desktop.phrases import Phrase, language, phrase
from miso_desktop.values import Check

MODELS: tuple[tuple[str, Phrase], ...] = (
    ("scene", phrase("Photos: the scene reader")),
    ("face", phrase("Photos: the face reader")),
    ("text_mood", phrase("Words: the caption's mood")),
    ("panel", phrase("Photos: the head of the panel")),
    ("music_mood", phrase("Music: the tagger")),
)

XCB_LIBRARIES = {
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-image": "libxcb-image0",
    "xcb-render-util": "libxcb-render-util0",
    "xcb-xkb": "libxcb-xkb1",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "glib-2.0": "libglib2.0-0",
    "EGL": "libegl1",
    "GL": "libgl1",
}
"""What Qt's X11 platform loads, with the Debian package of each."""


def check() -> list[Check]:
    """Try everything that MISO needs; nothing is changed."""
    words = [*_models(), _network(), *_emotions(), _captioner(), *_language_models()]
    return [*words, _photos(), _sound(), _decoder(), _window(), _data()]


def _tried(name: Phrase, attempt: Callable[[], Phrase], cure: Phrase | None = None) -> Check:
    try:
        return Check(name, True, attempt())
    except MisoError as error:
        return Check(name, False, error.message, cure)


def _models() -> Iterator[Check]:
    for role, title in MODELS:
        yield _served(title, role)


def _emotions() -> Iterator[Check]:
    """Only where the person has a model of their own for it."""
    if any(model.role == EMOTIONS for model in installed_models.installed()):
        detail = phrase("The shipped model names the emotions.")
        yield _served(phrase("Words: your own emotion model"), EMOTIONS, detail)


def _network() -> Check:
    from miso_desktop.music import NETWORK  # the window starts without the room

    detail = phrase("It is not installed; music is tagged by its features alone.")
    return _served(phrase("Music: the audio network"), NETWORK, detail)


def _captioner() -> Check:
    detail = phrase("No captioner is installed; photos are read without words.")
    return _served(phrase("Photos: captions"), CAPTIONER, detail)


def _served(title: Phrase, role: str, without: Phrase | None = None) -> Check:
    """Which bundle serves a role, and what is wrong with one that should.

    ``without`` says how MISO does without one; None: it cannot.
    """
    opened = bundles.open_first(role, lambda bundle: bundle)
    if opened.value and opened.faults:
        name, version = opened.value.used
        detail = phrase(
            "{fault} Until then {name} {version} is used.",
            fault=opened.faults[0].message,
            name=name,
            version=version,
        )
        return Check(title, False, detail, optional=True)
    if opened.value:
        return Check(title, True, _verified(opened.value))
    if opened.faults:
        return Check(title, False, opened.faults[-1].message, optional=without is not None)
    if without:
        return Check(title, False, without, optional=True)
    return Check(title, False, bundles.missing(role).message)


def _verified(bundle: bundles.Bundle) -> Phrase:
    return phrase("{name} {version}, verified", name=bundle.name, version=bundle.version)


def _language_models() -> Iterator[Check]:
    """Only where the person has switched them on: nothing else is ever asked."""
    server = settings.load(paths.settings_file()).server(language())
    if server is None:
        return
    name = phrase("Words: language models")
    try:
        models = offered(server)
    except MisoError as error:
        yield Check(name, False, error.message, optional=True)
        return
    known = {*models, *(model.removesuffix(":latest") for model in models)}
    missing = [model for model in server.models if model not in known]
    if missing:
        detail = phrase("The server does not offer {models}.", models=", ".join(missing))
        yield Check(name, False, detail, optional=True)
        return
    asked = ", ".join(server.models or models)
    yield Check(
        name,
        True,
        phrase("{models} at {address}", models=asked, address=server.address),
        None,
        True,
    )


def _photos() -> Check:
    from PIL import features

    missing = [name for name in ("jpg", "webp", "avif", "littlecms2") if not features.check(name)]
    if importlib.util.find_spec("pillow_heif") is None:
        missing.append("heic")
    name = phrase("Photos: formats")
    if missing:
        detail = phrase("This Pillow cannot read: {missing}", missing=", ".join(missing))
        return Check(
            name, False, detail, phrase("Run: {command}", command=_pip("pillow pillow-heif"))
        )
    return Check(name, True, phrase("jpg, png, webp, gif, tiff, bmp, heic, avif"))


def _sound() -> Check:
    from miso_desktop.player import probe

    return _tried(phrase("Sound: device"), lambda: phrase("{name}", name=probe()), _no_sound_cure())


def _no_sound_cure() -> Phrase | None:
    if not sys.platform.startswith("linux"):
        return phrase("Connect a loudspeaker or headphones and choose it in the system's settings.")
    if find_library("portaudio") is None:
        return phrase("Run: {command}", command="sudo apt-get install libportaudio2")
    return phrase("Start a sound server (PipeWire or PulseAudio), or connect a sound card.")


def _decoder() -> Check:
    import av

    version = ".".join(map(str, av.library_versions["libavcodec"]))
    wanted = ("mp3", "aac", "flac", "vorbis", "opus", "pcm_s16le")
    missing = [name for name in wanted if name not in av.codecs_available]
    name = phrase("Sound: formats")
    if missing:
        detail = phrase("This FFmpeg cannot read: {missing}", missing=", ".join(missing))
        return Check(name, False, detail, phrase("Run: {command}", command=_pip("av")))
    formats = "wav, flac, ogg, opus, mp3, m4a, aac"
    return Check(
        name, True, phrase("{formats} (libavcodec {version})", formats=formats, version=version)
    )


def _window() -> Check:
    name = phrase("Window")
    if importlib.util.find_spec("PySide6") is None:
        cure = phrase("Run: {command}", command=_pip("PySide6-Essentials"))
        return Check(name, False, phrase("Qt is not installed."), cure)
    if sys.platform.startswith("linux"):
        missing = [package for lib, package in XCB_LIBRARIES.items() if find_library(lib) is None]
        if missing:
            command = "sudo apt-get install " + " ".join(missing)
            detail = phrase("Qt misses system libraries.")
            return Check(name, False, detail, phrase("Run: {command}", command=command))
    return Check(name, True, phrase("Qt is installed"))


def _data() -> Check:
    folder = paths.data_dir()
    name = phrase("Your library")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        detail = phrase(
            "{folder} cannot be written: {reason}", folder=str(folder), reason=str(error)
        )
        cure = phrase("Free some space or mend the folder's permissions, or set MISO_HOME.")
        return Check(name, False, detail, cure)
    return Check(name, True, phrase("{folder}", folder=str(folder)))


def _pip(packages: str) -> str:
    return f"{sys.executable} -m pip install --upgrade {packages}"
