//! `tollgate gate`: runs the verify commands of a pass over the work tree as it is and lets the gate's agent review it, or
//! records a person's decision.
//!
//! `--json` prints `{"schema_version": 1, "ticket", "pass", "state", "results": [check result], "findings": [finding],
//! "review": null or {"run", "agent", "state", "cost", "decision", "required", "taken"}}`.
//! Exit codes: 0 nothing was found against it, 1 something was or no ticket is current, 2 an error, 3 the root is not trusted, 4 a budget says no.

use anyhow::bail;
use clap::Subcommand;
use delivery::plan::ReviewPlan;
use delivery::prompt::visible;
use findings::Finding;
use runner::gate::Gated;
use runner::gates::Checked;
use runner::process::{Cancel, Unwatched};
use runner::raise::Stopped;
use runner::run::review::Reviewable;
use runner::run::{Event, RunError};
use runner::world::Site;
use spec::record::{CheckResult, GateState, Verdict};
use std::path::PathBuf;
use std::process::ExitCode;
use store::Sqlite;
use text::LineIndex;

/// Run the checks of a gate over the work tree, or decide on it
#[derive(clap::Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    decision: Option<Decision>,
    /// The ticket (default: the current one)
    #[arg(value_name = "TICKET")]
    ticket: Option<String>,
    /// The pass (default: the first whose gate waits)
    #[arg(long, value_name = "ID")]
    pass: Option<String>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Let the gate's agent review without asking
    #[arg(long, short)]
    yes: bool,
    /// Trust exactly this launch plan with its words, for jobs without a person
    #[arg(long, value_name = "sha256:…")]
    trust_plan: Option<String>,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Let the gate's agent review as the run of this id, told as lines of JSON (used by the language server itself)
    #[arg(long, value_name = "RUN", hide = true)]
    supervise: Option<String>,
}

#[derive(Subcommand, Debug)]
enum Decision {
    /// Let the work through the gate
    Approve(Choice),
    /// Send the work back
    Reject(Choice),
}

#[derive(clap::Args, Debug)]
struct Choice {
    /// The ticket
    ticket: String,
    /// The pass
    pass: String,
    /// Why; needed to reject
    #[arg(long, default_value = "")]
    reason: String,
    /// Approve so many dollars more for the budget that stops the pass
    #[arg(long, value_name = "AMOUNT")]
    usd: Option<String>,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.decision {
        Some(Decision::Approve(choice)) => decide(&choice, Verdict::Approved),
        Some(Decision::Reject(choice)) => decide(&choice, Verdict::Rejected),
        None => check(&args),
    }
}

fn decide(choice: &Choice, verdict: Verdict) -> anyhow::Result<ExitCode> {
    if runner::gate::under_a_run() {
        super::note_refusal(choice.root.as_deref(), "gate decision", "a run cannot decide on its own gate");
        bail!("a run cannot decide on its own gate");
    }
    if !super::ask::has_terminal() {
        super::note_refusal(choice.root.as_deref(), "gate decision", "there is no person in a terminal");
        bail!("a decision is a person's: it is made in a terminal or in the editor");
    }
    if verdict == Verdict::Rejected && choice.reason.trim().is_empty() {
        bail!("a rejection needs a reason: --reason WHY");
    }
    let (mut site, store) = super::run::open(choice.root.as_deref())?;
    super::run::current_ticket(&mut site, "gate", Some(&choice.ticket))?.map_err(anyhow::Error::msg)?;
    if let Some(stopped) = Stopped::find(&mut site, &store, &choice.ticket, Some(&choice.pass))? {
        return raise(choice, verdict, &site, &stopped);
    }
    if choice.usd.is_some() {
        bail!(visible(&format!("no budget stops pass `{}`", choice.pass)));
    }
    let gated = Gated::find(&mut site, &store, &choice.ticket, Some(&choice.pass))?;
    let pass = gated.pass();
    if !pass.state.wants_person() {
        let why = pass.why.first().map(|why| format!(": {why}")).unwrap_or_default();
        bail!(visible(&format!(
            "the gate of `{}` does not wait for a person: it {}{why}",
            pass.id,
            pass.state.clause()
        )));
    }
    // what the decision is over, before it is recorded
    super::print(&visible(gated.question().trim_end()));
    if site.user.signing.as_deref().is_some_and(runner::signing::must_be_touched) {
        super::note("touch your key to sign the decision");
    }
    let path = gated.decide(&site, verdict, &choice.reason, "terminal")?;
    super::print(&format!("{}: recorded in {path}", runner::run::word(&verdict)));
    let after = Gated::find(&mut site, &store, &choice.ticket, Some(&choice.pass))?;
    super::note(&visible(&format!("next: {}", after.next())));
    Ok(ExitCode::SUCCESS)
}

