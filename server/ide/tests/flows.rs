//! Repositories whose workflows belong to other tools, opened as they are: served whole, and nothing in them is called wrong.
//! And workflows of a size that nobody writes.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

mod fixture;
#[path = "../../../tests/growth.rs"]
mod growth;

use fixture::open;
use ide::Snapshot;
use spec::{NameKind, SpecFile};
use std::sync::Arc;

/// Where the n-th `word` stands in a file of the snapshot, plus one: inside it.
fn inside(snapshot: &Snapshot, path: &str, word: &str, n: usize) -> usize {
    let text = snapshot.file(path).expect("read").text().expect("kept");
    text.match_indices(word).nth(n).expect(word).0 + 1
}

fn hover(snapshot: &Snapshot, path: &str, word: &str, n: usize) -> String {
    ide::hover::hover(snapshot, path, None, inside(snapshot, path, word, n)).expect("a hover").markdown
}

fn definitions(snapshot: &Snapshot, path: &str, word: &str, n: usize) -> Vec<String> {
    let found = ide::navigation::definition(snapshot, path, inside(snapshot, path, word, n));
    found.into_iter().map(|place| place.path).collect()
}

const WORKFLOW: &str = ".specify/workflows/feature/workflow.yml";
const OVERLAY: &str = ".specify/workflows/overlays/feature/library.yml";
const EXTENSION: &str = ".specify/extensions/desk/extension.yml";
const COMMAND: &str = ".specify/extensions/desk/commands/speckit.desk.tell.md";
const PLAN: &str = ".atomic/chains/plan.chain.md";
const MEND: &str = ".atomic/chains/desk/mend.chain.json";
const LATE: &str = ".github/workflows/late-books.md";
const WEEKLY: &str = ".github/workflows/weekly-shelves.md";
const TONE: &str = ".github/workflows/shared/tone.md";
const LEND: &str = ".beads/formulas/lend-book.formula.toml";
const MEND_BOOK: &str = ".beads/formulas/mend-book.formula.toml";
const STOCKTAKE: &str = ".beads/formulas/stocktake.formula.toml";
const RECIPE: &str = ".kiro/workflows/mend.workflow.yaml";

#[test]
fn nothing_is_called_wrong_and_every_file_has_an_outline() {
    for (name, paths) in [
        ("speckit", &[WORKFLOW, OVERLAY, EXTENSION, COMMAND, ".specify/extensions.yml"][..]),
        ("atomic", &[PLAN, MEND, ".atomic/workflows/publish.ts"]),
        ("kiro", &[RECIPE, ".kiro/hooks/tests.kiro.hook"]),
        ("agentic", &[LATE, WEEKLY, TONE, ".github/workflows/late-books.lock.yml"]),
        ("symphony", &["WORKFLOW.md"]),
    ] {
        let snapshot = open(name);
        for path in paths {
            let file = snapshot.file(path).unwrap_or_else(|| panic!("{path} is not read"));
            let found = ide::diagnostics::diagnostics(&snapshot, path, None);
            assert_eq!(found, [], "{path}");
            let outline = ide::symbols::document_symbols(&snapshot, path);
            let without = [".ts", ".lock.yml"].iter().any(|end| file.path.ends_with(end));
            assert!(!outline.is_empty() || without, "{path} has no outline");
        }
    }
}

