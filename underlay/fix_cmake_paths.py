"""Points the ROS wheels' CMake files at this Python instead of the one that built the wheels.

The wheels' exported targets name /opt/python/cp3XX-cp3XX, a path of the build machine; CMake refuses include
directories that do not exist.
"""

from pathlib import Path
import re
import sys
import sysconfig

BUILD_MACHINE = re.compile(r"/opt/python/cp\d+-cp\d+/(include/python3\.\d+|lib/python3\.\d+/site-packages)")


def fix(prefix):
    """Number of CMake files below `prefix`/share that were rewritten."""
    here = {"include": sysconfig.get_path("include"), "lib": sysconfig.get_path("purelib")}
    rewritten = 0
    for path in Path(prefix, "share").rglob("*.cmake"):
        text = path.read_text()
        fixed = BUILD_MACHINE.sub(lambda match: here[match[1].split("/")[0]], text)
        if fixed != text:
            path.write_text(fixed)
            rewritten += 1
    return rewritten


if __name__ == "__main__":
    print(fix(sys.prefix), "CMake files rewritten")
