"""Stage II and lift-2d taken together."""

FEWEST_SEEN = 13  # keypoints of a person for whom lift-2d counts too; with fewer Stage II alone is nearer the truth


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
