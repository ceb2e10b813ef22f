//! The tickets of Beads, asked from its own program: the truth of Beads is a database that only `bd` reads; the JSONL in
//! `.beads/` is an export of it, often old or missing.
//!
//! `bd` is started only in a folder whose launch plan was reviewed, which names the program and what `.beads/` tells it
//! (`config.yaml`, `metadata.json`, `.env`, `redirect`, hooks), and only read from. What it said is kept in the user's state
//! with the state of `.beads/` that it belongs to, so that a look asks again when something has changed there, or after a
//! while, as the database may be on another machine. An editor's look does not wait for it: it takes what was said last, and
//! looks again when the answer is there.
//!
//! `bd` runs behind the fence of a check: it finds no keys, and writes nothing but the databases that it may lock to read
//! them (`.beads/` of the root, of the work tree that it was linked from, and the one that `redirect` names).

use crate::files::{self, FoundKind, Root, Selection, WalkLimits};
use crate::home::Home;
use crate::isolation::Fence;
use crate::process::{self, Cancel, Limits, Spec, Unwatched};
use crate::programs;
use crate::trust::Trusted;
use delivery::cache::{canonical, sha256};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spec::board::LISTING;
use spec::{Project, SpecFile};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// More than this is not read of what `bd` prints: as much as of a file.
const LARGEST: u64 = spec::FILE_LIMIT as u64;

/// Longest time that `bd` may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer is not believed longer than this, in seconds.
const FRESH: i64 = 300;

/// The name of what is kept in the user's state.
const KEPT: &str = "beads.json";

/// Where the tickets of Beads come from.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Source {
    /// The listing, an issue a line; none where `bd` was not asked or did not answer.
    pub listing: Option<Arc<str>>,
    /// Where they come from and, without a listing, why: a sentence.
    pub why: String,
}

/// What `bd` said, and when `.beads/` was how.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Kept {
    state: String,
    asked: i64,
    #[serde(default)]
    listing: Option<String>,
    #[serde(default)]
    error: String,
}

/// What is known without a word of `bd`: why it is not asked.
pub fn untold(root: &Root, project: &Project, why: &str) -> Source {
    const EXPORTS: [&str; 2] = [".beads/issues.jsonl", ".beads/beads.jsonl"];
    let copy = EXPORTS.iter().find_map(|path| project.file(path));
    let left_out = EXPORTS.iter().find(|path| matches!(root.kind(path), Ok(Some(_))));
    let place = match (copy, left_out) {
        (Some(file), _) => format!("read from `{}`, which may be old", file.path),
        (None, Some(path)) => format!("`{path}` cannot be read instead: a file may have at most {} MB", LARGEST >> 20),
        (None, None) => "there is no export to read instead".to_owned(),
    };
    Source { listing: None, why: format!("{why}: {place}") }
}

