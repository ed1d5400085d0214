"""What the refiner reads of each person whom a front end found: a crop, the keypoints in it, the camera's view of it.

Running and training share this file. Source: ours; that a second network reads the image together with a first pose and
puts it right is the idea of Moon et al. 2019 (PoseFix), there for 2D alone.
"""

import numpy as np

from mocap_ros.datatypes.skeleton import LIMB_INDICES, LIMB_PROPORTIONS
from mocap_ros.geometry.boxes import box_sides
from mocap_ros.nets.image_crop import Crop

CROP_PX = 128  # side of a crop
PERSON_PX = 92  # longer side of the box around the found keypoints in it
SMALLEST_PERSON_PX = 10.0  # longer side of that box in the image, from which on it is enlarged no further
LEAST_SHOWN = 0.7  # side of a crop at least, of the standing height that the found limbs tell
FEWEST_KEYPOINTS = 3  # found, of a person who is refined
CELL_PX = 4  # side of a cell of its heatmaps in the crop
CELLS = CROP_PX // CELL_PX
CAMERA_NUMBERS = 3
REFINER_INPUTS = "crops", "keypoints", "camera", "maps"
REFINER_ANSWERS = "places", "certainty", "seen", "person", "joints"
_PROPORTIONS = np.array(LIMB_PROPORTIONS)
_USUAL_LOG_SIDE = -1.2  # a crop of 17 degrees
LEAST_CONFIDENCE = 0.05  # of a keypoint that was found: 0 means that it was not


def refine_crop(keypoints_px):
    """The Crop around a person's found keypoints; larger around a part of a person, so that it shows where the rest is.

    Args:
        keypoints_px: (K, 2) [px]; NaN where not found, at least one found.
    """
    limbs = np.linalg.norm(np.diff(keypoints_px[LIMB_INDICES], axis=1)[:, 0], axis=-1)
    known = np.isfinite(limbs)
    height = limbs[known].sum() / max(_PROPORTIONS[known].sum(), 1e-6)
    return box_crop(np.nanmin(keypoints_px, axis=0), np.nanmax(keypoints_px, axis=0), LEAST_SHOWN * height)


def box_crop(low, high, least=0.0):
    """The Crop around a box of a person's keypoints, for whom no keypoint is known.

    Args:
        low, high: its corners [px], (2,).
        least: side of the crop at least [px].
    """
    side = max(max((high - low).max(), SMALLEST_PERSON_PX) * CROP_PX / PERSON_PX, least)
    left, top = (low + high + 1 - side) / 2
    return Crop(float(left), float(top), float(side), CROP_PX)


def finding(keypoints_px, confidence):
    """Keypoints as the refiner reads them, (..., K, 3) float32: x, y [px of the crop], confidence; zeros if not found.

    Args:
        keypoints_px: (..., K, 2) [px of the crop].
        confidence: (..., K); 0 where not found.
    """
    found = (np.asarray(confidence) > 0)[..., None]
    sure = np.clip(np.asarray(confidence)[..., None], LEAST_CONFIDENCE, 1)
    return np.where(found, np.concatenate([np.nan_to_num(keypoints_px), sure], -1), 0).astype(np.float32)


def camera_numbers(view_rays, sides):
    """How the camera sees each crop, (P, CAMERA_NUMBERS) float32: where it lies and how large it is.

    Args:
        view_rays: through the crops' centres in the camera optical frame, scaled to z = 1, (P, 3); NaN where unknown.
        sides: of the crops over the focal length, (P,); NaN where unknown.
    """
    numbers = np.column_stack([np.asarray(view_rays)[:, :2], np.log(sides) - _USUAL_LOG_SIDE])
    return np.nan_to_num(numbers).astype(np.float32)


def refinable(keypoints_px):
    """Which of P people have keypoints enough to be refined, (P,) bool, from (P, K, 2) [px]; NaN where not found."""
    return (np.isfinite(keypoints_px).all(-1).sum(1) >= FEWEST_KEYPOINTS) & (box_sides(keypoints_px).max(-1) > 0)
