//! Everything of one repository on one table: what the files say, what runs, money and trust say. The language server and
//! the command line both work from here, so that they show the same.

pub(crate) mod documents;
mod told;

pub(crate) use told::{tells_agents, unseen_hash};

use anyhow::{Context, bail};
use delivery::attest;
use delivery::budget::{Objection, Place, SetBy, State};
use delivery::explain;
use delivery::launch::{self, LaunchPlan};
use delivery::limits::{self, Raises};
use delivery::plan::{self, GatePlan, PassPlan, PassState, Plan};
use delivery::prices::watch;
use delivery::spending::{self, Run, Sums};
use delivery::ticket::{self, Explicit, Hints};
use delivery::trust::{Action, Trust};
use delivery::words::{self, Seen, Words};
use delivery::world::{Overrides, World};
use findings::Finding;
use ide::live::{
    self, BudgetLive, FindingLive, Live, PassLive, PricesLive, ReviewLive, RunningLive, TicketLive, VoidRecord,
};
use runner::books::{receipts, settled_runs};
use runner::files::{FoundKind, Root, WalkLimits};
use runner::gate::Gated;
use runner::gates::{Checked, Gates};
use runner::home::Home;
use runner::process::{Cancel, Unwatched};
use runner::raise::Stopped;
use runner::run::Request;
use runner::tree::{Applied, Kept, State as KeptState};
use runner::world::Site;
use spec::board::Shelf;
use spec::model::Criterion;
use spec::model::StatusCategory;
use spec::record::{CheckResult, Decision, GateState, Verdict};
use spec::{FileKind, Project, SpecFile};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{RunRow, RunState, Sqlite, Store};
use text::{BlobId, Span};
use told::OnDisk;

/// What was reviewed last, kept beside what is known of a repository to tell a difference in words.
const REVIEWED_PLAN: &str = "reviewed-plan.json";

/// Files of the work tree that an editor is asked to watch.
const MOST_WATCHED: usize = 256;

/// Tickets that are planned beside the current one: planning all of a large backlog at every look would be felt.
const MOST_TICKETS: usize = 40;

/// Delivery files as they were found on disk.
#[derive(Default)]
pub(crate) struct Scanned {
    /// What they say.
    pub(crate) project: Project,
    /// Those that cannot be read: path and why.
    pub(crate) unread: Vec<(String, String)>,
}

/// Reads the delivery files of a root.
pub(crate) fn scan(root: &Root) -> Scanned {
    let paths: Vec<String> = root.walk_readable().found.into_iter().map(|found| found.path).collect();
    let read = in_parallel(&paths, |path| {
        let text = root.read_shared(path).map_err(|error| error.to_string())?;
        Ok(SpecFile::read_shared(path, text))
    });
    let mut scanned = Scanned::default();
    for (path, file) in paths.into_iter().zip(read) {
        match file {
            Ok(Some(file)) => drop(scanned.project.set(Arc::new(file))),
            Ok(None) => {}
            Err(why) => scanned.unread.push((path, why)),
        }
    }
    scanned
}

/// Reads the delivery files of the projects inside a root, by their folder; of those only whose folder is meant.
pub(crate) fn scan_inner(root: &Root, is_meant: impl Fn(&str) -> bool) -> Vec<(String, Scanned)> {
    let found = root.walk_inner().map(|walk| walk.found).unwrap_or_default();
    let folders = found.iter().filter_map(|found| spec::places::inner_project(&found.path)).map(|(folder, _)| folder);
    let folders: Vec<&str> =
        folders.filter(|folder| is_meant(folder)).collect::<BTreeSet<&str>>().into_iter().collect();
    let read = |folder: &&str| Some(((*folder).to_owned(), scan(&Root::open_project(&root.path().join(folder)).ok()?)));
    in_parallel(&folders, read).into_iter().flatten().collect()
}

/// The paths of all delivery files of a root, each with what it says where that is not the `known` content, without its
/// text.
pub(crate) fn rescan(root: &Path, known: &BTreeMap<String, BlobId>) -> BTreeMap<String, Option<SpecFile>> {
    let Ok(root) = Root::open_project(root) else { return BTreeMap::new() };
    let read = |path: &String| {
        let text = root.read_shared(path).ok()?;
        if known.get(path) == Some(&BlobId::of(text.as_bytes())) {
            return Some((path.clone(), None));
        }
        Some((path.clone(), Some(SpecFile::read_shared(path, text)?.without_text())))
    };
    let ours = root.walk_readable().found.into_iter().filter(|it| it.kind == FoundKind::File);
    let paths: Vec<String> = ours.map(|found| found.path).collect();
    in_parallel(&paths, read).into_iter().flatten().collect()
}

/// The same work on every element, on all processors; results in the order of the elements.
pub(crate) fn in_parallel<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    /// Below this many, starting threads costs more than they save.
    const FEW: usize = 64;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    if threads == 1 || all.len() < FEW {
        return all.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || std::iter::from_fn(|| all.chunks(FEW / 2).enumerate().nth(next.fetch_add(1, Ordering::Relaxed)));
    let some = || take().map(|(at, some)| (at, some.iter().map(&work).collect::<Vec<R>>())).collect::<Vec<_>>();
    let mut parts: Vec<(usize, Vec<R>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(some)).collect();
        let own = some();
        let joined = others.into_iter().map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        joined.chain([own]).flatten().collect()
    });
    parts.sort_by_key(|(at, _)| *at);
    parts.into_iter().flat_map(|(_, part)| part).collect()
}

/// Reads single files of a root.
pub(crate) struct Reader(Option<Root>);

impl Reader {
    /// A reader of a root that cannot be opened reads nothing.
    pub(crate) fn new(root: &Path) -> Reader {
        Reader(Root::open_project(root).ok())
    }

    /// True where a regular file stands. Nothing is opened, and no link followed.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        let kind = self.0.as_ref().and_then(|root| root.kind(path).ok()).flatten();
        kind.is_some_and(|kind| kind.is_file())
    }

    /// Names of the files and folders in a folder, by name; true for a folder.
    pub(crate) fn list(&self, folder: &str) -> Vec<(String, bool)> {
        self.0.as_ref().map(|root| root.list(folder)).unwrap_or_default()
    }

    /// The text of one file, when it can be read.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.0.as_ref()?.read_text(path).ok()
    }
}

/// The folder of the manual in the user's own state.
pub(crate) fn manual_folder() -> anyhow::Result<PathBuf> {
    let home = Home::from_environment().context("there is no home folder to keep the manual in")?;
    Ok(home.state.join("manual"))
}

