"""What Stage I should answer for a labelled image: heatmaps, part affinity fields, 3D encodings (Sec. 6.3.1).

Maps are at the network's stride: cell (row i, column j) is centred at pixel ((j + 0.5) stride - 0.5, ...).
"""

from typing import NamedTuple

import cv2
import numpy as np

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.skeleton import ENCODED_BONES, J, JOINT_OF_KEYPOINT, K, L, LIMB_INDICES, PARENT_INDICES
from mocap_ros.geometry.perspective_correction import view_from_camera
from mocap_ros.nets.person_frame import anchor_pixels, reference_scale
from mocap_ros.nets.stage_two_input import DENSE, SPARSE

STRIDE = 8
KEYPOINT_SIGMA = 1.0  # cells
IGNORED_RADIUS = 2.0  # cells around a keypoint whose place is known but which may or may not be recognised
LIMB_HALF_WIDTH = 1.0  # cells
SHORTEST_LIMB = 0.1  # cells; below it a limb has no direction
ENCODING_RADIUS = 1.3  # cells
ON_BODY = JOINT_OF_KEYPOINT >= 0  # nose, eyes and ears are not: turned away, they are not in the picture at all


class Targets(NamedTuple):
    """Maps of one image, float32; the weights are 0 where the labels say nothing.

    Attributes:
        heatmaps: Gaussians, the largest over people, (K, h, w), and heatmap_weights, the same shape.
        part_affinity: unit vectors along limbs, averaged over people, (L, 2, h, w), and part_affinity_weights,
            (L, h, w).
        encodings: parent-relative bone vectors [m] in each person's view frame at the reference height, (J, 3, h, w),
            and encoding_weights, (J, h, w): only the bones that meet at a keypoint, near it.
    """

    heatmaps: np.ndarray
    heatmap_weights: np.ndarray
    part_affinity: np.ndarray
    part_affinity_weights: np.ndarray
    encodings: np.ndarray
    encoding_weights: np.ndarray


def make_targets(sample, stride=STRIDE, supervision=SPARSE, hidden_too=False):
    """Targets of `sample`, whose image size is a multiple of `stride`.

    A keypoint is learned where it is seen, or hidden by the person's own body (limbs and trunk only; also where nobody
    said whether it is seen). Behind another person or an object it is neither asked for nor forbidden, with
    `hidden_too` it is asked for; a keypoint that the data set does not label is nowhere learned. Encodings are SPARSE,
    or DENSE for the ablation of Sec. 6.3.3: then each keypoint learns every bone of the body.
    """
    rows, columns = sample.image.shape[0] // stride, sample.image.shape[1] // stride
    visibility = sample.visibility
    learned = (visibility == SEEN) | (((visibility == HIDDEN_BY_SELF) | (visibility == UNKNOWN)) & ON_BODY)  # (P, K)
    if hidden_too:
        learned |= (visibility == HIDDEN_BY_OTHER) | (visibility == HIDDEN_BY_OBJECT)
    optional = (visibility > OUTSIDE) & (visibility != HIDDEN_BY_SELF) & ~learned
    placed = np.isfinite(sample.keypoints_px).all(-1)
    cells = np.where(placed[..., None], (sample.keypoints_px + 0.5) / stride - 0.5, -1e3).astype(np.float32)
    ignored = _ignored_cells(sample.ignore, rows, columns)

    dx = np.arange(columns, dtype=np.float32) - cells[..., 0, None]  # (P, K, w)
    dy = np.arange(rows, dtype=np.float32) - cells[..., 1, None]  # (P, K, h)
    heatmaps, heatmap_weights = _heatmaps(dx, dy, learned, optional)
    heatmap_weights *= ~ignored & sample.labelled[:, None, None]
    part_affinity, part_affinity_weights = _part_affinity(cells, learned, placed, rows, columns)
    part_affinity_weights *= ~ignored & sample.labelled[LIMB_INDICES].all(1)[:, None, None]
    encodings, encoding_weights = _encodings(sample, dx, dy, learned, supervision)
    return Targets(heatmaps, heatmap_weights, part_affinity, part_affinity_weights, encodings, encoding_weights)


def _heatmaps(dx, dy, learned, optional):
    """Heatmaps (K, h, w) and weights; `dx`, `dy` are cell offsets from each keypoint, (P, K, w) and (P, K, h)."""
    rows, columns = dy.shape[-1], dx.shape[-1]
    heatmaps = np.zeros((K, rows, columns), np.float32)
    weights = np.ones((K, rows, columns), np.float32)
    if not len(dx):
        return heatmaps, weights
    falloff = -0.5 / KEYPOINT_SIGMA ** 2
    gaussian_x = np.exp(falloff * dx ** 2) * learned[..., None]
    gaussian_y = np.exp(falloff * dy ** 2)
    heatmaps = (gaussian_y[..., :, None] * gaussian_x[..., None, :]).max(0)
    if optional.any():
        near = (dx ** 2)[..., None, :] + (dy ** 2)[..., :, None] < IGNORED_RADIUS ** 2  # (P, K, h, w)
        unsure = (near & optional[..., None, None]).any(0)
        weights[unsure & (heatmaps < 0.1)] = 0
    return heatmaps, weights


