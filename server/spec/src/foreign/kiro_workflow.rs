//! Reads recipes of Kiro's workflows: `.kiro/workflows/*.workflow.{json,yaml,yml}`.
//!
//! A recipe is a tree: steps that an agent does, `sequence`, `repeat`, `parallel`, `watch` and `include`. What is reported
//! is what the engine refuses when it loads one (https://kiro.dev/docs/workflows/authoring/; Kiro's engine is closed, its
//! rules were read in agnix 0.60, KR-WF-001 to 009): shapes, the static limits, and results that are not there yet when they
//! are asked for. An `include` may bring steps and inputs with it; then nothing is said of names that are not known.

use super::atomic::broken;
use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::flow::{Flow, Input, Manner, Manners, Step, StepGate, StepKind};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use std::collections::{HashMap, HashSet};
use syntax::json;
use syntax::yaml::{self, Kind, Node, Style};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[".kiro/workflows/*.workflow.json", ".kiro/workflows/*.workflow.yaml", ".kiro/workflows/*.workflow.yml"],
    kind: |path| name_of(path).map(|_| FileKind::Flow),
    read: |path, text| Some(read(path, text)),
    keys: |path, text, _| {
        let form = if path.ends_with(".json") { Form::Json } else { Form::Yaml };
        keys::whole(text, form, &RECIPE)
    },
};

/// Steps that an agent does in one recipe.
const MOST_STEPS: usize = 50;
/// Levels of nodes.
const MOST_LEVELS: usize = 8;
/// Rounds of a `repeat`.
const MOST_ROUNDS: f64 = 1000.0;

const MANNERS: Manners = Manners {
    unknown_need: Manner::Refuses,
    unknown_mention: Manner::Refuses,
    unknown_input: Manner::GoesOn,
    duplicate: Manner::Refuses,
    unbounded: Manner::Refuses,
    ..Manners::UNKNOWN
};

/// With an `include`, whose steps and inputs stand elsewhere.
const WITH_INCLUDE: Manners = Manners {
    unknown_need: Manner::Accepts,
    unknown_mention: Manner::Accepts,
    unknown_input: Manner::Accepts,
    ..MANNERS
};

fn name_of(path: &str) -> Option<&str> {
    let file = path.strip_prefix(".kiro/workflows/").filter(|file| !file.contains('/'))?;
    let name = [".workflow.json", ".workflow.yaml", ".workflow.yml"].iter().find_map(|end| file.strip_suffix(end))?;
    (!name.is_empty()).then_some(name)
}

fn read(path: &str, text: &str) -> Reading {
    let whole = Span::new(if text.starts_with('\u{feff}') { 3 } else { 0 }, text.len());
    let in_json = path.ends_with(".json");
    let document = if in_json { json::read(text, whole) } else { yaml::read(text, whole) };
    let key = format!("{}{}", System::Kiro.prefix(), name_of(path).unwrap_or_default());
    let mut flow = Flow::new(System::Kiro, "workflow", key, &MANNERS);
    let certain = document.valid && document.problems.is_empty();
    let mut check = Check { text, certain, problems: Vec::new() };
    if let Some((words, span)) = broken(&document).filter(|_| in_json).or_else(|| certainly_broken(text, &document)) {
        check.problems.push(Problem { kind: ProblemKind::Unreadable(System::Kiro, words), span });
    }
    check.recipe(&document.root, &mut flow);
    let mut names = Collector::default();
    names.flow(&flow, Span::empty(whole.start as usize));
    Reading { facts: names.facts(0), content: Content::Flow(Box::new(flow)), problems: check.problems }
}

/// What no reader of YAML takes.
fn certainly_broken(text: &str, document: &yaml::Document) -> Option<(String, Span)> {
    super::pyyaml::unreadable(text, document).map(|(words, span)| (words.to_owned(), span))
}

/// A value's type as JSON has it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Null,
    Bool,
    Number,
    Text,
    List,
    Map,
}

