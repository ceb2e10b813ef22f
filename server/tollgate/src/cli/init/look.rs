//! What a repository holds, as far as `tollgate init` fits its files to it: languages, checks that can run, agents of
//! hosts, features of Spec Kit. A pure function of the names of files and the text of a few manifests, which only decide
//! which of our own fixed commands fit; nothing is started.

use delivery::prompt::one_line;
use serde_json::Value;
use std::collections::BTreeSet;

/// What was found.
#[derive(Clone, Default, Debug)]
pub(super) struct Found {
    /// Checks that fit the languages.
    pub(super) checks: Vec<Check>,
    /// Globs of the source code.
    pub(super) sources: Vec<String>,
    /// Agents of hosts to bind.
    pub(super) host_agents: Vec<HostAgent>,
    /// Features of Spec Kit: names of folders below `specs/`, the newest last.
    pub(super) features: Vec<String>,
    /// What a person should know, in sentences.
    pub(super) notes: Vec<String>,
}

/// A verify command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Check {
    pub(super) id: String,
    /// Words, which need no quotes.
    pub(super) command: String,
    pub(super) format: &'static str,
    /// The folder that the paths it prints are below; empty for the root.
    pub(super) root: String,
}

/// An agent that a host keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HostAgent {
    pub(super) id: String,
    pub(super) path: String,
    pub(super) category: &'static str,
}

/// The files of a repository: their paths in order, and the text of one.
pub(super) struct Files<'a> {
    pub(super) paths: &'a [String],
    pub(super) text: &'a dyn Fn(&str) -> String,
}

/// One language: the files that mark a module of it, its sources, and its checks in a folder.
struct Language {
    marks: &'static [&'static str],
    extensions: &'static [&'static str],
    checks: fn(&Files<'_>, &str, &mut Vec<String>) -> Vec<Check>,
}

const LANGUAGES: [Language; 4] = [
    Language { marks: &["Cargo.toml"], extensions: &["rs"], checks: rust },
    Language { marks: &["go.mod"], extensions: &["go"], checks: go },
    Language {
        marks: &["pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile"],
        extensions: &["py"],
        checks: python,
    },
    Language {
        marks: &["package.json"],
        extensions: &["js", "mjs", "cjs", "jsx", "ts", "tsx", "vue", "svelte"],
        checks: node,
    },
];

/// Sources of languages whose checks are not known here.
const OTHER_SOURCES: [&str; 14] =
    ["java", "kt", "scala", "rb", "php", "cs", "swift", "c", "h", "cc", "cpp", "hpp", "ex", "sh"];

/// Folders that hold what others wrote, or what was built.
const NOT_OURS: [&str; 7] = ["node_modules", "vendor", "target", "dist", "build", "third_party", "venv"];

/// Modules of one language that get checks of their own.
const MOST_MODULES: usize = 6;

/// Features of Spec Kit that get a ticket.
const MOST_FEATURES: usize = 3;

/// Looks.
pub(super) fn look(files: &Files<'_>) -> Found {
    let mut found = Found::default();
    let mut extensions: Vec<&str> = Vec::new();
    for language in &LANGUAGES {
        let folders = modules(files, language);
        if folders.is_empty() {
            continue;
        }
        extensions.extend(language.extensions);
        for folder in folders.iter().take(MOST_MODULES) {
            found.checks.extend((language.checks)(files, folder, &mut found.notes));
        }
    }
    if found.checks.is_empty() {
        found.checks.extend(make(files));
    }
    if extensions.is_empty() {
        extensions.extend(OTHER_SOURCES);
        extensions.extend(LANGUAGES.iter().flat_map(|language| language.extensions));
    }
    found.sources = sources(files, &extensions);
    found.host_agents = host_agents(files);
    found.features = features(files);
    found
}

/// The folders of a language's modules: the root if it is one, else the nearest ones below. Python needs no manifest.
fn modules(files: &Files<'_>, language: &Language) -> Vec<String> {
    let marked = files.paths.iter().filter(|path| is_ours(path)).filter_map(|path| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        (language.marks.contains(&name) && is_plain(folder)).then_some(folder)
    });
    let folders: BTreeSet<&str> = marked.collect();
    let depth = |folder: &str| if folder.is_empty() { 0 } else { folder.matches('/').count() + 1 };
    let Some(nearest) = folders.iter().map(|folder| depth(folder)).min().filter(|depth| *depth <= 2) else {
        let scripts = language.extensions.contains(&"py") && files.paths.iter().any(|path| is_python_test(path));
        return if scripts { vec![String::new()] } else { Vec::new() };
    };
    folders.into_iter().filter(|folder| depth(folder) == nearest).map(str::to_owned).collect()
}

