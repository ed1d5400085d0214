"""Heights and places of people on a known floor: `python benchmarks/height.py CLIP [CLIP ...] [--detector weights]`.

CLIP is a rendered clip or a folder of them (`mocap synth clip`), whose labels hold the floor. The fitter gets the floor
and either simulated detections (the truth with a detector's faults; default) or those of the shipped weights. Per
person of the truth: the true standing height, the share of frames with a measured height, the height's error, and the
root's error over its distance, medians and 90th percentiles over the frames after the first second.
"""

import argparse
from pathlib import Path
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.cli.options import add_estimator_options, config_from  # noqa: E402
from mocap_ros.datasets.clips import evaluation_sequences  # noqa: E402
from mocap_ros.datatypes.observation import APPEARANCE_BINS, Observation  # noqa: E402
from mocap_ros.datatypes.person import MEASURED  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINTS  # noqa: E402
from mocap_ros.evaluation.simulated_detector import simulate_detections  # noqa: E402
from mocap_ros.kinematics.rest_pose import ANKLE_HEIGHT  # noqa: E402
from mocap_ros.pipeline.estimator import Estimator  # noqa: E402
from mocap_ros.pipeline.fitter import Fitter  # noqa: E402

PELVIS = JOINTS.index("pelvis")
SETTLED = 1.0  # s after which the figures count
NEAR = 0.5  # m; a person found farther from the truth across the line of sight is somebody else
LABEL_ANKLE = 0.075  # m; the labels' heights are taken from the ankle and this much more, whatever the size


def true_heights(labelled):
    """Standing heights [m] of the labels' people, with the ankle as high as in their own size."""
    return (labelled - LABEL_ANKLE) / (1 - ANKLE_HEIGHT)


def observations(clip, detector, config, step):
    """Yields (LabelledFrame, Observation) of every `step`th frame."""
    frames = [clip[row] for row in range(0, len(clip), step)]
    generator = np.random.default_rng(0)
    if detector == "simulated":
        for frame, detections, joints in simulate_detections(frames, clip.camera, generator):
            appearance = np.full((len(detections), APPEARANCE_BINS), np.nan)
            yield frame, Observation(detections, joints, appearance, clip.camera.width, clip.camera.height)
        return
    estimator = Estimator(config)
    for frame in frames:
        yield frame, estimator.estimate(frame.read_image(), clip.camera)


def run(clip, detector, config, with_floor, step):
    """Rows (truth's person, frame, height, measured?, root error [m], distance [m]) of everybody found."""
    fitter = Fitter(config, np.random.default_rng(1))
    rows = []
    for frame, observation in observations(clip, detector, config, step):
        fitter.plane = clip.floor if with_floor else None
        people = fitter.update(observation, clip.camera, frame.time).people
        true = frame.joints_camera[:, PELVIS].astype(float)
        found = np.array([person.root_position for person in people]).reshape(-1, 3)
        if frame.time < SETTLED or not len(found):
            continue
        across = np.linalg.norm(true[:, None, :2] - found[:, :2] / found[:, 2:] * true[:, None, 2:], axis=-1)
        for t, f in zip(*linear_sum_assignment(across)):
            if across[t, f] < NEAR:
                rows.append((t, frame.number, people[f].height, people[f].height_source == MEASURED,
                             np.linalg.norm(found[f] - true[t]), np.linalg.norm(true[t])))
    return np.array(rows, float).reshape(-1, 6)


def main():
    """Prints a line for each person and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="+", metavar="CLIP")
    parser.add_argument("--detector", choices=("simulated", "weights"), default="simulated")
    parser.add_argument("--no-floor", action="store_true", help="run without the floor, for comparison")
    parser.add_argument("--step", type=int, default=1, help="take every so manieth image of a clip")
    add_estimator_options(parser)
    options = parser.parse_args()
    config = config_from(options)
    print(f"{'clip':12} {'true [m]':>8} {'found':>6} {'measured':>8} {'height [m]':>10} {'error':>7} "
          f"{'root error/distance':>22}")
    worst = []
    for path in options.clips:
        for sequence in evaluation_sequences(path):
            clip = sequence.frames
            if clip.floor is None:
                raise SystemExit(f"{clip.path}: its labels hold no floor; render it anew")
            rows = run(clip, options.detector, config, not options.no_floor, options.step)
            counted = max(1, sum(clip[row].time >= SETTLED for row in range(0, len(clip), options.step)))
            for number, true in enumerate(true_heights(clip.heights)):
                of = rows[rows[:, 0] == number]
                if not len(of):
                    print(f"{clip.path.stem:12} {true:8.2f} {0:6.0%}")
                    continue
                error, place = np.abs(of[:, 2] / true - 1), of[:, 4] / of[:, 5]
                print(f"{clip.path.stem:12} {true:8.2f} {len(of) / counted:6.0%} {of[:, 3].mean():8.0%} "
                      f"{np.median(of[:, 2]):10.2f} {np.median(error):7.1%} "
                      f"{np.median(place):8.1%} (90 %: {np.quantile(place, 0.9):.1%})")
                worst.append((np.median(error), np.median(place), of[:, 3].mean()))
    worst = np.array(worst)
    print(f"{len(worst)} people: height error median {np.median(worst[:, 0]):.1%}, under 5 % for "
          f"{(worst[:, 0] < 0.05).mean():.0%}; root error median {np.median(worst[:, 1]):.1%}, under 5 % for "
          f"{(worst[:, 1] < 0.05).mean():.0%}")


if __name__ == "__main__":
    main()
