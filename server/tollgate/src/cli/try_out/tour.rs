//! The session itself: an editor opens the open bug of the sample, reviews what may run, checks the gate, has the bug
//! repaired, and a person approves. Everything that is printed comes from what the server answered; where an answer is
//! not what the story needs, the tour stops and says so.

use super::draw::{Frame, Paint, markdown, title};
use super::sample::TICKET;
use super::session::{SOON, Session};
use super::{Place, farewell, missing};
use crate::cli::print;
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::io::Read;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const FILE: &str = ".tollgate/tickets/bug-7.md";
const PASS: &str = "fix";
/// A run prepares, works, builds and tests.
const RUN: Duration = Duration::from_secs(10 * 60);

/// Plays it. Ends everything that was started when our standard input closes: whoever started us is gone then.
pub(super) fn run(place: &Place) -> anyhow::Result<ExitCode> {
    let paint = Paint::of_this_terminal();
    let missing = missing();
    print(&welcome(place, paint, &missing));
    let (session, begun) = Session::start(place)?;
    let leader = session.leader();
    std::thread::spawn(move || {
        // nothing is ever written there
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        leader.end();
        std::process::exit(130);
    });
    let mut tour = Tour { place, paint, session, step: 0, begun: Instant::now() };
    let outcome = tour.play(&begun);
    let took = tour.begun.elapsed().as_secs();
    let whole = outcome.is_ok() && missing.is_empty();
    match outcome {
        Ok(()) => tour.shown(took),
        Err(stop) => print(&format!("\n  {}", paint.red(&format!("The tour stops here: {stop:#}.")))),
    }
    for (name, without) in &missing {
        print(&format!("  {name} is not installed: {without}. With it the tour is whole."));
    }
    print(&format!("\n{}", farewell(place)));
    // a server that has left already needs no goodbye
    let _ = tour.session.leave();
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn welcome(place: &Place, paint: Paint, missing: &[(&str, &str)]) -> String {
    let mut text = format!(
        "{}\n\n\
         An editor session, played in this terminal: the real language server on a real repository.\n\
         Lenses, hints, signs, actions and plans are {}, drawn as an editor draws them.\n\n\
         \x20 the sample   {}\n\
         \x20              a web shop in Rust, with its tickets, workflows and agents, and one bug open\n\
         \x20 the agent    a recorded fix stands in for it, run as a plain command: no account, no network, no\n\
         \x20              cost. In your own repository it is the one you have: claude, codex or opencode\n\
         \x20 your things  are left alone: the tour keeps its ledger, trust and configuration beside the sample",
        paint.bold("Tollgate: EXPLAIN for AI work"),
        paint.cyan("what the server answers"),
        place.shop().display(),
    );
    for (name, without) in missing {
        text.push_str(&format!("\n\n  {}", paint.red(&format!("{name} is not installed: {without}."))));
    }
    text
}

struct Tour<'a> {
    place: &'a Place,
    paint: Paint,
    session: Session,
    step: usize,
    begun: Instant,
}

