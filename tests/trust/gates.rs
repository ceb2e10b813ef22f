//! A gate closes by a person's word over exactly what they saw. What runs, a second client and a copied record have none.

use crate::{
    client,
    editor::{self, Editor},
    place::{self, Place},
    running, watch,
};
use serde_json::{Value, json};
use std::{fs, path::PathBuf};

const GATED: &str = "    type: command\n    run: [worker]\n    outputs: [{id: out, path: out.txt}]\n    gate:\n      criteria: [{id: AC-1, must: be good}]\n      verify: [{id: look, command: [checker], format: auto}]\n      reviewer: {type: human}\n";

/// A reviewed checkout whose pass has done its work and waits for a person.
fn waiting() -> Place {
    let place = place::with_pass(GATED);
    place.program("worker", "echo made > out.txt");
    place.program("checker", "exit 0");
    place.allow();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    assert_eq!(gate(&place)["gate"]["state"], "PENDING");
    place
}

/// The pass as the plan has it.
fn gate(place: &Place) -> Value {
    place.call(&["explain", "t-1", "--json"]).json()["passes"][0].clone()
}

/// The nonce of the gate that waits.
fn shown(editor: &mut Editor) -> String {
    let gates = editor.server.ask("tollgate/pendingGates", json!({})).unwrap();
    gates[0]["nonce"].as_str().unwrap_or_else(|| panic!("no gate waits: {gates}")).to_owned()
}

/// Decides with a nonce.
fn decide(editor: &mut Editor, place: &Place, nonce: &str, ticket: &str) -> Result<Value, i64> {
    let arguments = json!([{ "root": place.root, "ticket": ticket, "pass": "work", "decision": "APPROVED", "reason": "", "nonce": nonce }]);
    editor.server.ask("workspace/executeCommand", json!({ "command": "tollgate.decide", "arguments": arguments }))
}

/// A checkout whose gate a person has closed.
fn approved() -> Place {
    let place = waiting();
    let mut editor = editor::open(&place);
    editor.expect_trust("reviewed");
    let nonce = shown(&mut editor);
    decide(&mut editor, &place, &nonce, "t-1").unwrap();
    editor.leave();
    assert_eq!(gate(&place)["gate"]["state"], "PASSED", "{}", gate(&place));
    place
}

fn records(place: &Place, ticket: &str) -> Vec<PathBuf> {
    let folder = place.root.join(".tollgate/records").join(ticket);
    if folder.is_dir() { watch::snapshot(&folder).into_keys().map(PathBuf::from).collect() } else { Vec::new() }
}

fn decisions(place: &Place) -> Vec<PathBuf> {
    let said = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("\"APPROVED\"");
    records(place, "t-1").into_iter().filter(said).collect()
}

/// The commands of a gate over the work tree cannot write what a person decides, or what git and agents obey.
#[test]
fn tg36_a_checker_cannot_decide() {
    let place = waiting();
    let forged = ".tollgate/records/t-1/01990000-0000-7000-8000-000000000001.json";
    place.write(".claude/settings.json", "{}");
    place.write(".github/CODEOWNERS", "* @ann\n");
    place.commit();
    place.program(
        "checker",
        &format!("for name in {forged} .tollgate/config.yaml .git/hooks/post-checkout .git/config .claude/settings.json .github/CODEOWNERS; do echo evil >> $name; done 2>/dev/null; rm -rf .tollgate/tickets 2>/dev/null; echo fine > report.txt; exit 0"),
    );
    place.allow();
    let called = place.call(&["gate", "t-1", "--pass", "work"]);
    for name in [
        forged,
        ".tollgate/config.yaml",
        ".git/hooks/post-checkout",
        ".git/config",
        ".claude/settings.json",
        ".github/CODEOWNERS",
    ] {
        assert!(place.read(name).is_none_or(|text| !text.contains("evil")), "{name}: {called:?}");
    }
    assert!(place.root.join(".tollgate/tickets/t-1.md").exists());
    assert_eq!(place.read("report.txt").as_deref(), Some("fine\n"), "what else a checker writes is its own affair");
}

/// Where a checker cannot be kept from it, the gate says that it did something else than checking.
#[test]
fn tg36_a_checker_that_decides_is_found_out() {
    for (bubblewrap, name) in [
        (false, ".tollgate/records/t-1/01990000-0000-7000-8000-000000000001.json"),
        (false, ".git/hooks/post-checkout"),
        (false, ".git/config"),
        (false, ".mcp.json"),
        (true, ".mcp.json"),
        (true, ".vscode/tasks.json"),
    ] {
        let place = waiting();
        if !bubblewrap {
            place.without_bubblewrap();
        }
        place.commit();
        place.program("checker", &format!("mkdir -p $(dirname {name}); echo evil >> {name}; exit 0"));
        place.allow();
        let called = place.call(&["gate", "t-1", "--pass", "work", "--json"]);
        assert_eq!((called.code, &called.json()["state"]), (Some(1), &json!("ERROR")), "{name}: {called:?}");
        assert!(called.out.contains("a check changed"), "{name}: {called:?}");
    }
}

