//! Plans of a small repository through its life.

use super::*;
use crate::testing::{Bench, SHOP};
use crate::world::{LooseChecks, RunningRun};
use proptest::prelude::*;
use spec::cost::ScopeMoney;
use spec::record::{GateState, Outcome, ReviewerKind, Verdict};

const SPEC: &str = "specs/feat-1/spec.md";
const WORKFLOW: &str = ".tollgate/workflows/feature.md";

fn specified() -> Bench {
    let mut bench = Bench::new(SHOP);
    bench.run("spec", &[(SPEC, "R-1 wrap it")]);
    bench.decide("spec", Verdict::Approved);
    bench
}

fn coded() -> Bench {
    let mut bench = specified();
    bench.run("code", &[("src/lib.rs", "fn wrap() {}"), ("src/new.rs", "fn new() {}")]);
    bench.decide_as("code", Verdict::Approved, ReviewerKind::Agent, "critic");
    bench
}

#[test]
fn a_fresh_ticket_starts_at_the_beginning() {
    let bench = Bench::new(SHOP);
    let plan = bench.plan();
    assert_eq!(plan.next, Next { pass: Some("spec".into()), why: "`spec` is ready: it has not been run".into() });
    assert_eq!(bench.said("code"), "blocked: it waits for `spec`");
    assert_eq!(plan.workflow.why, "it serves tickets of type `feature`");
    let spec = &plan.passes[0];
    let paths: Vec<_> = spec.inputs.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["docs/orders.md", "ticket:feat-1"]);
    assert_eq!(spec.values, [("scope".to_owned(), "full".to_owned())]);
    assert_eq!(spec.model_words().as_deref(), Some("claude · sonnet"));
    assert_eq!(plan.passes[1].model_words().as_deref(), Some("claude · opus"));
    assert_eq!(spec.outputs[0].path.as_deref(), Some(SPEC));
    assert_eq!(spec.cost_words(), "no history, at most $2.00");
    assert!(spec.prompt.as_deref().unwrap().contains("Say what feat-1 wants."));
    assert!(!spec.prompt.as_deref().unwrap().contains("### Gate"));
    assert_eq!(plan.passes[1].cap, Usd::parse("4").unwrap());
    let rooms: Vec<_> = spec.budgets.iter().map(|room| (room.budget.as_str(), room.left)).collect();
    assert_eq!(rooms, [("project month", Usd::parse("100").unwrap()), ("ticket", Usd::parse("10").unwrap())]);
}

#[test]
fn a_human_gate_waits_and_opens_the_way() {
    let mut bench = Bench::new(SHOP);
    bench.run("spec", &[(SPEC, "R-1 wrap it")]);
    assert_eq!(bench.said("spec"), "waiting for a person: @product must decide");
    assert_eq!((bench.next().as_str(), bench.said("code").as_str()), ("none", "blocked: it waits for `spec`"));
    bench.decide_as("spec", Verdict::Approved, ReviewerKind::Agent, "critic");
    assert_eq!(bench.said("spec"), "waiting for a person: @product must decide");
    bench.decide("spec", Verdict::Approved);
    assert_eq!(bench.said("spec"), "done: run 0000-0001 did it and its gate is closed");
    assert_eq!(bench.next(), "code");
}

#[test]
fn changes_are_named() {
    let mut bench = specified();
    bench.replace(".tollgate/tickets/feat-1.md", "In Progress", "Review");
    assert_eq!(bench.pass("spec").state, PassState::Done, "moving a ticket on a board changes no work");
    bench.replace(".tollgate/tickets/feat-1.md", "want wrapping", "want ribbons");
    assert_eq!(bench.said("spec"), "stale: input ticket feat-1 has changed, since run 0000-0001");
    bench.replace(".tollgate/tickets/feat-1.md", "want ribbons", "want wrapping");
    bench.write("docs/more.md", "x");
    assert_eq!(bench.said("spec"), "stale: input docs/more.md is new, since run 0000-0001");
    bench.remove("docs/more.md");
    bench.remove("docs/orders.md");
    assert_eq!(bench.said("spec"), "stale: input docs/orders.md is gone, since run 0000-0001");
    bench.write("docs/orders.md", "Orders.\n");
    assert_eq!(bench.pass("spec").state, PassState::Done);
    bench.replace(WORKFLOW, "Say what", "Say exactly what");
    assert!(bench.said("spec").starts_with("stale: its task"), "{}", bench.said("spec"));
    assert_eq!(bench.next(), "spec");
}

