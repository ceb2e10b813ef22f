//! A repository in a text, for tests: `//- path` starts a file. Runs and decisions are simulated as `runner` would
//! record them: what the plan says is written into a receipt.

use crate::gate::{self, NewDecision};
use crate::plan::{PassPlan, Plan, plan};
use crate::world::{Harness, World};
use spec::record::{
    BudgetRaise, CheckResult, FileId, GateState, Outcome, Receipt, Record, ReviewerKind, Strength, Verdict,
};
use spec::{Project, SpecFile};
use std::collections::BTreeMap;
use std::sync::Arc;
use text::BlobId;

/// A repository and its machine.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) project: Project,
    pub(crate) texts: BTreeMap<String, String>,
    pub(crate) world: World,
    records: u32,
}

impl Bench {
    /// Reads a repository; `claude` and `codex` are installed.
    pub(crate) fn new(text: &str) -> Bench {
        let harness = |alias: &str| Harness { alias: alias.into(), ..Harness::default() };
        let world = World {
            now: "2026-11-20T10:00:00Z".into(),
            repository: "/shop".into(),
            harnesses: vec![harness("claude"), harness("codex")],
            ..World::default()
        };
        let mut bench = Bench { project: Project::default(), texts: BTreeMap::new(), world, records: 0 };
        for file in text.split("//- ").skip(1) {
            let (path, content) = file.split_once('\n').unwrap();
            bench.write(path.trim(), content);
        }
        bench
    }

    /// Writes a file into the work tree.
    pub(crate) fn write(&mut self, path: &str, content: &str) {
        if let Some(file) = SpecFile::read(path, content) {
            self.project.set(Arc::new(file));
        }
        self.texts.insert(path.into(), content.into());
    }

    /// Removes a file.
    pub(crate) fn remove(&mut self, path: &str) {
        self.project.remove(path);
        self.texts.remove(path);
    }

    /// Replaces words in a file.
    pub(crate) fn replace(&mut self, path: &str, from: &str, to: &str) {
        let text = self.texts[path].clone();
        assert!(text.contains(from), "{path} does not hold {from}");
        self.write(path, &text.replace(from, to));
    }

    pub(crate) fn plan(&self) -> Plan {
        let ids: Vec<_> = self.project.defined(spec::NameKind::Ticket).map(|name| name.text.clone()).collect();
        plan(&self.project, &ids[0], &self.now())
    }

    /// The world with the files as they are.
    pub(crate) fn now(&self) -> World {
        let files = self.texts.iter().map(|(path, text)| (path.clone(), BlobId::of(text.as_bytes())));
        let texts = self.texts.iter().map(|(path, text)| (path.clone(), Arc::from(text.as_str())));
        World { files: Arc::new(files.collect()), texts: texts.collect(), ..self.world.clone() }
    }

    pub(crate) fn pass(&self, id: &str) -> PassPlan {
        self.plan().passes.into_iter().find(|pass| pass.id == id).unwrap()
    }

    /// `state: first reason`.
    pub(crate) fn said(&self, id: &str) -> String {
        let pass = self.pass(id);
        format!("{}: {}", pass.state.word(), pass.why.first().cloned().unwrap_or_default())
    }

    pub(crate) fn next(&self) -> String {
        self.plan().next.pass.unwrap_or_else(|| "none".into())
    }

    /// A run that ends well; `checks` are those of its gate.
    pub(crate) fn run(&mut self, id: &str, writes: &[(&str, &str)]) -> String {
        let checks: Vec<(String, GateState)> =
            self.pass(id).gate.iter().flat_map(|g| &g.verify).map(|id| (id.clone(), GateState::Passed)).collect();
        let checks: Vec<(&str, GateState)> = checks.iter().map(|(id, state)| (id.as_str(), *state)).collect();
        self.run_ending(id, writes, Outcome::Ok, &checks, true)
    }

