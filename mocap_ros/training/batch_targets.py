"""The targets of a whole batch at once, on any device; the same maps as make_targets makes of one image."""

import numpy as np
import torch

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN, UNKNOWN
from mocap_ros.datatypes.skeleton import ENCODED_BONES, J, LIMB_INDICES, PARENT_INDICES
from mocap_ros.nets.stage_two_input import DENSE, SPARSE
from mocap_ros.synthesis.batched.constants import as_tuples, constant
from mocap_ros.training.targets import (
    ENCODING_RADIUS, IGNORED_RADIUS, KEYPOINT_SIGMA, LIMB_HALF_WIDTH, ON_BODY, SHORTEST_LIMB, STRIDE, Targets)


def batch_targets(keypoints_px, visibility, bones, height, width, supervision=SPARSE):
    """Targets with a leading axis B.

    Args:
        keypoints_px: (B, P, K, 2), P the most people of an image; NaN for those that it lacks.
        visibility: codes of datasets.sample, OUTSIDE for people that are not there, (B, P, K) uint8.
        bones: bone_vectors [m], (B, P, J, 3); NaN where unknown.
        height, width: of the images, multiples of STRIDE [px].
        supervision: see make_targets.
    """
    device = keypoints_px.device
    on_body = constant(as_tuples(ON_BODY), device, torch.bool)
    learned = (visibility == SEEN) | (((visibility == HIDDEN_BY_SELF) | (visibility == UNKNOWN)) & on_body)
    optional = (visibility > OUTSIDE) & (visibility != HIDDEN_BY_SELF) & ~learned
    placed = torch.isfinite(keypoints_px).all(-1)  # (B, P, K)
    cells = torch.where(placed[..., None], (keypoints_px + 0.5) / STRIDE - 0.5, -1e3)
    columns = torch.arange(width // STRIDE, device=device, dtype=torch.float32)
    rows = torch.arange(height // STRIDE, device=device, dtype=torch.float32)
    dx, dy = columns - cells[..., 0, None], rows - cells[..., 1, None]  # (B, P, K, w), (B, P, K, h)
    distance = (dx ** 2)[..., None, :] + (dy ** 2)[..., :, None]  # (B, P, K, h, w)
    return Targets(*_heatmaps(dx, dy, distance, learned, optional),
                   *_part_affinity(cells, learned, placed, rows, columns),
                   *_encodings(distance, bones, learned, supervision))


def _heatmaps(dx, dy, distance, learned, optional):
    """Heatmaps and weights, both (B, K, h, w)."""
    falloff = -0.5 / KEYPOINT_SIGMA ** 2
    gaussian_x = torch.exp(falloff * dx ** 2) * learned[..., None]
    heatmaps = (torch.exp(falloff * dy ** 2)[..., :, None] * gaussian_x[..., None, :]).amax(1)
    unsure = ((distance < IGNORED_RADIUS ** 2) & optional[..., None, None]).any(1)
    return heatmaps, torch.where(unsure & (heatmaps < 0.1), 0.0, 1.0)


def _part_affinity(cells, learned, placed, rows, columns):
    """Fields (B, L, 2, h, w) and weights (B, L, h, w)."""
    a, b = constant(as_tuples(LIMB_INDICES.T), cells.device, torch.int64)
    start, end = cells[:, :, a], cells[:, :, b]  # (B, P, L, 2)
    step = end - start
    length = torch.hypot(step[..., 0], step[..., 1])
    usable = placed[:, :, a] & placed[:, :, b] & (length > SHORTEST_LIMB)
    complete = usable & learned[:, :, a] & learned[:, :, b]
    direction = step / length.clamp(min=1e-9)[..., None]
    offset_x = (columns - start[..., :1])[..., None, :]  # (B, P, L, 1, w)
    offset_y = (rows - start[..., 1:])[..., :, None]  # (B, P, L, h, 1)
    direction_x, direction_y = direction[..., 0, None, None], direction[..., 1, None, None]
    across = (offset_y * direction_x - offset_x * direction_y).abs()
    along = offset_y * direction_y + offset_x * direction_x
    on_limb = (across <= LIMB_HALF_WIDTH) & (along >= -LIMB_HALF_WIDTH)
    on_limb &= along <= (length + LIMB_HALF_WIDTH)[..., None, None]
    taught = (on_limb & complete[..., None, None]).float()
    counts = taught.sum(1)  # (B, L, h, w)
    fields = torch.stack([(taught * direction_x).sum(1), (taught * direction_y).sum(1)], 2)
    unsure = (on_limb & (usable & ~complete)[..., None, None]).any(1) & (counts == 0)
    return fields / counts.clamp(min=1)[:, :, None], torch.where(unsure, 0.0, 1.0)


def _encodings(distance, bones, learned, supervision):
    """Encodings (B, J, 3, h, w) and weights (B, J, h, w); the loop is over joints, of which there are always 21."""
    images, people = bones.shape[:2]
    rows, columns = distance.shape[-2:]
    encodings = bones.new_zeros((images, J, 3, rows, columns))
    weights = bones.new_zeros((images, J, rows, columns))
    known = torch.isfinite(bones).all(3)  # (B, P, J)
    for joint in np.flatnonzero(PARENT_INDICES >= 0):
        keypoints = np.flatnonzero(ENCODED_BONES[:, joint] | (supervision == DENSE))
        keypoints = constant(as_tuples(keypoints), bones.device, torch.int64)
        there = learned[:, :, keypoints] & known[:, :, joint, None]
        near = torch.where(there[..., None, None], distance[:, :, keypoints], torch.inf).flatten(1, 2)
        least, index = near.min(1)  # (B, h, w)
        weights[:, joint] = least <= ENCODING_RADIUS ** 2
        person = (index // len(keypoints)).flatten(1)
        vectors = torch.nan_to_num(bones[:, :, joint]).gather(1, person[..., None].expand(-1, -1, 3))
        vectors = vectors.reshape(images, rows, columns, 3).permute(0, 3, 1, 2)
        encodings[:, joint] = vectors * weights[:, joint, None]
    return encodings, weights
