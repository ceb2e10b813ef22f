//! `tollgate check`: prints exactly what the editor shows, for people and for machines.
//!
//! JSON (stable, `schema_version` 1; new keys may come). Lines and columns count from 1, columns are characters:
//! ```json
//! {"schema_version": 1, "files": 27, "held_back": 0, "unread": [{"path": ".tollgate/agents/a.md", "why": "…"}],
//!  "diagnostics": [{"path": ".tollgate/tickets/bug-7.md", "severity": "error|warning|info|hint", "code": "area/name",
//!    "message": "…", "range": {"start": {"line": 4, "column": 8}, "end": {"line": 4, "column": 13}}, "fixes": ["title"]}]}
//! ```

use crate::workbench::{self, Workbench};
use anyhow::{Context, bail};
use delivery::prompt::visible;
use ide::fix_all::fix_all;
use ide::{Diagnostic, Severity, baseline};
use runner::files::Root;
use runner::home::Home;
use serde_json::{Value, json};
use spec::SpecFile;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use text::LineIndex;

/// Check the delivery files of a repository and print what the editor shows
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only this file, or what is in this folder (default: everything)
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Root of the repository (default: the folder with `.tollgate` at or above PATH)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Make every fix that is sure, then print what is left
    #[arg(long, conflicts_with_all = ["write_baseline", "shrink_baseline"])]
    fix: bool,
    /// With --fix: print what would be changed, and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Report also what comments ignore
    #[arg(long)]
    ignore_suppressions: bool,
    /// With --format sarif: leave out what comments and the baseline hold back, for readers that know no `suppressions`
    #[arg(long)]
    leave_out_suppressed: bool,
    /// Report also what `.tollgate/baseline.json` holds back
    #[arg(long, conflicts_with_all = ["write_baseline", "shrink_baseline"])]
    no_baseline: bool,
    /// Write what is found now into `.tollgate/baseline.json`: neither `check` nor an editor says it again
    #[arg(long, conflicts_with = "shrink_baseline")]
    write_baseline: bool,
    /// Take out of the baseline what no longer occurs, and add nothing
    #[arg(long)]
    shrink_baseline: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people: `path:line:column: severity: message [code]`
    Text,
    /// One JSON document (see the README)
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands that GitHub turns into annotations
    Github,
}

/// One diagnostic with the place people read.
pub(super) struct Row {
    pub(super) path: String,
    /// Line and column from 1, columns in characters.
    start: (usize, usize),
    end: (usize, usize),
    pub(super) diagnostic: Diagnostic,
}

/// What was found in some files.
#[derive(Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    pub(super) held: Held,
    /// What is not said, and why.
    pub(super) suppressed: Vec<(Row, Suppression)>,
}

/// Why something is not said.
pub(super) enum Suppression {
    /// A comment says why.
    Comment(String),
    /// It was there when the baseline was written.
    Baseline,
}

