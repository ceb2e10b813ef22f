//! OpenAPI: what a client sends must still be taken, what it reads must still be there.

use super::Change;
use crate::openapi::{Answer, Api, At, Operation, Parameter, properties, text_of, types};
use crate::tree::Tree;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use syntax::yaml::Node;
use text::Span;

pub(super) fn changes(path: &str, before: (&str, &dyn Tree), after: (&str, &dyn Tree)) -> Option<Vec<Change>> {
    let is_api = |text: &str| text.contains("openapi") || text.contains("swagger");
    if !is_api(before.0) || !is_api(after.0) {
        return None;
    }
    let (old, new) = (Api::read(path, before.0, before.1), Api::read(path, after.0, after.1));
    if !old.is_valid() || !new.is_valid() {
        return None;
    }
    let mut judge = Judge { path, old: &old, new: &new, found: Vec::new(), seen: HashSet::new() };
    judge.operations(after.0);
    Some(judge.found)
}

/// Who writes a value: what the server takes may become more, what it answers with may become less.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    In,
    Out,
}

struct Judge<'a> {
    path: &'a str,
    old: &'a Api,
    new: &'a Api,
    found: Vec<Change>,
    /// Pairs of shapes that were compared: shapes may hold themselves.
    seen: HashSet<(usize, usize, Way)>,
}

impl<'a> Judge<'a> {
    fn say(&mut self, breaking: bool, file: &str, span: Span, words: String) {
        self.found.push(Change { file: file.to_owned(), span, breaking, words });
    }

    fn operations(&mut self, after: &str) {
        let (old, new) = (self.old.operations(), self.new.operations());
        let first = Span::new(0, after.lines().next().map_or(0, str::len));
        let same = |one: &Operation<'_>, other: &Operation<'_>| {
            one.method == other.method && template(&one.path) == template(&other.path)
        };
        for operation in &old {
            match new.iter().find(|other| same(operation, other)) {
                Some(other) => self.operation(operation, other),
                None => {
                    // what else of its path is left is the nearest place
                    let place = new.iter().find(|other| template(&other.path) == template(&operation.path));
                    let words = format!("{} is gone", title(operation));
                    let path = self.path;
                    self.say(true, path, place.map_or(first, |place| place.place), words);
                }
            }
        }
        for operation in new.iter().filter(|operation| !old.iter().any(|other| same(operation, other))) {
            self.say(false, operation.file, operation.place, format!("{} is new", title(operation)));
        }
    }

