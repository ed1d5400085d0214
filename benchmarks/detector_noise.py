"""Measures a 2D detector's errors on rendered people of known pose: what the training of lift-2d imitates.

Two steps, because mediapipe and PyTorch seldom share an environment:

    python benchmarks/detector_noise.py find --detector blazepose --data SHARDS --out found.npz   (needs mediapipe)
    python benchmarks/detector_noise.py find --detector xnect --data SHARDS --out found.npz
    python benchmarks/detector_noise.py fit blazepose=found.npz xnect=other.npz   writes training/detector_noise.json
    python benchmarks/detector_noise.py people found.npz                         writes training/measured_people.npz

`blazepose` is mediapipe's landmark model on a region around each labelled person, shifted and scaled a little as a
person detector would; `xnect` is our own Stage I on the whole image, its people paired with the labelled ones.
Errors count in the person's size: the projected standing height.
"""

import argparse
import json
from pathlib import Path
import sys

import numpy as np
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mocap_ros.datasets.sample import HIDDEN_BY_SELF, OUTSIDE, SEEN  # noqa: E402
from mocap_ros.datasets.synthetic import SyntheticShards  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINTS, KEYPOINT_MIRROR, KEYPOINTS, ROOT, select  # noqa: E402
from mocap_ros.nets.person_frame import standing_height  # noqa: E402
from mocap_ros.training.detector_noise import NECK, offset_axes, with_middles  # noqa: E402
from mocap_ros.training.measured_people import FILE, MeasuredPeople, poses_seen_straight, save_people  # noqa: E402

SMALLEST_PX = 60  # projected standing height
FEWEST_SEEN = 6
CLEARLY_SEEN = 11  # keypoints that are seen of a person whose errors are those of the pose
CONFIDENT = 0.3  # a keypoint below it counts as not found, as front ends do
MARGIN = 1.25  # of mediapipe's region over the circle around a person's hips
FEWEST = 30  # cases from which a figure is taken
GROSS = 0.1  # of the person's size: an error that may be an exchange of sides
CLASSES = ("seen", "hidden_by_self", "hidden", "outside")
BINS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16)  # of the error over the size, for the confidence
QUANTILES = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
LINKS = [("elbow", "shoulder"), ("wrist", "elbow"), ("hip", "pelvis"), ("knee", "hip"), ("ankle", "knee")]
PARTS = {"arms": ("elbow", "wrist"), "legs": ("knee", "ankle"), "hips": ("hip",), "shoulders": ("shoulder",)}
OUT = Path(__file__).resolve().parent.parent / "mocap_ros" / "training" / "detector_noise.json"


def find(options):
    """Runs a detector and stores what it said of every labelled person."""
    samples = SyntheticShards(options.data)
    read = {"blazepose": _blazepose, "xnect": _xnect}[options.detector]()
    generator = np.random.default_rng(1)
    chosen = generator.permutation(len(samples))[:options.images]
    columns = {name: [] for name in ("found", "confidence", "truth", "visibility", "size", "joints", "matrix", "image")}
    for index in tqdm(np.sort(chosen), unit="image", disable=None):
        sample = samples[int(index)]
        joints = sample.joints_camera
        size = sample.camera_matrix[1, 1] * standing_height(joints) / joints[:, JOINTS.index(ROOT), 2]
        people = np.flatnonzero((size >= SMALLEST_PX) & ((sample.visibility == SEEN).sum(1) >= FEWEST_SEEN))
        for person, points, confidence in read(sample, people, generator):
            for name, value in (
                ("found", points), ("confidence", confidence), ("truth", sample.keypoints_px[person]),
                ("visibility", sample.visibility[person]), ("size", size[person]), ("joints", joints[person]),
                ("matrix", sample.camera_matrix), ("image", sample.image.shape[1::-1]),
            ):
                columns[name].append(value)
    np.savez(options.out, **{name: np.array(values) for name, values in columns.items()})
    print(f"{len(columns['size'])} people of {len(chosen)} images in {options.out}")