    /// A run as `runner` records it.
    pub(crate) fn run_ending(
        &mut self,
        id: &str,
        writes: &[(&str, &str)],
        outcome: Outcome,
        checks: &[(&str, GateState)],
        taken: bool,
    ) -> String {
        let plan = self.plan();
        let pass = plan.passes.iter().find(|pass| pass.id == id).unwrap();
        self.records += 1;
        let run = format!("0000-{:04}", self.records);
        let output =
            |(path, text): &(&str, &str)| FileId { path: (*path).into(), blob: Some(BlobId::of(text.as_bytes())) };
        let check = |(id, state): &(&str, GateState)| CheckResult {
            id: (*id).into(),
            state: *state,
            exit: Some(0),
            errors: 0,
            warnings: 0,
            message: "said so".into(),
        };
        let receipt = Receipt {
            schema_version: 1,
            run: run.clone(),
            ticket: plan.ticket.id.clone(),
            workflow: plan.workflow.workflow.clone().unwrap(),
            workflow_blob: plan.workflow_file.as_ref().unwrap().blob.unwrap(),
            pass: id.into(),
            purpose: spec::record::Purpose::Pass,
            attempt: pass.attempt,
            agent: pass.agent.clone(),
            harness: "claude".into(),
            harness_version: None,
            model_requested: Some("sonnet".into()),
            reason: String::new(),
            inputs: pass.inputs.clone(),
            outputs: writes.iter().map(output).collect(),
            outcome,
            message: "it ended".into(),
            cache_key: pass.cache_key.clone().unwrap_or_default(),
            started: "2026-11-20T09:00:00Z".into(),
            ended: "2026-11-20T09:10:00Z".into(),
            cost: Vec::new(),
            gate: GateState::Pending,
            checks: checks.iter().map(check).collect(),
            isolation: "none".into(),
            transcript: None,
            prev: Vec::new(),
            supersedes: None,
        };
        self.record(&plan.ticket.id, &run, &Record::Run(Box::new(receipt)));
        if taken {
            for (path, text) in writes {
                self.write(path, text);
            }
        }
        run
    }

    /// An agent's review as `runner` records it.
    pub(crate) fn review(&mut self, id: &str, outcome: Outcome, message: &str) {
        let files = self.pass(id).gate.unwrap().files;
        let run = self.run_ending(id, &[], outcome, &[], false);
        let path = format!(".tollgate/records/{}/{run}.json", self.plan().ticket.id);
        let mut record: Record = serde_json::from_str(&self.texts[&path]).unwrap();
        let Record::Run(receipt) = &mut record else { panic!("no receipt") };
        receipt.purpose = spec::record::Purpose::Review;
        receipt.inputs = files;
        receipt.message = message.into();
        self.write(&path, &serde_json::to_string(&record).unwrap());
    }

    fn record(&mut self, ticket: &str, id: &str, record: &Record) {
        let path = format!(".tollgate/records/{ticket}/{id}.json");
        self.write(&path, &serde_json::to_string(record).unwrap());
        let read = &self.project.file(&path).unwrap().content;
        assert!(matches!(read, spec::Content::Record(_)), "the record was not read back");
    }

    /// A person decides over what is there.
    pub(crate) fn decide(&mut self, id: &str, verdict: Verdict) {
        self.decide_as(id, verdict, ReviewerKind::Human, "Ann <ann@shop>");
    }

    /// A person approves more money. Answers the record's content.
    pub(crate) fn raise(&mut self, raise: BudgetRaise) -> BlobId {
        self.records += 1;
        let record = format!("0000-{:04}", self.records);
        let decision = gate::decision(NewDecision {
            id: &record,
            time: "2026-11-20T09:30:00Z",
            ticket: "feat-1",
            workflow: "feature",
            workflow_blob: BlobId::of(b""),
            pass: "spec",
            attempt: 1,
            run: None,
            verdict: Verdict::Approved,
            reason: "",
            criteria: Vec::new(),
            subjects: vec![gate::budget_subject(&raise)],
            budget: Some(raise),
            reviewer_kind: ReviewerKind::Human,
            reviewer: "Ann <ann@shop>",
            generator: None,
            channel: "terminal",
            strength: Strength::Ui,
            supersedes: None,
        });
        self.record("feat-1", &record, &Record::Decision(Box::new(decision.unwrap())));
        BlobId::of(self.texts[&format!(".tollgate/records/feat-1/{record}.json")].as_bytes())
    }

