//! The folders of the user that an agent CLI takes for its own, as one run finds them.
//!
//! What lies in them is executed or obeyed at the next start (hooks, servers, plugins, shell snapshots), so a run never
//! writes there. It gets folders of its own, which go away with it: what the CLI only writes begins empty, the rest leads
//! to the user's files, which can be read. A login alone goes both ways, because a refreshed one replaces the old.

use crate::files::{self, FileError, Root};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Largest file that is copied.
const LARGEST: u64 = 64 << 20;

/// A folder by the variable that names it. Names are paths in it; one that ends with `*` stands for all that begin so.
pub struct Folder {
    /// The variable.
    pub variable: &'static str,
    /// Where it is below the home folder when the variable is not set.
    pub usual: &'static str,
    /// A file beside the usual folder that lies in it when the variable is set.
    pub beside: Option<&'static str>,
    /// What begins empty.
    pub fresh: &'static [&'static str],
    /// Files that begin as a copy.
    pub copied: &'static [&'static str],
    /// Files with a login.
    pub logins: &'static [&'static str],
}

/// A login: the user's file, and where the run finds it.
pub(crate) struct Login {
    real: PathBuf,
    /// The folder that the run may write, and the path in it.
    place: PathBuf,
    path: String,
}

impl Login {
    /// The user's file, which the run may write.
    pub(crate) fn path(&self) -> &Path {
        &self.real
    }

