//! The state of a pass and why.
//!
//! A pass is done when a run's result is in force (or a person took responsibility for what is there instead), it was
//! made from what is there now, and its gate is closed over exactly these contents. What the pass itself wrote, and
//! what passes behind it wrote later, is no change of its inputs: work that was built on it does not undo it. A file
//! counts for the run that wrote it last.

use super::{Ended, GatePlan, Named, PassState, Planner, ReviewPlan};
use crate::agent::ResolvedAgent;
use crate::attest::Weighed;
use crate::budget;
use crate::cache::{self, Ingredients};
use crate::gate::{self, Evidence, GateVerdict, OutputText, Part, PlacedGate, Waiting};
use crate::prompt::one_line;
use crate::route::Route;
use crate::settings::Settings;
use spec::Usd;
use spec::model::{OnReject, PassType};
use spec::record::{CheckResult, FileId, GateState, Outcome, Receipt, Verdict};
use std::collections::{BTreeMap, BTreeSet};
use text::BlobId;

/// Attempts without `max_iterations`.
const TRIES: u32 = 3;
/// What brings a missing review.
const HOW_TO_REVIEW: &str = "`tollgate gate` runs it, or a person decides instead";
/// Changes that are named one by one.
const NAMED_CHANGES: usize = 5;

/// A pass with what was resolved for it.
pub(super) struct Work<'p, 'a> {
    pub(super) named: Named<'a>,
    pub(super) agent: Option<&'p ResolvedAgent>,
    pub(super) settings: &'p Settings,
    pub(super) task: &'p str,
    pub(super) inputs: &'p [FileId],
    pub(super) values: &'p [(String, String)],
    pub(super) route: Option<&'p Route>,
}

/// What was found out about a pass.
pub(super) struct Found {
    pub(super) state: PassState,
    pub(super) why: Vec<String>,
    pub(super) cache_key: Option<String>,
    pub(super) run: Option<String>,
    pub(super) attempt: u32,
    pub(super) tries: (u32, u32),
    pub(super) from_scratch: bool,
    pub(super) gate: Option<GatePlan>,
    pub(super) findings: Vec<String>,
    pub(super) over: Option<budget::Objection>,
}

/// How a run's result stands in the work tree.
enum Result {
    /// All of it is there, or was built upon.
    InForce,
    /// These files are not as the run left them.
    Edited(Vec<String>),
    /// The files are as they were before the run: its change was kept and not taken.
    NotTaken,
}

/// A run's result, judged.
struct Judged<'a> {
    receipt: &'a Receipt,
    result: Result,
    /// What it was made from and has changed; empty when it still holds.
    changes: Vec<String>,
}

/// State and reasons.
type Answer = (PassState, Vec<String>);

fn answer(state: PassState, why: impl Into<String>) -> Answer {
    (state, vec![why.into()])
}

