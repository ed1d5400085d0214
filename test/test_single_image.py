"""Bodies from one image alone."""

import numpy as np

from mocap_ros.datatypes.config import FittingConfig
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.observation import Observation
from mocap_ros.datatypes.skeleton import KEYPOINTS
from mocap_ros.geometry.pinhole import project
from mocap_ros.kinematics.chain import POINTS
from mocap_ros.pipeline.single_image import fit_alone
from test_fitter import CAMERA, empty, observe, walkers


def hide(observation, names):
    """The observation with these keypoints not seen."""
    hidden = np.isin(KEYPOINTS, names)
    found = observation.detections
    detections = Detections(np.where(hidden[:, None], np.nan, found.keypoints_px),
                            np.where(hidden, 0, found.confidence), found.scores)
    return Observation(detections, observation.joints_relative, observation.appearance, observation.width,
                       observation.height)


def test_people_stand_where_they_stood():
    posed = walkers(3)
    bodies = fit_alone(observe(posed), CAMERA, FittingConfig())
    assert np.abs(bodies.roots - posed.points[:, POINTS.index("pelvis")]).max() < 0.01  # m; the fit stops near the end


def test_hidden_keypoints_stand_where_the_body_has_them():
    posed = walkers(3)
    names = ["r_wrist", "l_ankle", "l_ear", "r_shoulder"]
    bodies = fit_alone(hide(observe(posed), names), CAMERA, FittingConfig())
    order = [KEYPOINTS.index(name) for name in names]
    truth = project(posed.points[:, [POINTS.index(name) for name in names]], CAMERA)
    assert np.abs(bodies.keypoints_px[:, order] - truth).max() < 3  # px, of people 240 px tall


def test_two_joints_are_too_few_for_a_place():
    names = [name for name in KEYPOINTS if name not in ("r_hip", "l_hip", "nose", "l_eye")]
    bodies = fit_alone(hide(observe(walkers(3)), names), CAMERA, FittingConfig())
    assert np.isnan(bodies.roots).all()


def test_nobody_has_no_body():
    bodies = fit_alone(empty(), CAMERA, FittingConfig())
    assert bodies.roots.shape == (0, 3) and bodies.keypoints_px.shape == (0, len(KEYPOINTS), 2)
