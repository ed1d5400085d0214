"""The Biovision hierarchy (BVH): a tree of frames and its motion, as text, as numbers, and placed in the world."""

from typing import NamedTuple

import numpy as np

from mocap_ros.datatypes.errors import SkeletonError
from mocap_ros.geometry.rotation import axis_rotation

class Hierarchy(NamedTuple):
    """A tree of nodes in depth-first order with T frames, in the file's own units and axes.

    Attributes:
        names, parents: of the nodes; the root's parent is None. End sites have a name too, that of the body part.
        offsets: of each node from its parent, (nodes, 3).
        ends: names of the end sites.
        orders: dict from a node's name to its rotation axes in channel order, outermost first, such as "ZXY".
        root_position: (T, 3).
        rotations: dict from a node's name to its channels [degrees], (T, 3).
        shifted: names of nodes below the root that have position channels; these are not kept.
    """

    names: tuple
    parents: tuple
    offsets: np.ndarray
    ends: tuple
    orders: dict
    root_position: np.ndarray
    rotations: dict
    shifted: tuple = ()


def write_hierarchy(file, pieces, frames, step):
    """Writes a motion into an open text file.

    Args:
        file: open for writing text.
        pieces: Hierarchies of one tree whose frames follow each other, `frames` in all.
        step: seconds between two frames.
    """
    for n, piece in enumerate(pieces):
        if n == 0:
            _write_head(file, piece, frames, step)
        columns = [piece.root_position] + [piece.rotations[name] for name in piece.names if name not in piece.ends]
        np.savetxt(file, np.concatenate(columns, 1), "%.6f")


def _write_head(file, hierarchy, frames, step):
    """Writes everything above the frames."""
    lines = ["HIERARCHY"]
    open_nodes = []
    for name, parent, offset in zip(hierarchy.names, hierarchy.parents, hierarchy.offsets):
        while open_nodes and open_nodes[-1] != parent:
            open_nodes.pop()
            lines.append("\t" * len(open_nodes) + "}")
        indent = "\t" * len(open_nodes)
        end = name in hierarchy.ends
        lines.append(indent + ("End Site" if end else f"ROOT {name}" if parent is None else f"JOINT {name}"))
        lines.append(indent + "{")
        lines.append(indent + "\tOFFSET " + " ".join(f"{value:.6f}" for value in offset))
        if not end:
            rotations = " ".join(f"{axis}rotation" for axis in hierarchy.orders[name])
            place = "6 Xposition Yposition Zposition" if parent is None else "3"
            lines.append(f"{indent}\tCHANNELS {place} {rotations}")
        open_nodes.append(name)
    while open_nodes:
        open_nodes.pop()
        lines.append("\t" * len(open_nodes) + "}")
    lines += ["MOTION", f"Frames: {frames}", f"Frame Time: {step:.9f}"]
    file.write("\n".join(lines) + "\n")


def parse_hierarchy(text):
    """A Hierarchy and its frame step [s] of a file's text; an end site takes the name "<parent>_end".

    Raises:
        SkeletonError: text that is not a whole BVH file.
    """
    words = iter(text.split())
    names, parents, offsets, ends, orders, channels = [], [], [], [], {}, []
    open_nodes = []
    try:
        if next(words).upper() != "HIERARCHY":
            raise SkeletonError("no BVH file: it does not begin with HIERARCHY")
        for word in words:
            if word in ("ROOT", "JOINT", "End"):
                if (word == "ROOT") == bool(open_nodes) or (word == "ROOT" and names):
                    raise SkeletonError(f"BVH with {word} outside one tree: wanted one root and all nodes below it")
                parent = open_nodes[-1] if open_nodes else None
                name = next(words)
                if word == "End":
                    name = f"{parent}_end"
                    ends.append(name)
                names.append(name)
                parents.append(parent)
                open_nodes.append(name)
            elif word == "OFFSET":
                offsets.append([float(next(words)) for _ in range(3)])
            elif word == "CHANNELS":
                kinds = [next(words).lower() for _ in range(int(next(words)))]
                channels += [(open_nodes[-1], kind) for kind in kinds]
                orders[open_nodes[-1]] = "".join(kind[0].upper() for kind in kinds if kind.endswith("rotation"))
            elif word == "}":
                open_nodes.pop()
            elif word == "MOTION":
                break
        next(words)
        frames = int(next(words))
        next(words), next(words)
        step = float(next(words))
        values = np.array([float(word) for word in words])
    except (StopIteration, ValueError, IndexError) as error:
        raise SkeletonError("no BVH file: it breaks off or holds a word where a number belongs") from error
    if len(values) != frames * len(channels):
        raise SkeletonError(f"BVH with {len(values)} numbers: wanted {frames} frames of {len(channels)} channels")
    crowded = [node for node, order in orders.items() if len(order) > 3]
    if crowded:
        raise SkeletonError(f"BVH with {len(orders[crowded[0]])} rotation channels on {crowded[0]}: wanted at most 3")
    values = values.reshape(frames, len(channels))
    place = np.zeros((frames, 3))
    rotations = {name: np.zeros((frames, 3)) for name in orders}
    filled = dict.fromkeys(orders, 0)
    for column, (node, kind) in zip(values.T, channels):
        if kind.endswith("position"):
            if node == names[0]:
                place[:, "xyz".index(kind[0])] = column
        else:
            rotations[node][:, filled[node]] = column
            filled[node] += 1
    shifted = tuple({node: None for node, kind in channels if kind.endswith("position") and node != names[0]})
    return Hierarchy(tuple(names), tuple(parents), np.array(offsets), tuple(ends), orders, place, rotations,
                     shifted), step


def place_nodes(hierarchy):
    """Rotations (T, nodes, 3, 3) and positions (T, nodes, 3) of every node in the file's world."""
    frames = len(hierarchy.root_position)
    rotations = np.tile(np.eye(3), (frames, len(hierarchy.names), 1, 1))
    positions = np.zeros((frames, len(hierarchy.names), 3))
    for n, (name, parent, offset) in enumerate(zip(hierarchy.names, hierarchy.parents, hierarchy.offsets)):
        if parent is None:
            positions[:, n] = hierarchy.root_position
        else:
            above = hierarchy.names.index(parent)
            rotations[:, n] = rotations[:, above]
            positions[:, n] = positions[:, above] + rotations[:, above] @ offset
        for axis, angle in zip(hierarchy.orders.get(name, ""), np.radians(hierarchy.rotations.get(name, ())).T):
            rotations[:, n] = rotations[:, n] @ axis_rotation(np.eye(3)["XYZ".index(axis)], angle)
    return rotations, positions