/// Writes the page of a rule into the user's own manual, to be opened, and answers its path.
pub(crate) fn manual_page(rule: &str, page: &str) -> anyhow::Result<PathBuf> {
    let folder = manual_folder()?;
    runner::files::make_own_folder(&folder)?;
    let path = folder.join(ide::rules::page_name(rule));
    runner::files::write_own(&path, page.as_bytes())?;
    Ok(path)
}

/// The pages of the user's own manual that are there, by id.
pub(crate) fn manual_pages() -> BTreeMap<&'static str, PathBuf> {
    let Ok(folder) = manual_folder() else { return BTreeMap::new() };
    let pages = ide::rules::pages().map(|id| (id, folder.join(ide::rules::page_name(id))));
    pages.filter(|(_, path)| path.is_file()).collect()
}

/// Files in `.tollgate/` that look as if they were meant for us, and have no name that is read.
pub(crate) fn misnamed(root: &Path) -> Vec<String> {
    let Ok(root) = Root::open_project(root) else { return Vec::new() };
    let found = root.walk_folders(&[".tollgate"], WalkLimits::default()).found.into_iter().map(|found| found.path);
    let meant = |path: &String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        !name.eq_ignore_ascii_case("readme.md") && [".md", ".yaml", ".yml"].iter().any(|end| name.ends_with(end))
    };
    found.filter(|path| FileKind::of(path).is_none() && meant(path)).collect()
}

/// The nearest folder at or above `path` that holds `.tollgate`, else the nearest with `.git`, else `path` itself or its
/// folder. Never a folder that is too wide to be a project: a home folder kept in git is not the root of what lies in it.
pub(crate) fn root_above(path: &Path) -> anyhow::Result<PathBuf> {
    let path = path.canonicalize().with_context(|| format!("{} cannot be opened", path.display()))?;
    let folder = if path.is_dir() { path.as_path() } else { path.parent().context("a file without a folder")? };
    let above = || folder.ancestors().take_while(|folder| Root::open_project(folder).is_ok());
    let has_files = |folder: &&Path| folder.join(".tollgate").symlink_metadata().is_ok();
    // a work tree's `.git` is a file; an empty folder of that name is no repository
    let is_repository = |folder: &&Path| folder.join(".git").is_file() || folder.join(".git/HEAD").is_file();
    let found = above().find(has_files).or_else(|| above().find(is_repository));
    Ok(found.unwrap_or(folder).to_owned())
}

/// One root with what is needed to look at it again and again.
pub(crate) struct Workbench {
    site: Site,
    ledger: Option<Sqlite>,
    on_disk: OnDisk,
    /// The commits that lead to one.
    commits: (Option<String>, Vec<delivery::trace::Commit>),
}

/// A workbench that several threads take turns at; opened at the first turn.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Option<Workbench>>>);

impl Shared {
    /// Takes a turn.
    pub(crate) fn with<T>(
        &self,
        root: &Path,
        work: impl FnOnce(&mut Workbench) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let mut bench = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if bench.is_none() {
            let mut opened = Workbench::open(root)?;
            // An editor looks often; what comes later makes it look again.
            opened.site.hurries = true;
            *bench = Some(opened);
        }
        bench.as_mut().context("the workbench cannot be opened").and_then(work)
    }
}

/// What a look is about.
#[derive(Clone, Default, Debug)]
pub(crate) struct Look {
    /// The file in front of the person, from the root.
    pub(crate) open_file: Option<String>,
    /// The ticket that was named.
    pub(crate) named: Option<(Explicit, String)>,
    /// Delivery files that are open: what is on disk may be another text.
    pub(crate) open: Vec<String>,
}

impl Workbench {
    /// Opens a root.
    pub(crate) fn open(root: &Path) -> anyhow::Result<Workbench> {
        let home = Home::from_environment().context("there is no home folder to keep state in (HOME is not set)")?;
        let site = Site::open(home, root)?;
        Ok(Workbench { site, ledger: None, on_disk: OnDisk::default(), commits: Default::default() })
    }

    /// Everything that an editor would show, with every delivery file closed; and the files that cannot be read, with why.
    pub(crate) fn snapshot(&mut self) -> anyhow::Result<(ide::Snapshot, Vec<(String, String)>)> {
        let Scanned { mut project, unread } = scan(&self.site.root);
        self.site.add_beads(&mut project);
        let live = Arc::new(self.live(&project, &Look::default())?);
        let documents = documents::judged(&self.site.root);
        Ok((ide::Snapshot { project, live, documents }, unread))
    }

    /// Makes a ticket the current one, for as long as the branch that is checked out now is.
    pub(crate) fn make_current(&mut self, ticket: &str) -> anyhow::Result<()> {
        Ok(runner::chosen::choose(&self.site.home, &self.site.root, ticket)?)
    }

    /// The commits that a feature may be named in: read anew when HEAD moves.
    fn commits(&mut self, project: &Project, head: Option<String>) -> Vec<delivery::trace::Commit> {
        /// As many as are looked at.
        const MOST: usize = 200;
        if project.features().next().is_none() {
            return Vec::new();
        }
        if head.is_none() || self.commits.0 != head {
            let all = runner::git::last_commits(&self.site.root, MOST).into_iter();
            self.commits = (head, all.map(|(id, message)| delivery::trace::Commit { id, message }).collect());
        }
        self.commits.1.clone()
    }

    /// The ledger; nothing where nobody has run anything, so that looking writes nothing.
    fn ledger(&mut self) -> anyhow::Result<Option<Sqlite>> {
        if self.ledger.is_none() && self.site.home.state.join("hub.db").is_file() {
            self.ledger = Some(Sqlite::open(&self.site.home.state)?);
        }
        Ok(self.ledger.clone())
    }

    /// Which ticket is current, and why.
    pub(crate) fn resolve(&self, project: &Project, look: &Look) -> ticket::Resolution {
        let hints = Hints { open_file: look.open_file.clone(), ..self.site.hints(look.named.clone()) };
        ticket::resolve(project, &hints)
    }

    /// The world as a plan of `ticket` wants it.
    pub(crate) fn world(&mut self, project: &Project, ticket: &str, overrides: Overrides) -> anyhow::Result<World> {
        let ledger = self.ledger()?;
        Ok(self.site.world(project, store(&ledger), ticket, overrides)?)
    }

    /// State of trust in the present launch plan. The plan is made only where the root was ever reviewed: making it reads
    /// every agent program once.
    pub(crate) fn trust(&self, project: &Project, world: &World) -> Trust {
        let root = self.site.repository();
        match runner::trust::read(&self.site.home, &root, "") {
            Trust::Changed { .. } => {
                let plan = self.site.launch_plan(project, world);
                runner::trust::read(&self.site.home, &root, &plan.exec_hash())
            }
            other => other,
        }
    }

