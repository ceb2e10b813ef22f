//! The plan in words: for a terminal, and as Markdown for hovers and views. The same sentences everywhere.

use crate::budget::Objection;
use crate::gate::Part;
use crate::plan::{Estimate, GatePlan, HeadRoom, PassPlan, PassState, Plan};
use crate::prompt::{is_hidden, one_line};
use crate::ticket::Resolution;
use serde::Serialize;
use spec::Usd;
use spec::model::Criterion;
use spec::record::{FileId, GateState};
use std::fmt::Write as _;

/// What `tollgate explain --json` prints: the plan, and how its ticket was found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Explanation<'a> {
    /// How the ticket was found.
    pub resolution: &'a Resolution,
    /// The plan; none when no ticket was found.
    #[serde(flatten)]
    pub plan: Option<&'a Plan>,
}

/// Files that are listed by name; more are counted.
const LISTED: usize = 6;
/// Columns of a terminal that a line fills at most, if its words let it.
const COLUMNS: usize = 100;
/// Characters of a run's id that a person reads.
const SHORT: usize = 8;

/// How the ticket was found, or why none was, in one sentence.
pub fn resolution_line(resolution: &Resolution) -> String {
    match (&resolution.ticket, resolution.rule) {
        (Some(ticket), Some(rule)) => format!("ticket {}: {}", one_line(ticket, 60), rule.sentence()),
        _ => {
            let mut why: Vec<&str> = resolution.rejected.iter().map(|rejected| rejected.why.as_str()).collect();
            why.dedup();
            format!(
                "no current ticket: {}",
                if why.is_empty() { "nothing names one".to_owned() } else { why.join("; ") }
            )
        }
    }
}

/// The plan for a terminal.
pub fn text(resolution: Option<&Resolution>, plan: &Plan) -> String {
    let mut text = format!("{}\n", heading(plan));
    let mut line = |name: &str, words: &str| {
        let _ = writeln!(text, "  {name:<9} {words}");
    };
    if let Some(rule) = resolution.and_then(|resolution| resolution.rule) {
        line("current", rule.sentence());
    }
    let workflow = plan.workflow.workflow.as_deref().unwrap_or("none");
    line("workflow", &format!("{workflow} ({})", plan.workflow.why));
    line("next", &with_short_runs(&plan.next.why));
    for input in &plan.inputs {
        line("input", &input.words());
    }
    line("cost", &cost_line(plan));
    for room in &plan.budgets {
        line("budget", &room_words(room));
    }
    for note in &plan.notes {
        line("note", note);
    }
    let widest = plan.passes.iter().map(|pass| pass.id.chars().count()).max().unwrap_or(0);
    for (at, pass) in plan.passes.iter().enumerate() {
        let mark = mark(pass);
        let model = pass.model_words().unwrap_or_default();
        let who = pass.agent.as_deref().unwrap_or(pass.pass_type);
        let _ = writeln!(
            text,
            "\n{:>2}. {mark} {:<widest$}  {:<20}  {who}  {model}  {}",
            at + 1,
            pass.id,
            pass.state.word(),
            pass.cost_words()
        );
        for (name, words) in details(pass) {
            let indent = " ".repeat(15);
            let _ = writeln!(text, "      {name:<8} {}", wrapped(&with_short_runs(&words), &indent));
        }
    }
    text
}

/// Words with the ids of runs in them as short as a person reads them.
pub fn with_short_runs(words: &str) -> String {
    let short = |word: &str| {
        let id = word.trim_end_matches([',', ';', ':', '.', ')']);
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        let is_run = parts == [8, 4, 4, 4, 12] && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        if is_run { format!("{}{}", &id[..SHORT], &word[id.len()..]) } else { word.to_owned() }
    };
    words.split(' ').map(short).collect::<Vec<_>>().join(" ")
}

