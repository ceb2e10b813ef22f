//! What a pass reads and writes, as paths and content ids.

use super::{Named, OutputPlan, Planner};
use crate::agent::ResolvedAgent;
use crate::glob::{self, Glob};
use crate::prompt::{one_line, ticket_text};
use crate::template::{Names, Value, fill_path};
use crate::wanted::RECORDS;
use serde::Serialize;
use spec::model::InputRef;
use spec::record::{FileId, Outcome};
use std::collections::BTreeMap;
use text::BlobId;

/// All a pass may write.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct WriteScope {
    /// Globs and paths from its outputs.
    pub allowed: Vec<String>,
    /// When the agent is narrower: globs that must match as well.
    pub narrowed: Option<Vec<String>>,
}

impl WriteScope {
    /// True when the path may be written. Whatever the globs say, nobody writes what Tollgate or an agent trusts: our
    /// own folder (but for the lock of documents), git's, and the agents' own configuration.
    pub fn permits(&self, path: &str) -> bool {
        let any = |globs: &[String]| globs.iter().any(|glob| Glob::new(glob).is_ok_and(|glob| glob.matches(path)));
        !is_guarded(path)
            && !is_configuration(path)
            && any(&self.allowed)
            && self.narrowed.as_ref().is_none_or(|narrowed| any(narrowed))
    }
}

/// True for paths that no pass may write.
fn is_guarded(path: &str) -> bool {
    let bad = |part: &str| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git");
    if path.split('/').any(bad) {
        return true;
    }
    let top = path.split('/').next().unwrap_or(path);
    top.eq_ignore_ascii_case(".tollgate") && path != ".tollgate/docs.lock"
}

/// True for what agents and editors read as their configuration: a pass may at most propose a change of it.
fn is_configuration(path: &str) -> bool {
    crate::launch::AGENT_CONFIGURATION.iter().any(|name| {
        let name = name.trim_end_matches('/');
        path.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
            && path[name.len()..].chars().next().is_none_or(|next| next == '/')
    })
}

/// One output with its paths filled.
struct Output {
    pass: String,
    plan: OutputPlan,
    problem: Option<String>,
}

/// The outputs of all passes.
pub(super) struct Outputs {
    all: Vec<Output>,
}

