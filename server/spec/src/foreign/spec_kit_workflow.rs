//! Reads what the workflow engine of Spec Kit reads: `.specify/workflows/<id>/workflow.yml` and the overlays that change
//! one, `.specify/workflows/overlays/<id>/*.yml`.
//!
//! What is reported is what the engine's own validator refuses (Spec Kit 1.0.1, `specify workflow validate`), at the token
//! that it means. The validator checks types as PyYAML gives them, so `version: 1.0` is a number. It stops at a file with
//! anchors, tags or a key that stands twice no more than PyYAML does: in such a file nothing is reported, as the tree here
//! is not what the engine sees.

use super::keys::table::*;
use super::keys::{self, Form};
use super::pyyaml::{self, Type, type_of};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::flow::{Change, Edit, Flow, Input, Manner, Manners, Over, Step, StepGate, StepKind};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use crate::values;
use std::hash::{DefaultHasher, Hash, Hasher};
use syntax::yaml::{self, Entry, Kind, Node, Style};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[
        ".specify/workflows/*/workflow.yml",
        ".specify/workflows/overlays/*/*.yml",
        ".specify/workflows/overlays/*/*.yaml",
    ],
    kind: |path| of_path(path).map(|_| FileKind::Flow),
    read,
    keys: |path, text, _| {
        let (_, overlay) = of_path(path)?;
        keys::whole(text, Form::Yaml, if overlay { &OVERLAY } else { &WORKFLOW })
    },
};

/// Names that no workflow can have.
const RESERVED: [&str; 3] = ["overlays", "runs", "steps"];

/// A value that is put into the text of a command is not quoted, and one that does not resolve is empty.
const MANNERS: Manners = Manners {
    unknown_need: Manner::Refuses,
    later_need: Manner::Refuses,
    unknown_mention: Manner::GoesOn,
    unknown_input: Manner::GoesOn,
    duplicate: Manner::Refuses,
    cycle: Manner::Accepts,
    unbounded: Manner::Accepts,
    shell: true,
};

/// What a path is: the workflow, and true for an overlay of it.
fn of_path(path: &str) -> Option<(&str, bool)> {
    let (id, file) = path.strip_prefix(".specify/workflows/")?.split_once('/')?;
    if id == "overlays" {
        let (id, file) = file.split_once('/')?;
        let named = [".yml", ".yaml"].iter().any(|end| file.len() > end.len() && file.ends_with(end));
        return (named && !file.contains('/')).then_some((id, true));
    }
    (file == "workflow.yml" && !RESERVED.contains(&id)).then_some((id, false))
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let (id, overlay) = of_path(path)?;
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let document = yaml::read(text, Span::new(start, text.len()));
    let certain = pyyaml::is_certain(&document);
    let mut check = Check { text, certain, inputs_known: !overlay, closed: Vec::new(), problems: Vec::new() };
    if let Some((words, span)) = pyyaml::unreadable(text, &document) {
        let kind = ProblemKind::Unreadable(System::SpecKit, words.to_owned());
        check.problems.push(Problem { kind, span });
    }
    let key = format!("{}{id}", System::SpecKit.prefix());
    let mut flow = Flow::new(System::SpecKit, if overlay { "overlay" } else { "workflow" }, key, &MANNERS);
    let root = &document.root;
    if !matches!(root.kind, Kind::Map(_)) {
        let whole = Span::new(root.span.start as usize, root.span.end as usize);
        check.refuse(first_line(text, whole), "a map with keys must stand here".to_owned());
    } else if overlay {
        check.overlay(root, id, &mut flow);
    } else {
        check.workflow(root, &mut flow);
    }
    let mut names = Collector::default();
    names.flow(&flow, Span::empty(start));
    let facts = names.facts(meaning(&flow));
    Some(Reading { content: Content::Flow(Box::new(flow)), facts, problems: check.problems })
}

