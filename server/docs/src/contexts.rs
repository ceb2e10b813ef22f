//! Bounded contexts: what their documents say they are to each other, and what their sources really take from each other.
//!
//! A context's sources are what its document is bound to as a whole. An import counts where it leads to a source of another
//! context; anything else (libraries, code of no context) says nothing.

use crate::document::{Document, Kind, Origin, Relation};
use crate::target::{self, PathPattern};
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use syntax::code::{Code, Import, Language};
use text::Span;

/// The contexts of a root and what is between them.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    /// Their documents, by path.
    pub documents: BTreeMap<Arc<str>, Document>,
    /// Whose each source is: the paths of documents.
    sources: BTreeMap<String, BTreeSet<Arc<str>>>,
    /// What is between two of them, from the one that uses to the one that is used.
    pub edges: Vec<Edge>,
}

/// What is between two contexts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The document of the context that uses the other; of the one that declares it, where nobody does.
    pub from: Arc<str>,
    /// The document of the other one.
    pub to: Arc<str>,
    /// What either document says of the two: the document, and its relation.
    pub declared: Vec<(Arc<str>, Relation)>,
    /// Where it is used, in order.
    pub imports: Vec<Used>,
    /// True when one of the two documents says what it stands in relation to, and this is not among it.
    pub undeclared: bool,
}

/// An import of another context's source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Used {
    /// The source.
    pub path: String,
    /// What is imported, as it stands.
    pub span: Span,
    /// The other context's source.
    pub source: String,
}

impl Contexts {
    /// The contexts among these documents.
    pub fn read(documents: impl IntoIterator<Item = Document>, tree: &dyn Tree) -> Contexts {
        let mut contexts = Contexts::default();
        for document in documents.into_iter().filter(|document| document.kind == Kind::BoundedContext) {
            for anchor in &document.anchors {
                if anchor.from != Origin::FrontMatter || !anchor.section.is_empty() {
                    continue;
                }
                let paths = match &anchor.target.path {
                    PathPattern::File(path) => vec![path.to_string()],
                    PathPattern::Glob(glob) => tree.paths(glob),
                };
                for path in paths {
                    contexts.sources.entry(path).or_default().insert(document.path.clone());
                }
            }
            contexts.documents.insert(document.path.clone(), document);
        }
        contexts.edges = contexts.find_edges(tree);
        contexts
    }

    fn find_edges(&self, tree: &dyn Tree) -> Vec<Edge> {
        let mut used: BTreeMap<(Arc<str>, Arc<str>), BTreeSet<Used>> = BTreeMap::new();
        let finder = Finder { contexts: self, tree, crates: std::cell::OnceCell::new() };
        for (path, owners) in &self.sources {
            let Some(source) = tree.source(path) else { continue };
            let Some(code) = source.code() else { continue };
            for import in code.imports() {
                for found in finder.sources_of(path, code, &import) {
                    for to in self.sources.get(&found).into_iter().flatten().filter(|to| !owners.contains(*to)) {
                        for from in owners {
                            let one = Used { path: path.clone(), span: import.module.span, source: found.clone() };
                            used.entry((from.clone(), to.clone())).or_default().insert(one);
                        }
                    }
                }
            }
        }
        let mut edges: Vec<Edge> = used
            .into_iter()
            .map(|((from, to), imports)| {
                let declared = self.declared(&from, &to);
                let says = |path: &Arc<str>| self.documents.get(path).is_some_and(|own| !own.relations.is_empty());
                let undeclared = declared.is_empty() && (says(&from) || says(&to));
                Edge { from, to, declared, imports: imports.into_iter().collect(), undeclared }
            })
            .collect();
        for document in self.documents.values() {
            for other in document.relations.iter().filter_map(|relation| relation.path.as_deref()) {
                let Some((other, _)) = self.documents.get_key_value(other) else { continue };
                let same = |edge: &Edge| {
                    (edge.from == document.path && edge.to == *other)
                        || (edge.to == document.path && edge.from == *other)
                };
                if !edges.iter().any(same) && *other != document.path {
                    let declared = self.declared(&document.path, other);
                    let (from, to) = (document.path.clone(), other.clone());
                    edges.push(Edge { from, to, declared, imports: Vec::new(), undeclared: false });
                }
            }
        }
        edges.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        edges
    }

