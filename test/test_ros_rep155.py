"""REP-155's topics with a stand-in for hri_msgs, which PyPI does not have."""

from dataclasses import make_dataclass
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from std_msgs.msg import Header

from mocap_ros.datatypes.person import PeopleFrame
from mocap_ros.kinematics.rep155_joints import JOINT_NAMES, joint_positions
from people_scenes import HEIGHT, walk, WIDTH

HEADER = Header(frame_id="camera_optical_frame")
FIELDS = {"IdsList": ("header", "ids"), "NormalizedPointOfInterest2D": ("x", "y", "c"),
          "NormalizedRegionOfInterest2D": ("header", "xmin", "ymin", "xmax", "ymax", "c"),
          "Skeleton2D": ("header", "skeleton")}


@pytest.fixture
def rep155(monkeypatch):
    messages = ModuleType("hri_msgs.msg")
    for name, fields in FIELDS.items():
        setattr(messages, name, make_dataclass(name, [(field, object, None) for field in fields]))
    monkeypatch.setitem(sys.modules, "hri_msgs", ModuleType("hri_msgs"))
    monkeypatch.setitem(sys.modules, "hri_msgs.msg", messages)
    monkeypatch.delitem(sys.modules, "mocap_ros.ros.rep155", raising=False)
    from mocap_ros.ros import rep155
    yield rep155
    monkeypatch.delitem(sys.modules, "mocap_ros.ros.rep155", raising=False)


class Publishers:
    """A node that keeps what is published, by topic; None after the publisher went."""

    def __init__(self):
        self.sent = {}

    def create_publisher(self, kind, topic, qos):
        self.sent[topic] = []
        return SimpleNamespace(topic=topic, publish=self.sent[topic].append)

    def destroy_publisher(self, publisher):
        self.sent[publisher.topic] = None


def test_joint_states_bear_the_stock_models_names_and_the_suffix(rep155):
    person = walk(15).people[1]
    message = rep155.body_messages(person, walk(15), HEADER)["joint_states"]
    assert list(message.name) == [f"{joint}_bbbbb" for joint in JOINT_NAMES]
    np.testing.assert_array_equal(message.position, joint_positions(person.angles[None])[0])
    assert message.header == HEADER and not message.velocity and not message.effort


def test_a_body_has_topics_as_long_as_it_is_there(rep155):
    node = Publishers()
    humans = rep155.HumansPublisher(node)
    for number in (9, 10, 24, 25):
        humans.publish(walk(number), HEADER)
    humans.publish(PeopleFrame(9.0, WIDTH, HEIGHT, (), 0.0, True), HEADER)
    assert [message.ids for message in node.sent["/humans/bodies/tracked"]] == [
        ["aaaaa"], ["aaaaa", "bbbbb"], ["aaaaa", "bbbbb"], ["aaaaa"], []]
    topics = {f"/humans/bodies/{name}/{topic}" for name in ("aaaaa", "bbbbb") for topic in rep155.TOPICS}
    assert topics | {"/humans/bodies/tracked"} == set(node.sent)
    assert all(node.sent[topic] is None for topic in topics)