/// Words on as many lines as they need behind an indentation.
fn wrapped(words: &str, indent: &str) -> String {
    let (mut text, mut column) = (String::new(), indent.len());
    for (at, word) in words.split(' ').enumerate() {
        let width = word.chars().count();
        if at > 0 && column + 1 + width > COLUMNS {
            let _ = write!(text, "\n{indent}{word}");
            column = indent.len() + width;
        } else {
            let space = if at > 0 { " " } else { "" };
            let _ = write!(text, "{space}{word}");
            column += space.len() + width;
        }
    }
    text
}

/// The plan as Markdown. What comes from files is escaped; there is no HTML, no image and no link in it.
pub fn markdown(resolution: Option<&Resolution>, plan: &Plan) -> String {
    let mut text = format!("### {}\n\n", escaped(&heading(plan)));
    if let Some(rule) = resolution.and_then(|resolution| resolution.rule) {
        let _ = writeln!(text, "Current because {}.\n", sentence(rule.sentence()));
    }
    let workflow = plan.workflow.workflow.as_deref().unwrap_or("none");
    let _ = writeln!(text, "Workflow **{}**: {}.\n", escaped(workflow), sentence(&plan.workflow.why));
    let _ = writeln!(text, "**Next:** {}.\n", sentence(&plan.next.why));
    for input in &plan.inputs {
        let _ = writeln!(text, "- input: {}", escaped(&input.words()));
    }
    let _ = writeln!(text, "- cost: {}", escaped(&cost_line(plan)));
    for room in &plan.budgets {
        let _ = writeln!(text, "- budget: {}", escaped(&room_words(room)));
    }
    for note in &plan.notes {
        let _ = writeln!(text, "- note: {}", sentence(note));
    }
    if plan.passes.is_empty() {
        return text;
    }
    text.push_str("\n| | pass | state | agent | model | cost | why |\n|---|---|---|---|---|---|---|\n");
    for pass in &plan.passes {
        let cells = [
            mark(pass).to_owned(),
            pass.id.clone(),
            pass.state.word().to_owned(),
            pass.agent.clone().unwrap_or_else(|| pass.pass_type.to_owned()),
            pass.model_words().unwrap_or_default(),
            pass.cost_words(),
            pass.why.first().cloned().unwrap_or_default(),
        ];
        let _ = writeln!(text, "| {} |", cells.map(|cell| sentence(&cell)).join(" | "));
    }
    text
}

/// One pass as Markdown.
pub fn pass_markdown(pass: &PassPlan) -> String {
    let why = pass.why.first().map(|why| format!(": {}", sentence(why))).unwrap_or_default();
    let mut text = format!("**{}** {}{why}\n\n", escaped(&pass.id), escaped(&pass.state.clause()));
    for (name, words) in details(pass).into_iter().skip_while(|(name, _)| *name == "why").collect::<Vec<_>>() {
        let _ = writeln!(text, "- {name}: {}", sentence(&words));
    }
    for why in pass.why.iter().skip(1) {
        let _ = writeln!(text, "- {}", sentence(why));
    }
    text
}

/// What a person decides on, as Markdown: what the pass changed, and every part of its gate, worst first, with the words
/// of its criteria.
pub fn gate_markdown(plan: &Plan, pass: &PassPlan, criteria: &[Criterion]) -> String {
    let mut text = format!("### Pass {} of {}\n\n", escaped(&pass.id), escaped(&heading(plan)));
    for line in gate_lines(pass, criteria) {
        let _ = writeln!(text, "- {}", sentence(&line));
    }
    text
}

/// What a person who approves more money should see.
pub fn budget_markdown(plan: &Plan, pass: &PassPlan, over: &Objection) -> String {
    let limit = &over.limit;
    let period = if limit.period_name.is_empty() { "" } else { " in " };
    let lines =
        [over.to_string(), format!("approving lets {} more be spent there{period}{}", over.needs(), limit.period_name)];
    let mut text = format!("### Pass {} of {} needs more money\n\n", escaped(&pass.id), escaped(&heading(plan)));
    for line in lines {
        let _ = writeln!(text, "- {}", sentence(&line));
    }
    text
}