/// What a workflow's overlays look at, and an overlay's workflow, beside names: the order and nesting of steps, the changes.
fn meaning(flow: &Flow) -> u64 {
    let mut hasher = DefaultHasher::new();
    for step in &flow.steps {
        (step.id.as_ref().map(|id| &id.value), step.parent, step.apart).hash(&mut hasher);
    }
    if let Some(over) = &flow.over {
        (over.priority, over.enabled).hash(&mut hasher);
        for edit in &over.edits {
            (edit.change, &edit.anchor.value, edit.step).hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// As much of a span as stands on its first line.
fn first_line(text: &str, span: Span) -> Span {
    let line = span.of(text).lines().next().unwrap_or_default();
    Span::new(span.start as usize, span.start as usize + line.len())
}

/// Steps in a list that are still to be read.
struct Rest<'n> {
    items: std::slice::Iter<'n, Node>,
    parent: Option<u32>,
    apart: bool,
    never: Option<Span>,
    in_template: bool,
}

struct Check<'t> {
    text: &'t str,
    /// False when the engine may see another tree.
    certain: bool,
    /// False when the inputs stand elsewhere or nobody knows.
    inputs_known: bool,
    /// Inputs that must be one of some words, none of which is empty.
    closed: Vec<String>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn report(&mut self, kind: ProblemKind, span: Span) {
        if self.certain {
            self.problems.push(Problem { kind, span });
        }
    }

    fn refuse(&mut self, span: Span, words: String) {
        self.report(ProblemKind::Refused(System::SpecKit, words), span);
    }

    /// Refuses what stands under a key unless it has one of the types. True when it is there and has.
    fn typed(&mut self, map: &Node, key: &str, types: &[Type], expected: &str) -> bool {
        let Some(node) = map.get(key) else { return false };
        let found = type_of(node);
        if types.contains(&found) {
            return true;
        }
        let words = format!("`{key}` must be {expected}, not {}", found.word());
        self.refuse(self.place(map, key), words);
        false
    }

    /// The value under a key, or the key where nothing stands behind it.
    fn place(&self, map: &Node, key: &str) -> Span {
        let Some(entry) = map.entry(key) else { return Span::empty(map.span.start as usize) };
        match &entry.value.kind {
            Kind::Map(_) | Kind::Seq(_) => first_line(self.text, entry.value.span),
            _ if entry.value.span.is_empty() => entry.key.span,
            _ => entry.value.span,
        }
    }

    fn workflow(&mut self, root: &Node, flow: &mut Flow) {
        let schema = root.get("schema_version");
        let known = |node: &Node| match type_of(node) {
            Type::Text => node.scalar() == Some("1.0"),
            Type::Float => pyyaml::number(node) == Some(1.0),
            _ => false,
        };
        if schema.is_some_and(|node| !known(node)) {
            self.refuse(self.place(root, "schema_version"), "`schema_version` must be \"1.0\"".to_owned());
        }
        self.header(root, flow);
        self.inputs(root, flow);
        self.requires(root);
        match root.get("steps") {
            Some(steps) if type_of(steps) == Type::List && !steps.items().is_empty() => {
                self.steps(steps.items(), None, flow);
            }
            Some(steps) if type_of(steps) != Type::List => {
                let words = format!("`steps` must be a list, not {}", type_of(steps).word());
                self.refuse(self.place(root, "steps"), words);
            }
            steps => {
                let place = if steps.is_some() { self.place(root, "steps") } else { first_key(root) };
                self.refuse(place, "the workflow has no steps".to_owned());
            }
        }
    }

    fn header(&mut self, root: &Node, flow: &mut Flow) {
        let Some(entry) = root.entry("workflow").filter(|entry| type_of(&entry.value) == Type::Map) else {
            let place = root.entry("workflow").map_or_else(|| first_key(root), |entry| entry.key.span);
            return self.refuse(place, "`workflow` with `id` and `name` is missing".to_owned());
        };
        let head = &entry.value;
        flow.name = take::text(head, "id");
        flow.description = take::text(head, "description").or_else(|| take::text(head, "name"));
        for key in ["id", "name"] {
            match head.get(key) {
                Some(node) if type_of(node) == Type::Text && node.scalar() != Some("") => {
                    if key == "id" && !is_kebab(node.scalar().unwrap_or_default()) {
                        let words = "`workflow.id` may hold small letters, digits and `-` between them";
                        self.refuse(node.span, words.to_owned());
                    }
                }
                Some(node) if !matches!(type_of(node), Type::Null | Type::Text) => {
                    let words =
                        format!("`workflow.{key}` must be text, not {}: put it in quotes", type_of(node).word());
                    self.refuse(self.place(head, key), words);
                }
                found => {
                    let place = found.map_or(entry.key.span, |_| self.place(head, key));
                    self.refuse(place, format!("`workflow.{key}` is missing"));
                }
            }
        }
        if let Some(node) = head.get("version") {
            match type_of(node) {
                Type::Text if is_version(node.scalar().unwrap_or_default()) => {}
                Type::Text | Type::Null => {
                    self.refuse(self.place(head, "version"), "`version` must be \"X.Y.Z\"".to_owned());
                }
                other => {
                    let words = format!("`version` must be \"X.Y.Z\" in quotes, not {}", other.word());
                    self.refuse(self.place(head, "version"), words);
                }
            }
        }
        for key in ["integration", "model"] {
            self.typed(head, key, &[Type::Text, Type::Null], "text");
        }
        self.typed(head, "options", &[Type::Map, Type::Null], "a map");
    }

    fn inputs(&mut self, root: &Node, flow: &mut Flow) {
        if !self.typed(root, "inputs", &[Type::Map], "a map") {
            self.inputs_known = root.get("inputs").is_none();
            return;
        }
        for entry in root.get("inputs").map(Node::entries).unwrap_or_default() {
            let (name, node) = (&entry.key, &entry.value);
            flow.inputs.push(Input {
                name: name.clone(),
                kind: take::text(node, "type"),
                default: node
                    .get("default")
                    .and_then(|value| value.scalar().map(|words| Spanned::new(words.to_owned(), value.span))),
                required: take::boolean(node, "required", false),
                allowed: take::list(node, "enum"),
            });
            if type_of(node) != Type::Map {
                let words = format!("input `{}` must be a map, not {}", name.value, type_of(node).word());
                self.refuse(name.span, words);
                continue;
            }
            self.input(&name.value, node);
        }
    }

    fn input(&mut self, name: &str, node: &Node) {
        let written = node.get("type").filter(|written| !pyyaml::is_falsy(written));
        if let Some(written) = written
            && !matches!(pyyaml::text(written), Some("string" | "number" | "boolean"))
        {
            let words = "`type` must be `string`, `number` or `boolean`";
            self.refuse(self.place(node, "type"), words.to_owned());
        }
        let list = self.typed(node, "enum", &[Type::List, Type::Null], "a list");
        let words = node.get("enum").filter(|words| type_of(words) == Type::List);
        if words.is_some_and(|words| !words.items().iter().any(|word| pyyaml::text(word) == Some(""))) {
            self.closed.push(name.to_owned());
        }
        let Some(default) = node.get("default") else { return };
        let kind = match node.get("type") {
            None => "string",
            Some(written) => pyyaml::text(written).unwrap_or_default(),
        };
        let place = self.place(node, "default");
        let Some(value) = coerced(kind, default) else {
            let expected = match kind {
                "number" => "a number",
                "boolean" => "true or false",
                _ => "text",
            };
            let quote = if kind == "string" && default.scalar().is_some() { ": put it in quotes" } else { "" };
            let words = format!("the default of `{name}` must be {expected}, not {}{quote}", type_of(default).word());
            return self.refuse(place, words);
        };
        let automatic = name == "integration" && default.scalar() == Some("auto");
        let allowed = node.get("enum").filter(|allowed| list && type_of(allowed) == Type::List && !automatic);
        if let Some(allowed) = allowed
            && let Value::Some(value) = value
            && !allowed.items().iter().any(|item| plain_value(item).is_none_or(|item| item == value))
        {
            self.refuse(place, format!("the default of `{name}` is not one of its `enum`"));
        }
    }

    fn requires(&mut self, root: &Node) {
        if !self.typed(root, "requires", &[Type::Map], "a map") {
            return;
        }
        for entry in root.get("requires").map(Node::entries).unwrap_or_default() {
            let words = match entry.key.value.as_str() {
                "speckit_version" | "integrations" => continue,
                "permissions" => {
                    "`permissions` would promise a fence that there is not; put a gate step before".to_owned()
                }
                other => format!("`requires` knows `speckit_version` and `integrations`, not `{other}`"),
            };
            self.refuse(entry.key.span, words);
        }
    }

    /// Reads a list of steps with all that is nested in them, in the order in which the engine does.
    fn steps<'n>(&mut self, items: &'n [Node], parent: Option<u32>, flow: &mut Flow) {
        let first = Rest { items: items.iter(), parent, apart: false, never: None, in_template: false };
        let mut rest: Vec<Rest<'n>> = vec![first];
        while let Some(list) = rest.last_mut() {
            let Some(node) = list.items.next() else {
                rest.pop();
                continue;
            };
            let (parent, apart, never, in_template) = (list.parent, list.apart, list.never, list.in_template);
            if type_of(node) != Type::Map {
                let words = format!("a step must be a map, not {}", type_of(node).word());
                self.refuse(first_line(self.text, node.span), words);
                continue;
            }
            let index = u32::try_from(flow.steps.len()).unwrap_or(u32::MAX);
            let mut step = step(self.text, node);
            (step.parent, step.apart, step.never) = (parent, apart, never);
            self.step(node, &step, flow, in_template);
            let (then, otherwise) = branches(node, &step);
            flow.steps.push(step);
            // The last list that is put here is read first.
            if let Some(template) = node.get("step").filter(|template| type_of(template) == Type::Map) {
                let items = std::slice::from_ref(template).iter();
                rest.push(Rest { items, parent: Some(index), apart: true, never: None, in_template: true });
            }
            let mut lists: Vec<(&Node, Option<Span>)> = Vec::new();
            lists.extend(node.get("then").map(|list| (list, then)));
            lists.extend(node.get("else").map(|list| (list, otherwise)));
            lists.extend(node.get("steps").map(|list| (list, then)));
            let cases = node.get("cases").map(Node::entries).unwrap_or_default();
            lists.extend(cases.iter().map(|case| (&case.value, None)));
            lists.extend(node.get("default").map(|list| (list, None)));
            for (list, never) in lists.into_iter().rev() {
                rest.push(Rest { items: list.items().iter(), parent: Some(index), apart: false, never, in_template });
            }
        }
    }

    fn step(&mut self, node: &Node, step: &Step, flow: &Flow, in_template: bool) {
        let start = first_line(self.text, node.span);
        let Some(id) = node.get("id").filter(|id| !matches!(id.kind, Kind::Null) && id.scalar() != Some("")) else {
            let place = node.entry("id").map_or(start, |entry| entry.key.span);
            return self.refuse(place, "a step must have an `id`".to_owned());
        };
        if !self.typed(node, "id", &[Type::Text], "text in quotes") {
            return;
        }
        if id.scalar().is_some_and(|id| id.contains(':')) {
            self.refuse(id.span, "an id may not hold `:`, which stands in ids that the engine makes".to_owned());
        }
        let kind = match node.get("type") {
            None => "command",
            Some(_) if !self.typed(node, "type", &[Type::Text], "text") => return,
            Some(kind) => kind.scalar().unwrap_or_default(),
        };
        match kind {
            "command" => self.command(node),
            "prompt" => {
                self.needed(node, "prompt", &[Type::Text], "text");
                self.agent(node);
                self.timeout(node);
            }
            "shell" => {
                self.needed(node, "run", &[Type::Text], "text");
                let fits = |it: &Node| type_of(it) == Type::Null || pyyaml::text(it) == Some("json");
                if node.get("output_format").is_some_and(|it| !fits(it)) {
                    self.refuse(self.place(node, "output_format"), "`output_format` can only be `json`".to_owned());
                }
                self.timeout(node);
            }
            "gate" => self.gate(node, flow, in_template),
            "if" => {
                self.condition(node);
                self.needed(node, "then", &[Type::List], "a list of steps");
                self.typed(node, "else", &[Type::List, Type::Null], "a list of steps");
            }
            "switch" => self.switch(node),
            "while" | "do-while" => {
                self.condition(node);
                self.typed(node, "steps", &[Type::List], "a list of steps");
                let most = node.get("max_iterations");
                let fits = |most: &Node| match type_of(most) {
                    Type::Null => true,
                    Type::Int => pyyaml::number(most).is_none_or(|most| most >= 1.0),
                    _ => false,
                };
                if most.is_some_and(|most| !fits(most)) {
                    let words = "`max_iterations` must be a whole number of at least 1";
                    self.refuse(self.place(node, "max_iterations"), words.to_owned());
                }
            }
            "fan-out" => {
                self.there(node, "items");
                self.needed(node, "step", &[Type::Map], "one step");
            }
            "fan-in" => self.join(node, step),
            "init" => self.init(node),
            other => {
                let known = values::nearest(other, KINDS.iter().copied());
                let meant = known.map_or(String::new(), |known| format!("; did you mean `{known}`?"));
                let words = format!("`{other}` is no step type of Spec Kit itself{meant}");
                self.report(ProblemKind::Doubtful(System::SpecKit, words), self.place(node, "type"));
                return;
            }
        }
        self.typed(node, "continue_on_error", &[Type::Bool], "`true` or `false`");
    }

    /// Refuses a step without a key. True when it is there.
    fn there(&mut self, node: &Node, key: &str) -> bool {
        if node.get(key).is_none() {
            let kind = node.get("type").and_then(Node::scalar).unwrap_or("command");
            let place = node.get("id").map_or(node.span, |id| id.span);
            self.refuse(place, format!("a `{kind}` step must have `{key}`"));
        }
        node.get(key).is_some()
    }

    fn needed(&mut self, node: &Node, key: &str, types: &[Type], expected: &str) {
        if self.there(node, key) {
            self.typed(node, key, types, expected);
        }
    }

    fn command(&mut self, node: &Node) {
        self.needed(node, "command", &[Type::Text], "text");
        self.typed(node, "input", &[Type::Map], "a map");
        self.typed(node, "options", &[Type::Map], "a map");
        self.agent(node);
    }

    fn agent(&mut self, node: &Node) {
        for key in ["integration", "model"] {
            self.typed(node, key, &[Type::Text, Type::Null], "text");
        }
    }

    fn timeout(&mut self, node: &Node) {
        let Some(timeout) = node.get("timeout") else { return };
        let number = matches!(type_of(timeout), Type::Int | Type::Float);
        if !number || pyyaml::number(timeout).is_some_and(|seconds| seconds <= 0.0 || !seconds.is_finite()) {
            self.refuse(self.place(node, "timeout"), "`timeout` must be a number of seconds above 0".to_owned());
        }
    }

    fn gate(&mut self, node: &Node, flow: &Flow, in_template: bool) {
        self.there(node, "message");
        let options: Option<Vec<&str>> = match node.get("options") {
            None => Some(vec!["approve", "reject"]),
            Some(list) if type_of(list) == Type::List && !list.items().is_empty() => {
                let words: Option<Vec<&str>> = list.items().iter().map(pyyaml::text).collect();
                if let (None, Some(wrong)) = (&words, list.items().iter().find(|item| pyyaml::text(item).is_none())) {
                    let words = format!("an option must be text, not {}: put it in quotes", type_of(wrong).word());
                    self.refuse(first_line(self.text, wrong.span), words);
                }
                words
            }
            Some(_) => {
                self.refuse(self.place(node, "options"), "`options` must be a list that is not empty".to_owned());
                None
            }
        };
        let written = node.get("on_reject");
        let on_reject = written.map_or(Some("abort"), pyyaml::text);
        if !matches!(on_reject, Some("abort" | "skip" | "retry")) {
            self.refuse(self.place(node, "on_reject"), "`on_reject` must be `abort`, `skip` or `retry`".to_owned());
        }
        let rejects = |options: &Vec<&str>| {
            options.iter().any(|option| ["reject", "abort"].contains(&option.to_lowercase().as_str()))
        };
        if matches!(on_reject, Some("abort" | "retry")) && options.as_ref().is_some_and(|options| !rejects(options)) {
            self.refuse(
                self.place(node, "options"),
                "no option is `reject` or `abort`, which `on_reject` waits for".into(),
            );
        }
        let Some(verdict) = node.get("verdict_input") else { return };
        let Some(name) = pyyaml::text(verdict).filter(|name| !name.is_empty()) else {
            let words = "`verdict_input` must be the name of an input";
            return self.refuse(self.place(node, "verdict_input"), words.to_owned());
        };
        if in_template {
            return self.refuse(verdict.span, "`verdict_input` cannot be used in a step of a `fan-out`".to_owned());
        }
        let Some(input) = flow.inputs.iter().find(|input| input.name.value == name).filter(|_| self.inputs_known)
        else {
            if !self.inputs_known {
                return;
            }
            return self.refuse(verdict.span, format!("there is no input `{name}`"));
        };
        if on_reject == Some("retry") && self.closed.contains(&input.name.value) {
            let words = format!("`retry` sets `{name}` back to \"\", which its `enum` must allow");
            self.refuse(verdict.span, words);
        }
    }

    fn switch(&mut self, node: &Node) {
        self.there(node, "expression");
        if self.there(node, "cases") && self.typed(node, "cases", &[Type::Map], "a map of lists") {
            for case in node.get("cases").map(Node::entries).unwrap_or_default() {
                if type_of(&case.value) != Type::List {
                    self.refuse(case.key.span, format!("case `{}` must be a list of steps", case.key.value));
                }
            }
        }
        self.typed(node, "default", &[Type::List, Type::Null], "a list of steps");
    }

    fn join(&mut self, node: &Node, step: &Step) {
        let list = node.get("wait_for").filter(|list| type_of(list) == Type::List && !list.items().is_empty());
        match list {
            None => {
                let place = if node.get("wait_for").is_some() {
                    self.place(node, "wait_for")
                } else {
                    step.id.as_ref().map_or(node.span, |id| id.span)
                };
                self.refuse(place, "`wait_for` must be a list of step ids that is not empty".to_owned());
            }
            Some(list) => {
                for item in list.items().iter().filter(|item| type_of(item) != Type::Text) {
                    let words = format!("a step id must be text, not {}", type_of(item).word());
                    self.refuse(first_line(self.text, item.span), words);
                }
            }
        }
        self.typed(node, "output", &[Type::Map, Type::Null], "a map");
    }

    fn init(&mut self, node: &Node) {
        let Some(script) = node.get("script").filter(|script| type_of(script) != Type::Null) else { return };
        let known = pyyaml::text(script).is_some_and(|word| word.contains("{{") || ["sh", "ps", "py"].contains(&word));
        if !known {
            self.refuse(self.place(node, "script"), "`script` must be `sh`, `ps` or `py`".to_owned());
        }
    }

    fn condition(&mut self, node: &Node) {
        if !self.there(node, "condition") || !self.typed(node, "condition", &[Type::Text, Type::Bool], "text") {
            return;
        }
        let Some(words) = node.get("condition").and_then(pyyaml::text).filter(|words| !words.is_empty()) else {
            return;
        };
        let place = self.place(node, "condition");
        let trimmed = words.trim();
        if ["true", "false"].contains(&trimmed.to_lowercase().as_str()) {
            return;
        }
        match fate(trimmed) {
            Fate::Whole => {}
            Fate::Text => self.refuse(place, "this is text and always true: put it in `{{ }}`".to_owned()),
            Fate::Cut => self.refuse(place, "a quote in `{{ }}` is not closed, so it ends too early".to_owned()),
        }
    }

    fn overlay(&mut self, root: &Node, base: &str, flow: &mut Flow) {
        let enabled = root.get("enabled").and_then(pyyaml::boolean) != Some(false);
        flow.name = take::text(root, "id");
        flow.description = take::text(root, "description");
        // One that is switched off is passed over before it is looked at.
        let certain = self.certain;
        self.certain = certain && enabled;
        let safe = |node: &Node| pyyaml::text(node).is_some_and(is_kebab);
        for (key, reserved) in [("id", &RESERVED[..1]), ("extends", &RESERVED[..])] {
            match root.get(key) {
                Some(node) if safe(node) && !reserved.iter().any(|word| node.scalar() == Some(word)) => {
                    if key == "extends" && node.scalar() != Some(base) {
                        let words = format!("it extends another workflow than `{base}`, in whose folder it lies");
                        self.refuse(node.span, words);
                    }
                }
                Some(_) => {
                    let words = format!("`{key}` may hold small letters, digits and `-` between them");
                    self.refuse(self.place(root, key), words);
                }
                None => self.refuse(first_key(root), format!("`{key}` is missing")),
            }
        }
        if root.get("enabled").is_some() {
            self.typed(root, "enabled", &[Type::Bool], "`true` or `false`");
        }
        let name = take::text(root, "extends").unwrap_or_else(|| Spanned::new(base.to_owned(), first_key(root)));
        let priority = root.get("priority").and_then(Node::scalar).and_then(|word| word.parse().ok());
        let priority = priority.filter(|priority| *priority >= 1).unwrap_or(10);
        let mut over = Over { base: name, priority, enabled, edits: Vec::new() };
        match root.get("edits") {
            Some(edits) if type_of(edits) == Type::List && !edits.items().is_empty() => {
                for edit in edits.items() {
                    let edit = self.edit(edit, flow);
                    over.edits.extend(edit);
                }
            }
            found => {
                let place = if found.is_some() { self.place(root, "edits") } else { first_key(root) };
                self.refuse(place, "`edits` must be a list that is not empty".to_owned());
            }
        }
        flow.over = Some(over);
        self.certain = certain;
    }

    fn edit(&mut self, node: &Node, flow: &mut Flow) -> Option<Edit> {
        let start = first_line(self.text, node.span);
        if type_of(node) != Type::Map {
            self.refuse(start, format!("an edit must be a map, not {}", type_of(node).word()));
            return None;
        }
        let short: Vec<&Entry> = node.entries().iter().filter(|entry| change(&entry.key).is_some()).collect();
        let (written, anchor, place) = match short.as_slice() {
            [] => match node.entry("operation") {
                None => {
                    self.refuse(
                        start,
                        "an edit must say `insert_after`, `insert_before`, `replace` or `remove`".into(),
                    );
                    return None;
                }
                Some(entry) => {
                    let word = pyyaml::text(&entry.value).unwrap_or_default();
                    if change(word).is_none() {
                        self.refuse(self.place(node, "operation"), "there is no such operation".to_owned());
                    }
                    (change(word)?, node.get("anchor"), entry.key.span)
                }
            },
            [only] if node.get("operation").is_none() => (change(&only.key)?, Some(&only.value), only.key.span),
            [first, ..] => {
                self.refuse(first.key.span, "an edit must say one operation, not several".to_owned());
                return None;
            }
        };
        let Some(anchor) = anchor.filter(|anchor| pyyaml::text(anchor).is_some_and(|id| !id.is_empty())) else {
            self.refuse(place, "an edit must name a step of the workflow".to_owned());
            return None;
        };
        let anchor = Spanned::new(anchor.scalar().unwrap_or_default().to_owned(), anchor.span);
        let new = node.get("step");
        let index = u32::try_from(flow.steps.len()).unwrap_or(u32::MAX);
        let step = match (written, new) {
            (Change::Remove, Some(new)) if !new.is_null() => {
                let place = node.entry("step").map_or(start, |entry| entry.key.span);
                self.refuse(place, "`remove` takes no `step`".to_owned());
                None
            }
            (Change::Remove, _) => None,
            (_, Some(new)) if type_of(new) == Type::Map => {
                self.steps(std::slice::from_ref(new), None, flow);
                Some(index)
            }
            _ => {
                self.refuse(place, "this edit needs a `step`".to_owned());
                None
            }
        };
        Some(Edit { change: written, anchor, step })
    }
}

