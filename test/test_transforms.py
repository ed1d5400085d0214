"""TF over a person's life, as tf2's listeners want it: one parent for good, no stamp twice, none that goes back."""

import numpy as np

from mocap_ros.datatypes.person import OCCLUDED
from mocap_ros.motion_export.messages import transforms_message
from mocap_ros.motion_export.results import message_classes
from mocap_ros.motion_export.rosbag import message_types
from test_fitter import CAMERA, empty, fitter, observe, RATE, walkers

TYPES = message_classes(message_types())
FRAME = "camera_optical_frame"


class Listener:
    """What a tf2 buffer remembers: each frame's parent and its newest stamp."""

    def __init__(self):
        self.parents, self.newest = {}, {}

    def take(self, message, stamp):
        """Takes one broadcast for the image of `stamp` [ns]."""
        children = [each.child_frame_id for each in message.transforms]
        assert len(set(children)) == len(children), "a frame twice in a broadcast"
        for each in message.transforms:
            child, parent = each.child_frame_id, each.header.frame_id
            at = each.header.stamp.sec * 10 ** 9 + each.header.stamp.nanosec
            assert at == stamp, "not the image's stamp"
            assert at > self.newest.get(child, -1), f"{child}: repeated or old"
            assert self.parents.setdefault(child, parent) == parent, f"{child}: a second parent"
            turn = each.transform.rotation
            assert abs(np.linalg.norm([turn.x, turn.y, turn.z, turn.w]) - 1) < 1e-9
            self.newest[child] = at
        for child in children:  # every frame hangs from the camera's
            for _ in range(20):
                child = self.parents.get(child, child)
            assert child == FRAME


def broadcast(frame):
    nanoseconds = round(frame.time * 1e9)
    header = TYPES.Header(stamp=TYPES.Time(sec=nanoseconds // 10 ** 9, nanosec=nanoseconds % 10 ** 9), frame_id=FRAME)
    return transforms_message(frame, header, TYPES), nanoseconds


def test_nothing_old_is_sent_while_people_come_hide_go_and_come_back():
    """A hidden person is predicted for each image's own stamp, then no longer sent at all."""
    stage, listener, sent = fitter(tracking__shown_while_lost=0.3, tracking__memory=20.0), Listener(), []
    hidden = set(range(20, 26)) | set(range(40, 70))  # for a moment; for longer than anybody is shown
    for number in range(90):
        seen = empty() if number in hidden else observe(walkers(number))
        frame = stage.update(seen, CAMERA, 1.0 + number / RATE)
        listener.take(*broadcast(frame))
        sent.append({person.id: person for person in frame.people})
    assert all(person.state == OCCLUDED for number in range(20, 26) for person in sent[number].values())
    assert [len(sent[number]) for number in (15, 22, 35, 42, 69, 89)] == [2, 2, 2, 2, 0, 2]
    moved = [np.linalg.norm(b[name].root_position - a[name].root_position)
             for a, b in zip(sent[20:25], sent[21:26]) for name in b]
    assert min(moved) > 0  # predicted, not the last pose once more
    assert sent[35].keys() == sent[15].keys()
    assert {name.rsplit("_", 1)[1] for name in listener.parents} == {name for people in sent for name in people}


def test_a_recording_that_starts_again_gives_nobody_an_old_frame():
    stage, listener = fitter(), Listener()
    for begin in (100.0, 50.0):
        stage.forget()  # as the nodes do when time goes back
        for number in range(10):
            listener.take(*broadcast(stage.update(observe(walkers(number)), CAMERA, begin + number / RATE)))
    assert len({name for name in listener.parents if name.startswith("body_")}) == 4
