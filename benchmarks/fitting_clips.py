"""The kinematic fit on clips with truth: errors, jitter and sliding feet, before and after.

`python benchmarks/fitting_clips.py CLIP.mp4 ... [--networks] [--floor] [--set fitting.weight_feet=0 ...]`, with clips
of `mocap synth clip`. Without --networks the observations are simulated from the labels: keypoints as in
evaluation/simulated_detector.py, hidden ones mostly not found; 3D joints with 30 mm of white and 30 mm of slow noise a
coordinate, hidden ones with 120 mm of slow noise. With --floor the fit is told the clip's floor.

Before: the 3D joints as observed, the root from their keypoints by least squares, image by image. After: what the
pipeline publishes. Joint error, 3DPCK, jitter and lag are root-relative, of bodies scaled to their true height; 3DPCK
takes people who were not found for wrong. A person is occluded where at least a fifth of the joints is behind something
else or outside the picture; who is more than half outside does not count. In the last columns: the share of joints
within twice their expected error, and how many times smaller the jitter is after the fit.
"""

import argparse
from pathlib import Path
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datasets.clips import ClipFrames  # noqa: E402
from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE  # noqa: E402
from mocap_ros.datatypes.config import MocapConfig, settings_of, with_settings  # noqa: E402
from mocap_ros.datatypes.observation import (  # noqa: E402
    APPEARANCE_BINS, BODY_PARTS, Observation, PART_BINS, REFERENCE_HEIGHT)
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT, JOINTS, KEYPOINT_OF_JOINT  # noqa: E402
from mocap_ros.evaluation.motion_quality import acceleration_error, foot_sliding, lag, standing_feet  # noqa: E402
from mocap_ros.evaluation.pose_metrics import columns_of, correct_share, mean_error  # noqa: E402
from mocap_ros.evaluation.simulated_detector import Faults, simulate_detections  # noqa: E402
from mocap_ros.geometry.pinhole import project, rays  # noqa: E402
from mocap_ros.kinematics.initial_pose import first_position  # noqa: E402
from mocap_ros.pipeline.estimator import Estimator  # noqa: E402
from mocap_ros.pipeline.fitter import Fitter  # noqa: E402

WHITE, SLOW, HIDDEN = 0.03, 0.03, 0.12  # m a coordinate
SLOW_TIME = 0.5  # s in which slow noise forgets
OCCLUDED = 0.2  # share of hidden joints from which on a person counts as occluded
NEAR = 0.3  # of a person's size: mean distance in the image at which a found person is a labelled one
PELVIS = JOINTS.index("pelvis")
SEEN_JOINTS = np.flatnonzero(KEYPOINT_OF_JOINT >= 0)
COUNTED = columns_of(JOINTS[:14])


def pair(found_px, labelled_px):
    """Rows of found and of labelled people that are the same, by mean distance of their joints in the image."""
    low, high = np.nanmin(labelled_px, 1), np.nanmax(labelled_px, 1)
    gap = np.linalg.norm(found_px[:, None] - labelled_px[None], axis=-1)
    seen = np.isfinite(gap)
    cost = np.where(seen, gap, 0).sum(-1) / np.maximum(seen.sum(-1), 1) / (high - low).max(1)
    cost = np.where(seen.any(-1), cost, 10.0)
    found, labelled = linear_sum_assignment(cost)
    near = cost[found, labelled] < NEAR
    return found[near], labelled[near]


def simulated(frames, generator):
    """Yields (LabelledFrame, Observation), see the top of this file."""
    slow, looks = None, None
    keep = np.exp(-1 / frames.rate / SLOW_TIME)
    for frame, detections, joints in simulate_detections(
            (frames[n] for n in range(len(frames))), frames.camera, generator, Faults(noise_3d=WHITE)):
        fresh = generator.normal(size=frame.joints_camera.shape)
        slow = fresh if slow is None else keep * slow + np.sqrt(1 - keep * keep) * fresh
        if looks is None:
            looks = generator.dirichlet(np.full(PART_BINS, 0.05), (len(frame), len(BODY_PARTS)))
            looks = looks.reshape(-1, APPEARANCE_BINS)
        hidden = frame.joint_visibility < HIDDEN_BY_SELF
        error = slow * np.where(hidden, HIDDEN, SLOW)[..., None]
        error -= error[:, [PELVIS]]
        appearance = np.full((len(detections), APPEARANCE_BINS), np.nan)
        found, labelled = pair(detections.keypoints_px[:, KEYPOINT_OF_JOINT[SEEN_JOINTS]],
                               project(frame.joints_camera[:, SEEN_JOINTS], frames.camera))
        joints = np.array(joints, float)
        joints[found] += error[labelled]
        appearance[found] = looks[labelled]
        yield frame, Observation(detections, joints, appearance, frames.camera.width, frames.camera.height)


def estimated(frames, config):
    """Yields (LabelledFrame, Observation) of the shipped networks."""
    estimator = Estimator(config)
    for number in range(len(frames)):
        frame = frames[number]
        image = frame.read_image()
        yield frame, estimator.lift(estimator.detect(image), image, frames.camera)


