//! Workflow files with the quirks of real ones, and the repositories of every system: all of it is what their own tools
//! take, so nothing in them is an error.
#![allow(clippy::expect_used, clippy::disallowed_methods)]

mod fixture;

use ide::Severity;
use ide::rules::check;
use spec::{Project, SpecFile};
use std::sync::Arc;

const TAKEN: &[(&str, &str)] = &[
    // a template whose ids are made of the step that it replaces
    (
        ".beads/formulas/twice.formula.toml",
        "formula = \"twice\"\ntype = \"expansion\"\n[[template]]\nid = \"{target}.a\"\ntitle = \"A\"\n[[template]]\nid = \"{target}.b\"\ntitle = \"B\"\nneeds = [\"{target}.a\"]\n",
    ),
    // steps of the formula that it extends, a table that nobody reads, a required variable with a default
    (
        ".beads/formulas/lend.formula.toml",
        "formula = \"lend\"\nextends = [\"mol-elsewhere\"]\n[squash]\ntrigger = \"end\"\n[vars.who]\nrequired = true\ndefault = \"\"\n[[steps]]\nid = \"a\"\ntitle = \"{{who}} {{unknown}} {{#if x}}y{{/if}}\"\nneeds = [\"theirs\"]\n",
    ),
    // an aspect that Gas Town does not take
    (
        ".beads/formulas/camera.formula.toml",
        "formula = \"camera\"\ntype = \"aspect\"\n[[advice]]\ntarget = \"*.lend\"\n[advice.before]\nid = \"{step.id}-picture\"\n",
    ),
    // the body of a loop: ids of its own, and one that stands outside too
    (
        ".beads/formulas/again.formula.toml",
        "formula = \"again\"\n[[steps]]\nid = \"look\"\ntitle = \"Look\"\n[[steps]]\nid = \"loop\"\ntitle = \"Loop\"\nneeds = [\"look\"]\n[steps.loop]\ncount = 2\n[[steps.loop.body]]\nid = \"look\"\ntitle = \"Look\"\n[[steps.loop.body]]\nid = \"note\"\ntitle = \"Note\"\nneeds = [\"look\", \"outside\"]\n",
    ),
    (
        ".beads/formulas/plain.formula.json",
        "{\"formula\": \"plain\", \"steps\": [{\"id\": \"a\", \"title\": \"A\", \"type\": null}]}\n",
    ),
    ("formula-overlays/lend.toml", "[[step-overrides]]\nstep_id = \"gone\"\nmode = \"skip\"\n"),
    // `on` as a word, a job that waits for one of the tool's own, an import from elsewhere, an old key
    (
        ".github/workflows/late.md",
        "---\non: daily\ntimeout_minutes: 5\nimports: [shared/tone.md, other/repo/x.md@main]\njobs:\n  more:\n    needs: [agent, activation]\n    steps: [{run: 'echo ${{ github.run_id }}'}]\nsafe-outputs:\n  create-issue:\n---\n${{ needs.more.outputs.x }} {{#if y}}z{{/if}}\n",
    ),
    (".github/workflows/shared/tone.md", "No front matter.\n"),
    (
        ".github/workflows/late.lock.yml",
        "# gh-aw-metadata: {\"schema_version\":\"v1\",\"frontmatter_hash\":\"0\"}\nname: late\n",
    ),
    (
        "WORKFLOW.md",
        "---\ntracker:\n  kind: my-own\n  provider: {anything: $TOKEN}\nextra: 1\n---\n{% for b in issue.blocked_by %}{{ b.identifier | default: '-' }}{% endfor %}{{ issue.native_ref.number }}\n",
    ),
];

#[test]
fn what_their_own_tools_take_has_no_error() {
    let mut project = Project::default();
    for (path, text) in TAKEN {
        let file = SpecFile::read(path, text).unwrap_or_else(|| panic!("{path} is not read"));
        project.set(Arc::new(file));
    }
    let errors: Vec<String> = TAKEN
        .iter()
        .flat_map(|(path, _)| check(&project, path).into_iter().map(move |it| (path, it)))
        .filter(|(_, diagnostic)| diagnostic.severity == Severity::Error)
        .map(|(path, diagnostic)| format!("{path}: {}", diagnostic.message))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// The repositories below `fixtures`, with the files of each that are read at least.
const REPOSITORIES: [(&str, usize); 12] = [
    ("agentic", 5),
    ("atomic", 3),
    ("backlog", 7),
    ("beads", 3),
    ("bmad", 4),
    ("gastown", 3),
    ("hosts", 21),
    ("kiro", 9),
    ("openspec", 15),
    ("speckit", 14),
    ("symphony", 1),
    ("taskmaster", 2),
];

#[test]
fn no_repository_of_another_tool_has_an_error() {
    let mut errors = Vec::new();
    let mut looked_at = 0;
    for (name, least) in REPOSITORIES {
        let snapshot = fixture::open(name);
        let files = snapshot.project.files().count();
        assert!(files >= least, "{files} files of {name} are read");
        looked_at += files;
        for file in snapshot.project.files() {
            let found = ide::diagnostics::diagnostics(&snapshot, &file.path, None);
            let wrong = found.into_iter().filter(|it| it.severity == Severity::Error);
            errors.extend(wrong.map(|it| format!("{name}/{}: {} {}", file.path, it.code, it.message)));
        }
    }
    println!("{looked_at} files of {} repositories", REPOSITORIES.len());
    assert_eq!(errors, Vec::<String>::new());
}