#[test]
fn an_approval_belongs_to_its_contents() {
    let mut bench = specified();
    bench.write(SPEC, "R-1 wrap it twice");
    let spec = bench.pass("spec");
    assert_eq!(spec.state, PassState::WaitingForHuman);
    assert!(spec.why.iter().any(|why| why.contains("is void: specs/feat-1/spec.md has changed")), "{:?}", spec.why);
    assert!(spec.why.iter().any(|why| why.contains("is not as run 0000-0001 left it")), "{:?}", spec.why);
    bench.decide("spec", Verdict::Approved);
    assert_eq!(
        bench.said("spec"),
        "done: what is there was approved by Ann <ann@shop> (not signed): because of the rounding"
    );
    bench.replace(WORKFLOW, "nothing is left open", "nothing at all is left open");
    assert_eq!(bench.pass("spec").state, PassState::WaitingForHuman, "the criteria changed");
}

#[test]
fn a_person_may_do_a_pass_by_hand() {
    let mut bench = Bench::new(SHOP);
    bench.write(SPEC, "by hand");
    assert_eq!(bench.said("spec"), "ready: it has not been run");
    bench.decide("spec", Verdict::Approved);
    assert_eq!(bench.pass("spec").state, PassState::Done);
    bench.write(SPEC, "NEEDS CLARIFICATION");
    bench.decide("spec", Verdict::Approved);
    assert_eq!(bench.pass("spec").state, PassState::Ready, "a check on text fails whoever approves");
}

#[test]
fn what_a_pass_or_its_followers_write_is_no_change_of_its_inputs() {
    let mut bench = coded();
    assert_eq!(bench.pass("code").state, PassState::Done, "{:?}", bench.pass("code").why);
    bench.run("docs", &[("docs/wrap.md", "How to wrap"), ("src/lib.rs", "/// Wraps.\nfn wrap() {}")]);
    for id in ["spec", "code", "docs"] {
        assert_eq!(bench.pass(id).state, PassState::Done, "{id}: {:?}", bench.pass(id).why);
    }
    assert_eq!(bench.plan().next.why, "all passes are done");
    bench.write("src/other.rs", "somebody else's");
    assert_eq!(bench.said("code"), "stale: input src/other.rs is new, since run 0000-0003");
    assert_eq!(bench.said("docs"), "blocked: it waits for `code`");
    bench.remove("src/other.rs");
    bench.write("docs/wrap.md", "edited");
    assert_eq!(bench.said("docs"), "stale: docs/wrap.md is not as run 0000-0005 left it");
    assert_eq!(bench.pass("spec").state, PassState::Done, "the edit counts for the pass that wrote the file");
}

#[test]
fn a_kept_change_costs_nothing() {
    let mut bench = specified();
    let checks = [("tests", GateState::Passed), ("lint", GateState::Passed)];
    let run = bench.run_ending("code", &[("src/lib.rs", "fn kept() {}")], Outcome::Ok, &checks, false);
    assert_eq!(bench.pass("code").state, PassState::WaitingForReview { agent: "critic".into() }, "before it is taken");
    bench.decide_as("code", Verdict::Approved, ReviewerKind::Agent, "critic");
    let code = bench.pass("code");
    assert_eq!((code.state.clone(), code.run.as_deref()), (PassState::Cached, Some(run.as_str())));
    assert_eq!(code.cost_words(), "no cost");
    assert_eq!(bench.next(), "code");
    bench.write("src/lib.rs", "fn kept() {}");
    assert_eq!(bench.pass("code").state, PassState::Done);
}

#[test]
fn going_back_to_old_inputs_finds_the_old_run() {
    let mut bench = specified();
    bench.write("docs/orders.md", "Orders, new.\n");
    bench.run("spec", &[(SPEC, "R-2")]);
    bench.write("docs/orders.md", "Orders.\n");
    let spec = bench.pass("spec");
    assert_eq!((spec.state, spec.run.as_deref()), (PassState::Cached, Some("0000-0001")));
}