    pub(crate) fn decide_as(&mut self, id: &str, verdict: Verdict, reviewer_kind: ReviewerKind, reviewer: &str) {
        let plan = self.plan();
        let pass = plan.passes.iter().find(|pass| pass.id == id).unwrap();
        self.records += 1;
        let record = format!("0000-{:04}", self.records);
        let decision = gate::decision(NewDecision {
            id: &record,
            time: "2026-11-20T09:30:00Z",
            ticket: &plan.ticket.id,
            workflow: plan.workflow.workflow.as_deref().unwrap(),
            workflow_blob: plan.workflow_file.as_ref().unwrap().blob.unwrap(),
            pass: id,
            attempt: pass.attempt,
            run: pass.run.as_deref(),
            verdict,
            reason: "because of the rounding",
            criteria: Vec::new(),
            budget: None,
            reviewer_kind,
            reviewer,
            generator: None,
            channel: "terminal",
            strength: Strength::Ui,
            subjects: pass.gate.as_ref().unwrap().subjects.clone(),
            supersedes: None,
        });
        self.record(&plan.ticket.id, &record, &Record::Decision(Box::new(decision.unwrap())));
    }
}

/// A small repository: a document with a human gate, code with checks and a reviewing agent, documents behind it.
pub(crate) const SHOP: &str = r#"//- .tollgate/config.yaml
schema_version: 1
project: {id: shop}
tiers:
  light: [{harness: claude, model: haiku}]
  standard: [{harness: claude, model: sonnet}, {harness: codex, model: gpt-5.5}]
  deep: [{harness: claude, model: opus}]
budgets:
  - {scope: project, period: month, limit_usd: 100}
  - {scope: ticket, limit_usd: 10}
//- .tollgate/agents/specifier.md
---
schema_version: 1
name: specifier
category: specifier
---
You write specifications.
//- .tollgate/agents/implementer.md
---
schema_version: 1
name: implementer
category: implementer
tier: deep
---
You write code.
//- .tollgate/agents/critic.md
---
schema_version: 1
name: critic
category: verifier
---
You look for mistakes.
//- .tollgate/workflows/feature.md
---
schema_version: 1
name: feature
version: "1.0.0"
ticket: {types: [feature]}
inputs:
  scope: {type: string, default: full, enum: [full, backend-only]}
defaults: {tier: standard}
passes:
  - id: spec
    kind: spec
    agent: specifier
    inputs: [ticket, "docs/**/*.md", inputs.scope]
    outputs: [{id: spec, path: "specs/{{ticket.slug}}/spec.md"}]
    gate:
      reviewer: {type: human, from: ["@product"]}
      on_reject: retry
      max_iterations: 2
      escalation: {after: 2, to: "@leads"}
  - id: code
    kind: generation
    needs: [spec]
    agent: implementer
    inputs: [outputs.spec, "src/**"]
    outputs: [{id: patch, kind: diff, writes: ["src/**"]}]
    limits: {usd: 4}
    gate:
      verify:
        - {id: tests, command: "cargo test"}
        - {id: lint, command: "cargo clippy", allow_failure: true}
      reviewer: {type: agent, agent: critic, required: true}
  - id: docs
    kind: docs
    needs: [code]
    agent: specifier
    if: "{{ inputs.scope == 'full' }}"
    inputs: [outputs.patch]
    outputs: [{id: manual, kind: diff, writes: ["docs/**", "src/lib.rs"]}]
---
# Feature

## spec
Say what {{ticket.identifier}} wants.

### Gate
- [ ] AC-1 nothing is left open (check: absent "NEEDS CLARIFICATION" in outputs.spec)

## code
Write it.

## docs
Describe it.
//- .tollgate/tickets/feat-1.md
---
schema_version: 1
id: feat-1
title: "Gift wrapping"
status: In Progress
type: feature
assignee: ["@ann"]
---
## Description
Customers want wrapping.
//- docs/orders.md
Orders.
//- src/lib.rs
fn main() {}
"#;
