"""Where the skin texture shows irises and eyebrows, found on the body model's mesh."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import griddata

from mocap_ros.synthesis.body import HEAD

BROW_SPAN = 0.012, 0.048  # [m] from the face's middle
BROW_RISE = 0.020, 0.026, 0.020  # [m] above the eye: at the inner end, a third out, at the outer end
FACE_DEPTH = 0.07  # [m] from the foremost eye vertex back, what counts as the face's front


@dataclass(frozen=True, eq=False)
class Face:
    """Places in the skin texture, 0 to 1, v upward.

    Attributes:
        eyeballs: texture points of each eyeball, two of (N, 2).
        irises: where each eyeball is foremost, (2, 2).
        brows: lines of both eyebrows, two of (n, 2); empty where the mesh has no face there.
    """

    eyeballs: tuple
    irises: np.ndarray
    brows: tuple


def find_face(body, skeleton, eye_points):
    """The Face of a body model.

    Args:
        body: vertices, triangles and texture points of the baked body.
        skeleton: Skeleton, for the parts of its bones.
        eye_points: places of both eyes at rest [m], (2, 3).
    """
    eyeballs, irises = [], []
    for triangles, texture in ((body.l_eye_triangles, body.l_eye_texture_triangles),
                               (body.r_eye_triangles, body.r_eye_texture_triangles)):
        eyeballs.append(body.texture_points[np.unique(texture)])
        foremost = np.unravel_index(body.vertices[triangles][..., 1].argmin(), triangles.shape)
        irises.append(body.texture_points[texture[foremost]])
    on_head = skeleton.parts[body.bone_indices[:, 0]] == HEAD
    corners, texture = body.skin_triangles.ravel(), body.skin_texture_triangles.ravel()
    front = on_head[corners] & (body.vertices[corners, 1] < eye_points[:, 1].min() + FACE_DEPTH)
    places, uv = body.vertices[corners[front]][:, [0, 2]], body.texture_points[texture[front]]
    _, first = np.unique(corners[front], return_index=True)
    brows = []
    for eye in eye_points:
        along = np.linspace(0, 1, 9)
        x = np.sign(eye[0]) * (BROW_SPAN[0] + along * (BROW_SPAN[1] - BROW_SPAN[0]))
        z = eye[2] + np.interp(along, [0, 0.4, 1], BROW_RISE)
        line = np.zeros((0, 2))
        if len(first) > 3 and np.linalg.matrix_rank(places[first] - places[first].mean(0)) == 2:
            line = griddata(places[first], uv[first], np.stack([x, z], 1))
        brows.append(line[np.isfinite(line).all(1)])
    return Face(tuple(eyeballs), np.array(irises), tuple(brows))
