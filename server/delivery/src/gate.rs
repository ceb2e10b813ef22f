//! Gates: what closes one, and over exactly which contents.
//!
//! A gate's verdict is made of parts (verify commands, checks on text, criteria, reviewers). A part belongs to the
//! content ids of its subjects: when one changes, the part is open again. A checker that crashed is an error and never
//! a pass; an agent's word never stands for a person's; who made the work never judges it.

use crate::agent::ResolvedAgent;
use crate::attest::Weighed;
use crate::cache::canonical;
use serde::Serialize;
use spec::model::{Criterion, Gate, OnReject, Pass, ReviewerType};
use spec::record::{
    BudgetRaise, CheckResult, CriterionResult, Decision, DecisionPredicate, Digest, FileId, GateState, ReviewerKind,
    Strength, Subject, Verdict,
};
use spec::{Content, NameKind, Project, SpecFile};
use std::sync::Arc;
use text::BlobId;

/// A gate and the file it stands in.
#[derive(Clone, Debug)]
pub struct PlacedGate<'a> {
    /// The gate.
    pub gate: &'a Gate,
    /// Its file: the workflow's, or one of `gates/`.
    pub file: &'a Arc<SpecFile>,
    /// What a rejection leads to.
    pub on_reject: Option<OnReject>,
}

impl<'a> PlacedGate<'a> {
    /// A gate in its file.
    pub fn new(gate: &'a Gate, file: &'a Arc<SpecFile>) -> PlacedGate<'a> {
        PlacedGate { gate, file, on_reject: gate.on_reject.as_ref().map(|word| word.value) }
    }
}

/// The gate of a pass: inline, or the shared one it names. The error is a sentence.
pub fn of_pass<'a>(
    project: &'a Project,
    workflow: &'a Arc<SpecFile>,
    pass: &'a Pass,
) -> Result<Option<PlacedGate<'a>>, String> {
    let Some(gate) = &pass.gate else { return Ok(None) };
    let Some(shared) = &gate.shared else { return Ok(Some(PlacedGate::new(gate, workflow))) };
    let file = project.definer(NameKind::Gate, &shared.value);
    match file.map(|file| (file, &file.content)) {
        Some((file, Content::Gate(_, gate, _))) => Ok(Some(PlacedGate::new(gate, file))),
        _ => Err(format!("there is no gate `{}`", crate::prompt::one_line(&shared.value, 60))),
    }
}

/// What ended one verify command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    /// Exit code; none when it was killed or never started.
    pub exit: Option<i32>,
    /// Findings at error severity.
    pub errors: u32,
    /// Other findings.
    pub warnings: u32,
    /// False when its output could not be read in the format it was said to have.
    pub readable: bool,
}

/// What a verify command says of its gate.
pub fn judge(id: &str, ended: Ended, allow_failure: bool) -> CheckResult {
    let Ended { exit, errors, warnings, readable } = ended;
    let findings = errors.saturating_add(warnings);
    let counted = |count: u32, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        many => Some(format!("{many} {word}s")),
    };
    let said: Vec<String> = [counted(errors, "error"), counted(warnings, "warning")].into_iter().flatten().collect();
    let said = said.join(", ");
    let (state, message) = match exit {
        None => (GateState::Error, "it was stopped or could not be started".to_owned()),
        // the codes by which shells and launchers say that the checker itself is missing or not executable
        Some(code @ (126 | 127)) => (GateState::Error, format!("it could not be started (exit code {code})")),
        Some(_) if !readable => (GateState::Error, "its output is not in the format it should have".to_owned()),
        Some(0) if errors > 0 => (GateState::Failed, format!("{said}, though it ended with exit code 0")),
        Some(0) if warnings > 0 => (GateState::Warned, said),
        Some(0) => (GateState::Passed, "nothing found".to_owned()),
        Some(code) if findings == 0 => (GateState::Failed, format!("exit code {code} and no finding that says why")),
        Some(code) => (GateState::Failed, format!("{said}, exit code {code}")),
    };
    let (state, message) = match state {
        GateState::Failed if allow_failure => (GateState::Warned, format!("{message} (allowed to fail)")),
        state => (state, message),
    };
    CheckResult { id: id.to_owned(), state, exit, errors, warnings, message }
}

/// What the text of an output is, for checks on text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputText<'a> {
    /// This.
    Is(&'a str),
    /// The file is not there.
    Absent,
    /// It could not be read.
    Unread,
    /// The workflow has no such output, or it is no single file.
    Unknown,
}

/// Everything a verdict is made from.
pub struct Evidence<'a> {
    /// The gate.
    pub gate: &'a Gate,
    /// Results of verify commands over exactly the present contents.
    pub checks: &'a [CheckResult],
    /// Text of an output by its id.
    pub text: &'a dyn Fn(&str) -> OutputText<'a>,
    /// What a decision must have been made over, from [`subjects`].
    pub subjects: &'a [Subject],
    /// Decisions on this pass of this ticket, weighed, oldest first.
    pub decisions: &'a [Weighed<'a>],
    /// How hard a person's decision must be to forge.
    pub strength: Strength,
    /// What the base branch asks for and this gate does not.
    pub lost: Option<&'a Lost>,
    /// The agent whose work is judged.
    pub generator: Option<&'a ResolvedAgent>,
    /// Why the reviewing agent may not judge, if so ([`crate::agent::dependence`]).
    pub dependent: Option<String>,
    /// Why the last review of exactly these contents came to nothing, if so.
    pub broken: Option<&'a str>,
}