/// Types of steps that need not be installed.
const KINDS: [&str; 11] =
    ["command", "shell", "prompt", "gate", "if", "init", "switch", "while", "do-while", "fan-out", "fan-in"];

fn change(word: &str) -> Option<Change> {
    Some(match word {
        "insert_before" => Change::Before,
        "insert_after" => Change::After,
        "replace" => Change::Replace,
        "remove" => Change::Remove,
        _ => return None,
    })
}

fn first_key(root: &Node) -> Span {
    root.entries().first().map_or(Span::empty(root.span.start as usize), |entry| entry.key.span)
}

/// Small letters, digits and `-`, which stands neither first nor last.
fn is_kebab(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !word.is_empty() && word.bytes().all(fits) && !word.starts_with('-') && !word.ends_with('-')
}

fn is_version(word: &str) -> bool {
    let mut parts = word.split('.');
    let number = |part: &str| !part.is_empty() && part.chars().all(|digit| digit.is_numeric());
    parts.by_ref().take(3).filter(|part| number(part)).count() == 3 && word.split('.').count() == 3
}

/// A value as Python compares it.
#[derive(Clone, PartialEq, Debug)]
enum Plain {
    Text(String),
    Number(f64),
    Null,
}

/// A value after it was made what the type of its input says.
enum Value {
    Some(Plain),
    /// Nobody knows here.
    Unknown,
}

