"""The examples that the language models are shown, written for this purpose."""

from __future__ import annotations

from dataclasses import dataclass

from miso_desktop.moods import Mood
from miso_desktop.photos.language_models.answers import Argument


@dataclass(frozen=True)
class Example:
    """A caption, and the argument that is wanted."""

    caption: str
    answer: Argument


@dataclass(frozen=True)
class View:
    """A point of view, with its examples."""

    instruction: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Case:
    """A caption with the readers' arguments, and the ruling that is wanted of the head."""

    caption: str
    arguments: tuple[Argument, ...]
    ruling: Argument


VIEWS = (
    View(
        "Look at what happens: who does what, and what came before and comes after.",
        (
            Example(
                "two girls blow soap bubbles at each other in the yard",
                Argument(Mood.HAPPY, "They play together without a care.", 0.9),
            ),
            Example(
                "a man lets go of a hand at the door of a train",
                Argument(Mood.SAD, "Somebody is leaving, and the hand is let go.", 0.75),
            ),
            Example(
                "two drivers step out of their cars and shout at each other",
                Argument(Mood.AGGRESSIVE, "A quarrel is about to become a fight.", 0.9),
            ),
            Example(
                "a rescue helicopter lowers a rope to a boat that is sinking",
                Argument(Mood.DRAMATIC, "Lives hang on the rope, and the end is open.", 0.9),
            ),
            Example(
                "a man puts a parcel on a counter",
                Argument(None, "An errand; nothing is at stake.", 0.8),
            ),
        ),
    ),
    View(
        "Look at the place, the light, the weather and the season, as a film maker would.",
        (
            Example(
                "morning sun on a market street hung with paper flags",
                Argument(Mood.HAPPY, "Sun and bright colours promise a good day.", 0.8),
            ),
            Example(
                "lanterns drift on a dark river below a balcony for two",
                Argument(Mood.ROMANTIC, "Warm light on water, and a place for two.", 0.85),
            ),
            Example(
                "rain runs down the window of a closed seaside café",
                Argument(Mood.SAD, "The season is over and nobody is there.", 0.75),
            ),
            Example(
                "black clouds pile up behind a lone lighthouse",
                Argument(
                    Mood.DRAMATIC, "The sky threatens and the tower stands alone against it.", 0.85
                ),
            ),
            Example(
                "fluorescent light in an office corridor",
                Argument(None, "An even light without weather or season.", 0.8),
            ),
        ),
    ),
    View(
        "Look at the people or animals, their faces and bodies, and how they stand to one another.",
        (
            Example(
                "a grandfather and a toddler wear each other's hats and grin",
                Argument(Mood.HAPPY, "Both are amused, and fond of each other.", 0.9),
            ),
            Example(
                "her head rests on his shoulder while they wait for the bus",
                Argument(Mood.ROMANTIC, "They lean on each other as lovers do.", 0.85),
            ),
            Example(
                "an old dog lies beside an empty bed and looks at the door",
                Argument(Mood.SAD, "It waits for somebody who does not come.", 0.8),
            ),
            Example(
                "a goalkeeper grabs a striker by the collar, teeth bared",
                Argument(Mood.AGGRESSIVE, "Hands and teeth say that he wants to hurt.", 0.85),
            ),
            Example(
                "three people stand in a lift and look at the numbers",
                Argument(None, "They have nothing to do with one another.", 0.8),
            ),
        ),
    ),
    View(
        "Think of the memories and meanings that the things in the caption carry.",
        (
            Example(
                "a jar of sea shells and a child's straw hat",
                Argument(Mood.HAPPY, "What is left of a summer holiday.", 0.7),
            ),
            Example(
                "a bundle of letters tied with a red ribbon",
                Argument(Mood.ROMANTIC, "Letters that are kept like this are love letters.", 0.8),
            ),
            Example(
                "a pair of baby shoes in a box in the attic",
                Argument(Mood.SAD, "A time that is over, put away in a box.", 0.65),
            ),
            Example(
                "a broken bottle in a fist",
                Argument(Mood.AGGRESSIVE, "A bottle held like that is a weapon.", 0.9),
            ),
            Example(
                "a stapler and a box of paper clips",
                Argument(None, "Things of use; they remind of nothing.", 0.85),
            ),
        ),
    ),
    View(
        "Ask which music a listener would hear in their head at this picture: its tempo, "
        "its loudness, bright or dark.",
        (
            Example(
                "teenagers dance on the roof of a parked van",
                Argument(Mood.HAPPY, "Something fast and bright, to sing along.", 0.85),
            ),
            Example(
                "two shadows slow dancing behind a curtain",
                Argument(Mood.ROMANTIC, "A slow song with a soft voice.", 0.85),
            ),
            Example(
                "riot shields under a shower of stones",
                Argument(Mood.AGGRESSIVE, "Loud, distorted guitars and hammering drums.", 0.9),
            ),
            Example(
                "a wing-suit flyer leaps off a cliff above the fjord",
                Argument(
                    Mood.DRAMATIC,
                    "A full orchestra that holds its breath and then breaks loose.",
                    0.85,
                ),
            ),
            Example("a grey filing cabinet", Argument(None, "No music comes to mind.", 0.85)),
        ),
    ),
)
"""Five readers. Where fewer models are there, they share them: five readers still."""

CASES = (
    Case(
        "a boy alone on a swing in the evening",
        (
            Argument(Mood.SAD, "Nobody is there to push him.", 0.7),
            Argument(Mood.SAD, "The day ends and he is alone.", 0.7),
            Argument(Mood.HAPPY, "Children like swings.", 0.4),
            Argument(Mood.SAD, "An empty playground is a lonely place.", 0.6),
            Argument(None, "A boy on a swing, no more.", 0.5),
        ),
        Argument(
            Mood.SAD, "That he is alone at the end of the day says more than the swing.", 0.75
        ),
    ),
    Case(
        "a chair at a kitchen table set for one",
        (
            Argument(None, "A table and a chair.", 0.8),
            Argument(None, "A plain room.", 0.7),
            Argument(None, "Nobody is to be seen.", 0.7),
            Argument(Mood.SAD, "Somebody eats alone here now.", 0.6),
            Argument(None, "No music comes to mind.", 0.6),
        ),
        Argument(
            Mood.SAD,
            "Most find nothing in it, but a table set for one does speak of being alone.",
            0.5,
        ),
    ),
    Case(
        "fans light red flares behind the goal",
        (
            Argument(Mood.AGGRESSIVE, "Fire and a crowd.", 0.6),
            Argument(Mood.AGGRESSIVE, "Flares are forbidden and dangerous.", 0.6),
            Argument(Mood.DRAMATIC, "Red smoke over a crowd that waits for the goal.", 0.8),
            Argument(Mood.HAPPY, "Fans celebrate.", 0.5),
            Argument(Mood.DRAMATIC, "Drums, choirs and a long crescendo.", 0.7),
        ),
        Argument(
            Mood.DRAMATIC, "Nobody is attacked; what the words show is tension and spectacle.", 0.7
        ),
    ),
)
