"""From a network's guesses at the next token to a sentence: greedy and beam search.

The rules are those of ``generate()`` in transformers 4.57, token for token: how a
length is counted, in which order scores are changed, when a search has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from miso_desktop.photos.consensus import most_agreed

if TYPE_CHECKING:
    from numpy.typing import NDArray

F = TypeVar("F", bound=np.floating[Any])

NEVER = -1e9
"""The score of what may not be chosen, as transformers has it: finite, far below any other."""


@dataclass(frozen=True)
class Decoding:
    """How a sentence is searched for. Names and defaults are those of ``generate()``.

    Attributes
    ----------
    max_new_tokens : int
        Most tokens after the prompt, the last token counted.
    max_length : int, optional
        Most tokens, the prompt and the first and last token counted; takes the place of
        ``max_new_tokens``.
    min_length : int
        A sentence does not end before it has so many tokens, counted likewise.
    num_beams : int
        How many sentences are followed side by side; 1 is greedy search.
    length_penalty : float
        A finished sentence's log-probability is divided by its number of new tokens to
        this power; above 0 favours long sentences. Beam search only.
    early_stopping : bool
        Whether a beam search ends as soon as ``num_beams`` sentences are finished.
    repetition_penalty : float
        What the score of a token that was used already is divided by (multiplied, where
        the score is negative); 1 changes nothing.
    no_repeat_ngram_size : int
        No so many tokens in a row occur twice; 0 allows everything.
    candidates : int
        How many finished sentences a beam search gathers, to choose the one that they agree
        on (:mod:`~miso_desktop.photos.consensus`); 0, as in ``generate()``: the likeliest of
        ``num_beams``.

    Raises
    ------
    ValueError
        If a value makes no sense.
    """

    max_new_tokens: int = 20
    max_length: int | None = None
    min_length: int = 0
    num_beams: int = 1
    length_penalty: float = 1.0
    early_stopping: bool = False
    repetition_penalty: float = 1.0
    no_repeat_ngram_size: int = 0
    candidates: int = 0

    def __post_init__(self) -> None:
        if min(self.max_new_tokens, self.num_beams) < 1 or self.repetition_penalty <= 0:
            raise ValueError(f"impossible: {self}")
        if min(self.min_length, self.no_repeat_ngram_size, self.candidates) < 0:
            raise ValueError(f"impossible: {self}")
        if self.max_length is not None and self.max_length < max(2, self.min_length):
            raise ValueError(f"impossible: {self}")

    def limit(self, prompt: int) -> int:
        """Most tokens in all, after a prompt of so many, the first token counted."""
        return prompt + self.max_new_tokens if self.max_length is None else self.max_length


@dataclass(frozen=True)
class Sentence:
    """Tokens and how sure the network was of them.

    Attributes
    ----------
    tokens : tuple of int
        From the first token through the prompt to the end token, if it was reached.
    score : float
        Sum of the chosen tokens' log-probabilities, changed as :class:`Decoding` asks;
        in beam search divided by the length penalty.
    """

    tokens: tuple[int, ...]
    score: float


class Network(Protocol):
    """A decoder with a cache, which looks at some photos."""

    def start(self, prompt: Sequence[int]) -> NDArray[np.float32]:
        """Read the prompt: what may follow it, one row a photo.

        Returns
        -------
        numpy.ndarray, shape (photos, vocabulary), float32
            Logits.
        """

    def step(
        self, tokens: NDArray[np.int64], parents: NDArray[np.int64] | None
    ) -> NDArray[np.float32]:
        """Read one more token in each row.

        Parameters
        ----------
        tokens : numpy.ndarray, shape (rows,)
            Rows of one photo lie together; every photo has equally many.
        parents : numpy.ndarray, shape (rows,), optional
            Which of the last call's rows each row goes on from; None: each from itself.

        Returns
        -------
        numpy.ndarray, shape (rows, vocabulary), float32
            Logits.
        """


def generate(
    network: Network,
    prompt: Sequence[int],
    *,
    end: int,
    decoding: Decoding,
    check: Callable[[], None],
) -> list[Sentence]:
    """A sentence for each photo that the network looks at.

    Parameters
    ----------
    network : Network
        Fresh: nothing read yet.
    prompt : sequence of int
        What every sentence begins with, the first token included.
    end : int
        The token that ends a sentence.
    decoding : Decoding
        How to search.
    check : callable
        Called before each token; what it raises ends the search.

    Raises
    ------
    ValueError
        If the prompt leaves no room for a token.
    """
    if len(prompt) >= decoding.limit(len(prompt)):
        raise ValueError(f"a prompt of {len(prompt)} tokens, of {decoding.max_length} in all")
    search = _greedy if decoding.num_beams == 1 else _beam_search
    return search(network, tuple(prompt), end, decoding, check)


def _greedy(
    network: Network,
    prompt: tuple[int, ...],
    end: int,
    decoding: Decoding,
    check: Callable[[], None],
) -> list[Sentence]:
    check()
    logits = network.start(prompt)
    rows = [list(prompt) for _ in logits]
    scores = np.zeros(len(rows))
    finished = np.zeros(len(rows), bool)
    limit = decoding.limit(len(prompt))
    while True:
        adjusted = adjust(logits, rows, end, decoding)
        tokens = adjusted.argmax(axis=1)
        sure = log_softmax(adjusted)
        for number, token in enumerate(tokens):
            if not finished[number]:
                rows[number].append(int(token))
                scores[number] += sure[number, token]
        finished |= tokens == end
        if finished.all() or max(map(len, rows)) >= limit:
            return [Sentence(tuple(r), float(s)) for r, s in zip(rows, scores, strict=True)]
        check()
        logits = network.step(np.array([row[-1] for row in rows], np.int64), None)


def _beam_search(
    network: Network,
    prompt: tuple[int, ...],
    end: int,
    decoding: Decoding,
    check: Callable[[], None],
) -> list[Sentence]:
    check()
    logits = network.start(prompt)
    beams = [_Beams(prompt, end, decoding) for _ in logits]
    width = decoding.num_beams
    # The prompt is read once for each photo; its beams begin as copies.
    fan: NDArray[np.int64] | None = np.repeat(np.arange(len(beams), dtype=np.int64), width)
    logits = logits[fan]
    while True:
        rows = [row for beam in beams for row in beam.rows]
        adjusted = adjust(log_softmax(logits), rows, end, decoding)
        parents = [
            beam.advance(adjusted[i * width : (i + 1) * width]) + i * width
            for i, beam in enumerate(beams)
        ]
        if all(beam.ended for beam in beams):
            return [beam.best() for beam in beams]
        check()
        tokens = np.array([row[-1] for beam in beams for row in beam.rows], np.int64)
        chosen = np.concatenate(parents)
        logits = network.step(tokens, chosen if fan is None else fan[chosen])
        fan = None


class _Beams:
    """The sentences that are followed for one photo."""

    def __init__(self, prompt: tuple[int, ...], end: int, decoding: Decoding) -> None:
        self.rows = [prompt] * decoding.num_beams
        self.ended = False
        self._scores = np.full(decoding.num_beams, NEVER, np.float32)
        self._scores[0] = 0  # all rows are alike at first: only one of them may speak
        self._finished: list[Sentence] = []
        self._wanted = decoding.candidates or decoding.num_beams
        self._prompt = len(prompt)
        self._limit = decoding.limit(len(prompt))
        self._end = end
        self._decoding = decoding

    def advance(self, gains: NDArray[np.float32]) -> NDArray[np.int64]:
        """Add a token to the best rows.

        Parameters
        ----------
        gains : numpy.ndarray, shape (num_beams, vocabulary)
            Log-probabilities of the next token, adjusted.

        Returns
        -------
        numpy.ndarray, shape (num_beams,)
            From which row each of the new rows goes on. Once the search has ended nothing
            changes any more.
        """
        width = self._decoding.num_beams
        if self.ended:
            return np.arange(width)
        totals = (gains + self._scores[:, None]).reshape(-1)
        best = largest(totals, 2 * width)  # one end token a row: at least ``width`` go on
        parents, tokens = np.divmod(best, gains.shape[1])
        rows = [(*self.rows[p], int(t)) for p, t in zip(parents, tokens, strict=True)]
        full = len(rows[0]) >= self._limit
        over = np.array([full or row[-1] == self._end for row in rows])
        self._finish(
            (row, totals[i]) for row, i, o in zip(rows[:width], best, over, strict=False) if o
        )
        scores = np.where(over, totals[best] + np.float32(NEVER), totals[best])
        going = largest(scores, width)
        self.rows = [rows[i] for i in going]
        self._scores = scores[going]
        self.ended = full or self._settled()
        return np.asarray(parents[going])

    def best(self) -> Sentence:
        """The best finished sentence, or the one that they agree on."""
        if not self._finished:
            return Sentence(self.rows[0], NEVER)
        if not self._decoding.candidates:
            return self._finished[0]
        rows = [sentence.tokens[self._prompt :] for sentence in self._finished]
        total = [s.score * float(self._length(s.tokens)) for s in self._finished]
        return self._finished[most_agreed(rows, total)]

    def _length(self, row: tuple[int, ...]) -> np.float32:
        """What a finished sentence's log-probability is divided by."""
        return np.float32((len(row) - self._prompt) ** self._decoding.length_penalty)

    def _finish(self, found: Iterable[tuple[tuple[int, ...], np.float32]]) -> None:
        for row, score in found:
            self._finished.append(Sentence(row, float(score / self._length(row))))
        self._finished.sort(key=lambda sentence: -sentence.score)  # stable: the older first
        del self._finished[self._wanted :]

    def _settled(self) -> bool:
        """Whether no row that goes on is likely to beat the worst finished sentence."""
        if len(self._finished) < self._wanted:
            return bool(self._scores[0] <= NEVER)
        if self._decoding.early_stopping:
            return True
        return float(self._scores[0] / self._length(self.rows[0])) <= self._finished[-1].score