/// Not hidden, not built and not somebody else's.
fn is_ours(path: &str) -> bool {
    path.split('/').all(|part| !part.starts_with('.') && !NOT_OURS.contains(&part))
}

/// Needs no quotes in YAML, in a command and in a glob.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-._".contains(&byte)) && !path.starts_with('-')
}

/// Files below a folder, with their paths from it.
fn below<'a>(files: &'a Files<'_>, folder: &'a str) -> impl Iterator<Item = &'a str> {
    let ours = files.paths.iter().map(String::as_str).filter(|path| is_ours(path));
    ours.filter_map(
        move |path| if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') },
    )
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

fn check(folder: &str, id: &str, command: String, format: &'static str) -> Check {
    let prefix = super::id_of(folder, "");
    let id = if prefix.is_empty() { id.to_owned() } else { format!("{prefix}-{id}") };
    Check { id, command, format, root: folder.to_owned() }
}

fn rust(_: &Files<'_>, folder: &str, _: &mut Vec<String>) -> Vec<Check> {
    let at = if folder.is_empty() { String::new() } else { format!(" --manifest-path {folder}/Cargo.toml") };
    let cargo = |what: &str| format!("cargo {what}{at} --workspace --message-format=json");
    let build = cargo("check").replace("--workspace", "--workspace --all-targets");
    vec![check(folder, "build", build, "cargo"), check(folder, "tests", cargo("test"), "cargo")]
}

fn go(_: &Files<'_>, folder: &str, _: &mut Vec<String>) -> Vec<Check> {
    let at = if folder.is_empty() { String::new() } else { format!(" -C {folder}") };
    ["vet", "test"].map(|what| check(folder, &format!("go-{what}"), format!("go {what}{at} ./..."), "auto")).to_vec()
}

fn is_python_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_ours(path) && name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}

fn python(files: &Files<'_>, folder: &str, notes: &mut Vec<String>) -> Vec<Check> {
    let tests: Vec<&str> = below(files, folder).filter(|path| is_python_test(path)).collect();
    if tests.is_empty() {
        notes.push(format!("No Python tests were found{}, so there is no check for them.", within(folder)));
        return Vec::new();
    }
    let has = |name: &str| below(files, folder).any(|path| path == name);
    let says = |names: &[&str], word: &str| names.iter().any(|name| (files.text)(&join(folder, name)).contains(word));
    let manifests = ["pyproject.toml", "setup.cfg", "tox.ini", "requirements.txt", "requirements-dev.txt", "Pipfile"];
    let for_unittest = || {
        let wants = |test: &&str| says(&[test], "import unittest") || says(&[test], "from unittest");
        tests.iter().take(10).all(wants)
    };
    let for_pytest = has("pytest.ini")
        || below(files, folder).any(|path| path.rsplit('/').next() == Some("conftest.py"))
        || says(&manifests, "pytest");
    if for_pytest || !for_unittest() {
        let at = if folder.is_empty() { String::new() } else { format!(" {folder}") };
        // the usual layout with `src/` is importable only when it is installed or named
        let layout = below(files, folder).any(|path| path.starts_with("src/") && path.ends_with(".py"));
        let named = says(&["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini"], "pythonpath");
        let option = if layout && !named { format!(" -o pythonpath={}", join(folder, "src")) } else { String::new() };
        return vec![check(folder, "python-tests", format!("python3 -m pytest -q{option}{at}"), "auto")];
    }
    let start = common_folder(&tests);
    let command = if start.is_empty() {
        let at = if folder.is_empty() { String::new() } else { format!(" -s {folder}") };
        format!("python3 -m unittest discover{at}")
    } else if has(&format!("{start}/__init__.py")) {
        let top = if folder.is_empty() { "." } else { folder };
        format!("python3 -m unittest discover -s {} -t {top}", join(folder, &start))
    } else {
        format!("python3 -m unittest discover -s {}", join(folder, &start))
    };
    if !is_plain(&start) {
        return Vec::new();
    }
    vec![check(folder, "python-tests", command, "auto")]
}