impl<'a> Planner<'a> {
    pub(super) fn state(
        &self,
        work: &Work<'_, 'a>,
        gate: Option<&PlacedGate<'a>>,
        before: &BTreeMap<&str, Ended>,
        missing: &[String],
        problems: &[String],
    ) -> Found {
        let own: Vec<&Receipt> = self.receipts.iter().copied().filter(|r| r.pass == work.named.id).collect();
        let judged = own.iter().rev().find(|receipt| made_something(receipt)).map(|receipt| self.judge(work, receipt));
        let gate_plan = gate.map(|placed| self.gate_plan(work, placed, judged.as_ref()));
        let tries = (self.tries(work, &own), most_tries(gate));
        let key = self.key(work, None);
        let mut run = judged.as_ref().map(|judged| judged.receipt.run.clone());
        let last = own.last().copied().filter(|last| !matches!(last.outcome, Outcome::Ok));
        let mut answer = self.early(work, before, problems).unwrap_or_else(|| {
            let found = self.late(work, gate, gate_plan.as_ref(), judged.as_ref(), last, tries);
            let found = self.behind_needs(work, before, found);
            self.may_run(work, gate, gate_plan.as_ref(), found, missing)
        });
        if !work.named.pass.cache_off
            && matches!(answer.0, PassState::Ready | PassState::Stale | PassState::StoppedByBudget)
            && let Some(hit) = self.hit(&own, &key)
        {
            answer = (PassState::Cached, vec![format!("run {} did this from the same inputs", hit.run)]);
            run = Some(hit.run.clone());
        }
        if let Some(running) = self.running(work) {
            run = Some(running.run.clone());
        }
        let failing = matches!(answer.0, PassState::Failed { .. });
        let verdict = gate_plan.as_ref().map(|gate| &gate.verdict);
        let over = (answer.0 == PassState::StoppedByBudget).then(|| self.objection(work)).flatten();
        Found {
            findings: if failing { self.findings(own.last().copied(), verdict) } else { Vec::new() },
            from_scratch: failing && on_reject(gate) == Some(OnReject::Rework),
            state: answer.0,
            why: answer.1,
            cache_key: (!work.named.pass.cache_off).then_some(key),
            run,
            attempt: own.iter().map(|receipt| receipt.attempt).max().unwrap_or(0).saturating_add(1),
            tries,
            gate: gate_plan,
            over,
        }
    }

    /// The run that works on the pass now.
    fn running(&self, work: &Work<'_, 'a>) -> Option<&crate::world::RunningRun> {
        self.world.running.iter().find(|run| run.ticket == self.ticket.0 && run.pass == work.named.id)
    }

    /// What decides before any result is looked at.
    fn early(&self, work: &Work<'_, 'a>, before: &BTreeMap<&str, Ended>, problems: &[String]) -> Option<Answer> {
        if let Some(run) = self.running(work) {
            let state = PassState::Running { phase: run.phase.clone(), spent: run.spent };
            return Some(answer(state, format!("run {} is {}", run.run, one_line(&run.phase, 40))));
        }
        match self.condition(work.named.pass, before) {
            Ok(true) => {}
            Ok(false) => return Some(answer(PassState::Skipped, "its condition does not hold")),
            Err((why, by)) => return Some(answer(PassState::Blocked { by: by.into_iter().collect() }, why)),
        }
        (!problems.is_empty()).then(|| (PassState::Blocked { by: Vec::new() }, problems.to_vec()))
    }

    /// What results and gate say, as if nothing stood before the pass.
    fn late(
        &self,
        work: &Work<'_, 'a>,
        gate: Option<&PlacedGate<'a>>,
        gate_plan: Option<&GatePlan>,
        judged: Option<&Judged<'_>>,
        last: Option<&Receipt>,
        tries: (u32, u32),
    ) -> Answer {
        let verdict = gate_plan.map(|gate| &gate.verdict);
        let closed = verdict.is_none_or(GateVerdict::closed);
        if work.named.pass.pass_type == PassType::Gate {
            return match verdict {
                Some(verdict) if !closed => open_gate(verdict, gate, tries, false),
                _ => answer(PassState::Done, "its gate is closed"),
            };
        }
        let Some(judged) = judged else {
            if let Some(verdict) = verdict.filter(|verdict| closed && verdict.approved) {
                return answer(PassState::Done, by_hand(verdict));
            }
            return match last {
                Some(last) => broken(last, tries),
                None => answer(PassState::Ready, "it has not been run"),
            };
        };
        if !judged.changes.is_empty() {
            let mut why = vec![format!("{}, since run {}", judged.changes[0], judged.receipt.run)];
            why.extend_from_slice(&judged.changes[1..]);
            return (PassState::Stale, why);
        }
        let run = &judged.receipt.run;
        match &judged.result {
            Result::InForce => match verdict {
                Some(verdict) if !closed => open_gate(verdict, gate, tries, true),
                Some(verdict) if verdict.state == GateState::Warned => {
                    answer(PassState::Done, format!("run {run} did it; its gate closed with a warning"))
                }
                Some(_) => answer(PassState::Done, format!("run {run} did it and its gate is closed")),
                None => answer(PassState::Done, format!("run {run} did it")),
            },
            Result::Edited(paths) => {
                let edited = format!("{} is not as run {run} left it", list(paths));
                match (verdict, gate_plan) {
                    (Some(verdict), _) if closed && verdict.approved => answer(PassState::Done, by_hand(verdict)),
                    (Some(_), Some(plan)) if closed && self.loose(work, &plan.files).is_some() => {
                        answer(PassState::Done, "its checks hold over what is in the work tree")
                    }
                    (Some(verdict), _) if !closed => {
                        let (state, mut why) = open_gate(verdict, gate, tries, true);
                        why.push(edited);
                        (state, why)
                    }
                    _ => answer(PassState::Stale, edited),
                }
            }
            Result::NotTaken => match (verdict.and_then(|verdict| verdict.rejected.as_deref()), judged.receipt.outcome)
            {
                // an agent reviews before the change is taken; a person where they work
                (None, Outcome::Ok) if verdict.is_some_and(waits_for_agent) => match verdict {
                    Some(verdict) => open_gate(verdict, gate, tries, true),
                    None => answer(PassState::Ready, "it has not been run"),
                },
                (Some(reason), _) => failed(vec![format!("it was rejected: {}", one_line(reason, 200))], gate, tries),
                (None, Outcome::Ok) => {
                    answer(PassState::Cached, format!("the change of run {run} is kept and not taken yet"))
                }
                _ => failed(vec![one_line(&judged.receipt.message, 200)], gate, tries),
            },
        }
    }

