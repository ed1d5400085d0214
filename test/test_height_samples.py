"""Measured heights settle, ignore what is far off, and stay with their person."""

import numpy as np

from mocap_ros.kinematics.height_samples import (
    add_samples, averaged_heights, concatenate, FEWEST, no_samples, SAMPLES,
)


def filled(values, weights):
    """Samples of one person after these measurements."""
    samples = no_samples(1)
    for value, weight in zip(values, weights):
        samples = add_samples(samples, np.array([value]), np.array([weight]))
    return samples


def test_nobody_is_measured_before_there_are_enough():
    assert np.isnan(averaged_heights(no_samples(3))).all()
    assert np.isnan(averaged_heights(filled([1.8] * (FEWEST - 1), [1.0] * FEWEST)))[0]
    assert averaged_heights(filled([1.8] * FEWEST, [1.0] * FEWEST))[0] == 1.8


def test_a_third_of_wild_measurements_moves_the_height_by_less_than_the_noise():
    generator = np.random.default_rng(0)
    values = generator.normal(1.7, 0.05, SAMPLES)
    values[::3] = generator.uniform(0.6, 2.5, len(values[::3]))
    assert abs(averaged_heights(filled(values, np.ones(SAMPLES)))[0] - 1.7) < 0.05  # m


def test_the_median_of_even_and_weighted_sets():
    assert averaged_heights(filled([1, 2, 3, 4, 5, 6.0], np.ones(6)))[0] == 3.5
    assert averaged_heights(filled([1, 2, 3, 4, 5.0], [1, 0.25, 0.25, 0.25, 0.25]))[0] == 1.5  # half of it weighs 1


def test_better_measurements_replace_worse_and_then_nothing_changes():
    poor = filled([1.2] * SAMPLES, [0.25] * SAMPLES)
    better = poor
    for _ in range(SAMPLES):
        better = add_samples(better, np.array([1.7]), np.array([1.0]))
    assert averaged_heights(poor)[0] == 1.2 and averaged_heights(better)[0] == 1.7
    late = add_samples(better, np.array([2.4]), np.array([1.0]))
    assert (late.heights == better.heights).all()
    assert (add_samples(poor, np.array([np.nan]), np.array([0.0])).heights == poor.heights).all()


def test_people_keep_their_own_samples():
    two = concatenate([filled([1.2] * FEWEST, [1.0] * FEWEST), filled([1.9] * FEWEST, [1.0] * FEWEST)])
    assert (averaged_heights(two.take([1, 0])) == [1.9, 1.2]).all()
