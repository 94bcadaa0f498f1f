"""What a person may choose, and what works on this machine."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from miso_desktop.moods import Mood
from miso_desktop.phrases import phrase, tr, translated
from miso_desktop.ui import icons, theme, tokens, words
from miso_desktop.ui.buttons import Link
from miso_desktop.ui.captioners import Captioners
from miso_desktop.ui.cards import Card, Line, Listing
from miso_desktop.ui.labels import Elided, Text
from miso_desktop.ui.pages.page import Page, PageHead, clear, column, scrolling
from miso_desktop.ui.segmented import Segmented
from miso_desktop.ui.session import Session
from miso_desktop.ui.taste_card import TasteCard
from miso_desktop.values import Check

_LANGUAGES = {"": phrase("System"), "en": phrase("English"), "ko": phrase("한국어")}
_THEMES = {"system": phrase("System"), "light": phrase("Light"), "dark": phrase("Dark")}
_COUNTS = ("10", "20", "40")
_LIMITS = ("20", "60", "180")
_SERVER = "http://127.0.0.1:11434"
"""Where Ollama listens, as an example."""
_KINDS = {"count": int, "model_limit_s": float}


class SettingsPage(Page):
    """Small and plain: every choice holds at once."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        inner = QWidget()
        body = column(inner)
        body.addWidget(PageHead(tr("Settings")))
        body.addWidget(self._make_choices())
        body.addWidget(self._make_language_models())
        self.captioners = Captioners(session)
        body.addWidget(self.captioners)
        self.taste = TasteCard(session)
        body.addWidget(self.taste)
        folders, checks = Listing(tr("Music folders")), Listing(tr("On this machine"))
        self.folders, self.checks = folders.rows, checks.rows
        body.addWidget(folders)
        body.addWidget(checks)
        body.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolling(inner))
        session.shelf.changed.connect(self._show_folders)
        session.opened.connect(self.entered)
        session.adding.done.connect(self._check)
        self._show_folders()

    def _make_choices(self) -> QWidget:
        settings = self.session.settings
        spoken = ("", *translated())
        languages = {key: str(name) for key, name in _LANGUAGES.items() if key in spoken}
        chosen = settings.language if settings.language in languages else ""
        self.language = Segmented(tr("Language"), languages, chosen)
        themes = {key: str(name) for key, name in _THEMES.items()}
        self.theme = Segmented(tr("Theme"), themes, settings.theme)
        genres = {genre.value: str(name) for genre, name in words.GENRE_NAMES.items()}
        self.genre = Segmented(tr("Which music"), genres, settings.genre)
        count = str(settings.count)
        counts = sorted({*_COUNTS, count}, key=int)
        self.count = Segmented(tr("Songs for a photo"), {c: c for c in counts}, count)
        card = _Choices()
        rows = (
            (self.language, "language", tr("Language"), tr("Of the window and of the reasons.")),
            (self.theme, "theme", tr("Theme"), tr("System follows your desktop.")),
            (self.genre, "genre", tr("Which music"), tr("From the genre tags of your files.")),
            (self.count, "count", tr("Songs for a photo"), tr("How long a queue is made.")),
        )
        for control, name, title, text in rows:
            control.chosen.connect(partial(self._change, name))
            card.add(title, text, control)
        self.session.settings_changed.connect(self._on_setting)
        return card

    def _make_language_models(self) -> QWidget:
        settings = self.session.settings
        self.model_server = _Field(tr("Server of language models"), settings.model_server)
        self.model_server.setPlaceholderText(_SERVER)
        self.model_names = _Field(tr("Names of language models"), settings.model_names)
        self.model_names.setPlaceholderText(tr("those it offers"))
        card = _Choices()
        rows = (
            (
                self.model_server,
                "model_server",
                tr("Language models"),
                tr("A server on this machine, such as Ollama, that joins the panel. Empty: off."),
            ),
            (self.model_names, "model_names", tr("Which models"), tr("Separated by commas.")),
        )
        for field, name, title, text in rows:
            field.editingFinished.connect(partial(self._change_text, name, field))
            card.add(title, text, field)
        limit = f"{settings.model_limit_s:g}"
        limits = {key: words.span(float(key)) for key in sorted({*_LIMITS, limit}, key=float)}
        self.model_limit = Segmented(tr("Time for language models"), limits, limit)
        self.model_limit.chosen.connect(partial(self._change, "model_limit_s"))
        about = tr("At most, for a photo. Large models need more.")
        card.add(tr("Time to answer"), about, self.model_limit)
        return card

    def entered(self) -> None:
        if self.isVisible():
            self.session.adding.refresh()
            self._check()

    def _check(self) -> None:
        if (miso := self.session.miso) and self.isVisible():
            self.session.background.run(miso.doctor, self._show_checks, self.session.tell)

    def _change(self, name: str, value: str) -> None:
        kind = _KINDS.get(name, str)
        self.session.change(name, kind(value))

    def _change_text(self, name: str, field: QLineEdit) -> None:
        text = field.text().strip()
        if text == getattr(self.session.settings, name):
            return
        try:
            self.session.change(name, text)
        except ValueError:
            self.session.told.emit(
                tr("{address} is not an http address on this machine", address=text)
            )
        else:
            self._check()  # whether the server answers

    def _on_setting(self, name: str) -> None:
        controls = {"theme": self.theme, "genre": self.genre, "count": self.count}
        if control := controls.get(name):
            control.choose(str(getattr(self.session.settings, name)), quietly=True)

    def _show_folders(self) -> None:
        clear(self.folders)
        for folder in self.session.shelf.folders:
            forget = Link(tr("forget"), underlined=True)
            forget.setAccessibleName(tr("Forget {folder}", folder=str(folder)))
            forget.clicked.connect(partial(self.session.shelf.forget, folder))
            line = QHBoxLayout()
            line.setContentsMargins(0, 8, 0, 8)
            line.addWidget(Elided(str(folder), tokens.BODY), 1)
            line.addWidget(forget)
            self.folders.addWidget(Line())
            self.folders.addLayout(line)
        if not self.session.shelf.folders:
            self.folders.addWidget(Text(tr("None yet: drop one on the window."), soft=True))

    def _show_checks(self, checks: list[Check]) -> None:
        clear(self.checks)
        for check in checks:
            line = QHBoxLayout()
            line.setContentsMargins(0, 8, 0, 8)
            line.setSpacing(12)
            sign = _Sign(check)
            name = Text(str(check.name), tokens.BODY, wrap=True)
            name.setFixedWidth(232)
            said = QVBoxLayout()
            said.setSpacing(2)
            said.addWidget(Text(str(check.detail), tokens.SMALL, soft=True, wrap=True))
            if not check.works and check.cure:
                said.addWidget(Text(str(check.cure), tokens.SMALL, wrap=True))
            for cell in (sign, name):
                line.addWidget(cell, 0, Qt.AlignmentFlag.AlignTop)
            line.addLayout(said, 1)
            self.checks.addWidget(Line())
            self.checks.addLayout(line)


