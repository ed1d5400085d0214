"""People of a 2D detector become 3D: the rows of lift-2d, its file, and the Observation."""

import numpy as np
import pytest

from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.config import EstimatorConfig, MocapConfig
from mocap_ros.datatypes.detections import Detections, nobody
from mocap_ros.datatypes.errors import CameraError, WeightsError
from mocap_ros.datatypes.observation import BODY_PARTS
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS
from mocap_ros.geometry.pinhole import rays
from mocap_ros.nets.lift_input import FEWEST_KEYPOINTS, LIFT_FEATURES, anchor_rays, lift_input
from mocap_ros.nets.runtime import WEIGHTS, load_lift
from mocap_ros.pipeline.lifting import KeypointLifter

CAMERA = assumed_camera(640, 480, 0.94)
NECK, SHOULDERS = KEYPOINTS.index("neck"), [KEYPOINTS.index("r_shoulder"), KEYPOINTS.index("l_shoulder")]


def some_people(people, seed=1, share=0.8):
    generator = np.random.default_rng(seed)
    seen = generator.random((people, K)) < share
    return Detections(np.where(seen[..., None], generator.uniform(100, 400, (people, K, 2)), np.nan),
                      np.where(seen, generator.uniform(0.2, 1, (people, K)), 0), np.ones(people))


def rows_of(detections, camera=CAMERA):
    return lift_input(rays(detections.keypoints_px, camera), detections.confidence).rows


def test_rows_do_not_depend_on_the_size_of_the_image():
    found = some_people(5)
    larger = assumed_camera(1280, 960, 0.94)
    centre = CAMERA.matrix[:2, 2], larger.matrix[:2, 2]
    same = Detections((found.keypoints_px - centre[0]) * 2 + centre[1], found.confidence, found.scores)
    np.testing.assert_allclose(rows_of(same, larger), rows_of(found), atol=1e-4)  # float32 pixels


def test_rows_are_the_same_wherever_the_person_is_in_the_view():
    found = some_people(4)
    first = rays(found.keypoints_px, CAMERA)
    angle = 0.4  # rad about the camera's y axis
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    turned = first @ turn.T
    one, other = lift_input(first, found.confidence), lift_input(turned / turned[..., 2:], found.confidence)
    # The smallest turn to the axis leaves a roll about it, so distances from the anchor are compared.
    spread = [np.linalg.norm(each.rows[:, :2 * K].reshape(-1, K, 2), axis=-1) for each in (one, other)]
    seen = found.confidence[:, NECK] > 0
    np.testing.assert_allclose(spread[0][seen], spread[1][seen], atol=1e-5)
    np.testing.assert_allclose(one.rows[seen, -1], other.rows[seen, -1], atol=1e-5)


def test_the_view_axis_goes_through_the_neck_or_between_the_shoulders():
    found = some_people(3, share=1.0)
    directions, seen = rays(found.keypoints_px, CAMERA), np.ones((3, K), bool)
    np.testing.assert_array_equal(anchor_rays(directions, seen), directions[:, NECK])
    seen[:, NECK] = False
    np.testing.assert_allclose(anchor_rays(directions, seen), directions[:, SHOULDERS].mean(1))
    np.testing.assert_array_equal(anchor_rays(directions, np.zeros((3, K), bool)), [[0, 0, 1]] * 3)


def test_what_is_not_seen_changes_nothing():
    found = some_people(4)
    unseen = found.confidence == 0
    directions = rays(found.keypoints_px, CAMERA)
    filled = np.where(unseen[..., None], 17.0, directions)
    np.testing.assert_array_equal(lift_input(filled, found.confidence).rows, rows_of(found))
    rows = rows_of(found)
    assert rows.shape == (4, LIFT_FEATURES) and np.isfinite(rows).all()
    assert not rows[:, :2 * K].reshape(4, K, 2)[unseen].any() and not rows[:, 2 * K:3 * K][unseen].any()


def test_the_shipped_model_lifts_keypoints_alone():
    model = load_lift(EstimatorConfig())
    found = some_people(3, share=1.0)
    joints = model.infer(found, CAMERA)
    assert joints.shape == (3, J, 3) and np.isfinite(joints).all()
    assert model.infer(nobody(), CAMERA).shape == (0, J, 3)
    few = np.where(np.arange(K) < FEWEST_KEYPOINTS - 1, found.confidence, 0)
    assert np.isnan(model.infer(Detections(found.keypoints_px, few, found.scores), CAMERA)).all()


def test_an_observation_without_an_image_has_no_appearance():
    lifter = KeypointLifter(MocapConfig())
    found = some_people(2, share=1.0)
    observation = lifter.lift(found, CAMERA)
    assert (observation.width, observation.height) == (640, 480)
    assert np.isnan(observation.appearance).all() and np.isfinite(observation.joints_relative).all()
    with_image = lifter.lift(found, CAMERA, np.full((480, 640, 3), 90, np.uint8))
    sums = with_image.appearance.reshape(2, len(BODY_PARTS), -1).sum(-1)
    np.testing.assert_allclose(sums[np.isfinite(sums)], 1, atol=1e-5)  # float32 shares
    assert np.isfinite(sums).any(1).all()
    with pytest.raises(CameraError, match="image is 64 x 48, the camera is for 640 x 480"):
        lifter.lift(found, CAMERA, np.zeros((48, 64, 3), np.uint8))


def test_weights_that_are_not_a_lifting_model_are_named(tmp_path):
    with pytest.raises(WeightsError, match="lifting weights 'nowhere': no such folder. Shipped: lift-2d"):
        load_lift(EstimatorConfig(lift="nowhere"))
    with pytest.raises(WeightsError, match="stage_two.onnx: no such weights file"):
        load_lift(EstimatorConfig(lift=str(tmp_path)))
    (tmp_path / "stage_two.onnx").write_bytes(b"not a model")
    with pytest.raises(WeightsError, match="damaged weights file"):
        load_lift(EstimatorConfig(lift=str(tmp_path)))
    with pytest.raises(WeightsError, match="its stage is not this program's"):
        load_lift(EstimatorConfig(lift=str(WEIGHTS / "xnect-small")))
