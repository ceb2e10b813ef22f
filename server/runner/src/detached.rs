//! Starts a run as a process of its own, so that it outlives the editor that asked for it.

use crate::files;
use crate::trust::Trusted;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// Starts `program` with `arguments` in `folder`, away from our streams and our process group. What it prints goes to
/// `log`. Somebody has to wait for a child that ends while we live: a thread does.
#[expect(clippy::disallowed_methods, reason = "one of the two places where runner starts a process")]
pub fn start(_trusted: &Trusted, program: &Path, arguments: &[String], folder: &Path, log: &Path) -> io::Result<u32> {
    use std::os::unix::process::CommandExt;
    let open = || files::append_own(log).map_err(|error| io::Error::other(error.to_string()));
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(open()?)
        .stderr(open()?)
        .process_group(0)
        .spawn()?;
    let pid = child.id();
    std::thread::Builder::new().name("run".into()).spawn(move || child.wait())?;
    Ok(pid)
}