#[test]
fn an_overlay_is_seen_from_its_workflow_and_back() {
    let snapshot = open("speckit");
    assert_eq!(definitions(&snapshot, OVERLAY, "specify\n", 0), [WORKFLOW]);
    assert_eq!(definitions(&snapshot, OVERLAY, "feature", 0), [WORKFLOW]);
    assert_eq!(definitions(&snapshot, OVERLAY, "steps.specify", 0).len(), 0, "between the names");
    let mut found = definitions(&snapshot, OVERLAY, "speckit.desk.tell", 0);
    found.sort();
    assert_eq!(found, [COMMAND, EXTENSION]);
    assert_eq!(definitions(&snapshot, EXTENSION, "commands/", 0), [COMMAND], "the file that it names");
    let shown = hover(&snapshot, WORKFLOW, "short-tasks", 0);
    let order: Vec<&str> = shown.lines().filter(|line| line.contains('-')).map(str::trim).collect();
    let at = |id: &str| order.iter().position(|line| line.starts_with(&format!("- `{id}`"))).expect(id);
    assert!(at("specify") < at("tell-desk") && at("tell-desk") < at("read-spec"), "{shown}");
    assert!(order[at("short-tasks")].contains("(from overlay `library`) ←"), "{shown}");
    assert!(order[at("reviews")].contains("(from overlay"), "{shown}");
    assert_eq!(at("reviews") + 1, at("gather"), "{shown}");
    let shown = hover(&snapshot, WORKFLOW, "feature", 0);
    assert!(
        shown.starts_with("**feature** · workflow of Spec Kit") && shown.contains("takes `idea`, `size`"),
        "{shown}"
    );
}

#[test]
fn hovers_teach_what_a_step_is() {
    let snapshot = open("speckit");
    let gate = hover(&snapshot, WORKFLOW, "read-spec", 0);
    assert!(gate.contains("- gate by `human`") && gate.contains("- takes the input `verdict`, `idea`"), "{gate}");
    let build = hover(&snapshot, WORKFLOW, "build\n", 0);
    assert!(build.contains("3 times at most") && build.contains("- used by `gather`"), "{build}");
    let size = ide::hover::hover(&snapshot, WORKFLOW, None, inside(&snapshot, WORKFLOW, "inputs.size", 0) + 8).unwrap();
    assert!(size.markdown.contains("- one of `small`, `large`") && size.markdown.contains("used by `large`, `test`"));
    let snapshot = open("atomic");
    let change = hover(&snapshot, MEND, "change\"", 0);
    assert!(
        change.contains("- done by `builder`") && change.contains("- gate by `reviewer`\n  - The tests pass"),
        "{change}"
    );
    let context = hover(&snapshot, PLAN, "context\n", 0);
    assert!(context.contains("Look around") && context.contains("used by `plan`, `reviewer`"), "{context}");
    assert_eq!(definitions(&snapshot, PLAN, "context}", 0), [PLAN]);
    let snapshot = open("kiro");
    let mend = hover(&snapshot, RECIPE, "mend\n", 1);
    assert!(mend.contains("- part of `again`") && mend.contains("used by `docs`, `tell`"), "{mend}");
}

