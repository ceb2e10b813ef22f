//! What can be folded: the front matter, every part of the outline, sections also where the outline has none of them (an
//! agent's instructions, a skill), and blocks of code.

use crate::symbols::{Symbol, SymbolKind};
use syntax::{front_matter, markdown};
use text::Span;

/// The ranges of a file that fold, outer ones first. Blank lines at their end stay visible: they separate the folded part
/// from the next.
pub fn folds(path: &str, text: &str, outline: &[Symbol]) -> Vec<Span> {
    let mut all = Vec::new();
    let mut has_sections = false;
    let mut rest: Vec<&Symbol> = outline.iter().collect();
    while let Some(symbol) = rest.pop() {
        has_sections |= symbol.kind == SymbolKind::Section;
        all.push(symbol.span);
        rest.extend(&symbol.children);
    }
    if path.ends_with(".md") || path.ends_with(".mdc") {
        let split = front_matter::split(text);
        if !split.yaml.is_empty() {
            all.push(Span::new(split.open.start as usize, split.body.start as usize));
        }
        let body = markdown::read(text, split.body);
        if !has_sections {
            all.extend(body.sections(split.body.end).iter().map(|section| section.span));
        }
        all.extend(&body.verbatim);
    }
    for span in &mut all {
        *span = Span::new(span.start as usize, span.start as usize + span.of(text).trim_end().len());
    }
    all.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Snapshot;
    use crate::symbols::document_symbols;
    use spec::SpecFile;
    use std::sync::Arc;

    /// First and last line of each fold, in words.
    fn shown(path: &str, text: &str) -> Vec<String> {
        let mut snapshot = Snapshot::default();
        if let Some(file) = SpecFile::read(path, text) {
            snapshot.project.set(Arc::new(file));
        }
        let folds = folds(path, text, &document_symbols(&snapshot, path));
        let ends = |span: Span| {
            let mut lines = span.of(text).lines();
            let first = lines.next()?.to_owned();
            Some(format!("{first} … {}", lines.next_back()?))
        };
        folds.into_iter().filter_map(ends).collect()
    }

    #[test]
    fn of_a_workflow() {
        let text =
            "---\nname: w\npasses:\n  - id: a\n    agent: b\n---\n# W\n\n## a\nDo.\n\n### Gate\n- [ ] AC-1 x\n\n";
        let expected = [
            "--- … ---",
            "id: a …     agent: b",
            "# W … - [ ] AC-1 x",
            "## a … - [ ] AC-1 x",
            "### Gate … - [ ] AC-1 x",
        ];
        assert_eq!(shown(".tollgate/workflows/w.md", text), expected);
    }

    #[test]
    fn of_files_of_other_tools() {
        let agent = "---\nname: a\ndescription: x\n---\nYou work.\n\n# How\nWell.\n\n```sh\nls\n```\n";
        let expected = ["--- … ---", "# How … ```", "```sh … ```"];
        assert_eq!(shown(".claude/agents/a.md", agent), expected);
        assert_eq!(shown(".tollgate/agents/a.md", agent), expected);
        let tasks = "# Tasks: A\n\n## Phase 1\n- [ ] T001 a\n- [ ] T002 b\n\n## Phase 2\n- [ ] T003 c\n";
        let expected = ["# Tasks: A … - [ ] T003 c", "## Phase 1 … - [ ] T002 b", "## Phase 2 … - [ ] T003 c"];
        assert_eq!(shown("specs/001-a/tasks.md", tasks), expected);
        assert_eq!(shown("README.md", "# A\ntext\n"), ["# A … text"]);
    }
}
