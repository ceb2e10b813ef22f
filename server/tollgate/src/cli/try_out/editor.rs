//! The try-out in a real editor: Neovim with the bundled plugin and nothing of the user's own configuration, or VS Code
//! with an extension that was built or installed.

use super::{Place, farewell, missing, sample};
use crate::cli::print;
use anyhow::{Context, bail};
use include_dir::{Dir, include_dir};
use runner::files::Root;
use runner::programs::find_program;
use runner::try_out::Start;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

static PLUGIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../editors/nvim");

/// Which editor is wanted.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wish {
    /// Neovim
    Nvim,
    /// Visual Studio Code
    Code,
    /// A session in this terminal
    None,
    /// The first that is found
    #[value(skip)]
    Any,
}

/// An editor that can be opened.
pub(super) enum Editor {
    /// Neovim.
    Nvim(PathBuf),
    /// VS Code, with the folder of an extension that was built; none when one is installed.
    Code(PathBuf, Option<PathBuf>),
}

/// Finds it. None where the session is to be played in the terminal.
pub(super) fn find(wish: Wish) -> anyhow::Result<Option<Editor>> {
    let found = match wish {
        Wish::None => return Ok(None),
        Wish::Nvim => Some(nvim()?.context("there is no Neovim (nvim) on the PATH")?),
        Wish::Code => Some(code()?.context("there is no VS Code (code) on the PATH")?),
        Wish::Any => nvim().ok().flatten().or_else(|| code().ok().flatten()),
    };
    Ok(found)
}

fn nvim() -> anyhow::Result<Option<Editor>> {
    let Some(program) = find_program("nvim") else { return Ok(None) };
    let (_, said) = plain(program.clone(), &["--version"]).read()?;
    if !is_new_enough(&said) {
        bail!("Neovim 0.10 or newer is needed, found {}", said.lines().next().unwrap_or_default());
    }
    Ok(Some(Editor::Nvim(program)))
}

/// `NVIM v0.10.4` and newer.
fn is_new_enough(said: &str) -> bool {
    let version = said.split_whitespace().nth(1).and_then(|word| word.strip_prefix('v')).unwrap_or_default();
    let mut parts = version.split(['.', '-']).map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (0, 10)
}

fn code() -> anyhow::Result<Option<Editor>> {
    let Some(program) = find_program("code") else { return Ok(None) };
    let ours = std::env::current_exe().unwrap_or_default();
    let built = |folder: &Path| folder.join("dist/extension.cjs").is_file().then(|| folder.to_owned());
    if let Some(folder) = ours.ancestors().find_map(|above| built(&above.join("editors/vscode"))) {
        return Ok(Some(Editor::Code(program, Some(folder))));
    }
    let (_, extensions) = plain(program.clone(), &["--list-extensions"]).read()?;
    if extensions.lines().any(|id| id.trim() == "tollgate.tollgate") {
        return Ok(Some(Editor::Code(program, None)));
    }
    bail!("the VS Code extension is neither installed nor built; in editors/vscode: npm ci && npm run build")
}

fn plain(program: PathBuf, arguments: &[&str]) -> Start {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Start { program, arguments, environment: Default::default(), folder: std::env::temp_dir() }
}

