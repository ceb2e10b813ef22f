//! What every word of our files is, for the editor's colours: keys, names by kind, known words, numbers, templates,
//! criteria and their checks. A name that nobody defines gets no token, so that it looks like the plain text it is.
//!
//! Tokens come in order, do not overlap and stand on one line each.

use crate::Snapshot;

use spec::model::{Checkbox, Gate, Workflow};
use spec::schema::{MapKind, Value};
use spec::{Content, Name, NameKind, Role, SpecFile, TICKET_NAMES, values};
use std::collections::{BTreeMap, BTreeSet};
use syntax::template::{Expression, Token as Piece};
use syntax::yaml::{self, Entry, Kind, Node, Style};
use text::{Span, Spanned};

/// A coloured word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// Where it stands, without quotes.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
    /// What else is to say.
    pub modifiers: Modifiers,
}

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TokenKind {
    /// A name that joins files.
    Name(NameKind),
    /// A criterion's id.
    Criterion,
    /// A key of a map.
    Key,
    /// A word with a fixed meaning: of a value, of a check.
    Word,
    /// `true`, `false`; `check:`, `absent`, `in`.
    Keyword,
    /// A number, a duration, an amount of money, a version.
    Number,
    /// Words in quotes that are looked for or compared with.
    Text,
    /// The braces of a template.
    Braces,
    /// `==`, `&&`, `!` in a template.
    Operator,
    /// `ticket`, `inputs`, `outputs`, `passes`: where a dotted name begins.
    Source,
    /// What a dotted name takes from its source.
    Property,
}

/// What else there is to say about a word.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Modifiers {
    /// The name is defined here.
    pub declaration: bool,
    /// An output that no later pass reads.
    pub unused: bool,
    /// A task or a line that is ticked.
    pub done: bool,
}

impl TokenKind {
    /// Every kind, in a fixed order.
    pub const ALL: [TokenKind; 28] = [
        TokenKind::Name(NameKind::Workflow),
        TokenKind::Name(NameKind::Pass),
        TokenKind::Name(NameKind::Agent),
        TokenKind::Name(NameKind::Gate),
        TokenKind::Name(NameKind::Output),
        TokenKind::Name(NameKind::Input),
        TokenKind::Name(NameKind::Ticket),
        TokenKind::Name(NameKind::Tier),
        TokenKind::Name(NameKind::Resource),
        TokenKind::Name(NameKind::Feature),
        TokenKind::Name(NameKind::Requirement),
        TokenKind::Name(NameKind::Task),
        TokenKind::Name(NameKind::Flow),
        TokenKind::Name(NameKind::Step),
        TokenKind::Name(NameKind::FlowInput),
        TokenKind::Name(NameKind::Skill),
        TokenKind::Name(NameKind::Command),
        TokenKind::Name(NameKind::Record),
        TokenKind::Criterion,
        TokenKind::Key,
        TokenKind::Word,
        TokenKind::Keyword,
        TokenKind::Number,
        TokenKind::Text,
        TokenKind::Braces,
        TokenKind::Operator,
        TokenKind::Source,
        TokenKind::Property,
    ];