#[test]
fn names_are_offered_where_they_come_next() {
    let labels = |path: &str, text: &str| -> Vec<String> {
        let offset = text.find("$0").expect("a cursor");
        let mut snapshot = Snapshot::default();
        let base = "workflow: {id: base, name: Base}\ninputs: {who: {type: string}}\nsteps:\n  - {id: one, command: speckit.plan}\n  - {id: two, command: speckit.tasks}\n";
        let agent = "---\nname: builder\ndescription: Builds\n---\n";
        let text = text.replacen("$0", "", 1);
        for (path, text) in
            [(".specify/workflows/base/workflow.yml", base), (".claude/agents/builder.md", agent), (path, &text)]
        {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).expect("read")));
        }
        ide::completion::complete(&snapshot, path, offset).into_iter().map(|item| item.label).collect()
    };
    let workflow = |steps: &str| {
        let text = format!(
            "workflow: {{id: w, name: W}}\ninputs: {{a: {{type: string}}}}\nsteps:\n  - {{id: x, command: speckit.plan}}\n{steps}"
        );
        labels(".specify/workflows/w/workflow.yml", &text)
    };
    assert_eq!(workflow("  - id: y\n    type: fan-in\n    wait_for: [$0]\n"), ["x"]);
    assert_eq!(workflow("  - id: y\n    type: fan-in\n    wait_for:\n      - $0\n"), ["x"]);
    assert_eq!(workflow("  - id: y\n    prompt: \"{{ steps.$0 }}\"\n"), ["x"]);
    assert_eq!(workflow("  - id: y\n    prompt: \"{{ steps.x.output.f | default(inputs.$0\"\n"), ["a"]);
    assert!(workflow("  - id: y\n    command: $0\n").contains(&"speckit.implement".to_owned()));
    assert_eq!(workflow("  - id: y\n    type: gate\n    verdict_input: $0\n"), ["a"]);
    assert_eq!(workflow("  - id: y\n    message: $0\n"), [""; 0]);
    let overlay = ".specify/workflows/overlays/base/o.yml";
    assert_eq!(labels(overlay, "id: o\nextends: base\nedits:\n  - insert_after: $0\n"), ["one", "two"]);
    assert_eq!(labels(overlay, "id: o\nextends: base\nedits:\n  - {remove: t$0}\n"), ["one", "two"]);
    let chain = "{\"name\": \"c\", \"description\": \"d\", \"chain\": [{\"agent\": \"a\", \"as\": \"x\"}, {\"agent\": \"$0\"}]}";
    assert!(labels(".atomic/chains/c.chain.json", chain).contains(&"builder".to_owned()));
    let chain = "---\nname: c\ndescription: d\n---\n## a\nas: x\n\nDo.\n\n## b\n\nUse {outputs.$0}\n";
    assert_eq!(labels(".atomic/chains/c.chain.md", chain), ["x"]);
    let recipe = "name: r\ninputs: {a: string}\nsteps:\n  - {type: step, id: x, agent: b, prompt: p}\n  - {type: step, id: y, agent: b, prompt: \"{{$0}}\"}\n";
    assert_eq!(labels(".kiro/workflows/r.workflow.yaml", recipe), ["x.output", "a"]);
}

/// What is looked at, its path, how many of its parts, and the text of so many.
type Case<'a> = (&'a str, &'a str, usize, &'a dyn Fn(usize) -> String);

#[test]
fn names_of_formulas_and_agentic_workflows_are_offered() {
    let labels = |path: &str, text: &str| -> Vec<String> {
        let offset = text.find("$0").expect("a cursor");
        let mut snapshot = open(if path.starts_with(".beads") { "gastown" } else { "agentic" });
        snapshot.project.set(Arc::new(SpecFile::read(path, &text.replacen("$0", "", 1)).expect("read")));
        ide::completion::complete(&snapshot, path, offset).into_iter().map(|item| item.label).collect()
    };
    let formula = |rest: &str| {
        let head = "formula = \"x\"\n[vars]\nwho = \"\"\n[[steps]]\nid = \"a\"\ntitle = \"A\"\n[[steps]]\nid = \"b\"\ntitle = \"B\"\n";
        labels(".beads/formulas/x.formula.toml", &format!("{head}{rest}"))
    };
    assert_eq!(formula("needs = [\"$0\"]\n"), ["a"]);
    assert_eq!(formula("needs = [\n  \"$0\"\n]\n"), ["a"]);
    assert_eq!(formula("needs = [\n  \"a\",\n  \"$0\n]\n"), ["a"], "over lines, and not closed yet");
    assert_eq!(formula("waits_for = \"children-of($0)\"\n"), ["a"]);
    assert_eq!(formula("description = \"For {{$0}}\"\n"), ["who"]);
    assert_eq!(formula("expand = \"$0\"\n"), ["lend-book", "mend-book", "stocktake"]);
    let agentic = |front: &str, body: &str| {
        let head = "on: {workflow_dispatch: {inputs: {room: {type: string}}}}\n";
        labels(".github/workflows/x.md", &format!("---\n{head}{front}---\n{body}"))
    };
    assert_eq!(agentic("imports:\n  - $0\n", ""), ["shared/tone.md"]);
    assert_eq!(agentic("imports:\n  - uses: shared/$0\n", ""), ["shared/tone.md"]);
    assert_eq!(agentic("jobs:\n  a: {}\n  b:\n    needs: [$0]\n", ""), ["a"]);
    assert_eq!(agentic("", "Look at ${{ github.event.inputs.$0 }}\n"), ["room"]);
}