fn kept(home: &Home, root: &Root) -> Option<Kept> {
    let bytes = files::read_own(&home.repository_path(root).join(KEPT), LARGEST * 2).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// What `bd` said before, where nothing has changed since. Starts nothing.
pub fn known(home: &Home, root: &Root, project: &Project) -> Option<Source> {
    let kept = kept(home, root)?;
    let age = jiff::Timestamp::now().as_second() - kept.asked;
    let holds = (0..FRESH).contains(&age) && kept.state == state(root);
    holds.then(|| source(root, project, kept))
}

/// What `bd` said last, whatever has changed since. Starts nothing.
fn last(home: &Home, root: &Root, project: &Project) -> Source {
    match kept(home, root).filter(|kept| kept.listing.is_some()) {
        Some(kept) => {
            let known = source(root, project, kept);
            Source { why: format!("{}; it is being asked again", known.why), ..known }
        }
        None => untold(root, project, "`bd` is being asked"),
    }
}

/// Asks `bd` and waits for it.
pub fn ask(trusted: &Trusted, home: &Home, root: &Root, project: &Project) -> Source {
    source(root, project, fetch(trusted, home, root))
}

/// Has `bd` asked on a thread of its own, unless one is at it already, and says what it said last. The answer is there when
/// the user's state says so.
pub fn ask_behind(trusted: Trusted, home: &Home, root: &Root, project: &Project, asking: &Arc<AtomicBool>) -> Source {
    if !asking.swap(true, Ordering::AcqRel) {
        let (own, path, done) = (home.clone(), root.path().to_owned(), asking.clone());
        std::thread::spawn(move || {
            if let Ok(root) = Root::open_project(&path) {
                fetch(&trusted, &own, &root);
            }
            done.store(false, Ordering::Release);
        });
    }
    last(home, root, project)
}

/// Asks `bd` and keeps what it says.
fn fetch(trusted: &Trusted, home: &Home, root: &Root) -> Kept {
    let answer = listing(trusted, home, root);
    // Reading may move files of the database, which is no reason to read again.
    let mut kept = Kept { state: state(root), asked: jiff::Timestamp::now().as_second(), ..Kept::default() };
    match answer {
        Ok(text) => kept.listing = Some(text),
        Err(why) => kept.error = why,
    }
    if let (Ok(folder), Ok(bytes)) = (home.repository(root), serde_json::to_vec(&kept)) {
        // it is only a copy
        let _ = files::write_own(&folder.join(KEPT), &bytes);
    }
    kept
}

fn source(root: &Root, project: &Project, kept: Kept) -> Source {
    match kept.listing {
        Some(text) => Source { why: differs(project, &text), listing: Some(text.into()) },
        None => untold(root, project, &kept.error),
    }
}

/// Puts a listing into a project, or takes it out.
pub fn put(project: &mut Project, listing: Option<&Arc<str>>) {
    let same = |text: &&Arc<str>| project.file(LISTING).is_some_and(|file| file.text().is_some_and(|old| old == *text));
    match listing {
        Some(text) if same(&text) => {}
        Some(text) => {
            if let Some(file) = SpecFile::read_shared(LISTING, text.clone()) {
                project.set(Arc::new(file));
            }
        }
        None => drop(project.remove(LISTING)),
    }
}

/// Where the tickets come from, and how far the export is behind.
fn differs(project: &Project, listing: &str) -> String {
    let Some(copy) = project.file(".beads/issues.jsonl") else {
        return "asked from `bd`; there is no export".to_owned();
    };
    let Some(now) = SpecFile::read(LISTING, listing) else { return "asked from `bd`".to_owned() };
    let says = |file: &SpecFile, id: &str| {
        file.ticket(id).map(|it| (it.status.clone().map(|word| word.value), it.title.clone().map(|word| word.value)))
    };
    let ids = |file: &SpecFile| -> Vec<String> {
        file.tickets().filter_map(|ticket| Some(ticket.id.as_ref()?.value.clone())).collect()
    };
    let there = ids(&now);
    let changed = there.iter().filter(|id| says(&now, id) != says(copy, id)).count();
    let gone = ids(copy).iter().filter(|id| now.ticket(id).is_none()).count();
    match changed + gone {
        0 => "asked from `bd`".to_owned(),
        stale => {
            format!("asked from `bd`; `{}` is behind in {stale} of {} tickets", copy.path, there.len() + gone)
        }
    }
}

/// What of `.beads/` changes with its tickets: its own files, and those that the database keeps its roots in.
fn state(root: &Root) -> String {
    struct Telling;
    impl Selection for Telling {
        fn enters(&self, folder: &str) -> bool {
            folder.is_empty() || folder == ".beads" || (folder.starts_with(".beads/") && !folder.contains("/noms/"))
        }
        fn contains(&self, path: &str) -> bool {
            let Some(rest) = path.strip_prefix(".beads/") else { return false };
            let passing =
                [".lock", ".log", ".pid", ".sock", ".port", "-wal", "-shm"].iter().any(|end| rest.ends_with(end));
            let roots = rest.contains("/noms/") && (rest.ends_with("/manifest") || rest.contains("/vvvv"));
            !passing && (!rest.contains('/') || roots)
        }
    }
    let limits = WalkLimits { files: 5_000, ..WalkLimits::default() };
    let found = root.walk_selection(&Telling, limits).found.into_iter().filter(|it| it.kind == FoundKind::File);
    let stamps = found.filter_map(|it| {
        let (_, stamp) = root.open_regular(&it.path, u64::MAX).ok()?;
        Some((it.path, stamp))
    });
    sha256(canonical(&stamps.collect::<Vec<_>>()).as_bytes())
}

/// Starts `bd`: its export, else its list.
fn listing(trusted: &Trusted, home: &Home, root: &Root) -> Result<String, String> {
    match call(trusted, home, root, &["export"]) {
        Err(why) if why.contains("unknown") => call(trusted, home, root, &["list", "--all", "--limit", "0", "--json"]),
        answer => answer,
    }
    .and_then(|output| lines(&output))
}

fn call(trusted: &Trusted, home: &Home, root: &Root, arguments: &[&str]) -> Result<String, String> {
    let argv = ["bd", "--readonly", "--sandbox"].iter().chain(arguments).map(|word| (*word).to_owned()).collect();
    let argv = trusted.resolve(argv, root).map_err(|why| format!("`bd` is not asked, as {why}"))?;
    let mut environment = programs::common_environment();
    let own =
        [("BD_JSON_ENVELOPE", "1"), ("BD_NON_INTERACTIVE", "1"), ("BD_NO_PAGER", "1"), ("BEADS_DOLT_AUTO_START", "0")];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let scratch = home.repository(root).map_err(|error| error.to_string())?;
    let name = |end: &str| scratch.join(format!("bd-{}.{end}", uuid::Uuid::now_v7()));
    let (output, errors, temporary) = (name("out"), name("err"), name("tmp"));
    std::fs::create_dir(&temporary).map_err(|error| format!("`bd` is not asked, as {error}"))?;
    environment.insert("TMPDIR".to_owned(), temporary.display().to_string());
    let mut fence = fence(home, root, temporary.clone());
    fence.show.extend(argv.first().map(PathBuf::from));
    let spec = Spec {
        argv,
        folder: root.path().to_owned(),
        environment,
        input: Vec::new(),
        limits: Limits { wall: PATIENCE, kept: LARGEST + 1, ..Limits::default() },
        fence: Some(fence),
        run: format!("bd-{}", uuid::Uuid::now_v7()),
        keep: Some((output.clone(), errors.clone())),
    };
    let ended = process::run(trusted, &spec, &Cancel::default(), &mut Unwatched);
    let text = files::read_own(&output, LARGEST + 1);
    // they are only on their way through
    [&output, &errors].iter().for_each(|path| _ = std::fs::remove_file::<&Path>(path));
    let _ = std::fs::remove_dir_all(&temporary);
    let ended = ended.map_err(|error| format!("`bd` is not asked, as {error}"))?;
    if ended.stopped.is_some() {
        return Err(format!("`bd` gave no answer in {} s", PATIENCE.as_secs()));
    }
    if ended.exit != Some(0) {
        return Err(format!("`bd` says: {}", complaint(&ended.errors.text())));
    }
    if ended.output.total > LARGEST {
        return Err(format!("`bd` lists more than {} MB", LARGEST >> 20));
    }
    let text = text.map_err(|error| error.to_string())?;
    String::from_utf8(text).map_err(|_| "`bd` prints something that is no UTF-8".to_owned())
}

/// See the top of this file.
fn fence(home: &Home, root: &Root, temporary: PathBuf) -> Fence {
    let mut fence = Fence::new(home, root, temporary, Vec::new());
    fence.write = databases(root);
    let kept = ["config.yaml", ".env", "redirect", "hooks"];
    fence.keep = fence.write.iter().flat_map(|folder| kept.map(|name| folder.join(name))).collect();
    fence
}

/// The folders in which Beads may keep the database of a root.
fn databases(root: &Root) -> Vec<PathBuf> {
    let own = root.path().join(".beads");
    let named = root.read_limited(".beads/redirect", 4096).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // A path from the root, or a whole one.
    let named = named.map(|text| root.path().join(text.trim()));
    let linked = crate::git::git_folder(root).and_then(|(_, common)| Some(common.parent()?.join(".beads")));
    let is_one = |path: &PathBuf| path.file_name().is_some_and(|name| name == ".beads") && path.is_dir();
    std::iter::once(own).chain(named).chain(linked).filter(is_one).collect()
}

/// What it says on standard error: `{"schema_version": 1, "error": …}` somewhere among notes, or plain words.
fn complaint(errors: &str) -> String {
    let json = errors.find('{').and_then(|at| {
        let value: Value = serde_json::Deserializer::from_str(&errors[at..]).into_iter().next()?.ok()?;
        let error = &value["error"];
        error.as_str().or_else(|| error["message"].as_str()).map(str::to_owned)
    });
    let words = json.unwrap_or_else(|| errors.trim().to_owned());
    let words = words.trim_start_matches("Error: ");
    delivery::prompt::one_line(if words.is_empty() { "nothing, and it failed" } else { words }, 160)
}

/// The issues a line each, whatever form they came in: lines, a list, or a list in an envelope.
fn lines(output: &str) -> Result<String, String> {
    let mut text = String::new();
    for value in serde_json::Deserializer::from_str(output).into_iter::<Value>() {
        let value = value.map_err(|error| format!("`bd` prints something that is no JSON: {error}"))?;
        let inner = match value {
            Value::Object(mut map) if map.contains_key("schema_version") && map.contains_key("data") => {
                map.remove("data").unwrap_or_default()
            }
            value => value,
        };
        let issues = match inner {
            Value::Array(issues) => issues,
            Value::Object(mut map) if map.get("issues").is_some_and(Value::is_array) => {
                map.remove("issues").and_then(|issues| issues.as_array().cloned()).unwrap_or_default()
            }
            Value::Null => Vec::new(),
            issue => vec![issue],
        };
        for issue in issues {
            text.push_str(&issue.to_string());
            text.push('\n');
        }
    }
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    const ISSUE: &str = r#"{"id":"bd-a1","status":"open","title":"Ring the bell"}"#;

    #[test]
    fn every_form_becomes_lines() {
        let two = format!("{ISSUE}\n{ISSUE}\n");
        for form in [
            two.clone(),
            format!("[{ISSUE},{ISSUE}]"),
            format!("{{\"schema_version\": 1, \"data\": [{ISSUE},\n {ISSUE}]}}\n"),
            format!("{{\"schema_version\": 1, \"data\": {{\"issues\": [{ISSUE}, {ISSUE}]}}}}"),
        ] {
            assert_eq!(lines(&form).unwrap(), two, "{form}");
        }
        assert_eq!(lines("").unwrap(), "");
        assert_eq!(lines("{\"schema_version\":1,\"data\":null}").unwrap(), "");
        assert!(lines("Flag --json has been deprecated").unwrap_err().contains("no JSON"));
    }

    #[test]
    fn the_reason_is_found_among_notes() {
        let json =
            "note: use BD_JSON_ENVELOPE=1\n{\"schema_version\":1,\"error\":\"no database\\nfound\",\"code\":\"E\"}\n";
        assert_eq!(complaint(json), "no database found");
        assert_eq!(complaint("Error: unknown command\n"), "unknown command");
        assert_eq!(complaint(""), "nothing, and it failed");
    }

    #[test]
    fn an_export_that_is_behind_is_said_to_be() {
        let mut project = Project::default();
        assert!(differs(&project, ISSUE).ends_with("there is no export"));
        project.set(Arc::new(SpecFile::read(".beads/issues.jsonl", ISSUE).unwrap()));
        assert!(project.has_beads());
        assert_eq!(differs(&project, ISSUE), "asked from `bd`");
        let closed = ISSUE.replace("open", "closed");
        assert!(differs(&project, &closed).ends_with("is behind in 1 of 1 tickets"));
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open_project(folder.path()).unwrap();
        let said = |project: &Project| untold(&root, project, "the folder is not reviewed").why;
        assert!(said(&project).ends_with("`.beads/issues.jsonl`, which may be old"));
        assert!(said(&Project::default()).ends_with("there is no export to read instead"));
        std::fs::create_dir(folder.path().join(".beads")).unwrap();
        std::fs::File::create(folder.path().join(".beads/issues.jsonl")).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(said(&Project::default()).ends_with("cannot be read instead: a file may have at most 8 MB"));
    }
}
