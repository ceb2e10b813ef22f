//! What `rules.severity` and `rules.paths` of the configuration make of a diagnostic, and which diagnostics nothing in a
//! repository may quiet.
//!
//! A file of the checkout may not decide that what speaks of trust and safety is not shown: the severity of a protected
//! rule can be raised and never lowered, no comment ignores it, and no baseline holds it back.

use crate::completion::{Item, ItemKind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules;
use crate::states;
use spec::model::{Config, DocsMode};
use spec::{Project, SpecFile};
use text::Span;

/// Areas of which every rule is protected: what a repository may start, which records count, where a pass may write, and
/// what may be spent.
const PROTECTED_AREAS: &[&str] = &["trust/", "record/", "path/", "budget/"];

/// Protected one by one: what gates say, who may judge whose work, words that nobody sees, and data that would become a
/// command.
const PROTECTED: &[&str] = &[
    "command/shell-syntax",
    "gate/failed",
    "gate/finding",
    "gate/pending",
    "gate/self-review",
    "template/in-command",
    "text/invisible-character",
];

/// True for a rule or state of trust and safety, which nothing in a repository quiets.
pub fn is_protected(id: &str) -> bool {
    PROTECTED.contains(&id) || PROTECTED_AREAS.iter().any(|area| id.starts_with(area))
}

/// The severity that a rule has in the file at `path` when its own is `own`; `None` when it is off there.
pub fn effective(config: Option<&Config>, id: &str, path: &str, own: Severity) -> Option<Severity> {
    let Some(word) = config.and_then(|config| config.severity(id, path)) else { return Some(own) };
    let wanted = match word.value.as_str() {
        "off" => None,
        word => Some(Severity::parse(word).unwrap_or(own)),
    };
    if is_protected(id) { Some(wanted.map_or(own, |wanted| wanted.min(own))) } else { wanted }
}

/// Gives every diagnostic of a file its severity, and drops those that are off.
pub fn apply(project: &Project, path: &str, all: &mut Vec<Diagnostic>) {
    let Some((_, config)) = project.config() else { return };
    if !config.docs.is_empty() && config.docs_of(path).mode == DocsMode::Suggest {
        let drift = all.iter_mut().filter(|it| it.code.starts_with("docs/") && it.severity != Severity::Error);
        drift.for_each(|diagnostic| diagnostic.severity = Severity::Hint);
    }
    if config.severities.is_empty() && config.rule_paths.is_empty() {
        return;
    }
    all.retain_mut(|diagnostic| match effective(Some(config), &diagnostic.code, path, diagnostic.severity) {
        Some(severity) => {
            diagnostic.severity = severity;
            true
        }
        None => false,
    });
}

/// Every id that a severity can be given to, with its own severity and its reason.
pub fn ids() -> impl Iterator<Item = (&'static str, Severity, &'static str)> {
    let rules = rules::all().iter().map(|rule| (rule.id, rule.severity, rule.why));
    rules.chain(states::ALL.iter().map(|state| (state.id, state.severity, state.why)))
}

/// The maps whose keys are ids of rules, with the place of every key and its word. The model keeps the words alone.
pub(crate) fn written(file: &SpecFile, text: &str) -> Vec<(text::Spanned<String>, Option<String>)> {
    let document = syntax::yaml::read(text, file.yaml());
    let Some(rules) = document.root.get("rules") else { return Vec::new() };
    let entries = rules.get("paths").map(syntax::yaml::Node::items).unwrap_or_default();
    let maps = std::iter::once(rules).chain(entries).filter_map(|map| map.get("severity"));
    let keys = maps.flat_map(syntax::yaml::Node::entries);
    keys.map(|entry| (entry.key.clone(), entry.value.scalar().map(str::to_owned))).collect()
}

/// True where the keys of a map are ids of rules; `path` are the keys from the root down to there.
pub(crate) fn is_id_place(path: &[String]) -> bool {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    matches!(path.as_slice(), ["rules", "severity"] | ["rules", "paths", "severity"])
}

/// Ids of rules where a severity is given to one.
pub(crate) fn complete(path: &[String], text: &str, span: Span) -> Vec<Item> {
    let colon = text.get(span.end as usize..).unwrap_or_default().trim_start_matches(' ').starts_with(':');
    let ids = ids().filter(|_| is_id_place(path)).map(|(id, severity, why)| Item {
        label: id.to_owned(),
        kind: ItemKind::Name,
        detail: severity.word().to_owned(),
        documentation: why.to_owned(),
        insert: if colon { id.to_owned() } else { format!("{id}: ") },
        span,
        ..Item::default()
    });
    ids.collect()
}

/// What the rule is whose severity is given, as Markdown.
pub(crate) fn hover(project: &Project, path: &[String], id: &str) -> Option<String> {
    let (id, own, why) = ids().find(|(known, _, _)| is_id_place(path) && *known == id)?;
    let config = project.config().map(|(_, config)| config);
    let here = config.and_then(|config| config.severities.get(id)).map_or_else(String::new, |_| {
        let now = effective(config, id, "", own).map_or("off", Severity::word);
        format!(", in this repository `{now}`")
    });
    let entries = config.map(|config| config.rule_paths.as_slice()).unwrap_or_default();
    let some = entries.iter().filter(|entry| entry.severities.contains_key(id)).count();
    let paths = if some > 0 { ", in some files another (`rules.paths`)" } else { "" };
    let protected =
        if is_protected(id) { "\n\nIt is about trust and safety: it can be raised and not lowered." } else { "" };
    Some(format!("**{id}** · {} by itself{here}{paths}\n\n{why}{protected}", own.word()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn project(config: &str) -> Project {
        let mut project = Project::default();
        let config = format!("schema_version: 1\n{config}");
        project.set(Arc::new(SpecFile::read(".tollgate/config.yaml", &config).unwrap()));
        project
    }

    #[track_caller]
    fn check(config: &str, id: &str, path: &str, own: Severity, expected: Option<Severity>) {
        let project = project(config);
        let config = project.config().map(|(_, config)| config);
        assert_eq!(effective(config, id, path, own), expected);
    }

    #[test]
    fn the_last_entry_that_is_about_a_file_counts() {
        let config = "rules:\n  severity: {gate/no-criterion: hint}\n  paths:\n    - {paths: [\"legacy/**\"], severity: {gate/no-criterion: off}}\n    - {paths: legacy/keep/**, severity: {gate/no-criterion: error}}\n    - {paths: [\"**\"], severity: {tasks/gap: off}}\n";
        let id = "gate/no-criterion";
        check(config, id, "new/a.md", Severity::Warning, Some(Severity::Hint));
        check(config, id, "legacy/a.md", Severity::Warning, None);
        check(config, id, "legacy/keep/a.md", Severity::Warning, Some(Severity::Error));
        check(config, "tasks/gap", "specs/001-a/tasks.md", Severity::Hint, None);
        check(config, "id/bad", "legacy/a.md", Severity::Error, Some(Severity::Error));
    }

    #[test]
    fn what_is_about_trust_is_raised_and_never_lowered() {
        for word in ["off", "hint", "nonsense"] {
            let config = format!(
                "rules:\n  severity: {{path/escapes-root: {word}}}\n  paths:\n    - {{paths: [\"**\"], severity: {{gate/failed: {word}}}}}\n"
            );
            check(&config, "path/escapes-root", "a", Severity::Error, Some(Severity::Error));
            check(&config, "gate/failed", "a", Severity::Error, Some(Severity::Error));
        }
        check(
            "rules: {severity: {budget/approaching: error}}",
            "budget/approaching",
            "a",
            Severity::Information,
            Some(Severity::Error),
        );
    }

    #[test]
    fn what_is_protected_exists() {
        for id in PROTECTED {
            assert!(ids().any(|(known, _, _)| known == *id), "{id}");
        }
        for area in PROTECTED_AREAS {
            assert!(ids().any(|(known, _, _)| known.starts_with(area)), "{area}");
        }
    }

    #[test]
    fn ids_are_offered_and_explained_where_a_severity_is_given() {
        use crate::Snapshot;
        for config in [
            "rules:\n  severity:\n    gate/un$0: hint\n",
            "rules:\n  paths:\n    - paths: [a]\n      severity:\n        gate/un$0: hint\n",
        ] {
            let text = format!("schema_version: 1\n{config}");
            let offset = text.find("$0").unwrap();
            let mut snapshot = Snapshot::default();
            snapshot.project.set(Arc::new(SpecFile::read(".tollgate/config.yaml", &text.replace("$0", "")).unwrap()));
            let items = crate::completion::complete(&snapshot, ".tollgate/config.yaml", offset);
            assert!(items.iter().any(|item| item.insert == "gate/unbounded-retry"), "{items:?}");
            let known = text.replace("gate/un$0", "gate/unbounded-retry");
            snapshot.project.set(Arc::new(SpecFile::read(".tollgate/config.yaml", &known).unwrap()));
            let hover = crate::hover::hover(&snapshot, ".tollgate/config.yaml", None, offset).unwrap();
            assert!(hover.markdown.starts_with("**gate/unbounded-retry** · warning by itself"), "{}", hover.markdown);
        }
    }
}