#[test]
fn formulas_and_agentic_workflows_are_read_by_hovering() {
    let snapshot = open("gastown");
    let find = hover(&snapshot, LEND, "\"find\"", 1);
    assert!(find.contains("used by `hand-out`, `write-down`") && find.contains("the list says who has it"), "{find}");
    let reader =
        ide::hover::hover(&snapshot, LEND, None, inside(&snapshot, LEND, "{{reader}}", 0) + 3).expect("a hover");
    assert!(reader.markdown.contains("**reader** · input of formula `lend-book` · required"), "{}", reader.markdown);
    assert_eq!(definitions(&snapshot, STOCKTAKE, "\"cellar\"]", 0), [STOCKTAKE]);
    let snapshot = open("agentic");
    for path in [LATE, WEEKLY] {
        assert_eq!(definitions(&snapshot, path, "shared/tone.md", 0), [TONE]);
        let shown = hover(&snapshot, path, "shared/tone.md", 0);
        assert!(
            shown.contains("shared part of GitHub Agentic Workflows") && shown.contains("takes `reader`"),
            "{shown}"
        );
        let links = ide::links::links(&snapshot, path);
        let to = |link: &ide::links::Link| matches!(&link.target, ide::links::Target::File { path, known: true } if path == TONE);
        assert!(links.iter().any(to), "{links:?}");
    }
    let inputs = hover(&snapshot, LATE, "room }}", 0);
    assert!(inputs.contains("one of `hall`, `cellar`"), "{inputs}");
    let users = ide::navigation::references(&snapshot, TONE, inside(&snapshot, TONE, "---", 0), false);
    assert_eq!(users.iter().map(|place| place.path.as_str()).collect::<Vec<_>>(), [LATE, WEEKLY]);
}

#[test]
fn words_of_a_prompt_say_what_they_stand_for() {
    let snapshot = open("symphony");
    let shown = |word: &str, n: usize| hover(&snapshot, "WORKFLOW.md", word, n);
    assert!(shown("issue.identifier", 0).contains("What people call it"));
    assert!(shown("attempt }}", 0).contains("Which try this is"));
    assert!(shown("$LINEAR_API_KEY", 0).contains("variable of the environment"));
    let text = inside(&snapshot, "WORKFLOW.md", "comment and stop", 0);
    assert_eq!(ide::hover::hover(&snapshot, "WORKFLOW.md", None, text), None);
}

#[test]
fn workflows_of_any_size_are_judged_in_linear_time() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let head = "workflow: {id: w, name: W}\nsteps:\n";
    let workflow = ".specify/workflows/w/workflow.yml";
    let cases: &[Case<'_>] = &[
        ("a long row", workflow, 5_000, &|n| {
            let step = |n: usize| {
                format!("  - {{id: s{n}, command: x, input: {{a: \"{{{{ steps.s{} }}}}\"}}}}\n", n.max(1) - 1)
            };
            format!("{head}{}", many(n, &step))
        }),
        ("one id", workflow, 5_000, &|n| format!("{head}{}", "  - {id: a, command: x}\n".repeat(n))),
        ("all wait for all", workflow, 5_000, &|n| {
            let all = many(n, &|n| format!("s{n}, "));
            format!(
                "{head}{}  - {{id: z, type: fan-in, wait_for: [{all}]}}\n",
                many(n, &|n| format!("  - {{id: s{n}, command: x}}\n"))
            )
        }),
        ("open blocks", workflow, 20_000, &|n| {
            format!("{head}  - {{id: a, type: shell, run: \"{}\"}}\n", "{{ inputs.a ".repeat(n))
        }),
        ("a circle", ".beads/formulas/w.formula.toml", 5_000, &|n| {
            let step =
                |at: usize| format!("[[steps]]\nid = \"s{at}\"\ntitle = \"x\"\nneeds = [\"s{}\"]\n\n", (at + 1) % n);
            format!("formula = \"w\"\nversion = 1\n\n{}", many(n, &step))
        }),
        ("steps of a chain", ".atomic/chains/c.chain.md", 5_000, &|n| {
            let step = |n: usize| format!("## a\nas: s{n}\n\n{{outputs.s{}}} {{outputs.\n\n", n.max(1) - 1);
            format!("---\nname: c\ndescription: d\n---\n{}", many(n, &step))
        }),
        ("results of before", ".kiro/workflows/w.workflow.json", 4_000, &|n| {
            let step = |n: usize| {
                format!(
                    "{{\"type\": \"step\", \"id\": \"s{n}\", \"agent\": \"a\", \"prompt\": \"{{{{previous.output}}}} {{{{s{}.output}}}}\"}},",
                    n.max(1) - 1
                )
            };
            format!("{{\"name\": \"w\", \"steps\": [{}{{}}]}}", many(n, &step))
        }),
    ];
    for (what, path, size, text) in cases {
        growth::assert_linear(what, *size, &|size| {
            let mut project = spec::Project::default();
            project.set(Arc::new(SpecFile::read(path, &text(size)).expect("read")));
            for found in ide::rules::check(&project, path) {
                assert!(found.message.chars().count() <= 120, "{what}");
            }
        });
    }
}