/// The deepest folder that holds all of these files.
fn common_folder(paths: &[&str]) -> String {
    let folders: Vec<Vec<&str>> = paths
        .iter()
        .map(|path| path.rsplit_once('/').map_or_else(Vec::new, |(folder, _)| folder.split('/').collect()))
        .collect();
    let first = folders.first().cloned().unwrap_or_default();
    let same = |depth: &usize| folders.iter().all(|folder| folder.get(*depth) == first.get(*depth));
    first[..(0..first.len()).take_while(same).count()].join("/")
}

fn node(files: &Files<'_>, folder: &str, notes: &mut Vec<String>) -> Vec<Check> {
    let manifest: Value = serde_json::from_str(&(files.text)(&join(folder, "package.json"))).unwrap_or_default();
    let script = |name: &str| manifest["scripts"][name].as_str().filter(|text| !text.contains("no test specified"));
    let has = |name: &str| files.paths.contains(&join(folder, name)) || files.paths.iter().any(|path| path == name);
    let in_folder = |flag: &str| if folder.is_empty() { String::new() } else { format!(" {flag} {folder}") };
    let run = |name: &str| match name {
        _ if has("pnpm-lock.yaml") => format!("pnpm{} run {name}", in_folder("--dir")),
        _ if has("yarn.lock") => format!("yarn{} run {name}", in_folder("--cwd")),
        _ if has("bun.lock") || has("bun.lockb") => format!("bun run{} {name}", in_folder("--cwd")),
        "test" => format!("npm test{}", in_folder("--prefix")),
        name => format!("npm run {name}{}", in_folder("--prefix")),
    };
    let mut checks = Vec::new();
    for (name, id) in [("typecheck", "node-types"), ("lint", "node-lint"), ("test", "node-tests")] {
        if script(name).is_some() {
            checks.push(check(folder, id, run(name), "auto"));
        }
    }
    let is_test = |path: &str| [".test.js", ".test.mjs", ".test.cjs"].iter().any(|end| path.ends_with(end));
    if script("test").is_none() {
        if folder.is_empty() && below(files, folder).any(is_test) {
            checks.push(check(folder, "node-tests", "node --test".to_owned(), "auto"));
        } else {
            notes.push(format!(
                "The package.json{} has no script `test`, so there is no check for its tests.",
                within(folder)
            ));
        }
    }
    let uses = |name: &str| manifest[name].as_object().is_some_and(|names| !names.is_empty());
    if !checks.is_empty() && (uses("dependencies") || uses("devDependencies")) {
        notes.push(format!(
            "Packages{} are not in git, and a run works in a clone: let a check install them first, for example `npm ci`.",
            within(folder)
        ));
    }
    checks
}

/// Where nothing else is known, a makefile often says how it is tested.
fn make(files: &Files<'_>) -> Option<Check> {
    let name =
        ["GNUmakefile", "makefile", "Makefile"].into_iter().find(|name| files.paths.iter().any(|it| it == name))?;
    let text = (files.text)(name);
    let target = ["test", "check"].into_iter().find(|target| {
        let rule = |line: &str| line.strip_prefix(target).is_some_and(|rest| rest.trim_start().starts_with(':'));
        text.lines().any(rule)
    })?;
    Some(check("", "tests", format!("make {target}"), "auto"))
}

fn within(folder: &str) -> String {
    if folder.is_empty() { String::new() } else { format!(" in {}", one_line(folder, 60)) }
}

/// Globs of the folders right below the root that hold sources, and of sources in the root itself.
fn sources(files: &Files<'_>, extensions: &[&str]) -> Vec<String> {
    let mut globs: BTreeSet<String> = BTreeSet::new();
    for path in files.paths.iter().filter(|path| is_ours(path)) {
        let Some((_, extension)) = path.rsplit_once('.').filter(|(_, end)| extensions.contains(end)) else { continue };
        match path.split_once('/') {
            Some((folder, _)) if is_plain(folder) => globs.insert(format!("{folder}/**")),
            Some(_) => continue,
            None => globs.insert(format!("*.{extension}")),
        };
    }
    if globs.is_empty() {
        globs.extend(["src/**".to_owned(), "tests/**".to_owned()]);
    }
    globs.into_iter().collect()
}