#[test]
fn cache_settings_narrow_and_switch_off() {
    let mut bench = Bench::new(&SHOP.replace(
        "    gate:\n      reviewer: {type: human",
        "    cache: {key: [docs/orders.md]}\n    gate:\n      reviewer: {type: human",
    ));
    bench.run("spec", &[(SPEC, "x")]);
    bench.decide("spec", Verdict::Approved);
    bench.write("docs/more.md", "not keyed");
    assert_eq!(bench.pass("spec").state, PassState::Done);
    bench.write("docs/orders.md", "keyed");
    assert_eq!(bench.pass("spec").state, PassState::Stale);
    let mut bench = Bench::new(&SHOP.replace(
        "    gate:\n      reviewer: {type: human",
        "    cache: {off: true}\n    gate:\n      reviewer: {type: human",
    ));
    bench.run("spec", &[(SPEC, "x")]);
    bench.decide("spec", Verdict::Approved);
    bench.write("docs/orders.md", "anything");
    assert_eq!((bench.pass("spec").state, bench.pass("spec").cache_key), (PassState::Done, None));
}

#[test]
fn checks_decide_and_a_broken_check_is_never_a_pass() {
    let mut bench = specified();
    let write = [("src/lib.rs", "fn a() {}")];
    bench.run_ending(
        "code",
        &write,
        Outcome::GateFailed,
        &[("tests", GateState::Failed), ("lint", GateState::Passed)],
        true,
    );
    let code = bench.pass("code");
    assert_eq!(code.state, PassState::Failed { again: true });
    assert_eq!(code.why, ["attempt 2 of 3 may follow", "tests: said so"]);
    assert!(code.prompt.as_deref().unwrap().contains("tests: said so"), "the next attempt is told");
    assert_eq!(code.tries, (1, 3));
    // a person repairs it and the checks are run over the work tree
    bench.write("src/lib.rs", "fn repaired() {}");
    assert_eq!(bench.said("code"), "waiting for checks: its checks have not run over what is there");
    let check = |id: &str, state| spec::record::CheckResult {
        id: id.into(),
        state,
        exit: Some(0),
        errors: 0,
        warnings: 0,
        message: String::new(),
    };
    let results = vec![check("tests", GateState::Passed), check("lint", GateState::Failed)];
    let subjects = bench.pass("code").gate.unwrap().files;
    bench.world.checks = vec![LooseChecks { ticket: "feat-1".into(), pass: "code".into(), subjects, results }];
    assert_eq!(bench.pass("code").state, PassState::WaitingForReview { agent: "critic".into() });
    bench.decide("code", Verdict::Approved);
    let code = bench.pass("code");
    assert_eq!((code.state, code.gate.unwrap().verdict.state), (PassState::Done, GateState::Warned));
    let mut bench = specified();
    bench.run_ending("code", &write, Outcome::Error, &[("tests", GateState::Error)], true);
    assert!(!bench.pass("code").state.is_closed());
    let mut bench = specified();
    bench.run_ending("code", &write, Outcome::Ok, &[("tests", GateState::Error), ("lint", GateState::Passed)], true);
    assert_eq!(bench.said("code"), "waiting for checks: a check broke");
}

#[test]
fn retries_are_bounded_and_then_somebody_decides() {
    let mut bench = Bench::new(SHOP);
    bench.run("spec", &[(SPEC, "one")]);
    bench.decide("spec", Verdict::Rejected);
    let spec = bench.pass("spec");
    assert_eq!(spec.state, PassState::Failed { again: true });
    assert_eq!(spec.why[0], "attempt 2 of 2 may follow");
    assert!(spec.prompt.as_deref().unwrap().contains("the reviewer said: because of the rounding"));
    assert_eq!((bench.next().as_str(), spec.attempt), ("spec", 2));
    bench.run("spec", &[(SPEC, "two")]);
    assert_eq!(bench.pass("spec").state, PassState::WaitingForHuman);
    bench.decide("spec", Verdict::Rejected);
    assert_eq!(bench.said("spec"), "waiting for a person: after 2 attempts @leads must decide");
    bench.replace(WORKFLOW, "Say what", "Say better what");
    assert_eq!(bench.pass("spec").state, PassState::Stale, "another task is another start");
    for (on_reject, expected) in [
        ("abort", PassState::Failed { again: false }),
        ("skip", PassState::Skipped),
        ("escalate", PassState::WaitingForHuman),
        ("rework", PassState::Failed { again: true }),
    ] {
        let mut bench = Bench::new(&SHOP.replace("on_reject: retry", &format!("on_reject: {on_reject}")));
        bench.run("spec", &[(SPEC, "one")]);
        bench.decide("spec", Verdict::Rejected);
        let spec = bench.pass("spec");
        assert_eq!((spec.state, spec.from_scratch), (expected, on_reject == "rework"), "{on_reject}");
        let next = if on_reject == "skip" {
            "code"
        } else if on_reject == "rework" {
            "spec"
        } else {
            "none"
        };
        assert_eq!(bench.next(), next, "{on_reject}");
    }
}

