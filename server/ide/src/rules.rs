//! The rules: what `tollgate check` and the editor say about files by themselves and together. One rule is one file with
//! its reason, a bad and a good example that a test runs, and its fix; the manual is made from the same words.
//!
//! What a comment, the configuration and a baseline can quiet, and what not, is said in `suppressions`, `severities` and
//! `baseline`.
//!
//! A rule is a pure function of the project, one of its files, and what runs and the clock say. Agents of hosts are never
//! judged by our rules; of other tools' files only what is certainly wrong for the tool that owns the file is said.

mod agent_drifted;
mod agent_orchestrator_generates;
mod agent_portability;
mod agent_projection_drift;
mod agent_refused;
mod agent_silently_skipped;
mod agent_unknown_category;
mod agent_unknown_reference;
mod agent_unknown_target;
mod agent_unknown_tool;
mod baseline_invalid;
mod budget_above_parent;
mod budget_duplicate_scope;
mod command_missing;
mod command_shell_syntax;
mod context;
mod cost_price_drift;
mod cost_price_map_stale;
mod docs_bad_binding;
mod docs_body_changed;
mod docs_comment_changed;
mod docs_dangling_target;
mod docs_mirror_mismatch;
mod docs_region_broken;
mod docs_region_edited;
mod docs_region_out_of_date;
mod docs_signature_changed;
mod docs_surface_changed;
mod docs_undeclared_edge;
mod documents;
mod file_case_conflict;
mod file_too_large;
mod flow_cycle;
mod flow_duplicate_step;
mod flow_unbounded_loop;
mod flow_unknown_input;
mod flow_unknown_step;
mod flow_unreachable_step;
mod flow_unsafe_interpolation;
mod formula_schema_drift;
mod front_matter_missing;
mod front_matter_twice;
mod front_matter_unclosed;
mod gate_bad_check;
mod gate_no_criterion;
mod gate_no_evidence;
mod gate_no_reviewer;
mod gate_self_review;
mod gate_unbounded_retry;
mod ghaw_lock_out_of_date;
mod ghaw_old_key;
mod ghaw_unknown_import;
mod id_bad;
mod id_duplicate;
mod name_mismatch;
mod numbering;
mod path_escapes_root;
mod path_protected_output;
mod record_chain;
mod record_invalid;
mod rules_unknown_id;
mod schema_duplicate_key;
mod schema_missing_key;
mod schema_unknown_key;
mod schema_unknown_value;
mod schema_version;
mod schema_wrong_type;
mod spec_duplicate_requirement;
mod spec_needs_clarification;
mod spec_no_scenario;
mod spec_scenario_level;
mod spec_stale_status;
mod spec_template_left;
mod spec_unknown_requirement;
mod suppression_no_reason;
mod suppression_protected;
mod suppression_unknown_rule;
mod suppression_unused;
mod tasks_dangling_dependency;
mod tasks_duplicate_id;
mod tasks_gap;
mod tasks_no_path;
mod tasks_wrong_phase;
mod template_in_command;
mod template_invalid;
mod template_unknown_name;
mod text_invisible_character;
mod ticket_bad_input;
mod ticket_dependency_cycle;
mod ticket_feature_json_stale;
mod ticket_no_workflow_for_type;
mod ticket_stale_status;
mod ticket_unknown_reference;
mod ticket_unknown_status;
mod ticket_unknown_workflow;
mod tier_no_candidate;
mod tier_unknown;
mod tool_doubtful;
mod tool_refused;
mod tool_unreadable;
mod trace_done_without_gate;
mod trace_orphan_task;
mod trace_uncovered_requirement;
mod trust_setting_in_repository;
mod value_duration;
mod value_money;
mod value_version;
mod workflow_bad_default;
mod workflow_cycle;
mod workflow_duplicate_section;
mod workflow_missing_section;
mod workflow_no_agent;
mod workflow_no_pass;
mod workflow_orphan_section;
mod workflow_unconsumed_output;
mod workflow_unknown_reference;
mod workflow_unproduced_input;
mod yaml_feature;
mod yaml_invalid;
mod yaml_lenient_only;

use crate::diagnostic::{Diagnostic, Severity};
use crate::live::Live;
use crate::suppressions::{self, Ignored};
use crate::{Documents, severities, states};
use context::Context;
use documents::{Finds, View};
use spec::{FileKind, Project, SpecFile};
use std::fmt::Write;
use text::Span;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable id, `area/name`.
    pub id: &'static str,
    /// Its severity, unless `rules.severity` of the config says otherwise.
    pub severity: Severity,
    /// One sentence: what goes wrong when nobody looks.
    pub why: &'static str,
    /// Files (path and text) that break it; `⟦…⟧` marks the tokens that are reported.
    pub bad: &'static [(&'static str, &'static str)],
    /// Files that keep it.
    pub good: &'static [(&'static str, &'static str)],
    /// How to mend it.
    pub fix: &'static str,
    /// Whose files it looks at.
    pub files: Files,
    check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

