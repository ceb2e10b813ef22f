//! What a rule looks at, and the few questions that many rules ask.

pub(super) use super::{Files, Rule};
pub(super) use crate::diagnostic::{Diagnostic, Severity};
pub(super) use crate::live::Live;
pub(super) use spec::{Content, FileKind, Name, NameKind, ProblemKind, Role};
pub(super) use text::{Span, Spanned};

use delivery::agent::Lineage;
use spec::flow::Flow;
pub(super) use spec::flow::Manner;
use spec::model::{Agent, Config, Gate, Pass, Ticket, Workflow};
use spec::work::{Feature, Work};
use spec::{Project, SpecFile};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One file in its project.
pub(super) struct Context<'a> {
    pub(super) project: &'a Project,
    pub(super) file: &'a SpecFile,
    pub(super) text: &'a str,
    /// What runs and the clock say; nothing where nobody looked.
    pub(super) live: &'a Live,
}

impl Rule {
    /// A diagnostic of this rule.
    pub(super) fn at(&self, span: Span, message: impl AsRef<str>) -> Diagnostic {
        Diagnostic::new(self.id, self.severity, span, message)
    }
}

impl<'a> Context<'a> {
    /// Problems that the reader found, each with its span.
    pub(super) fn problems(&self) -> impl Iterator<Item = (&'a ProblemKind, Span)> {
        self.file.problems.iter().map(|problem| (&problem.kind, problem.span))
    }

