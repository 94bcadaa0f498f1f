import gettext
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop import paths, phrases
from miso_desktop.phrases import Phrase, phrase, tr, trn, use_language

names = st.text(min_size=1, max_size=8)
simple = st.one_of(st.text(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False))
any_phrase = st.recursive(
    st.builds(Phrase, st.text()),
    lambda inner: st.builds(
        lambda template, values: Phrase(template, tuple(values.items())),
        st.text(),
        st.dictionaries(names, st.one_of(simple, inner), max_size=4),
    ),
    max_leaves=6,
)


class Korean(gettext.NullTranslations):
    """A catalogue of three sentences."""

    def gettext(self, message):
        return {
            "you called it {mood}": "직접 {mood}(으)로 골랐어요",
            "romantic": "로맨틱",
        }.get(message, message)

    def ngettext(self, one, many, n):
        return "{count}곡" if one == "{count} track" else super().ngettext(one, many, n)


@pytest.fixture
def korean(monkeypatch):
    monkeypatch.setattr(phrases, "_translation", Korean())


@given(any_phrase)
def test_json_gives_the_same_phrase_back(stored):
    assert Phrase.from_json(json.loads(stored.dumps())) == stored


@given(st.text(), st.integers())
def test_values_fill_the_holes_whatever_they_contain(text, number):
    assert tr("{what}: {number}", what=text, number=number) == f"{text}: {number}"


def test_numbers_can_be_formatted_in_the_template():
    assert tr("score {share:.2f}", share=0.456) == "score 0.46"


def test_a_phrase_inside_a_phrase_is_translated_too(korean):
    inner = phrase("you called it {mood}", mood=phrase("romantic"))
    assert str(inner) == "직접 로맨틱(으)로 골랐어요"


def test_a_stored_reason_speaks_the_language_of_the_day(monkeypatch):
    stored = phrase("you called it {mood}", mood=phrase("romantic")).dumps()
    read = Phrase.from_json(json.loads(stored))
    assert str(read) == "you called it romantic"
    monkeypatch.setattr(phrases, "_translation", Korean())
    assert str(read) == "직접 로맨틱(으)로 골랐어요"


def test_a_name_that_looks_like_a_translated_word_stays(korean):
    assert tr("{title}", title="romantic") == "romantic"


def test_numbers_choose_the_form():
    assert trn("{count} track", "{count} tracks", 1) == "1 track"
    assert trn("{count} track", "{count} tracks", 12) == "12 tracks"


def test_a_language_without_numbers_forms_has_one(korean):
    assert trn("{count} track", "{count} tracks", 1) == "1곡"
    assert trn("{count} track", "{count} tracks", 3) == "3곡"


def test_an_unknown_language_falls_back_to_english(monkeypatch):
    monkeypatch.setattr(phrases, "_translation", Korean())
    use_language("xx")
    assert tr("romantic") == "romantic"


def test_only_languages_with_a_catalogue_are_offered(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "resource", lambda *parts: tmp_path.joinpath(*parts))
    assert phrases.translated() == ("en",)
    folder = tmp_path / "translations" / "ko" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "miso.po").write_bytes(b"")
    assert phrases.translated() == ("en", "ko")


def test_the_language_in_use_is_one_that_is_shown(monkeypatch):
    monkeypatch.setattr(phrases, "_language", "en")
    monkeypatch.setattr(phrases, "_translation", gettext.NullTranslations())
    use_language("xx")
    assert phrases.language() == "en"
    use_language("ko")
    assert phrases.language() == "ko"


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
    ],
)
def test_the_system_s_language_is_the_one_of_its_messages(monkeypatch, environment, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert phrases.system_language() == language


@pytest.mark.parametrize(("answer", "language"), [("Korean_Korea", "ko"), (None, "en")])
def test_without_a_word_in_the_environment_the_locale_is_asked(monkeypatch, answer, language):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.getlocale", lambda: (answer, None))
    assert phrases.system_language() == language
