"""Exact labels of a drawn scene: keypoints in pixels, joints in the camera frame, and what hides each of them."""

from dataclasses import dataclass, replace

import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS, KEYPOINTS
from mocap_ros.synthesis.body import HEAD, LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG, TORSO, posed_points
from mocap_ros.synthesis.chain_pose import fit_chain
from mocap_ros.synthesis.drawing import NEAR
from mocap_ros.synthesis.raster import SAMPLES
from mocap_ros.synthesis.rolling import at_their_rows

POINTS = KEYPOINTS + tuple(name for name in JOINTS if name not in KEYPOINTS)

# Depth of a label point below skin or cloth, at most, for a person of 1.7 m [m].
_DEPTHS = {
    "head_top": 0.06,
    "neck": 0.12,
    "pelvis": 0.20,
    "spine": 0.20,
    "head": 0.14,
    "nose": 0.04,
    "eye": 0.04,
    "ear": 0.06,
    "shoulder": 0.13,
    "elbow": 0.08,
    "wrist": 0.06,
    "hip": 0.17,
    "knee": 0.10,
    "ankle": 0.09,
    "toe": 0.06,
    "hand": 0.06,
}
_PARTS = {
    "head_top": (HEAD,),
    "neck": (TORSO, HEAD),
    "pelvis": (TORSO, LEFT_LEG, RIGHT_LEG),
    "spine": (TORSO,),
    "head": (HEAD,),
    "nose": (HEAD,),
    "eye": (HEAD,),
    "ear": (HEAD,),
}


def _allowed_parts(name):
    stem = name[2:] if name[1] == "_" else name
    if stem in _PARTS:
        return _PARTS[stem]
    arm, leg = (LEFT_ARM, LEFT_LEG) if name[0] == "l" else (RIGHT_ARM, RIGHT_LEG)
    return {"shoulder": (arm, TORSO), "hip": (leg, TORSO)}.get(
        stem, (arm,) if stem in ("elbow", "wrist", "hand") else (leg,)
    )


DEPTHS = np.array([_DEPTHS[name[2:] if name[1] == "_" else name] for name in POINTS])
ALLOWED = np.zeros((len(POINTS), 7), bool)
for _row, _name in enumerate(POINTS):
    ALLOWED[_row, list(_allowed_parts(_name))] = True
STANDARD_HEIGHT = 1.7  # [m]
REAR_GAP = 0.05  # [m] another surface must be nearer than the point by this much to hide it


@dataclass(frozen=True, eq=False)
class Labels:
    """Labels of one image's people, each point where it was when its row was exposed, in the camera's frame of then.

    Attributes:
        keypoints_px: (P, K, 2) float32.
        visibility: codes of datasets.sample, (P, K) uint8.
        joints_camera: camera optical frame [m], (P, J, 3) float32.
        joint_visibility: (P, J) uint8.
        heights: standing height [m], (P,) float32.
        root_rotations: camera_from_body of the 29 degree-of-freedom chain, (P, 3, 3) float32; NaN before with_chains.
        angles: of the chain, ANGLES order [rad], (P, 23) float32; NaN before with_chains.
        owners: whom each pixel shows, (H, W) uint8: 0 nobody, n + 1 person n.
    """

    keypoints_px: np.ndarray
    visibility: np.ndarray
    joints_camera: np.ndarray
    joint_visibility: np.ndarray
    heights: np.ndarray
    root_rotations: np.ndarray
    angles: np.ndarray
    owners: np.ndarray