    /// The project with the texts that plans of these tickets are made from. What has changed on disk since is as it is
    /// there now.
    fn with_texts(&self, project: &Project, tickets: &BTreeSet<String>) -> Project {
        let mut project = project.clone();
        for path in delivery::texts::wanted(&project, tickets.iter().map(String::as_str)) {
            let text = self.site.root.read_text(&path).map(Arc::<str>::from);
            let (Ok(text), Some(file)) = (text, project.file(&path)) else { continue };
            if let Some(file) = file.with_text(text.clone()).or_else(|| SpecFile::read_shared(&path, text)) {
                project.set(Arc::new(file));
            }
        }
        project
    }

    /// What Beads says, where there is Beads. Whether it may be asked is decided over what stands on disk.
    fn beads(&mut self, project: &Project, look: &Look) -> Option<runner::beads::Source> {
        if !project.has_beads() {
            return None;
        }
        let mut disk = self.look_at_disk(&self.with_texts(project, &BTreeSet::new()), look);
        self.site.add_beads(&mut disk)
    }

    /// Looks at everything that is live.
    pub(crate) fn live(&mut self, project: &Project, look: &Look) -> anyhow::Result<Live> {
        let beads = self.beads(project, look);
        let mut project = project.clone();
        runner::beads::put(&mut project, beads.as_ref().and_then(|source| source.listing.as_ref()));
        let project = &project;
        let resolution = self.resolve(project, look);
        let current = resolution.ticket.clone();
        let shown = shown_tickets(project, current.as_deref(), look);
        let project = &self.with_texts(project, &shown);
        let ledger = self.ledger()?;
        let world =
            self.site.world(project, store(&ledger), current.as_deref().unwrap_or_default(), Overrides::default())?;
        // What stands in an editor unsaved runs nowhere.
        let disk = self.look_at_disk(project, look);
        let trust = self.trust(&disk, &world);
        let (seen, told) = match trust.may_run() {
            true => (self.site.seen(), self.site.launch_plan(&disk, &world).prompts.clone()),
            false => Default::default(),
        };
        let runs = spending::all(settled(store(&ledger), &world.repository)?, &receipts(project));
        let spent = spending::by_ticket(&runs);
        let head = runner::git::head(&self.site.root);
        let mut live = Live {
            trust: match trust {
                Trust::Restricted { .. } => live::Trust::Restricted,
                Trust::Reviewed { .. } => live::Trust::Reviewed,
                Trust::Changed { .. } => live::Trust::Changed,
                Trust::Denied => live::Trust::Denied,
            },
            branch: head.branch,
            commits: self.commits(project, head.commit),
            defaults: world.user.clone(),
            root: Some(self.site.repository()),
            ambiguous: resolution.ambiguous.clone(),
            beads: beads.map(|source| live::BeadsLive { listing: source.listing, why: source.why }),
            installed: trust.may_run().then(|| world.harnesses.iter().map(|known| known.alias.clone()).collect()),
            ..Live::default()
        };
        if let (Some(ticket), Some(rule)) = (&current, resolution.rule) {
            live.current = Some((ticket.clone(), rule.sentence().to_owned()));
        }
        let raises = Raises::of(project, &world);
        let mut places: BTreeMap<(String, Span), BudgetLive> = BTreeMap::new();
        for id in shown {
            let is_current = current.as_ref() == Some(&id);
            let world =
                if is_current { world.clone() } else { self.site.world_for(&world, project, store(&ledger), &id)? };
            let plan = plan::plan(project, &id, &world);
            let said = is_current.then_some(&resolution);
            if is_current {
                live.watched.extend(files_of(&plan).take(MOST_WATCHED));
            }
            let budgets = self.budgets(project, &world, &raises, &plan, &runs);
            let sums = spent.get(id.as_str());
            let mut ticket = ticket_live(&plan, said, sums);
            let workflow = plan.workflow.workflow.as_deref().unwrap_or_default();
            for pass in &mut ticket.passes {
                pass.unseen = unseen_of(&disk, &seen, &told, (workflow, &pass.id), &id);
            }
            for (path, line) in budgets {
                let own = matches!(line.limit.scope, spec::cost::Scope::Ticket(_));
                let state = state_of(line.state);
                if own && ticket.budget.is_none_or(|limit| line.limit.limit < limit) {
                    ticket.budget = Some(line.limit.limit);
                    ticket.budget_state = state;
                }
                let name =
                    if own { format!("ticket {id}") } else { scope_words(&line.limit.scope, &line.limit.period_name) };
                let row = BudgetLive {
                    path: path.clone(),
                    span: line.limit.span,
                    name,
                    limit: line.limit.limit,
                    committed: line.settled.plus(line.held),
                    state,
                };
                // A limit for every ticket is shown in its worst state.
                let worst = places.entry((path, line.limit.span)).or_insert_with(|| row.clone());
                if (row.state, row.committed) > (worst.state, worst.committed) {
                    *worst = row;
                }
            }
            live.tickets.insert(id, ticket);
        }
        for (ticket, pass, run) in self.kept_runs(ledger.as_ref())? {
            let passes = live.tickets.get_mut(&ticket).map(|ticket| &mut ticket.passes);
            if let Some(pass) = passes.and_then(|passes| passes.iter_mut().find(|known| known.id == pass)) {
                pass.kept = Some(run);
            }
        }
        live.budgets = places.into_values().collect();
        live.void = void_records(project, &world);
        live.prices = self.prices(project, &world, &runs);
        self.findings(&mut live, &world);
        live.watched.extend(live.findings.keys().take(MOST_WATCHED).cloned());
        Ok(live)
    }

    /// The newest run of every pass, where it keeps a change that was not applied: ticket, pass, run.
    fn kept_runs(&self, ledger: Option<&Sqlite>) -> anyhow::Result<Vec<(String, String, String)>> {
        let rows = ledger.map(|ledger| ledger.runs(&self.site.repository(), 200)).transpose()?.unwrap_or_default();
        let mut seen = BTreeSet::new();
        let made = rows.into_iter().filter(|row| row.new.purpose.is_pass());
        let newest = made.filter(|row| seen.insert((row.new.ticket.clone(), row.new.pass.clone())));
        let waits = |run: &str| matches!(self.kept(run), Ok(Some(kept)) if kept.state() == KeptState::Kept);
        let kept = newest.filter(|row| row.state == RunState::Settled && waits(&row.new.run));
        Ok(kept.map(|row| (row.new.ticket, row.new.pass, row.new.run)).collect())
    }

