"""The baked asset file as arrays: body model, garments, recorded motion, skin masks."""

from dataclasses import dataclass, fields, replace
import zipfile

import numpy as np
import scipy.sparse

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.synthesis.garment_files import Garment
from mocap_ros.synthesis.pose import local_rotations, neutral_from_rest

HELD_OUT_EVERY = 5  # every fifth body and recorded clip is kept for validation


@dataclass(frozen=True, eq=False)
class Take:
    """One recorded movement: anatomical rotations (T, S, 3, 3), pelvis places [m] (T, 3), frames per second."""

    local: np.ndarray
    root: np.ndarray
    rate: float


@dataclass(frozen=True, eq=False)
class BodyModel:
    """The body model: every body is the template plus a mixture of blend shapes.

    Attributes:
        vertices: template [m], (V, 3).
        blendshapes: offsets [m], (shapes, 3 V).
        texture_points: (U, 2).
        bone_indices, bone_weights: skinning, (V, 4).
        bone_parents, bone_names: (bones,), parent -1 for the root.
        point_names: names of the label points, (points,).
        phenotypes, phenotype_names: what each body is, 0 to 1, (N, labels) and (labels,).
        coefficients: mixture of blend shapes of each body, (N, shapes).
        skin_triangles, l_eye_triangles, r_eye_triangles: (F, 3); the same with `texture` numbers texture points.
        tights_triangles, skirt_triangles: of the shells around the skin that clothes are cut from and that tell where
            a waist is, (F, 3).
    """

    vertices: np.ndarray
    blendshapes: np.ndarray
    texture_points: np.ndarray
    bone_indices: np.ndarray
    bone_weights: np.ndarray
    bone_parents: np.ndarray
    bone_names: np.ndarray
    point_names: np.ndarray
    phenotypes: np.ndarray
    phenotype_names: np.ndarray
    coefficients: np.ndarray
    skin_triangles: np.ndarray
    skin_texture_triangles: np.ndarray
    l_eye_triangles: np.ndarray
    l_eye_texture_triangles: np.ndarray
    r_eye_triangles: np.ndarray
    r_eye_texture_triangles: np.ndarray
    tights_triangles: np.ndarray
    skirt_triangles: np.ndarray


@dataclass(frozen=True, eq=False)
class Assets:
    """Everything that rendering needs.

    Attributes:
        body: BodyModel.
        points, heads: sparse regressors of label points and bone heads from vertices.
        garments: Garment by name.
        garment_skins: (bone_indices, bone_weights, pieces) by garment name.
        masks: skin texture masks by name, (size, size) uint8.
        neutral: neutral_from_rest, (S, 3, 3).
        clips: anatomical rotations of every recorded clip, (T, S, 3, 3) by name, broken frames removed.
        takes: unbroken clips for moving people, Take by name.
        bodies: indices of the phenotypes in use, (N,).
    """

    body: BodyModel
    points: scipy.sparse.csr_matrix
    heads: scipy.sparse.csr_matrix
    garments: dict
    garment_skins: dict
    masks: dict
    neutral: np.ndarray
    clips: dict
    takes: dict
    bodies: np.ndarray


def _under(arrays, prefix):
    return {name[len(prefix) :]: value for name, value in arrays.items() if name.startswith(prefix)}


def _filled(kind, arrays, path):
    """A dataclass of the arrays named as its fields; others are ignored, as files of older versions hold some more."""
    wanted = [each.name for each in fields(kind)]
    missing = [name for name in wanted if name not in arrays]
    if missing:
        raise ConfigError(f"{path}: baked by another version, it lacks {', '.join(missing)}: bake it again")
    return kind(**{name: arrays[name] for name in wanted})


def load_assets(path, held_out=False):
    """Assets of a baked file.

    Args:
        path: the .npz file that `mocap synth bake` wrote.
        held_out: True for the bodies and clips kept for validation, False for all the others.

    Raises:
        ConfigError: no such file, not a baked asset file, or one of a version that lacks something.
    """
    try:
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{path}: cannot be read as baked assets ({error})") from error
    if "body/vertices" not in arrays:
        raise ConfigError(f"{path}: not a file of `mocap synth bake`: it holds no body")
    body = _under(arrays, "body/")
    vertices = len(body["vertices"])
    body["blendshapes"] = body["blendshapes"].astype(np.float32).reshape(len(body["blendshapes"]), -1)

    def sparse(name):
        parts = [body.pop(f"{name}/{part}") for part in ("data", "indices", "indptr")]
        return scipy.sparse.csr_matrix(tuple(parts), shape=(len(parts[2]) - 1, vertices))

    points, heads = sparse("points"), sparse("heads")
    garments, skins = {}, {}
    for name in sorted({key.split("/")[1] for key in arrays if key.startswith("garment/")}):
        parts = _under(arrays, f"garment/{name}/")
        skins[name] = tuple(parts.pop(key) for key in ("bone_indices", "bone_weights", "pieces"))
        garments[name] = replace(_filled(Garment, parts, path), kind=str(parts["kind"]))
    neutral = neutral_from_rest(_under(arrays, "rest/"))
    names = sorted({key.split("/")[1] for key in arrays if key.startswith("motion/")})
    clips, takes = {}, {}
    for number, name in enumerate(names):
        intact = arrays[f"motion/{name}/intact"]
        if (number % HELD_OUT_EVERY == 2) == held_out and intact.sum() > 10:
            rotations = arrays[f"motion/{name}/rotations"][intact].astype(np.float32)
            clips[name] = local_rotations(rotations, neutral).astype(np.float32)
            if intact.all():
                takes[name] = Take(clips[name], arrays[f"motion/{name}/root"], float(arrays[f"motion/{name}/rate"]))
    bodies = np.arange(len(body["coefficients"]))
    bodies = bodies[(bodies % HELD_OUT_EVERY == 2) == held_out]
    return Assets(
        _filled(BodyModel, body, path), points, heads, garments, skins, _under(arrays, "mask/"), neutral, clips, takes,
        bodies,
    )
