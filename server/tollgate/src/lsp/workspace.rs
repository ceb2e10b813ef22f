//! The folders that the client has open, and the way from a URI to a path. Nothing here reads the disk.

use super::documents::DocumentUri;
use serde::Deserialize;
use serde_json::Value;
use std::path::{Path, PathBuf};
use tower_lsp::gen_lsp_types::Uri;

/// A workspace folder as the client names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Folder {
    /// Its URI, as spelled.
    pub(super) uri: String,
}

/// All folders, in the client's order.
#[derive(Clone, Debug, Default)]
pub(super) struct Folders(Vec<Folder>);

impl Folders {
    /// Reads the folders of an `initialize`, or its root when it has none.
    pub(super) fn read(initialize: &Value) -> Folders {
        let mut folders = Folders::default();
        folders.add(initialize.get("workspaceFolders").unwrap_or(&Value::Null));
        if folders.0.is_empty() {
            let root = initialize.get("rootUri").and_then(Value::as_str).map(str::to_owned);
            let path = || Uri::from_file_path(initialize.get("rootPath")?.as_str()?).ok().map(String::from);
            folders.0.extend(root.or_else(path).map(|uri| Folder { uri }));
        }
        folders
    }

    /// Applies a `workspace/didChangeWorkspaceFolders`.
    pub(super) fn change(&mut self, event: &Value) {
        let removed = read(event.get("removed").unwrap_or(&Value::Null));
        self.0.retain(|folder| !removed.contains(folder));
        self.add(event.get("added").unwrap_or(&Value::Null));
    }

    /// Where they are, as far as they are on this machine.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.0.iter().filter_map(|folder| path_of(&folder.uri)).collect()
    }

    /// The folders.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Folder> {
        self.0.iter()
    }

    fn add(&mut self, list: &Value) {
        for folder in read(list) {
            if !self.0.contains(&folder) {
                self.0.push(folder);
            }
        }
    }
}

fn read(list: &Value) -> Vec<Folder> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(|item| Folder::deserialize(item).ok()).collect()
}

/// The absolute path that a `file:` URI names; none for every other URI and every other text.
pub(super) fn path_of(uri: &str) -> Option<PathBuf> {
    let uri = Uri::parse(uri).ok().filter(|uri| uri.scheme() == "file")?;
    let path = uri.to_file_path().ok()?;
    // `%00` is a legal URI and an impossible path.
    let possible = !path.as_os_str().as_encoded_bytes().contains(&0);
    (possible && path.is_absolute()).then_some(path)
}

/// True for what a reader may know wherever its root is, and for what leads to such a file.
pub(super) fn is_ours(path: &Path) -> bool {
    let parts: Vec<&str> = path.components().filter_map(|part| part.as_os_str().to_str()).collect();
    spec::places::may_concern(&parts[1.min(parts.len())..].join("/"))
}

/// The `file:` URI of an absolute path.
pub(super) fn uri_of(path: &Path) -> Option<DocumentUri> {
    Uri::from_file_path(path).ok().map(|uri| String::from(uri).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn uris(folders: &Folders) -> Vec<&str> {
        folders.iter().map(|folder| folder.uri.as_str()).collect()
    }

    #[test]
    fn falls_back_to_the_root() {
        assert_eq!(uris(&Folders::read(&json!({ "rootUri": "file:///a", "workspaceFolders": null }))), ["file:///a"]);
        assert_eq!(uris(&Folders::read(&json!({ "rootUri": null, "rootPath": "/a" }))), ["file:///a"]);
        assert_eq!(uris(&Folders::read(&json!({ "workspaceFolders": [{ "uri": 5 }, "x"] }))), [""; 0]);
    }

    #[test]
    fn follows_changes() {
        let mut folders =
            Folders::read(&json!({ "workspaceFolders": [{ "uri": "file:///a" }, { "uri": "file:///b" }] }));
        folders.change(
            &json!({ "added": [{ "uri": "file:///c" }, { "uri": "file:///b" }], "removed": [{ "uri": "file:///a" }] }),
        );
        assert_eq!(uris(&folders), ["file:///b", "file:///c"]);
    }

    #[test]
    fn ours_is_what_lies_in_our_folders_or_leads_to_them() {
        for path in
            ["/w/.tollgate", "/w/.tollgate/tickets/a.md", "/w/.claude", "/w/.claude/agents/x.md", "/w/.opencode/agent"]
        {
            assert!(is_ours(Path::new(path)), "{path}");
        }
        for path in ["/w/src/a.rs", "/w/.claude/settings.json", "/w/.github/workflows/ci.yml", "/w/agents/x.md"] {
            assert!(!is_ours(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn no_uri_is_too_odd() {
        for odd in [
            "",
            ":::",
            "file:",
            "relative/path.md",
            "untitled:Untitled-1",
            "git:/x/a.md?%7B%7D",
            "http://127.0.0.1:9/a",
            "file:///tmp/a%00b.md",
            "file://server/share/x",
            "vscode-remote://ssh-remote%2Bhost/x",
            "漢字:é",
        ] {
            assert!(path_of(odd).is_none_or(|path| path.is_absolute()), "{odd}");
        }
        assert_eq!(path_of("file:///tmp/a%20b%23c.md"), Some(PathBuf::from("/tmp/a b#c.md")));
        assert_eq!(path_of("file:///tmp/a%00b.md"), None);
        assert_eq!(uri_of(Path::new("/tmp/a b#c.md")).as_deref(), Some("file:///tmp/a%20b%23c.md"));
    }
}
