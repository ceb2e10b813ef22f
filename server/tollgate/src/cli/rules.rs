//! `tollgate rules`: what `tollgate check` and the editors look for. Each rule's reason, examples and remedy are the ones
//! its tests run.
//!
//! JSON (stable, `schema_version` 1; new keys may come):
//! ```json
//! {"schema_version": 1, "rules": [{"id": "gate/unbounded-retry", "severity": "warning", "protected": false,
//!   "effective": "error", "paths": [{"paths": ["legacy/**"], "severity": "off"}], "why": "…", "fix": "…",
//!   "bad": [{"path": ".tollgate/workflows/mend.md", "text": "…"}], "good": ["as above"]}]}
//! ```

use anyhow::{Context, bail};
use ide::rules::{self, Rule};
use ide::{Severity, severities, states};
use runner::files::Root;
use serde_json::{Value, json};
use spec::model::Config;
use spec::{Content, SpecFile};
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
    /// Repository whose severities are shown (default: the one around this folder)
    #[arg(long, value_name = "DIR", conflicts_with = "manual")]
    root: Option<PathBuf>,
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
    let config = config(args.root.as_deref())?;
    if let (Some(id), false) = (args.explain.as_deref(), args.json)
        && let Some(page) = rules::manual(id)
    {
        super::print(page.trim_end());
        if let Some(words) = here(id, config.as_ref()) {
            super::print(&format!("\n## In this repository\n\n{words}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = args.explain.as_deref().map(find).transpose()?;
    let shown = chosen.map_or_else(rules::all, std::slice::from_ref);
    super::print(&match chosen {
        _ if args.json => format!("{:#}", document(shown, config.as_ref())),
        _ => list(shown, config.as_ref()),
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

/// The configuration of a repository, where there is one: of the named folder, else around this one.
fn config(root: Option<&Path>) -> anyhow::Result<Option<Config>> {
    let root = match (root, super::find_root(root)) {
        (Some(_), Err(error)) => return Err(error),
        (None, Err(_)) => return Ok(None),
        (_, Ok(root)) => root,
    };
    let text = Root::open_project(&root).ok().and_then(|files| files.read_text(".tollgate/config.yaml").ok());
    let file = text.and_then(|text| SpecFile::read(".tollgate/config.yaml", &text));
    Ok(file.and_then(|file| match file.content {
        Content::Config(config) => Some(*config),
        _ => None,
    }))
}

/// The severity of a rule in all files that no entry of `rules.paths` is about.
fn effective(id: &str, own: Severity, config: Option<&Config>) -> &'static str {
    severities::effective(config, id, "", own).map_or("off", Severity::word)
}

/// The entries of `rules.paths` that give a rule a severity: globs and word.
fn in_paths<'a>(id: &'a str, config: Option<&'a Config>) -> impl Iterator<Item = (Vec<&'a str>, &'a str)> {
    let entries = config.map(|config| config.rule_paths.as_slice()).unwrap_or_default().iter();
    entries.filter_map(move |entry| {
        let globs = entry.paths.iter().map(|glob| glob.value.as_str()).collect();
        Some((globs, entry.severities.get(id)?.value.as_str()))
    })
}

/// What the configuration makes of a rule or state, where it says something of it or may not.
fn here(id: &str, config: Option<&Config>) -> Option<String> {
    let (id, own, _) = severities::ids().find(|(known, _, _)| *known == id)?;
    let mut words = String::new();
    let now = effective(id, own, config);
    if now != own.word() {
        let _ = writeln!(words, "Its severity is {now}, by `rules.severity`.");
    }
    for (globs, word) in in_paths(id, config) {
        let _ = writeln!(words, "In {} it is {word}, by `rules.paths`.", globs.join(", "));
    }
    if severities::is_protected(id) {
        let _ = writeln!(words, "It is about trust and safety: nothing here lowers it, ignores it or holds it back.");
    }
    (!words.is_empty()).then(|| words.trim_end().to_owned())
}

fn list(rules: &[Rule], config: Option<&Config>) -> String {
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Rule { id, severity, why, .. } in rules {
        let now = effective(id, *severity, config);
        let own = if now == severity.word() { String::new() } else { format!(" (by itself {})", severity.word()) };
        let paths = in_paths(id, config).count();
        let some = if paths > 0 { " (another in some files)" } else { "" };
        let _ = writeln!(text, "{id:<widest$}  {now:<7}  {why}{own}{some}");
    }
    let _ = write!(text, "{} rules; `tollgate rules --explain ID` shows one with examples", rules.len());
    text
}

fn page(id: &str) -> String {
    rules::manual(id).unwrap_or_default().trim_end().to_owned()
}

fn document(rules: &[Rule], config: Option<&Config>) -> Value {
    let files = |files: &[(&str, &str)]| -> Value {
        files.iter().map(|(path, text)| json!({"path": path, "text": without_marks(text)})).collect()
    };
    let rules = rules.iter().map(|rule| {
        json!({
            "id": rule.id,
            "severity": rule.severity.word(),
            "effective": effective(rule.id, rule.severity, config),
            "paths": in_paths(rule.id, config)
                .map(|(paths, severity)| json!({"paths": paths, "severity": severity}))
                .collect::<Vec<_>>(),
            "protected": severities::is_protected(rule.id),
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
    fn what_a_repository_makes_of_a_rule_is_shown() {
        let text = "schema_version: 1\nrules:\n  severity: {gate/unbounded-retry: error, gate/failed: hint}\n  paths: [{paths: [\"legacy/**\"], severity: {gate/unbounded-retry: \"off\"}}]\n";
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".tollgate")).unwrap();
        std::fs::write(folder.path().join(".tollgate/config.yaml"), text).unwrap();
        let config = config(Some(folder.path())).unwrap();
        let rule = document(std::slice::from_ref(find("gate/unbounded-retry").unwrap()), config.as_ref());
        let rule = &rule["rules"][0];
        assert_eq!((&rule["severity"], &rule["effective"]), (&json!("warning"), &json!("error")));
        assert_eq!(rule["paths"], json!([{"paths": ["legacy/**"], "severity": "off"}]));
        let words = here("gate/unbounded-retry", config.as_ref()).unwrap();
        assert!(words.contains("severity is error") && words.contains("In legacy/** it is off"), "{words}");
        assert!(here("gate/failed", config.as_ref()).unwrap().starts_with("It is about trust and safety"));
        assert_eq!(here("id/bad", config.as_ref()), None);
    }

    #[test]
    fn every_rule_is_listed_and_no_mark_is_shown() {
        let (text, json) = (list(rules::all(), None), document(rules::all(), None));
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
