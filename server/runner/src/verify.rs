//! Runs the verify commands of a gate in a given tree and reads what they say. A checker that crashed, timed out or
//! printed something else than it should is an error of the gate, never a pass.

use crate::caches::Caches;
use crate::contents;
use crate::dependencies;
use crate::files::{self, FileError, Root, WalkLimits};
use crate::home::Home;
use crate::isolation::{self, Fence, Isolation};
use crate::process::{self, Cancel, Limits, Spec, Stop, Watch};
use crate::programs;
use crate::protected::is_protected;
use crate::trust::Trusted;
use delivery::gate::{Ended, judge};
use findings::{Finding, Fix, Format, Paths, Place, RawFinding, Severity, Unit, anchor};
use spec::model::{Gate, Verify};
use spec::record::{CheckResult, GateState};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the gate says nothing.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// Most output that is kept and read of one command.
const KEPT: u64 = 64 << 20;

/// The bench that commands run on, and for what.
pub struct Bench<'a> {
    /// The user's folders.
    pub home: &'a Home,
    /// The tree they run in.
    pub tree: &'a Root,
    /// The user's root, whose paths they may print.
    pub user: &'a Root,
    /// Folders of installed packages in the tree that are the user's.
    pub installed: &'a [String],
    /// The run's id, or one for this call.
    pub run: &'a str,
    /// Where their output is kept.
    pub folder: &'a Path,
    /// Names of this call: ticket, pass.
    pub names: &'a BTreeMap<String, String>,
}

/// Runs every command of the gate in order. `watch` looks on, as with any child.
pub fn verify(
    trusted: &Trusted,
    place: &Bench<'_>,
    gate: &Gate,
    cancel: &Cancel,
    watch: &mut dyn Watch,
    told: &mut dyn FnMut(&CheckResult),
) -> Result<(Vec<CheckResult>, Vec<Finding>), FileError> {
    files::make_own_folder(&place.folder.join("tmp"))?;
    let caches = Caches::prepare(place.home, place.user, place.tree)?;
    let (mut results, mut found) = (Vec::new(), Vec::new());
    let own = place.tree.path() == place.user.path();
    let before = own.then(|| obeyed(place.user));
    for (at, command) in gate.verify.iter().enumerate() {
        let (result, mut findings) = one(trusted, place, &caches, at, command, cancel, watch);
        told(&result);
        results.push(result);
        found.append(&mut findings);
    }
    if let Some(before) = before {
        let after = obeyed(place.user);
        let changed = after.iter().find(|(path, content)| before.get(*path) != Some(content));
        results.extend(changed.map(|(path, _)| CheckResult {
            id: "protected".to_owned(),
            state: GateState::Error,
            exit: None,
            errors: 1,
            warnings: 0,
            message: format!("a check changed {}: look at it", delivery::prompt::one_line(path, 100)),
        }));
    }
    Ok((results, found))
}

/// What a check that only checks leaves as it is. Behind bubblewrap it cannot change what is there, and only new names tell
/// of it; elsewhere the contents do.
fn obeyed(root: &Root) -> BTreeMap<String, String> {
    let names = protected(root).into_iter().map(|path| (path.display().to_string(), String::new()));
    let mut all: BTreeMap<String, String> = names.collect();
    if !matches!(isolation::available(root.path()), Isolation::Bubblewrap { .. }) {
        all.extend(contents::configuration(root));
        let ours = root.walk_folders(&[".tollgate", ".git/hooks"], WalkLimits::default()).found.into_iter();
        let paths = ours.map(|found| found.path).chain([".git/config".to_owned()]);
        all.extend(paths.map(|path| (path.clone(), contents::content(root, &path))));
    }
    all
}

/// The state of all commands together.
pub fn state(results: &[CheckResult]) -> GateState {
    let has = |state: GateState| results.iter().any(|result| result.state == state);
    [GateState::Error, GateState::Failed, GateState::Warned]
        .into_iter()
        .find(|state| has(*state))
        .unwrap_or(GateState::Passed)
}

