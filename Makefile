# The two commands of the README. Everything they need is installed by tools/setup.
.PHONY: demo test setup
JOBS ?= $(shell nproc)

setup:
	@tools/setup

demo: setup
	@cmake --preset dev --log-level=WARNING
	@cmake --build --preset dev --target kyclops -j $(JOBS)
	@build/dev/src/kyc/cli/kyclops demo --out demo

test: setup
	@cmake --preset dev --log-level=WARNING
	@cmake --build --preset dev -j $(JOBS)
	@ctest --preset dev -j $(JOBS)