    /// The name that every editor and theme knows.
    pub fn standard(self) -> &'static str {
        match self {
            TokenKind::Name(NameKind::Workflow | NameKind::Flow | NameKind::Feature) => "namespace",
            TokenKind::Name(NameKind::Pass | NameKind::Step | NameKind::Command) => "function",
            TokenKind::Name(NameKind::Agent) => "class",
            TokenKind::Name(NameKind::Gate) => "interface",
            TokenKind::Name(NameKind::Output) => "variable",
            TokenKind::Name(NameKind::Input | NameKind::FlowInput) => "parameter",
            TokenKind::Name(NameKind::Ticket) => "struct",
            TokenKind::Name(NameKind::Tier) => "enum",
            TokenKind::Name(NameKind::Requirement) => "event",
            TokenKind::Name(NameKind::Task | NameKind::Skill) => "method",
            TokenKind::Name(NameKind::Record) | TokenKind::Text => "string",
            // Kinds that come later look like a type until they are named here.
            TokenKind::Name(_) => "type",
            TokenKind::Criterion => "decorator",
            TokenKind::Key | TokenKind::Property => "property",
            TokenKind::Word => "enumMember",
            TokenKind::Keyword => "keyword",
            TokenKind::Number => "number",
            TokenKind::Braces => "macro",
            TokenKind::Operator => "operator",
            TokenKind::Source => "variable",
        }
    }

    /// The field's own word, for editors that were told what it looks like; the standard name where that says it all.
    pub fn own(self) -> &'static str {
        match self {
            TokenKind::Name(NameKind::Workflow | NameKind::Flow) => "workflow",
            TokenKind::Name(NameKind::Feature) => "feature",
            TokenKind::Name(NameKind::Pass) => "pass",
            TokenKind::Name(NameKind::Agent) => "agent",
            TokenKind::Name(NameKind::Gate) => "gate",
            TokenKind::Name(NameKind::Output) => "output",
            TokenKind::Name(NameKind::Input | NameKind::FlowInput) => "input",
            TokenKind::Name(NameKind::Ticket) => "ticket",
            TokenKind::Name(NameKind::Tier) => "tier",
            TokenKind::Name(NameKind::Resource) => "resource",
            TokenKind::Name(NameKind::Requirement) => "requirement",
            TokenKind::Name(NameKind::Task) => "task",
            TokenKind::Name(NameKind::Step) => "step",
            TokenKind::Name(NameKind::Skill) => "skill",
            TokenKind::Name(NameKind::Command) => "command",
            TokenKind::Criterion => "criterion",
            other => other.standard(),
        }
    }
}

/// The names of the modifiers, in the order of [`Modifiers::bits`]. The first is every editor's; the others are ours.
pub const MODIFIERS: [&str; 3] = ["declaration", "unused", "done"];

impl Modifiers {
    /// One bit for each of [`MODIFIERS`].
    pub fn bits(self) -> u32 {
        u32::from(self.declaration) | u32::from(self.unused) << 1 | u32::from(self.done) << 2
    }
}

/// The tokens of a file; those that touch `range` where one is given.
pub fn tokens(snapshot: &Snapshot, path: &str, range: Option<Span>) -> Vec<Token> {
    let Some(file) = snapshot.file(path) else { return Vec::new() };
    let Some(text) = file.text() else { return Vec::new() };
    let wanted = range.unwrap_or(Span::new(0, text.len()));
    let mut painter = Painter { snapshot, file, text, wanted, found: BTreeMap::new() };
    painter.names();
    painter.templates();
    painter.criteria();
    painter.yaml();
    painter.found.into_values().collect()
}

struct Painter<'s> {
    snapshot: &'s Snapshot,
    file: &'s SpecFile,
    text: &'s str,
    wanted: Span,
    /// By start. What came first stays: the most telling is painted first.
    found: BTreeMap<u32, Token>,
}

