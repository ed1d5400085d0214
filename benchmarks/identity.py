"""Identity on rendered clips and real videos: `python benchmarks/identity.py CLIPS [--videos ...] [--before COMMIT]`.

CLIPS is a folder of clips of `mocap synth clip` (see docs/tracking.md for the commands). Each is tracked from simulated
detections (the truth with a detector's faults) and from the shipped weights; `--before` also runs the tracker of an
earlier commit on the same detections. Videos without truth are only counted: ids given, and people found an image.
"""

import argparse
from collections import defaultdict
import importlib
from pathlib import Path
import subprocess
import sys
import tempfile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
from tqdm import tqdm  # noqa: E402

from mocap_ros.cli.options import add_estimator_options, config_from  # noqa: E402
from mocap_ros.datasets.clips import evaluation_sequences  # noqa: E402
from mocap_ros.datasets.sample import SEEN  # noqa: E402
from mocap_ros.datatypes.camera import assumed_camera  # noqa: E402
from mocap_ros.datatypes.observation import Observation  # noqa: E402
from mocap_ros.evaluation.identity import keypoint_frame, score_identity  # noqa: E402
from mocap_ros.evaluation.simulated_detector import simulate_detections  # noqa: E402
from mocap_ros.pipeline.estimator import Estimator  # noqa: E402
from mocap_ros.pipeline.frames import Frames  # noqa: E402
from mocap_ros.tracking.appearance import body_histograms  # noqa: E402
from mocap_ros.tracking.tracker import Tracker  # noqa: E402

FEWEST_SEEN = 5  # keypoints in sight without which a person need not be found


def tracking_of(commit):
    """(Tracker, its default config, histograms, Observation) of an earlier commit, imported beside the present ones."""
    folder = Path(tempfile.mkdtemp(prefix="tracking_before_"))
    package = folder / "tracking_before"
    package.mkdir()

    def git(*arguments):
        return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True).stdout

    names = git("ls-tree", "--name-only", commit, "mocap_ros/tracking/").split()
    for name in names + ["mocap_ros/datatypes/config.py", "mocap_ros/datatypes/observation.py"]:
        source = git("show", f"{commit}:{name}").replace("mocap_ros.tracking.", "tracking_before.")
        source = source.replace("mocap_ros.datatypes.observation", "tracking_before.observation")
        (package / Path(name).name).write_text(source)
    sys.path.insert(0, str(folder))
    tracker, config, looks, observation = (importlib.import_module(f"tracking_before.{name}")
                                           for name in ("tracker", "config", "appearance", "observation"))
    histograms = looks.body_histograms if hasattr(looks, "body_histograms") else looks.torso_histograms
    return tracker.Tracker, config.TrackingConfig(), histograms, observation.Observation


def observed(trackings, frames):
    """[(time [s], {tracker: Observation})] of an iterable of (image, time [s], Detections, joints_relative)."""
    seen = []
    for image, time, detections, joints in frames:
        height, width = image.shape[:2]
        seen.append((time, {
            name: observation(detections, joints, histograms(image, detections.keypoints_px), width, height)
            for name, (_, _, histograms, observation) in trackings.items()
        }))
    return seen


def track(trackings, name, seen):
    """(keypoints [px], ids) of everybody whom one tracker publishes as seen, image by image."""
    make, config, _, _ = trackings[name]
    tracker = make(config, np.random.default_rng(0))
    for time, observations in seen:
        shown = [each for each in tracker.update(observations[name], time) if each.detection is not None]
        keypoints = observations[name].detections.keypoints_px
        yield keypoints[[each.detection for each in shown]], [each.id for each in shown]


def identity_frames(labelled, tracked):
    """IdentityFrames of a clip; people with fewer than FEWEST_SEEN keypoints in sight may be found or not."""
    for frame, (keypoints, ids) in zip(labelled, tracked):
        codes = frame.keypoint_visibility
        truth = np.where(codes[..., None] > 0, frame.keypoints_px, np.nan)
        yield keypoint_frame(truth, frame.person_ids.tolist(), keypoints, ids, (codes == SEEN).sum(1) < FEWEST_SEEN)


def simulated(sequence, seed):
    """(image, time, Detections, joints) of a clip from the simulated detector."""
    generator = np.random.default_rng(seed)
    for frame, detections, joints in simulate_detections(sequence.frames, sequence.camera, generator):
        yield frame.read_image(), frame.time, detections, joints


