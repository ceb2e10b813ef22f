//! Reads formulas of Gas Town and Beads: `.beads/formulas/*.formula.toml`, `*.formula.json` of Beads alone, and Gas Town's
//! overlays `formula-overlays/*.toml`.
//!
//! Two programs read one file with two schemas. [`KEYS`] says of each key what it takes and who reads it; what one of the
//! two passes over or refuses, while the other takes it, is said as a difference and never as an error. A formula is known
//! by the name of its file: that is how both find the one that another extends.

use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::flow::{Change, Edit, Flow, Input, Manner, Manners, Over, Step, StepGate, StepKind};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind, NameKind, Role};
use crate::read as take;
use std::collections::HashSet;
use syntax::yaml::{self, Entry, Kind, Node, Style};
use syntax::{json, toml};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[".beads/formulas/*.formula.toml", ".beads/formulas/*.formula.json", "formula-overlays/*.toml"],
    kind: |path| format(path).map(|_| FileKind::Flow),
    read,
    keys: |path, text, _| match format(path)? {
        Format::Toml => keys::whole(text, Form::Toml, &FORMULA),
        Format::Json => keys::whole(text, Form::Json, &FORMULA),
        Format::Overlay => keys::whole(text, Form::Toml, &OVERRIDES),
    },
};

/// What both do with the mistakes that every workflow can have; Beads looks for circles only when it makes the issues.
const MANNERS: Manners = Manners {
    unknown_need: Manner::Refuses,
    later_need: Manner::Accepts,
    unknown_mention: Manner::Refuses,
    unknown_input: Manner::Accepts,
    duplicate: Manner::Refuses,
    cycle: Manner::Refuses,
    unbounded: Manner::Refuses,
    shell: false,
};

/// What Gas Town does with an overlay that speaks of a step that is gone.
const OVERLAY: Manners = Manners { unknown_need: Manner::GoesOn, ..Manners::UNKNOWN };

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Toml,
    Json,
    Overlay,
}

fn format(path: &str) -> Option<Format> {
    let (folder, name) = path.rsplit_once('/')?;
    match folder {
        "formula-overlays" if name.ends_with(".toml") => Some(Format::Overlay),
        ".beads/formulas" if name.ends_with(".formula.toml") => Some(Format::Toml),
        ".beads/formulas" if name.ends_with(".formula.json") => Some(Format::Json),
        _ => None,
    }
}

/// Of no more formulas that one extends steps are looked for: each could be meant wherever a step is named.
const MOST_PARENTS: usize = 16;

/// The name that a formula's file is found by.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = [".formula.toml", ".formula.json", ".toml"];
    ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

fn named(name: &str) -> String {
    format!("{}{name}", System::GasTown.prefix())
}

/// Who reads a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Both,
    GasTown,
    Beads,
}

/// What a key takes. Neither program turns one kind of value into another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Text,
    Whole,
    Truth,
    Texts,
    Map,
    Maps,
    /// A map of texts.
    Named,
    /// Anything: the program looks at it later, or not at all.
    Any,
}

impl Takes {
    fn words(self) -> &'static str {
        match self {
            Takes::Text => "text in quotes",
            Takes::Whole => "a whole number",
            Takes::Truth => "`true` or `false`",
            Takes::Texts => "a list of texts",
            Takes::Map => "a table",
            Takes::Maps => "a list of tables",
            Takes::Named => "a table of texts",
            Takes::Any => "a value",
        }
    }

    fn holds(self, node: &Node) -> bool {
        let quoted = |node: &Node| matches!(&node.kind, Kind::Scalar(scalar) if scalar.style != Style::Plain);
        let plain = |node: &Node| match &node.kind {
            Kind::Scalar(scalar) if scalar.style == Style::Plain => Some(scalar.value.clone()),
            _ => None,
        };
        match self {
            Takes::Any => true,
            Takes::Text => quoted(node),
            Takes::Whole => plain(node).is_some_and(|number| {
                let digits = number.trim_start_matches(['+', '-']);
                digits.starts_with(|digit: char| digit.is_ascii_digit())
                    && !digits.contains(['.', ':', 'e', 'E', 'T']) | digits.starts_with("0x")
                    && digits.matches('-').count() == 0
            }),
            Takes::Truth => plain(node).is_some_and(|word| word == "true" || word == "false"),
            Takes::Texts => matches!(&node.kind, Kind::Seq(items) if items.iter().all(quoted)),
            Takes::Map => matches!(node.kind, Kind::Map(_)),
            Takes::Maps => matches!(&node.kind, Kind::Seq(items) if items.iter().all(|item| Takes::Map.holds(item))),
            Takes::Named => {
                matches!(&node.kind, Kind::Map(entries) if entries.iter().all(|entry| quoted(&entry.value)))
            }
        }
    }
}

/// The parts of a formula that have keys of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Part {
    Formula,
    Variable,
    Input,
    Step,
    Template,
    Leg,
    Synthesis,
    Aspect,
    Compose,
    Gate,
    Loop,
    OnComplete,
}

impl Part {
    fn word(self) -> &'static str {
        match self {
            Part::Formula => "a formula",
            Part::Variable => "a variable",
            Part::Input => "an input",
            Part::Step => "a step",
            Part::Template => "a template step",
            Part::Leg => "a leg",
            Part::Synthesis => "`synthesis`",
            Part::Aspect => "an aspect",
            Part::Compose => "`compose`",
            Part::Gate => "`gate`",
            Part::Loop => "`loop`",
            Part::OnComplete => "`on_complete`",
        }
    }
}

