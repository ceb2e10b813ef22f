//! Gathers from disk, machine and store what the pure decisions want to know. Nothing here starts a process: it is done
//! for roots that nobody trusts, too.

use crate::base::BaseError;
use crate::beads;
pub use crate::clock::now;
use crate::files::{FileError, Root, Selection, StampCache};
use crate::gates::Gates;
use crate::home::{Home, UserConfig};
use crate::launch::Memory;
use crate::trust::{self, Trusted};
use delivery::attest::{Base, Signature};
use delivery::budget::{Calendar, Place};
use delivery::launch::LaunchPlan;
use delivery::plan;
use delivery::ticket::{Explicit, Hints};
use delivery::trust::Trust;
use delivery::wanted::Wanted;
use delivery::world::{Harness, Overrides, RunningRun, World};
use spec::cost::Scope;
use spec::{NameKind, Project, SpecFile};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use store::{RunState, Store, StoreError};
use text::BlobId;

/// Errors of gathering.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The root cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Selection for Wanted {
    fn enters(&self, folder: &str) -> bool {
        Wanted::enters(self, folder)
    }

    fn contains(&self, path: &str) -> bool {
        Wanted::contains(self, path)
    }
}

/// A root with everything that is needed to look at it.
pub struct Site {
    /// The user's folders.
    pub home: Home,
    /// The user's configuration.
    pub user: UserConfig,
    /// The root.
    pub root: Root,
    /// Content ids that were computed before.
    pub cache: StampCache,
    /// The base branch as it was at the last look.
    base: Option<Arc<Base>>,
    /// Signatures that were checked before, by the contents of record and signature.
    checked: BTreeMap<(BlobId, BlobId), Signature>,
    /// What the launch plan was made from before.
    pub(crate) memory: Memory,
    /// True for a look that waits for no program of another tool: it takes what such a one said last.
    pub hurries: bool,
    /// True while `bd` is asked behind a look.
    asking: Arc<AtomicBool>,
}

impl Site {
    /// Opens a root for this user.
    pub fn open(home: Home, root: &Path) -> Result<Site, FileError> {
        let user = UserConfig::read(&home.configuration);
        Ok(Site {
            user,
            root: Root::open_project(root)?,
            cache: StampCache::default(),
            home,
            base: None,
            checked: BTreeMap::new(),
            memory: Memory::default(),
            hurries: false,
            asking: Arc::default(),
        })
    }

    /// Repository id: the canonical path of the root.
    pub fn repository(&self) -> String {
        self.root.path().display().to_string()
    }

    /// Reads every file of the root that a reader knows, and asks those tools that keep their tickets elsewhere.
    pub fn project(&mut self) -> Result<Project, FileError> {
        let mut project = self.files();
        self.add_beads(&mut project);
        Ok(project)
    }

    /// Asks Beads for its tickets where the plan was reviewed, and puts them into the project. Says where they come from;
    /// nothing for a project without Beads.
    pub fn add_beads(&mut self, project: &mut Project) -> Option<beads::Source> {
        if !project.has_beads() {
            beads::put(project, None);
            return None;
        }
        let reviewed = matches!(trust::read(&self.home, &self.repository(), ""), Trust::Changed { .. });
        let known = reviewed.then(|| beads::known(&self.home, &self.root, project)).flatten();
        let source = known.unwrap_or_else(|| match self.trusted(project) {
            Some(trusted) if self.hurries => beads::ask_behind(trusted, &self.home, &self.root, project, &self.asking),
            Some(trusted) => beads::ask(&trusted, &self.home, &self.root, project),
            None => beads::untold(&self.root, project, "`bd` is not asked until the folder's plan was reviewed"),
        });
        beads::put(project, source.listing.as_ref());
        Some(source)
    }

    /// The proof of trust in the present plan. The plan is made only where the root was ever reviewed.
    fn trusted(&mut self, project: &Project) -> Option<Trusted> {
        if !matches!(trust::read(&self.home, &self.repository(), ""), Trust::Changed { .. }) {
            return None;
        }
        let world = self.world(project, None, "", Overrides::default()).ok()?;
        trust::check(&self.home, &self.launch_plan(project, &world), None).ok()
    }

    fn files(&self) -> Project {
        let mut project = Project::default();
        for found in self.root.walk_readable().found {
            if let Ok(text) = self.root.read_text(&found.path)
                && let Some(file) = SpecFile::read(&found.path, &text)
            {
                project.set(Arc::new(file));
            }
        }
        project
    }

