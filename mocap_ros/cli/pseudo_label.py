"""`mocap train pseudo-label`: labels for photographs that have none, from a network's own agreement with itself."""

from pathlib import Path
import sys

from tqdm import tqdm

from mocap_ros.cli.json_file import write_json
from mocap_ros.datatypes.errors import ConfigError, ImageError


def add_pseudo_label_parser(steps, need_torch):
    """Adds the step to `mocap train`; `need_torch` raises where PyTorch is missing."""
    parser = steps.add_parser(
        "pseudo-label", help="label photographs by what a model says of them again and again",
        description="Looks at every photograph of a folder eight times (four resolutions, plain and mirrored) and "
                    "writes what at least half of the looks agree on as a COCO person keypoint file, for `mocap train "
                    "stage-one --coco PHOTOGRAPHS,OUT=SHARE`. Where nothing is agreed on, nothing is learned.")
    parser.add_argument("photographs", metavar="PHOTOGRAPHS", help="folder of photographs")
    parser.add_argument("--out", required=True, metavar="FILE", help="JSON file to write")
    parser.add_argument("--weights", default="small", help="a shipped model or the folder of one (default: small)")
    parser.set_defaults(run=lambda options: _run(options, need_torch))


def _run(options, need_torch):
    """Runs the step; 2 where a photograph could not be read, after labelling all others."""
    need_torch()
    from mocap_ros.cli.detect import image_paths
    from mocap_ros.datatypes.config import EstimatorConfig
    from mocap_ros.nets.runtime import load_estimator
    from mocap_ros.pipeline.frames import read_image
    from mocap_ros.training.pseudo_labels import agreed_people, annotations_of, looks_at, RESOLUTIONS
    from mocap_ros.training.validation import detect_with

    folder = Path(options.photographs)
    if not folder.is_dir():
        raise ConfigError(f"{folder}: not a folder")
    if not Path(options.out).parent.is_dir():
        raise ConfigError(f"{options.out}: its folder does not exist")
    paths = image_paths([folder])
    stage_one, _ = load_estimator(EstimatorConfig(weights=options.weights))
    detectors = [detect_with(stage_one.infer, input_size=[times * side for side in stage_one.input_size])
                 for times in RESOLUTIONS]
    images, annotations, people, unreadable = [], [], 0, 0
    for number, path in enumerate(tqdm(paths, unit="image", disable=None), 1):
        try:
            image = read_image(path)
        except ImageError as error:
            unreadable += 1
            tqdm.write(f"mocap: {error}", file=sys.stderr)
            continue
        rows, columns = image.shape[:2]
        found = agreed_people(looks_at(image, detectors), (columns, rows))
        if not len(found.points):
            continue
        images.append({"id": number, "file_name": path.name, "width": columns, "height": rows})
        annotations += annotations_of(number, found, rows, columns)
        people += len(found.points)
    for number, each in enumerate(annotations, 1):
        each["id"] = number
    write_json(options.out, {"images": images, "annotations": annotations,
                             "categories": [{"id": 1, "name": "person"}]}, indent=None)
    print(f"{options.out}: {people} people on {len(images)} of {len(paths)} photographs")
    return 2 if unreadable else 0
