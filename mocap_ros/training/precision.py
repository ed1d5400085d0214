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
    if precision == "fp32" or (precision == "auto" and not multiplies_bf16(device)):
        return nullcontext
    return lambda: torch.autocast(device.type, torch.bfloat16)


def multiplies_bf16(device):
    """Whether a torch.device multiplies bfloat16 natively; elsewhere it is several times slower than float32."""
    return device.type == "cuda" or torch.ops.mkldnn._is_mkldnn_bf16_supported()
