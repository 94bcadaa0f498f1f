"""The face reader, on the bundle that ships and the demo's photos."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from miso_desktop import bundles
from miso_desktop.errors import BundleError
from miso_desktop.moods import Mood
from miso_desktop.photos import face_detector
from miso_desktop.photos.face import (
    BUNDLE,
    MEANINGS,
    FaceReader,
    SeenFace,
    certainty,
    judge,
)
from miso_desktop.photos.face_detector import SMALLEST_SHARE, Face, FaceDetector
from miso_desktop.photos.face_expression import upright
from miso_desktop.photos.image import load_photo
from miso_desktop.values import Silence, Vote

DEMO = Path(__file__).parents[2] / "resources" / "demo" / "photos"
HEAD = (140, 0, 330, 260)
"""The astronaut's head, with hair."""


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return FaceReader()


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(bundles.require(BUNDLE))


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return load_photo(DEMO / "astronaut.jpg")


def heads(astronaut: Image.Image, *places: tuple[int, int, float]) -> Image.Image:
    """The astronaut's head on a green wall: left edge, top edge, scale."""
    wall = Image.new("RGB", (800, 400), (90, 110, 90))
    head = astronaut.crop(HEAD)
    for left, top, scale in places:
        size = round(head.width * scale), round(head.height * scale)
        wall.paste(head.resize(size), (left, top))
    return wall


def overlap(one: Face, box: tuple[float, float, float, float]) -> float:
    """Intersection over union."""
    left, top = max(one.left, box[0]), max(one.top, box[1])
    right, bottom = min(one.right, box[2]), min(one.bottom, box[3])
    shared = max(0.0, right - left) * max(0.0, bottom - top)
    return shared / (one.width * one.height + (box[2] - box[0]) * (box[3] - box[1]) - shared)


# Finding.


def test_the_smiling_astronaut_is_found_where_she_is(detector, astronaut):
    (found,) = detector.find(astronaut)
    assert overlap(found, (180, 61, 267, 173)) > 0.95
    assert found.certainty > 0.99
    eyes_nose_mouth = [(204, 101), (247, 103), (225, 129), (202, 139), (245, 141)]
    for (x, y), (expected_x, expected_y) in zip(found.points, eyes_nose_mouth, strict=True):
        assert math.dist((x, y), (expected_x, expected_y)) < 3


@pytest.mark.parametrize("name", ["cat", "coffee", "galaxies", "rocket"])
def test_nobody_is_found_where_nobody_is(reader, name):
    said = reader.read(load_photo(DEMO / f"{name}.jpg"))
    assert isinstance(said, Silence)
    assert said.reader == "face"
    assert str(said.reason) == "No face large enough to read."


@pytest.mark.parametrize("width", [200, 512, 1024, 2048])
def test_a_face_is_found_at_every_scale(detector, astronaut, width):
    (found,) = detector.find(astronaut.resize((width, width)))
    box = [side * width / 512 for side in (180, 61, 267, 173)]
    assert overlap(found, tuple(box)) > 0.8


def test_small_faces_in_a_wide_photo_are_found(detector, astronaut):
    """Down to the smallest share that is looked for."""
    photo = Image.new("RGB", (1600, 900), (90, 110, 90))
    scale = SMALLEST_SHARE * 1600 / 87  # her face is 87 pixels wide
    head = astronaut.crop(HEAD)
    photo.paste(head.resize((round(190 * scale), round(260 * scale))), (1200, 400))
    (found,) = detector.find(photo)
    assert found.width == pytest.approx(80, rel=0.15)


@pytest.mark.parametrize("degrees", [-20, -10, 10, 20])
def test_a_tilted_head_is_read(reader, astronaut, degrees):
    (seen,) = reader.look(astronaut.rotate(degrees, fillcolor=(128, 128, 128)))
    assert seen.named == "happy"


def test_two_faces_of_different_size_are_two_people(reader, astronaut):
    large, small = reader.look(heads(astronaut, (30, 5, 1.5), (560, 150, 0.7)))
    assert large.face.centre == pytest.approx((155, 182), abs=8)
    assert small.face.centre == pytest.approx((617, 232), abs=8)
    assert large.face.width > 1.7 * small.face.width
    assert str(judge((large, small)).reason) == "The photo shows two people smiling."


