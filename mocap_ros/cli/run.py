"""`mocap run`: a video, webcam or stream becomes people, with no ROS at all."""

from collections import Counter
from pathlib import Path
import time

from tqdm import tqdm

from mocap_ros.cli.numbers import at_least
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.errors import ImageError
from mocap_ros.motion_export.results import ResultsFolder, SUMMARY
from mocap_ros.motion_export.summary import Summary, summary_text
from mocap_ros.pipeline.camera_file import read_camera
from mocap_ros.pipeline.frames import Frames
from mocap_ros.pipeline.memory import keep_large_blocks
from mocap_ros.pipeline.xnect import XNect


def add_parser(subparsers):
    """Adds the command to the `mocap` command line."""
    parser = subparsers.add_parser(
        "run", help="people in a video, webcam or stream, without ROS",
        description="Finds, tracks and fits everybody in a video and writes a rosbag2 (mcap), overlay.mp4, one BVH "
                    "file per person, persons.csv and summary.txt. Needs no ROS.",
    )
    parser.add_argument("video", help="path of a video, image or folder of images; number of a webcam (0); rtsp or "
                                      "http address of a stream")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder for the results; must not hold others")
    parser.add_argument("--camera-info", metavar="YAML", help="the camera's calibration, as ROS's camera_calibration "
                                                              "writes it (default: assume the field of view)")
    parser.add_argument("--seconds", type=at_least(0, float), default=0.0,
                        help="end after this long (default: at the end, or Ctrl-C)")
    add_estimator_options(parser)
    parser.set_defaults(run=run)


def run(options):
    """Runs the command."""
    keep_large_blocks()
    config = config_from(options)
    camera = read_camera(options.camera_info) if options.camera_info else None
    with Frames(options.video) as frames:
        core = XNect(config, camera)
        with ResultsFolder(options.out, frames.rate, core.fitter.plane) as results:
            seen = process(frames, core, results, options.seconds)
    text = summary_text(Summary(source=options.video, engine=core.engine, stages_ms=core.timer.medians_ms(), **seen))
    text += "files:\n" + "".join(f"    {path.name}\n" for path in sorted(Path(options.out).iterdir()))
    (Path(options.out) / SUMMARY).write_text(text)
    print(text, end="")


def process(frames, core, results, seconds):
    """Every image through the pipeline into the results; Ctrl-C ends it early. Returns the counts of Summary."""
    people, ids, reasons = Counter(), Counter(), Counter()
    durations, received, calibrated = [], 0, False
    begin = time.monotonic()
    try:
        with tqdm(total=frames.count, unit=" frames", disable=None) as bar:
            for frame in frames:
                received += 1
                try:
                    found = core.process(frame.image, frame.time)
                except ImageError as error:
                    reasons[str(error)] += 1
                    continue
                results.add(frame.image, found, core.camera_for(frame.image))
                people[len(found.people)] += 1
                ids.update(person.id for person in found.people)
                durations.append(found.processing_seconds)
                calibrated = found.calibrated
                bar.set_postfix(people=len(found.people), refresh=False)
                bar.update()
                if seconds and time.monotonic() - begin > seconds:
                    break
    except KeyboardInterrupt:
        pass  # what was recorded is kept
    reasons.update(frames.skipped)
    return {"received": received + len(frames.skipped), "rejected": reasons, "people": people, "ids": ids,
            "processing_seconds": durations, "seconds": time.monotonic() - begin, "calibrated": calibrated}
