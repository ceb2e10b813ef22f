//! A mirror held against the code it restates.
//!
//! What the document shows must be there and look the same; what it leaves out is its own affair. A member that may come
//! from elsewhere (a base class, another file of the package) is not called missing.

use super::Mirror;
use super::normal::{MODIFIERS, agree, is_container, normal};
use crate::region::{Fault, FaultKind};
use crate::source::Source;
use crate::target::{Fragment, Target};
use crate::tree::Tree;
use std::sync::Arc;
use syntax::code::tokens::Part;
use syntax::code::{Code, Kind, Language, Symbol};
use syntax::lines::lines;
use text::Span;

/// A member of a mirror that the code does not bear out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// What is different.
    pub kind: DifferenceKind,
    /// The member's name in the document.
    pub span: Span,
    /// The member: `ViteDevServer.httpServer`.
    pub member: String,
    /// The file it is mirrored from.
    pub path: String,
    /// Where it stands there.
    pub place: Option<Span>,
    /// The edit of the document that makes it say what the code says, where one can be told.
    pub fix: Option<(Span, String)>,
}

/// See [`Difference::kind`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DifferenceKind {
    /// It is declared otherwise.
    Declared {
        /// As the document has it, in one line.
        document: String,
        /// As the code has it, in one line.
        code: String,
    },
    /// It is not there; with the name that was probably meant.
    Missing(Option<String>),
}

impl Mirror {
    /// What the code does not bear out, in order of place. `text` is that of the document.
    pub fn differences(&self, document: &str, text: &str, tree: &dyn Tree) -> Result<Vec<Difference>, Fault> {
        let fault = |kind| Fault { kind, span: self.target.span };
        let target = Target::parse(&self.target.value, document).map_err(|error| fault(FaultKind::Target(error)))?;
        let path = target.path.as_str().to_owned();
        let Some(file) = target.file().filter(|file| tree.exists(file)) else {
            return Err(fault(FaultKind::NoFile { path, glob: target.is_glob() }));
        };
        let unknown = |why: String| fault(FaultKind::Unknown { path: path.clone(), why });
        let source = tree.source(file).ok_or_else(|| unknown("it is too large, or no text".to_owned()))?;
        let Some(code) = source.code() else {
            let why =
                source.unread().map_or_else(|| "symbols of such a file are not read".to_owned(), |why| why.to_string());
            return Err(unknown(why));
        };
        let root = match &target.fragment {
            Fragment::Whole => None,
            fragment => Some(fragment.to_string()),
        };
        if let Some(root) = &root
            && code.named(root).next().is_none()
        {
            if code.is_broken() {
                return Err(unknown("the file has a syntax error".to_owned()));
            }
            let nearest = spec::values::nearest(root, code.symbols().iter().map(|symbol| &*symbol.path));
            let nearest = nearest.map(str::to_owned);
            return Err(fault(FaultKind::Missing { name: root.clone(), path, nearest }));
        }
        let shown = Shown::read(text, self, file);
        let Some(own) = shown.source.code() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut gone: Vec<&str> = Vec::new();
        for symbol in own.symbols() {
            // of what is gone itself nothing more is said
            let inside = |outer: &&str| symbol.path.strip_prefix(*outer).is_some_and(|rest| rest.starts_with('.'));
            if symbol.broken || gone.iter().any(inside) {
                continue;
            }
            let Some(name) = name_in_code(own, symbol, root.as_deref(), code) else { continue };
            let of_same: Vec<&Symbol> = code.named(&name).collect();
            let span = shown.place(symbol.name);
            let member =
                |kind, place, fix| Difference { kind, span, member: name.clone(), path: path.clone(), place, fix };
            if of_same.is_empty() {
                gone.push(&symbol.path);
                if !may_come_from_elsewhere(code, &name, symbol) {
                    let beside = code.symbols().iter().filter(|other| container(&other.path) == container(&name));
                    let nearest = spec::values::nearest(last(&name), beside.map(|other| last(&other.path)));
                    let nearest = nearest.map(str::to_owned);
                    found.push(member(DifferenceKind::Missing(nearest), None, None));
                }
                continue;
            }
            if is_container(symbol) || of_same.iter().any(|other| other.broken || is_container(other)) {
                continue;
            }
            let says = normal(own, symbol);
            if of_same
                .iter()
                .any(|other| !comparable(symbol, other) || agree(&says, &normal(code, other), code.language()))
            {
                continue;
            }
            let kind = DifferenceKind::Declared { document: own.signature(symbol), code: code.signature(of_same[0]) };
            let fix = match &*of_same {
                [one] => shown.replaced(own, symbol, code, one),
                _ => None,
            };
            found.push(member(kind, Some(of_same[0].name), fix));
        }
        found.sort_by_key(|difference| difference.span);
        Ok(found)
    }
}