fn plain_value(node: &Node) -> Option<Plain> {
    Some(match type_of(node) {
        Type::Text => Plain::Text(node.scalar()?.to_owned()),
        Type::Bool => Plain::Number(f64::from(u8::from(pyyaml::boolean(node)?))),
        Type::Int | Type::Float => Plain::Number(pyyaml::number(node)?),
        Type::Null => Plain::Null,
        Type::Date | Type::List | Type::Map => return None,
    })
}

/// What the engine makes of a default; `None` when it refuses it.
fn coerced(kind: &str, node: &Node) -> Option<Value> {
    let found = type_of(node);
    Some(match kind {
        "string" => match pyyaml::text(node) {
            Some(text) => Value::Some(Plain::Text(text.to_owned())),
            None => return None,
        },
        "number" => match found {
            Type::Int | Type::Float => pyyaml::number(node).map_or(Value::Unknown, |it| Value::Some(Plain::Number(it))),
            Type::Text => {
                let text = node.scalar().unwrap_or_default().trim().replace('_', "");
                match text.parse::<f64>() {
                    Ok(number) if number.is_finite() => Value::Some(Plain::Number(number)),
                    Err(_) if !text.is_ascii() => Value::Unknown,
                    _ => return None,
                }
            }
            _ => return None,
        },
        "boolean" => match (pyyaml::boolean(node), pyyaml::text(node).map(str::to_lowercase).as_deref()) {
            (Some(value), _) => Value::Some(Plain::Number(f64::from(u8::from(value)))),
            (_, Some("true" | "1" | "yes")) => Value::Some(Plain::Number(1.0)),
            (_, Some("false" | "0" | "no")) => Value::Some(Plain::Number(0.0)),
            _ => return None,
        },
        _ => plain_value(node).map_or(Value::Unknown, Value::Some),
    })
}

