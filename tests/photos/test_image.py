"""Photo files to upright sRGB pixels."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from miso_desktop.errors import FileMissing, UnreadablePhoto
from miso_desktop.photos import image as image_module
from miso_desktop.photos.image import PHOTO_SUFFIXES, load_photo

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def corners(size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Red top left, green top right, blue bottom left, white bottom right."""
    width, height = size
    picture = Image.new("RGB", size, WHITE)
    picture.paste(RED, (0, 0, width // 2, height // 2))
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    return picture


def centres(picture: Image.Image) -> list[tuple[int, ...]]:
    """Colours of the four quarters: top left, top right, bottom left, bottom right."""
    w, h = picture.size
    spots = [(w // 4, h // 4), (3 * w // 4, h // 4), (w // 4, 3 * h // 4), (3 * w // 4, 3 * h // 4)]
    return [picture.getpixel(spot) for spot in spots]


def assert_like(found: tuple[int, ...], expected: tuple[int, ...], within: int = 12) -> None:
    assert np.abs(np.subtract(found, expected)).max() <= within, (found, expected)


def assert_corners(picture: Image.Image, within: int = 12) -> None:
    assert picture.mode == "RGB"
    for found, expected in zip(centres(picture), (RED, GREEN, BLUE, WHITE), strict=True):
        assert_like(found, expected, within)


FORMATS = [
    ("a.jpg", {"quality": 95, "subsampling": 0}),
    ("a.png", {}),
    ("a.webp", {"lossless": True}),
    ("a.gif", {}),
    ("a.tiff", {}),
    ("a.tif", {"compression": "tiff_lzw"}),
    ("a.bmp", {}),
    ("a.heic", {"quality": 95}),
    ("a.heif", {"quality": 95}),
    ("a.avif", {"quality": 95}),
]


@pytest.mark.parametrize(("name", "options"), FORMATS)
def test_every_format_keeps_size_and_colours(tmp_path, name, options):
    import pillow_heif

    if name.endswith("avif") and not features.check("avif"):
        pytest.fail("this Pillow reads no AVIF: 11.3 or newer from PyPI does")
    pillow_heif.register_heif_opener()
    corners().save(tmp_path / name, **options)

    photo = load_photo(tmp_path / name)

    assert photo.size == (64, 48)
    assert_corners(photo, within=40 if name.endswith(("heic", "heif", "avif")) else 12)
    assert (tmp_path / name).suffix in PHOTO_SUFFIXES


def test_what_is_inside_decides_not_the_ending(tmp_path):
    corners().save(tmp_path / "photo.png", format="JPEG", quality=95, subsampling=0)
    assert_corners(load_photo(tmp_path / "photo.png"))


def test_a_name_in_hangul_is_a_name(tmp_path):
    corners().save(tmp_path / "바다 사진.png")
    assert_corners(load_photo(tmp_path / "바다 사진.png"))


@pytest.mark.parametrize("name", ["a.gif", "a.tiff", "a.webp", "a.png"])
def test_the_first_frame_of_several_counts(tmp_path, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    second = Image.new("RGB", (64, 48), (9, 9, 9))
    corners().save(tmp_path / name, save_all=True, append_images=[second], **options)
    assert_corners(load_photo(tmp_path / name))


TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tiff"])
def test_the_exif_orientation_is_undone(tmp_path, name, orientation):
    turn = TURNS[orientation]
    stored = corners() if turn is None else corners().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if name == "a.jpg" else {}
    options |= {"lossless": True} if name == "a.webp" else {}
    stored.save(tmp_path / name, exif=exif, **options)

    photo = load_photo(tmp_path / name)

    assert photo.size == (64, 48)
    assert_corners(photo)


def test_orientation_holds_for_a_photo_that_is_shrunk(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = corners((1600, 1200)).transpose(Image.Transpose.ROTATE_90)
    stored.save(tmp_path / "a.jpg", exif=exif)

    photo = load_photo(tmp_path / "a.jpg", longest=200)

    assert photo.size == (200, 150)
    assert_corners(photo)


def test_damaged_exif_leaves_the_picture_readable(tmp_path):
    corners().save(tmp_path / "a.jpg", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff", quality=95)
    assert load_photo(tmp_path / "a.jpg").size == (64, 48)


def wide_gamut_profile() -> bytes:
    """An RGB profile whose red and green are swapped: impossible to take for sRGB."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", profile[128:132])[0]
    for entry in range(132, 132 + 12 * count, 12):
        tag = bytes(profile[entry : entry + 4])
        if tag in (b"rXYZ", b"gXYZ"):
            profile[entry : entry + 4] = b"gXYZ" if tag == b"rXYZ" else b"rXYZ"
    return bytes(profile)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tiff", "a.webp"])
def test_the_colour_profile_is_converted_to_srgb(tmp_path, name):
    options = {"lossless": True} if name == "a.webp" else {}
    stored = Image.new("RGB", (16, 16), RED)
    stored.save(tmp_path / name, icc_profile=wide_gamut_profile(), **options)
    assert_like(load_photo(tmp_path / name).getpixel((8, 8)), GREEN, within=4)


def test_a_profile_counts_under_transparency_too(tmp_path):
    stored = Image.new("RGBA", (16, 16), (255, 0, 0, 128))
    stored.save(tmp_path / "a.png", icc_profile=wide_gamut_profile())
    assert_like(load_photo(tmp_path / "a.png").getpixel((8, 8)), (127, 255, 127), within=4)


@pytest.mark.parametrize("profile", [b"no profile at all", wide_gamut_profile()[:200]])
def test_a_broken_profile_is_passed_over(tmp_path, profile):
    corners().save(tmp_path / "a.png", icc_profile=profile)
    assert_corners(load_photo(tmp_path / "a.png"))


def test_a_profile_for_another_kind_of_picture_is_passed_over(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    corners().save(tmp_path / "a.png", icc_profile=lab)
    assert_corners(load_photo(tmp_path / "a.png"))


@pytest.mark.parametrize(
    ("alpha", "expected"), [(255, (10, 20, 30)), (0, WHITE), (128, (132, 137, 142))]
)
@pytest.mark.parametrize("name", ["a.png", "a.tiff"])
def test_transparent_parts_lie_on_white(tmp_path, name, alpha, expected):
    Image.new("RGBA", (8, 8), (10, 20, 30, alpha)).save(tmp_path / name)
    assert_like(load_photo(tmp_path / name).getpixel((4, 4)), expected, within=2)


def test_grey_with_transparency(tmp_path):
    Image.new("LA", (8, 8), (0, 128)).save(tmp_path / "a.png")
    assert_like(load_photo(tmp_path / "a.png").getpixel((4, 4)), (127, 127, 127), within=2)


@pytest.mark.parametrize("transparency", [1, bytes([255, 0])])
def test_a_palette_with_transparency(tmp_path, transparency):
    stored = Image.new("P", (8, 8), 0)
    stored.putpalette([200, 0, 0, 0, 0, 200])
    stored.paste(1, (4, 0, 8, 8))
    stored.save(tmp_path / "a.png", transparency=transparency)
    photo = load_photo(tmp_path / "a.png")
    assert photo.getpixel((1, 1)) == (200, 0, 0)
    assert photo.getpixel((6, 1)) == WHITE


def test_a_gif_with_transparency(tmp_path):
    stored = Image.new("P", (8, 8), 0)
    stored.putpalette([200, 0, 0, 0, 0, 200])
    stored.paste(1, (4, 0, 8, 8))
    stored.save(tmp_path / "a.gif", transparency=1)
    photo = load_photo(tmp_path / "a.gif")
    assert photo.getpixel((1, 1)) == (200, 0, 0)
    assert photo.getpixel((6, 1)) == WHITE


def test_a_colour_named_transparent_without_a_palette(tmp_path):
    stored = corners()
    stored.save(tmp_path / "a.png", transparency=BLUE)
    assert centres(load_photo(tmp_path / "a.png"))[2] == WHITE


def test_one_bit(tmp_path):
    stored = Image.new("1", (8, 8), 0)
    stored.paste(1, (4, 0, 8, 8))
    stored.save(tmp_path / "a.png")
    photo = load_photo(tmp_path / "a.png")
    assert photo.mode == "RGB"
    assert (photo.getpixel((0, 0)), photo.getpixel((7, 0))) == ((0, 0, 0), WHITE)


@pytest.mark.parametrize("name", ["a.jpg", "a.tiff"])
def test_cmyk_is_not_shown_as_a_negative(tmp_path, name):
    options = {"quality": 95, "subsampling": 0} if name == "a.jpg" else {}
    corners().convert("CMYK").save(tmp_path / name, **options)
    assert_corners(load_photo(tmp_path / name))


def test_cmyk_as_adobe_stores_it_is_turned_back(tmp_path):
    """Adobe writes 255 for "no ink"; the marker APP14 says who wrote it."""
    no_ink = Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    no_ink.save(tmp_path / "a.jpg", quality=95)
    assert b"Adobe" in (tmp_path / "a.jpg").read_bytes()
    assert_like(load_photo(tmp_path / "a.jpg").getpixel((8, 8)), WHITE)


def test_lab(tmp_path):
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    ImageCms.applyTransform(corners(), to_lab).save(tmp_path / "a.tiff")
    assert_corners(load_photo(tmp_path / "a.tiff"), within=30)  # eight bits of Lab are coarse


@pytest.mark.parametrize("name", ["a.png", "a.tiff"])
@pytest.mark.parametrize("deep", [0, 257, 32896, 65535])
def test_sixteen_bits_keep_their_brightness(tmp_path, name, deep):
    values = np.full((8, 8), deep, np.uint16)
    Image.fromarray(values).save(tmp_path / name)
    assert load_photo(tmp_path / name).getpixel((4, 4)) == (deep // 257,) * 3


def test_sixteen_bits_in_colour(tmp_path):
    (tmp_path / "a.png").write_bytes(deep_colour_png((65535, 32896, 0)))
    assert_like(load_photo(tmp_path / "a.png").getpixel((2, 2)), (255, 128, 0), within=1)


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0, 3e6])
def test_floating_point_is_scaled_by_its_white(tmp_path, white):
    values = np.linspace(0, white, 64, dtype=np.float32).reshape(8, 8)
    Image.fromarray(values).save(tmp_path / "a.tiff")
    photo = np.asarray(load_photo(tmp_path / "a.tiff"))
    assert photo[0, 0].tolist() == [0, 0, 0]
    assert photo[7, 7].tolist() == [255, 255, 255]


def test_floating_point_without_numbers_in_it(tmp_path):
    values = np.full((8, 8), np.nan, np.float32)
    values[0, 0] = np.inf
    Image.fromarray(values).save(tmp_path / "a.tiff")
    assert np.asarray(load_photo(tmp_path / "a.tiff")).max() == 0


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
def test_longest_shrinks_and_never_enlarges(tmp_path, name):
    corners((800, 600)).save(tmp_path / name)
    assert load_photo(tmp_path / name, longest=100).size == (100, 75)
    assert load_photo(tmp_path / name, longest=5000).size == (800, 600)
    assert_corners(load_photo(tmp_path / name, longest=100))


def test_a_panorama_keeps_a_side_of_at_least_one_pixel(tmp_path):
    Image.new("RGB", (4000, 4), RED).save(tmp_path / "a.jpg")
    assert load_photo(tmp_path / "a.jpg", longest=100).size == (100, 1)


def test_a_huge_jpeg_is_decoded_at_a_reduced_scale(tmp_path, monkeypatch):
    corners((3200, 2400)).save(tmp_path / "a.jpg")
    decoded = []
    upright = image_module._upright
    monkeypatch.setattr(
        image_module, "_upright", lambda image: decoded.append(image.size) or upright(image)
    )
    load_photo(tmp_path / "a.jpg", longest=400)
    assert decoded == [(400, 300)]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileMissing, match=r"gone\.jpg") as caught:
        load_photo(tmp_path / "gone.jpg")
    assert caught.value.path == tmp_path / "gone.jpg"


def test_a_name_that_no_file_can_have(tmp_path):
    with pytest.raises(FileMissing):
        load_photo(tmp_path / "a\0b.jpg")


def test_a_folder_is_no_photo(tmp_path):
    (tmp_path / "album.jpg").mkdir()
    with pytest.raises(UnreadablePhoto, match=r"album.jpg.*folder"):
        load_photo(tmp_path / "album.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadablePhoto, match=r"pipe.jpg"):
        load_photo(tmp_path / "pipe.jpg")


def test_an_empty_file_is_named(tmp_path):
    (tmp_path / "nothing.jpg").touch()
    with pytest.raises(UnreadablePhoto, match=r"nothing.jpg.*empty"):
        load_photo(tmp_path / "nothing.jpg")


@pytest.mark.parametrize(
    "content", [b"Dear diary,\n", b"%!PS-Adobe-3.0 EPSF-3.0\n", os.urandom(4096)]
)
def test_something_else_under_a_photo_name(tmp_path, content):
    (tmp_path / "letter.jpg").write_bytes(content)
    with pytest.raises(UnreadablePhoto, match=r"letter.jpg.*JPEG, PNG"):
        load_photo(tmp_path / "letter.jpg")


@pytest.mark.parametrize(("name", "options"), FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_file_that_ends_too_early_is_an_error_not_half_a_picture(tmp_path, name, options, share):
    import pillow_heif

    pillow_heif.register_heif_opener()
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / f"whole-{name}", **options)
    content = (tmp_path / f"whole-{name}").read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * share)])
    with pytest.raises(UnreadablePhoto, match=name):
        load_photo(tmp_path / name)


def test_the_cap_on_pixels_holds_before_any_is_decoded(tmp_path, monkeypatch):
    (tmp_path / "bomb.png").write_bytes(png_header_only(20_000, 10_001))
    with pytest.raises(UnreadablePhoto, match=r"bomb.png.*20000 x 10001.*200 megapixels"):
        load_photo(tmp_path / "bomb.png")


def test_a_bomb_beyond_all_measure(tmp_path):
    (tmp_path / "bomb.png").write_bytes(png_header_only(2**30, 2**30))
    with pytest.raises(UnreadablePhoto, match=r"bomb.png.*200 megapixels"):
        load_photo(tmp_path / "bomb.png")


def test_pillows_own_limit_is_left_as_it_was(tmp_path):
    corners().save(tmp_path / "a.png")
    before = Image.MAX_IMAGE_PIXELS
    load_photo(tmp_path / "a.png")
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_compressed_text_bomb(tmp_path):
    text = zlib.compress(b"a" * 70_000_000)
    whole = BytesIO()
    corners().save(whole, "PNG")
    header, rest = whole.getvalue()[:33], whole.getvalue()[33:]
    (tmp_path / "a.png").write_bytes(header + chunk(b"zTXt", b"k\0\0" + text) + rest)
    with pytest.raises(UnreadablePhoto, match=r"a\.png"):
        load_photo(tmp_path / "a.png")


def test_a_photo_that_may_not_be_read(tmp_path, monkeypatch):
    """The system's refusal is acted: root, who may run this, is refused nothing."""
    corners().save(tmp_path / "a.png")

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Image, "open", refuse)
    with pytest.raises(FileMissing, match=r"a.png.*permissions"):
        load_photo(tmp_path / "a.png")


def test_the_file_is_only_read(tmp_path):
    corners().save(tmp_path / "a.jpg")
    before = hashlib.sha256((tmp_path / "a.jpg").read_bytes()).digest()
    (tmp_path / "a.jpg").chmod(0o444)
    load_photo(tmp_path / "a.jpg")
    assert hashlib.sha256((tmp_path / "a.jpg").read_bytes()).digest() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_header_only(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def deep_colour_png(colour: tuple[int, int, int], side: int = 4) -> bytes:
    header = struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)
    rows = b"".join(b"\0" + struct.pack(">3H", *colour) * side for _ in range(side))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_helpers_make_a_png_that_pillow_reads():
    with Image.open(BytesIO(deep_colour_png(RED))) as picture:
        assert picture.size == (4, 4)


def test_every_suffix_is_lower_case_with_a_dot():
    assert all(s.startswith(".") and s == s.lower() for s in PHOTO_SUFFIXES)
    assert Path("IMG_1.HEIC").suffix.lower() in PHOTO_SUFFIXES
