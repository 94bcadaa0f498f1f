"""The command line's public shapes, exit codes and words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from miso_desktop import paths, settings
from miso_desktop.cli import main
from miso_desktop.library import Library
from miso_desktop.moods import MOODS, Mood
from miso_desktop.taste import Shift, Taste
from tests import chat_server
from tests.sound_files import sine, sweep, write

NAMES = [m.value for m in MOODS]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "바다.jpg"
    Image.linear_gradient("L").convert("RGB").resize((320, 240)).save(path)
    return path


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "음악"
    folder.mkdir()
    write(folder / "밤편지.flac", sine(3))
    write(folder / "second.mp3", sweep(3))
    return folder


Run = Callable[..., tuple[int, list[Any]]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, list[Any]]:
        code = main([str(a) for a in arguments])
        return code, [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    return call


def check_scores(line: dict[str, Any]) -> None:
    assert list(line["scores"]) == NAMES
    assert sum(line["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert line["mood"] == max(line["scores"], key=line["scores"].__getitem__)
    assert -1 <= line["valence"] <= 1
    assert -1 <= line["arousal"] <= 1


def test_read_prints_the_documented_shape(run: Run, photo: Path) -> None:
    code, (line,) = run("read", photo, "--json")
    assert code == 0
    assert list(line)[:8] == [
        "photo", "caption", "mood", "scores", "valence", "arousal", "votes", "bundles",
    ]  # fmt: skip
    assert line["photo"] == str(photo)
    assert line["caption"].islower()
    check_scores(line)
    assert line["ms"] > 0
    for vote in line["votes"]:
        assert list(vote) == ["reader", "mood", "scores", "weight", "reason"]
        assert list(vote["scores"]) == NAMES
        assert vote["reason"]
    assert all(isinstance(v, str) for v in line["bundles"].values())


def test_read_takes_a_sentence_in_place_of_a_caption(run: Run, photo: Path) -> None:
    code, (line,) = run("read", photo, "--json", "--text", "I love you with all my heart")
    assert code == 0
    assert line["caption"] == "I love you with all my heart"
    assert "caption" in [v["reader"] for v in line["votes"]]


def test_read_takes_a_sentence_alone(run: Run) -> None:
    code, (line,) = run("read", "--text", "a dog runs on a beach", "--json")
    assert code == 0
    assert line["photo"] is None
    check_scores(line)


def test_a_bad_photo_is_named_and_the_next_is_read(run: Run, photo: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture", encoding="utf-8")
    code, lines = run("read", bad, tmp_path / "gone.jpg", photo, "--json")
    assert code == 1
    assert [list(line) for line in lines[:2]] == [["photo", "error"]] * 2
    assert lines[0]["error"]["kind"] == "unreadable-photo"
    assert str(bad) in lines[0]["error"]["message"]
    assert lines[1]["error"]["kind"] == "missing"
    assert lines[2]["mood"] in NAMES


def test_tag_prints_the_documented_shape(run: Run, music: Path, tmp_path: Path) -> None:
    code, lines = run("tag", *sorted(music.iterdir()), tmp_path / "gone.mp3", "--json")
    assert code == 1
    for line in lines[:2]:
        assert list(line)[:7] == [
            "track", "mood", "scores", "valence", "arousal", "seconds", "ms",
        ]  # fmt: skip
        check_scores(line)
        assert line["seconds"] == pytest.approx(3, abs=0.2)
    assert list(lines[2]) == ["track", "error"]
    assert lines[2]["error"]["kind"] == "missing"


def test_scan_then_queue(run: Run, music: Path, photo: Path, tmp_path: Path) -> None:
    library = tmp_path / "a library.db"
    (music / "liar.mp3").write_text("no sound", encoding="utf-8")
    code, lines = run("scan", music, "--library", library, "--json")
    assert code == 1
    last = lines[-1]
    assert list(last)[:6] == ["added", "changed", "unchanged", "missing", "failed", "seconds"]
    assert (last["added"], last["changed"], last["unchanged"], last["missing"]) == (2, 0, 0, 0)
    assert [list(f) for f in last["failed"]] == [["path", "error"]]
    assert last["failed"][0]["path"].endswith("liar.mp3")

    _, lines = run("scan", music, "--library", library, "--json")
    assert (lines[-1]["added"], lines[-1]["unchanged"]) == (0, 2)

    code, (line,) = run("queue", photo, "--library", library, "--seed", 1, "--json")
    assert code == 0
    assert list(line) == ["photo", "mood", "tracks"]
    assert len(line["tracks"]) == 2
    for track in line["tracks"]:
        assert list(track) == ["path", "title", "artist", "mood", "score", "why"]
        assert track["why"]
    assert (code, [line]) == run("queue", photo, "--library", library, "--seed", 1, "--json")

    playlist = tmp_path / "list.m3u8"
    assert run("queue", photo, "--library", library, "--count", 1, "--m3u", playlist)[0] == 0
    written = playlist.read_text(encoding="utf-8").splitlines()
    assert written[0] == "#EXTM3U"
    assert Path(written[2]).is_file()


def test_learned_says_what_was_learned_and_forgets_it(
    run: Run, music: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a library.db"
    run("scan", music, "--library", path, "--json")
    code, (line,) = run("learned", "--library", path, "--json")
    assert code == 0
    assert list(line) == [
        "used", "corrections", "confirmations", "accuracy_before", "accuracy_after",
        "shifts", "why",
    ]  # fmt: skip
    assert (line["used"], line["corrections"], line["shifts"]) == (False, 0, [])
    assert "Corrected so far: 0" in line["why"]

    taste = Taste(34, 12, 0.47, 0.61, (Shift(Mood.DRAMATIC, Mood.AGGRESSIVE, 0.8),))
    with Library(path) as library:
        library.taste.store(library.taste.lesson(), taste)
    _, (line,) = run("learned", "--library", path, "--json")
    assert (line["used"], line["corrections"], line["confirmations"]) == (True, 34, 12)
    assert (line["accuracy_before"], line["accuracy_after"]) == (0.47, 0.61)
    assert line["shifts"] == [{"heard": "dramatic", "meant": "aggressive", "share": 0.8}]
    assert main(["learned", "--library", str(path)]) == 0
    said = capfd.readouterr().out
    assert "61 % right instead of 47 %" in said
    assert "hears as dramatic you often call aggressive" in said

    _, (line,) = run("learned", "--library", path, "--forget", "--json")
    assert (line["used"], line["corrections"]) == (False, 0)


def test_several_folders_are_one_report_and_a_missing_one_is_named(
    run: Run, music: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    write(other / "third.wav", sine(2))
    code, lines = run("scan", music, tmp_path / "gone", other, "--json")
    assert code == 1
    assert lines[-1]["added"] == 3
    assert [f["path"] for f in lines[-1]["failed"]] == [str(tmp_path / "gone")]


def test_a_queue_from_an_empty_library_says_what_to_do(
    photo: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["queue", str(photo), "--library", str(tmp_path / "l.db"), "--json"]) == 1
    assert capfd.readouterr().err.strip()


def test_doctor_tells_of_every_part(run: Run) -> None:
    _, lines = run("doctor", "--json")
    assert all(list(line) == ["name", "works", "detail", "cure"] for line in lines)
    assert all(
        line["cure"] for line in lines if not line["works"] and "caption" not in line["name"]
    )
    assert sum(line["works"] for line in lines) >= 6


@pytest.mark.parametrize(
    "wrong",
    [["read"], ["read", "--text", " "], ["tag"], ["scan"], ["dance"],
     ["queue", "a.jpg", "--genre", "jazz"],
     ["queue", "a.jpg", "--count", "0"], ["queue", "a.jpg", "--json", "--m3u", "x"]],
    ids=" ".join,
)  # fmt: skip
def test_wrong_use_is_exit_code_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(wrong)
    assert caught.value.code == 2


def test_people_get_words(photo: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["read", str(photo)]) == 0
    out = capfd.readouterr().out
    assert "“" in out  # the caption, quoted
    assert all(name in out for name in NAMES)


def test_an_interrupted_scan_keeps_what_is_done_and_goes_on(tmp_path: Path) -> None:
    import signal

    folder = tmp_path / "music"
    folder.mkdir()
    for number in range(24):
        write(folder / f"{number:02}.flac", sine(20, 200 + 20 * number))
    command = [sys.executable, "-m", "miso_desktop", "scan", str(folder), "--json"]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert first.stderr is not None
    while not (line := first.stderr.readline()).startswith(("2/", "4/")):
        assert line, "the scan told nothing"
    first.send_signal(signal.SIGINT)
    out, _ = first.communicate(timeout=60)
    report = json.loads(out.splitlines()[-1])
    assert first.returncode == 130
    assert report["interrupted"] is True
    assert 2 <= report["added"] < 24

    rest = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    after = json.loads(rest.stdout.splitlines()[-1])
    assert after["added"] == 24 - report["added"]
    assert after["unchanged"] == report["added"]


def test_without_qt_the_window_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "miso_desktop.ui.app", raising=False)
    monkeypatch.delattr("miso_desktop.ui.app", raising=False)
    monkeypatch.setitem(sys.modules, "PySide6.QtCore", None)  # what Python does for a lost import
    assert main([]) == 1
    assert "miso doctor" in capfd.readouterr().err


def test_the_terminal_speaks_the_language_of_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    spoken: list[str] = []
    monkeypatch.setattr("miso_desktop.cli.use_language", spoken.append)
    home.mkdir()
    (home / "settings.json").write_text('{"language": "ko"}', encoding="utf-8")
    main(["read", "--text", "a dog runs on a beach"])
    assert spoken == ["ko"]


def test_read_asks_the_language_models_of_a_server_that_is_named(
    run: Run, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")
    answer = partial(chat_server.Asked.argue, mood="dramatic", reason="The sea is wild.")
    with chat_server.serving(answer, models=["a", "b"]) as server:
        code, (line,) = run(
            "read", photo, "--text", "waves at night", "--json",
            "--language-models", server.address, "--model", "b", "--model", "c",
        )  # fmt: skip
    assert code == 0
    (vote,) = (v for v in line["votes"] if v["reader"] == "language_models")
    assert vote["mood"] == "dramatic"
    assert "The sea is wild" in vote["reason"]
    assert line["bundles"]["language_models"] == "b, c"
    assert {question["model"] for question in server.questions} == {"b", "c"}


def test_read_refuses_a_server_elsewhere(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["read", "--text", "sea", "--language-models", "http://192.0.2.1:11434"])
    assert caught.value.code == 2
    assert "not an http address on this machine" in capfd.readouterr().err


@pytest.mark.parametrize("there", [True, False])
def test_doctor_asks_the_server_that_is_set_and_no_other(
    there: bool, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, lines = run("doctor", "--json")
    assert not [line for line in lines if "language models" in line["name"]]

    monkeypatch.setenv("MISO_TRIPWIRE_ALLOWS", "loopback")
    with chat_server.serving(chat_server.prose, models=["a", "b"]) as server:
        chosen = settings.Settings(model_server=server.address, model_names="b")
        settings.save(chosen, paths.settings_file())
        if there:
            _, lines = run("doctor", "--json")
    if not there:
        _, lines = run("doctor", "--json")
    (line,) = (line for line in lines if "language models" in line["name"])
    assert line["works"] is there
    assert server.address in line["detail"]
    assert ("b at" in line["detail"]) is there
