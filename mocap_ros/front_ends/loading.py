"""Chooses the front end that the settings name, and the second stage that fits it."""

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.front_ends.onnx_front_end import OnnxFrontEnd
from mocap_ros.front_ends.xnect import XNectFrontEnd
from mocap_ros.nets.runtime import load_boxes, load_closer_look, load_estimator, load_lift


def load_front_end(config, timer):
    """The front end and the network that lifts its people.

    A front end has `detect(image)` (Detections), `forget()` (for a new recording), `config`, `description` and
    `problems`. Only ours gives 3D encodings; the people of all others are lifted from their keypoints alone.

    Args:
        config: MocapConfig; sections `front_end`, `estimator` and `decoding` are used.
        timer: StageTimer.

    Raises:
        ConfigError: settings that do not go together, mediapipe missing, or a bad model description.
        WeightsError, DeviceError: see nets.runtime.
    """
    settings = config.front_end
    if settings.kind != "onnx" and settings.model:
        raise ConfigError(f"front_end.model = {settings.model!r} with front_end.kind = {settings.kind!r}: a model "
                          "description is for kind onnx")
    if settings.kind == "xnect":
        stage_one, stage_two = load_estimator(config.estimator)
        closer_look, boxes = load_closer_look(config.estimator), load_boxes(config.estimator)
        return XNectFrontEnd(stage_one, config, timer, closer_look, boxes), stage_two
    if settings.kind == "blazepose":
        from mocap_ros.front_ends.blazepose import BlazePoseFrontEnd  # imports mediapipe, which few machines have
        return BlazePoseFrontEnd(config, timer), load_lift(config.estimator)
    return OnnxFrontEnd(config, timer), load_lift(config.estimator)