/// A record that a run writes among its outputs is not counted and stops the pass.
#[test]
fn tg36_a_run_cannot_decide() {
    let place =
        place::with_pass(&GATED.replace("[{id: out, path: out.txt}]", "[{id: out, kind: diff, writes: [\"**\"]}]"));
    place.program("checker", "exit 0");
    place.program("worker", "echo made > out.txt; mkdir -p .tollgate/records/t-1; echo '{\"schema_version\":1,\"kind\":\"decision\"}' > .tollgate/records/t-1/01990000-0000-7000-8000-000000000001.json");
    place.allow();
    let called = place.run();
    assert_ne!(called.ended()["applied"], true, "{called:?}");
    assert_eq!(records(&place, "t-1").len(), 1, "the receipt alone");
    assert_ne!(gate(&place)["gate"]["state"], "PASSED");
}

/// One byte of the artifact, of a criterion or of a verify command, and the approval is void.
#[test]
fn tg37_a_change_voids_an_approval() {
    let flow = ".tollgate/workflows/flow.md";
    for (path, old, new) in [
        ("out.txt", "made", "mad3"),
        (flow, "be good", "be go0d"),
        (flow, "command: [checker]", "command: [checker, x]"),
        (flow, "reviewer: {type: human}", "reviewer: {type: human, from: [\"@x\"]}"),
    ] {
        let place = approved();
        place.replace(path, old, new);
        let found = gate(&place);
        assert_ne!(found["gate"]["state"], "PASSED", "{new}: {found}");
        assert_ne!(found["state"], "done", "{new}: {found}");
    }
}

/// An approval that is copied to another ticket, or met by an older artifact, closes nothing.
#[test]
fn tg38_a_copied_approval_is_void() {
    let place = approved();
    let ticket = place.read(".tollgate/tickets/t-1.md").unwrap();
    place.write(".tollgate/tickets/t-2.md", &ticket.replace("id: t-1", "id: t-2"));
    for record in records(&place, "t-1") {
        let text = fs::read_to_string(&record).unwrap();
        place.write(&format!(".tollgate/records/t-2/{}", record.file_name().unwrap().display()), &text);
    }
    let other = place.call(&["explain", "t-2", "--json"]).json()["passes"][0].clone();
    assert_ne!(other["state"], "done", "{other}");
    assert_ne!(other["gate"]["state"], "PASSED", "{other}");
    place.write("out.txt", "an older one\n");
    assert_ne!(gate(&place)["gate"]["state"], "PASSED");
    place.write("out.txt", "made\n");
    assert_eq!(gate(&place)["gate"]["state"], "PASSED", "the very content is approved");
}

/// A user with a key, in a checkout whose base branch may name signers; the pass has done its work on a branch.
fn signing(signers: impl Fn(&str) -> String, branch: impl Fn(&Place, &str)) -> Place {
    let place = place::with_pass(GATED);
    fs::write(place.path("home/.gitconfig"), "[user]\n\tname = Ann\n\temail = ann@shop.example\n").unwrap();
    let key = place.path("home/id_ed25519");
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ann", "-f"])
        .arg(&key)
        .status()
        .unwrap();
    assert!(made.success());
    place.configure(&format!("signing: {{key: {}}}\n", key.display()));
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let named = signers(public.trim());
    if !named.is_empty() {
        place.write(".tollgate/allowed_signers", &named);
    }
    place.program("worker", "echo made > out.txt");
    place.program("checker", "exit 0");
    place.commit();
    place.git(&place.root, &["checkout", "-qb", "work"]);
    branch(&place, public.trim());
    place.allow();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    assert_eq!(gate(&place)["gate"]["state"], "PENDING", "{}", gate(&place));
    place
}

/// Approves the gate that waits; the error is what the person is told.
fn approve(place: &Place) -> Result<(), String> {
    let mut editor = editor::open(place);
    editor.expect_trust("reviewed");
    let nonce = shown(&mut editor);
    let decided = decide(&mut editor, place, &nonce, "t-1");
    let told = Value::from(editor.leave()).to_string();
    decided.map(|_| ()).map_err(|_| told)
}

