//! Makes the launch plan of a root from what is on disk. It is asked for at every look, and again by everything that starts
//! a process, so it is remembered by what it is made from: only what changed is read, and an equal plan is not made twice.

use crate::contents::Contents;
use crate::files::Root;
use crate::harness;
use crate::home::{Home, UserConfig};
use crate::programs::{Digests, find_program};
use delivery::cache::sha256;
use delivery::launch::{self, Inputs, LaunchPlan};
use delivery::world::{Harness, Program, World};
use spec::Project;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a site remembers between two looks.
#[derive(Default)]
pub(crate) struct Memory(Mutex<Known>);

#[derive(Default)]
struct Known {
    digests: Option<Digests>,
    contents: Contents,
    plan: Option<Made>,
}

/// A plan with everything that it was made from.
struct Made {
    project: Project,
    harnesses: Vec<Harness>,
    programs: BTreeMap<String, Program>,
    scripts: BTreeMap<String, String>,
    configuration: BTreeMap<String, String>,
    plan: Arc<LaunchPlan>,
}

impl Memory {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The agent CLIs that are installed, as they would be called.
    pub(crate) fn harnesses(&self, home: &Home, user: &UserConfig, root: &Root) -> Vec<Harness> {
        let mut known = self.known();
        let digests = known.digests.get_or_insert_with(|| Digests::read(home));
        let found = harness::ALL.into_iter().filter_map(|known| {
            let own = user.harnesses.get(known.alias());
            let command = own.map(|own| own.command.as_slice()).unwrap_or_default();
            let word = command.first().map_or(known.program(), String::as_str);
            let program = own_program(root, word, digests)?;
            let argv = |groups| {
                let own = command.iter().skip(1).cloned();
                [program.path.clone()].into_iter().chain(own).chain(harness::template(groups)).collect()
            };
            let (argv, review_argv) = (argv(known.arguments()), argv(known.review_arguments()));
            let mut environment: BTreeSet<String> = known.environment().iter().map(|name| (*name).to_owned()).collect();
            environment.extend(known.settings().iter().map(|(name, _)| (*name).to_owned()));
            environment.extend(own.iter().flat_map(|own| own.environment.keys().cloned()));
            let alias = known.alias().to_owned();
            Some(Harness { alias, program, argv, review_argv, environment: environment.into_iter().collect() })
        });
        let found: Vec<Harness> = found.collect();
        digests.write(home);
        found
    }

    /// The launch plan of the root: what trust is asked for.
    pub(crate) fn launch_plan(&self, home: &Home, root: &Root, project: &Project, world: &World) -> Arc<LaunchPlan> {
        let path = root.path().display().to_string();
        let mut known = self.known();
        let Known { digests, contents, plan: made } = &mut *known;
        let digests = digests.get_or_insert_with(|| Digests::read(home));
        let programs: BTreeMap<String, Program> = launch::wanted_programs(project)
            .into_iter()
            .filter_map(|word| Some((word.clone(), program(root, &word, digests)?)))
            .collect();
        digests.write(home);
        let scripts: BTreeMap<String, String> = launch::wanted_scripts(project, &path)
            .into_iter()
            .filter_map(|path| Some((path.clone(), contents.script(root, &path)?)))
            .collect();
        let configuration = contents.configuration(root);
        if let Some(made) = made
            && made.harnesses == world.harnesses
            && (&made.programs, &made.scripts, &made.configuration) == (&programs, &scripts, &configuration)
            && made.project.says_the_same(project)
        {
            return made.plan.clone();
        }
        let inputs = Inputs {
            root: &path,
            harnesses: &world.harnesses,
            programs: &programs,
            configuration: &configuration,
            scripts: &scripts,
            user: &world.user,
        };
        let plan = Arc::new(launch::launch_plan(project, &inputs));
        let harnesses = world.harnesses.clone();
        let project = project.clone();
        *made = Some(Made { project, harnesses, programs, scripts, configuration, plan: plan.clone() });
        plan
    }
}

/// A harness's program: never one of the root.
fn own_program(root: &Root, word: &str, digests: &mut Digests) -> Option<Program> {
    if word.contains('/') && !word.starts_with('/') { None } else { program(root, word, digests) }
}

/// A program by its word: on the search path, by absolute path, or, with a `/` in it, in the root itself.
fn program(root: &Root, word: &str, digests: &mut Digests) -> Option<Program> {
    if word.contains('/') && !word.starts_with('/') {
        let path = word.trim_start_matches("./");
        let bytes = root.read(path).ok()?;
        return Some(Program { path: path.to_owned(), version: None, sha256: Some(sha256(&bytes)) });
    }
    let found = find_program(word)?.canonicalize().ok()?;
    // what lies in the root is the repository's own choice of program under a trusted name
    if found.starts_with(root.path()) {
        return None;
    }
    Some(Program { path: found.display().to_string(), version: None, sha256: digests.of(&found) })
}
