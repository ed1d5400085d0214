"""Stage I and II on ONNX Runtime: numpy in, numpy out, no torch."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.perspective_correction import correct_perspective
from mocap_ros.geometry.pinhole import rays
from mocap_ros.nets.model_format import STRIDE, check_metadata, stage_one_metadata, stage_two_metadata
from mocap_ros.nets.person_frame import anchor_pixels
from mocap_ros.nets.stage_two_input import stage_two_input


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


class OnnxStageOne:
    """Stage I from a file.

    Args:
        path: stage_one.onnx.
        providers: ONNX Runtime's execution providers, best first.
        threads: of the CPU provider; 0 uses every core.

    Raises:
        WeightsError: missing, damaged, or made for another version or skeleton.
    """

    stride = STRIDE

    def __init__(self, path, providers=("CPUExecutionProvider",), threads=0):
        self._session = open_session(path, providers, threads)
        found = self._session.get_modelmeta().custom_metadata_map
        try:
            self.input_size = int(found["input_width"]), int(found["input_height"])
        except (KeyError, ValueError):
            self.input_size = 0, 0
        check_metadata(path, found, stage_one_metadata(self.input_size))
        self.description = f"ONNX Runtime on {_shown(self._session)}"

    def infer(self, images):
        """StageOneMaps of `images`, (B, H, W, 3) uint8 BGR with H and W multiples of 16."""
        return StageOneMaps(*self._session.run(None, {"images": np.ascontiguousarray(images)}))


class OnnxStageTwo:
    """Stage II from a file; arguments and errors as for OnnxStageOne."""

    def __init__(self, path, providers=("CPUExecutionProvider",), threads=0):
        self._session = open_session(path, providers, threads)
        check_metadata(path, self._session.get_modelmeta().custom_metadata_map, stage_two_metadata())

    def infer(self, detections, camera):
        """Root-relative joints at the reference height, camera axes [m], (P, J, 3) float32.

        Args:
            detections: Detections in the camera's pixels. NaN comes out for people without encodings.
            camera: Camera.
        """
        people = len(detections)
        if not people or detections.encodings is None:
            return np.full((people, J, 3), np.nan, np.float32)
        joints_view = self._session.run(None, {"people": stage_two_input(detections)})[0]  # (P, J, 3)
        anchor = anchor_pixels(detections.keypoints_px, detections.confidence > 0)
        return correct_perspective(joints_view, rays(anchor, camera)).astype(np.float32)


def open_session(path, providers, threads):
    """An ONNX Runtime session of a file.

    Raises:
        WeightsError: no such file, or not an ONNX model.
    """
    if not Path(path).is_file():
        raise WeightsError(f"{path}: no such weights file")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=list(providers))
    except Exception as error:  # onnxruntime raises a dozen private classes for a damaged file
        raise WeightsError(f"{path}: damaged weights file ({str(error).splitlines()[0]})") from error


def _shown(session):
    name = session.get_providers()[0].removesuffix("ExecutionProvider")
    return {"CPU": "the CPU", "CUDA": "CUDA", "Tensorrt": "TensorRT"}.get(name, name)