/// Whose files a rule looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Files {
    /// Ours: those that are written for Tollgate.
    Ours,
    /// Those of other tools: it says only what is certainly wrong for the tool that owns the file.
    Others,
    /// All.
    All,
    /// Documents that say what they document, and the sources they speak of: files of any kind.
    Documents,
}

impl Files {
    fn hold(self, kind: FileKind) -> bool {
        match self {
            Files::Ours => !kind.is_foreign(),
            Files::Others => kind.is_foreign(),
            Files::All => true,
            Files::Documents => false,
        }
    }
}

/// All rules, by id.
pub fn all() -> &'static [Rule] {
    ALL
}

const ALL: &[Rule] = &[
    agent_drifted::RULE,
    agent_orchestrator_generates::RULE,
    agent_portability::RULE,
    agent_projection_drift::RULE,
    agent_refused::RULE,
    agent_silently_skipped::RULE,
    agent_unknown_category::RULE,
    agent_unknown_reference::RULE,
    agent_unknown_target::RULE,
    agent_unknown_tool::RULE,
    baseline_invalid::RULE,
    budget_above_parent::RULE,
    budget_duplicate_scope::RULE,
    command_missing::RULE,
    command_shell_syntax::RULE,
    cost_price_drift::RULE,
    cost_price_map_stale::RULE,
    docs_bad_binding::RULE,
    docs_body_changed::RULE,
    docs_comment_changed::RULE,
    docs_dangling_target::RULE,
    docs_mirror_mismatch::RULE,
    docs_region_broken::RULE,
    docs_region_edited::RULE,
    docs_region_out_of_date::RULE,
    docs_signature_changed::RULE,
    docs_surface_changed::RULE,
    docs_undeclared_edge::RULE,
    file_case_conflict::RULE,
    file_too_large::RULE,
    flow_cycle::RULE,
    flow_duplicate_step::RULE,
    flow_unbounded_loop::RULE,
    flow_unknown_input::RULE,
    flow_unknown_step::RULE,
    flow_unreachable_step::RULE,
    flow_unsafe_interpolation::RULE,
    formula_schema_drift::RULE,
    front_matter_missing::RULE,
    front_matter_twice::RULE,
    front_matter_unclosed::RULE,
    gate_bad_check::RULE,
    gate_no_criterion::RULE,
    gate_no_evidence::RULE,
    gate_no_reviewer::RULE,
    gate_self_review::RULE,
    gate_unbounded_retry::RULE,
    ghaw_lock_out_of_date::RULE,
    ghaw_old_key::RULE,
    ghaw_unknown_import::RULE,
    id_bad::RULE,
    id_duplicate::RULE,
    name_mismatch::RULE,
    path_escapes_root::RULE,
    path_protected_output::RULE,
    record_chain::RULE,
    record_invalid::RULE,
    rules_unknown_id::RULE,
    schema_duplicate_key::RULE,
    schema_missing_key::RULE,
    schema_unknown_key::RULE,
    schema_unknown_value::RULE,
    schema_version::RULE,
    schema_wrong_type::RULE,
    spec_duplicate_requirement::RULE,
    spec_needs_clarification::RULE,
    spec_no_scenario::RULE,
    spec_scenario_level::RULE,
    spec_stale_status::RULE,
    spec_template_left::RULE,
    spec_unknown_requirement::RULE,
    suppression_no_reason::RULE,
    suppression_protected::RULE,
    suppression_unknown_rule::RULE,
    suppression_unused::RULE,
    tasks_dangling_dependency::RULE,
    tasks_duplicate_id::RULE,
    tasks_gap::RULE,
    tasks_no_path::RULE,
    tasks_wrong_phase::RULE,
    template_in_command::RULE,
    template_invalid::RULE,
    template_unknown_name::RULE,
    text_invisible_character::RULE,
    ticket_bad_input::RULE,
    ticket_dependency_cycle::RULE,
    ticket_feature_json_stale::RULE,
    ticket_no_workflow_for_type::RULE,
    ticket_stale_status::RULE,
    ticket_unknown_reference::RULE,
    ticket_unknown_status::RULE,
    ticket_unknown_workflow::RULE,
    tier_no_candidate::RULE,
    tier_unknown::RULE,
    tool_doubtful::RULE,
    tool_refused::RULE,
    tool_unreadable::RULE,
    trace_done_without_gate::RULE,
    trace_orphan_task::RULE,
    trace_uncovered_requirement::RULE,
    trust_setting_in_repository::RULE,
    value_duration::RULE,
    value_money::RULE,
    value_version::RULE,
    workflow_bad_default::RULE,
    workflow_cycle::RULE,
    workflow_duplicate_section::RULE,
    workflow_missing_section::RULE,
    workflow_no_agent::RULE,
    workflow_no_pass::RULE,
    workflow_orphan_section::RULE,
    workflow_unconsumed_output::RULE,
    workflow_unknown_reference::RULE,
    workflow_unproduced_input::RULE,
    yaml_feature::RULE,
    yaml_invalid::RULE,
    yaml_lenient_only::RULE,
];