impl Painter<'_> {
    fn paint(&mut self, span: Span, kind: TokenKind, modifiers: Modifiers) {
        let apart = span.end < self.wanted.start || self.wanted.end < span.start;
        let words = span.of(self.text);
        if words.is_empty() || apart || words.contains(['\n', '\r']) {
            return;
        }
        let before = self.found.range(..span.end).next_back();
        if before.is_none_or(|(_, before)| before.span.end <= span.start) {
            self.found.insert(span.start, Token { span, kind, modifiers });
        }
    }

    fn plain(&mut self, span: Span, kind: TokenKind) {
        self.paint(span, kind, Modifiers::default());
    }

    fn names(&mut self) {
        let unused = self.unused();
        let done: BTreeSet<u32> = self.done().collect();
        let file = self.file;
        for (name, role, span) in &file.facts.names {
            let defines = *role == Role::Definition;
            if name.kind == NameKind::Record || (!defines && !self.is_defined(name)) {
                continue;
            }
            let modifiers = Modifiers {
                declaration: defines,
                unused: defines && unused.contains(&span.start),
                done: done.contains(&span.start),
            };
            let kind = if name.kind == NameKind::AnyInput { NameKind::Input } else { name.kind };
            self.paint(self.inner(*span), TokenKind::Name(kind), modifiers);
        }
    }

    fn is_defined(&self, name: &Name) -> bool {
        let project = &self.snapshot.project;
        let built_in = || {
            let own = project.config().map(|(_, config)| config);
            delivery::route::tiers(own).iter().any(|tier| tier.name == name.text)
        };
        project.is_defined(name) || (name.kind == NameKind::Tier && built_in())
    }

    /// Where outputs begin that a later pass could read and none does.
    fn unused(&self) -> BTreeSet<u32> {
        let found = crate::rules::unconsumed(&self.snapshot.project, self.file);
        found.into_iter().map(|span| span.start).collect()
    }

    /// Where the ids of ticked tasks begin.
    fn done(&self) -> impl Iterator<Item = u32> {
        let tasks = self.file.work().map(|work| work.tasks.as_slice()).unwrap_or_default();
        tasks.iter().filter(|task| task.done).map(|task| task.id.span.start)
    }

    fn templates(&mut self) {
        for expression in self.file.templates() {
            self.template(&expression);
        }
    }

    fn template(&mut self, expression: &Expression) {
        if expression.fault.is_some() {
            return;
        }
        let Span { start, end } = expression.span;
        self.plain(Span { start, end: start + 2 }, TokenKind::Braces);
        for piece in &expression.tokens {
            match &piece.value {
                Piece::Name(name) if matches!(name.as_str(), "true" | "false") => {
                    self.plain(piece.span, TokenKind::Keyword);
                }
                Piece::Name(name) => self.dotted(name, piece.span),
                Piece::Text(_) => {
                    let quoted = piece.span.of(self.text).starts_with(['"', '\'']);
                    self.plain(piece.span, if quoted { TokenKind::Text } else { TokenKind::Number });
                }
                _ => self.plain(piece.span, TokenKind::Operator),
            }
        }
        self.plain(Span { start: end - 2, end }, TokenKind::Braces);
    }

    /// `ticket.slug`, `inputs.scope`, `passes.spec.outcome`: the middle of the last two was painted with the names.
    fn dotted(&mut self, name: &str, span: Span) {
        let start = span.start as usize;
        let Some((source, rest)) = name.split_once('.') else { return };
        let known = match source {
            "ticket" => TICKET_NAMES.iter().any(|(known, _)| *known == rest),
            "inputs" | "outputs" | "passes" => true,
            _ => false,
        };
        if !known {
            return;
        }
        self.plain(Span::new(start, start + source.len()), TokenKind::Source);
        let last = match source {
            "ticket" => Some(rest),
            "passes" => rest.split_once('.').map(|(_, last)| last).filter(|last| *last == "outcome"),
            _ => None,
        };
        if let Some(last) = last {
            self.plain(Span::new(span.end as usize - last.len(), span.end as usize), TokenKind::Property);
        }
    }

    fn criteria(&mut self) {
        match &self.file.content {
            Content::Workflow(workflow) => self.workflow(workflow),
            Content::Gate(_, gate, _) => self.gate(gate),
            Content::Ticket(ticket) => self.boxes(ticket.acceptance.iter().chain(&ticket.done)),
            Content::Work(work) => {
                for check in &work.checks {
                    let modifiers = Modifiers { declaration: true, done: check.done, ..Modifiers::default() };
                    if let Some(id) = &check.id {
                        self.paint(id.span, TokenKind::Criterion, modifiers);
                    }
                }
            }
            _ => {}
        }
    }

    fn workflow(&mut self, workflow: &Workflow) {
        for gate in workflow.passes.iter().filter_map(|pass| pass.gate.as_ref()) {
            self.gate(gate);
        }
    }

    fn gate(&mut self, gate: &Gate) {
        for criterion in &gate.criteria {
            self.criterion_id(&criterion.id, false);
            for word in &criterion.evidence {
                self.plain(self.inner(word.span), TokenKind::Word);
            }
            if let Some(check) = &criterion.check {
                self.check(check.span);
            }
        }
    }

    fn criterion_id(&mut self, id: &Option<Spanned<String>>, done: bool) {
        let modifiers = Modifiers { declaration: true, done, ..Modifiers::default() };
        if let Some(id) = id {
            self.paint(self.inner(id.span), TokenKind::Criterion, modifiers);
        }
    }

    /// `(check: absent "words" in outputs.spec)`; the output's name was painted with the names.
    fn check(&mut self, span: Span) {
        let source = span.of(self.text);
        let mut at = span.start as usize;
        let mut quoted = None;
        for (offset, letter) in source.char_indices() {
            let here = span.start as usize + offset;
            match (letter, quoted) {
                ('"', None) => quoted = Some(here),
                ('"', Some(open)) => {
                    self.plain(Span::new(open, here + 1), TokenKind::Text);
                    (quoted, at) = (None, here + 1);
                }
                (' ' | '(' | ')' | ':' | '.', None) => {
                    self.check_word(Span::new(at, here));
                    at = here + letter.len_utf8();
                }
                _ => {}
            }
        }
    }

    fn check_word(&mut self, span: Span) {
        match span.of(self.text) {
            "check" | "absent" | "present" | "in" => self.plain(span, TokenKind::Keyword),
            "outputs" => self.plain(span, TokenKind::Source),
            _ => {}
        }
    }

    fn boxes<'b>(&mut self, boxes: impl Iterator<Item = &'b Checkbox>) {
        for line in boxes {
            self.criterion_id(&line.id, line.checked);
        }
    }

    fn yaml(&mut self) {
        let Some(map) = self.file.kind.map() else { return };
        let document = yaml::read(self.text, self.file.yaml());
        self.node(&document.root, Value::Map(map));
    }

    fn node(&mut self, node: &Node, value: Value) {
        if node.span.end < self.wanted.start || self.wanted.end < node.span.start {
            return;
        }
        match (&node.kind, value) {
            (Kind::Map(entries), Value::Map(map) | Value::MapOr(map, _)) => self.map(entries, map),
            (Kind::Map(entries), Value::Table(inner)) => {
                for entry in entries {
                    self.plain(self.inner(entry.key.span), TokenKind::Key);
                    self.node(&entry.value, *inner);
                }
            }
            (Kind::Seq(items), Value::List(inner) | Value::OneOrMore(inner)) => {
                for item in items {
                    self.node(item, *inner);
                }
            }
            (Kind::Scalar(scalar), Value::OneOrMore(inner)) if scalar.style != Style::Block => {
                self.node(node, *inner);
            }
            (Kind::Scalar(scalar), value) if scalar.style != Style::Block => {
                if let Some(kind) = word(&scalar.value, value) {
                    self.plain(self.inner(node.span), kind);
                } else if let Value::InputRef = value
                    && let Some((source @ ("outputs" | "inputs"), _)) = scalar.value.split_once('.')
                {
                    let start = self.inner(node.span).start as usize;
                    self.plain(Span::new(start, start + source.len()), TokenKind::Source);
                }
            }
            _ => {}
        }
    }

    fn map(&mut self, entries: &[Entry], map: MapKind) {
        for entry in entries {
            let Some(key) = map.key(&entry.key.value) else { continue };
            self.plain(self.inner(entry.key.span), TokenKind::Key);
            self.node(&entry.value, key.value);
        }
    }

    /// A scalar without its quotes.
    fn inner(&self, span: Span) -> Span {
        let source = span.of(self.text);
        let quoted =
            source.len() > 1 && ['"', '\''].iter().any(|mark| source.starts_with(*mark) && source.ends_with(*mark));
        Span { start: span.start + u32::from(quoted), end: span.end - u32::from(quoted) }
    }
}