/// A decision is signed where the user has a key, and counts by what the base branch says of the key.
#[test]
fn tg39_a_signature_holds_for_these_bytes_and_this_person() {
    let place = signing(|key| format!("ann@shop.example namespaces=\"gate@tollgate\" {key}\n"), |_, _| {});
    approve(&place).unwrap();
    let passed = gate(&place)["gate"].clone();
    assert_eq!(passed["state"], "PASSED", "{passed}");
    assert!(passed["parts"].to_string().contains("approved by Ann <ann@shop.example> (signed)"), "{passed}");
    let record = decisions(&place).remove(0);
    let signature = PathBuf::from(format!("{}.sig", record.display()));
    let (text, signed) = (fs::read_to_string(&record).unwrap(), fs::read(&signature).unwrap());
    let void = |what: &str| {
        let found = gate(&place)["gate"].clone();
        assert_ne!(found["state"], "PASSED", "{what}: {found}");
        let told = place.call(&["check"]).out;
        assert!(told.contains("record/unverifiable"), "{what}: {told}");
        found["void"].to_string()
    };
    fs::remove_file(&signature).unwrap();
    assert!(void("no signature").contains("main says who has to sign"));
    fs::write(&signature, &signed[..signed.len() / 2]).unwrap();
    assert!(void("half a signature").contains("cannot be read"));
    fs::write(&signature, &signed).unwrap();
    fs::write(&record, text.replace("\"reason\": \"\"", "\"reason\": \"fine\"")).unwrap();
    assert!(void("another text").contains("not as it was signed"));
    fs::write(&record, text).unwrap();
    assert_eq!(gate(&place)["gate"]["state"], "PASSED");
    place.write(".tollgate/allowed_signers", "");
    assert_eq!(gate(&place)["gate"]["state"], "PASSED", "the work tree has no say");
}

/// A key that the branch under review brings along, one that has expired, one that was revoked, another person's, and a
/// list of signers that is a link let nobody speak.
#[test]
fn tg39_the_base_decides_who_may_sign() {
    type Branch = fn(&Place, &str);
    let same: Branch = |_, _| {};
    let brings: Branch = |place, key| {
        place.write(".tollgate/allowed_signers", &format!("ann@shop.example {key}\n"));
        place.git(&place.root, &["commit", "-qam", "let me in"]);
    };
    let other = "bob@shop.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBERERERERERERERERERERERERERERERERERERERERER";
    for (named, branch, why) in [
        ("OTHER", brings, "does not name the key"),
        ("ann@shop.example valid-before=\"20260101\" KEY", same, "did not allow the key at that time"),
        ("bob@shop.example KEY", same, "gives the key to bob@shop.example"),
        ("ann@shop.example namespaces=\"git\" KEY", same, "allows the key for something else"),
    ] {
        let place = signing(|key| named.replace("KEY", key).replace("OTHER", other), branch);
        let told = approve(&place).unwrap_err();
        assert!(told.contains("would count for nothing") && told.contains(why), "{named}: {told}");
        assert_eq!(records(&place, "t-1").len(), 1, "{named}: the receipt alone");
    }
    let place = signing(|_| String::new(), |_, _| {});
    approve(&place).unwrap();
    let parts = gate(&place)["gate"]["parts"].to_string();
    assert!(parts.contains("signed, by a key that the base branch does not name"), "{parts}");

    let place = signing(|key| format!("ann@shop.example {key}\n"), |_, _| {});
    approve(&place).unwrap();
    let key = fs::read_to_string(place.path("home/id_ed25519.pub")).unwrap();
    for (path, text, why) in [
        (".tollgate/revoked_signers", key.as_str(), "revoked the key"),
        (".tollgate/allowed_signers", "-> ../signers", "does not name the key"),
    ] {
        place.git(&place.root, &["checkout", "-q", "main"]);
        match text.strip_prefix("-> ") {
            Some(target) => {
                fs::write(place.root.join("signers"), format!("ann@shop.example {key}")).unwrap();
                fs::remove_file(place.root.join(path)).unwrap();
                std::os::unix::fs::symlink(target, place.root.join(path)).unwrap();
                place.git(&place.root, &["rm", "-q", ".tollgate/revoked_signers"]);
            }
            None => place.write(path, text),
        }
        place.git(&place.root, &["add", path]);
        place.git(&place.root, &["commit", "-qm", "later"]);
        place.git(&place.root, &["checkout", "-q", "work"]);
        let void = gate(&place)["gate"]["void"].to_string();
        assert!(void.contains(why), "{path}: {void}");
    }
}

