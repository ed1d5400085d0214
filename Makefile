# make demo [VIDEO=path|0|rtsp://...|http://...]   people in a video, through real ROS 2, into demo_output/
# make test                                        every test, real ROS 2 included
# make env | make clean                            only build .venv | remove everything that was built

PYTHON ?= python3
VIDEO ?= demo/people.mp4
OUT ?= demo_output
# further options of `mocap demo`, e.g. ARGS="--real-time --device cpu"
ARGS ?=
# pip's arguments that install PyTorch for the tests, e.g. TORCH="torch --index-url https://download.pytorch.org/whl/cpu"
TORCH ?= torch==2.13.0
TESTS ?= test

# .venv is a ROS prefix of its own; another ROS in the shell must not mix with it.
unexport PYTHONPATH AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH LD_LIBRARY_PATH ROS_DISTRO RMW_IMPLEMENTATION

.PHONY: demo test env clean
.DEFAULT_GOAL := demo

demo: env
	@.venv/bin/mocap demo "$(VIDEO)" --out "$(OUT)" $(ARGS)

test:
	@$(PYTHON) underlay/build_environment.py --test --torch "$(TORCH)"
	@.venv/bin/python -m pytest $(TESTS)

env:
	@$(PYTHON) underlay/build_environment.py

clean:
	rm -rf .venv build install log demo_output
