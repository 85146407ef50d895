# shellcheck shell=bash
# shellcheck disable=SC2154  # `repository` comes from environment.sh
# Sourced by scripts/setup after chromium.sh: finds or installs Node.js, and fetches the strict OCPP client of the tests.

node_minimum=18
strict_client=$repository/tests/chargers/ocpp/strict_client

is_wanted_node() {
  type -P npm >/dev/null && type -P node >/dev/null &&
    node -e "process.exit(parseInt(process.versions.node) >= $node_minimum ? 0 : 1)" 2>/dev/null
}

find_node() {
  is_wanted_node && return
  type -P apt-get >/dev/null || fail "no Node.js $node_minimum with npm on PATH, and no apt here to install one"
  local -a as_root=()
  if ((EUID != 0)); then
    sudo --non-interactive true 2>/dev/null ||
      fail "no Node.js, and no right to install one: run 'sudo apt-get install nodejs npm' and then this again"
    as_root=(sudo --non-interactive)
  fi
  say "no Node.js here: apt will install the packages nodejs and npm on this system"
  run_step "apt-get update" with_apt_lock "${as_root[@]}" apt-get update ||
    say "package lists could not be renewed; trying with those that are here"
  run_step "apt-get install nodejs npm" with_apt_lock "${as_root[@]}" \
    env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends nodejs npm ||
    fail "apt could not install Node.js; install it by hand and run this again"
  is_wanted_node || fail "the Node.js of this system is older than $node_minimum; install a newer one"
}

# Exactly what the lock file says, beside it; a second call with nothing changed costs a hash.
fetch_strict_client() {
  local stamp lock
  stamp=$(sha256sum <"$strict_client/package-lock.json")
  if has_strict_client "$stamp"; then
    say "strict OCPP client is current"
    return
  fi
  exec {lock}>"$repository/.strict-client.lock"
  flock --wait 300 "$lock" || fail "another scripts/setup has held the strict client for 5 minutes"
  if ! has_strict_client "$stamp"; then
    run_step "strict OCPP client: npm ci" \
      npm ci --prefix "$strict_client" --ignore-scripts --no-audit --no-fund --no-update-notifier ||
      fail "npm could not fetch the strict client; is its package registry in reach?"
    printf '%s' "$stamp" >"$strict_client/node_modules/.stamp"
  fi
  exec {lock}>&-
}

has_strict_client() { [[ -f $strict_client/node_modules/.stamp && $(<"$strict_client/node_modules/.stamp") == "$1" ]]; }
