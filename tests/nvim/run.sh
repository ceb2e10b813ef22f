#!/bin/sh
# run.sh [scripted|e2e]…: the tests of the Neovim plugin, in each Neovim that can be had (Debian's 0.10 and 0.12), or in
# $NVIM alone. One line per check, `ok …` or `not ok …`; the exit code is the result, 77 if nothing could be tried.
#
# scripted  the plugin against tests/nvim/scripted_lsp.py (needs python3)
# e2e       the plugin and the real server ($TOLLGATE_BIN, default target/debug/tollgate) on a copy of fixtures/shop
set -eu
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
[ $# -gt 0 ] || set -- scripted e2e
tried=0
failed=0

one() { # NVIM TEST SECONDS
    state=$(mktemp -d "${TMPDIR:-/tmp}/tollgate-nvim.XXXXXX")
    echo "# $2 in $("$1" --version | head -n 1)"
    # A person's own configuration and state play no part.
    if ! XDG_CONFIG_HOME=$state/config XDG_STATE_HOME=$state/state XDG_DATA_HOME=$state/data \
        XDG_CACHE_HOME=$state/cache NVIM_LOG_FILE=$state/log TMPDIR=$state LANG=C.UTF-8 TOLLGATE_BIN="${TOLLGATE_BIN:-}" \
        timeout "$3" "$1" --headless -u NONE -i NONE -l "$here/$2.lua"; then
        echo "not ok $2 in $1"
        failed=1
    fi
    tried=1
    rm -rf "$state"
}

for test in "$@"; do
    case $test in
    scripted)
        seconds=180
        command -v python3 >/dev/null || { [ "$(id -u)" = 0 ] && apt-get -qq --yes install --no-install-recommends python3 >&2; } ||
            { echo "# skipped: scripted needs python3"; continue; } ;;
    e2e)
        seconds=1500
        TOLLGATE_BIN=${TOLLGATE_BIN:-$checkout/target/debug/tollgate}
        [ -x "$TOLLGATE_BIN" ] || { echo "# skipped: e2e needs $TOLLGATE_BIN (cargo build)"; continue; } ;;
    *) echo "run.sh: there is no test $test" >&2; exit 2 ;;
    esac
    if [ -n "${NVIM:-}" ]; then
        one "$NVIM" "$test" $seconds
        continue
    fi
    for suite in trixie sid; do
        if nvim=$("$here/get.sh" "$suite"); then
            one "$nvim" "$test" $seconds
        else
            echo "# skipped: $test in the Neovim of $suite"
        fi
    done
done
[ $tried = 1 ] || exit 77
exit $failed
