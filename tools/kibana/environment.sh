#!/usr/bin/env bash
# Makes .make/kibana, in which the boards are compiled and linted. The compiler needs Python 3.12 or newer, and no package
# registry has one for Debian 12: one that is on this machine is used. Without it the boards are taken as they were
# committed; in CI that is a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
lock=tools/kibana/requirements-kibana.lock

# The path of a Python that is new enough. A name on PATH may be a shim that only complains, so each is run.
find_python() {
  local python
  for python in python3.12 python3.13 python3.14 python3 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && { command -v "$python"; return; }
  done
}

[ .make/kibana/done -nt $lock ] && exit 0
python=$(find_python || true)
if [ -z "$python" ]; then
  echo "no Python 3.12 or newer: the Kibana boards are neither recompiled nor linted"
  [ "${CI:-}" = true ] && exit 1 || exit 0
fi
uv=.make/uv/bin/uv
$uv venv -q --clear --python "$python" .make/kibana
if [ -n "${WHEELS:-}" ]; then from=(--no-index --find-links "$WHEELS"); else from=(); fi
$uv pip install -q --python .make/kibana/bin/python "${from[@]}" --require-hashes -r $lock
touch .make/kibana/done
