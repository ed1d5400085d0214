"""The shipped refiner puts found people right, and does nothing where it should not; no torch is needed."""

from pathlib import Path

import numpy as np
import pytest

from mocap_ros.datasets.clips import ClipFrames
from mocap_ros.datasets.sample import SEEN
from mocap_ros.datatypes.config import EstimatorConfig, MocapConfig, with_settings
from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.nets.mean_lift import mean_pose, REFINED_SHARE
from mocap_ros.nets.runtime import load_refiner, WEIGHTS
from mocap_ros.pipeline.estimator import Estimator
from mocap_ros.pipeline.timing import StageTimer

CLIP = ClipFrames(Path(__file__).resolve().parents[1] / "demo" / "people.mp4")
FRAMES = range(0, len(CLIP), 12)
LIMBS = [KEYPOINTS.index(name) for name in ("r_wrist", "l_wrist", "r_elbow", "l_elbow", "r_ankle", "l_ankle")]


@pytest.fixture(scope="module")
def refiner():
    return load_refiner(EstimatorConfig(device="cpu", threads=1))


def seen_people(frame):
    """Rows of a frame's people of whom most is seen, and their sizes [px]."""
    seen = frame.keypoint_visibility == SEEN
    rows = np.flatnonzero(seen.sum(1) >= 15)
    return rows, box_sides(np.where(seen[..., None], frame.keypoints_px, np.nan))[rows].max(-1)


def test_elbows_wrists_and_ankles_that_went_astray_come_nearer(refiner):
    before, after, poses = [], [], []
    for number in FRAMES:
        frame = CLIP[number]
        rows, sizes = seen_people(frame)
        truth = frame.keypoints_px[rows].astype(float)
        generator = np.random.default_rng(number)
        astray = truth.copy()
        astray[:, LIMBS] += generator.normal(0, 0.15, (len(rows), len(LIMBS), 2)) * sizes[:, None, None]
        found = Detections(astray, np.full((len(rows), K), 0.7), np.ones(len(rows)))
        refined = refiner.refine(frame.read_image(), found, frame.camera or CLIP.camera, 9)
        points = np.where(refined.detections.confidence[..., None] > 0, refined.detections.keypoints_px,
                          refined.detections.hidden_px)
        asked = (frame.keypoint_visibility[rows] == SEEN)[:, LIMBS]
        for errors, places in ((before, astray), (after, points)):
            errors.append((np.linalg.norm(places - truth, axis=-1) / sizes[:, None])[:, LIMBS][asked])
        joints = frame.joints_camera[rows] - frame.joints_camera[rows][:, 14:15]
        poses.append(np.linalg.norm(refined.joints - joints, axis=-1)[:, :14].mean(1))
    before, after = np.concatenate(before), np.concatenate(after)
    assert len(before) > 50
    assert np.median(after) < 0.8 * np.median(before) and np.mean(after) < 0.8 * np.mean(before)
    assert np.median(np.concatenate(poses)) < 0.2  # m, people of other heights than 1.7 m among them


def test_who_is_not_there_is_dropped_and_who_is_stays(refiner):
    there, elsewhere = [], []
    for number in FRAMES:
        frame = CLIP[number]
        rows, _ = seen_people(frame)
        found = Detections(frame.keypoints_px[rows], np.full((len(rows), K), 0.7), np.ones(len(rows)))
        refined = refiner.refine(frame.read_image(), found, CLIP.camera, 9)
        assert len(refined.detections) == len(refined.joints) == refined.kept.sum()
        there.append(refined.kept)
        elsewhere.append(refiner.refine(np.full_like(frame.read_image(), 120), found, CLIP.camera, 9).kept)
        few = refiner.refine(np.full_like(frame.read_image(), 120), found, CLIP.camera, 1)
        assert (~few.kept).sum() <= 1  # who was not looked at is nobody's business
    assert np.mean(np.concatenate(there)) > 0.95 and np.mean(np.concatenate(elsewhere)) < 0.5


def test_nobody_stays_nobody_and_keypoints_stay_in_the_image(refiner):
    frame = CLIP[0]
    image = frame.read_image()
    refined = refiner.refine(image, nobody(with_encodings=True), CLIP.camera, 9)
    assert len(refined.detections) == 0 and refined.joints.shape == (0, J, 3)
    rows, _ = seen_people(frame)
    person = frame.keypoints_px[rows[:1]]
    half = image[:, :int(person[0, :, 0].mean())]  # the border goes through the person
    found = refiner.refine(half, Detections(person, np.ones((1, K)), np.ones(1)), CLIP.camera, 9).detections
    seen = found.keypoints_px[found.confidence > 0]
    assert len(seen) and (seen >= -0.5).all() and (seen < np.array(half.shape[1::-1]) - 0.5).all()
    assert (found.hidden_px[found.confidence == 0][:, 0] > half.shape[1]).any()
    assert np.isnan(found.hidden_px[found.confidence > 0]).all()
    taken = found.take([0])
    np.testing.assert_array_equal(taken.hidden_px, found.hidden_px[:1])


def test_settings_turn_it_off_and_the_largest_come_first():
    image = CLIP[20].read_image()
    timer = StageTimer()
    estimator = Estimator(with_settings(MocapConfig(), {"estimator.device": "cpu", "estimator.threads": 1}), timer)
    found = estimator.detect(image)
    assert len(found) >= 3
    sizes = box_sides(found.keypoints_px).max(-1)
    for most in (0, 1):
        estimator.configure(with_settings(estimator.config, {"estimator.refined_people": most}))
        lifted = estimator.lift(found, image, CLIP.camera).detections
        assert len(lifted) == len(found)  # all of them are there
        moved = np.nan_to_num(np.abs(lifted.keypoints_px - found.keypoints_px)).max((1, 2)) > 0
        assert moved.sum() == most and (most == 0 or moved[sizes.argmax()])
        assert ("refine" in timer.medians_ms()) == (most > 0)
    alone = Estimator(with_settings(estimator.config, {"estimator.refiner": ""}))
    assert alone.refiner is None
    np.testing.assert_array_equal(alone.lift(found, image, CLIP.camera).detections.keypoints_px, found.keypoints_px)


def test_poses_are_meant_and_either_stands_alone():
    one, other = np.zeros((3, J, 3)), np.ones((3, J, 3))
    one[1], other[2] = np.nan, np.nan
    joints = mean_pose(one, other)
    assert (joints[0] == REFINED_SHARE).all() and (joints[1] == 1).all() and (joints[2] == 0).all()


def test_weights_that_are_not_a_refiner_are_named(tmp_path):
    assert load_refiner(EstimatorConfig(refiner="")) is None
    with pytest.raises(WeightsError, match="refining weights 'nowhere': no such folder. Shipped: refine-person"):
        load_refiner(EstimatorConfig(refiner="nowhere"))
    with pytest.raises(WeightsError, match="refiner.onnx: no such weights file"):
        load_refiner(EstimatorConfig(refiner=str(tmp_path), device="cpu"))
    (tmp_path / "refiner.onnx").write_bytes((WEIGHTS / "lift-2d" / "stage_two.onnx").read_bytes())
    with pytest.raises(WeightsError, match="its stage is not this program's"):
        load_refiner(EstimatorConfig(refiner=str(tmp_path), device="cpu"))
