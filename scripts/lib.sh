# Shared by the scripts: pinned versions, folders, where the tools are. Sourced, never run.
# shellcheck shell=bash disable=SC2034

rust_contracts=1.85.0    # ink! 5 contracts and contracts-node do not build with a newer Rust
rust_reference='1.85.0 (4d91de4e4 2025-02-17)' # what the compiler of compared code calls itself (scripts/setup)
contract_recipe=2        # to be raised when the way in which contracts are built changes
rust_host=1.88           # oldest Rust for everything that runs on the host
cargo_contract_version=5.0.3
mdbook_version=0.4.52     # makes the site of the pages
node_version=0.42.0
debian_rust='1.85.0+dfsg3-1~deb12u3'
debian_lld=lld-19         # the LLVM of that Rust

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${BREAKWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/breakwater}
cargo_home=${CARGO_HOME:-$HOME/.cargo}
contract_bin=$cache/contract-toolchain/bin
contract_target=$cache/target-contracts

# Host builds live outside the checkout, so a fresh clone does not start from nothing.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
# Host code reads compiled contracts from here.
export BREAKWATER_CONTRACTS=${BREAKWATER_CONTRACTS:-$repo/target/contracts}

export CARGO_FUTURE_INCOMPAT_REPORT_FREQUENCY=never # cargo's advice on other people's crates

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
bad_usage() { printf '%s: %s (see --help)\n' "${0##*/}" "$*" >&2; exit 2; }

# The header comment of the calling script is its help text.
usage() { sed -n '2,/^[^#]/s/^#$//p; 2,/^[^#]/s/^# //p' "$0"; }

# For scripts without arguments of their own.
no_arguments() {
  case ${1:-} in
    '') ;;
    -h | --help) usage; exit 0 ;;
    *) bad_usage "unknown argument '$1'" ;;
  esac
}

# 75 -> 1:15
duration() { printf '%d:%02d' $(($1 / 60)) $(($1 % 60)); }

have() { command -v "$1" >/dev/null 2>&1; }

# Installs Debian packages, as root or by sudo; fails quietly where that cannot be done.
apt_install() {
  local sudo=()
  have apt-get || return 1
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    sudo=(sudo -n)
  fi
  mkdir -p "$cache"
  say "installing Debian packages: $*"
  local get=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends)
  "${get[@]}" install "$@" >"$cache/apt.log" 2>&1 </dev/null && return
  { "${get[@]}" update && "${get[@]}" install "$@"; } >"$cache/apt.log" 2>&1 </dev/null && return
  tail -n 5 "$cache/apt.log" >&2
  return 1
}

# --- the contract toolchain --------------------------------------------------------------------

# Whether folder $1 (a Rust's bin) holds the contract toolchain, with clippy and the std sources.
is_contract_toolchain() {
  local tool
  for tool in cargo rustc rustdoc cargo-clippy clippy-driver; do
    [ -x "$1/$tool" ] || return 1
  done
  [ -f "$1/../lib/rustlib/src/rust/library/Cargo.toml" ] || return 1
  compgen -G "$1/../lib/rustlib/*/bin/rust-lld" >/dev/null || [ -x "$1/$debian_lld" ] || return 1
  case $("$1/rustc" --version) in "rustc $rust_contracts "*) ;; *) return 1 ;; esac
  case $("$1/cargo" --version) in "cargo $rust_contracts "*) ;; *) return 1 ;; esac
}

# Prints the bin folder of the contract toolchain: rustup's, or the distribution's.
find_contract_toolchain() {
  local bin
  for bin in "${RUSTUP_HOME:-$HOME/.rustup}/toolchains/$rust_contracts"-*/bin /usr/bin; do
    if is_contract_toolchain "$bin"; then
      printf '%s\n' "$bin"
      return
    fi
  done
  return 1
}

# Runs a command with the contract toolchain, and nothing of another one, in reach.
with_contract_toolchain() {
  local path=$contract_bin:$PATH
  # cargo looks for subcommands in its home first, unless PATH names that folder itself.
  case :$path: in *:"$cargo_home/bin":*) ;; *) path=$path:$cargo_home/bin ;; esac
  env -u RUSTUP_TOOLCHAIN -u RUSTC -u RUSTDOC -u RUSTC_WRAPPER -u RUSTC_WORKSPACE_WRAPPER \
    -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET -u INK_STATIC_BUFFER_SIZE \
    PATH="$path" CARGO="$contract_bin/cargo" CARGO_TARGET_DIR="$contract_target" \
    BREAKWATER_RLIBC="$repo/crates/rlibc" \
    CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=fallback "$@"
}

# --- what is built ---------------------------------------------------------------------------------