/// What is said of a formula, a workflow of gh-aw and one of Symphony of a size, in linear time.
#[test]
fn files_of_any_size_are_judged_in_linear_time() {
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let (formula, agentic) = (".beads/formulas/w.formula.toml", ".github/workflows/w.md");
    let step =
        |n: usize| format!("[[steps]]\nid = \"s{n}\"\ntitle = \"{{{{a}}}}\"\nneeds = [\"s{}\"]\n\n", n.max(1) - 1);
    let head = "formula = \"w\"\nversion = 1\n[vars]\na = \"\"\n\n";
    let cases: &[Case<'_>] = &[
        ("a long row", formula, 10_000, &|n| format!("{head}{}", many(n, &step))),
        ("all wait for one", formula, 10_000, &|n| {
            format!("{head}[[steps]]\nid = \"s\"\ntitle = \"s\"\n{}", "[[steps]]\nneeds = [\"s\"]\n".repeat(n))
        }),
        ("children", formula, 5_000, &|n| {
            format!(
                "{head}[[steps]]\nid = \"s\"\ntitle = \"s\"\n{}",
                many(n, &|n| { format!("[[steps.children]]\nid = \"c{n}\"\ntitle = \"c\"\n") })
            )
        }),
        ("extends and mentions", formula, 4_000, &|n| {
            let names = many(n, &|n| format!("\"f{n}\", "));
            format!("formula = \"w\"\nextends = [{names}]\n[compose]\nbranch = [{{from = \"a\", steps = [{names}]}}]\n")
        }),
        ("variables", formula, 10_000, &|n| {
            format!(
                "formula = \"w\"\n[vars]\n{}[[steps]]\nid = \"a\"\ntitle = \"{}\"\n",
                many(n, &|n| format!("v{n} = \"\"\n")),
                many(n, &|n| format!("{{{{v{n}}}}} {{{{ "))
            )
        }),
        ("jobs", agentic, 5_000, &|n| {
            let job = |n: usize| {
                format!("  j{n}:\n    needs: [j{}]\n    steps: [{{run: \"${{{{ inputs.a }}}}\"}}]\n", n.max(1) - 1)
            };
            format!(
                "---\non: {{workflow_dispatch: {{inputs: {{a: {{type: string}}}}}}}}\njobs:\n{}---\n",
                many(n, &job)
            )
        }),
        ("imports", agentic, 5_000, &|n| {
            let import = |n: usize| format!("  - shared/p{n}.md\n");
            format!("---\non: push\nimports:\n{}---\n{}", many(n, &import), "{{#import shared/p.md}}\n".repeat(n))
        }),
        ("open marks", agentic, 20_000, &|n| {
            format!("---\non: push\nengine: x\n---\n{}{}", "{{#import a ".repeat(n), "${{ ".repeat(n))
        }),
        ("one expression", agentic, 20_000, &|n| {
            format!(
                "---\non: {{workflow_dispatch: {{inputs: {{a: {{type: string}}}}}}}}\n---\n${{{{ {} }}}}",
                "inputs.a ".repeat(n)
            )
        }),
        ("a prompt", "WORKFLOW.md", 10_000, &|n| {
            let line = "{% if issue.title %}{{ issue.state | upcase }} {% assign x = 1 %}{{ x }}{% endif %}\n";
            format!("---\ntracker: {{kind: linear}}\n---\n{}", line.repeat(n))
        }),
        ("open tags", "WORKFLOW.md", 20_000, &|n| {
            format!(
                "---\ntracker: {{kind: linear}}\n---\n{}{}{}",
                "{% if a %}".repeat(n),
                "{% raw %}{% ".repeat(n),
                "{{ a | ".repeat(n)
            )
        }),
    ];
    for (what, path, size, text) in cases {
        growth::assert_linear(what, *size, &|size| {
            let mut snapshot = Snapshot::default();
            snapshot.project.set(Arc::new(SpecFile::read(path, &text(size)).expect("read")));
            for found in ide::rules::check(&snapshot.project, path) {
                assert!(found.message.chars().count() <= 120, "{what}");
            }
            let outline = ide::symbols::document_symbols(&snapshot, path);
            let text = snapshot.file(path).and_then(|file| file.text()).expect("kept");
            ide::folding::folds(path, text, &outline);
            ide::links::links(&snapshot, path);
        });
    }
}

