"""Korean: every phrase has its sentence, and sentences made of phrases read as Korean."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from miso_desktop import phrases
from miso_desktop.cli import main
from miso_desktop.moods import MOODS, Mood, MoodScores
from miso_desktop.photos.head import explain
from miso_desktop.photos.light import LightReader
from miso_desktop.phrases import Phrase, phrase, tr, trn, use_language
from miso_desktop.terminal import columns, ljust, rjust
from miso_desktop.values import Vote
from miso_desktop.words import MOOD_WORDS, READER_WORDS

ROOT = Path(__file__).parent.parent
TRANSLATIONS = ROOT / "resources" / "translations"
KOREAN = TRANSLATIONS / "ko" / "LC_MESSAGES"


def messages(file: Path) -> dict[str | tuple[str, ...], Message]:
    with file.open("rb") as opened:
        catalogue: Catalog = read_po(opened, abort_invalid=True)
    return {tuple(m.id) if m.pluralizable else m.id: m for m in catalogue if m.id}


TEMPLATE = messages(TRANSLATIONS / "miso.pot")
CATALOGUE = messages(KOREAN / "miso.po")
THINGS = messages(KOREAN / "things.po")


def korean(message: Message) -> str:
    """The translation; Korean has one form for every number."""
    if not message.pluralizable:
        return str(message.string)
    (form,) = message.string
    return str(form)


PAIRS = {(key if isinstance(key, str) else key[1]): korean(m) for key, m in CATALOGUE.items()}
"""What is said, to what Korean says; of messages with a plural, the plural."""

AS_THEY_ARE = {
    "MB",
    "English",
    "jpg, png, webp, gif, tiff, bmp, heic, avif",
    "{formats} (libavcodec {version})",
    "{models} at {address}",
    "{path} ({size} MB)",
    "{size} MB",
    "K-pop",
}
"""Names and units that Korean writes in Latin letters as well."""


@pytest.fixture(autouse=True)
def speak_korean() -> Iterator[None]:
    use_language("ko")
    yield
    use_language("en")


def test_every_phrase_is_translated_and_nothing_else() -> None:
    """If this fails: add the msgid that is missing to ``ko/LC_MESSAGES/miso.po``."""
    assert set(CATALOGUE) == set(TEMPLATE)
    assert all(korean(message) for message in CATALOGUE.values())
    assert not [key for key, message in CATALOGUE.items() if message.fuzzy]


@pytest.mark.parametrize("said", sorted(PAIRS))
def test_a_translation_has_the_holes_and_commands_of_its_phrase(said: str) -> None:
    def holes(text: str) -> Counter[tuple[str | None, str | None]]:
        return Counter((name, form) for _, name, form, _ in Formatter().parse(text) if name)

    assert holes(PAIRS[said]) == holes(said)
    assert sorted(re.findall(r"`[^`]+`", PAIRS[said])) == sorted(re.findall(r"`[^`]+`", said))


def test_what_has_words_is_said_in_hangul() -> None:
    wordy = {said for said in PAIRS if re.search(r"[A-Za-z]", re.sub(r"\{[^}]*\}", "", said))}
    assert {said for said in wordy if not re.search("[가-힣]", PAIRS[said])} == AS_THEY_ARE


def ends_in_a_consonant(text: str) -> bool:
    return (ord(text[-1]) - ord("가")) % 28 != 0


def test_a_particle_that_follows_the_sound_stands_only_where_the_sound_is_known() -> None:
    """은/는, 이/가, 을/를, 과/와, (으)로: which of the two depends on the word before."""
    bound = re.compile(r"\{(\w+)[^}]*\}[\"”`]?(?:은|는|이|가|을|를|과|와|으로|로)(?![가-힣])")
    assert {hole for text in PAIRS.values() for hole in bound.findall(text)} == {
        "light",
        "colours",
        "people",
    }
    lights = [text for said, text in PAIRS.items() if re.search(r"\b(light|shadows)$", said)]
    colours = [text for said, text in PAIRS.items() if re.search(r"\bcolours?$", said)]
    people = [text for said, text in PAIRS.items() if re.match(r"(one|two|\{count\}) pe", said)]
    together = [PAIRS["{people}, {others} and more"]]
    assert min(len(lights), len(colours), len(people)) >= 7
    assert all(map(ends_in_a_consonant, (*lights, *colours, *people, *together)))


def test_the_moods_have_one_name_in_titles_and_in_sentences() -> None:
    for mood in MOODS:
        assert tr(mood.name.capitalize()) == str(MOOD_WORDS[mood])
    assert len({str(MOOD_WORDS[mood]) for mood in MOODS}) == len(MOODS)
    assert len(set(map(str, READER_WORDS.values()))) == len(READER_WORDS)


def test_everything_that_the_scene_reader_recognises_has_a_korean_name() -> None:
    names = json.loads((ROOT / "models_onnx" / "scene" / "classes.json").read_text("utf-8"))
    assert set(THINGS) == set(names)
    assert not set(THINGS) & set(CATALOGUE)
    shown = [korean(message) for message in THINGS.values()]
    assert all(re.search("[가-힣]", name) for name in shown)
    assert len(set(shown)) == len(shown)


def test_a_recognised_thing_stands_in_a_korean_sentence() -> None:
    said = phrase(
        "It looks like {thing} and feels {feel}.",
        thing=Phrase("a golden retriever"),
        feel=phrase("pleasant and calm"),
    )
    assert str(said) == "골든리트리버처럼 보이고, 기분 좋고 차분한 느낌이 나요."


def test_numbers_have_one_form() -> None:
    assert trn("{number} song", "{number} songs", 1, number="1") == "1곡"
    assert trn("{number} song", "{number} songs", 1204, number="1,204") == "1,204곡"


@given(st.lists(st.integers(0, 255), min_size=12, max_size=12))
def test_the_reason_of_a_reading_is_korean_throughout(values: list[int]) -> None:
    use_language("ko")
    photo = Image.frombytes("RGB", (2, 2), bytes(values)).resize((64, 64))
    vote = LightReader().read(photo)
    reason = str(vote.reason)
    assert not re.search("[A-Za-z{}]", reason)
    assert str(Phrase.from_json(json.loads(vote.reason.dumps()))) == reason


def vote(reader: str, mood: Mood, reason: str = "The picture as a whole feels {feel}.") -> Vote:
    scores = MoodScores.of([1.0 if m is mood else 0.1 for m in MOODS], 0.0, 0.0)
    return Vote(reader, scores, 0.5, phrase(reason, feel=phrase("quiet")))


@pytest.mark.parametrize(
    ("votes", "decision"),
    [
        (
            [vote("scene", Mood.SAD), vote("face", Mood.SAD)],
            "슬픔: 모든 시선이 같아요. 사진 전체에서 고요한 느낌이 나요.",
        ),
        (
            [vote("scene", Mood.SAD), vote("face", Mood.HAPPY)],
            "슬픔: 무엇보다 장면에서 읽었어요. 사진 전체에서 고요한 느낌이 나요. "
            "다만 얼굴에서는 행복 쪽에 가까워요.",
        ),
        (
            [vote("likeness", Mood.DRAMATIC), vote("somebody new", Mood.HAPPY)],
            "슬픔: 여러 시선을 모은 결론이에요. 닮은 장면에서만 보면 드라마틱 쪽이에요: "
            "사진 전체에서 고요한 느낌이 나요.",
        ),
    ],
)
def test_a_decision_quotes_its_readers_in_korean(votes: list[Vote], decision: str) -> None:
    scores = MoodScores.of([1.0 if m is Mood.SAD else 0.2 for m in MOODS], -0.4, -0.4)
    assert str(explain(scores, votes)) == decision


def test_the_terminal_answers_in_the_language_of_the_system(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    use_language("en")
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert main(["read", "--text", "a dog runs on a beach"]) == 0
    out = capfd.readouterr().out
    assert "감정가" in out
    ours = re.sub(r"“[^”]*”", "", out)  # captions and scenes are quoted as they are
    assert not re.search(r"\b(the|reader|mood|valence)\b", ours)


def test_the_terminal_explains_its_commands_in_korean(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "사진에 어울리는 음악" in capfd.readouterr().out


def test_bars_stand_below_one_another(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Hangul is two columns wide in a terminal; ``len`` counts it as one."""
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    main(["read", "--text", "a dog runs on a beach"])
    shown = [
        line
        for line in capfd.readouterr().out.splitlines()
        if line.strip().startswith(tuple(map(str, MOOD_WORDS.values()))) and line.startswith("   ")
    ]
    assert len(shown) == len(MOODS)
    assert len({columns(line) for line in shown}) == 1


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("sad", 3), ("슬픔", 4), ("K-팝", 4), ("e\u0301", 1)]
)
def test_a_text_is_as_wide_as_a_terminal_shows_it(text: str, width: int) -> None:
    assert columns(text) == width
    assert (ljust(text, 6), rjust(text, 6)) == (
        text + " " * (6 - width),
        " " * (6 - width) + text,
    )


def test_korean_is_offered() -> None:
    assert phrases.translated() == ("en", "ko")
