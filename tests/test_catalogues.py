"""Catalogues are read as gettext and Babel read them."""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st

from miso_desktop import catalogues

HEADER = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=n != 1;\n"
"""

words = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters='\n\t"\\'),
    min_size=1,
)


@given(st.dictionaries(words, words))
def test_whatever_babel_writes_is_read_back(messages: dict[str, str]) -> None:
    written = Catalog(locale="ko")
    for key, value in messages.items():
        written.add(key, value)
    file = io.BytesIO()
    write_po(file, written)
    found = catalogues.parse(file.getvalue().decode())
    assert {key: found[key] for key in found if key} == {m.id: m.string for m in written if m.id}


def written(tmp_path: Path, text: str, name: str = "miso.po") -> Path:
    file = tmp_path / name
    file.write_text(HEADER + text, encoding="utf-8")
    return file


def test_the_plural_follows_the_header(tmp_path: Path) -> None:
    text = """
msgid "{count} song"
msgid_plural "{count} songs"
msgstr[0] "{count} chanson"
msgstr[1] "{count} chansons"
"""
    read = catalogues.load([written(tmp_path, text)])
    assert read.ngettext("{count} song", "{count} songs", 1) == "{count} chanson"
    assert read.ngettext("{count} song", "{count} songs", 0) == "{count} chansons"


def test_a_message_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    text = 'msgid "one "\n"two"\nmsgstr ""\n"하나 "\n"둘"\n'
    assert catalogues.load([written(tmp_path, text)]).gettext("one two") == "하나 둘"


def test_a_guess_and_an_empty_line_are_no_translation(tmp_path: Path) -> None:
    text = """
#, fuzzy, python-brace-format
msgid "sad"
msgstr "기쁨"

msgid "happy"
msgstr ""

#~ msgid "gone"
#~ msgstr "사라짐"

msgid "light"
msgstr "빛"
"""
    read = catalogues.load([written(tmp_path, text)])
    assert [read.gettext(word) for word in ("sad", "happy", "gone", "light")] == [
        "sad",
        "happy",
        "gone",
        "빛",
    ]


def test_of_two_catalogues_the_later_one_holds(tmp_path: Path) -> None:
    first = written(tmp_path, 'msgid "sad"\nmsgstr "슬픔"\n\nmsgid "face"\nmsgstr "얼굴"\n', "a.po")
    second = written(tmp_path, 'msgid "sad"\nmsgstr "서글픔"\n', "b.po")
    read = catalogues.load([first, second])
    assert (read.gettext("sad"), read.gettext("face")) == ("서글픔", "얼굴")


def test_babel_agrees_about_the_catalogues_that_ship() -> None:
    folder = Path(__file__).parent.parent / "resources" / "translations" / "ko" / "LC_MESSAGES"
    files = sorted(folder.glob("*.po"))
    assert files
    for file in files:
        with file.open("rb") as opened:
            known = read_po(opened, abort_invalid=True)
        found = catalogues.parse(file.read_text(encoding="utf-8"))
        assert {key: text for key, text in found.items() if key} == {
            "\0".join(m.id) if m.pluralizable else m.id: (
                "\0".join(m.string) if m.pluralizable else m.string
            )
            for m in known
            if m.id
        }
