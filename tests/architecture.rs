//! The invariants of ARCHITECTURE.md that manifests and sources can prove.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test reads the sources it judges")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Names under `[dependencies]` (also per target) of a crate's manifest.
fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(manifest).unwrap();
    let mut section = String::new();
    let mut names = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            continue;
        }
        let wanted = section.ends_with("dependencies") && !section.contains("dev-") && !section.contains("build-");
        let name = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#'));
        names.extend(name.filter(|_| wanted).map(str::to_owned));
    }
    names
}

fn crates() -> BTreeMap<String, BTreeSet<String>> {
    let entries = std::fs::read_dir(root().join("server")).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), dependencies(&path.join("Cargo.toml"))))
        .collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
    found
}

/// Sources of a room: name and code, without comments and without the tests at the end of the file.
fn sources(room: &str) -> Vec<(String, String)> {
    let found = rust_files(&root().join("server").join(room).join("src"));
    assert!(!found.is_empty(), "no sources in {room}: the check would prove nothing");
    let code = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    found.iter().map(|path| (path.strip_prefix(root()).unwrap().to_string_lossy().into_owned(), code(path))).collect()
}

fn all_sources() -> Vec<(String, String)> {
    crates().into_keys().flat_map(|room| sources(&room)).collect()
}

/// `file: word` for every file whose code holds one of the words.
fn holding(files: &[(String, String)], words: &[&str]) -> Vec<String> {
    let hits = |code: &str| {
        words.iter().filter(|word| code.contains(**word)).map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    files.iter().flat_map(|(name, code)| hits(code).into_iter().map(move |word| format!("{name}: {word}"))).collect()
}

const PURE: [&str; 7] = ["ide", "delivery", "docs", "findings", "spec", "syntax", "text"];

#[test]
fn pure_rooms_depend_on_nothing_that_does_io() {
    let busy =
        ["tokio", "notify", "rusqlite", "rustix", "reqwest", "ignore", "landlock", "tower-lsp", "store", "runner"];
    for room in PURE {
        let found: Vec<_> = crates()[room].iter().filter(|name| busy.contains(&name.as_str())).cloned().collect();
        assert!(found.is_empty(), "{room} must stay pure but depends on {found:?}");
    }
}

#[test]
fn pure_rooms_use_no_io_of_the_standard_library() {
    let words = [
        "std::fs",
        "std::process",
        "std::net",
        "env::var",
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "async fn",
    ];
    for room in PURE {
        let found = holding(&sources(room), &words);
        assert!(found.is_empty(), "no I/O, clock or async in pure rooms: {found:?}");
    }
}

#[test]
fn arrows_point_down() {
    let may: BTreeMap<&str, &[&str]> = BTreeMap::from([
        // #region rooms
        ("text", &[][..]),
        ("syntax", &["text"]),
        ("spec", &["text", "syntax"]),
        ("findings", &["text", "syntax", "spec"]),
        ("store", &["text", "spec"]),
        ("docs", &["text", "syntax", "spec"]),
        ("delivery", &["text", "syntax", "spec", "findings", "docs"]),
        ("runner", &["text", "syntax", "spec", "findings", "store", "docs", "delivery"]),
        ("ide", &["text", "syntax", "spec", "findings", "docs", "delivery"]),
        ("tollgate", &["text", "syntax", "spec", "findings", "store", "docs", "delivery", "runner", "ide"]),
        // #endregion
    ]);
    let all = crates();
    let rooms = |keys: Vec<&str>| keys.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(
        all.keys().cloned().collect::<BTreeSet<_>>(),
        rooms(may.keys().copied().collect()),
        "a room came or went"
    );
    for (room, dependencies) in &all {
        for below in dependencies.iter().filter(|name| all.contains_key(*name)) {
            assert!(may[room.as_str()].contains(&below.as_str()), "{room} may not depend on {below}");
        }
    }
}

#[test]
fn only_runner_starts_processes_or_connections() {
    let mut files = all_sources();
    files.retain(|(name, _)| !name.starts_with("server/runner/"));
    let found =
        holding(&files, &["Command::new(\"", "process::Command", "TcpStream", "UdpSocket", "UnixStream", "reqwest"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn only_the_language_server_knows_protocol_types() {
    let mut files = all_sources();
    files.retain(|(name, _)| !name.starts_with("server/tollgate/src/lsp/"));
    let found = holding(&files, &["tower_lsp", "lsp_types"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn only_convert_and_columns_know_utf_16() {
    let mut files = all_sources();
    files.retain(|(name, _)| !name.ends_with("lsp/convert.rs") && !name.ends_with("findings/src/columns.rs"));
    let found = holding(&files, &["encode_utf16", "len_utf16"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn unsafe_stays_in_its_one_module() {
    let mut files = all_sources();
    files.retain(|(name, _)| name != "server/runner/src/sys.rs");
    let found = holding(&files, &["unsafe {", "unsafe fn", "unsafe impl", "allow(unsafe_code)"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_module_says_what_it_is_for() {
    for path in rust_files(&root().join("server")) {
        if path.to_string_lossy().contains("/src/") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} does not begin with `//!`", path.display());
        }
    }
}

#[test]
fn ropey_counts_line_ends_as_the_protocol_does() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("ropey")).unwrap();
    let right =
        line.contains("default-features = false") && line.contains("cr_lines") && !line.contains("unicode_lines");
    assert!(right, "{line}");
}

#[test]
fn the_editors_wake_where_a_reader_knows_files() {
    for (path, begin, end) in [
        ("editors/vscode/src/presence.ts", ["const folders = [", "const files = ["], ["];", "];"]),
        ("editors/nvim/lua/tollgate/server.lua", ["local folders = {", "local files = {"], ["}", "}"]),
    ] {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let list = |n: usize| -> Vec<&str> {
            let (_, rest) = text.split_once(begin[n]).unwrap();
            rest.split(end[n]).next().unwrap().split('\'').skip(1).step_by(2).collect()
        };
        let (folders, files) = (list(0), list(1));
        assert!(folders.contains(&".tollgate") && files.contains(&"specs/*/spec.md"), "{path}: {folders:?} {files:?}");
        let below = |pattern: &str, folder: &str| {
            pattern == folder || pattern.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let missing: Vec<&str> = spec::places::patterns()
            .filter(|pattern| !folders.iter().any(|folder| below(pattern, folder)))
            .filter(|pattern| !files.iter().any(|file| below(pattern, file.split("/*").next().unwrap_or(file))))
            .collect();
        assert!(missing.is_empty(), "{path} does not know {missing:?}");
    }
}

#[test]
fn the_top_level_holds_nothing_else() {
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "server",
        "editors",
        "queries",
        "fixtures",
        "tests",
        "README.md",
        "ARCHITECTURE.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "clippy.toml",
        "rustfmt.toml",
        "target",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || known.contains(&name.as_str()), "{name} does not belong at the top level");
    }
}
