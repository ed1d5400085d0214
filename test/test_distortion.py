"""A lens that bends lines changes pixels and nothing else: the same people come out at the same places."""

import numpy as np
import pytest

from body_scenes import CAMERA, named_pose, observe
from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.config import MocapConfig
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation, PART_BINS
from mocap_ros.datatypes.skeleton import J, K, KEYPOINTS
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.nets.onnx_runtime import OnnxStageTwo
from mocap_ros.nets.stage_two_input import FEATURES, SPARSE
from mocap_ros.pipeline.fitter import Fitter
from mocap_ros.pipeline.single_image import fit_alone

LENSES = {
    "plumb_bob": Camera(CAMERA.width, CAMERA.height, CAMERA.matrix, [-0.3, 0.1, 0.001, -0.001, 0]),
    "equidistant": Camera(CAMERA.width, CAMERA.height, CAMERA.matrix, [-0.02, 0.01, 0, 0], fisheye=True),
}
POSE = named_pose("arm raised", 0.4, (1.7, 0.3, 3.5))  # near the image's border, where the lens bends most
LENGTHS = default_bone_lengths([1.7])


def seen_through(camera):
    """Detections and Observation of somebody at the image's border."""
    relative, _, keypoints, confidence, _ = observe(POSE, LENGTHS, camera)
    found = Detections(keypoints, confidence, np.ones(1), np.ones((1, K, J, 3)))
    appearance = np.full((1, APPEARANCE_BINS), 1 / PART_BINS)
    return found, Observation(found, relative, appearance, camera.width, camera.height)


class Listening:
    """A session that answers with a pose and remembers what it was asked."""

    def run(self, outputs, given):
        self.rows = given["people"]
        return [np.ones((len(self.rows), J, 3))]


@pytest.mark.parametrize("lens", LENSES)
def test_the_lens_bends_the_person_at_all(lens):
    straight, bent = (seen_through(camera)[0].keypoints_px for camera in (CAMERA, LENSES[lens]))
    assert np.abs(straight - bent).max() > 15  # px


@pytest.mark.parametrize("lens", LENSES)
def test_stage_two_reads_the_same_person_and_answers_in_the_same_axes(lens):
    rows, joints = [], []
    for camera in (CAMERA, LENSES[lens]):
        network = object.__new__(OnnxStageTwo)
        network._session, network._supervision = Listening(), SPARSE
        joints.append(network.infer(seen_through(camera)[0], camera))
        rows.append(network._session.rows)
    assert rows[0].shape == (1, FEATURES)
    assert np.abs(rows[0] - rows[1]).max() < 1e-4 and np.abs(joints[0] - joints[1]).max() < 1e-5


@pytest.mark.parametrize("lens", LENSES)
def test_the_fit_puts_people_where_they_are(lens):
    places = []
    for camera in (CAMERA, LENSES[lens]):
        stage = Fitter(MocapConfig(), np.random.default_rng(0))
        for number in range(12):
            found, observation = seen_through(camera)
            people = stage.update(observation, camera, number / 25).people
        places.append(people[0].root_position)
        assert np.abs(people[0].keypoints_px - found.keypoints_px).max() < 0.01  # px: drawn where the image shows them
        alone = fit_alone(observation, camera, MocapConfig().fitting)
        assert np.linalg.norm(alone.roots[0] - POSE[0][0]) < 0.1  # m
        ankle = KEYPOINTS.index("r_ankle")
        assert np.linalg.norm(alone.keypoints_px[0, ankle] - found.keypoints_px[0, ankle]) < 10  # px
    assert np.linalg.norm(places[0] - places[1]) < 0.01 and np.linalg.norm(places[0] - POSE[0][0]) < 0.1  # m


def test_what_a_fisheye_sees_beside_itself_is_no_keypoint_of_the_fit():
    """A wrist 100 degrees off the axis has a pixel, but no pinhole camera would see it."""
    camera = Camera(CAMERA.width, CAMERA.height, [[300, 0, 640], [0, 300, 360], [0, 0, 1]], fisheye=True)
    _, observation = seen_through(camera)
    keypoints = observation.detections.keypoints_px.copy()
    keypoints[0, KEYPOINTS.index("r_wrist")] = [640 + 300 * np.radians(100), 360]
    found = Detections(keypoints, observation.detections.confidence, np.ones(1))
    wild = Observation(found, observation.joints_relative, observation.appearance, camera.width, camera.height)
    stage = Fitter(MocapConfig(), np.random.default_rng(0))
    for number in range(12):
        people = stage.update(wild, camera, number / 25).people
    assert np.isfinite(people[0].joints_camera).all()
    assert np.linalg.norm(people[0].root_position - POSE[0][0]) < 0.2  # m
