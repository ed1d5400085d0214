"""The standard camera_info YAML of ROS's camera_calibration, read without ROS."""

from pathlib import Path

import numpy as np
import yaml

from mocap_ros.datatypes.camera import Camera
from mocap_ros.datatypes.errors import CameraError

MODELS = ("plumb_bob", "rational_polynomial")


def read_camera(path):
    """The Camera of a camera_info YAML file.

    Raises:
        CameraError: no such file, not such a file, or a distortion model that is not in MODELS.
    """
    path = Path(path)
    if not path.is_file():
        raise CameraError(f"{path}: no such file")
    try:
        content = yaml.safe_load(path.read_text())
        matrix = np.array(content["camera_matrix"]["data"], float).reshape(3, 3)
        distortion = np.array(content["distortion_coefficients"]["data"], float)
        size = int(content["image_width"]), int(content["image_height"])
        model = content.get("distortion_model", MODELS[0])
    except (yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise CameraError(f"{path}: not a camera_info YAML ({type(error).__name__}: {error})".splitlines()[0]) from None
    if model not in MODELS:
        raise CameraError(f"{path}: distortion model '{model}', wanted one of {', '.join(MODELS)}")
    return Camera(*size, matrix, distortion)