/// A part of a gate.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Part {
    /// `verify`, `criterion` or `reviewer`.
    pub kind: PartKind,
    /// Its id, or who reviews.
    pub id: String,
    /// Its state.
    pub state: GateState,
    /// One sentence.
    pub message: String,
}

/// Kinds of parts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// A command.
    Verify,
    /// A written line.
    Criterion,
    /// An agent or a person.
    Reviewer,
}

/// Who a gate waits for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Waiting {
    /// Verify commands have not run over these contents.
    Checks,
    /// An agent's review.
    Agent {
        /// Its name.
        agent: String,
    },
    /// A person.
    Human {
        /// People or teams the gate names.
        from: Vec<String>,
    },
}

/// The verdict.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct GateVerdict {
    /// The whole gate.
    pub state: GateState,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Who it waits for, when it is pending: the first in order checks, agent, person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Reviewer's reason, when the work was sent back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
    /// True when a person approved or waived exactly these contents.
    pub approved: bool,
    /// True when the agent that is asked has judged exactly these contents.
    #[serde(skip)]
    pub heard: bool,
    /// Decisions that no longer count, and why.
    pub void: Vec<String>,
}

impl GateVerdict {
    /// True when work may go on.
    pub fn closed(&self) -> bool {
        matches!(self.state, GateState::Passed | GateState::Warned)
    }
}

/// Decisions that count over the present contents.
#[derive(Default)]
struct Standing<'a> {
    human: Option<&'a DecisionPredicate>,
    /// Who signed it, in words.
    signed: &'a str,
    agent: Option<&'a DecisionPredicate>,
    void: Vec<String>,
}

/// Judges a gate.
pub fn verdict(evidence: &Evidence<'_>) -> GateVerdict {
    let standing = standing(evidence);
    let reviewed = standing.human.or(standing.agent);
    let mut parts: Vec<Part> = evidence.gate.verify.iter().enumerate().map(|(at, v)| verify(evidence, at, v)).collect();
    let checks = parts.len();
    for (at, criterion) in evidence.gate.criteria.iter().enumerate() {
        parts.push(self::criterion(evidence, at, criterion, &parts[..checks], reviewed));
    }
    parts.extend(reviewers(evidence, &standing));
    parts.extend(evidence.lost.map(|lost| lost.part(&standing)));
    let mut state = parts.iter().map(|part| part.state).max_by_key(|state| weight(*state)).unwrap_or(GateState::Passed);
    let waived = standing.human.is_some_and(|decision| decision.decision == Verdict::Waived);
    if waived && weight(state) > weight(GateState::Warned) {
        state = GateState::Warned;
    }
    // a reviewer whose word only warns sends nothing back
    let required = evidence.gate.reviewer.as_ref().is_none_or(|reviewer| reviewer.required);
    let rejected = [standing.human, standing.agent].into_iter().flatten().find(|d| d.decision == Verdict::Rejected);
    GateVerdict {
        state,
        waiting: (state == GateState::Pending).then(|| waiting(evidence, &parts)).flatten(),
        rejected: rejected.filter(|_| !waived && required).map(|decision| decision.reason.clone()),
        approved: standing.human.is_some_and(|d| matches!(d.decision, Verdict::Approved | Verdict::Waived)),
        heard: standing.agent.is_some(),
        void: standing.void,
        parts,
    }
}

/// The gate of a pass that has made nothing yet: everything is still to be judged.
pub fn open(gate: &Gate) -> GateVerdict {
    let evidence = Evidence {
        gate,
        checks: &[],
        text: &|_| OutputText::Unknown,
        subjects: &[],
        decisions: &[],
        strength: Strength::Ui,
        lost: None,
        generator: None,
        dependent: None,
        broken: None,
    };
    let mut verdict = verdict(&evidence);
    for part in &mut verdict.parts {
        part.state = GateState::Pending;
        if part.kind != PartKind::Reviewer {
            part.message = "nothing to judge yet".to_owned();
        }
    }
    verdict.state = GateState::Pending;
    verdict.waiting = None;
    verdict
}

/// The worst part decides.
pub(crate) fn weight(state: GateState) -> u8 {
    match state {
        GateState::Passed => 0,
        GateState::Warned => 1,
        GateState::Pending => 2,
        GateState::Failed => 3,
        GateState::Error => 4,
    }
}

/// Sorts the decisions: the last of each kind that was made over exactly these contents counts.
fn standing<'a>(evidence: &Evidence<'a>) -> Standing<'a> {
    let mut standing = Standing::default();
    let replaced: Vec<&str> =
        evidence.decisions.iter().filter_map(|weighed| weighed.decision.predicate.supersedes.as_deref()).collect();
    for weighed in evidence.decisions {
        let predicate = &weighed.decision.predicate;
        if replaced.contains(&predicate.id.as_str()) {
            continue;
        }
        if let Some(why) = void(evidence, weighed) {
            standing.void.push(format!("the decision of {} is void: {why}", predicate.reviewer));
            continue;
        }
        match predicate.reviewer_kind {
            ReviewerKind::Human => (standing.human, standing.signed) = (Some(predicate), &weighed.words),
            ReviewerKind::Agent => standing.agent = Some(predicate),
        }
    }
    standing
}

