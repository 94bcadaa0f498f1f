"""A chat with a model behind an OpenAI-compatible server on this machine."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import Any

from miso_desktop import loopback
from miso_desktop.moods import MOODS
from miso_desktop.photos.language_models import answers

Message = dict[str, str]

NEUTRAL = "neutral"
MOST_BYTES = 256 << 10
"""Far above any answer to a question for one mood and one sentence."""
_MOST_TOKENS = 1000
_NO_SUCH_FORMAT = (400, 422, 501)

FORMAT: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "mood",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {
                "reason": {"type": "string"},
                "mood": {"type": "string", "enum": [*(m.value for m in MOODS), NEUTRAL]},
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            },
            "required": ["reason", "mood", "confidence"],
            "additionalProperties": False,
        },
    },
}
"""The argument before the verdict: models write from left to right. Ollama, llama.cpp and
LM Studio all keep a schema; LM Studio refuses the older ``json_object``."""


class Chat:
    """One server, found once.

    Parameters
    ----------
    address : str
        As the person wrote it, with or without ``/v1``.
    cancel : threading.Event, optional
        Set it to give up everything under way.

    Raises
    ------
    NotLoopback
        If the address leads off this machine.
    Unanswered
        If the name stands for nothing.
    """

    def __init__(self, address: str, cancel: threading.Event | None = None) -> None:
        found = loopback.parse(address)
        self._address = replace(found, path=found.path.removesuffix("/v1"))
        self._hosts = loopback.resolve(self._address)
        self._cancel = cancel
        self._keeps_format = True

    def models(self, deadline: float) -> tuple[str, ...]:
        """Names of the models that the server offers.

        Raises
        ------
        Unanswered, Nonsense
            If it does not say.
        """
        return answers.names_of(self._fetch("/v1/models", deadline))

    def ask(self, model: str, messages: list[Message], deadline: float) -> answers.Argument:
        """Have a model answer.

        Raises
        ------
        Unanswered, Nonsense
            If no mood came by the deadline (on the clock of :func:`time.monotonic`).
        """
        question = {
            "model": model,
            "messages": messages,
            "temperature": 0,
            "max_tokens": _MOST_TOKENS,
            "stream": False,
        }
        if self._keeps_format:
            try:
                return self._complete({**question, "response_format": FORMAT}, deadline)
            except loopback.Unanswered as error:
                if error.status not in _NO_SUCH_FORMAT:
                    raise
                self._keeps_format = False
        return self._complete(question, deadline)

    def _complete(self, question: dict[str, Any], deadline: float) -> answers.Argument:
        body = json.dumps(question).encode("ascii")
        said = self._fetch("/v1/chat/completions", deadline, body)
        return answers.argument_of(answers.content_of(said))

    def _fetch(self, path: str, deadline: float, body: bytes | None = None) -> bytes:
        limits = loopback.Limits(deadline, MOST_BYTES, self._cancel)
        return loopback.fetch(self._address, self._hosts, path, limits, body)
