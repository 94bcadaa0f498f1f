"""The demo photos: free, documented, and of a size that any screen shows."""

import csv

from PIL import Image

from miso_desktop import demo

FREE = {"CC0-1.0", "public domain"}


def origins():
    with (demo.photos()[0].parent / "LICENSES.csv").open(encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_there_are_several_photos():
    assert 5 <= len(demo.photos()) <= 8


def test_every_photo_has_an_author_an_origin_and_a_free_licence():
    rows = origins()
    folder = demo.photos()[0].parent
    assert set(rows) == {path.name for path in folder.iterdir() if path.suffix != ".csv"}
    assert [path.name for path in demo.photos()] == list(rows)
    assert all(row["licence"] in FREE for row in rows.values())
    assert all(row["author"] and row["origin"] for row in rows.values())


def test_photos_open_and_are_at_most_1024_pixels_wide_and_high():
    for path in demo.photos():
        with Image.open(path) as photo:
            photo.load()
            assert photo.format == "JPEG"
            assert 300 <= min(photo.size) <= max(photo.size) <= 1024
