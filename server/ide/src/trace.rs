//! What a feature asks for, against all that was done for it: its tasks, the tickets that carry it with the gates of their
//! passes and what those found, and the commits that name it.
//!
//! A finding concerns the tasks that name its file, or a folder around it, in backticks, and through them the requirements
//! that they name; in a document of the feature it concerns what its line is about.

use crate::Snapshot;
use crate::diagnostic::Severity;
use crate::live::{FindingLive, Live};
use delivery::feature::bare;
use delivery::trace::{
    Commit, CommitRow, FindingRow, GateRow, Place, TicketRow, Trace, requirements_of, tasks_by_requirement, tasks_of,
    trace as documents,
};
use spec::record::{Purpose, Record, Verdict};
use spec::work::{Feature, Work, id_of};
use spec::{NameKind, Project, SpecFile};
use std::collections::BTreeSet;
use text::Span;

/// No more commits than this are listed.
const MOST_COMMITS: usize = 50;

/// The trace of a feature with all that is known of it; `None` when there is no such feature.
pub fn trace(snapshot: &Snapshot, name: &str) -> Option<Trace> {
    let (project, live) = (&snapshot.project, &*snapshot.live);
    let mut trace = documents(project, name)?;
    let feature = project.feature(name)?;
    let ids = project.defined(NameKind::Ticket).map(|ticket| ticket.text.as_str());
    let bound: Vec<&str> = ids.filter(|id| is_bound(project, &feature, name, id)).collect();
    trace.tickets = bound.iter().map(|id| ticket(project, live, id)).collect();
    trace.commits = commits(&trace, &live.commits, name, &bound);
    trace.findings = findings(live, &feature);
    Some(trace)
}

/// What checks found that concerns a feature, in order of place.
pub(crate) fn findings(live: &Live, feature: &Feature<'_>) -> Vec<FindingRow> {
    let mut rows = Vec::new();
    for (path, all) in live.findings.iter().filter(|(_, all)| !all.is_empty()) {
        let by_file = tasks_of_file(feature, path);
        let document = feature.documents().find(|(file, _)| file.path == *path);
        for finding in all {
            let mut tasks = by_file.clone();
            let mut requirements = BTreeSet::new();
            if let Some((file, work)) = document {
                own_line(file, work, finding, &mut tasks, &mut requirements);
            }
            if let Some((file, list)) = feature.tasks {
                let covering = tasks_by_requirement(file, list);
                let wanted = feature.requirements().filter(|(_, wanted)| {
                    tasks_of(feature, &covering, wanted).iter().any(|task| tasks.contains(task.id.value.as_str()))
                });
                requirements.extend(wanted.map(|(_, wanted)| wanted.id.value.as_str()));
                // Ids that no spec defines are said all the same.
                let done = list.tasks.iter().filter(|task| tasks.contains(task.id.value.as_str()));
                requirements.extend(done.flat_map(|task| requirements_of(file, task)));
            }
            if !tasks.is_empty() || !requirements.is_empty() {
                rows.push(row(path, finding, &tasks, &requirements));
            }
        }
    }
    rows
}

fn row(path: &str, finding: &FindingLive, tasks: &BTreeSet<&str>, requirements: &BTreeSet<&str>) -> FindingRow {
    let ids = |ids: &BTreeSet<&str>| ids.iter().map(|id| (*id).to_owned()).collect();
    FindingRow {
        place: Place { path: path.to_owned(), span: finding.span },
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "info",
            Severity::Hint => "hint",
        },
        message: finding.message.clone(),
        check: finding.check.clone(),
        pass: finding.pass.clone(),
        ticket: finding.ticket.clone(),
        stale: finding.stale,
        tasks: ids(tasks),
        requirements: ids(requirements),
    }
}

/// The tasks that name a file or a folder around it.
fn tasks_of_file<'a>(feature: &Feature<'a>, path: &str) -> BTreeSet<&'a str> {
    let names = |named: &str| {
        let named = named.trim_start_matches("./");
        let folder = named.trim_end_matches("/**").trim_end_matches('/');
        path == named || (named != folder && path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
    };
    let tasks = feature.tasks.into_iter().flat_map(|(_, work)| &work.tasks);
    tasks.filter(|task| task.paths.iter().any(|path| names(&path.value))).map(|task| task.id.value.as_str()).collect()
}

