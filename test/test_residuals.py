import numpy as np
import pytest

from body_scenes import CAMERA, observe, random_pose
from mocap_ros.kinematics import residuals
from mocap_ros.kinematics.chain import D, forward_kinematics, moved, rotation_derivatives
from mocap_ros.kinematics.joint_limits import LIMITS, limit_excess
from mocap_ros.kinematics.rest_pose import default_bone_lengths
from mocap_ros.datatypes.skeleton import ANGLES, KEYPOINTS, mirror_name
from mocap_ros.kinematics.chain import POINTS

PEOPLE = 4
ELAPSED = np.array([[1 / 30], [1 / 30], [0.1], [0.5]])  # s


def scene():
    """Poses, the data of other poses nearby, and weights of which some are zero."""
    generator = np.random.default_rng(0)
    pose, lengths = random_pose(PEOPLE, generator, spread=1.2), default_bone_lengths(np.full(PEOPLE, 1.7))
    near = moved(*pose, 0.1 * generator.normal(size=(PEOPLE, D)))
    relative, _, keypoints, _, _ = observe(near, lengths)
    keypoints = (keypoints[:, [KEYPOINTS.index(name) for name in POINTS[:20]]] - CAMERA.matrix[:2, 2]) * 0.4
    weights = generator.uniform(0, 1, (PEOPLE, 21)) * (generator.uniform(size=(PEOPLE, 21)) > 0.2)
    return pose, near, lengths, relative, keypoints, weights, generator


def terms():
    """Every term as a function of the pose alone."""
    pose, near, lengths, relative, keypoints, weights, generator = scene()
    focal = CAMERA.matrix[[0, 1], [0, 1]] * 0.4

    def posed(pose):
        result = forward_kinematics(*pose, lengths)
        return result.points, rotation_derivatives(result)

    def agreement_2d(tolerance):
        bound = np.full((PEOPLE, 1), tolerance)
        return lambda pose: residuals.agreement_2d(*posed(pose), keypoints, weights[:, :20], focal, bound)

    feet, up = np.array([POINTS.index(name) for name in ("r_ankle", "l_toe")]), np.array([0.0, -0.8, -0.6])
    anchors = generator.normal(size=(PEOPLE, 2, 3)) + near[0][:, None]

    def sinking(pose):
        points, derivatives = posed(pose)
        depth = 0.3 - (points[:, feet] - near[0][:, None]) @ up
        return residuals.above_floor(points, derivatives, feet, up, depth, 0.7)

    return pose, {
        "held": lambda pose: residuals.held_points(*posed(pose), feet, anchors, np.array([0.5, 0.1, 0.9])),
        "floor": sinking,
        "3d": lambda pose: residuals.agreement_3d(*posed(pose), relative, weights),
        "2d": agreement_2d(1e6),
        "2d with outliers": agreement_2d(8.0),
        "limits": lambda pose: residuals.inside_limits(pose[2], 0.5),
        "rate": lambda pose: residuals.steady_rate(pose, near, ELAPSED, 0.3),
        "depth": lambda pose: residuals.steady_depth(pose[0][:, 2], near[0][:, 2], 0.3 / ELAPSED[:, 0] ** 2),
        "pull": lambda pose: residuals.pull(pose[2], near[2], 0.1),
    }


NAMES = list(terms()[1])


@pytest.mark.parametrize("name", NAMES)
def test_gradients_agree_with_central_differences_of_the_energy(name):
    pose, all_terms = terms()
    term, size = all_terms[name], 1e-6
    gradient = 2 * term(pose).gradient
    for d in range(D):
        step = np.zeros((PEOPLE, D))
        step[:, d] = size
        numeric = (term(moved(*pose, step)).energy - term(moved(*pose, -step)).energy) / (2 * size)
        # Rounding of the energy over the step, relative to the energy's own size.
        assert np.abs(numeric - gradient[:, d]).max() < 1e-7 * max(1, np.abs(gradient).max(), term(pose).energy.max())


@pytest.mark.parametrize("name", NAMES)
def test_hessians_are_symmetric_and_never_bend_down(name):
    pose, all_terms = terms()
    hessian = all_terms[name](pose).hessian
    if hessian.ndim == 2:
        assert (hessian >= 0).all()
        return
    assert np.abs(hessian - hessian.swapaxes(1, 2)).max() < 1e-9 * np.abs(hessian).max()
    assert np.linalg.eigvalsh(hessian).min() > -1e-9 * np.abs(hessian).max()