/// Runs the subcommand; exit code 1 when there is an error among the diagnostics, or a delivery file cannot be read: what
/// was not looked at is not good.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = match (&args.root, &args.path) {
        (None, Some(path)) => named(path)?,
        (root, _) => super::find_root(root.as_deref())?,
    };
    let only = args.path.as_deref().map(|path| below(&root, path)).transpose()?.unwrap_or_default();
    let within = |path: &str| {
        only.is_empty() || path.strip_prefix(&only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (snapshot, mut unread) = snapshot(&root)?;
    // The process ends with this: to take apart what was read of every file would only cost time.
    let mut snapshot = ManuallyDrop::new(snapshot);
    if args.ignore_suppressions {
        Arc::make_mut(&mut snapshot.live).ignore_suppressions = true;
    }
    if args.no_baseline {
        snapshot.project.remove(baseline::PATH);
    }
    if args.fix {
        mend(&root, &mut snapshot, &within, args.dry_run)?;
    }
    let mut paths: BTreeSet<&str> = snapshot.project.files().map(|file| file.path.as_str()).collect();
    paths.extend(snapshot.live.findings.keys().map(String::as_str));
    paths.extend(snapshot.documents.paths());
    paths.retain(|path| within(path));
    let paths: BTreeSet<String> = paths.into_iter().map(str::to_owned).collect();
    if args.write_baseline {
        write_baseline(&root, &mut snapshot, &paths, &within)?;
    }
    let lists_suppressed = args.format == Format::Sarif && !args.leave_out_suppressed;
    let Found { mut rows, held, mut suppressed } = found(&snapshot, &paths, lists_suppressed);
    let mut held_back: usize = held.values().sum();
    let mut files = paths.len();
    // the folder lies in what was named, or what was named lies in it
    let is_meant = |folder: &str| within(folder) || only.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    for (folder, scanned) in workbench::scan_inner(&Root::open_project(&root)?, is_meant) {
        let inside = |path: &str| format!("{folder}/{path}");
        let inner = ide::Snapshot { project: scanned.project, ..ide::Snapshot::default() };
        let mut inner = ManuallyDrop::new(inner);
        Arc::make_mut(&mut inner.live).ignore_suppressions = args.ignore_suppressions;
        if args.no_baseline {
            inner.project.remove(baseline::PATH);
        }
        let paths = inner.project.files().map(|file| file.path.clone()).filter(|path| within(&inside(path))).collect();
        let found = found(&inner, &paths, lists_suppressed);
        let outside = |row: Row| Row { path: inside(&row.path), ..row };
        files += paths.len();
        held_back += found.held.values().sum::<usize>();
        rows.extend(found.rows.into_iter().map(outside));
        suppressed.extend(found.suppressed.into_iter().map(|(row, why)| (outside(row), why)));
        unread.extend(scanned.unread.into_iter().map(|(path, why)| (inside(&path), why)));
    }
    if args.shrink_baseline {
        shrink_baseline(&root, &snapshot, &within, &held)?;
    }
    unread.retain(|(path, _)| within(path));
    match args.format {
        Format::Text => super::print(&text_report(&rows, files)),
        Format::Json => super::print(&format!("{:#}", json_report(&rows, files, held_back, &unread))),
        Format::Sarif => super::print(&format!("{:#}", sarif(&rows, &suppressed))),
        Format::Github if rows.is_empty() => {}
        Format::Github => super::print(&github(&rows)),
    }
    if held_back > 0 {
        super::note(&format!("in the baseline, and not said: {}", counted(held_back, "finding")));
    }
    let gone = if args.shrink_baseline { 0 } else { gone(&snapshot, &within, &held) };
    if gone > 0 {
        let found = counted(gone, "finding");
        super::note(&format!("in the baseline, and not there any more: {found} (`tollgate check --shrink-baseline`)"));
    }
    for (_, why) in &unread {
        super::note(&format!("not read: {}", visible(why)));
    }
    for path in workbench::misnamed(&root).iter().filter(|path| within(path)).take(5) {
        let known = "config.yaml, and .md files right in workflows/, agents/, gates/ and tickets/ are";
        super::note(&format!("no name that is read: {} ({known})", visible(path)));
    }
    if files == 0 && unread.is_empty() && args.format == Format::Text {
        super::note(&nothing(&root, &only));
    }
    let failed = rows.iter().any(|row| row.diagnostic.severity == Severity::Error);
    // a host's files may be links to wherever it likes: they are not ours to judge
    let blind = unread.iter().any(|(path, _)| path.starts_with(".tollgate/") || path.contains("/.tollgate/"));
    Ok(ExitCode::from(u8::from(failed || blind)))
}

/// The root of what was named: as everywhere, but a folder that holds a project of another tool, in no project of ours, is
/// one itself.
fn named(path: &Path) -> anyhow::Result<PathBuf> {
    let root = workbench::root_above(path)?;
    let folder = path.canonicalize().with_context(|| format!("{} cannot be opened", path.display()))?;
    let is_ours = root.join(".tollgate").is_dir();
    let reads = || Root::open_project(&folder).is_ok_and(|root| !root.walk_readable().found.is_empty());
    Ok(if !is_ours && folder.is_dir() && reads() { folder } else { root })
}

/// Path of a named file or folder from the root; empty for the root itself.
pub(super) fn below(root: &Path, path: &Path) -> anyhow::Result<String> {
    let full = path.canonicalize().with_context(|| format!("{} cannot be opened", path.display()))?;
    let Ok(rest) = full.strip_prefix(root) else {
        bail!("{} is not below the root {}", path.display(), root.display());
    };
    rest.to_str().map(str::to_owned).with_context(|| format!("{} is not a name in UTF-8", path.display()))
}

/// What an editor would show, and the files that cannot be read, with why. Without a home folder there are no runs, no
/// ledger and no trust: the files alone speak.
fn snapshot(root: &Path) -> anyhow::Result<(ide::Snapshot, Vec<(String, String)>)> {
    if Home::from_environment().is_some() {
        return Workbench::open(root)?.snapshot();
    }
    let root = Root::open_project(root)?;
    let (scanned, documents) = (workbench::scan(&root), workbench::documents::judged(&root));
    Ok((ide::Snapshot { project: scanned.project, live: Arc::default(), documents }, scanned.unread))
}

/// Why nothing was checked.
fn nothing(root: &Path, only: &str) -> String {
    if only.is_empty() {
        return format!("{} has no delivery files; `tollgate init` writes a small .tollgate/", root.display());
    }
    format!("{} holds nothing that Tollgate reads, and no gate found anything in it", visible(only))
}

/// What the baseline held back: path, rule and fingerprint, with how many.
pub(super) type Held = BTreeMap<(String, String, String), usize>;

/// Diagnostics of these files, what the baseline held back of them, and what is not said where that is listed.
pub(super) fn found(snapshot: &ide::Snapshot, paths: &BTreeSet<String>, lists_suppressed: bool) -> Found {
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let of_file = |path: &&str| {
        let mut all = Found::default();
        let file = snapshot.file(path);
        let other = || snapshot.documents.text(path).or_else(|| snapshot.live.sources.get(*path));
        let text = file.map_or_else(other, |file| file.text());
        let Some(text) = text else { return all };
        let mut found = ide::diagnostics::unheld(snapshot, path, Some(text));
        let mut held = Vec::new();
        if file.is_some() || snapshot.documents.speak_of(path) {
            held = baseline::hold_back(&snapshot.project, path, text, &mut found);
        }
        for (print, diagnostic) in &held {
            *all.held.entry(((*path).to_owned(), diagnostic.code.clone(), print.clone())).or_default() += 1;
        }
        let suppressed: Vec<(Diagnostic, Suppression)> = if lists_suppressed {
            let ignored = ide::suppressions::ignored(snapshot, path).into_iter();
            let ignored = ignored.map(|one| (one.diagnostic, Suppression::Comment(one.reason)));
            ignored.chain(held.into_iter().map(|(_, diagnostic)| (diagnostic, Suppression::Baseline))).collect()
        } else {
            Vec::new()
        };
        // Most files have nothing wrong with them, and need no places.
        let index = LineIndex::new(if found.is_empty() && suppressed.is_empty() { "" } else { text });
        let row = |diagnostic: Diagnostic| {
            let start = place(&index, text, diagnostic.span.start as usize);
            let end = place(&index, text, diagnostic.span.end as usize);
            Row { path: (*path).to_owned(), start, end, diagnostic }
        };
        all.rows = found.into_iter().map(row).collect();
        all.suppressed = suppressed.into_iter().map(|(diagnostic, why)| (row(diagnostic), why)).collect();
        all
    };
    let mut all = Found::default();
    for found in workbench::in_parallel(&paths, of_file) {
        all.rows.extend(found.rows);
        all.held.extend(found.held);
        all.suppressed.extend(found.suppressed);
    }
    all
}

/// Makes all sure fixes of the files that are meant, and says which. A file that has changed since it was read is left
/// alone.
fn mend(root: &Path, snapshot: &mut ide::Snapshot, within: &dyn Fn(&str) -> bool, dry_run: bool) -> anyhow::Result<()> {
    let files = Root::open_project(root)?;
    let mut mended = (0, 0);
    for file in snapshot.project.clone().files().filter(|file| within(&file.path)) {
        let Some((fixed, text)) = fix_all(snapshot, &file.path, None).zip(file.text()) else { continue };
        let (path, fixes) = (&file.path, counted(fixed.count, "fix").replace("fixs", "fixes"));
        if dry_run {
            super::print(&format!("{path}: {fixes}\n{}", delivery::words::difference(text, &fixed.text).trim_end()));
        } else if files.read_text(path).is_ok_and(|now| *now == **text) {
            files.write(path, fixed.text.as_bytes()).with_context(|| format!("{path} could not be written"))?;
            super::note(&format!("{path}: {fixes}"));
            if let Some(now) = SpecFile::read(path, &fixed.text) {
                snapshot.project.set(Arc::new(now));
            }
        } else {
            super::note(&format!("{path} has changed in the meantime and was left alone"));
            continue;
        }
        mended = (mended.0 + 1, mended.1 + fixed.count);
    }
    let did = if dry_run { "would be made" } else { "made" };
    let fixes = counted(mended.1, "fix").replace("fixs", "fixes");
    super::note(&format!("{fixes} {did} in {}", counted(mended.0, "file")));
    Ok(())
}

/// Writes what is found now into the baseline; entries of files that were not looked at stay.
pub(super) fn write_baseline(
    root: &Path,
    snapshot: &mut ide::Snapshot,
    paths: &BTreeSet<String>,
    within: &dyn Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let kept = snapshot.project.baseline().map(|(_, known)| known.entries.as_slice()).unwrap_or_default();
    let mut entries: Vec<_> = kept.iter().filter(|entry| !within(&entry.path)).cloned().collect();
    let before = entries.iter().map(|entry| entry.count).sum::<usize>();
    for path in paths {
        let judged = || snapshot.documents.text(path);
        if let Some(text) = snapshot.file(path).map_or_else(judged, |file| file.text()) {
            let found = ide::diagnostics::unheld(snapshot, path, Some(text));
            entries.extend(baseline::entries(path, text, &found));
        }
    }
    let count = entries.iter().map(|entry| entry.count).sum::<usize>() - before;
    save_baseline(root, &entries)?;
    super::note(&format!("{} written to {}", counted(count, "finding"), baseline::PATH));
    if let Some(file) = SpecFile::read(baseline::PATH, &spec::baseline::render(&entries)) {
        snapshot.project.set(Arc::new(file));
    }
    Ok(())
}

fn shrink_baseline(
    root: &Path,
    snapshot: &ide::Snapshot,
    within: &dyn Fn(&str) -> bool,
    held: &Held,
) -> anyhow::Result<()> {
    let Some((_, known)) = snapshot.project.baseline() else {
        bail!("there is no {} that can be read", baseline::PATH);
    };
    let gone = gone(snapshot, within, held);
    if gone > 0 {
        save_baseline(root, &baseline::shrunk(known, within, held))?;
    }
    super::note(&format!("{} taken out of {}", counted(gone, "finding"), baseline::PATH));
    Ok(())
}

/// How many findings of the baseline no longer occur in the files that were looked at.
fn gone(snapshot: &ide::Snapshot, within: &dyn Fn(&str) -> bool, held: &Held) -> usize {
    let Some((_, known)) = snapshot.project.baseline() else { return 0 };
    let all: usize = known.entries.iter().map(|entry| entry.count).sum();
    let left: usize = baseline::shrunk(known, within, held).iter().map(|entry| entry.count).sum();
    all - left
}

fn save_baseline(root: &Path, entries: &[spec::baseline::Entry]) -> anyhow::Result<()> {
    let text = spec::baseline::render(entries);
    let files = Root::open_project(root)?;
    files.write(baseline::PATH, text.as_bytes()).with_context(|| format!("{} could not be written", baseline::PATH))
}

/// Line and column from 1; columns count characters.
pub(super) fn place(index: &LineIndex, text: &str, offset: usize) -> (usize, usize) {
    let (line, column) = index.position(offset);
    let start = offset.saturating_sub(column);
    (line + 1, text.get(start..offset).map_or(column, |before| before.chars().count()) + 1)
}

pub(super) fn text_report(rows: &[Row], files: usize) -> String {
    let mut report = String::new();
    for Row { path, start, diagnostic, .. } in rows {
        let Diagnostic { severity, message, code, .. } = diagnostic;
        let _ = writeln!(report, "{path}:{}:{}: {}: {message} [{code}]", start.0, start.1, severity.word());
        for fix in diagnostic.fixes.iter().take(1) {
            let _ = writeln!(report, "    fix: {}", fix.title.trim_start_matches("Fix: "));
        }
    }
    let number = |of: &[Severity]| rows.iter().filter(|row| of.contains(&row.diagnostic.severity)).count();
    let _ = write!(
        report,
        "{}: {}, {}, {}",
        counted(files, "file"),
        counted(number(&[Severity::Error]), "error"),
        counted(number(&[Severity::Warning]), "warning"),
        counted(number(&[Severity::Information, Severity::Hint]), "other"),
    );
    report
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

pub(super) fn json_report(rows: &[Row], files: usize, held_back: usize, unread: &[(String, String)]) -> Value {
    let diagnostics = rows.iter().map(|Row { path, start, end, diagnostic }| {
        json!({
            "path": path,
            "range": {"start": {"line": start.0, "column": start.1}, "end": {"line": end.0, "column": end.1}},
            "severity": diagnostic.severity.word(),
            "code": diagnostic.code,
            "message": diagnostic.message,
            "fixes": diagnostic.fixes.iter().map(|fix| &fix.title).collect::<Vec<_>>(),
        })
    });
    let unread = unread.iter().map(|(path, why)| json!({"path": path, "why": why}));
    json!({
        "schema_version": 1,
        "files": files,
        "held_back": held_back,
        "diagnostics": diagnostics.collect::<Vec<_>>(),
        "unread": unread.collect::<Vec<_>>(),
    })
}

/// A SARIF 2.1.0 log. Every result says whether it is suppressed, because one that says so obliges all (§3.27.23).
pub(super) fn sarif(rows: &[Row], suppressed: &[(Row, Suppression)]) -> Value {
    let all = || rows.iter().chain(suppressed.iter().map(|(row, _)| row));
    let codes: BTreeSet<&str> = all().map(|row| row.diagnostic.code.as_str()).collect();
    let level = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    };
    let result = |Row { path, start, end, diagnostic }: &Row, suppressions: Value| {
        json!({
            "ruleId": diagnostic.code,
            "level": level(diagnostic.severity),
            "message": {"text": diagnostic.message},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": encode(path), "uriBaseId": "ROOT"},
                "region": {"startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1},
            }}],
            "suppressions": suppressions,
        })
    };
    let results = rows.iter().map(|row| result(row, json!([])));
    let results = results.chain(suppressed.iter().map(|(row, why)| {
        let why = match why {
            Suppression::Comment(reason) => json!({"kind": "inSource", "justification": visible(reason)}),
            Suppression::Baseline => {
                let words = format!("It was there when {} was written.", baseline::PATH);
                json!({"kind": "external", "justification": words})
            }
        };
        result(row, json!([why]))
    }));
    let rule = |code: &&str| {
        let mut rule = json!({"id": code});
        if let Some(known) = ide::rules::all().iter().find(|rule| rule.id == *code) {
            rule["shortDescription"] = json!({"text": known.why});
            rule["help"] = json!({"text": known.fix});
        }
        rule
    };
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tollgate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// A path as the reference part of a URI.
fn encode(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

pub(super) fn github(rows: &[Row]) -> String {
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let line = |Row { path, start, end, diagnostic }: &Row| {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information | Severity::Hint => "notice",
        };
        format!(
            "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            property(path),
            start.0,
            start.1,
            end.0,
            end.1,
            property(&diagnostic.code),
            escape(&diagnostic.message)
        )
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::Span;

    #[test]
    fn columns_count_characters_from_one() {
        let text = "a\r\nb😀c\n";
        let index = LineIndex::new(text);
        assert_eq!(place(&index, text, 0), (1, 1));
        assert_eq!(place(&index, text, text.find('c').unwrap()), (2, 3));
    }

    #[test]
    fn workflow_commands_cannot_be_broken_out_of() {
        let diagnostic = Diagnostic::new("a/b", Severity::Error, Span::default(), "50% done");
        let row = Row { path: "a,b:c.md".to_owned(), start: (1, 2), end: (1, 3), diagnostic };
        assert_eq!(
            github(&[row]),
            "::error file=a%2Cb%3Ac.md,line=1,col=2,endLine=1,endColumn=3,title=a/b::50%25 done"
        );
    }
}
