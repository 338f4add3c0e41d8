#!/usr/bin/env bash
# The command-line program. Builds itself when its sources changed, then starts: ./microtome --help
set -euo pipefail
CALLER=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$ROOT"
. .mvn/launch.sh
if [ -t 1 ] && [ -z "${COLUMNS:-}" ] && COLUMNS=$(tput cols 2>/dev/null); then
  export COLUMNS # how wide tables may be
fi
launch microtome-cli dev.microtome.cli.Main "$@"
