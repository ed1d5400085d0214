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
    position = np.clip(np.where(seen[..., None], cells, 0), 0, [columns - 1, rows - 1])
    low = np.minimum(position.astype(int), [max(columns - 2, 0), max(rows - 2, 0)])
    fx, fy = np.moveaxis(position - low, -1, 0)  # (P, K) each
    x, y = np.moveaxis(low, -1, 0)
    x1, y1 = np.minimum(x + 1, columns - 1), np.minimum(y + 1, rows - 1)
    maps = encodings.reshape(joints * 3, rows, columns)
    read = (maps[:, y, x] * ((1 - fx) * (1 - fy)) + maps[:, y, x1] * (fx * (1 - fy))
            + maps[:, y1, x] * ((1 - fx) * fy) + maps[:, y1, x1] * (fx * fy))  # (3J, P, K)
    read = np.moveaxis(read * seen, 0, -1)
    return read.reshape(seen.shape + (joints, 3)).astype(np.float32)
