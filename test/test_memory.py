"""Blocks of one image serve the next."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
from mocap_ros.pipeline.memory import keep_large_blocks

def pages_fetched(images=20):
    for number in range(images):
        if number == 2:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        np.ones((3, 720, 1280), np.uint8)
        np.ones((3, 720, 1280), np.float32)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

assert keep_large_blocks()
print(pages_fetched())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_no_page_is_fetched_again_for_the_next_image():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 100  # pages in 18 images of 3375 pages each