    /// Takes a login over that was refreshed by replacing the file.
    pub(crate) fn take_over(&self) -> Result<(), FileError> {
        // no link is followed: it is the run's folder, and could lead to any file of that name
        let bytes = match Root::open(&self.place)?.read_limited(&self.path, 1 << 20) {
            Ok(bytes) => bytes,
            Err(FileError::NotRegular(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        // a torn or empty one would log the user out
        let whole = serde_json::from_slice::<serde_json::Value>(&bytes).is_ok_and(|login| login.is_object());
        if whole { files::write_own(&self.real, &bytes) } else { Ok(()) }
    }
}

/// Makes the folders below `place`, and says so in the environment. Answers the logins.
pub(crate) fn prepare(
    folders: &[Folder],
    place: &Path,
    environment: &mut BTreeMap<String, String>,
) -> Result<Vec<Login>, FileError> {
    let before = environment.clone();
    redirect(folders, place, environment);
    let home = before.get("HOME").map(PathBuf::from);
    let mut logins = Vec::new();
    // what an earlier child of the run left there would be obeyed by this one
    if let Err(source) = std::fs::remove_dir_all(place)
        && source.kind() != std::io::ErrorKind::NotFound
    {
        return Err(FileError::System { path: place.display().to_string(), source });
    }
    for folder in folders {
        let ours = place.join(folder.variable);
        files::make_own_folder(&ours)?;
        let mut found = Vec::new();
        let named = before.get(folder.variable).map(PathBuf::from);
        let beside = folder.beside.filter(|_| named.is_none()).zip(home.as_ref());
        if let Some((name, home)) = beside {
            copy(&home.join(name), &ours.join(name))?;
        }
        if let Some(real) = named.or_else(|| Some(home.as_ref()?.join(folder.usual))).filter(|real| real.is_absolute())
        {
            folder.fill(&real, &ours, "", &mut found)?;
        }
        let login = |(path, real)| Login { real, place: place.to_owned(), path: format!("{}/{path}", folder.variable) };
        logins.extend(found.into_iter().map(login));
    }
    Ok(logins)
}

/// Says in the environment where the folders of a run are.
pub(crate) fn redirect(folders: &[Folder], place: &Path, environment: &mut BTreeMap<String, String>) {
    let named = |folder: &Folder| (folder.variable.to_owned(), place.join(folder.variable).display().to_string());
    environment.extend(folders.iter().map(named));
}

impl Folder {
    fn fill(
        &self,
        real: &Path,
        ours: &Path,
        prefix: &str,
        logins: &mut Vec<(String, PathBuf)>,
    ) -> Result<(), FileError> {
        for entry in real.read_dir().into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let path = format!("{prefix}{name}");
            let (from, to) = (real.join(&name), ours.join(&name));
            let is = |names: &[&str]| {
                names
                    .iter()
                    .any(|known| known.strip_suffix('*').map_or(*known == path, |begin| path.starts_with(begin)))
            };
            let inside = format!("{path}/");
            let mut deeper = [self.fresh, self.copied, self.logins].into_iter().flatten();
            if is(self.fresh) {
            } else if is(self.copied) {
                copy(&from, &to)?;
            } else if deeper.any(|known| known.starts_with(&inside)) && from.is_dir() {
                files::make_own_folder(&to)?;
                self.fill(&from, &to, &inside, logins)?;
            } else {
                let link = std::os::unix::fs::symlink(&from, &to);
                link.map_err(|source| FileError::System { path: to.display().to_string(), source })?;
                if is(self.logins)
                    && let Ok(real) = from.canonicalize()
                {
                    logins.push((path, real));
                }
            }
        }
        Ok(())
    }
}

/// Copies a file, where there is one.
fn copy(from: &Path, to: &Path) -> Result<(), FileError> {
    match from.canonicalize().ok().map(|real| files::read_own(&real, LARGEST)) {
        Some(Ok(bytes)) => files::write_own(to, &bytes),
        Some(Err(error)) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::fs;

    const FOLDER: Folder = Folder {
        variable: "AGENT_HOME",
        usual: ".agent",
        beside: Some(".agent.json"),
        fresh: &["sessions", "state*", "skills/.system"],
        copied: &["id"],
        logins: &["auth.json"],
    };

    #[test]
    fn a_run_finds_configuration_and_login_and_writes_beside_them() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let write = |path: &str, text: &str| {
            fs::create_dir_all(home.join(path).parent().unwrap()).unwrap();
            fs::write(home.join(path), text).unwrap();
        };
        for path in
            ["sessions/s1", "state_5.db", "skills/mine", "skills/.system/x", "id", "settings.json", "hooks/start"]
        {
            write(&format!(".agent/{path}"), "user's");
        }
        write(".agent/auth.json", "{\"token\": 1}");
        write(".agent.json", "{}");
        let mut environment = BTreeMap::from([("HOME".to_owned(), home.display().to_string())]);
        let place = folder.path().join("run");
        let logins = prepare(&[FOLDER], &place, &mut environment).unwrap();
        let ours = PathBuf::from(&environment["AGENT_HOME"]);
        let names = |path: &str| {
            let entries =
                ours.join(path).read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = entries.collect();
            names.sort();
            names
        };
        assert_eq!(names(""), [".agent.json", "auth.json", "hooks", "id", "settings.json", "skills"]);
        assert_eq!(names("skills"), ["mine"]);
        assert!(ours.join("settings.json").is_symlink() && ours.join("hooks").is_symlink());
        for (path, content) in [("id", "user's"), (".agent.json", "{}")] {
            assert!(!ours.join(path).is_symlink() && fs::read_to_string(ours.join(path)).unwrap() == content);
        }
        assert_eq!(logins.len(), 1);
        assert_eq!(logins[0].path(), home.join(".agent/auth.json").canonicalize().unwrap());
        let token = || fs::read_to_string(home.join(".agent/auth.json")).unwrap();
        for (written, kept) in
            [("", "{\"token\": 1}"), ("{\"tok", "{\"token\": 1}"), ("{\"token\": 2}", "{\"token\": 2}")]
        {
            let _ = fs::remove_file(ours.join("auth.json"));
            std::os::unix::fs::symlink(home.join(".agent.json"), ours.join("auth.json")).unwrap();
            logins[0].take_over().unwrap();
            fs::remove_file(ours.join("auth.json")).unwrap();
            fs::write(ours.join("auth.json"), written).unwrap();
            logins[0].take_over().unwrap();
            assert_eq!(token(), kept, "after {written}");
        }
    }

    #[test]
    fn without_folders_of_the_user_a_run_still_has_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let mut environment = BTreeMap::from([("HOME".to_owned(), home)]);
        assert!(prepare(&[FOLDER], &folder.path().join("run"), &mut environment).unwrap().is_empty());
        assert!(Path::new(&environment["AGENT_HOME"]).is_dir());
    }
}