fn one(
    trusted: &Trusted,
    place: &Bench<'_>,
    caches: &Caches,
    at: usize,
    verify: &Verify,
    cancel: &Cancel,
    watch: &mut dyn Watch,
) -> (CheckResult, Vec<Finding>) {
    let id = verify.id.as_ref().map_or_else(|| format!("verify-{}", at + 1), |id| id.value.clone());
    let broke = |message: String| {
        let result =
            CheckResult { id: id.clone(), state: GateState::Error, exit: None, errors: 0, warnings: 0, message };
        (result, Vec::new())
    };
    let argv = verify.command.as_ref().map(|command| command.argv.clone()).unwrap_or_default();
    let named = verify.format.as_ref().map_or("auto", |format| format.value.as_str());
    let Some(format) = Format::parse(named) else {
        return broke(format!("format `{}` cannot be read", delivery::prompt::one_line(named, 40)));
    };
    let installed =
        argv.first().is_some_and(|word| dependencies::below(word.trim_start_matches("./"), place.installed));
    let argv = match trusted.resolve(argv, if installed { place.user } else { place.tree }) {
        Ok(argv) => argv,
        Err(why) => return broke(why),
    };
    let keep = (place.folder.join(format!("verify-{at}.out")), place.folder.join(format!("verify-{at}.err")));
    // an earlier attempt's output must not be read as this one's
    for path in [&keep.0, &keep.1] {
        let _ = std::fs::remove_file(path);
    }
    let spec = Spec {
        argv,
        folder: place.tree.path().to_owned(),
        environment: environment(place, caches),
        input: Vec::new(),
        limits: Limits {
            wall: verify.timeout.as_ref().map_or(TIMEOUT, |timeout| timeout.value),
            kept: KEPT + 1,
            ..Limits::default()
        },
        fence: Some(fence(place, caches)),
        run: place.run.to_owned(),
        keep: Some(keep.clone()),
    };
    let ended = match process::run(trusted, &spec, cancel, watch) {
        Ok(ended) => ended,
        Err(error) => return broke(error.to_string()),
    };
    match ended.stopped {
        Some(Stop::Time | Stop::Silence) => return broke(format!("it was stopped after {} s", ended.took.as_secs())),
        Some(_) => return broke("it was stopped".to_owned()),
        None => {}
    }
    let output = |path: &Path| files::read_own(path, KEPT + 1).unwrap_or_default();
    let (out, err) = (output(&keep.0), output(&keep.1));
    let read = findings::read(format, &out, &err);
    let unreadable = read.as_ref().err().map(ToString::to_string);
    let found = located(read.unwrap_or_default(), place, &id, verify);
    let count = |error: bool| {
        let count = found.iter().filter(|finding| (finding.severity == Severity::Error) == error).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    };
    let (errors, warnings) = (count(true), count(false));
    let ended = Ended { exit: ended.exit, errors, warnings, readable: unreadable.is_none() };
    let mut result = judge(&id, ended, verify.allow_failure);
    if let (GateState::Error, Some(why)) = (result.state, unreadable) {
        result.message = delivery::prompt::one_line(&why, 200);
    }
    let silent = found.is_empty() && result.exit.is_some_and(|exit| exit != 0) && result.state != GateState::Error;
    if let (true, Some(words)) = (silent, last_words(&err).or_else(|| last_words(&out))) {
        result.message = format!("{}; it ended with: {words}", result.message);
    }
    (result, found)
}

fn environment(place: &Bench<'_>, caches: &Caches) -> BTreeMap<String, String> {
    let mut environment = programs::common_environment();
    environment.extend(caches.environment.clone());
    environment.extend(crate::git::ceiling(place.tree.path()));
    environment.extend(place.names.clone());
    environment.insert("TMPDIR".to_owned(), place.folder.join("tmp").display().to_string());
    environment
}