def run(path, options, config):
    """Truth, before and after of one clip: dict of arrays with T and P in front."""
    frames = ClipFrames(path)
    camera, heights = frames.camera, frames.heights
    fitter = Fitter(config, np.random.default_rng(options.seed))
    if options.floor:
        fitter.plane = frames.floor
    source = estimated(frames, config) if options.networks else simulated(frames, np.random.default_rng(options.seed))
    shape = min(len(frames), options.frames), len(heights), len(JOINTS), 3
    record = {name: np.full(shape, np.nan) for name in ("true", "before", "after", "before_placed", "after_placed")}
    record["hidden"], record["outside"] = np.zeros(shape[:3], bool), np.zeros(shape[:3], bool)
    record["deviation"], record["rate"] = np.full(shape[:3], np.nan), frames.rate
    for t, (frame, observation) in zip(range(shape[0]), source):
        people = fitter.update(observation, camera, frame.time).people
        record["true"][t] = frame.joints_camera
        record["hidden"][t] = frame.joint_visibility < HIDDEN_BY_SELF
        record["outside"][t] = frame.joint_visibility == OUTSIDE
        true_px = project(np.asarray(frame.joints_camera, float), camera)
        keypoints = observation.detections.keypoints_px
        found, labelled = pair(keypoints[:, KEYPOINT_OF_JOINT[SEEN_JOINTS]], true_px[:, SEEN_JOINTS])
        joints = np.asarray(observation.joints_relative, float)[found] / REFERENCE_HEIGHT  # of people 1 m tall
        used = np.full(len(heights), config.fitting.assumed_height)  # the heights that the fit goes by
        if people:
            fitted = np.stack([person.joints_camera for person in people])
            mine, theirs = pair(project(fitted, camera)[:, SEEN_JOINTS], true_px[:, SEEN_JOINTS])
            used[theirs] = np.array([person.height for person in people])[mine]
            scale = (heights / used)[theirs, None, None]
            record["after"][t, theirs] = (fitted - fitted[:, [PELVIS]])[mine] * scale
            record["after_placed"][t, theirs] = fitted[mine]
            record["deviation"][t, theirs] = np.stack([person.joint_deviation for person in people])[mine]
        own = np.flatnonzero(JOINT_OF_KEYPOINT >= 0)
        weights = np.nan_to_num(observation.detections.confidence[found][:, own]).astype(float)
        directions = rays(np.nan_to_num(keypoints[found][:, own]).astype(float), camera)
        placed = joints * used[labelled, None, None]
        slopes = directions[..., :2] / directions[..., 2:]
        root = first_position(np.nan_to_num(placed[:, JOINT_OF_KEYPOINT[own]]), slopes, weights)
        record["before"][t, labelled] = joints * heights[labelled, None, None]
        record["before_placed"][t, labelled] = placed + root[:, None]
    return record


def scores(record, which):
    """What is printed of one clip, before or after."""
    true, rate = record["true"], record["rate"]
    relative, placed = record[which], record[which + "_placed"]
    true_relative = true - true[:, :, [PELVIS]]
    counted = record["outside"].mean(-1) <= 0.5
    occluded = record["hidden"].mean(-1) >= OCCLUDED
    error = np.linalg.norm(relative - true_relative, axis=-1)
    wrong = np.where(np.isnan(error), np.inf, error)[..., COUNTED]
    both = np.isfinite(record["before"][..., 0, 0]) & np.isfinite(record["after"][..., 0, 0])
    shown = np.where(both[..., None, None], relative, np.nan)
    shown_placed = np.where(both[..., None, None], placed, np.nan)
    root = np.linalg.norm(shown_placed[:, :, PELVIS] - true[:, :, PELVIS], axis=-1)
    return {
        "error mm": 1e3 * mean_error(np.where(both[..., None], error, np.nan)),
        "PCK visible": 100 * correct_share(wrong[counted & ~occluded]),
        "PCK occluded": 100 * correct_share(wrong[counted & occluded]),
        "root mm": 1e3 * np.nanmean(root),
        "sliding mm": 1e3 * foot_sliding(shown_placed, standing_feet(true, rate)),
        "jitter m/s2": acceleration_error(shown, true_relative, rate),
        "lag ms": 1e3 * lag(shown, true_relative, rate),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--networks", action="store_true", help="observe with the shipped networks")
    parser.add_argument("--floor", action="store_true", help="the clip's floor is known")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="such as fitting.weight_feet=0")
    parser.add_argument("--frames", type=int, default=10 ** 9, help="of each clip, from its start")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    defaults, changes = {name: value for name, value, _ in settings_of(MocapConfig())}, {}
    for each in options.set:
        name, _, value = each.partition("=")
        changes[name] = type(defaults.get(name, ""))(value)
    config = with_settings(MocapConfig(), changes)
    print(f"{'clip':18s} {'':7s}" + "".join(f"{name:>14s}" for name in scores_names()) + "    covered  calmer")
    table = []
    for path in options.clips:
        record = run(path, options, config)
        rows = [scores(record, which) for which in ("before", "after")]
        table.append(rows)
        error = np.linalg.norm(record["after"] - record["true"] + record["true"][:, :, [PELVIS]], axis=-1)
        known = np.isfinite(error) & (record["deviation"] > 0)
        covered = (error[known] < 2 * record["deviation"][known]).mean()
        calmer = rows[0]["jitter m/s2"] / rows[1]["jitter m/s2"]
        _print(path.stem, rows, f"{100 * covered:9.0f} %{calmer:8.2f}")
    if len(table) > 1:
        calmer = np.mean([clip[0]["jitter m/s2"] / clip[1]["jitter m/s2"] for clip in table])
        _print("mean", [{name: np.nanmean([clip[k][name] for clip in table]) for name in scores_names()}
                        for k in (0, 1)], f"{calmer:19.2f}")


def scores_names():
    return "error mm", "PCK visible", "PCK occluded", "root mm", "sliding mm", "jitter m/s2", "lag ms"


def _print(name, rows, last=""):
    for which, row in zip(("before", "after"), rows):
        print(f"{name:18s} {which:7s}" + "".join(f"{row[each]:14.1f}" for each in scores_names())
              + (last if which == "after" else ""), flush=True)


if __name__ == "__main__":
    main()