fn void(evidence: &Evidence<'_>, weighed: &Weighed<'_>) -> Option<String> {
    let decision = weighed.decision;
    if weighed.void.is_some() {
        return weighed.void.clone();
    }
    let sorted = |subjects: &[Subject]| {
        let mut pairs: Vec<_> = subjects.iter().map(|s| (s.name.clone(), s.digest.git_blob)).collect();
        pairs.sort();
        pairs.dedup();
        pairs
    };
    let (judged, present) = (sorted(&decision.subject), sorted(evidence.subjects));
    if let Some((name, _)) = judged.iter().find(|pair| !present.contains(pair)) {
        let what = if name.starts_with(CRITERIA) { "the gate's text" } else { name.as_str() };
        return Some(format!("{what} has changed since"));
    }
    if let Some((name, _)) = present.iter().find(|pair| !judged.contains(pair)) {
        let what = if name.starts_with(CRITERIA) { "what the gate of the base branch asks for" } else { name.as_str() };
        return Some(format!("it does not cover {what}"));
    }
    if decision.predicate.reviewer_kind == ReviewerKind::Human && weighed.strength < evidence.strength {
        return Some(too_weak(evidence.strength).to_owned());
    }
    if decision.predicate.reviewer_kind == ReviewerKind::Agent {
        let own = &decision.predicate.reviewer;
        if evidence.generator.is_some_and(|generator| generator.identities.contains(own)) {
            return Some(format!("`{own}` made what it judged"));
        }
        let asked = evidence.gate.reviewer.as_ref().and_then(|reviewer| reviewer.agent.as_ref());
        if asked.is_none_or(|asked| asked.value != *own) {
            return Some(format!("the gate does not ask `{own}`"));
        }
        return evidence.dependent.clone();
    }
    None
}

/// Why a decision does not reach the strength that is asked for.
pub fn too_weak(asked: Strength) -> &'static str {
    match asked {
        Strength::Ui => "a person has to decide",
        Strength::Os => "the gate asks for a signature by a key that must be touched (`os`)",
        Strength::Forge => "the gate asks for a review on the forge, which cannot be read back yet (`forge`)",
    }
}

fn verify(evidence: &Evidence<'_>, at: usize, verify: &spec::model::Verify) -> Part {
    let id = verify.id.as_ref().map_or_else(|| format!("verify-{}", at + 1), |id| id.value.clone());
    let result = evidence.checks.iter().rev().find(|result| result.id == id);
    let (state, message) = match result {
        Some(result) => match result.state {
            GateState::Failed if verify.allow_failure => (GateState::Warned, result.message.clone()),
            state => (state, result.message.clone()),
        },
        None => (GateState::Pending, "it has not run over these contents".to_owned()),
    };
    Part { kind: PartKind::Verify, id, state, message }
}

/// The id of a criterion, by its place where it has none.
pub(crate) fn criterion_id(at: usize, criterion: &Criterion) -> String {
    criterion.id.as_ref().map_or_else(|| format!("criterion-{}", at + 1), |id| id.value.clone())
}

/// A criterion is judged by its check on text, else by the verify commands it names as evidence, else by a reviewer.
fn criterion(
    evidence: &Evidence<'_>,
    at: usize,
    criterion: &Criterion,
    checks: &[Part],
    reviewed: Option<&DecisionPredicate>,
) -> Part {
    let id = criterion_id(at, criterion);
    let named = |part: &&Part| criterion.evidence.iter().any(|word| word.value == part.id);
    let worst = checks.iter().filter(named).max_by_key(|part| weight(part.state));
    let said = reviewed.and_then(|decision| decision.criteria.iter().find(|result| result.id == id));
    let (state, message) = if let Some(check) = &criterion.check {
        text_check(&check.value, (evidence.text)(&check.output))
    } else if let Some(part) = worst {
        (part.state, format!("`{}`: {}", part.id, part.message))
    } else if let Some(said) = said.filter(|said| said.status == "not-satisfied") {
        (GateState::Failed, said.reason.clone())
    } else if let Some(said) = said.filter(|said| said.status == "not-applicable") {
        // a line that was left out is told, so that a person may look at it
        (GateState::Warned, format!("not applicable: {}", said.reason))
    } else {
        match reviewed.map(|decision| decision.decision) {
            Some(Verdict::Approved | Verdict::Waived) => (GateState::Passed, "the reviewer approved".to_owned()),
            Some(Verdict::Rejected) => (GateState::Failed, "the reviewer rejected".to_owned()),
            Some(Verdict::Escalated) | None => (GateState::Pending, "waits for its reviewer".to_owned()),
        }
    };
    let optional = !criterion.required
        || evidence.gate.reviewer.as_ref().is_some_and(|reviewer| {
            // a reviewer whose word only warns cannot hold the gate open over the lines that it alone judges
            !reviewer.required && criterion.check.is_none() && worst.is_none()
        });
    let state = if optional && weight(state) > weight(GateState::Warned) { GateState::Warned } else { state };
    Part { kind: PartKind::Criterion, id, state, message }
}

