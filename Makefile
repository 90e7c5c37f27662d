# The two commands of the README are `make demo` and `make test`. tools/setup installs what they need; it does nothing
# where everything is there.
JOBS ?= $(shell nproc)
PREFIX ?= $(CURDIR)/install

.PHONY: help setup build demo test check install clean

help:
	@echo "make demo      install what is missing, build, and run the main job on real sample media"
	@echo "make test      install what is missing, build, and run the tests"
	@echo "make build     install what is missing, and build everything"
	@echo "make check     format, layers and clang-tidy on what changed"
	@echo "make install   build what is released, and install it into PREFIX (now $(PREFIX))"
	@echo "make clean     remove what was built; what tools/setup fetched stays"

setup:
	@tools/setup

build: setup
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev -j $(JOBS)

demo: setup
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev --target kyclops -j $(JOBS)
	@build/dev/src/kyc/cli/kyclops demo --out demo

test:
	@tools/setup --train
	@$(MAKE) --no-print-directory build
	@ctest --preset dev -j $(JOBS)

check:
	@tools/setup --check
	@cmake --preset dev --log-level=WARNING >/dev/null
	@tools/check

install: setup
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build --preset release -j $(JOBS)
	@cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build demo install
