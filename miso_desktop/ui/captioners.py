"""Which captioner describes the photos, and the choice of another."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from miso_desktop.models import Model
from miso_desktop.photos import CAPTIONER
from miso_desktop.phrases import tr
from miso_desktop.ui import tokens
from miso_desktop.ui.buttons import Link
from miso_desktop.ui.cards import Line, Listing
from miso_desktop.ui.labels import Elided, Text
from miso_desktop.ui.pages.page import clear
from miso_desktop.ui.session import Session


class Captioners(Listing):
    """The captioners that are installed, each with what can be done with it."""

    def __init__(self, session: Session) -> None:
        super().__init__(tr("What describes your photos"))
        self._adding = session.adding
        self.body.addWidget(
            Text(tr("To add one, drop its .miso file on the window."), tokens.SMALL, soft=True)
        )
        session.adding.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        clear(self.rows)
        for model in self._adding.models:
            if model.role == CAPTIONER and not self._hidden(model):
                self.rows.addWidget(Line())
                self.rows.addLayout(self._row(model))

    def _hidden(self, model: Model) -> bool:
        """One of the person's own has its name: it can only be used once that is removed."""
        own = {other.name for other in self._adding.models if other.own and not other.fault}
        return not model.own and model.name in own

    def _row(self, model: Model) -> QHBoxLayout:
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(Elided(model.name, tokens.BODY))
        said.addWidget(Text(_about(model), tokens.SMALL, soft=True, wrap=True))
        row = QHBoxLayout()
        row.setContentsMargins(0, 8, 0, 8)
        row.addLayout(said, 1)
        if not model.in_use and not model.fault:
            use = Link(tr("use"), underlined=True)
            use.setAccessibleName(tr("Use {name}", name=model.name))
            use.clicked.connect(partial(self._adding.use, model.name))
            row.addWidget(use)
        if model.own:
            remove = Link(tr("remove"), underlined=True)
            remove.setAccessibleName(tr("Remove {name}", name=model.name))
            remove.clicked.connect(partial(self._adding.remove, model.name))
            row.addWidget(remove)
        return row


def _about(model: Model) -> str:
    if model.fault:
        return str(model.fault)
    parts = [tr("in use")] if model.in_use else []
    parts += [model.version, tr("{size} MB", size=f"{model.size / 1e6:.0f}")]
    parts.append(tr("yours") if model.own else tr("came with MISO"))
    return " · ".join(parts)
