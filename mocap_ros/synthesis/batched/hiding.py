"""What hides the keypoints of a batch, and things laid over the pictures; see synthesis/labels.py."""

from typing import NamedTuple

import numpy as np
import torch

from mocap_ros.datasets.sample import HIDDEN_BY_OBJECT, HIDDEN_BY_OTHER, HIDDEN_BY_SELF, OUTSIDE, SEEN
from mocap_ros.datatypes.skeleton import K
from mocap_ros.synthesis.batched.constants import as_tuples, constant
from mocap_ros.synthesis.drawing import NEAR, OBJECT_PART
from mocap_ros.synthesis.labels import ALLOWED, DEPTHS, REAR_GAP, STANDARD_HEIGHT
from mocap_ros.synthesis.raster import SAMPLES

COVERED_SHARE = 0.3  # of the pictures have something laid over them


class Covers(NamedTuple):
    """What lies over the pictures: ellipses or boxes of one colour, or of the picture's own background, (B, ...).

    Attributes:
        middle, half: of the box, in shares of width and height, (B, 2); half is 0 where nothing lies.
        is_ellipse, is_patch: (B,) bool.
        colour: linear RGB, (B, 3).
    """

    middle: torch.Tensor
    half: torch.Tensor
    is_ellipse: torch.Tensor
    is_patch: torch.Tensor
    colour: torch.Tensor


def draw_cover(generator):
    """A Covers of one picture as numpy values."""
    there = generator.random() < COVERED_SHARE
    half = generator.uniform(0.04, 0.22, 2) * there
    return Covers(generator.uniform(0, 1, 2).astype(np.float32), half.astype(np.float32),
                  np.asarray(generator.random() < 0.5), np.asarray(generator.random() < 0.7),
                  (generator.uniform(0.05, 1, 3) ** 2).astype(np.float32))


def cover(linear, backgrounds, covers):
    """Pictures with their covers, (B, H, W, 3), and where those lie, (B, H, W) bool.

    A patch shows the picture's own background from elsewhere (half a width away).
    """
    _, height, width, _ = linear.shape
    rows = (torch.arange(height, device=linear.device) + 0.5) / height
    columns = (torch.arange(width, device=linear.device) + 0.5) / width
    x = (columns[None, None] - covers.middle[:, 0, None, None]) / covers.half[:, 0, None, None].clamp(min=1e-6)
    y = (rows[None, :, None] - covers.middle[:, 1, None, None]) / covers.half[:, 1, None, None].clamp(min=1e-6)
    inside = torch.where(covers.is_ellipse[:, None, None], x * x + y * y < 1, (x.abs() < 1) & (y.abs() < 1))
    inside &= (covers.half > 0).all(1)[:, None, None]
    patch = torch.roll(backgrounds, width // 2, 2)
    fill = torch.where(covers.is_patch[:, None, None, None], patch, covers.colour[:, None, None])
    return torch.where(inside[..., None], fill, linear), inside


def visibility_codes(keypoints_view, people, inverse_depth, triangles, geometry, covered):
    """What hides each keypoint, codes of datasets.sample, (N, K) uint8.

    Args:
        keypoints_view: in the views [px], (N, K, 2).
        people: PackedPeople.
        inverse_depth, triangles: see rasterise.
        geometry: Geometry.
        covered: where something lies over the views, (B, h, w) bool.
    """
    _, rows, columns = inverse_depth.shape
    device = inverse_depth.device
    size = constant((columns, rows), device, torch.int64)
    sample = torch.round((keypoints_view + 0.5) * SAMPLES - 0.5).clamp(-1e6, 1e6).long()
    depth = people.keypoints_camera[..., 2]
    inside = ((keypoints_view >= -0.5) & (keypoints_view < size / SAMPLES - 0.5)).all(2) & (depth > NEAR)
    x, y = sample.minimum(size - 1).clamp(min=0).unbind(2)
    image = people.image[:, None]
    surface = 1 / inverse_depth[image, y, x].clamp(min=1e-6)
    face = triangles[image, y, x]
    owner = torch.where(face >= 0, _at(geometry.owners, face), -1)
    part = torch.where(face >= 0, _at(geometry.parts, face), OBJECT_PART)
    own = owner == torch.arange(len(image), device=device)[:, None]
    depths = constant(as_tuples(DEPTHS[:K]), device, torch.float32) * people.height[:, None] / STANDARD_HEIGHT
    allowed = constant(as_tuples(ALLOWED[:K]), device, torch.bool)[torch.arange(K, device=device), part]
    below = depth - surface
    codes = torch.full(owner.shape, SEEN, dtype=torch.uint8, device=device)
    codes.masked_fill_(own & (below > torch.where(allowed, depths, depths * 0.5)), HIDDEN_BY_SELF)
    nearer = ~own & (owner != -1) & (below > REAR_GAP)
    codes.masked_fill_(nearer & (owner >= 0), HIDDEN_BY_OTHER)
    codes.masked_fill_(nearer & (owner == -2), HIDDEN_BY_OBJECT)
    codes.masked_fill_(covered[image, y // SAMPLES, x // SAMPLES], HIDDEN_BY_OBJECT)
    return codes.masked_fill_(~inside, OUTSIDE)


def _at(values, index):
    """Values at an index that may be -1, also where there are none at all."""
    return values[index.clamp(min=0)] if len(values) else torch.zeros_like(index)