/// `absent "x"` or `present "x"` in a text.
fn text_check(check: &spec::model::TextCheck, text: OutputText<'_>) -> (GateState, String) {
    let output = &check.output;
    match text {
        OutputText::Is(text) => {
            let found = text.contains(check.needle.as_str());
            let needle = crate::prompt::one_line(&check.needle, 60);
            match (found, check.absent) {
                (true, true) => (GateState::Failed, format!("\"{needle}\" stands in outputs.{output}")),
                (false, false) => (GateState::Failed, format!("\"{needle}\" does not stand in outputs.{output}")),
                (false, true) => (GateState::Passed, format!("\"{needle}\" does not stand in outputs.{output}")),
                (true, false) => (GateState::Passed, format!("\"{needle}\" stands in outputs.{output}")),
            }
        }
        OutputText::Absent => (GateState::Failed, format!("outputs.{output} is not there")),
        OutputText::Unread => (GateState::Error, format!("outputs.{output} could not be read")),
        OutputText::Unknown => (GateState::Error, format!("there is no file outputs.{output}")),
    }
}

/// The reviewer's parts. A gate with required lines that nothing else judges waits for a person even when it names no
/// reviewer: a line that nobody looks at would otherwise pass by itself.
fn reviewers(evidence: &Evidence<'_>, standing: &Standing<'_>) -> Vec<Part> {
    let Some(reviewer) = &evidence.gate.reviewer else {
        let known = |word: &str| evidence.gate.verify.iter().any(|v| v.id.as_ref().is_some_and(|id| id.value == word));
        let unjudged = evidence.gate.criteria.iter().any(|criterion| {
            let checked = criterion.check.is_some() || criterion.evidence.iter().any(|word| known(&word.value));
            criterion.required && !checked
        });
        return if unjudged { vec![human(standing, &[], true)] } else { Vec::new() };
    };
    let from: Vec<String> = reviewer.from.iter().map(|who| who.value.clone()).collect();
    match reviewer.kind {
        ReviewerType::Human => vec![human(standing, &from, reviewer.required)],
        ReviewerType::Agent => vec![agent(evidence, standing, reviewer)],
        ReviewerType::Both => vec![agent(evidence, standing, reviewer), human(standing, &from, reviewer.required)],
    }
}

fn review_part(
    id: String,
    decision: Option<&DecisionPredicate>,
    standing: &Standing<'_>,
    waits: String,
    required: bool,
) -> Part {
    let (state, message) = match decision {
        None => (GateState::Pending, waits),
        Some(decision) => {
            let (state, verb) = match decision.decision {
                Verdict::Approved => (GateState::Passed, "approved"),
                Verdict::Waived => (GateState::Warned, "waived"),
                Verdict::Rejected => (GateState::Failed, "rejected"),
                Verdict::Escalated => (GateState::Pending, "passed on"),
            };
            let who = crate::prompt::one_line(&decision.reviewer, 80);
            let reason = crate::prompt::one_line(&decision.reason, 200);
            let reason = if reason.is_empty() { reason } else { format!(": {reason}") };
            let signed = match decision.reviewer_kind {
                ReviewerKind::Human => format!(" ({})", standing.signed),
                ReviewerKind::Agent => String::new(),
            };
            (state, format!("{verb} by {who}{signed}{reason}"))
        }
    };
    let state = if !required && weight(state) > weight(GateState::Warned) { GateState::Warned } else { state };
    Part { kind: PartKind::Reviewer, id, state, message }
}

fn human(standing: &Standing<'_>, from: &[String], required: bool) -> Part {
    let who = if from.is_empty() { "a person".to_owned() } else { from.join(", ") };
    review_part(who.clone(), standing.human, standing, format!("waits for {who}"), required)
}

/// What the base branch's gate asks for and this one does not: a change of the gate counts when a person has let exactly
/// this work through it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// The base branch: `origin/main`.
    pub base: String,
    /// What is missing, in words.
    pub what: Vec<String>,
    /// Content id of what the base's gate demands.
    meaning: BlobId,
}

impl Lost {
    /// Compares the gate of the base branch with the one at hand; none when nothing is taken away.
    pub fn between(base: &str, old: &Gate, new: &Gate) -> Option<Lost> {
        let mut what = Vec::new();
        if let Some(reviewer) = old.reviewer.as_ref().filter(|reviewer| reviewer.required) {
            let same = |now: &&spec::model::Reviewer| {
                let agent = |it: &spec::model::Reviewer| it.agent.as_ref().map(|agent| agent.value.clone());
                let asked = |who: &text::Spanned<String>| now.from.iter().any(|known| known.value == who.value);
                let kind = now.kind == reviewer.kind || now.kind == ReviewerType::Both;
                now.required
                    && kind
                    && (reviewer.agent.is_none() || agent(now) == agent(reviewer))
                    && reviewer.from.iter().all(asked)
            };
            if new.reviewer.as_ref().filter(same).is_none() {
                what.push("its reviewer".to_owned());
            }
        }
        let id = |id: &Option<text::Spanned<String>>| id.as_ref().map_or("?", |id| id.value.as_str()).to_owned();
        let (was, is) = (meaning(old), meaning(new));
        let kept = |key: &str, row: &serde_json::Value| is[key].as_array().is_some_and(|rows| rows.contains(row));
        let rows = |key: &str| was[key].as_array().cloned().unwrap_or_default();
        for (verify, row) in old.verify.iter().zip(rows("verify")) {
            if !verify.allow_failure && !kept("verify", &row) {
                what.push(format!("check `{}`", id(&verify.id)));
            }
        }
        for (criterion, row) in old.criteria.iter().zip(rows("criteria")) {
            if criterion.required && !kept("criteria", &row) {
                what.push(format!("criterion {}", id(&criterion.id)));
            }
        }
        let meaning = BlobId::of(canonical(&was).as_bytes());
        (!what.is_empty()).then(|| Lost { base: base.to_owned(), what, meaning })
    }