def _blazepose():
    """A reader of people in regions around their labelled keypoints."""
    from mocap_ros.front_ends import blazepose
    from mocap_ros.front_ends.regions import Regions

    import mediapipe
    blazepose.resource_util.set_resource_dir(str(Path(mediapipe.__file__).parents[1]))
    graph = blazepose.Graph(blazepose.LANDMARK, ("landmarks", "alignment"))

    def read(sample, people, generator):
        height, width = sample.image.shape[:2]
        for person in people:
            points = sample.keypoints_px[person]
            pelvis, neck = points[KEYPOINTS.index("pelvis")], points[KEYPOINTS.index("neck")]
            radius = np.linalg.norm(points - pelvis, axis=1).max() * 1.05
            up = neck - pelvis
            side = 2 * MARGIN * radius * np.exp(generator.normal(0, 0.08))
            centre = pelvis + generator.normal(0, 0.04, 2) * radius
            region = Regions(centre[None], np.full((1, 2), side), np.arctan2(up[:1], -up[1:]), np.ones(1))
            packet = {"image": blazepose.image_packet(sample.image),
                      "region": blazepose.region_packet(region, 0, width, height)}
            poses = blazepose.poses_of(graph.run([packet]), width, height)
            if len(poses.scores):
                table = np.concatenate([poses.points_px[0], poses.confidence[0, :, None]], 1)
                ours = select(table, blazepose.LANDMARKS, KEYPOINTS)
                yield person, ours[:, :2], np.nan_to_num(ours[:, 2])

    return read


def _xnect():
    """A reader of the people whom our own Stage I finds."""
    from mocap_ros.datatypes.config import MocapConfig
    from mocap_ros.pipeline.estimator import Estimator
    from mocap_ros.training.validation import pair_up

    estimator = Estimator(MocapConfig())

    def read(sample, people, generator):
        found = estimator.detect(sample.image)
        for detection, person in zip(*pair_up(found, sample)):
            if person in people:
                yield person, found.keypoints_px[detection], found.confidence[detection]

    return read


def fit(options):
    """Fits the noise of each detector and writes the table."""
    table = {}
    for place in options.found:
        name, _, path = place.partition("=")
        with np.load(path) as file:
            table[name] = describe(**{key: file[key] for key in ("found", "confidence", "truth", "visibility", "size")})
    OUT.write_text(json.dumps(table, indent=1) + "\n")
    for name, figures in table.items():
        print(f"{name}: {figures['people_found']} of {figures['people']} people")
        parts = ("exchanged", "offsets", "together", "person", "person_far")
        print(*(f"{part} {figures[part]}" for part in parts), sep="\n")
        print("keypoint        class            count missed usual  share  far")
        for row in figures["keypoints"]:
            print(f"{row[0]:15s} {row[1]:15s} {row[2]:6d}  {_shown(row[3:])}")
        for row in figures["confidence"]:
            print(*row)


def people(options):
    """Stores the errors of whole people who stand clear, each with its pose."""
    with np.load(options.found) as file:
        arrays = {name: file[name] for name in ("found", "confidence", "truth", "visibility", "size", "joints")}
    measured = clear_people(**arrays)
    save_people(options.out, measured)
    print(f"{len(measured)} of {len(arrays['size'])} people in {options.out}")


def clear_people(found, confidence, truth, visibility, size, joints):
    """MeasuredPeople who were found, are whole in the image and mostly seen; arguments as in describe, and joints.

    A neck and pelvis that the detector does not have lie as far off as the middles of its shoulders and hips; what lies
    behind another person or a thing says nothing of the pose.
    """
    error = (found - truth) / size[:, None, None]
    chosen = _mostly_right(error, confidence, visibility) & (visibility > OUTSIDE).all(1)
    chosen &= (visibility == SEEN).sum(1) >= CLEARLY_SEEN
    error, confidence, visibility, joints = (each[chosen] for each in (error, confidence, visibility, joints))
    confidence = np.where(confidence >= CONFIDENT, confidence, 0)
    if not np.isfinite(found[:, NECK]).any():
        error, confidence = with_middles(error, confidence)
    known = np.isin(visibility, (SEEN, HIDDEN_BY_SELF)) & np.isfinite(error).all(-1)
    return MeasuredPeople(poses_seen_straight(joints.astype(float)), np.where(known[..., None], error, np.nan),
                          np.where(known, confidence, np.nan))


