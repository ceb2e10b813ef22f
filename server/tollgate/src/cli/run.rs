//! `tollgate run`: the next pass of a ticket, shown with its cost, confirmed, run.
//!
//! The process that is called shows and asks; the run itself is supervised by a second one in a session of its own. The
//! pipe between them is the run's lifeline: Ctrl-C or a closed terminal ends the first, the second sees the pipe close and
//! ends the run politely, with its cost booked. `--detach` leaves it running.
//!
//! `--json` prints one object per line (`runner::run::Event`, with `schema_version` 1): `started`, `phase`, `text`, `tool`,
//! `refused`, `spent`, `check`, and at last `ended`; or only `detached` or `refused_to_start`. Exit codes: 0 the pass did its work, 1 it did not or nothing can be run, 2 an error, 3 the
//! root is not trusted, 4 a budget or a resource says no.

use anyhow::{Context, bail};
use delivery::plan::PassPlan;
use delivery::ticket::{self, Explicit};
use delivery::words::Unseen;
use runner::gate::Gated;
use runner::gates::Gates;
use runner::process::{Cancel, start_supervisor};
use runner::raise::Stopped;
use runner::recover::recover;
use runner::run::{Event, Ready, Request, RunError, prepare, word};
use runner::world::Site;
use spec::record::Outcome;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use store::{Sqlite, Store};

/// Findings of a failed gate that are shown after a run.
const MOST_FINDINGS: usize = 20;

/// Run the next pass of a ticket
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The ticket (default: the current one, by branch or by what is in progress)
    #[arg(value_name = "TICKET")]
    ticket: Option<String>,
    /// The pass (default: the next one)
    #[arg(long, value_name = "ID")]
    pass: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Print events as one JSON object per line
    #[arg(long)]
    json: bool,
    /// Trust exactly this launch plan with its words, for jobs without a person
    #[arg(long, value_name = "sha256:…")]
    trust_plan: Option<String>,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Start it and do not wait for its end
    #[arg(long)]
    detach: bool,
    /// Supervise the run of this id (used by `tollgate run` itself)
    #[arg(long, value_name = "RUN", hide = true)]
    supervise: Option<String>,
    /// A person was asked and said yes (used by `tollgate run` itself)
    #[arg(long, hide = true, requires = "supervise")]
    confirmed: bool,
}

/// Runs the subcommand.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let supervises = args.supervise.is_some() && !runner::gate::below_a_run();
    if runner::gate::under_a_run() && !supervises {
        super::note_refusal(args.root.as_deref(), "run", "a run cannot start another run");
        bail!("a run cannot start another run");
    }
    let (mut site, store) = open(args.root.as_deref())?;
    if args.supervise.is_none() {
        for lost in recover(&site.home, &store)? {
            let became = match &lost.outcome {
                Ok(outcome) => format!("was recorded as {}", word(outcome)),
                Err(why) => format!("cannot be finished yet: {why}"),
            };
            say(&format!("run {} had lost its supervisor and {became}", lost.run));
        }
    }
    let ticket = match current_ticket(&mut site, "run", args.ticket.as_deref())? {
        Ok(ticket) => ticket,
        Err(why) => return refused(&args, RunError::NotRunnable(why)),
    };
    let request = Request {
        ticket,
        pass: args.pass.clone(),
        run: args.supervise.clone(),
        trust_plan: args.trust_plan.clone(),
        by_person: args.confirmed,
        ..Request::default()
    };
    let ready = loop {
        match prepare(&mut site, &store, request.clone()) {
            Ok(ready) => break ready,
            Err(RunError::Unseen(unseen)) if !args.yes && args.supervise.is_none() => {
                if !shown(&site, &unseen)? {
                    say("nothing was started");
                    return Ok(ExitCode::from(3));
                }
            }
            Err(error) if more_was_approved(&args, &mut site, &store, &request, &error)? => {}
            Err(error) => {
                let by_money = matches!(error, RunError::Refused(_)) && !args.json;
                let code = refused(&args, error)?;
                if by_money {
                    say_who_may_approve(&mut site, &store, &request)?;
                }
                return Ok(code);
            }
        }
    };
    if args.supervise.is_some() {
        return supervise(&args, &site, &store, &ready);
    }
    if !args.yes && !confirmed(&site, &ready)? {
        say("nothing was started");
        return Ok(ExitCode::FAILURE);
    }
    start(&args, &mut site, &store, &ready)
}

/// The site and the ledger of a command.
pub(super) fn open(root: Option<&std::path::Path>) -> anyhow::Result<(Site, Sqlite)> {
    let home = super::home()?;
    let root = super::find_root(root)?;
    let store = Sqlite::open(&home.state)?;
    let site = Site::open(home, &root)?;
    for problem in &site.user.problems {
        say(problem);
    }
    Ok((site, store))
}