    /// Budgets of a ticket with the file that sets each; those of the user's own configuration have no place to show.
    fn budgets(
        &self,
        project: &Project,
        world: &World,
        raises: &Raises<'_>,
        plan: &Plan,
        runs: &[Run],
    ) -> Vec<(String, spending::BudgetLine)> {
        let config = project.config().map(|(_, config)| config);
        let ticket = project.ticket(&plan.ticket.id);
        let workflow = plan.workflow.workflow.as_deref().and_then(|name| project.workflow(name));
        let mut limits =
            limits::limits(project, world, raises, (&plan.ticket.id, plan.workflow.workflow.as_deref(), ""));
        // a limit of the base branch stands in no file here
        limits.retain(|limit| limit.base.is_none());
        let mut money = world.money.clone();
        let of = |run: &'_ Run| (run.ticket.clone(), run.pass.clone());
        let names: Vec<(String, String)> = runs.iter().map(of).collect();
        let at = |run: &Run| names.iter().find(|(ticket, pass)| *ticket == run.ticket && *pass == run.pass);
        spending::add_unbooked(&mut money, runs, |run| {
            let (ticket, pass) = at(run).map_or(("", ""), |(ticket, pass)| (ticket.as_str(), pass.as_str()));
            Place::of(&world.repository, config, ticket, pass)
        });
        spending::budgets(limits, &money)
            .into_iter()
            .filter(|line| !matches!(line.limit.scope, spec::cost::Scope::Pass(_)))
            .filter_map(|line| {
                let path = match line.limit.set_by {
                    SetBy::User => return None,
                    SetBy::Project => project.config().map(|(file, _)| file.path.clone()),
                    SetBy::Workflow => workflow.map(|(file, _)| file.path.clone()),
                    SetBy::Ticket => ticket.map(|(file, _)| file.path.clone()),
                };
                Some((path?, line))
            })
            .collect()
    }

    /// Whether the prices of the tiers' models can still be believed.
    fn prices(&self, project: &Project, world: &World, runs: &[Run]) -> PricesLive {
        let prices = &self.site.user.prices;
        let tiers = project.config().map(|(_, config)| config.tiers.as_slice()).unwrap_or_default();
        let models = tiers.iter().flat_map(|tier| &tier.candidates).filter_map(|one| one.model.as_ref());
        let models: BTreeSet<&String> = models.map(|model| &model.value).collect();
        let drifts = models.iter().filter_map(|model| Some(((*model).clone(), watch::drift(prices, model, runs)?)));
        PricesLive {
            old: watch::old(&world.now).map(|days| (prices.as_of().to_owned(), days)),
            drifts: drifts.collect(),
            listed: models.into_iter().filter(|model| watch::is_listed(prices, model)).cloned().collect(),
        }
    }

    /// What gates found in files of the work tree.
    fn findings(&self, live: &mut Live, world: &World) {
        let gates = Gates::read(&self.site.home, &self.site.root);
        let mut newest: BTreeMap<(&str, &str), &Checked> = BTreeMap::new();
        for checked in &gates.results {
            let here = checked.run.is_none()
                || checked.subjects.iter().all(|file| world.files.get(&file.path).copied() == file.blob);
            if here {
                newest.insert((&checked.ticket, &checked.pass), checked);
            }
        }
        for checked in newest.into_values() {
            // Every place changed since: what was found may be mended.
            let mut holds = checked.findings.iter().all(|finding| finding.place.is_none());
            let mut found: Vec<(&Finding, &findings::Place)> =
                checked.findings.iter().filter_map(|finding| Some((finding, finding.place.as_ref()?))).collect();
            found.sort_by_key(|(_, place)| &place.path);
            for of_file in found.chunk_by(|(_, one), (_, next)| one.path == next.path) {
                let Some(path) = of_file.first().map(|(_, place)| &place.path) else { continue };
                let Ok(text) = self.site.root.read_text(path) else { continue };
                let current = findings::Current::new(&text);
                for (finding, place) in of_file {
                    let Some((span, found)) = place.find(&current) else { continue };
                    let stale = found == findings::Found::Guess;
                    holds |= !stale;
                    live.findings.entry(path.clone()).or_default().push(FindingLive {
                        span,
                        place: (*place).clone(),
                        fixes: finding.fixes.clone(),
                        severity: match finding.severity {
                            findings::Severity::Error => ide::Severity::Error,
                            findings::Severity::Warning => ide::Severity::Warning,
                            findings::Severity::Information => ide::Severity::Information,
                        },
                        rule: finding.rule.clone().unwrap_or_else(|| finding.tool.clone()),
                        message: finding.message.clone(),
                        ticket: checked.ticket.clone(),
                        pass: checked.pass.clone(),
                        check: finding.check.clone(),
                        within: None,
                        stale,
                    });
                }
                live.sources.entry(path.clone()).or_insert_with(|| text.into());
            }
            let passes = live.tickets.get_mut(&checked.ticket).map(|ticket| &mut ticket.passes);
            let pass = passes.and_then(|passes| passes.iter_mut().find(|pass| pass.id == checked.pass));
            // A change that waits for a person is not in the work tree yet: what fails there is what it mends.
            if let Some(pass) = pass.filter(|pass| holds && !pass.pending && pass.running.is_none())
                && let Some(what) = failing(&checked.results)
            {
                pass.failed.get_or_insert_with(|| format!("{what} (in the work tree)"));
            }
        }
    }

    /// What would become runnable, and whether it was reviewed. Read from disk like a run reads it: what stands in an
    /// editor unsaved runs nowhere.
    pub(crate) fn launch_plan(&mut self) -> anyhow::Result<Review> {
        let project = self.site.project()?;
        let world = self.world(&project, "", Overrides::default())?;
        let plan = self.site.launch_plan(&project, &world);
        let state = runner::trust::read(&self.site.home, &self.site.repository(), &plan.exec_hash());
        let mut markdown = launch::markdown(&plan);
        let mut unseen = Vec::new();
        if let Trust::Changed { reviewed } = &state
            && let Some(old) = self.reviewed_plan().filter(|old| old.exec_hash() == *reviewed)
        {
            let scripts = self.script_changes(&old, &plan);
            markdown = format!("{}{scripts}\n{markdown}", launch::diff_markdown(&launch::diff(&old, &plan)));
        }
        if matches!(state, Trust::Reviewed { .. } | Trust::Changed { .. }) {
            unseen = words::unseen(&self.site.seen(), prompts(&plan), |hash| self.site.kept(hash));
            let shown: String = unseen.iter().map(|unseen| format!("{}\n", unseen.markdown())).collect();
            // of a pass that is new the plan below shows all words
            markdown = format!(
                "{}{markdown}",
                if unseen.iter().any(|it| it.before.is_some()) { shown } else { String::new() }
            );
        }
        let unseen = unseen.into_iter().map(|unseen| unseen.key).collect();
        Ok(Review { hash: plan.hash(), commands: launch::commands(&plan), plan, markdown, state, unseen })
    }

