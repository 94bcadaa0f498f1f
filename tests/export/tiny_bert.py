"""A classifier with random weights, of each kind that can be exported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import pre_tokenizers
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    BertTokenizerFast,
    RobertaTokenizerFast,
)

from miso_desktop.export.untrained import small_vocabulary

EKMAN = ("anger", "Disgust", "fear", "joy", "neutral", "sadness", "surprise", "love")
"""Fewer than GoEmotions has, one of them written otherwise; a mood for each."""

SIZES: dict[str, dict[str, Any]] = {
    "bert": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    "distilbert": {"dim": 32, "hidden_dim": 48, "n_layers": 2, "n_heads": 4},
    "electra": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
    "roberta": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4},
}


def write(
    folder: Path,
    kind: str = "bert",
    labels: Sequence[str] = EKMAN,
    *,
    problem: str | None = "multi_label_classification",
) -> Path:
    """A checkpoint in transformers' layout, equal for equal kinds."""
    folder.mkdir(parents=True, exist_ok=True)
    words = _tokenizer(folder, kind)
    wide = {"intermediate_size": 48, "embedding_size": 32} if kind != "distilbert" else {}
    config = AutoConfig.for_model(
        kind,
        **SIZES[kind],
        **wide,
        vocab_size=words,
        max_position_embeddings=40,
        id2label=dict(enumerate(labels)),
        label2id={label: number for number, label in enumerate(labels)},
        pad_token_id=0 if kind != "roberta" else 1,
        problem_type=problem,
    )
    torch.manual_seed(7)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    with torch.no_grad():
        for module in model.modules():  # released ranges make every sentence the same
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=1.5 / module.in_features**0.5)
                nn.init.normal_(module.bias, std=0.1)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=1.0)
    model.save_pretrained(folder)
    return folder


def _tokenizer(folder: Path, kind: str) -> int:
    """Write the tokenizer of a kind; how many tokens it knows."""
    if kind == "roberta":
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        tokens = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
        files = folder / "vocab.json", folder / "merges.txt"
        files[0].write_text(json.dumps({token: i for i, token in enumerate(tokens)}), "utf-8")
        files[1].write_text("#version: 0.2\n", "utf-8")
        RobertaTokenizerFast(*map(str, files)).save_pretrained(folder)
        return len(tokens)
    words = folder / "vocab.txt"
    words.write_text("\n".join(small_vocabulary()) + "\n", "utf-8")
    BertTokenizerFast(str(words)).save_pretrained(folder)
    return len(small_vocabulary())
