"""Every format goes through the same suite; then the oddities, one by one."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miso_desktop.audio import SUFFIXES, AudioStream, Samples
from miso_desktop.errors import FileMissing, MisoError, UnreadableTrack
from tests.sound_files import CODECS, LOSSLESS, sine, sweep, write

SECONDS = 3.0

LISTEN = """
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
input()
server.setblocking(False)
try:
    server.accept()
    print("called")
except BlockingIOError:
    print("quiet")
"""


def rate_of(suffix: str) -> int:
    return 48000 if suffix == ".opus" else 44100


def read(path: Path, rate: int = 44100, channels: int = 2, seek: float | None = None) -> Samples:
    with AudioStream(path, rate, channels) as stream:
        if seek is not None:
            stream.seek(seek)
        return np.concatenate([*stream.blocks(), np.zeros((0, channels), np.float32)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formats")


@pytest.fixture(scope="module", params=sorted(set(CODECS) - {".wma"}))
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def rate(suffix: str) -> int:
    return rate_of(suffix)


@pytest.fixture(scope="module")
def file(folder: Path, suffix: str, rate: int) -> Path:
    return write(folder / f"sweep{suffix}", sweep(SECONDS, rate), rate)


class TestEveryFormat:
    def test_is_looked_at_by_a_scan(self, suffix: str) -> None:
        assert suffix in SUFFIXES

    def test_tells_its_length(self, file: Path, rate: int) -> None:
        with AudioStream(file, rate, 2) as stream:
            assert stream.duration_s == pytest.approx(SECONDS, abs=0.2)

    def test_gives_back_what_was_encoded(self, file: Path, suffix: str, rate: int) -> None:
        original, decoded = sweep(SECONDS, rate)[:, 0], read(file, rate)[:, 0]
        # A raw AAC stream does not tell how long the encoder's start-up lasts.
        middle = original[rate : rate + 4096]
        heard = decoded[rate - 4096 : rate + 3 * 4096]
        lag = int(np.argmax(np.correlate(heard, middle, "valid"))) - 4096
        assert 0 <= lag <= (4096 if suffix == ".aac" else 0)
        error = np.abs(heard[4096 + lag :][: len(middle)] - middle).max()
        assert error < (1e-4 if suffix in LOSSLESS else 0.05)

    @pytest.mark.parametrize("seconds", [0.0, 0.05, 0.5, 1.2345, 2.5])
    def test_a_seek_lands_on_the_sample(self, file: Path, rate: int, seconds: float) -> None:
        whole, part = read(file, rate), read(file, rate, seek=seconds)
        start = round(seconds * rate)
        assert len(part) == len(whole) - start
        np.testing.assert_allclose(part, whole[start:], atol=1e-3)

    def test_a_seek_lands_there_at_another_rate_too(self, file: Path, rate: int) -> None:
        out = 22050
        whole, part = read(file, out), read(file, out, seek=1.3)
        shift = len(whole) - round(1.3 * out) - len(part)
        assert abs(shift) <= 1
        expected = whole[round(1.3 * out) :][: len(part) - 1]
        # Half a sample of a 2 kHz tone at this rate is a third of the level.
        assert np.abs(part[: len(expected)] - expected)[:2000].max() < 0.3

    def test_a_seek_that_need_not_be_exact_lands_within_two_frames(
        self, file: Path, rate: int
    ) -> None:
        whole = read(file, rate)
        with AudioStream(file, rate, 2, exact=False) as stream:
            stream.seek(1.3)
            part = np.concatenate(list(stream.blocks()))
        late = len(whole) - round(1.3 * rate) - len(part)
        assert abs(late) <= 2 * 1152
        np.testing.assert_allclose(part, whole[len(whole) - len(part) :], atol=1e-3)

    def test_position_follows_the_blocks(self, file: Path, rate: int) -> None:
        with AudioStream(file, rate, 2) as stream:
            stream.seek(1.0)
            assert stream.position_s == 1.0
            count = 0
            for block in stream.blocks():
                count += len(block)
                assert stream.position_s == pytest.approx(1.0 + count / rate, abs=1e-3)

    def test_seeks_again_in_the_middle_of_decoding(self, file: Path, rate: int) -> None:
        with AudioStream(file, rate, 2) as stream:
            next(stream.blocks())
            stream.seek(2.0)
            next(stream.blocks())
            stream.seek(0.25)
            block = next(stream.blocks())
        expected = read(file, rate)[rate // 4 :][: len(block)]
        np.testing.assert_allclose(block, expected, atol=1e-3)

    def test_beyond_the_end_is_silence_not_an_error(self, file: Path, rate: int) -> None:
        assert len(read(file, rate, seek=SECONDS + 60)) <= 0.1 * rate

    def test_blocks_are_interleaved_floats(self, file: Path) -> None:
        with AudioStream(file, 32000, 2) as stream:
            for block in stream.blocks():
                assert block.dtype == np.float32
                assert block.ndim == 2 and block.shape[1] == 2
                assert block.flags.c_contiguous

    def test_broken_off_half_way_it_plays_the_first_half(
        self, file: Path, suffix: str, rate: int, tmp_path: Path
    ) -> None:
        data = file.read_bytes()
        broken = tmp_path / file.name
        broken.write_bytes(data[: len(data) // 2])
        if suffix == ".m4a":  # the index that lay at its end is gone
            with pytest.raises(UnreadableTrack, match=r"sweep\.m4a"):
                read(broken, rate)
            return
        assert len(read(broken, rate)) > 0.3 * SECONDS * rate

    def test_damaged_bytes_never_raise_anything_but_ours(
        self, file: Path, rate: int, tmp_path: Path
    ) -> None:
        @given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 400))
        @settings(max_examples=15, deadline=None, derandomize=True)
        def check(seed: int, count: int) -> None:
            random = np.random.default_rng(seed)
            data = bytearray(file.read_bytes())
            for place in random.integers(0, len(data), count):
                data[place] = random.integers(256)
            broken = tmp_path / file.name
            broken.write_bytes(data)
            try:
                samples = read(broken, rate)
                read(broken, rate, seek=1.0)
            except MisoError:
                return
            assert np.isfinite(samples).all()

        check()


def test_wma_is_read_and_seeks_nearly(tmp_path: Path) -> None:
    path = write(tmp_path / "x.wma", sine(3))
    assert len(read(path)) == pytest.approx(3 * 44100, rel=0.05)
    assert len(read(path, seek=1.0)) == pytest.approx(2 * 44100, rel=0.05)


class TestChannels:
    @pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
    def test_mono_keeps_its_level_in_stereo(self, tmp_path: Path, codec: str) -> None:
        path = write(tmp_path / "mono.wav", sine(0.2, channels=1), codec=codec)
        np.testing.assert_allclose(read(path), sine(0.2), atol=1e-4)

    @pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
    def test_mono_is_the_mean_of_stereo(self, tmp_path: Path, codec: str) -> None:
        left, right = sine(0.2, 440, channels=1), sine(0.2, 700, channels=1)
        path = write(tmp_path / "s.wav", np.hstack([left, right]), codec=codec)
        np.testing.assert_allclose(read(path, channels=1), (left + right) / 2, atol=1e-4)

    @pytest.mark.parametrize("layout", ["2.1", "quad", "5.1", "5.1(side)", "7.1"])
    @pytest.mark.parametrize("codec", ["pcm_s16le", "pcm_f32le"])
    def test_loud_surround_never_clips(self, tmp_path: Path, layout: str, codec: str) -> None:
        import av

        loud = sine(0.2, level=0.99, channels=av.AudioLayout(layout).nb_channels)
        path = write(tmp_path / "s.wav", loud, codec=codec, layout=layout)
        for channels in (1, 2):
            assert 0.2 < np.abs(read(path, channels=channels)).max() <= 1.0

    def test_surround_keeps_its_sides_apart(self, tmp_path: Path) -> None:
        speakers = np.zeros((4410, 6), np.float32)
        speakers[:, 4:5] = sine(0.1, channels=1)  # back left
        stereo = read(write(tmp_path / "s.flac", speakers, layout="5.1"))
        assert np.abs(stereo[:, 0]).max() > 0.1
        assert np.abs(stereo[:, 1]).max() == 0

    def test_centre_is_heard_on_both_sides(self, tmp_path: Path) -> None:
        speakers = np.zeros((4410, 6), np.float32)
        speakers[:, 2:3] = sine(0.1, channels=1)
        stereo = read(write(tmp_path / "s.flac", speakers, layout="5.1"))
        np.testing.assert_allclose(stereo[:, 0], stereo[:, 1])
        assert np.abs(stereo).max() > 0.1

    def test_a_wav_that_does_not_name_its_six_speakers(self, tmp_path: Path) -> None:
        path = wav_header(tmp_path, channels=6, rate=44100, data=b"\0\x40" * 6 * 100)
        assert read(path).shape == (100, 2)


class TestRatesAndDepths:
    @pytest.mark.parametrize("rate", [8000, 11025, 16000, 37800, 48000, 96000, 192000])
    @pytest.mark.parametrize("out", [22050, 44100, 48000])
    def test_any_rate_becomes_ours(self, tmp_path: Path, rate: int, out: int) -> None:
        samples = read(write(tmp_path / "r.wav", sine(0.5, 1000, rate), rate), out)
        assert len(samples) == pytest.approx(0.5 * out, abs=3)
        middle = samples[500:-500, 0]
        spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
        peak = np.argmax(spectrum) * out / len(middle)
        assert peak == pytest.approx(1000, abs=out / len(middle))
        assert np.abs(middle).max() == pytest.approx(0.5, abs=0.02)

    @pytest.mark.parametrize(
        ("codec", "error"),
        [
            ("pcm_u8", 1 / 100),
            ("pcm_s16le", 1e-4),
            ("pcm_s24le", 1e-6),
            ("pcm_s32le", 1e-6),
            ("pcm_f64le", 1e-6),
            ("pcm_mulaw", 1 / 20),
        ],
    )
    def test_any_depth_becomes_float(self, tmp_path: Path, codec: str, error: float) -> None:
        path = write(tmp_path / "d.wav", sine(0.2), codec=codec)
        np.testing.assert_allclose(read(path), sine(0.2), atol=error)

    @pytest.mark.parametrize("rate", [1, 0, 4_000_000_000])
    def test_a_senseless_rate_is_refused(self, tmp_path: Path, rate: int) -> None:
        with pytest.raises(UnreadableTrack):
            read(wav_header(tmp_path, channels=1, rate=rate, data=bytes(4000)))

    def test_a_rate_that_changes_within_the_file(self, tmp_path: Path) -> None:
        first = write(tmp_path / "1.aac", sine(1, rate=44100), 44100)
        second = write(tmp_path / "2.aac", sine(1, rate=22050, channels=1), 22050)
        both = tmp_path / "both.aac"
        both.write_bytes(first.read_bytes() + second.read_bytes())
        samples = read(both)
        assert len(samples) == pytest.approx(2 * 44100, rel=0.15)

    def test_numbers_that_are_not_numbers_become_silence(self, tmp_path: Path) -> None:
        odd = np.array([np.nan, 0.25, np.inf, -np.inf, 0.5] * 20, "<f4")
        path = wav_header(tmp_path, channels=1, rate=44100, data=odd.tobytes(), bits=32, tag=3)
        expected = np.array([0, 0.25, 1, -1, 0.5] * 20, np.float32)
        np.testing.assert_array_equal(read(path)[:, 0], expected)


class TestContent:
    @pytest.mark.parametrize("suffix", [".mp3", ".flac"])
    def test_a_cover_picture_is_not_in_the_way(self, tmp_path: Path, suffix: str) -> None:
        path = write(tmp_path / f"cover{suffix}", sine(1), cover=suffix == ".mp3")
        if suffix == ".flac":
            add_flac_picture(path)
        assert len(read(path)) == pytest.approx(44100, abs=10)
        assert len(read(path, seek=0.5)) == pytest.approx(22050, abs=10)

    def test_a_file_with_the_wrong_ending_plays(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.flac", sine(0.5)).rename(tmp_path / "x.mp3")
        assert len(read(path)) == 22050

    @pytest.mark.parametrize("name", ["밤편지 #1 100%.flac", "a:b?c=1.flac", "-i.flac"])
    def test_any_file_name_will_do(self, tmp_path: Path, name: str) -> None:
        path = write(tmp_path / "x.flac", sine(0.1)).rename(tmp_path / name)
        assert len(read(path)) == 4410

    @pytest.mark.skipif(os.name == "nt", reason="Windows names are Unicode")
    def test_a_name_that_is_not_unicode(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.flac", sine(0.1))
        path = path.rename(tmp_path / os.fsdecode(b"caf\xe9.flac"))
        assert len(read(path)) == 4410

    @pytest.mark.parametrize(
        "content",
        [b"", b"\0" * 5000, b"dear diary, today\n" * 500, b"RIFF\xff\xff\xff\xffWAVEfmt ", b"fLaC"],
        ids=["empty", "zeros", "text", "header", "magic"],
    )
    @pytest.mark.parametrize("suffix", [".wav", ".mp3", ".aac", ".flac"])
    def test_what_is_not_sound_is_named(self, tmp_path: Path, content: bytes, suffix: str) -> None:
        path = tmp_path / f"bad{suffix}"
        path.write_bytes(content)
        with pytest.raises(UnreadableTrack, match="bad"):
            read(path)

    def test_a_wav_of_no_length_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableTrack, match="holds no sound"):
            read(wav_header(tmp_path, channels=2, rate=44100, data=b""))

    def test_a_picture_is_named(self, tmp_path: Path) -> None:
        from PIL import Image

        path = tmp_path / "photo.png"
        Image.new("RGB", (32, 32)).save(path)
        with pytest.raises(UnreadableTrack, match=r"photo\.png"):
            read(path)

    def test_a_film_without_sound_is_named(self, tmp_path: Path) -> None:
        import av

        path = tmp_path / "silent.mp4"
        with av.open(str(path), "w") as container:
            film = container.add_stream("mpeg4", rate=25)
            film.width = film.height = 32
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
            container.mux([*film.encode(frame), *film.encode(None)])
        with pytest.raises(UnreadableTrack, match="holds no sound"):
            read(path)

    @pytest.mark.parametrize("name", ["", "nothing.mp3"])
    def test_no_such_file(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(FileMissing) as caught:
            AudioStream(tmp_path / name, 44100, 2)
        assert caught.value.path == tmp_path / name

    def test_a_file_that_may_not_be_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import av

        def refuse(*args: object, **options: object) -> None:
            raise PermissionError(13, "Permission denied")

        path = write(tmp_path / "x.wav", sine(0.1))
        monkeypatch.setattr(av, "open", refuse)
        with pytest.raises(FileMissing, match="permissions"):
            read(path)

    def test_a_folder_that_may_not_be_entered(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path) -> bool:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "is_file", refuse)
        with pytest.raises(FileMissing, match="permissions"):
            AudioStream(tmp_path / "x.wav", 44100, 2)

    @pytest.mark.parametrize(
        "playlist",
        [
            "ffconcat version 1.0\nfile other.wav\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:{port}/x.aac\n",
        ],
    )
    def test_a_playlist_in_disguise_opens_nothing_else(self, tmp_path: Path, playlist: str) -> None:
        write(tmp_path / "other.wav", sine(0.1))
        path = tmp_path / "song.mp3"
        # FFmpeg's own sockets are seen only from their other end.
        with subprocess.Popen(
            [sys.executable, "-I", "-c", LISTEN],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdout is not None
            path.write_text(playlist.format(port=server.stdout.readline().strip()))
            with pytest.raises(UnreadableTrack):
                read(path)
            called, _ = server.communicate("done\n", timeout=10)
        assert called.strip() == "quiet"

    def test_nothing_is_written(self, tmp_path: Path) -> None:
        path = write(tmp_path / "x.mp3", sine(1))
        before = (path.read_bytes(), path.stat().st_mtime_ns)
        read(path, seek=0.5)
        assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def wav_header(
    folder: Path, *, channels: int, rate: int, data: bytes, bits: int = 16, tag: int = 1
) -> Path:
    """A WAV file byte by byte, for what no encoder would write."""
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame % 2**32, frame, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(data)) + data
    path = folder / "made.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)
    return path


def add_flac_picture(path: Path) -> None:
    from mutagen.flac import FLAC, Picture
    from PIL import Image

    image = io.BytesIO()
    Image.new("RGB", (64, 64)).save(image, "png")
    picture = Picture()
    picture.type, picture.mime, picture.data = 3, "image/png", image.getvalue()
    file = FLAC(path)
    file.add_picture(picture)
    file.save()