fn type_of(node: &Node) -> Type {
    match &node.kind {
        Kind::Map(_) => Type::Map,
        Kind::Seq(_) => Type::List,
        Kind::Null => Type::Null,
        Kind::Scalar(scalar) if scalar.style != Style::Plain => Type::Text,
        Kind::Scalar(scalar) => match scalar.value.as_str() {
            "true" | "false" | "True" | "False" | "TRUE" | "FALSE" => Type::Bool,
            "Null" | "NULL" => Type::Null,
            word if word.parse::<f64>().is_ok() && !word.ends_with(|last: char| last.is_ascii_alphabetic()) => {
                Type::Number
            }
            _ => Type::Text,
        },
    }
}

fn kind_word(kind: Type) -> &'static str {
    match kind {
        Type::Null => "nothing",
        Type::Bool => "true or false",
        Type::Number => "a number",
        Type::Text => "text",
        Type::List => "a list",
        Type::Map => "a map",
    }
}

/// Where a node stands: for each level whether its container does all at once, and its place in there.
type Lineage = Vec<(bool, usize)>;

/// True when the engine is done with `first` before it comes to `second`.
fn runs_before(first: &Lineage, second: &Lineage) -> bool {
    match first.iter().zip(second).find(|(one, other)| one != other) {
        Some(((at_once, one), (_, other))) => !at_once && one < other,
        None => false,
    }
}

/// What a step says that was not looked up yet.
struct Mention {
    /// The lineage of the node that speaks.
    by: Lineage,
    /// The index of that step.
    step: usize,
    what: What,
    span: Span,
    /// True in a condition that is looked at behind the node, so that the node itself and what it holds are done.
    behind: bool,
}

enum What {
    Output(String),
    Artifact(String),
    Previous,
}

#[derive(Default)]
struct Walk {
    /// For each id where it stands and whether it gives a result; the first one counts.
    nodes: HashMap<String, (Lineage, bool)>,
    artifacts: HashMap<String, Vec<Lineage>>,
    mentions: Vec<Mention>,
    watches: HashSet<String>,
    /// For each list of nodes the first one that gives a result.
    givers: HashMap<Lineage, usize>,
    stops: Vec<Spanned<String>>,
    steps: usize,
    includes: usize,
    too_deep: bool,
}

/// A list of nodes that is still to be read.
struct Rest<'n> {
    items: std::iter::Enumerate<std::slice::Iter<'n, Node>>,
    parent: Option<u32>,
    lineage: Lineage,
    at_once: bool,
}

