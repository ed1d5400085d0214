"""A jointed doll of boxes as a baked asset file, for tests of the generator without body model and recordings."""

import numpy as np
import scipy.sparse

from mocap_ros.synthesis.motion import S
from mocap_ros.synthesis.solids import box

POINTS = {
    "neck": (0, 0, 1.43),
    "pelvis": (0, 0, 0.95),
    "spine": (0, 0, 1.2),
    "head": (0, 0, 1.58),
    "head_top": (0, 0, 1.75),
    "nose": (0, -0.11, 1.62),
    "l_eye": (0.03, -0.1, 1.65),
    "l_ear": (0.08, 0, 1.63),
    "l_shoulder": (0.18, 0, 1.4),
    "l_elbow": (0.36, 0, 1.2),
    "l_wrist": (0.5, -0.1, 1.05),
    "l_hand": (0.55, -0.16, 1.0),
    "l_hip": (0.1, 0, 0.95),
    "l_knee": (0.12, -0.02, 0.52),
    "l_ankle": (0.14, 0, 0.09),
    "l_toe": (0.14, -0.18, 0.03),
}
POINTS.update({"r" + name[1:]: (-x, y, z) for name, (x, y, z) in list(POINTS.items()) if name[1] == "_"})
SIDE_BONES = {  # bone: (parent, head point, tail point)
    "clavicle": ("spine01", "neck", "shoulder"),
    "shoulder01": ("clavicle", "shoulder", "shoulder"),
    "upperarm01": ("shoulder01", "shoulder", "elbow"),
    "upperarm02": ("upperarm01", "elbow", "elbow"),
    "lowerarm01": ("upperarm02", "elbow", "wrist"),
    "lowerarm02": ("lowerarm01", "wrist", "wrist"),
    "wrist": ("lowerarm02", "wrist", "hand"),
    "finger2-1": ("wrist", "hand", "hand"),
    "finger3-1": ("wrist", "hand", "hand"),
    "finger5-1": ("wrist", "hand", "hand"),
    "upperleg01": ("pelvis", "hip", "knee"),
    "upperleg02": ("upperleg01", "knee", "knee"),
    "lowerleg01": ("upperleg02", "knee", "ankle"),
    "lowerleg02": ("lowerleg01", "ankle", "ankle"),
    "foot": ("lowerleg02", "ankle", "toe"),
}
BONES = {
    "root": (None, "pelvis", "spine"),
    "pelvis.L": ("root", "l_hip", "l_hip"),
    "pelvis.R": ("root", "r_hip", "r_hip"),
    "spine05": ("root", "pelvis", "pelvis"),
    "spine04": ("spine05", "spine", "spine"),
    "spine03": ("spine04", "spine", "spine"),
    "spine02": ("spine03", "spine", "neck"),
    "spine01": ("spine02", "neck", "neck"),
    "neck01": ("spine01", "neck", "neck"),
    "neck02": ("neck01", "neck", "head"),
    "neck03": ("neck02", "head", "head"),
    "head": ("neck03", "head", "head_top"),
}
for _side in "lr":
    for _bone, (_parent, _head, _tail) in SIDE_BONES.items():
        _parent = _parent if _parent == "spine01" else f"{_parent}.{_side.upper()}"
        _head = _head if _head == "neck" else f"{_side}_{_head}"
        BONES[f"{_bone}.{_side.upper()}"] = (_parent, _head, f"{_side}_{_tail}")
FINGER_SHIFT = {"finger2-1": -0.03, "finger5-1": 0.03}  # [m] along the doll's depth, so that the hand has a breadth
BODIES, CLIPS, MASK = 10, 5, 512


