//! OpenAPI descriptions (3.x and Swagger 2.0), JSON or YAML, with references followed through files: the operations and the
//! shapes they take and answer with, each with its place.

use crate::target;
use crate::tree::Tree;
use std::collections::BTreeMap;
use syntax::yaml::{Entry, Node};
use text::Span;

/// More files than this are not followed.
const FILE_LIMIT: usize = 64;
/// References that lead to references, and names inside names.
const DEPTH_LIMIT: usize = 16;

/// A description with all files it refers to.
#[derive(Clone, Debug)]
pub struct Api {
    path: String,
    files: BTreeMap<String, Node>,
    valid: bool,
}

/// A value of a description, and the file it stands in.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The file.
    pub file: &'a str,
    /// The value.
    pub node: &'a Node,
}

/// What can be asked of an API.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// `get`, `put`, …
    pub method: &'static str,
    /// `/carts/{cart}`
    pub path: String,
    /// Where it begins: its method, or its path where that leads to another place.
    pub place: Span,
    /// The file it stands in.
    pub file: &'a str,
    /// `operationId`.
    pub id: Option<String>,
    /// `summary`, or else `description`.
    pub summary: String,
    /// `deprecated: true`.
    pub deprecated: bool,
    /// Parameters, those of its path too.
    pub parameters: Vec<Parameter<'a>>,
    /// What it takes.
    pub body: Option<Body<'a>>,
    /// What it answers with, in order.
    pub answers: Vec<Answer<'a>>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter<'a> {
    /// Its name.
    pub name: String,
    /// `path`, `query`, `header`, `cookie` or `formData`.
    pub place: String,
    /// True when it must be there.
    pub required: bool,
    /// What it may be.
    pub schema: Option<At<'a>>,
    /// All of it.
    pub at: At<'a>,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub struct Body<'a> {
    /// True when it must be there.
    pub required: bool,
    /// The shape of its first media type, JSON before others.
    pub schema: Option<At<'a>>,
    /// The shapes of all media types.
    pub contents: Vec<(String, Option<At<'a>>)>,
    /// All of it.
    pub at: At<'a>,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer<'a> {
    /// `200`, `4XX`, `default`
    pub status: String,
    /// `description`.
    pub description: String,
    /// The shape of its first media type.
    pub schema: Option<At<'a>>,
    /// The shapes of all media types.
    pub contents: Vec<(String, Option<At<'a>>)>,
    /// Its status as it stands.
    pub place: Span,
}

const METHODS: [&str; 9] = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

impl Api {
    /// Reads a description and what it refers to.
    pub fn read(path: &str, text: &str, tree: &dyn Tree) -> Api {
        let mut api = Api { path: path.to_owned(), files: BTreeMap::new(), valid: true };
        let mut todo = vec![(path.to_owned(), text.into())];
        while let Some((path, text)) = todo.pop() {
            let text: std::sync::Arc<str> = text;
            let (root, valid) = value(&path, &text);
            api.valid &= valid || path != api.path;
            let mut others = Vec::new();
            references(&root, &mut others, 0);
            api.files.insert(path.clone(), root);
            others.sort();
            others.dedup();
            for other in others {
                let Some(other) = target::join(&path, &other) else { continue };
                let known = api.files.contains_key(&other) || todo.iter().any(|(path, _)| *path == other);
                if !known && api.files.len() + todo.len() < FILE_LIMIT {
                    todo.extend(tree.text(&other).map(|text| (other, text)));
                }
            }
        }
        api
    }

    /// False when the description itself has an error, so that what is not seen in it may yet be there.
    pub fn is_valid(&self) -> bool {
        self.valid
    }

    /// The files it was read from, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// True for `swagger: "2.0"`.
    fn is_swagger(&self) -> bool {
        self.root().is_some_and(|root| root.node.get("swagger").is_some())
    }

    fn root(&self) -> Option<At<'_>> {
        let (file, node) = self.files.get_key_value(&self.path)?;
        Some(At { file, node })
    }

    /// What a value is once references are followed; itself where one leads nowhere.
    pub fn follow<'a>(&'a self, at: At<'a>) -> At<'a> {
        let mut at = at;
        for _ in 0..DEPTH_LIMIT {
            let Some(next) =
                at.node.get("$ref").and_then(Node::scalar).and_then(|reference| self.referred(at, reference))
            else {
                return at;
            };
            at = next;
        }
        at
    }

    fn referred<'a>(&'a self, from: At<'a>, reference: &str) -> Option<At<'a>> {
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let (file, root) = match file {
            "" => self.files.get_key_value(from.file)?,
            file => self.files.get_key_value(&target::join(from.file, file)?)?,
        };
        let mut node = root;
        for part in pointer.split('/').skip(1) {
            let part = unescaped(part);
            node = match part.parse::<usize>() {
                Ok(index) if !node.items().is_empty() => node.items().get(index)?,
                _ => node.get(&part)?,
            };
        }
        Some(At { file, node })
    }

    /// The operations in the order in which they stand.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let Some(root) = self.root() else { return Vec::new() };
        let base = root.node.get("basePath").and_then(Node::scalar).unwrap_or_default().trim_end_matches('/');
        let mut found = Vec::new();
        for path in root.node.get("paths").map(Node::entries).unwrap_or_default() {
            if !path.key.value.starts_with('/') {
                continue; // an extension
            }
            let item = self.follow(At { file: root.file, node: &path.value });
            for entry in item.node.entries() {
                let Some(method) = METHODS.into_iter().find(|method| *method == entry.key.value) else { continue };
                let place = if item.file == root.file { entry.key.span } else { path.key.span };
                let full = format!("{base}{}", path.key.value);
                found.push(self.operation(method, full, place, item, entry));
            }
        }
        found
    }

    fn operation<'a>(
        &'a self,
        method: &'static str,
        path: String,
        place: Span,
        item: At<'a>,
        entry: &'a Entry,
    ) -> Operation<'a> {
        let at = At { file: item.file, node: &entry.value };
        let of = |node: &'a Node| {
            let list = node.get("parameters").map(Node::items).unwrap_or_default();
            list.iter().map(|node| self.follow(At { file: item.file, node })).collect::<Vec<_>>()
        };
        let mut parameters: Vec<Parameter<'a>> = Vec::new();
        let mut body = at.node.get("requestBody").map(|node| self.body(self.follow(At { node, ..at })));
        for own in of(item.node).into_iter().chain(of(at.node)) {
            let word = |key: &str| own.node.get(key).and_then(Node::scalar).unwrap_or_default().to_owned();
            let required = word("required") == "true";
            let schema = own.node.get("schema").map(|node| At { node, ..own });
            if word("in") == "body" {
                body = Some(Body { required, schema, contents: vec![(String::new(), schema)], at: own });
                continue;
            }
            let schema = schema.or_else(|| self.contents(own).into_iter().find_map(|(_, schema)| schema));
            let schema = schema.or(own.node.get("type").map(|_| own));
            let parameter = Parameter { name: word("name"), place: word("in"), required, schema, at: own };
            let same = |other: &Parameter<'_>| other.name == parameter.name && other.place == parameter.place;
            match parameters.iter_mut().find(|other| same(other)) {
                Some(other) => *other = parameter,
                None => parameters.push(parameter),
            }
        }
        let answers = at.node.get("responses").map(Node::entries).unwrap_or_default();
        let answers = answers.iter().filter(|entry| !entry.key.value.starts_with("x-")).map(|entry| {
            let answer = self.follow(At { node: &entry.value, ..at });
            let contents = self.contents(answer);
            Answer {
                status: entry.key.value.clone(),
                description: text_of(answer.node, "description"),
                schema: first_schema(&contents),
                contents,
                place: entry.key.span,
            }
        });
        let summary = text_of(at.node, "summary");
        Operation {
            method,
            path,
            place,
            file: item.file,
            id: at.node.get("operationId").and_then(Node::scalar).map(str::to_owned),
            summary: if summary.is_empty() { text_of(at.node, "description") } else { summary },
            deprecated: text_of(at.node, "deprecated") == "true",
            parameters,
            body,
            answers: answers.collect(),
        }
    }

    fn body<'a>(&'a self, at: At<'a>) -> Body<'a> {
        let contents = self.contents(at);
        let required = text_of(at.node, "required") == "true";
        Body { required, schema: first_schema(&contents), contents, at }
    }

    /// The media types of a body or an answer with their shapes.
    fn contents<'a>(&'a self, at: At<'a>) -> Vec<(String, Option<At<'a>>)> {
        if self.is_swagger() {
            return at.node.get("schema").map(|node| (String::new(), Some(At { node, ..at }))).into_iter().collect();
        }
        let entries = at.node.get("content").map(Node::entries).unwrap_or_default();
        let schema = |entry: &'a Entry| {
            let media = self.follow(At { node: &entry.value, ..at });
            media.node.get("schema").map(|node| At { node, ..media })
        };
        entries.iter().map(|entry| (entry.key.value.clone(), schema(entry))).collect()
    }

    /// What people call a shape: the name of what it refers to, or what it is made of.
    pub fn type_name(&self, schema: Option<At<'_>>) -> String {
        schema.map_or_else(|| "any".to_owned(), |schema| self.name_of(schema, 0))
    }

    fn name_of(&self, at: At<'_>, depth: usize) -> String {
        if depth > DEPTH_LIMIT {
            return "…".to_owned();
        }
        let inner = |node| self.name_of(At { node, ..at }, depth + 1);
        if let Some(reference) = at.node.get("$ref").and_then(Node::scalar) {
            let last = reference.rsplit(['/', '#']).next().unwrap_or(reference);
            return unescaped(last);
        }
        for (key, joint) in [("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")] {
            let parts = at.node.get(key).map(Node::items).unwrap_or_default();
            if !parts.is_empty() {
                return parts.iter().map(inner).collect::<Vec<_>>().join(joint);
            }
        }
        if let Some(value) = at.node.get("const").and_then(Node::scalar) {
            return format!("\"{value}\"");
        }
        let kinds = types(at.node);
        let one = |kind: &str| match kind {
            "array" => {
                let items = at.node.get("items").map_or_else(|| "any".to_owned(), inner);
                if items.contains([' ', '{']) { format!("({items})[]") } else { format!("{items}[]") }
            }
            "object" => {
                let names: Vec<&str> = properties(at.node).map(|entry| &*entry.key.value).collect();
                match at.node.get("additionalProperties").filter(|node| !node.entries().is_empty()) {
                    _ if !names.is_empty() => format!("{{{}}}", names.join(", ")),
                    Some(values) => format!("map of {}", inner(values)),
                    None => "object".to_owned(),
                }
            }
            kind => kind.to_owned(),
        };
        if kinds.is_empty() {
            "any".to_owned()
        } else {
            kinds.iter().map(|kind| one(kind)).collect::<Vec<_>>().join(" | ")
        }
    }
}