#[test]
fn broken_runs_may_be_tried_again_and_stopped_ones_do_not_count() {
    let mut bench = Bench::new(SHOP);
    bench.run_ending("spec", &[], Outcome::Cancelled, &[], true);
    bench.run_ending("spec", &[], Outcome::NoOutput, &[], true);
    assert_eq!(bench.said("spec"), "failed: run 0000-0002: it ended");
    assert_eq!((bench.pass("spec").tries, bench.next().as_str()), ((1, 2), "spec"));
    bench.run_ending("spec", &[], Outcome::TimedOut, &[], true);
    assert_eq!(bench.pass("spec").state, PassState::Failed { again: false });
}

#[test]
fn conditions_skip_and_wait() {
    let mut bench = coded();
    bench.world.overrides.inputs.insert("scope".into(), "backend-only".into());
    assert_eq!(bench.said("docs"), "skipped: its condition does not hold");
    let mut bench = Bench::new(&SHOP.replace("{{ inputs.scope == 'full' }}", "{{ passes.code.outcome == 'ok' }}"));
    assert_eq!(bench.said("docs"), "blocked: its condition looks at `code`, which has not ended");
    bench.replace(WORKFLOW, "passes.code.outcome", "passes.cod.outcome");
    assert_eq!(bench.said("docs"), "blocked: its condition is wrong: there is no `passes.cod.outcome`");
}

#[test]
fn what_costs_nothing_is_stopped_by_no_budget() {
    let mut bench = Bench::new(&SHOP.replace("deep: [{harness: claude, model: opus}]", "deep: [{harness: command}]"));
    bench.world.harnesses.push(crate::world::Harness { alias: "command".into(), ..Default::default() });
    bench.run("spec", &[(SPEC, "R-1 wrap it")]);
    bench.decide("spec", Verdict::Approved);
    let scope = spec::cost::Scope::Ticket("shop/feat-1".into());
    let settled = Usd::parse("10").unwrap();
    bench.world.money = vec![ScopeMoney { scope, period: String::new(), settled, held: Usd::ZERO }];
    let code = bench.pass("code");
    assert_eq!(code.model_words().as_deref(), Some("command"));
    assert_eq!((code.state, code.cap, code.over), (PassState::Ready, Usd::ZERO, None));
}

#[test]
fn money_and_machines_can_stop_a_pass() {
    let mut bench = specified();
    let scope = spec::cost::Scope::Ticket("shop/feat-1".into());
    let settled = Usd::parse("7").unwrap();
    bench.world.money = vec![ScopeMoney { scope, period: String::new(), settled, held: Usd::ZERO }];
    assert_eq!(
        bench.said("code"),
        "stopped by budget: a run of up to $4.00 does not fit the ticket budget of $10.00: $3.00 left"
    );
    let plan = bench.plan();
    assert_eq!((plan.spent, plan.next.pass), (settled, None));
    bench.world.money.clear();
    bench.world.harnesses.retain(|harness| harness.alias == "codex");
    let code = bench.pass("code");
    assert_eq!(
        code.why,
        [
            "no harness can do it: no candidate of the tier can be used here",
            "claude · opus: `claude` is not installed here"
        ]
    );
    bench.world.running.push(RunningRun {
        run: "r".into(),
        ticket: "feat-1".into(),
        pass: "code".into(),
        phase: "running".into(),
        spent: Usd::ZERO,
    });
    assert_eq!(bench.said("code"), "running: run r is running");
    assert_eq!(bench.pass("code").run.as_deref(), Some("r"), "or nobody could stop it");
}