def doll_arrays():
    """The arrays of a baked asset file, by name."""
    points = {name: np.array(place, float) for name, place in POINTS.items()}
    names = list(BONES)
    heads = np.array([points[head] + [0, FINGER_SHIFT.get(bone[:9], 0), 0] for bone, (_, head, _) in BONES.items()])
    vertices, triangles, owner, start = [], [], [], 0
    for number, (bone, (_, head, tail)) in enumerate(BONES.items()):
        along = points[tail] - points[head]
        length = np.linalg.norm(along)
        wide = 0.3 if bone.startswith(("spine", "root")) else 0.16 if bone == "head" else 0.09
        solid = (
            box((points[head] + points[tail]) / 2, [wide * 0.7, wide, length + 0.05], toward=along)
            if length > 0
            else box(points[head], [0.02] * 3)
        )
        vertices.append(solid[0])
        triangles.append(solid[1] + start)
        owner += [number] * len(solid[1])
        start += len(solid[0])
    count = start
    anchors = np.concatenate([np.stack(list(points.values())), heads])  # one vertex per point and bone head
    vertices = np.concatenate([*vertices, anchors.astype(np.float32)])
    triangles, owner = np.concatenate(triangles), np.array(owner)
    bone_of = np.concatenate([np.repeat(np.arange(len(names)), count // len(names)), np.zeros(len(anchors), int)])
    bone_indices, weights = np.zeros((len(vertices), 4), np.int16), np.zeros((len(vertices), 4), np.float32)
    bone_indices[:, 0], weights[:, 0] = bone_of, 1

    def picking(first, number):
        return scipy.sparse.csr_matrix(
            (np.ones(number, np.float32), (np.arange(number), first + np.arange(number))), shape=(number, len(vertices))
        )

    limbs = np.array(
        [bone.startswith(("upperarm", "lowerarm", "upperleg", "lowerleg", "spine", "root")) for bone in names]
    )
    legs = np.array([bone.startswith(("upperleg", "lowerleg")) for bone in names])
    arrays = {
        "body/vertices": vertices.astype(np.float32),
        "body/bone_indices": bone_indices,
        "body/bone_weights": weights,
        "body/blendshapes": np.stack([vertices * 0.1, vertices * [0.2, 0.2, 0]]).astype(np.float16),
        "body/texture_points": np.tile([0.3, 0.3], (len(vertices), 1)).astype(np.float32),
        "body/bone_parents": np.array(
            [-1 if parent is None else names.index(parent) for parent, _, _ in BONES.values()]
        ),
        "body/bone_names": np.array(names),
        "body/point_names": np.array(list(points)),
        "body/phenotypes": np.stack([np.linspace(0, 1, BODIES), np.full(BODIES, 0.7)], 1).astype(np.float32),
        "body/phenotype_names": np.array(["gender", "age"]),
        "body/coefficients": np.stack([np.linspace(-0.5, 0.5, BODIES), np.linspace(0, 1, BODIES)], 1).astype(
            np.float32
        ),
    }
    for part, chosen in (
        ("skin", np.ones(len(owner), bool)),
        ("tights", limbs[owner]),
        ("skirt", owner == 0),
        ("l_eye", owner == names.index("head")),
        ("r_eye", owner == names.index("head")),
    ):
        arrays[f"body/{part}_triangles"] = triangles[chosen].astype(np.int32)
        if part not in ("tights", "skirt"):
            arrays[f"body/{part}_texture_triangles"] = triangles[chosen].astype(np.int32)
    for name, matrix in (("points", picking(count, len(points))), ("heads", picking(count + len(points), len(names)))):
        arrays.update({f"body/{name}/{part}": getattr(matrix, part) for part in ("data", "indices", "indptr")})
    _add_garments(arrays, triangles, owner, limbs, legs, names)
    for side in "lr":
        for part, (a, b) in {
            "upper_arm": ("shoulder", "elbow"),
            "forearm": ("elbow", "wrist"),
            "hand": ("wrist", "hand"),
            "thigh": ("hip", "knee"),
            "shin": ("knee", "ankle"),
            "foot": ("ankle", "toe"),
        }.items():
            arrays[f"rest/{side}_{part}"] = points[f"{side}_{b}"] - points[f"{side}_{a}"]
        arrays[f"rest/{side}_hinge"] = np.cross(arrays[f"rest/{side}_upper_arm"], arrays[f"rest/{side}_forearm"])
        arrays[f"rest/{side}_palm"] = np.array([0, -1.0, 0])
    generator = np.random.default_rng(5)
    for clip in range(CLIPS):
        frames = 30
        arrays[f"motion/take_{clip}/rotations"] = np.tile(np.eye(3), (frames, S, 1, 1)).astype(np.float16)
        arrays[f"motion/take_{clip}/root"] = (generator.normal(0, 0.01, (frames, 3)) + [0, 0, 0.95]).astype(np.float32)
        arrays[f"motion/take_{clip}/intact"] = np.ones(frames, bool)
        arrays[f"motion/take_{clip}/rate"] = np.float32(30)
    arrays.update(
        {f"mask/{name}": np.zeros((MASK, MASK), np.uint8) for name in ("brow", "scalp", "beard", "lips", "face")}
    )
    return arrays


def _add_garments(arrays, triangles, owner, limbs, legs, names):
    """One garment of every kind, bound vertex by vertex to the boxes that it covers and a little larger."""
    head, feet = owner == names.index("head"), np.isin(owner, [names.index("foot.L"), names.index("foot.R")])
    covered = {
        "male_top": (limbs & ~legs)[owner],
        "male_suit": limbs[owner],
        "short01": head,
        "long01": head,
        "fedora": head,
        "shoes01": feet,
    }
    covered["male_top"] = covered["male_top"] | legs[owner]
    for name, chosen in covered.items():
        used, renumbered = np.unique(triangles[chosen], return_inverse=True)
        faces = renumbered.reshape(-1, 3).astype(np.int32)
        is_leg = legs[arrays["body/bone_indices"][used, 0]]
        pieces = np.where(is_leg, 1, 0) if name == "male_top" else np.zeros(len(used), int)
        fields = {
            "kind": np.array(
                "suit"
                if name.startswith("male")
                else "hair"
                if "01" in name and name[:5] != "shoes"
                else "hat"
                if name == "fedora"
                else "shoes"
            ),
            "base_indices": np.repeat(used[:, None], 3, 1).astype(np.int32),
            "base_weights": np.tile([1.0, 0, 0], (len(used), 1)),
            "offsets": np.full((len(used), 3), 0.05),
            "scale_pairs": np.zeros((3, 2), int),
            "scale_lengths": np.ones(3),
            "hidden": used.astype(np.int32),
            "triangles": faces,
            "texture_triangles": faces,
            "texture_points": arrays["body/vertices"][used][:, :2].astype(np.float32),
            "bone_indices": arrays["body/bone_indices"][used],
            "bone_weights": arrays["body/bone_weights"][used],
            "pieces": pieces.astype(np.int32),
        }
        arrays.update({f"garment/{name}/{field}": value for field, value in fields.items()})


def write_doll(path):
    """Writes the doll's asset file."""
    with open(path, "wb") as file:
        np.savez(file, **doll_arrays())
