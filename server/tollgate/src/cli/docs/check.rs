//! `tollgate docs check`: which documents no longer say what the code is, as `tollgate check` and the editor say it.
//!
//! JSON is that of `tollgate check` with one key more: `"anchors": {"fresh": 9, "stale": 1, "dangling": 0, "unverified": 2,
//! "unverifiable": 0, "history": 1}`.

use super::desk::Desk;
use super::fix;
use crate::cli::check::{self, Format, Found, Row, counted};
use docs::document::Document;
use docs::drift::State;
use docs::target::PathPattern;
use docs::tree::Tree;
use ide::{Documents, Severity};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use text::BlobId;

/// Say which documents no longer say what the code is
///
/// Exit code 1 when something is wrong, and when nothing could be verified at all: a check that looked at nothing is not
/// green.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only this document, or those in this folder (default: all)
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Only what this branch touched: bindings whose source changed since it left the base branch, and new ones
    #[arg(long)]
    changed: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Follow what was certainly renamed or moved, then print what is left
    #[arg(long)]
    fix: bool,
    /// With --fix: print what would be changed, and change nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,
    /// Fail on warnings, too: a changed signature, a region out of date
    #[arg(long)]
    strict: bool,
    /// Report also what `.tollgate/baseline.json` holds back
    #[arg(long)]
    no_baseline: bool,
    /// Root of the repository
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// How anchors stand, by number.
#[derive(Clone, Copy, Default)]
struct Counts {
    fresh: usize,
    stale: usize,
    dangling: usize,
    unverified: usize,
    unverifiable: usize,
    history: usize,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = match (&args.root, &args.path) {
        (None, Some(path)) => crate::workbench::root_above(path)?,
        (root, _) => crate::cli::find_root(root.as_deref())?,
    };
    let only = args.path.as_deref().map(|path| check::below(&root, path)).transpose()?.unwrap_or_default();
    let within = |path: &str| {
        only.is_empty() || path.strip_prefix(&only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut desk = Desk::open(&root)?;
    if args.fix && fix::follow(&desk, &within, args.dry_run)? && !args.dry_run {
        desk = Desk::open(&root)?;
    }
    if args.changed {
        let left = changed(&desk)?;
        desk.narrow(left);
    }
    let documents = desk.documents().clone();
    let counts = Counts::of(&documents, &within);
    let mut found = desk.rows(args.no_baseline, &within);
    let is_ours = |row: &Row| row.diagnostic.code.starts_with("docs/");
    found.rows.retain(is_ours);
    found.suppressed.retain(|(row, _)| is_ours(row));
    let held: usize =
        found.held.iter().filter(|((_, rule, _), _)| rule.starts_with("docs/")).map(|(_, count)| count).sum();
    let pages = documents.pages().filter(|page| within(&page.document.path)).count();
    print(args.format, &found, pages, held, counts);
    if held > 0 {
        crate::cli::note(&format!("in the baseline, and not said: {}", counted(held, "finding")));
    }
    if desk.conflict {
        let note = "a merge left both sides in .tollgate/docs.lock; `tollgate docs attest --all` keeps the one that fits the code";
        crate::cli::note(note);
    }
    let blind = counts.all() > 0 && counts.verified() == 0;
    if blind {
        let todo = "nobody has vouched for any of it; `tollgate docs attest --all` does, once you have read it";
        crate::cli::note(&format!("nothing was verified: {todo}"));
    }
    let worst = if args.strict { Severity::Warning } else { Severity::Error };
    let failed = found.rows.iter().any(|row| row.diagnostic.severity <= worst);
    Ok(ExitCode::from(u8::from(failed || blind)))
}

fn print(format: Format, found: &Found, pages: usize, held: usize, counts: Counts) {
    let rows = &found.rows;
    match format {
        Format::Text => {
            let report = check::text_report(rows, pages);
            let found = report.rsplit_once('\n').map_or("", |(found, _)| found);
            if !found.is_empty() {
                crate::cli::print(found);
            }
            crate::cli::print(&format!("{}: {}", counted(pages, "document"), counts.words()));
        }
        Format::Json => {
            let mut report = check::json_report(rows, pages, held, &[]);
            report["anchors"] = json!({
                "fresh": counts.fresh,
                "stale": counts.stale,
                "dangling": counts.dangling,
                "unverified": counts.unverified,
                "unverifiable": counts.unverifiable,
                "history": counts.history,
            });
            crate::cli::print(&format!("{report:#}"));
        }
        Format::Sarif => crate::cli::print(&format!("{:#}", check::sarif(rows, &found.suppressed))),
        Format::Github if rows.is_empty() => {}
        Format::Github => crate::cli::print(&check::github(rows)),
    }
}

impl Counts {
    fn of(documents: &Documents, within: &dyn Fn(&str) -> bool) -> Counts {
        let mut counts = Counts::default();
        let pages = documents.pages().filter(|page| within(&page.document.path));
        for judgement in pages.flat_map(|page| &page.judgements) {
            *match &judgement.state {
                State::Fresh => &mut counts.fresh,
                State::Stale(_) => &mut counts.stale,
                State::Dangling(_) => &mut counts.dangling,
                State::Unverified(_) => &mut counts.unverified,
                State::Unverifiable => &mut counts.unverifiable,
                State::Exempt => &mut counts.history,
            } += 1;
        }
        counts
    }

    fn all(self) -> usize {
        self.verified() + self.unverified + self.unverifiable
    }

    /// Those of which something was found out.
    fn verified(self) -> usize {
        self.fresh + self.stale + self.dangling
    }

    fn words(self) -> String {
        let parts = [
            (self.fresh, "fresh"),
            (self.stale, "stale"),
            (self.dangling, "dangling"),
            (self.unverified, "unverified"),
            (self.unverifiable, "unverifiable"),
            (self.history, "history"),
        ];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        match parts.is_empty() {
            true => "no bindings".to_owned(),
            false => format!("{} ({})", counted(self.all() + self.history, "anchor"), parts.join(", ")),
        }
    }
}

/// What is left of documents when only that counts which this branch touched.
fn changed(desk: &Desk) -> anyhow::Result<Vec<Document>> {
    let history = desk.history().ok_or_else(|| anyhow::anyhow!("there is no git history to compare with"))?;
    let fork = history.fork().ok_or_else(|| {
        anyhow::anyhow!("there is no base branch to compare with: neither main nor master, here or at origin")
    })?;
    desk.look(|library, tree| {
        let differs = |path: &str| history.file(&fork, path) != tree.id(path);
        let touched = |pattern: &PathPattern| match pattern {
            PathPattern::File(path) => differs(path),
            PathPattern::Glob(glob) => {
                let before = history.files_below(&fork, glob.folder());
                let now: BTreeSet<String> = tree.paths(glob).into_iter().collect();
                before.keys().any(|path| glob.matches(path) && !now.contains(path))
                    || now.iter().any(|path| before.get(path).copied() != tree.id(path))
            }
        };
        let mut left = Vec::new();
        for document in library.documents() {
            let mut document = Document::clone(document);
            let own = differs(&document.path);
            let before = history.file(&fork, &document.path).filter(|_| own).and_then(|id| old(tree, &document, id));
            document.anchors.retain(|anchor| {
                let is_new = own
                    && before.as_ref().is_none_or(|before| {
                        !before
                            .anchors
                            .iter()
                            .any(|old| (&old.section, &old.target) == (&anchor.section, &anchor.target))
                    });
                is_new || touched(&anchor.target.path)
            });
            if !own {
                let mut others = docs::library::targets(&document);
                others.retain(|target| touched(&target.path));
                let is_touched = |words: &str| others.iter().any(|target| target.to_string() == words);
                document.regions.retain(|region| region.arguments.iter().any(|word| is_touched(word)));
                document.mirrors.retain(|mirror| is_touched(&mirror.target));
                document.problems.clear();
                document.marker_problems.clear();
            }
            if ide::documents::page::binds(&document) {
                left.push(document);
            }
        }
        Ok(left)
    })
}

fn old(tree: &dyn Tree, document: &Document, id: BlobId) -> Option<Document> {
    Some(Document::read(&document.path, &tree.blob(id)?))
}
