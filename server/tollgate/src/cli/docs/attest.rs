//! `tollgate docs attest`: somebody says that a document is right.

use super::desk::{Desk, Named, who};
use anyhow::bail;
use docs::attest::{Claim, Now, decide};
use docs::document::Document;
use docs::drift::{self, Judgement, State};
use docs::lock::Lock;
use docs::target::Facet;
use docs::tree::Tree;
use std::path::PathBuf;
use std::process::ExitCode;

/// Say that a document, or a section of it, is right as it stands
///
/// What was vouched for before needs a section that was changed since, or a reason why it is still accurate. An agent does
/// not vouch for its own change.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Documents, or sections: `docs/ledger.md#posting`
    #[arg(value_name = "DOC[#SECTION]", required_unless_present = "all")]
    documents: Vec<String>,
    /// Every document of the repository
    #[arg(long, conflicts_with = "documents")]
    all: bool,
    /// Why it is right though nobody changed it
    #[arg(long, value_name = "REASON")]
    still_accurate: Option<String>,
    /// The ticket it is done for (default: `TOLLGATE_TICKET_ID`)
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// Root of the repository
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand; exit code 1 when something that was named could not be vouched for.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = crate::cli::find_root(args.root.as_deref())?;
    let desk = Desk::open(&root)?;
    let named: Vec<Named> =
        args.documents.iter().map(|written| Named::read(&root, written)).collect::<anyhow::Result<_>>()?;
    let ticket = args.ticket.clone().or_else(|| std::env::var("TOLLGATE_TICKET_ID").ok().filter(|id| !id.is_empty()));
    let outcome = desk.look(|library, tree| -> anyhow::Result<Outcome> {
        let mut work = Outcome { lock: library.lock().clone(), ..Outcome::default() };
        let asked = Asked { desk: &desk, tree, by: who(), ticket, reason: args.still_accurate.as_deref() };
        if args.all {
            for document in library.documents() {
                asked.document(document, &library.judge(&document.path, tree), &mut work);
            }
        }
        for named in &named {
            let document = named.document(library)?;
            named.section(&document)?;
            let mut judged = library.judge(&document.path, tree);
            judged.retain(|judgement| named.holds(&document, judgement));
            if judged.is_empty() {
                bail!("nothing is bound in {}", named.path);
            }
            asked.document(&document, &judged, &mut work);
        }
        work.lock.settle(|key| {
            library.judge(&key.doc, tree).iter().find(|it| it.key == *key)?.seen.as_ref().map(|seen| seen.facets)
        });
        Ok(work)
    })?;
    if outcome.stamped > 0 || desk.conflict {
        desk.save(&outcome.lock)?;
    }
    for line in &outcome.refused {
        crate::cli::note(line);
    }
    let anchors = if outcome.stamped == 1 { "anchor" } else { "anchors" };
    crate::cli::print(&format!("{} {anchors} vouched for, {} not", outcome.stamped, outcome.refused.len()));
    Ok(ExitCode::from(u8::from(!outcome.refused.is_empty())))
}

#[derive(Default)]
struct Outcome {
    lock: Lock,
    stamped: usize,
    refused: Vec<String>,
}

struct Asked<'a> {
    desk: &'a Desk,
    tree: &'a dyn Tree,
    by: String,
    ticket: Option<String>,
    reason: Option<&'a str>,
}

impl Asked<'_> {
    fn document(&self, document: &Document, judged: &[Judgement], work: &mut Outcome) {
        let Some(text) = self.tree.text(&document.path) else { return };
        for judgement in judged.iter().filter(|judgement| judgement.state != State::Exempt) {
            let anchor = &document.anchors[judgement.anchor];
            let line = text::LineIndex::new(&text).line_of(anchor.span.start as usize) + 1;
            let refused = |why: String| format!("{}:{line}: {}: {why}", document.path, judgement.key.target);
            if judgement.seen.is_none() {
                let why = match &judgement.state {
                    State::Dangling(_) => "it leads nowhere".to_owned(),
                    State::Unverified(drift::Unverified::Unknown(why)) => why.clone(),
                    _ => "it cannot be told".to_owned(),
                };
                work.refused.push(refused(why));
                continue;
            }
            let Some(now) = now(document, judgement, self.tree) else { continue };
            let author = anchor.target.file().and_then(|path| self.desk.author(path, self.tree));
            let today = jiff::Zoned::now().date().to_string();
            let claim = Claim {
                by: &self.by,
                author: author.as_deref(),
                ticket: self.ticket.as_deref(),
                reason: self.reason,
                at: Some(&today),
            };
            // what stands already need not be written again with another date
            if judgement.state == State::Fresh && judgement.stamp.as_ref().is_some_and(|stamp| stamp.text == now.text) {
                continue;
            }
            match decide(&claim, &now, judgement.stamp.as_ref()) {
                Ok(stamp) => {
                    work.lock.set(judgement.key.clone(), stamp);
                    work.stamped += 1;
                }
                Err(refusal) => work.refused.push(refused(refusal.to_string())),
            }
        }
    }
}

/// What an anchor is about, as it is now; nothing where that cannot be told.
pub(super) fn now(document: &Document, judgement: &Judgement, tree: &dyn Tree) -> Option<Now> {
    let (anchor, seen) = (&document.anchors[judgement.anchor], judgement.seen.as_ref()?);
    let text = tree.text(&document.path)?;
    let facets = drift::compared(&anchor.facets, &seen.facets);
    Some(Now {
        facets,
        blob: seen.blob,
        text: document.section(&anchor.section).map(|section| document.print(&text, section)),
        symbols: if facets.get(Facet::Surface).is_some() { seen.symbols.clone() } else { Vec::new() },
    })
}
