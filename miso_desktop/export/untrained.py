"""A BLIP with random weights: the real architecture, to test the export without a download.

Released configurations cannot be used as they are, for a BLIP initialised by them says
the same word to every photo. These weights give every layer an output of about unit
variance and make attention choosy, so that captions depend on the photo, on every
token before, and on every cache.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from transformers import BertTokenizerFast, BlipConfig, BlipImageProcessor
from transformers import BlipForConditionalGeneration as Blip

if TYPE_CHECKING:
    from numpy.random import Generator
    from PIL.Image import Image

CHOOSY = 2.0
"""Gain of queries and keys."""

SPREAD = 3.0
"""Standard deviation of the logits."""


def base_config(words: int) -> BlipConfig:
    """BLIP-base as released, for a vocabulary of ``words`` entries and two tokens more."""
    config: BlipConfig = BlipConfig(
        text_config={"num_attention_heads": 12, **_special(words), "encoder_hidden_size": 768},
        vision_config={"image_size": 384},
    )
    return config


def large_config(words: int) -> BlipConfig:
    """BLIP-large as released: a larger vision tower before the same decoder."""
    tower = {"hidden_size": 1024, "intermediate_size": 4096}
    config: BlipConfig = BlipConfig(
        text_config={"num_attention_heads": 12, **_special(words), "encoder_hidden_size": 1024},
        vision_config={
            **tower,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "image_size": 384,
        },
    )
    return config


def tiny_config(words: int, *, sight: int = 32) -> BlipConfig:
    """The same architecture, small enough for a test: 2 layers of 32 at 32 px.

    ``sight`` is the width of the vision tower, in which BLIP-large differs from BLIP-base.
    """
    small = {
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "projection_dim": 16,
    }
    text = {"encoder_hidden_size": sight, "max_position_embeddings": 40}
    config: BlipConfig = BlipConfig(
        text_config={**small, **text, **_special(words)},
        vision_config={**small, "hidden_size": sight, "image_size": 32, "patch_size": 8},
    )
    return config


def untrained(config: BlipConfig, seed: int) -> Blip:
    """A model of that form with random weights, equal for equal seeds."""
    model = Blip(config).eval()
    random = torch.Generator().manual_seed(seed)

    def fill(weights: torch.Tensor, deviation: float) -> None:
        weights.copy_(torch.randn(weights.shape, generator=random) * deviation)

    damped = 1 / math.sqrt(config.text_config.num_hidden_layers)
    with torch.no_grad():
        for name, module in model.named_modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                gain = CHOOSY if name.endswith((".query", ".key", ".qkv")) else 1.0
                if name.endswith(".output.dense"):
                    gain = damped  # or the last layers would forget the token
                fill(module.weight, gain / math.sqrt(module.weight[0].numel()))
                # GELU's outputs are positive on average; what all tokens share must not grow.
                module.weight -= module.weight.mean(tuple(range(1, module.weight.dim())), True)
                if module.bias is not None:
                    fill(module.bias, 0.1)
            elif isinstance(module, nn.LayerNorm):
                fill(module.weight, 0.1)
                module.weight += 1.0
                fill(module.bias, 0.1)
        vision, text = model.vision_model.embeddings, model.text_decoder.bert.embeddings
        fill(vision.position_embedding, 0.5)
        fill(vision.class_embedding, 0.5)
        deviation = SPREAD / math.sqrt(config.text_config.hidden_size)
        fill(text.word_embeddings.weight, deviation)  # the logits' weights as well: they are tied
        fill(text.position_embeddings.weight, 2 * deviation)  # or it would repeat one word
        # Ends a caption now and then: the largest of n normal numbers is about sqrt(2 ln n).
        likely = SPREAD * math.sqrt(2 * math.log(config.text_config.vocab_size))
        model.text_decoder.cls.predictions.bias[config.text_config.sep_token_id] = 0.4 * likely
    return model


def write_checkpoint(model: Blip, vocabulary: Sequence[str], folder: Path) -> None:
    """Save a model with its processor in the layout of a released checkpoint."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    size = model.config.vision_config.image_size
    mean, std = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
    BlipImageProcessor(
        size={"height": size, "width": size}, image_mean=mean, image_std=std
    ).save_pretrained(folder)
    words = folder / "vocab.txt"
    words.write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    BertTokenizerFast(str(words), clean_up_tokenization_spaces=True).save_pretrained(folder)


def small_vocabulary() -> list[str]:
    """A WordPiece vocabulary that can spell English, with the special tokens of BERT."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = "a an the of in on at with and is two man woman dog cat beach sea sun storm photo"
    pieces = "##ing ##er ##ed ##ly"
    return [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
        *".,!?'-:;\"()&",
        *letters,
        *(f"##{letter}" for letter in letters),
        *(word for word in words.split() if len(word) > 1),
        *pieces.split(),
        "海",
    ]


def noise_photo(random: Generator, width: int, height: int) -> Image:
    """A picture of soft coloured blobs: no photo, but no two alike."""
    import numpy as np
    from PIL import Image as Pillow

    coarse = random.integers(0, 256, (5, 7, 3), np.uint8)
    return Pillow.fromarray(coarse).resize((width, height), Pillow.Resampling.BICUBIC)


def _special(words: int) -> dict[str, int]:
    # As released: the decoder's first token lies behind the tokenizer's vocabulary.
    separator = 102 if words > 30000 else 3
    return {"vocab_size": words + 2, "bos_token_id": words, "sep_token_id": separator}
