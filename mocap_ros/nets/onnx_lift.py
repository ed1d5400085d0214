"""lift-2d on ONNX Runtime: the 3D pose of people whom any 2D detector found."""

import numpy as np

from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.pinhole import rays
from mocap_ros.nets.lift_input import FEWEST_KEYPOINTS, lift_input
from mocap_ros.nets.model_format import check_metadata, lift_metadata
from mocap_ros.nets.onnx_runtime import open_session


class OnnxLift:
    """A Stage II that needs keypoints alone.

    Args:
        path: stage_two.onnx of a lifting model.
        providers: ONNX Runtime's execution providers, best first.
        threads: of the CPU provider; 0 uses every core.

    Raises:
        WeightsError: missing, damaged, or not a lifting model of this version and skeleton.
    """

    def __init__(self, path, providers=("CPUExecutionProvider",), threads=0):
        self._session = open_session(path, providers, threads)
        check_metadata(path, self._session.get_modelmeta().custom_metadata_map, lift_metadata())

    def infer(self, detections, camera):
        """Root-relative joints at the reference height, camera axes [m], (P, J, 3) float32.

        Args:
            detections: Detections in the camera's pixels; encodings, if any, are not read. NaN comes out for people
                with fewer than FEWEST_KEYPOINTS keypoints.
            camera: Camera.
        """
        if not len(detections):
            return np.zeros((0, J, 3), np.float32)
        rows, view = lift_input(rays(detections.keypoints_px, camera), detections.confidence)
        joints = self.infer_rows(rows) @ view  # camera_from_view is the transpose
        seen = (detections.confidence > 0).sum(1)
        return np.where((seen >= FEWEST_KEYPOINTS)[:, None, None], joints, np.nan).astype(np.float32)

    def infer_rows(self, rows):
        """Joints in the view frames, (P, J, 3) [m], of rows of lift_input, (P, LIFT_FEATURES)."""
        return self._session.run(None, {"keypoints": rows})[0]
