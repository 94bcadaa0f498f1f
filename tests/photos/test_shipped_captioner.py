"""The captioner in the box: small, and its words are plain English about the photo."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from miso_desktop import bundles, demo, paths
from miso_desktop.photos import CAPTIONER, load_photo
from miso_desktop.photos.captioner import Captioner

MOST_BYTES = 40_000_000


@pytest.fixture(scope="module")
def bundle() -> bundles.Bundle:
    return bundles.load(paths.shipped() / "models_onnx" / CAPTIONER)


@pytest.fixture(scope="module")
def captions(bundle: bundles.Bundle) -> dict[str, str]:
    captioner = Captioner(bundle)
    photos = list(demo.photos())
    said = captioner.captions([load_photo(photo) for photo in photos])
    return {photo.stem: found.text for photo, found in zip(photos, said, strict=True)}


def test_it_fits_in_the_box(bundle: bundles.Bundle) -> None:
    assert sum(file.stat().st_size for file in bundle.folder.iterdir()) <= MOST_BYTES


def test_every_photo_has_a_sentence_of_plain_words(captions: dict[str, str]) -> None:
    for text in captions.values():
        assert re.fullmatch(r"[a-z][a-z' -]+", text)
        assert 3 <= len(text.split()) <= 20
        assert "[UNK]" not in text


def test_different_photos_have_different_words(captions: dict[str, str]) -> None:
    assert len(set(captions.values())) == len(captions)


def test_a_photo_says_the_same_alone_and_among_others(
    bundle: bundles.Bundle, captions: dict[str, str]
) -> None:
    photo: Path = list(demo.photos())[-1]
    assert Captioner(bundle).caption(load_photo(photo)).text == captions[photo.stem]


def test_no_sentence_of_anybody_lies_in_the_bundle(bundle: bundles.Bundle) -> None:
    """Beside networks and numbers there are only word pieces."""
    assert set(bundle.files) == {
        "vision.onnx", "decoder.onnx", "tokenizer.json", "preprocessor.json",
    }  # fmt: skip
    words = bundle.file("tokenizer.json").read_text(encoding="utf-8")
    assert not re.search(r'"\w+ \w+ \w+ \w+', words)
