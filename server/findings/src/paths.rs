//! From a checker's path to a path below the root. What lies outside belongs to the gate itself.

/// How a checker's paths are read.
#[derive(Clone, Debug)]
pub struct Paths<'a> {
    /// Folders that stand for the root: the tree the checker ran in, the root itself. Absolute, without a final `/`.
    pub roots: &'a [&'a str],
    /// What the gate says of them (`root:`). An absolute folder stands for the root, for a checker that ran in a container; a
    /// relative one is the folder that they begin in, for a checker of one module.
    pub prefix: Option<&'a str>,
}

impl Paths<'_> {
    /// The path from the root, `/` separated; none when it lies outside or is no plain path.
    pub fn map(&self, path: &str) -> Option<String> {
        let decoded = decode(path);
        let path = decoded.as_str();
        if path.len() > 4096 || path.chars().any(char::is_control) {
            return None;
        }
        let below = |folder: &str| {
            let folder = folder.trim_end_matches('/');
            path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).filter(|_| !folder.is_empty())
        };
        let (outside, module) = match self.prefix {
            Some(prefix) if prefix.starts_with('/') => (Some(prefix), None),
            module => (None, module),
        };
        if let Some(rest) = outside.and_then(below).or_else(|| self.roots.iter().find_map(|root| below(root))) {
            return plain(rest);
        }
        match module {
            Some(module) if below(module).is_none() && !path.starts_with('/') => plain(&format!("{module}/{path}")),
            _ => plain(path),
        }
    }
}

/// `file:` URIs and percent signs taken away; any other scheme stays and is refused as a path.
fn decode(path: &str) -> String {
    let Some(rest) = path.strip_prefix("file:") else { return path.to_owned() };
    let rest = match rest.strip_prefix("//") {
        Some(authority) => match authority.find('/') {
            Some(0) => authority,
            Some(at) if authority[..at].eq_ignore_ascii_case("localhost") => &authority[at..],
            _ => return path.to_owned(),
        },
        None => rest,
    };
    percent_decode(rest)
}

pub(crate) fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A relative path with `.` and inner `..` resolved; none when it leaves the root or is not plain.
fn plain(path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains(['\\', ':']) {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_says_its_own_paths() {
        let paths = Paths { roots: &["/home/dev/shop"], prefix: Some("backend") };
        let map = |path: &str| paths.map(path);
        assert_eq!(map("src/lib.rs").as_deref(), Some("backend/src/lib.rs"));
        assert_eq!(map("backend/src/lib.rs").as_deref(), Some("backend/src/lib.rs"), "from the root already");
        assert_eq!(map("../web/a.ts").as_deref(), Some("web/a.ts"));
        assert_eq!(map("../../a.ts"), None);
        assert_eq!(map("/home/dev/shop/src/lib.rs").as_deref(), Some("src/lib.rs"));
        assert_eq!(map("/usr/include/a.h"), None);
    }

    #[test]
    fn only_paths_below_the_root_are_kept() {
        let paths = Paths { roots: &["/state/runs/1/tree", "/home/dev/shop"], prefix: Some("/app") };
        for (path, expected) in [
            ("src/a.rs", "src/a.rs"),
            ("./src/./a.rs", "src/a.rs"),
            ("src/x/../a.rs", "src/a.rs"),
            ("/home/dev/shop/src/a.rs", "src/a.rs"),
            ("/state/runs/1/tree/src/a.rs", "src/a.rs"),
            ("file:///home/dev/shop/src/a%20b.rs", "src/a b.rs"),
            ("file://localhost/app/src/a.rs", "src/a.rs"),
            ("/app/src/a.rs", "src/a.rs"),
        ] {
            assert_eq!(paths.map(path).as_deref(), Some(expected), "{path}");
        }
        for path in [
            "",
            ".",
            "../secret",
            "src/../../secret",
            "/etc/passwd",
            "/home/dev/shopping/a.rs",
            "/app/../etc/passwd",
            "file:///app/%2e%2e/secret",
            "file://host/app/a.rs",
            "http://example.invalid/a",
            "\\\\host\\share",
            "C:/x",
            "a\nb",
        ] {
            assert_eq!(paths.map(path), None, "{path}");
        }
    }
}
