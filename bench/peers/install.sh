#!/usr/bin/env bash
# Installs the peers that `npm run bench` measures. Each has an environment of its own, since they need different MCP SDKs.
set -euo pipefail
cd "$(dirname "$0")"

install() { # NAME REQUIREMENT...
  local folder=".venv/$1"
  shift
  "${PYTHON:-python3}" -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
}

install fastmcp 'fastmcp[tasks]==4.1.2' 'mcp==2.3.0' 'pydocket==0.27.0' 'redis==8.1.0'
install mcp-agent 'mcp-agent[temporal]==0.2.6' 'mcp==1.30.0' 'temporalio==1.35.0'