    /// How the files that commands name differ from those that were reviewed, line by line.
    fn script_changes(&self, old: &LaunchPlan, new: &LaunchPlan) -> String {
        let mut shown = String::new();
        let (old, new) = (launch::scripts(old), launch::scripts(new));
        for (path, hash) in &new {
            let Some(before) = old.get(path).filter(|before| *before != hash).and_then(|hash| self.site.kept(hash))
            else {
                continue;
            };
            let Ok(after) = self.site.root.read_text(path) else { continue };
            let changes = words::block("diff", &words::difference(&before, &after));
            shown.push_str(&format!("\nIn `{}`:\n\n{changes}", delivery::prompt::one_line(path, 200)));
        }
        shown
    }

    /// The plan that was reviewed last. It is only compared with: trust is bound to the hash in the trust log.
    fn reviewed_plan(&self) -> Option<LaunchPlan> {
        const MOST: u64 = 64 << 20;
        let path = self.site.home.repository_path(&self.site.root).join(REVIEWED_PLAN);
        serde_json::from_slice(&runner::files::read_own(&path, MOST).ok()?).ok()
    }

    /// Remembers a person's word about this root. A yes holds for exactly the plan with that hash, with its words.
    pub(crate) fn record(&mut self, word: Word) -> anyhow::Result<Trust> {
        let mut reviewed = String::new();
        let action = match word {
            Word::Allow(hash) => {
                let now = self.launch_plan()?;
                if now.hash != hash {
                    return Ok(Trust::Changed { reviewed: hash });
                }
                reviewed = now.plan.exec_hash();
                self.remember(&now.plan)?;
                Action::Allow { exec_hash: reviewed.clone() }
            }
            Word::Revoke => Action::Revoke,
            Word::Deny => Action::Deny,
        };
        runner::trust::record(&self.site.home, &self.site.repository(), action)?;
        let state = runner::trust::read(&self.site.home, &self.site.repository(), &reviewed);
        if !state.may_run()
            && let Some(ledger) = self.ledger()?
        {
            for run in ledger.runs(&self.site.repository(), 500)? {
                ledger.stop(&run.new.run)?;
            }
        }
        Ok(state)
    }

    /// Keeps what a person has just reviewed: the plan, the words in it, and the texts that differences are told from.
    fn remember(&self, plan: &LaunchPlan) -> anyhow::Result<()> {
        const LARGEST_KEPT: u64 = 1 << 20;
        self.site.see(prompts(plan))?;
        let scripts = launch::scripts(plan);
        for (path, hash) in &scripts {
            let bytes = self.site.root.read_limited(path, LARGEST_KEPT).unwrap_or_default();
            if delivery::cache::sha256(&bytes) == *hash {
                self.site.keep(&bytes)?;
            }
        }
        self.site.forget_but(&scripts.into_values().collect());
        let path = self.site.home.repository(&self.site.root)?.join(REVIEWED_PLAN);
        Ok(runner::files::write_own_secret(&path, &serde_json::to_vec(plan)?)?)
    }
}

/// Why the words of a pass have to be looked at first.
fn unseen_of(
    disk: &Project,
    seen: &Seen,
    told: &BTreeMap<String, Words>,
    (workflow, pass): (&str, &str),
    ticket: &str,
) -> Option<live::Unseen> {
    let name = words::pass_name(workflow, pass);
    let told = told.get(&name)?;
    let ticket_words = disk.ticket(ticket).and_then(|(file, content)| words::of_ticket(ticket, content, file));
    if ticket_words.is_some_and(|words| !seen.has(&words::ticket_key(ticket), &words)) {
        return Some(live::Unseen::Hidden);
    }
    let unseen = !seen.has(&words::pass_key(&name), told);
    unseen.then(|| if told.hide() { live::Unseen::Hidden } else { live::Unseen::Changed })
}

/// The words of every pass, by what they are of.
fn prompts(plan: &LaunchPlan) -> impl Iterator<Item = (String, &Words)> {
    plan.prompts.iter().map(|(pass, words)| (words::pass_key(pass), words))
}

fn store(ledger: &Option<Sqlite>) -> Option<&dyn Store> {
    ledger.as_ref().map(|ledger| ledger as &dyn Store)
}

/// What would become runnable.
pub(crate) struct Review {
    /// The plan itself.
    plan: Arc<LaunchPlan>,
    /// For people.
    pub(crate) markdown: String,
    /// Every command line in it, for a question.
    pub(crate) commands: Vec<String>,
    /// State of trust in it.
    pub(crate) state: Trust,
    /// `sha256:…` over all of it, words included.
    pub(crate) hash: String,
    /// What words are new since this user saw them: `pass:workflow/pass`.
    pub(crate) unseen: Vec<String>,
}

impl Review {
    /// True where no workflow has a pass: there is nothing to allow.
    pub(crate) fn is_empty(&self) -> bool {
        self.plan.executable.passes.is_empty()
    }
}

/// A person's word about a root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Word {
    /// Yes to the plan with this hash.
    Allow(String),
    /// Back to the beginning; what runs is stopped.
    Revoke,
    /// No, for good; what runs is stopped.
    Deny,
}

/// The current ticket, the one whose file is open, and others that are not done.
fn shown_tickets(project: &Project, current: Option<&str>, look: &Look) -> BTreeSet<String> {
    let open = look.open_file.as_deref().and_then(|path| project.file(path)).and_then(|file| {
        let mut all = file.tickets().filter_map(|ticket| Some(ticket.id.as_ref()?.value.clone()));
        all.next().filter(|_| all.next().is_none())
    });
    let mut shown: BTreeSet<String> = current.map(str::to_owned).into_iter().chain(open).collect();
    let mut others: Vec<(StatusCategory, &str)> = project
        .tickets()
        .filter_map(|(id, (file, ticket))| {
            let status = project.category(file, ticket).unwrap_or(StatusCategory::Todo);
            let put_away = file.board().is_some_and(|board| board.shelf != Shelf::Current);
            (status != StatusCategory::Done && !put_away).then_some((status, id))
        })
        .collect();
    // What is being worked on comes before what has not begun.
    others.sort_by_key(|(status, id)| (*status == StatusCategory::Todo, *id));
    shown.extend(others.into_iter().take(MOST_TICKETS).map(|(_, id)| id.to_owned()));
    shown
}