def _shown(values):
    return " ".join("  -   " if value is None else f"{value:.4f}" for value in values)


def describe(found, confidence, truth, visibility, size):
    """The figures of one detector, ready for JSON.

    Args:
        found, truth: (P, K, 2) [px]; confidence: (P, K); visibility: (P, K); size: (P,) [px]. People of whom half or
            more of the keypoints are grossly wrong count as not found: they are mostly a neighbour.
    """
    error = (found - truth) / size[:, None, None]
    right = _mostly_right(error, confidence, visibility)
    found, confidence, truth, visibility, size, error = (
        each[right] for each in (found, confidence, truth, visibility, size, error))
    exchanged, error = _exchanges(error, found, truth, size)
    offsets = _offsets(error, truth / size[:, None, None], (visibility == SEEN) & (confidence >= CONFIDENT))
    error = error - offsets[:, None] * offset_axes(truth / size[:, None, None])
    distance = np.linalg.norm(error, axis=-1)
    kinds = np.full(visibility.shape, 2)
    kinds[visibility == SEEN], kinds[visibility == HIDDEN_BY_SELF], kinds[visibility == OUTSIDE] = 0, 1, 3
    given = np.isfinite(found[..., 0]).any(0)  # keypoints that the detector knows at all
    confident = (confidence >= CONFIDENT) & np.isfinite(distance)
    keypoints = []
    for keypoint in np.flatnonzero(given):
        for kind, name in enumerate(CLASSES):
            rows = kinds[:, keypoint] == kind
            good = rows & confident[:, keypoint]
            usual, share, far = _two_parts(distance[good, keypoint])
            keypoints.append([KEYPOINTS[keypoint], name, int(rows.sum()),
                              round(float(1 - good.sum() / rows.sum()), 4) if rows.sum() >= FEWEST else None,
                              usual, share, far])
    levels = []
    for kind, name in enumerate(CLASSES):
        for low, high in zip(BINS, BINS[1:] + (np.inf,)):
            values = confidence[(kinds == kind) & confident & (distance >= low) & (distance < high)]
            if len(values) >= FEWEST:
                levels.append([name, low, len(values), *np.quantile(values, QUANTILES).round(3).tolist()])
    return {"people": len(right), "people_found": int(right.sum()), "exchanged": exchanged,
            "together": _together(error, confident & (kinds != 3)),
            "person": _person_spread(distance, confident & (kinds == 0), keypoints),
            "offsets": dict(zip(KEYPOINTS, offsets.round(4).tolist())),
            "person_far": _far_spread(distance, confident & (kinds == 0)), "keypoints": keypoints,
            "quantiles": QUANTILES, "confidence": levels}


def _exchanges(error, found, truth, size):
    """Shares of people whose sides are exchanged, by part, and the errors with those exchanges undone."""
    result, error = {}, error.copy()
    for part, names in PARTS.items():
        left, right = ([KEYPOINTS.index(f"{side}_{name}") for name in names] for side in "lr")
        both = left + right
        other = (found[:, right + left] - truth[:, both]) / size[:, None, None]
        now, then = (np.linalg.norm(each, axis=-1).mean(1) for each in (error[:, both], other))
        known = np.isfinite(now)
        swapped = known & (now > GROSS) & (then < 0.5 * now)
        result[part] = round(float(swapped.sum() / max(known.sum(), 1)), 4)
        error[np.ix_(swapped, both)] = other[swapped]
    return result, error


def _offsets(error, truth, good):
    """Shares of its bone by which a detector sets a keypoint farther out than we do, left and right alike, (K,).

    Detectors learned what people marked in photographs: shoulders higher, ankles higher than a skeleton's joints.
    """
    axes = offset_axes(truth)
    good = good & (np.linalg.norm(error, axis=-1) < GROSS)
    along, squared = ((np.where(good[..., None], each, 0) * axes).sum((0, 2)) for each in (error, axes))
    along, squared = along + along[KEYPOINT_MIRROR], squared + squared[KEYPOINT_MIRROR]
    return np.where(squared > 0, along / np.maximum(squared, 1e-9), 0)