/// The ticket that is meant, or why none is. A named one that does not exist is an error.
pub(super) fn current_ticket(
    site: &mut Site,
    command: &str,
    named: Option<&str>,
) -> anyhow::Result<Result<String, String>> {
    let project = site.project()?;
    let named = named.map(|named| (Explicit::CommandLine, named.to_owned()));
    let resolution = ticket::resolve(&project, &site.hints(named.clone()));
    let why = || super::no_ticket(command, &project, &resolution, named.is_some());
    match resolution.ticket.clone() {
        None if named.is_some() => bail!(why()),
        found => Ok(found.ok_or_else(why)),
    }
}

/// Says why nothing runs.
pub(super) fn refused(args: &Args, error: RunError) -> anyhow::Result<ExitCode> {
    let code = match &error {
        RunError::NotRunnable(_) | RunError::Changed(_) => 1,
        RunError::Untrusted(_) | RunError::Unseen(_) => {
            super::note_refusal(args.root.as_deref(), "run", &error.to_string());
            3
        }
        RunError::Refused(_) => 4,
        _ => return Err(error.into()),
    };
    if args.json {
        super::print(&line(&serde_json::json!({"event": "refused_to_start", "message": error.to_string()})));
    } else {
        say(&error.to_string());
    }
    Ok(ExitCode::from(code))
}

/// One event as a line of JSON.
pub(super) fn line(event: &impl serde::Serialize) -> String {
    let mut event = serde_json::to_value(event).unwrap_or_default();
    event["schema_version"] = serde_json::json!(1);
    event.to_string()
}

/// Offers to approve what a budget has no room for; true when a person did.
fn more_was_approved(
    args: &Args,
    site: &mut Site,
    store: &Sqlite,
    request: &Request,
    error: &RunError,
) -> anyhow::Result<bool> {
    let silent = args.json || args.yes || args.supervise.is_some() || !super::ask::has_terminal();
    if silent || !matches!(error, RunError::Refused(_)) {
        return Ok(false);
    }
    let Some(stopped) = Stopped::find(site, store, &request.ticket, request.pass.as_deref())? else { return Ok(false) };
    let more = stopped.objection().needs();
    if stopped.barred(site).is_some() {
        return Ok(false);
    }
    if !super::ask::ask(&format!("{}\nApprove {}?", stopped.objection(), stopped.words(more)))? {
        return Ok(false);
    }
    say(&format!("recorded in {}", stopped.approve(site, more, "", "terminal")?));
    Ok(true)
}

/// Says what a person can do about a budget that stops a pass.
fn say_who_may_approve(site: &mut Site, store: &Sqlite, request: &Request) -> anyhow::Result<()> {
    let Some(stopped) = Stopped::find(site, store, &request.ticket, request.pass.as_deref())? else { return Ok(()) };
    let (ticket, pass, more) = (&request.ticket, stopped.pass(), stopped.objection().needs().to_string());
    let how = || {
        format!(
            "a person may approve more: tollgate gate approve {ticket} {pass} --usd {}",
            more.trim_start_matches('$')
        )
    };
    say(&stopped.barred(site).unwrap_or_else(how));
    Ok(())
}

/// Runs the pass, ends it when whoever started it is gone.
fn supervise(args: &Args, site: &Site, store: &dyn Store, ready: &Ready) -> anyhow::Result<ExitCode> {
    let cancel = Cancel::default();
    if !args.detach {
        let wish = cancel.clone();
        std::thread::spawn(move || {
            // nothing is ever written there; the end of the pipe is what is waited for
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            wish.cancel();
        });
    }
    let mut tell = |event: &Event| super::print(&line(event));
    match runner::run::run(site, store, ready, &cancel, &mut tell) {
        Ok(Event::Ended { outcome, .. }) => Ok(code(outcome)),
        Ok(_) => Ok(ExitCode::FAILURE),
        Err(error) => refused(args, error),
    }
}

/// Starts the supervisor and shows what it tells.
fn start(args: &Args, site: &mut Site, store: &Sqlite, ready: &Ready) -> anyhow::Result<ExitCode> {
    let run = uuid::Uuid::now_v7().to_string();
    let root = site.repository();
    let ticket = &ready.plan.ticket.id;
    let pass = &ready.pass().id;
    let mut arguments: Vec<String> =
        ["run", "--json", "--yes", "--supervise", &run, "--root", &root, "--pass", pass].map(str::to_owned).to_vec();
    if let Some(plan) = &args.trust_plan {
        arguments.extend(["--trust-plan".to_owned(), plan.clone()]);
    }
    if args.detach {
        arguments.push("--detach".to_owned());
    }
    if !args.yes {
        arguments.push("--confirmed".to_owned());
    }
    arguments.extend(["--".to_owned(), ticket.clone()]);
    let mut child = start_supervisor(&run, &arguments, !args.detach)?;
    let output = child.stdout.take().context("the supervisor has no output")?;
    let mut ended = None;
    let mut refusal = None;
    for line in BufReader::new(output).lines() {
        let line = line?;
        if args.detach && matches!(serde_json::from_str(&line), Ok(Event::Started { .. })) {
            detached(args, &run, ready);
            return Ok(ExitCode::SUCCESS);
        }
        if args.json {
            super::print(&line);
        }
        match serde_json::from_str::<Event>(&line) {
            Ok(event) => {
                if !args.json {
                    say(&event.words());
                }
                if matches!(event, Event::Ended { .. }) {
                    ended = Some(event);
                }
            }
            Err(_) => refusal = serde_json::from_str::<serde_json::Value>(&line).ok(),
        }
    }
    let status = child.wait()?;
    match (ended, refusal) {
        (Some(Event::Ended { outcome, applied, .. }), _) => {
            if !args.json {
                afterwards(site, store, (ticket, pass, &run), outcome, applied);
            }
            Ok(code(outcome))
        }
        (_, Some(refusal)) => {
            if !args.json {
                say(refusal["message"].as_str().unwrap_or("it was refused"));
            }
            Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(2)).unwrap_or(2)))
        }
        (_, None) => bail!("the supervisor of run {run} ended without a word; `tollgate run` finishes what it left"),
    }
}

