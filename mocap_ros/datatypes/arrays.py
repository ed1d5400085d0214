"""Arrays of frozen dataclasses: checked once, copied, made read-only."""

import numpy as np


def freeze_arrays(instance, shapes, error, kind=np.float32):
    """Replaces array fields of a frozen dataclass by read-only copies.

    Args:
        instance: the dataclass's instance, in its __post_init__.
        shapes: dict of field name to the shape that it must have.
        error: exception class raised where it has not.
        kind: dtype of the copies.
    """
    for name, shape in shapes.items():
        array = np.array(getattr(instance, name), kind)
        if array.shape != shape:
            raise error(f"{name} of shape {array.shape}: wanted {shape}")
        array.setflags(write=False)
        object.__setattr__(instance, name, array)
