#!/bin/sh
# Installs the Debian packages that are named and missing. On systems without
# apt it says which are missing, and lets the build tell what it cannot find.
set -eu
if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "This is not Debian: please see to it that the libraries behind these packages are there: $*" >&2
  exit 0
fi
missing=""
for p in "$@"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "Installing:$missing"
run=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 || { echo "Please run as root: apt-get install$missing" >&2; exit 1; }
  run=sudo
fi
$run env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