class _Choices(Card):
    """What a person may choose, a row each."""

    def __init__(self) -> None:
        super().__init__()
        self.body.setSpacing(0)

    def add(self, title: str, text: str, control: QWidget) -> None:
        """A further row, below a line."""
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(Text(title, tokens.STRONG))
        lines.addWidget(Text(text, tokens.SMALL, soft=True))
        row = QHBoxLayout()
        row.setContentsMargins(0, 12, 0, 12)
        row.addLayout(lines, 1)
        row.addWidget(control)
        if self.body.count():
            self.body.addWidget(Line())
        self.body.addLayout(row)


class _Field(QLineEdit):
    """A rounded field for a few words."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.setAccessibleName(name)
        self.setProperty("glass", False)
        self.setFixedWidth(240)
        self.setFont(theme.font(tokens.SMALL))


class _Sign(QWidget):
    """Works, or does not; only what is needed and missing is coloured."""

    def __init__(self, check: Check) -> None:
        super().__init__()
        self._works = check.works
        self._calm = check.works or check.optional
        self.setFixedSize(20, 20)
        self.setAccessibleName(tr("works") if check.works else tr("does not work"))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.palette()
        alarm = tokens.readable(tokens.MOOD_COLOURS[Mood.AGGRESSIVE], colours.card)
        tone = theme.colour(colours.soft if self._calm else alarm)
        name = "check" if self._works else "alert"
        icons.paint(QPainter(self), name, QPointF(10, 10), tone, 18)
