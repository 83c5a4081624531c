# shellcheck shell=bash
# The Debian 12 packages that herald needs, and how the scripts install them.
# Sourced by ./run and ./test.

# shellcheck disable=SC2034 # read by the scripts that source this file
build_packages=(
  g++ cmake ninja-build ccache pkg-config
  libcaf-dev libboost1.81-dev libboost-url1.81-dev librocksdb-dev
  nlohmann-json3-dev libsimdjson-dev libspdlog-dev libcli11-dev libssl-dev
  libxml2-dev zlib1g-dev prometheus-cpp-dev libjemalloc-dev
  libgtest-dev libgmock-dev libbenchmark-dev
)

# shellcheck disable=SC2034
test_packages=(
  curl openssl strace wrk redis-server
  php-cli php-curl php-pubsubhubbub-publisher
  prosody prosody-modules
  clang-format universal-ctags
)

# Node.js often comes from elsewhere; what is there already is good.
command -v node >/dev/null || test_packages+=(nodejs)
command -v npm >/dev/null || test_packages+=(npm)

say() {
  echo "herald: $*" >&2
}

die() {
  say "$*"
  exit 1
}

# The names among the arguments that are not installed, one a line.
missing_packages() {
  local installed
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" \
    2>/dev/null | sed -n 's/ installed$//p' || true)
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$installed")
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "not root and no sudo; please run as root: $*"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}

# Installs what is missing of the named packages; silent if nothing is.
install_packages() {
  command -v apt-get >/dev/null \
    || die "no apt-get here; this needs Debian 12 and the packages: $*"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  apt update
  apt install --no-install-recommends "${missing[@]}"
}

# quietly WHAT COMMAND...: says what it does; shows the output only if it fails.
quietly() {
  local what=$1 log status=0
  shift
  log=$(mktemp)
  say "$what"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  [ "$status" -eq 0 ] || cat "$log" >&2
  rm -f "$log"
  [ "$status" -eq 0 ] || die "$what: failed"
}

# install_modules WHAT FOLDER: the npm packages that the folder's lock names.
install_modules() {
  [ "$2/node_modules/.package-lock.json" -nt "$2/package-lock.json" ] \
    || quietly "installing $1" \
      npm ci --prefix "$2" --ignore-scripts --no-audit --no-fund
}

# build_preset PRESET [TARGET...]: configures once and builds the targets, or
# what the preset names; ninja notices what is to be done.
build_preset() {
  local preset=$1 what="bringing the build up to date ($1)" marker
  shift
  marker=build/$preset/.built
  [ -f "build/$preset/build.ninja" ] \
    || quietly "configuring ($preset)" cmake --preset "$preset"
  [ -f "$marker" ] || what="building ($preset); this takes some minutes"
  quietly "$what" cmake --build --preset "$preset" ${1:+--target "$@"}
  touch "$marker"
}