/// What makes it certain that the lists of an `if`, and the list of a `while`, are never read.
fn branches(node: &Node, step: &Step) -> (Option<Span>, Option<Span>) {
    let kind = step.word.as_ref().map_or("", |word| word.value.as_str());
    let Some(condition) = node.get("condition").filter(|_| matches!(kind, "if" | "while")) else { return (None, None) };
    let word = condition.scalar().unwrap_or_default().trim().to_lowercase();
    let value = pyyaml::boolean(condition).or(match word.as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    });
    match value {
        Some(true) if kind == "if" => (None, Some(condition.span)),
        Some(false) => (Some(condition.span), None),
        _ => (None, None),
    }
}

/// What becomes of a condition that is not just `true` or `false`.
enum Fate {
    /// Its blocks are read as they stand.
    Whole,
    /// It has no block that ends: it stays text.
    Text,
    /// A block ends earlier than it says.
    Cut,
}

fn fate(words: &str) -> Fate {
    if !words.contains("{{") {
        return Fate::Text;
    }
    let mut at = 0;
    while let Some(start) = words[at..].find("{{").map(|start| at + start) {
        match block_end(words, start) {
            Some(end) => at = end + 2,
            None if words[start + 2..].contains("}}") => return Fate::Cut,
            None => return Fate::Text,
        }
    }
    Fate::Whole
}

