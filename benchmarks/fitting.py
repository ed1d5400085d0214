"""Milliseconds, accuracy and jitter of the kinematic fit, by number of people: `python benchmarks/fitting.py`.

People glide and move inside their joint limits, or stand still (all feet planted); then five who move are fitted by
either energy with either solver. The fit sees their joints with 30 mm and their keypoints with 3 px of white noise
a coordinate, through the one-euro filters as the pipeline runs them. One thread; the clock is the thread's processor
time, so that other work on the machine does not count.
"""

import argparse
import os
from pathlib import Path
import sys
from time import thread_time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is loaded

import numpy as np  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datatypes.camera import assumed_camera  # noqa: E402
from mocap_ros.datatypes.config import FilterConfig, FittingConfig  # noqa: E402
from mocap_ros.datatypes.skeleton import ANGLES, JOINTS, KEYPOINTS  # noqa: E402
from mocap_ros.evaluation.motion_quality import acceleration_error  # noqa: E402
from mocap_ros.geometry.pinhole import project  # noqa: E402
from mocap_ros.geometry.rotation import axis_rotation  # noqa: E402
from mocap_ros.kinematics.chain import POINTS, forward_kinematics  # noqa: E402
from mocap_ros.kinematics.fitting import fit, initial_state  # noqa: E402
from mocap_ros.kinematics.initial_pose import FACING  # noqa: E402
from mocap_ros.kinematics.joint_limits import LIMITS  # noqa: E402
from mocap_ros.kinematics.rest_pose import default_bone_lengths  # noqa: E402
from mocap_ros.tracking.one_euro import fresh_state, one_euro  # noqa: E402

RATE = 30.0  # images/s
NOISE_3D, NOISE_PX = 0.03, 3.0  # m, px
CAMERA = assumed_camera(1280, 720, np.radians(54))
PELVIS = JOINTS.index("pelvis")


def motion(people, frames, generator, standing=False):
    """Poses of `people` people in every frame: root position, camera_from_body, angles."""
    time = np.arange(frames)[:, None] / RATE
    half = (LIMITS[:, 1] - LIMITS[:, 0]) / 2
    angles = np.zeros((frames, people, len(ANGLES)))
    for _ in range(3):
        frequency = generator.uniform(0.1, 0.5, (people, len(ANGLES)))
        phase = generator.uniform(0, 6.28, (people, len(ANGLES)))
        angles += 0.15 * half * np.sin(2 * np.pi * frequency * time[..., None] + phase)
    angles = np.clip(angles + 0.6 * LIMITS.mean(1), LIMITS[:, 0], LIMITS[:, 1])
    sway = np.sin(1.3 * time[..., None] + generator.uniform(0, 6.28, (people, 3)))
    position = generator.uniform([-1.5, 0.1, 3], [1.5, 0.3, 6], (people, 3)) + sway * [0.5, 0, 0.7]
    heading = generator.uniform(-3, 3, people) + 1.5 * np.sin(time + generator.uniform(0, 6, people))
    poses = position, axis_rotation(np.array([0, 1.0, 0]), heading) @ FACING, angles
    return tuple(np.repeat(each[:1], frames, 0) for each in poses) if standing else poses


def run(people, frames, generator, config, standing=False):
    """Seconds of each fit (T,), and joints (T, P, J, 3): true, as the network would say them, and fitted."""
    filters = FilterConfig()
    lengths = default_bone_lengths(generator.uniform(1.5, 1.9, people))
    seen = [POINTS.index(name) for name in KEYPOINTS]
    filter_2d, filter_3d = fresh_state((people, len(KEYPOINTS), 2)), fresh_state((people, len(JOINTS), 3))
    ones_3d, ones_2d = np.ones((people, len(JOINTS))), np.ones((people, len(KEYPOINTS)))
    state, seconds, true, raw, fitted = None, [], [], [], []
    for frame, pose in enumerate(zip(*motion(people, frames, generator, standing))):
        posed = forward_kinematics(*pose, lengths)
        relative = posed.joints - posed.joints[:, [PELVIS]] + NOISE_3D * generator.normal(size=posed.joints.shape)
        keypoints = project(posed.points[:, seen], CAMERA)
        keypoints = keypoints + NOISE_PX * generator.normal(size=keypoints.shape)
        pixel = CAMERA.height / 320  # the filters count pixels of the network's image and centimetres
        smooth_2d, filter_2d = one_euro(filter_2d, keypoints / pixel, frame / RATE,
                                        filters.minimum_cutoff_2d, filters.beta_2d)
        smooth_3d, filter_3d = one_euro(filter_3d, 100 * relative, frame / RATE,
                                        filters.minimum_cutoff_3d, filters.beta_3d)
        data = (smooth_3d / 100, ones_3d, smooth_2d * pixel, ones_2d, lengths, CAMERA, config)
        if state is None:
            state = initial_state(*data)
        begin = thread_time()
        result = fit(state, *data, 1 / RATE)
        seconds.append(thread_time() - begin)
        state = result.state
        true.append(posed.joints)
        raw.append(relative)
        fitted.append(result.joints_camera)
    return (np.array(each) for each in (seconds, true, raw, fitted))


HEADER = "ms median    90 %   joint error mm: raw  fitted   jitter m/s2: raw  fitted   root error mm"


def measure(name, people, frames, config, standing=False):
    """Prints one row."""
    seconds, true, raw, fitted = run(people, frames, np.random.default_rng(0), config, standing)
    root = true[:, :, PELVIS]
    relative_true, relative_fitted = true - root[:, :, None], fitted - fitted[:, :, [PELVIS]]
    median, most = 1e3 * np.quantile(seconds, [0.5, 0.9])
    errors = [1e3 * np.linalg.norm(each - relative_true, axis=-1).mean() for each in (raw, relative_fitted)]
    jitters = [acceleration_error(each, relative_true, RATE) for each in (raw, relative_fitted)]
    off = 1e3 * np.linalg.norm(fitted[:, :, PELVIS] - root, axis=-1).mean()
    print(f"{name:34s} {median:9.2f} {most:7.2f} {errors[0]:21.1f} {errors[1]:7.1f} "
          f"{jitters[0]:18.1f} {jitters[1]:7.1f} {off:15.0f}", flush=True)


def main():
    """Prints three tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=300, help="of each row (default: 300)")
    frames = parser.parse_args().frames
    for standing in (False, True):
        print(f"{'people who stand' if standing else 'people who move':34s} {HEADER}")
        for people in (1, 2, 5, 10, 20):
            measure(f"{people:6d}", people, frames, FittingConfig(), standing)
    print(f"{'5 people who move':34s} {HEADER}")
    for energy in ("xnect", "vnect"):
        for solver, iterations in (("levenberg_marquardt", 8), ("gradient_descent", 8), ("gradient_descent", 100),
                                   ("gradient_descent", 1000)):
            config = FittingConfig(energy=energy, solver=solver, iterations=iterations)
            measure(f"{energy}, {solver}, {iterations}", 5, frames, config)


if __name__ == "__main__":
    main()
