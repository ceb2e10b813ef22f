//! Links: paths in front matter that lead to a file of the root, Markdown links of the body, and addresses on the web.
//!
//! A file can make an editor open what it names: so nothing is a link that leads out of the root, and of all schemes only
//! `http` and `https` are kept. Whether a file is there is for the caller to find out; this room opens nothing.

use crate::Snapshot;
use spec::{FileKind, NameKind, SpecFile, values};
use syntax::yaml::{Kind, Node, Style};
use syntax::{front_matter, markdown, yaml};
use text::Span;

/// A link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// What is underlined.
    pub span: Span,
    /// Where it leads.
    pub target: Target,
}

/// Where a link leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// To a file of the root.
    File {
        /// Path from the root.
        path: String,
        /// True when the file is known to be there.
        known: bool,
    },
    /// To a place in the same file.
    Here(Span),
    /// To the web.
    Web(String),
}

/// No file has more of them.
const MOST: usize = 1_000;

/// No address is longer.
const LONGEST: usize = 2_048;

/// The links of a file, in order of place.
pub fn links(snapshot: &Snapshot, path: &str) -> Vec<Link> {
    let Some((file, text)) = snapshot.file(path).and_then(|file| Some((file, file.text()?))) else { return Vec::new() };
    let finder = Finder { snapshot, path, text };
    let mut found = Vec::new();
    let (front, body) = parts(file, text);
    // A manifest names files from its own folder. Of two links at one place the first is kept.
    for named in file.manifest().into_iter().flat_map(|it| &it.parts).filter_map(|part| part.file.as_ref()) {
        let quotes = usize::from(named.span.of(text).starts_with(['"', '\'']));
        let span = Span::new(named.span.start as usize + quotes, (named.span.end as usize).saturating_sub(quotes));
        found.extend(file.beside(&named.value).map(|path| finder.to(span, path)));
    }
    // Parts of a workflow are found as its tool finds them.
    for part in file.flow().into_iter().flat_map(|flow| &flow.parts) {
        let names = &file.facts.names;
        let at = names.partition_point(|(_, _, span)| *span < part.span);
        let names = names[at..].iter().take_while(|(_, _, span)| *span == part.span);
        let mut flows = names.filter(|(name, ..)| name.kind == NameKind::Flow);
        let there = flows.find_map(|(name, ..)| snapshot.project.definers(name).next());
        found.extend(there.map(|there| finder.to(part.span, there.path.clone())));
    }
    if !front.is_empty() {
        finder.values(&yaml::read(text, front).root, &mut found);
    }
    if !body.is_empty() {
        finder.body(body, &mut found);
    }
    for task in file.work().into_iter().flat_map(|work| &work.tasks) {
        found.extend(task.paths.iter().filter_map(|path| finder.file(path.span, &path.value)));
    }
    found.sort_by_key(|link| link.span);
    found.dedup_by_key(|link| link.span);
    found.truncate(MOST);
    found
}

/// The YAML and the Markdown of a file.
fn parts(file: &SpecFile, text: &str) -> (Span, Span) {
    let whole = Span::new(0, text.len());
    match file.path.rsplit('.').next() {
        Some("md" | "mdc") => {
            let split = front_matter::split(text);
            (split.yaml, split.body)
        }
        // JSON is YAML.
        Some("yaml" | "yml" | "json") if file.kind != FileKind::Board => (whole, Span::empty(0)),
        _ => (Span::empty(0), Span::empty(0)),
    }
}

struct Finder<'s> {
    snapshot: &'s Snapshot,
    path: &'s str,
    text: &'s str,
}