# The entries of the lock file that package $1 depends on, itself included, in their order.
locked() {
  awk -v root="$1" '
    BEGIN { RS = ""; FS = "\n" }
    function field(key,   i) {
      for (i = 1; i <= NF; i++) if (index($i, key " = \"") == 1) return substr($i, length(key) + 5, length($i) - length(key) - 5)
    }
    $1 == "[[package]]" {
      name = field("name"); version = field("version")
      text[name " " version] = $0; order[++count] = name " " version
      latest[name] = name " " version
      within = 0; list = ""
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^dependencies = \[/) { within = 1; continue }
        if ($i == "]") within = 0
        if (within) { gsub(/[",]/, "", $i); sub(/^ +/, "", $i); list = list $i "\n" }
      }
      needs[name " " version] = list
    }
    END {
      queue[last = 1] = latest[root]; seen[latest[root]] = 1
      for (next_up = 1; next_up <= last; next_up++) {
        parts = split(needs[queue[next_up]], each, "\n")
        for (i = 1; i <= parts; i++) {
          if (each[i] == "") continue
          key = each[i] in latest ? latest[each[i]] : each[i]
          sub(/ \(.*/, "", key)
          if (!(key in seen)) { seen[key] = 1; queue[++last] = key }
        }
      }
      for (i = 1; i <= count; i++) if (order[i] in seen) print text[order[i]] "\n"
    }' "$repo/Cargo.lock"
}

# --- tools --------------------------------------------------------------------------------------

# Prints cargo-contract's path: $CARGO_CONTRACT, PATH or cache, in the pinned version only.
find_cargo_contract() {
  local tool
  [ -z "${CARGO_CONTRACT:-}" ] || [ -x "$CARGO_CONTRACT" ] ||
    die "CARGO_CONTRACT is not a program: $CARGO_CONTRACT"
  for tool in "${CARGO_CONTRACT:-}" "$(command -v cargo-contract || true)" "$cache/bin/cargo-contract"; do
    [ -x "$tool" ] || continue
    case $("$tool" --version 2>/dev/null) in
      "cargo-contract $cargo_contract_version-"*) printf '%s\n' "$tool"; return ;;
    esac
    [ "$tool" != "${CARGO_CONTRACT:-}" ] ||
      die "CARGO_CONTRACT is not cargo-contract $cargo_contract_version: $tool"
  done
  return 1
}

# Prints the node's path: $CONTRACTS_NODE, PATH or cache.
find_node() {
  local node
  [ -z "${CONTRACTS_NODE:-}" ] || [ -x "$CONTRACTS_NODE" ] ||
    die "CONTRACTS_NODE is not a program: $CONTRACTS_NODE"
  for node in "${CONTRACTS_NODE:-}" "$(command -v substrate-contracts-node || true)" \
    "$cache/bin/substrate-contracts-node"; do
    if [ -n "$node" ] && [ -x "$node" ]; then
      printf '%s\n' "$node"
      return
    fi
  done
  return 1
}

# Checkouts share a target folder, and cargo judges freshness by file times alone: when another
# checkout built last, its versions of our crates are thrown away, with the test programs linked from
# them, which would fill the disk (dependencies stay).
claim_target_dir() {
  local mark=$CARGO_TARGET_DIR/.breakwater-checkout deps
  mkdir -p "$CARGO_TARGET_DIR"
  if [ -f "$mark" ] && [ "$(cat "$mark")" != "$repo" ]; then
    find "$CARGO_TARGET_DIR" \( -path '*/.fingerprint/breakwater[-_]*' -o -path '*/.fingerprint/rlibc-*' \) \
      -prune -exec rm -rf {} +
    for deps in "$CARGO_TARGET_DIR"/*/deps; do
      find "$deps" -maxdepth 1 -type f \
        \( -name '*breakwater[-_]*' -o -perm -u+x ! -name '*.so' \) -delete
    done
  fi
  printf '%s\n' "$repo" >"$mark"
  need_disk
}

# Building everything takes some 18 GB. A full disk fails in places that do not say why.
need_disk() {
  local free_mb
  free_mb=$(df -Pm "$CARGO_TARGET_DIR" | awk 'NR == 2 { print $4 }')
  [ "$free_mb" -ge 2000 ] ||
    die "$free_mb MB of disk are left for $CARGO_TARGET_DIR: building takes up to 18 GB. Empty it, or set BREAKWATER_CACHE"
}

# --- host builds --------------------------------------------------------------------------------

# A cargo that can build this, or what to do: before anything is announced.
need_rust() {
  local version
  have cargo || die "cargo is missing: install stable Rust, $rust_host or newer, with rustup (https://rustup.rs)"
  version=$(cargo --version) || die "cargo does not run"
  version=${version#cargo }
  version=${version%% *}
  [ "$(printf '%s\n' "$rust_host" "$version" | sort -V | head -n 1)" = "$rust_host" ] ||
    die "cargo on PATH is $version, $rust_host or newer is needed: rustup update stable && rustup default stable"
}

# Says what is about to be built, how large it is and how long that usually takes, if much of it is
# missing. Arguments: what, crates, time.
announce() {
  local built
  built=$({ find "$CARGO_TARGET_DIR/debug/.fingerprint" -maxdepth 1 -mindepth 1 || true; } 2>/dev/null | wc -l)
  [ "$built" -ge "$2" ] ||
    say "building $1: $2 crates, $3 on 2 cores the first time, seconds later" >&2
}

# Builds the command-line tool; its path is $CARGO_TARGET_DIR/debug/breakwater. Naming a test
# target, the smallest there is, makes cargo choose dependency features as it does for the tests:
# without it, hardly anything compiled for the tests would serve here, and the other way round.
build_cli() {
  need_rust
  claim_target_dir
  announce "the command-line tool" 480 'six minutes'
  cargo build --locked --manifest-path "$repo/Cargo.toml" --workspace --bins --test bytes
}

# Builds program $2 of package $1 alone: $3 crates in $4.
build_tool() {
  need_rust
  claim_target_dir
  announce "$2" "$3" "$4"
  cargo build --locked --manifest-path "$repo/Cargo.toml" -p "$1" --bin "$2"
}