/// Agents of hosts, each under an id that says whose it is.
fn host_agents(files: &Files<'_>) -> Vec<HostAgent> {
    let mut taken = BTreeSet::new();
    let agents = files.paths.iter().filter(|path| spec::FileKind::of(path) == Some(spec::FileKind::HostAgent));
    agents
        .filter_map(|path| {
            let host = path.trim_start_matches('.').split('/').next()?;
            let file = path.rsplit('/').next()?;
            let endings = [".agent.md", ".chatmode.md", ".md", ".toml", ".json"];
            let name = endings.iter().find_map(|ending| file.strip_suffix(ending)).filter(|name| *name != "README")?;
            let name = super::id_of(name, "agent");
            let id = format!("{host}-{name}");
            taken.insert(id.clone()).then(|| HostAgent { category: category(&name), id, path: path.clone() })
        })
        .collect()
}

/// What an agent of that name most likely is; a person corrects it.
fn category(name: &str) -> &'static str {
    let words: [(&[&str], &str); 7] = [
        (&["review", "audit", "verif", "test", "qa", "lint", "security"], "verifier"),
        (&["doc", "writer", "changelog"], "documenter"),
        (&["archi", "design"], "architect"),
        (&["spec", "requirement"], "specifier"),
        (&["debug", "diagnos", "incident"], "diagnostician"),
        (&["deploy", "release"], "deployer"),
        (&["plan", "analy", "research"], "analyst"),
    ];
    let fits = |(words, _): &&(&[&str], &str)| words.iter().any(|word| name.contains(word));
    words.iter().find(fits).map_or("implementer", |(_, category)| category)
}

