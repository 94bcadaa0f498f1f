"""A worker that hangs, dies or eats memory costs one file, never the program."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from miso_desktop import bundles, models, packing, paths
from miso_desktop.analysis import PHOTO_LIMIT_S, Workers, try_out
from miso_desktop.errors import AnalysisFailed, BundleError, UnreadablePhoto
from miso_desktop.phrases import phrase
from miso_desktop.values import ModelServer
from tests.bundle_samples import TINY, captioner, describe, make, unfit

FILE = Path("holiday.jpg")


def process_id() -> int:
    return os.getpid()


def hang() -> None:
    time.sleep(60)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def eat() -> int:
    return len(bytearray(1 << 40))


def refuse() -> None:
    raise UnreadablePhoto(phrase("{path} is no photo", path=str(FILE)), FILE)


def stumble() -> None:
    raise ZeroDivisionError("a bug of ours")


@pytest.fixture
def workers() -> Iterator[Workers]:
    pool = Workers(1)
    yield pool
    pool.close()


def test_work_is_done_in_another_process_that_is_kept(workers: Workers) -> None:
    first, second = (workers.run(30, FILE, process_id).result() for _ in range(2))
    assert first == second != os.getpid()


@pytest.mark.parametrize(
    ("job", "words", "limit_s"),
    [(hang, "more than 1 s", 1), (die, "broke down", 30), (eat, "memory", 30)],
    ids=["hangs", "dies", "eats memory"],
)
def test_a_bad_file_is_named_and_the_next_goes_on(
    workers: Workers, job: Callable[[], object], words: str, limit_s: float
) -> None:
    workers.run(30, FILE, process_id).result()  # the worker is up: only the job counts
    with pytest.raises(AnalysisFailed, match=words) as caught:
        workers.run(limit_s, FILE, job).result(30)
    assert str(FILE) in str(caught.value)
    assert caught.value.path == FILE
    assert workers.run(30, FILE, process_id).result(30)


def test_an_error_a_person_can_mend_comes_back_as_it_was(workers: Workers) -> None:
    with pytest.raises(UnreadablePhoto, match=r"holiday\.jpg is no photo"):
        workers.run(30, FILE, refuse).result(30)


def test_a_bug_is_not_dressed_up(workers: Workers) -> None:
    with pytest.raises(ZeroDivisionError):
        workers.run(30, FILE, stumble).result(30)


def test_a_model_is_tried_in_a_worker(workers: Workers, tmp_path: Path) -> None:
    workers.try_out(captioner(tmp_path / "blip", "blip"))
    with pytest.raises(BundleError, match=r"scene.*classes\.json"):
        workers.try_out(make(tmp_path / "scene"))
    with pytest.raises(BundleError, match=r"other.*model\.onnx"):
        workers.try_out(make(tmp_path / "other"))
    with pytest.raises(BundleError, match="mute"):
        workers.try_out(make(tmp_path / "mute", role="captioner"))


@pytest.mark.parametrize("model", sorted(paths.bundle_roots()[-1].iterdir()), ids=lambda p: p.name)
def test_every_shipped_model_passes_its_trial(model: Path) -> None:
    try_out(model)


@pytest.mark.parametrize(
    ("role", "change"),
    [
        ("scene", dict.clear),
        ("face", lambda known: known.update(colour_size=30)),
        ("text_mood", lambda known: known["likeness"].update(slope=["steep"])),
        ("captioner", lambda known: known.update(max_positions=1e400)),
        ("panel", lambda known: known.update(sharpness="very")),
        ("music_mood", dict.clear),
        ("music_network", lambda known: known["tags"].pop()),
    ],
)
def test_a_model_whose_parameters_make_no_sense_fails_its_trial(
    tmp_path: Path, role: str, change: Callable[[dict[str, Any]], object]
) -> None:
    with pytest.raises(BundleError, match="mine"):
        try_out(unfit(tmp_path / "mine", role, change))


def test_a_captioner_whose_networks_do_not_fit_is_noticed(workers: Workers, tmp_path: Path) -> None:
    folder = captioner(tmp_path / "blip", "blip")
    preparing = json.loads((folder / "preprocessor.json").read_text("utf-8"))
    (folder / "preprocessor.json").write_text(json.dumps({**preparing, "size": 40}), "utf-8")
    describe(folder, "blip", "captioner", "1", dict(bundles.load(TINY).parameters))
    with pytest.raises(BundleError, match="blip"):
        workers.try_out(folder)


def test_a_worker_reads_the_next_photo_with_what_was_added_meanwhile(
    workers: Workers, tmp_path: Path, home: Path
) -> None:
    photo = tmp_path / "sea.png"
    Image.linear_gradient("L").convert("RGB").save(photo)

    def used() -> set[str]:
        return set(dict(workers.read_photo(photo).result(60).bundles))

    before = used()
    file = tmp_path / "blip.miso"
    packing.pack(bundles.load(captioner(tmp_path / "made", "blip")), file)
    models.add(file, try_out=workers.try_out)
    worker = workers.run(30, FILE, process_id).result()
    assert "blip" in used()
    models.remove("blip")
    assert used() == before
    assert workers.run(30, FILE, process_id).result() == worker  # the same, all the time


def test_closing_does_not_wait_for_what_is_under_way() -> None:
    pool = Workers(1)
    job = pool.run(60, FILE, hang)
    time.sleep(0.5)
    started = time.monotonic()
    pool.close()
    assert time.monotonic() - started < 10
    with pytest.raises(AnalysisFailed):
        job.result(1)


def test_what_nobody_waits_for_any_more_is_not_begun(workers: Workers) -> None:
    first = workers.run(30, FILE, time.sleep, 1.0)
    second = workers.run(30, FILE, hang)
    third = workers.run(30, FILE, process_id)
    assert second.cancel()
    assert third.result(20) > 0
    assert first.result(0) is None


def test_closing_a_pool_that_never_worked() -> None:
    Workers(2).close()


def test_the_time_of_language_models_comes_on_top_of_the_photos(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pool = Workers(1)
    limits: list[float] = []
    monkeypatch.setattr(pool, "run", lambda limit_s, *_: limits.append(limit_s))
    pool.read_photo(FILE)
    pool.read_photo(FILE, None, ModelServer("http://127.0.0.1:1", limit_s=300.0))
    pool.close()
    assert limits == [PHOTO_LIMIT_S, PHOTO_LIMIT_S + 300.0]
