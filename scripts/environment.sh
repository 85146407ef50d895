# shellcheck shell=bash
# Sourced by the scripts beside it: where things lie, and how a script speaks.
# Leaves the working directory alone; `repository`, `cache` and the functions below are its interface.

# Message catalogues and number formats of the caller's locale must not reach what the scripts parse.
export LC_ALL=C.UTF-8
export PYTHONUTF8=1
# What is compiled is kept. Where an image of a machine forbids that, each worker of the tests and each Home Assistant
# that a story starts would compile all of it anew, and rewrite each assertion.
unset PYTHONDONTWRITEBYTECODE

repository=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck disable=SC2034  # read by the scripts that source this file
cache=${XDG_CACHE_HOME:-${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}/.cache}/ev-sessions
# shellcheck disable=SC2034
environment=$repository/.venv
# shellcheck disable=SC2034
newest_environment=$repository/.venv-newest
# shellcheck disable=SC2034
acnportal_environment=$repository/.venv-acnportal

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# run_step <what it does> <command...>: one line with the seconds when done; the command's output only when it fails.
run_step() {
  local what=$1 log begin=$EPOCHREALTIME
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/ev-sessions.XXXXXX")
  printf '%s: %s … ' "${0##*/}" "$what" >&2
  if "$@" >"$log" 2>&1 </dev/null; then
    printf '%s s\n' "$(seconds_since "$begin")" >&2
    rm -f "$log"
    return 0
  fi
  printf 'failed after %s s\n' "$(seconds_since "$begin")" >&2
  sed 's/^/    /' "$log" >&2
  rm -f "$log"
  return 1
}

# seconds_since <EPOCHREALTIME>: with one decimal.
seconds_since() {
  local micros=$((${EPOCHREALTIME/[.,]/} - ${1/[.,]/}))
  printf '%d.%d' $((micros / 1000000)) $((micros / 100000 % 10))
}

# try_step <what it tries> <command...>: like run_step, for what may fail without harm.
try_step() {
  local what=$1 begin=$EPOCHREALTIME
  shift
  printf '%s: %s … ' "${0##*/}" "$what" >&2
  if "$@" >/dev/null 2>&1 </dev/null; then
    printf '%s s\n' "$(seconds_since "$begin")" >&2
    return 0
  fi
  printf 'not to be had (%s s)\n' "$(seconds_since "$begin")" >&2
  return 1
}