impl Finder<'_> {
    /// Every value that is nothing but a path or an address.
    fn values(&self, root: &Node, found: &mut Vec<Link>) {
        let mut rest = vec![root];
        while let Some(node) = rest.pop() {
            match &node.kind {
                Kind::Map(entries) => rest.extend(entries.iter().map(|entry| &entry.value)),
                Kind::Seq(items) => rest.extend(items),
                Kind::Scalar(scalar) if scalar.style != Style::Block => {
                    let quotes = usize::from(scalar.style != Style::Plain);
                    let (start, end) =
                        (node.span.start as usize + quotes, (node.span.end as usize).saturating_sub(quotes));
                    let span = Span::new(start, end);
                    found.extend(self.web(span, &scalar.value).or_else(|| self.file(span, &scalar.value)));
                }
                Kind::Scalar(_) | Kind::Null => {}
            }
        }
    }

    /// Inline links of the Markdown.
    fn body(&self, body: Span, found: &mut Vec<Link>) {
        let read = markdown::read(self.text, body);
        let mut anchors: Option<Vec<String>> = None;
        for link in read.links(self.text, body) {
            let (span, target) = (link.target, link.target.of(self.text));
            if let Some(anchor) = target.strip_prefix('#') {
                let titles = || markdown::anchors(read.headings.iter().map(|heading| heading.title.value.clone()));
                let at = anchors.get_or_insert_with(titles).iter().position(|known| known == anchor);
                let heading = at.map(|at| read.headings[at].title.span);
                found.extend(heading.map(|heading| Link { span, target: Target::Here(heading) }));
            } else {
                found.extend(
                    self.web(span, target).or_else(|| Some(self.to(span, spec::links::resolve(self.path, target)?))),
                );
            }
        }
    }

    fn web(&self, span: Span, words: &str) -> Option<Link> {
        let (scheme, rest) = words.split_once("://")?;
        let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let plain = |letter: char| !letter.is_control() && !letter.is_whitespace() && letter != '\\';
        let fits = known && !rest.is_empty() && words.len() <= LONGEST && words.chars().all(plain);
        fits.then(|| Link { span, target: Target::Web(words.to_owned()) })
    }

    /// A path from the root, if the words look like one.
    fn file(&self, span: Span, words: &str) -> Option<Link> {
        let looks = words.contains(['/', '.']) && !words.contains(['*', '?', '[', '{', '}', ' ', '\n']);
        let path = words.strip_prefix("./").unwrap_or(words);
        (looks && values::path_fault(path).is_none()).then(|| self.to(span, path.to_owned()))
    }

    fn to(&self, span: Span, path: String) -> Link {
        let known = self.snapshot.file(&path).is_some();
        Link { span, target: Target::File { path, known } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// `words → target`, one line a link.
    fn shown(path: &str, text: &str) -> Vec<String> {
        let mut snapshot = Snapshot::default();
        for (path, text) in [(path, text), (".tollgate/agents/worker.md", "---\nname: worker\n---\n")] {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        let line = |link: Link| {
            let to = match link.target {
                Target::File { path, known: true } => format!("{path} (known)"),
                Target::File { path, .. } => path,
                Target::Here(span) => format!("here {}", span.of(text)),
                Target::Web(address) => address,
            };
            format!("{} → {to}", link.span.of(text))
        };
        links(&snapshot, path).into_iter().map(line).collect()
    }

    #[test]
    fn paths_of_front_matter() {
        let text = "---\nname: w\nversion: 1.0\npasses:\n  - id: a\n    agent: worker\n    inputs: [\"docs/a.md\", 'src/**', outputs.x, ticket, ./README.md]\n    outputs: [{id: o, path: \"specs/{{ticket.slug}}/x.md\"}, {id: p, path: specs/out.md}]\n    run: [sh, scripts/x.sh]\n---\n";
        let expected = [
            "1.0 → 1.0",
            "docs/a.md → docs/a.md",
            "outputs.x → outputs.x",
            "./README.md → README.md",
            "specs/out.md → specs/out.md",
            "scripts/x.sh → scripts/x.sh",
        ];
        assert_eq!(shown(".tollgate/workflows/w.md", text), expected, "what is not there is left out by the caller");
        let text = "---\nid: t\nspec: docs/spec.md\nexternal_ref: \"https://tracker.example/T-1?x=1#y\"\nreferences: [http://a.example, ftp://a.example/x, file:///etc/passwd, command:evil, \"../up.md\", /etc/passwd, ~/x.md]\n---\n";
        let expected = [
            "docs/spec.md → docs/spec.md",
            "https://tracker.example/T-1?x=1#y → https://tracker.example/T-1?x=1#y",
            "http://a.example → http://a.example",
        ];
        assert_eq!(shown(".tollgate/tickets/t.md", text), expected);
        let text = "agents:\n  a: {file: .tollgate/agents/worker.md}\n";
        assert_eq!(
            shown(".tollgate/config.yaml", text),
            [".tollgate/agents/worker.md → .tollgate/agents/worker.md (known)"]
        );
    }

    #[test]
    fn links_of_the_body_stay_inside_the_root() {
        let text = "---\nid: t\n---\n# Top\n[a](../agents/worker.md#x) [b](/docs/a%20b.md) [c](../../../etc/passwd) [d](command:evil) [e](file:///etc/passwd) [f](#the-end) [g](#nothing) [h](https://a.example/x \"t\") [i](javascript:alert) [j](%2e%2e/%2e%2e/%2e%2e/x) `[k](x.md)` [l](..)\n## The end\n";
        let expected = [
            "../agents/worker.md#x → .tollgate/agents/worker.md (known)",
            "/docs/a%20b.md → docs/a b.md",
            "#the-end → here The end",
            "https://a.example/x → https://a.example/x",
            ".. → .tollgate",
        ];
        assert_eq!(shown(".tollgate/tickets/t.md", text), expected);
    }

    #[test]
    fn paths_of_tasks() {
        let text = "# Tasks: A\n\n- [ ] T001 do `src/fees.py` and `x + y`\n";
        assert_eq!(shown("specs/001-a/tasks.md", text), ["src/fees.py → src/fees.py"]);
    }

    proptest::proptest! {
        #[test]
        fn nothing_leads_out(target in "(\\.\\./|%2e|/|\\\\|[a-c]|:|~|#|\\$|//){0,9}", yaml in "[a-c./:~\\\\]{0,12}") {
            let text = format!("---\nid: t\nspec: {yaml}\n---\n[x]({target})\n");
            let mut snapshot = Snapshot::default();
            let path = ".tollgate/tickets/t.md";
            snapshot.project.set(Arc::new(SpecFile::read(path, &text).unwrap()));
            for link in links(&snapshot, path) {
                if let Target::File { path, .. } = link.target {
                    let inside = !path.starts_with('/') && !path.contains([':', '\\']) && path.split('/').all(|part| part != "..");
                    proptest::prop_assert!(inside, "{}", path);
                }
            }
        }
    }
}