/// A gate may ask for a key that must be touched; a click and a key that lies on the disk are less.
#[test]
fn tg39_a_weaker_signature_does_not_reach_the_strength_asked_for() {
    for (strength, why) in [("os", "by a key that must be touched"), ("forge", "cannot be read back")] {
        let named = |key: &str| format!("ann@shop.example {key}\n");
        let place = signing(named, |_, _| {});
        assert_eq!(gate(&place)["gate"]["strength"], "ui", "{}", gate(&place));
        // the branch asks for less than the base does
        place.git(&place.root, &["checkout", "-q", "main"]);
        let text = place.read(".tollgate/config.yaml").unwrap();
        place.write(".tollgate/config.yaml", &format!("{text}policy: {{strength: {strength}}}\n"));
        place.git(&place.root, &["commit", "-qam", "ask for more"]);
        place.git(&place.root, &["checkout", "-q", "work"]);
        assert_eq!(gate(&place)["gate"]["strength"], strength);
        let told = approve(&place).unwrap_err();
        assert!(told.contains(why), "{told}");
    }
}

/// Who made the work does not judge it: not by its own name, by another case of it, or through what it extends.
#[test]
fn tg40_nobody_judges_their_own_work() {
    let agent = |name: &str, more: &str| {
        format!("---\nschema_version: 1\nname: {name}\ncategory: implementer\n{more}---\nWork.\n")
    };
    for (reviewer, more) in
        [("maker", ""), ("other", "extends: maker\n"), ("other", "extends: .tollgate/agents/maker.md\n")]
    {
        let place = place::with_pass(&format!(
            "    agent: maker\n    outputs: [{{id: out, path: out.txt}}]\n    gate: {{reviewer: {{type: agent, agent: {reviewer}}}}}\n"
        ));
        place.write(".tollgate/agents/maker.md", &agent("maker", ""));
        if reviewer != "maker" {
            place.write(&format!(".tollgate/agents/{reviewer}.md"), &agent(reviewer, more));
        }
        let called = place.call(&["check"]);
        let told = called.out.lines().find(|line| line.contains("gate/self-review")).unwrap_or_default().to_owned();
        assert!(told.contains("maker") && told.contains(reviewer), "{reviewer} {more}: {}", called.out);
    }
}

/// Without a nonce of this very session for this very gate there is no decision, and a nonce is good once.
#[test]
fn tg41_a_decision_needs_its_nonce() {
    let place = waiting();
    let mut person = editor::open(&place);
    let mut other = editor::open(&place);
    person.expect_trust("reviewed");
    other.expect_trust("reviewed");
    let nonce = shown(&mut person);
    for forged in ["", "0", "00000000000000000000000000000000", &nonce] {
        assert_eq!(decide(&mut other, &place, forged, "t-1"), Err(-32803), "a nonce of another session");
    }
    assert_eq!(decide(&mut person, &place, &nonce, "t-2"), Err(-32803), "for another ticket");
    assert_eq!(decide(&mut person, &place, &nonce, "t-1"), Err(-32803), "it is used up");
    assert_eq!(decisions(&place), [""; 0].map(PathBuf::from));
    let nonce = shown(&mut person);
    decide(&mut person, &place, &nonce, "t-1").unwrap();
    assert_eq!(decide(&mut person, &place, &nonce, "t-1"), Err(-32803), "twice");
    assert_eq!(decisions(&place).len(), 1);
    person.leave();
    other.leave();
}

/// A client that shows nothing to a person, and one that a run started, is given no nonce: not for a gate, not for a plan.
#[test]
fn tg41_an_unknown_client_gets_no_nonce() {
    let mut place = waiting();
    for under_a_run in [false, true] {
        let commands = if under_a_run { json!(["tollgate.reviewPlan", "tollgate.approve"]) } else { json!([]) };
        if under_a_run {
            place.variables.insert("TOLLGATE_RUN".to_owned(), "x".to_owned());
        }
        let mut server = client::builder()
            .environment(place.environment())
            .with("/rootUri", json!(editor::uri(&place.root)))
            .with("/capabilities/experimental/tollgate/commands", commands)
            .start();
        let root = json!({ "root": place.root });
        let plan = server.ask("tollgate/trustPlan", root.clone()).unwrap();
        assert!(plan["hash"].is_string() && plan["nonce"].is_null(), "{plan}");
        let words = json!({ "root": place.root, "hash": plan["hash"], "nonce": plan["nonce"] });
        assert_eq!(server.ask("tollgate/trustAllow", words), Err(-32803));
        let gates = server.ask("tollgate/pendingGates", root).unwrap();
        assert!(gates.as_array().unwrap().iter().all(|gate| gate["nonce"].is_null()), "{gates}");
        server.ask("shutdown", Value::Null).unwrap();
        server.notify("exit", Value::Null);
        server.exit_code();
        server.overhear();
        std::thread::sleep(std::time::Duration::from_millis(50));
        server.overhear();
    }
}