#[test]
fn what_is_wrong_blocks_with_a_sentence() {
    let broken = |from: &str, to: &str, pass: &str| {
        let mut bench = Bench::new(SHOP);
        bench.replace(WORKFLOW, from, to);
        bench.said(pass)
    };
    assert_eq!(
        broken("agent: specifier\n    inputs: [ticket", "agent: nobody\n    inputs: [ticket", "spec"),
        "blocked: there is no agent `nobody`"
    );
    assert_eq!(
        broken("{{ticket.identifier}}", "{{ticket.nmae}}", "spec"),
        "blocked: in its task: there is no `ticket.nmae`"
    );
    assert_eq!(
        broken("{{ticket.slug}}", "{{ticket.title}}", "spec"),
        "blocked: in its outputs: the value of `ticket.title` cannot be part of a path; `ticket.slug` can"
    );
    assert_eq!(
        broken("## spec\n", "## other\n", "spec"),
        "blocked: the workflow has no section `## spec` that says what to do"
    );
    assert_eq!(broken("needs: [spec]", "needs: [docs]", "code"), "blocked: its `needs` lead back to itself");
    assert_eq!(broken("needs: [spec]", "needs: [spek]", "code"), "blocked: it needs `spek`, which is no pass");
    assert_eq!(broken("docs/**/*.md", "docs/none.md", "spec"), "blocked: its input docs/none.md is not there");
    assert_eq!(
        broken("specs/{{ticket.slug}}/spec.md", ".tollgate/agents/x.md", "spec"),
        "blocked: it must write .tollgate/agents/x.md and may not"
    );
    let none = plan(&Bench::new(SHOP).project, "nope", &World::default());
    assert_eq!(none.next.why, "there is no ticket `nope`");
}

#[test]
fn a_reviewer_that_made_the_work_is_refused() {
    let mut bench = Bench::new(&SHOP.replace("agent: critic, required", "agent: implementer, required"));
    bench.run("spec", &[(SPEC, "x")]);
    bench.decide("spec", Verdict::Approved);
    bench.run("code", &[("src/lib.rs", "y")]);
    bench.decide_as("code", Verdict::Approved, ReviewerKind::Agent, "implementer");
    let code = bench.pass("code");
    assert_eq!(code.state, PassState::WaitingForHuman);
    assert_eq!(
        code.gate.unwrap().reviewer.unwrap().dependent.as_deref(),
        Some("`implementer` would judge its own work")
    );
}

#[test]
fn what_may_not_be_judged_is_not_begun() {
    let named = |config: &str| {
        let mut bench = Bench::new(&SHOP.replace("agent: critic, required: true", config));
        bench.run("spec", &[(SPEC, "x")]);
        bench.decide("spec", Verdict::Approved);
        bench.said("code")
    };
    assert_eq!(
        named("agent: implementer, required: true"),
        "blocked: `implementer` may not review the work of `implementer`: `implementer` would judge its own work"
    );
    assert!(named("agent: nobody, required: true").starts_with("blocked: `nobody` may not review the work of"));
    assert_eq!(named("agent: implementer, required: false"), "ready: it has not been run", "its word only warns");
    let families = SHOP.replace("budgets:", "policy: {distinct_families_for_review: true}\nbudgets:");
    let mut bench = Bench::new(&families);
    bench.run("spec", &[(SPEC, "x")]);
    bench.decide("spec", Verdict::Approved);
    assert_eq!(bench.pass("code").gate.unwrap().reviewer.unwrap().route.unwrap().choice.unwrap().harness, "codex");
    bench.world.harnesses.retain(|harness| harness.alias == "claude");
    assert_eq!(
        bench.said("code"),
        "blocked: `critic` may not review the work of `implementer`: `critic` has no model of another family than `opus`, \
         with which `implementer` works"
    );
}

#[test]
fn a_review_that_sends_work_back_is_told_to_the_next_attempt() {
    let checks = [("tests", GateState::Passed), ("lint", GateState::Passed)];
    for (on_reject, expected) in [
        ("retry", PassState::Failed { again: true }),
        ("rework", PassState::Failed { again: true }),
        ("abort", PassState::Failed { again: false }),
        ("skip", PassState::Skipped),
        ("escalate", PassState::WaitingForHuman),
    ] {
        let rule = format!("      on_reject: {on_reject}\n  - id: docs");
        let mut bench = Bench::new(&SHOP.replacen("  - id: docs", &rule, 1));
        bench.run("spec", &[(SPEC, "one")]);
        bench.decide("spec", Verdict::Approved);
        bench.run_ending("code", &[("src/lib.rs", "fn f() {}")], Outcome::Ok, &checks, false);
        bench.decide_as("code", Verdict::Rejected, ReviewerKind::Agent, "critic");
        let code = bench.pass("code");
        assert_eq!(code.state, expected, "{on_reject}: {:?}", code.why);
        if on_reject == "retry" {
            assert!(code.prompt.unwrap().contains("the reviewer said: because of the rounding"));
        }
    }
}

