"""In which numbers a network's forward pass is computed."""

from contextlib import nullcontext

import torch

PRECISIONS = "auto", "bf16", "fp32"


def autocast(precision, device):
    """Function that makes the context for forward passes.

    Args:
        precision: bf16, fp32, or auto: bf16 where the machine multiplies it natively.
        device: torch.device.
    """
    native = device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
    if precision == "fp32" or (precision == "auto" and not native):
        return nullcontext
    return lambda: torch.autocast(device.type, torch.bfloat16)