/// From within a run nobody approves a gate, allows a plan or starts another run: not through a pipe, not in a terminal of
/// its own, not with a clean environment, not as an orphan in a session of its own.
#[test]
fn tg42_a_run_cannot_speak_for_a_person() {
    for bubblewrap in [true, false] {
        speaks_for_nobody(bubblewrap);
    }
}

fn speaks_for_nobody(bubblewrap: bool) {
    let place = place::with_pass(GATED);
    if !bubblewrap {
        place.without_bubblewrap();
    }
    let binary = env!("CARGO_BIN_EXE_tollgate");
    let root = place.root.display().to_string();
    let environment: String = place.environment().iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    let words = [
        format!("{binary} gate approve t-1 work --root {root}"),
        format!("{binary} trust --root {root} --allow $(cat hash.txt)"),
        format!("{binary} run t-1 --yes --root {root}"),
        format!("{binary} run t-1 --yes --supervise 01990000-0000-7000-8000-000000000009 --root {root}"),
    ];
    let mut script = String::from("exec > out.txt 2>&1\n");
    for word in &words {
        script.push_str(&format!("echo yes | {word}\n"));
        script.push_str(&format!("echo yes | env -i {environment} {word}\n"));
        script.push_str(&format!("env -i {environment} SHELL=/bin/sh script -qec '{word}' /dev/null < /dev/null\n"));
        script.push_str(&format!("(setsid env -i {environment} SHELL=/bin/sh sh -c \"sleep 0.3; script -qec '{word}' /dev/null < /dev/null; : > done\" > orphan.txt 2>&1 &)\n"));
        script.push_str("until [ -e done ]; do sleep 0.05; done; rm done; cat orphan.txt; rm orphan.txt\n");
    }
    place.program("worker", &script);
    place.program("checker", "exit 0");
    place.write("hash.txt", "sha256:0");
    place.allow();
    let trusted = fs::read(place.path("state/tollgate/trust.jsonl")).unwrap();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    let said = place.read("out.txt").unwrap();
    let refusals = said.matches("a run cannot").count()
        + said.matches("only a person").count()
        + said.matches("is a person's").count();
    assert!(refusals >= 16, "{refusals} of 16 were refused for that reason:\n{said}");
    assert_eq!(decisions(&place).len(), 0);
    assert_eq!(records(&place, "t-1").len(), 1, "one run");
    assert_eq!(fs::read(place.path("state/tollgate/trust.jsonl")).unwrap(), trusted);
}

/// A record that is edited or taken out is missed by the one that was written after it; one that is put elsewhere says so
/// itself.
#[test]
fn tg43_the_chain_of_records_shows_what_became_of_it() {
    let told = |place: &Place, rule: &str| place.call(&["check"]).out.matches(rule).count();
    for change in ["edited", "taken out", "reordered"] {
        let place = approved();
        assert_eq!(told(&place, "record/"), 0);
        let (receipt, decision) = match &records(&place, "t-1")[..] {
            [first, second] => (first.clone(), second.clone()),
            other => panic!("{other:?}"),
        };
        let text = fs::read_to_string(&receipt).unwrap();
        match change {
            "edited" => fs::write(&receipt, text.replace("\"attempt\": 1", "\"attempt\": 2")).unwrap(),
            "taken out" => fs::remove_file(&receipt).unwrap(),
            _ => {
                fs::write(&receipt, fs::read(&decision).unwrap()).unwrap();
                fs::write(&decision, text).unwrap();
            }
        }
        let rule = if change == "reordered" { "record/invalid" } else { "record/chain" };
        assert!(told(&place, rule) > 0, "{change}: {}", place.call(&["check"]).out);
    }
}