def _part_affinity(cells, learned, placed, rows, columns):
    """Fields (L, 2, h, w) and weights (L, h, w); a limb with an end that is not learned gives weight 0 along it."""
    a, b = LIMB_INDICES.T
    start, end = cells[:, a], cells[:, b]  # (P, L, 2)
    step = end - start
    length = np.hypot(step[..., 0], step[..., 1])
    usable = placed[:, a] & placed[:, b] & (length > SHORTEST_LIMB)
    complete = usable & learned[:, a] & learned[:, b]
    person, limb = np.nonzero(usable)
    fields = np.zeros((L, 2, rows, columns), np.float32)
    weights = np.ones((L, rows, columns), np.float32)
    if not len(person):
        return fields, weights
    start, step, length = start[person, limb], step[person, limb], length[person, limb]  # (N, ...)
    direction = step / length[:, None]
    offset_x = np.arange(columns, dtype=np.float32) - start[:, :1]  # (N, w)
    offset_y = np.arange(rows, dtype=np.float32) - start[:, 1:]  # (N, h)
    across = np.abs((offset_y * direction[:, :1])[:, :, None] - (offset_x * direction[:, 1:])[:, None])  # (N, h, w)
    along = (offset_y * direction[:, 1:])[:, :, None] + (offset_x * direction[:, :1])[:, None]
    on_limb = (across <= LIMB_HALF_WIDTH) & (along >= -LIMB_HALF_WIDTH)
    on_limb &= along <= (length + LIMB_HALF_WIDTH)[:, None, None]

    counts = np.zeros((L, rows, columns), np.float32)
    for n in np.flatnonzero(complete[person, limb]):
        counts[limb[n]] += on_limb[n]
        fields[limb[n]] += direction[n, :, None, None] * on_limb[n]
    fields /= np.maximum(counts, 1)[:, None]
    for n in np.flatnonzero(~complete[person, limb]):
        weights[limb[n]][on_limb[n] & (counts[limb[n]] == 0)] = 0
    return fields, weights


def _encodings(sample, dx, dy, learned, supervision):
    """Encodings (J, 3, h, w) and weights (J, h, w); where two people's keypoints are close, the nearer one counts."""
    rows, columns = dy.shape[-1], dx.shape[-1]
    encodings = np.zeros((J, 3, rows, columns), np.float32)
    weights = np.zeros((J, rows, columns), np.float32)
    bones = bone_vectors(sample)  # (P, J, 3)
    known = np.isfinite(bones).all(2)  # (P, J)
    person, keypoint = np.nonzero(learned & known.any(1)[:, None])
    if not len(person):
        return encodings, weights
    distance = (dx ** 2)[person, keypoint][:, None] + (dy ** 2)[person, keypoint][:, :, None]  # (N, h, w)
    for joint in np.flatnonzero(PARENT_INDICES >= 0):
        meeting = np.flatnonzero((ENCODED_BONES[keypoint, joint] | (supervision == DENSE)) & known[person, joint])
        if not len(meeting):
            continue
        nearest = distance[meeting].argmin(0)  # (h, w)
        near = np.take_along_axis(distance[meeting], nearest[None], 0)[0] <= ENCODING_RADIUS ** 2
        weights[joint] = near
        encodings[joint] = bones[person[meeting[nearest]], joint].transpose(2, 0, 1) * near
    return encodings, weights


def bone_vectors(sample):
    """Each joint relative to its parent in the person's view frame at the reference height [m], (P, J, 3); root zero.

    NaN where a joint or its parent is not known, and for people whose height, position or camera is not.
    """
    vectors = relative_to_view(sample, sample.keypoints_px)
    bones = vectors - vectors[:, np.maximum(PARENT_INDICES, 0)]
    bones[:, PARENT_INDICES < 0] = np.where(np.isfinite(vectors[:, PARENT_INDICES < 0]), 0, np.nan)
    return bones


def relative_to_view(sample, keypoints_px, seen=None):
    """Joints of each person in the view frame through `keypoints_px`' anchor, at the reference height [m], (P, J, 3).

    Args:
        sample: Sample of P people.
        keypoints_px: where the anchor is taken from, (P, K, 2) [px].
        seen: (P, K) bool; None for those that are finite.
    """
    seen = np.isfinite(keypoints_px).all(-1) if seen is None else seen
    anchor = anchor_pixels(keypoints_px, seen)
    pixels = np.concatenate([anchor, np.ones((len(anchor), 1))], 1)
    if np.isfinite(sample.camera_matrix).all():
        rays = pixels @ np.linalg.inv(sample.camera_matrix).T
    else:
        rays = np.full(pixels.shape, np.nan)
    scale = reference_scale(sample.joints_camera)[:, None, None]
    return (sample.joints_camera * scale) @ view_from_camera(rays).transpose(0, 2, 1)


def _ignored_cells(ignore, rows, columns):
    """Cells in which any pixel is ignored, (h, w) bool."""
    if not ignore.size:
        return np.zeros((rows, columns), bool)
    return cv2.resize(ignore.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA) > 0
