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
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from miso_desktop import bundles, paths
from miso_desktop.photos.scene import CLASSES
from miso_desktop.training import captioner_bundle, captioner_evaluation, scene_encoder
from miso_desktop.training.captioner_data import Texts, clean, groups, tokens, train_tokenizer
from miso_desktop.training.captioner_evaluation import Judged
from miso_desktop.training.captioner_features import VIEWS
from miso_desktop.training.captioner_gist import Echo, Gist, out_of_fold
from miso_desktop.training.captioner_lessons import (
    Material,
    School,
    learn_consensus,
    learn_words,
)
from miso_desktop.training.captioner_library import Library, gather
from miso_desktop.training.captioner_network import CompactCaptioner, Shape
from miso_desktop.training.photo_data import embed

Array = NDArray[np.float32]

TOKENIZER = "tokenizer.json"
WORDS, CONSENSUS = "words", "consensus"
"""The two parts of the training, and the files of the network after each."""


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


def baselines(library: Library, gist: Gist) -> dict[str, Judged]:
    """Judge two ways that write nothing of their own."""
    looks, held = library.looks, library.split.held_out
    features, logits = (
        torch.from_numpy(x[held, :2].astype(np.float32).mean(1))
        for x in (looks.features, looks.logits)
    )
    pooled = looks.features[:, 0, scene_encoder.HEAD].astype(np.float32)
    ways = {
        "the caption of the nearest photo": captioner_evaluation.nearest_photo(
            library.photos, library.split, pooled
        ),
        "the most central of the 40 captions nearest to the gist": (
            captioner_evaluation.nearest_captions(library, gist(features, logits).numpy())
        ),
    }
    return {name: captioner_evaluation.judge(library, way) for name, way in ways.items()}


@dataclass
class Bench:
    """Teaches a network in parts, and packs and judges it between them.

    Attributes
    ----------
    work : Path
        Keeps the network after each part.
    judged : dict of str to Judged
        Grows by each way that is packed.
    """

    model: CompactCaptioner
    gist: Gist
    tokenizer: Tokenizer
    library: Library
    work: Path
    judged: dict[str, Judged] = field(default_factory=dict)

    def part(self, name: str, teach: Callable[[], None]) -> None:
        """Teach one part, or read what was learned before."""
        if self._state(name).is_file():
            self.model.load_state_dict(torch.load(self._state(name), weights_only=True))
            return
        teach()
        torch.save(self.model.state_dict(), self._state(name))

    def pack(self, name: str, out: Path, *, only_gist: bool = False) -> None:
        """Write the network as a bundle and let that describe the photos kept out."""
        captioner_bundle.write(self.model, self.gist, self.tokenizer, out, only_gist=only_gist)
        way = captioner_evaluation.captions_of(self.library, out)
        self.judged[name] = captioner_evaluation.judge(self.library, way)
        _report(f"{name}: {self.judged[name]}")

    def blend(self, share: float) -> None:
        """Go back to between the two parts: that tells more than the second, errs less."""
        first, second = (
            torch.load(self._state(name), weights_only=True) for name in (WORDS, CONSENSUS)
        )
        between = {name: (1 - share) * first[name] + share * second[name] for name in first}
        self.model.load_state_dict(between)

    def _state(self, name: str) -> Path:
        return self.work / f"{name}.pt"


def main() -> None:
    """Read, fit the gist, teach the decoder, pack, measure."""
    args = _arguments()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    library = gather(args.data, args.work, args.seed)
    gist, guesses, echo = teach_gist(library, args.seed)
    tokenizer = _tokenizer(args.work / TOKENIZER, library.texts)
    shape = Shape(tokenizer.get_vocab_size())
    model = CompactCaptioner(shape, torch.from_numpy(guesses[:, 0].mean(0)))
    school = School(model, material_of(library, tokenizer, guesses, echo), args.seed)
    bench = Bench(model, gist, tokenizer, library, args.work, baselines(library, gist))

    bench.part(WORDS, lambda: learn_words(school, args.words, rate=args.rate, report=_report))
    bench.pack("own sentences, from the gist alone", args.work / "gist", only_gist=True)
    bench.pack("own sentences, from gist and grids", args.work / "grid")
    bench.part(
        CONSENSUS,
        lambda: learn_consensus(
            school, tokenizer, args.consensus, rate=args.consensus_rate, report=_report
        ),
    )
    bench.pack("the same, taught by CIDEr-D at the end", args.work / "taught")
    bench.blend(args.blend)
    bench.pack("between the two (shipped)", args.out)
    captioner_bundle.describe(args.out, bench.judged)
    print((args.out / "CARD.md").read_text(encoding="utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="holds photos/ and captions/")
    parser.add_argument("--work", type=Path, required=True, help="folder for what is kept")
    parser.add_argument("--out", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--words", type=int, default=3800, help="steps of the first part")
    parser.add_argument("--consensus", type=int, default=400, help="steps of the second part")
    parser.add_argument("--blend", type=float, default=0.75, help="weight of the second part")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--consensus-rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _tokenizer(file: Path, texts: Texts) -> Tokenizer:
    """The tokenizer, from the work folder or trained and put there."""
    if file.is_file():
        return Tokenizer.from_file(str(file))
    found = train_tokenizer([clean(text) for text in texts.others + texts.coco])
    found.save(str(file))
    return found


if __name__ == "__main__":
    main()