#[test]
fn a_review_that_came_to_nothing_is_said_and_is_no_pass() {
    let mut bench = specified();
    let checks = [("tests", GateState::Passed), ("lint", GateState::Passed)];
    bench.run_ending("code", &[("src/lib.rs", "fn f() {}")], Outcome::Ok, &checks, false);
    let tries = bench.pass("code").tries;
    bench.review("code", Outcome::Error, "it gave no answer");
    let code = bench.pass("code");
    assert_eq!(code.state, PassState::WaitingForReview { agent: "critic".into() });
    assert_eq!(code.why[0], "critic: its review did not count: it gave no answer");
    assert_eq!(code.gate.unwrap().verdict.state, GateState::Error);
    assert_eq!(code.tries, tries, "a review is no attempt");
    bench.decide("code", Verdict::Approved);
    assert_eq!(bench.pass("code").state, PassState::Cached, "a person stands in, and the change can be taken");
}

#[test]
fn an_agents_word_never_stands_for_a_persons() {
    let both = SHOP.replace("{type: agent, agent: critic, required: true}", "{type: both, agent: critic}");
    let mut bench = Bench::new(&both);
    bench.run("spec", &[(SPEC, "x")]);
    bench.decide("spec", Verdict::Approved);
    bench.run("code", &[("src/lib.rs", "fn f() {}")]);
    assert_eq!(bench.pass("code").state, PassState::WaitingForReview { agent: "critic".into() });
    bench.decide_as("code", Verdict::Approved, ReviewerKind::Agent, "critic");
    assert_eq!(bench.pass("code").state, PassState::WaitingForHuman);
    bench.decide("code", Verdict::Approved);
    assert_eq!(bench.pass("code").state, PassState::Done);
}

#[test]
fn a_reviewer_whose_word_only_warns_stops_nothing() {
    let warns = SHOP.replace("agent: critic, required: true", "agent: critic, required: false");
    let mut bench = Bench::new(&warns);
    bench.run("spec", &[(SPEC, "x")]);
    bench.decide("spec", Verdict::Approved);
    bench.run("code", &[("src/lib.rs", "fn f() {}")]);
    bench.decide_as("code", Verdict::Rejected, ReviewerKind::Agent, "critic");
    let code = bench.pass("code");
    assert_eq!((code.state, code.gate.unwrap().verdict.state), (PassState::Done, GateState::Warned));
}

#[test]
fn past_runs_give_a_range() {
    let mut bench = Bench::new(SHOP);
    let past = |cost: &str| Past {
        review: false,
        ticket: cost.into(),
        workflow: "feature".into(),
        pass: "spec".into(),
        kind: Some("spec".into()),
        harness: "claude".into(),
        model: Some("sonnet".into()),
        tier: Some("standard".into()),
        started: "2026-11-01T00:00:00Z".into(),
        cost: Usd::parse(cost).unwrap(),
    };
    bench.world.history = (1..=12).map(|n| past(&format!("0.{n:02}"))).collect();
    let Estimate::History(range) = bench.pass("spec").estimate else { panic!("no range") };
    assert_eq!((range.n, range.of), (12, "runs of this pass with this model"));
    assert!(bench.pass("spec").cost_words().starts_with("≈$0.0"));
}

#[test]
fn the_write_scope_guards_what_is_trusted() {
    let scope = WriteScope { allowed: vec!["**".into()], narrowed: None };
    for path in ["src/a.rs", ".github/workflows/ci.yml", ".tollgate/docs.lock", "a.claude", ".clauderc"] {
        assert!(scope.permits(path), "{path}");
    }
    for path in [
        ".git/config",
        "sub/.git/hooks/x",
        ".tollgate/config.yaml",
        ".claude/settings.json",
        ".CLAUDE/x",
        "../x",
        ".mcp.json",
        "/etc/passwd",
        "a//b",
        "AGENTS.md",
    ] {
        assert!(!scope.permits(path), "{path}");
    }
    let narrow = WriteScope { allowed: vec!["src/**".into()], narrowed: Some(vec!["src/web/**".into()]) };
    assert!(narrow.permits("src/web/a.ts") && !narrow.permits("src/a.rs"));
}