    fn operation(&mut self, old: &Operation<'a>, new: &Operation<'a>) {
        let name = title(new);
        let renamed: BTreeMap<String, String> = variables(&old.path).into_iter().zip(variables(&new.path)).collect();
        let find = |parameter: &Parameter<'_>, among: &[Parameter<'a>], forth: bool| {
            let is_path = parameter.place == "path";
            let called = if is_path && forth { renamed.get(&parameter.name) } else { None };
            let back = renamed.iter().find(|(_, new)| is_path && !forth && **new == parameter.name).map(|(old, _)| old);
            let called = called.or(back).unwrap_or(&parameter.name).clone();
            among.iter().find(|other| other.name == called && other.place == parameter.place).cloned()
        };
        for parameter in &old.parameters {
            let own = &parameter.name;
            let Some(other) = find(parameter, &new.parameters, true) else {
                let to = new
                    .parameters
                    .iter()
                    .find(|other| other.place == parameter.place && find(other, &old.parameters, false).is_none());
                let hint = to.map(|to| format!("; is it `{}` now?", to.name)).unwrap_or_default();
                let span = to.map_or(new.place, |to| to.at.node.span);
                self.say(true, new.file, span, format!("{name}: {} parameter `{own}` is gone{hint}", parameter.place));
                continue;
            };
            if other.required && !parameter.required {
                let words = format!("{name}: {} parameter `{own}` is required now", parameter.place);
                self.say(true, other.at.file, key_span(other.at, "required"), words);
            }
            let default = |parameter: &Parameter<'_>| parameter.schema.map(|schema| text_of(schema.node, "default"));
            if let (Some(was), Some(is)) = (default(parameter), default(&other))
                && was != is
                && !was.is_empty()
                && !is.is_empty()
            {
                let words = format!("{name}: who leaves `{own}` out gets `{is}` instead of `{was}`");
                self.say(true, other.at.file, other.at.node.span, words);
            }
            self.shapes(
                &format!("{name}: {} parameter `{own}`", parameter.place),
                parameter.schema,
                other.schema,
                Way::In,
            );
        }
        for parameter in &new.parameters {
            if find(parameter, &old.parameters, false).is_some() {
                continue;
            }
            let how = if parameter.required { "new and required" } else { "new" };
            let words = format!("{name}: {} parameter `{}` is {how}", parameter.place, parameter.name);
            self.say(parameter.required, parameter.at.file, parameter.at.node.span, words);
        }
        self.body(&name, old, new);
        self.answers(&name, old, new);
    }

    fn body(&mut self, name: &str, old: &Operation<'a>, new: &Operation<'a>) {
        match (&old.body, &new.body) {
            (None, None) => {}
            (Some(_), None) => self.say(true, new.file, new.place, format!("{name}: takes no body any more")),
            (None, Some(body)) => {
                let how = if body.required { "a new, required body" } else { "a new body" };
                self.say(body.required, body.at.file, new.place, format!("{name}: takes {how}"));
            }
            (Some(was), Some(is)) => {
                if is.required && !was.required {
                    let words = format!("{name}: its body is required now");
                    self.say(true, is.at.file, key_span(is.at, "required"), words);
                }
                self.media(&format!("{name}: the body"), "is not taken", &was.contents, &is.contents, new, Way::In);
            }
        }
    }

    fn media(
        &mut self,
        what: &str,
        gone: &str,
        old: &[(String, Option<At<'a>>)],
        new: &[(String, Option<At<'a>>)],
        of: &Operation<'a>,
        way: Way,
    ) {
        for (media, schema) in old {
            match new.iter().find(|(other, _)| other == media) {
                Some((_, other)) => self.shapes(what, *schema, *other, way),
                None => self.say(true, of.file, of.place, format!("{what}: `{media}` {gone} any more")),
            }
        }
    }

    fn answers(&mut self, name: &str, old: &Operation<'a>, new: &Operation<'a>) {
        let covers = |answers: &[Answer<'_>], status: &str| {
            let range = format!("{}XX", &status[..status.len().min(1)]);
            answers.iter().any(|answer| answer.status.eq_ignore_ascii_case(&range))
        };
        for answer in &old.answers {
            let status = &answer.status;
            match new.answers.iter().find(|other| other.status == *status) {
                Some(other) => {
                    let what = format!("{name}: answer {status}");
                    self.media(&what, "is not answered", &answer.contents, &other.contents, new, Way::Out);
                }
                None if covers(&new.answers, status) => {}
                // an error that no longer happens hurts nobody
                None => {
                    let breaking = !status.starts_with(['4', '5']);
                    self.say(breaking, new.file, new.place, format!("{name}: answer {status} is gone"));
                }
            }
        }
        for answer in &new.answers {
            if !old.answers.iter().any(|other| other.status == answer.status) && !covers(&old.answers, &answer.status) {
                self.say(false, new.file, answer.place, format!("{name}: answer {} is new", answer.status));
            }
        }
    }

    fn shapes(&mut self, what: &str, old: Option<At<'a>>, new: Option<At<'a>>, way: Way) {
        let (Some(old), Some(new)) = (old, new) else { return };
        let (old, new) = (self.old.follow(old), self.new.follow(new));
        let pair = (std::ptr::from_ref(old.node) as usize, std::ptr::from_ref(new.node) as usize, way);
        if !self.seen.insert(pair) {
            return;
        }
        let (was, is) = (Shape::of(self.old, old), Shape::of(self.new, new));
        let at = |key: &str| key_span(new, key);
        self.types(what, &was, &is, new, way);
        self.values(what, &was, &is, new, way);
        if way == Way::In {
            self.limits(what, old.node, new);
        }
        if let (Some(old_items), Some(new_items)) = (was.items, is.items) {
            self.shapes(&format!("{what}[]"), Some(old_items), Some(new_items), way);
        }
        if let (Some(one), Some(other)) = (was.values, is.values) {
            self.shapes(&format!("{what}.*"), Some(one), Some(other), way);
        }
        self.fields(what, &was, &is, new, way);
        for (name, own) in &was.others {
            match is.others.get(name) {
                Some(other) => self.shapes(what, Some(*own), Some(*other), way),
                None if !is.others.is_empty() && way == Way::In => {
                    let span = at(if new.node.get("oneOf").is_some() { "oneOf" } else { "anyOf" });
                    self.say(true, new.file, span, format!("{what}: `{name}` is not taken any more"));
                }
                None => {}
            }
        }
        for (name, other) in &is.others {
            if !was.others.is_empty() && !was.others.contains_key(name) && way == Way::Out {
                self.say(true, other.file, other.node.span, format!("{what}: may be `{name}` now"));
            }
        }
    }

    fn types(&mut self, what: &str, was: &Shape<'a>, is: &Shape<'a>, new: At<'a>, way: Way) {
        let (more, less) = match way {
            Way::In => (&was.kinds, &is.kinds),
            Way::Out => (&is.kinds, &was.kinds),
        };
        // no type at all is every type; alternatives are compared one by one
        if less.is_empty() || !was.others.is_empty() || !is.others.is_empty() {
            return;
        }
        let covered = |kind: &String| less.contains(kind) || (kind == "integer" && less.contains("number"));
        let lost: Vec<&String> = more.iter().filter(|kind| !covered(kind)).collect();
        if !more.is_empty() && lost.is_empty() {
            return;
        }
        let span = key_span(new, "type");
        let list = |kinds: &BTreeSet<String>| {
            if kinds.is_empty() { "anything".to_owned() } else { kinds.iter().cloned().collect::<Vec<_>>().join(" | ") }
        };
        let words = match &*lost {
            [null] if *null == "null" && way == Way::Out => format!("{what} may be null now"),
            [null] if *null == "null" => format!("{what} may not be null any more"),
            _ => format!("{what} is {} instead of {}", list(&is.kinds), list(&was.kinds)),
        };
        self.say(true, new.file, span, words);
    }

    fn values(&mut self, what: &str, was: &Shape<'a>, is: &Shape<'a>, new: At<'a>, way: Way) {
        let span = key_span(new, if new.node.get("const").is_some() { "const" } else { "enum" });
        match (&was.allowed, &is.allowed) {
            (Some(was), Some(is)) => {
                let gone: Vec<&String> = was.difference(is).collect();
                let added: Vec<&String> = is.difference(was).collect();
                let list =
                    |values: &[&String]| values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
                if !gone.is_empty() {
                    let end = if way == Way::In { "not taken any more" } else { "not answered any more" };
                    self.say(way == Way::In, new.file, span, format!("{what}: {} is {end}", list(&gone)));
                }
                if !added.is_empty() {
                    self.say(false, new.file, span, format!("{what}: {} is new", list(&added)));
                }
            }
            (None, Some(is)) if way == Way::In && !is.is_empty() => {
                self.say(true, new.file, span, format!("{what}: only some values are taken now"));
            }
            (Some(_), None) if way == Way::Out => {
                self.say(true, new.file, new.node.span, format!("{what}: any value may be answered now"));
            }
            _ => {}
        }
    }

    /// Limits of what is taken, where they can be compared.
    fn limits(&mut self, what: &str, old: &'a Node, new: At<'a>) {
        let number = |node: &Node, key: &str| text_of(node, key).parse::<f64>().ok();
        for (key, upper) in [
            ("maximum", true),
            ("maxLength", true),
            ("maxItems", true),
            ("minimum", false),
            ("minLength", false),
            ("minItems", false),
        ] {
            let Some(is) = number(new.node, key) else { continue };
            let was = number(old, key);
            let narrower = match was {
                Some(was) if upper => is < was,
                Some(was) => is > was,
                // nothing is shorter than nothing
                None => upper || key == "minimum" || is > 0.0,
            };
            if narrower {
                let before = was.map_or_else(String::new, |was| format!(" instead of {was}"));
                self.say(true, new.file, key_span(new, key), format!("{what}: `{key}` is {is}{before}"));
            }
        }
        if new.node.get("pattern").is_some() && old.get("pattern").is_none() {
            self.say(true, new.file, key_span(new, "pattern"), format!("{what}: must match a pattern now"));
        }
    }

    fn fields(&mut self, what: &str, was: &Shape<'a>, is: &Shape<'a>, new: At<'a>, way: Way) {
        if was.fields.is_empty() && is.fields.is_empty() {
            return;
        }
        let skipped = |at: &At<'_>| match way {
            Way::In => text_of(at.node, "readOnly") == "true",
            Way::Out => text_of(at.node, "writeOnly") == "true",
        };
        let added: Vec<&String> = is.fields.keys().filter(|name| !was.fields.contains_key(*name)).collect();
        for (name, (_, old)) in was.fields.iter().filter(|(_, (_, at))| !skipped(at)) {
            let path = format!("{what}.{name}");
            let Some((key, other)) = is.fields.get(name) else {
                let to = added.iter().find(|other| {
                    self.old.type_name(Some(*old)) == self.new.type_name(is.fields.get(**other).map(|(_, at)| *at))
                });
                let hint = to.map(|to| format!("; is it `{to}` now?")).unwrap_or_default();
                self.say(true, new.file, key_span(new, "properties"), format!("{path} is gone{hint}"));
                continue;
            };
            let (then, now) = (was.required.contains(name), is.required.contains(name));
            match way {
                Way::In if now && !then => self.say(true, other.file, *key, format!("{path} is required now")),
                Way::Out if then && !now => self.say(true, other.file, *key, format!("{path} may be missing now")),
                _ => {}
            }
            self.shapes(&path, Some(*old), Some(*other), way);
        }
        for name in added {
            let Some((key, at)) = is.fields.get(name).filter(|(_, at)| !skipped(at)) else { continue };
            let required = way == Way::In && is.required.contains(name);
            let how = if required { "new and required" } else { "new" };
            self.say(required, at.file, *key, format!("{what}.{name} is {how}"));
        }
        if way == Way::In && is.closed && !was.closed {
            let words = format!("{what}: takes no other fields any more");
            self.say(true, new.file, key_span(new, "additionalProperties"), words);
        }
    }
}

/// A shape with everything that `allOf` puts together.
#[derive(Default)]
struct Shape<'a> {
    kinds: BTreeSet<String>,
    /// `enum` or `const`.
    allowed: Option<BTreeSet<String>>,
    /// By name: the key, and the shape.
    fields: BTreeMap<String, (Span, At<'a>)>,
    required: BTreeSet<String>,
    items: Option<At<'a>>,
    values: Option<At<'a>>,
    closed: bool,
    /// The alternatives of `oneOf` and `anyOf` by what they are called.
    others: BTreeMap<String, At<'a>>,
}

impl<'a> Shape<'a> {
    fn of(api: &'a Api, at: At<'a>) -> Shape<'a> {
        let mut shape = Shape::default();
        shape.add(api, at, 0);
        shape
    }

    fn add(&mut self, api: &'a Api, at: At<'a>, depth: usize) {
        if depth > 16 {
            return;
        }
        let at = api.follow(at);
        let node = at.node;
        self.kinds.extend(types(node));
        let scalar = |node: &Node| node.scalar().unwrap_or("null").to_owned();
        let allowed = node.get("enum").map(|values| values.items().iter().map(scalar).collect::<BTreeSet<_>>());
        let allowed = allowed.or(node.get("const").map(|value| BTreeSet::from([scalar(value)])));
        self.allowed = allowed.or(self.allowed.take());
        for entry in properties(node) {
            self.fields.insert(entry.key.value.clone(), (entry.key.span, At { node: &entry.value, ..at }));
        }
        let required = node.get("required").map(Node::items).unwrap_or_default();
        self.required.extend(required.iter().filter_map(Node::scalar).map(str::to_owned));
        self.items = node.get("items").map(|node| At { node, ..at }).or(self.items);
        match node.get("additionalProperties") {
            Some(values) if values.scalar() == Some("false") => self.closed = true,
            Some(values) if !values.entries().is_empty() => self.values = Some(At { node: values, ..at }),
            _ => {}
        }
        for part in node.get("allOf").map(Node::items).unwrap_or_default() {
            self.add(api, At { node: part, ..at }, depth + 1);
        }
        for key in ["oneOf", "anyOf"] {
            for part in node.get(key).map(Node::items).unwrap_or_default() {
                let part = At { node: part, ..at };
                self.others.insert(api.type_name(Some(part)), part);
            }
        }
    }
}

/// The key of a value, or the value where it is not written.
fn key_span(at: At<'_>, key: &str) -> Span {
    at.node.entry(key).map_or(at.node.span, |entry| entry.key.span)
}

fn title(operation: &Operation<'_>) -> String {
    format!("{} {}", operation.method.to_uppercase(), operation.path)
}

/// A path whose variables have no names.
fn template(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The variables of a path in order.
fn variables(path: &str) -> Vec<String> {
    let inner = |part: &str| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned());
    path.split('/').filter_map(inner).collect()
}
