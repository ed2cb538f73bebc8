"""The choices do what they say, findings are measured as they say, and pages say no more than holds."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT

from studies.choices import choices
from studies.choices.choices import CHOICES, POST
from studies.choices.findings import FINDINGS, OF_PAIRS, SAID, ten_images
from studies.shared import files, images, models
from studies.verdicts.evidence import Case

BY_NAME = {choice.name: choice for choice in CHOICES}
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.random((230, 784)).astype(np.float32)
LABELS = np.where(RANDOM.random(230) < 0.5, -1, 1).astype(np.float32)
STARTS = RANDOM.normal(size=(785, 2)) / 30


def trained(choice: choices.Choice) -> np.ndarray:
    return choices.train(choice, IMAGES, LABELS, STARTS)[0]


def test_the_posts_choices_are_the_posts_training():
    np.testing.assert_array_equal(trained(POST), models.train(IMAGES, LABELS, STARTS)[-1])


def test_a_dropped_batch_is_a_shorter_data_set():
    shorter = models.train(IMAGES[:200], LABELS[:200], STARTS)[-1]
    np.testing.assert_allclose(trained(BY_NAME["last batch dropped"]), shorter)


def test_a_last_batch_by_its_size_changes_the_regular_model_only_and_by_thirty_hundredths():
    once = replace(BY_NAME["last batch by its size"], epochs=1)
    ours = trained(once)
    plain = models.train(IMAGES[:200], LABELS[:200], STARTS, epochs=1)[-1, :, 0]
    step = models.train(IMAGES[200:], LABELS[200:], plain, [models.REGULAR], epochs=1)[-1, :, 0] - plain
    np.testing.assert_allclose(ours[:, 0], plain + 0.3 * step, atol=1e-6)
    np.testing.assert_allclose(ours[:, 1:], trained(replace(POST, epochs=1))[:, 1:], atol=1e-6)


def test_averaged_weights_lie_between_those_of_the_last_epoch():
    mean = trained(replace(BY_NAME["mean of the last epoch"], epochs=1, batch=230))
    np.testing.assert_allclose(mean[:, 0], STARTS, atol=1e-6)  # one step, seen before it


def test_reshuffled_batches_hold_each_image_once_and_differ_by_epoch():
    of_epoch = choices.batches(BY_NAME["reshuffled"], 230)
    first, second = np.concatenate(of_epoch(0)), np.concatenate(of_epoch(1))
    assert sorted(first) == sorted(second) == list(range(230)) and (first != second).any()


def test_the_means_are_those_of_active_examples():
    """With one batch and one epoch, by hand."""
    once = replace(POST, epochs=1, batch=230)
    _, means = choices.train(once, IMAGES, LABELS, STARTS)
    weights, epsilon = STARTS[:, 1], 0.2
    margins = LABELS * (IMAGES @ weights[:-1] + weights[-1])
    active = margins < 1 + epsilon * np.abs(weights[:-1]).sum()
    np.testing.assert_allclose(means[:, 2, 1], (LABELS[:, None] * IMAGES)[active].mean(axis=0), atol=1e-6)


@pytest.mark.slow
def test_the_files_order_has_the_same_images():
    pixels, digits = choices.in_files_order()
    assert digits[:5].tolist() == [5, 0, 4, 1, 9]  # as every reader of MNIST finds them
    ours, theirs = images.all_digits("train")
    assert sorted(zip(digits.tolist(), map(bytes, pixels), strict=True)) == sorted(
        zip(theirs.tolist(), map(bytes, ours), strict=True)
    )


def test_ten_images_reach_as_far_as_they_move_margins():
    """Two digits of one image each: every draw has the same mean difference, whose attack is done by hand."""
    zero, one = IMAGES[:2]
    data = np.repeat([zero, one], 10, axis=0), np.repeat([-1, 1], 10)
    weights = RANDOM.normal(size=(785, 4, 1))
    case = Case(weights[:, 0], weights, weights[..., 0], None, data, data)
    moved = (np.sign(one - zero) @ weights[:-1, 1:, 0]) / np.abs(weights[:-1, 1:, 0]).sum(axis=0)
    assert ten_images(case) == pytest.approx(moved.min())


def test_findings_about_pairs_are_read_off_the_right_models():
    """Rows are attacks, columns models; one pair keeps more than zeros and ones where it was trained for."""
    first, second = np.full((4, 4), 0.9), np.full((4, 4), 0.8)
    first[0], second[0] = (1, 0.99, 0.98, 0.97), (1, 0.97, 0.94, 0.9)
    first[:, 0], second[:, 0] = (1, 0.6, 0.1, 0), (1, 0.7, 0.3, 0)
    second[2, 2] = 0.95
    found = {name: finding.measure({"0 1": first, "2 3": second}) for name, finding in OF_PAIRS.items()}
    expected = {"price at 0.1": 0.02, "price at 0.2": 0.04, "price at 0.3": 0.065, "easiest pair": 1}
    assert found == pytest.approx(expected)


# The rule of wording


@pytest.mark.parametrize(("name", "page", "words", "condition"), SAID)
def test_a_sentence_without_a_condition_states_what_holds_under_all_choices(name, page, words, condition):
    """In the passage that has the words, the condition stands, too; none is needed where no choice turns."""
    text = (ROOT / page).read_text(encoding="utf-8")
    passages = [" ".join(passage.split()) for passage in text.replace("\n- ", "\n\n- ").split("\n\n")]
    saying = [passage for passage in passages if words in passage]
    assert saying, f"{page} no longer says {words!r}: change SAID in studies/choices/findings.py"
    found = files.numbers("choices").findings[name]
    values = [value for value in found["values"] if value is not None]
    assert bool(found.turned) == any(FINDINGS[name].distance(value) <= 0 for value in values)
    assert found.range == [min(values), max(values)]
    if found.turned:
        assert condition and all(condition in passage for passage in saying), f"{words!r} needs a condition"
