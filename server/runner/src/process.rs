//! The only place that starts processes.
//!
//! A child gets an argv (never a shell), an environment made of nothing but what is listed, a session of its own and a
//! fence. Its output is drained to the end whatever it prints. When it has to end, everything that descends from it ends,
//! also what left its process group (see [`crate::sweep`]). It must not know what is run.

use crate::isolation::{self, Fence, Isolation};
use crate::mask::Mask;
use crate::sweep::{RUN_MARKER, Running, become_reaper, descendants, identify, is_fence, own_children, signal, sweep};
use crate::{files, sys};
use rustix::process::{Pid, Signal};
use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use store::ProcessId;

/// Bounds of one child.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest time from start to end.
    pub wall: Duration,
    /// Longest time without a byte of output; none for no such limit.
    pub idle: Option<Duration>,
    /// Most bytes that are kept in a file per stream; the rest is drained and counted.
    pub kept: u64,
    /// Longest line that is handed on whole.
    pub line: usize,
    /// Time between the polite signal and the next harder one.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            wall: Duration::from_secs(30 * 60),
            idle: None,
            kept: 64 << 20,
            line: 8 << 20,
            grace: Duration::from_millis(1500),
        }
    }
}

/// What is started.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Working folder.
    pub folder: PathBuf,
    /// The whole environment.
    pub environment: BTreeMap<String, String>,
    /// Bytes for standard input, closed after them.
    pub input: Vec<u8>,
    /// Bounds.
    pub limits: Limits,
    /// What it may write and what it must not see; `None` for our own helpers (git).
    pub fence: Option<Fence>,
    /// The run's id, put into [`RUN_MARKER`].
    pub run: String,
    /// Files that keep the streams: standard output and standard error.
    pub keep: Option<(PathBuf, PathBuf)>,
}

/// What the watcher wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End the child, with the reason.
    Stop(Stop),
}

/// Why a child was ended by us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// A person, or the end of our own process.
    Cancelled,
    /// The review of the plan it stands on was taken back.
    Untrusted,
    /// The money cap.
    Money,
    /// The time cap.
    Time,
    /// No output for too long.
    Silence,
}

/// Looks on while a child runs.
pub trait Watch {
    /// The child was started.
    fn started(&mut self, _child: ProcessId) {}
    /// One line of standard output, without its end.
    fn line(&mut self, _line: &[u8]) -> Flow {
        Flow::Continue
    }
    /// Called several times a second.
    fn tick(&mut self) -> Flow {
        Flow::Continue
    }
}

/// Watches nothing.
pub struct Unwatched;

impl Watch for Unwatched {}

/// What was kept of a stream: its first and its last 64 KiB.
#[derive(Clone, Default, Debug)]
pub struct Captured {
    /// The first bytes.
    pub head: Vec<u8>,
    /// The last bytes, when there was more than the head.
    pub tail: VecDeque<u8>,
    /// All bytes that came.
    pub total: u64,
}

const WINDOW: usize = 64 << 10;

impl Captured {
    fn add(&mut self, bytes: &[u8]) {
        self.total += bytes.len() as u64;
        let room = WINDOW - self.head.len();
        let (first, rest) = bytes.split_at(room.min(bytes.len()));
        self.head.extend_from_slice(first);
        self.tail.extend(&rest[rest.len().saturating_sub(WINDOW)..]);
        self.tail.drain(..self.tail.len().saturating_sub(WINDOW));
    }

    /// Head and tail as text, with a note where bytes are left out.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        let left_out = self.total - self.head.len() as u64 - self.tail.len() as u64;
        if left_out > 0 {
            text.push_str(&format!("\n[… {left_out} bytes left out …]\n"));
        }
        let (front, back) = self.tail.as_slices();
        text.push_str(&String::from_utf8_lossy(&[front, back].concat()));
        text
    }
}

/// How a child ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Exit code; none when a signal ended it.
    pub exit: Option<i32>,
    /// Why we ended it; none when it ended by itself.
    pub stopped: Option<Stop>,
    /// Standard output.
    pub output: Captured,
    /// Standard error.
    pub errors: Captured,
    /// How it was fenced.
    pub isolation: Isolation,
    /// How long it ran.
    pub took: Duration,
    /// Number of processes that had to be killed after the child itself was gone.
    pub swept: usize,
}

