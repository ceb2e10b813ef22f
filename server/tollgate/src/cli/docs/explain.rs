//! `tollgate docs explain`: why a section is fresh or stale, and which documents speak of a source.

use super::desk::{Desk, Named};
use anyhow::bail;
use docs::document::Document;
use docs::drift::{self, Gone, Judgement, State, Unverified};
use docs::moved;
use docs::print::Print;
use docs::target::Facet;
use docs::tree::Tree;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Show why a section is fresh or stale, or which documents speak of a source
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// A document, a section (`docs/ledger.md#posting`), a source, or a symbol in it (`src/post.rs#post`)
    #[arg(value_name = "PATH[#NAME]")]
    path: String,
    /// Root of the repository
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = crate::cli::find_root(args.root.as_deref())?;
    let desk = Desk::open(&root)?;
    let named = Named::read(&root, &args.path)?;
    let text = desk.look(|library, tree| -> anyhow::Result<String> {
        let mut text = String::new();
        if library.document(&named.path).is_some() || named.path.ends_with(".md") {
            let document = named.document(library)?;
            named.section(&document)?;
            let judged = library.judge(&document.path, tree);
            let held: Vec<&Judgement> = judged.iter().filter(|judgement| named.holds(&document, judgement)).collect();
            if held.is_empty() {
                bail!("nothing is bound there");
            }
            held.iter().for_each(|judgement| show(&document, judgement, tree, &mut text));
            return Ok(text);
        }
        for path in library.affected(&named.path) {
            let Some(document) = library.document(&path) else { continue };
            for judgement in library.judge(&path, tree) {
                let target = &document.anchors[judgement.anchor].target;
                let is_it = named.section.as_ref().is_none_or(|name| target.fragment.to_string() == *name);
                if target.path.matches(&named.path) && is_it {
                    show(document, &judgement, tree, &mut text);
                }
            }
        }
        if text.is_empty() {
            bail!("no document speaks of {}", args.path);
        }
        Ok(text)
    })?;
    crate::cli::print(text.trim_end());
    Ok(ExitCode::SUCCESS)
}

fn show(document: &Document, judgement: &Judgement, tree: &dyn Tree, text: &mut String) {
    let anchor = &document.anchors[judgement.anchor];
    let own = tree.text(&document.path).unwrap_or_default();
    let line = text::LineIndex::new(&own).line_of(anchor.span.start as usize) + 1;
    let section = document.section(&anchor.section).filter(|section| section.level > 0);
    let title = section.map_or(String::new(), |section| format!(" › {}", section.title));
    let _ = writeln!(text, "{}:{line}{title}\n  {}", document.path, anchor.target);
    let _ = writeln!(text, "  {}", words(&judgement.state));
    if let State::Dangling(_) = judgement.state {
        for candidate in moved::candidates(&anchor.target, judgement.stamp.as_ref(), tree) {
            let sure = if candidate.exact { "certainly" } else { "perhaps" };
            let _ = writeln!(text, "    {sure} {}: {}", candidate.target, candidate.how.words());
        }
    }
    if let State::Stale(changes) = &judgement.state {
        for change in changes {
            let old = change.old.as_deref().filter(|old| *old != change.new);
            if let (Some(old), Facet::Sig | Facet::Value) = (old, change.facet) {
                old.lines().for_each(|line| _ = writeln!(text, "    - {line}"));
                change.new.lines().for_each(|line| _ = writeln!(text, "    + {line}"));
            }
            change.added.iter().for_each(|name| _ = writeln!(text, "    + {name}"));
            change.removed.iter().for_each(|name| _ = writeln!(text, "    - {name}"));
        }
    }
    let now = judgement.seen.as_ref().map(|seen| drift::compared(&anchor.facets, &seen.facets)).unwrap_or_default();
    let then = judgement.stamp.as_ref().map(|stamp| stamp.facets).unwrap_or_default();
    for facet in Facet::ALL {
        let print = |print: Option<Print>| print.map_or("-".to_owned(), |print| print.to_string());
        match (then.get(facet), now.get(facet)) {
            (None, None) => {}
            (then, now) if then == now => _ = writeln!(text, "    {:7} {}", facet.name(), print(now)),
            (then, now) => _ = writeln!(text, "    {:7} {} → {}", facet.name(), print(then), print(now)),
        }
    }
    if let Some(stamp) = &judgement.stamp {
        let by = stamp.by.as_deref().unwrap_or("somebody");
        let at = stamp.at.as_ref().map_or(String::new(), |at| format!(" on {at}"));
        let ticket = stamp.ticket.as_ref().map_or(String::new(), |ticket| format!(" for {ticket}"));
        let _ = writeln!(text, "    vouched for by {by}{at}{ticket}");
        if let Some(author) = &stamp.author {
            let _ = writeln!(text, "    the code was then last changed by {author}");
        }
        if let Some(reason) = &stamp.reason {
            let _ = writeln!(text, "    because: {reason}");
        }
        if let Some(blob) = stamp.blob {
            let known = if tree.blob(blob).is_some() { "" } else { " (git has it no more)" };
            let _ = writeln!(text, "    the source was {blob}{known}");
        }
    }
    text.push('\n');
}

fn words(state: &State) -> String {
    match state {
        State::Fresh => "fresh: nothing has changed since it was vouched for".to_owned(),
        State::Stale(changes) => {
            let facets: Vec<&str> = changes.iter().map(|change| change.facet.words()).collect();
            format!("stale: the {} changed", facets.join(" and the "))
        }
        State::Dangling(Gone::File) => "dangling: there is no such file".to_owned(),
        State::Dangling(Gone::Symbol) => "dangling: the file has nothing of that name".to_owned(),
        State::Dangling(Gone::Everything) => "dangling: no file matches".to_owned(),
        State::Unverified(Unverified::NoStamp) => "unverified: nobody has vouched for it".to_owned(),
        State::Unverified(Unverified::OtherFacets) => "unverified: something else of it was vouched for".to_owned(),
        State::Unverified(Unverified::Unknown(why)) => format!("unverified: {why}"),
        State::Unverifiable => {
            "unverifiable: another version vouched for it, and git has the source of then no more".to_owned()
        }
        State::Exempt => "history: it says what was true once, and is not held to the code".to_owned(),
    }
}
