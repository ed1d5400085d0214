"""What a model's files must say of themselves, so that other joints or other code never read them wrongly."""

import json

from mocap_ros.datatypes.errors import WeightsError
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINTS, LIMBS

FORMAT_VERSION = 1
STAGE_ONE_FILE, STAGE_TWO_FILE = "stage_one.onnx", "stage_two.onnx"
STAGE_ONE_INT8_FILE = "stage_one_int8.onnx"
CLOSER_LOOK_FILE = "closer_look.onnx"  # a Stage I that answers for the person in the middle alone; may be missing
REFINER_FILE = "refiner.onnx"
BOXES_FILE = "boxes.onnx"
QUANTISED_FROM = "quantised_from"  # metadata of an int8 file: hash of the file it was made from
DEFAULT_INPUT_SIZE = 512, 320
STRIDE = 8


def stage_one_metadata(input_size=DEFAULT_INPUT_SIZE):
    """Metadata of a Stage I file: str to str."""
    return {
        **_skeleton(), "stage": "one", "stride": str(STRIDE), "input_width": str(input_size[0]),
        "input_height": str(input_size[1]), "limbs": json.dumps(LIMBS),
    }


def input_size_of(found):
    """Size (width, height) of the input that a Stage I file's metadata names [px]; zeros where it names none."""
    try:
        return int(found["input_width"]), int(found["input_height"])
    except (KeyError, ValueError):
        return 0, 0


def stage_two_metadata():
    """Metadata of a Stage II file: str to str."""
    return {**_skeleton(), "stage": "two"}


def lift_metadata():
    """Metadata of a Stage II that reads keypoints alone: str to str."""
    return {**_skeleton(), "stage": "two from keypoints"}


def refiner_metadata(crop_px, person_px):
    """Metadata of a refiner's file: str to str; for the sizes see refiner_input."""
    return {**_skeleton(), "stage": "refiner", "crop": str(crop_px), "person": str(person_px)}


def boxes_metadata():
    """Metadata of a BoxNet's file: str to str."""
    return {**_skeleton(), "stage": "boxes", "stride": str(STRIDE), "limbs": json.dumps(LIMBS)}


def check_metadata(path, found, wanted):
    """Raises WeightsError where `found` (str to str) lacks or contradicts an entry of `wanted`."""
    if found.get("format_version") != wanted["format_version"]:
        raise WeightsError(f"{path}: format version {found.get('format_version', 'missing')}, this program reads "
                           f"{wanted['format_version']}")
    for name, value in wanted.items():
        if found.get(name) != value:
            raise WeightsError(f"{path}: its {name} is not this program's ({_shortened(found.get(name))}, wanted "
                               f"{_shortened(value)})")


def _skeleton():
    return {"format_version": str(FORMAT_VERSION), "keypoints": json.dumps(KEYPOINTS), "joints": json.dumps(JOINTS)}


def _shortened(text):
    return "missing" if text is None else text if len(text) < 60 else text[:57] + "..."
