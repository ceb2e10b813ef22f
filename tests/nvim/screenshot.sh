#!/bin/sh
# screenshot.sh [NVIM [OUT]]: what the plugin draws, in a real terminal. Neovim runs under a tmux of its own against
# tests/nvim/scripted_lsp.py; each scene goes to OUT/<scene>.txt and, where aha and chromium are installed, to
# OUT/<scene>.png. OUT is target/nvim-screenshots by default. Needs tmux and python3; exit 77 without them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)
nvim=$(realpath "${1:-$("$here/get.sh" sid)}")
out=$(realpath -m "${2:-$checkout/target/nvim-screenshots}")
for tool in tmux python3; do
    command -v $tool >/dev/null || { echo "screenshot.sh: $tool is not installed" >&2; exit 77; }
done
mkdir -p "$out"
state=$(mktemp -d "${TMPDIR:-/tmp}/tollgate-nvim.XXXXXX")
terminal="tmux -L tollgate-$$ -f /dev/null"
trap '$terminal kill-server 2>/dev/null || true; rm -rf "$state"' EXIT

mkdir -p "$state/shop/.git" "$state/shop/.tollgate/tickets"
echo 'ref: refs/heads/main' >"$state/shop/.git/HEAD"
cat >"$state/shop/.tollgate/tickets/T-1.md" <<'TICKET'
# T-1 Round order totals
The total of an order is rounded half to even, once, at the end.

FAIL gate of pass spec: AC-1 has no measurable criterion
NEAR the budget of this ticket is 80 % spent
WAIT the design waits for a decision of @product
STALE docs/contracts/orders.md is older than the code it describes
TICKET
cat >"$state/init.lua" <<INIT
vim.opt.runtimepath:prepend('$checkout/editors/nvim')
vim.o.number, vim.o.signcolumn, vim.o.swapfile, vim.o.laststatus, vim.o.termguicolors = true, 'yes', false, 2, true
vim.o.statusline = "%f %m%=%{v:lua.require'tollgate'.statusline()} "
vim.diagnostic.config({ virtual_text = true })
require('tollgate').setup({ cmd = { 'python3', '$here/scripted_lsp.py' } })
INIT

wait_for() { # TEXT
    tries=0
    until $terminal capture-pane -p 2>/dev/null | grep -qF "$1"; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! $terminal has-session 2>/dev/null; then
            echo "screenshot.sh: never saw: $1" >&2
            $terminal capture-pane -p >&2 || true
            exit 1
        fi
        sleep 0.05
    done
}

scene() { # NAME TEXT-TO-WAIT-FOR [KEYS…]
    name=$1 text=$2
    shift 2
    for keys in "$@"; do $terminal send-keys "$keys"; done
    wait_for "$text"
    $terminal capture-pane -pe >"$state/$name.ansi"
    sed "s/$(printf '\033')\[[0-9;:]*m//g; s/$(printf '\016')//g; s/$(printf '\017')//g" "$state/$name.ansi" >"$out/$name.txt"
    echo "== $name"
    cat "$out/$name.txt"
    if command -v aha >/dev/null && command -v chromium >/dev/null; then
        aha --style 'background:#14161b;color:#e0e2ea' --title "$name" <"$state/$name.ansi" >"$state/$name.html"
        chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=900,480 \
            --screenshot="$out/$name.png" "file://$state/$name.html" >/dev/null 2>&1 || echo "# no $name.png" >&2
    fi
}

export LANG=C.UTF-8 XDG_CONFIG_HOME="$state/config" XDG_STATE_HOME="$state/state" XDG_DATA_HOME="$state/data"
# The terminal has colours, whatever the one that started this has.
$terminal new-session -d -x 110 -y 24 "cd '$state/shop' && TERM=tmux-256color '$nvim' -u '$state/init.lua' -i NONE .tollgate/tickets/T-1.md"
scene ticket 'scripted STALE'
scene review 'TollgateAllow' ':Tollgate review' Enter
scene allowed 'is now reviewed' ':TollgateAllow' Enter
scene reject 'reason:' ':q' Enter ':Tollgate reject T-1 spec' Enter
scene explain 'next: spec, because' Escape q ':Tollgate explain' Enter
scene confirm 'Run pass spec of T-1 for' q ':Tollgate run T-slow spec' Enter
scene running 'running spec' '1' Enter Enter
scene health 'version' ':checkhealth tollgate' Enter
