# The two commands of the README are `make demo` and `make test`. tools/setup installs what they need; it does nothing
# where everything is there.
JOBS ?= $(shell nproc)
PREFIX ?= $(CURDIR)/install

DATA ?= $(CURDIR)/serve
LISTEN ?= 127.0.0.1:8080

.PHONY: help setup build demo serve web test check install clean

help:
	@echo "make demo      install what is missing, build, and run the main job on real sample media"
	@echo "make serve     install what is missing, build program and web pages, and start the service on $(LISTEN)"
	@echo "make test      install what is missing, build, and run the tests"
	@echo "make build     install what is missing, and build everything"
	@echo "make check     format, layers and clang-tidy on what changed"
	@echo "make install   build what is released, and install it into PREFIX (now $(PREFIX))"
	@echo "make clean     remove what was built; what tools/setup fetched and the data of make serve stay"

setup:
	@tools/setup

build: setup
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev -j $(JOBS)

demo: setup
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev --target kyclops -j $(JOBS)
	@build/dev/src/kyc/cli/kyclops demo --out demo

# The service of a developer: its data are kept in DATA; no secret in them is worth anything.
serve: web
	@cmake --preset dev --log-level=WARNING >/dev/null
	@cmake --build --preset dev --target kyclops -j $(JOBS)
	@mkdir -p $(DATA)
	@exec build/dev/src/kyc/cli/kyclops serve --data $(DATA) --listen $(LISTEN)

web:
	@tools/setup --web
	@tools/build_web

test:
	@tools/setup --train --web --browser --oracles
	@tools/build_web
	@$(MAKE) --no-print-directory build
	@ctest --preset dev -j $(JOBS)

check:
	@tools/setup --check
	@cmake --preset dev --log-level=WARNING >/dev/null
	@tools/check

install: web
	@cmake --preset release --log-level=WARNING >/dev/null
	@cmake --build --preset release -j $(JOBS)
	@cmake --install build/release --prefix $(PREFIX)

clean:
	@rm -rf build demo install web/dist