/// The tallest tower that is sold: ten discs, a step for each move and one to begin and end with.
#[test]
fn a_formula_of_a_thousand_steps_is_served_whole() {
    let step = |n: usize| {
        format!(
            "\n[[steps]]\nid = \"move-{n}\"\ntitle = \"Move {n} of {{{{tower}}}}\"\nneeds = [\"{}\"]\n",
            match n {
                0 => "begin".to_owned(),
                n => format!("move-{}", n - 1),
            }
        )
    };
    let mut text = "formula = \"tower\"\nversion = 1\n\n[vars]\ntower = \"the tower\"\n\n[[steps]]\nid = \"begin\"\ntitle = \"Begin\"\n".to_owned();
    text.extend((0..1_023).map(step));
    text.push_str("\n[[steps]]\nid = \"end\"\ntitle = \"End\"\nneeds = [\"move-1022\"]\n");
    let path = ".beads/formulas/tower.formula.toml";
    let mut snapshot = Snapshot::default();
    snapshot.project.set(Arc::new(SpecFile::read(path, &text).expect("read")));
    assert_eq!(ide::diagnostics::diagnostics(&snapshot, path, None), []);
    assert_eq!(ide::symbols::document_symbols(&snapshot, path).len(), 1_026, "a variable and the steps");
    let shown = hover(&snapshot, path, "\"move-500\"", 1);
    assert!(shown.contains("waits for `move-499`") && shown.contains("used by `move-501`"), "{shown}");
    assert_eq!(
        ide::navigation::references(&snapshot, path, inside(&snapshot, path, "tower = ", 0), false).len(),
        1_023
    );
    let broken = text.replace("needs = [\"move-499\"]", "needs = [\"move-600\"]");
    snapshot.project.set(Arc::new(SpecFile::read(path, &broken).expect("read")));
    let found = ide::diagnostics::diagnostics(&snapshot, path, None);
    let [circle] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((circle.code.as_str(), circle.related.len()), ("flow/cycle", 12), "once, with the next waits of it");
}

