"""Every front end beside the others: COCO's AP and AR on photographs, people, ids and time on a video.

    python benchmarks/front_ends.py --photos FOLDER --annotations JSON --video FILE [--front-ends xnect my.yaml]

A front end is xnect, blazepose, the path of an ONNX model's YAML, `several`: xnect at several resolutions, as `mocap
detect` looks at photographs, or `stage_one`: our own Stage I's heatmaps described as if they were a stranger's top-down
model. Prints a Markdown table. Milliseconds are CPU time of all threads, medians:
what a quiet machine takes with --threads 1, and what a busy one takes too.
"""

import argparse
import contextlib
import io
from pathlib import Path
import statistics
import sys
import tempfile
import time

import cv2
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mocap_ros.cli.detect import coco_results  # noqa: E402
from mocap_ros.datatypes.camera import assumed_camera  # noqa: E402
from mocap_ros.datatypes.config import MocapConfig, with_settings  # noqa: E402
from mocap_ros.motion_export.overlay import draw_people  # noqa: E402
from mocap_ros.nets.model_format import STAGE_ONE_FILE  # noqa: E402
from mocap_ros.nets.runtime import weights_folder  # noqa: E402
from mocap_ros.pipeline.estimator import Estimator  # noqa: E402
from mocap_ros.pipeline.fitter import Fitter  # noqa: E402
from mocap_ros.pipeline.frames import Frames, read_image  # noqa: E402
from mocap_ros.pipeline.lifting import KeypointLifter  # noqa: E402
from mocap_ros.pipeline.single_image import fit_alone  # noqa: E402
from mocap_ros.pipeline.xnect import XNect  # noqa: E402

WARM_UP = 5  # frames whose time is not counted
LASTING = 25  # frames, half a second of the street: an id that lives shorter was of little use
HEADER = ("front end", "AP", "AP50", "AR", "people found / photo", "people / frame", "ids", f"ids of {LASTING}+ frames",
          "CPU ms / frame", "of it 2D")


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, help="folder of photographs named by COCO's image ids")
    parser.add_argument("--annotations", required=True, help="COCO's person keypoints JSON")
    parser.add_argument("--video", required=True)
    parser.add_argument("--frames", type=int, default=0, help="of the video; 0 takes all")
    parser.add_argument("--front-ends", nargs="+", default=["xnect", "several", "blazepose"])
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.NAME=VALUE", help="as of `mocap run`")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--overlays", metavar="FOLDER", help="write what was found there")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.front_ends:
            config = config_of(name, options, Path(folder))
            photos = on_photos(config, Path(options.photos), options.annotations, options.overlays, name)
            with_images, without = on_video(config, options, name)
            rows.append((Path(name).stem, *photos, *with_images))
            if without:
                rows.append((f"{Path(name).stem}, keypoints alone", *[""] * 4, *without))
    print("| " + " | ".join(HEADER) + " |\n|" + "---|" * len(HEADER))
    for row in rows:
        print("| " + " | ".join(each if isinstance(each, str) else f"{each:.3g}" for each in row) + " |")


def config_of(name, options, folder):
    """MocapConfig of a front end by its name."""
    changes = {"estimator.device": "cpu", "estimator.threads": options.threads}
    for each in options.set:
        key, _, value = each.partition("=")
        changes[key] = yaml.safe_load(value)
    if name == "stage_one":
        name = str(stage_one_description(folder))
    if name == "several":
        name, changes["estimator.several_resolutions"] = "xnect", True
    if name.endswith((".yaml", ".yml")):
        changes.update({"front_end.kind": "onnx", "front_end.model": name})
    else:
        changes["front_end.kind"] = name
    return with_settings(MocapConfig(), changes)


