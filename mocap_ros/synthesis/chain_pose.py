"""Angles of the 29 degree-of-freedom chain that come nearest to a rendered body's joints."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES, J, JOINTS, ROOT
from mocap_ros.kinematics.bone_lengths import measure_bones
from mocap_ros.kinematics.chain import forward_kinematics, moved, rotation_derivatives
from mocap_ros.kinematics.initial_pose import first_angles, first_orientation
from mocap_ros.kinematics.residuals import agreement_3d, pull
from mocap_ros.kinematics.solver import minimise

STEPS = 6
LOOSE = 1e-5  # m2/rad2, pull to zero of what the joints leave open, such as the twist of a straight limb
SETTLED = 1e-3  # share of the energy below which a step is not worth taking
_ROOT = JOINTS.index(ROOT)


class _Energy(NamedTuple):
    energy: np.ndarray
    gradient: np.ndarray
    hessian: np.ndarray


def fit_chain(joints):
    """Root rotations and joint angles with which the chain, its bones as long as the body's, lies on the joints.

    A body bends its back in many joints and moves its collar bones, the chain does not: they differ by some
    centimetres at most, least on limbs.

    Args:
        joints: JOINTS order, any frame [m], (P, J, 3); finite.

    Returns:
        The rotation of the body's frame into the joints' one, (P, 3, 3), and angles in ANGLES order [rad], (P, 23).
    """
    people = len(joints)
    if people == 0:
        return np.zeros((0, 3, 3)), np.zeros((0, len(ANGLES)))
    joints = np.asarray(joints, float)
    relative = joints - joints[:, _ROOT, None]
    bones, weights = measure_bones(joints), np.ones((people, J))

    def evaluate(pose):
        posed = forward_kinematics(*pose, bones)
        near = agreement_3d(posed.points, rotation_derivatives(posed), relative, weights)
        loose = pull(pose[2], 0.0, LOOSE)
        hessian = near.hessian
        hessian[:, np.arange(hessian.shape[1]), np.arange(hessian.shape[1])] += loose.hessian
        return _Energy(near.energy + loose.energy, near.gradient + loose.gradient, hessian)

    rotations = first_orientation(relative, weights, bones)
    start = np.zeros((people, 3)), rotations, first_angles(relative, rotations)
    (_, rotations, angles), _ = minimise(start, evaluate, moved, STEPS, SETTLED)
    return rotations, (angles + np.pi) % (2 * np.pi) - np.pi