def _two_parts(distance):
    """Two round normal distributions of the errors: usual sigma (per axis), share of the far one, its sigma."""
    if len(distance) < FEWEST:
        return [None, None, None]
    squared = distance.astype(float) ** 2 / 2
    usual, far, share = np.median(squared) / np.log(2), np.quantile(squared, 0.95), 0.1
    for _ in range(200):
        near = (1 - share) / usual * np.exp(-squared / usual)
        wide = share / far * np.exp(-squared / far)
        weight = wide / np.maximum(near + wide, 1e-300)
        share = weight.mean()
        usual, far = (squared * (1 - weight)).sum() / (1 - weight).sum(), (squared * weight).sum() / weight.sum()
    return [round(float(value), 4) for value in (np.sqrt(usual), share, np.sqrt(far))]


def _together(error, good):
    """How much of a keypoint's error is that of its neighbour nearer to the trunk: correlation of usual errors."""
    result = {}
    clipped = np.where(good[..., None] & (np.linalg.norm(error, axis=-1) < GROSS)[..., None], error, np.nan)
    for outer, inner in LINKS:
        pairs = []
        for side in "lr":
            a = clipped[:, KEYPOINTS.index(f"{side}_{outer}")]
            b = clipped[:, KEYPOINTS.index(inner if inner == "pelvis" else f"{side}_{inner}")]
            both = np.isfinite(a + b).all(1)
            pairs.append((a[both].ravel(), b[both].ravel()))
        a, b = (np.concatenate(each) for each in zip(*pairs))
        result[f"{outer}-{inner}"] = round(float(np.corrcoef(a, b)[0, 1]), 3) if len(a) > 60 else None
    return result


def _mostly_right(error, confidence, visibility):
    """People of whom more than half of the given keypoints are less than GROSS off, (P,) bool."""
    given = (confidence >= CONFIDENT) & (visibility > OUTSIDE) & np.isfinite(error).all(-1)
    right = given & (np.linalg.norm(error, axis=-1) < GROSS)
    return right.sum(1) > 0.5 * given.sum(1)


def _far_spread(distance, good):
    """Standard deviation of the logarithm of a person's chance of gross errors, lognormal, from how unevenly they fall.

    With n keypoints and chance p g, mean of g 1, the number of gross errors has variance n p + (n p)^2 var(g) about.
    """
    expected = np.where(good, (good & (distance > GROSS)).sum(0) / np.maximum(good.sum(0), 1), 0).sum(1)
    counts = (good & (distance > GROSS)).sum(1)
    excess = ((counts - expected) ** 2 - expected).mean() / (expected ** 2).mean()
    return round(float(np.sqrt(np.log1p(max(excess, 0)))), 3)


def _person_spread(distance, good, keypoints):
    """Standard deviation over people of the logarithm of their median error over the usual one."""
    usual = {row[0]: row[4] for row in keypoints if row[1] == "seen" and row[4]}
    scale = np.array([usual.get(name, np.nan) for name in KEYPOINTS])
    relative = np.where(good, distance / scale, np.nan)
    enough = np.isfinite(relative).sum(1) >= 8
    return round(float(np.log(np.nanmedian(relative[enough], axis=1)).std()), 3)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    steps = parser.add_subparsers(required=True)
    one = steps.add_parser("find")
    one.add_argument("--detector", choices=("blazepose", "xnect"), required=True)
    one.add_argument("--data", required=True, help="shards of `mocap synth render`")
    one.add_argument("--images", type=int, default=1500)
    one.add_argument("--out", required=True)
    one.set_defaults(run=find)
    two = steps.add_parser("fit")
    two.add_argument("found", nargs="+", metavar="DETECTOR=FILE")
    two.set_defaults(run=fit)
    three = steps.add_parser("people")
    three.add_argument("found", metavar="FILE")
    three.add_argument("--out", default=FILE)
    three.set_defaults(run=people)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