def test_three_faces_are_counted(reader, astronaut):
    photo = heads(astronaut, (0, 50, 1.2), (270, 50, 1.2), (540, 50, 1.2))
    assert str(reader.read(photo).reason) == "The photo shows 3 people smiling."


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (12, 12), (30, 20)])
@pytest.mark.parametrize("colour", ["black", "white", "grey"])
def test_pictures_of_nothing_are_read_without_a_vote(reader, size, colour):
    assert isinstance(reader.read(Image.new("RGB", size, colour)), Silence)


def test_noise_has_no_face(reader):
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    assert isinstance(reader.read(Image.fromarray(noise)), Silence)


def test_the_photo_is_left_as_it_is(reader, astronaut):
    before = astronaut.tobytes()
    reader.read(astronaut)
    assert astronaut.tobytes() == before


# The networks: the numbers of facenet-pytorch 2.6.0's own code for the same pixels.

GOLDEN = {
    face_detector.REFINEMENT: (24, {
        "shift": [0.0782, -0.0215, -0.1123, -0.0509],
        "face": [0.0007, 0.9993],
    }),
    face_detector.OUTPUT: (48, {
        "shift": [0.1343, 0.0411, -0.1262, -0.0243],
        "face": [0.0003, 0.9997],
        "points": [0.3334, 0.7094, 0.5236, 0.3145, 0.6917, 0.3637, 0.392, 0.5992, 0.6824, 0.7064],
    }),
}  # fmt: skip
GOLDEN_PROPOSAL = {
    "shift": [0.0705, -0.0971, 0.0931, -0.1203, 0.0779, -0.0225],
    "face": [0.0016, 0.0109, 0.0001, 0.0009, 0.0038, 0.0406],
}


def golden_pixels(astronaut: Image.Image, size: tuple[int, int]) -> np.ndarray:
    face = astronaut.crop((166, 57, 280, 177)).resize(size, Image.Resampling.BOX)
    return (np.asarray(face, np.float32).transpose(2, 0, 1)[None] - 127.5) / 128


@pytest.mark.parametrize("name", GOLDEN)
def test_the_later_networks_give_the_original_numbers(astronaut, name):
    side, expected = GOLDEN[name]
    found = bundles.require(BUNDLE).session(name).run(
        list(expected), {"pixels": golden_pixels(astronaut, (side, side))}
    )  # fmt: skip
    for values, golden in zip(found, expected.values(), strict=True):
        assert values.ravel() == pytest.approx(golden, abs=1e-3)


def test_the_first_network_gives_the_original_numbers(astronaut):
    found = bundles.require(BUNDLE).session(face_detector.PROPOSAL).run(
        list(GOLDEN_PROPOSAL), {"pixels": golden_pixels(astronaut, (13, 15))}
    )  # fmt: skip
    for values, golden in zip(found, GOLDEN_PROPOSAL.values(), strict=True):
        assert values[0, 0].ravel() == pytest.approx(golden, abs=1e-3)


@given(
    st.lists(
        st.tuples(*[st.integers(0, 40)] * 2, *[st.integers(1, 30)] * 2, st.floats(0.01, 1)),
        max_size=25,
    )
)
def test_suppression_keeps_boxes_apart_and_drops_only_doubles(drawn):
    boxes = np.array([(x, y, x + w, y + h, p) for x, y, w, h, p in drawn], np.float32)
    boxes = boxes.reshape(-1, 5)
    kept = face_detector._apart(boxes, 0.5)
    faces = [Face(*map(float, box), ()) for box in boxes]
    assert all(boxes[a, 4] >= boxes[b, 4] for a, b in pairwise(kept))
    for i, one in enumerate(faces):
        others = [k for k in kept if k != i]
        doubled = any(
            overlap(one, tuple(boxes[k, :4])) > 0.5 - 1e-6 and boxes[k, 4] >= boxes[i, 4]
            for k in others
        )
        assert i in kept or doubled
        if i in kept:
            assert all(overlap(one, tuple(boxes[k, :4])) <= 0.5 + 1e-6 for k in others)


# Reading.


