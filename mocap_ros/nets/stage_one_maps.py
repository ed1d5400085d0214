"""What every engine of Stage I answers."""

from typing import NamedTuple

import numpy as np


class StageOneMaps(NamedTuple):
    """Stage I's answer at stride 8, float32.

    Attributes:
        heatmaps: 0 to 1, (B, K, h, w).
        part_affinity: unit vectors from a limb's first keypoint to its second, (B, L, 2, h, w).
        encodings: parent-relative bone vectors in the person's view frame [m], (B, J, 3, h, w).
    """

    heatmaps: np.ndarray
    part_affinity: np.ndarray
    encodings: np.ndarray
