//! `tollgate check`: prints exactly what the editor shows, for people and for machines.
//!
//! JSON (stable, `schema_version` 1; new keys may come). Lines and columns count from 1, columns are characters:
//! ```json
//! {"schema_version": 1, "files": 27, "unread": [{"path": ".tollgate/agents/a.md", "why": "…"}],
//!  "diagnostics": [{"path": ".tollgate/tickets/bug-7.md", "severity": "error|warning|info|hint", "code": "area/name",
//!    "message": "…", "range": {"start": {"line": 4, "column": 8}, "end": {"line": 4, "column": 13}}, "fixes": ["title"]}]}
//! ```

use crate::workbench::{self, Workbench};
use anyhow::{Context, bail};
use delivery::prompt::visible;
use ide::{Diagnostic, Severity};
use runner::files::Root;
use runner::home::Home;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
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
struct Row {
    path: String,
    /// Line and column from 1, columns in characters.
    start: (usize, usize),
    end: (usize, usize),
    diagnostic: Diagnostic,
}

/// Runs the subcommand; exit code 1 when there is an error among the diagnostics, or a delivery file cannot be read: what
/// was not looked at is not good.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = match (&args.root, &args.path) {
        (None, Some(path)) => workbench::root_above(path)?,
        (root, _) => super::find_root(root.as_deref())?,
    };
    let only = args.path.as_deref().map(|path| below(&root, path)).transpose()?.unwrap_or_default();
    let within = |path: &str| {
        only.is_empty() || path.strip_prefix(&only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let (snapshot, mut unread) = snapshot(&root)?;
    let mut paths: BTreeSet<&str> = snapshot.project.files().map(|file| file.path.as_str()).collect();
    paths.extend(snapshot.live.findings.keys().map(String::as_str));
    paths.retain(|path| within(path));
    let rows = rows(&snapshot, &paths);
    unread.retain(|(path, _)| within(path));
    match args.format {
        Format::Text => super::print(&text_report(&rows, paths.len())),
        Format::Json => super::print(&format!("{:#}", json_report(&rows, paths.len(), &unread))),
        Format::Sarif => super::print(&format!("{:#}", sarif(&rows))),
        Format::Github if rows.is_empty() => {}
        Format::Github => super::print(&github(&rows)),
    }
    for (_, why) in &unread {
        super::note(&format!("not read: {}", visible(why)));
    }
    for path in workbench::misnamed(&root).iter().filter(|path| within(path)).take(5) {
        let known = "config.yaml, and .md files right in workflows/, agents/, gates/ and tickets/ are";
        super::note(&format!("no name that is read: {} ({known})", visible(path)));
    }
    if paths.is_empty() && unread.is_empty() && args.format == Format::Text {
        super::note(&nothing(&root, &only));
    }
    let failed = rows.iter().any(|row| row.diagnostic.severity == Severity::Error);
    // a host's files may be links to wherever it likes: they are not ours to judge
    let blind = unread.iter().any(|(path, _)| path.starts_with(".tollgate/"));
    Ok(ExitCode::from(u8::from(failed || blind)))
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
    let scanned = workbench::scan(&Root::open_project(root)?);
    Ok((ide::Snapshot { project: scanned.project, live: Arc::default() }, scanned.unread))
}

/// Why nothing was checked.
fn nothing(root: &Path, only: &str) -> String {
    if only.is_empty() {
        return format!("{} has no delivery files; `tollgate init` writes a small .tollgate/", root.display());
    }
    format!("{} holds nothing that Tollgate reads, and no gate found anything in it", visible(only))
}

fn rows(snapshot: &ide::Snapshot, paths: &BTreeSet<&str>) -> Vec<Row> {
    let paths: Vec<&str> = paths.iter().copied().collect();
    let of_file = |path: &&str| {
        let mut rows = Vec::new();
        let text = match (snapshot.file(path), snapshot.live.sources.get(*path)) {
            (Some(file), _) => file.text(),
            (None, text) => text,
        };
        let Some(text) = text else { return rows };
        let found = ide::diagnostics::diagnostics(snapshot, path, Some(text));
        // Most files have nothing wrong with them, and need no places.
        let index = LineIndex::new(if found.is_empty() { "" } else { text });
        for diagnostic in found {
            let start = place(&index, text, diagnostic.span.start as usize);
            let end = place(&index, text, diagnostic.span.end as usize);
            rows.push(Row { path: (*path).to_owned(), start, end, diagnostic });
        }
        rows
    };
    workbench::in_parallel(&paths, of_file).into_iter().flatten().collect()
}

/// Line and column from 1; columns count characters.
pub(super) fn place(index: &LineIndex, text: &str, offset: usize) -> (usize, usize) {
    let (line, column) = index.position(offset);
    let start = offset.saturating_sub(column);
    (line + 1, text.get(start..offset).map_or(column, |before| before.chars().count()) + 1)
}

fn text_report(rows: &[Row], files: usize) -> String {
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
fn counted(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

fn json_report(rows: &[Row], files: usize, unread: &[(String, String)]) -> Value {
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
        "diagnostics": diagnostics.collect::<Vec<_>>(),
        "unread": unread.collect::<Vec<_>>(),
    })
}

fn sarif(rows: &[Row]) -> Value {
    let codes: Vec<&str> = {
        let mut codes: Vec<&str> = rows.iter().map(|row| row.diagnostic.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    };
    let level = |severity| match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Information | Severity::Hint => "note",
    };
    let results = rows.iter().map(|Row { path, start, end, diagnostic }| {
        json!({
            "ruleId": diagnostic.code,
            "level": level(diagnostic.severity),
            "message": {"text": diagnostic.message},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": encode(path), "uriBaseId": "ROOT"},
                "region": {"startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1},
            }}],
        })
    });
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

fn github(rows: &[Row]) -> String {
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
