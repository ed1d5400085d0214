"""The 3D encoding of each keypoint, read out of Stage I's maps where the keypoint was found (thesis Sec. 6.3.1)."""

import numpy as np


def read_encodings(encodings, cells):
    """Encoding vectors at keypoints, between cells by bilinear interpolation.

    Args:
        encodings: parent-relative bone vectors [m], (J, 3, h, w).
        cells: keypoint positions (column, row) in map cells, (P, K, 2); NaN where not seen.

    Returns:
        (P, K, J, 3) float32; zeros where not seen.
    """
    joints, _, rows, columns = encodings.shape
    seen = np.isfinite(cells).all(-1)
    position = np.clip(cells[seen], 0, [columns - 1, rows - 1])  # (N, 2)
    low = np.minimum(position.astype(int), [max(columns - 2, 0), max(rows - 2, 0)])
    across, down = (position - low).astype(np.float32).T
    (x, y), (x1, y1) = low.T, np.minimum(low + 1, [columns - 1, rows - 1]).T
    corners = np.concatenate([y, y, y1, y1]) * columns + np.concatenate([x, x1, x, x1])
    weights = np.stack([(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down])  # (4, N)
    maps = encodings.reshape(joints * 3, rows * columns)
    values = maps.take(corners, axis=1).reshape(joints * 3, 4, len(x))
    read = np.zeros(seen.shape + (joints * 3,), np.float32)
    read[seen] = (values * weights).sum(1).T
    return read.reshape(seen.shape + (joints, 3))