#[test]
fn the_cache_key_changes_with_what_the_work_is_made_from_and_nothing_else() {
    let key = |change: &dyn Fn(&mut Bench)| {
        let mut bench = Bench::new(SHOP);
        change(&mut bench);
        bench.pass("spec").cache_key.unwrap()
    };
    let first = key(&|_| {});
    let same: [&dyn Fn(&mut Bench); 7] = [
        &|bench| bench.write("README.md", "new"),
        &|bench| bench.write("src/lib.rs", "changed"),
        &|bench| bench.replace(WORKFLOW, "Describe it.", "Describe it well."),
        &|bench| bench.replace(".tollgate/agents/critic.md", "mistakes", "errors"),
        &|bench| bench.replace(".tollgate/tickets/feat-1.md", "In Progress", "Blocked"),
        &|bench| bench.world.harnesses.clear(),
        &|bench| bench.world.now = "2027-01-01T00:00:00Z".into(),
    ];
    for (at, change) in same.iter().enumerate() {
        assert_eq!(key(change), first, "{at}");
    }
    let other: [&dyn Fn(&mut Bench); 8] = [
        &|bench| bench.write("docs/orders.md", "changed"),
        &|bench| bench.write("docs/a/b.md", "new"),
        &|bench| bench.remove("docs/orders.md"),
        &|bench| bench.replace(".tollgate/tickets/feat-1.md", "Gift wrapping", "Gifts"),
        &|bench| bench.replace(WORKFLOW, "Say what", "Tell what"),
        &|bench| bench.replace(".tollgate/agents/specifier.md", "specifications", "specs"),
        &|bench| bench.replace(WORKFLOW, "defaults: {tier: standard}", "defaults: {tier: light}"),
        &|bench| {
            bench.world.overrides.inputs.insert("scope".into(), "backend-only".into());
        },
    ];
    for (at, change) in other.iter().enumerate() {
        assert_ne!(key(change), first, "{at}");
    }
}

/// The repository that the tests, the try-out and the README show.
#[test]
fn the_shop_can_be_planned() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop");
    let mut bench = Bench::new("");
    read_folder(&mut bench, &root, "");
    let world = bench.now();
    let tickets: Vec<_> = bench.project.defined(spec::NameKind::Ticket).map(|name| name.text.clone()).collect();
    assert!(tickets.len() >= 5, "{tickets:?}");
    for ticket in tickets {
        let plan = plan(&bench.project, &ticket, &world);
        assert!(!plan.passes.is_empty(), "{ticket}: {}", plan.next.why);
        for pass in &plan.passes {
            let waits = matches!(&pass.state, PassState::Blocked { by } if !by.is_empty());
            let settled = waits || pass.state == PassState::Skipped;
            assert!(settled || pass.state.is_runnable(), "{ticket}/{}: {:?} {:?}", pass.id, pass.state, pass.why);
            assert!(pass.pass_type != "agent" || pass.prompt.is_some(), "{ticket}/{} has no prompt", pass.id);
            let dependent = pass.gate.as_ref().and_then(|gate| gate.reviewer.as_ref()?.dependent.clone());
            assert_eq!(dependent, None, "{ticket}/{}", pass.id);
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "tests read their fixtures")]
fn read_folder(bench: &mut Bench, folder: &std::path::Path, prefix: &str) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        match entry.file_type().unwrap() {
            kind if kind.is_dir() && path != "target" => read_folder(bench, &entry.path(), &format!("{path}/")),
            kind if kind.is_file() => {
                if let Ok(text) = std::fs::read_to_string(entry.path()) {
                    bench.write(&path, &text);
                }
            }
            _ => {}
        }
    }
}

/// Something that happens to a repository.
#[derive(Clone, Debug)]
enum Event {
    Run(usize, u8, bool),
    Fail(usize),
    Decide(usize, bool, bool),
    Edit(usize, u8),
    Task(u8),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0usize..3, 0u8..3, any::<bool>()).prop_map(|(pass, text, taken)| Event::Run(pass, text, taken)),
        (0usize..3).prop_map(Event::Fail),
        (0usize..2, any::<bool>(), any::<bool>()).prop_map(|(pass, yes, human)| Event::Decide(pass, yes, human)),
        (0usize..4, 0u8..3).prop_map(|(file, text)| Event::Edit(file, text)),
        (0u8..2).prop_map(Event::Task),
    ]
}