    pub(super) fn path(&self) -> &'a str {
        &self.file.path
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn workflow(&self) -> Option<&'a Workflow> {
        match &self.file.content {
            Content::Workflow(workflow) => Some(workflow),
            _ => None,
        }
    }

    pub(super) fn agent(&self) -> Option<&'a Agent> {
        match &self.file.content {
            Content::Agent(agent) if self.file.kind == FileKind::Agent => Some(agent),
            _ => None,
        }
    }

    pub(super) fn ticket(&self) -> Option<&'a Ticket> {
        match &self.file.content {
            Content::Ticket(ticket) => Some(ticket),
            _ => None,
        }
    }

    /// A work artifact that is in use: what was archived is not judged.
    pub(super) fn work(&self) -> Option<&'a Work> {
        self.file.work().filter(|work| !work.archived)
    }

    /// A workflow of another tool.
    pub(super) fn flow(&self) -> Option<&'a Flow> {
        self.file.flow()
    }

    /// The documents of the feature that this one is a part of.
    pub(super) fn feature(&self) -> Option<Feature<'a>> {
        self.project.feature(self.work()?.feature.as_deref()?)
    }

    pub(super) fn config(&self) -> Option<&'a Config> {
        match &self.file.content {
            Content::Config(config) => Some(config),
            _ => None,
        }
    }

    /// The gates written in this file, with their passes.
    pub(super) fn gates(&self) -> Vec<(Option<&'a Pass>, &'a Gate)> {
        match &self.file.content {
            Content::Workflow(workflow) => {
                workflow.passes.iter().filter_map(|pass| Some((Some(pass), pass.gate.as_ref()?))).collect()
            }
            Content::Gate(_, gate, _) => vec![(None, gate)],
            _ => Vec::new(),
        }
    }

    /// The qualified name of something inside this workflow.
    pub(super) fn inside(&self, name: &str) -> String {
        let own = self.workflow().and_then(|workflow| workflow.name.as_ref());
        format!("{}/{name}", own.map_or(self.file.stem(), |name| name.value.as_str()))
    }

    /// Uses of names of one kind in this file that nothing defines.
    pub(super) fn undefined(&self, kind: NameKind) -> impl Iterator<Item = (&'a str, Span)> {
        let names = self.file.facts.names.iter();
        let uses = names.filter(move |(name, role, _)| name.kind == kind && *role == Role::Use);
        uses.filter(|(name, _, _)| !self.project.is_defined(name)).map(|(name, _, span)| (short(&name.text), *span))
    }

    /// The defined name of that kind that was probably meant; never one that this file itself defines for others, as a
    /// ticket does not mean itself.
    pub(super) fn meant(&self, kind: NameKind, written: &str) -> Option<String> {
        let prefix = matches!(kind, NameKind::Pass | NameKind::Output | NameKind::Input).then(|| self.inside(""));
        let known = self
            .project
            .defined(kind)
            .filter(|name| prefix.as_ref().is_none_or(|prefix| name.text.starts_with(prefix)));
        let others = known.filter(|name| prefix.is_some() || !self.defines(name));
        spec::values::nearest(written, others.map(|name| short(&name.text))).map(str::to_owned)
    }

    fn defines(&self, name: &Name) -> bool {
        self.file
            .facts
            .names
            .iter()
            .any(|(own, role, _)| own == name && *role == Role::Definition && own.kind != NameKind::Tier)
    }

    /// A diagnostic about a name that nothing defines, with the name that was probably meant as its fix.
    pub(super) fn unknown(&self, rule: &Rule, kind: NameKind, what: &str, written: &str, span: Span) -> Diagnostic {
        self.did_you_mean(rule, &format!("There is no {what} `{written}`"), self.meant(kind, written), span)
    }

    /// Adds "did you mean" and its fix when something near is known.
    pub(super) fn did_you_mean(&self, rule: &Rule, words: &str, meant: Option<String>, span: Span) -> Diagnostic {
        match meant {
            Some(meant) => rule.at(span, format!("{words}; did you mean `{meant}`?")).fix(
                format!("Change it to `{meant}`"),
                self.path(),
                span,
                meant,
            ),
            None => rule.at(span, words),
        }
    }

    /// Where the next line after `offset` starts.
    pub(super) fn next_line(&self, offset: usize) -> usize {
        let rest = self.text().get(offset..).unwrap_or_default();
        match rest.find(['\n', '\r']) {
            Some(at) if rest[at..].starts_with("\r\n") => offset + at + 2,
            Some(at) => offset + at + 1,
            None => self.text().len(),
        }
    }

    /// Where the line of `offset` starts.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        self.text().get(..offset).and_then(|before| before.rfind(['\n', '\r'])).map_or(0, |at| at + 1)
    }

    /// The first line of the text.
    pub(super) fn first_line(&self) -> Span {
        Span::new(0, self.text().lines().next().map_or(0, str::len))
    }

    /// The line end that the file uses.
    pub(super) fn newline(&self) -> &'static str {
        let text = self.text();
        match text.find(['\n', '\r']) {
            Some(at) if text[at..].starts_with("\r\n") => "\r\n",
            Some(at) if text[at..].starts_with('\r') => "\r",
            _ => "\n",
        }
    }

    /// What stands behind an agent's name.
    pub(super) fn lineage(&self, name: &str) -> Lineage<'a> {
        Lineage::of(self.project, name)
    }

    /// True when that is the role of the agent.
    pub(super) fn has_category(&self, agent: &str, category: &str) -> bool {
        self.lineage(agent).category().is_some_and(|own| own.value == category)
    }
}

/// How much a mistake matters that a tool treats so; `None` when it is none there.
pub(super) fn severity(manner: Manner) -> Option<Severity> {
    match manner {
        Manner::Refuses => Some(Severity::Error),
        Manner::GoesOn => Some(Severity::Warning),
        Manner::Accepts => None,
    }
}

/// The steps of a workflow by id.
pub(super) struct Steps<'a> {
    /// For each step the template that it is a part of, if it is: ids of a template are a set of their own.
    scopes: Vec<Option<usize>>,
    /// Where an id stands first.
    first: HashMap<(Option<usize>, &'a str), usize>,
}

