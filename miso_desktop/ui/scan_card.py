"""A scan: how far it is, the file under way, and the files that failed, by name."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from miso_desktop.phrases import tr, trn
from miso_desktop.ui import theme, tokens
from miso_desktop.ui.buttons import IconButton, Link
from miso_desktop.ui.cards import Card
from miso_desktop.ui.labels import Elided, Text
from miso_desktop.ui.session import Session
from miso_desktop.ui.shelf import ScanState, report_text
from miso_desktop.values import Failure, ScanProgress

_FAILURES_SHOWN = 5


class ProgressLine(QWidget):
    """A thin bar; a short piece at its start while the length is unknown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(6)
        self._share: float | None = None

    def set_share(self, share: float | None) -> None:
        """From 0 to 1; None while it is unknown."""
        self._share = share
        self.setAccessibleName("" if share is None else f"{share:.0%}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, colours = QPainter(self), theme.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        shape = QRectF(self.rect())
        painter.setBrush(theme.colour(colours.well))
        painter.drawRoundedRect(shape, 3, 3)
        shape.setWidth(max(6.0, shape.width() * (0.06 if self._share is None else self._share)))
        painter.setBrush(theme.colour(colours.ink))
        painter.drawRoundedRect(shape, 3, 3)


class ScanCard(Card):
    """Shown while music is being tagged, and after it until it is dismissed."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._shelf = session.shelf
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.title = Elided("", tokens.STRONG)
        self.count = Text("", tokens.SMALL, soft=True, tabular=True)
        self.cancel = Link(tr("Stop"), underlined=True)
        self.cancel.clicked.connect(self._shelf.cancel)
        self.close_button = IconButton("close", tr("Dismiss"), size=24)
        self.close_button.clicked.connect(self._shelf.dismiss)
        self.bar = ProgressLine()
        self.current = Elided("", tokens.CAPTION, soft=True)
        self.failures = QVBoxLayout()
        self.failures.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.title, 1)
        for widget in (self.count, self.cancel, self.close_button):
            head.addWidget(widget)
        self.body.addLayout(head)
        self.body.addWidget(self.bar)
        self.body.addWidget(self.current)
        self.body.addLayout(self.failures)
        self._shelf.scan_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        state = self._shelf.scan
        self.setVisible(state is not None)
        if state is None:
            return
        running = state.report is None
        for widget in (self.bar, self.current, self.cancel):
            widget.setVisible(running)
        self.close_button.setVisible(not running)
        if running:
            self._show_progress(state, state.progress)
        else:
            self._show_report(state)

    def _show_progress(self, state: ScanState, progress: ScanProgress | None) -> None:
        self._list_failures(())
        title = tr("Listening to {folder}", folder=state.folders[-1].name)
        if state.waiting:
            title += " · " + trn("{count} folder waits", "{count} folders wait", state.waiting)
        self.title.setText(title)
        if progress is None or not progress.total:
            self.bar.set_share(None)
            self.count.setText("")
            self.current.setText(tr("Looking for music…"))
            return
        self.bar.set_share(progress.done / progress.total)
        text = tr("{done} of {total}", done=f"{progress.done:,}", total=f"{progress.total:,}")
        if progress.failed:
            text += " · " + tr("{count} failed", count=f"{progress.failed:,}")
        self.count.setText(text)
        self.current.setText(progress.current.name if progress.current else "")

    def _show_report(self, state: ScanState) -> None:
        report = state.report
        assert report is not None
        folder = ", ".join(folder.name for folder in state.folders)
        stopped = tr("Stopped: {folder}", folder=folder)
        self.title.setText(stopped if report.interrupted else tr("Ready: {folder}", folder=folder))
        self.count.setText(report_text(report))
        self._list_failures(report.failed)

    def _list_failures(self, failed: tuple[Failure, ...]) -> None:
        while item := self.failures.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        for failure in failed[:_FAILURES_SHOWN]:
            line = Elided(f"{failure.path.name} — {failure.error}", tokens.CAPTION, soft=True)
            self.failures.addWidget(line)
        if (more := len(failed) - _FAILURES_SHOWN) > 0:
            text = trn("and {count} more file", "and {count} more files", more)
            self.failures.addWidget(Text(text, tokens.CAPTION, soft=True))