impl Tour<'_> {
    fn play(&mut self, begun: &Value) -> anyhow::Result<()> {
        self.ticket(begun)?;
        self.explain()?;
        self.trust()?;
        let (path, finding) = self.check()?;
        let action = self.actions(&path, &finding)?;
        self.launch(&action)?;
        self.repaired(&path)?;
        self.decide()?;
        self.money()
    }

    fn heading(&mut self, words: &str) {
        self.step += 1;
        print(&format!("\n{}", self.paint.bold(&format!("{}. {words}", self.step))));
    }

    fn say(&self, words: &str) {
        print(&format!("  {words}"));
    }

    /// The ticket as it is opened in a repository that nobody has trusted.
    fn ticket(&mut self, begun: &Value) -> anyhow::Result<()> {
        let version = begun.pointer("/serverInfo/version").and_then(Value::as_str).unwrap_or_default();
        self.heading("You open a ticket");
        let since = Instant::now();
        let text = self.session.open(FILE)?;
        let known = |session: &Session| session.status["ticket"]["id"] == TICKET;
        if !self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| known(session))? {
            bail!("the server does not see that {TICKET} is the current ticket");
        }
        let took = since.elapsed().as_millis();
        self.say(&format!("tollgate {version} has read the repository and planned its tickets after {took} ms."));
        self.head(&text, 18)?;
        self.status_line();
        Ok(())
    }

    /// The first lines of the ticket with everything that the server adds.
    fn head(&mut self, text: &str, lines: usize) -> anyhow::Result<()> {
        let lenses = self.lenses()?;
        let range = json!({"start": {"line": 0, "character": 0}, "end": {"line": lines, "character": 0}});
        let hints = self.session.about("textDocument/inlayHint", FILE, json!({ "range": range }))?;
        let found = self.session.diagnostics.get(FILE).cloned().unwrap_or_default();
        let mut hints = hints.as_array().cloned().unwrap_or_default();
        // an editor with lenses need not be told twice
        hints.retain(|hint| !lenses.iter().any(|lens| hint["label"] == title(lens)));
        let frame = Frame { path: FILE, text, lines: 0..lines, lenses: &lenses, hints: &hints, diagnostics: &found }
            .draw(self.paint);
        print(&format!("\n{frame}"));
        Ok(())
    }

    fn lenses(&mut self) -> anyhow::Result<Vec<Value>> {
        Ok(self.session.about("textDocument/codeLens", FILE, json!({}))?.as_array().cloned().unwrap_or_default())
    }

    fn status_line(&self) {
        let status = &self.session.status;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let money = match status["budget"].as_str() {
            Some(budget) => format!("{} of {budget}", word(&status["spent"])),
            None => word(&status["spent"]),
        };
        let ticket = status["ticket"]["id"].as_str().unwrap_or("no current ticket").to_owned();
        let next = status["next"]["pass"].as_str().map(|pass| format!("next: {pass}"));
        let parts: Vec<String> =
            [Some(ticket), next, Some(money), Some(word(&status["trust"]))].into_iter().flatten().collect();
        print(&format!("\n  status line  {}", self.paint.cyan(&parts.join("  |  "))));
        let rule = word(&status["ticket"]["rule"]);
        if !rule.is_empty() {
            self.say(&format!("             {TICKET} is the current ticket because {rule}"));
        }
    }

    /// The plan, as the pointer shows it.
    fn explain(&mut self) -> anyhow::Result<()> {
        self.heading("You point at the ticket's id: what would happen, and why");
        let text = self.session.disk(FILE)?;
        let line = text.lines().position(|line| line.starts_with("id:")).context("the ticket has no id")?;
        let place = json!({ "position": { "line": line, "character": 5 } });
        let hover = self.session.about("textDocument/hover", FILE, place)?;
        let shown = hover.pointer("/contents/value").and_then(Value::as_str).unwrap_or_default().to_owned();
        let explained = self.session.ask("tollgate/explain", json!({ "ticket": TICKET }))?;
        let plan = explained["markdown"].as_str().unwrap_or_default();
        let shown = if shown.lines().count() < plan.lines().count() { plan } else { &shown };
        if shown.is_empty() {
            bail!("the server has no plan of {TICKET}");
        }
        print(&markdown(shown, "  | "));
        Ok(())
    }

    /// What may run is shown in full and allowed once; before that, nothing runs.
    fn trust(&mut self) -> anyhow::Result<()> {
        self.heading("You try to run something in a repository that you have not reviewed");
        let root = self.place.shop().display().to_string();
        let wish = json!({"root": root, "ticket": TICKET, "pass": PASS});
        match self.session.command("tollgate.run", wish, &mut |_, _| Value::Null) {
            Err(refusal) => self.say(&format!("the server refuses: {}", self.paint.red(&format!("{refusal:#}")))),
            Ok(_) => bail!("an untrusted repository was allowed to run something"),
        }
        self.say("So you review the plan: everything that could ever be started here. The part that matters now:");
        let plan = self.session.ask("tollgate/trustPlan", json!({ "root": root }))?;
        let text = plan["markdown"].as_str().unwrap_or_default();
        print(&markdown(&short(&heart(text)), "  | "));
        let rest = text.lines().filter(|line| line.starts_with("### ")).count().saturating_sub(1);
        self.say(&format!("  and {rest} more passes, each as exact. Any change to it asks again."));
        let allowed = json!({"root": root, "hash": plan["hash"].as_str(), "nonce": plan["nonce"].as_str()});
        let state = self.session.ask("tollgate/trustAllow", allowed)?;
        let state = state["state"].as_str().unwrap_or_default().to_owned();
        self.say(&format!(
            "You allow exactly this; the server notes it, here in the sample's own state: {}",
            self.paint.green(&state)
        ));
        if !self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| session.status["trust"] == "reviewed")? {
            bail!("the plan was allowed but does not count as reviewed");
        }
        Ok(())
    }

    /// The gate on the work tree as it is. Answers the first finding and where it is.
    fn check(&mut self) -> anyhow::Result<(String, Value)> {
        let lens = self.lenses()?.into_iter().find(|lens| lens["command"]["command"] == "tollgate.gate");
        let lens = lens.context("the server offers no check of the gate")?;
        self.heading(&format!("You press the lens \"{}\": real checks on the work tree", title(&lens)));
        let since = Instant::now();
        let argument = lens["command"]["arguments"][0].clone();
        let state = self.session.command("tollgate.gate", argument, &mut |_, _| Value::Null)?;
        let state = state["state"].as_str().unwrap_or_default().to_owned();
        self.say(&format!("after {:.1} s the gate is {}", since.elapsed().as_secs_f32(), self.paint.red(&state)));
        let places = |session: &Session| -> Vec<(String, Value)> {
            let all = session.diagnostics.iter().flat_map(|(path, found)| found.iter().map(move |one| (path, one)));
            let found = all.filter(|(_, one)| one["code"] == "gate/finding");
            found.map(|(path, one)| (path.clone(), one.clone())).collect()
        };
        let in_source = |session: &Session| places(session).into_iter().find(|(path, _)| path.starts_with("src/"));
        self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| in_source(session).is_some())?;
        let Some((path, finding)) = in_source(&self.session) else {
            self.say(&self.paint.dim(&format!("$ tollgate gate {TICKET}")));
            let root = self.place.shop().display().to_string();
            let (_, said) = self.place.ourselves(&["gate", TICKET, "--pass", PASS, "--root", &root]).read()?;
            print(&markdown(&said, "  "));
            bail!("the check that finds the bug did not find it");
        };
        // the others come in the same breath
        let more = &mut |session: &Session| places(session).len() > 1;
        self.session.wait(Duration::from_millis(500), &mut |_, _| Value::Null, more)?;
        self.say("and what it found is marked at its place, in files that are not even open:");
        let text = self.session.open(&path)?;
        self.around(&path, &text, 3);
        for (other, _) in places(&self.session).into_iter().filter(|(other, _)| *other != path) {
            let text = self.session.disk(&other)?;
            self.around(&other, &text, 1);
        }
        Ok((path, finding))
    }

    /// Every diagnostic of a file with some lines around it.
    fn around(&self, path: &str, text: &str, lines: usize) {
        let found = self.session.diagnostics.get(path).cloned().unwrap_or_default();
        let at = |one: &Value| {
            one.pointer("/range/start/line").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok())
        };
        let (Some(first), Some(last)) = (found.iter().filter_map(at).min(), found.iter().filter_map(at).max()) else {
            return;
        };
        let lines = first.saturating_sub(lines)..last + lines + 1;
        let frame = Frame { path, text, lines, lenses: &[], hints: &[], diagnostics: &found }.draw(self.paint);
        print(&format!("\n{frame}"));
    }

    /// The actions on the finding's line. Answers the one that runs the pass.
    fn actions(&mut self, path: &str, finding: &Value) -> anyhow::Result<Value> {
        self.heading("You ask for the actions on that line");
        let wish = json!({"range": finding["range"], "context": { "diagnostics": [] }});
        let actions = self.session.about("textDocument/codeAction", path, wish)?;
        let actions = actions.as_array().cloned().unwrap_or_default();
        for action in &actions {
            self.say(&format!("  > {}", self.paint.cyan(&action_title(action))));
        }
        let run = actions.into_iter().find(|action| action["command"]["command"] == "tollgate.run");
        run.context("the server offers no pass to run")
    }

    /// The pass, confirmed once, with what it tells.
    fn launch(&mut self, action: &Value) -> anyhow::Result<()> {
        self.heading(&format!("You choose \"{}\"", action_title(action)));
        let paint = self.paint;
        let argument = action["command"]["arguments"][0].clone();
        let answer = self.session.command("tollgate.run", argument, &mut |method, params| {
            if method != "window/showMessageRequest" {
                return Value::Null;
            }
            let buttons = params["actions"].as_array().cloned().unwrap_or_default();
            let titles: Vec<String> = buttons.iter().map(|button| format!("[{}]", title(button))).collect();
            let message = params["message"].as_str().unwrap_or_default();
            print(&format!("  the server asks: {}  {}", paint.cyan(message), titles.join(" ")));
            let run = buttons.into_iter().find(|button| button["title"] == "Run").unwrap_or_default();
            print(&format!("  you answer:      {}", paint.bold(&title(&run))));
            run
        })?;
        let run = answer["run"].as_str().context("the server did not start the run")?.to_owned();
        self.say("It works in a clone of its own, not in your files:");
        self.follow(&run)?;
        if !self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| waits(session))? {
            bail!("the run has ended, but its gate does not wait for a person");
        }
        self.told(&run)
    }

    /// Progress of a run until its end.
    fn follow(&mut self, run: &str) -> anyhow::Result<()> {
        let (since, paint) = (Instant::now(), self.paint);
        let (mut before, mut ended, mut trouble) = (String::new(), false, None);
        {
            let done = std::cell::Cell::new(false);
            let mut listen = |method: &str, params: &Value| {
                if method == "window/showMessage" && params["type"].as_u64().is_some_and(|kind| kind <= 2) {
                    trouble = params["message"].as_str().map(str::to_owned);
                }
                if method == "$/progress" && params["token"] == run {
                    let value = &params["value"];
                    let message = value["message"].as_str().unwrap_or_default();
                    if !message.is_empty() && message != before {
                        let time = format!("{:>5.1} s", since.elapsed().as_secs_f32());
                        print(&format!("    {}  {}", paint.dim(&time), paint.cyan(message)));
                        before = message.to_owned();
                    }
                    done.set(done.get() || value["kind"] == "end");
                }
                Value::Null
            };
            ended |= self.session.wait(RUN, &mut listen, &mut |_| done.get())?;
        }
        if !ended {
            bail!("the run did not end");
        }
        let time = format!("{:>5.1} s", since.elapsed().as_secs_f32());
        match trouble {
            Some(words) => bail!("{words}"),
            None => print(&format!("    {}  ended", self.paint.dim(&time))),
        }
        Ok(())
    }

    /// The run's log, as an editor opens it.
    fn told(&mut self, run: &str) -> anyhow::Result<()> {
        let log = self.session.ask("tollgate/runLog", json!({ "run": run }))?;
        self.say("Its log, of the agent and of the gate's checks over what it did:");
        for line in log["text"].as_str().unwrap_or_default().lines() {
            print(&format!("    {}", self.paint.cyan(&delivery::prompt::one_line(line, 96))));
        }
        Ok(())
    }

    /// The finding is gone from the file, which the editor reads again.
    fn repaired(&mut self, path: &str) -> anyhow::Result<()> {
        self.heading("The change is in your work tree");
        let (before, after) = self.session.reload(path)?;
        print(&format!("  {}", self.paint.bold(path)));
        let only = |one: &str, other: &str| -> Vec<String> {
            one.lines().filter(|line| !other.lines().any(|known| known == *line)).map(str::to_owned).collect()
        };
        for line in only(&before, &after) {
            print(&format!("         {}", self.paint.red(&format!("- {}", line.trim_end()))));
        }
        for line in only(&after, &before) {
            print(&format!("         {}", self.paint.green(&format!("+ {}", line.trim_end()))));
        }
        let clean = |session: &Session| session.diagnostics.get(path).is_some_and(Vec::is_empty);
        if !self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| clean(session))? {
            bail!("the finding is still there");
        }
        self.say(&format!("Findings in this file: {}.", self.paint.green("0")));
        Ok(())
    }

    /// What the checks cannot judge, a person does.
    fn decide(&mut self) -> anyhow::Result<()> {
        self.heading("The gate waits for you: no check can say that the change touches nothing but the cause");
        let text = self.session.disk(FILE)?;
        self.head(&text, 5)?;
        let root = self.place.shop().display().to_string();
        let gates = self.session.ask("tollgate/pendingGates", json!({ "root": root }))?;
        let gates = gates.as_array().cloned().unwrap_or_default();
        let gate = gates.into_iter().find(|gate| gate["ticket"] == TICKET && gate["pass"] == PASS);
        let gate = gate.context("the server shows no gate to decide on")?;
        let lens = self.lenses()?.into_iter().find(|lens| lens["command"]["command"] == "tollgate.approve");
        let lens = lens.context("the server offers no approval")?;
        let reason = "it rounds as the money contract says, and touches only the cause";
        self.say(&format!("You press \"{}\" and say why: \"{reason}\"", title(&lens)));
        let decision = json!({
            "root": root, "ticket": TICKET, "pass": PASS, "decision": "APPROVED", "reason": reason, "nonce": gate["nonce"],
        });
        let record = self.session.command("tollgate.decide", decision, &mut |_, _| Value::Null)?;
        let record = record["record"].as_str().context("the decision was not recorded")?.to_owned();
        let decision: Value = serde_json::from_str(&self.session.disk(&record)?)?;
        let said = |place: &str| decision.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.say(&format!(
            "Recorded: {}, over exactly these contents:",
            self.paint.green(&said("/predicate/decision"))
        ));
        for subject in decision["subject"].as_array().into_iter().flatten() {
            let blob = subject.pointer("/digest/gitBlob").and_then(Value::as_str).unwrap_or_default();
            let short = blob.get(..12).unwrap_or(blob);
            print(&format!("    {short}  {}", subject["name"].as_str().unwrap_or_default()));
        }
        self.say("Change one of them, and the gate is open again.");
        if !self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| !waits(session))? {
            bail!("the gate was approved and still waits");
        }
        let next = |session: &Session| session.status["next"]["pass"].as_str().is_some_and(|next| next != PASS);
        self.session.wait(SOON, &mut |_, _| Value::Null, &mut |session| next(session))?;
        self.status_line();
        Ok(())
    }

    /// The books.
    fn money(&mut self) -> anyhow::Result<()> {
        self.heading("What it has cost, and where that is written down");
        let root = self.place.shop().display().to_string();
        let command = ["cost", TICKET, "--root", &root];
        print(&format!("  {}", self.paint.dim(&format!("$ tollgate cost {TICKET}"))));
        let (status, table) = self.place.ourselves(&command).read()?;
        if !status.success() {
            bail!("the books cannot be read");
        }
        print(&table.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n"));
        let shop = runner::files::Root::open(&self.place.shop())?;
        let folder = format!(".tollgate/records/{TICKET}");
        let records = shop.walk_folders(&[&folder], runner::files::WalkLimits::default()).found;
        self.say(
            "A plain command costs nothing; with an agent, tokens and dollars stand here, priced by a dated list.",
        );
        self.say("Kept in the repository, to be committed with the change:");
        for record in records {
            let content: Value = serde_json::from_str(&shop.read_text(&record.path)?).unwrap_or_default();
            let word = |place: &str| content.pointer(place).and_then(Value::as_str).map(str::to_owned);
            let what = match (word("/predicate/decision"), word("/outcome")) {
                (Some(decision), _) => format!("decision  {decision}"),
                // how the run was fenced is part of what it was
                (None, outcome) => {
                    format!("receipt   {} ({})", outcome.unwrap_or_default(), word("/isolation").unwrap_or_default())
                }
            };
            print(&format!("    {what}\n              {}", record.path));
        }
        Ok(())
    }

    fn shown(&self, took: u64) {
        let shown = format!(
            "Shown in {took} s: the plan and its cost before anything ran; a review before anything could; real checks, \
             with what they found at its exact place; a pass that repaired it in a clone of its own, under its gate; a \
             person's decision, bound to contents; and the books."
        );
        print(&format!("\n{}", self.paint.bold(&markdown(&shown, ""))));
    }
}

/// True when the ticket says that somebody has to decide.
fn waits(session: &Session) -> bool {
    session.diagnostics.get(FILE).is_some_and(|found| found.iter().any(|one| one["code"] == "gate/pending"))
}

fn action_title(action: &Value) -> String {
    delivery::prompt::visible(action["title"].as_str().unwrap_or_default())
}

/// Digests cut to what an eye can compare.
fn short(text: &str) -> String {
    let digest = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    parts
        .map(|part| {
            let word = part.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
            if digest(word) { format!("{}...{}", &word[..12], &part[word.len()..]) } else { part.to_owned() }
        })
        .collect()
}

/// The parts of a launch plan that this tour needs: agents, programs, and the pass at hand.
fn heart(plan: &str) -> String {
    let wanted = ["## Agents".to_owned(), "## Programs".to_owned(), format!("### `production-bug/{PASS}`")];
    let mut heart = String::new();
    let mut inside = false;
    for line in plan.lines() {
        if line.starts_with('#') {
            inside = wanted.iter().any(|heading| line == heading);
        }
        if inside {
            heart.push_str(line);
            heart.push('\n');
        }
    }
    heart
}
