//! `tollgate check`: prints exactly what the editor shows, for people and for machines.

use crate::workbench::{self, Workbench};
use ide::{Diagnostic, Severity};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use text::LineIndex;

/// Check the delivery files of a repository and print what the editor shows
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Root of the repository, or one file in it (default: this folder)
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
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

/// Runs the subcommand; exit code 1 when there is an error among the diagnostics.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = workbench::root_above(&args.path)?;
    let only = args.path.is_file().then(|| args.path.canonicalize()).transpose()?;
    let only = only.as_deref().and_then(|file| file.strip_prefix(&root).ok()).and_then(|path| path.to_str());
    let snapshot = Workbench::open(&root)?.snapshot()?;
    let mut paths: BTreeSet<&str> = snapshot.project.files().map(|file| file.path.as_str()).collect();
    paths.extend(snapshot.live.findings.keys().map(String::as_str));
    paths.retain(|path| only.is_none_or(|only| only == *path));
    let mut rows = Vec::new();
    for path in &paths {
        let text = match (snapshot.file(path), snapshot.live.sources.get(*path)) {
            (Some(file), _) => &file.text,
            (None, Some(text)) => text,
            (None, None) => continue,
        };
        let index = LineIndex::new(text);
        for diagnostic in ide::diagnostics::diagnostics(&snapshot, path) {
            let start = place(&index, text, diagnostic.span.start as usize);
            let end = place(&index, text, diagnostic.span.end as usize);
            rows.push(Row { path: (*path).to_owned(), start, end, diagnostic });
        }
    }
    let files = paths.len();
    super::print(&match args.format {
        Format::Text => text_report(&rows, files),
        Format::Json => format!("{:#}", json_report(&rows, files)),
        Format::Sarif => format!("{:#}", sarif(&rows)),
        Format::Github => github(&rows),
    });
    let failed = rows.iter().any(|row| row.diagnostic.severity == Severity::Error);
    Ok(ExitCode::from(u8::from(failed)))
}

/// Line and column from 1; columns count characters.
fn place(index: &LineIndex, text: &str, offset: usize) -> (usize, usize) {
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
            let _ = writeln!(report, "    fix: {}", fix.title);
        }
    }
    let counts = count(rows);
    let number = |severity| counts.get(&severity).copied().unwrap_or(0);
    let _ = write!(
        report,
        "{files} files: {} errors, {} warnings, {} others",
        number(Severity::Error),
        number(Severity::Warning),
        number(Severity::Information) + number(Severity::Hint)
    );
    report
}

fn count(rows: &[Row]) -> BTreeMap<Severity, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.diagnostic.severity).or_default() += 1;
    }
    counts
}

fn json_report(rows: &[Row], files: usize) -> Value {
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
    json!({"schema_version": 1, "files": files, "diagnostics": diagnostics.collect::<Vec<_>>()})
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
    json!({
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "tollgate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| json!({"id": code})).collect::<Vec<_>>(),
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