/// Where the `}}` stands that closes the block at `start`, outside of quotes.
fn block_end(words: &str, start: usize) -> Option<usize> {
    let bytes = words.as_bytes();
    let mut quote = None;
    let mut at = start + 2;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Keys of a step that hold other steps, or that the engine does not look into for expressions.
const OUTSIDE: [&str; 10] =
    ["id", "type", "then", "else", "steps", "cases", "default", "step", "description", "verdict_input"];

/// A step without what is nested in it.
fn step(text: &str, node: &Node) -> Step {
    let word = take::text(node, "type");
    let kind = match word.as_ref().map_or("command", |word| word.value.as_str()) {
        "shell" | "init" => StepKind::Command,
        "gate" => StepKind::Gate,
        "if" | "switch" => StepKind::Group,
        "while" | "do-while" => StepKind::Loop,
        "fan-out" | "fan-in" => StepKind::Parallel,
        _ => StepKind::Prompt,
    };
    let mut step = Step::new(node.span, kind);
    step.id = take::text(node, "id");
    step.does = take::text(node, "command").filter(|_| kind == StepKind::Prompt);
    step.title = ["name", "message", "prompt", "run"].iter().find_map(|key| take::text(node, key));
    step.word = word;
    if step.word.as_ref().is_some_and(|word| word.value == "fan-in") {
        step.needs = take::list(node, "wait_for");
    }
    step.takes.extend(take::text(node, "verdict_input").filter(|_| kind == StepKind::Gate));
    step.most = take::integer(node, "max_iterations");
    for key in ["timeout", "max_concurrency"] {
        let entry = node.entry(key).filter(|entry| entry.value.scalar().is_some());
        step.limits.extend(entry.map(|entry| {
            (entry.key.clone(), Spanned::new(entry.value.scalar().unwrap_or_default().to_owned(), entry.value.span))
        }));
    }
    if kind == StepKind::Gate {
        let by = Some(Spanned::new("human".to_owned(), step.word.as_ref().map_or(node.span, |word| word.span)));
        let span = node.get("message").map_or(node.span, |message| message.span);
        step.gate = Some(StepGate { span, by, criteria: take::text(node, "message").into_iter().collect() });
    }
    let mut rest: Vec<&Node> = Vec::new();
    for entry in node.entries().iter().filter(|entry| !OUTSIDE.contains(&entry.key.value.as_str())) {
        rest.push(&entry.value);
        while let Some(node) = rest.pop() {
            match &node.kind {
                Kind::Map(entries) => rest.extend(entries.iter().rev().map(|entry| &entry.value)),
                Kind::Seq(items) => rest.extend(items.iter().rev()),
                Kind::Scalar(scalar) => {
                    let run = kind == StepKind::Command && entry.key.value == "run";
                    expressions(text, node.span, scalar.style, run, &mut step);
                }
                Kind::Null => {}
            }
        }
    }
    step
}

/// What the blocks of a value speak of, and which of them stand without quotes in the text of a command.
fn expressions(text: &str, span: Span, style: Style, run: bool, step: &mut Step) {
    let source = span.of(text);
    let (mut at, mut quote) = (usize::from(matches!(style, Style::Single | Style::Double)), None);
    while let Some(start) = source[at.min(source.len())..].find("{{").map(|start| at + start) {
        let end = block_end(source, start).or_else(|| source[start + 2..].find("}}").map(|end| start + 2 + end));
        let Some(end) = end else { return };
        quote = quoted(&source[at..start], style, quote);
        names(source, start + 2, end, span.start as usize, step);
        if run && quote.is_none() {
            step.interpolated.push(Span::new(span.start as usize + start, span.start as usize + end + 2));
        }
        at = end + 2;
    }
}

/// The quote that is open in a shell behind `words`.
fn quoted(words: &str, style: Style, mut open: Option<u8>) -> Option<u8> {
    let bytes = words.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let (byte, length) = match (style, bytes[at], bytes.get(at + 1)) {
            (Style::Single, b'\'', Some(b'\'')) => (b'\'', 2),
            (Style::Double, b'\\', Some(next)) => (*next, 2),
            (_, byte, _) => (byte, 1),
        };
        match (open, byte) {
            (Some(b'"') | None, b'\\') if style != Style::Double => at += 1,
            (Some(quote), byte) if quote == byte => open = None,
            (None, b'\'' | b'"') => open = Some(byte),
            _ => {}
        }
        at += length;
    }
    open
}