def stage_one_description(folder):
    """The path of a YAML that describes our Stage I as a top-down model with heatmaps."""
    path = folder / "stage_one.yaml"
    path.write_text(yaml.safe_dump({
        "kind": "top_down", "file": str(weights_folder("small") / STAGE_ONE_FILE), "joints": "mocap_20",
        "input": {"width": 256, "height": 320, "layout": "nhwc", "colour": "bgr", "mean": 0, "deviation": 1},
        "output": {"kind": "heatmaps", "names": ["heatmaps"], "first_cell_px": 3.5}}))
    return path


def on_photos(config, folder, annotations, overlays, name):
    """AP, AP50, AR and people a photograph, on those photographs that have labelled people."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(annotations)
        labelled = sorted({each["image_id"] for each in truth.anns.values() if each.get("num_keypoints", 0)})
        estimator = Estimator(config)
        results = []
        for image_id in labelled:
            path = folder / truth.imgs[image_id]["file_name"]
            image = read_image(path)
            camera = assumed_camera(image.shape[1], image.shape[0], config.camera.vertical_field_of_view)
            estimator.forget()
            observation = estimator.estimate(image, camera)
            results += coco_results(path, observation, fit_alone(observation, camera, config.fitting))
            if overlays:
                fitter = Fitter(with_settings(config, {"tracking.frames_to_confirm": 1}), np.random.default_rng(0))
                save(overlays, f"{Path(name).stem}_{image_id}.png",
                     draw_people(image, fitter.update(observation, camera, 0.0)))
        if not results:
            return 0.0, 0.0, 0.0, 0.0
        score = COCOeval(truth, truth.loadRes(results), "keypoints")
        score.params.imgIds = labelled
        score.evaluate()
        score.accumulate()
        score.summarize()
    return score.stats[0], score.stats[1], score.stats[5], len(results) / len(labelled)


def on_video(config, options, name):
    """Table rows' last columns, with the images and from the keypoints alone: people, ids, CPU milliseconds a frame."""
    core, alone = XNect(config, generator=np.random.default_rng(0)), Fitter(config, np.random.default_rng(0))
    lifter = KeypointLifter(config)
    with_images, without = Life(), Life()
    with Frames(options.video) as frames:
        for frame in frames:
            if options.frames and frame.number >= options.frames:
                break
            begin = time.process_time()
            detections = core.estimator.detect(frame.image)
            detected = time.process_time()
            camera = core.camera_for(frame.image)
            found = core.fitter.update(core.estimator.lift(detections, frame.image, camera), camera, frame.time)
            ended = time.process_time()
            with_images.add(found, ended - begin, detected - begin)
            if config.front_end.kind != "xnect":
                found_alone = alone.update(lifter.lift(detections, camera), camera, frame.time)
                without.add(found_alone, detected - begin + time.process_time() - ended, detected - begin)
            if options.overlays and frame.number % 20 == 19:
                drawn = draw_people(frame.image, found)
                save(options.overlays, f"{Path(name).stem}_frame{frame.number:04d}.png", drawn)
    return with_images.columns(), without.columns()


class Life:
    """Who lived how long in a video, and what it cost."""

    def __init__(self):
        self.people, self.seconds, self.seconds_2d, self.seen = [], [], [], {}

    def add(self, frame, seconds, seconds_2d):
        """Counts a PeopleFrame that took `seconds` [s], of which `seconds_2d` to find people in 2D."""
        self.people.append(len(frame.people))
        self.seconds.append(seconds)
        self.seconds_2d.append(seconds_2d)
        for person in frame.people:
            self.seen[person.id] = self.seen.get(person.id, 0) + 1

    def columns(self):
        """People a frame, ids, ids that last, medians of CPU milliseconds; () where nothing was counted."""
        if not self.people:
            return ()
        return (statistics.mean(self.people), str(len(self.seen)),
                str(sum(count >= LASTING for count in self.seen.values())),
                1e3 * statistics.median(self.seconds[WARM_UP:]), 1e3 * statistics.median(self.seconds_2d[WARM_UP:]))


def save(folder, name, image):
    """Writes an overlay."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(Path(folder) / name), image)


if __name__ == "__main__":
    main()