/// The rules over documents and the sources they speak of, each with what finds it.
const OF_DOCUMENTS: &[Finds] = &[
    docs_bad_binding::check,
    docs_body_changed::check,
    docs_comment_changed::check,
    docs_dangling_target::check,
    docs_mirror_mismatch::check,
    docs_region_broken::check,
    docs_region_edited::check,
    docs_region_out_of_date::check,
    docs_signature_changed::check,
    docs_surface_changed::check,
    docs_undeclared_edge::check,
];

/// No more than this many diagnostics are given for one file.
const LIMIT: usize = 500;

/// What the rules say about the file at `path` by itself and together with the others.
pub fn check(project: &Project, path: &str) -> Vec<Diagnostic> {
    check_live(project, &Live::default(), path)
}

/// Where outputs are named that no later pass reads, whatever severity the rule about them has.
pub(crate) fn unconsumed(project: &Project, file: &SpecFile) -> Vec<Span> {
    let text = file.text().map_or("", |text| text);
    let mut found = Vec::new();
    (workflow_unconsumed_output::RULE.check)(&Context { project, file, text, live: &Live::default() }, &mut found);
    found.into_iter().map(|diagnostic| diagnostic.span).collect()
}

/// What the rules say about the file at `path`, in order of place, without what comments ignore and with the
/// severities of the configuration.
/// Empty for a file whose text is not kept.
pub fn check_live(project: &Project, live: &Live, path: &str) -> Vec<Diagnostic> {
    check_all(project, live, path).0
}

/// As [`check_live`], with what comments ignore beside it.
pub(crate) fn check_all(project: &Project, live: &Live, path: &str) -> (Vec<Diagnostic>, Vec<Ignored>) {
    let read = project.file(path).and_then(|file| Some((file, file.text()?)));
    let Some((file, text)) = read else { return (Vec::new(), Vec::new()) };
    let context = Context { project, file, text, live };
    let mut found = Vec::new();
    for rule in ALL.iter().filter(|rule| rule.files.hold(file.kind)) {
        (rule.check)(&context, &mut found);
    }
    let ignored = if live.ignore_suppressions { Vec::new() } else { suppressions::apply(file, text, &mut found) };
    severities::apply(project, path, &mut found);
    // What is off or milder by the configuration is so also where it is ignored.
    let judged = ignored.into_iter().filter_map(|Ignored { diagnostic, reason }| {
        let mut one = vec![diagnostic];
        severities::apply(project, path, &mut one);
        one.pop().map(|diagnostic| Ignored { diagnostic, reason })
    });
    let mut ignored: Vec<Ignored> = judged.collect();
    ignored.sort_by_key(|one| one.diagnostic.span);
    found.sort_by(|a, b| (a.span, a.severity, &a.code).cmp(&(b.span, b.severity, &b.code)));
    found.truncate(LIMIT);
    ignored.truncate(LIMIT);
    (found, ignored)
}

/// What the rules say about a document, or a source that documents speak of, at the places of the text that was judged.
pub(crate) fn check_documents(documents: &Documents, path: &str) -> Vec<Diagnostic> {
    let view = View::of(documents, path);
    let mut found = Vec::new();
    for check in OF_DOCUMENTS {
        check(&view, &mut found);
    }
    found.sort_by(|a, b| (a.span, a.severity, &a.code).cmp(&(b.span, b.severity, &b.code)));
    found.truncate(LIMIT);
    found
}

/// Ids of everything that has a page in the manual: the rules, then what the state of things says.
pub fn pages() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|rule| rule.id).chain(states::ALL.iter().map(|state| state.id))
}

/// Name of the page of an id in a folder of the manual.
pub fn page_name(id: &str) -> String {
    format!("{}.md", id.replace('/', "-"))
}

/// The manual page of a rule or a state, as Markdown; `None` for an id that nothing has.
pub fn manual(id: &str) -> Option<String> {
    if let Some(state) = states::ALL.iter().find(|state| state.id == id) {
        let (severity, why, fix) = (state.severity.word(), state.why, state.fix);
        return Some(format!("# {id}\n\nSeverity: {severity}\n\n{why}\n\n## What to do\n\n{fix}\n"));
    }
    let rule = ALL.iter().find(|rule| rule.id == id)?;
    let mut page = format!("# {}\n\nSeverity: {}\n\n{}\n", rule.id, rule.severity.word(), rule.why);
    for (title, files) in [("Wrong", rule.bad), ("Right", rule.good)] {
        let _ = write!(page, "\n## {title}\n");
        for (path, text) in files {
            let language = match path.rsplit('.').next() {
                Some("md") => "markdown",
                Some("toml") => "toml",
                Some("json" | "jsonl") => "json",
                _ => "yaml",
            };
            let text: String = text.chars().filter(|character| !matches!(character, '⟦' | '⟧')).collect();
            let text = crate::diagnostic::one_line_each(&text);
            let _ = write!(page, "\n`{path}`\n````{language}\n{}\n````\n", text.trim_end());
        }
    }
    let _ = write!(page, "\n## How to mend it\n\n{}\n", rule.fix);
    Some(page)
}

#[cfg(test)]
mod tests;
