"""Clips of throngs and of people who are helped: nobody meets another, hands are on what they hold, labels exact."""

import numpy as np
import pytest

pytest.importorskip("numba", reason="the generator needs the extra [train]")

from mocap_ros.cli.synth import main  # noqa: E402
from mocap_ros.datasets.clips import ClipFrames  # noqa: E402
from mocap_ros.datatypes.errors import ConfigError  # noqa: E402
from mocap_ros.datatypes.skeleton import JOINT_OF_KEYPOINT  # noqa: E402
from mocap_ros.synthesis.aids import FOOTREST, HANDLES  # noqa: E402
from mocap_ros.synthesis.assets import load_assets  # noqa: E402
from mocap_ros.synthesis.body import posed_points  # noqa: E402
from mocap_ros.synthesis.care_walks import AIDS, CareWalk, LIFT  # noqa: E402
from mocap_ros.synthesis.choreography import care_loops, NEAREST, passing_walkers, PASSING, PERIOD  # noqa: E402
from mocap_ros.synthesis.clearance import bounds, is_clear  # noqa: E402
from mocap_ros.synthesis.clip import Stage  # noqa: E402
from mocap_ros.synthesis.clothing import dress  # noqa: E402
from mocap_ros.synthesis.performance import Walker, Way  # noqa: E402
from mocap_ros.synthesis.wardrobe import Wardrobe  # noqa: E402

HALF_WIDTH = 0.9
TIMES = np.arange(0, 6, 0.35)  # s


@pytest.fixture(scope="module")
def wardrobe(doll):
    return Wardrobe(load_assets(doll))


def points_of(wardrobe, person):
    """Label points of a PlacedPerson in the world [m], by name."""
    places = posed_points(person.character.points, wardrobe.skeleton.point_bones, person.transforms)
    return {name: places[number] for name, number in wardrobe.point_index.items()}


@pytest.mark.parametrize("people", [6, 12])
def test_walkers_of_a_throng_pass_each_other_and_never_meet_however_long_they_walk(people):
    generator = np.random.default_rng(people)
    ways = passing_walkers(people, HALF_WIDTH, generator)
    walkers = [Walker(way, 1.7, way.length / PERIOD, generator, start) for way, start in ways]
    assert all(0.7 < walker.speed < 1.7 for walker in walkers)  # m/s
    places = np.array([[walker.at(time).place for walker in walkers] for time in np.arange(0, 40, 0.13)])
    assert places[..., 1].min() > NEAREST - 0.5  # m, none walks into the camera
    gaps = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1) + 100 * np.eye(people)
    assert gaps.min() > PASSING - 0.05  # m: between the moments at which they were kept apart
    nearest = gaps.min((0, 2))
    assert (nearest < 1.5).mean() > 0.5  # m, most pass somebody near by
    first, later = (np.array([walker.at(time).place for walker in walkers]) for time in (1.0, 1.0 + 5 * PERIOD))
    np.testing.assert_allclose(first, later, atol=1e-9)


def test_a_throng_without_room_is_refused(monkeypatch):
    monkeypatch.setattr("mocap_ros.synthesis.choreography.TRIES", 3)
    with pytest.raises(ConfigError, match="no room for 200 walkers"):
        passing_walkers(200, HALF_WIDTH, np.random.default_rng(0))


def test_a_way_is_walked_at_even_speed_and_closes():
    way = Way([[-2, 3], [2, 3], [2, 4], [-2, 4]])
    places = way.place(np.linspace(0, way.length, 500))
    np.testing.assert_allclose(places[0], places[-1], atol=1e-9)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)
    assert np.ptp(steps) < 0.05 * steps.mean()
    side = way.place(1.0) - way.place(0.9)
    heading = way.heading(0.95)
    assert side @ [np.sin(heading), -np.cos(heading)] > 0.09  # m of 0.1: it looks where it goes


@pytest.fixture(scope="module", params=AIDS)
def care(request, wardrobe):
    """A CareWalk and what it shows at TIMES: label points of both people and the aid's vertices."""
    generator = np.random.default_rng(4)
    players = [(dress(wardrobe, generator, carrying=False), None) for _ in range(2)]
    walk = CareWalk(wardrobe, request.param, players, Way(care_loops(1, generator)[0]), 10.0, generator)
    moments = []
    for time in TIMES:
        people, (vertices, _, _) = walk.at(time)
        moments.append(([points_of(wardrobe, each) for each in people], people, vertices))
    return walk, moments