    /// What two documents say of each other, in the order of their paths.
    fn declared(&self, one: &Arc<str>, other: &Arc<str>) -> Vec<(Arc<str>, Relation)> {
        let mut found = Vec::new();
        for (own, to) in [(one.min(other), one.max(other)), (one.max(other), one.min(other))] {
            let relations = self.documents.get(own).map(|document| &*document.relations).unwrap_or_default();
            let of_it = relations.iter().filter(|relation| relation.path.as_deref() == Some(&**to));
            found.extend(of_it.map(|relation| (own.clone(), relation.clone())));
        }
        found
    }
}

/// Finds the sources that imports lead to.
struct Finder<'a> {
    contexts: &'a Contexts,
    tree: &'a dyn Tree,
    /// Folders of Rust packages by the name their code is imported by.
    crates: std::cell::OnceCell<BTreeMap<String, String>>,
}

impl Finder<'_> {
    fn sources_of(&self, path: &str, code: &Code, import: &Import) -> Vec<String> {
        let module = &*import.module.value;
        match code.language() {
            Language::TypeScript | Language::Tsx => self.script(path, module),
            Language::Python => self.python(path, import),
            Language::Rust => self.rust(path, module),
            Language::Go => self.go(path, module),
            Language::Java => self.java(module),
            Language::C | Language::Cpp | Language::Proto => self.include(path, module),
            _ => Vec::new(),
        }
    }

    /// The first of these paths that there is.
    fn first(&self, paths: impl IntoIterator<Item = String>) -> Vec<String> {
        paths.into_iter().find(|path| self.tree.exists(path)).into_iter().collect()
    }

    /// Sources of contexts whose path ends with these parts.
    fn ending(&self, end: &str) -> Vec<String> {
        let ends = |path: &&String| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        self.contexts.sources.keys().filter(ends).cloned().collect()
    }

    /// Sources of contexts that stand right in this folder.
    fn inside(&self, folder: &str) -> Vec<String> {
        let is_in = |path: &&String| path.rsplit_once('/').map_or("", |(own, _)| own) == folder;
        self.contexts.sources.keys().filter(is_in).cloned().collect()
    }

    fn script(&self, path: &str, module: &str) -> Vec<String> {
        if !module.starts_with('.') {
            return Vec::new();
        }
        let Some(base) = target::join(path, module) else { return Vec::new() };
        let bare = ["js", "mjs", "cjs", "jsx"].iter().find_map(|end| base.strip_suffix(&format!(".{end}")));
        let ends = ["", ".ts", ".tsx", ".d.ts", ".mts", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js"];
        let names = ends.iter().map(|end| format!("{base}{end}"));
        let others = bare.into_iter().flat_map(|bare| [".ts", ".tsx", ".mts"].map(|end| format!("{bare}{end}")));
        self.first(names.chain(others).filter(|path| !path.ends_with('/')))
    }

    fn python(&self, path: &str, import: &Import) -> Vec<String> {
        let module = &*import.module.value;
        let dots = module.len() - module.trim_start_matches('.').len();
        let parts = module.trim_start_matches('.').replace('.', "/");
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut roots = Vec::new();
        if dots > 0 {
            let mut root = folder;
            for _ in 1..dots {
                root = root.rsplit_once('/').map_or("", |(outer, _)| outer);
            }
            roots.push(root.to_owned());
        } else {
            let mut root = folder;
            loop {
                roots.push(root.to_owned());
                if root.is_empty() {
                    break;
                }
                root = root.rsplit_once('/').map_or("", |(outer, _)| outer);
            }
            roots.push("src".to_owned());
        }
        let at = |root: &str, rest: &str| {
            let base = [root, rest].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("/");
            [format!("{base}.py"), format!("{base}/__init__.py")]
        };
        let mut found = Vec::new();
        for name in &import.names {
            let with_name = if parts.is_empty() { name.value.clone() } else { format!("{parts}/{}", name.value) };
            found.extend(self.first(roots.iter().flat_map(|root| at(root, &with_name))));
        }
        if found.is_empty() && !parts.is_empty() {
            found = self.first(roots.iter().flat_map(|root| at(root, &parts)));
        }
        found
    }

    fn rust(&self, path: &str, module: &str) -> Vec<String> {
        let mut parts: Vec<&str> = module.split("::").filter(|part| !part.is_empty()).collect();
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let file = path.rsplit('/').next().unwrap_or(path);
        let own = if matches!(file, "mod.rs" | "lib.rs" | "main.rs") {
            folder.to_owned()
        } else {
            path.trim_end_matches(".rs").to_owned()
        };
        let Some(first) = parts.first().copied() else { return Vec::new() };
        parts.remove(0);
        let mut root = match first {
            "crate" => match path.rfind("src/") {
                Some(at) => path[..at + 3].to_owned(),
                None => return Vec::new(),
            },
            "self" => own,
            "super" => {
                let mut root = own.rsplit_once('/').map_or(String::new(), |(outer, _)| outer.to_owned());
                while parts.first() == Some(&"super") {
                    parts.remove(0);
                    root = root.rsplit_once('/').map_or(String::new(), |(outer, _)| outer.to_owned());
                }
                root
            }
            name => match self.crates().get(name) {
                Some(folder) => folder.clone(),
                None => return Vec::new(),
            },
        };
        // the deepest file that there is has what is imported
        let mut last = self.first(["", "/mod", "/lib", "/main"].map(|end| format!("{root}{end}.rs")));
        for part in parts {
            root = format!("{root}/{part}");
            let found = self.first([format!("{root}.rs"), format!("{root}/mod.rs")]);
            if found.is_empty() {
                break;
            }
            last = found;
        }
        last.retain(|found| *found != path);
        last
    }

    fn crates(&self) -> &BTreeMap<String, String> {
        self.crates.get_or_init(|| {
            let Ok(glob) = target::Glob::new("**/Cargo.toml") else { return BTreeMap::new() };
            let mut crates = BTreeMap::new();
            for path in self.tree.paths(&glob) {
                let Some(text) = self.tree.text(&path) else { continue };
                let manifest = syntax::toml::read(&text, Span::new(0, text.len()));
                let package = manifest.root.get("package").and_then(|package| package.get("name"));
                if let Some(name) = package.and_then(|name| name.scalar()) {
                    let folder = path.trim_end_matches("Cargo.toml");
                    crates.insert(name.replace('-', "_"), format!("{folder}src"));
                }
            }
            crates
        })
    }

    /// A package is a folder; its path begins with that of the module.
    fn go(&self, path: &str, module: &str) -> Vec<String> {
        let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        loop {
            let manifest = if folder.is_empty() { "go.mod".to_owned() } else { format!("{folder}/go.mod") };
            if let Some(text) = self.tree.text(&manifest) {
                let name = text.lines().find_map(|line| line.trim().strip_prefix("module ")).unwrap_or_default().trim();
                let Some(rest) = module.strip_prefix(name) else { return Vec::new() };
                if !rest.is_empty() && !rest.starts_with('/') {
                    return Vec::new();
                }
                let inner = [folder, rest.trim_start_matches('/')];
                let inner: Vec<&str> = inner.into_iter().filter(|part| !part.is_empty()).collect();
                return self.inside(&inner.join("/"));
            }
            if folder.is_empty() {
                return Vec::new();
            }
            folder = folder.rsplit_once('/').map_or("", |(outer, _)| outer);
        }
    }

    /// `shop.billing.Invoice` is a file, or else a folder, or else something in the file `shop/billing`.
    fn java(&self, module: &str) -> Vec<String> {
        let parts = module.trim_end_matches(".*").replace('.', "/");
        let file = self.ending(&format!("{parts}.java"));
        if !file.is_empty() {
            return file;
        }
        let is_in = |path: &&String| {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            folder.strip_suffix(&*parts).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        };
        let folder: Vec<String> = self.contexts.sources.keys().filter(is_in).cloned().collect();
        match parts.rsplit_once('/') {
            Some((outer, _)) if folder.is_empty() => self.ending(&format!("{outer}.java")),
            _ => folder,
        }
    }

    fn include(&self, path: &str, module: &str) -> Vec<String> {
        let beside = target::join(path, module).into_iter();
        let beside = self.first(beside);
        if beside.is_empty() { self.ending(module) } else { beside }
    }
}