/// What the line of a document is about in which something was found: the requirement or the task that it is, else what
/// the section around it names.
fn own_line<'a>(
    file: &'a SpecFile,
    work: &'a Work,
    finding: &FindingLive,
    tasks: &mut BTreeSet<&'a str>,
    requirements: &mut BTreeSet<&'a str>,
) {
    let here = |span: Span| span.touches(finding.span.start as usize);
    let task = work.tasks.iter().filter(|task| here(task.span)).min_by_key(|task| task.span.end - task.span.start);
    let wanted = work.requirements.iter().filter(|wanted| here(wanted.span));
    let wanted = wanted.min_by_key(|wanted| wanted.span.end - wanted.span.start);
    if task.is_some() || wanted.is_some() {
        tasks.extend(task.map(|task| task.id.value.as_str()));
        requirements.extend(wanted.map(|wanted| wanted.id.value.as_str()));
        return;
    }
    let Some(section) = work.sections.iter().rfind(|section| here(section.span)) else { return };
    for (name, _, _) in file.names_in(section.content) {
        match name.kind {
            NameKind::Task => _ = tasks.insert(id_of(&name.text)),
            NameKind::Requirement => _ = requirements.insert(id_of(&name.text)),
            _ => {}
        }
    }
}

/// True for a ticket that carries the feature: it names one of its documents or their folder as its spec, it is called as
/// the feature is, or one of its passes wrote one of the documents.
pub(crate) fn is_bound(project: &Project, feature: &Feature<'_>, name: &str, id: &str) -> bool {
    if id == bare(name) {
        return true;
    }
    let paths: BTreeSet<&str> = feature.documents().map(|(file, _)| file.path.as_str()).collect();
    let spec = project.ticket(id).and_then(|(_, ticket)| ticket.spec.as_ref());
    let names = |spec: &str| {
        let spec = spec.trim_start_matches("./").trim_end_matches('/');
        paths.iter().any(|path| path.strip_prefix(spec).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    if spec.is_some_and(|spec| !spec.value.trim_matches(['.', '/']).is_empty() && names(&spec.value)) {
        return true;
    }
    let wrote = |record: &Record| match record {
        Record::Run(receipt) => receipt.outputs.iter().any(|file| paths.contains(file.path.as_str())),
        Record::Decision(_) => false,
    };
    project.records(id).iter().any(|(_, record)| wrote(record))
}

/// The files of tasks that say something about the gates of a ticket: those of the features that it carries.
pub fn concerned(project: &Project, ticket: &str) -> Vec<String> {
    let carried = project.features().filter_map(|name| {
        let feature = project.feature(name)?;
        let (file, _) = feature.tasks.filter(|_| is_bound(project, &feature, name, ticket))?;
        Some(file.path.clone())
    });
    carried.collect()
}

/// A ticket with the gates of its passes: as the plan has them, else as they were recorded last.
fn ticket(project: &Project, live: &Live, id: &str) -> TicketRow {
    let title = project.ticket(id).and_then(|(_, ticket)| ticket.title.as_ref()).map(|title| title.value.clone());
    let found = |pass: &str| {
        let all = live.findings.values().flatten();
        all.filter(|finding| finding.ticket == id && finding.pass == pass).count()
    };
    let gates = match live.tickets.get(id) {
        Some(known) => known
            .passes
            .iter()
            .map(|pass| GateRow {
                state: pass.state.clone(),
                why: pass.failed.clone().unwrap_or_else(|| pass.why.clone()),
                findings: found(&pass.id),
                pass: pass.id.clone(),
            })
            .collect(),
        None => recorded(project, id),
    };
    TicketRow { id: id.to_owned(), title, gates }
}

/// The last word of the records on each pass.
fn recorded(project: &Project, id: &str) -> Vec<GateRow> {
    let mut rows: Vec<GateRow> = Vec::new();
    for (_, record) in project.records(id) {
        let (pass, state, why) = match record {
            Record::Run(receipt) if receipt.purpose == Purpose::Pass => {
                let state = serde_json::to_value(receipt.gate).unwrap_or_default();
                (&receipt.pass, state.as_str().unwrap_or_default().to_owned(), receipt.message.clone())
            }
            Record::Decision(decision) if decision.predicate.budget.is_none() => {
                let word = match decision.predicate.decision {
                    Verdict::Approved => "approved",
                    Verdict::Rejected => "rejected",
                    Verdict::Waived => "waived",
                    Verdict::Escalated => "escalated",
                };
                (&decision.predicate.pass, word.to_owned(), decision.predicate.reason.clone())
            }
            _ => continue,
        };
        let row = GateRow { pass: pass.clone(), state: state.to_lowercase(), why, findings: 0 };
        match rows.iter_mut().find(|known| known.pass == *pass) {
            Some(known) => *known = row,
            None => rows.push(row),
        }
    }
    rows
}

/// The commits that name the feature or one of its tickets, newest first, with the ids that they name.
fn commits(trace: &Trace, all: &[Commit], name: &str, tickets: &[&str]) -> Vec<CommitRow> {
    let bare = bare(name);
    let own: BTreeSet<&str> = trace
        .tasks
        .iter()
        .map(|task| task.id.as_str())
        .chain(trace.requirements.iter().map(|wanted| wanted.id.as_str()))
        // A bare number is any number.
        .filter(|id| id.starts_with(|letter: char| letter.is_ascii_uppercase()))
        .collect();
    let row = |commit: &Commit| {
        let words: BTreeSet<&str> = words(&commit.message).collect();
        // A word of the language names nothing by itself; in a trailer it does.
        let telling = bare.contains(['-', '_']) || bare.bytes().any(|byte| byte.is_ascii_digit());
        let trailer = |line: &str| line.split_once(": ").is_some_and(|(_, value)| value.trim() == bare);
        let named = (telling && words.contains(bare)) || commit.message.lines().any(trailer);
        let ticket = tickets.iter().any(|ticket| words.contains(ticket) && (telling || *ticket != bare));
        (named || ticket).then(|| CommitRow {
            id: commit.id.chars().take(10).collect(),
            subject: commit.message.lines().next().unwrap_or_default().to_owned(),
            names: own.iter().filter(|id| words.contains(**id)).map(|id| (*id).to_owned()).collect(),
        })
    };
    all.iter().filter_map(row).take(MOST_COMMITS).collect()
}

/// What may be a name or an id in a message.
fn words(message: &str) -> impl Iterator<Item = &str> {
    let part = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | ':'));
    message.split(part).map(|word| word.trim_matches(['.', ':', '-'])).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{FindingLive, PassLive, TicketLive};
    use spec::SpecFile;
    use std::sync::Arc;

    fn snapshot() -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in [
            ("specs/004-late-fees/spec.md", "# Feature Specification: Late fees\n\n- **FR-001**: A fee for each day\n"),
            ("specs/004-late-fees/tasks.md", "# Tasks: Late fees\n\n- [x] T001 Table (FR-001)\n- [x] T002 Page\n"),
            (
                ".tollgate/tickets/fees.md",
                "---\nid: fees\ntitle: Late fees\nstatus: To Do\ntype: feature\nspec: specs/004-late-fees/\n---\n## Description\n",
            ),
            (".tollgate/tickets/other.md", "---\nid: other\ntitle: x\nstatus: To Do\nspec: specs/004-late\n---\n"),
        ] {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        let commit = |id: &str, message: &str| Commit { id: id.repeat(40), message: message.to_owned() };
        let pass =
            PassLive { id: "build".into(), state: "waiting for a person".into(), pending: true, ..PassLive::default() };
        let finding = FindingLive {
            span: text::Span::empty(0),
            place: findings::Place::new("src/a.rs", "x", text::Span::empty(0)),
            fixes: Vec::new(),
            severity: crate::Severity::Error,
            rule: String::new(),
            message: String::new(),
            ticket: "fees".into(),
            pass: "build".into(),
            check: "lint".into(),
            within: None,
            stale: false,
        };
        snapshot.live = Arc::new(Live {
            tickets: [("fees".to_owned(), TicketLive { passes: vec![pass], ..TicketLive::default() })].into(),
            findings: [("src/a.rs".to_owned(), vec![finding.clone(), finding])].into(),
            commits: vec![
                commit("a", "Add the table of 004-late-fees (T001, FR-001)\n\nT999 is of somebody else"),
                commit("b", "Add the page\n\nRefs: fees"),
                commit("c", "004-late-feesx is another one"),
                commit("d", "Release 1.2"),
            ],
            ..Live::default()
        });
        snapshot
    }

    #[test]
    fn joins_tickets_gates_findings_and_commits() {
        let trace = trace(&snapshot(), "004-late-fees").unwrap();
        assert_eq!(trace.tickets.len(), 1);
        let gate = &trace.tickets[0].gates[0];
        assert_eq!((gate.pass.as_str(), gate.state.as_str(), gate.findings), ("build", "waiting for a person", 2));
        let rows: Vec<_> = trace.commits.iter().map(|row| (&row.id[..1], row.names.join(" "))).collect();
        assert_eq!(rows, [("a", "FR-001 T001".to_owned()), ("b", String::new())]);
        let page = delivery::trace::markdown(&trace);
        assert!(page.contains("`build`: waiting for a person · 2 findings"), "{page}");
        assert_eq!(trace.findings, []);
        assert!(page.contains("aaaaaaaaaa Add the table of 004-late-fees"), "{page}");
    }

    /// The findings of a snapshot with a file of tasks that names paths, as `requirements/tasks` each.
    fn concerned_by(path: &str, start: usize) -> Vec<String> {
        let mut snapshot = snapshot();
        let tasks = "# Tasks: Late fees\n\n- [x] T001 Table in `src/a.rs` (FR-001)\n- [x] T002 Page below `web/`\n\n\
            ## Notes\n\nT002 waits for FR-001.\n";
        snapshot.project.set(Arc::new(SpecFile::read("specs/004-late-fees/tasks.md", tasks).unwrap()));
        let mut live = (*snapshot.live).clone();
        let mut finding = live.findings["src/a.rs"][0].clone();
        finding.span = text::Span::empty(start);
        live.findings = [(path.to_owned(), vec![finding])].into();
        snapshot.live = Arc::new(live);
        let trace = trace(&snapshot, "004-late-fees").unwrap();
        trace.findings.iter().map(|row| format!("{}/{}", row.requirements.join(" "), row.tasks.join(" "))).collect()
    }

    #[test]
    fn a_finding_concerns_what_names_its_file_or_stands_in_its_line() {
        assert_eq!(concerned_by("src/a.rs", 0), ["FR-001/T001"]);
        assert_eq!(concerned_by("web/fees/page.html", 0), ["/T002"]);
        assert_eq!(concerned_by("website/page.html", 0), [] as [&str; 0]);
        assert_eq!(concerned_by("specs/004-late-fees/spec.md", 45), ["FR-001/"], "its own line");
        assert_eq!(concerned_by("specs/004-late-fees/tasks.md", 30), ["FR-001/T001"]);
        assert_eq!(concerned_by("specs/004-late-fees/tasks.md", 120), ["FR-001/T002"], "the section around it");
    }

    #[test]
    fn done_and_waiting_for_a_person_is_said() {
        let snapshot = snapshot();
        let found = crate::diagnostics::diagnostics(&snapshot, "specs/004-late-fees/tasks.md", None);
        let said: Vec<_> = found.iter().map(|it| (it.code.as_str(), it.message.as_str())).collect();
        let expected = "All tasks are done, but the gate of pass `build` of ticket `fees` waits for a person";
        assert_eq!(said, [("trace/done-without-gate", expected)]);
    }
}