fn container(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(container, _)| container)
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The path in the code that a symbol of the document means; nothing for one that the target does not speak of.
fn name_in_code(own: &Code, symbol: &Symbol, root: Option<&str>, code: &Code) -> Option<String> {
    let Some(root) = root else { return Some(symbol.path.clone()) };
    let inside = |path: &str, of: &str| path == of || path.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'));
    if inside(&symbol.path, root) {
        return Some(symbol.path.clone());
    }
    // the document may show a member without what it stands in
    let last = last(root);
    if inside(&symbol.path, last) {
        return Some(format!("{}{}", root, &symbol.path[last.len()..]));
    }
    // and the members of a container without the container
    let names_root = own.symbols().iter().any(|other| inside(&other.path, root) || inside(&other.path, last));
    let is_member = code.named(root).any(is_container) && symbol.container.is_none() && !names_root;
    is_member.then(|| format!("{root}.{}", symbol.path))
}

/// True for declarations that can be held against each other.
fn comparable(one: &Symbol, other: &Symbol) -> bool {
    let callable = |symbol: &Symbol| symbol.kind.is_function();
    let data = |symbol: &Symbol| matches!(symbol.kind, Kind::Field | Kind::Variable | Kind::Constant);
    one.kind == other.kind || (callable(one) || data(one)) && (callable(other) || data(other))
}

/// True when the code may have a member that its file does not show.
fn may_come_from_elsewhere(code: &Code, name: &str, shown: &Symbol) -> bool {
    let Some(outer) = container(name) else { return code.is_broken() || has_star(code) };
    code.is_broken()
        || code.named(outer).any(|symbol| {
            let head = code.token_list(symbol, Part::Declaration);
            let has = |word: &str| head.iter().any(|token| token == word);
            match code.language() {
                // implementations may stand in any file, fields may not
                Language::Rust => has(":") || shown.kind.is_function(),
                Language::Go => shown.kind.is_function() || embeds(code, symbol),
                Language::Python => has("("),
                Language::C => false,
                _ => has("extends") || has("implements") || has(":") || has("partial"),
            }
        })
}

/// True when a file hands on what other files have.
fn has_star(code: &Code) -> bool {
    code.imports().iter().any(|import| import.names.iter().any(|name| name.value == "*"))
        || code.text().contains("export *")
}

/// True for a struct of Go with a field that is only a type.
fn embeds(code: &Code, symbol: &Symbol) -> bool {
    let body = symbol.body.unwrap_or(symbol.span).of(code.text());
    body.lines().any(|line| {
        let words = line.split("//").next().unwrap_or_default().trim().trim_start_matches('*');
        !words.is_empty() && words.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.'))
    })
}

/// The code of a mirror, without the indentation of its fence and without what is cut.
struct Shown<'t> {
    text: &'t str,
    source: Source,
    /// Where each of its lines starts, here and in the document.
    starts: Vec<(u32, u32)>,
}