    /// Nothing counts before what it needs is closed.
    fn behind_needs(&self, work: &Work<'_, 'a>, before: &BTreeMap<&str, Ended>, found: Answer) -> Answer {
        let needs = work.named.pass.needs.iter().map(|need| need.value.as_str());
        let open: Vec<String> =
            needs.filter(|need| !before.get(need).is_some_and(|ended| ended.closed)).map(str::to_owned).collect();
        if open.is_empty() {
            return found;
        }
        let mut why =
            vec![format!("it waits for {}", open.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", "))];
        if found.0 != PassState::Ready {
            why.push(format!("by itself it would be {}", found.0.word()));
            why.extend(found.1);
        }
        (PassState::Blocked { by: open }, why)
    }

    /// What a pass that would run still needs: inputs, a harness, money.
    fn may_run(
        &self,
        work: &Work<'_, 'a>,
        gate: Option<&PlacedGate<'a>>,
        gate_plan: Option<&GatePlan>,
        found: Answer,
        missing: &[String],
    ) -> Answer {
        if !found.0.is_runnable() || found.0 == PassState::Cached {
            return found;
        }
        let blocked = |why: String| (PassState::Blocked { by: Vec::new() }, [vec![why], found.1.clone()].concat());
        if let Some(first) = missing.first() {
            let more = missing.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            return blocked(format!("its input {} is not there{more}", one_line(first, 120)));
        }
        if let Some(route) = work.route.filter(|route| route.choice.is_none()) {
            let reasons = route.rejected.iter().map(|passed| format!("{}: {}", passed.candidate.shown(), passed.why));
            let mut why = vec![format!("no harness can do it: {}", route.why.last().cloned().unwrap_or_default())];
            why.extend(reasons);
            return (PassState::Blocked { by: Vec::new() }, why);
        }
        // before money is spent on what its reviewer may not judge
        let required = gate.and_then(|placed| placed.gate.reviewer.as_ref()).is_some_and(|reviewer| reviewer.required);
        let review = gate_plan.and_then(|gate| gate.reviewer.as_ref()).filter(|_| required);
        if let Some((review, why)) = review.and_then(|review| Some((review, review.dependent.as_ref()?))) {
            let maker = work.agent.map_or("this pass", |agent| agent.name.as_str());
            return blocked(format!("`{}` may not review the work of `{maker}`: {why}", one_line(&review.agent, 60)));
        }
        match self.admit(work) {
            budget::Decision::Refuse(objection) => answer(PassState::StoppedByBudget, objection.to_string()),
            budget::Decision::Grant { warnings } => {
                (found.0, found.1.into_iter().chain(warnings.iter().map(ToString::to_string)).collect())
            }
        }
    }

    fn admit(&self, work: &Work<'_, 'a>) -> budget::Decision {
        let cap = work.route.map_or(Usd::ZERO, |route| route.cap(work.settings.usd.value));
        budget::admit(&self.limits(work.named.id), &self.world.money, cap)
    }

    /// The budget that stands against the pass.
    fn objection(&self, work: &Work<'_, 'a>) -> Option<budget::Objection> {
        match self.admit(work) {
            budget::Decision::Refuse(objection) => Some(objection),
            budget::Decision::Grant { .. } => None,
        }
    }

    /// How often the present work was tried: runs from the newest back, as long as the workflow and the inputs (but for
    /// what the pass itself writes) are those of now. Stopped and lost runs do not count.
    fn tries(&self, work: &Work<'_, 'a>, own: &[&Receipt]) -> u32 {
        let written = |path: &str| own.iter().any(|receipt| receipt.outputs.iter().any(|file| file.path == path));
        let outside = |files: &[FileId]| {
            let mut files: Vec<FileId> = files.iter().filter(|file| !written(&file.path)).cloned().collect();
            files.sort();
            files
        };
        let present = outside(work.inputs);
        let same = |receipt: &&&Receipt| {
            receipt.workflow_blob == self.workflow.0.blob() && outside(&receipt.inputs) == present
        };
        let counted = |receipt: &&&Receipt| !matches!(receipt.outcome, Outcome::Cancelled | Outcome::Lost);
        let count = own.iter().rev().take_while(same).filter(counted).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// An earlier run that did the same and was not sent back.
    fn hit<'r>(&self, own: &[&'r Receipt], key: &str) -> Option<&'r Receipt> {
        let rejected = |run: &str| {
            self.decisions
                .iter()
                .map(|weighed| &weighed.decision.predicate)
                .any(|made| made.run.as_deref() == Some(run) && made.decision == Verdict::Rejected)
        };
        let fits =
            |receipt: &&&Receipt| receipt.outcome == Outcome::Ok && receipt.cache_key == key && !rejected(&receipt.run);
        own.iter().rev().find(fits).copied()
    }

    /// Compares a run's result and its inputs with what is there.
    fn judge(&self, work: &Work<'_, 'a>, receipt: &'a Receipt) -> Judged<'a> {
        let before = |path: &str| receipt.inputs.iter().find(|file| file.path == path).and_then(|file| file.blob);
        let mut differing = Vec::new();
        let mut taken = false;
        for file in &receipt.outputs {
            let present = self.world.files.get(&file.path).copied();
            if present == file.blob || self.built_upon(receipt, &file.path, present) {
                taken = taken || present != before(&file.path);
            } else {
                differing.push((file.path.clone(), present == before(&file.path)));
            }
        }
        for output in self.outputs.plans(work.named.id, &self.world.files) {
            let Some(path) = output.path.filter(|_| output.required && output.blob.is_none()) else { continue };
            if !differing.iter().any(|(known, _)| *known == path) {
                differing.push((path, false));
            }
        }
        let result = if differing.is_empty() {
            Result::InForce
        } else if !taken && differing.iter().all(|(_, untouched)| *untouched) {
            Result::NotTaken
        } else {
            Result::Edited(differing.into_iter().map(|(path, _)| path).collect())
        };
        Judged { receipt, result, changes: self.changes(work, receipt) }
    }

    /// True when a later run of a pass that stands behind this one left the file as it is.
    fn built_upon(&self, receipt: &Receipt, path: &str, present: Option<BlobId>) -> bool {
        let mut made = self.runs_behind(receipt).flat_map(|later| &later.outputs);
        made.any(|file| file.path == path && file.blob == present)
    }

    /// Later runs of passes that stand behind the pass of this run.
    fn runs_behind<'r>(&'r self, receipt: &'r Receipt) -> impl Iterator<Item = &'r Receipt> {
        let behind = |pass: &str| self.ancestors.get(pass).is_some_and(|needs| needs.contains(receipt.pass.as_str()));
        let later = self.receipts.iter().copied().rev().take_while(|later| later.run != receipt.run);
        later.filter(move |later| made_something(later) && behind(&later.pass))
    }

    /// The files as this run found them, but for what others have changed since. A file that the run or one behind it
    /// wrote is judged as that run's output, whatever became of it, and not as a changed input.
    fn as_found(&self, receipt: &Receipt, files: &[FileId]) -> Vec<FileId> {
        let written: BTreeSet<&str> = self
            .runs_behind(receipt)
            .chain([receipt])
            .flat_map(|run| run.outputs.iter().map(|file| file.path.as_str()))
            .collect();
        let others = files.iter().filter(|file| !written.contains(file.path.as_str()));
        others.chain(receipt.inputs.iter().filter(|file| written.contains(file.path.as_str()))).cloned().collect()
    }

    /// What the cache looks at: the inputs, or the files that `cache.key` names instead.
    fn keyed_files(&self, work: &Work<'_, 'a>) -> Vec<FileId> {
        let globs = &work.named.pass.cache_key;
        if globs.is_empty() {
            return work.inputs.to_vec();
        }
        let (mut files, mut missing, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for glob in globs {
            if glob.value == "ticket" {
                files.push(self.ticket_input());
            } else {
                self.glob_input(&glob.value, &mut files, &mut missing, &mut problems);
            }
        }
        // a file that is not there, or a glob that is none, is part of what was looked at
        files.extend(missing.into_iter().chain(problems).map(|path| FileId { path, blob: None }));
        files
    }

    /// The cache key now, or as it would be had the run and those behind it not happened.
    fn key(&self, work: &Work<'_, 'a>, receipt: Option<&Receipt>) -> String {
        let files = self.keyed_files(work);
        cache::key(&Ingredients {
            inputs: receipt.map_or_else(|| files.clone(), |receipt| self.as_found(receipt, &files)),
            values: work.values.iter().cloned().collect(),
            task: work.task.to_owned(),
            agent: work.agent.map(|agent| agent.instructions.clone()).unwrap_or_default(),
            tier: work.settings.tier.value.clone(),
            model: work.settings.model.as_ref().map(|model| model.value.clone()),
        })
    }

    /// What a run was made from and has changed since, as sentences; empty when nothing has.
    fn changes(&self, work: &Work<'_, 'a>, receipt: &Receipt) -> Vec<String> {
        if work.named.pass.cache_off || self.key(work, Some(receipt)) == receipt.cache_key {
            return Vec::new();
        }
        let mut changes = Vec::new();
        if work.named.pass.cache_key.is_empty() {
            let present = self.as_found(receipt, work.inputs);
            for file in &present {
                match receipt.inputs.iter().find(|old| old.path == file.path) {
                    None => changes.push(format!("input {} is new", shown(&file.path))),
                    Some(old) if old.blob != file.blob => {
                        changes.push(format!("input {} has changed", shown(&file.path)))
                    }
                    Some(_) => {}
                }
            }
            let gone = receipt.inputs.iter().filter(|old| !present.iter().any(|file| file.path == old.path));
            changes.extend(gone.map(|old| format!("input {} is gone", shown(&old.path))));
        }
        if receipt.agent.as_deref() != work.agent.map(|agent| agent.name.as_str()) {
            changes.push("another agent does it now".to_owned());
        }
        if changes.is_empty() {
            let narrowed = !work.named.pass.cache_key.is_empty();
            let files = if narrowed { "the files of its `cache.key`, " } else { "" };
            changes.push(format!("{files}its task, its agent's instructions, its tier or a value has changed"));
        }
        let more = changes.len().saturating_sub(NAMED_CHANGES);
        if more > 0 {
            changes.truncate(NAMED_CHANGES);
            changes.push(format!("and {more} more"));
        }
        changes
    }

    /// The files a gate judges: what the pass wrote, as it is now.
    fn judged_files(&self, work: &Work<'_, 'a>, judged: Option<&Judged<'_>>) -> Vec<FileId> {
        if work.named.pass.pass_type == PassType::Gate {
            return work.inputs.to_vec();
        }
        let mut files: BTreeMap<String, Option<BlobId>> = BTreeMap::new();
        for output in self.outputs.plans(work.named.id, &self.world.files) {
            if let (Some(path), Some(blob)) = (output.path, output.blob) {
                files.insert(path, Some(blob));
            }
        }
        if let Some(judged) = judged {
            for file in &judged.receipt.outputs {
                let present = self.world.files.get(&file.path).copied();
                let kept =
                    matches!(judged.result, Result::NotTaken) || self.built_upon(judged.receipt, &file.path, present);
                files.insert(file.path.clone(), if kept { file.blob } else { present });
            }
        }
        files.into_iter().map(|(path, blob)| FileId { path, blob }).collect()
    }

    /// Results of verify commands that were run over exactly these files without a run.
    fn loose(&self, work: &Work<'_, 'a>, files: &[FileId]) -> Option<&[CheckResult]> {
        let sorted = |files: &[FileId]| {
            let mut files = files.to_vec();
            files.sort();
            files
        };
        let files = sorted(files);
        let here = |checks: &&crate::world::LooseChecks| {
            checks.ticket == self.ticket.0 && checks.pass == work.named.id && sorted(&checks.subjects) == files
        };
        self.world.checks.iter().rev().find(here).map(|checks| checks.results.as_slice())
    }

    fn gate_plan(&self, work: &Work<'_, 'a>, placed: &PlacedGate<'a>, judged: Option<&Judged<'_>>) -> GatePlan {
        let workflow = self.workflow.1.name.as_ref().map_or("", |name| name.value.as_str());
        let files = self.judged_files(work, judged);
        let mut subjects = gate::subjects(workflow, work.named.id, placed.gate, &files);
        let lost = self.lost(&work.named, placed.gate);
        subjects.extend(lost.as_ref().map(|lost| lost.subject(workflow, work.named.id)));
        let strength = self.strength(&work.named, placed.gate);
        let review = self.review(placed, work);
        let verdict = if files.is_empty() && judged.is_none() && work.named.pass.pass_type != PassType::Gate {
            gate::open(placed.gate)
        } else {
            let mut checks: Vec<CheckResult> = match judged {
                Some(Judged { receipt, result: Result::InForce | Result::NotTaken, .. }) => receipt.checks.clone(),
                _ => Vec::new(),
            };
            checks.extend_from_slice(self.loose(work, &files).unwrap_or_default());
            let of_pass = |weighed: &&Weighed<'_>| weighed.decision.predicate.pass == work.named.id;
            let decisions: Vec<Weighed<'_>> = self.decisions.iter().filter(of_pass).cloned().collect();
            gate::verdict(&Evidence {
                gate: placed.gate,
                checks: &checks,
                text: &|output| self.output_text(output),
                subjects: &subjects,
                decisions: &decisions,
                strength,
                lost: lost.as_ref(),
                generator: work.agent,
                dependent: review.as_ref().and_then(|review: &ReviewPlan| review.dependent.clone()),
                broken: self.broken_review(work, &files),
            })
        };
        GatePlan {
            verdict,
            path: placed.file.path.clone(),
            verify: placed
                .gate
                .verify
                .iter()
                .filter_map(|verify| verify.id.as_ref())
                .map(|id| id.value.clone())
                .collect(),
            reviewer: review,
            strength,
            subjects,
            files,
        }
    }

    /// What the last review of exactly these files said, where it came to nothing.
    fn broken_review(&self, work: &Work<'_, 'a>, files: &[FileId]) -> Option<&'a str> {
        let sorted = |files: &[FileId]| {
            let mut files = files.to_vec();
            files.sort();
            files
        };
        let files = sorted(files);
        let of_these = |review: &&&Receipt| review.pass == work.named.id && sorted(&review.inputs) == files;
        let last = self.reviews.iter().rev().find(of_these)?;
        (!matches!(last.outcome, Outcome::Ok | Outcome::GateFailed)).then_some(last.message.as_str())
    }

    fn output_text(&self, output: &str) -> OutputText<'_> {
        let Some(path) = self.outputs.path(output) else { return OutputText::Unknown };
        if !self.world.files.contains_key(path) {
            return OutputText::Absent;
        }
        self.world.texts.get(path).map_or(OutputText::Unread, |text| OutputText::Is(text))
    }

    /// What the next attempt should know.
    fn findings(&self, last: Option<&Receipt>, verdict: Option<&GateVerdict>) -> Vec<String> {
        let mut findings = Vec::new();
        if let Some(last) = last {
            if last.outcome != Outcome::Ok {
                findings.push(last.message.clone());
            }
            findings.extend(self.world.findings.get(&last.run).cloned().unwrap_or_default());
        }
        let bad = |part: &&Part| matches!(part.state, GateState::Failed | GateState::Error);
        findings.extend(
            verdict.iter().flat_map(|v| v.parts.iter().filter(bad)).map(|p| format!("{}: {}", p.id, p.message)),
        );
        findings.extend(
            verdict.and_then(|verdict| verdict.rejected.clone()).map(|why| format!("the reviewer said: {why}")),
        );
        findings.dedup();
        findings
    }
}