def estimated(images, camera, estimator):
    """(image, time, Detections, joints) of (image, time) from the networks."""
    for image, time in images:
        found = estimator.estimate(image, camera)
        yield image, time, found.detections, found.joints_relative


def scores(trackings, sequences, detect):
    """{group: {tracker: list of one list of IdentityFrame a clip and run}}; detect(sequence) yields runs of a clip."""
    scored = defaultdict(lambda: defaultdict(list))
    for sequence in tqdm(sequences, unit=" clips", disable=None):
        for frames in detect(sequence):
            seen = observed(trackings, frames)
            for name in trackings:
                scored[group_of(sequence.name)][name].append(
                    list(identity_frames(sequence.frames, track(trackings, name, seen))))
    return scored


def group_of(name):
    """Where a clip counts: crossings_6_same -> crossings, same clothes."""
    return name.split("_")[0] + (", same clothes" if name.endswith("_same") else "")


def print_scores(title, trackings, scored):
    """A table of the groups' scores, one line a tracker.

    Args:
        scored: {group: {tracker: list of one list of IdentityFrame a clip}}.
    """
    print(f"\n{title}\n{'':34s} IDF1   IDs/people  switches  transfers  fragments  misses %  false %")
    everything = defaultdict(list)
    for group, by_tracker in sorted(scored.items()):
        for name in trackings:
            everything[name] += by_tracker[name]
            _print_line(f"{group}, {name}", by_tracker[name])
    for name in trackings:
        _print_line(f"all, {name}", everything[name])


def _print_line(label, videos):
    score = score_identity(videos)
    sightings = max(score.sightings, 1)
    print(f"{label:34s} {100 * score.idf1:5.1f} {score.ids:6d}/{score.people:<4d} {score.switches:9d} "
          f"{score.transfers:10d} {score.fragments:10d} {100 * score.misses / sightings:9.1f} "
          f"{100 * score.false_alarms / sightings:8.1f}")


def count_ids(path, trackings, estimator, config):
    """Prints how many ids each tracker gives in a video without truth."""
    with Frames(path) as source:
        camera = assumed_camera(source.width, source.height, config.camera.vertical_field_of_view)
        seen = observed(trackings, estimated(((frame.image, frame.time) for frame in source), camera, estimator))
    people = [len(observations["now"]) for _, observations in seen]
    for name in trackings:
        shown = [ids for _, ids in track(trackings, name, seen)]
        lives = defaultdict(int)
        for ids in shown:
            for each in ids:
                lives[each] += 1
        print(f"{Path(path).name}, {name}: {len(lives)} ids in {len(seen)} images, {np.mean(people):.1f} detections "
              f"and {np.mean([len(ids) for ids in shown]):.1f} tracked people an image; an id is seen in "
              f"{np.median(list(lives.values()) or [0]):.0f} images (median)")


def main():
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path, help="folder of clips")
    parser.add_argument("--videos", nargs="*", default=[str(ROOT / "demo" / "people.mp4")])
    parser.add_argument("--before", metavar="COMMIT", help="also run the tracker of this commit")
    parser.add_argument("--seeds", type=int, default=1, help="runs of the simulated detector, each with its own seed")
    parser.add_argument("--simulated-only", action="store_true")
    parser.add_argument("--step", type=int, default=1, help="the networks see every so manieth image of a clip")
    add_estimator_options(parser)
    options = parser.parse_args()
    config = config_from(options)
    trackings = {"before": tracking_of(options.before)} if options.before else {}
    trackings["now"] = Tracker, config.tracking, body_histograms, Observation
    sequences = evaluation_sequences(options.clips)
    scored = scores(trackings, sequences, lambda each: (simulated(each, seed) for seed in range(options.seeds)))
    print_scores(f"simulated detections, {len(sequences)} clips", trackings, scored)
    if options.simulated_only:
        return
    estimator = Estimator(config)

    def run_networks(sequence):
        yield estimated(((f.read_image(), f.time) for f in sequence.frames), sequence.camera, estimator)

    fewer = [each._replace(frames=[each.frames[number] for number in range(0, len(each.frames), options.step)])
             for each in sequences]
    print_scores(f"weights '{config.estimator.weights}', {len(sequences)} clips", trackings,
                 scores(trackings, fewer, run_networks))
    print()
    for path in options.videos:
        count_ids(path, trackings, estimator, config)


if __name__ == "__main__":
    main()
