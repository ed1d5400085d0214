"""Closer looks for training: one person in the middle at one size, asked for alone, hidden keypoints too."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("torch")

from training_scenes import people_sample  # noqa: E402

from mocap_ros.datasets.augmentation import warp  # noqa: E402
from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, OUTSIDE, SEEN, unlabelled  # noqa: E402
from mocap_ros.datatypes.config import DecodingConfig, MocapConfig, with_settings  # noqa: E402
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS  # noqa: E402
from mocap_ros.geometry.boxes import box_sides  # noqa: E402
from mocap_ros.decoding.one_person import decode_person  # noqa: E402
from mocap_ros.decoding.several_looks import PERSON_PX, VIEW_PX  # noqa: E402
from mocap_ros.training.closer_views import (  # noqa: E402
    closer_samples, closer_view, of_person, PLACE_SPREAD, SIZE_SPREAD)
from mocap_ros.training.targets import make_targets, STRIDE  # noqa: E402
from mocap_ros.training.validation import look_closer_with, score_detector  # noqa: E402

TWO = [(-0.9, 0.1, 4.0), (1.0, 0.15, 4.6)]
WRIST, KNEE = KEYPOINTS.index("l_wrist"), KEYPOINTS.index("r_knee")


def test_a_view_shows_one_of_the_people_in_the_middle_at_about_one_size():
    sample = people_sample(TWO)
    sizes, places, persons = [], [], set()
    for seed in range(200):
        one, affine = closer_view(sample, np.random.default_rng(seed))
        assert len(one) == 1
        view = warp(one, affine, VIEW_PX, VIEW_PX)
        sizes.append(box_sides(view.keypoints_px)[0].max() / PERSON_PX)
        places.append((view.keypoints_px[0].min(0) + view.keypoints_px[0].max(0)) / 2 - (VIEW_PX - 1) / 2)
        persons.add(float(one.keypoints_px[0, 0, 0]))
    assert persons == set(sample.keypoints_px[:, 0, 0].tolist())
    # Most findings are of the whole person; those of a part of it show the person larger.
    assert abs(np.median(np.log(sizes))) < 2 * SIZE_SPREAD and 0.5 < min(sizes) and np.quantile(sizes, 0.9) < 2
    assert np.abs(np.median(places, 0)).max() < PLACE_SPREAD * PERSON_PX  # px
    again = [closer_view(sample, np.random.default_rng(5))[1] for _ in range(2)]
    assert (again[0] == again[1]).all()


def test_nobody_and_people_whom_nothing_shows_give_views_of_surroundings():
    empty = unlabelled(np.zeros((120, 200, 3), np.uint8))
    hidden = replace(people_sample(TWO), visibility=np.full((2, K), HIDDEN_BY_OTHER))
    for sample in (empty, hidden):
        one, affine = closer_view(sample, np.random.default_rng(1))
        assert len(one) == 0 and np.isfinite(affine).all()
        assert closer_samples([sample], 1) == []


def test_only_the_person_in_the_middle_is_asked_for_hidden_keypoints_too():
    visibility = np.full((2, K), SEEN, np.uint8)
    visibility[0, WRIST], visibility[0, KNEE] = HIDDEN_BY_OBJECT, OUTSIDE
    sample = of_person(replace(people_sample(TWO), visibility=visibility), 0)
    targets, usual = make_targets(sample, hidden_too=True), make_targets(sample)
    assert targets.heatmaps[WRIST].max() > 0.8 and usual.heatmaps[WRIST].max() == 0
    assert targets.heatmaps[KNEE].max() == 0
    assert (targets.heatmap_weights[WRIST] == 1).all() and (usual.heatmap_weights[WRIST] == 0).any()
    found = decode_person(targets.heatmaps, targets.encodings, STRIDE, DecodingConfig())
    assert len(found) == 1 and found.confidence[0, KNEE] == 0 and np.isnan(found.keypoints_px[0, KNEE]).all()
    others = np.delete(np.arange(K), KNEE)
    # Half a pixel of 8 a cell: the peak of a sampled Gaussian is exact.
    assert np.abs(found.keypoints_px[0] - sample.keypoints_px[0])[others].max() < 0.5
    assert found.encodings.shape == (1, K, J, 3) and (found.encodings[0, WRIST] != 0).any()


def test_who_shows_too_little_is_nobody():
    settings = with_settings(MocapConfig(), {"decoding.minimum_keypoints": 4, "decoding.minimum_score": 0.3}).decoding
    maps, encodings = np.zeros((K, 22, 22), np.float32), np.zeros((J, 3, 22, 22), np.float32)
    assert len(decode_person(maps, encodings, STRIDE, settings)) == 0
    maps[:3, 5, 7] = 0.9
    assert len(decode_person(maps, encodings, STRIDE, settings)) == 0  # three keypoints
    maps[:, 5, 7] = 0.28
    assert len(decode_person(maps, encodings, STRIDE, settings)) == 0  # all of them, hardly believed
    maps[2, 9, 4] = 0.95
    maps[:, 5, 7] = 0.4
    found = decode_person(maps, encodings, STRIDE, settings)
    assert len(found) == 1 and found.scores[0] == pytest.approx((0.4 * (K - 1) + 0.95) / K)
    assert found.keypoints_px[0, 2].tolist() == [(4 + 0.5) * STRIDE - 0.5, (9 + 0.5) * STRIDE - 0.5]


def test_closer_views_of_labelled_people_score_full_with_perfect_maps():
    views = closer_samples([people_sample(TWO), people_sample(TWO[:1])], 3)
    assert len(views) == 3 and all(view.image.shape == (VIEW_PX, VIEW_PX, 3) for view in views)
    answers = iter([make_targets(view, hidden_too=True) for view in views])

    def infer(images):
        assert images.shape == (1, VIEW_PX, VIEW_PX, 3)
        targets = next(answers)
        return targets.heatmaps[None], targets.part_affinity[None], targets.encodings[None]

    scores = score_detector(look_closer_with(infer), views)
    assert scores.found == 1 and scores.average_precision > 0.95 and scores.false_people == 0