/// Runs that left something to judge.
fn made_something(receipt: &Receipt) -> bool {
    matches!(receipt.outcome, Outcome::Ok | Outcome::GateFailed)
}

fn shown(path: &str) -> String {
    match path.strip_prefix("ticket:") {
        Some(id) => format!("ticket {}", one_line(id, 60)),
        None => one_line(path, 120),
    }
}

fn list(paths: &[String]) -> String {
    let first: Vec<String> = paths.iter().take(3).map(|path| one_line(path, 120)).collect();
    let more = paths.len().saturating_sub(3);
    if more > 0 { format!("{} and {more} more", first.join(", ")) } else { first.join(", ") }
}

fn by_hand(verdict: &GateVerdict) -> String {
    let who = verdict.parts.iter().rev().find(|part| part.kind == gate::PartKind::Reviewer);
    let said = who.map_or("a person approved", |part| part.message.as_str());
    format!("what is there was {said}")
}

/// True for a gate whose next word is an agent's.
fn waits_for_agent(verdict: &GateVerdict) -> bool {
    broken_review(verdict).is_some() || matches!(verdict.waiting, Some(Waiting::Agent { .. }))
}

/// The agent's part, where its review came to nothing and nothing else is worse.
fn broken_review(verdict: &GateVerdict) -> Option<&Part> {
    let broken: Vec<&Part> = verdict.parts.iter().filter(|part| part.state == GateState::Error).collect();
    let failed = verdict.parts.iter().any(|part| part.state == GateState::Failed);
    broken.first().copied().filter(|_| !failed && broken.iter().all(|part| part.kind == gate::PartKind::Reviewer))
}

