"""What the per-frame networks say of one image: the message from the estimator to the fitter."""

from dataclasses import dataclass

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.detections import Detections
from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.datatypes.skeleton import J

REFERENCE_HEIGHT = 1.7  # m; Stage II gives everybody this standing height, because one image cannot tell (Sec. 8.2.1)
BODY_PARTS = ("torso", "head", "thighs", "shins")  # whose colours are kept (ours; Sec. 8.3.1: the torso)
HUES, SATURATIONS, GREYS = 12, 4, 6  # bins of a part: hue by saturation, then brightness of what has no hue
PART_BINS = HUES * SATURATIONS + GREYS
APPEARANCE_BINS = len(BODY_PARTS) * PART_BINS


@dataclass(frozen=True, eq=False)
class Observation:
    """People of one image before identity and time.

    Attributes:
        detections: their keypoints, P of them.
        joints_relative: root-relative joints in JOINTS order, camera axes, scaled to a standing height of
            REFERENCE_HEIGHT [m], (P, J, 3) float32; NaN where the front end gives no 3D.
        appearance: colour histograms of BODY_PARTS one after the other, each of sum 1, (P, APPEARANCE_BINS) float32;
            NaN for a part that is not seen, everywhere where no image was at hand.
        width, height: image size [px].

    Raises:
        SkeletonError: shapes that do not agree.
    """

    detections: Detections
    joints_relative: np.ndarray
    appearance: np.ndarray
    width: int
    height: int

    def __post_init__(self):
        people = len(self.detections)
        wanted = {"joints_relative": (people, J, 3), "appearance": (people, APPEARANCE_BINS)}
        freeze_arrays(self, wanted, SkeletonError)

    def __len__(self):
        return len(self.detections)
