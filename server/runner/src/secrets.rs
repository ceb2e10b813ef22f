//! What no run may reach, wherever it runs: keys and logins of the user, and sockets behind which somebody acts for the
//! user (containers, agents of keys, the desktop). A harness names what it needs of it itself.

use std::path::{Path, PathBuf};

/// Folders that hold the sockets of this machine.
const SOCKETS: [&str; 2] = ["/run", "/var/run"];

/// What stays of them: names of hosts, programs of NixOS, disks of the user.
const NEEDED: [&str; 9] = [
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager/resolv.conf",
    "/run/nscd",
    "/run/current-system",
    "/run/booted-system",
    "/run/wrappers",
    "/run/opengl-driver",
    "/run/media",
];

/// Keys, logins, histories and profiles below the home folder.
const BELOW_HOME: [&str; 63] = [
    // keys and their agents
    ".ssh",
    ".gnupg",
    ".password-store",
    ".1password",
    ".local/share/keyrings",
    ".local/share/kwalletd",
    ".config/op",
    ".config/sops",
    ".config/age",
    ".vault-token",
    ".Xauthority",
    ".ICEauthority",
    // clouds and forges
    ".aws",
    ".azure",
    ".config/gcloud",
    ".config/doctl",
    ".config/hcloud",
    ".config/rclone",
    ".oci",
    ".fly",
    ".kube",
    ".terraform.d",
    ".config/gh",
    ".config/hub",
    ".config/glab-cli",
    ".config/github-copilot",
    ".config/git/credentials",
    ".git-credentials",
    ".netrc",
    // containers
    ".docker",
    ".config/containers",
    ".colima",
    ".lima",
    ".rd",
    ".orbstack",
    // registries and databases
    ".cargo/credentials",
    ".cargo/credentials.toml",
    ".pypirc",
    ".gem/credentials",
    ".pgpass",
    ".my.cnf",
    ".s3cfg",
    ".boto",
    // browsers and mail
    ".mozilla",
    ".thunderbird",
    ".config/google-chrome",
    ".config/chromium",
    ".config/BraveSoftware",
    ".config/microsoft-edge",
    ".config/vivaldi",
    ".config/opera",
    ".cache/mozilla",
    ".cache/google-chrome",
    ".cache/chromium",
    "snap",
    ".var/app",
    // what was typed
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".node_repl_history",
    ".psql_history",
    ".local/share/fish",
    ".lesshst",
];

/// What is masked for every child of this user.
pub(crate) fn masked(home: &Path) -> Vec<PathBuf> {
    let own = BELOW_HOME.iter().map(|name| home.join(name)).filter(|_| home.is_absolute());
    SOCKETS.iter().map(PathBuf::from).chain(own).collect()
}

/// What stays readable of it for every child.
pub(crate) fn needed() -> Vec<PathBuf> {
    NEEDED.iter().map(PathBuf::from).collect()
}