impl<'t> Shown<'t> {
    fn read(text: &'t str, mirror: &Mirror, path: &str) -> Shown<'t> {
        let all: Vec<Span> = lines(text, mirror.code).collect();
        let is_mark = |span: &Span, marks: &[&str]| {
            let words = span.of(text).trim().trim_start_matches(['/', '#', '-', ' ']).trim_end_matches('-');
            span.of(text).contains("---") && marks.contains(&words)
        };
        let from = all.iter().rposition(|line| is_mark(line, &["cut", "cut-before"])).map_or(0, |at| at + 1);
        let to = all.iter().position(|line| is_mark(line, &["cut-after"])).unwrap_or(all.len()).max(from);
        let kept = &all[from..to];
        let indent = kept.iter().map(|line| line.of(text)).filter(|line| !line.trim().is_empty());
        let indent =
            indent.map(|line| line.len() - line.trim_start_matches([' ', '\t']).len()).min().unwrap_or_default();
        let mut code = String::new();
        let mut starts = Vec::new();
        for line in kept {
            let own = (line.start as usize + indent).min(line.end as usize);
            starts.push((u32::try_from(code.len()).unwrap_or(u32::MAX), u32::try_from(own).unwrap_or(u32::MAX)));
            code.push_str(&text[own..line.end as usize]);
            code.push('\n');
        }
        let code: Arc<str> = code.into();
        let name = format!("x.{}", extension(&mirror.language.value, path));
        Shown { text, source: Source::read(&name, &code), starts }
    }

    /// The place in the document of a place in the code.
    fn place(&self, span: Span) -> Span {
        let of = |at: u32| {
            let line = self.starts.partition_point(|(start, _)| *start <= at).saturating_sub(1);
            self.starts.get(line).map_or(0, |(start, own)| own + (at - start))
        };
        Span { start: of(span.start), end: of(span.end) }
    }

    /// The declaration of the document replaced by that of the code. None where a comment stands in the way.
    fn replaced(&self, own: &Code, symbol: &Symbol, code: &Code, of: &Symbol) -> Option<(Span, String)> {
        let old = declaration(own, symbol);
        let new = declaration(code, of);
        let has_comment = |text: &str| text.contains("//") || text.contains("/*") || text.contains(" #");
        if has_comment(old.of(own.text())) {
            return None;
        }
        let raw = new.of(code.text());
        let mut words = if raw.contains(['\n', '\r']) && !has_comment(raw) {
            let place = self.place(old);
            let line = self.text[..place.start as usize].rfind(['\n', '\r']).map_or(0, |at| at + 1);
            let before = &self.text[line..place.start as usize];
            let indent = &before[..before.len() - before.trim_start().len()];
            reindented(raw, code.text(), new, indent)
        } else {
            code.signature(of)
        };
        let said = old.of(own.text());
        while let Some((first, rest)) = words.split_once(|letter: char| letter.is_whitespace()) {
            let bare = first.split('(').next().unwrap_or(first);
            let annotation = first.starts_with('@') && !said.starts_with('@');
            if !annotation && (!MODIFIERS.contains(&bare) || begins_with(said, bare)) {
                break;
            }
            words = rest.trim_start().to_owned();
        }
        Some((self.place(old), words))
    }
}

/// True when `word` is one of the words before a declaration.
fn begins_with(declaration: &str, word: &str) -> bool {
    let words = declaration.split(|letter: char| letter.is_whitespace() || letter == '(');
    words.take_while(|own| MODIFIERS.contains(own)).any(|own| own == word)
}

/// A symbol without its body, and without the marks between the two.
fn declaration(code: &Code, symbol: &Symbol) -> Span {
    let end = symbol.body.map_or(symbol.span.end, |body| body.start.max(symbol.span.start));
    let span = Span { start: symbol.span.start, end };
    let words = span.of(code.text());
    let marks = |letter: char| letter.is_whitespace() || matches!(letter, '{' | ';' | ',' | ':');
    let bare = words.trim_end_matches(marks);
    let bare = if symbol.body.is_some() { bare.trim_end_matches("=>").trim_end() } else { bare };
    Span::new(span.start as usize, span.start as usize + bare.len())
}

/// Lines of a source with the indentation of a document.
fn reindented(raw: &str, text: &str, span: Span, indent: &str) -> String {
    let line = text[..span.start as usize].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let before = &text[line..span.start as usize];
    let own = before.len() - before.trim_start().len();
    let mut lines = raw.lines();
    let mut out = lines.next().unwrap_or_default().trim_end().to_owned();
    for line in lines {
        let blanks = line.len() - line.trim_start().len();
        out.push('\n');
        if !line.trim().is_empty() {
            out.push_str(indent);
            out.push_str(line[blanks.min(own)..].trim_end());
        }
    }
    out
}

/// The extension that says what language a fence is in: its own word, or that of the mirrored file.
fn extension<'w>(word: &'w str, path: &'w str) -> &'w str {
    let extension = match word.to_ascii_lowercase().as_str() {
        "rust" => "rs",
        "python" => "py",
        "typescript" => "ts",
        "javascript" => "js",
        "golang" => "go",
        "c++" => "cpp",
        "csharp" | "c#" => "cs",
        "ruby" => "rb",
        "kotlin" => "kt",
        _ => word,
    };
    let known = Language::of(&format!("x.{extension}")).is_some();
    if known { extension } else { path.rsplit_once('.').map_or("", |(_, extension)| extension) }
}
