"""The demo's supervisor: starts the nodes, shows progress, ends them in order and writes summary.txt.

    python -m mocap_ros.ros.demo FOLDER COUNT SECONDS

FOLDER holds parameters.yaml (written by `mocap demo`), COUNT is the number of images or 0, SECONDS a time limit or 0.
"""

from pathlib import Path
import sys
import time

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from tqdm import tqdm
import yaml

from mocap_ros.datatypes.errors import DeviceError, MocapError
from mocap_ros.motion_export.summary import summary_text
from mocap_ros.ros.demo_monitor import DemoMonitor, summary_of
from mocap_ros.ros.node_processes import NodeProcesses
from mocap_ros.ros.running import StopSignal

LISTENERS = 3  # of persons: recorder, visualizer and this monitor
START_LIMIT = 90.0  # s for weights to load and nodes to find each other
SETTLE_LIMIT = 10.0  # s for the last counts to come


def main():
    """Runs the demo; returns the exit status."""
    folder, count, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    parameters = folder / "parameters.yaml"
    video = yaml.safe_load(parameters.read_text())["/**"]["ros__parameters"]["video"]
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    stop = StopSignal()
    monitor = DemoMonitor()
    executor = SingleThreadedExecutor()
    executor.add_node(monitor)
    arguments = ["--ros-args", "-r", "__ns:=/mocap", "--params-file", str(parameters)]
    try:
        with NodeProcesses(folder / "log", arguments) as nodes:
            run(monitor, executor, nodes, stop, count, seconds)
        text = summary_text(summary_of(monitor, video["source"], video["pace"]))
        text += "files:\n" + "".join(f"    {path.name}\n" for path in sorted(folder.iterdir()))
        (folder / "summary.txt").write_text(text)
        print(f"\n{text}\nResults: {folder}")
        return 0
    except MocapError as error:
        print(f"mocap: {error}", file=sys.stderr)
        print(f"what the nodes printed: {folder / 'log'}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        monitor.destroy_node()
        rclpy.try_shutdown()


def run(monitor, executor, nodes, stop, count, seconds):
    """One recording from the first image to the last.

    Raises:
        DeviceError: a node ended too early or never came up.
    """
    for name in ("recorder", "visualizer", "capture"):
        nodes.start(name)
    await_listeners(monitor, executor, nodes, stop)
    if stop.came:
        raise KeyboardInterrupt  # nothing has been recorded yet
    nodes.start("video_source")
    show_progress(monitor, executor, nodes, stop, count, seconds)
    nodes.interrupt("video_source")
    await_counts(monitor, executor, nodes)
    nodes.interrupt("recorder")  # first: it waits for what is still on the way
    nodes.wait("recorder")


def await_listeners(monitor, executor, nodes, stop):
    """Waits until the nodes are ready and hear each other: a recording must not miss its beginning."""
    begin = time.monotonic()
    while not stop.came and (monitor.count("capture", "subscriptions of persons") < LISTENERS
                             or monitor.count("visualizer", "subscriptions of overlay") < 1):
        executor.spin_once(timeout_sec=0.1)
        nodes.check(None)
        if time.monotonic() - begin > START_LIMIT:
            raise DeviceError(f"the nodes did not find each other within {START_LIMIT:g} s; "
                              f"capture's last words: {nodes.last_line('capture')}")


def show_progress(monitor, executor, nodes, stop, count, seconds):
    """Spins with a progress bar until the video source ends, the time is over or the user stops it."""
    begin = time.monotonic()
    slow = 0.1 if sys.stderr.isatty() else 5.0  # s between two states of the bar; a log file needs few
    with tqdm(total=count or None, unit=" frames", mininterval=slow, smoothing=0.1) as bar:
        while not nodes.check("video_source") and not stop.came:
            executor.spin_once(timeout_sec=0.1)
            bar.set_postfix(people=monitor.newest_people, refresh=False)
            bar.update(monitor.frames - bar.n)
            if seconds and time.monotonic() - begin > seconds:
                break
        bar.update(monitor.frames - bar.n)


def await_counts(monitor, executor, nodes):
    """Waits until everything sent is drawn and the diagnostics have caught up with the persons received."""
    begin = time.monotonic()
    while time.monotonic() - begin < SETTLE_LIMIT:
        executor.spin_once(timeout_sec=0.1)
        counts = monitor.count("capture", "frames processed"), monitor.count("visualizer", "overlays drawn")
        if counts == (monitor.frames, monitor.frames) and nodes.ended("video_source"):
            return


if __name__ == "__main__":
    sys.exit(main())
