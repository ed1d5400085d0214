"""Random cameras on posed bodies: exact keypoints in the image plane, what lies outside the image, hidden joints.

Everything is in the plane z = 1 of the camera (pixels over the focal length), so no image size is needed.
"""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.skeleton import PARENTS, mirror_name
from mocap_ros.nets.person_frame import standing_height
from mocap_ros.synthesis.directions import axis_turn
from mocap_ros.synthesis.labels import POINTS
from mocap_ros.training.lift_poses import OF_JOINTS, OF_KEYPOINTS

PELVIS, NECK, HEAD = (POINTS.index(name) for name in ("pelvis", "neck", "head"))
FACE = [POINTS.index(name) for name in ("nose", "l_eye", "r_eye", "l_ear", "r_ear")]
LIMBS = [i for i, name in enumerate(POINTS) if name[2:] in ("elbow", "wrist", "hip", "knee", "ankle", "shoulder")]
MIRROR = np.array([POINTS.index(mirror_name(name)) for name in POINTS])
PARENT = np.array([POINTS.index(PARENTS[name] or name) if name in PARENTS else HEAD for name in POINTS])
CAMERA_FROM_WORLD = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # of a level camera that looks along world Y

DISTANCE = 1.0, 15.0  # m, drawn evenly in the logarithm
CAMERA_HEIGHT = 0.3, 2.2, 4.0  # m, knee to head in CAMERAS_LOW of the draws, else up to a high ceiling
CAMERAS_LOW = 0.75
FIELD_OF_VIEW = np.deg2rad(40), np.deg2rad(100)  # of the image's longer side
ASPECTS, ASPECT_SHARES = (16 / 9, 4 / 3, 1.0, 9 / 16), (0.5, 0.3, 0.1, 0.1)
CENTRED = 0.6  # share of the people whose middle is well within the image; the others may be cut by its border
ROLL = np.deg2rad(3)
PROPORTIONS = 0.05  # standard deviation of the bones' lengths beyond the bodies' own differences
NEAREST = 0.15  # m
FEWEST_INSIDE = 5  # a person with fewer keypoints in the image is shown whole
TRUNK_RADIUS, BEHIND_TRUNK, BEHIND_FACE = 0.13, 0.08, 0.03  # m, for a person of 1.7 m


class Views(NamedTuple):
    """Bodies as cameras see them, B of them.

    Attributes:
        joints_camera: [m], (B, J, 3).
        plane: exact keypoints at z = 1, (B, K, 2).
        inside: keypoints within the image, (B, K) bool.
        hidden: keypoints behind the person's own trunk or head, (B, K) bool.
        size: standing height over distance: how large the person is at z = 1, (B,).
        image: half width and half height of the image at z = 1, (B, 2).
    """

    joints_camera: np.ndarray
    plane: np.ndarray
    inside: np.ndarray
    hidden: np.ndarray
    size: np.ndarray
    image: np.ndarray


def draw_views(points, generator):
    """Views of bodies, each turned at random and seen by a camera of its own.

    Args:
        points: PosedBodies.points, (B, N, 3).
        generator: numpy Generator.
    """
    count = len(points)
    points = _mirror_half(_other_proportions(points.astype(float), generator), generator)
    points = points @ axis_turn("Z", generator.uniform(-np.pi, np.pi, count))
    distance = np.exp(generator.uniform(*np.log(DISTANCE), count))
    low, middle, high = CAMERA_HEIGHT
    height = np.where(generator.random(count) < CAMERAS_LOW, generator.uniform(low, middle, count),
                      generator.uniform(middle, high, count))
    points = points + np.stack([np.zeros(count), distance, -height], -1)[:, None]  # the camera at the origin

    aspect = generator.choice(ASPECTS, count, p=ASPECT_SHARES)
    longer = np.tan(generator.uniform(*FIELD_OF_VIEW, count) / 2)
    image = longer[:, None] * np.stack([np.minimum(aspect, 1), np.minimum(1 / aspect, 1)], -1)
    reach = np.where(generator.random(count) < CENTRED, 0.5, 1.0)[:, None]
    spot = generator.uniform(-1, 1, (count, 2)) * image * reach
    camera_points = points @ np.swapaxes(_camera_turns(points.mean(1), spot, generator), 1, 2)
    return _seen(camera_points, image)


