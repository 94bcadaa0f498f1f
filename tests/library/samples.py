"""Made-up analyses and readings. The library judges files by name, age and bytes alone."""

from miso_desktop.moods import Mood, MoodScores
from miso_desktop.phrases import phrase
from miso_desktop.values import PhotoReading, Silence, Tags, TrackAnalysis, Vote

BUNDLES = (("music-mood", "1.0.0"),)
SAD = MoodScores.of([1, 2, 5, 0, 1], -0.4, -0.2)
HAPPY = MoodScores.of([6, 1, 0, 1, 1], 0.7, 0.4)


def music(folder, *names):
    """Files with contents of their own; returns their paths."""
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"sound of " + str(path.relative_to(folder)).encode("utf-8", "replace"))
    return paths


def analysis(path, scores=SAD, tags=None, bundles=BUNDLES):
    tags = tags or Tags(title="아침", artist="Nobody", genres=("K-Pop", "발라드"), duration_s=12.5)
    return TrackAnalysis(path, tags, scores, seconds=12.5, ms=80.0, bundles=bundles)


def scan(library, folder, **options):
    """What a scan does: plan, then store each file."""
    plan = library.scans.plan(folder, **options)
    for path in plan.todo:
        library.tracks.store(analysis(path), plan.stamps[path])
    return plan


def reading(photo, scores=HAPPY):
    return PhotoReading(
        photo=photo,
        caption=None,
        scores=scores,
        votes=(
            Vote(
                "light",
                scores,
                0.7,
                phrase("{light}, {percent} %", light=phrase("warm light"), percent=80),
            ),
            Vote("scene", SAD, 0.3, phrase("like pictures of {what}", what="해변")),
        ),
        why=phrase("most readers say {mood}", mood=Mood.HAPPY.value),
        silences=(Silence("caption", phrase("no captioner is installed")),),
        bundles=(("scene", "1.0.0"), ("text-mood", "0.2")),
        ms=41.25,
    )