/// Checkers write into the tree, their temporary folder, and the caches of the repository.
fn fence(place: &Bench<'_>, caches: &Caches) -> Fence {
    let own = vec![place.tree.path().to_owned(), caches.folder.clone()];
    let mut fence = Fence::new(place.home, place.user, place.folder.join("tmp"), own);
    let folders = ["CARGO_HOME", "RUSTUP_HOME", "GOPATH", "GOMODCACHE", "XDG_CACHE_HOME"];
    fence.show.extend(folders.iter().filter_map(std::env::var_os).map(PathBuf::from));
    fence.keep = if place.tree.path() == place.user.path() { protected(place.user) } else { Vec::new() };
    fence.place_tree(place.user, place.tree, place.installed);
    fence
}

/// What no checker changes where it runs in the user's own tree: see [`crate::protected`]. Links stay out: what they lead
/// to is not ours to mount.
fn protected(root: &Root) -> Vec<PathBuf> {
    let entries = root.path().read_dir().into_iter().flatten().flatten();
    let kept = entries.filter(|entry| {
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        !link && entry.file_name().to_str().is_some_and(is_protected)
    });
    kept.map(|entry| entry.path()).collect()
}

/// The last line of an output that has something to read in it.
fn last_words(output: &[u8]) -> Option<String> {
    let tail = String::from_utf8_lossy(&output[output.len().saturating_sub(4096)..]);
    let line = tail.lines().rev().find(|line| line.chars().any(char::is_alphanumeric))?;
    Some(delivery::prompt::one_line(line.trim(), 160))
}

