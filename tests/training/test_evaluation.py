"""The figures of cards and manifests are what the field calls by these names."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss

from miso_desktop.training import evaluation

TRUE_MOODS = np.array([0, 1, 2, 3, 4, 4, 2, -1, -1, 0])


@pytest.fixture
def answers() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moods and places that a reader gives, and the rated places."""
    rng = np.random.default_rng(4)
    count = len(TRUE_MOODS)
    moods = rng.dirichlet(np.ones(5), count)
    return moods, rng.uniform(-1, 1, (count, 2)), rng.uniform(-1, 1, (count, 2))


def test_figures_are_scikit_learns_and_scipys(
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    moods, places, true_places = answers
    found = evaluation.figures(moods, places, TRUE_MOODS, true_places)
    known = TRUE_MOODS >= 0
    truth, guess = TRUE_MOODS[known], moods[known].argmax(1)
    assert found == {
        "accuracy": pytest.approx(accuracy_score(truth, guess), abs=1e-4),
        "macro_f1": pytest.approx(f1_score(truth, guess, average="macro"), abs=1e-4),
        "log_loss": pytest.approx(log_loss(truth, moods[known]), abs=1e-4),
        "valence_r": pytest.approx(pearsonr(places[:, 0], true_places[:, 0])[0], abs=1e-4),
        "arousal_r": pytest.approx(pearsonr(places[:, 1], true_places[:, 1])[0], abs=1e-4),
        "confusion": confusion_matrix(truth, guess).tolist(),
    }


def test_a_photo_without_a_mood_counts_for_valence_and_arousal_alone(
    answers: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    moods, places, true_places = answers
    before = evaluation.figures(moods, places, TRUE_MOODS, true_places)
    spoilt = np.where((TRUE_MOODS < 0)[:, None], 0.0, places)
    after = evaluation.figures(moods, spoilt, TRUE_MOODS, true_places)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"valence_r", "arousal_r"}


def test_a_truth_that_was_thought_impossible_costs_much_and_not_everything() -> None:
    moods = np.eye(5)[[1, 1]]
    found = evaluation.figures(moods, np.eye(2), np.array([0, 1]), np.eye(2))
    assert 10 < found["log_loss"] < 11


def test_a_row_holds_all_but_the_confusion_table() -> None:
    found = {"accuracy": 0.5, "macro_f1": 0.25, "log_loss": 1.5, "valence_r": 1, "arousal_r": 0}
    row = evaluation.markdown_row("ours", {**found, "confusion": [[1]]})
    assert row == "| ours | 0.500 | 0.250 | 1.500 | 1.000 | 0.000 |"


def test_nothing_is_told_of_a_photo_by_what_has_seen_its_fold() -> None:
    folds = np.array([0, 1, 2, 0, 1, 2, 2])

    def tell(learn: np.ndarray, test: np.ndarray) -> evaluation.Told:
        assert not set(folds[learn]) & set(folds[test])
        assert (learn ^ test).all()
        (fold,) = set(folds[test])
        return np.full((test.sum(), 5), fold), np.full((test.sum(), 2), -fold)

    moods, places = evaluation.out_of_fold(folds, tell)
    assert (moods == folds[:, None]).all()
    assert (places == -folds[:, None]).all()