    /// What a decision is over beside the gate at hand.
    pub fn subject(&self, workflow: &str, pass: &str) -> Subject {
        let name = format!("{CRITERIA}{workflow}/{pass}@{}", self.base);
        Subject { name, digest: Digest { git_blob: self.meaning } }
    }

    fn part(&self, standing: &Standing<'_>) -> Part {
        let what = crate::prompt::one_line(&self.what.join(", "), 200);
        let waits = format!("waits for a person: the gate of {} also has {what}", self.base);
        review_part(self.base.clone(), standing.human, standing, waits, true)
    }
}

/// A person who approves stands in for an agent; never the other way round.
fn agent(evidence: &Evidence<'_>, standing: &Standing<'_>, reviewer: &spec::model::Reviewer) -> Part {
    let name = reviewer.agent.as_ref().map_or("an agent", |agent| agent.value.as_str()).to_owned();
    let person = standing.human.filter(|decision| matches!(decision.decision, Verdict::Approved | Verdict::Waived));
    let decision = person.or(standing.agent).or(standing.human);
    if let (None, Some(why)) = (decision, evidence.broken) {
        let state = if reviewer.required { GateState::Error } else { GateState::Warned };
        let message = format!("its review did not count: {}", crate::prompt::one_line(why, 200));
        return Part { kind: PartKind::Reviewer, id: name, state, message };
    }
    let waits = match &evidence.dependent {
        Some(why) => format!("waits for a person, because {why}"),
        None => format!("waits for the review of `{name}`, or for a person"),
    };
    review_part(name, decision, standing, waits, reviewer.required)
}

fn waiting(evidence: &Evidence<'_>, parts: &[Part]) -> Option<Waiting> {
    let pending = |kind| parts.iter().any(|part| part.kind == kind && part.state == GateState::Pending);
    if pending(PartKind::Verify) {
        return Some(Waiting::Checks);
    }
    let reviewer = evidence.gate.reviewer.as_ref();
    let from = reviewer.map(|r| r.from.iter().map(|who| who.value.clone()).collect()).unwrap_or_default();
    let human = Waiting::Human { from };
    let agent = reviewer.and_then(|reviewer| reviewer.agent.as_ref());
    let first = parts.iter().find(|part| part.kind == PartKind::Reviewer && part.state == GateState::Pending)?;
    match agent {
        Some(agent) if agent.value == first.id && evidence.dependent.is_none() => {
            Some(Waiting::Agent { agent: agent.value.clone() })
        }
        _ => Some(human),
    }
}

/// Prefix of the subject that stands for the text of the gate itself.
const CRITERIA: &str = "tollgate:gate/";

/// What a decision is made over: each output with its content, and the text of the gate (criteria, commands, reviewer)
/// under a name no path can have. When either changes, the decision is void. A file that the pass removed has the
/// content id of all zeros, as in git.
pub fn subjects(workflow: &str, pass: &str, gate: &Gate, outputs: &[FileId]) -> Vec<Subject> {
    let subject = |name: String, git_blob| Subject { name, digest: Digest { git_blob } };
    let mut subjects: Vec<Subject> = outputs
        .iter()
        .filter_map(|file| Some(subject(file.path.clone(), file.blob.or_else(|| BlobId::parse(&"0".repeat(40)))?)))
        .collect();
    let meaning = BlobId::of(canonical(&meaning(gate)).as_bytes());
    subjects.push(subject(format!("{CRITERIA}{workflow}/{pass}"), meaning));
    subjects
}

/// What an approval of more money is over: the limit that it goes beyond.
pub fn budget_subject(raise: &BudgetRaise) -> Subject {
    let over = canonical(&(&raise.scope, &raise.period, raise.limit));
    Subject { name: "tollgate:budget".to_owned(), digest: Digest { git_blob: BlobId::of(over.as_bytes()) } }
}