def visibility_codes(points_camera, points_px, person, height, drawing, cut_out=None):
    """What hides each label point of one person.

    Args:
        points_camera: [m], (N, 3), in POINTS order.
        points_px: (N, 2).
        person: the person's number in the drawing.
        height: standing height [m].
        drawing: Drawing.
        cut_out: True where a foreground picture lies over everything, (H, W) bool.

    Returns:
        codes of datasets.sample, (N,) uint8.
    """
    rows, columns = drawing.inverse_depth.shape
    sample = np.round((points_px + 0.5) * SAMPLES - 0.5).astype(int)
    inside = (
        (points_px[:, 0] >= -0.5)
        & (points_px[:, 0] < columns / SAMPLES - 0.5)
        & (points_px[:, 1] >= -0.5)
        & (points_px[:, 1] < rows / SAMPLES - 0.5)
        & (points_camera[:, 2] > NEAR)
    )
    x, y = np.clip(sample[:, 0], 0, columns - 1), np.clip(sample[:, 1], 0, rows - 1)
    surface = 1 / np.maximum(drawing.inverse_depth[y, x], 1e-6)
    owner, part = drawing.owners[drawing.triangle_ids[y, x]], drawing.parts[drawing.triangle_ids[y, x]]
    own = owner == person
    depth = DEPTHS * height / STANDARD_HEIGHT
    depth = np.where(ALLOWED[np.arange(len(POINTS)), part], depth, depth * 0.5)
    below = points_camera[:, 2] - surface
    codes = np.full(len(POINTS), SEEN, np.uint8)
    codes[own & (below > depth)] = HIDDEN_BY_SELF
    nearer = ~own & (owner != -1) & (below > REAR_GAP)
    codes[nearer & (owner >= 0)] = HIDDEN_BY_OTHER
    codes[nearer & (owner == -2)] = HIDDEN_BY_OBJECT
    if cut_out is not None:
        covered = cut_out[y // SAMPLES, x // SAMPLES]
        codes[covered] = HIDDEN_BY_OBJECT
    codes[~inside] = OUTSIDE
    return codes


def label_people(scene, drawing, wardrobe, cut_out=None):
    """Labels of every person of a scene, also of those that nothing is seen of; for the chain see with_chains."""
    order = np.array([wardrobe.point_index[name] for name in POINTS])
    view, people = scene.view, len(scene.people)
    points = np.zeros((people, len(POINTS), 3))
    pixels = np.zeros((people, len(POINTS), 2))
    codes = np.zeros((people, len(POINTS)), np.uint8)
    for number, person in enumerate(scene.people):
        world = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)[order]
        points[number] = view.to_camera(world)
        if scene.later is not None:
            after = scene.later.people[number]
            after = posed_points(person.character.points, wardrobe.skeleton.point_bones, after.transforms)[order]
            points[number] = at_their_rows(scene, world, after)[1]
        ahead = np.maximum(points[number, :, 2:], 1e-3)
        pixels[number] = points[number, :, :2] / ahead * view.focal + [(view.width - 1) / 2, (view.height - 1) / 2]
        codes[number] = visibility_codes(
            points[number], pixels[number], number, person.character.height, drawing, cut_out
        )
    of_joint = np.array([POINTS.index(name) for name in JOINTS])
    heights = np.array([person.character.height for person in scene.people], np.float32)
    count = len(KEYPOINTS)
    return Labels(
        pixels[:, :count].astype(np.float32),
        codes[:, :count],
        points[:, of_joint].astype(np.float32),
        codes[:, of_joint],
        heights,
        np.full((people, 3, 3), np.nan, np.float32),
        np.full((people, len(ANGLES)), np.nan, np.float32),
        _seen_people(drawing, cut_out),
    )


def with_chains(labels):
    """The same Labels with root rotations and angles; those of many pictures at once are quicker.

    Args:
        labels: list of Labels.
    """
    rotations, angles = fit_chain(np.concatenate([each.joints_camera for each in labels]))
    ends = np.cumsum([len(each.heights) for each in labels])[:-1]
    chains = zip(labels, np.split(rotations.astype(np.float32), ends), np.split(angles.astype(np.float32), ends))
    return [replace(each, root_rotations=turns, angles=bends) for each, turns, bends in chains]


def _seen_people(drawing, cut_out):
    """Labels.owners: 0 where an object, the background or a cut-out is nearest, n + 1 where person n is."""
    nearest = np.maximum(drawing.owners + 1, 0).astype(np.uint8)[drawing.triangle_ids[::SAMPLES, ::SAMPLES]]
    if cut_out is not None:
        nearest[cut_out] = 0
    return nearest