@pytest.mark.parametrize("name", ["limits", "rate", "depth", "pull"])
def test_hessians_of_linear_residuals_are_exact(name):
    """A Gauss-Newton Hessian drops second derivatives of the residuals; here there are none, but for the rotation's."""
    pose, all_terms = terms()
    term, size = all_terms[name], 1e-5
    for d in [k for k in range(D) if k not in (3, 4, 5)]:
        step = np.zeros((PEOPLE, D))
        step[:, d] = size
        change = (term(moved(*pose, step)).gradient - term(moved(*pose, -step)).gradient) / (2 * size)
        hessian = term(pose).hessian
        diagonal = hessian if hessian.ndim == 2 else np.einsum("pdd->pd", hessian)
        assert np.abs(change[:, d] - diagonal[:, d]).max() < 1e-6 * max(1, np.abs(diagonal).max())


def test_perfect_agreement_costs_nothing():
    generator = np.random.default_rng(1)
    pose, lengths = random_pose(3, generator), default_bone_lengths(np.full(3, 1.7))
    relative, _, keypoints, _, _ = observe(pose, lengths)
    posed = forward_kinematics(*pose, lengths)
    derivatives = rotation_derivatives(posed)
    seen = keypoints[:, [KEYPOINTS.index(name) for name in POINTS[:20]]] - CAMERA.matrix[:2, 2]
    ones = np.ones((3, 21))
    focal, tolerance = CAMERA.matrix[[0, 1], [0, 1]], np.ones((3, 1))
    for term in (
        residuals.agreement_3d(posed.points, derivatives, relative, ones),
        residuals.agreement_2d(posed.points, derivatives, seen, ones[:, :20], focal, tolerance),
        residuals.inside_limits(pose[2], 0.5),
        residuals.steady_rate(pose, pose, np.ones((3, 1)), 1.0),
    ):
        assert np.abs(term.energy).max() < 1e-18 and np.abs(term.gradient).max() < 1e-9


def test_a_far_keypoint_pulls_no_harder_than_the_tolerance():
    pose, lengths = random_pose(1, np.random.default_rng(2)), default_bone_lengths([1.7])
    _, _, keypoints, _, _ = observe(pose, lengths)
    posed = forward_kinematics(*pose, lengths)
    seen = keypoints[:, [KEYPOINTS.index(name) for name in POINTS[:20]]] - CAMERA.matrix[:2, 2]
    pulls = []
    for shift in (10, 100, 1000):  # px
        moved_keypoints = seen.copy()
        moved_keypoints[0, 8] += [shift, 0]
        term = residuals.agreement_2d(posed.points, rotation_derivatives(posed), moved_keypoints, np.ones((1, 20)),
                                      CAMERA.matrix[[0, 1], [0, 1]], np.array([[20.0]]))
        pulls.append(np.linalg.norm(term.gradient))
    assert abs(pulls[1] / pulls[0] - 2) < 1e-9 and abs(pulls[2] / pulls[1] - 1) < 1e-9


def test_limits_are_symmetric_and_silent_inside():
    inside = np.random.default_rng(3).uniform(LIMITS[:, 0], LIMITS[:, 1], (50, 23))
    assert (limit_excess(inside) == 0).all()
    assert np.abs(limit_excess(LIMITS[:, 1] + 0.1) - 0.1).max() < 1e-12
    assert np.abs(limit_excess(LIMITS[:, 0] - 0.2) + 0.2).max() < 1e-12
    for k, name in enumerate(ANGLES):
        assert (LIMITS[k] == LIMITS[ANGLES.index(mirror_name(name))]).all()
        assert LIMITS[k, 0] < LIMITS[k, 1]


def test_a_point_at_the_camera_keeps_the_energy_finite():
    pose, lengths = random_pose(1, np.random.default_rng(4)), default_bone_lengths([1.7])
    for depth in (0.0, 0.05, -1.0):
        at_camera = np.array([[0.0, 0, depth]]), pose[1], pose[2]
        posed = forward_kinematics(*at_camera, lengths)
        term = residuals.agreement_2d(posed.points, rotation_derivatives(posed), np.zeros((1, 20, 2)), np.ones((1, 20)),
                                      np.array([300.0, 300]), np.array([[20.0]]))
        assert all(np.isfinite(each).all() for each in term)