struct Check<'t> {
    text: &'t str,
    certain: bool,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, span: Span, words: impl Into<String>) {
        if self.certain {
            self.problems.push(Problem { kind: ProblemKind::Refused(System::Kiro, words.into()), span });
        }
    }

    fn place(&self, map: &Node, key: &str) -> Span {
        match map.entry(key) {
            None => self.name_of(map),
            Some(entry) if entry.value.span.is_empty() => entry.key.span,
            Some(entry) => self.first_line(entry.value.span),
        }
    }

    /// What a node is shown by: its id, else its first line.
    fn name_of(&self, map: &Node) -> Span {
        map.get("id").filter(|id| id.scalar().is_some()).map_or(self.first_line(map.span), |id| id.span)
    }

    fn first_line(&self, span: Span) -> Span {
        let length = span.of(self.text).lines().next().unwrap_or_default().len();
        Span::new(span.start as usize, span.start as usize + length)
    }

    /// Refuses a value of another type. True when it is there and fits.
    fn typed(&mut self, map: &Node, key: &str, expected: Type, required: bool) -> bool {
        match map.get(key) {
            None => {
                if required {
                    self.refuse(self.name_of(map), format!("`{key}` is missing"));
                }
                false
            }
            Some(node) if type_of(node) == expected => true,
            Some(node) => {
                let words = format!("`{key}` must be {}, not {}", kind_word(expected), kind_word(type_of(node)));
                self.refuse(self.place(map, key), words);
                false
            }
        }
    }

    /// Refuses a word that is none of those.
    fn one_of(&mut self, map: &Node, key: &str, words: &[&str]) {
        if !map
            .get(key)
            .is_some_and(|node| type_of(node) == Type::Text && node.scalar().is_some_and(|it| words.contains(&it)))
        {
            let known = words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
            self.refuse(self.place(map, key), format!("`{key}` must be one of {known}"));
        }
    }

    fn recipe(&mut self, root: &Node, flow: &mut Flow) {
        if type_of(root) != Type::Map {
            return self.refuse(self.first_line(root.span), "a map with `name` and `steps` must stand here");
        }
        flow.name = take::text(root, "name");
        flow.description = take::text(root, "description");
        self.typed(root, "name", Type::Text, true);
        for key in ["description", "modelId", "effortLevel"] {
            self.typed(root, key, Type::Text, false);
        }
        if self.typed(root, "inputs", Type::Map, false) {
            for entry in root.get("inputs").map(Node::entries).unwrap_or_default() {
                if type_of(&entry.value) != Type::Text {
                    let words = format!("input `{}` must say its type as text", entry.key.value);
                    self.refuse(entry.key.span, words);
                }
                flow.inputs.push(Input {
                    name: entry.key.clone(),
                    kind: take::word(&entry.value),
                    default: None,
                    required: true,
                    allowed: Vec::new(),
                });
            }
        }
        if !self.typed(root, "steps", Type::List, true) {
            return;
        }
        let mut walk = Walk::default();
        self.walk(root.get("steps").map(Node::items).unwrap_or_default(), flow, &mut walk);
        if walk.includes > 0 {
            flow.manners = &WITH_INCLUDE;
        }
        self.mentions(flow, &walk);
        for stop in walk.stops.iter().filter(|stop| walk.includes == 0 && !walk.watches.contains(&stop.value)) {
            self.refuse(stop.span, format!("there is no `watch` node `{}`", stop.value));
        }
    }

    fn walk<'n>(&mut self, steps: &'n [Node], flow: &mut Flow, walk: &mut Walk) {
        let first = Rest { items: steps.iter().enumerate(), parent: None, lineage: Vec::new(), at_once: false };
        let mut rest: Vec<Rest<'n>> = vec![first];
        while let Some(list) = rest.last_mut() {
            let Some((place, node)) = list.items.next() else {
                rest.pop();
                continue;
            };
            let (parent, at_once) = (list.parent, list.at_once);
            let mut lineage = list.lineage.clone();
            lineage.push((at_once, place));
            if type_of(node) != Type::Map {
                self.refuse(
                    self.first_line(node.span),
                    format!("a node must be a map, not {}", kind_word(type_of(node))),
                );
                continue;
            }
            if lineage.len() > MOST_LEVELS && !walk.too_deep {
                walk.too_deep = true;
                self.refuse(self.name_of(node), format!("nodes may be nested {MOST_LEVELS} levels deep"));
            }
            let index = u32::try_from(flow.steps.len()).unwrap_or(u32::MAX);
            let kind = node.get("type").and_then(Node::scalar).unwrap_or_default().to_owned();
            let mut step = Step::new(node.span, kind_of(&kind));
            step.parent = parent;
            step.word = take::text(node, "type");
            step.id = take::text(node, "id");
            self.node(node, &kind, &lineage, flow.steps.len(), &mut step, walk);
            flow.parts.extend(take::text(node, "path").filter(|_| kind == "include"));
            flow.steps.push(step);
            let (key, inner_at_once) = match kind.as_str() {
                "sequence" | "repeat" => ("steps", false),
                "parallel" => ("branches", true),
                _ => continue,
            };
            if self.typed(node, key, Type::List, true) {
                let items = node.get(key).map(Node::items).unwrap_or_default().iter().enumerate();
                rest.push(Rest { items, parent: Some(index), lineage, at_once: inner_at_once });
            }
        }
    }

    fn node(&mut self, node: &Node, kind: &str, lineage: &Lineage, index: usize, step: &mut Step, walk: &mut Walk) {
        if !["step", "sequence", "repeat", "parallel", "watch", "include"].contains(&kind) {
            let words = "`type` must be `step`, `sequence`, `repeat`, `parallel`, `watch` or `include`";
            return self.refuse(self.place(node, "type"), words);
        }
        self.typed(node, "id", Type::Text, true);
        let mut gives = kind == "watch";
        let mut mention = |what: What, span: Span, behind: bool| {
            walk.mentions.push(Mention { by: lineage.clone(), step: index, what, span, behind });
        };
        match kind {
            "step" => {
                walk.steps += 1;
                if walk.steps == MOST_STEPS + 1 {
                    self.refuse(self.name_of(node), format!("a recipe may have {MOST_STEPS} steps"));
                }
                self.typed(node, "agent", Type::Text, true);
                self.typed(node, "prompt", Type::Text, true);
                step.does = take::text(node, "agent");
                if let Some(entry) = node.entry("input") {
                    self.refuse(entry.key.span, "`input` is no more: put its values into `prompt` as `{{…}}`");
                }
                for key in ["modelId", "effortLevel"] {
                    self.typed(node, key, Type::Text, false);
                }
                self.typed(node, "captureOutput", Type::Bool, false);
                gives = node.get("captureOutput").and_then(Node::scalar) != Some("false");
                let prompt = node.get("prompt").filter(|prompt| prompt.scalar().is_some());
                if let Some(prompt) = prompt {
                    templates(self.text, prompt.span, |what, span| match what {
                        Template::Said(what) => mention(what, span, false),
                        Template::Input(name) => step.takes.push(Spanned::new(name, span)),
                    });
                }
                if self.typed(node, "artifacts", Type::Map, false) {
                    for entry in node.get("artifacts").map(Node::entries).unwrap_or_default() {
                        if type_of(&entry.value) != Type::Text {
                            let words = format!("artifact `{}` must be a path", entry.key.value);
                            self.refuse(entry.key.span, words);
                        }
                        walk.artifacts.entry(entry.key.value.clone()).or_default().push(lineage.clone());
                    }
                }
                if let Some(entry) = node.entry("completion") {
                    if lineage.iter().any(|(at_once, _)| *at_once) {
                        self.refuse(entry.key.span, "a step with `completion` cannot stand in a `parallel`");
                    }
                    self.stop(node, "completion", &mut |what, span| mention(what, span, true));
                    step.gate = Some(StepGate { span: entry.key.span, by: None, criteria: Vec::new() });
                }
            }
            "repeat" => {
                step.most = node.get("maxIterations").filter(|most| type_of(most) == Type::Number).and_then(|most| {
                    let rounds = most
                        .scalar()?
                        .parse::<f64>()
                        .ok()
                        .filter(|rounds| (0.0..=f64::from(u32::MAX)).contains(rounds));
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in bounds")]
                    rounds.map(|rounds| Spanned::new(rounds as u32, most.span))
                });
                step.unbounded = node.get("maxIterations").is_none();
                if let Some(most) = node.get("maxIterations") {
                    let rounds = most.scalar().and_then(|word| word.parse::<f64>().ok());
                    let fits = |rounds: f64| (1.0..=MOST_ROUNDS).contains(&rounds) && rounds.fract() == 0.0;
                    if type_of(most) != Type::Number || !rounds.is_some_and(fits) {
                        let words = "`maxIterations` must be a whole number from 1 to 1000";
                        self.refuse(self.place(node, "maxIterations"), words);
                    }
                }
                self.one_of(node, "onMaxIterations", &["abort", "continue", "pause"]);
                if let (Some(_), Some(entry)) = (node.get("stopCondition"), node.entry("stopWhen")) {
                    self.refuse(entry.key.span, "a `repeat` has either `stopCondition` or `stopWhen`");
                }
                self.stop(node, "stopCondition", &mut |what, span| mention(what, span, true));
                if self.typed(node, "stopWhen", Type::Text, false) {
                    let span = node.get("stopWhen").map_or(node.span, |stop| stop.span);
                    templates(self.text, span, |what, span| {
                        if let Template::Said(what) = what {
                            mention(what, span, true);
                        }
                    });
                    let words = node.get("stopWhen").and_then(Node::scalar).unwrap_or_default();
                    match words.strip_suffix(".terminal").filter(|watch| !watch.is_empty() && is_id(watch)) {
                        Some(watch) => walk.stops.push(Spanned::new(watch.to_owned(), span)),
                        None if words.starts_with("{{") && words.contains("}} contains ") => {}
                        None => self.refuse(span, "`stopWhen` is `<watch>.terminal` or `{{…}} contains <text>`"),
                    }
                }
            }
            "parallel" => self.one_of(node, "joinPolicy", &["all", "allSettled", "any"]),
            "watch" => {
                self.typed(node, "handler", Type::Text, true);
                self.typed(node, "config", Type::Map, false);
                step.does = take::text(node, "handler");
                walk.watches.extend(step.id.as_ref().map(|id| id.value.clone()));
                let command =
                    node.get("config").and_then(|config| config.get("command")).filter(|it| it.scalar().is_some());
                if let Some(command) = command.filter(|command| command.scalar().is_some_and(|it| it.contains("{{"))) {
                    self.refuse(command.span, "the command of a `watch` takes no `{{…}}`");
                }
            }
            "include" => {
                walk.includes += 1;
                self.typed(node, "path", Type::Text, true);
            }
            _ => {}
        }
        if let (true, Some((own, outer))) = (gives && step.id.is_some(), lineage.split_last()) {
            let first = walk.givers.entry(outer.to_vec()).or_insert(own.1);
            *first = (*first).min(own.1);
        }
        if let Some(id) = &step.id {
            walk.nodes.entry(id.value.clone()).or_insert((lineage.clone(), gives));
        }
    }

    /// `{containsText, fileCheck: {path, jsonPath, value}, completionSignal}`.
    fn stop(&mut self, node: &Node, key: &str, mention: &mut dyn FnMut(What, Span)) {
        if !self.typed(node, key, Type::Map, false) {
            return;
        }
        let Some(condition) = node.get(key) else { return };
        let kinds = ["containsText", "fileCheck", "completionSignal"];
        if !kinds.iter().any(|kind| condition.get(kind).is_some_and(|value| !value.is_null())) {
            let words = format!("`{key}` needs `containsText`, `fileCheck` or `completionSignal`");
            let place = node.entry(key).map_or(node.span, |entry| entry.key.span);
            self.refuse(place, words);
        }
        self.typed(condition, "containsText", Type::Text, false);
        if condition.get("completionSignal").is_some() {
            self.one_of(condition, "completionSignal", &["success", "need_input", "error"]);
        }
        if !self.typed(condition, "fileCheck", Type::Map, false) {
            return;
        }
        let Some(entry) = condition.entry("fileCheck") else { return };
        for wrong in
            entry.value.entries().iter().filter(|it| !["path", "jsonPath", "value"].contains(&it.key.value.as_str()))
        {
            self.refuse(wrong.key.span, "`fileCheck` knows `path`, `jsonPath` and `value`");
        }
        for key in ["path", "jsonPath"] {
            match entry.value.get(key) {
                Some(node) if type_of(node) == Type::Text => {}
                Some(_) => self.refuse(self.place(&entry.value, key), format!("`{key}` must be text")),
                None => self.refuse(entry.key.span, format!("`fileCheck` must have `{key}`")),
            }
        }
        if entry.value.get("value").is_none() {
            self.refuse(entry.key.span, "`fileCheck` must have `value`");
        }
        if let Some(path) = entry.value.get("path").filter(|path| path.scalar().is_some()) {
            templates(self.text, path.span, |what, span| {
                if let Template::Said(what) = what {
                    mention(what, span);
                }
            });
        }
    }

    /// Looks up what was said once every node is known.
    fn mentions(&mut self, flow: &mut Flow, walk: &Walk) {
        let included = walk.includes > 0;
        for said in &walk.mentions {
            let done = |there: &Lineage| {
                let inside = said.behind && there.starts_with(&said.by);
                inside || runs_before(there, &said.by)
            };
            match &said.what {
                What::Output(id) => {
                    flow.steps[said.step].speaks_of.push(Spanned::new(id.clone(), said.span));
                    match walk.nodes.get(id) {
                        Some((_, false)) => self.refuse(said.span, format!("`{id}` gives no output")),
                        Some((there, true)) if !done(there) => {
                            self.refuse(said.span, format!("`{id}` is not done before this is read"));
                        }
                        _ => {}
                    }
                }
                What::Artifact(name) => match walk.artifacts.get(name) {
                    None if !included => self.refuse(said.span, format!("no step has an artifact `{name}`")),
                    Some(all) if !all.iter().any(done) => {
                        self.refuse(said.span, format!("artifact `{name}` is not written before this is read"));
                    }
                    _ => {}
                },
                What::Previous if said.behind => {
                    self.refuse(said.span, "`previous` has no meaning in a condition");
                }
                What::Previous => {
                    let Some((own, outer)) = said.by.split_last() else { continue };
                    if own.0 {
                        self.refuse(said.span, "`previous` has no meaning in a branch of a `parallel`");
                    } else if !included && walk.givers.get(outer).is_none_or(|first| *first >= own.1) {
                        self.refuse(said.span, "no node before this one gives an output");
                    }
                }
            }
        }
    }
}

