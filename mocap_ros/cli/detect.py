"""`mocap detect`: people in single images, as JSON."""

from pathlib import Path
import re
import sys

import numpy as np
from tqdm import tqdm

from mocap_ros.cli.json_file import write_json
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.datatypes.observation import REFERENCE_HEIGHT
from mocap_ros.datatypes.skeleton import KEYPOINTS
from mocap_ros.evaluation import coco_scores
from mocap_ros.evaluation.estimation import of_observation
from mocap_ros.pipeline.estimator import check_image, Estimator
from mocap_ros.pipeline.frames import IMAGE_ENDINGS, read_image
from mocap_ros.pipeline.single_image import fit_alone

# No tracker waits for a second sight of somebody here, and every person comes with a score.
FOR_PHOTOGRAPHS = {
    "estimator.weights": "base", "estimator.several_resolutions": True, "estimator.closer_looks": 32,
    "estimator.box_looks": 16, "estimator.refined_boxes": 16, "estimator.refined_people": 64,
    "decoding.minimum_score": 0.25}


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser(
        "detect", help="find people in images and write their 2D and 3D poses as JSON",
        description="Finds people in images, each image by itself, and writes 20 keypoints in pixels, 21 joints in "
                    "metres relative to the pelvis (camera axes) and the pelvis's place in front of the camera. The "
                    "larger network looks at an image at three resolutions, closer at everybody found, and into boxes "
                    "that nobody fills, and people of a lower score are kept, unlike those of a stream; --weights "
                    "small is more than twice as fast, --set estimator.several_resolutions=false --set "
                    "estimator.closer_looks=0 --set estimator.box_looks=0 --set estimator.refined_boxes=0 looks once, "
                    "seven times.",
    )
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="image files or folders of images")
    parser.add_argument("--json", required=True, metavar="OUT", help="file to write")
    parser.add_argument("--format", choices=("mocap", "coco"), default="mocap",
                        help="mocap: a list of images with their people; coco: COCO's results list of 17 keypoints, "
                             "image_id from the digits of the file name (default: mocap)")
    add_estimator_options(parser, FOR_PHOTOGRAPHS)
    parser.set_defaults(run=run)


def run(options):
    """Runs the command; 2 where an image could not be used, after writing the results of all others."""
    config = config_from(options, FOR_PHOTOGRAPHS)
    paths = image_paths(options.images)
    out = Path(options.json)
    if not out.parent.is_dir():
        raise ImageError(f"{out}: its folder does not exist")
    write = coco_results if options.format == "coco" else image_record
    if options.format == "coco":
        for path in paths:
            image_id(path)
    estimator = Estimator(config)
    results, unusable = [], 0
    for path in tqdm(paths, unit="image", disable=None):
        try:
            image = read_image(path)
            check_image(image)
        except ImageError as error:
            unusable += 1
            tqdm.write(f"mocap: {error}", file=sys.stderr)
            continue
        camera = assumed_camera(image.shape[1], image.shape[0], config.camera.vertical_field_of_view)
        estimator.forget()
        observation = estimator.estimate(image, camera)
        results.append(write(path, observation, fit_alone(observation, camera, config.fitting)))
    if options.format == "coco":
        results = [person for people in results for person in people]
    write_json(out, results, indent=None)
    return 2 if unusable else 0


def image_paths(names):
    """Paths of all images named, folders opened, in order.

    Raises:
        ImageError: a name that does not exist, or a folder without images.
    """
    paths = []
    for name in map(Path, names):
        if name.is_dir():
            inside = sorted(p for p in name.iterdir() if p.suffix.lower() in IMAGE_ENDINGS)
            if not inside:
                raise ImageError(f"{name}: no images in this folder")
            paths += inside
        elif name.is_file():
            paths.append(name)
        else:
            raise ImageError(f"{name}: no such file or folder")
    return paths


def image_id(path):
    """The number made of the last run of digits in a file's name, as COCO names its images.

    Raises:
        ImageError: no digits in the name.
    """
    digits = re.findall(r"\d+", path.stem)
    if not digits:
        raise ImageError(f"{path}: no digits in the file name, so no COCO image_id")
    return int(digits[-1])


def image_record(path, observation, bodies):
    """One image's people as the JSON that the README describes."""
    found = observation.detections
    joints, roots = observation.joints_relative, bodies.roots
    persons = [
        {
            "score": float(found.scores[p]),
            "keypoints": [_numbers([*found.keypoints_px[p, k], found.confidence[p, k]]) for k in range(len(KEYPOINTS))],
            "joints": [_numbers(joint) for joint in joints[p]],
            "root": _numbers(roots[p]) if np.isfinite(roots[p]).all() else None,
        }
        for p in range(len(observation))
    ]
    return {"image": str(path), "width": observation.width, "height": observation.height, "persons": persons}


def coco_results(path, observation, bodies):
    """One image's people as entries of COCO's keypoint results list.

    Keypoints that are not seen stand where the fitted body has them, with confidence 0: COCO asks for all 17.
    """
    people = of_observation(0, observation, bodies, REFERENCE_HEIGHT)
    return coco_scores.coco_results(image_id(path), people.keypoints_px, people.confidence, people.scores)


def _numbers(values):
    """Floats for JSON: NaN (an unseen keypoint) becomes 0 beside its confidence of 0."""
    return [round(float(v), 4) for v in np.nan_to_num(values)]
