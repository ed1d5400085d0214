"""Time and memory of recording: `python benchmarks/recording.py [MINUTES ...]`.

Three people at 25 images a second, as the recorder node takes them: the message into the rosbag2, its people into
persons.csv and the BVH files. Says milliseconds an image, what the process grew by, and how long the end takes.
"""

import argparse
from pathlib import Path
import resource
import sys
from tempfile import TemporaryDirectory
import time

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mocap_ros.datatypes.person import ASSUMED, PeopleFrame, Person, TRACKED  # noqa: E402
from mocap_ros.datatypes.skeleton import ANGLES, J, K  # noqa: E402
from mocap_ros.kinematics.rest_pose import default_bone_lengths  # noqa: E402
from mocap_ros.motion_export.messages import people_message  # noqa: E402
from mocap_ros.motion_export.people_files import PeopleFiles  # noqa: E402
from mocap_ros.motion_export.recording import PEOPLE  # noqa: E402
from mocap_ros.motion_export.results import message_classes  # noqa: E402
from mocap_ros.motion_export.rosbag import BagWriter, message_types  # noqa: E402

RATE = 25  # images/s
PEOPLE_COUNT = 3


def frame(number, random):
    """Random people at image `number`."""
    return PeopleFrame(number / RATE, 1280, 720, tuple(
        Person(id=name * 5, state=TRACKED, score=0.9,
               keypoints_px=random.random((K, 2)), keypoint_confidence=np.ones(K),
               joints_camera=random.random((J, 3)), joint_confidence=np.ones(J), root_position=random.random(3),
               root_orientation=np.array([0, 0, 0, 1.0]), angles=random.random(len(ANGLES)) - 0.5,
               bone_lengths=default_bone_lengths(1.7), height=1.7, height_source=ASSUMED, velocity=np.zeros(3),
               root_covariance=np.eye(3)) for name in "abc"[:PEOPLE_COUNT]), 0.02, True)


def record(minutes, folder):
    """Records; prints one line."""
    random, store = np.random.default_rng(0), message_types()
    types = message_classes(store)
    header = types.Header(stamp=types.Time(sec=0, nanosec=0), frame_id="camera")
    sent = [frame(0, random) for _ in range(50)]
    data = [bytes(store.serialize_cdr(people_message(each, header, types), PEOPLE)) for each in sent]
    before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    seconds = []
    with BagWriter(Path(folder) / "bag", store) as bag:
        files = PeopleFiles(folder)
        for number in range(round(minutes * 60 * RATE)):
            each = sent[number % len(sent)]
            each = PeopleFrame(number / RATE, each.width, each.height, each.people, 0.02, True)
            begin = time.perf_counter()
            bag.write("/mocap/persons", PEOPLE, round(each.time * 1e9), data[number % len(data)])
            files.add(each)
            seconds.append(time.perf_counter() - begin)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    begin = time.perf_counter()
    files.close()
    end = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / 1e6
    print(f"{minutes:g} min, {len(seconds)} images: {1e3 * np.median(seconds):.2f} ms an image (median), "
          f"{grown / 1024:.0f} MB grown while recording, {after / 1024:.0f} MB after the end, which took {end:.1f} s; "
          f"{size:.0f} MB of files")


def main():
    """Prints one line for each length."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", metavar="MINUTES", type=float, nargs="*", default=[2.0, 8.0],
                        help="lengths of the recordings (default: 2 8)")
    for minutes in parser.parse_args().minutes:
        with TemporaryDirectory() as folder:
            record(minutes, folder)


if __name__ == "__main__":
    main()
