"""Sentences that can be shown in the person's language later.

A reason is made where the work is done, often in another process, kept in the
database, and read in whatever language the window speaks by then. So a reason is
not a string but a :class:`Phrase`: an English template, which is also the key of
its translation (GNU gettext), and the values that fill it.

The templates are collected by Babel from calls of :func:`phrase`, :func:`tr` and
:func:`trn`; the catalogues lie in ``resources/translations``.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from miso_desktop import paths

LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class Phrase:
    """A sentence with holes.

    Attributes
    ----------
    template : str
        English, with ``{name}`` for each hole (``str.format``).
    values : tuple of (str, value)
        What fills the holes: text, numbers, or further phrases, which are translated.
    """

    template: str
    values: tuple[tuple[str, str | int | float | Phrase], ...] = ()

    def __str__(self) -> str:
        filled = {k: str(v) if isinstance(v, Phrase) else v for k, v in self.values}
        return _translation.gettext(self.template).format(**filled)

    def to_json(self) -> dict[str, object]:
        """A form for the database; :meth:`from_json` reads it back."""
        return {
            "template": self.template,
            "values": {k: v.to_json() if isinstance(v, Phrase) else v for k, v in self.values},
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> Phrase:
        """Read what :meth:`to_json` wrote."""
        values = stored.get("values") or {}
        assert isinstance(values, Mapping)
        return cls(
            str(stored["template"]),
            tuple((k, cls.from_json(v) if isinstance(v, dict) else v) for k, v in values.items()),
        )

    def dumps(self) -> str:
        """:meth:`to_json` as text."""
        import json

        return json.dumps(self.to_json(), ensure_ascii=False)


def phrase(template: str, **values: str | int | float | Phrase) -> Phrase:
    """A phrase to be shown later: ``phrase("warm light, {percent} %", percent=80)``."""
    return Phrase(template, tuple(values.items()))


def tr(template: str, **values: str | int | float | Phrase) -> str:
    """Text to show now, in the language that :func:`use_language` chose."""
    return str(phrase(template, **values))


def trn(one: str, many: str, count: int, **values: str | int | float | Phrase) -> str:
    """Text that depends on a number, which fills ``{count}``."""
    return _translation.ngettext(one, many, count).format(count=count, **values)


def translated() -> tuple[str, ...]:
    """The languages that MISO speaks: English, and those whose catalogue is shipped."""
    return tuple(
        language for language in LANGUAGES if language == LANGUAGES[0] or catalogue_files(language)
    )


def catalogue_files(language: str) -> list[Path]:
    """A language's catalogues: the program's own, and the names of what photos show."""
    return sorted(paths.resource("translations", language, "LC_MESSAGES").glob("*.po"))


def system_language() -> str:
    """One of :data:`LANGUAGES`: the system's, or English."""
    import locale

    # gettext's own order. Asking the locale comes last: on a machine where the locale that the
    # person names was not generated it answers C.
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    chosen = next(filter(None, named), None) or locale.getlocale()[0] or ""
    language = chosen[:2].lower()
    return language if language in LANGUAGES else LANGUAGES[0]


def use_language(language: str) -> None:
    """Choose the language of every phrase from now on; English where there is no catalogue."""
    global _translation, _language
    _language = language if language in translated() else LANGUAGES[0]
    if _language == LANGUAGES[0]:
        _translation = gettext.NullTranslations()
        return
    from miso_desktop import catalogues

    _translation = catalogues.load(catalogue_files(_language))


def language() -> str:
    """The language that phrases are shown in: one of :data:`LANGUAGES`."""
    return _language


_language = LANGUAGES[0]
_translation: gettext.NullTranslations = gettext.NullTranslations()
