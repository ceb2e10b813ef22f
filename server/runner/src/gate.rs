//! Gates without a run: the verify commands of a pass over the work tree as it is, and the decision of a person.

use crate::decided::{self, Seen};
use crate::gates::{Checked, Gates};
use crate::process::{Cancel, Watch};
use crate::run::RunError;
use crate::run::only_seen_words;
use crate::run::review::Reviewable;
use crate::sweep;
use crate::trust;
use crate::verify::{self, Bench};
use crate::world::{Site, now};
use delivery::gate::{NewDecision, decision};
use delivery::launch::LaunchPlan;
use delivery::plan::{PassPlan, PassState, Plan, plan};
use delivery::world::Overrides;
use spec::Project;
use spec::model::Gate;
use spec::record::{CheckResult, FileId, ReviewerKind, Strength, Verdict};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::Store;
use text::BlobId;

/// A pass with a gate, found in the plan of its ticket.
pub struct Gated {
    project: Project,
    plan: Plan,
    at: usize,
    launch: Arc<LaunchPlan>,
    seen: Seen,
}

impl Gated {
    /// Plans the ticket and finds the pass: the named one, else the first whose gate waits, else the next, else the first
    /// that is not done: its checks can be looked at even where no agent is installed that could do it.
    pub fn find(site: &mut Site, store: &dyn Store, ticket: &str, pass: Option<&str>) -> Result<Gated, RunError> {
        let project = site.project()?;
        let world = site.world(&project, Some(store), ticket, Overrides::default())?;
        let plan = plan(&project, ticket, &world);
        let launch = site.launch_plan(&project, &world);
        let waits = |pass: &PassPlan| matches!(pass.state, PassState::WaitingForChecks) || pass.state.wants_person();
        let at = match pass {
            Some(named) => plan.passes.iter().position(|pass| pass.id == named),
            None => plan
                .passes
                .iter()
                .position(waits)
                .or_else(|| plan.passes.iter().position(|pass| Some(&pass.id) == plan.next.pass.as_ref()))
                .or_else(|| plan.passes.iter().position(|pass| !pass.state.is_closed() && pass.gate.is_some())),
        };
        match at {
            Some(at) if plan.passes[at].gate.is_some() => {
                let seen = Seen::of(&project, ticket, world.base);
                Ok(Gated { project, plan, at, launch, seen })
            }
            Some(at) => Err(RunError::NotRunnable(format!("pass `{}` has no gate", plan.passes[at].id))),
            None => Err(RunError::NotRunnable(match pass {
                Some(pass) => format!("ticket `{ticket}` has no pass `{pass}`"),
                None => plan.next.why.clone(),
            })),
        }
    }

    /// The pass.
    pub fn pass(&self) -> &PassPlan {
        &self.plan.passes[self.at]
    }

    /// What the ticket comes to next, in a sentence.
    pub fn next(&self) -> &str {
        &self.plan.next.why
    }

    /// What a person decides on, for a terminal.
    pub fn question(&self) -> String {
        let criteria = self.gate().map_or(&[][..], |gate| &gate.criteria);
        delivery::explain::gate_text(&self.plan, self.pass(), criteria)
    }