/// Lets a pass that a budget stops spend more.
fn raise(choice: &Choice, verdict: Verdict, site: &Site, stopped: &Stopped) -> anyhow::Result<ExitCode> {
    let objection = stopped.objection();
    if verdict != Verdict::Approved {
        bail!("{objection}; money that nobody approves needs no decision");
    }
    let needed = objection.needs().to_string();
    let Some(amount) = &choice.usd else {
        if let Some(why) = stopped.barred(site) {
            bail!("{objection}; {why}");
        }
        bail!("{objection}; `--usd {}` approves what one run needs", needed.trim_start_matches('$'));
    };
    let Some(more) = spec::Usd::parse(amount.trim_start_matches('$')) else {
        bail!(visible(&format!("`{amount}` is not an amount of dollars, such as 2.50")));
    };
    let path = stopped.approve(site, more, &choice.reason, "terminal")?;
    super::print(&format!("approved {}, recorded in {path}", stopped.words(more)));
    Ok(ExitCode::SUCCESS)
}

fn check(args: &Args) -> anyhow::Result<ExitCode> {
    let (mut site, store) = super::run::open(args.root.as_deref())?;
    let ticket = match super::run::current_ticket(&mut site, "gate", args.ticket.as_deref())? {
        Ok(ticket) => ticket,
        Err(why) => {
            super::note(&format!("tollgate: {why}"));
            return Ok(ExitCode::FAILURE);
        }
    };
    let gated = Gated::find(&mut site, &store, &ticket, args.pass.as_deref())?;
    if let Some(run) = &args.supervise {
        return Ok(supervise(run, &mut site, &store, &gated));
    }
    match look(args, &mut site, &store, &gated) {
        Err(error @ (RunError::Untrusted(_) | RunError::Unseen(_))) => {
            super::note(&format!("tollgate: {error}"));
            Ok(ExitCode::from(3))
        }
        Err(RunError::Refused(why)) => {
            super::note(&format!("tollgate: {why}"));
            Ok(ExitCode::from(4))
        }
        other => Ok(other?),
    }
}

