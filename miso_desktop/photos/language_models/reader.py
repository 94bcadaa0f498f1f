"""The reader that asks: five questions in parallel, a head, and a vote."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

from miso_desktop import loopback
from miso_desktop.errors import MisoError
from miso_desktop.photos.language_models import prompts, verdict
from miso_desktop.photos.language_models.answers import Argument, Nonsense, plain
from miso_desktop.photos.language_models.chat import Chat
from miso_desktop.photos.language_models.examples import VIEWS, View
from miso_desktop.phrases import Phrase, phrase
from miso_desktop.values import ModelServer, Silence, Vote

READER = "language_models"

PARALLEL = 3
"""Questions under way at a time: the models may share one small machine with the player."""
LIST_SHARE, ANSWER_SHARE, READERS_SHARE = 0.25, 0.6, 0.75
"""How much of the time the list of models, one answer, and all readers may take together;
what is left is the head's."""
PROBE_S = 3.0


class LanguageModels:
    """Asks the language models of a server on this machine about a caption.

    Parameters
    ----------
    server : ModelServer
    cancel : threading.Event, optional
        Set it to give up at once.
    """

    def __init__(self, server: ModelServer, cancel: threading.Event | None = None) -> None:
        self._server = server
        self._cancel = cancel
        self.used: tuple[tuple[str, str], ...] = ()
        """The models that were asked, as a reading notes them."""

    def read(self, caption: str) -> Vote | Silence:
        """Vote on a photo by what the models make of its caption.

        It never takes longer than the server's limit, and never raises for what a server
        does: without an answer that can be used the reader is silent and says why.
        """
        started = time.monotonic()
        try:
            chat = Chat(self._server.address, self._cancel)
            models = self._models(chat, started)
            arguments = self._arguments(chat, models, caption, started)
            mood = verdict.majority(arguments)
            if mood is None:
                return Silence(READER, phrase("The language models find the words neutral."))
            ruling = self._ruling(chat, models[0], caption, arguments, started)
        except (loopback.NotLoopback, loopback.Unanswered, Nonsense) as error:
            return Silence(READER, why_silent(error, self._server))
        self.used = ((READER, plain(", ".join(dict.fromkeys(models)))),)
        mood = mood if ruling is None or ruling.mood is None else ruling.mood
        scores = verdict.scores_of(arguments, ruling)
        return Vote(READER, scores, 1.0, verdict.reason_of(arguments, ruling, mood))

    def _models(self, chat: Chat, started: float) -> tuple[str, ...]:
        """At most five to ask: of those that the person named, else of those offered."""
        if self._server.models:
            return _here(self._server.models)[: len(VIEWS)]
        found = chat.models(started + LIST_SHARE * self._server.limit_s)
        return _here(found, choose=True)[: len(VIEWS)]

    def _arguments(
        self, chat: Chat, models: Sequence[str], caption: str, started: float
    ) -> list[Argument]:
        """What the readers say; those that fail are left out.

        Raises
        ------
        Unanswered, Nonsense
            If all of them fail: what most of them failed for.
        """
        limit = self._server.limit_s

        def ask(model: str, view: View) -> Argument | loopback.Unanswered | Nonsense:
            now = time.monotonic()
            deadline = min(now + ANSWER_SHARE * limit, started + READERS_SHARE * limit)
            messages = prompts.questions(view, caption, self._server.language)
            try:
                return chat.ask(model, messages, deadline)
            except (loopback.Unanswered, Nonsense) as error:
                return error

        asked = list(islice(cycle(models), len(VIEWS)))
        with ThreadPoolExecutor(PARALLEL, "miso-language-models") as pool:
            heard = list(pool.map(ask, asked, VIEWS))
        arguments = [said for said in heard if isinstance(said, Argument)]
        if not arguments:
            failures = [said for said in heard if not isinstance(said, Argument)]
            ((most, _),) = Counter(map(_kind, failures)).most_common(1)
            raise next(failure for failure in failures if _kind(failure) == most)
        return arguments

    def _ruling(
        self,
        chat: Chat,
        model: str,
        caption: str,
        arguments: Sequence[Argument],
        started: float,
    ) -> Argument | None:
        """What the head decides; None where there is nothing to weigh, or it fails."""
        if len({argument.mood for argument in arguments}) == 1:
            return None
        messages = prompts.case(caption, arguments, self._server.language)
        try:
            ruling = chat.ask(model, messages, started + self._server.limit_s)
        except (loopback.Unanswered, Nonsense):
            return None  # then the majority decides
        return verdict.accepted(ruling, arguments)


class NoneHere(Nonsense):
    """There is no model that runs on this machine."""


def offered(server: ModelServer) -> tuple[str, ...]:
    """The models that a server on this machine offers.

    Raises
    ------
    MisoError
        If it does not say.
    """
    try:
        chat = Chat(server.address)
        return _here(chat.models(time.monotonic() + PROBE_S), choose=True)
    except (loopback.NotLoopback, loopback.Unanswered, Nonsense) as error:
        raise MisoError(why_silent(error, server)) from error


def why_silent(error: Exception, server: ModelServer) -> Phrase:
    """Say what went wrong with a server, and what to do."""
    address = plain(server.address)
    broke_off = phrase(
        "The server of language models at {address} gave no answer that can be used.",
        address=address,
    )
    known = {
        "elsewhere": phrase(
            "{address} is not on this machine: only 127.0.0.1, ::1 and localhost are asked.",
            address=address,
        ),
        "absent": phrase(
            "No server of language models answers at {address}. Is it running?", address=address
        ),
        "slow": phrase(
            "The language models took more than their {seconds:g} s.", seconds=server.limit_s
        ),
        "cancelled": phrase("The language models were stopped."),
        "refused": phrase(
            "The server of language models at {address} refused (status {status}).",
            address=address,
            status=getattr(error, "status", 0),
        ),
        "none here": phrase(
            "The server at {address} has no language model that runs on this machine.",
            address=address,
        ),
        "nonsense": phrase("The language models answered, but with no mood that is known."),
    }
    return known.get(_kind(error), broke_off)


def _here(models: Sequence[str], *, choose: bool = False) -> tuple[str, ...]:
    """The models without those that answer elsewhere.

    Ollama lists models of its makers' cloud beside the local ones and would send the caption
    there; their tag ends in "cloud". ``choose`` also leaves out models that do not chat.
    """
    here = [name for name in models if not name.lower().endswith((":cloud", "-cloud"))]
    if choose:
        here = [name for name in here if not any(w in name.lower() for w in ("embed", "rerank"))]
    if not here:
        raise NoneHere("no model that runs here")
    return tuple(here)


def _kind(error: Exception) -> str:
    match error:
        case loopback.Unanswered(why=why):
            return str(why)
        case loopback.NotLoopback():
            return "elsewhere"
        case NoneHere():
            return "none here"
    return "nonsense"
