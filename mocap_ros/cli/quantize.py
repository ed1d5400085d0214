"""`mocap quantize`: an int8 copy of Stage I for CPUs and TensorRT, and what it costs."""

from itertools import islice
from pathlib import Path
import shutil
import statistics
import time

import numpy as np

from mocap_ros.cli.numbers import at_least
from mocap_ros.datatypes.config import DecodingConfig
from mocap_ros.datatypes.errors import ConfigError, needing_extra, WeightsError, writing
from mocap_ros.decoding.people import decode_people
from mocap_ros.nets.image_input import letterbox_image
from mocap_ros.nets.model_format import STAGE_ONE_FILE, STAGE_ONE_INT8_FILE, STAGE_TWO_FILE
from mocap_ros.nets.onnx_runtime import OnnxStageOne
from mocap_ros.nets.runtime import weights_folder
from mocap_ros.pipeline.frames import Frames
from mocap_ros.tracking.association import assign, distance_2d

SAME_PERSON_PX = 16.0  # mean distance of two detections' keypoints below which they are one person; two map cells
WARM_UP = 2


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser("quantize", help="make an int8 copy of the network and say what it costs",
                                   description=__doc__)
    parser.add_argument("images", metavar="IMAGES", help="folder of images, or video, of people if possible")
    parser.add_argument("--weights", default="small", help="shipped model or folder (default: small)")
    parser.add_argument("--out", required=True, metavar="DIR",
                        help="folder of the new model, for --weights DIR --set estimator.precision=int8")
    parser.add_argument("--count", type=int, default=32,
                        help="images that the scales are taken from; as many others are compared (default: 32)")
    parser.add_argument("--threads", type=at_least(0), default=0,
                        help="of the comparison; 0 uses every core (default: 0)")
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    with needing_extra("mocap quantize", "train"):
        from mocap_ros.nets.quantization import quantise_stage_one
    if options.count < 1:
        raise ConfigError(f"--count {options.count}: wanted 1 or more")
    folder, out = weights_folder(options.weights), Path(options.out)
    source = folder / STAGE_ONE_FILE
    exact = OnnxStageOne(source, threads=options.threads)
    inputs = _inputs(options.images, 2 * options.count, exact.input_size)
    with writing(out, WeightsError):
        out.mkdir(parents=True, exist_ok=True)
        print(f"scales from {len(inputs[::2])} images")
        quantise_stage_one(source, out / STAGE_ONE_INT8_FILE, inputs[::2])
        if not out.samefile(folder):
            for name in (STAGE_ONE_FILE, STAGE_TWO_FILE):
                shutil.copyfile(folder / name, out / name)
    for name, value in compare(exact, OnnxStageOne(out / STAGE_ONE_INT8_FILE, threads=options.threads), inputs[1::2]):
        print(f"{name:48s} {value:.3g}")


def compare(exact, coarse, inputs):
    """What the second of two engines of Stage I loses and gains on some inputs.

    Args:
        exact, coarse: engines.
        inputs: (height, width, 3) uint8 BGR each.

    Returns:
        list of (name, value).
    """
    took, found, moved, kept, bones = [[], []], [0, 0], [], 0, []
    for number, image in enumerate(inputs):
        people = []
        for kind, engine in enumerate((exact, coarse)):
            begin = time.perf_counter()
            maps = engine.infer(image[None])
            if number >= WARM_UP:
                took[kind].append(time.perf_counter() - begin)
            people.append(decode_people(*(each[0] for each in maps), engine.stride, DecodingConfig()))
            found[kind] += len(people[-1])
        first, second = people
        apart = distance_2d(first.keypoints_px, second.keypoints_px, np.ones(len(second)))
        for row, other in zip(*assign(apart, SAME_PERSON_PX)):
            kept += 1
            away = np.linalg.norm(first.keypoints_px[row] - second.keypoints_px[other], axis=-1)
            both = np.isfinite(away)
            moved += list(away[both])
            bones.append(np.abs(first.encodings[row, both] - second.encodings[other, both]).mean())
    return [
        ("people found in float32", found[0]), ("people found in int8", found[1]), ("of the former found again", kept),
        ("keypoints moved, median [px of the input]", np.median(moved) if moved else np.nan),
        ("keypoints moved, 95 % less than [px of the input]", np.percentile(moved, 95) if moved else np.nan),
        ("bone vectors changed, mean [m]", np.mean(bones) if bones else np.nan),
        ("milliseconds in float32", 1e3 * statistics.median(took[0])),
        ("milliseconds in int8", 1e3 * statistics.median(took[1])),
        ("int8 over float32, median of ratios", statistics.median(b / a for a, b in zip(*took))),
    ]


def _inputs(source, count, size):
    """At most `count` inputs of the network, evenly from a video or folder, all of the first one's size."""
    with Frames(source) as frames:
        step = max(1, (frames.count or count) // count)
        inputs = [letterbox_image(frame.image, size)[0] for frame in islice(frames, 0, step * count, step)]
    return [each for each in inputs if each.shape == inputs[0].shape]
