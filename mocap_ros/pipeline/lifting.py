"""People of any 2D detector become an Observation: 3D by lift-2d, appearance where the image is at hand."""

import numpy as np

from mocap_ros.datatypes.errors import CameraError
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation
from mocap_ros.nets.runtime import load_lift
from mocap_ros.pipeline.timing import StageTimer
from mocap_ros.tracking.appearance import body_histograms


class KeypointLifter:
    """Stage II for front ends without 3D encodings; it keeps nothing between images.

    Args:
        config: MocapConfig; `estimator.lift` names the model.
        timer: StageTimer that the stages report to; its own if None.

    Raises:
        WeightsError: see nets.runtime.load_lift.
    """

    def __init__(self, config, timer=None):
        self.timer = timer or StageTimer()
        self.model = load_lift(config.estimator)

    def configure(self, config):
        """Takes over settings that may change while running; none of those that count here may."""

    def lift(self, detections, camera, image=None):
        """Observation of the people of one image.

        Args:
            detections: Detections in the camera's pixels, in KEYPOINTS order; encodings are not needed.
            camera: Camera, whose width and height are the image's.
            image: (H, W, 3) uint8 BGR, or None where only keypoints came; appearance is then NaN.

        Raises:
            CameraError: an image of another size than the camera's.
        """
        if image is not None and image.shape[:2] != (camera.height, camera.width):
            raise CameraError(f"image is {image.shape[1]} x {image.shape[0]}, the camera is for "
                              f"{camera.width} x {camera.height}")
        with self.timer.stage("lift"):
            joints = self.model.infer(detections, camera)
        with self.timer.stage("appearance"):
            if image is None:
                appearance = np.full((len(detections), APPEARANCE_BINS), np.nan, np.float32)
            else:
                appearance = body_histograms(image, detections.keypoints_px)
        return Observation(detections, joints, appearance, camera.width, camera.height)
