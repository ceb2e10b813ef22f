//! Who this user is: by the user's own git configuration and login name. Never by anything in a repository, which could
//! otherwise make a ticket somebody else's, or a decision.

use crate::files;
use std::path::PathBuf;

/// A person.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Person {
    /// `user.name`.
    pub name: Option<String>,
    /// `user.email`.
    pub mail: Option<String>,
    /// Login name.
    pub login: Option<String>,
}

impl Person {
    /// The user this process runs for.
    pub fn of_this_user() -> Person {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = folder("HOME");
        let configuration = folder("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
        let files = [configuration.map(|folder| folder.join("git/config")), home.map(|home| home.join(".gitconfig"))];
        let mut person = Person { login: variable("USER").or_else(|| variable("LOGNAME")), ..Person::default() };
        for path in files.into_iter().flatten() {
            if let Ok(bytes) = files::read_own(&path, 1 << 20) {
                person.add(&String::from_utf8_lossy(&bytes));
            }
        }
        person
    }

    /// Reads `[user]` of a git configuration; a later value wins, as in git. Includes are not followed.
    fn add(&mut self, configuration: &str) {
        let mut ours = false;
        for line in configuration.lines().map(str::trim) {
            if let Some(section) = line.strip_prefix('[') {
                ours = section.split(']').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("user"));
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| ours) else { continue };
            let value = value.trim().trim_matches('"').trim();
            let value = (!value.is_empty()).then(|| value.to_owned());
            match key.trim().to_ascii_lowercase().as_str() {
                "name" => self.name = value,
                "email" => self.mail = value,
                _ => {}
            }
        }
    }

    /// Everything a ticket may call this person.
    pub fn names(&self) -> Vec<String> {
        let handle = self.mail.as_deref().and_then(|mail| mail.split('@').next()).map(str::to_owned);
        [self.name.clone(), self.mail.clone(), self.login.clone(), handle].into_iter().flatten().collect()
    }

    /// `name <mail>` for a decision; none when git knows no name.
    pub fn signature(&self) -> Option<String> {
        let name = self.name.as_ref()?;
        Some(self.mail.as_ref().map_or_else(|| name.clone(), |mail| format!("{name} <{mail}>")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_git_would_say() {
        let mut person = Person { login: Some("ada".into()), ..Person::default() };
        person
            .add("[core]\n\tname = no\n[user]\n\tname = \"Ada L\"\n\temail = lea@shop.example\n[alias]\nemail = no\n");
        assert_eq!(person.signature().as_deref(), Some("Ada L <lea@shop.example>"));
        assert_eq!(person.names(), ["Ada L", "lea@shop.example", "ada", "lea"]);
        person.add("[user \"other\"]\nname = No\n[ user ]\nname = Later\n");
        assert_eq!(person.name.as_deref(), Some("Later"));
        assert_eq!(Person::default().signature(), None);
    }
}
