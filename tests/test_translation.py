"""Every visible string goes through the translation layer."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parent.parent / "miso_desktop"
TEMPLATE = PACKAGE.parent / "resources" / "translations" / "miso.pot"
SPOKEN = sorted((PACKAGE / "ui").rglob("*.py"))
SPOKEN += [PACKAGE / f"{name}.py" for name in ("cli", "commands", "models_cli", "model_commands")]

SHOWS = {
    "print", "say", "percent_line", "QLabel", "QPushButton", "QAction", "Text", "setText",
    "setToolTip", "setPlaceholderText", "setAccessibleName", "setAccessibleDescription",
    "setWindowTitle", "addAction", "addMenu", "setStatusTip",
}  # fmt: skip
SAYS = {"phrase", "tr", "trn"}


def parts(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """One form, or all the forms, of a message that has a plural."""
    return text if isinstance(text, tuple) else (text,)


def shown_literals(source: str) -> list[str]:
    """Words that a person would see as they stand in the code."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if name not in SHOWS:
            continue
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        found += [t for t in texts if isinstance(t, str) and re.search(r"[A-Za-z]{3}", t)]
    return found


@pytest.mark.parametrize("module", SPOKEN, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_no_visible_string_bypasses_the_translation(module: Path) -> None:
    allowed = {"MISO"}
    assert set(shown_literals(module.read_text(encoding="utf-8"))) <= allowed


def test_the_check_itself_sees_a_bare_string() -> None:
    assert shown_literals("label.setText('Hello there')") == ["Hello there"]
    assert shown_literals("label.setText(tr('Hello there'))") == []


def test_the_template_for_translators_holds_every_phrase() -> None:
    """If this fails: ``make translations``."""
    keywords = {"phrase": None, "tr": None, "trn": (1, 2)}
    used = set()
    for _, _, message, _, _ in extract_from_dir(PACKAGE, keywords=keywords):
        used.add(message[0] if isinstance(message, tuple) else message)
    with TEMPLATE.open("rb") as file:
        known = {m.id[0] if isinstance(m.id, tuple) else m.id for m in read_po(file) if m.id}
    assert used == known


def test_no_phrase_hides_where_babel_does_not_look() -> None:
    """Babel sees no call inside another, nor one inside an f-string."""
    called = set()
    for module in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYS and node.args:
                called |= {a.value for a in node.args[:2] if isinstance(a, ast.Constant)}
    with TEMPLATE.open("rb") as file:
        known = {part for m in read_po(file) for part in parts(m.id)}
    assert {text for text in called if isinstance(text, str)} <= known
