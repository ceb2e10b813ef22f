//! `tollgate trace`: what a feature asks for against the tasks that do it, as hovers and lenses show it. Looks only.
//!
//! The JSON is stable (`schema_version` 1; new keys may come). It is [`delivery::trace::Trace`] with `why` this feature was
//! taken beside it; places are byte ranges.
//! ```json
//! {"schema_version": 1, "why": "the branch names it", "feature": "004-late-fees", "system": "Spec Kit",
//!  "title": "Late fees", "status": "Draft", "counts": {"requirements": 3, "covered": 2, "tasks": 9, "done": 5},
//!  "requirements": [{"id": "FR-001", "kind": "requirement|criterion|measure|story",
//!    "change": "added|modified|removed|renamed|new name, of OpenSpec, else null", "priority": null, "words": "…",
//!    "state": "uncovered|mentioned|open|begun|done", "tasks": ["T002"],
//!    "place": {"path": "specs/004-late-fees/spec.md", "span": {"start": 90, "end": 96}}}],
//!  "tasks": [{"id": "T002", "done": true, "optional": false, "parallel": false, "story": "US1", "words": "…",
//!    "requirements": ["FR-001"], "after": ["T001"], "place": "as above"}],
//!  "checklists": [{"path": "specs/004-late-fees/checklists/money.md", "kind": "checklist|approvals", "items": 4, "done": 3}],
//!  "questions": ["places"],
//!  "tickets": [{"id": "fees", "title": "…", "gates": [{"pass": "build", "state": "done", "why": "…", "findings": 0}]}],
//!  "commits": [{"id": "1f2e3d4c5b", "subject": "…", "names": ["T002"]}]}
//! ```
//! Where no feature is current it is `{"schema_version": 1, "features": ["004-late-fees"]}` and the exit code 1; 2 where
//! one was named that does not exist.

use crate::workbench::Workbench;
use anyhow::bail;
use delivery::feature::{self, Current};
use delivery::prompt::visible;
use delivery::trace::{self, Trace};
use runner::world::Site;
use serde::Serialize;
use serde_json::json;
use spec::Project;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show what a feature asks for and which tasks do it
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The feature, its name without the system, or its number (default: the current one, by branch or pointer)
    #[arg(value_name = "FEATURE")]
    feature: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A page of Markdown
    Md,
    /// One JSON document (see the README)
    Json,
}

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    why: &'a str,
    #[serde(flatten)]
    trace: &'a Trace,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = super::find_root(args.root.as_deref())?;
    let site = Site::open(super::home()?, &root)?;
    let (snapshot, _) = Workbench::open(&root)?.snapshot()?;
    let project = &snapshot.project;
    let current = match &args.feature {
        Some(word) => match feature::named(project, word) {
            Some(feature) => Some(Current { feature, why: "it is named on the command line" }),
            None => bail!(visible(&format!("there is no feature `{word}`; {}", to_name(project)))),
        },
        None => feature::current(project, &site.hints(None)),
    };
    let found = current.and_then(|current| Some((ide::trace::trace(&snapshot, &current.feature)?, current.why)));
    let Some((trace, why)) = found else {
        super::print(&match args.format {
            Format::Json => format!("{:#}", json!({"schema_version": 1, "features": features(project)})),
            Format::Md => visible(&format!("no feature is current; {}", to_name(project))),
        });
        return Ok(ExitCode::from(1));
    };
    super::print(&match args.format {
        Format::Json => serde_json::to_string_pretty(&Report { schema_version: 1, why, trace: &trace })?,
        Format::Md => visible(trace::markdown(&trace).trim_end()),
    });
    Ok(ExitCode::SUCCESS)
}

fn features(project: &Project) -> Vec<&str> {
    project.features().collect()
}

/// What to do where no feature is meant.
fn to_name(project: &Project) -> String {
    match features(project).as_slice() {
        [] => {
            "there are none here (Spec Kit keeps them in specs/, Kiro in .kiro/specs/, OpenSpec in openspec/changes/)"
                .to_owned()
        }
        some => {
            let more = if some.len() > 20 { " | …" } else { "" };
            let some = some.iter().take(20).copied().collect::<Vec<_>>().join(" | ");
            format!("name one: tollgate trace {some}{more}")
        }
    }
}