impl Outputs {
    pub(super) fn new(order: &[Named<'_>], names: &Names) -> Outputs {
        let mut all = Vec::new();
        for named in order {
            for output in &named.pass.outputs {
                let mut problem = None;
                let mut fill = |text: &str| match fill_path(text, names) {
                    Ok(path) if Glob::new(&path).is_ok() => Some(path.trim_start_matches("./").to_owned()),
                    Ok(path) => {
                        problem = Some(format!("`{}` is not a path below the root", one_line(&path, 80)));
                        None
                    }
                    Err(errors) => {
                        problem = errors.first().map(|error| format!("in its outputs: {}", error.message));
                        None
                    }
                };
                let plan = OutputPlan {
                    id: output.id.as_ref().map(|id| id.value.clone()),
                    kind: output.kind.as_ref().map_or_else(|| "file".to_owned(), |kind| kind.value.clone()),
                    path: output.path.as_ref().and_then(|path| fill(&path.value)),
                    blob: None,
                    writes: output.writes.iter().filter_map(|glob| fill(&glob.value)).collect(),
                    required: output.required,
                };
                all.push(Output { pass: named.id.to_owned(), plan, problem });
            }
        }
        Outputs { all }
    }

    /// `outputs.<id>` and `passes.<pass>.outputs.<id>.path` for templates.
    pub(super) fn add_names(&self, names: &mut Names) {
        for output in &self.all {
            let Some(id) = &output.plan.id else { continue };
            let path = output.plan.path.clone().map_or(Value::Nothing, Value::Text);
            names.set(format!("outputs.{id}"), path.clone());
            names.set(format!("passes.{}.outputs.{id}.path", output.pass), path);
        }
    }

    fn by_id(&self, id: &str) -> Option<&Output> {
        self.all.iter().find(|output| output.plan.id.as_deref() == Some(id))
    }

    /// The one file of an output.
    pub(super) fn path(&self, id: &str) -> Option<&str> {
        self.by_id(id)?.plan.path.as_deref()
    }

    pub(super) fn plans(&self, pass: &str, files: &BTreeMap<String, BlobId>) -> Vec<OutputPlan> {
        let own = self.all.iter().filter(|output| output.pass == pass);
        own.map(|output| {
            let blob = output.plan.path.as_ref().and_then(|path| files.get(path)).copied();
            OutputPlan { blob, ..output.plan.clone() }
        })
        .collect()
    }

    pub(super) fn write_scope(
        &self,
        pass: &str,
        agent: Option<&ResolvedAgent>,
        problems: &mut Vec<String>,
    ) -> WriteScope {
        let mut scope = WriteScope { narrowed: agent.and_then(|agent| agent.write.clone()), ..WriteScope::default() };
        for output in self.all.iter().filter(|output| output.pass == pass) {
            problems.extend(output.problem.clone());
            scope.allowed.extend(output.plan.path.clone());
            scope.allowed.extend(output.plan.writes.iter().cloned());
            let narrowed = |path: &str| {
                let fits = |glob: &String| Glob::new(glob).is_ok_and(|glob| glob.matches(path));
                scope.narrowed.as_ref().is_some_and(|globs| !globs.iter().any(fits))
            };
            let refused = |path: &&String| output.plan.required && (is_guarded(path) || narrowed(path));
            if let Some(path) = output.plan.path.as_ref().filter(refused) {
                problems.push(format!("it must write {} and may not", one_line(path, 80)));
            }
        }
        scope
    }
}

/// What a pass reads: files, values of workflow inputs, and what is missing.
type Inputs = (Vec<FileId>, Vec<(String, String)>, Vec<String>);

impl Planner<'_> {
    pub(super) fn inputs(
        &self,
        named: &Named<'_>,
        agent: Option<&ResolvedAgent>,
        problems: &mut Vec<String>,
    ) -> Inputs {
        let (mut files, mut values, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        for input in &named.pass.inputs {
            match &input.value {
                InputRef::Ticket => files.push(self.ticket_input()),
                InputRef::Output(id) => self.output_input(id, &mut files, &mut missing, problems),
                InputRef::Input(name) => match self.names.get(&format!("inputs.{name}")) {
                    Some(Value::Text(text)) => values.push((name.clone(), text.clone())),
                    Some(Value::Flag(flag)) => values.push((name.clone(), flag.to_string())),
                    Some(Value::Refused(why)) => problems.push(why.clone()),
                    Some(_) => missing.push(format!("inputs.{name}")),
                    None => problems.push(format!("the workflow has no input `{}`", one_line(name, 60))),
                },
                InputRef::Glob(glob) => self.glob_input(glob, &mut files, &mut missing, problems),
            }
        }
        for glob in agent.map(|agent| agent.context.as_slice()).unwrap_or_default() {
            self.glob_input(glob, &mut files, &mut missing, problems);
        }
        files.sort();
        files.dedup();
        missing.sort();
        missing.dedup();
        (files, values, missing)
    }

    pub(super) fn ticket_input(&self) -> FileId {
        let (id, file, ticket) = self.ticket;
        FileId { path: format!("ticket:{id}"), blob: Some(BlobId::of(ticket_text(id, ticket, file).as_bytes())) }
    }

    /// The files behind `outputs.<id>`: its one file, or what the run that made it wrote.
    fn output_input(&self, id: &str, files: &mut Vec<FileId>, missing: &mut Vec<String>, problems: &mut Vec<String>) {
        let Some(output) = self.outputs.by_id(id) else {
            problems.push(format!("no pass makes an output `{}`", one_line(id, 60)));
            return;
        };
        if let Some(path) = &output.plan.path {
            match self.world.files.get(path) {
                Some(blob) => files.push(FileId { path: path.clone(), blob: Some(*blob) }),
                None if output.plan.required => missing.push(path.clone()),
                None => {}
            }
            return;
        }
        let made = self.receipts.iter().rev().find(|receipt| {
            receipt.pass == output.pass && matches!(receipt.outcome, Outcome::Ok | Outcome::GateFailed)
        });
        for file in made.map(|receipt| receipt.outputs.as_slice()).unwrap_or_default() {
            if let Some(blob) = self.world.files.get(&file.path) {
                files.push(FileId { path: file.path.clone(), blob: Some(*blob) });
            }
        }
    }

    pub(super) fn glob_input(
        &self,
        glob: &str,
        files: &mut Vec<FileId>,
        missing: &mut Vec<String>,
        problems: &mut Vec<String>,
    ) {
        let pattern = match fill_path(glob, &self.names) {
            Ok(pattern) => pattern.trim_start_matches("./").to_owned(),
            Err(errors) => {
                problems.extend(errors.into_iter().map(|error| format!("in its inputs: {}", error.message)));
                return;
            }
        };
        if glob::is_plain(&pattern) {
            match self.world.files.get(&pattern) {
                Some(blob) => files.push(FileId { path: pattern, blob: Some(*blob) }),
                None => missing.push(pattern),
            }
            return;
        }
        match Glob::new(&pattern) {
            Err(problem) => problems.push(format!("in its inputs: {problem}")),
            Ok(glob) => {
                let found = glob.select(&self.world.files).filter(|(path, _)| !path.starts_with(RECORDS));
                files.extend(found.map(|(path, blob)| FileId { path: path.clone(), blob: Some(*blob) }));
            }
        }
    }
}
