//! `tollgate try`: the product on a bundled repository, in the editor that is found or, without one, as an editor session
//! played in the terminal. No account and no network: in the place of a coding agent stands a recorded fix, laid down by
//! this very program as a plain command. All the rest is what every user has: the same server, runs, gates and ledger.
//!
//! Everything lies in one folder, the user's own state and configuration are not touched. The session in the terminal
//! exits with 0 when all of it could be shown, with 1 when something on this machine was missing or went another way.

mod agent;
mod draw;
mod editor;
mod sample;
mod session;
mod tour;

use anyhow::Context;
use runner::programs::find_program;
use runner::try_out::{Ground, Start};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Try Tollgate on a bundled repository, without an account or a network
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Play the session in this terminal, whatever editor there is
    #[arg(long)]
    headless: bool,
    /// The editor to open (default: the first that is found)
    #[arg(long, value_name = "EDITOR", conflicts_with = "headless")]
    editor: Option<editor::Wish>,
    /// Stand in for the coding agent (used by the sample)
    #[arg(long, hide = true)]
    as_agent: bool,
    /// Play the session in a folder that was prepared (used by `tollgate try` itself)
    #[arg(long, value_name = "DIR", hide = true)]
    session: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.as_agent {
        return agent::run();
    }
    if let Some(folder) = &args.session {
        return tour::run(&Place::new(folder)?);
    }
    let wish = if args.headless || !std::io::stdout().is_terminal() {
        args.editor.unwrap_or(editor::Wish::None)
    } else {
        args.editor.unwrap_or(editor::Wish::Any)
    };
    let editor = editor::find(wish)?;
    let ground = Ground::take(&cache_folder()?)?;
    let place = Place::new(ground.folder())?;
    sample::lay_down(&place)?;
    match editor {
        Some(editor) => editor::open(&editor, &place),
        None => play(&place),
    }
}

/// Plays the session in a process that Ctrl-C does not reach: it sees us go, and ends what it started.
fn play(place: &Place) -> anyhow::Result<ExitCode> {
    let folder = place.folder.display().to_string();
    let mut child = place.ourselves(&["try", "--session", &folder]).tied().context("the session cannot be started")?;
    // held until the end: when we are ended, it closes
    let lifeline = child.stdin.take();
    let status = child.wait()?;
    drop(lifeline);
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// `$XDG_CACHE_HOME/tollgate`, or a folder of this user among the temporary ones.
fn cache_folder() -> anyhow::Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    Ok(cache.context("neither HOME nor XDG_CACHE_HOME says where the sample can be written")?.join("tollgate"))
}

/// Where everything of one try-out lies.
struct Place {
    /// The folder that holds it all.
    folder: PathBuf,
    /// This program.
    program: PathBuf,
}

impl Place {
    fn new(folder: &Path) -> anyhow::Result<Place> {
        let program = std::env::current_exe().context("our own program cannot be found")?;
        Ok(Place { folder: folder.to_owned(), program })
    }

    /// The repository.
    fn shop(&self) -> PathBuf {
        self.folder.join("shop")
    }

    /// What is set for everything that works on the sample: state and configuration of its own, this program first.
    fn environment(&self) -> BTreeMap<String, String> {
        let beneath = |name: &str| self.folder.join(name).display().to_string();
        let ours = self.program.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let path = std::env::var("PATH").unwrap_or_default();
        BTreeMap::from([
            ("XDG_STATE_HOME".to_owned(), beneath("state")),
            ("XDG_CONFIG_HOME".to_owned(), beneath("config")),
            ("PATH".to_owned(), format!("{ours}:{path}")),
            ("TOLLGATE_TICKET".to_owned(), String::new()),
        ])
    }

    /// This program, working on the sample.
    fn ourselves(&self, arguments: &[&str]) -> Start {
        self.start(self.program.clone(), arguments)
    }

    fn start(&self, program: PathBuf, arguments: &[&str]) -> Start {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Start { program, arguments, environment: self.environment(), folder: self.shop() }
    }
}

/// Programs without which something cannot be shown, and what.
const TOOLS: [(&str, &str); 3] = [
    ("git", "the sample has no history and no branch"),
    ("node", "the check that finds the bug cannot run"),
    ("cargo", "the sample's tests cannot run, and no gate that wants them passes"),
];

/// Which of them are missing here.
fn missing() -> Vec<(&'static str, &'static str)> {
    TOOLS.into_iter().filter(|(name, _)| find_program(name).is_none()).collect()
}

/// What comes after the try-out, whatever it was played in.
fn farewell(place: &Place) -> String {
    let folder = place.folder.display();
    format!(
        "In a repository of your own:\n\
         \n  tollgate init      write a small working .tollgate/, fitted to what is there\
         \n  tollgate check     what the editor would say, in the terminal or in CI\
         \n  tollgate explain   the plan of the current ticket, and what it may cost\
         \n  tollgate run       the next pass, with claude, codex or opencode: whichever you have\n\
         \nIn your editor: editors/vscode and editors/nvim of the source each have a README of one page.\
         \nThe sample stays in {folder}\
         \n  look around: cd {shop}\
         \n  remove it:   rm -r {folder}",
        shop = place.shop().display(),
    )
}