/// Features of Spec Kit whose folder can be the id of a ticket, as its branches are named.
fn features(files: &Files<'_>) -> Vec<String> {
    if !files.paths.iter().any(|path| path.starts_with(".specify/")) {
        return Vec::new();
    }
    let names = files.paths.iter().filter_map(|path| path.strip_prefix("specs/")?.strip_suffix("/spec.md"));
    let names: BTreeSet<&str> = names.filter(|name| super::id_of(name, "") == **name).collect();
    names.iter().skip(names.len().saturating_sub(MOST_FEATURES)).map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at files given as path and text.
    fn at(files: &[(&str, &str)]) -> Found {
        let mut paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        paths.sort();
        let text = |path: &str| files.iter().find(|(name, _)| *name == path).map_or("", |(_, text)| *text).to_owned();
        look(&Files { paths: &paths, text: &text })
    }

    fn commands(found: &Found) -> Vec<String> {
        found.checks.iter().map(|check| format!("{}: {}", check.id, check.command)).collect()
    }

    #[test]
    fn a_rust_workspace_is_checked_once_and_its_folders_are_its_sources() {
        let found = at(&[
            ("Cargo.toml", ""),
            ("crates/a/Cargo.toml", ""),
            ("crates/a/src/lib.rs", ""),
            ("xtask/src/main.rs", ""),
        ]);
        assert_eq!(
            commands(&found),
            [
                "build: cargo check --workspace --all-targets --message-format=json",
                "tests: cargo test --workspace --message-format=json"
            ]
        );
        assert_eq!(found.sources, ["crates/**", "xtask/**"]);
    }

    #[test]
    fn python_is_tested_by_what_its_tests_are_written_for() {
        let unit = ("tests/test_a.py", "import unittest\n");
        let plain = ("tests/test_a.py", "def test_a(): pass\n");
        let command = |files: &[(&str, &str)]| commands(&at(files)).join(" | ");
        assert_eq!(command(&[("setup.py", ""), unit]), "python-tests: python3 -m unittest discover -s tests");
        assert_eq!(
            command(&[("setup.py", ""), unit, ("tests/__init__.py", "")]),
            "python-tests: python3 -m unittest discover -s tests -t ."
        );
        assert_eq!(command(&[plain]), "python-tests: python3 -m pytest -q", "without a manifest");
        let toml = ("pyproject.toml", "[tool.pytest.ini_options]\n");
        assert_eq!(command(&[toml, unit]), "python-tests: python3 -m pytest -q");
        assert_eq!(
            command(&[toml, unit, ("src/a/__init__.py", "")]),
            "python-tests: python3 -m pytest -q -o pythonpath=src"
        );
        let none = at(&[("pyproject.toml", ""), ("app.py", "")]);
        assert!(none.checks.is_empty());
        assert_eq!(none.notes, ["No Python tests were found, so there is no check for them."]);
        assert_eq!(none.sources, ["*.py"]);
    }

    #[test]
    fn npm_is_asked_only_for_scripts_that_exist() {
        let package = |scripts: &str| format!("{{\"scripts\": {{{scripts}}}}}");
        let with = package("\"test\": \"node --test\", \"lint\": \"eslint .\"");
        assert_eq!(commands(&at(&[("package.json", &with)])), ["node-lint: npm run lint", "node-tests: npm test"]);
        let usual = package("\"test\": \"echo \\\"Error: no test specified\\\" && exit 1\"");
        let found = at(&[("package.json", &usual), ("index.js", "")]);
        assert!(found.checks.is_empty());
        assert_eq!(found.notes, ["The package.json has no script `test`, so there is no check for its tests."]);
        assert_eq!(commands(&at(&[("package.json", "{}"), ("a.test.mjs", "")])), ["node-tests: node --test"]);
        assert_eq!(
            commands(&at(&[("package.json", &with), ("pnpm-lock.yaml", "")])),
            ["node-lint: pnpm run lint", "node-tests: pnpm run test"]
        );
        assert!(at(&[("package.json", "not JSON")]).checks.is_empty());
    }

    #[test]
    fn modules_below_the_root_are_checked_where_they_are() {
        let found = at(&[
            ("api/go.mod", ""),
            ("api/main.go", ""),
            ("backend/Cargo.toml", ""),
            ("backend/src/lib.rs", ""),
            ("web/node_modules/x/package.json", "{\"scripts\": {\"test\": \"x\"}}"),
            ("web/package.json", "{\"scripts\": {\"test\": \"node --test\"}}"),
            ("web/src/a.ts", ""),
        ]);
        assert_eq!(
            commands(&found),
            [
                "backend-build: cargo check --manifest-path backend/Cargo.toml --workspace --all-targets --message-format=json",
                "backend-tests: cargo test --manifest-path backend/Cargo.toml --workspace --message-format=json",
                "api-go-vet: go vet -C api ./...",
                "api-go-test: go test -C api ./...",
                "web-node-tests: npm test --prefix web",
            ]
        );
        assert_eq!(found.checks[0].root, "backend");
        assert_eq!(found.sources, ["api/**", "backend/**", "web/**"]);
    }

    #[test]
    fn names_that_would_need_quotes_reach_no_command() {
        let found = at(&[("a b/Cargo.toml", ""), ("a b/x.rs", ""), ("-x/go.mod", ""), ("$(id)/package.json", "{}")]);
        assert!(found.checks.is_empty(), "{found:?}");
        assert_eq!(found.sources, ["src/**", "tests/**"]);
    }

    #[test]
    fn a_makefile_says_how_where_nothing_else_does() {
        assert_eq!(commands(&at(&[("Makefile", "all:\n\ntest: all\n\t./t\n"), ("main.c", "")])), ["tests: make test"]);
        assert!(at(&[("Makefile", "testing:\n")]).checks.is_empty());
    }

    #[test]
    fn agents_of_two_hosts_with_one_name_are_two_agents() {
        let agents = at(&[(".claude/agents/reviewer.md", ""), (".github/agents/reviewer.agent.md", "")]).host_agents;
        let ids: Vec<(&str, &str)> = agents.iter().map(|agent| (agent.id.as_str(), agent.category)).collect();
        assert_eq!(ids, [("claude-reviewer", "verifier"), ("github-reviewer", "verifier")]);
    }

    #[test]
    fn features_of_spec_kit_are_found_where_it_is_used() {
        let spec = ("specs/001-login/spec.md", "");
        assert_eq!(at(&[spec, (".specify/memory/constitution.md", "")]).features, ["001-login"]);
        assert!(at(&[spec]).features.is_empty());
    }
}