def test_hands_stay_on_the_aid(care):
    walk, moments = care
    for (patient, helper), _, aid in moments:
        holder = helper if walk.aid == "wheelchair" else patient
        sides = "lr" if walk.aid != "cane" else ("r" if walk.side > 0 else "l")
        for side in sides:
            assert np.linalg.norm(aid - holder[f"{side}_hand"], axis=1).min() < 0.12, side  # m; boxes have corners only
        if walk.aid == "wheelchair":
            assert np.ptp([helper["l_hand"], helper["r_hand"]], axis=0).max() == pytest.approx(2 * HANDLES[0], abs=0.25)
            assert patient["pelvis"][2] > FOOTREST + 0.3 and np.abs(aid - patient["pelvis"]).max(1).min() < 0.4


def test_aids_and_feet_are_on_the_floor_and_canes_stand_still(care):
    walk, moments = care
    feet = []
    for _, people, aid in moments:
        assert -0.03 < aid[:, 2].min() < LIFT + 0.03  # m
        assert abs(people[1].vertices[:, 2].min()) < 1e-3
        assert people[0].vertices[:, 2].min() == pytest.approx(FOOTREST if walk.aid == "wheelchair" else 0, abs=1e-3)
    if walk.aid == "cane":
        for time in np.arange(0, 4, 0.04):
            vertices = walk.at(time)[1][0]
            feet.append(vertices[vertices[:, 2] < vertices[:, 2].min() + 0.05].mean(0))
        still = np.linalg.norm(np.diff(np.array(feet)[:, :2], axis=0), axis=1) < 0.008  # m in 40 ms
        assert 0.35 < still.mean() < 0.9  # share of the time that it stands


def test_who_helps_stays_beside_and_moves_on(care):
    walk, moments = care
    for (patient, helper), _, _ in moments:
        apart = np.linalg.norm((patient["pelvis"] - helper["pelvis"])[:2])
        assert 0.45 < apart < (1.3 if walk.aid == "wheelchair" else 0.75)  # m
    way = np.linalg.norm(moments[-1][0][0]["pelvis"] - moments[0][0][0]["pelvis"])
    assert way > 0.5  # m
    if walk.aid != "wheelchair":
        hands = [min(np.linalg.norm(helper[f"{side}_wrist"] - patient[name]) for side in "lr"
                     for name in ("l_elbow", "r_elbow", "spine")) for (patient, helper), _, _ in moments]
        assert np.median(hands) < 0.3  # m, a hand at the elbow or on the back


@pytest.mark.parametrize("staging, people, street", [("throng", 6, ["--street"]), ("care", 5, [])])
def test_labels_of_every_frame_are_exact_and_the_same_seed_gives_the_same_clip(doll, tmp_path, staging, people, street):
    words = ["clip", "--assets", str(doll), "--seconds", "0.24", "--people", str(people), "--staging", staging,
             "--seed", "5", "--readout", "20", *street]
    for name in ("a", "b"):
        assert main([*words, "--out", str(tmp_path / f"{name}.mp4")]) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.owners.bin").read_bytes() == (tmp_path / "b.owners.bin").read_bytes()
    clip = ClipFrames(tmp_path / "a.mp4")
    seen = 0
    for frame in clip:
        assert frame.joints_camera.shape[0] == people and np.isfinite(frame.angles).all()
        joints = frame.joints_camera[:, JOINT_OF_KEYPOINT]
        ahead = (JOINT_OF_KEYPOINT >= 0) & (joints[..., 2] > 0.5)
        pixels = joints @ clip.camera.matrix.T
        error = np.abs(pixels[..., :2] / pixels[..., 2:] - frame.keypoints_px)[ahead]
        assert error.max() < 1.2  # px: joints are rounded to mm, at half a metre 0.4 px, keypoints to a tenth
        seen += len(np.unique(frame.read_owners())) - 1
    assert seen > people  # in six frames


def test_things_of_a_clip_keep_off_those_who_walk(wardrobe):
    stage = Stage(wardrobe, wardrobe.assets.takes, 6.0, 8, 3, True, "throng")
    things = [bounds(each.solid[0]) for each in stage.solids if each.solid[0][:, 2].max() > 0.2]
    assert len(things) > 3
    for time in np.arange(0, 14, 0.9):
        for actor in stage.actors:
            place = actor.performance.at(time).place
            around = np.array([[*(place - 0.15), 0.0], [*(place + 0.15), 1.0]])
            assert is_clear(around, things, 0.0)
    assert (np.array([box[1, 1] for box in things]) < stage.surroundings.high[1] + 0.1).all()