/// What a scalar is by what its key takes; nothing for free words and for what is wrong.
fn word(word: &str, value: Value) -> Option<TokenKind> {
    let number = match value {
        Value::SchemaVersion => word == "1",
        Value::Version => values::is_version(word),
        Value::Duration => values::duration(word).is_some(),
        Value::Money => values::money(word).is_some(),
        Value::Share => values::share(word).is_some(),
        Value::Integer => values::integer(word).is_some(),
        _ => false,
    };
    let known = || value.known_words().iter().any(|known| known.word == word);
    match value {
        _ if number => Some(TokenKind::Number),
        Value::Boolean if matches!(word, "true" | "false") => Some(TokenKind::Keyword),
        Value::InputRef if word == "ticket" => Some(TokenKind::Source),
        _ if known() => Some(TokenKind::Word),
        _ => None,
    }
}

/// What turns the old tokens into the new ones, each as a row of numbers: from which row, how many go, which come.
pub fn difference<'n, T: PartialEq>(old: &[T], new: &'n [T]) -> (usize, usize, &'n [T]) {
    let same = |(a, b): &(&T, &T)| a == b;
    let before = old.iter().zip(new).take_while(same).count();
    let after = old[before..].iter().rev().zip(new[before..].iter().rev()).take_while(same).count();
    (before, old.len() - before - after, &new[before..new.len() - after])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;

    const FLOW: &str = ".tollgate/workflows/flow.md";

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in files {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    /// `word:kind` of each token, `!` behind a declaration, `-` behind what is unused, `+` behind what is done.
    fn shown(path: &str, text: &str, others: &[(&str, &str)]) -> Vec<String> {
        let all: Vec<_> = others.iter().copied().chain([(path, text)]).collect();
        let found = tokens(&snapshot(&all), path, None);
        let show = |token: &Token| {
            let mark = |set: bool, mark: &'static str| if set { mark } else { "" };
            let Modifiers { declaration, unused, done } = token.modifiers;
            let marks = [mark(declaration, "!"), mark(unused, "-"), mark(done, "+")].concat();
            format!("{}:{}{marks}", token.span.of(text), token.kind.own())
        };
        found.iter().map(show).collect()
    }

    #[test]
    fn keys_names_words_and_numbers() {
        let agent = (".tollgate/agents/worker.md", "---\nname: worker\n---\n");
        let text = "---\nschema_version: 1\nname: flow\nx-own: 1\ndefaults: {tier: deep, timeout: 30m}\npasses:\n  - id: a\n    type: agent\n    \
                    agent: \"worker\"\n    limits: {usd: 4.50}\n  - id: b\n    needs: [a, c]\n    agent: nobody\n    cache: {off: true}\n---\n";
        assert_eq!(
            shown(FLOW, text, &[agent]),
            [
                "schema_version:property",
                "1:number",
                "name:property",
                "flow:workflow!",
                "defaults:property",
                "tier:property",
                "deep:tier",
                "timeout:property",
                "30m:number",
                "passes:property",
                "id:property",
                "a:pass!",
                "type:property",
                "agent:enumMember",
                "agent:property",
                "worker:agent",
                "limits:property",
                "usd:property",
                "4.50:number",
                "id:property",
                "b:pass!",
                "needs:property",
                "a:pass",
                "agent:property",
                "cache:property",
                "off:property",
                "true:keyword",
            ]
        );
    }

    #[test]
    fn outputs_templates_headings_and_checks() {
        let text = "---\nname: flow\ninputs: {scope: {type: string}}\npasses:\n  - id: a\n    if: \"{{ inputs.scope == 'all' && !passes.a.outcome }}\"\n    \
                    outputs: [{id: out, path: \"x/{{ticket.slug}}\"}, {id: lost, path: y}]\n  - id: b\n    needs: [a]\n    inputs: [ticket, outputs.out, outputs.none]\n---\n\
                    ## a\n{{ticket.nothing}}\n\n### Gate\n- [ ] AC-1 all is said (evidence: review)\n- [ ] no (check: absent \"TO DO\" in outputs.out)\n";
        let found = shown(FLOW, text, &[]);
        let from = found.iter().position(|token| token == "if:property").unwrap();
        assert_eq!(
            found[from..],
            [
                "if:property",
                "{{:macro",
                "inputs:variable",
                "scope:input",
                "==:operator",
                "'all':string",
                "&&:operator",
                "!:operator",
                "passes:variable",
                "a:pass",
                "outcome:property",
                "}}:macro",
                "outputs:property",
                "id:property",
                "out:output!",
                "path:property",
                "{{:macro",
                "ticket:variable",
                "slug:property",
                "}}:macro",
                "id:property",
                "lost:output!-",
                "path:property",
                "id:property",
                "b:pass!",
                "needs:property",
                "a:pass",
                "inputs:property",
                "ticket:variable",
                "outputs:variable",
                "out:output",
                "outputs:variable",
                "a:pass",
                "{{:macro",
                "}}:macro",
                "AC-1:criterion!",
                "review:enumMember",
                "check:keyword",
                "absent:keyword",
                "\"TO DO\":string",
                "in:keyword",
                "outputs:variable",
                "out:output",
            ]
        );
    }

    #[test]
    fn tasks_of_other_tools_and_ticked_lines() {
        let spec = ("specs/001-x/spec.md", "# Feature Specification: X\n\n- **FR-001**: a\n");
        let tasks = "# Tasks: X\n\n- [x] T001 one (FR-001)\n- [ ] T002 two (FR-009)\n";
        assert_eq!(
            shown("specs/001-x/tasks.md", tasks, &[spec]),
            ["X:feature!", "T001:task!+", "FR-001:requirement", "T002:task!"]
                .map(|token| token.replace("X:", "Tasks: X:")),
        );
        let ticket = "---\nid: t\nstatus: In Progress\n---\n## Acceptance Criteria\n- [x] #1 done\n- [ ] #2 open\n";
        assert_eq!(
            shown(".tollgate/tickets/t.md", ticket, &[]),
            [
                "id:property",
                "t:ticket!",
                "status:property",
                "In Progress:enumMember",
                "#1:criterion!+",
                "#2:criterion!"
            ]
        );
        assert_eq!(shown(".claude/agents/a.md", "---\nname: a\ntools: Read\n---\n", &[]), ["a:agent!"]);
    }

    #[test]
    fn a_range_holds_what_touches_it() {
        let text = "---\nname: flow\nversion: \"1.0.0\"\nintent: x\n---\n";
        let at = text.find("version").unwrap();
        let found = tokens(&snapshot(&[(FLOW, text)]), FLOW, Some(Span::new(at, at + 10)));
        assert_eq!(found.iter().map(|token| token.span.of(text)).collect::<Vec<_>>(), ["version", "1.0.0"]);
    }

    #[test]
    fn every_kind_stands_in_the_list_once() {
        let mut all = TokenKind::ALL.to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), TokenKind::ALL.len());
    }

    proptest! {
        #[test]
        fn tokens_are_in_order_and_apart(
            text in "---\n(name: [a-c]\n|passes:\n|  - id: [a-c]\n|    needs: \\[[a-c]\\]\n|    if: \"\\{\\{ (é|passes\\.a\\.outcome|ticket\\.id) \\}\\}\"\n|    outputs: \\[\\{id: [a-c]\n|description: >\n|\"){0,9}---\n(## [a-c]\n|### Gate\n|- \\[ \\] AC-1 é \\(check: absent \"[a😀]\" in outputs.[a-c]\\)\n){0,5}",
        ) {
            let found = tokens(&snapshot(&[(FLOW, &text)]), FLOW, None);
            for pair in found.windows(2) {
                prop_assert!(pair[0].span.end <= pair[1].span.start);
            }
            for token in &found {
                let words = text.get(token.span.range());
                prop_assert!(words.is_some_and(|words| !words.is_empty() && !words.contains('\n')));
                prop_assert!(TokenKind::ALL.contains(&token.kind));
            }
        }

        #[test]
        fn a_difference_makes_the_new_from_the_old(old in proptest::collection::vec(0u8..3, 0..12), new in proptest::collection::vec(0u8..3, 0..12)) {
            let (start, gone, come) = difference(&old, &new);
            let mut made = old.clone();
            made.splice(start..start + gone, come.iter().copied());
            prop_assert_eq!(made, new);
        }
    }
}