/// Errors of starting.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// An empty argv.
    #[error("there is no program to start")]
    NoProgram,
    /// The operating system refused.
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// Which program.
        program: String,
        /// What it said.
        source: std::io::Error,
    },
    /// A file for its output could not be made.
    #[error(transparent)]
    File(#[from] files::FileError),
    /// The review was taken back.
    #[error("the review of the launch plan was taken back")]
    Untrusted,
}

/// Shared wish that a child should end.
#[derive(Clone, Default, Debug)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Wishes it.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// True once wished.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

enum Message {
    Output(Vec<u8>),
    Errors(Vec<u8>),
    Closed,
}

/// Starts the child and stays with it until it and everything that descends from it is gone. Only who holds the proof
/// that the plan is trusted can call it, and the child ends when the proof does.
pub fn run(
    trusted: &crate::trust::Trusted,
    spec: &Spec,
    cancel: &Cancel,
    watch: &mut dyn Watch,
) -> Result<Ended, ProcessError> {
    if !trusted.stands() {
        return Err(ProcessError::Untrusted);
    }
    stay(spec, cancel, &mut Guarded { trusted, cancel, watch, looked: Instant::now() })
}

/// [`run`] for programs that the repository cannot choose or steer (our own calls of git).
pub(crate) fn run_unchecked(spec: &Spec, cancel: &Cancel, watch: &mut dyn Watch) -> Result<Ended, ProcessError> {
    stay(spec, cancel, watch)
}

/// Looks on, and at the proof of trust as well.
struct Guarded<'a> {
    trusted: &'a crate::trust::Trusted,
    cancel: &'a Cancel,
    watch: &'a mut dyn Watch,
    looked: Instant,
}

impl Watch for Guarded<'_> {
    fn started(&mut self, child: ProcessId) {
        self.watch.started(child);
    }

    fn line(&mut self, line: &[u8]) -> Flow {
        self.watch.line(line)
    }

    fn tick(&mut self) -> Flow {
        if self.looked.elapsed() >= Duration::from_millis(250) {
            self.looked = Instant::now();
            if !self.trusted.stands() {
                // what comes after this child does not start
                self.cancel.cancel();
                return Flow::Stop(Stop::Untrusted);
            }
        }
        self.watch.tick()
    }
}

