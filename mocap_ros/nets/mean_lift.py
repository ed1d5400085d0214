"""Stage II, lift-2d and the refiner taken together."""

import numpy as np

FEWEST_SEEN = 13  # keypoints of a person for whom lift-2d counts too; with fewer Stage II alone is nearer the truth
REFINED_SHARE = 0.5  # weight of the refiner's pose beside the other (docs/refining.md, "How good")


def mean_pose(joints, refined):
    """Poses taken together with the refiner's, (P, J, 3) [m]; either alone where the other is NaN.

    Args:
        joints: of Stage II or MeanLift, (P, J, 3) [m].
        refined: the refiner's in the same frame.
    """
    both = (1 - REFINED_SHARE) * joints + REFINED_SHARE * refined
    return np.where(np.isnan(joints), refined, np.where(np.isnan(refined), joints, both))


class MeanLift:
    """The mean of the joints of Stage II and of a network that lifts keypoints alone.

    Stage II reads encodings of what the image shows, lift-2d keypoints alone, but it has learned from far more poses:
    their errors differ, and of people who are seen nearly whole the mean is nearer the truth than either. Of those who
    are seen in part the encodings know more (docs/lifting.md).

    Args:
        stage_two: OnnxStageTwo.
        lift: OnnxLift.

    Source: ours.
    """

    def __init__(self, stage_two, lift):
        self.stage_two, self.lift = stage_two, lift

    def infer(self, detections, camera):
        """Root-relative joints at the reference height, camera axes [m], (P, J, 3) float32; NaN without encodings.

        Args:
            detections: Detections in the camera's pixels.
            camera: Camera.
        """
        joints = self.stage_two.infer(detections, camera)
        whole = (detections.confidence > 0).sum(1) >= FEWEST_SEEN
        if whole.any():
            joints[whole] = (joints[whole] + self.lift.infer(detections.take(whole), camera)) / 2
        return joints
