import numpy as np
import pytest

from body_scenes import NAMED_POSES, named_pose, random_pose
from mocap_ros.datatypes.skeleton import JOINTS
from mocap_ros.geometry import rigid
from mocap_ros.geometry.rotation import axis_rotation, matrix_to_quaternion
from mocap_ros.kinematics.chain import forward_kinematics
from mocap_ros.kinematics.links import link_poses, link_transforms
from mocap_ros.kinematics.rest_pose import default_bone_lengths

# Where REP-155's links sit: the joint at each link's origin.
ORIGINS = {
    "body": "pelvis", "waist": "spine", "torso": "neck", "head": "head",
    **{s + link: s + link for s in ("r_", "l_") for link in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")},
}


def composed(links):
    """camera_from_link of every link (P, N, 4, 4) by multiplying parent_from_child from the body outwards."""
    relative = rigid.from_quaternion(links.rotations, links.translations)
    absolute = relative.copy()
    for n, parent in enumerate(links.parents):
        if parent is not None:
            absolute[:, n] = absolute[:, links.names.index(parent)] @ relative[:, n]
    return absolute


def arguments(pose, people):
    position, rotation, angles = pose
    return position, matrix_to_quaternion(rotation), angles, default_bone_lengths(np.full(people, 1.7))


def test_the_tree_composes_to_the_joints():
    pose = random_pose(7, np.random.default_rng(0))
    links = link_transforms(*arguments(pose, 7))
    joints = forward_kinematics(*pose, default_bone_lengths(np.full(7, 1.7))).joints
    places = composed(links)[..., :3, 3]
    for link, joint in ORIGINS.items():
        assert np.abs(places[:, links.names.index(link)] - joints[:, JOINTS.index(joint)]).max() < 1e-12  # m


def test_every_link_is_right_handed_and_unit():
    links = link_transforms(*arguments(random_pose(7, np.random.default_rng(1)), 7))
    assert np.abs(np.linalg.norm(links.rotations, axis=-1) - 1).max() < 1e-12
    assert np.abs(np.linalg.det(composed(links)[..., :3, :3]) - 1).max() < 1e-12


def test_parents_come_before_children_and_names_are_rep_155s():
    links = link_transforms(*arguments(named_pose("T-pose"), 1))
    for n, parent in enumerate(links.parents):
        assert parent is None if n == 0 else links.names.index(parent) < n
    assert len(set(links.names)) == len(links.names) == 27
    chains = [["body", "waist", "torso", "r_head", "y_head", "p_head", "head"]]
    for s in ("r_", "l_"):
        chains.append(["torso"] + [s + link for link in ("y_shoulder", "p_shoulder", "shoulder", "elbow", "wrist")])
        chains.append(["body"] + [s + link for link in ("y_hip", "p_hip", "hip", "knee", "ankle")])
    for chain in chains:
        for parent, child in zip(chain, chain[1:]):
            assert links.parents[links.names.index(child)] == parent


@pytest.mark.parametrize("name", NAMED_POSES)
def test_the_body_frame_points_out_of_the_chest_left_and_up(name):
    pose = named_pose(name)
    rotations, _ = link_poses(*arguments(pose, 1))
    joints = forward_kinematics(*pose, default_bone_lengths([1.7])).joints[0]
    forward, left, up = rotations[0, 0].T
    hips = joints[JOINTS.index("l_hip")] - joints[JOINTS.index("r_hip")]
    trunk = joints[JOINTS.index("spine")] - joints[JOINTS.index("pelvis")]
    assert left @ hips > 0.999 * np.linalg.norm(hips)
    assert up @ trunk > 0.99 * np.linalg.norm(trunk)
    toes = joints[JOINTS.index("l_toe")] - joints[JOINTS.index("l_ankle")]
    assert forward @ toes > 0 or name in ("lying", "squat")


def test_limbs_lie_along_their_links_downward_axis():
    """z of an arm's or a leg's link points back along the bone, towards the body."""
    pose = random_pose(5, np.random.default_rng(2))
    names = link_transforms(*arguments(pose, 5)).names
    rotations, origins = link_poses(*arguments(pose, 5))
    for s in ("r_", "l_"):
        for near, far in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")):
            bone = origins[:, names.index(s + far)] - origins[:, names.index(s + near)]
            bone /= np.linalg.norm(bone, axis=1, keepdims=True)
            assert np.abs(rotations[:, names.index(s + near), :, 2] + bone).max() < 1e-12


# Where a link's x, y and z point in known poses, seen from the body: Forward Left Right Up Down. A limb's z points back
# along its bone; its x is what faced forward when it hung. Links not named are as at rest, FLU.
AXES_IN_POSES = {
    "T-pose": {**{"r_" + link: "FDL" for link in ("shoulder", "elbow", "wrist")},
               **{"l_" + link: "FUR" for link in ("shoulder", "elbow", "wrist")}},
    "arm raised": {"r_" + link: "LFD" for link in ("shoulder", "elbow", "wrist")},
}
# Then turned about the body's left axis, forward [degrees].
TILTS_IN_POSES = {
    "sitting": {s + "hip": -90 for s in ("r_", "l_")},
    "squat": {"waist": 30, "torso": 30, "head": 30,
              **{s + link: tilt for s in ("r_", "l_") for link, tilt in (("hip", -110), ("knee", 10), ("ankle", -8))}},
    "lying": {"l_hip": -20, "l_knee": 10, "l_ankle": 10},
}
LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
CHECKED = ("body", "waist", "torso", "head", *(s + link for s in ("r_", "l_") for link in LIMBS))
DIRECTIONS = {"F": (1, 0, 0), "L": (0, 1, 0), "R": (0, -1, 0), "U": (0, 0, 1), "D": (0, 0, -1)}


@pytest.mark.parametrize("name", NAMED_POSES)
def test_every_links_axes_in_known_poses(name):
    pose = named_pose(name)
    rotations, _ = link_poses(*arguments(pose, 1))
    seen = pose[1][0].T @ rotations[0]  # body_from_link
    names = link_transforms(*arguments(pose, 1)).names
    for link in CHECKED:
        if name == "squat" and link[2:] in ("shoulder", "elbow", "wrist"):
            continue  # arms held somewhere in front
        letters = AXES_IN_POSES.get(name, {}).get(link, "FLU")
        tilt = axis_rotation(np.array([0.0, 1, 0]), np.radians(TILTS_IN_POSES.get(name, {}).get(link, 0.0)))
        wanted = tilt @ np.array([DIRECTIONS[letter] for letter in letters], float).T
        assert np.linalg.det(wanted) == pytest.approx(1)
        off = np.degrees(np.arccos(np.clip((seen[names.index(link)] * wanted).sum(0), -1, 1))).max()
        # The raised arm is 5 degrees short of upright, its elbow bent by 10.
        assert off < (13 if name == "arm raised" and link.startswith("r_") else 1e-4), (link, off)  # degrees


def test_the_body_stands_or_lies_in_the_cameras_frame():
    """x right, y down, z forward: somebody who stands has its z along -y, somebody who lies has not."""
    for name in NAMED_POSES:
        rotations, _ = link_poses(*arguments(named_pose(name, heading=0.0), 1))
        forward, _, up = rotations[0, 0].T
        assert np.abs(up - ([1, 0, 0] if name == "lying" else [0, -1, 0])).max() < 1e-9
        assert np.abs(forward - [0, 0, -1]).max() < 1e-9  # looks into the camera


def test_at_rest_every_frame_is_parallel_to_the_body():
    links = link_transforms(*arguments(named_pose("hanging arms"), 1))
    assert np.abs(links.rotations[0, 1:] - [0, 0, 0, 1]).max() < 1e-12


def test_nobody_has_no_links():
    links = link_transforms(np.zeros((0, 3)), np.zeros((0, 4)), np.zeros((0, 23)), np.zeros((0, 20)))
    assert links.rotations.shape == (0, 27, 4) and links.translations.shape == (0, 27, 3)