def _camera_turns(aims, spots, generator):
    """camera_from_world of cameras that see `aims` (B, 3) at about `spots` (B, 2) of the plane z = 1, (B, 3, 3)."""
    azimuth = np.arctan2(aims[:, 0], aims[:, 1]) - np.arctan(spots[:, 0])
    elevation = np.arctan2(aims[:, 2], np.hypot(aims[:, 0], aims[:, 1])) + np.arctan(spots[:, 1])
    roll = generator.normal(0, ROLL, len(aims))
    return axis_turn("Z", roll) @ axis_turn("X", -elevation) @ CAMERA_FROM_WORLD @ axis_turn("Z", azimuth)


def _seen(points, image):
    """Views of label points in camera frames [m], (B, N, 3)."""
    depth = points[..., 2]
    plane = points[..., :2] / np.maximum(depth, NEAREST)[..., None]
    inside = (np.abs(plane) < image[:, None]).all(-1) & (depth > NEAREST)
    few = inside[:, OF_KEYPOINTS].sum(1) < FEWEST_INSIDE
    inside |= few[:, None] & (depth > NEAREST)
    joints = points[:, OF_JOINTS]
    height = standing_height(joints)
    size = height / np.maximum(depth[:, PELVIS], 0.5)
    hidden = _behind(points, height / 1.7)
    return Views(joints, plane[:, OF_KEYPOINTS], inside[:, OF_KEYPOINTS], hidden[:, OF_KEYPOINTS], size, image)


def _behind(points, scale):
    """Points behind the person's own trunk (a capsule from neck to pelvis) or head, (B, N) bool."""
    limbs = points[:, LIMBS]
    distances = np.sqrt(np.einsum("bnc,bnc->bn", limbs, limbs))
    directions = limbs / distances[..., None]
    start, along = points[:, NECK, None], (points[:, PELVIS] - points[:, NECK])[:, None]
    # Where each view line passes the trunk's axis: the shortest distance of two lines, the axis cut to the trunk.
    share = np.clip(np.einsum("bnc,bnc->bn", limbs - start, along) / (along ** 2).sum(-1), 0, 1)
    middle = start + share[..., None] * along
    nearest = np.einsum("bnc,bnc->bn", middle, directions)
    aside = middle - nearest[..., None] * directions
    hidden = np.zeros(points.shape[:2], bool)
    hidden[:, LIMBS] = np.einsum("bnc,bnc->bn", aside, aside) < (TRUNK_RADIUS * scale[:, None]) ** 2
    hidden[:, LIMBS] &= distances - nearest > BEHIND_TRUNK * scale[:, None]
    hidden[:, FACE] = points[:, FACE, 2] > points[:, HEAD, 2, None] + BEHIND_FACE * scale[:, None]
    return hidden


def _other_proportions(points, generator):
    """Bodies whose bones are longer or shorter by some per cent, left and right alike, (B, N, 3)."""
    factors = generator.normal(1, PROPORTIONS, points.shape[:2])
    left = np.array([name.startswith("l_") for name in POINTS])
    factors = np.where(left, factors[:, MIRROR], factors)
    factors[:, FACE] = factors[:, HEAD, None]
    scaled = points.copy()
    for point in _PARENTS_FIRST:
        parent = PARENT[point]
        if parent != point:
            scaled[:, point] = scaled[:, parent] + factors[:, point, None] * (points[:, point] - points[:, parent])
    return scaled


def _mirror_half(points, generator):
    """Half of the bodies in a mirror, (B, N, 3)."""
    chosen = generator.random(len(points)) < 0.5
    return np.where(chosen[:, None, None], points[:, MIRROR] * [-1, 1, 1], points)


def _depth_in_tree(point):
    return 0 if PARENT[point] == point else 1 + _depth_in_tree(PARENT[point])


_PARENTS_FIRST = sorted(range(len(POINTS)), key=_depth_in_tree)
