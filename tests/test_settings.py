import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop.settings import MAX_COUNT, MAX_MODEL_LIMIT_S, Settings, load, save
from miso_desktop.values import Genre, ModelServer

any_settings = st.builds(
    Settings,
    language=st.sampled_from(["", "en", "ko"]),
    theme=st.sampled_from(["system", "light", "dark"]),
    volume=st.floats(0, 1),
    genre=st.sampled_from(list(Genre)),
    count=st.integers(1, MAX_COUNT),
    model_server=st.sampled_from(["", "http://127.0.0.1:11434", "localhost:1234", "http://[::1]"]),
    model_names=st.text(),
    model_limit_s=st.floats(1, MAX_MODEL_LIMIT_S),
)


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load(tmp_path / "settings.json") == Settings()


@given(settings=any_settings)
def test_what_is_saved_is_loaded(tmp_path_factory, settings):
    path = tmp_path_factory.mktemp("settings") / "deep" / "settings.json"
    save(settings, path)
    loaded = load(path)
    assert loaded == settings
    assert isinstance(loaded.genre, Genre)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00", "[" * 100_000])
def test_a_broken_file_is_kept_aside_and_defaults_are_used(tmp_path, text):
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="utf-8")
    assert load(path) == Settings()
    assert not path.exists()
    assert (tmp_path / "settings.json.broken").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "klingon"),
        ("language", None),
        ("theme", "pink"),
        ("theme", ["dark"]),
        ("volume", 1.5),
        ("volume", "loud"),
        ("volume", True),
        ("volume", math.nan),
        ("genre", "polka"),
        ("genre", {}),
        ("count", 0),
        ("count", MAX_COUNT + 1),
        ("count", False),
        ("count", math.inf),
        ("model_server", "http://192.0.2.1:11434"),
        ("model_server", "https://localhost"),
        ("model_server", 127),
        ("model_names", ["a"]),
        ("model_limit_s", 0),
        ("model_limit_s", math.nan),
        ("model_limit_s", "20"),
    ],
)
def test_one_bad_value_costs_that_setting_only(tmp_path, name, value):
    path = tmp_path / "settings.json"
    chosen = Settings("ko", "dark", 0.3, Genre.KPOP, 7, "http://127.0.0.1:1", "a, b", 30)
    save(chosen, path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**stored, name: value}), encoding="utf-8")
    assert load(path) == replace(chosen, **{name: getattr(Settings(), name)})


def test_a_newer_misos_settings_are_kept(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text('{"count": 5, "equaliser": [1, 2]}', encoding="utf-8")
    save(replace(load(path), volume=0.5), path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["equaliser"] == [1, 2]
    assert (stored["count"], stored["volume"]) == (5, 0.5)


def test_a_save_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "settings.json"
    save(Settings(count=3), path)

    def full_disk(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        save(Settings(count=4), path)
    assert load(path).count == 3
    assert [file.name for file in tmp_path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"model_server": "http://example.org"},
        {"model_limit_s": 1000},
        {"volume": -0.1},
        {"theme": "x"},
        {"language": "xx"},
        {"count": 0},
        {"genre": "x"},
    ],
)
def test_impossible_settings_cannot_be_made(wrong):
    with pytest.raises(ValueError):  # noqa: PT011  (Genre's own message for one of them)
        Settings(**wrong)


def test_language_models_are_off_until_a_server_is_named():
    assert Settings().server("en") is None
    chosen = Settings(model_server="http://127.0.0.1:1", model_names=" a,, b ", model_limit_s=9)
    assert chosen.server("ko") == ModelServer("http://127.0.0.1:1", ("a", "b"), 9.0, "ko")