/// The files of the work tree that the state of a ticket's passes depends on: outputs before inputs.
fn files_of(plan: &Plan) -> impl Iterator<Item = String> {
    let outputs = plan.passes.iter().flat_map(|pass| &pass.outputs).filter_map(|output| output.path.clone());
    let judged = plan.passes.iter().filter_map(|pass| pass.gate.as_ref()).flat_map(|gate| &gate.files);
    let read = plan.passes.iter().flat_map(|pass| &pass.inputs);
    let files = judged.chain(read).map(|file| file.path.clone()).filter(|path| !path.starts_with("ticket:"));
    outputs.chain(files).filter(|path| FileKind::of(path).is_none())
}

/// Decisions that cannot be verified, with the reason.
fn void_records(project: &Project, world: &World) -> Vec<VoidRecord> {
    let void = |(file, decision): (&Arc<SpecFile>, &Decision)| {
        let signature = world.signatures.get(&file.blob());
        let why = attest::weigh(decision, file.blob(), signature, world.base.as_deref()).void?;
        Some(VoidRecord { path: file.path.clone(), ticket: decision.predicate.ticket.clone(), why })
    };
    project.decisions().filter_map(void).collect()
}

fn ticket_live(
    plan: &Plan,
    resolution: Option<&ticket::Resolution>,
    spent: Option<&spending::TicketSpending>,
) -> TicketLive {
    let sums =
        |pass: &str| spent.and_then(|spent| spent.passes.iter().find(|(name, _)| name == pass)).map(|(_, it)| it);
    TicketLive {
        workflow: plan.workflow.workflow.clone(),
        passes: plan.passes.iter().map(|pass| pass_live(plan, pass, sums(&pass.id))).collect(),
        next: plan.next.pass.clone(),
        why: explain::with_short_runs(&plan.next.why),
        spent: spent.map_or(spec::Usd::ZERO, |spent| spent.sums.high),
        spent_unknown: spent.is_some_and(|spent| spent.sums.unknown > 0),
        markdown: explain::markdown(resolution, plan),
        ..TicketLive::default()
    }
}

fn pass_live(plan: &Plan, pass: &PassPlan, spent: Option<&Sums>) -> PassLive {
    let first = explain::with_short_runs(pass.why.first().map_or("", String::as_str));
    PassLive {
        id: pass.id.clone(),
        state: pass.state.word().to_owned(),
        model: pass.model_words().unwrap_or_default(),
        estimate: pass.cost_words(),
        spent: spent.map_or(spec::Usd::ZERO, |sums| sums.high),
        pending: pass.state.wants_person(),
        failed: matches!(pass.state, PassState::Failed { .. }).then(|| first.clone()),
        running: match &pass.state {
            PassState::Running { phase, spent } => {
                let run = pass.run.clone().unwrap_or_default();
                Some(RunningLive { run, phase: phase.clone(), spent: *spent })
            }
            _ => None,
        },
        review: missing_review(pass),
        kept: None,
        over: pass.over.as_ref().filter(|over| over.limit.set_by != SetBy::User).map(ToString::to_string),
        unseen: None,
        ready: pass.state.is_runnable() && plan.next.pass.is_some(),
        checks: pass.gate.as_ref().is_some_and(|gate| !gate.verify.is_empty()),
        markdown: explain::pass_markdown(pass),
        why: first,
    }
}

/// The review that a pass waits for, where an agent here can do it.
fn missing_review(pass: &PassPlan) -> Option<ReviewLive> {
    let waits = matches!(pass.state, PassState::WaitingForReview { .. });
    let review = pass.gate.as_ref()?.reviewer.as_ref().filter(|review| waits && review.dependent.is_none())?;
    let choice = review.route.as_ref()?.choice.as_ref()?;
    Some(ReviewLive { agent: review.agent.clone(), model: choice.shown(), estimate: review.cost_words() })
}

fn state_of(state: State) -> live::BudgetState {
    match state {
        State::Ok => live::BudgetState::Ok,
        State::Approaching => live::BudgetState::Approaching,
        State::At => live::BudgetState::At,
        State::Over => live::BudgetState::Over,
    }
}

fn scope_words(scope: &spec::cost::Scope, period: &str) -> String {
    use spec::cost::Scope;
    let (kind, id) = match scope {
        Scope::Org(id) => ("organisation", id),
        Scope::Team(id) => ("team", id),
        Scope::Project(id) => ("project", id),
        Scope::Ticket(id) => ("ticket", id),
        Scope::Pass(id) => ("pass", id),
    };
    if period.is_empty() { format!("{kind} {id}") } else { format!("{kind} {id} ({period})") }
}

/// Settled runs of the ledger.
fn settled(ledger: Option<&dyn Store>, repository: &str) -> anyhow::Result<Vec<Run>> {
    let lines = ledger.map(|ledger| ledger.ledger(repository, None)).transpose()?;
    Ok(settled_runs(lines.unwrap_or_default()))
}

impl Workbench {
    /// Starts a run as a process of its own, which outlives us. What it tells comes line by line, for as long as somebody
    /// listens; the first lines say whether it was admitted. Whether it may run is asked here, so that a refusal has a
    /// sentence, and asked again by the run itself.
    pub(crate) fn start_run(&mut self, ticket: &str, pass: &str) -> anyhow::Result<Started> {
        let store = self.own_ledger()?;
        runner::recover::recover(&self.site.home, &store)?;
        let request = Request { ticket: ticket.to_owned(), pass: Some(pass.to_owned()), ..Request::default() };
        runner::run::prepare(&mut self.site, &store, request)?;
        let run = uuid::Uuid::now_v7().to_string();
        let root = self.site.repository();
        let arguments =
            ["run", "--json", "--yes", "--detach", "--supervise", &run, "--root", &root, "--pass", pass, "--", ticket];
        let child = runner::process::start_supervisor(&run, &arguments.map(str::to_owned), false)?;
        Ok(Started { run, child })
    }

    /// Starts the review that a pass waits for as a process of its own, as [`Workbench::start_run`] starts a run. It checks
    /// first, takes the change that was kept for it when nothing stands against it, and ends with `review_ended`.
    pub(crate) fn start_review(&mut self, ticket: &str, pass: &str) -> anyhow::Result<Started> {
        let store = self.own_ledger()?;
        runner::recover::recover(&self.site.home, &store)?;
        let gated = Gated::find(&mut self.site, &store, ticket, Some(pass))?;
        let wanted = gated.reviewable(&mut self.site, &store, None)?;
        let wanted = wanted.with_context(|| format!("pass {pass} of {ticket} waits for no review"))?;
        if let Some(why) = wanted.barred() {
            bail!("an agent cannot review pass {pass}: {why}; a person decides instead");
        }
        let run = uuid::Uuid::now_v7().to_string();
        let root = self.site.repository();
        let arguments = ["gate", "--supervise", &run, "--root", &root, "--pass", pass, "--", ticket];
        let child = runner::process::start_supervisor(&run, &arguments.map(str::to_owned), false)?;
        Ok(Started { run, child })
    }