fn happen(bench: &mut Bench, event: &Event) {
    let passes = ["spec", "code", "docs"];
    let files = ["docs/orders.md", "src/lib.rs", SPEC, "docs/wrap.md"];
    match event {
        Event::Run(pass, text, taken) => {
            let checks = [("tests", GateState::Passed), ("lint", GateState::Passed)];
            let path = [SPEC, "src/lib.rs", "docs/wrap.md"][*pass];
            bench.run_ending(passes[*pass], &[(path, &format!("text {text}"))], Outcome::Ok, &checks, *taken);
        }
        Event::Fail(pass) => {
            bench.run_ending(passes[*pass], &[], Outcome::NoOutput, &[], true);
        }
        Event::Decide(pass, yes, human) => {
            // nothing to decide on before anything was made
            if bench.pass(passes[*pass]).gate.is_some_and(|gate| !gate.files.is_empty()) {
                let verdict = if *yes { Verdict::Approved } else { Verdict::Rejected };
                let (kind, who) = if *human { (ReviewerKind::Human, "Ann") } else { (ReviewerKind::Agent, "critic") };
                bench.decide_as(passes[*pass], verdict, kind, who);
            }
        }
        Event::Edit(file, text) => bench.write(files[*file], &format!("text {text}")),
        Event::Task(text) => {
            let text = SHOP
                .split("//- ")
                .find(|file| file.starts_with(WORKFLOW))
                .map(|file| file.split_once('\n').unwrap().1.replace("Write it.", &format!("Write it {text}.")));
            bench.write(WORKFLOW, &text.unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_happens_the_plan_keeps_its_word(events in proptest::collection::vec(event(), 0..10)) {
        let mut bench = Bench::new(SHOP);
        for event in &events {
            happen(&mut bench, event);
            let plan = bench.plan();
            prop_assert_eq!(&plan, &bench.clone().plan(), "a plan is a function of its inputs");
            let place = |id: &str| plan.passes.iter().position(|pass| pass.id == id);
            for pass in &plan.passes {
                for need in &pass.needs {
                    prop_assert!(place(need) < place(&pass.id), "order");
                    let closed = plan.passes.iter().any(|other| other.id == *need && other.state.is_closed());
                    prop_assert!(closed || !pass.state.is_runnable() && pass.state != PassState::Done, "{} before {}", pass.id, need);
                }
                prop_assert!(!pass.why.is_empty());
                let human = pass.id == "spec" && pass.state == PassState::Done;
                let approved = pass.gate.as_ref().is_some_and(|gate| gate.verdict.approved);
                prop_assert!(!human || approved, "a human gate closes only by a person");
                let open = pass.gate.as_ref().is_some_and(|gate| !gate.verdict.closed());
                prop_assert!(!(open && pass.state == PassState::Done), "done with an open gate");
            }
            if let Some(next) = &plan.next.pass {
                prop_assert!(plan.passes.iter().any(|pass| pass.id == *next && pass.state.is_runnable()));
            }
        }
    }

    #[test]
    fn any_graph_is_put_in_order(needs in proptest::collection::vec(proptest::collection::vec(0usize..6, 0..3), 1..6)) {
        let list: String = needs.iter().enumerate().map(|(at, needs)| {
            let needs: Vec<String> = needs.iter().map(|need| format!("p{need}")).collect();
            format!("  - {{id: p{at}, type: command, run: \"true\", needs: [{}]}}\n", needs.join(", "))
        }).collect();
        let text = format!("//- .tollgate/workflows/w.md\n---\nschema_version: 1\nname: w\nticket: {{types: [x]}}\npasses:\n{list}---\n\
            //- .tollgate/tickets/t.md\n---\nschema_version: 1\nid: t\ntitle: t\nstatus: To Do\ntype: x\n---\n");
        let plan = Bench::new(&text).plan();
        prop_assert_eq!(plan.passes.len(), needs.len());
        let place = |id: &str| plan.passes.iter().position(|pass| pass.id == id);
        for pass in &plan.passes {
            let circle = pass.why.iter().any(|why| why.contains("lead back"));
            for need in pass.needs.iter().filter(|need| place(need).is_some()) {
                prop_assert!(circle || place(need) < place(&pass.id));
            }
        }
    }
}
