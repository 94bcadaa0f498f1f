"""What a sentence means is kept while the network learns what it feels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [train]")
pytest.importorskip("transformers", reason="needs the extra [train]")

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

from miso_desktop.training import text_embedding
from miso_desktop.training.text_embedding import Course, Sentences, fit_map, go_back, straighten
from miso_desktop.training.text_network import Comments, EmotionReader, encode, pad

pytestmark = pytest.mark.filterwarnings("ignore")  # of transformers, not ours

WORDS = ("rain", "sun", "dog", "war", "rose", "grave", "laughs", "cries", "kisses", "burns", "a")
EMOTIONS, MEMBERS = 6, [[0], [1], [2], [3], [4]]


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small BERT with random weights, to start from."""
    known = {word: number for number, word in enumerate(["[UNK]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(WORDS) + 1,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=16,
        initializer_range=0.3,
    )
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    monkeypatch.setattr(text_embedding, "base_folder", lambda: tmp_path)
    monkeypatch.setattr(text_embedding, "KEPT_OUT", 30)
    return tmp_path


def start(base: Path) -> EmotionReader:
    encoder = transformers.BertModel.from_pretrained(base, add_pooling_layer=False)
    torch.manual_seed(1)
    return EmotionReader(encoder, EMOTIONS)


def bent(base: Path, much: float = 0.15) -> EmotionReader:
    """As after learning emotions: the weights have gone some way."""
    model = start(base)
    torch.manual_seed(2)
    with torch.no_grad():
        for weight in model.encoder.parameters():
            weight.add_(much * torch.randn_like(weight))
    return model


def sentences(base: Path) -> Sentences:
    """With the embeddings of the network to start from."""
    dice = np.random.default_rng(0)
    texts = [" ".join(dice.choice(WORDS, dice.integers(2, 7))) for _ in range(200)]
    model = start(base).eval()
    tokens = encode(text_embedding.load_tokenizer(base), texts)
    with torch.inference_mode():
        means = [text_embedding.layer_means(model, *pad([row]))[-1] for row in tokens]
        vectors = torch.nn.functional.normalize(torch.cat(means), dim=1)
    return Sentences(texts, vectors.numpy())


def comments() -> Comments:
    dice = np.random.default_rng(1)
    texts = [" ".join(dice.choice(WORDS, 4)) for _ in range(60)]
    return Comments(texts, np.eye(EMOTIONS, dtype=np.float32)[dice.integers(0, EMOTIONS, 60)])


@pytest.mark.parametrize("kept", [0.0, 0.25, 1.0])
def test_going_back_leaves_that_share_of_the_way_and_the_head_alone(
    base: Path, kept: float
) -> None:
    first, gone, model = start(base), bent(base), bent(base)
    go_back(model, kept)
    for name, weight in model.encoder.state_dict().items():
        begun, ended = first.encoder.state_dict()[name], gone.encoder.state_dict()[name]
        if weight.is_floating_point():
            assert torch.allclose(weight, begun + kept * (ended - begun), atol=1e-5)
    assert torch.equal(model.head.weight, gone.head.weight)


def test_straightening_brings_the_embedding_nearer_to_where_it_started(base: Path) -> None:
    known = sentences(base)
    _, _, before = fit_map(bent(base), known)
    said: list[str] = []
    reader, after = straighten(
        bent(base),
        comments(),
        MEMBERS,
        known,
        course=Course(40, 1e-3, seed=0),
        report=said.append,
    )
    assert after > before
    assert [line.split(":")[0] for line in said] == [
        "went back", "straighten 20/40", "straighten 40/40", "straightened",
    ]  # fmt: skip
    assert not reader.training
    tokens = encode(text_embedding.load_tokenizer(base), known.texts[-30:])
    with torch.inference_mode():
        logits, embedding = reader(*pad(tokens))
    assert logits.shape == (30, EMOTIONS)
    assert torch.linalg.norm(embedding, dim=1).numpy() == pytest.approx(1, abs=1e-5)
    cosine = (embedding.numpy() * known.embeddings[-30:]).sum(1).mean()
    assert cosine == pytest.approx(after, abs=1e-3)  # the very map that was measured
