"""What two skeletons must have in common before their joints are compared: root, size, bone lengths, direction."""

import numpy as np

from mocap_ros.datatypes.skeleton import JOINTS, PARENTS, ROOT
from mocap_ros.geometry.alignment import align_similarity

# Length of thigh and spine of the `universal` skeleton [m]: Sec. 3.2.1 and 3.3.1, and the published files. Ch. 5 says
# 920 mm in its text; a difference of 1 %, which moves no joint by more than 1 cm.
UNIVERSAL_KNEE_TO_NECK = 0.93
FEWEST_ALIGNED = 3  # joints that fix a similarity

_PELVIS, _SPINE, _NECK = (JOINTS.index(name) for name in (ROOT, "spine", "neck"))
_HIPS = [JOINTS.index(name) for name in ("r_hip", "l_hip")]
_KNEES = [JOINTS.index(name) for name in ("r_knee", "l_knee")]
# MPI-INF-3DHP's skeleton hangs the top of the head on the neck, not on the head: its script scales that bone.
_SCALED_PARENTS = {**PARENTS, "head_top": "neck"}


def root_relative(joints):
    """Joints relative to the pelvis, or to the middle of the hips where no pelvis is known, (..., J, 3)."""
    middle = joints[..., _HIPS, :].mean(-2)
    pelvis = joints[..., _PELVIS, :]
    return joints - np.where(np.isfinite(pelvis), pelvis, middle)[..., None, :]


def knee_to_neck(joints):
    """Length of the thigh plus that of the spine [m], from joints (..., J, 3); a sum of bones, so no pose changes it.

    The thigh is the mean of both (or the one that is known), the spine goes from the pelvis through the spine joint to
    the neck, or straight where there is none.
    """
    thighs = np.linalg.norm(joints[..., _KNEES, :] - joints[..., _HIPS, :], axis=-1)
    known = np.isfinite(thighs)
    thigh = np.where(known, thighs, 0).sum(-1) / np.where(known.any(-1), known.sum(-1), np.nan)
    root = root_relative(joints)
    spine, neck = root[..., _SPINE, :], root[..., _NECK, :]
    bent = np.linalg.norm(spine, axis=-1) + np.linalg.norm(neck - spine, axis=-1)
    return thigh + np.where(np.isfinite(bent), bent, np.linalg.norm(neck, axis=-1))


def to_universal(joints):
    """Joints scaled so that knee to neck is 930 mm, (..., J, 3); NaN where that length is not known.

    Source: thesis Sec. 3.2.1 and 3.3.1.
    """
    return joints * (UNIVERSAL_KNEE_TO_NECK / knee_to_neck(joints))[..., None, None]


def with_bone_lengths_of(joints, model):
    """Root-relative `joints` with each bone's direction kept and its length taken from `model`, both (..., J, 3).

    Source: the published evaluation of MuPoTS-3D, from the pelvis outwards; the thesis says so of LCR-net (Sec. 6.2.4).
    """
    resized = np.full(np.shape(joints), np.nan)
    resized[..., _PELVIS, :] = joints[..., _PELVIS, :]
    for name, parent in _outwards():
        child, parent = JOINTS.index(name), JOINTS.index(parent)
        bone = joints[..., child, :] - joints[..., parent, :]
        length = np.linalg.norm(model[..., child, :] - model[..., parent, :], axis=-1, keepdims=True)
        found = np.linalg.norm(bone, axis=-1, keepdims=True)
        resized[..., child, :] = resized[..., parent, :] + bone * length / np.where(found > 0, found, np.nan)
    return resized


def procrustes_aligned(joints, truth):
    """`joints` turned, moved and scaled to lie closest to `truth`, both (N, J, 3), over the joints known in both.

    NaN where fewer than FEWEST_ALIGNED are. Source: Gower 1975; the usual `PA-MPJPE`.
    """
    aligned = np.full(np.shape(joints), np.nan)
    common = np.isfinite(joints).all(-1) & np.isfinite(truth).all(-1)  # (N, J)
    for pattern in np.unique(common, axis=0):
        rows = np.flatnonzero((common == pattern).all(1))
        if pattern.sum() < FEWEST_ALIGNED:
            continue
        scale, rotation, translation = align_similarity(joints[rows][:, pattern], truth[rows][:, pattern])
        moved = scale[:, None, None] * (joints[rows][:, pattern] @ np.swapaxes(rotation, -1, -2))
        aligned[np.ix_(rows, np.flatnonzero(pattern))] = moved + translation[:, None]
    return aligned


def _outwards():
    """(joint, parent) pairs, each parent before its children."""
    done, pairs = {ROOT}, []
    while len(done) < len(JOINTS):
        for name, parent in _SCALED_PARENTS.items():
            if name not in done and parent in done:
                pairs.append((name, parent))
                done.add(name)
    return pairs