/// Opens the sample and waits until the editor is closed.
pub(super) fn open(editor: &Editor, place: &Place) -> anyhow::Result<ExitCode> {
    let ticket = format!(".tollgate/tickets/{}.md", sample::TICKET);
    let missing = missing();
    let root = Root::open(&place.folder)?;
    let start = match editor {
        Editor::Nvim(program) => {
            let mut files = Vec::new();
            sample::add(&PLUGIN, "nvim", &mut files);
            for (path, bytes) in files {
                root.write(&path, bytes)?;
            }
            root.write("config/nvim/init.lua", START.as_bytes())?;
            root.write("tour.txt", tour(IN_NVIM, &missing).as_bytes())?;
            let plugin = place.folder.join("nvim").display().to_string();
            let tour = place.folder.join("tour.txt").display().to_string();
            let mut start = place.start(program.clone(), &[&ticket]);
            start.environment.insert("TOLLGATE_TRY_PLUGIN".to_owned(), plugin);
            start.environment.insert("TOLLGATE_TRY_TOUR".to_owned(), tour);
            // nothing of an outer Neovim, whose terminal this may be
            start.environment.insert("NVIM".to_owned(), String::new());
            start
        }
        Editor::Code(program, extension) => {
            print(&tour(IN_CODE, &missing));
            let data = place.folder.join("vscode").display().to_string();
            let shop = place.shop().display().to_string();
            let mut arguments = vec!["--new-window", "--wait"];
            let extension = extension.as_ref().map(|folder| format!("--extensionDevelopmentPath={}", folder.display()));
            let data = format!("--user-data-dir={data}");
            arguments.extend([data.as_str()]);
            arguments.extend(extension.as_deref());
            arguments.extend([shop.as_str(), ticket.as_str()]);
            place.start(program.clone(), &arguments)
        }
    };
    let status = start.wait().context("the editor cannot be started")?;
    print(&format!(
        "That was {} of a web shop: its gate finds the bug in the source, a pass repairs it, a person decides. A recorded\n\
         fix stood in for the coding agent. The same as a session in the terminal: tollgate try --headless\n\n{}",
        sample::TICKET,
        farewell(place)
    ));
    Ok(if status.success() && missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The whole configuration of this Neovim.
const START: &str = r#"vim.opt.runtimepath:prepend(vim.env.TOLLGATE_TRY_PLUGIN)
vim.o.number, vim.o.signcolumn, vim.o.laststatus = true, 'yes', 2
vim.o.statusline = ' %f %m %= %{%v:lua.require("tollgate").statusline()%} '
vim.o.swapfile, vim.o.shadafile = false, 'NONE'
vim.api.nvim_create_autocmd('VimEnter', {
  callback = function()
    vim.cmd('botright 10split ' .. vim.fn.fnameescape(vim.env.TOLLGATE_TRY_TOUR))
    vim.bo.readonly, vim.bo.modifiable, vim.wo.number, vim.wo.signcolumn = true, false, false, 'no'
    vim.wo.winfixheight = true
    -- it is only read: whoever comes here is sent back, and the last one out closes the door
    vim.api.nvim_create_autocmd('WinEnter', {
      buffer = vim.api.nvim_get_current_buf(),
      callback = vim.schedule_wrap(function()
        vim.cmd(#vim.api.nvim_tabpage_list_wins(0) == 1 and 'qa' or 'wincmd t')
      end),
    })
    vim.cmd('wincmd t')
  end,
})
"#;

/// The same steps as in the terminal, by hand.
const IN_NVIM: &str = "\
1  :Tollgate explain       the plan of the ticket, with reasons and costs  (:q closes what was opened)
2  :Tollgate review        all that could ever be started here; then :TollgateAllow, and :q
3  :Tollgate gate          real checks, some 10 s: the bug is marked in the source  (:edit src/discount.rs)
4  :Tollgate run           the pass that repairs it, in a clone of its own, checked again; then the mark goes
5  :Tollgate approve       what no check can judge, you do; your decision is recorded
6  :Tollgate               where it stands, and what it has cost  (:qa ends it)
";

/// The same steps as in the terminal, by hand.
const IN_CODE: &str = "\
1  the ticket bug-7 opens: above its title stands what is next and what it costs
2  Review plan...          all that could ever be started here; there Allow this plan...
3  Check gate              real checks, some 10 s: the bug is marked in src/discount.rs
4  Run pass fix            the pass that repairs it, in a clone of its own, checked again; then the mark goes
5  Approve fix             what no check can judge, you do; your decision is recorded
6  close the window        and this terminal tells how to go on
";

fn tour(steps: &str, missing: &[(&str, &str)]) -> String {
    let mut text = String::from(
        "A web shop with one bug open, bug-7. A recorded fix stands in for the coding agent: no account, no network.\n\
         Your own state and configuration are not touched.\n\n",
    );
    text.push_str(steps);
    for (name, without) in missing {
        text.push_str(&format!("{name} is not installed: {without}.\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_neovim() {
        for good in ["NVIM v0.10.0\nBuild", "NVIM v0.12.5-dev", "NVIM v1.0"] {
            assert!(is_new_enough(good), "{good}");
        }
        for old in ["NVIM v0.9.5", "", "VIM 9.1"] {
            assert!(!is_new_enough(old), "{old}");
        }
    }

    #[test]
    fn the_plugin_is_bundled() {
        for path in ["plugin/tollgate.lua", "lsp/tollgate.lua", "lua/tollgate/init.lua"] {
            assert!(PLUGIN.get_file(path).is_some(), "{path}");
        }
    }
}
