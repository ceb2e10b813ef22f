//! Where the user's own files are (XDG base directories). Nothing of a repository can move them.

use std::ffi::OsString;
use std::path::PathBuf;

/// `$XDG_STATE_HOME/tollgate`: ledger, trust, runs. `None` where the user has no home.
pub(crate) fn state_directory() -> Option<PathBuf> {
    directory("XDG_STATE_HOME", ".local/state", |name| std::env::var_os(name))
}

/// `$XDG_CONFIG_HOME/tollgate`: the user's own configuration.
pub(crate) fn config_directory() -> Option<PathBuf> {
    directory("XDG_CONFIG_HOME", ".config", |name| std::env::var_os(name))
}

/// The specification says: a relative path in such a variable is invalid and is ignored.
fn directory(variable: &str, below_home: &str, get: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| get(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)))?;
    Some(base.join("tollgate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_variable_then_the_home() {
        let find = |pairs: &[(&str, &str)]| {
            let get = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
            directory("XDG_STATE_HOME", ".local/state", get)
        };
        assert_eq!(find(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]), Some(PathBuf::from("/s/tollgate")));
        assert_eq!(find(&[("XDG_STATE_HOME", "s"), ("HOME", "/h")]), Some(PathBuf::from("/h/.local/state/tollgate")));
        assert_eq!(find(&[("XDG_STATE_HOME", ""), ("HOME", "h")]), None);
        assert_eq!(find(&[]), None);
    }
}