type Row = (Part, &'static str, Takes, By);

/// Every key that one of the two reads (Gas Town's and Beads' `internal/formula/types.go`).
const KEYS: &[Row] = {
    use By::{Beads, Both, GasTown};
    use Takes::{Any, Map, Maps, Named, Text, Texts, Truth, Whole};
    &[
        (Part::Formula, "formula", Text, Both),
        (Part::Formula, "description", Text, Both),
        (Part::Formula, "type", Text, Both),
        (Part::Formula, "version", Whole, Both),
        (Part::Formula, "pour", Truth, Both),
        (Part::Formula, "extends", Texts, Both),
        (Part::Formula, "vars", Map, Both),
        (Part::Formula, "steps", Maps, Both),
        (Part::Formula, "template", Maps, Both),
        (Part::Formula, "compose", Map, Both),
        (Part::Formula, "agent", Text, GasTown),
        (Part::Formula, "review_only", Truth, GasTown),
        (Part::Formula, "legs", Maps, GasTown),
        (Part::Formula, "inputs", Map, GasTown),
        (Part::Formula, "prompts", Named, GasTown),
        (Part::Formula, "output", Map, GasTown),
        (Part::Formula, "synthesis", Map, GasTown),
        (Part::Formula, "aspects", Maps, GasTown),
        (Part::Formula, "advice", Maps, Beads),
        (Part::Formula, "pointcuts", Maps, Beads),
        (Part::Formula, "phase", Text, Beads),
        (Part::Formula, "source", Text, Beads),
        (Part::Variable, "description", Any, Both),
        (Part::Variable, "required", Any, Both),
        (Part::Variable, "default", Any, Both),
        (Part::Variable, "enum", Any, Beads),
        (Part::Variable, "pattern", Any, Beads),
        (Part::Variable, "type", Any, Beads),
        (Part::Input, "description", Text, GasTown),
        (Part::Input, "type", Text, GasTown),
        (Part::Input, "required", Truth, GasTown),
        (Part::Input, "required_unless", Texts, GasTown),
        (Part::Input, "default", Text, GasTown),
        (Part::Step, "id", Text, Both),
        (Part::Step, "title", Text, Both),
        (Part::Step, "description", Text, Both),
        (Part::Step, "needs", Texts, Both),
        (Part::Step, "parallel", Truth, GasTown),
        (Part::Step, "interactive", Truth, GasTown),
        (Part::Step, "acceptance", Text, GasTown),
        (Part::Step, "notes", Text, Beads),
        (Part::Step, "type", Text, Beads),
        (Part::Step, "priority", Whole, Beads),
        (Part::Step, "labels", Texts, Beads),
        (Part::Step, "metadata", Map, Beads),
        (Part::Step, "depends_on", Texts, Beads),
        (Part::Step, "waits_for", Text, Beads),
        (Part::Step, "assignee", Text, Beads),
        (Part::Step, "expand", Text, Beads),
        (Part::Step, "expand_vars", Named, Beads),
        (Part::Step, "condition", Text, Beads),
        (Part::Step, "children", Maps, Beads),
        (Part::Step, "gate", Map, Beads),
        (Part::Step, "loop", Map, Beads),
        (Part::Step, "on_complete", Map, Beads),
        (Part::Template, "acceptance", Text, GasTown),
        (Part::Leg, "id", Text, GasTown),
        (Part::Leg, "title", Text, GasTown),
        (Part::Leg, "focus", Text, GasTown),
        (Part::Leg, "description", Text, GasTown),
        (Part::Leg, "agent", Text, GasTown),
        (Part::Leg, "review_only", Truth, GasTown),
        (Part::Synthesis, "title", Text, GasTown),
        (Part::Synthesis, "description", Text, GasTown),
        (Part::Synthesis, "depends_on", Texts, GasTown),
        (Part::Aspect, "id", Text, GasTown),
        (Part::Aspect, "title", Text, GasTown),
        (Part::Aspect, "focus", Text, GasTown),
        (Part::Aspect, "description", Text, GasTown),
        (Part::Compose, "expand", Maps, Both),
        (Part::Compose, "aspects", Texts, Both),
        (Part::Compose, "bond_points", Maps, Beads),
        (Part::Compose, "hooks", Maps, Beads),
        (Part::Compose, "map", Maps, Beads),
        (Part::Compose, "branch", Maps, Beads),
        (Part::Compose, "gate", Maps, Beads),
        (Part::Gate, "type", Text, Beads),
        (Part::Gate, "id", Text, Beads),
        (Part::Gate, "await_id", Text, Beads),
        (Part::Gate, "timeout", Text, Beads),
        (Part::Loop, "count", Whole, Beads),
        (Part::Loop, "until", Text, Beads),
        (Part::Loop, "max", Whole, Beads),
        (Part::Loop, "range", Text, Beads),
        (Part::Loop, "var", Text, Beads),
        (Part::Loop, "body", Maps, Beads),
        (Part::OnComplete, "for_each", Text, Beads),
        (Part::OnComplete, "bond", Text, Beads),
        (Part::OnComplete, "vars", Named, Beads),
        (Part::OnComplete, "parallel", Truth, Beads),
        (Part::OnComplete, "sequential", Truth, Beads),
    ]
};

/// The row of a key. A template step takes what a step takes, but Gas Town reads less of it.
fn row(part: Part, key: &str) -> Option<&'static Row> {
    let find = |part: Part| KEYS.iter().find(|row| row.0 == part && row.1.eq_ignore_ascii_case(key));
    match find(part) {
        None if part == Part::Template => find(Part::Step).filter(|row| row.3 != By::GasTown),
        row => row,
    }
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let format = format(path)?;
    let all = Span::new(0, text.len());
    let document = if format == Format::Json { json::read(text, all) } else { toml::read(text, all) };
    let root = &document.root;
    let known = |entry: &Entry| match format {
        Format::Overlay => entry.key.value == "step-overrides",
        _ => row(Part::Formula, &entry.key.value).is_some(),
    };
    if !text.trim().is_empty() && !root.entries().iter().any(known) {
        return None;
    }
    if format == Format::Overlay {
        return Some(overlay(path, text, &document));
    }
    let mut formula = Formula::new(path, text, format);
    formula.syntax(&document);
    if document.valid {
        formula.formula_keys(root);
    }
    formula.parts(root);
    if document.valid {
        formula.refused(root);
    }
    let Formula { flow, problems, others, .. } = formula;
    let mut names = Collector::default();
    names.flow(&flow, Span::empty(0));
    for (kind, name, span) in others {
        names.add(kind, name, Role::Use, span);
    }
    let facts = names.facts(0);
    Some(Reading { content: Content::Flow(Box::new(flow)), facts, problems })
}

struct Formula<'t> {
    text: &'t str,
    system: System,
    flow: Flow,
    problems: Vec<Problem>,
    /// Keys of which it is said already that one of the two does not read them.
    said: HashSet<(Part, String)>,
    /// Names of other formulas and of their steps.
    others: Vec<(NameKind, String, Span)>,
    /// Formulas that this one builds on.
    extends: Vec<Spanned<String>>,
    /// Ids of steps and of their children, which share one set.
    ids: HashSet<String>,
    /// True when something shows that Gas Town is meant to read it.
    for_gas_town: bool,
}

