"""Stage I and II on ONNX Runtime: numpy in, numpy out, no torch."""

from dataclasses import replace
from pathlib import Path
import platform

import numpy as np
import onnxruntime

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.datatypes.skeleton import J
from mocap_ros.geometry.perspective_correction import correct_perspective
from mocap_ros.geometry.pinhole import rays, undistort_pixels
from mocap_ros.nets.engine_cache import cached_engine, file_hash
from mocap_ros.nets.model_format import STRIDE, check_metadata, input_size_of, stage_one_metadata, stage_two_metadata
from mocap_ros.nets.person_frame import anchor_pixels
from mocap_ros.nets.stage_one_maps import StageOneMaps
from mocap_ros.nets.stage_two_input import SPARSE, stage_two_input

CPU = ("CPUExecutionProvider",)
LONGEST_SPIN_US = "200"  # as ONNX Runtime takes it; longer than it takes a thread to start a layer
AS_IT_IS = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL


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
        self._session = open_optimised(path, threads) if tuple(providers) == CPU else open_session(
            path, providers, threads)
        found = self._session.get_modelmeta().custom_metadata_map
        self.input_size = input_size_of(found)
        check_metadata(path, found, stage_one_metadata(self.input_size))
        self.description = f"ONNX Runtime on {_shown(self._session)}"

    def infer(self, images):
        """StageOneMaps of `images`, (B, H, W, 3) uint8 BGR with H and W multiples of 16."""
        return StageOneMaps(*self._session.run(None, {"images": np.ascontiguousarray(images)}))


class OnnxStageTwo:
    """Stage II from a file; arguments and errors as for OnnxStageOne."""

    def __init__(self, path, providers=("CPUExecutionProvider",), threads=0):
        self._session = open_session(path, providers, threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        check_metadata(path, metadata, stage_two_metadata())
        self._supervision = metadata.get("encodings", SPARSE)

    def infer(self, detections, camera):
        """Root-relative joints at the reference height, camera axes [m], (P, J, 3) float32.

        Args:
            detections: Detections in the camera's pixels. NaN comes out for people without encodings.
            camera: Camera.
        """
        people = len(detections)
        if not people or detections.encodings is None:
            return np.full((people, J, 3), np.nan, np.float32)
        rows = stage_two_input(_undistorted(detections, camera), self._supervision)
        joints_view = self._session.run(None, {"people": rows})[0]  # (P, J, 3)
        anchor = anchor_pixels(detections.keypoints_px, detections.confidence > 0)
        return correct_perspective(joints_view, rays(anchor, camera)).astype(np.float32)


def _undistorted(detections, camera):
    """Detections as an ideal camera would see them, on which Stage II was trained."""
    if camera.distortion.size == 0:
        return detections
    pixels = undistort_pixels(detections.keypoints_px, camera)
    return replace(detections, keypoints_px=pixels,
                   confidence=np.where(np.isfinite(pixels).all(-1), detections.confidence, 0))


def open_optimised(path, threads):
    """A session on the CPU whose graph was optimised once, for this processor and ONNX Runtime, and kept.

    Raises:
        WeightsError: no such file, or not an ONNX model.
    """
    _need_file(path)
    key = {"weights": file_hash(path), "onnxruntime": onnxruntime.__version__, "processor": _processor()}
    return cached_engine(
        "cpu-graph", key, lambda target: open_session(path, CPU, threads, optimised_path=str(target)),
        lambda target: open_session(target, CPU, threads, optimisation=AS_IT_IS))


def open_session(path, providers, threads, optimisation=None, optimised_path=None):
    """An ONNX Runtime session of a file.

    Args:
        path: ONNX file.
        providers: execution providers, best first.
        threads: of the CPU provider; 0 uses every core.
        optimisation: ONNX Runtime's level; its own choice if None.
        optimised_path: where to write the optimised graph; None for nowhere.

    Raises:
        WeightsError: no such file, or not an ONNX model.
    """
    _need_file(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    if optimisation is not None:
        options.graph_optimization_level = optimisation
    # Threads wait awake for the next layer, which makes a run 8 % faster, but not for the next image: that would slow
    # down all that the frame needs besides the network.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    options.add_session_config_entry("session.intra_op.spin_duration_us", LONGEST_SPIN_US)
    if optimised_path is not None:
        options.optimized_model_filepath = optimised_path
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=list(providers))
    except Exception as error:  # onnxruntime raises a dozen private classes for a damaged file
        raise WeightsError(f"{path}: damaged weights file ({str(error).splitlines()[0]})") from error


def file_metadata(path):
    """What an ONNX file says of itself, dict of str to str; errors as open_session."""
    return open_session(path, CPU, 1, AS_IT_IS).get_modelmeta().custom_metadata_map


def _need_file(path):
    if not Path(path).is_file():
        raise WeightsError(f"{path}: no such weights file")


def _processor():
    """What the processor is and can: an optimised graph is laid out for it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return " ".join([platform.machine(), platform.processor()] + sorted(
        {line for line in lines if line.startswith(("model name", "flags", "Features"))}))


def _shown(session):
    name = session.get_providers()[0].removesuffix("ExecutionProvider")
    return {"CPU": "the CPU", "CUDA": "CUDA", "Tensorrt": "TensorRT"}.get(name, name)
