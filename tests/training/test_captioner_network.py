"""The compact captioner: read at once or token by token, in PyTorch or as a bundle."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra [train]")

import torch

from miso_desktop.training.captioner_gist import Echo, Gist, out_of_fold
from miso_desktop.training.captioner_graphs import Vision
from miso_desktop.training.captioner_network import CompactCaptioner, Shape, pad

SHAPE = Shape(vocabulary=30, width=16, layers=2, heads=4, gist=12, gist_slots=2, grid=7, places=9)


@pytest.fixture
def model() -> CompactCaptioner:
    torch.manual_seed(0)
    made = CompactCaptioner(SHAPE, torch.zeros(SHAPE.gist)).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made


def seen(model: CompactCaptioner, rows: int) -> torch.Tensor:
    torch.manual_seed(1)
    return model.sight(torch.randn(rows, SHAPE.gist), torch.randn(rows, 9, SHAPE.grid))


@torch.no_grad()
def test_a_sentence_read_token_by_token_gives_what_it_gives_at_once(
    model: CompactCaptioner,
) -> None:
    cross = model.decoder.cross(seen(model, 2))
    tokens = torch.randint(4, 30, (2, 7))
    whole, _ = model.decoder(tokens, cross)
    past = None
    for i in range(7):
        step, past = model.decoder(tokens[:, i : i + 1], cross, past)
        torch.testing.assert_close(step[:, 0], whole[:, i], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_token_does_not_know_the_future(model: CompactCaptioner) -> None:
    cross = model.decoder.cross(seen(model, 1))
    one, other = torch.full((1, 5), 7), torch.full((1, 5), 7)
    other[0, 4] = 9
    first, _ = model.decoder(one, cross)
    second, _ = model.decoder(other, cross)
    torch.testing.assert_close(first[:, :4], second[:, :4])
    assert not torch.allclose(first[:, 4], second[:, 4])


def test_what_is_drawn_by_lot_begins_and_ends_as_it_must(model: CompactCaptioner) -> None:
    drawn = model.sample(seen(model, 3), tries=4, bos=2, eos=3, longest=9)
    assert drawn.shape[0] == 12
    assert (drawn[:, 0] == 2).all()
    for row in drawn.tolist():
        if 3 in row:
            assert set(row[row.index(3) :]) == {3}


def test_rows_are_padded_at_their_end() -> None:
    assert pad([[1, 2], [3]], 0).tolist() == [[1, 2], [3, 0]]


@torch.no_grad()
def test_the_graph_says_what_the_network_says_of_both_sides_for_every_beam(
    model: CompactCaptioner, tmp_path: Path
) -> None:
    from miso_desktop import bundles
    from miso_desktop.training import captioner_graphs

    graph = tmp_path / "decoder.onnx"
    captioner_graphs.export_decoder(model, graph)
    session = bundles.open_session(graph)
    one, other = seen(model, 2), seen(model, 2) * 0.5
    feed = {}
    sides = zip(model.decoder.cross(one), model.decoder.cross(other), strict=True)
    for i, ((keys, values), (its_keys, its_values)) in enumerate(sides):
        feed[f"cross_key_{i}"] = torch.cat([keys, its_keys], 1).numpy()
        feed[f"cross_value_{i}"] = torch.cat([values, its_values], 1).numpy()
        empty = np.zeros((6, 2 * SHAPE.heads, 0, SHAPE.width // SHAPE.heads), np.float32)
        feed |= {f"past_key_{i}": empty, f"past_value_{i}": empty}
    tokens = torch.randint(4, 30, (6, 3))
    names = [output.name for output in session.get_outputs()]
    first = dict(zip(names, session.run(None, {"tokens": tokens.numpy(), **feed}), strict=True))
    for i in range(SHAPE.layers):
        feed |= {f"past_key_{i}": first[f"key_{i}"], f"past_value_{i}": first[f"value_{i}"]}
    second = session.run(["logits"], {"tokens": tokens[:, :1].numpy(), **feed})[0]

    chances = []
    for about in (one, other):
        cross = model.decoder.cross(about.repeat_interleave(3, 0))
        states, _ = model.decoder(torch.cat([tokens, tokens[:, :1]], 1), cross)
        chances.append(model.decoder.logits(states).log_softmax(2))
    expected = torch.stack(chances).mean(0)
    np.testing.assert_allclose(first["logits"], expected[:, 2].numpy(), atol=1e-4)
    np.testing.assert_allclose(second, expected[:, 3].numpy(), atol=1e-4)


@torch.no_grad()
def test_a_gist_is_learned_and_never_from_the_photo_itself() -> None:
    torch.manual_seed(0)
    features, logits = torch.randn(80, 20), torch.randn(80, 10)
    truth = torch.nn.functional.normalize(features[:, :6] + 0.1 * torch.randn(80, 6), dim=1)
    gist = Gist(features, logits, torch.randn(10, 6), directions=20)
    places = gist.place(features, logits)
    honest = out_of_fold(gist, places, places[:, None], truth, seed=0)[:, 0]
    known = gist.fit(places, truth).at(places)

    def error(guess: torch.Tensor) -> float:
        return float((guess - truth).norm(dim=1).mean())

    blind = float((truth - truth.mean(0)).norm(dim=1).mean())
    assert error(known) < error(honest) < blind


def test_an_echo_is_as_vague_as_the_guesses_it_learned_from() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=(500, 8)).astype(np.float32)
    guessed = (0.5 * truth + 0.2 * random.normal(size=(500, 8))).astype(np.float32)
    blurred = Echo.fit(truth, guessed).of(truth, random)
    assert blurred.shape == truth.shape
    assert float(np.var(blurred)) == pytest.approx(float(np.var(guessed)), rel=0.15)


class Eye(torch.nn.Module):
    """In place of the encoder: nine places, of which the left and the right ones differ."""

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        places = torch.nn.functional.avg_pool2d(pixels, 4).flatten(2).transpose(1, 2)
        grid = places.repeat(1, 1, 3)[:, :, : SHAPE.grid]
        side = pixels[:, :, :, : pixels.shape[3] // 2].mean((2, 3))
        return grid, side.repeat(1, 7)[:, :20], side.repeat(1, 4)[:, :10]


def vision_of(model: CompactCaptioner) -> Vision:
    torch.manual_seed(2)
    features, logits = torch.randn(40, 20), torch.randn(40, 10)
    gist = Gist(features, logits, torch.randn(10, SHAPE.gist), directions=20)
    gist.fit(gist.place(features, logits), torch.randn(40, SHAPE.gist))
    return Vision(model, gist, Eye())


@torch.no_grad()
def test_a_photo_and_its_mirror_image_have_one_gist_and_each_others_grids(
    model: CompactCaptioner,
) -> None:
    vision = vision_of(model)
    photos = torch.rand(2, 3, 12, 12)
    one, its = vision(photos)[0].chunk(2, 1)
    other, their = vision(photos.flip(3))[0].chunk(2, 1)
    torch.testing.assert_close((one, its), (their, other))
    gists = [side[..., : SHAPE.gist_slots] for side in (one, its)]
    torch.testing.assert_close(*gists)
    assert not torch.allclose(one, its)
    vision.only_gist = True
    torch.testing.assert_close(vision(photos)[0], torch.cat(gists, 1))


@torch.no_grad()
def test_the_graph_of_what_is_seen_takes_any_number_of_photos(
    model: CompactCaptioner, tmp_path: Path
) -> None:
    from miso_desktop import bundles
    from miso_desktop.training import captioner_contract

    vision, graph = vision_of(model), tmp_path / "vision.onnx"
    captioner_contract.export_vision(vision, 12, SHAPE.layers, graph)
    session = bundles.open_session(graph)
    for count in (1, 3):
        photos = torch.rand(count, 3, 12, 12)
        for found, expected in zip(
            session.run(None, {"pixels": photos.numpy()}), vision(photos), strict=True
        ):
            np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)


@torch.no_grad()
def test_what_is_seen_may_be_exported_for_one_photo_and_used_for_several(
    model: CompactCaptioner, tmp_path: Path
) -> None:
    from miso_desktop import bundles

    graph = tmp_path / "sight.onnx"
    gist, grid = torch.randn(3, SHAPE.gist), torch.randn(3, 9, SHAPE.grid)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as captioner_contract does
        torch.onnx.export(
            model.sight,
            (gist[:2], grid[:2]),
            str(graph),
            input_names=["gist", "grid"],
            output_names=["seen"],
            dynamic_axes={"gist": {0: "photos"}, "grid": {0: "photos"}},
            dynamo=False,
        )
    found = bundles.open_session(graph).run(None, {"gist": gist.numpy(), "grid": grid.numpy()})
    np.testing.assert_allclose(found[0], model.sight(gist, grid).numpy(), atol=1e-4)
