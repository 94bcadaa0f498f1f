"""Language models that the person already runs on this machine, as one reader of the panel.

Five readers, each with a point of view and five examples of its own, give a mood and an
argument; a head with three examples weighs the arguments and the majority, and may follow a
minority where most found the words neutral. Off by default; loopback only.
"""

from miso_desktop.photos.language_models.reader import READER, LanguageModels, offered

__all__ = ["READER", "LanguageModels", "offered"]
