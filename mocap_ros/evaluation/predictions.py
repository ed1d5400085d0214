"""Predictions in a file that any system can write: what the scores are computed from (format: docs/evaluation.md)."""

from dataclasses import dataclass
import json
import os
from pathlib import Path

import numpy as np

from mocap_ros.datatypes.arrays import freeze_arrays
from mocap_ros.datatypes.errors import ConfigError, SkeletonError, writing
from mocap_ros.datatypes.skeleton import J, JOINTS, K, KEYPOINTS, select

FORMAT = "mocap_ros predictions"
VERSION = 1
ENDING = ".jsonl"


@dataclass(frozen=True, eq=False)
class PredictedPeople:
    """What a system says of one image, P people.

    Attributes:
        frame: the image's index in its sequence, from 0.
        keypoints_px: KEYPOINTS order [px], (P, K, 2) float32; NaN where nothing is known. A place with confidence 0 was
            not seen but guessed from the body.
        confidence: (P, K) float32, 0 to 1.
        scores: (P,) float32, 0 to 1.
        joints: JOINTS order relative to the pelvis, camera axes [m], (P, J, 3) float32; NaN where not predicted.
        roots: pelvis in the camera optical frame [m], (P, 3) float32; NaN where not known.
        ids: identities over time, P strings; "" from a system that tracks nobody.
    """

    frame: int
    keypoints_px: np.ndarray
    confidence: np.ndarray
    scores: np.ndarray
    joints: np.ndarray
    roots: np.ndarray
    ids: tuple = ()

    def __post_init__(self):
        people = len(self.keypoints_px)
        freeze_arrays(self, {"keypoints_px": (people, K, 2), "confidence": (people, K), "scores": (people,),
                             "joints": (people, J, 3), "roots": (people, 3)}, SkeletonError)
        object.__setattr__(self, "ids", tuple(self.ids) or ("",) * people)
        if len(self.ids) != people:
            raise SkeletonError(f"{len(self.ids)} ids: wanted {people}, one a person")

    def __len__(self):
        return len(self.keypoints_px)

    @property
    def usable(self):
        """Keypoints by which a person is recognised, (P, K) bool: those seen, or all of a person of whom none is."""
        seen = self.confidence > 0
        return np.where(seen.any(1, keepdims=True), seen, np.isfinite(self.keypoints_px).all(-1))


def nobody_predicted(frame):
    """PredictedPeople with P = 0."""
    return PredictedPeople(frame, np.zeros((0, K, 2)), np.zeros((0, K)), np.zeros(0), np.zeros((0, J, 3)),
                           np.zeros((0, 3)))


def file_name(sequence_name):
    """Name of the file that holds a sequence's predictions; what a file system may refuse becomes '_'."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in sequence_name) + ENDING


def write_predictions(path, sequence_name, predictions):
    """Writes one sequence's PredictedPeople; a crash leaves the old file or the new."""
    path = Path(path)
    header = {"format": FORMAT, "version": VERSION, "sequence": sequence_name, "keypoints": KEYPOINTS, "joints": JOINTS}
    part = path.with_suffix(".part")
    with writing(path, ConfigError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "w") as file:
            for line in (header, *map(_record, predictions)):
                file.write(json.dumps(line, allow_nan=False) + "\n")
        os.replace(part, path)


def read_predictions(path):
    """Predictions of one file.

    Args:
        path: JSON lines: a header, then a line for each image. A system may name its own keypoints and joints in the
            header, any of KEYPOINTS and JOINTS in any order.

    Returns:
        (name of the sequence, names of JOINTS that the system predicts, dict of frame index to PredictedPeople).

    Raises:
        ConfigError: no such file, or a line that is not such a record; the message names the line.
    """
    path = Path(path)
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({type(error).__name__})") from None
    number = 1
    try:
        header = json.loads(lines[0]) if lines else {}
        if header.get("format") != FORMAT or header.get("version") != VERSION:
            raise ValueError(f'wanted "format": "{FORMAT}" and "version": {VERSION}')
        names = [_known(header.get(key, []), key, every)
                 for key, every in (("keypoints", KEYPOINTS), ("joints", JOINTS))]
        predictions = {}
        for number, line in enumerate(lines[1:], 2):
            people = _people(json.loads(line), *names)
            if people.frame in predictions:
                raise ValueError(f"frame {people.frame} comes twice")
            predictions[people.frame] = people
    except (ValueError, KeyError, TypeError, AttributeError, SkeletonError) as error:
        what = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ConfigError(f"{path}, line {number}: not a prediction ({what})".splitlines()[0]) from None
    return header.get("sequence", path.stem), names[1], predictions


def _known(given, key, every):
    """The header's names as a tuple, checked."""
    strange = [name for name in given if name not in every]
    if strange:
        raise ValueError(f"unknown names in {key}: {', '.join(map(str, strange))}; allowed: {', '.join(every)}")
    return tuple(given)


def _record(people):
    """One image as JSON."""
    return {"frame": people.frame, "people": [
        {
            "id": people.ids[p], "score": _rounded(people.scores[p], 6),
            "keypoints": [[*_point(people.keypoints_px[p, k], 3), _rounded(people.confidence[p, k], 6)]
                          for k in range(K)],
            "joints": [_point(joint, 5) for joint in people.joints[p]],
            "root": _point(people.roots[p], 5),
        } for p in range(len(people))
    ]}


def _people(record, keypoint_names, joint_names):
    """PredictedPeople of one image's JSON."""
    people = record["people"]
    count = len(people)
    keypoints = _table([one.get("keypoints", []) for one in people], (count, len(keypoint_names), 3), "keypoints")
    joints = _table([one.get("joints", []) for one in people], (count, len(joint_names), 3), "joints")
    roots = _table([one.get("root") or [None] * 3 for one in people], (count, 3), "root")
    confidence = np.nan_to_num(select(keypoints[..., 2:], keypoint_names, KEYPOINTS)[..., 0])
    return PredictedPeople(
        int(record["frame"]), select(keypoints[..., :2], keypoint_names, KEYPOINTS), confidence,
        [float(one.get("score", 1.0)) for one in people], select(joints, joint_names, JOINTS), roots,
        tuple(str(one.get("id", "")) for one in people),
    )


def _table(rows, shape, name):
    """Nested lists with null for unknown, as an array of `shape` with NaN."""
    missing = [None] * shape[-1]
    rows = [[missing if point is None else point for point in row] if len(shape) == 3 else row for row in rows]
    array = np.array(rows, float) if rows else np.zeros(shape)
    if len(shape) == 3 and shape[1] == 0 and array.size == 0:
        array = array.reshape(shape)
    if array.shape != shape:
        raise ValueError(f"{name} of shape {array.shape}: wanted {shape}")
    return array


def _point(values, digits):
    """A point for JSON; null for one that is not known."""
    return [_rounded(value, digits) for value in values] if np.isfinite(values).all() else [None] * len(values)


def _rounded(value, digits):
    return round(float(value), digits)