fn on_reject(gate: Option<&PlacedGate<'_>>) -> Option<OnReject> {
    gate?.on_reject
}

fn escalated_to(gate: Option<&PlacedGate<'_>>) -> Option<String> {
    let to = gate?.gate.escalation.as_ref()?.to.as_ref()?;
    Some(one_line(&to.value, 80))
}

fn most_tries(gate: Option<&PlacedGate<'_>>) -> u32 {
    let bound = gate.and_then(|placed| placed.gate.max_iterations.as_ref()).map(|most| most.value);
    let after = gate.and_then(|placed| placed.gate.escalation.as_ref()?.after.as_ref()).map(|after| after.value);
    bound.into_iter().chain(after).min().unwrap_or(TRIES).max(1)
}

/// A gate that is not closed. `made` is false for a pass that runs nothing, which cannot be tried again.
fn open_gate(verdict: &GateVerdict, gate: Option<&PlacedGate<'_>>, tries: (u32, u32), made: bool) -> Answer {
    let reasons = |state: GateState| -> Vec<String> {
        verdict
            .parts
            .iter()
            .filter(|part| part.state == state)
            .map(|part| format!("{}: {}", part.id, part.message))
            .collect()
    };
    match verdict.state {
        GateState::Error
            if verdict.parts.iter().any(|p| p.state == GateState::Error && p.kind == gate::PartKind::Verify) =>
        {
            // the work may be right: the checker is what has to be tried again
            (PassState::WaitingForChecks, [vec!["a check broke".to_owned()], reasons(GateState::Error)].concat())
        }
        GateState::Error if broken_review(verdict).is_some() => {
            let agent = broken_review(verdict).map(|part| part.id.clone()).unwrap_or_default();
            let why = reasons(GateState::Error).into_iter().chain([HOW_TO_REVIEW.to_owned()]).collect();
            (PassState::WaitingForReview { agent }, why)
        }
        GateState::Failed | GateState::Error => {
            let reasons = [reasons(GateState::Error), reasons(GateState::Failed)].concat();
            if made { failed(reasons, gate, tries) } else { (PassState::Failed { again: false }, reasons) }
        }
        _ => {
            let (state, who) = match &verdict.waiting {
                Some(Waiting::Checks) => {
                    (PassState::WaitingForChecks, "its checks have not run over what is there".to_owned())
                }
                Some(Waiting::Agent { agent }) => {
                    let who = format!("the review of `{agent}` is missing: {HOW_TO_REVIEW}");
                    (PassState::WaitingForReview { agent: agent.clone() }, who)
                }
                Some(Waiting::Human { from }) if !from.is_empty() => {
                    (PassState::WaitingForHuman, format!("{} must decide", one_line(&from.join(", "), 120)))
                }
                Some(Waiting::Human { .. }) | None => (PassState::WaitingForHuman, "a person must decide".to_owned()),
            };
            (state, [vec![who], verdict.void.clone()].concat())
        }
    }
}