impl<'t> Formula<'t> {
    fn new(path: &str, text: &'t str, format: Format) -> Formula<'t> {
        let system = if format == Format::Json { System::Beads } else { System::GasTown };
        Formula {
            text,
            system,
            flow: Flow::new(system, "formula", named(stem(path)), &MANNERS),
            problems: Vec::new(),
            said: HashSet::new(),
            others: Vec::new(),
            extends: Vec::new(),
            ids: HashSet::new(),
            for_gas_town: false,
        }
    }

    fn report(&mut self, kind: ProblemKind, span: Span) {
        self.problems.push(Problem { kind, span });
    }

    fn refuse(&mut self, by: System, words: impl Into<String>, span: Span) {
        self.report(ProblemKind::Refused(by, words.into()), span);
    }

    fn differ(&mut self, words: impl Into<String>, span: Span) {
        if self.system == System::GasTown {
            self.report(ProblemKind::ReadersDiffer(words.into()), span);
        }
    }

    /// What makes it no TOML or JSON at all.
    fn syntax(&mut self, document: &yaml::Document) {
        let json = self.system == System::Beads;
        for problem in &document.problems {
            let words = match &problem.kind {
                yaml::ProblemKind::Invalid(words) => words.clone(),
                yaml::ProblemKind::Feature(what) => format!("a {what} is not JSON"),
                yaml::ProblemKind::DuplicateKey(key) if !json => format!("`{key}` is there already"),
                yaml::ProblemKind::DuplicateKey(_) | yaml::ProblemKind::TooDeep => continue,
            };
            self.refuse(self.system, words, problem.span);
        }
    }

    /// Checks the keys of one part: what they take, and who reads them.
    fn keys(&mut self, part: Part, map: &Node) {
        for entry in map.entries() {
            let name = entry.key.value.as_str();
            let Some((_, _, takes, by)) = row(part, name) else {
                if matches!(part, Part::Formula | Part::Step) && self.said.insert((part, name.to_owned())) {
                    self.differ(
                        format!("neither Gas Town nor Beads reads `{name}` of {}", part.word()),
                        entry.key.span,
                    );
                }
                continue;
            };
            if !(takes.holds(&entry.value) || entry.value.is_null() && self.system == System::Beads) {
                let by = if *by == By::Beads { System::Beads } else { self.system };
                let place =
                    if entry.value.span.is_empty() { entry.key.span } else { self.first_line(entry.value.span) };
                self.refuse(by, format!("`{name}` of {} takes {}", part.word(), takes.words()), place);
            }
            let unread = match by {
                By::Both => continue,
                By::GasTown => "Beads",
                By::Beads if self.for_gas_town => "Gas Town",
                By::Beads => continue,
            };
            // of a formula of legs Beads reads nothing: said once, at the legs
            let of_convoy = part == Part::Formula && name != "legs" && map.get("legs").is_some();
            let inner = !matches!(part, Part::Formula | Part::Variable | Part::Step | Part::Template | Part::Compose);
            if !of_convoy && !inner && self.said.insert((part, name.to_owned())) {
                self.differ(format!("{unread} does not read `{name}` of {}", part.word()), entry.key.span);
            }
        }
    }

    /// The part of a place that stands on its first line.
    fn first_line(&self, span: Span) -> Span {
        let length = span.of(self.text).find(['\n', '\r']).unwrap_or(span.len());
        Span::new(span.start as usize, span.start as usize + length)
    }

    fn formula_keys(&mut self, root: &Node) {
        self.for_gas_town = is_for_gas_town(root);
        self.keys(Part::Formula, root);
        for entry in root.get("vars").map(Node::entries).unwrap_or_default() {
            match &entry.value.kind {
                Kind::Map(_) => self.keys(Part::Variable, &entry.value),
                Kind::Scalar(scalar) if scalar.style != Style::Plain && self.system == System::GasTown => {}
                _ => self.refuse(
                    self.system,
                    format!("variable `{}` takes text or a table", entry.key.value),
                    entry.key.span,
                ),
            }
        }
        for entry in root.get("inputs").map(Node::entries).unwrap_or_default() {
            self.keys(Part::Input, &entry.value);
        }
        for (key, part) in [("synthesis", Part::Synthesis), ("compose", Part::Compose)] {
            root.get(key).into_iter().for_each(|map| self.keys(part, map));
        }
        let lists =
            [("steps", Part::Step), ("template", Part::Template), ("legs", Part::Leg), ("aspects", Part::Aspect)];
        for (key, part) in lists {
            let mut rest: Vec<&Node> =
                root.get(key).map(|list| list.items().iter().rev().collect()).unwrap_or_default();
            while let Some(step) = rest.pop() {
                self.keys(part, step);
                for (key, part) in [("gate", Part::Gate), ("loop", Part::Loop), ("on_complete", Part::OnComplete)] {
                    step.get(key).into_iter().for_each(|map| self.keys(part, map));
                }
                let body = step.get("loop").and_then(|map| map.get("body"));
                rest.extend(step.get("children").into_iter().chain(body).flat_map(Node::items).rev());
            }
        }
    }

    /// Names, variables and steps.
    fn parts(&mut self, root: &Node) {
        self.flow.name = take::text(root, "formula");
        self.flow.description =
            take::text(root, "description").map(|words| words.map(|words| super::spec_kit::short(&words, 200).into()));
        for entry in root.get("vars").into_iter().chain(root.get("inputs")).flat_map(Node::entries) {
            self.flow.inputs.push(input(entry));
        }
        self.extends = take::list(root, "extends");
        for other in self.extends.clone() {
            self.calls(&other);
        }
        let compose = root.get("compose");
        let rules = |key: &str| compose.and_then(|map| map.get(key)).map(Node::items).unwrap_or_default();
        let with = ["expand", "map"].into_iter().flat_map(rules).filter_map(|rule| take::text(rule, "with"));
        let attach = rules("hooks").iter().filter_map(|hook| take::text(hook, "attach"));
        let aspects =
            compose.map(|map| if map.get("aspects").is_some() { take::list(map, "aspects") } else { Vec::new() });
        for other in with.chain(attach).chain(aspects.into_iter().flatten()).collect::<Vec<_>>() {
            self.calls(&other);
        }
        self.steps(root);
        let mut named = Vec::new();
        for (list, keys) in [
            ("expand", &["target"][..]),
            ("bond_points", &["after_step", "before_step"]),
            ("branch", &["from", "join", "steps"]),
            ("gate", &["before"]),
        ] {
            named.extend(rules(list).iter().flat_map(|rule| keys.iter().flat_map(|key| take::list(rule, key))));
        }
        for step in named {
            self.mention(&step);
        }
    }

    /// Another formula.
    fn calls(&mut self, other: &Spanned<String>) {
        if !other.value.contains('{') {
            self.flow.parts.push(other.clone());
            self.others.push((NameKind::Flow, named(&other.value), other.span));
        }
    }

    /// A step of this formula or of one that it extends.
    fn mention(&mut self, step: &Spanned<String>) {
        if self.ids.contains(&step.value) {
            self.others.push((NameKind::Step, self.flow.inside(&step.value), step.span));
        }
        for parent in self.extends.iter().take(MOST_PARENTS).filter(|_| !self.ids.contains(&step.value)) {
            self.others.push((NameKind::Step, format!("{}/{}", named(&parent.value), step.value), step.span));
        }
    }

    fn steps(&mut self, root: &Node) {
        let list = |key: &str| root.get(key).map(Node::items).unwrap_or_default();
        let mut rest: Vec<&Node> = list("steps").iter().collect();
        while let Some(step) = rest.pop() {
            self.ids.extend(take::text(step, "id").map(|id| id.value));
            rest.extend(step.get("children").map(Node::items).unwrap_or_default());
        }
        // (step, the one it is a part of, whether it stands in the body of a loop)
        let mut open: Vec<(&Node, Option<u32>, bool)> =
            list("steps").iter().rev().map(|step| (step, None, false)).collect();
        let mut bodies = HashSet::new();
        while let Some((node, parent, in_body)) = open.pop() {
            let index = u32::try_from(self.flow.steps.len()).unwrap_or(u32::MAX);
            let mut step = self.step(node, parent);
            if in_body {
                // the body of a loop is stamped out under other ids; one that stands in two bodies means neither
                step.id = step.id.filter(|id| !self.ids.contains(&id.value) && bodies.insert(id.value.clone()));
                step.needs.clear();
            }
            self.flow.steps.push(step);
            let children = node.get("children").map(Node::items).unwrap_or_default();
            open.extend(children.iter().rev().map(|child| (child, Some(index), in_body)));
            let body = node.get("loop").and_then(|map| map.get("body")).map(Node::items).unwrap_or_default();
            open.extend(body.iter().rev().map(|child| (child, Some(index), true)));
        }
        let known: HashSet<String> =
            list("template").iter().filter_map(|step| take::text(step, "id")).map(|id| id.value).collect();
        for node in list("template") {
            let mut step = self.step(node, None);
            step.needs = take::list(node, "needs");
            let strange: Vec<_> = step.needs.extract_if(.., |need| !known.contains(&need.value)).collect();
            for need in strange {
                self.differ(
                    format!("Gas Town refuses it: `{}` is no template step of this formula", need.value),
                    need.span,
                );
            }
            self.flow.steps.push(step);
        }
        for node in list("legs").iter().chain(list("aspects")) {
            let step = self.step(node, None);
            self.flow.steps.push(step);
        }
        if let Some(synthesis) = root.get("synthesis") {
            let mut step = self.step(synthesis, None);
            step.needs = take::list(synthesis, "depends_on");
            step.title = step.title.or_else(|| root.entry("synthesis").map(|entry| entry.key.clone()));
            self.flow.steps.push(step);
        }
    }

    fn step(&mut self, node: &Node, parent: Option<u32>) -> Step {
        let has = |key: &str| node.get(key).is_some_and(|value| !value.is_null());
        let kind = match () {
            () if has("loop") => StepKind::Loop,
            () if has("children") => StepKind::Group,
            () if has("expand") => StepKind::Call,
            () => StepKind::Agent,
        };
        let mut step = Step::new(node.span, kind);
        step.id = take::text(node, "id");
        step.title =
            take::text(node, "title").map(|title| title.map(|title| super::spec_kit::short(&title, 120).into()));
        step.word = take::text(node, "type");
        step.parent = parent;
        for need in take::list(node, "needs").into_iter().chain(take::list(node, "depends_on")) {
            if self.ids.contains(&need.value) || self.extends.is_empty() {
                step.needs.push(need);
            } else {
                self.mention(&need);
                self.differ(format!("Gas Town refuses it: step `{}` stands in another formula", need.value), need.span);
            }
        }
        if let Some(spawner) = take::text(node, "waits_for").and_then(|waits| children_of(self.text, &waits)) {
            step.speaks_of.push(spawner);
        }
        step.gate = node.entry("gate").filter(|entry| matches!(entry.value.kind, Kind::Map(_))).map(|entry| StepGate {
            span: entry.key.span.cover(entry.value.span),
            by: take::text(&entry.value, "type"),
            criteria: Vec::new(),
        });
        if let (Some(criterion), None) = (take::text(node, "acceptance"), &step.gate) {
            step.gate = Some(StepGate { span: criterion.span, by: None, criteria: vec![criterion] });
        }
        if let Some(limit) = node.get("loop") {
            step.most = take::integer(limit, "max").or_else(|| take::integer(limit, "count"));
            step.unbounded = limit.get("until").is_some() && limit.get("max").is_none();
        }
        let timeout =
            node.get("gate").and_then(|gate| Some((gate.entry("timeout")?.key.clone(), take::text(gate, "timeout")?)));
        step.limits.extend(timeout);
        for other in take::list(node, "expand") {
            self.calls(&other);
        }
        for other in node.get("on_complete").into_iter().flat_map(|map| take::list(map, "bond")) {
            self.calls(&other);
        }
        for entry in node.entries().iter().filter(|entry| entry.value.scalar().is_some()) {
            variables(self.text, entry.value.span, &mut step.takes);
        }
        step
    }

    /// What one of the two refuses the file for, and what only one of them does.
    fn refused(&mut self, root: &Node) {
        let first_line = self.first_line(Span::new(0, self.text.len()));
        let (system, gas_town) = (self.system, self.system == System::GasTown);
        if self.flow.name.is_none() {
            let place = root.entry("formula").map_or(first_line, |entry| entry.key.span);
            self.refuse(system, "`formula`, its name, is missing", place);
        }
        let has = |key: &str| root.get(key).is_some_and(|list| !list.items().is_empty());
        let written = take::text(root, "type");
        let kind = written.as_ref().map_or("", |word| &word.value);
        let place = written.as_ref().map_or(first_line, |word| word.span);
        if !["", "workflow", "convoy", "expansion", "aspect"].contains(&kind) {
            self.refuse(system, format!("`{kind}` is none of `workflow`, `convoy`, `expansion`, `aspect`"), place);
        } else if gas_town {
            let none = !["steps", "legs", "template", "aspects", "extends"].into_iter().any(has);
            match kind {
                "workflow" if !has("steps") && !has("extends") => {
                    self.differ("Gas Town refuses it: a workflow has `[[steps]]`", place)
                }
                "convoy" if !has("legs") => self.refuse(system, "a convoy has at least one of `[[legs]]`", place),
                "expansion" if !has("template") => {
                    self.differ("Gas Town refuses it: an expansion has `[[template]]`", place)
                }
                "aspect" if !has("aspects") => self.differ("Gas Town refuses it: an aspect has `[[aspects]]`", place),
                "" if none => self.differ("Gas Town refuses it: it has neither a `type` nor steps", place),
                _ => {}
            }
        }
        if root.get("version").and_then(Node::scalar).is_some_and(|version| version.starts_with('-')) {
            let place = root.get("version").map_or(first_line, |node| node.span);
            self.refuse(System::Beads, "`version` is at least 1", place);
        }
        for entry in root.get("vars").map(Node::entries).unwrap_or_default() {
            let required = entry.value.get("required").and_then(Node::scalar) == Some("true");
            if required && let Some(default) = entry.value.entry("default") {
                let words = format!("variable `{}` is required and has a default", entry.key.value);
                match gas_town {
                    true => self.differ(format!("Beads refuses it: {words}"), default.key.span),
                    false => self.refuse(system, words, default.key.span),
                }
            }
        }
        let inputs = root.get("inputs").map(Node::entries).unwrap_or_default();
        for unless in inputs.iter().flat_map(|input| take::list(&input.value, "required_unless")) {
            if !inputs.iter().any(|input| input.key.value == unless.value) {
                self.refuse(System::GasTown, format!("there is no input `{}`", unless.value), unless.span);
            }
        }
        for (key, what) in [("legs", "a leg"), ("aspects", "an aspect")] {
            for part in root.get(key).map(Node::items).unwrap_or_default() {
                self.has_id(System::GasTown, part, what);
            }
        }
        for part in root.get("template").map(Node::items).unwrap_or_default() {
            if gas_town && take::text(part, "id").is_none() {
                self.differ("Gas Town refuses it: a template step has an `id`", self.first_line(part.span));
            }
        }
        let mut rest: Vec<(&Node, bool)> =
            root.get("steps").map(Node::items).unwrap_or_default().iter().rev().map(|step| (step, true)).collect();
        while let Some((step, top)) = rest.pop() {
            self.step_refused(step, if top { system } else { System::Beads });
            rest.extend(
                step.get("children").map(Node::items).unwrap_or_default().iter().rev().map(|child| (child, false)),
            );
        }
        for hook in root.get("compose").and_then(|map| map.get("hooks")).map(Node::items).unwrap_or_default() {
            for key in ["trigger", "attach"] {
                if take::text(hook, key).is_none() {
                    self.refuse(System::Beads, format!("a hook has `{key}`"), self.first_line(hook.span));
                }
            }
        }
        for point in root.get("compose").and_then(|map| map.get("bond_points")).map(Node::items).unwrap_or_default() {
            self.has_id(System::Beads, point, "a bond point");
            if let (Some(_), Some(before)) = (point.entry("after_step"), point.entry("before_step")) {
                self.refuse(System::Beads, "a bond point has one of `after_step` and `before_step`", before.key.span);
            }
        }
    }

    fn has_id(&mut self, by: System, part: &Node, what: &str) {
        if take::text(part, "id").is_none() {
            let place = part.entry("id").map_or(self.first_line(part.span), |entry| entry.key.span);
            self.refuse(by, format!("{what} has an `id`"), place);
        }
    }

    fn step_refused(&mut self, step: &Node, by: System) {
        self.has_id(by, step, "a step");
        let titled = take::text(step, "title").is_some() || take::text(step, "expand").is_some();
        if let (false, Some(id)) = (titled, take::text(step, "id")) {
            match by {
                System::GasTown => {
                    self.differ(format!("Beads refuses it: step `{}` has no `title`", id.value), id.span)
                }
                _ => self.refuse(by, format!("step `{}` has no `title`", id.value), id.span),
            }
        }
        if let Some(priority) = step.get("priority").filter(|node| Takes::Whole.holds(node))
            && !matches!(priority.scalar(), Some("0" | "1" | "2" | "3" | "4"))
        {
            self.refuse(System::Beads, "`priority` is 0, 1, 2, 3 or 4", priority.span);
        }
        if let Some(waits) = take::text(step, "waits_for")
            && !["all-children", "any-children"].contains(&waits.value.as_str())
            && children_of(self.text, &waits).is_none()
        {
            let words = "`waits_for` is `all-children`, `any-children` or `children-of(<step>)`";
            self.refuse(System::Beads, words, waits.span);
        }
        if let Some(after) = step.get("on_complete") {
            self.on_complete_refused(after);
        }
        if let Some(entry) = step.entry("loop").filter(|entry| matches!(entry.value.kind, Kind::Map(_))) {
            self.loop_refused(&entry.value, entry.key.span);
        }
    }

    fn on_complete_refused(&mut self, after: &Node) {
        let (each, bond) = (take::text(after, "for_each"), take::text(after, "bond"));
        match (&each, &bond) {
            (Some(each), None) => {
                self.refuse(System::Beads, "`for_each` goes with `bond`, the formula to start", each.span)
            }
            (None, Some(bond)) => {
                self.refuse(System::Beads, "`bond` goes with `for_each`, what to start it for", bond.span)
            }
            _ => {}
        }
        if let Some(each) = each.filter(|each| !each.value.starts_with("output.")) {
            self.refuse(System::Beads, "`for_each` begins with `output.`", each.span);
        }
        let on = |key: &str| after.entry(key).filter(|entry| entry.value.scalar() == Some("true"));
        if let (Some(_), Some(sequential)) = (on("parallel"), on("sequential")) {
            self.refuse(System::Beads, "`parallel` and `sequential` exclude each other", sequential.key.span);
        }
    }

    fn loop_refused(&mut self, map: &Node, place: Span) {
        let by = ["count", "until", "range"].into_iter().filter_map(|key| map.entry(key)).collect::<Vec<_>>();
        match by.as_slice() {
            [] => self.refuse(System::Beads, "a loop has one of `count`, `until` and `range`", place),
            [_, second, ..] => {
                self.refuse(System::Beads, "a loop has only one of `count`, `until` and `range`", second.key.span)
            }
            [until] if until.key.value == "until" && map.get("max").is_none() => {
                self.refuse(System::Beads, "a loop with `until` has `max`", until.key.span);
            }
            _ => {}
        }
        if map.get("body").is_none_or(|body| body.items().is_empty()) {
            self.refuse(System::Beads, "a loop has a `body`", place);
        }
    }
}

/// Keys that only Gas Town reads, or its program `gt` in what a step says to do.
fn is_for_gas_town(root: &Node) -> bool {
    let reads = |part: Part, map: &Node| {
        map.entries().iter().any(|entry| row(part, &entry.key.value).is_some_and(|row| row.3 == By::GasTown))
    };
    let calls = |map: &Node| {
        let words = map.get("description").and_then(Node::scalar).unwrap_or_default();
        words.match_indices("gt ").any(|(at, _)| words[..at].ends_with(['\n', '`', ' ', '(']) || at == 0)
    };
    let lists = [("steps", Part::Step), ("template", Part::Template)];
    let items = |key: &str| root.get(key).map(Node::items).unwrap_or_default();
    reads(Part::Formula, root)
        || calls(root)
        || lists.into_iter().any(|(key, part)| items(key).iter().any(|step| reads(part, step) || calls(step)))
}

/// `x` of `children-of(x)`, at its place.
fn children_of(text: &str, waits: &Spanned<String>) -> Option<Spanned<String>> {
    let id = waits.value.strip_prefix("children-of(")?.strip_suffix(')')?;
    let at = waits.span.of(text).find(id).filter(|_| !id.is_empty())? + waits.span.start as usize;
    Some(Spanned::new(id.to_owned(), Span::new(at, at + id.len())))
}

/// Every `{{name}}`. Words of the template language that look like one are none.
fn variables(text: &str, span: Span, found: &mut Vec<Spanned<String>>) {
    const WORDS: &[&str] = &["else", "this", "root", "index", "key", "first", "last", "end", "range", "with", "block"];
    let source = span.of(text);
    for (at, _) in source.match_indices("{{") {
        let rest = &source[at + 2..];
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let name = &rest[..length];
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
        if is_name && rest[length..].starts_with("}}") && !WORDS.contains(&name) {
            let start = span.start as usize + at + 2;
            found.push(Spanned::new(name.to_owned(), Span::new(start, start + length)));
        }
    }
}

fn input(entry: &Entry) -> Input {
    let value = &entry.value;
    Input {
        name: entry.key.clone(),
        kind: take::text(value, "type"),
        default: take::text(value, "default").or_else(|| take::word(value)),
        required: take::boolean(value, "required", false),
        allowed: take::list(value, "enum"),
    }
}

/// `[[step-overrides]]`: what a town or a rig changes in a formula.
fn overlay(path: &str, text: &str, document: &yaml::Document) -> Reading {
    let mut formula = Formula::new(path, text, Format::Overlay);
    formula.flow.manners = &OVERLAY;
    formula.flow.what = "overlay";
    formula.syntax(document);
    let mut edits = Vec::new();
    for node in document.root.get("step-overrides").map(Node::items).unwrap_or_default() {
        let anchor = take::text(node, "step_id");
        let mode = take::text(node, "mode");
        let change = match mode.as_ref().map(|mode| mode.value.as_str()) {
            Some("replace" | "append") => Some(Change::Replace),
            Some("skip") => Some(Change::Remove),
            _ => None,
        };
        let line = formula.first_line(node.span);
        if document.valid && anchor.is_none() {
            formula.refuse(System::GasTown, "an override has a `step_id`", line);
        }
        if document.valid && change.is_none() {
            let place = mode.map_or(line, |mode| mode.span);
            formula.refuse(System::GasTown, "`mode` is `replace`, `append` or `skip`", place);
        }
        if let (Some(anchor), Some(change)) = (anchor, change) {
            edits.push(Edit { change, anchor, step: None });
        }
    }
    let base = Spanned::new(stem(path).to_owned(), Span::empty(0));
    formula.flow.over = Some(Over { base, priority: 0, enabled: true, edits });
    let mut names = Collector::default();
    names.flow(&formula.flow, Span::empty(0));
    let facts = names.facts(0);
    Reading { content: Content::Flow(Box::new(formula.flow)), facts, problems: formula.problems }
}

const SOURCES: &str = "the sources of Gas Town (April 2026) and Beads (June 2026), internal/formula/types.go";

const FORMULA_TYPES: Words = &[
    word("workflow", "`[[steps]]`, one after another or side by side."),
    word("convoy", "`[[legs]]` side by side, then a `[synthesis]`. Of Gas Town only."),
    word("expansion", "`[[template]]` steps that other formulas put in."),
    word("aspect", "`[[aspects]]` that other formulas are looked at by."),
];

const PHASES: Words = &[word("liquid", "Its issues are kept."), word("vapor", "Its issues are gone when it is done.")];

static FORMULA: KeyTable = KeyTable {
    system: System::GasTown,
    title: "a formula",
    source: SOURCES,
    keys: &[
        required("formula", Text, "Its name: that of its file."),
        key("description", Text, "What it does."),
        key("type", OneOf(FORMULA_TYPES), "What kind of formula it is.")
            .or("Gas Town goes by what stands in it, Beads has `workflow`"),
        key("version", Integer, "Its version; Beads wants at least 1.").or("1"),
        key("pour", Boolean, "True: an issue is made for each step.").or("`false`"),
        key("extends", List(&Name(NameKind::Flow)), "Formulas that this one builds on."),
        key("vars", Table(&MapOr(Of(&VARIABLE), &Text)), "What it is given, by name: a text is its default."),
        key("steps", List(&Map(Of(&STEP))), "What is done."),
        key("template", List(&Map(Of(&TEMPLATE))), "Steps of an expansion; `{target}` stands for what is expanded."),
        key("compose", Map(Of(&COMPOSE)), "How other formulas are put into it."),
        key("agent", Text, "The agent of all its steps. Only Gas Town reads it."),
        key("review_only", Boolean, "True: nothing is changed. Only Gas Town reads it."),
        key("legs", List(&Map(Of(&LEG))), "A convoy's parts, side by side. Only Gas Town reads it."),
        key("inputs", Table(&Map(Of(&INPUT))), "What a convoy is given, by name. Only Gas Town reads it."),
        key("prompts", Table(&Text), "What legs are told, by name. Only Gas Town reads it."),
        key("output", Map(Of(&OUTPUT)), "Where a convoy writes what it found. Only Gas Town reads it."),
        key("synthesis", Map(Of(&SYNTHESIS)), "What joins the legs of a convoy. Only Gas Town reads it."),
        key("aspects", List(&Map(Of(&ASPECT))), "What an aspect looks at. Only Gas Town reads it."),
        key("advice", List(&Map(Of(&ADVICE))), "Steps around others that a pattern fits. Only Beads reads it."),
        key("pointcuts", List(&Map(Of(&POINTCUT))), "Which steps an aspect is for. Only Beads reads it."),
        key("phase", OneOf(PHASES), "Whether its issues are kept. Only Beads reads it."),
        key("source", Text, "Where it comes from. Only Beads reads it, and writes it itself."),
    ],
};

const VARIABLE_TYPES: Words =
    &[word("string", "Text."), word("int", "A whole number."), word("bool", "`true` or `false`.")];

static VARIABLE: KeyTable = KeyTable {
    system: System::GasTown,
    title: "a variable",
    source: SOURCES,
    keys: &[
        key("description", Text, "What it is for."),
        key("required", Boolean, "True: nothing is made without it.").or("`false`"),
        key("default", Text, "What it is where nobody says."),
        key("enum", List(&Text), "The only values that it may have. Only Beads reads it."),
        key("pattern", Text, "The pattern that it must fit. Only Beads reads it."),
        key("type", OneOf(VARIABLE_TYPES), "What it takes. Only Beads reads it.").or("`string`"),
    ],
};

static INPUT: KeyTable = KeyTable {
    system: System::GasTown,
    title: "an input of a convoy",
    source: SOURCES,
    keys: &[
        key("description", Text, "What it is for."),
        key("type", Text, "What it takes: `string`, `number`."),
        key("required", Boolean, "True: no convoy without it.").or("`false`"),
        key("required_unless", List(&Text), "Inputs of which one is enough instead."),
        key("default", Text, "What it is where nobody says."),
    ],
};

static OUTPUT: KeyTable = KeyTable {
    system: System::GasTown,
    title: "`output`",
    source: SOURCES,
    keys: &[
        key("directory", Path, "The folder that all goes to."),
        key("leg_pattern", Text, "Name of the file of each leg."),
        key("synthesis", Text, "Name of the file of the synthesis."),
    ],
};

const STEP_ID: Key = required("id", Text, "Its name in the formula: each once.");
const TITLE: Key = key("title", Text, "What it is called; `{{name}}` is a variable.");
const DESCRIPTION: Key = key("description", Text, "What is to be done; `{{name}}` is a variable.");
const NEEDS: Key = key("needs", List(&Name(NameKind::Step)), "Steps that must be done before.");
const NOTES: Key = key("notes", Text, "What else there is to say. Only Beads reads it.");
const TYPE: Key = key("type", Open(ISSUE_TYPES), "What kind of issue it becomes. Only Beads reads it.").or("`task`");
const PRIORITY: Key = key("priority", Integer, "From 0, which is most urgent, to 4. Only Beads reads it.").or("2");
const LABELS: Key = key("labels", List(&Text), "Labels of its issue. Only Beads reads it.");
const METADATA: Key = key("metadata", Any, "Anything of your own, kept with the issue. Only Beads reads it.");
const DEPENDS_ON: Key = key("depends_on", List(&Name(NameKind::Step)), "The same as `needs`. Only Beads reads it.");
const WAITS_FOR: Key = key("waits_for", Open(WAITS), "Which issues made meanwhile it waits for. Only Beads reads it.");
const ASSIGNEE: Key = key("assignee", Text, "Who does it. Only Beads reads it.");
const EXPAND: Key = key("expand", Name(NameKind::Flow), "The expansion that stands in its place. Only Beads reads it.");
const EXPAND_VARS: Key = key("expand_vars", Table(&Text), "Variables of that expansion. Only Beads reads it.");
const CONDITION: Key = key("condition", Text, "Left out unless it holds: `{{name}} == value`. Only Beads reads it.");

const ISSUE_TYPES: Words = &[
    word("task", "Something to do (default)."),
    word("bug", "Something broken."),
    word("feature", "Something new."),
    word("epic", "Something large, with parts."),
    word("chore", "Upkeep."),
];

const WAITS: Words = &[
    word("all-children", "All of them."),
    word("any-children", "One of them."),
    word("children-of(step)", "All that this step makes."),
];

static STEP: KeyTable = KeyTable {
    system: System::GasTown,
    title: "a step",
    source: SOURCES,
    keys: &[
        STEP_ID,
        TITLE,
        DESCRIPTION,
        NEEDS,
        key("parallel", Boolean, "True: side by side with its neighbours. Only Gas Town reads it."),
        key("interactive", Boolean, "True: a person takes part. Only Gas Town reads it."),
        key("acceptance", Text, "When it is done. Only Gas Town reads it."),
        NOTES,
        TYPE,
        PRIORITY,
        LABELS,
        METADATA,
        DEPENDS_ON,
        WAITS_FOR,
        ASSIGNEE,
        EXPAND,
        EXPAND_VARS,
        CONDITION,
        key("children", List(&Map(Of(&STEP))), "Steps that are parts of it. Only Beads reads it."),
        key("gate", Map(Of(&STEP_GATE)), "What it waits for outside. Only Beads reads it."),
        key("loop", Map(Of(&STEP_LOOP)), "How often it is done. Only Beads reads it."),
        key("on_complete", Map(Of(&AFTER)), "What is made when it is done. Only Beads reads it."),
    ],
};

static TEMPLATE: KeyTable = KeyTable {
    system: System::GasTown,
    title: "a template step",
    source: SOURCES,
    keys: &[
        STEP_ID,
        TITLE,
        DESCRIPTION,
        NEEDS,
        key("acceptance", Text, "When it is done. Only Gas Town reads it."),
        NOTES,
        TYPE,
        PRIORITY,
        LABELS,
        METADATA,
        DEPENDS_ON,
        WAITS_FOR,
        ASSIGNEE,
        EXPAND,
        EXPAND_VARS,
        CONDITION,
        key("children", List(&Map(Of(&STEP))), "Steps that are parts of it. Only Beads reads it."),
        key("gate", Map(Of(&STEP_GATE)), "What it waits for outside. Only Beads reads it."),
        key("loop", Map(Of(&STEP_LOOP)), "How often it is done. Only Beads reads it."),
        key("on_complete", Map(Of(&AFTER)), "What is made when it is done. Only Beads reads it."),
    ],
};

static LEG: KeyTable = KeyTable {
    system: System::GasTown,
    title: "a leg",
    source: SOURCES,
    keys: &[
        STEP_ID,
        TITLE,
        key("focus", Text, "What it looks at."),
        DESCRIPTION,
        key("agent", Text, "The agent that does it."),
        key("review_only", Boolean, "True: it changes nothing."),
    ],
};

static ASPECT: KeyTable = KeyTable {
    system: System::GasTown,
    title: "an aspect",
    source: SOURCES,
    keys: &[STEP_ID, TITLE, key("focus", Text, "What it looks at."), DESCRIPTION],
};

static SYNTHESIS: KeyTable = KeyTable {
    system: System::GasTown,
    title: "`synthesis`",
    source: SOURCES,
    keys: &[TITLE, DESCRIPTION, key("depends_on", List(&Name(NameKind::Step)), "Legs that it joins.")],
};

static COMPOSE: KeyTable = KeyTable {
    system: System::GasTown,
    title: "`compose`",
    source: SOURCES,
    keys: &[
        key("expand", List(&Map(Of(&EXPANSION))), "Expansions that stand in the place of steps."),
        key("aspects", List(&Name(NameKind::Flow)), "Aspects that it is looked at by."),
        key("bond_points", List(&Map(Of(&BOND_POINT))), "Places where others can be put in. Only Beads reads it."),
        key("hooks", List(&Map(Of(&COMPOSE_HOOK))), "Formulas that something brings along. Only Beads reads it."),
        key("map", List(&Map(Of(&MAPPING))), "An expansion for all steps that a pattern fits. Only Beads reads it."),
        key("branch", List(&Map(Of(&BRANCH))), "Steps side by side between two others. Only Beads reads it."),
        key("gate", List(&Map(Of(&COMPOSE_GATE))), "What a step waits for. Only Beads reads it."),
    ],
};

static EXPANSION: KeyTable = KeyTable {
    system: System::GasTown,
    title: "an expansion",
    source: SOURCES,
    keys: &[
        required("target", Name(NameKind::Step), "The step that is expanded."),
        required("with", Name(NameKind::Flow), "The formula that stands there instead."),
        key("vars", Table(&Text), "Variables of that formula."),
    ],
};

static MAPPING: KeyTable = KeyTable {
    system: System::Beads,
    title: "an entry of `compose.map`",
    source: SOURCES,
    keys: &[
        required("select", Text, "The steps that are meant: `*.implement`."),
        required("with", Name(NameKind::Flow), "The formula that stands there instead."),
        key("vars", Table(&Text), "Variables of that formula."),
    ],
};

static BOND_POINT: KeyTable = KeyTable {
    system: System::Beads,
    title: "a place to put something in",
    source: SOURCES,
    keys: &[
        required("id", Text, "Its name."),
        key("description", Text, "What belongs there."),
        key("after_step", Name(NameKind::Step), "Behind this step."),
        key("before_step", Name(NameKind::Step), "Before this step."),
        key("parallel", Boolean, "True: side by side with it."),
    ],
};

static COMPOSE_HOOK: KeyTable = KeyTable {
    system: System::Beads,
    title: "an entry of `compose.hooks`",
    source: SOURCES,
    keys: &[
        required("trigger", Text, "What brings it along: `label:security`."),
        required("attach", Name(NameKind::Flow), "The formula that comes along."),
        key("at", Text, "The place where it is put in."),
        key("vars", Table(&Text), "Variables of that formula."),
    ],
};

static BRANCH: KeyTable = KeyTable {
    system: System::Beads,
    title: "an entry of `compose.branch`",
    source: SOURCES,
    keys: &[
        required("from", Name(NameKind::Step), "The step before."),
        required("steps", List(&Name(NameKind::Step)), "The steps side by side."),
        required("join", Name(NameKind::Step), "The step behind."),
    ],
};

static COMPOSE_GATE: KeyTable = KeyTable {
    system: System::Beads,
    title: "an entry of `compose.gate`",
    source: SOURCES,
    keys: &[
        required("before", Name(NameKind::Step), "The step that waits."),
        required("condition", Text, "What must hold."),
    ],
};

const GATES: Words = &[
    word("human", "A person."),
    word("timer", "A time."),
    word("gh:run", "A run of GitHub Actions."),
    word("gh:pr", "A pull request of GitHub."),
    word("mail", "A message."),
];

static STEP_GATE: KeyTable = KeyTable {
    system: System::Beads,
    title: "`gate`",
    source: SOURCES,
    keys: &[
        required("type", OneOf(GATES), "What it waits for."),
        key("id", Text, "Which one, where that is known."),
        key("await_id", Text, "Which one it waits for."),
        key("timeout", Text, "When it gives up: `1h`, `24h`."),
    ],
};

static STEP_LOOP: KeyTable = KeyTable {
    system: System::Beads,
    title: "`loop`",
    source: SOURCES,
    keys: &[
        key("count", Integer, "So many times."),
        key("until", Text, "Until this holds; needs `max`."),
        key("max", Integer, "With `until`: at most so many times."),
        key("range", Text, "Once for each number: `1..{n}`."),
        key("var", Text, "With `range`: the name of the number."),
        required("body", List(&Map(Of(&STEP))), "What is done each time."),
    ],
};

static AFTER: KeyTable = KeyTable {
    system: System::Beads,
    title: "`on_complete`",
    source: SOURCES,
    keys: &[
        key("for_each", Text, "The list that the step gave: `output.items`."),
        key("bond", Name(NameKind::Flow), "The formula that is made for each."),
        key("vars", Table(&Text), "Variables of that formula; `{item}` is the one it is for."),
        key("parallel", Boolean, "True: all at once."),
        key("sequential", Boolean, "True: one after another."),
    ],
};

static ADVICE: KeyTable = KeyTable {
    system: System::Beads,
    title: "`advice`",
    source: SOURCES,
    keys: &[
        required("target", Text, "The steps that are meant: `*.implement`."),
        key("before", Map(Of(&ADVICE_STEP)), "A step before."),
        key("after", Map(Of(&ADVICE_STEP)), "A step behind."),
        key("around", Any, "Steps before and behind."),
    ],
};

static ADVICE_STEP: KeyTable = KeyTable {
    system: System::Beads,
    title: "a step of `advice`",
    source: SOURCES,
    keys: &[STEP_ID, TITLE, DESCRIPTION],
};

static POINTCUT: KeyTable = KeyTable {
    system: System::Beads,
    title: "a pointcut",
    source: SOURCES,
    keys: &[
        key("glob", Text, "Steps whose ids fit."),
        key("type", Text, "Steps of this type."),
        key("label", Text, "Steps with this label."),
    ],
};

static OVERRIDES: KeyTable = KeyTable {
    system: System::GasTown,
    title: "an overlay",
    source: SOURCES,
    keys: &[required("step-overrides", List(&Map(Of(&OVERRIDE))), "What is changed, a step each.")],
};

const MODES: Words = &[
    word("replace", "Its `description` stands instead of that of the step."),
    word("append", "Its `description` stands behind that of the step."),
    word("skip", "The step is left out."),
];

static OVERRIDE: KeyTable = KeyTable {
    system: System::GasTown,
    title: "a change of an overlay",
    source: SOURCES,
    keys: &[
        required("step_id", Name(NameKind::Step), "The step that is changed."),
        required("mode", OneOf(MODES), "What is done with it."),
        key("description", Text, "The new words."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    /// What two programs read and what is said of it are two tables: neither may know more.
    #[test]
    fn every_key_is_explained_with_who_reads_it() {
        let tables = [
            (Part::Formula, &FORMULA),
            (Part::Variable, &VARIABLE),
            (Part::Input, &INPUT),
            (Part::Step, &STEP),
            (Part::Template, &TEMPLATE),
            (Part::Leg, &LEG),
            (Part::Synthesis, &SYNTHESIS),
            (Part::Aspect, &ASPECT),
            (Part::Compose, &COMPOSE),
            (Part::Gate, &STEP_GATE),
            (Part::Loop, &STEP_LOOP),
            (Part::OnComplete, &AFTER),
        ];
        for (part, table) in tables {
            // of a part that only one of them knows it is said at the part
            let shared = matches!(part, Part::Formula | Part::Variable | Part::Step | Part::Template | Part::Compose);
            for key in table.keys {
                let Some((_, name, _, by)) = row(part, key.name) else {
                    panic!("{part:?} {} is read by neither", key.name);
                };
                let said = [(By::GasTown, "Only Gas Town reads it"), (By::Beads, "Only Beads reads it")];
                for (only, words) in said {
                    assert_eq!(key.doc.contains(words), shared && *by == only, "{part:?} {name}");
                }
            }
            for (_, name, _, _) in KEYS.iter().filter(|row| row.0 == part) {
                assert!(table.keys.iter().any(|key| key.name == *name), "{part:?} {name}");
            }
        }
    }
}