/// The types that a shape says it has; `nullable` counts as `null`.
pub(crate) fn types(node: &Node) -> Vec<String> {
    let mut kinds: Vec<String> = match node.get("type") {
        Some(kind) if !kind.items().is_empty() => {
            kind.items().iter().map(|item| item.scalar().unwrap_or("null").to_owned()).collect()
        }
        Some(kind) => kind.scalar().map(str::to_owned).into_iter().collect(),
        None if node.get("properties").is_some() || node.get("additionalProperties").is_some() => {
            vec!["object".to_owned()]
        }
        None if node.get("items").is_some() => vec!["array".to_owned()],
        None => Vec::new(),
    };
    if text_of(node, "nullable") == "true" && !kinds.iter().any(|kind| kind == "null") {
        kinds.push("null".to_owned());
    }
    kinds
}

/// The properties that a shape names.
pub(crate) fn properties(node: &Node) -> impl Iterator<Item = &Entry> {
    node.get("properties").map(Node::entries).unwrap_or_default().iter()
}

/// The text of a key, or nothing.
pub(crate) fn text_of(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::scalar).unwrap_or_default().to_owned()
}

/// JSON before other media types.
fn first_schema<'a>(contents: &[(String, Option<At<'a>>)]) -> Option<At<'a>> {
    let json = contents.iter().find(|(media, _)| media.ends_with("json")).or(contents.first())?;
    json.1
}

fn value(path: &str, text: &str) -> (Node, bool) {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let span = Span::new(start, text.len());
    let document =
        if path.ends_with(".json") { syntax::json::read(text, span) } else { syntax::yaml::read(text, span) };
    (document.root, document.valid)
}

/// The files that references lead to, as written.
fn references(node: &Node, found: &mut Vec<String>, depth: usize) {
    if depth > syntax::yaml::DEPTH_LIMIT {
        return;
    }
    for entry in node.entries() {
        if entry.key.value == "$ref"
            && let Some(reference) = entry.value.scalar()
        {
            let file = reference.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains(':') && !file.starts_with('/') {
                found.push(file.to_owned());
            }
        }
        references(&entry.value, found, depth + 1);
    }
    node.items().iter().for_each(|item| references(item, found, depth + 1));
}

/// A part of a JSON pointer as what it stands for; `%7B` and the like too, as references are written as addresses.
fn unescaped(part: &str) -> String {
    let part = if part.contains('%') { target::unescaped(part) } else { part.to_owned() };
    part.replace("~1", "/").replace("~0", "~")
}

/// A key as a part of a JSON pointer.
pub(crate) fn pointer_part(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
