"""BLIP, exported, equals PyTorch, whatever its weights, its size and how it is searched.

Needs the extra ``[export]``. Without it, ``tests/photos/test_captioner.py`` holds the
runtime to what PyTorch said once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("transformers", reason="needs the extra [export]")
pytest.importorskip("torch", reason="needs the extra [export]")

import torch

from miso_desktop import bundles
from miso_desktop.export import blip
from miso_desktop.export.agreement import Disagreement
from miso_desktop.export.blip_graphs import position_embedding
from miso_desktop.export.goldens import DECODINGS, PROMPTS, caption_tokens, next_logits
from miso_desktop.export.untrained import (
    noise_photo,
    small_vocabulary,
    tiny_config,
    untrained,
    write_checkpoint,
)
from miso_desktop.photos.captioner import Captioner
from miso_desktop.photos.decoding import Decoding

pytestmark = pytest.mark.filterwarnings("ignore")  # of the exporting libraries, not ours
SIZES = (32, 24, 48)
"""The size that the tiny BLIP has learned, a smaller and a larger one."""


@pytest.fixture(scope="module")
def photos():
    random = np.random.default_rng(3)
    return [noise_photo(random, *sides) for sides in ((40, 30), (24, 50), (64, 64))]


@pytest.fixture(scope="module", params=[32, 48], ids=["base", "large"])
def folder(request, tmp_path_factory) -> Path:
    """A checkpoint whose vision tower is as wide as its decoder, or wider."""
    folder = tmp_path_factory.mktemp("checkpoint")
    words = small_vocabulary()
    model = untrained(tiny_config(len(words), sight=request.param), seed=request.param)
    write_checkpoint(model, words, folder)
    return folder


@pytest.fixture(scope="module")
def checkpoint(folder):
    return blip.Checkpoint.load(folder)


@pytest.fixture(scope="module")
def exported(checkpoint, photos, tmp_path_factory):
    root = tmp_path_factory.mktemp("bundles")
    for size in SIZES:
        blip.pack(
            checkpoint, root / str(size), size=size, int8=False, photos=photos, source="random"
        )
    return {size: Captioner(bundles.load(root / str(size))) for size in SIZES}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("asked", DECODINGS, ids=str)
def test_captions_are_those_of_generate(checkpoint, exported, photos, size, asked):
    for prompt in PROMPTS:
        expected = caption_tokens(checkpoint, photos, prompt=prompt, decoding=asked, size=size)
        captions = exported[size].captions(photos, prompt=prompt, decoding=Decoding(**asked))
        assert [list(caption.tokens) for caption in captions] == expected


@pytest.mark.parametrize("size", SIZES)
def test_logits_are_those_of_the_whole_sentence_read_at_once(checkpoint, exported, photos, size):
    tokens = caption_tokens(checkpoint, photos[:1], prompt=None, decoding={}, size=size)[0]
    decoder = exported[size].look(photos[:1])
    found = [decoder.start(tokens[:1])]
    found += [decoder.step(np.array([token]), None) for token in tokens[1:]]
    expected = next_logits(checkpoint, photos[0], tokens, size)
    np.testing.assert_allclose(np.concatenate(found), expected, atol=2e-4)


def test_positions_are_interpolated_as_transformers_does(checkpoint):
    embeddings = checkpoint.model.vision_model.embeddings
    for size in SIZES:
        patches = torch.zeros(1, (size // embeddings.patch_size) ** 2 + 1, embeddings.embed_dim)
        expected = embeddings.interpolate_pos_encoding(patches, size, size)
        assert torch.equal(position_embedding(checkpoint.model, size), expected)


def test_a_size_that_the_patches_do_not_fill_is_refused(checkpoint):
    with pytest.raises(ValueError, match="no multiple"):
        position_embedding(checkpoint.model, 30)


def test_the_manifest_says_how_the_checkpoint_speaks(exported, checkpoint):
    assert exported[32].decoding == Decoding()
    checkpoint.model.text_decoder.generation_config.update(max_length=30, num_beams=5)
    try:
        assert blip._decoding(checkpoint.model) == Decoding(max_length=30, num_beams=5)
    finally:
        checkpoint.model.text_decoder.generation_config.update(max_length=20, num_beams=1)


def test_int8_is_a_third_of_the_size_and_still_speaks(checkpoint, photos, tmp_path):
    figures = blip.pack(
        checkpoint,
        tmp_path / "int8",
        size=32,
        int8=True,
        photos=photos,
        source="random",
        int8_words=0.0,
    )
    assert figures["fp32"]["same"] == 1
    assert 0 <= figures["int8"]["words"] <= 1
    captioner = Captioner(bundles.load(tmp_path / "int8"))
    assert len({caption.tokens for caption in captioner.captions(photos)}) > 1


@pytest.mark.parametrize("words", [0.0, 1.0])
def test_as_few_layers_stay_in_32_bits_as_the_agreement_takes(
    checkpoint, photos, tmp_path, monkeypatch, words
):
    some = ("/qkv/MatMul", "/mlp/fc1/MatMul", "/cls/predictions/decoder/Gemm")
    every = blip.parts_of
    monkeypatch.setattr(
        blip, "parts_of", lambda folder: [part for part in every(folder) if part.name in some]
    )
    figures = blip.pack(
        checkpoint,
        tmp_path / "mixed",
        size=32,
        int8=True,
        mixed=True,
        photos=photos,
        source="random",
        int8_words=words,
    )
    assert figures["int8"]["words"] >= words
    left = figures["in_32_bits"]
    if words == 0:
        assert left == []
    assert set(left) <= {f"{graph}.onnx: {n}" for graph in ("vision", "decoder") for n in some}
    assert bundles.load(tmp_path / "mixed").figures["in_32_bits"] == left
    card = (tmp_path / "mixed" / "CARD.md").read_text(encoding="utf-8")
    assert all(part in card for part in left)
    assert ("In 32 bits" in card) == bool(left)


def test_a_bundle_that_disagrees_is_refused_and_the_old_one_stays(checkpoint, photos, tmp_path):
    out = tmp_path / "captioner"
    out.mkdir()
    (out / "old").touch()
    with pytest.raises(Disagreement, match="int8"):
        blip.pack(
            checkpoint, out, size=32, int8=True, photos=photos, source="random", int8_words=1.01
        )
    assert [file.name for file in tmp_path.rglob("*")] == ["captioner", "old"]


def test_an_export_that_says_something_else_is_refused(checkpoint, photos, tmp_path, monkeypatch):
    said = [photo.size for photo in photos]
    monkeypatch.setattr(blip.Checkpoint, "captions", lambda *_: [f"a {size}" for size in said])
    with pytest.raises(Disagreement, match="fp32: 0%"):
        blip.pack(checkpoint, tmp_path / "out", size=32, int8=False, photos=photos, source="x")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def command(folder, photos, tmp_path, monkeypatch):
    """Run the command on a folder of photos; its exit status."""
    pictures = tmp_path / "photos"
    pictures.mkdir()
    for number, photo in enumerate(photos):
        photo.save(pictures / f"{number}.png")
    always = ["blip", str(folder), "--photos", str(pictures)]

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", [*always, *words])
        return blip.main()

    return run


def test_the_command_writes_a_bundle_and_a_card(command, tmp_path, capsys):
    out = tmp_path / "blip"
    assert command("--out", str(out), "--size", "24", "--name", "blip", "--source", "nobody") == 0
    assert json.loads(capsys.readouterr().out)["fp32"] == {"same": 1.0, "words": 1.0}
    bundle = bundles.load(out)
    assert (bundle.name, bundle.sources) == ("blip", ("nobody",))
    card = (out / "CARD.md").read_text(encoding="utf-8")
    assert "24 px" in card and "| fp32 | 100% | 100% |" in card


def test_the_command_fails_where_the_bundle_disagrees(command, tmp_path, capsys):
    out = tmp_path / "blip"
    assert command("--out", str(out), "--size", "32", "--int8", "--int8-words", "1.01") == 1
    assert "are those of the checkpoint" in capsys.readouterr().err
    assert not out.exists()