/// Findings at their bytes in the tree's files.
fn located(raw: Vec<RawFinding>, place: &Bench<'_>, check: &str, verify: &Verify) -> Vec<Finding> {
    let (tree, user) = (place.tree.path().display().to_string(), place.user.path().display().to_string());
    let roots = [tree.as_str(), user.as_str()];
    let paths = Paths { roots: &roots, prefix: verify.root.as_ref().map(|root| root.value.as_str()) };
    let asked = verify.columns.as_ref().and_then(|columns| Unit::parse(&columns.value));
    let mut texts: BTreeMap<String, Option<String>> = BTreeMap::new();
    raw.into_iter()
        .map(|raw| {
            let path = raw.place.as_ref().and_then(|place| paths.map(&place.path));
            let at = path.and_then(|path| {
                let text =
                    texts.entry(path.clone()).or_insert_with(|| String::from_utf8(place.tree.read(&path).ok()?).ok());
                let text = text.as_ref()?;
                let fixes = Fix::of(&raw, &path, text, asked, |other| paths.map(other).as_ref() == Some(&path));
                Some((Place::new(&path, text, anchor(&raw, text, asked)), fixes))
            });
            let (at, fixes) = at.unzip();
            Finding {
                check: check.to_owned(),
                tool: raw.tool,
                rule: raw.rule,
                message: raw.message,
                severity: raw.severity,
                place: at,
                help: raw.help,
                fixes: fixes.unwrap_or_default(),
            }
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_one_line_that_can_be_read() {
        assert_eq!(last_words(b"a\nNo module named pytest\n\n----\n").as_deref(), Some("No module named pytest"));
        assert_eq!(last_words(b"\xff\x1b[31m9\x1b[0m").map(|words| words.contains('\x1b')), Some(false));
        assert_eq!(last_words(b"\n--\n"), None);
    }
    use spec::model::Command;
    use text::{Span, Spanned};

    fn command(script: &str, format: &str) -> Verify {
        let spanned = |text: &str| Spanned::new(text.to_owned(), Span::default());
        Verify {
            id: Some(spanned("check")),
            command: Some(Spanned::new(
                Command { argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec() },
                Span::default(),
            )),
            format: Some(spanned(format)),
            timeout: Some(Spanned::new(Duration::from_secs(2), Span::default())),
            ..Verify::default()
        }
    }

    fn go(verify: Verify) -> (CheckResult, Vec<Finding>) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["tree", "user", "out"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        let open = |name: &str| Root::open(&folder.path().join(name)).unwrap();
        let (tree, user) = (open("tree"), open("user"));
        tree.write("src/a.py", "é = wrong\n".as_bytes()).unwrap();
        let home = Home { state: folder.path().join("state"), configuration: folder.path().join("c") };
        let run = uuid::Uuid::now_v7().to_string();
        let place = Bench {
            home: &home,
            tree: &tree,
            user: &user,
            installed: &[],
            run: &run,
            folder: &folder.path().join("out"),
            names: &BTreeMap::from([("TOLLGATE_TICKET_ID".to_owned(), "T-1; rm".to_owned())]),
        };
        let gate = Gate { verify: vec![verify], ..Gate::default() };
        let (mut results, found) = super::verify(
            &Trusted::for_tests(&home),
            &place,
            &gate,
            &Cancel::default(),
            &mut process::Unwatched,
            &mut |_| {},
        )
        .unwrap();
        (results.remove(0), found)
    }

    #[test]
    fn a_finding_lands_on_its_bytes() {
        let script = r#"printf '{"message":"undefined `wrong`","location":{"path":"%s/src/a.py","range":{"start":{"line":1,"column":5}}}}\n' "$PWD"; exit 1"#;
        let (result, found) = go(command(script, "rdjsonl"));
        assert_eq!((result.state, result.errors), (GateState::Failed, 1), "{}", result.message);
        let place = found[0].place.clone().unwrap();
        assert_eq!((place.path.as_str(), place.start, place.end), ("src/a.py", 5, 10));
    }

    #[test]
    fn every_format_that_a_gate_may_name_is_read() {
        let named: Vec<&str> = spec::schema::FORMATS.iter().map(|word| word.word).collect();
        let mut read = Format::NAMES.map(|(name, _)| name).to_vec();
        read.sort_by_key(|name| named.iter().position(|known| known == name));
        assert_eq!(named, read);
        for format in named {
            // words that no machine's format allows: an error of the gate, or nothing found; never a finding out of thin air
            let (result, found) = go(command("echo all good; exit 3", format));
            assert!(matches!(result.state, GateState::Error | GateState::Failed), "{format}: {}", result.message);
            assert_eq!(found, [], "{format}");
        }
    }

    #[test]
    fn a_broken_checker_is_an_error_and_never_a_pass() {
        for (script, format) in [
            ("echo all good", "sarif"),
            ("kill -9 $$", "auto"),
            ("sleep 30", "auto"),
            ("exit 127", "auto"),
            ("true", "no-such-format"),
        ] {
            let (result, _) = go(command(script, format));
            assert_eq!(result.state, GateState::Error, "{script}: {}", result.message);
        }
        let (result, _) = go(Verify { command: None, ..command("", "auto") });
        assert_eq!(result.state, GateState::Error);
    }

    #[test]
    fn exit_code_and_findings_are_both_evidence() {
        assert_eq!(go(command("true", "auto")).0.state, GateState::Passed);
        assert_eq!(go(command("exit 1", "auto")).0.state, GateState::Failed);
        let allowed = Verify { allow_failure: true, ..command("exit 1", "auto") };
        assert_eq!(go(allowed).0.state, GateState::Warned);
        let (result, _) = go(command("echo 'src/a.py:1:5: error: x'", "auto"));
        assert_eq!(result.state, GateState::Failed, "errors with exit code 0");
        let (result, found) = go(command("echo '/etc/passwd:1:1: error: x'; exit 1", "auto"));
        assert_eq!((result.errors, &found[0].place), (1, &None), "outside of the root it belongs to the gate");
        let (result, _) = go(command("[ \"$TOLLGATE_TICKET_ID\" = 'T-1; rm' ]", "auto"));
        assert_eq!(result.state, GateState::Passed, "names arrive as variables");
    }
}
