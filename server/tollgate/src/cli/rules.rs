//! `tollgate rules`: what `tollgate check` and the editors look for. Each rule's reason, examples and remedy are the ones
//! its tests run.
//!
//! JSON (stable, `schema_version` 1; new keys may come):
//! ```json
//! {"schema_version": 1, "rules": [{"id": "gate/unbounded-retry", "severity": "warning", "why": "…", "fix": "…",
//!   "bad": [{"path": ".tollgate/workflows/mend.md", "text": "…"}], "good": ["as above"]}]}
//! ```

use anyhow::{Context, bail};
use ide::rules::{self, Rule};
use ide::states;
use runner::files::Root;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// List the rules of `tollgate check`, explain one, or write their manual
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  tollgate rules\n  tollgate rules --explain gate/unbounded-retry\n  tollgate rules --manual docs/rules"
)]
pub(crate) struct Args {
    /// Explain one rule: why it is there, what breaks it, what keeps it, how to mend it
    #[arg(long, value_name = "ID")]
    explain: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write one Markdown page per rule and an index into this folder, which is made where it is missing; without a folder
    /// into your own state, where editors that open files find the page of a diagnostic
    #[arg(long, value_name = "DIR", num_args = 0..=1, conflicts_with_all = ["explain", "json"])]
    manual: Option<Option<PathBuf>>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.manual {
        let folder = &folder.clone().map_or_else(crate::workbench::manual_folder, Ok)?;
        let pages = write_manual(folder)?;
        super::print(&format!("{pages} pages written to {}", folder.display()));
        return Ok(ExitCode::SUCCESS);
    }
    if let (Some(id), false) = (args.explain.as_deref(), args.json)
        && let Some(page) = rules::manual(id)
    {
        super::print(page.trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = args.explain.as_deref().map(find).transpose()?;
    let shown = chosen.map_or_else(rules::all, std::slice::from_ref);
    super::print(&match chosen {
        _ if args.json => format!("{:#}", document(shown)),
        _ => list(shown),
    });
    Ok(ExitCode::SUCCESS)
}

/// The rule of that id; else an error that names the nearest ones.
fn find(id: &str) -> anyhow::Result<&'static Rule> {
    if let Some(rule) = rules::all().iter().find(|rule| rule.id == id) {
        return Ok(rule);
    }
    let near: Vec<String> = near(id).into_iter().map(|id| format!("`{id}`")).collect();
    let help = if near.is_empty() {
        "`tollgate rules` lists all".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    bail!("there is no rule `{}`: {help}", id.escape_default())
}

/// Rules whose id contains what was typed or is contained in it, else those of its area.
fn near(id: &str) -> Vec<&'static str> {
    let ids = || rules::all().iter().map(|rule| rule.id);
    let name = |id: &'static str| id.split_once('/').map_or(id, |(_, name)| name);
    let typed = id.trim().to_lowercase().replace('_', "-");
    if typed.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<_> = ids().filter(|id| id.contains(&typed) || typed.contains(name(id))).collect();
    if found.is_empty() {
        let area = typed.split('/').next().unwrap_or_default();
        found = ids().filter(|id| id.split('/').next() == Some(area)).collect();
    }
    found.truncate(5);
    found
}

fn list(rules: &[Rule]) -> String {
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Rule { id, severity, why, .. } in rules {
        let _ = writeln!(text, "{id:<widest$}  {:<7}  {why}", severity.word());
    }
    let _ = write!(text, "{} rules; `tollgate rules --explain ID` shows one with examples", rules.len());
    text
}

fn page(id: &str) -> String {
    rules::manual(id).unwrap_or_default().trim_end().to_owned()
}

fn document(rules: &[Rule]) -> Value {
    let files = |files: &[(&str, &str)]| -> Value {
        files.iter().map(|(path, text)| json!({"path": path, "text": without_marks(text)})).collect()
    };
    let rules = rules.iter().map(|rule| {
        json!({
            "id": rule.id,
            "severity": rule.severity.word(),
            "why": rule.why,
            "fix": rule.fix,
            "bad": files(rule.bad),
            "good": files(rule.good),
        })
    });
    json!({"schema_version": 1, "rules": rules.collect::<Vec<_>>()})
}

/// `⟦…⟧` around the reported tokens is for the rules' own tests.
fn without_marks(text: &str) -> String {
    text.replace(['⟦', '⟧'], "")
}

fn index() -> String {
    let mut text =
        "# Rules of Tollgate\n\nWritten by `tollgate rules --manual`.\n\n| rule | severity | why |\n|---|---|---|\n"
            .to_owned();
    let rules = rules::all().iter().map(|rule| (rule.id, rule.severity, rule.why));
    for (id, severity, why) in rules.chain(states::ALL.iter().map(|state| (state.id, state.severity, state.why))) {
        let why = why.replace('|', "\\|");
        let _ = writeln!(text, "| [{id}]({}) | {} | {why} |", rules::page_name(id), severity.word());
    }
    text
}

/// Writes the manual; answers the number of pages. A file that is none of ours is an error, and nothing is written then.
fn write_manual(folder: &Path) -> anyhow::Result<usize> {
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let root = Root::open_project(folder)?;
    let mut pages = vec![("index.md".to_owned(), index())];
    pages.extend(rules::pages().map(|id| (rules::page_name(id), format!("{}\n", page(id)))));
    for (name, text) in &pages {
        let ours = |there: &str| there.lines().next() == text.lines().next();
        if root.kind(name)?.is_some() && !root.read_text(name).is_ok_and(|there| ours(&there)) {
            bail!("{} is there and is no page of the manual; nothing was written", folder.join(name).display());
        }
    }
    for (name, text) in &pages {
        root.write(name, text.as_bytes()).with_context(|| format!("{name} could not be written"))?;
    }
    Ok(pages.len())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_nearest_rules() {
        assert_eq!(find("gate/unbounded-retry").unwrap().id, "gate/unbounded-retry");
        let said = |id: &str| find(id).err().unwrap().to_string();
        assert_eq!(said("unbounded_retry"), "there is no rule `unbounded_retry`: did you mean `gate/unbounded-retry`?");
        assert!(said("budget/x").contains("`budget/above-parent`"));
        assert_eq!(said(""), "there is no rule ``: `tollgate rules` lists all");
        assert!(!said("\u{1b}[2J").contains('\u{1b}'));
    }

    #[test]
    fn every_rule_is_listed_and_no_mark_is_shown() {
        let (text, json) = (list(rules::all()), document(rules::all()));
        assert_eq!(text.lines().count(), rules::all().len() + 1);
        assert_eq!(json["rules"].as_array().unwrap().len(), rules::all().len());
        assert!(!json.to_string().contains('⟦') && !rules::pages().any(|id| page(id).contains('⟦')));
    }

    #[test]
    fn the_manual_has_a_page_for_every_link_and_spares_other_files() {
        let folder = tempfile::tempdir().unwrap();
        let manual = folder.path().join("docs/rules");
        let pages = write_manual(&manual).unwrap();
        assert_eq!(pages, rules::pages().count() + 1);
        let index = std::fs::read_to_string(manual.join("index.md")).unwrap();
        let links = index.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        assert_eq!(links.filter(|link| manual.join(link).is_file()).count(), rules::pages().count());
        assert_eq!(write_manual(&manual).unwrap(), pages, "a second time");
        std::fs::write(manual.join("index.md"), "# Mine\n").unwrap();
        std::fs::remove_file(manual.join("id-bad.md")).unwrap();
        let error = write_manual(&manual).unwrap_err().to_string();
        assert!(error.ends_with("index.md is there and is no page of the manual; nothing was written"), "{error}");
        assert_eq!(std::fs::read_to_string(manual.join("index.md")).unwrap(), "# Mine\n");
        assert!(!manual.join("id-bad.md").exists());
    }
}
