"""The captioner says what PyTorch says with the same weights, token for token.

The bundle, the photos and what PyTorch said of them lie in ``tests/data/tiny_captioner``
(made by ``python -m miso_desktop.export.goldens``).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.photos.captioner import BATCH, Cancelled, Captioner, clean_up_spaces
from miso_desktop.photos.decoding import Decoding, log_softmax
from miso_desktop.photos.preprocessing import Preprocessing

DATA = Path(__file__).parent.parent / "data" / "tiny_captioner"
GOLDENS = json.loads((DATA / "goldens.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return Captioner(bundles.load(DATA / "bundle"))


@pytest.fixture(scope="module")
def photos() -> list[Image.Image]:
    return [Image.open(file).copy() for file in sorted(DATA.glob("*.png"))]


def manner(golden: dict) -> str:
    asked = ",".join(f"{name}={value}" for name, value in golden["decoding"].items())
    return f"{asked or 'greedy'} {golden['prompt'] or ''}"


@pytest.mark.parametrize("golden", GOLDENS["captions"], ids=manner)
def test_captions_are_those_of_pytorch(captioner, photos, golden) -> None:
    decoding = Decoding(**golden["decoding"])
    captions = captioner.captions(photos, prompt=golden["prompt"], decoding=decoding)
    assert [list(caption.tokens) for caption in captions] == golden["tokens"]
    assert [caption.text for caption in captions] == golden["texts"]


@pytest.mark.parametrize("golden", GOLDENS["captions"], ids=manner)
def test_a_photo_is_described_alike_alone_and_among_others(captioner, photos, golden) -> None:
    decoding = Decoding(**golden["decoding"])
    for photo, tokens in zip(photos, golden["tokens"], strict=True):
        alone = captioner.caption(photo, prompt=golden["prompt"], decoding=decoding)
        assert list(alone.tokens) == tokens


def test_the_goldens_can_tell_a_wrong_captioner_from_a_right_one() -> None:
    greedy, beams = (
        next(g for g in GOLDENS["captions"] if g["decoding"] == d) for d in ({}, {"num_beams": 3})
    )
    assert len(set(greedy["texts"])) == len(greedy["texts"]), "photos matter"
    assert greedy["tokens"] != beams["tokens"], "beams matter"
    lengths = {len(row) for golden in GOLDENS["captions"] for row in golden["tokens"]}
    assert len(lengths) > 5, "captions end by themselves"


@pytest.mark.parametrize("new", [1, 2, 5])
def test_logits_are_those_of_pytorch_however_many_tokens_are_read_at_once(
    captioner, photos, new
) -> None:
    tokens, rows = GOLDENS["logits"]["tokens"], np.array(GOLDENS["logits"]["rows"])
    decoder = captioner.look(photos[:1])
    found = [decoder.start(tokens[:new])]
    found += [decoder.step(np.array([token]), None) for token in tokens[new:]]
    np.testing.assert_allclose(np.concatenate(found), rows[new - 1 :], atol=2e-4)


@pytest.mark.parametrize(("text", "ids"), GOLDENS["tokenizer"]["encoded"])
def test_a_prompt_has_the_tokens_of_the_original_tokenizer(captioner, text, ids) -> None:
    bos = captioner.prompt_tokens(None)
    assert captioner.prompt_tokens(text) == bos + ids[1:-1]


@pytest.mark.parametrize(("ids", "text"), GOLDENS["tokenizer"]["decoded"])
def test_tokens_become_the_words_of_the_original_tokenizer(captioner, ids, text) -> None:
    assert captioner.text(ids) == text


@pytest.mark.parametrize("golden", GOLDENS["pixels"], ids=lambda g: "-".join(map(str, g[:3])))
def test_pixels_are_those_of_the_original_processor(captioner, photos, golden) -> None:
    number, mode, size, checksum = golden
    known = captioner.preprocessing
    preprocessing = Preprocessing(size, known.rescale, known.mean, known.std)
    pixels = preprocessing.pixels([photos[number].convert(mode)])
    assert pixels.shape == (1, 3, size, size)
    assert hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest() == checksum


def test_spaces_before_punctuation_are_taken_out() -> None:
    spaced = "isn n't it , a dog ' s life ? I 'm sure ! they 've , we 're ."
    assert clean_up_spaces(spaced) == "isnn't it, a dog's life? I'm sure! they've, we're."


def test_no_photo_has_no_caption(captioner) -> None:
    assert captioner.captions([]) == []


def test_more_photos_than_a_batch_keep_their_order(captioner, photos) -> None:
    some = [photos[i % 4] for i in range(2 * BATCH + 1)]
    captions = captioner.captions(some)
    expected = GOLDENS["captions"][0]["texts"]
    assert [caption.text for caption in captions] == [expected[i % 4] for i in range(len(some))]


@pytest.mark.parametrize(("beams", "penalty"), [(1, 0.0), (3, 0.0), (3, 1.0)])
def test_a_score_is_the_log_probability_of_the_tokens(captioner, photos, beams, penalty) -> None:
    way = Decoding(num_beams=beams, length_penalty=penalty)
    caption = captioner.caption(photos[0], decoding=way)
    decoder = captioner.look(photos[:1])
    bos, *new = caption.tokens
    rows = [decoder.start([bos])]
    rows += [decoder.step(np.array([token]), None) for token in new[:-1]]
    sure = log_softmax(np.concatenate(rows))[np.arange(len(new)), new].sum()
    assert caption.score == pytest.approx(sure / len(new) ** penalty, rel=1e-4)


def test_candidates_are_gathered_and_one_of_them_is_taken(captioner, photos, monkeypatch) -> None:
    from miso_desktop.photos import decoding

    gathered = []

    def last(rows, log_probabilities):
        gathered.append((rows, log_probabilities))
        return len(rows) - 1

    monkeypatch.setattr(decoding, "most_agreed", last)
    way = Decoding(num_beams=3, candidates=5, max_new_tokens=6)
    found = captioner.caption(photos[0], decoding=way)
    ((rows, sure),) = gathered
    assert 1 < len(rows) <= 5
    assert found.tokens[1:] == rows[-1]  # without the first token, which all have
    means = [total / len(row) for total, row in zip(sure, rows, strict=True)]
    assert found.score == pytest.approx(means[-1])
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("beams", [1, 3])
def test_the_work_ends_once_nobody_wants_it(captioner, photos, beams) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(Cancelled):
        captioner.caption(photos[0], decoding=Decoding(num_beams=beams), cancel=cancel)


class Impatient(threading.Event):
    """Is set after it was asked so often."""

    def __init__(self, patience: int) -> None:
        super().__init__()
        self.patience = patience

    def is_set(self) -> bool:
        self.patience -= 1
        return self.patience < 0


@pytest.mark.parametrize("beams", [1, 3])
def test_cancelling_is_noticed_between_two_tokens(captioner, photos, beams) -> None:
    impatient = Impatient(5)
    with pytest.raises(Cancelled):
        captioner.caption(
            photos[0], decoding=Decoding(num_beams=beams, min_length=20), cancel=impatient
        )
    assert impatient.patience == -1


def test_a_prompt_must_leave_room(captioner, photos) -> None:
    with pytest.raises(ValueError, match="a prompt of"):
        captioner.caption(photos[0], prompt="a dog " * 5, decoding=Decoding(max_length=11))
    with pytest.raises(ValueError, match="at most 40 tokens"):
        captioner.caption(photos[0], prompt="a dog " * 10)


@pytest.mark.parametrize(
    "asked",
    [
        {"num_beams": 0},
        {"candidates": -1},
        {"max_length": 1},
        {"max_new_tokens": 0},
        {"min_length": 21, "max_length": 20},
        {"min_length": -1},
        {"repetition_penalty": 0.0},
        {"no_repeat_ngram_size": -1},
    ],
)
def test_an_impossible_way_to_search_is_refused(asked) -> None:
    with pytest.raises(ValueError, match="impossible"):
        Decoding(**asked)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(DATA / "bundle", tmp_path / "bundle")


def sign(folder: Path, **parameters: object) -> bundles.Bundle:
    """Write the manifest anew, as if the folder had always been so."""
    known = bundles.load(DATA / "bundle").parameters
    bundles.write_manifest(
        folder,
        name="copy",
        version="1",
        licence="MIT",
        sources=[],
        parameters={**known, **parameters},
        figures={},
    )
    return bundles.load(folder)


def test_a_bundle_without_a_file_is_named(copy) -> None:
    (copy / "tokenizer.json").unlink()
    with pytest.raises(BundleError, match=r"tokenizer\.json"):
        Captioner(sign(copy))


@pytest.mark.parametrize("name", ["tokenizer.json", "preprocessor.json", "decoder.onnx"])
def test_a_file_of_another_kind_is_a_damaged_bundle(copy, name) -> None:
    (copy / name).write_text("{}")
    with pytest.raises(BundleError, match="damaged"):
        Captioner(sign(copy))


def test_networks_that_do_not_belong_together_are_a_damaged_bundle(copy) -> None:
    shutil.copyfile(copy / "decoder.onnx", copy / "vision.onnx")
    with pytest.raises(BundleError, match="inputs and outputs"):
        Captioner(sign(copy))


@pytest.mark.parametrize("parameters", [{"bos": None}, {"decoding": {"beams": 3}}])
def test_parameters_that_say_nothing_are_a_damaged_bundle(copy, parameters) -> None:
    with pytest.raises(BundleError, match="damaged"):
        Captioner(sign(copy, **parameters))


def test_captioning_needs_no_training_library() -> None:
    code = (
        "import sys; from pathlib import Path; from PIL import Image;"
        "from miso_desktop import bundles; from miso_desktop.photos.captioner import Captioner;"
        f"data = Path({str(DATA)!r});"
        "Captioner(bundles.load(data / 'bundle')).caption(Image.open(data / '0.png'));"
        "print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "onnxruntime" in run.stdout
    assert not set(run.stdout.split()) & {"torch", "transformers", "onnx", "scipy", "pandas"}
