"""What the person has set. A small JSON file, in which a mistake costs one setting at most."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from miso_desktop.phrases import LANGUAGES
from miso_desktop.values import Genre, ModelServer

Theme = Literal["system", "light", "dark"]

MAX_COUNT = 500
MAX_MODEL_LIMIT_S = 300.0


@dataclass(frozen=True)
class Settings:
    """The settings, with their defaults.

    Attributes
    ----------
    language : str
        One of :data:`~miso_desktop.phrases.LANGUAGES`; empty: the system's.
    theme : {"system", "light", "dark"}
    volume : float
        0 to 1.
    genre : Genre
        Which music to choose from.
    count : int
        Length of a queue, 1 to :data:`MAX_COUNT`.
    model_server : str
        Address on this machine of a server of language models that join the panel; empty:
        none is asked.
    model_names : str
        Which of its models to ask, separated by commas; empty: those that it offers.
    model_limit_s : float
        The most seconds that asking them may take, 1 to :data:`MAX_MODEL_LIMIT_S`.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """

    language: str = ""
    theme: Theme = "system"
    volume: float = 0.8
    genre: Genre = Genre.ANY
    count: int = 20
    model_server: str = ""
    model_names: str = ""
    model_limit_s: float = 20.0

    def __post_init__(self) -> None:
        if self.language not in ("", *LANGUAGES):
            raise ValueError(f"unknown language: {self.language}")
        if self.theme not in get_args(Theme):
            raise ValueError(f"unknown theme: {self.theme}")
        if not 0.0 <= self.volume <= 1.0:
            raise ValueError(f"the volume lies between 0 and 1: {self.volume}")
        if not 1 <= self.count <= MAX_COUNT:
            raise ValueError(f"the count lies between 1 and {MAX_COUNT}: {self.count}")
        if not 1.0 <= self.model_limit_s <= MAX_MODEL_LIMIT_S:
            raise ValueError(f"language models get 1 to {MAX_MODEL_LIMIT_S} s")
        if self.model_server:
            from miso_desktop import loopback

            loopback.parse(self.model_server)
        object.__setattr__(self, "genre", Genre(self.genre))

    def server(self, language: str) -> ModelServer | None:
        """The language models to ask, for reasons in a language; None while they are off."""
        if not self.model_server:
            return None
        names = tuple(name.strip() for name in self.model_names.split(",") if name.strip())
        return ModelServer(self.model_server, names, self.model_limit_s, language)


def load(path: Path) -> Settings:
    """Read the settings; defaults where there are none.

    A file that is not JSON is kept beside itself as ``.broken``; a single setting with an
    impossible value takes its default.
    """
    try:
        stored = _read(path)
    except ValueError:
        with suppress(OSError):
            path.replace(path.with_name(path.name + ".broken"))
        return Settings()
    except OSError:  # it may not be read; it may well be good
        return Settings()
    good: dict[str, Any] = {}
    for field in fields(Settings):
        if field.name in stored:
            with suppress(ValueError, TypeError):
                good[field.name] = _checked(field.name, stored[field.name], field.default)
    return Settings(**good)


def save(settings: Settings, path: Path) -> None:
    """Write the settings so that either the old or the new ones are there, never half.

    Settings that a newer MISO has written and this one does not know are kept.

    Raises
    ------
    OSError
        If the file cannot be written; the old one is as it was.
    """
    import json

    from miso_desktop.atomic import write_text

    try:
        stored = _read(path)
    except ValueError:
        stored = {}
    write_text(path, json.dumps({**stored, **asdict(settings)}, indent=1) + "\n")


def _checked(name: str, value: Any, default: Any) -> Any:
    """A stored value in its setting's type, if the setting can have it."""
    if isinstance(value, bool) or isinstance(value, str) != isinstance(default, str):
        raise TypeError(f"{name} cannot be {value!r}")
    settings = Settings(**{name: value})
    return type(default)(getattr(settings, name))


def _read(path: Path) -> dict[str, Any]:
    """The stored object; empty if there is no file. Raises ValueError if it is broken."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    import json

    try:
        stored = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(stored, dict):
        raise ValueError("settings are a JSON object")
    return stored
