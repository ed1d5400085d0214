"""Milliseconds per stage of the whole pipeline on a video: `python benchmarks/pipeline.py [VIDEO] [--frames N]`."""

import argparse
from pathlib import Path
import statistics
import sys
import time

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mocap_ros.cli.options import add_estimator_options, config_from  # noqa: E402
from mocap_ros.pipeline.frames import Frames  # noqa: E402
from mocap_ros.pipeline.xnect import XNect  # noqa: E402

WARM_UP = 5  # frames that are not counted


def main():
    """Prints the time to the first result, then medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", default=str(ROOT / "demo" / "people.mp4"))
    parser.add_argument("--frames", type=int, default=100)
    add_estimator_options(parser)
    options = parser.parse_args()
    with Frames(options.video) as frames:
        source = [frame for frame, _ in zip(frames, range(options.frames + WARM_UP))]
    begin = time.perf_counter()
    core = XNect(config_from(options))
    core.process(source[0].image, source[0].time)
    print(f"{core.engine}\nfrom loading to the first result: {time.perf_counter() - begin:.2f} s")
    seconds, people = [], []
    for number, frame in enumerate(source[1:], 1):
        if number == WARM_UP:
            core.timer.reset()
        begin = time.perf_counter()
        found = core.process(frame.image, frame.time)
        if number >= WARM_UP:
            seconds.append(time.perf_counter() - begin)
            people.append(len(found.people))
    height, width = source[0].image.shape[:2]
    print(f"{len(seconds)} frames of {width} x {height}, {statistics.mean(people):.1f} people on average")
    print(f"whole frame: {1e3 * statistics.median(seconds):.1f} ms, {1 / statistics.median(seconds):.1f} frames/s")
    for name, milliseconds in core.timer.medians_ms().items():
        print(f"    {name}: {milliseconds:.2f} ms")


if __name__ == "__main__":
    main()