fn stay(spec: &Spec, cancel: &Cancel, watch: &mut dyn Watch) -> Result<Ended, ProcessError> {
    become_reaper();
    let begun = Instant::now();
    let mut keep = Keep::open(spec)?;
    let (mut child, isolation, _running) = start(spec)?;
    let leader = child.id();
    watch.started(identify(leader).unwrap_or(ProcessId { pid: leader, started: 0 }));
    let receiver = attach(&mut child, &spec.input, &Mask::of(&spec.environment));
    let mut ended = Ended {
        exit: None,
        stopped: None,
        output: Captured::default(),
        errors: Captured::default(),
        isolation,
        took: Duration::ZERO,
        swept: 0,
    };
    let mut lines = Lines { rest: Vec::new(), limit: spec.limits.line, skipping: false };
    let mut open = 2;
    let mut heard = Instant::now();
    let mut stop = None;
    let mut status = None;
    let mut ticked = Instant::now();
    while stop.is_none() && (open > 0 || status.is_none()) {
        match receiver.recv_timeout(Duration::from_millis(20)) {
            Ok(message) => {
                heard = Instant::now();
                let flow = take(message, &mut ended, &mut keep, &mut lines, &mut open, watch);
                if let Flow::Stop(reason) = flow {
                    stop = Some(reason);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                if status.is_some() {
                    // the child is gone and nothing was said since: whoever still holds its output is not waited for
                    break;
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                open = 0;
                if status.is_none() {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
        if status.is_none() {
            status = child.try_wait().ok().flatten();
        }
        if status.is_none() && ticked.elapsed() >= Duration::from_millis(100) {
            ticked = Instant::now();
            if let Flow::Stop(reason) = watch.tick() {
                stop = Some(reason);
            }
        }
        if status.is_none() && stop.is_none() {
            stop = over(spec, cancel, begun, heard);
        }
    }
    if status.is_none() {
        // who is not trusted any more is not waited for
        let grace = if stop == Some(Stop::Untrusted) { spec.limits.grace / 4 } else { spec.limits.grace };
        status = end_politely(&mut child, spec, grace, &receiver, &mut |message| {
            take(message, &mut ended, &mut keep, &mut lines, &mut open, watch);
        });
    }
    let orphans = spec.fence.is_some();
    ended.swept = sweep(leader, &spec.run, orphans);
    if status.is_none() {
        status = child.wait().ok();
    }
    let patience = Instant::now();
    while open > 0 && patience.elapsed() < Duration::from_millis(500) {
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(message) => {
                take(message, &mut ended, &mut keep, &mut lines, &mut open, watch);
            }
            Err(_) => break,
        }
    }
    if let Some(last) = lines.finish() {
        watch.line(&last);
    }
    // bubblewrap reports the signal that ended its child as 128 and the signal's number
    let fenced = matches!(ended.isolation, Isolation::Bubblewrap { .. });
    ended.exit = status.and_then(|status| status.code()).filter(|code| !(fenced && (129..160).contains(code)));
    ended.stopped = stop;
    ended.took = begun.elapsed();
    Ok(ended)
}

fn over(spec: &Spec, cancel: &Cancel, begun: Instant, heard: Instant) -> Option<Stop> {
    if cancel.is_cancelled() {
        return Some(Stop::Cancelled);
    }
    if begun.elapsed() >= spec.limits.wall {
        return Some(Stop::Time);
    }
    spec.limits.idle.is_some_and(|idle| heard.elapsed() >= idle).then_some(Stop::Silence)
}

fn take(
    message: Message,
    ended: &mut Ended,
    keep: &mut Keep,
    lines: &mut Lines,
    open: &mut usize,
    watch: &mut dyn Watch,
) -> Flow {
    match message {
        Message::Closed => *open = open.saturating_sub(1),
        Message::Errors(bytes) => {
            ended.errors.add(&bytes);
            keep.errors.write(&bytes);
        }
        Message::Output(bytes) => {
            ended.output.add(&bytes);
            keep.output.write(&bytes);
            for line in lines.push(&bytes) {
                if let Flow::Stop(stop) = watch.line(&line) {
                    return Flow::Stop(stop);
                }
            }
        }
    }
    Flow::Continue
}

/// Cuts a stream into lines; a line beyond the limit is dropped, not cut, so that nobody reads half of a JSON object.
struct Lines {
    rest: Vec<u8>,
    limit: usize,
    skipping: bool,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut whole = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if !self.skipping {
                self.rest.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                let mut line = std::mem::take(&mut self.rest);
                line.pop();
                if line.ends_with(b"\r") {
                    line.pop();
                }
                if !std::mem::replace(&mut self.skipping, false) {
                    whole.push(line);
                }
            } else if self.rest.len() > self.limit {
                self.rest = Vec::new();
                self.skipping = true;
            }
        }
        whole
    }

    fn finish(&mut self) -> Option<Vec<u8>> {
        let rest = std::mem::take(&mut self.rest);
        (!rest.is_empty() && !self.skipping).then_some(rest)
    }
}

/// The files that keep the streams, each up to the limit.
struct Keep {
    output: KeptFile,
    errors: KeptFile,
}

struct KeptFile {
    file: Option<std::fs::File>,
    room: u64,
}

impl Keep {
    fn open(spec: &Spec) -> Result<Keep, ProcessError> {
        let kept = |path: Option<&PathBuf>| -> Result<KeptFile, ProcessError> {
            let file = path.map(|path| files::append_own(path)).transpose()?;
            Ok(KeptFile { file, room: spec.limits.kept })
        };
        Ok(Keep {
            output: kept(spec.keep.as_ref().map(|keep| &keep.0))?,
            errors: kept(spec.keep.as_ref().map(|keep| &keep.1))?,
        })
    }
}

impl KeptFile {
    fn write(&mut self, bytes: &[u8]) {
        let Some(file) = &mut self.file else { return };
        let part = &bytes[..bytes.len().min(usize::try_from(self.room).unwrap_or(usize::MAX))];
        self.room -= part.len() as u64;
        if file.write_all(part).is_err() {
            // a full disk must not end the run; what is missing is missing from the transcript alone
            self.file = None;
        }
    }
}

fn start(spec: &Spec) -> Result<(Child, Isolation, Running), ProcessError> {
    let Some(program) = spec.argv.first() else { return Err(ProcessError::NoProgram) };
    let mut own = own_children();
    let isolation = match &spec.fence {
        None => Isolation::None,
        Some(fence) => match isolation::available(&fence.user) {
            Isolation::Landlock if fence.own_sandbox => Isolation::Own,
            best => best,
        },
    };
    let argv = match (&spec.fence, &isolation) {
        (Some(fence), Isolation::Bubblewrap { program, .. }) => fence.bubblewrap(program, &spec.folder, &spec.argv),
        _ => spec.argv.clone(),
    };
    #[expect(clippy::disallowed_methods, reason = "the one place that starts processes")]
    let mut command = std::process::Command::new(&argv[0]);
    command
        .args(&argv[1..])
        .current_dir(&spec.folder)
        .env_clear()
        .envs(&spec.environment)
        .env(RUN_MARKER, &spec.run)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    sys::in_new_session(&mut command);
    let fenced = spec.fence.as_ref().map_or(Ok(()), |fence| isolation::restrict(fence, &isolation, &mut command));
    let started = fenced.and_then(|()| command.spawn());
    let child = started.map_err(|source| ProcessError::Start { program: program.clone(), source })?;
    let running = own.began(child.id(), spec.fence.is_some());
    Ok((child, isolation, running))
}

/// Feeds standard input and reads both outputs, without the child's secrets, on threads of their own.
fn attach(child: &mut Child, input: &[u8], mask: &Mask) -> Receiver<Message> {
    let (sender, receiver) = sync_channel(64);
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_vec();
        // a child that does not read its input closes the pipe; that is its own affair
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    if let Some(stdout) = child.stdout.take() {
        read_to_channel(stdout, sender.clone(), mask.clone(), Message::Output);
    }
    if let Some(stderr) = child.stderr.take() {
        read_to_channel(stderr, sender, mask.clone(), Message::Errors);
    }
    receiver
}

fn read_to_channel(
    mut stream: impl Read + Send + 'static,
    sender: SyncSender<Message>,
    mut mask: Mask,
    wrap: fn(Vec<u8>) -> Message,
) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 64 << 10];
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => {
                    if sender.send(wrap(mask.pass(&buffer[..count]))).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        // nobody listens any more: nothing to tell
        let _ = sender.send(wrap(mask.rest()));
        let _ = sender.send(Message::Closed);
    });
}