fn is_id(word: &str) -> bool {
    !word.contains(|letter: char| letter == '.' || letter.is_whitespace() || letter == '{' || letter == '}')
}

fn kind_of(word: &str) -> StepKind {
    match word {
        "sequence" => StepKind::Group,
        "repeat" => StepKind::Loop,
        "parallel" => StepKind::Parallel,
        "watch" => StepKind::Command,
        "include" => StepKind::Call,
        _ => StepKind::Agent,
    }
}

enum Template {
    Said(What),
    Input(String),
}

/// `{{…}}` in a text: an output, an artifact, or an input by its name.
fn templates(text: &str, span: Span, mut found: impl FnMut(Template, Span)) {
    let source = span.of(text);
    let mut at = 0;
    while let Some(open) = source[at..].find("{{").map(|open| at + open + 2) {
        let Some(length) = source[open..].find(['{', '}']) else { return };
        at = open + length;
        if !source[at..].starts_with("}}") {
            continue;
        }
        let inner = &source[open..at];
        let words = inner.trim();
        let lead = inner.len() - inner.trim_start().len();
        let from = span.start as usize + open + lead;
        let part = |skip: usize, length: usize| Span::new(from + skip, from + skip + length);
        if words == "previous.output" {
            found(Template::Said(What::Previous), part(0, words.len()));
        } else if let Some(name) = words.strip_prefix("artifacts.") {
            found(Template::Said(What::Artifact(name.to_owned())), part("artifacts.".len(), name.len()));
        } else if let Some(id) = words.strip_suffix(".output") {
            let id = id.strip_prefix("steps.").unwrap_or(id);
            let skip = words.len() - ".output".len() - id.len();
            found(Template::Said(What::Output(id.to_owned())), part(skip, id.len()));
        } else if is_name(words) && !matches!(words, "task" | "previous") {
            found(Template::Input(words.to_owned()), part(0, words.len()));
        }
    }
}