/// A checkout whose base branch allows the ticket one dollar, with an agent that writes what it is asked for and says that
/// it used so many tokens of a model.
fn paid(tokens: u64) -> Place {
    let place = place::with_pass("    agent: maker\n    outputs: [{id: out, path: out.txt}]\n");
    place.write(
        ".tollgate/config.yaml",
        "schema_version: 1\nproject: {id: shop}\ntiers: {standard: [{harness: claude, model: claude-sonnet-4-5}]}\nbudgets: [{scope: ticket, limit_usd: 1}]\n",
    );
    place
        .write(".tollgate/agents/maker.md", "---\nschema_version: 1\nname: maker\ncategory: implementer\n---\nWork.\n");
    let usage = json!({"input_tokens": 0, "output_tokens": tokens, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0});
    let model = json!({"claude-sonnet-4-5": {"inputTokens": 0, "outputTokens": tokens, "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0, "webSearchRequests": 0, "costUSD": 0.0, "costBasis": "list"}});
    let end = json!({"type": "result", "subtype": "success", "is_error": false, "result": "done", "usage": usage, "modelUsage": model, "total_cost_usd": 0.0, "num_turns": 1});
    let agent = place.program("maker", &format!("cat > /dev/null; echo made > out.txt; echo '{end}'"));
    place.configure(&format!("harnesses: {{claude: {{command: [{}]}}}}\n", agent.display()));
    place.commit();
    place.git(&place.root, &["checkout", "-qb", "work"]);
    place
}

/// A branch cannot raise the budget it spends from: a person approves more, by the rules of gates, and what others left in
/// the repository approves nothing.
#[test]
fn tg46_a_branch_cannot_raise_its_own_budget() {
    let place = paid(1000);
    place.replace(".tollgate/config.yaml", "limit_usd: 1}", "limit_usd: 500}");
    place.allow();
    let called = place.call(&["run", "t-1", "--yes"]);
    assert_eq!(called.code, Some(4), "{called:?}");
    assert!(called.err.contains("the ticket budget of $1.00 on main"), "{called:?}");
    assert!(called.err.contains("tollgate gate approve t-1 work --usd 1.00"), "{called:?}");
    let called = place.call(&["gate", "approve", "t-1", "work", "--usd", "1.00"]);
    assert!(called.code == Some(2) && called.err.contains("a decision is a person's"), "{called:?}");

    let mut editor = editor::open(&place);
    editor.expect_trust("reviewed");
    let waiting = editor.server.ask("tollgate/pendingGates", json!({})).unwrap();
    assert_eq!(waiting[0]["kind"], "budget", "{waiting}");
    assert!(waiting[0]["markdown"].as_str().unwrap().contains("$1.00 more be spent"), "{waiting}");
    let nonce = waiting[0]["nonce"].as_str().unwrap().to_owned();
    decide(&mut editor, &place, &nonce, "t-1").unwrap();
    assert_eq!(decide(&mut editor, &place, &nonce, "t-1"), Err(-32803), "twice");
    editor.leave();
    assert_eq!(gate(&place)["state"], "ready", "{}", gate(&place));

    let memory = fs::read_dir(place.path("state/tollgate/repositories")).unwrap().next().unwrap().unwrap();
    let memory = memory.path().join("decided.txt");
    let known = fs::read(&memory).unwrap();
    fs::write(&memory, "").unwrap();
    assert_eq!(gate(&place)["state"], "stopped_by_budget", "a record that this user did not make");
    fs::write(&memory, known).unwrap();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
}

/// A branch cannot say that its own rejected work goes on.
#[test]
fn tg46_a_branch_cannot_let_rejected_work_go_on() {
    let place = place::with_pass(&format!("{GATED}      on_reject: abort\n"));
    place.program("worker", "echo made > out.txt");
    place.program("checker", "exit 0");
    place.commit();
    place.git(&place.root, &["checkout", "-qb", "work"]);
    place.replace(".tollgate/workflows/flow.md", "on_reject: abort", "on_reject: skip");
    place.allow();
    assert_eq!(place.run().code, Some(0));
    let mut editor = editor::open(&place);
    editor.expect_trust("reviewed");
    let nonce = shown(&mut editor);
    let arguments = json!([{ "root": place.root, "ticket": "t-1", "pass": "work", "decision": "REJECTED", "reason": "no", "nonce": nonce }]);
    editor
        .server
        .ask("workspace/executeCommand", json!({ "command": "tollgate.decide", "arguments": arguments }))
        .unwrap();
    editor.leave();
    assert_eq!(gate(&place)["state"], "failed", "{}", gate(&place));
}

/// What was spent is remembered outside of the repository: records that are taken out give no money back.
#[test]
fn tg43_records_that_are_gone_give_no_money_back() {
    let place = paid(100_000);
    place.git(&place.root, &["checkout", "-q", "main"]);
    place.replace(".tollgate/config.yaml", "limit_usd: 1}", "limit_usd: 3}");
    place.git(&place.root, &["commit", "-qam", "more"]);
    place.allow();
    let called = place.run();
    assert_eq!(called.code, Some(0), "{called:?}");
    let spent = |place: &Place| place.call(&["explain", "t-1", "--json"]).json()["spent"].as_str().unwrap().to_owned();
    let before = spent(&place);
    assert_ne!(before, "0");
    fs::remove_dir_all(place.root.join(".tollgate/records")).unwrap();
    assert_eq!(spent(&place), before);
    assert_eq!(gate(&place)["state"], "stopped_by_budget", "{}", gate(&place));
}

/// A gate that a branch weakens or throws away still asks for a person.
#[test]
fn tg46_a_branch_cannot_weaken_its_own_gate() {
    let reviewed = "      reviewer: {type: human}\n";
    let whole = &GATED[GATED.find("    gate:").unwrap()..];
    for (taken, what) in [
        (reviewed, "its reviewer"),
        ("      criteria: [{id: AC-1, must: be good}]\n", "criterion AC-1"),
        ("      verify: [{id: look, command: [checker], format: auto}]\n", "check `look`"),
        (whole, "its reviewer, check `look`, criterion AC-1"),
    ] {
        let flow = ".tollgate/workflows/flow.md";
        let place = place::with_pass(GATED);
        place.program("worker", "echo made > out.txt");
        place.program("checker", "exit 0");
        place.commit();
        place.git(&place.root, &["checkout", "-qb", "work"]);
        place.replace(flow, taken, "");
        place.allow();
        let called = place.run();
        assert_eq!(called.code, Some(0), "{called:?}");
        let found = gate(&place)["gate"].clone();
        assert_eq!(found["state"], "PENDING", "{what}: {found}");
        assert!(found["parts"].to_string().contains(&format!("the gate of main also has {what}")), "{what}: {found}");
        approve(&place).unwrap();
        assert_eq!(gate(&place)["state"], "done", "{what}: {}", gate(&place));
    }
}

/// Of two people who decide at once one wins and the other is told; after that the gate is closed.
#[test]
fn tg44_one_decision_wins() {
    let place = waiting();
    let (mut first, mut second) = (editor::open(&place), editor::open(&place));
    first.expect_trust("reviewed");
    second.expect_trust("reviewed");
    let (one, two) = (shown(&mut first), shown(&mut second));
    assert!(decide(&mut first, &place, &one, "t-1").is_ok());
    assert_eq!(decide(&mut second, &place, &two, "t-1"), Err(-32803));
    assert_eq!(decisions(&place).len(), 1);
    first.leave();
    second.leave();
}

/// What was shown is what is decided on: an artifact or a plan that changed in between is not approved.
#[test]
fn tg45_what_was_shown_is_what_is_decided() {
    let place = waiting();
    let mut editor = editor::open(&place);
    editor.expect_trust("reviewed");
    let nonce = shown(&mut editor);
    place.write("out.txt", "something else\n");
    assert_eq!(decide(&mut editor, &place, &nonce, "t-1"), Err(-32803));
    assert_eq!(decisions(&place).len(), 0);
    let plan = editor.plan();
    assert!(plan["markdown"].as_str().unwrap().contains(plan["hash"].as_str().unwrap()));
    place.replace(".tollgate/workflows/flow.md", "[worker]", "[worker, other]");
    let words = json!({ "root": place.root, "hash": plan["hash"], "nonce": plan["nonce"] });
    assert_ne!(editor.server.ask("tollgate/trustAllow", words).unwrap()["state"], "reviewed");
    editor.leave();
    assert_ne!(place.state(), "reviewed");
}

/// A plan is shown whole and as it is: long words, invisible characters and Markdown in it hide nothing.
#[test]
fn tg45_nothing_hides_in_a_plan() {
    let place = place::with_pass(
        "    type: command\n    run: [worker, \"a`b\", \"\\u202Eexe\", \"]( http://x )\", \"<!--\", \"x\\ny\"]\n",
    );
    place.program("worker", "true");
    place.write(
        ".tollgate/workflows/long.md",
        &place::workflow(&format!("    type: command\n    run: [worker, \"{}\", last-word]\n", "long ".repeat(4000)))
            .replace("name: flow", "name: long"),
    );
    let report = place.call(&["trust", "--json"]).json()["markdown"].as_str().unwrap().to_owned();
    assert!(report.contains("last-word"), "a long argument pushes nothing out of sight");
    assert!(!report.contains('\u{202e}'), "{report}");
    assert!(report.to_lowercase().contains("202e"), "what cannot be seen is told: {report}");
    let line = report
        .lines()
        .find(|line| line.contains("worker") && line.contains("runs") && !line.contains("last-word"))
        .unwrap();
    assert!(line.contains("<!--") || line.contains("\\<\\!--"), "{line}");
}

/// A checkout whose change waits for the review of `critic`, whose first answer nobody could read; now it does what `script`
/// says when it is asked to review.
fn waiting_for_review(script: &str) -> Place {
    let place = running::with_agent("Work.", "");
    let asked =
        "    gate: {verify: [{id: look, command: [checker], format: auto}], reviewer: {type: agent, agent: critic}}\n";
    let pass = format!("    agent: free\n    outputs: [{{id: out, path: out.txt}}]\n{asked}");
    place.write(".tollgate/workflows/flow.md", &place::workflow(&pass));
    let tiers = "tiers: {light: [{harness: claude, model: haiku}], heavy: [{harness: claude, model: sonnet}]}";
    place.replace(".tollgate/config.yaml", "tiers: {light: [{harness: claude, model: haiku}]}", tiers);
    place.write(
        ".tollgate/agents/critic.md",
        "---\nschema_version: 1\nname: critic\ncategory: verifier\ntier: heavy\n---\nLook.\n",
    );
    place.program("checker", "exit 0");
    place.commit();
    for review in [format!("echo '{}'", running::RESULT), script.to_owned()] {
        let work = format!("echo made > out.txt; echo '{}'", running::RESULT);
        place.program("claude", &format!("if [ \"$TOLLGATE_PURPOSE\" = review ]; then {review}\nelse {work}; fi"));
        place.allow();
        if gate_state(&place) == "ready" {
            place.run();
        }
    }
    assert_eq!(gate_state(&place), "waiting_for_review", "{}", gate(&place));
    assert!(!place.root.join("out.txt").exists(), "its change is kept until then");
    place
}

fn gate_state(place: &Place) -> Value {
    gate(place)["state"].clone()
}

fn request_review(editor: &mut Editor, place: &Place) -> i64 {
    let arguments = json!([{ "root": place.root, "ticket": "t-1", "pass": "work" }]);
    let parameters = json!({ "command": "tollgate.agentReview", "arguments": arguments });
    editor.server.request("workspace/executeCommand", parameters)
}

/// Asks for the missing review and says yes to it.
fn review(editor: &mut Editor, place: &Place) -> Value {
    let asked = request_review(editor, place);
    let dialog = editor.server.expect_request("window/showMessageRequest");
    let words = dialog["params"]["message"].as_str().unwrap();
    assert!(words.starts_with("Let critic review pass work of t-1? It starts claude · sonnet, "), "{words}");
    editor.server.answer(&dialog, json!({ "title": "Review" }));
    let started = editor.server.reply_to(asked).unwrap();
    assert_eq!(started["started"], true);
    started["run"].clone()
}

/// A missing review is started from the editor: by its lens, after a yes; and the change is taken when it finds nothing.
#[test]
fn a_missing_review_is_started_from_the_editor() {
    let approved = json!({"decision": "approve", "summary": "Looked.", "criteria": [], "findings": []});
    let mut said: Value = serde_json::from_str(running::RESULT).unwrap();
    said["result"] = json!(format!("```json\n{approved}\n```"));
    let place = waiting_for_review(&format!("cat <<'E'\n{said}\nE\n"));
    let mut editor = editor::open(&place);
    editor.expect_trust("reviewed");
    editor.open_file(".tollgate/tickets/t-1.md");
    editor.expect_lens(".tollgate/tickets/t-1.md", "Review by critic · ");
    editor.expect_lens(".tollgate/tickets/t-1.md", "tollgate.agentReview");
    let refused = request_review(&mut editor, &place);
    let dialog = editor.server.expect_request("window/showMessageRequest");
    editor.server.answer(&dialog, json!({ "title": "Not now" }));
    assert_eq!(editor.server.reply_to(refused).unwrap()["started"], false);
    let run = review(&mut editor, &place);
    place::until("the change is taken", || place.root.join("out.txt").exists());
    place::until("the pass is done", || gate_state(&place) == "done");
    assert_eq!(decisions(&place).len(), 1);
    let reviews = records(&place, "t-1").into_iter().map(|path| fs::read_to_string(path).unwrap());
    let reviews: Vec<String> = reviews.filter(|text| text.contains(run.as_str().unwrap())).collect();
    assert!(reviews.iter().any(|text| text.contains("\"review\"")), "{reviews:?}");
    let again = request_review(&mut editor, &place);
    assert_eq!(editor.server.reply_to(again), Err(-32803), "nothing waits for it now");
    editor.leave();
}

/// It is shown while it goes on, and can be cancelled.
#[test]
fn a_review_of_the_editor_can_be_cancelled() {
    let place = waiting_for_review("sleep 600");
    let mut editor = editor::open(&place);
    editor.expect_trust("reviewed");
    let run = review(&mut editor, &place);
    let status = loop {
        let status = editor.server.expect_notification("tollgate/status");
        if status["running"][0]["phase"] == "reviewing" {
            break status;
        }
    };
    assert_eq!(status["running"][0]["run"], run);
    let parameters = json!({ "command": "tollgate.cancel", "arguments": [{ "root": place.root, "run": run }] });
    assert_eq!(editor.server.ask("workspace/executeCommand", parameters).unwrap()["stopped"], true);
    place::until("its end is recorded", || {
        let mut texts = records(&place, "t-1").into_iter().map(|path| fs::read_to_string(path).unwrap());
        texts.any(|text| text.contains(run.as_str().unwrap()) && text.contains("\"cancelled\""))
    });
    place::until("it waits again", || gate_state(&place) == "waiting_for_review");
    editor.leave();
}
