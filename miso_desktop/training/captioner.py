r"""Teach the compact captioner and write its bundle.

Run it with::

    python -m miso_desktop.training.captioner --data DATA --work WORK --out models_onnx/captioner

where ``DATA`` holds ``photos/`` (captioned photos, :mod:`miso_desktop.training.photo_data`)
and ``captions/plain.txt.gz``. ``WORK`` keeps features, embeddings and the network after
each part, so that a run that was cut goes on with the part it was in.

All COCO photos and 500 of Flickr are kept out of everything that is fitted, with their
captions; the figures are of the bundle as it ships, on those photos.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from miso_desktop import bundles, paths
from miso_desktop.photos.scene import CLASSES
from miso_desktop.training import captioner_bundle, captioner_evaluation, scene_encoder
from miso_desktop.training.captioner_data import (
    Split,
    Texts,
    clean,
    groups,
    read_texts,
    split,
    tokens,
    train_tokenizer,
)
from miso_desktop.training.captioner_features import VIEWS, Looks, look_at
from miso_desktop.training.captioner_gist import Echo, Gist, out_of_fold
from miso_desktop.training.captioner_lessons import (
    Material,
    School,
    learn_consensus,
    learn_words,
)
from miso_desktop.training.captioner_network import CompactCaptioner, Shape
from miso_desktop.training.photo_data import CaptionedPhotos, embed, read_captioned

Array = NDArray[np.float32]

TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class Library:
    """Everything that was read and computed before the network learns.

    Attributes
    ----------
    truth : numpy.ndarray, shape (photos, 384)
        Mean embedding of each photo's captions.
    coco, others : numpy.ndarray, shape (n, 384)
        Embeddings of the captions without photos.
    """

    photos: CaptionedPhotos
    split: Split
    looks: Looks
    texts: Texts
    truth: Array
    coco: Array
    others: Array


def gather(data: Path, work: Path, seed: int) -> Library:
    """Read photos and captions, and compute features and embeddings once."""
    photos = read_captioned(data / "photos")
    parts = split(photos, seed)
    unseen = [text for i in parts.held_out for text in photos.captions[i]]
    texts = read_texts(data / "captions" / "plain.txt.gz", unseen)
    looks = look_at(photos.paths, work / "looks.npz", seed)
    ends = np.cumsum([len(said) for said in photos.captions])
    own = _kept(work / "photo-captions.npy", [t for said in photos.captions for t in said])
    truth = np.stack([part.mean(0) for part in np.split(own, ends[:-1])])
    return Library(
        photos,
        parts,
        looks,
        texts,
        truth,
        _kept(work / "coco-captions.npy", texts.coco),
        _kept(work / "other-captions.npy", texts.others),
    )


def teach_gist(library: Library, seed: int) -> tuple[Gist, Array, Echo]:
    """Fit the gist on the photos that are learned from.

    Returns
    -------
    gist : Gist
    guesses : numpy.ndarray, shape (learned photos, 1 + views, 384)
        Out of fold: of the photo with its mirror image, and of each view.
    echo : Echo
    """
    learn = library.split.learn
    features = torch.from_numpy(library.looks.features[learn].astype(np.float32))
    logits = torch.from_numpy(library.looks.logits[learn].astype(np.float32))
    truth = torch.from_numpy(library.truth[learn])
    bundle = bundles.load(paths.shipped() / "models_onnx" / "scene")
    names = json.loads(bundle.file(CLASSES).read_text(encoding="utf-8"))
    embedded = torch.from_numpy(embed([f"a photo of {name}" for name in names]))
    whole = features[:, :2].mean(1), logits[:, :2].mean(1)
    gist = Gist(*whole, embedded)
    places = gist.place(*whole)
    views = torch.stack(
        [places, *(gist.place(features[:, v], logits[:, v]) for v in range(VIEWS))], 1
    )
    guesses = out_of_fold(gist, places, views, truth, seed).numpy()
    sets = [library.photos.paths[i].parent.parent.name for i in learn]
    flickr = np.array([name.startswith("flickr") for name in sets])
    echo = Echo.fit(truth.numpy()[flickr], guesses[flickr, 0])
    return gist.fit(places, truth), guesses, echo


def material_of(library: Library, tokenizer: Tokenizer, guesses: Array, echo: Echo) -> Material:
    """Put the lessons together."""
    learn = library.split.learn
    captions = [library.photos.captions[i] for i in learn]
    near = groups(library.coco)
    mean = [library.coco[group].mean(0) for group in near]
    return Material(
        grids=library.looks.grids[learn],
        gists=guesses,
        captions=captions,
        tokens=[tokens(tokenizer, said) for said in captions],
        coco=tokens(tokenizer, library.texts.coco),
        others=tokens(tokenizer, library.texts.others),
        coco_texts=library.texts.coco,
        coco_groups=near,
        coco_own=library.coco,
        coco_mean=np.stack(mean),
        others_own=library.others,
        echo=echo,
    )


def main() -> None:
    """Read, fit the gist, teach the decoder, pack, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds photos/ and captions/")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is kept")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--words", type=int, default=2000, help="steps of the first part")
    parser.add_argument("--pace", type=int, default=3800, help="steps of the first part's cosine")
    parser.add_argument("--consensus", type=int, default=200, help="steps of the second part")
    parser.add_argument("--consensus-pace", type=int, default=350, help="steps of its decay")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--consensus-rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    library = gather(args.data, args.work, args.seed)
    gist, guesses, echo = teach_gist(library, args.seed)
    tokenizer = _tokenizer(args.work / TOKENIZER, library.texts)
    material = material_of(library, tokenizer, guesses, echo)
    shape = Shape(tokenizer.get_vocab_size())
    model = CompactCaptioner(shape, torch.from_numpy(guesses[:, 0].mean(0)))
    school = School(model, material, args.seed)

    held = library.split.held_out
    looks = library.looks
    gists = gist(
        *(torch.from_numpy(x[held, 0].astype(np.float32)) for x in (looks.features, looks.logits))
    ).numpy()
    ways = {
        "the caption of the nearest photo": captioner_evaluation.nearest_photo(
            library.photos,
            library.split,
            looks.features[:, 0, scene_encoder.HEAD].astype(np.float32),
        ),
        "the most central of the 40 captions nearest to the gist": (
            captioner_evaluation.nearest_captions(library, gists)
        ),
    }
    judged = {name: captioner_evaluation.judge(library, way) for name, way in ways.items()}

    def pack(name: str, out: Path, *, only_gist: bool = False) -> None:
        captioner_bundle.write(model, gist, tokenizer, out, only_gist=only_gist)
        way = captioner_evaluation.captions_of(library, out)
        judged[name] = captioner_evaluation.judge(library, way)
        _report(f"{name}: {judged[name]}")

    def part(name: str, teach: Callable[[], None]) -> None:
        kept = args.work / f"{name}.pt"
        if kept.is_file():
            model.load_state_dict(torch.load(kept, weights_only=True))
            return
        teach()
        torch.save(model.state_dict(), kept)

    part(
        "words",
        lambda: learn_words(school, args.words, pace=args.pace, rate=args.rate, report=_report),
    )
    pack("own sentences, from the gist alone", args.work / "gist", only_gist=True)
    pack("own sentences, from gist and grid", args.work / "grid")
    part(
        "consensus",
        lambda: learn_consensus(
            school,
            tokenizer,
            args.consensus,
            pace=args.consensus_pace,
            rate=args.consensus_rate,
            report=_report,
        ),
    )
    pack("the same, taught by CIDEr-D at the end", args.work / "taught")
    model.load_state_dict(_half_way(args.work / "words.pt", args.work / "consensus.pt"))
    pack("half-way between the two (shipped)", args.out)
    captioner_bundle.describe(args.out, judged)
    print((args.out / "CARD.md").read_text(encoding="utf-8"))


def _half_way(one: Path, other: Path) -> dict[str, torch.Tensor]:
    """The mean of two states: it tells more than the second and errs less than the first."""
    first, second = (torch.load(file, weights_only=True) for file in (one, other))
    return {name: (first[name] + second[name]) / 2 for name in first}


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _tokenizer(file: Path, texts: Texts) -> Tokenizer:
    """The tokenizer, from the work folder or trained and put there."""
    if file.is_file():
        return Tokenizer.from_file(str(file))
    found = train_tokenizer([clean(text) for text in texts.others + texts.coco])
    found.save(str(file))
    return found


def _kept(file: Path, texts: list[str]) -> Array:
    """Sentence embeddings, from the work folder or computed and put there."""
    if file.is_file() and len(stored := np.load(file)) == len(texts):
        return np.asarray(stored, np.float32)
    found = embed(texts)
    np.save(file, found.astype(np.float16))
    return found


if __name__ == "__main__":
    main()