/// What a gate demands, without the places it is written at.
fn meaning(gate: &Gate) -> serde_json::Value {
    let text = |value: &Option<text::Spanned<String>>| value.as_ref().map(|value| value.value.clone());
    let criteria = gate.criteria.iter().map(|criterion| {
        let check = criterion.check.as_ref().map(|check| (check.absent, &check.needle, &check.output));
        let evidence: Vec<&str> = criterion.evidence.iter().map(|word| word.value.as_str()).collect();
        serde_json::json!([text(&criterion.id), criterion.must.value, criterion.required, check, evidence])
    });
    let verify = gate.verify.iter().map(|verify| {
        let argv = verify.command.as_ref().map(|command| &command.argv);
        serde_json::json!([text(&verify.id), argv, text(&verify.format), verify.allow_failure])
    });
    let reviewer = gate.reviewer.as_ref().map(|reviewer| {
        let from: Vec<&str> = reviewer.from.iter().map(|who| who.value.as_str()).collect();
        let kind = match reviewer.kind {
            ReviewerType::Human => "human",
            ReviewerType::Agent => "agent",
            ReviewerType::Both => "both",
        };
        serde_json::json!([kind, text(&reviewer.agent), from, reviewer.required])
    });
    let mut meaning = serde_json::json!({
        "criteria": criteria.collect::<Vec<_>>(),
        "verify": verify.collect::<Vec<_>>(),
        "reviewer": reviewer,
    });
    if let Some(strength) = &gate.strength {
        meaning["strength"] = serde_json::json!(strength.value);
    }
    meaning
}

/// A decision to be recorded.
#[derive(Clone, Debug)]
pub struct NewDecision<'a> {
    /// Time-ordered record id.
    pub id: &'a str,
    /// RFC 3339.
    pub time: &'a str,
    /// Ticket id.
    pub ticket: &'a str,
    /// Workflow name.
    pub workflow: &'a str,
    /// Content of the workflow's file.
    pub workflow_blob: BlobId,
    /// Pass id.
    pub pass: &'a str,
    /// The attempt that is judged.
    pub attempt: u32,
    /// The run that is judged.
    pub run: Option<&'a str>,
    /// What is decided.
    pub verdict: Verdict,
    /// Why.
    pub reason: &'a str,
    /// Result per criterion.
    pub criteria: Vec<CriterionResult>,
    /// What a budget is raised by, where money is decided on.
    pub budget: Option<BudgetRaise>,
    /// Kind of reviewer.
    pub reviewer_kind: ReviewerKind,
    /// Who.
    pub reviewer: &'a str,
    /// The agent whose work is judged.
    pub generator: Option<&'a ResolvedAgent>,
    /// `vscode`, `nvim`, `terminal`, …
    pub channel: &'a str,
    /// How hard it is to forge.
    pub strength: Strength,
    /// What is judged, from [`subjects`].
    pub subjects: Vec<Subject>,
    /// Record this one replaces.
    pub supersedes: Option<&'a str>,
}