/// `inputs.<name>` and `steps.<id>` in the block between `start` and `end`, outside of quotes.
fn names(source: &str, start: usize, end: usize, base: usize, step: &mut Step) {
    let bytes = source.as_bytes();
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte >= 0x80;
    let (mut at, mut quote, mut before) = (start, None, b' ');
    while at < end {
        let byte = bytes[at];
        if let Some(open) = quote {
            quote = if byte == open { None } else { Some(open) };
        } else if matches!(byte, b'\'' | b'"') {
            quote = Some(byte);
        } else if is_word(byte) && !is_word(before) && before != b'.' {
            let length = bytes[at..end].iter().take_while(|byte| is_word(**byte)).count();
            let root = &source[at..at + length];
            let into = match root {
                "inputs" => Some(&mut step.takes),
                "steps" => Some(&mut step.speaks_of),
                _ => None,
            };
            at += length;
            if let Some(into) = into.filter(|_| bytes.get(at) == Some(&b'.')) {
                let length = bytes[at + 1..end].iter().take_while(|byte| is_word(**byte)).count();
                if length > 0 {
                    let name = source[at + 1..at + 1 + length].to_owned();
                    into.push(Spanned::new(name, Span::new(base + at + 1, base + at + 1 + length)));
                }
                at += 1 + length;
            }
            before = b'x';
            continue;
        }
        before = byte;
        at += 1;
    }
}

const ENGINE: &str = "Spec Kit 1.0.1, docs/reference/workflows.md; `specify workflow validate` checks it";

static WORKFLOW: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a workflow",
    source: ENGINE,
    keys: &[
        key("schema_version", OneOf(SCHEMA), "Version of the format, in quotes.").or("`\"1.0\"`"),
        required("workflow", Map(Of(&HEADER)), "What it is called."),
        key("requires", Map(Of(&REQUIRES)), "What must be there. It is no fence: `permissions` is refused."),
        key("inputs", Table(&Map(Of(&INPUT))), "What a run may be given, by name."),
        required("steps", List(&Map(Of(&STEP))), "What is done, one after another."),
    ],
};

const SCHEMA: Words = &[word("1.0", "The only one there is.")];

static HEADER: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`workflow`",
    source: ENGINE,
    keys: &[
        required("id", Text, "What it is run by: small letters, digits and `-`; none of `overlays`, `runs`, `steps`."),
        required("name", Text, "What it is called, for people."),
        key("version", Version, "`\"X.Y.Z\"`, in quotes: without them it is a number."),
        key("author", Text, "Who made it."),
        key("description", Text, "What it does."),
        key("integration", Text, "The agent of steps that name none.").or("that of the project"),
        key("model", Text, "The model of steps that name none.").or("that of the agent"),
        key("options", Any, "Options of the agent, by name."),
    ],
};

static REQUIRES: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`requires`",
    source: ENGINE,
    keys: &[
        key("speckit_version", Text, "Which versions of Spec Kit can run it: `\">=1.0.0\"`."),
        key("integrations", Any, "Which agents it can be run with: `any: [claude, copilot]`."),
        key("permissions", Any, "There is no fence that could hold a step to it.")
            .but("Refused: put a step of type `gate` before what must be allowed"),
    ],
};

const INPUTS: Words = &[word("string", "Text."), word("number", "A number."), word("boolean", "`true` or `false`.")];

static INPUT: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "an input",
    source: ENGINE,
    keys: &[
        key("type", OneOf(INPUTS), "What it takes.").or("`string`"),
        key("required", Boolean, "True: no run without it.").or("`false`"),
        key("default", Any, "What it is where nobody says; of its `type`, and one of its `enum`."),
        key("enum", List(&Text), "The only values that it may have. They make it safe in a `run`."),
        key("prompt", Text, "What a person is asked for."),
        key("description", Text, "What it is for."),
    ],
};