/// The same for a terminal.
pub fn gate_text(plan: &Plan, pass: &PassPlan, criteria: &[Criterion]) -> String {
    let mut text = format!("Pass {} of {}\n", one_line(&pass.id, 60), heading(plan));
    for line in gate_lines(pass, criteria) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn gate_lines(pass: &PassPlan, criteria: &[Criterion]) -> Vec<String> {
    let Some(gate) = &pass.gate else { return Vec::new() };
    let changed: Vec<String> = gate.files.iter().take(LISTED).map(|file| one_line(&file.path, 120)).collect();
    let more = gate.files.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let mut lines = vec![format!("changed: {}{more}", changed.join(", "))];
    let mut parts: Vec<&Part> = gate.verdict.parts.iter().collect();
    parts.sort_by_key(|part| std::cmp::Reverse(crate::gate::weight(part.state)));
    for part in parts {
        let named = |criterion: &&Criterion| criterion.id.as_ref().is_some_and(|id| id.value == part.id);
        let must = criteria.iter().find(named).map(|criterion| format!(" {}", one_line(&criterion.must.value, 160)));
        let (id, said) = (one_line(&part.id, 60), one_line(&part.message, 160));
        lines.push(format!("{}: {id}{}: {said}", state_word(part.state), must.unwrap_or_default()));
    }
    lines.extend(gate.verdict.void.iter().cloned());
    lines
}

impl PassPlan {
    /// Harness and model, as lenses show them; none for a pass that needs none, or that nothing can do.
    pub fn model_words(&self) -> Option<String> {
        self.route.as_ref()?.choice.as_ref().map(crate::route::Candidate::shown)
    }

    /// What it may cost, its review included, as lenses show it.
    pub fn cost_words(&self) -> String {
        let own = estimate_words(&self.estimate, self.cap);
        let review = self
            .gate
            .as_ref()
            .and_then(|gate| gate.reviewer.as_ref())
            .filter(|_| !self.state.is_closed() && self.state != PassState::Cached);
        let review = review.filter(|review| review.dependent.is_none() && review.estimate != Estimate::Nothing);
        let chosen = review.filter(|review| review.route.as_ref().is_some_and(|route| route.choice.is_some()));
        match chosen.map(|review| bound_words(&review.estimate, review.cap)) {
            Some(review)
                if self.estimate == Estimate::Nothing || matches!(self.state, PassState::WaitingForReview { .. }) =>
            {
                format!("review {review}")
            }
            Some(review) => format!("{own} + review {review}"),
            None => own,
        }
    }
}

impl crate::plan::ReviewPlan {
    /// What a review may cost.
    pub fn cost_words(&self) -> String {
        estimate_words(&self.estimate, self.cap)
    }
}

fn estimate_words(estimate: &Estimate, cap: Usd) -> String {
    match estimate {
        Estimate::NoHistory => format!("no history, {}", bound_words(estimate, cap)),
        _ => bound_words(estimate, cap),
    }
}

fn bound_words(estimate: &Estimate, cap: Usd) -> String {
    match estimate {
        Estimate::Nothing => "no cost".to_owned(),
        Estimate::NoHistory => format!("at most {cap}"),
        Estimate::History(range) => format!("≈{}–{}", range.p50, range.p90),
    }
}

fn heading(plan: &Plan) -> String {
    match &plan.ticket.title {
        Some(title) => format!("{} {}", one_line(&plan.ticket.id, 60), one_line(title, 200)),
        None => one_line(&plan.ticket.id, 60),
    }
}

fn cost_line(plan: &Plan) -> String {
    let held = if plan.held > Usd::ZERO { format!(" and {} set aside", plan.held) } else { String::new() };
    let rest = match &plan.remaining {
        Some(range) => format!("what is left ≈{}–{} (n={} {})", range.p50, range.p90, range.n, range.of),
        None => "no history for what is left".to_owned(),
    };
    format!("{} spent{held}; {rest}", plan.spent)
}

fn room_words(room: &HeadRoom) -> String {
    let state = if room.state == "ok" { String::new() } else { format!(" ({})", room.state) };
    let HeadRoom { budget, set_by, committed, limit, left, .. } = room;
    format!("{budget}, set by the {set_by}: {committed} of {limit} used, {left} left{state}")
}

/// One letter for the state.
fn mark(pass: &PassPlan) -> &'static str {
    match &pass.state {
        PassState::Done => "✓",
        PassState::Skipped => "–",
        PassState::Running { .. } => "▶",
        PassState::Failed { .. } => "✗",
        PassState::WaitingForHuman | PassState::WaitingForReview { .. } | PassState::WaitingForChecks => "?",
        PassState::Ready | PassState::Stale | PassState::Cached => "●",
        PassState::Blocked { .. } | PassState::StoppedByBudget => "·",
    }
}

