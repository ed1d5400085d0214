"""The 29 degree-of-freedom body: forward kinematics and its closed-form derivatives, all people at once (Sec. 8.3.3).

Degrees of freedom, D = 29, in this order: root translation [m] and root rotation [rad] along and about the camera's
axes, then the 23 angles in ANGLES order. The root rotation is a small turn of a kept orientation, applied from the
left, so the root has no gimbal lock. Rigid links: 13; they carry N = 26 points: FACE (5), then JOINTS (21).
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import ANGLES, BONES, J, JOINTS, PARENTS
from mocap_ros.geometry.rotation import CROSS, IDENTITY, cross_matrix, rotvec_to_matrix
from mocap_ros.kinematics.rest_pose import AXES, FACE, FACE_OFFSETS, REST_DIRECTIONS

D = 6 + len(ANGLES)
POINTS = FACE + JOINTS
N = len(POINTS)

# Links from the root outwards: each level's parents lie in the level before.
LINKS = (
    "body",
    "torso", "r_thigh", "l_thigh",
    "head", "r_upper_arm", "l_upper_arm", "r_shank", "l_shank",
    "r_forearm", "l_forearm", "r_foot", "l_foot",
)
LINK_PARENTS = {
    "torso": "body", "r_thigh": "body", "l_thigh": "body",
    "head": "torso", "r_upper_arm": "torso", "l_upper_arm": "torso", "r_shank": "r_thigh", "l_shank": "l_thigh",
    "r_forearm": "r_upper_arm", "l_forearm": "l_upper_arm", "r_foot": "r_shank", "l_foot": "l_shank",
}
# The joint about which a link turns, and the angles that turn it (their common prefix in ANGLES).
LINK_JOINTS = {
    "torso": "spine", "head": "neck", "r_thigh": "r_hip", "l_thigh": "l_hip", "r_shank": "r_knee", "l_shank": "l_knee",
    "r_foot": "r_ankle", "l_foot": "l_ankle", "r_upper_arm": "r_shoulder", "l_upper_arm": "l_shoulder",
    "r_forearm": "r_elbow", "l_forearm": "l_elbow",
}
_ANGLE_PREFIX = {link: "head" if link == "head" else joint for link, joint in LINK_JOINTS.items()}
LINK_ANGLES = {  # link -> indices into ANGLES, outermost first
    link: [k for k, angle in enumerate(ANGLES) if angle.rsplit("_", 1)[0] == prefix]
    for link, prefix in _ANGLE_PREFIX.items()
}


def _carrier(joint):
    """The link on which `joint` is fixed: the one that turns about the nearest joint above it."""
    turned_about = {pivot: link for link, pivot in LINK_JOINTS.items()}
    above = PARENTS[joint]
    while above is not None and (above not in turned_about or _rides_on_torso(joint, above)):
        above = PARENTS[above]
    return "body" if above is None else turned_about[above]


def _rides_on_torso(joint, above):
    """The shoulders hang from the neck joint but move with the torso, not with the head."""
    return above == "neck" and joint.endswith("_shoulder")


POINT_LINKS = np.array([LINKS.index("head")] * len(FACE) + [LINKS.index(_carrier(joint)) for joint in JOINTS])  # (N,)
ROOT_POINT = POINTS.index("pelvis")


def _ancestry():
    """(N, N): row n marks point n and the joints between it and the root."""
    marks = np.eye(N)
    for n, name in enumerate(POINTS):
        joint = "head" if name in FACE else name
        while joint is not None:
            marks[n, POINTS.index(joint)] = 1
            joint = PARENTS[joint]
    return marks


def _moved():
    """(3 + 23, N): which points each rotation moves."""
    marks = np.ones((D - 3, N))
    marks[:, ROOT_POINT] = 0
    for link, angles in LINK_ANGLES.items():
        below = np.zeros(len(LINKS))
        for each in LINKS:
            parent = LINK_PARENTS.get(each)
            below[LINKS.index(each)] = each == link or (parent is not None and below[LINKS.index(parent)])
        marks[np.array(angles)[:, None] + 3, np.arange(N)] = below[POINT_LINKS]
    return marks


_ANCESTRY, _MOVED = _ancestry(), _moved()
_PARENT_OF_LINK = np.array([LINKS.index(LINK_PARENTS[link]) for link in LINKS[1:]])  # (12,)
_IDENTITY_SLOT = len(ANGLES)  # stands for the angles that a link lacks
_SLOTS = np.array([(LINK_ANGLES[link] + 3 * [_IDENTITY_SLOT])[:3] for link in LINKS[1:]])  # (12, 3)
_LINK_AXES = np.concatenate([AXES, np.zeros((1, 3))])[_SLOTS]  # (12, 3 axes, 3)
_AXIS_SLOTS = np.array([np.flatnonzero(_SLOTS.ravel() == k)[0] for k in range(len(ANGLES))])  # (23,)
_PIVOTS = np.array(
    3 * [ROOT_POINT]
    + [POINTS.index(next(LINK_JOINTS[link] for link, ks in LINK_ANGLES.items() if k in ks)) for k in range(len(ANGLES))]
)  # (26,)
_ROTATIONS = np.zeros((len(ANGLES) + 1, 3, 9))  # of each angle: what its sine, its versine and 1 add (Rodrigues)
_ROTATIONS[:-1, 0] = cross_matrix(AXES).reshape(-1, 9)
_ROTATIONS[:-1, 1] = (cross_matrix(AXES) @ cross_matrix(AXES)).reshape(-1, 9)
_ROTATIONS[:, 2] = IDENTITY.ravel()
_OFFSETS = np.zeros((N, 3))  # of each point from the joint above, in lengths of a bone
_OFFSETS[:len(FACE)] = FACE_OFFSETS
_BONE_OF_POINT = np.zeros(N, int)
_BONE_OF_POINT[:len(FACE)] = BONES.index("head_top")
for _n, _name in enumerate(JOINTS, len(FACE)):
    if _name in BONES:
        _BONE_OF_POINT[_n] = BONES.index(_name)
        _OFFSETS[_n] = REST_DIRECTIONS[BONES.index(_name)]


class Posed(NamedTuple):
    """People put into a pose, in the camera frame.

    Attributes:
        points: POINTS order [m], (P, N, 3).
        rotations: camera_from_link of LINKS, (P, 13, 3, 3).
        axes: what the 26 rotations of the degrees of freedom turn about, unit, (P, 26, 3).
    """

    points: np.ndarray
    rotations: np.ndarray
    axes: np.ndarray

    @property
    def joints(self):
        """JOINTS order [m], (P, J, 3)."""
        return self.points[:, N - J:]


def local_rotations(angles):
    """parent_from_link of LINKS[1:], after the first, the second and all of their angles, three of (P, 12, 3, 3)."""
    people = len(angles)
    powers = np.zeros((len(ANGLES) + 1, people, 3))  # by angle: the matrix is linear in its sine and cosine
    powers[:-1, :, 0], powers[:-1, :, 1] = np.sin(angles).T, 1 - np.cos(angles).T
    powers[..., 2] = 1
    steps = (powers @ _ROTATIONS)[_SLOTS].reshape(12, 3, people, 3, 3)
    first = steps[:, 0]  # (12, P, 3, 3)
    second = first @ steps[:, 1]
    return first.swapaxes(0, 1), second.swapaxes(0, 1), (second @ steps[:, 2]).swapaxes(0, 1)


def forward_kinematics(root_position, root_rotation, angles, bone_lengths):
    """People in a pose.

    Args:
        root_position: mid-hip in the camera frame [m], (P, 3).
        root_rotation: camera_from_body, (P, 3, 3).
        angles: in ANGLES order [rad], (P, 23).
        bone_lengths: in BONES order [m], (P, 20).

    Returns:
        Posed.
    """
    first, second, local = local_rotations(angles)
    rotations = link_rotations(root_rotation, local)
    axes = np.empty((len(angles), len(LINKS) - 1, 3, 3))  # columns: the axes of one link as its parent sees them
    axes[..., 0] = _LINK_AXES[:, 0]
    axes[..., 1] = (first @ _LINK_AXES[:, 1, :, None])[..., 0]
    axes[..., 2] = (second @ _LINK_AXES[:, 2, :, None])[..., 0]
    turned = np.swapaxes(rotations[:, _PARENT_OF_LINK] @ axes, -1, -2).reshape(len(angles), 3 * (len(LINKS) - 1), 3)
    axes = np.empty((len(angles), D - 3, 3))
    axes[:, :3] = IDENTITY
    axes[:, 3:] = turned[:, _AXIS_SLOTS]

    return Posed(link_points(rotations, root_position, bone_lengths), rotations, axes)


def link_rotations(root_rotation, local):
    """camera_from_link of LINKS, (P, 13, 3, 3), from camera_from_body (P, 3, 3) and parent_from_link (P, 12, 3, 3)."""
    rotations = np.empty((len(local), len(LINKS), 3, 3))
    rotations[:, 0] = root_rotation
    rotations[:, 1:4] = root_rotation[:, None] @ local[:, 0:3]
    rotations[:, 4:9] = rotations[:, _PARENT_OF_LINK[3:8]] @ local[:, 3:8]
    rotations[:, 9:13] = rotations[:, 5:9] @ local[:, 8:12]
    return rotations


def link_points(rotations, root_position, bone_lengths):
    """POINTS in the camera frame [m], (P, N, 3), of links turned by `rotations`, (P, 13, 3, 3)."""
    offsets = _OFFSETS * bone_lengths[:, _BONE_OF_POINT, None]
    offsets = (rotations[:, POINT_LINKS] @ offsets[..., None])[..., 0]
    return _ANCESTRY @ offsets + root_position[:, None]


def rotation_derivatives(posed):
    """How every point moves with the 26 rotations: axis x (point - pivot), laid out (P, 26, 3, N) [m/rad]."""
    people = len(posed.points)
    crosses = (posed.axes @ CROSS).reshape(people, D - 3, 3, 3)
    lever = crosses.reshape(people, 3 * (D - 3), 3) @ np.swapaxes(posed.points, 1, 2)
    derivatives = lever.reshape(people, D - 3, 3, N)
    derivatives -= crosses @ posed.points[:, _PIVOTS, :, None]
    derivatives *= _MOVED[:, None]
    return derivatives


def jacobian(posed):
    """How every joint moves with every degree of freedom, (P, J, 3, D)."""
    derivatives = np.empty((len(posed.points), J, 3, D))
    derivatives[..., :3] = np.eye(3)
    derivatives[..., 3:] = np.moveaxis(rotation_derivatives(posed)[..., N - J:], 1, -1).swapaxes(1, 2)
    return derivatives


def moved(root_position, root_rotation, angles, step):
    """The pose after a step (P, D) along the degrees of freedom: root position, root rotation, angles."""
    return root_position + step[:, :3], rotvec_to_matrix(step[:, 3:6]) @ root_rotation, angles + step[:, 6:]