#[test]
fn a_circle_is_said_once_with_its_other_waits_beside_it() {
    let mut snapshot = Snapshot::default();
    let mut set = |path: &str, text: &str| {
        snapshot.project.set(Arc::new(SpecFile::read(path, text).expect("read")));
    };
    let ticket = |id: &str, others: &str| {
        format!("---\nschema_version: 1\nid: {id}\ntitle: T\nstatus: To Do\ndependencies: [{others}]\n---\n")
    };
    set(".tollgate/tickets/a.md", &ticket("a", "b, d"));
    set(".tollgate/tickets/b.md", &ticket("b", "c"));
    set(".tollgate/tickets/c.md", &ticket("c", "a"));
    set(".tollgate/tickets/d.md", &ticket("d", "a"));
    set(
        ".tollgate/workflows/w.md",
        "---\nschema_version: 1\nname: w\npasses:\n  - {id: p, agent: x, needs: [q]}\n  - {id: q, agent: x, needs: [p]}\n  - {id: r, agent: x, needs: [s]}\n  - {id: s, agent: x, needs: [r]}\n---\n",
    );
    let said = |path: &str| -> Vec<(String, Vec<String>)> {
        let all = ide::diagnostics::diagnostics(&snapshot, path, None).into_iter();
        let circles = all.filter(|it| it.code.ends_with("cycle"));
        circles.map(|it| (it.message, it.related.into_iter().map(|at| at.path + " " + &at.message).collect())).collect()
    };
    let [(words, beside)] = said(".tollgate/tickets/a.md").try_into().expect("one");
    assert_eq!(words, "Tickets wait for each other: `b` depends on `a` again");
    assert_eq!(
        beside,
        [
            ".tollgate/tickets/b.md `b` depends on `c`",
            ".tollgate/tickets/c.md `c` depends on `a`",
            ".tollgate/tickets/a.md `a` depends on `d`"
        ]
    );
    assert_eq!(said(".tollgate/tickets/c.md").len(), 1, "a ticket is opened alone");
    let passes = said(".tollgate/workflows/w.md");
    let beside = |words: &str| vec![format!(".tollgate/workflows/w.md {words}")];
    assert_eq!(
        passes.iter().map(|it| it.1.clone()).collect::<Vec<_>>(),
        [beside("`q` needs `p`"), beside("`s` needs `r`")]
    );
}

#[test]
fn an_outline_is_as_deep_as_its_steps() {
    let snapshot = open("speckit");
    let outline = ide::symbols::document_symbols(&snapshot, WORKFLOW);
    let names = |symbols: &[ide::symbols::Symbol]| symbols.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&outline),
        ["idea", "size", "verdict", "specify", "read-spec", "large", "build", "reviews", "gather"]
    );
    let large = outline.iter().find(|it| it.name == "large").expect("a step");
    assert_eq!(names(&large.children), ["plan", "tasks", "short-tasks"]);
    let text = snapshot.file(WORKFLOW).expect("read").text().expect("kept");
    let folds = ide::folding::folds(WORKFLOW, text, &outline);
    assert!(folds.iter().any(|fold| fold.start == large.span.start), "{folds:?}");
    let defined = snapshot.project.defined(NameKind::Step).count();
    assert_eq!(defined, 13, "with the one that only the overlay has");
}

#[test]
fn where_two_programs_read_one_formula_their_differences_are_hints() {
    let snapshot = open("gastown");
    let said = |path: &str| -> Vec<String> {
        let text = snapshot.file(path).expect("read").text().expect("kept");
        let found = ide::diagnostics::diagnostics(&snapshot, path, None);
        assert!(
            found.iter().all(|it| it.code == "formula/schema-drift" && it.severity == ide::Severity::Hint),
            "{found:?}"
        );
        found.into_iter().map(|it| format!("{}: {}", it.span.of(text), it.message)).collect()
    };
    assert_eq!(said(LEND), ["acceptance: Beads does not read `acceptance` of a step"]);
    assert_eq!(said(STOCKTAKE), ["legs: Beads does not read `legs` of a formula"]);
    assert_eq!(
        said(MEND_BOOK),
        [
            "acceptance: Beads does not read `acceptance` of a step",
            "priority: Gas Town does not read `priority` of a step",
            "gate: Gas Town does not read `gate` of a step",
            "squash: Neither Gas Town nor Beads reads `squash` of a formula",
        ]
    );
}
