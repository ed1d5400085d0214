"""The shell around the body model that clothes are cut from: its mesh, and skin weights smooth enough for cloth."""

from dataclasses import dataclass

import numpy as np
import scipy.sparse

from mocap_ros.synthesis.body import LEFT_ARM, LEFT_LEG, RIGHT_ARM, RIGHT_LEG

TUBE_BONES = ("root", "upperleg01.L", "upperleg01.R", "lowerleg01.L", "lowerleg01.R")  # move skirts
SMOOTHINGS = 5  # of the skin weights, so that cloth bends less sharply than the body


@dataclass(frozen=True, eq=False)
class Shell:
    """Vertices of the base mesh that form a suit around the body, and what follows from their mesh.

    Attributes:
        numbers: vertices of the base mesh, (S,).
        triangles: (F, 3) in the shell's own numbers.
        neighbours: mean of every vertex's neighbours, itself at a rim, (S, S) sparse.
        bones: those that move it, (B,).
        weights: smooth skin weights of these bones, (S, B) float32.
        arms, left_leg, right_leg: share of the weights on these limbs, (S,).
    """

    numbers: np.ndarray
    triangles: np.ndarray
    neighbours: scipy.sparse.csr_matrix
    bones: np.ndarray
    weights: np.ndarray
    arms: np.ndarray
    left_leg: np.ndarray
    right_leg: np.ndarray


def _moving_alike(skeleton):
    """For every bone the first one that always moves as it does, (bones,)."""
    free = set(skeleton.blended[0]) | {bone for bones, _ in skeleton.fingers for bone in bones}
    first = np.arange(len(skeleton.parents))
    for bone in skeleton.order:
        parent, segment = skeleton.parents[bone], skeleton.segments[bone]
        if parent >= 0 and bone not in free and segment in (-1, skeleton.segments[parent]):
            first[bone] = first[parent]
    return first


def make_shell(body, skeleton):
    """The Shell of a body model with its Skeleton."""
    numbers, triangles = np.unique(body.tights_triangles, return_inverse=True)
    triangles = triangles.reshape(-1, 3).astype(np.int32)
    ends = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    size = len(numbers)
    links = scipy.sparse.coo_matrix((np.ones(2 * len(ends)), np.concatenate([ends, ends[:, ::-1]]).T), (size, size))
    links = links.tocsr()
    at_rim = np.unique(links.nonzero()[0][links.data == 1])  # an edge of one triangle; rims keep their place
    links.data[:] = 1
    links = scipy.sparse.diags(np.where(np.isin(np.arange(size), at_rim), 0.0, 1.0)) @ links
    links = (links + scipy.sparse.diags(np.where(np.isin(np.arange(size), at_rim), 1.0, 0.0))).tocsr()
    neighbours = (scipy.sparse.diags(1 / np.asarray(links.sum(1)).ravel()) @ links).tocsr().astype(np.float32)
    first = _moving_alike(skeleton)  # few enough that no vertex needs more weights than it may have
    weights = np.zeros((size, len(first)), np.float32)
    np.add.at(weights, (np.arange(size)[:, None], first[body.bone_indices[numbers]]), body.bone_weights[numbers])
    bones = np.flatnonzero(weights.any(0) | np.isin(body.bone_names, TUBE_BONES))
    weights = weights[:, bones]
    for _ in range(SMOOTHINGS):
        weights = 0.5 * weights + 0.5 * (neighbours @ weights)

    def share(*parts):
        return weights[:, np.isin(skeleton.parts[bones], parts)].sum(1)

    return Shell(numbers, triangles, neighbours, bones, weights,
                 share(LEFT_ARM, RIGHT_ARM), share(LEFT_LEG), share(RIGHT_LEG))
