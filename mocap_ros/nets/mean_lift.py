"""Two networks from people to 3D poses, taken together."""

import numpy as np


class MeanLift:
    """The mean of two networks' joints; the answer of one alone for people of whom the other says nothing.

    Stage II reads encodings of what the image shows and lift-2d keypoints alone, but has learned from far more poses:
    their errors differ, and the mean is nearer the truth than either (docs/lifting.md).

    Args:
        first, second: each with `infer`, such as OnnxStageTwo and OnnxLift.

    Source: ours.
    """

    def __init__(self, first, second):
        self.first, self.second = first, second

    def infer(self, detections, camera):
        """Root-relative joints at the reference height, camera axes [m], (P, J, 3) float32; NaN where neither answers.

        Args:
            detections: Detections in the camera's pixels.
            camera: Camera.
        """
        one, other = self.first.infer(detections, camera), self.second.infer(detections, camera)
        one, other = np.where(np.isnan(one), other, one), np.where(np.isnan(other), one, other)
        return (one + other) / 2
