"""The standard camera_info YAML of ROS's camera_calibration and camera_calibration_parsers, without ROS."""

from pathlib import Path

import numpy as np
import yaml

from mocap_ros.datatypes.camera import Camera, DISTORTION_MODELS, EQUIDISTANT
from mocap_ros.datatypes.errors import CameraError, writing


def read_camera(path):
    """The Camera of a camera_info YAML file.

    Raises:
        CameraError: no such file, not such a file, or a distortion model that is not in DISTORTION_MODELS.
    """
    path = Path(path)
    if not path.is_file():
        raise CameraError(f"{path}: no such file")
    try:
        content = yaml.safe_load(path.read_text())
        matrix = np.array(content["camera_matrix"]["data"], float).reshape(3, 3)
        distortion = np.array(content["distortion_coefficients"]["data"], float)
        size = int(content["image_width"]), int(content["image_height"])
        model = content.get("distortion_model", DISTORTION_MODELS[0])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise CameraError(f"{path}: not a camera_info YAML ({type(error).__name__}: {error})".splitlines()[0]) from None
    if model not in DISTORTION_MODELS:
        raise CameraError(f"{path}: distortion model '{model}', wanted one of {', '.join(DISTORTION_MODELS)}")
    return Camera(*size, matrix, distortion, fisheye=model == EQUIDISTANT)


def write_camera(path, camera, name="camera"):
    """Writes a Camera so that `read_camera`, camera drivers and camera_calibration_parsers read it.

    Args:
        path: file to write.
        camera: Camera.
        name: camera_name, which some drivers compare with their own.

    Raises:
        CameraError: the file cannot be written.
    """
    projection = np.hstack([camera.matrix, np.zeros((3, 1))])
    content = {
        "image_width": camera.width, "image_height": camera.height, "camera_name": name,
        "camera_matrix": _matrix(camera.matrix),
        "distortion_model": camera.distortion_model,
        "distortion_coefficients": _matrix(camera.padded_distortion[None]),
        "rectification_matrix": _matrix(np.eye(3)),
        "projection_matrix": _matrix(projection),
    }
    with writing(path, CameraError):
        Path(path).write_text(yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=1000))


def _matrix(values):
    """A matrix as OpenCV and ROS write it into YAML."""
    return {"rows": values.shape[0], "cols": values.shape[1], "data": [float(value) for value in values.ravel()]}