/// Checks, and the agent's review where the gate asks for one and somebody says yes to its cost.
fn look(args: &Args, site: &mut Site, store: &Sqlite, gated: &Gated) -> Result<ExitCode, RunError> {
    let trust_plan = args.trust_plan.as_deref();
    let reviewable = gated.reviewable(site, store, trust_plan)?;
    let mut checked = checked(site, gated, reviewable.as_ref(), trust_plan)?;
    if !args.json {
        show(site, &checked.results, &checked.findings);
    }
    let state = runner::verify::state(&checked.results);
    let mut review = serde_json::Value::Null;
    let good = matches!(state, GateState::Passed | GateState::Warned);
    let wanted = reviewable.filter(|_| good);
    if let Some(wanted) = &wanted
        && let Some(plan) = wanted.review()
        && agreed(args, wanted, plan)
    {
        let mut tell = |event: &Event| {
            if !args.json {
                super::note(&visible(&event.words()));
            }
        };
        let reviewed = runner::run::review::review(site, store, wanted, &Cancel::default(), &mut tell)?;
        let taken = runner::run::review::take_reviewed(site, wanted, &reviewed)?;
        if !args.json {
            show(site, std::slice::from_ref(&reviewed.result), &reviewed.findings);
            taken.iter().for_each(|words| super::print(words));
        }
        review = serde_json::json!({
            "run": reviewed.run, "agent": plan.agent, "state": reviewed.result.state, "cost": reviewed.cost,
            "decision": reviewed.decision, "required": reviewed.required, "taken": taken,
        });
        let mut result = reviewed.result.clone();
        if reviewed.lets_pass() && result.state != GateState::Passed {
            result.state = GateState::Warned;
        }
        checked.results.push(result);
        checked.findings.extend(reviewed.findings);
    }
    let state = runner::verify::state(&checked.results);
    if args.json {
        let document = serde_json::json!({
            "schema_version": 1, "ticket": checked.ticket, "pass": checked.pass, "state": state,
            "results": checked.results, "findings": checked.findings, "review": review,
        });
        super::print(&format!("{document:#}"));
    } else {
        super::print(&format!("gate of {} · {}: {}", checked.ticket, checked.pass, word(state)));
    }
    let good = matches!(state, GateState::Passed | GateState::Warned);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the checks say of what is about to be reviewed: of a change that is judged before it is taken, what they said of it.
fn checked(
    site: &Site,
    gated: &Gated,
    reviewable: Option<&Reviewable>,
    trust_plan: Option<&str>,
) -> Result<Checked, RunError> {
    let kept = reviewable.and_then(Reviewable::kept_run);
    let mut checked = match kept.and_then(|run| gated.checked_in(site, run)) {
        Some(checked) => checked,
        None => gated.check(site, trust_plan, &Cancel::default(), &mut Unwatched, &mut |_| {})?,
    };
    // a review that came to nothing is about to be asked for again
    let asked = reviewable.and_then(Reviewable::review).map(|plan| delivery::review::check_id(&plan.agent));
    checked.results.retain(|result| Some(&result.id) != asked.as_ref());
    checked.findings.retain(|finding| Some(&finding.check) != asked.as_ref());
    Ok(checked)
}

/// The review alone, agreed to in an editor, in a process that outlives it. The last line is `review_ended` with the state
/// of the gate's automatic part and a sentence, or `refused_to_start`.
fn supervise(run: &str, site: &mut Site, store: &Sqlite, gated: &Gated) -> ExitCode {
    let tell = |line: &serde_json::Value| super::print(&super::run::line(line));
    match review_alone(run, site, store, gated) {
        Ok((good, message)) => {
            tell(&serde_json::json!({"event": "review_ended", "good": good, "message": message}));
            if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            tell(&serde_json::json!({"event": "refused_to_start", "message": error.to_string()}));
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing stands against going on, and what there is to say.
fn review_alone(run: &str, site: &mut Site, store: &Sqlite, gated: &Gated) -> Result<(bool, String), RunError> {
    if runner::gate::below_a_run() {
        return Err(RunError::NotRunnable("a run cannot have its own work reviewed".to_owned()));
    }
    let missing = gated.reviewable(site, store, None)?.map(|wanted| wanted.as_run(run.to_owned()));
    let wanted = missing.ok_or_else(|| RunError::NotRunnable("no review is missing any more".to_owned()))?;
    let checked = checked(site, gated, Some(&wanted), None)?;
    if let Some(what) = crate::workbench::failing(&checked.results) {
        return Err(RunError::NotRunnable(format!("it is not reviewed: {what}")));
    }
    let mut tell = |event: &Event| super::print(&super::run::line(event));
    let reviewed = runner::run::review::review(site, store, &wanted, &Cancel::default(), &mut tell)?;
    let taken = runner::run::review::take_reviewed(site, &wanted, &reviewed)?;
    let taken = taken.map(|words| format!("; {words}")).unwrap_or_default();
    Ok((reviewed.lets_pass(), format!("{}{taken}", reviewed.result.message)))
}

fn show(site: &Site, results: &[CheckResult], findings: &[Finding]) {
    for result in results {
        super::print(&format!("{}: {}, {}", result.id, word(result.state), result.message));
    }
    for finding in findings {
        super::print(&format!("  {}", delivery::prompt::one_line(&finding_words(site, finding), 300)));
    }
}

/// Whether the agent may be asked: it costs money.
fn agreed(args: &Args, wanted: &Reviewable, plan: &ReviewPlan) -> bool {
    if let Some(why) = wanted.barred() {
        super::note(&format!("the review of {} is missing: {why}; a person decides instead", plan.agent));
        return false;
    }
    let Some(choice) = plan.route.as_ref().and_then(|route| route.choice.as_ref()) else { return false };
    let words = format!("{} with {}, {}", plan.agent, choice.shown(), plan.cost_words());
    if runner::gate::under_a_run() {
        super::note("a run cannot have its own work reviewed");
        return false;
    }
    if args.yes {
        return true;
    }
    if args.json || !super::ask::has_terminal() {
        super::note(&format!("the review of {words} is missing: say --yes, or decide with `tollgate gate approve`"));
        return false;
    }
    let what =
        wanted.kept_run().map_or("what is in the work tree".to_owned(), |run| format!("the change of run {run}"));
    super::ask::ask(&format!("Let {words} review {what}?")).unwrap_or(false)
}

/// `path:line:column: severity: message [rule] (check)`, as compilers write it, so that terminals and editors can jump there.
pub(super) fn finding_words(site: &Site, finding: &Finding) -> String {
    let place = finding.place.as_ref().map(|place| {
        let text = site.root.read_text(&place.path).unwrap_or_default();
        match place.find(&findings::Current::new(&text)) {
            Some((span, _)) => {
                let (line, column) = super::check::place(&LineIndex::new(&text), &text, span.start as usize);
                format!("{}:{line}:{column}: ", place.path)
            }
            None => format!("{}: ", place.path),
        }
    });
    let severity = match finding.severity {
        findings::Severity::Error => "error",
        findings::Severity::Warning => "warning",
        findings::Severity::Information => "info",
    };
    let rule = finding.rule.as_ref().map(|rule| format!(" [{rule}]")).unwrap_or_default();
    format!("{}{severity}: {}{rule} ({})", place.unwrap_or_default(), finding.message, finding.check)
}

fn word(state: GateState) -> &'static str {
    match state {
        GateState::Passed => "passed",
        GateState::Warned => "passed with warnings",
        GateState::Failed => "failed",
        GateState::Pending => "pending",
        GateState::Error => "error",
    }
}
