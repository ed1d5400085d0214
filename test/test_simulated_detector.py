"""The simulated detector: without faults it says the truth, with them it errs as often as it was told to."""

import numpy as np

from mocap_ros.datasets.evaluation_sequence import LabelledFrame
from mocap_ros.datasets.sample import HIDDEN_BY_OTHER, SEEN
from mocap_ros.datatypes.camera import assumed_camera
from mocap_ros.datatypes.skeleton import J, JOINTS, K
from mocap_ros.evaluation.simulated_detector import Faults, simulate_detections

CAMERA = assumed_camera(640, 360, 0.94)
NONE = Faults(noise=0, noise_px=0, noise_3d=0, seen=1, hidden_by_self=1, hidden=0, miss=0, stolen=0, double=0, piece=0,
              false_alarm=0)


def frames(count, people=3, codes=SEEN):
    generator = np.random.default_rng(0)
    for number in range(count):
        places = [[[100 + 200 * p, 180]] for p in range(people)]
        places = places + generator.uniform([-15, -50], [15, 50], (people, K, 2))
        joints = generator.uniform(-0.8, 0.8, (people, J, 3)) + [0, 0, 4]
        yield LabelledFrame(number, number / 25, None, places, np.full((people, K), codes), joints)


def test_without_faults_the_truth_comes_out_in_any_order():
    for frame, found, joints in simulate_detections(frames(5), CAMERA, np.random.default_rng(1), NONE):
        order = np.argsort(found.keypoints_px[:, 0, 0])
        assert np.abs(found.keypoints_px[order] - frame.keypoints_px).max() < 1e-3  # px
        assert len(found) == 3 and np.abs(joints[:, JOINTS.index("pelvis")]).max() == 0


def test_people_who_are_hidden_are_not_found():
    for _, found, _ in simulate_detections(frames(5, codes=HIDDEN_BY_OTHER), CAMERA, np.random.default_rng(1), NONE):
        assert len(found) == 0


def test_misses_come_as_often_and_last_as_long_as_they_were_set():
    faults = Faults(**{**vars(NONE), "miss": 0.1, "miss_goes_on": 0.5})
    found = sum(len(each) for _, each, _ in simulate_detections(frames(1000), CAMERA, np.random.default_rng(2), faults))
    # A person is missed in miss / (miss + 1 - miss_goes_on) = 1/6 of the images; 3 standard errors of 3000 runs of 2.
    assert abs(found / 3000 - 5 / 6) < 0.03


def test_doubles_pieces_and_false_alarms_add_people():
    for name in ("double", "piece"):
        faults = Faults(**{**vars(NONE), name: 1.0})
        simulated = simulate_detections(frames(50), CAMERA, np.random.default_rng(3), faults)
        counts = [len(found) for _, found, _ in simulated]
        assert np.mean(counts) > 5.5  # nearly two of each of the three
    faults = Faults(**{**vars(NONE), "false_alarm": 1.0, "false_alarm_goes_on": 0.0})
    counts = [len(found) for _, found, _ in simulate_detections(frames(50), CAMERA, np.random.default_rng(4), faults)]
    assert set(counts) <= {3, 4} and np.mean(counts) > 3.9