    /// Runs the verify commands of a pass over the work tree as it is; `told` hears of each.
    pub(crate) fn check_gate(
        &mut self,
        (ticket, pass): (&str, &str),
        cancel: &Cancel,
        told: &mut dyn FnMut(&CheckResult),
    ) -> anyhow::Result<Checked> {
        let store = self.own_ledger()?;
        let gated = Gated::find(&mut self.site, &store, ticket, Some(pass))?;
        Ok(gated.check(&self.site, None, cancel, &mut Unwatched, told)?)
    }

    /// Records a person's decision on a gate, over exactly the contents whose hash is `subjects`. Answers the record's
    /// path from the root.
    pub(crate) fn decide(
        &mut self,
        (ticket, pass): (&str, &str),
        verdict: Verdict,
        reason: &str,
        channel: &str,
        subjects: &str,
    ) -> anyhow::Result<String> {
        let store = self.own_ledger()?;
        if let Some(stopped) = Stopped::find(&mut self.site, &store, ticket, Some(pass))?
            && raise_hash(stopped.objection()) == subjects
        {
            return match verdict {
                Verdict::Approved => Ok(stopped.approve(&self.site, stopped.objection().needs(), reason, channel)?),
                _ => bail!("money that nobody approves needs no decision"),
            };
        }
        let gated = Gated::find(&mut self.site, &store, ticket, Some(pass))?;
        if gated.pass().gate.as_ref().map(subjects_hash).as_deref() != Some(subjects) {
            bail!("what was reviewed has changed since it was shown; look at it again");
        }
        Ok(gated.decide(&self.site, verdict, reason, channel)?)
    }

    /// Runs of this root that go on, newest first. One whose supervisor has gone is finished first.
    pub(crate) fn running(&mut self) -> anyhow::Result<Vec<RunRow>> {
        let Some(ledger) = self.ledger()? else { return Ok(Vec::new()) };
        runner::recover::recover(&self.site.home, &ledger)?;
        let rows = ledger.runs(&self.site.repository(), 200)?;
        Ok(rows.into_iter().filter(|row| row.state == RunState::Running).collect())
    }

    /// Runs whose change is kept and was not applied, newest first, with the paths that it would change.
    pub(crate) fn keeping(&mut self) -> anyhow::Result<Vec<Keeping>> {
        let ledger = self.ledger()?;
        let runs = self.kept_runs(ledger.as_ref())?.into_iter();
        let keeping = runs.filter_map(|(ticket, pass, run)| {
            let kept = self.kept(&run).ok().flatten()?;
            Some(Keeping { ticket, pass, run, paths: kept.changes().iter().map(|it| it.path.clone()).collect() })
        });
        Ok(keeping.collect())
    }

    /// Puts the kept change of a run into the work tree.
    pub(crate) fn apply(&mut self, run: &str) -> anyhow::Result<()> {
        let mut kept = self.kept(run)?.context("that run kept no change")?;
        match kept.apply()? {
            Applied::Whole => Ok(()),
            Applied::Conflict(paths) => bail!("nothing was changed: {} changed since the run", paths.join(", ")),
        }
    }

    /// The change that a run of this root keeps.
    fn kept(&self, run: &str) -> anyhow::Result<Option<Kept>> {
        let kept = Kept::open(&self.run_folder(run)?)?;
        Ok(kept.filter(|kept| kept.root() == self.site.root.path()))
    }