    /// The feature that Spec Kit's own pointer names, read by itself: who asks which ticket is current need not have read
    /// the project.
    fn feature_pointer(&self) -> Option<String> {
        const POINTER: &str = ".specify/feature.json";
        let text = self.root.read_text(POINTER).ok()?;
        SpecFile::read(POINTER, &text)?.work()?.feature.clone()
    }

    /// What is known without being told which ticket is meant.
    pub fn hints(&self, explicit: Option<(Explicit, String)>) -> Hints {
        let environment = || Some((Explicit::Environment, std::env::var("TOLLGATE_TICKET").ok()?));
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Hints {
            explicit: explicit.or_else(environment),
            branch: crate::git::head(&self.root).branch,
            me: crate::person::Person::of_this_user().names(),
            feature_variable: variable("SPECIFY_FEATURE_DIRECTORY").or_else(|| variable("SPECIFY_FEATURE")),
            feature_pointer: self.feature_pointer(),
            chosen: crate::chosen::ticket(&self.home, &self.root),
            head_message: crate::git::head_message(&self.root),
            ..Hints::default()
        }
    }

    /// The world as a plan of `ticket` wants it. Without a store nothing runs and nothing is booked: who only looks
    /// need not make a ledger.
    pub fn world(
        &mut self,
        project: &Project,
        store: Option<&dyn Store>,
        ticket: &str,
        overrides: Overrides,
    ) -> Result<World, WorldError> {
        let repository = self.repository();
        let now = now();
        let gates = Gates::read(&self.home, &self.root);
        let mut wanted = Wanted::of(project);
        gates.results.iter().for_each(|checked| wanted.add(&checked.subjects));
        let files = Arc::new(self.root.inventory(&wanted, &mut self.cache)?);
        let texts = self.texts(project, ticket, &overrides);
        self.base = crate::base::known(&self.home, &self.root, self.base.as_ref());
        let (running, money) = match store {
            Some(store) => (store.runs(&repository, 500)?, store.money(&self.scopes(project, ticket, &now))?),
            None => (Vec::new(), Vec::new()),
        };
        let running = running.into_iter().filter(|row| row.state == RunState::Running);
        let mut world = World {
            base: self.base.clone(),
            signatures: self.signatures(project),
            decided: crate::decided::remembered(&self.home, &self.root),
            files,
            texts,
            harnesses: self.harnesses(),
            budgets: self.user.budgets.clone(),
            money,
            history: plan::history(project, &self.user.prices),
            running: running
                .map(|row| RunningRun {
                    run: row.new.run,
                    ticket: row.new.ticket,
                    pass: row.new.pass,
                    phase: row.progress.phase,
                    spent: row.progress.spent,
                })
                .collect(),
            findings: gates.words(),
            checks: gates.loose(),
            now,
            overrides,
            repository,
            ..World::default()
        };
        self.look_at_base(project, &mut world);
        Ok(world)
    }

    /// Reads the base branch where it has moved and the folder is trusted; elsewhere it stays unknown, and where it cannot
    /// be read a run says so.
    fn look_at_base(&mut self, project: &Project, world: &mut World) {
        let moved = world.base.is_none() && crate::git::base(&self.root).is_some();
        let was_reviewed = |home: &Home| matches!(trust::read(home, &world.repository, ""), Trust::Changed { .. });
        if moved
            && was_reviewed(&self.home)
            && let Ok(trusted) = trust::check(&self.home, &self.launch_plan(project, world), None)
        {
            let _ = self.learn_base(&trusted, world);
        }
    }

    /// Reads the base branch, where trust allows it and it has moved.
    pub fn learn_base(&mut self, trusted: &Trusted, world: &mut World) -> Result<(), BaseError> {
        if crate::base::learn(trusted, &self.home, &self.root)? {
            self.base = crate::base::known(&self.home, &self.root, None);
            world.base = self.base.clone();
        }
        Ok(())
    }