    fn gate(&self) -> Option<&Gate> {
        let (file, workflow) = self.project.workflow(self.plan.workflow.workflow.as_deref()?)?;
        let id = &self.pass().id;
        let pass = workflow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|own| own.value == *id))?;
        Some(delivery::gate::of_pass(&self.project, file, pass).ok()??.gate)
    }

    /// Runs the verify commands in the work tree and keeps what they say for editors.
    pub fn check(
        &self,
        site: &Site,
        trust_plan: Option<&str>,
        cancel: &Cancel,
        watch: &mut dyn Watch,
        told: &mut dyn FnMut(&CheckResult),
    ) -> Result<Checked, RunError> {
        let trusted = trust::check(&site.home, &self.launch, trust_plan).map_err(RunError::Untrusted)?;
        let Some(gate) = self.gate() else { return Err(RunError::NotRunnable("it has no gate".to_owned())) };
        let run = uuid::Uuid::now_v7().to_string();
        let folder = site.home.run(&run);
        let pass = self.pass();
        let names = BTreeMap::from([
            ("TOLLGATE_TICKET_ID".to_owned(), self.plan.ticket.id.clone()),
            ("TOLLGATE_PASS".to_owned(), pass.id.clone()),
            ("TOLLGATE_WORKFLOW".to_owned(), self.plan.workflow.workflow.clone().unwrap_or_default()),
        ]);
        let bench = Bench {
            home: &site.home,
            tree: &site.root,
            user: &site.root,
            installed: &[],
            run: &run,
            folder: &folder,
            names: &names,
        };
        let checked = verify::verify(&trusted, &bench, gate, cancel, watch, told);
        // only the result is kept
        let _ = std::fs::remove_dir_all(&folder);
        let (results, findings) = checked?;
        let checked = Checked {
            ticket: self.plan.ticket.id.clone(),
            pass: pass.id.clone(),
            run: None,
            time: now(),
            subjects: pass.gate.as_ref().map(|gate| present(site, &gate.files)).unwrap_or_default(),
            results,
            findings,
        };
        Gates::put(&site.home, &site.root, checked.clone())?;
        Ok(checked)
    }

    /// What the agent of its gate has to judge, where it asks one and has not heard it.
    pub fn reviewable(
        &self,
        site: &mut Site,
        store: &dyn Store,
        trust_plan: Option<&str>,
    ) -> Result<Option<Reviewable>, RunError> {
        let trusted = trust::check(&site.home, &self.launch, trust_plan).map_err(RunError::Untrusted)?;
        let place = (self.plan.ticket.id.as_str(), self.pass().id.as_str());
        let found = Reviewable::find(site, store, place, Overrides::default(), trusted)?;
        if found.is_some() {
            only_seen_words(site, &self.project, &self.launch, (&self.plan, &self.pass().id), trust_plan)?;
        }
        Ok(found)
    }

    /// What the checks said of the change of a run: it is judged as it was made, before it is taken.
    pub fn checked_in(&self, site: &Site, run: &str) -> Option<Checked> {
        Gates::read(&site.home, &site.root).results.into_iter().find(|checked| checked.run.as_deref() == Some(run))
    }

    /// Records a person's decision over the contents as they are now. Answers the record's path from the root.
    pub fn decide(&self, site: &Site, verdict: Verdict, reason: &str, channel: &str) -> Result<String, RunError> {
        if under_a_run() {
            return Err(RunError::Refused("a run cannot decide on its own gate".to_owned()));
        }
        let pass = self.pass();
        if pass.state.is_closed() {
            return Err(RunError::Refused(format!("the gate of pass `{}` is closed already", pass.id)));
        }
        let subjects = pass.gate.as_ref().map(|gate| gate.subjects.clone()).unwrap_or_default();
        let generator = pass.agent.as_deref().and_then(|name| delivery::agent::resolve(&self.project, name));
        let workflow_blob = self.plan.workflow_file.as_ref().and_then(|file| file.blob);
        let reviewer = decided::person();
        let (id, time) = (uuid::Uuid::now_v7().to_string(), now());
        let decision = decision(NewDecision {
            id: &id,
            time: &time,
            ticket: &self.plan.ticket.id,
            workflow: self.plan.workflow.workflow.as_deref().unwrap_or_default(),
            workflow_blob: workflow_blob.unwrap_or_else(|| BlobId::of(b"")),
            pass: &pass.id,
            attempt: pass.attempt.saturating_sub(1),
            run: pass.run.as_deref(),
            verdict,
            reason,
            criteria: Vec::new(),
            budget: None,
            reviewer_kind: ReviewerKind::Human,
            reviewer: &reviewer,
            generator: generator.as_ref(),
            channel,
            strength: decided::strength(site),
            subjects,
            supersedes: None,
        })
        .map_err(RunError::Refused)?;
        let asked = pass.gate.as_ref().map_or(Strength::Ui, |gate| gate.strength);
        decided::write(site, &self.seen, asked, decision)
    }
}

/// The files as they are in the work tree: where a change is kept and not taken, that is not what it would make of them.
fn present(site: &Site, files: &[FileId]) -> Vec<FileId> {
    let in_tree = |file: &FileId| match site.root.blob(&file.path) {
        Ok(blob) if !file.path.contains(':') => FileId { path: file.path.clone(), blob },
        _ => file.clone(),
    };
    files.iter().map(in_tree).collect()
}

/// True when a process above this one belongs to a run; its own marker, which a supervisor has, does not count.
pub fn below_a_run() -> bool {
    sweep::ancestor_carries_marker()
}

/// True when this process descends from a run, whatever it did to its own environment.
pub fn under_a_run() -> bool {
    std::env::var_os(sweep::RUN_MARKER).is_some() || sweep::ancestor_carries_marker()
}
