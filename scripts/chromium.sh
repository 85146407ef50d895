# shellcheck shell=bash
# Sourced by scripts/setup: finds or installs the Chromium of the browser tests. Sets `chromium`.

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable chrome; do
    if chromium=$(type -P "$name"); then
      say "browser: $chromium"
      return
    fi
  done
  install_chromium
  chromium=$(type -P chromium) || fail "apt installed chromium, but it is not on PATH"
}

install_chromium() {
  local -a as_root=()
  type -P apt-get >/dev/null ||
    fail "no browser: put a chromium or google-chrome on PATH (there is no apt here to install one)"
  if ((EUID != 0)); then
    sudo --non-interactive true 2>/dev/null ||
      fail "no browser, and no right to install one: run 'sudo apt-get install chromium' and then this again"
    as_root=(sudo --non-interactive)
  fi
  say "no browser here: apt will install the package chromium on this system"
  # A fresh image has no package lists; an old one has stale ones.
  run_step "apt-get update" with_apt_lock "${as_root[@]}" apt-get update ||
    say "package lists could not be renewed; trying with those that are here"
  run_step "apt-get install chromium" with_apt_lock "${as_root[@]}" \
    env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends chromium ||
    fail "apt could not install chromium; install it by hand and run this again"
}

# with_apt_lock <command...>: the lists have a lock that apt does not wait for, so ask again while another apt holds it.
with_apt_lock() {
  local deadline=$((SECONDS + 300)) output
  output=$(mktemp)
  until timeout 600 "$@" -o DPkg::Lock::Timeout=300 >"$output" 2>&1; do
    cat "$output"
    if ((SECONDS > deadline)) || ! grep -q 'Could not get lock' "$output"; then
      rm -f "$output"
      return 1
    fi
    sleep 3
  done
  cat "$output"
  rm -f "$output"
}