/// Makes a decision, or says why it may not be made.
pub fn decision(new: NewDecision<'_>) -> Result<Decision, String> {
    let words = new.reason.trim();
    if words.is_empty() && new.verdict != Verdict::Approved {
        return Err("a reason is needed".to_owned());
    }
    if new.subjects.iter().all(|subject| subject.name.starts_with(CRITERIA)) {
        return Err("there is nothing to decide on: the pass has no output yet".to_owned());
    }
    let own = new.generator.is_some_and(|generator| generator.identities.contains(new.reviewer));
    if own && new.reviewer_kind == ReviewerKind::Agent {
        return Err(format!("`{}` made what it would judge", new.reviewer));
    }
    if new.reviewer.trim().is_empty() {
        return Err("who decides is not known (set git's user.name and user.email)".to_owned());
    }
    Ok(Decision {
        schema_version: 1,
        statement: "https://in-toto.io/Statement/v1".to_owned(),
        subject: new.subjects,
        predicate_type: match new.budget {
            Some(_) => "https://tollgate.dev/budget-decision/v0.1".to_owned(),
            None => "https://tollgate.dev/gate-decision/v0.1".to_owned(),
        },
        predicate: DecisionPredicate {
            id: new.id.to_owned(),
            ticket: new.ticket.to_owned(),
            workflow: new.workflow.to_owned(),
            workflow_blob: new.workflow_blob,
            pass: new.pass.to_owned(),
            attempt: new.attempt,
            run: new.run.map(str::to_owned),
            decision: new.verdict,
            reason: words.to_owned(),
            criteria: new.criteria,
            budget: new.budget,
            reviewer_kind: new.reviewer_kind,
            reviewer: new.reviewer.to_owned(),
            generator: new.generator.map(|generator| generator.name.clone()),
            channel: new.channel.to_owned(),
            strength: new.strength,
            time: new.time.to_owned(),
            prev: Vec::new(),
            supersedes: new.supersedes.map(str::to_owned),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attest::weigh;
    use proptest::prelude::*;
    use spec::model::{Reviewer, TextCheck, Verify};
    use text::{Span, Spanned};

    fn spanned<T>(value: T) -> Spanned<T> {
        Spanned::new(value, Span::default())
    }

    fn check(id: &str, state: GateState) -> CheckResult {
        CheckResult { id: id.into(), state, exit: Some(0), errors: 0, warnings: 0, message: String::new() }
    }

    fn gate(kind: Option<ReviewerType>, agent: Option<&str>, verify: &[(&str, bool)]) -> Gate {
        let verify = verify.iter().map(|(id, allow_failure)| Verify {
            id: Some(spanned((*id).to_owned())),
            allow_failure: *allow_failure,
            ..Verify::default()
        });
        let reviewer = kind.map(|kind| Reviewer {
            kind,
            agent: agent.map(|agent| spanned(agent.to_owned())),
            required: true,
            ..Reviewer::default()
        });
        Gate { verify: verify.collect(), reviewer, ..Gate::default() }
    }

    fn file(path: &str, text: &str) -> FileId {
        FileId { path: path.into(), blob: Some(BlobId::of(text.as_bytes())) }
    }

    fn decided(gate: &Gate, kind: ReviewerKind, who: &str, verdict: Verdict, outputs: &[FileId]) -> Decision {
        decision(NewDecision {
            id: "1",
            time: "2026-11-20T10:00:00Z",
            ticket: "t",
            workflow: "w",
            workflow_blob: BlobId::of(b""),
            pass: "p",
            attempt: 1,
            run: None,
            verdict,
            reason: "because",
            criteria: Vec::new(),
            budget: None,
            reviewer_kind: kind,
            reviewer: who,
            generator: None,
            channel: "terminal",
            strength: Strength::Ui,
            subjects: subjects("w", "p", gate, outputs),
            supersedes: None,
        })
        .unwrap()
    }

    fn judged(gate: &Gate, checks: &[CheckResult], decisions: &[&Decision], outputs: &[FileId]) -> GateVerdict {
        verdict(&Evidence {
            gate,
            checks,
            text: &|output| if output == "spec" { OutputText::Is("all clear") } else { OutputText::Unknown },
            subjects: &subjects("w", "p", gate, outputs),
            decisions: &decisions.iter().map(|it| weigh(it, BlobId::of(b""), None, None)).collect::<Vec<_>>(),
            strength: Strength::Ui,
            lost: None,
            generator: None,
            dependent: None,
            broken: None,
        })
    }

    #[test]
    fn an_exit_code_and_findings_are_both_evidence() {
        use GateState::{Error, Failed, Passed, Warned};
        let ended = |exit, errors, warnings, readable| Ended { exit, errors, warnings, readable };
        let cases = [
            (ended(Some(0), 0, 0, true), false, Passed),
            (ended(Some(0), 0, 3, true), false, Warned),
            (ended(Some(0), 1, 0, true), false, Failed),
            (ended(Some(1), 0, 0, true), false, Failed),
            (ended(Some(101), 2, 0, true), false, Failed),
            (ended(Some(1), 2, 0, true), true, Warned),
            (ended(None, 0, 0, true), false, Error),
            (ended(None, 0, 0, true), true, Error),
            (ended(Some(127), 0, 0, true), true, Error),
            (ended(Some(0), 0, 0, false), false, Error),
        ];
        for (ended, allowed, expected) in cases {
            assert_eq!(judge("x", ended, allowed).state, expected, "{ended:?}");
        }
    }

    #[test]
    fn a_check_that_did_not_run_leaves_the_gate_open() {
        let gate = gate(None, None, &[("tests", false), ("lint", true)]);
        let open = judged(&gate, &[check("tests", GateState::Passed)], &[], &[]);
        assert_eq!((open.state, open.waiting), (GateState::Pending, Some(Waiting::Checks)));
        let lint = [check("tests", GateState::Passed), check("lint", GateState::Failed)];
        assert_eq!(judged(&gate, &lint, &[], &[]).state, GateState::Warned);
        let crashed = [check("tests", GateState::Passed), check("lint", GateState::Error)];
        assert_eq!(judged(&gate, &crashed, &[], &[]).state, GateState::Error);
    }

    #[test]
    fn an_agent_never_stands_for_a_person() {
        let outputs = [file("a.md", "one")];
        let human = gate(Some(ReviewerType::Human), None, &[]);
        let by_agent = decided(&human, ReviewerKind::Agent, "critic", Verdict::Approved, &outputs);
        let open = judged(&human, &[], &[&by_agent], &outputs);
        assert_eq!(open.waiting, Some(Waiting::Human { from: vec![] }));
        assert!(!open.closed() && !open.approved && open.void.len() == 1);
        let both = gate(Some(ReviewerType::Both), Some("critic"), &[]);
        let by_agent = decided(&both, ReviewerKind::Agent, "critic", Verdict::Approved, &outputs);
        assert_eq!(judged(&both, &[], &[&by_agent], &outputs).waiting, Some(Waiting::Human { from: vec![] }));
        let by_human = decided(&both, ReviewerKind::Human, "Ann", Verdict::Approved, &outputs);
        assert!(judged(&both, &[], &[&by_agent, &by_human], &outputs).closed());
    }

    #[test]
    fn a_decision_is_void_when_content_or_gate_change() {
        let outputs = [file("a.md", "one")];
        let gate = gate(Some(ReviewerType::Human), None, &[]);
        let yes = decided(&gate, ReviewerKind::Human, "Ann", Verdict::Approved, &outputs);
        assert!(judged(&gate, &[], &[&yes], &outputs).closed());
        let changed = judged(&gate, &[], &[&yes], &[file("a.md", "two")]);
        assert_eq!(changed.void, ["the decision of Ann is void: a.md has changed since"]);
        assert_eq!(changed.state, GateState::Pending);
        let more = judged(&gate, &[], &[&yes], &[file("a.md", "one"), file("b.md", "new")]);
        assert_eq!(more.state, GateState::Pending);
        let mut stricter = gate.clone();
        stricter.criteria.push(Criterion {
            id: Some(spanned("AC-1".into())),
            must: spanned("be right".into()),
            evidence: vec![],
            check: None,
            required: true,
            span: Span::default(),
        });
        let open = judged(&stricter, &[], &[&yes], &outputs);
        assert_eq!(open.void, ["the decision of Ann is void: the gate's text has changed since"]);
        assert!(!open.closed());
    }

    #[test]
    fn rejections_and_waivers() {
        let outputs = [file("a.md", "one")];
        let gate = gate(Some(ReviewerType::Human), None, &[("tests", false)]);
        let failed = [check("tests", GateState::Failed)];
        let no = decided(&gate, ReviewerKind::Human, "Ann", Verdict::Rejected, &outputs);
        let sent_back = judged(&gate, &[check("tests", GateState::Passed)], &[&no], &outputs);
        assert_eq!((sent_back.state, sent_back.rejected.as_deref()), (GateState::Failed, Some("because")));
        let yes = decided(&gate, ReviewerKind::Human, "Ann", Verdict::Approved, &outputs);
        assert_eq!(judged(&gate, &failed, &[&no, &yes], &outputs).state, GateState::Failed, "approval is no waiver");
        let waived = decided(&gate, ReviewerKind::Human, "Ann", Verdict::Waived, &outputs);
        assert_eq!(judged(&gate, &failed, &[&waived], &outputs).state, GateState::Warned);
    }

    #[test]
    fn text_checks_and_unjudged_lines() {
        let line = |check: Option<TextCheck>, evidence: &str| Criterion {
            id: None,
            must: spanned("x".into()),
            evidence: vec![spanned(evidence.into())],
            check: check.map(spanned),
            required: true,
            span: Span::default(),
        };
        let look = |absent, needle: &str, output: &str| {
            let check = TextCheck { absent, needle: needle.into(), output: output.into() };
            let gate = Gate { criteria: vec![line(Some(check), "")], ..Gate::default() };
            judged(&gate, &[], &[], &[]).state
        };
        assert_eq!(look(true, "TODO", "spec"), GateState::Passed);
        assert_eq!(look(false, "TODO", "spec"), GateState::Failed);
        assert_eq!(look(true, "clear", "spec"), GateState::Failed);
        assert_eq!(look(true, "x", "other"), GateState::Error);
        let unjudged = Gate { criteria: vec![line(None, "review")], ..Gate::default() };
        assert_eq!(judged(&unjudged, &[], &[], &[]).waiting, Some(Waiting::Human { from: vec![] }));
        let mut by_check = gate(None, None, &[("tests", false)]);
        by_check.criteria = vec![line(None, "tests")];
        assert!(judged(&by_check, &[check("tests", GateState::Passed)], &[], &[]).closed());
    }

    #[test]
    fn refuses_decisions_that_may_not_be_made() {
        let gate = Gate::default();
        let generator = ResolvedAgent { identities: ["maker".to_owned()].into(), ..ResolvedAgent::default() };
        let new = |verdict, reason, reviewer, kind, outputs: &[FileId]| {
            let subjects = subjects("w", "p", &gate, outputs);
            decision(NewDecision {
                id: "1",
                time: "",
                ticket: "t",
                workflow: "w",
                workflow_blob: BlobId::of(b""),
                pass: "p",
                attempt: 1,
                run: None,
                verdict,
                reason,
                criteria: vec![],
                budget: None,
                reviewer_kind: kind,
                reviewer,
                generator: Some(&generator),
                channel: "terminal",
                strength: Strength::Ui,
                subjects,
                supersedes: None,
            })
        };
        let outputs = [file("a", "b")];
        assert!(new(Verdict::Rejected, " ", "Ann", ReviewerKind::Human, &outputs).is_err());
        assert!(new(Verdict::Approved, "", "Ann", ReviewerKind::Human, &[]).is_err());
        assert!(new(Verdict::Approved, "", "maker", ReviewerKind::Agent, &outputs).is_err());
        assert!(new(Verdict::Approved, "", "", ReviewerKind::Human, &outputs).is_err());
        assert!(new(Verdict::Approved, "", "Ann", ReviewerKind::Human, &outputs).is_ok());
    }

    proptest! {
        #[test]
        fn a_crash_or_a_failure_never_closes_a_gate(states in proptest::collection::vec(0usize..5, 1..6)) {
            use GateState::{Error, Failed, Passed, Pending, Warned};
            let all = [Passed, Warned, Failed, Pending, Error];
            let ids: Vec<String> = (0..states.len()).map(|at| at.to_string()).collect();
            let gate = gate(None, None, &ids.iter().map(|id| (id.as_str(), false)).collect::<Vec<_>>());
            let checks: Vec<_> = states.iter().zip(&ids).map(|(state, id)| check(id, all[*state])).collect();
            let good = states.iter().all(|state| matches!(all[*state], Passed | Warned));
            prop_assert_eq!(judged(&gate, &checks, &[], &[]).closed(), good);
        }
    }
}
