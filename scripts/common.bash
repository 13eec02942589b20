# Sourced by the other scripts: where the project is, and the steps they share.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Nothing is left outside the clone, unless the user's own cache is set.
export CCACHE_DIR=${CCACHE_DIR:-$root/build/ccache}

# Configure and build the CMake preset $1 (see CMakePresets.json); what follows
# goes to cmake.
configure_and_build() {
  local preset=$1
  shift
  # Presets are looked for in the working directory.
  (cd "$root" && cmake --preset "$preset" "$@")
  cmake --build "$root/build/$preset"
}

# Print the sources that the formatter and the linter look after, NUL between
# them: those in git, and new ones that git doesn't ignore.
sources() {
  git -C "$root" ls-files -z --cached --others --exclude-standard -- "$@"
}
