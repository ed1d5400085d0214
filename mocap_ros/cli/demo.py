"""`mocap demo`: the real ROS 2 graph on a video, a webcam or a stream, recorded into a folder."""

import importlib.util
import os
from pathlib import Path
import shutil
import signal
import sys

import yaml

from mocap_ros.cli.numbers import at_least
from mocap_ros.cli.options import add_estimator_options, config_from
from mocap_ros.datatypes.config import settings_of, with_settings
from mocap_ros.datatypes.errors import DeviceError, ImageError, writing
from mocap_ros.datatypes.node_config import NodeConfig
from mocap_ros.pipeline.camera_file import read_camera
from mocap_ros.pipeline.frames import Frames

PARAMETERS = "parameters.yaml"  # in the output folder; marks it as ours
RESULTS = ("bag", "overlay.mp4", "persons.csv", "summary.txt", "log", PARAMETERS)
PROFILE = Path(__file__).resolve().parents[1] / "ros" / "loopback_profile.xml"
DOMAINS = 100  # ROS_DOMAIN_ID 1 to 100; above 101 the ports collide with those that Linux gives out


def add_parser(subparsers):
    """Adds the command to the command line."""
    parser = subparsers.add_parser(
        "demo", help="people in a video, webcam or stream, through real ROS 2 nodes",
        description="Starts the ROS 2 nodes video_source, capture, visualizer and recorder as processes of their own, "
                    "on this machine alone, and records persons, skeleton_model, /tf and camera_info (rosbag2), "
                    "overlay.mp4 and one BVH file per person. Ends with the video, or with Ctrl-C.")
    parser.add_argument("video", help="path of a video, image or folder; number of a webcam (0); rtsp or http address")
    parser.add_argument("--out", default="demo_output", help="folder for the results; those of an earlier demo are "
                        "replaced (default: demo_output)")
    parser.add_argument("--camera-info", metavar="YAML", default="", help="the camera's calibration, as ROS's "
                        "camera_calibration writes it (default: assume the field of view)")
    parser.add_argument("--real-time", action="store_true",
                        help="play a file at its own rate and drop what does not fit, instead of taking every image")
    parser.add_argument("--seconds", type=at_least(0, float), default=0.0,
                        help="end after this long (default: at the video's end)")
    add_estimator_options(parser)
    parser.set_defaults(run=run)


def run(options):
    """Checks everything that can be checked at once, then becomes the process that runs the nodes.

    Raises:
        ImageError: the video cannot be read, or the folder not be written.
        DeviceError: ROS 2 or this package's messages are not there.
        ConfigError: a bad setting.
    """
    config = config_from(options)
    source = options.video if "://" in options.video or options.video.isdigit() else str(Path(options.video).resolve())
    with Frames(source) as frames:
        count, rate, live = frames.count or 0, frames.rate, frames.live
    calibration = str(Path(options.camera_info).resolve()) if options.camera_info else ""
    if calibration:
        read_camera(calibration)
    check_ros()
    out = prepare_folder(Path(options.out).resolve())
    nodes = with_settings(NodeConfig(), {
        "video.source": source, "video.camera_info": calibration,
        "video.pace": "clock" if live or options.real_time else "answered",
        "video.subscribers": 2, "recorder.folder": str(out), "recorder.rate": float(min(max(rate, 0.1), 1000.0)),
        "visualizer.always": True,
    })
    (out / PARAMETERS).write_text(parameters(config, nodes))
    os.environ.update(environment(out))
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))  # until the supervisor can take them
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "mocap_ros.ros.demo", str(out), str(count), str(options.seconds)])


def check_ros():
    """Raises DeviceError where rclpy or the built messages are missing."""
    for module in ("rclpy", "mocap_ros.msg", "tf2_msgs"):
        if importlib.util.find_spec(module) is None:
            raise DeviceError(f"no {module} here: run `make env`, or build with colcon and source ROS 2; "
                              "`mocap run` does the same job without ROS")


def prepare_folder(out):
    """The output folder, empty of an earlier demo's results.

    Raises:
        ImageError: it cannot be written, or holds results that no demo wrote.
    """
    found = [name for name in RESULTS if (out / name).exists()]
    if found and PARAMETERS not in found:
        raise ImageError(f"{out}: holds {', '.join(found)} of something else; name another folder with --out")
    with writing(out, ImageError):
        out.mkdir(parents=True, exist_ok=True)
        for old in [*(out / name for name in found), *(out.glob("*.bvh") if found else ())]:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        (out / "log").mkdir()
    return out


def parameters(config, nodes):
    """The parameter file of all nodes, the settings in use written out."""
    made = {}
    for part in (config, nodes):
        for name, value, _ in settings_of(part):
            section, _, leaf = name.partition(".")
            made.setdefault(section, {})[leaf] = value
    # On one machine no image need be lost on the way; 50 of them may wait for the visualizer to draw.
    made["qos_overrides"] = {"/mocap/image": {"subscription": {"reliability": "reliable", "depth": 50}}}
    return yaml.safe_dump({"/**": {"ros__parameters": made}}, sort_keys=False)


def environment(out):
    """Variables that keep the nodes to this machine and to themselves; a domain that the user chose stays."""
    return {
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(PROFILE),
        "RMW_IMPLEMENTATION": "rmw_fastrtps_cpp",
        "ROS_DOMAIN_ID": os.environ.get("ROS_DOMAIN_ID", str(1 + os.getpid() % DOMAINS)),
        "ROS_LOG_DIR": str(out / "log" / "rclpy"),
        "OPENCV_LOG_LEVEL": "ERROR",
    }