/// Polite signal to the child, then to its group; what it still says is taken in. Answers its status when it obeyed.
fn end_politely(
    child: &mut Child,
    spec: &Spec,
    grace: Duration,
    receiver: &Receiver<Message>,
    take: &mut dyn FnMut(Message),
) -> Option<std::process::ExitStatus> {
    let leader = child.id();
    let polite = |pid: u32| signal(pid, Signal::TERM);
    let group = |pid: u32| {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // it may be gone already
            let _ = rustix::process::kill_process_group(pid, Signal::TERM);
        }
    };
    for step in 0..2 {
        if step == 0 && spec.fence.is_some() {
            // under bubblewrap the leader is the fence itself, whose end is a hard end for all: ask those inside
            descendants(leader).into_iter().filter(|pid| !is_fence(*pid)).for_each(polite);
            if !is_fence(leader) {
                polite(leader);
            }
        } else if step == 0 {
            polite(leader);
        } else {
            group(leader);
        }
        let since = Instant::now();
        while since.elapsed() < grace / (step + 1) {
            if let Ok(message) = receiver.recv_timeout(Duration::from_millis(20)) {
                take(message);
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Some(status);
            }
        }
    }
    None
}

/// Starts this very program again as the supervisor of a run, in a session of its own. `attached` ties its life to the
/// pipe on its standard input (it ends the run politely when the pipe closes); otherwise it outlives whoever started it.
/// What it tells comes on its standard output either way, for as long as somebody listens.
///
/// It carries the run's marker itself: whoever falls to it as an orphan is still known to come from a run.
pub fn start_supervisor(run: &str, arguments: &[String], attached: bool) -> Result<Child, ProcessError> {
    let refuse = |source| ProcessError::Start { program: "tollgate".to_owned(), source };
    let program = std::env::current_exe().map_err(refuse)?;
    #[expect(clippy::disallowed_methods, reason = "part of the one place that starts processes; this very program")]
    let mut command = std::process::Command::new(program);
    let lifeline = if attached { Stdio::piped() } else { Stdio::null() };
    command.args(arguments).stdin(lifeline).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env(RUN_MARKER, run);
    sys::in_new_session(&mut command);
    let mut own = own_children();
    let child = command.spawn().map_err(refuse)?;
    own.know(child.id());
    Ok(child)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::programs::common_environment;
    use crate::sweep::marked;

    fn spec(script: &str, run: &str) -> Spec {
        Spec {
            argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
            folder: std::env::temp_dir(),
            environment: common_environment(),
            input: Vec::new(),
            limits: Limits { wall: Duration::from_secs(20), grace: Duration::from_millis(300), ..Limits::default() },
            fence: None,
            run: run.to_owned(),
            keep: None,
        }
    }

    fn go(spec: &Spec) -> Ended {
        run_unchecked(spec, &Cancel::default(), &mut Unwatched).unwrap()
    }

    #[derive(Default)]
    struct Collect(Vec<String>);

    impl Watch for Collect {
        fn line(&mut self, line: &[u8]) -> Flow {
            self.0.push(String::from_utf8_lossy(line).into_owned());
            if line == b"stop here" { Flow::Stop(Stop::Money) } else { Flow::Continue }
        }
    }

    #[test]
    fn gives_input_environment_and_lines() {
        let mut spec = spec("cat; printf 'two\\r\\nlast'; env >&2; exit 3", "test-input");
        spec.input = b"one\n".to_vec();
        spec.environment = BTreeMap::from([("ONLY".to_owned(), "this".to_owned())]);
        let mut lines = Collect::default();
        let ended = run_unchecked(&spec, &Cancel::default(), &mut lines).unwrap();
        assert_eq!((ended.exit, lines.0), (Some(3), vec!["one".into(), "two".into(), "last".into()]));
        let mut names: Vec<String> =
            ended.errors.text().lines().filter_map(|l| Some(l.split_once('=')?.0.into())).collect();
        names.retain(|name| !["PWD", "SHLVL", "_", "OLDPWD"].contains(&name.as_str()));
        names.sort();
        assert_eq!(names, ["ONLY", RUN_MARKER], "nothing of our own environment reaches a child");
    }

    #[test]
    fn a_flood_is_drained_and_cut() {
        let mut spec = spec("head -c 20000000 /dev/zero; echo; echo end", "test-flood");
        spec.limits.line = 1 << 20;
        let folder = tempfile::tempdir().unwrap();
        spec.limits.kept = 1000;
        spec.keep = Some((folder.path().join("o"), folder.path().join("e")));
        let mut lines = Collect::default();
        let ended = run_unchecked(&spec, &Cancel::default(), &mut lines).unwrap();
        assert_eq!(lines.0, ["end"], "a line beyond the limit is dropped, the next one is whole");
        assert_eq!(ended.output.total, 20_000_005);
        assert_eq!((ended.output.head.len(), ended.output.tail.len()), (WINDOW, WINDOW));
        assert!(ended.output.text().ends_with("end\n"));
        assert_eq!(std::fs::metadata(folder.path().join("o")).unwrap().len(), 1000);
    }

    #[test]
    fn time_cancel_and_watch_end_a_child_that_ignores_signals() {
        let mut by_time = spec("trap '' TERM INT; while :; do sleep 0.1; done", "test-time");
        by_time.limits.wall = Duration::from_millis(200);
        let ended = go(&by_time);
        assert_eq!((ended.stopped, ended.exit), (Some(Stop::Time), None));
        assert!(ended.took < Duration::from_secs(3), "{:?}", ended.took);
        let cancel = Cancel::default();
        cancel.cancel();
        let ended = run_unchecked(&spec("sleep 60", "test-cancel"), &cancel, &mut Unwatched).unwrap();
        assert_eq!(ended.stopped, Some(Stop::Cancelled));
        let ended =
            run_unchecked(&spec("echo stop here; sleep 60", "test-watch"), &Cancel::default(), &mut Collect::default());
        assert_eq!(ended.unwrap().stopped, Some(Stop::Money));
        let mut silent = spec("sleep 60", "test-silent");
        silent.limits.idle = Some(Duration::from_millis(200));
        assert_eq!(go(&silent).stopped, Some(Stop::Silence));
    }

    #[test]
    fn what_left_the_group_and_holds_the_output_is_swept() {
        // a daemonised grandchild in a session of its own, output still open, that would write a file later
        let folder = tempfile::tempdir().unwrap();
        let late = folder.path().join("late");
        let script = format!("setsid sh -c 'trap \"\" TERM; sleep 1.5; echo x > {}' & exit 0", late.display());
        let ended = go(&spec(&script, "test-daemon"));
        assert_eq!(ended.exit, Some(0));
        assert!(ended.swept >= 1, "the grandchild was found");
        assert!(ended.took < Duration::from_secs(1), "the open pipe is not waited for: {:?}", ended.took);
        std::thread::sleep(Duration::from_millis(1800));
        assert!(!late.exists());
        assert!(marked("test-daemon").is_empty());
    }
}