    /// Where a run left what it has; its id becomes a path.
    fn run_folder(&self, run: &str) -> anyhow::Result<PathBuf> {
        if !run.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
            bail!("that is not the id of a run");
        }
        Ok(self.site.home.run(run))
    }

    /// The ledger, made where there is none: something is about to be written.
    fn own_ledger(&mut self) -> anyhow::Result<Sqlite> {
        let ledger = self.ledger.clone().map_or_else(|| Sqlite::open(&self.site.home.state), Ok)?;
        self.ledger = Some(ledger.clone());
        Ok(ledger)
    }

    /// Folders beside the work tree whose files change when the branch, or runs, gates or trust of this root do.
    /// None for a repository without delivery files: nothing can happen to it.
    pub(crate) fn state_folders(&self, project: &Project) -> Vec<PathBuf> {
        if project.files().next().is_none() {
            return Vec::new();
        }
        let state = Some(self.site.home.state.clone()).filter(|state| state.is_dir());
        let own = state.as_ref().and_then(|_| self.site.home.repository(&self.site.root).ok());
        state.into_iter().chain(own).chain(runner::git::head_folder(&self.site.root)).collect()
    }

    /// Asks a run to stop, or what its supervisor does now, which may be its review. False when nothing runs.
    pub(crate) fn stop(&mut self, run: &str) -> anyhow::Result<bool> {
        let Some(ledger) = self.ledger()? else { return Ok(false) };
        if ledger.stop(run)? {
            return Ok(true);
        }
        let Some(ended) = ledger.run(run)? else { return Ok(false) };
        let mut rows = ledger.runs(&self.site.repository(), 500)?.into_iter();
        let next = rows.find(|row| row.state == RunState::Running && row.new.supervisor == ended.new.supervisor);
        Ok(next.map(|row| ledger.stop(&row.new.run)).transpose()?.unwrap_or(false))
    }

    /// Gates that wait for a person.
    pub(crate) fn pending_gates(&mut self, project: &Project) -> anyhow::Result<Vec<PendingGate>> {
        let mut waiting = Vec::new();
        let ledger = self.ledger()?;
        let shown = shown_tickets(project, None, &Look::default());
        let project = &self.with_texts(project, &shown);
        let world = self.world(project, "", Overrides::default())?;
        for id in shown {
            let world = self.site.world_for(&world, project, store(&ledger), &id)?;
            let plan = plan::plan(project, &id, &world);
            for pass in &plan.passes {
                if let Some(over) = pass.over.as_ref().filter(|over| over.limit.set_by != SetBy::User) {
                    waiting.push(PendingGate {
                        kind: "budget",
                        ticket: id.clone(),
                        pass: pass.id.clone(),
                        title: plan.ticket.title.clone().unwrap_or_default(),
                        markdown: explain::budget_markdown(&plan, pass, over),
                        subjects: raise_hash(over),
                    });
                }
                let Some(gate) = pass.gate.as_ref().filter(|_| pass.state.wants_person()) else { continue };
                waiting.push(PendingGate {
                    kind: "gate",
                    ticket: id.clone(),
                    pass: pass.id.clone(),
                    title: plan.ticket.title.clone().unwrap_or_default(),
                    markdown: explain::gate_markdown(&plan, pass, criteria(project, &plan, pass)),
                    subjects: subjects_hash(gate),
                });
            }
        }
        Ok(waiting)
    }

    /// The newest run of this root; none where nothing was run yet.
    pub(crate) fn newest_run(&mut self) -> anyhow::Result<Option<String>> {
        let repository = self.site.repository();
        let rows = self.ledger()?.map(|ledger| ledger.runs(&repository, 1)).transpose()?.unwrap_or_default();
        Ok(rows.first().map(|row| row.new.run.clone()))
    }

    /// The whole id of the run that a person named by how its id begins; what was named where no run begins so.
    pub(crate) fn run_named(&mut self, beginning: &str) -> anyhow::Result<String> {
        let repository = self.site.repository();
        let rows = self.ledger()?.map(|ledger| ledger.runs(&repository, 1_000)).transpose()?.unwrap_or_default();
        let found: Vec<&RunRow> = rows.iter().filter(|row| row.new.run.starts_with(beginning)).collect();
        match found.as_slice() {
            [row] => Ok(row.new.run.clone()),
            several if several.len() > 1 && several.iter().all(|row| row.new.run != beginning) => {
                let ids: String = several.iter().take(10).map(|row| format!("\n  {}", row.new.run)).collect();
                bail!("several runs begin so, name one:{ids}")
            }
            _ => Ok(beginning.to_owned()),
        }
    }

    /// True when a run has said its last word.
    pub(crate) fn has_ended(&self, run: &str) -> bool {
        const MOST: u64 = 64 << 20;
        let Ok(folder) = self.run_folder(run) else { return false };
        let events = runner::files::read_own(&folder.join("events.jsonl"), MOST).unwrap_or_default();
        let last = events.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        matches!(serde_json::from_slice(last), Ok(runner::run::Event::Ended { .. }))
    }

    /// What a run printed; the newest run of the root when none is named.
    pub(crate) fn run_log(&mut self, run: Option<&str>) -> anyhow::Result<RunLog> {
        const MOST: u64 = 4 << 20;
        let run = match run {
            Some(run) => run.to_owned(),
            None => self.newest_run()?.context("nothing was run here yet")?,
        };
        let folder = self.run_folder(&run)?;
        let path = ["transcript.txt", "transcript.jsonl", "events.jsonl"].map(|name| folder.join(name));
        let path = path.iter().find(|path| path.is_file()).context("that run left no log")?;
        let bytes = runner::files::read_own(path, MOST)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(RunLog { run, path: path.display().to_string(), text })
    }
}

/// The criteria of a gate as they are written.
fn criteria<'a>(project: &'a Project, plan: &Plan, pass: &PassPlan) -> &'a [Criterion] {
    let workflow = plan.workflow.workflow.as_deref().and_then(|name| project.workflow(name));
    let found = workflow.and_then(|(file, workflow)| {
        let pass = workflow.passes.iter().find(|known| known.id.as_ref().is_some_and(|id| id.value == pass.id))?;
        delivery::gate::of_pass(project, file, pass).ok()?
    });
    found.map_or(&[], |placed| &placed.gate.criteria)
}

/// Which verify commands say no, in words; none when all is well.
pub(crate) fn failing(results: &[CheckResult]) -> Option<String> {
    let of = |state: GateState| {
        let ids = results.iter().filter(|result| result.state == state).map(|result| result.id.as_str());
        ids.collect::<Vec<_>>().join(", ")
    };
    let broken = of(GateState::Error);
    let broken = if broken.is_empty() { broken } else { format!("{broken} could not be run") };
    let parts = [of(GateState::Failed), broken];
    let said: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// SHA-256 of what a decision on the gate would be over.
fn subjects_hash(gate: &GatePlan) -> String {
    delivery::cache::sha256(delivery::cache::canonical(&gate.subjects).as_bytes())
}

/// SHA-256 of what an approval of more money would be over.
fn raise_hash(over: &Objection) -> String {
    let limit = &over.limit;
    let shown = (&limit.scope, &limit.period_name, limit.limit, over.needs());
    delivery::cache::sha256(delivery::cache::canonical(&shown).as_bytes())
}

/// A run that was started.
pub(crate) struct Started {
    /// Its id.
    pub(crate) run: String,
    /// Its supervisor; standard output has its events.
    pub(crate) child: std::process::Child,
}

/// A gate that waits for a person.
pub(crate) struct PendingGate {
    /// `gate`, or `budget` where a pass waits for more money.
    pub(crate) kind: &'static str,
    /// Ticket id.
    pub(crate) ticket: String,
    /// Pass id.
    pub(crate) pass: String,
    /// The ticket's title.
    pub(crate) title: String,
    /// What has to be decided.
    pub(crate) markdown: String,
    /// SHA-256 of what it is over.
    pub(crate) subjects: String,
}

/// A run whose change is kept.
pub(crate) struct Keeping {
    /// Ticket id.
    pub(crate) ticket: String,
    /// Pass id.
    pub(crate) pass: String,
    /// Run id.
    pub(crate) run: String,
    /// Files that applying it would change, from the root.
    pub(crate) paths: Vec<String>,
}

/// What a run printed.
pub(crate) struct RunLog {
    /// Its id.
    pub(crate) run: String,
    /// The file.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_fails_apart_from_what_broke() {
        let said = |states: &[(&str, GateState)]| {
            let result = |(id, state): &(&str, GateState)| CheckResult {
                id: (*id).to_owned(),
                state: *state,
                exit: None,
                errors: 0,
                warnings: 0,
                message: String::new(),
            };
            failing(&states.iter().map(result).collect::<Vec<_>>())
        };
        use GateState::{Error, Failed, Passed, Warned};
        assert_eq!(said(&[("lint", Warned), ("tests", Passed)]), None);
        assert_eq!(said(&[("lint", Failed), ("tests", Failed)]).as_deref(), Some("lint, tests"));
        assert_eq!(said(&[("api", Error)]).as_deref(), Some("api could not be run"));
        assert_eq!(said(&[("api", Error), ("lint", Failed)]).as_deref(), Some("lint; api could not be run"));
    }
}
