//! Writes the generated regions of a document anew, and merges documents that hold some.
//!
//! Nothing outside of a region is ever touched.

use crate::document::Document;
use crate::region::{self, Fault, Merge, Region, Request, State};
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use text::Span;

/// What becomes of a region that somebody edited by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Edited {
    /// It stays as it is, and is named.
    #[default]
    Leave,
    /// Its words stay and its markers go.
    Keep,
    /// It is written anew; what was written by hand is lost.
    Regenerate,
}

/// A document with its regions written anew.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Synced {
    /// Its text now.
    pub text: String,
    /// How many regions were written.
    pub written: usize,
    /// Regions that were edited by hand and stayed as they are.
    pub edited: Vec<Region>,
    /// Regions that could not be written, with why.
    pub faults: Vec<Fault>,
    /// What is wrong with markers.
    pub problems: Vec<region::Problem>,
}

/// Writes the regions of a document.
pub fn sync(path: &str, text: &str, tree: &dyn Tree, edited: Edited) -> Synced {
    let document = Document::read(path, text);
    let mut synced = Synced { problems: document.marker_problems.clone(), ..Synced::default() };
    let mut edits: Vec<(Span, String)> = Vec::new();
    for region in &document.regions {
        let generated = match (Request { document: path, region, tree }).generate() {
            Ok(generated) => generated,
            Err(fault) => {
                synced.faults.push(fault);
                continue;
            }
        };
        match (region.state(text, &generated), edited) {
            (State::Current, _) => {}
            (State::Edited, Edited::Leave) => synced.edited.push(region.clone()),
            (State::Edited, Edited::Keep) => {
                edits.extend(region.detached(text));
                synced.written += 1;
            }
            _ => {
                edits.push(region.regenerated(text, &generated));
                synced.written += 1;
            }
        }
    }
    synced.text = applied(text, edits);
    synced
}

fn applied(text: &str, mut edits: Vec<(Span, String)>) -> String {
    edits.sort_by_key(|(span, _)| *span);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits {
        if (span.start as usize) < at {
            continue;
        }
        out.push_str(&text[at..span.start as usize]);
        out.push_str(&new);
        at = span.end as usize;
    }
    out.push_str(&text[at..]);
    out
}

/// The three sides of a merge, so that sums of regions do not conflict.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sides {
    /// What both came from.
    pub base: String,
    /// This side.
    pub ours: String,
    /// The other side.
    pub theirs: String,
    /// Regions that somebody edited by hand on one side: they are merged like any other words.
    edited: BTreeSet<Name>,
}

/// Which region of a document: what its first marker says, and how many before it say the same.
type Name = (String, usize);

impl Sides {
    /// Takes the sums out of the regions that nobody edited.
    pub fn new(path: &str, base: &str, ours: &str, theirs: &str) -> Sides {
        let mut edited = BTreeSet::new();
        for text in [ours, theirs] {
            let own = regions(path, text).into_iter().filter(|(_, region)| {
                let empty = region.content.of(text).trim().is_empty();
                region.merge != Merge::Clean || !(empty || region.is_signed(text))
            });
            edited.extend(own.map(|(name, _)| name));
        }
        let bare = |text: &str| {
            let kept = regions(path, text).into_iter().filter(|(name, _)| !edited.contains(name));
            let edits = kept.map(|(_, region)| (region.close, "<!-- /generated -->".to_owned())).collect();
            applied(text, edits)
        };
        Sides { base: bare(base), ours: bare(ours), theirs: bare(theirs), edited }
    }

    /// Finishes the text that a merge of the three sides made: sums are put back where regions merged, and where they did
    /// not they are written anew. True when no conflict is left.
    pub fn finish(&self, path: &str, merged: &str, tree: &dyn Tree) -> (String, bool) {
        let mut edits = Vec::new();
        for (name, region) in regions(path, merged) {
            if self.edited.contains(&name) {
                continue;
            }
            let content = region.content.of(merged);
            if region.merge == Merge::Clean {
                if !content.trim().is_empty() {
                    edits.push((region.close, format!("<!-- /generated sum:{} -->", region::sum(content))));
                }
            } else if let Ok(generated) = (Request { document: path, region: &region, tree }).generate() {
                edits.push(region.regenerated(merged, &generated));
            }
        }
        let text = applied(merged, edits);
        let left = region::conflicts(&text, Span::new(0, text.len()));
        (text, left.is_empty())
    }
}

