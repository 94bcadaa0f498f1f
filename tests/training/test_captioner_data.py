"""The captioner learns from clean words, and never from those that are kept out."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from miso_desktop.training import captioner_data as data
from miso_desktop.training.photo_data import CaptionedPhotos


@pytest.mark.parametrize(
    ("said", "learned"),
    [
        ("A man's T-shirt, on a line .", "a man's t-shirt on a line"),
        ('A sign says "STOP"', "a sign says stop"),
        ("  two   dogs -- running ", "two dogs running"),
        ("'quoted' words", "quoted words"),
    ],
)
def test_sentences_are_learned_in_plain_words(said: str, learned: str) -> None:
    assert data.clean(said) == learned


def photos(flickr: int = 600, coco: int = 5, everyday: int = 3) -> CaptionedPhotos:
    paths = [Path(f"flickr8k/images/{i}.jpg") for i in range(flickr)]
    paths += [Path(f"coco/images/{i}.jpg") for i in range(coco)]
    paths += [Path(f"everyday/images/{i}.jpg") for i in range(everyday)]
    return CaptionedPhotos(paths, [[f"photo {i}"] for i in range(len(paths))])


def test_all_of_coco_and_some_of_flickr_are_kept_out_always_the_same() -> None:
    parts = data.split(photos(), seed=1)
    assert len(parts.flickr) == data.HELD_OUT
    assert parts.coco.tolist() == list(range(600, 605))
    assert not set(parts.learn) & set(parts.held_out)
    assert len(parts.learn) + len(parts.held_out) == 608
    assert np.array_equal(parts.flickr, data.split(photos(), seed=1).flickr)
    assert not np.array_equal(parts.flickr, data.split(photos(), seed=2).flickr)


def test_captions_of_photos_kept_out_are_not_read_however_they_are_spelt(tmp_path: Path) -> None:
    file = tmp_path / "plain.txt.gz"
    lines = ["A dog runs on grass .", "Two men sit outside.", "two men sit outside", "Snow falls"]
    lines += [data.COCO_BEGINS, "A cat on a sofa.", "a red bus"]
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    texts = data.read_texts(file, unseen=["a DOG runs, on grass", "A cat on a sofa"])
    assert texts.coco == [data.COCO_BEGINS, "a red bus"]
    assert texts.others == ["Two men sit outside.", "two men sit outside"]  # two words are too few


def test_neighbours_that_speak_of_one_photo_are_found() -> None:
    rows = np.eye(4, dtype=np.float32)[[0, 1, 0, 2, 0]]
    assert [sorted(group.tolist()) for group in data.groups(rows)] == [
        [0, 2, 4], [1], [0, 2, 4], [3], [0, 2, 4],
    ]  # fmt: skip


def test_a_sentence_survives_the_tokenizer() -> None:
    tokenizer = data.train_tokenizer(["a dog runs", "a man's t-shirt"] * 5)
    (row,) = data.tokens(tokenizer, ["A dog runs."])
    assert row[0] == tokenizer.token_to_id(data.BOS)
    assert row[-1] == tokenizer.token_to_id(data.EOS)
    assert tokenizer.decode(row) == "a dog runs"