def test_the_smiling_astronaut_is_happy(reader, astronaut):
    said = reader.read(astronaut)
    assert isinstance(said, Vote)
    assert (said.reader, said.weight, said.mood) == ("face", 1.0, Mood.HAPPY)
    assert str(said.reason) == "The photo shows one person smiling."
    assert said.scores.values == pytest.approx((0.718, 0.160, 0.020, 0.020, 0.081), abs=0.01)
    assert (said.scores.valence, said.scores.arousal) == pytest.approx((0.70, 0.20), abs=0.02)


def test_a_mirrored_photo_gets_the_same_vote(reader, astronaut):
    said = reader.read(astronaut.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    assert said.scores.values == pytest.approx(reader.read(astronaut).scores.values, abs=0.02)


def test_the_same_photo_gets_the_same_vote(reader, astronaut):
    assert reader.read(astronaut) == reader.read(astronaut)


@pytest.mark.parametrize("size", [64, 112])
@pytest.mark.parametrize("degrees", [-30, 0, 20])
@pytest.mark.parametrize("scale", [0.3, 1.0, 6.0])
def test_a_cut_out_face_has_level_eyes_and_its_box_in_the_middle(degrees, scale, size):
    """White dots for eyes, 40 units apart and 20 above the middle of a box of 100 units."""
    photo = Image.new("L", (round(200 * scale),) * 2)
    turn = complex(math.cos(math.radians(degrees)), math.sin(math.radians(degrees)))
    eyes = [(complex(100, 100) + complex(x, -20) * turn) * scale for x in (-20, 20)]
    radius = 5 * scale
    for eye in eyes:
        box = (eye.real - radius, eye.imag - radius, eye.real + radius, eye.imag + radius)
        ImageDraw.Draw(photo).ellipse(box, fill=255)
    points = tuple((eye.real, eye.imag) for eye in eyes)
    face = Face(60 * scale, 50 * scale, 140 * scale, 150 * scale, 1.0, points)
    cut = np.asarray(upright(photo, face, 1.0, size), np.float64)
    for half, expected in ((cut[:, : size // 2], 0.3), (cut[:, size // 2 :], 0.2)):
        rows, columns = np.mgrid[: half.shape[0], : half.shape[1]] + 0.5
        assert (half * rows).sum() / half.sum() == pytest.approx(0.3 * size, abs=0.02 * size)
        middle = (half * columns).sum() / half.sum()
        assert middle == pytest.approx(expected * size, abs=0.02 * size)


# Judging.


def person(expression: str, *, sure: float = 0.9, at: float = 0, width: float = 100) -> SeenFace:
    face = Face(at, 0, at + width, 1.2 * width, 1.0, ((0.0, 0.0),) * 5)
    rest = (1 - sure) / (len(MEANINGS) - 1)
    return SeenFace(face, tuple((name, sure if name == expression else rest) for name in MEANINGS))


@pytest.mark.parametrize(
    ("expression", "mood"),
    [
        ("happy", Mood.HAPPY),
        ("sad", Mood.SAD),
        ("angry", Mood.AGGRESSIVE),
        ("disgust", Mood.AGGRESSIVE),
        ("fear", Mood.DRAMATIC),
        ("surprise", Mood.DRAMATIC),
    ],
)
def test_an_expression_means_a_mood(expression, mood):
    assert judge([person(expression)]).mood is mood


def test_a_neutral_face_says_next_to_nothing():
    scores = judge([person("neutral", sure=1.0)]).scores
    assert max(scores.values) < 0.25
    assert abs(scores.valence) <= 0.1


def test_pleasant_expressions_please_and_excited_ones_excite():
    found = {name: judge([person(name)]).scores for name in MEANINGS}
    assert max(found, key=lambda name: found[name].valence) == "happy"
    assert min(found, key=lambda name: found[name].arousal) == "sad"
    assert all(found[name].valence < -0.3 for name in ("sad", "angry", "disgust", "fear"))


def test_the_larger_face_counts_more():
    large, small = person("sad", width=200), person("happy", width=60, at=900)
    assert judge([large, small]).mood is Mood.SAD


def test_the_clearer_face_counts_more():
    clear, vague = person("sad", sure=0.95), person("happy", sure=0.55, at=900)
    assert judge([clear, vague]).mood is Mood.SAD


def test_faces_that_cannot_be_read_do_not_vote():
    said = judge([person("angry", sure=0.45)])
    assert isinstance(said, Silence)
    assert str(said.reason) == "No face whose expression is clear."
    alone, beside = judge([person("happy")]), judge(
        [person("happy"), person("angry", sure=0.45, at=900, width=300)]
    )  # fmt: skip
    assert alone.scores == beside.scores
    assert str(beside.reason) == (
        "The photo shows one person smiling and one person whose face is hard to read."
    )


def test_two_smiling_faces_close_together_are_tender():
    near = judge([person("happy"), person("happy", at=120)])
    far = judge([person("happy"), person("happy", at=400)])
    assert near.scores[Mood.ROMANTIC] > 2 * far.scores[Mood.ROMANTIC]
    assert str(near.reason) == "The photo shows two people smiling, close together."
    assert str(far.reason) == "The photo shows two people smiling."


@pytest.mark.parametrize(
    "others",
    [
        [person("sad", at=120)],
        [person("happy", at=120, width=40)],
        [person("happy", at=120), person("happy", at=240)],
    ],
    ids=["the other is sad", "the other is far behind", "there are three"],
)
def test_other_company_is_not_tender(others):
    assert "close together" not in str(judge([person("happy"), *others]).reason)


def test_the_reason_names_the_weightiest_first():
    crowd = [person("sad", width=300), *[person("happy", at=i * 900) for i in range(1, 5)]]
    assert str(judge(crowd).reason) == (
        "The photo shows one person looking sad and 4 people smiling."
    )
    crowd += [person("fear", at=9000, width=30)] * 2
    assert str(judge(crowd).reason) == (
        "The photo shows one person looking sad, 4 people smiling and more."
    )


def test_the_reason_survives_the_database():
    reason = judge([person("happy", at=i * 900) for i in range(5)]).reason
    assert str(type(reason).from_json(json.loads(reason.dumps()))) == str(reason)


def test_certainty_is_the_area_weighted_mean():
    seen = [person("happy", sure=0.9, width=100), person("sad", sure=0.5, width=200)]
    assert certainty(seen) == pytest.approx((0.9 + 4 * 0.5) / 5)


# The bundle.


def test_the_bundle_says_where_it_comes_from(reader):
    bundle = bundles.require(BUNDLE)
    assert reader.used == bundle.used
    assert set(bundle.parameters["labels"]) == set(MEANINGS)
    assert bundle.licence == "MIT"
    licences = bundle.file("LICENSES.txt").read_text(encoding="utf-8")
    assert licences.count("Permission is hereby granted, free of charge") == 3
    card = (bundle.folder / "CARD.md").read_text(encoding="utf-8")
    assert all(source in card for source in bundle.sources)
    assert f"{bundle.figures['expressions']['accuracy']:.3f}" in card
    assert f"{bundle.figures['photos']['valence_r']:.2f}" in card
    assert sum((bundle.folder / name).stat().st_size for name in bundle.files) < 4e6


def test_a_missing_bundle_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("miso_desktop.paths.bundle_roots", lambda: (tmp_path,))
    with pytest.raises(BundleError, match="face"):
        FaceReader()


def test_a_damaged_bundle_is_named(monkeypatch, tmp_path):
    damaged = tmp_path / BUNDLE
    damaged.mkdir()
    for file in bundles.require(BUNDLE).folder.iterdir():
        cut = file.stat().st_size if file.suffix == ".json" else 1000
        (damaged / file.name).write_bytes(file.read_bytes()[:cut])
    monkeypatch.setattr("miso_desktop.paths.bundle_roots", lambda: (tmp_path,))
    with pytest.raises(BundleError, match="face"):
        FaceReader()


def test_reading_needs_no_training_library_and_importing_needs_nothing():
    """In a fresh process, because other tests may have imported them."""
    code = (
        "import sys; from miso_desktop.photos.face import FaceReader; "
        "assert not {'PIL', 'onnxruntime'} & set(sys.modules); "
        "from PIL import Image; "
        "FaceReader().read(Image.new('RGB', (64, 48))); "
        "heavy = {'torch', 'h5py', 'onnx', 'scipy', 'cv2', 'sklearn'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
