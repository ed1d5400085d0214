"""Faces that speak, smile or shut their eyes, by the bones of the body model's face; labels stay those at rest."""

import numpy as np

from mocap_ros.geometry.rotation import rotvec_to_matrix
from mocap_ros.synthesis.solids import box

MOUTHS = {"closed": 0.5, "smile": 0.2, "grin": 0.14, "speak": 0.12, "shout": 0.04}
JAWS = {"closed": (0, 0), "smile": (0, 0.02), "grin": (0.04, 0.12), "speak": (0.05, 0.2),
        "shout": (0.22, 0.36)}  # [rad]
SHUT_SHARE, SHUT = 0.08, 0.62  # of people; [rad] an upper lid comes down
SQUINT = 0.11  # [rad] at most, of both lids of open eyes
SMILE = np.array([0.005, 0.004, 0.006])  # [m] a mouth's corner goes outward, back and up
BROWS = 0.005  # [m] standard deviation of how high they are drawn
TEETH = 0.034, 0.008, 0.012  # [m] breadth, height, how far behind the lips
THROAT = 0.05, 0.05, 0.028  # [m] the same of the mouth's dark inside


def draw_expression(wardrobe, shape, heads, generator):
    """The base vertices [m] (V, 3) of a body with a random expression, and how wide its jaw is open [rad].

    Args:
        shape: base vertices at rest [m], (V, 3).
        heads: heads of the bones at rest [m], (bones, 3).
    """
    bones, body = wardrobe.bone_index, wardrobe.assets.body
    if "jaw" not in bones:
        return shape, 0.0
    mouth = str(generator.choice(list(MOUTHS), p=list(MOUTHS.values())))
    open_jaw = generator.uniform(*JAWS[mouth])
    smile = generator.uniform(0.6, 1.3) if mouth in ("smile", "grin") else generator.normal(0, 0.15)
    lids = SHUT if generator.random() < SHUT_SHARE else generator.uniform(0, SQUINT)
    brows = generator.normal(0, BROWS)
    turns, moves = np.zeros((len(heads), 3)), np.zeros((len(heads), 3))
    about = np.arange(len(heads))  # the bone about whose head each one turns
    for bone in wardrobe.skeleton.order:
        parent = wardrobe.skeleton.parents[bone]
        if bone == bones["jaw"]:
            turns[bone, 0] = open_jaw
        elif parent >= 0 and turns[parent, 0] and about[parent] == bones["jaw"]:
            turns[bone], about[bone] = turns[parent], bones["jaw"]
    for side, sign in (("L", 1), ("R", -1)):
        corner = SMILE * [sign, 1, 1] * smile
        for name, share in (("levator05", 1.0), ("oris07", 0.5), ("oris03", 0.35), ("risorius03", 0.4)):
            moves[bones[f"{name}.{side}"]] += share * corner
        turns[bones[f"orbicularis03.{side}"], 0] += lids
        turns[bones[f"orbicularis04.{side}"], 0] -= 0.25 * lids
        moves[bones[f"oculi01.{side}"], 2] += brows
    moved = np.flatnonzero(np.abs(turns).any(1) | np.abs(moves).any(1))
    chosen = np.flatnonzero(np.isin(body.bone_indices, moved).any(1))
    result, rotations = shape.copy(), rotvec_to_matrix(turns) - np.eye(3)
    for column in range(body.bone_indices.shape[1]):
        bone = body.bone_indices[chosen, column].astype(int)
        away = shape[chosen] - heads[about[bone]]
        shift = np.einsum("vij,vj->vi", rotations[bone], away) + moves[bone]
        result[chosen] += body.bone_weights[chosen, column, None] * shift
    return result.astype(shape.dtype), float(open_jaw)


def add_mouth(parts, wardrobe, shape, slot):
    """Adds what an open mouth shows, teeth and a dark inside, in the colours that the eyes have in the skin texture."""
    bones, body = wardrobe.bone_index, wardrobe.assets.body
    lip = ((body.bone_indices == bones["oris05"]) * body.bone_weights).sum(1) > 0.3
    lip &= np.isin(np.arange(len(shape)), body.skin_triangles)
    front, low = shape[lip, 1].min(), shape[lip, 2].min()
    eye = np.unique(body.l_eye_texture_triangles)
    white = body.texture_points[eye]
    foremost = body.vertices[body.l_eye_triangles][..., 1].argmin()
    iris = body.texture_points[body.l_eye_texture_triangles.ravel()[foremost]]
    far = white[np.linalg.norm(white - iris, axis=1).argmax()]
    for (wide, high, back), colour, drop in ((TEETH, far, 0.0), (THROAT, iris, 0.02)):
        vertices, triangles, points = box([0, front + back + 0.004, low - drop], [wide, 0.008, high])
        points = np.tile(colour, (len(points), 1)).astype(np.float32)
        parts.add_rigid((vertices, triangles, points), bones["head"], slot)
