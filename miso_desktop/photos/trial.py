"""Using a model for photos or words once, to see whether it can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from miso_desktop.photos import caption_mood, captioner, emotion_network, face, head, light, scene
from miso_desktop.photos.face_detector import Face
from miso_desktop.photos.likeness import Likeness
from miso_desktop.photos.mood_scenes import TABLE
from miso_desktop.photos.panel import CAPTIONER, EMOTIONS

if TYPE_CHECKING:
    from PIL.Image import Image

    from miso_desktop.bundles import Bundle

SENTENCE = "Two people laugh on a beach at sunset."


def _picture() -> Image:
    from PIL import Image as Pillow

    return Pillow.linear_gradient("L").convert("RGB")


def _captioner(bundle: Bundle) -> None:
    captioner.Captioner(bundle).caption(_picture())


def _emotions(bundle: Bundle) -> None:
    network = emotion_network.EmotionNetwork(bundle)
    network.scores(network.emotions_of(SENTENCE))


def _text_mood(bundle: Bundle) -> None:
    reader = caption_mood.CaptionMood(bundle)
    heard = reader.emotions_of(SENTENCE)
    reader.vote(SENTENCE, heard)
    if TABLE in bundle.files:
        Likeness(reader).read(SENTENCE, heard.embedding)


def _scene(bundle: Bundle) -> None:
    picture = _picture()
    scene.SceneReader(bundle).read(picture)
    light.LightReader(bundle).read(picture)


def _face(bundle: Bundle) -> None:
    reader, picture = face.FaceReader(bundle), _picture()
    reader.read(picture)
    points = (0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.4, 0.8), (0.6, 0.8)
    somebody = Face(0.0, 0.0, 1.0, 1.0, 1.0, points)  # the picture shows nobody
    face.judge(reader.expressions(picture, (somebody,)))


def _head(bundle: Bundle) -> None:
    head.read_heads(bundle)


TRIALS: Mapping[str, Callable[[Bundle], None]] = {
    CAPTIONER: _captioner,
    EMOTIONS: _emotions,
    caption_mood.BUNDLE: _text_mood,
    scene.BUNDLE: _scene,
    face.BUNDLE: _face,
    head.BUNDLE: _head,
}
"""By role; each raises, whatever it may be, where the model cannot be used."""
