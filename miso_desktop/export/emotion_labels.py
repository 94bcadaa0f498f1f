"""Which of a classifier's labels speak for which mood.

The labels are those of GoEmotions, in any case, and are reduced as the shipped model's are
(:mod:`miso_desktop.photos.emotions`). A classifier need not know them all, but must know
one for each mood: a mood that is never heard would be taken for one that is not there.
Labels of other names say nothing of a mood, and are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from miso_desktop.errors import InstallFailed
from miso_desktop.moods import MOODS, Mood
from miso_desktop.photos.emotions import MEMBERS
from miso_desktop.phrases import phrase

KINDS = ("bert", "distilbert", "electra", "roberta")
"""Architectures that are known to work, as ``model_type`` names them."""

NO_MOOD = ("approval", "confusion", "curiosity", "realization", "neutral")
"""Labels of GoEmotions that name a way of thinking."""


@dataclass(frozen=True)
class Labels:
    """A classifier's labels, in the order of its outputs.

    Attributes
    ----------
    names : tuple of str
        In lower case.
    members : mapping of Mood to tuple of str
        Those of each mood, at least one.
    unknown : tuple of str
        Those that GoEmotions has not.
    exclusive : bool
        A sentence has exactly one.
    """

    names: tuple[str, ...]
    members: dict[Mood, tuple[str, ...]]
    unknown: tuple[str, ...]
    exclusive: bool


def labels_of(config: Any, model: str) -> Labels:
    """Read the labels off a classifier's configuration.

    Parameters
    ----------
    config : transformers.PretrainedConfig
        ``problem_type`` says whether labels exclude one another; where it says nothing,
        they do, as in transformers' pipeline, but where the architecture's name says
        otherwise.
    model : str
        To be named in an error.

    Raises
    ------
    InstallFailed
        If a mood has no label, or two labels are the same.
    """
    names = tuple(str(config.id2label[i]).strip().lower() for i in range(config.num_labels))
    known = {name for emotions in MEMBERS.values() for name in emotions}
    members = {mood: tuple(n for n in MEMBERS[mood] if n in names) for mood in MOODS}
    if silent := [mood for mood in MOODS if not members[mood]]:
        raise InstallFailed(
            phrase(
                "{model} has no label for {moods}: its labels are {labels}. MISO knows those of "
                "GoEmotions, such as {known}. Name them in its config.json (id2label).",
                model=model,
                moods=", ".join(silent),
                labels=_listed(names),
                known=", ".join(MEMBERS[mood][0] for mood in silent),
            )
        )
    if len(set(names)) < len(names):
        raise InstallFailed(
            phrase(
                "{model} has two labels of one name: {labels}.", model=model, labels=_listed(names)
            )
        )
    unknown = tuple(name for name in names if name not in known and name not in NO_MOOD)
    return Labels(names, members, unknown, _exclusive(config))


def _exclusive(config: Any) -> bool:
    if config.problem_type:
        return bool(config.problem_type == "single_label_classification")
    return not any("MultiLabel" in name for name in config.architectures or ())


def _listed(names: Sequence[str], most: int = 30) -> str:
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