const STEP_TYPES: Words = &[
    word("command", "A command of Spec Kit (default)."),
    word("prompt", "Any words for the agent."),
    word("shell", "A command of the shell, with your rights and no fence."),
    word("init", "As `specify init`."),
    word("gate", "A person decides."),
    word("if", "`then` or `else`."),
    word("switch", "One of `cases`."),
    word("while", "Again as long as its `condition` holds."),
    word("do-while", "Once, then as `while`."),
    word("fan-out", "Its `step` for each of `items`."),
    word("fan-in", "Waits for steps and joins what they gave."),
];

const ON_REJECT: Words = &[
    word("abort", "The run ends (default)."),
    word("skip", "It goes on."),
    word("retry", "The run stops there; when it is resumed, the gate asks again."),
];

const SHELLS: Words = &[word("sh", "For a POSIX shell."), word("ps", "For PowerShell."), word("py", "For Python.")];
const OUTPUTS: Words = &[word("json", "What it prints is JSON, and is `output.data`.")];

static STEP: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a step",
    source: ENGINE,
    keys: &[
        required("id", Text, "Its name in the workflow: each once, without `:`."),
        key("type", Open(STEP_TYPES), "What kind of step it is; add-ons bring more.").or("`command`"),
        key("name", Text, "What it is called, for people."),
        key("description", Text, "What it does, for people."),
        key("continue_on_error", Boolean, "True: the run goes on when it fails.").or("`false`"),
        key("command", Name(NameKind::Command), "`command`: which one, such as `speckit.plan`."),
        key("input", Map(Of(&COMMAND_INPUT)), "`command`: what it is given."),
        key("integration", Text, "`command`, `prompt`, `init`: the agent.").or("that of the workflow"),
        key("model", Text, "`command`, `prompt`: the model.").or("that of the workflow"),
        key("options", List(&Text), "`gate`: what a person can choose. `command`: options of the agent, by name.")
            .or("of a gate `[approve, reject]`"),
        key("prompt", Text, "`prompt`: what the agent is told."),
        key("run", Text, "`shell`: what is run. `{{ … }}` is put in as it is, without quotes."),
        key("timeout", Number, "`shell`, `prompt`: seconds that it may take.").or("300 for `shell`"),
        key("output_format", OneOf(OUTPUTS), "`shell`: what is made of what it prints.").or("only text"),
        key("message", Text, "`gate`: what the person is asked."),
        key("on_reject", OneOf(ON_REJECT), "`gate`: what happens when the person says no.").or("`abort`"),
        key("show_file", Path, "`gate`: a file that the person is shown."),
        key("verdict_input", Name(NameKind::FlowInput), "`gate`: an input that may hold the answer already."),
        key("condition", Condition, "`if`, `while`, `do-while`: one whole `{{ … }}`."),
        key("then", List(&Map(Of(&STEP))), "`if`: what is done when it holds."),
        key("else", List(&Map(Of(&STEP))), "`if`: what is done when it does not."),
        key("expression", Text, "`switch`: what is looked at."),
        key("cases", Table(&List(&Map(Of(&STEP)))), "`switch`: what is done, by value."),
        key("default", List(&Map(Of(&STEP))), "`switch`: what is done for any other value."),
        key("steps", List(&Map(Of(&STEP))), "`while`, `do-while`: what is done each time."),
        key("max_iterations", Integer, "`while`, `do-while`: at most so many times, from 1."),
        key("items", Text, "`fan-out`: the list, as one `{{ … }}`."),
        key("step", Map(Of(&STEP)), "`fan-out`: what is done with each, which is `{{ item }}`."),
        key("max_concurrency", Integer, "`fan-out`: how many at once."),
        key("wait_for", List(&Name(NameKind::Step)), "`fan-in`: steps above that it waits for."),
        key("output", Any, "`fan-in`: what it gives, by name."),
        key("project", Text, "`init`: name of the new project."),
        key("here", Boolean, "`init`: true makes it in the folder that it runs in."),
        key("script", Open(SHELLS), "`init`: which scripts the project gets."),
        key("preset", Text, "`init`: the preset that it begins with."),
        key("force", Boolean, "`init`: true writes over what is there."),
    ],
};

static COMMAND_INPUT: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`input`",
    source: ENGINE,
    keys: &[key("args", Text, "What stands behind the command; may hold `{{ … }}`.")],
};

static OVERLAY: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "an overlay",
    source: ENGINE,
    keys: &[
        required("id", Text, "What it is called: small letters, digits and `-`."),
        required("extends", Name(NameKind::Flow), "The workflow that it changes: that of its folder."),
        key("priority", Integer, "Of several overlays the lowest number wins.").or("10"),
        key("enabled", Boolean, "False: as if it were not there.").or("`true`"),
        key("description", Text, "What it changes."),
        required("edits", List(&Map(Of(&EDIT))), "The changes, one after another."),
    ],
};

const OPERATIONS: Words = &[
    word("insert_after", "Puts `step` behind the anchor."),
    word("insert_before", "Puts `step` before the anchor."),
    word("replace", "Puts `step` instead of the anchor."),
    word("remove", "Takes the anchor out."),
];

static EDIT: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a change of an overlay",
    source: ENGINE,
    keys: &[
        key("insert_after", Name(NameKind::Step), "Puts `step` behind this step."),
        key("insert_before", Name(NameKind::Step), "Puts `step` before this step."),
        key("replace", Name(NameKind::Step), "Puts `step` instead of this step."),
        key("remove", Name(NameKind::Step), "Takes this step out."),
        key("step", Map(Of(&STEP)), "The new step; `remove` takes none."),
        key("operation", OneOf(OPERATIONS), "The long form: what is done with `anchor`."),
        key("anchor", Name(NameKind::Step), "The long form: the step that is meant."),
    ],
};