    /// What the signatures beside decisions are.
    fn signatures(&mut self, project: &Project) -> BTreeMap<BlobId, Signature> {
        let mut found = BTreeMap::new();
        for (file, _) in project.decisions() {
            // a signature is short; what is longer is none
            let Ok(signature) = self.root.read_limited(&format!("{}.sig", file.path), 16 << 10) else { continue };
            let key = (file.blob(), BlobId::of(&signature));
            if !self.checked.contains_key(&key) {
                // what has changed meanwhile is looked at once it is known
                let Some(text) = self.text(file) else { continue };
                self.checked.insert(key, crate::signing::verify(text.as_bytes(), &signature));
            }
            found.extend(self.checked.get(&key).map(|checked| (file.blob(), checked.clone())));
        }
        found
    }

    /// The text of a delivery file, read where it is not kept; none when the file does not say that any more.
    fn text(&self, file: &SpecFile) -> Option<Arc<str>> {
        let read = || Arc::<str>::from(self.root.read_text(&file.path).unwrap_or_default());
        let text = file.text().cloned().unwrap_or_else(read);
        (BlobId::of(text.as_bytes()) == file.blob()).then_some(text)
    }

    /// The same world as the plan of another ticket wants it.
    pub fn world_for(
        &self,
        world: &World,
        project: &Project,
        store: Option<&dyn Store>,
        ticket: &str,
    ) -> Result<World, WorldError> {
        let money = store.map(|store| store.money(&self.scopes(project, ticket, &world.now))).transpose()?;
        let texts = self.texts(project, ticket, &world.overrides);
        Ok(World { texts, money: money.unwrap_or_default(), ..world.clone() })
    }

    /// Texts that text checks of the ticket's gates look into.
    fn texts(&self, project: &Project, ticket: &str, overrides: &Overrides) -> BTreeMap<String, Arc<str>> {
        let wanted = plan::wanted_texts(project, ticket, overrides).into_iter();
        wanted.filter_map(|path| Some((path.clone(), Arc::from(self.root.read_text(&path).ok()?)))).collect()
    }

    /// Every scope and period that a run of the ticket books on.
    fn scopes(&self, project: &Project, ticket: &str, now: &str) -> Vec<(Scope, String)> {
        let Some(calendar) = Calendar::at(now) else { return Vec::new() };
        let repository = self.repository();
        let base = self.base.as_ref().map(|base| &base.project);
        let configs: Vec<_> =
            [Some(project), base].into_iter().flatten().map(|it| it.config().map(|it| it.1)).collect();
        let workflows = project.defined(NameKind::Workflow).filter_map(|name| project.workflow(&name.text));
        let passes = workflows.flat_map(|(_, workflow)| &workflow.passes).filter_map(|pass| pass.id.as_ref());
        let passes: BTreeSet<&str> = passes.map(|id| id.value.as_str()).chain([""]).collect();
        let scopes: BTreeSet<(Scope, String)> = passes
            .into_iter()
            .flat_map(|pass| configs.iter().map(move |config| (pass, *config)))
            .flat_map(|(pass, config)| Place::of(&repository, config, ticket, pass).books(&calendar))
            .collect();
        scopes.into_iter().collect()
    }

    /// The agent CLIs that are installed, as they would be called.
    pub fn harnesses(&self) -> Vec<Harness> {
        self.memory.harnesses(&self.home, &self.user, &self.root)
    }

    /// The launch plan of the root: what trust is asked for.
    pub fn launch_plan(&self, project: &Project, world: &World) -> Arc<LaunchPlan> {
        self.memory.launch_plan(&self.home, &self.root, project, world)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Everything;

    impl Selection for Everything {
        fn enters(&self, _folder: &str) -> bool {
            true
        }

        fn contains(&self, _path: &str) -> bool {
            true
        }
    }

    #[test]
    fn a_plan_does_not_miss_the_files_that_nobody_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("s"), configuration: folder.path().join("c") };
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/shop");
        let mut site = Site::open(home, &shop).unwrap();
        let project = site.project().unwrap();
        let everything = Arc::new(site.root.inventory(&Everything, &mut StampCache::default()).unwrap());
        let mut planned = 0;
        for ticket in project.defined(NameKind::Ticket) {
            let world = site.world(&project, None, &ticket.text, Overrides::default()).unwrap();
            assert!(world.files.len() < everything.len());
            let plan = plan::plan(&project, &ticket.text, &world);
            let whole = World { files: everything.clone(), ..world };
            assert_eq!(plan, plan::plan(&project, &ticket.text, &whole), "{}", ticket.text);
            planned += plan.passes.iter().filter(|pass| pass.inputs.len() > 1).count();
        }
        assert!(planned > 10, "the plans read files");
    }
}