impl<'a> Steps<'a> {
    pub(super) fn of(flow: &'a Flow) -> Steps<'a> {
        let mut scopes: Vec<Option<usize>> = Vec::with_capacity(flow.steps.len());
        let mut first = HashMap::new();
        for (index, step) in flow.steps.iter().enumerate() {
            let outer = step.parent.and_then(|parent| scopes.get(parent as usize).copied().flatten());
            let scope = if step.apart { Some(index) } else { outer };
            scopes.push(scope);
            if let Some(id) = &step.id {
                first.entry((scope, id.value.as_str())).or_insert(index);
            }
        }
        Steps { scopes, first }
    }

    /// Where the id stands first among those that the step at `index` can name.
    pub(super) fn seen_from(&self, index: usize, id: &'a str) -> Option<usize> {
        self.first.get(&(self.scopes[index], id)).copied()
    }

    /// The ids outside of templates.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.first.keys().filter(|(scope, _)| scope.is_none()).map(|(_, id)| *id)
    }
}

/// A wait that is a part of a circle.
pub(super) struct Wait {
    /// The same for all waits of one circle.
    pub(super) circle: usize,
    /// What is said where it is the first of its circle.
    pub(super) first: Diagnostic,
    /// What is said of it beside the first.
    pub(super) beside: String,
}

/// The waits that are told of beside the first.
const MOST_WAITS: usize = 12;

/// Each circle is said once: at its first wait, with the others of this file beside it.
pub(super) fn once_a_circle(path: &str, waits: Vec<Wait>) -> Vec<Diagnostic> {
    let mut said: BTreeMap<usize, Diagnostic> = BTreeMap::new();
    for Wait { circle, first, beside } in waits {
        let span = first.span;
        match said.remove(&circle) {
            None => _ = said.insert(circle, first),
            Some(known) if known.related.len() < MOST_WAITS => {
                said.insert(circle, known.related(path, span, &beside));
            }
            Some(known) => _ = said.insert(circle, known),
        }
    }
    said.into_values().collect()
}

/// The name without the workflow it stands in.
pub(super) fn short(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Workflows with more passes than this are not looked through for what waits for what.
const PASS_LIMIT: usize = 300;

/// Which pass waits for which. Each answer is worked out once.
pub(super) struct Needs<'a> {
    needs: BTreeMap<&'a str, Vec<&'a str>>,
    before: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Needs<'a> {
    pub(super) fn of(workflow: &'a Workflow) -> Needs<'a> {
        let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, pass) in passes(workflow).filter(|_| workflow.passes.len() <= PASS_LIMIT) {
            needs.entry(id.value.as_str()).or_default().extend(pass.needs.iter().map(|need| need.value.as_str()));
        }
        Needs { needs, before: BTreeMap::new() }
    }

    /// The passes that must be done before `pass`, directly or through others.
    pub(super) fn before(&mut self, pass: &'a str) -> &BTreeSet<&'a str> {
        let needs = &self.needs;
        self.before.entry(pass).or_insert_with(|| {
            let mut known = BTreeSet::new();
            let mut rest = vec![pass];
            while let Some(pass) = rest.pop() {
                let direct = needs.get(pass).map(Vec::as_slice).unwrap_or_default();
                rest.extend(direct.iter().filter(|need| known.insert(**need)));
            }
            known
        })
    }

    /// For each pass a number: two that wait for each other have the same.
    pub(super) fn circles(&self) -> BTreeMap<&'a str, usize> {
        let ids: Vec<&str> = self.needs.keys().copied().collect();
        let numbers: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(number, id)| (*id, number)).collect();
        let next = |pass: usize| self.needs[ids[pass]].iter().filter_map(|need| numbers.get(need).copied()).collect();
        ids.iter().copied().zip(spec::circles(ids.len(), next)).collect()
    }

    /// True when there are too many passes to look through.
    pub(super) fn is_empty(&self) -> bool {
        self.needs.is_empty()
    }
}

/// `workflow.passes` as `id` and pass, for those that have one.
pub(super) fn passes(workflow: &Workflow) -> impl Iterator<Item = (&Spanned<String>, &Pass)> {
    workflow.passes.iter().filter_map(|pass| Some((pass.id.as_ref()?, pass)))
}
