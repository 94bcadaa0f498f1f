"""What MISO has learned of the person's taste, and the way to make it forget."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from miso_desktop.phrases import tr
from miso_desktop.ui import tokens
from miso_desktop.ui.buttons import Link
from miso_desktop.ui.cards import Line, Listing
from miso_desktop.ui.labels import Text
from miso_desktop.ui.session import Session


class TasteCard(Listing):
    """One quiet row: what was learned from corrections, in words."""

    def __init__(self, session: Session) -> None:
        super().__init__(tr("Your taste"))
        self._shelf = session.shelf
        self.said = Text("", tokens.BODY, wrap=True)
        self.shifts = Text("", tokens.SMALL, soft=True, wrap=True)
        self.forget = Link(tr("forget"), underlined=True)
        self.forget.setAccessibleName(tr("Forget what MISO has learned of your taste"))
        self.forget.clicked.connect(self._shelf.forget_learned)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.said)
        words.addWidget(self.shifts)
        row = QHBoxLayout()
        row.setContentsMargins(0, 8, 0, 8)
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(self.forget, 0, Qt.AlignmentFlag.AlignTop)
        self.rows.addWidget(Line())
        self.rows.addLayout(row)
        self._shelf.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        taste = self._shelf.taste
        self.said.setText(str(taste.sentence))
        self.shifts.setText(" ".join(str(shift.sentence) for shift in taste.shifts))
        self.shifts.setVisible(bool(taste.shifts))
        self.forget.setVisible(bool(taste.judgements))