/// Says that a run goes on by itself, and how it is watched and ended.
fn detached(args: &Args, run: &str, ready: &Ready) {
    if args.json {
        super::print(&line(&serde_json::json!({"event": "detached", "run": run})));
        return;
    }
    super::print(&format!(
        "run {run} was started: {} of {}",
        visible(&ready.pass().id),
        visible(&ready.plan.ticket.id)
    ));
    say(&format!("  watch it  tollgate log --follow {run}\n  end it    tollgate cancel {run}"));
}

/// What a person can do after a run.
fn afterwards(site: &mut Site, store: &Sqlite, named: (&str, &str, &str), outcome: Outcome, applied: bool) {
    let (ticket, pass, run) = named;
    match outcome {
        Outcome::Ok => {
            // a pass without a gate has nothing more to say
            let Ok(gated) = Gated::find(site, store, ticket, Some(pass)) else { return };
            if gated.pass().state.wants_person() {
                let reject = format!("tollgate gate reject {ticket} {pass} --reason WHY");
                say(&format!(
                    "its gate waits for you: tollgate gate approve {ticket} {pass}\n                    or: {reject}"
                ));
            } else {
                say(&format!("next: {}", gated.next()));
            }
        }
        Outcome::GateFailed if !applied => {
            let checked = Gates::read(&site.home, &site.root).results;
            let checked = checked.iter().find(|checked| checked.run.as_deref() == Some(run));
            for finding in checked.iter().flat_map(|checked| &checked.findings).take(MOST_FINDINGS) {
                let words = super::gate::finding_words(site, finding);
                say(&format!("  {}", delivery::prompt::one_line(&words, 300)));
            }
            say(&format!("the change is kept; tollgate apply {run} takes it all the same"));
        }
        _ => say(&format!("all of it: tollgate log {run}")),
    }
}

/// Shows words that this user has not seen, and asks; a yes is remembered. False without a person in front of it.
fn shown(site: &Site, unseen: &[Unseen]) -> anyhow::Result<bool> {
    if !super::ask::has_person() {
        say(&RunError::Unseen(unseen.to_vec()).to_string());
        return Ok(false);
    }
    for unseen in unseen {
        super::print(&unseen.markdown());
    }
    if !super::ask::ask("Let an agent be told exactly this?")? {
        return Ok(false);
    }
    site.see(unseen.iter().map(|unseen| (unseen.key.clone(), &unseen.words)))?;
    Ok(true)
}

/// Shows what would start, and asks.
fn confirmed(site: &Site, ready: &Ready) -> anyhow::Result<bool> {
    let takes: String = ready.would_take(site).iter().map(|path| format!("  takes   {path}\n")).collect();
    super::ask::confirmed(&format!("{}\n{takes}Start it?", summary(&ready.plan.ticket.id, ready.pass())))
}

fn summary(ticket: &str, pass: &PassPlan) -> String {
    let choice = pass.route.as_ref().and_then(|route| route.choice.as_ref());
    let with = choice.map_or_else(|| pass.argv.join(" "), delivery::route::Candidate::shown);
    let writes =
        if pass.write_scope.allowed.is_empty() { "nothing".to_owned() } else { pass.write_scope.allowed.join(", ") };
    let models = choice.is_some_and(|choice| !choice.is_command());
    let money = if models { format!("stops at {}", pass.cap) } else { "costs nothing".to_owned() };
    format!("Pass {} of {ticket} ({})\n  with    {with}\n  writes  {writes}\n  {money}", pass.id, pass.state.word())
}

pub(super) fn visible(words: &str) -> String {
    delivery::prompt::visible(words)
}

fn say(words: &str) {
    // a closed standard error is no reason to fail; text from agents is one line without control characters already
    let _ = writeln!(std::io::stderr(), "{}", visible(words));
}

fn code(outcome: Outcome) -> ExitCode {
    if outcome == Outcome::Ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