def adjust(
    scores: NDArray[np.float32], rows: Sequence[Sequence[int]], end: int, decoding: Decoding
) -> NDArray[np.float32]:
    """Scores of the next token with repetition and early endings held back.

    Parameters
    ----------
    scores : numpy.ndarray, shape (rows, vocabulary)
        Logits (greedy search) or log-probabilities (beam search).
    rows : sequence of sequences of int
        The tokens so far.
    end : int
        The token that ends a sentence.
    decoding : Decoding
        What to hold back.

    Returns
    -------
    numpy.ndarray
        A changed copy.
    """
    scores = scores.copy()
    for score, row in zip(scores, rows, strict=True):
        if decoding.repetition_penalty != 1:
            used = np.unique(row)
            penalty = np.float32(decoding.repetition_penalty)
            old = score[used]
            score[used] = np.where(old < 0, old * penalty, old / penalty)
        score[_repeating(row, decoding.no_repeat_ngram_size)] = -np.inf
        if len(row) < decoding.min_length:
            score[end] = -np.inf
    return scores


def _repeating(row: Sequence[int], size: int) -> list[int]:
    """Tokens that would complete an n-gram which the row already holds."""
    if not size or len(row) < size:
        return []
    last = tuple(row[len(row) + 1 - size :])
    places = range(len(row) - size + 1)
    return [row[i + size - 1] for i in places if tuple(row[i : i + size - 1]) == last]


def log_softmax(logits: NDArray[F]) -> NDArray[F]:
    """Logarithm of the softmax along the last axis, as precise as the logits."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    total = np.exp(shifted).sum(axis=-1, keepdims=True, dtype=logits.dtype)
    return np.asarray(shifted - np.log(total), logits.dtype)


def largest(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Places of the largest scores, largest first, of equals the earlier first."""
    count = min(count, len(scores))
    some = np.argpartition(-scores, count - 1)[:count]
    return np.asarray(some[np.lexsort((some, -scores[some]))], np.int64)
