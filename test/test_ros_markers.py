"""Markers as RViz takes them: a small copy of its store says what is on the screen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from std_msgs.msg import Header
from visualization_msgs.msg import Marker
import yaml

from mocap_ros.datatypes.person import MEASURED, PeopleFrame
from mocap_ros.datatypes.skeleton import BONES, J, JOINTS, PARENTS
from mocap_ros.geometry.rotation import quaternion_to_matrix
from mocap_ros.ros.markers import BONE_WIDTH, KINDS, LIFETIME, OCCLUDED_ALPHA, PeopleMarkers, TRAIL_STEP, UNSURE
from people_scenes import HEIGHT, RATE, walk, walker, WIDTH

HEADER = Header(frame_id="camera_optical_frame")
RVIZ = yaml.safe_load((Path(__file__).parents[1] / "config" / "mocap.rviz").read_text())


class Screen:
    """Markers by namespace and id, as RViz's MarkerArray display keeps them (rviz_default_plugins' MarkerCommon)."""

    def __init__(self):
        self.markers, self.expires = {}, {}

    def take(self, array, now=0.0):
        """Takes a MarkerArray that comes at `now` [s]; what is too old goes first."""
        for key in [key for key, time in self.expires.items() if now > time]:
            del self.markers[key], self.expires[key]
        keys = [(marker.ns, marker.id) for marker in array.markers]
        assert len(set(keys)) == len(keys), "one marker twice in an array"
        for key, marker in zip(keys, array.markers):
            if marker.action == Marker.DELETE:
                assert key in self.markers, f"{key} is deleted and was never there"
                del self.markers[key], self.expires[key]
                continue
            assert marker.action == Marker.ADD
            check(marker)
            self.markers[key] = marker
            self.expires[key] = now + marker.lifetime.sec + 1e-9 * marker.lifetime.nanosec

    def of(self, kind):
        return [marker for (ns, _), marker in sorted(self.markers.items()) if ns == kind]


def check(marker):
    """What RViz refuses or warns of."""
    numbers = [getattr(marker.pose.position, axis) for axis in "xyz"] + [getattr(marker.scale, axis) for axis in "xyz"]
    numbers += [getattr(point, axis) for point in marker.points for axis in "xyz"]
    turn = [getattr(marker.pose.orientation, axis) for axis in "xyzw"]
    assert np.isfinite(numbers + turn).all()
    assert np.linalg.norm(turn) == pytest.approx(1, abs=1e-3)
    sides = {Marker.LINE_STRIP: "x", Marker.TEXT_VIEW_FACING: "z"}.get(marker.type, "xyz")
    assert all(getattr(marker.scale, axis) > 0 for axis in sides)
    assert len(marker.colors) in (0, len(marker.points))
    assert marker.color.a > 0 and (marker.type != Marker.LINE_STRIP or len(marker.points) > 1)
    assert marker.header.frame_id == HEADER.frame_id and not marker.frame_locked
    assert marker.ns in KINDS and marker.type != Marker.TEXT_VIEW_FACING or marker.text


def frame(time, *people):
    return PeopleFrame(time, WIDTH, HEIGHT, people, 0.0, True)


def vector(message):
    return np.array([message.x, message.y, message.z])


def test_only_the_people_of_the_frame_are_on_the_screen_at_any_time():
    """People come, hide, go and come back; each frame the screen is right, in the end it is empty."""
    screen, shown = Screen(), PeopleMarkers(trail=1.0)
    for number in range(60):
        people = walk(number).people
        screen.take(shown.update(walk(number), HEADER), number / RATE)
        assert len(screen.of("bones")) == len(BONES) * len(people)
        assert sorted(each.text[:5] for each in screen.of("ids")) == sorted(person.id for person in people)
        assert len(screen.of("joints")) == len(people) and len(screen.of("trails")) <= len(people)
    screen.take(shown.update(frame(60 / RATE), HEADER), 60 / RATE)
    assert not screen.markers
    assert shown.update(frame(61 / RATE), HEADER).markers == []


def test_a_person_keeps_its_numbers_and_a_free_place_is_taken_again():
    screen, shown = Screen(), PeopleMarkers(trail=1.0)
    a, b, c = (walker(name, 0.0) for name in ("aaaaa", "bbbbb", "ccccc"))
    screen.take(shown.update(frame(0.0, a, b), HEADER))
    numbers = {each.text[:5]: each.id for each in screen.of("ids")}
    screen.take(shown.update(frame(0.1, b), HEADER))
    screen.take(shown.update(frame(0.2, b, c), HEADER))
    again = {each.text[:5]: each.id for each in screen.of("ids")}
    assert again == {"bbbbb": numbers["bbbbb"], "ccccc": numbers["aaaaa"]}
    assert max(number for kind, number in screen.markers if kind == "bones") < 2 * len(BONES)


def test_markers_of_a_dead_node_expire_and_a_stopped_one_takes_its_own_away():
    screen, shown = Screen(), PeopleMarkers(trail=1.0)
    screen.take(shown.update(walk(15), HEADER))
    screen.take(shown.clear(HEADER))
    assert not screen.markers
    screen.take(PeopleMarkers(1.0).update(walk(15), HEADER), 0.0)
    screen.take(PeopleMarkers(1.0).update(frame(9.0), HEADER), LIFETIME.sec + 0.1)
    assert not screen.markers


def test_capsules_lie_along_the_bones():
    screen = Screen()
    person = walker("aaaaa", 0.3)
    screen.take(PeopleMarkers(0.0).update(frame(0.3, person), HEADER))
    for bone, marker in zip(BONES, screen.of("bones")):
        ends = person.joints_camera[[JOINTS.index(PARENTS[bone]), JOINTS.index(bone)]]
        turn = marker.pose.orientation
        along = quaternion_to_matrix(np.array([turn.x, turn.y, turn.z, turn.w]))[:, 2] * marker.scale.z / 2
        middle = vector(marker.pose.position)
        assert np.abs(np.stack([middle - along, middle + along]) - ends).max() < 1e-9  # m
        assert marker.type == Marker.CYLINDER and marker.scale.x == marker.scale.y == BONE_WIDTH
    ball, = screen.of("joints")
    assert ball.type == Marker.SPHERE_LIST and ball.scale.x == BONE_WIDTH  # round ends and joints
    assert np.abs(np.array([vector(point) for point in ball.points]) - person.joints_camera).max() < 1e-12


def test_the_text_says_the_height_and_whether_it_is_assumed():
    screen = Screen()
    people = walker("aaaaa", 0.0), replace(walker("bbbbb", 0.0), height=1.826, height_source=MEASURED)
    screen.take(PeopleMarkers(0.0).update(frame(0.0, *people), HEADER))
    assert [each.text for each in screen.of("ids")] == ["aaaaa ~1.70 m", "bbbbb 1.83 m"]
    head = people[0].joints_camera[JOINTS.index("head_top")]
    assert (vector(screen.of("ids")[0].pose.position) - head)[1] < 0  # above: y points down


def test_a_trail_is_the_way_of_the_last_seconds():
    screen, shown = Screen(), PeopleMarkers(trail=1.0)
    for number in range(50):
        screen.take(shown.update(frame(number / RATE, walker("aaaaa", number / RATE)), HEADER))
    trail, = screen.of("trails")
    points = np.array([vector(point) for point in trail.points])
    roots = np.array([walker("aaaaa", number / RATE).root_position for number in range(24, 50)])
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    assert steps.min() >= TRAIL_STEP and np.linalg.norm(points[-1] - roots[-1]) < TRAIL_STEP
    assert np.linalg.norm(points[:, None] - roots, axis=-1).min(1).max() < 1e-12
    assert np.linalg.norm(points[0] - roots[0]) < 2 * TRAIL_STEP
    alphas = [colour.a for colour in trail.colors]
    assert alphas == sorted(alphas) and alphas[-1] == 1
    screen.take(shown.update(frame(0.0, walker("aaaaa", 0.0)), HEADER))  # the clock was set back
    assert not screen.of("trails")


def test_the_ellipsoid_is_one_standard_deviation_of_the_root():
    screen = Screen()
    turn = quaternion_to_matrix(np.array([0.1, 0.2, 0.3, 0.9]))
    covariance = turn @ np.diag([0.01, 0.04, 0.25]) @ turn.T
    person = replace(walker("aaaaa", 0.0), root_covariance=covariance)
    screen.take(PeopleMarkers(0.0).update(frame(0.0, person), HEADER))
    ball, = screen.of("uncertainty")
    pose = ball.pose.orientation
    axes = quaternion_to_matrix(np.array([pose.x, pose.y, pose.z, pose.w])) * vector(ball.scale) / 2
    np.testing.assert_allclose(axes @ axes.T, covariance, atol=1e-9)  # m^2
    np.testing.assert_allclose(vector(ball.pose.position), person.root_position)
    lost = replace(person, root_covariance=np.full((3, 3), np.nan))
    screen.take(PeopleMarkers(0.0).update(frame(0.0, lost), HEADER))


def test_joints_that_nobody_is_sure_of_have_spheres_until_they_are_seen_again():
    screen, shown = Screen(), PeopleMarkers(trail=0.0)
    person = walker("aaaaa", 0.0)
    deviation = np.full(J, 0.9 * UNSURE)
    deviation[JOINTS.index("l_hand")] = 0.3
    screen.take(shown.update(frame(0.0, replace(person, joint_deviation=deviation)), HEADER))
    _, ball = screen.of("uncertainty")
    assert vector(ball.scale).tolist() == [0.6] * 3
    np.testing.assert_array_equal(vector(ball.pose.position), person.joints_camera[JOINTS.index("l_hand")])
    screen.take(shown.update(frame(0.1, replace(person, joint_deviation=np.full(J, np.nan))), HEADER))
    assert len(screen.of("uncertainty")) == 1


def test_occluded_people_are_faint_and_people_without_joints_are_left_out():
    screen = Screen()
    faint = walk(23).people[1]
    lost = replace(walker("ccccc", 0.0), joints_camera=np.full((J, 3), np.nan))
    screen.take(PeopleMarkers(0.0).update(frame(0.0, faint, lost), HEADER))
    assert {round(each.color.a, 6) for each in screen.of("bones")} == {OCCLUDED_ALPHA} and len(screen.of("ids")) == 1
    colours = {(each.color.r, each.color.g, each.color.b) for each in screen.of("bones")}
    assert len(colours) == 1


def displays():
    return {display["Name"]: display for display in RVIZ["Visualization Manager"]["Displays"]}


def test_rviz_shows_every_kind_of_marker():
    people = displays()["People"]
    assert people["Class"] == "rviz_default_plugins/MarkerArray" and people["Topic"]["Value"] == "markers"
    assert people["Namespaces"] == dict.fromkeys(KINDS, True) and people["Enabled"]


def test_rviz_knows_the_classes_of_the_configuration():
    """Names as in rviz_common and in rviz_default_plugins' plugins_description.xml."""
    plugins = {"Grid", "Image", "MarkerArray", "TF", "MoveCamera", "Interact", "Select", "FocusCamera", "Measure",
               "Orbit"}
    known = {f"rviz_default_plugins/{name}" for name in plugins} | {
        f"rviz_common/{name}" for name in ("Displays", "Views", "Selection", "Tool Properties", "Time")}
    manager = RVIZ["Visualization Manager"]
    classes = [each["Class"] for each in RVIZ["Panels"] + manager["Displays"] + manager["Tools"]]
    classes.append(manager["Views"]["Current"]["Class"])
    assert set(classes) <= known, set(classes) - known
    assert all(each["Value"] and each["Enabled"] for each in manager["Displays"])
    for display in manager["Displays"]:
        if "Topic" in display:
            policies = {name: display["Topic"][name] for name in display["Topic"] if name.endswith("Policy")}
            assert policies == {"Durability Policy": "Volatile", "History Policy": "Keep Last",
                                "Reliability Policy": "Reliable"}
