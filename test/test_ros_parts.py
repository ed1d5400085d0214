"""The pieces of the nodes that work without a graph: the slot, the diagnosis, the camera."""

import threading

from diagnostic_msgs.msg import DiagnosticStatus
import pytest
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from mocap_ros.datatypes.camera import Camera
from mocap_ros.motion_export.messages import camera_info_message
from mocap_ros.ros.camera_watch import CameraWatch
from mocap_ros.ros.diagnostics import judge, SILENCE
from mocap_ros.ros.frame_counts import FrameCounts
from mocap_ros.ros.newest_frame import NewestFrame
from mocap_ros.ros.person_conversions import TYPES


def test_the_slot_keeps_the_newest_frame_and_counts_the_others():
    busy, go, done, worked = threading.Event(), threading.Event(), threading.Event(), []

    def work(frame):
        worked.append(frame)
        busy.set()
        go.wait(10)
        if frame == 9:
            done.set()

    slot = NewestFrame(work, lambda error: None)
    slot.put(0)
    assert busy.wait(10)
    for frame in range(1, 10):
        slot.put(frame)  # never waits, though frame 0 is still being worked on
    go.set()
    assert done.wait(10)
    slot.close()
    assert worked == [0, 9] and slot.dropped == 8


def test_the_slot_survives_a_failure_and_reports_it():
    failures, done = [], threading.Event()

    def work(frame):
        if frame == "bad":
            raise ValueError("as planned")
        done.set()

    slot = NewestFrame(work, failures.append)
    slot.put("bad")
    while not failures:
        pass
    slot.put("good")
    assert done.wait(10)
    slot.close()
    assert [str(error) for error in failures] == ["as planned"]


def test_a_frame_is_finished_while_the_next_is_worked_on_and_all_in_order():
    both_busy, finished, failures = threading.Barrier(2, timeout=10), [], []
    done = threading.Event()

    def work(frame):
        if frame == 1:
            both_busy.wait()  # until frame 0 is being finished
        if frame == 2:
            slot.wait_until_finished()
            assert finished == [0, 1]
        if frame == 3:
            raise ValueError("no work")
        return frame

    def finish(frame):
        if frame == 0:
            slot.put(1)
            both_busy.wait()
        finished.append(frame)
        if frame == 1:
            slot.put(2)
        if frame == 2:
            slot.put(3)
            while not failures:
                pass
            slot.put(4)
            raise ValueError("no finish")
        if frame == 4:
            done.set()

    slot = NewestFrame(work, failures.append, finish)
    slot.put(0)
    assert done.wait(10)
    slot.close()
    assert finished == [0, 1, 2, 4] and slot.dropped == 0
    assert [str(error) for error in failures] == ["no work", "no finish"]


def counted(received=0, processed=0, rejected=0, failed=0, last=0.0):
    counts = FrameCounts()
    for _ in range(received):
        counts.receive(last)
    for k in range(processed):
        counts.finish(last + k / 10, 0.05, 0.02)
    for _ in range(rejected):
        counts.reject("a bad one")
    for _ in range(failed):
        counts.fail("a bug")
    return counts


@pytest.mark.parametrize("counts, dropped, now, camera_problem, level, words", [
    (counted(), 0, 0.0, "", DiagnosticStatus.STALE, "no image yet"),
    (counted(received=5, processed=5), 0, SILENCE + 0.1, "", DiagnosticStatus.STALE, "no image for 3 s"),
    (counted(received=5, processed=5), 0, SILENCE - 0.1, "", DiagnosticStatus.OK, "running"),
    (counted(received=5, processed=5), 0, 0.0, "no camera_info", DiagnosticStatus.WARN, "uncalibrated: no camera_info"),
    (counted(received=5, rejected=5), 0, 0.0, "", DiagnosticStatus.ERROR, "no usable image: a bad one"),
    (counted(received=5, processed=4, rejected=1), 0, 0.0, "", DiagnosticStatus.WARN, "rejected 1 images: a bad one"),
    (counted(received=5, processed=4, failed=1), 0, 0.0, "", DiagnosticStatus.ERROR, "failed on 1 images: a bug"),
    (counted(received=10, processed=4), 6, 0.0, "", DiagnosticStatus.WARN, "too slow: 6 of 10 images dropped"),
    (counted(received=10, processed=5), 5, 0.0, "", DiagnosticStatus.OK, "running"),
])
def test_the_diagnosis_at_its_thresholds(counts, dropped, now, camera_problem, level, words):
    assert judge(counts, dropped, now, camera_problem) == (level, words)


def test_rate_and_latency_are_of_the_recent_frames():
    counts = counted(received=11, processed=11)
    assert counts.rate() == pytest.approx(10.0)  # Hz: eleven results, 0.1 s apart
    assert counts.latency_ms() == pytest.approx(50.0)
    assert counts.processing_ms() == pytest.approx(20.0)
    assert (counted().rate(), counted().latency_ms()) == (0.0, 0.0)


def test_each_reason_for_an_assumed_camera_is_said_once():
    said = []
    watch = CameraWatch(1.0, said.append)
    for _ in range(3):
        assert not watch.camera(640, 480).calibrated
    assert len(said) == 1 and said[0].startswith("no camera_info: assuming 57 degrees")
    watch.update(CameraInfo())
    for _ in range(3):
        watch.camera(640, 480)
    assert len(said) == 2 and said[1].startswith("camera_info has K = 0")
    known = Camera(640, 480, [[500, 0, 320], [0, 500, 240], [0, 0, 1]])
    watch.update(camera_info_message(known, Header(), TYPES))
    assert watch.camera(640, 480).calibrated and watch.problem == "" and len(said) == 2
    assert not watch.camera(480, 640).calibrated and "480 x 640" in said[2]
