# make run    opens the window (without a screen: the same job in the terminal)
# make test   lint, types and the whole suite
# Both install what is missing first, on a machine with only Python 3.11+ and make.

PYTHON ?= python3
VENV ?= .venv
PHOTO ?=
MUSIC ?=
OUT ?= out

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Debian and Ubuntu, as NEED:PACKAGE. What Qt's X11 platform and PortAudio load at run time.
RUN_NEEDS := libportaudio.so.2:libportaudio2 libglib-2.0.so.0:libglib2.0-0 libEGL.so.1:libegl1 \
	libGL.so.1:libgl1 libdbus-1.so.3:libdbus-1-3 libfontconfig.so.1:libfontconfig1 \
	libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 \
	libxcb-icccm.so.4:libxcb-icccm4 libxcb-image.so.0:libxcb-image0 \
	libxcb-keysyms.so.1:libxcb-keysyms1 libxcb-randr.so.0:libxcb-randr0 \
	libxcb-render-util.so.0:libxcb-render-util0 libxcb-shape.so.0:libxcb-shape0 \
	libxcb-xkb.so.1:libxcb-xkb1
# The tests play to a null sink in real time. PyInstaller looks into libraries with objdump, and
# takes libpython along, which Debian's own Python leaves to a package of its own.
TEST_NEEDS = $(RUN_NEEDS) pulseaudio:pulseaudio parec:pulseaudio-utils \
	libasound_module_pcm_pulse.so:libasound2-plugins objdump:binutils $(LIBPYTHON)
LIBPYTHON = $(shell $(PYTHON) -c 'import sys; v = "%d.%d" % sys.version_info[:2]; \
	print(f"libpython{v}.so.1.0:libpython{v}" if sys.base_prefix == "/usr" else "")')

.PHONY: run test lint check-python system-run system-test lock installer translations demo-album pictures clean

run: system-run $(VENV)/.run
	@if [ "$$(uname)" = Linux ] && [ -z "$$DISPLAY$$WAYLAND_DISPLAY" ]; then \
		echo "There is no screen here, so MISO does the same job in the terminal."; \
		mkdir -p "$(OUT)"; \
		$(BIN)/miso demo $(if $(PHOTO),--photo "$(PHOTO)") $(if $(MUSIC),--music "$(MUSIC)") \
			--picture "$(OUT)/window.png"; \
	else \
		$(BIN)/miso window $(if $(PHOTO),"$(PHOTO)") $(if $(MUSIC),--music "$(MUSIC)"); \
	fi

test: system-test $(VENV)/.dev lint
	$(BIN)/python -m pytest $(PYTEST)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet -c requirements.lock -e .
	@touch $@

$(VENV)/.dev: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) install --quiet -c requirements.lock -e ".[dev]"
	@touch $@ $(VENV)/.run

$(BIN)/python: | check-python
	$(PYTHON) -m venv $(VENV)

check-python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "MISO needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }

system-run:
	@$(call system_packages,$(RUN_NEEDS))

system-test:
	@$(call system_packages,$(TEST_NEEDS))

# Install Debian packages where we may; else print the line to type and go on. A need is a
# library (*.so*) or a command; packages change their names, these do not.
define system_packages
command -v dpkg >/dev/null 2>&1 || exit 0; \
PATH="$$PATH:/usr/sbin:/sbin"; libraries=$$(ldconfig -p; ls /usr/lib/*/alsa-lib 2>/dev/null); missing=; \
for need in $(1); do \
	name=$${need%%:*}; \
	case $$name in \
		*.so*) case $$libraries in *$$name*) continue;; esac;; \
		*) command -v $$name >/dev/null 2>&1 && continue;; \
	esac; \
	missing="$$missing $${need#*:}"; \
done; \
$(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
[ -n "$$missing" ] || exit 0; \
if [ "$$(id -u)" = 0 ]; then \
	echo "Installing$$missing"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
else \
	echo "Some system libraries are missing. Type:"; \
	echo "    sudo apt-get install -y$$missing"; \
fi
endef

# Versions are chosen afresh from pyproject.toml; look at the difference before committing it.
lock: $(VENV)/.dev
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --all-extras --upgrade --no-annotate \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

installer: $(VENV)/.dev
	$(BIN)/pyinstaller --noconfirm --clean build_installer.spec

translations: $(VENV)/.dev
	$(BIN)/pybabel extract --keywords phrase --keywords tr --keywords trn:1,2 --no-wrap --no-location --sort-by-file \
		--project MISO --copyright-holder "the MISO contributors" --output resources/translations/miso.pot miso_desktop
	$(BIN)/pybabel update --domain miso --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date \
		--input-file resources/translations/miso.pot --output-dir resources/translations

demo-album: $(VENV)/.run
	$(BIN)/python -m miso_desktop.demo.render --out resources/demo/album

# The README's pictures, with the music playing to a null sink.
pictures: system-test $(VENV)/.dev
	$(BIN)/python -m tests.sound $(BIN)/python -m miso_desktop.ui.portrait --suffix jpg --out $(OUT)/pictures
	mkdir -p resources/pictures
	for state in empty-light scanning-light reading-light playing-dark library-dark; do \
		cp "$(OUT)/pictures/$$state.jpg" resources/pictures/; \
	done

clean:
	rm -rf $(VENV) build dist $(OUT)