fn regions(path: &str, text: &str) -> Vec<(Name, Region)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let name = |region: Region| {
        let words = region.arguments.iter().map(|word| word.value.as_str());
        let marker = std::iter::once(region.kind.value.name()).chain(words).collect::<Vec<_>>().join("\n");
        let count = seen.entry(marker.clone()).or_default();
        *count += 1;
        ((marker, *count), region)
    };
    Document::read(path, text).regions.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Texts;
    use proptest::prelude::*;

    fn tree(rows: &[&str]) -> Texts {
        let mut tree = Texts::default();
        let columns: Vec<String> = rows.iter().map(|row| format!("{row} INT")).collect();
        tree.set("a.sql", &format!("CREATE TABLE t ({});", columns.join(", ")));
        tree
    }

    fn page(text: &str, tree: &Texts) -> String {
        sync("a.md", text, tree, Edited::Leave).text
    }

    const EMPTY: &str = "# A\n\nbefore\n\n<!-- generated: schema a.sql -->\n<!-- /generated -->\n\nafter\n";

    #[test]
    fn what_is_written_stays_as_it_is() {
        let tree = tree(&["a"]);
        let once = sync("a.md", EMPTY, &tree, Edited::Leave);
        assert_eq!(once.written, 1);
        assert_eq!(
            sync("a.md", &once.text, &tree, Edited::Leave),
            Synced { text: once.text.clone(), ..Synced::default() }
        );
    }

    #[test]
    fn what_was_written_by_hand_is_nobodys_to_take() {
        let tree = tree(&["a"]);
        let edited = page(EMPTY, &tree).replace("| `a` |", "| the `a` |");
        let left = sync("a.md", &edited, &tree, Edited::Leave);
        assert_eq!((left.text.as_str(), left.edited.len(), left.written), (edited.as_str(), 1, 0));
        let kept = sync("a.md", &edited, &tree, Edited::Keep);
        assert!(kept.text.contains("| the `a` |") && !kept.text.contains("generated"), "{}", kept.text);
        assert_eq!(sync("a.md", &edited, &tree, Edited::Regenerate).text, page(EMPTY, &tree));
    }

    #[test]
    fn sums_do_not_conflict_and_come_back() {
        let (base, ours, theirs) =
            (page(EMPTY, &tree(&["a"])), page(EMPTY, &tree(&["a", "b"])), page(EMPTY, &tree(&["a"])));
        let sides = Sides::new("a.md", &base, &ours, &theirs);
        assert_eq!(sides.base, sides.theirs);
        assert!(!sides.ours.contains("sum:"));
        assert_eq!(sides.finish("a.md", &sides.ours, &tree(&["a", "b"])), (ours.clone(), true));
    }

    #[test]
    fn a_conflict_in_a_region_is_written_anew_and_others_stay() {
        let all = tree(&["a", "b", "c"]);
        let ours = page(EMPTY, &tree(&["a", "b"]));
        let sides = Sides::new("a.md", &ours, &ours, &ours);
        let merged = sides
            .ours
            .replace("        INT b\n", "<<<<<<< ours\n        INT b\n=======\n        INT c\n>>>>>>> theirs\n");
        assert_eq!(sides.finish("a.md", &merged, &all), (page(EMPTY, &all), true));
        let words = merged.replace("after\n", "<<<<<<< ours\nafter\n=======\nbehind\n>>>>>>> theirs\n");
        let (text, clean) = sides.finish("a.md", &words, &all);
        assert!(!clean && text.ends_with("<<<<<<< ours\nafter\n=======\nbehind\n>>>>>>> theirs\n"), "{text}");
        assert_eq!(text.matches("<<<<<<<").count(), 1);
    }

    #[test]
    fn a_region_that_was_edited_is_merged_like_any_other_words() {
        let ours = page(EMPTY, &tree(&["a"])).replace("| `a` |", "| the `a` |");
        let sides = Sides::new("a.md", &ours, &ours, &page(EMPTY, &tree(&["a"])));
        assert_eq!(sides.ours, ours);
        assert_eq!(sides.finish("a.md", &ours, &tree(&["a"])).0, ours);
    }

    proptest! {
        #[test]
        fn nothing_outside_of_regions_is_touched(
            before in "[a#`~<>\\-!|= \t\r\n\u{e4}]{0,30}",
            behind in "[a#`~<>\\-!|= \t\r\n\u{e4}]{0,30}",
            mark in "(\u{feff})?",
            end in "(\n|\r\n|\r)",
        ) {
            let text = format!("{mark}{before}{end}<!-- generated: schema a.sql -->{end}x{end}<!-- /generated -->{end}{behind}");
            for edited in [Edited::Leave, Edited::Regenerate] {
                let synced = sync("a.md", &text, &tree(&["a"]), edited);
                let Some(rest) = synced.text.strip_prefix(&format!("{mark}{before}{end}<!-- generated: schema a.sql -->")) else {
                    panic!("{text:?} became {:?}", synced.text);
                };
                let Some(inner) = rest.strip_suffix(&format!("-->{end}{behind}")) else {
                    panic!("{text:?} became {:?}", synced.text);
                };
                if synced.written > 0 {
                    prop_assert!(!inner.replace(&end, "").contains(['\r', '\n']), "{:?}", synced.text);
                }
            }
        }
    }
}
