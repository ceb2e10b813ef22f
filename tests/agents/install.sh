#!/bin/bash
# install.sh [claude|codex|opencode ...] -- puts the real agent CLIs, at pinned versions, into target/agents/<name>.
# Idempotent: a CLI that already answers --version with the pinned version is left alone. Needs node and npm.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
agents=$root/target/agents
declare -A package=([claude]=@anthropic-ai/claude-code@2.1.328 [codex]=@openai/codex@0.169.0 [opencode]=opencode-ai@1.18.33)

# Claude Code's launcher is a small script that its postinstall replaces by the native binary of the platform. That script
# wants a newer node than Debian has, so the binary of the platform's own package is linked instead.
link_native() {
  local name=$1 native bin=$agents/$1/node_modules/.bin/$1
  case $name in
    claude) native=$(ls -d "$agents"/claude/node_modules/@anthropic-ai/claude-code-linux-*/claude 2>/dev/null | grep -v musl | head -n 1) ;;
    opencode) native=$(ls -d "$agents"/opencode/node_modules/opencode-linux-*/bin/opencode 2>/dev/null | grep -vE 'musl|baseline' | head -n 1) ;;
    *) return 0 ;;
  esac
  [ -n "$native" ] || { echo "$name: no native binary for this platform" >&2; return 1; }
  ln -sf "$native" "$bin"
}

for name in "${@:-claude codex opencode}"; do for name in $name; do
  wanted=${package[$name]##*@} bin=$agents/$name/node_modules/.bin/$name
  if [ -x "$bin" ] && "$bin" --version 2>/dev/null | grep -qF "$wanted"; then echo "$name $wanted is installed"; continue; fi
  mkdir -p "$agents/$name"
  npm install --prefix "$agents/$name" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "${package[$name]}"
  link_native "$name"
  "$bin" --version | grep -qF "$wanted" || { echo "$name does not answer with version $wanted" >&2; exit 1; }
  echo "$name $wanted installed"
done; done