/// A name that an input can have.
fn is_name(word: &str) -> bool {
    let starts = word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

const ENGINE: &str = "the documentation of Kiro: https://kiro.dev/docs/workflows/authoring/";

static RECIPE: KeyTable = KeyTable {
    system: System::Kiro,
    title: "a recipe",
    source: ENGINE,
    keys: &[
        required("name", Text, "What it is called."),
        key("description", Text, "What it does."),
        key("inputs", Table(&Text), "What it is given: the type of each, by name."),
        key("modelId", Text, "The model of steps that name none."),
        key("effortLevel", Open(EFFORTS), "How hard it thinks, in steps that do not say."),
        required("steps", List(&Map(Of(&NODE))), "What is done, one after another: at most 50 steps, 8 levels deep."),
    ],
};

const NODE_TYPES: Words = &[
    word("step", "An agent does it."),
    word("sequence", "Its `steps`, one after another."),
    word("repeat", "Its `steps`, again and again."),
    word("parallel", "Its `branches`, side by side."),
    word("watch", "Waits for something outside."),
    word("include", "Another recipe."),
];

const AT_MOST: Words =
    &[word("abort", "The run has failed."), word("continue", "It goes on."), word("pause", "It waits for a person.")];

const JOINS: Words = &[
    word("all", "All must be done."),
    word("allSettled", "All must have ended, however."),
    word("any", "One must be done."),
];

static NODE: KeyTable = KeyTable {
    system: System::Kiro,
    title: "a node",
    source: ENGINE,
    keys: &[
        required("type", OneOf(NODE_TYPES), "What kind of node it is."),
        required("id", Text, "Its name in the recipe: what it gave is `{{id.output}}`."),
        key("agent", Name(NameKind::Agent), "`step`: who does it."),
        key(
            "prompt",
            Text,
            "`step`: what it is told; `{{task}}`, `{{previous.output}}` and `{{id.output}}` are replaced.",
        ),
        key("modelId", Text, "`step`: its model."),
        key("effortLevel", Open(EFFORTS), "`step`: how hard it thinks."),
        key("captureOutput", Boolean, "`step`: false keeps what it said from others.").or("`true`"),
        key("artifacts", Table(&Path), "`step`: files that it makes, by name."),
        key("completion", Map(Of(&STOP)), "`step`: when it is done. Not in a `parallel`."),
        key("input", Any, "`step`: what it is given.").but("Refused: `prompt` holds its values as `{{…}}`"),
        key("steps", List(&Map(Of(&NODE))), "`sequence`, `repeat`: what is done."),
        key("maxIterations", Integer, "`repeat`: at most so many rounds, from 1 to 1000."),
        key("onMaxIterations", OneOf(AT_MOST), "`repeat`: what happens after the last round."),
        key("stopCondition", Map(Of(&STOP)), "`repeat`: when it ends."),
        key("stopWhen", Text, "`repeat`: when it ends, in words: `<watch>.terminal` or `{{…}} contains <text>`."),
        key("branches", List(&Map(Of(&NODE))), "`parallel`: what is done side by side."),
        key("joinPolicy", OneOf(JOINS), "`parallel`: when it goes on."),
        key("handler", Text, "`watch`: what looks."),
        key("config", Map(Of(&WATCH)), "`watch`: settings of the handler."),
        key("path", Path, "`include`: the other recipe."),
    ],
};

static WATCH: KeyTable = KeyTable {
    system: System::Kiro,
    title: "`config` of a `watch`",
    source: ENGINE,
    keys: &[key("command", Text, "What is run to look; takes no `{{…}}`.")],
};

const SIGNALS: Words =
    &[word("success", "It is done."), word("need_input", "It needs a person."), word("error", "It has failed.")];

static STOP: KeyTable = KeyTable {
    system: System::Kiro,
    title: "a condition",
    source: ENGINE,
    keys: &[
        key("containsText", Text, "The last answer holds these words."),
        key("fileCheck", Map(Of(&FILE_CHECK)), "A JSON file says so."),
        key("completionSignal", OneOf(SIGNALS), "The agent says so."),
    ],
};

static FILE_CHECK: KeyTable = KeyTable {
    system: System::Kiro,
    title: "`fileCheck`",
    source: ENGINE,
    keys: &[
        required("path", Path, "The file."),
        required("jsonPath", Text, "The place in it."),
        required("value", Any, "What must stand there."),
    ],
};