/// What there is to say about a pass, by name.
fn details(pass: &PassPlan) -> Vec<(&'static str, String)> {
    let mut details: Vec<(&'static str, String)> = pass.why.iter().map(|why| ("why", why.clone())).collect();
    if let Some(route) = &pass.route {
        details.push(("model", route.why.join("; ")));
        let passed = route.rejected.iter().map(|passed| format!("not {}: {}", passed.candidate.shown(), passed.why));
        // a pass that nothing can do has said so already
        if route.choice.is_some() && !route.rejected.is_empty() {
            details.push(("model", passed.collect::<Vec<_>>().join("; ")));
        }
    }
    if !pass.argv.is_empty() {
        details.push(("runs", one_line(&pass.argv.join(" "), 200)));
    }
    if !pass.inputs.is_empty() {
        details.push(("reads", files(&pass.inputs)));
    }
    if !pass.missing.is_empty() {
        details.push(("missing", one_line(&pass.missing.join(", "), 300)));
    }
    if !pass.write_scope.allowed.is_empty() {
        details.push(("writes", one_line(&pass.write_scope.allowed.join(", "), 300)));
    }
    if let Some(gate) = &pass.gate {
        details.push(("gate", gate_words(gate)));
    }
    for wanted in &pass.reservations {
        let mode = if wanted.exclusive { "exclusive" } else { "shared" };
        details.push(("leases", format!("{} ({mode}, capacity {})", one_line(&wanted.resource, 60), wanted.capacity)));
    }
    if let Estimate::History(range) = &pass.estimate {
        details.push(("cost", format!("≈{}–{} from {} {}", range.p50, range.p90, range.n, range.of)));
    }
    if pass.state.is_runnable() {
        let timeout = pass.settings.timeout.value.as_secs();
        details.push(("limits", format!("{} and {timeout} s an attempt; attempt {}", pass.cap, pass.attempt)));
    }
    details
}

fn files(files: &[FileId]) -> String {
    let shown = files.iter().take(LISTED).map(|file| {
        let blob = file.blob.map_or_else(|| "gone".to_owned(), |blob| blob.short());
        format!("{} {blob}", one_line(&file.path, 120))
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let more = files.len().saturating_sub(LISTED);
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

fn state_word(state: GateState) -> &'static str {
    match state {
        GateState::Passed => "passed",
        GateState::Warned => "passed with a warning",
        GateState::Failed => "failed",
        GateState::Pending => "open",
        GateState::Error => "broken",
    }
}

fn gate_words(gate: &GatePlan) -> String {
    let state = state_word(gate.verdict.state);
    let said = |part: &Part| one_line(&part.message, 160);
    let alike = gate.verdict.parts.chunk_by(|a, b| said(a) == said(b)).filter_map(|parts| {
        let ids: Vec<String> = parts.iter().map(|part| one_line(&part.id, 60)).collect();
        Some(format!("{} ({})", ids.join(", "), said(parts.first()?)))
    });
    let parts = alike.collect::<Vec<_>>().join(", ");
    let review = gate.reviewer.as_ref().map(|review| match (&review.dependent, &review.route) {
        (Some(why), _) => format!("; {} may not review: {why}", review.agent),
        (None, Some(route)) => {
            let model = route.choice.as_ref().map_or_else(|| "nothing that is installed".to_owned(), |c| c.shown());
            let cost = estimate_words(&review.estimate, review.cap);
            format!("; {} reviews with {model}, {cost}", review.agent)
        }
        (None, None) => String::new(),
    });
    let void = gate.verdict.void.iter().map(|why| format!("; {why}")).collect::<String>();
    format!("{state}: {parts}{}{void}", review.unwrap_or_default())
}

/// A sentence of ours inside Markdown: its code stays code. Where what it quotes could end that code, nothing is code.
fn sentence(words: &str) -> String {
    let words = &with_short_runs(words);
    let parts: Vec<&str> = words.split('`').collect();
    let hidden = |part: &str| part.contains('|') || part.chars().any(|letter| letter.is_control() || is_hidden(letter));
    let code = |(at, part): (usize, &str)| at % 2 == 0 || !(part.trim().is_empty() || hidden(part));
    // Two backticks in a row would begin another kind of code.
    if parts.len().is_multiple_of(2) || words.contains("``") || !parts.iter().copied().enumerate().all(code) {
        return escaped(words);
    }
    let shown = |(at, part)| if at % 2 == 0 { escaped(part) } else { format!("`{part}`") };
    parts.into_iter().enumerate().map(shown).collect()
}

/// Words of a file inside Markdown: one line, nothing that means something to Markdown, nothing hidden.
pub fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '\n' | '\r' | '\t' => text.push(' '),
            letter if is_hidden(letter) => text.extend(letter.escape_unicode()),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '<' | '>' | '~' | '&' => {
                text.push('\\');
                text.push(letter);
            }
            letter => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, SHOP};
    use crate::ticket::{Hints, resolve};

    #[test]
    fn says_the_plan_in_a_terminal() {
        let bench = Bench::new(SHOP);
        let resolution = resolve(&bench.project, &Hints { branch: Some("feat-1".into()), ..Hints::default() });
        let said = text(Some(&resolution), &bench.plan());
        let start = "\
feat-1 Gift wrapping
  current   the branch name holds its id
  workflow  feature (it serves tickets of type `feature`)
  next      `spec` is ready: it has not been run
  input     scope = full (workflow default)
  cost      $0.00 spent; no history for what is left
  budget    project month, set by the config: $0.00 of $100.00 used, $100.00 left
  budget    ticket, set by the config: $0.00 of $10.00 used, $10.00 left

 1. ● spec  ready                 specifier  claude · sonnet  no history, at most $2.00
      why      it has not been run
      model    tier `standard` comes from the workflow's defaults; `claude` is the first candidate
               that is installed and allowed
      model    not codex · gpt-5.5: an earlier one fits
      reads    docs/orders.md ";
        assert!(said.starts_with(start), "{said}");
        assert!(
            said.contains(
                "\n 2. · code  blocked               implementer  claude · opus  no history, at most $4.00 + review at most $2.00\n"
            ),
            "{said}"
        );
    }

    #[test]
    fn lines_fit_a_terminal_and_lose_no_word() {
        let words = "one, two, three".repeat(30) + " " + &"x".repeat(200) + " end";
        let shown = wrapped(&words, "   ");
        assert_eq!(shown.replace("\n   ", " "), words);
        let long = shown.lines().filter(|line| line.chars().count() > COLUMNS).count();
        assert_eq!(long, 1, "only the word that fits nowhere: {shown}");
        assert_eq!(wrapped("", "   "), "");
    }

    #[test]
    fn a_person_reads_the_beginning_of_a_run() {
        let run = "01990000-0000-7000-8000-0000000000ab";
        assert_eq!(with_short_runs(&format!("run {run} did it")), "run 01990000 did it");
        assert_eq!(
            with_short_runs(&format!("a.txt, since run {run}; (run {run})")),
            "a.txt, since run 01990000; (run 01990000)"
        );
        for other in ["01990000-0000-7000-8000-0000000000zz", "0000-0001", "a  b", &format!("docs/{run}.md"), ""] {
            assert_eq!(with_short_runs(other), other);
        }
    }

    #[test]
    fn foreign_words_stay_words() {
        let bench = Bench::new(&SHOP.replace("Gift wrapping", "[x](command:evil) <img src=y> **b** `c` | d \u{202e}"));
        let shown = markdown(None, &bench.plan());
        let heading = shown.lines().next().unwrap();
        assert_eq!(
            heading,
            "### feat-1 \\[x\\]\\(command:evil\\) \\<img src=y\\> \\*\\*b\\*\\* \\`c\\` \\| d \\\\u\\{202e\\}"
        );
        assert!(
            pass_markdown(&bench.plan().passes[0]).starts_with("**spec** is ready: it has not been run\n\n- model:")
        );
    }

    #[test]
    fn code_of_a_sentence_stays_code_unless_it_is_not_ours() {
        for (words, shown) in [
            ("`fix` waits for *you*", "`fix` waits for \\*you\\*"),
            ("`a_b` and `<c>`", "`a_b` and `<c>`"),
            ("a ` alone <b>", "a \\` alone \\<b\\>"),
            ("`a|b` in a table", "\\`a\\|b\\` in a table"),
            ("`a``b` <i>", "\\`a\\`\\`b\\` \\<i\\>"),
            ("`\u{202e}`", "\\`\\u{202e}\\`"),
        ] {
            assert_eq!(sentence(words), shown);
        }
    }

    #[test]
    fn a_gate_is_shown_with_what_it_asks_for() {
        let bench = Bench::new(SHOP);
        let plan = bench.plan();
        let pass = &plan.passes[0];
        let (_, workflow) = bench.project.workflow("feature").unwrap();
        let criteria = &workflow.passes[0].gate.as_ref().unwrap().criteria;
        let shown = gate_markdown(&plan, pass, criteria);
        assert!(shown.starts_with("### Pass spec of feat-1 Gift wrapping\n\n- changed: "), "{shown}");
        for criterion in criteria {
            let line = format!("- open: {} {}: ", criterion.id.as_ref().unwrap().value, criterion.must.value);
            assert!(shown.contains(&line), "{line:?} in {shown}");
        }
        assert!(!criteria.is_empty());
    }

    #[test]
    fn json_is_stable() {
        let bench = Bench::new(SHOP);
        let (resolution, plan) = (resolve(&bench.project, &Hints::default()), bench.plan());
        let json = serde_json::to_value(Explanation { resolution: &resolution, plan: Some(&plan) }).unwrap();
        assert_eq!(json["schema_version"], 1);
        assert_eq!(json["next"]["pass"], "spec");
        assert_eq!(json["passes"][0]["state"], "ready");
        assert_eq!(json["passes"][1]["state"], "blocked");
        assert_eq!(json["passes"][1]["by"], serde_json::json!(["spec"]));
        assert_eq!(json["passes"][0]["route"]["choice"]["model"], "sonnet");
        assert_eq!(json["passes"][0]["cap"], "2");
        assert_eq!(json["passes"][0]["estimate"]["basis"], "no_history");
        assert_eq!(json["passes"][0]["settings"]["timeout"]["value"], 1800);
        assert_eq!(json["resolution"]["ticket"], serde_json::Value::Null);
    }
}