/// Work that was judged and sent back.
fn failed(reasons: Vec<String>, gate: Option<&PlacedGate<'_>>, (tries, most): (u32, u32)) -> Answer {
    let say = |first: String| [vec![first], reasons.clone()].concat();
    match on_reject(gate).unwrap_or(OnReject::Retry) {
        OnReject::Retry | OnReject::Rework if tries < most => (
            PassState::Failed { again: true },
            say(format!("attempt {} of {most} may follow", tries.saturating_add(1))),
        ),
        OnReject::Retry | OnReject::Rework => match escalated_to(gate) {
            Some(to) => {
                let tries = if tries == 1 { "1 attempt".to_owned() } else { format!("{tries} attempts") };
                (PassState::WaitingForHuman, say(format!("after {tries} {to} must decide")))
            }
            None => (PassState::Failed { again: false }, say(format!("all {most} attempts are used"))),
        },
        OnReject::Abort => (PassState::Failed { again: false }, say("its gate says that the ticket stops".to_owned())),
        OnReject::Skip => (PassState::Skipped, say("its gate failed and lets the work go on without it".to_owned())),
        OnReject::Escalate => {
            let to = escalated_to(gate).unwrap_or_else(|| "a person".to_owned());
            (PassState::WaitingForHuman, say(format!("its gate failed and {to} must decide")))
        }
    }
}

/// A run that broke or was stopped before there was anything to judge.
fn broken(last: &Receipt, (tries, most): (u32, u32)) -> Answer {
    let again = tries < most;
    let bound = if again {
        format!("attempt {} of {most} may follow", tries.saturating_add(1))
    } else {
        format!("all {most} attempts are used")
    };
    (PassState::Failed { again }, vec![format!("run {}: {}", last.run, one_line(&last.message, 200)), bound])
}
