//! Which ticket is current. Ordered rules; the first that names exactly one existing ticket decides, and the answer
//! says which rule it was and why the earlier ones did not. An ambiguous rule never decides: it only narrows what the
//! later ones may choose from.

use serde::Serialize;
use spec::board::Shelf;
use spec::model::{StatusCategory, Ticket};
use spec::{Project, SpecFile, System};
use std::collections::BTreeSet;

/// What is known about the moment, gathered by the caller.
#[derive(Clone, Default, Debug)]
pub struct Hints {
    /// Named by the user, and how.
    pub explicit: Option<(Explicit, String)>,
    /// Chosen in an editor for the branch that is checked out. It stands until that ticket is done or gone.
    pub chosen: Option<String>,
    /// The file in front of the user, from the root.
    pub open_file: Option<String>,
    /// Checked-out branch without `refs/heads/`.
    pub branch: Option<String>,
    /// Names, mail addresses and handles of the user.
    pub me: Vec<String>,
    /// Message of the commit that HEAD names.
    pub head_message: Option<String>,
    /// The feature that a variable of Spec Kit names.
    pub feature_variable: Option<String>,
    /// The feature that `.specify/feature.json` names.
    pub feature_pointer: Option<String>,
}

/// How the user named a ticket.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Explicit {
    /// An argument.
    CommandLine,
    /// A choice in the editor.
    Editor,
    /// `TOLLGATE_TICKET`.
    Environment,
}

/// The rules in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Named on the command line.
    CommandLine,
    /// Chosen in the editor.
    Editor,
    /// `TOLLGATE_TICKET`.
    Environment,
    /// A variable of Spec Kit names its feature.
    FeatureVariable,
    /// The open file belongs to it.
    OpenFile,
    /// Its `branch:` is checked out.
    BranchKey,
    /// The branch name holds its id.
    BranchName,
    /// `.specify/feature.json` names its feature.
    FeaturePointer,
    /// The only one in progress in the tag that Task Master works on.
    CurrentTag,
    /// The only one in progress that is assigned to the user.
    InProgress,
    /// A trailer of the last commit names it.
    Trailer,
}

impl Rule {
    /// The rule as a sentence about the ticket it chose.
    pub fn sentence(self) -> &'static str {
        match self {
            Rule::CommandLine => "it is named on the command line",
            Rule::Editor => "it was chosen in the editor",
            Rule::Environment => "TOLLGATE_TICKET names it",
            Rule::FeatureVariable => "a variable of Spec Kit names its feature",
            Rule::OpenFile => "the open file belongs to it",
            Rule::BranchKey => "its `branch:` is checked out",
            Rule::BranchName => "the branch name holds its id",
            Rule::FeaturePointer => "`.specify/feature.json` names its feature",
            Rule::CurrentTag => "it is the only ticket in progress in the current tag of Task Master",
            Rule::InProgress => "it is the only ticket in progress that is assigned to you",
            Rule::Trailer => "a trailer of the last commit names it",
        }
    }
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Resolution {
    /// The current ticket's id; none when no rule decided.
    pub ticket: Option<String>,
    /// The rule that decided.
    pub rule: Option<Rule>,
    /// Rules before it, and why they did not decide.
    pub rejected: Vec<Rejected>,
    /// Where several tickets are left and no rule decided: the rule that named them, and them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ambiguous: Option<Ambiguous>,
}

/// Several tickets that could be current.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ambiguous {
    /// The last rule that named them.
    pub rule: Rule,
    /// Their ids, in order.
    pub tickets: Vec<String>,
}

impl Ambiguous {
    /// `it could be `a-1` or `a-3``.
    pub fn words(&self) -> String {
        format!("it could be {}", list(&self.tickets.iter().cloned().collect()))
    }
}

/// A rule that did not decide.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Rejected {
    /// The rule.
    pub rule: Rule,
    /// Why not.
    pub why: String,
}

/// What one rule has to say.
enum Answer {
    /// It looked and found these.
    Found(BTreeSet<String>),
    /// It has nothing to look at.
    Nothing(&'static str),
    /// It has nothing to look at, and nobody expects it to.
    Silent,
}

/// How one rule looks.
type Look = fn(&Known<'_>, &Hints) -> Answer;

/// The tickets that somebody may work on: neither done nor put away.
pub fn open(project: &Project) -> impl Iterator<Item = &str> {
    project.tickets().filter_map(|(id, (file, ticket))| {
        let put_away = file.board().is_some_and(|board| board.shelf != Shelf::Current);
        let done = project.category(file, ticket) == Some(StatusCategory::Done);
        (!done && !put_away).then_some(id)
    })
}

/// Finds the current ticket.
pub fn resolve(project: &Project, hints: &Hints) -> Resolution {
    let known = Known::new(project);
    if let Some((how, named)) = &hints.explicit {
        return explicit(&known, *how, named);
    }
    if let Some(ticket) = hints.chosen.as_deref().and_then(|chosen| known.open(chosen)) {
        return Resolution { ticket: Some(ticket), rule: Some(Rule::Editor), rejected: Vec::new(), ambiguous: None };
    }
    let rules: [(Rule, Look); 8] = [
        (Rule::FeatureVariable, |known, hints| of_feature(known, hints.feature_variable.as_deref())),
        (Rule::OpenFile, open_file),
        (Rule::BranchKey, branch_key),
        (Rule::BranchName, branch_name),
        (Rule::FeaturePointer, |known, hints| of_feature(known, hints.feature_pointer.as_deref())),
        (Rule::CurrentTag, |known, _| current_tag(known)),
        (Rule::InProgress, in_progress),
        (Rule::Trailer, trailer),
    ];
    let mut rejected = Vec::new();
    let mut among: Option<(Rule, BTreeSet<String>)> = None;
    for (rule, look) in rules {
        let mut found = match look(&known, hints) {
            Answer::Nothing(why) => {
                rejected.push(Rejected { rule, why: why.to_owned() });
                continue;
            }
            Answer::Silent => continue,
            Answer::Found(found) => found,
        };
        if let Some((_, allowed)) = &among {
            found.retain(|id| allowed.contains(id));
        }
        match found.len() {
            0 => rejected.push(Rejected { rule, why: none_found(rule, among.is_some()) }),
            1 => return Resolution { ticket: found.pop_first(), rule: Some(rule), rejected, ambiguous: None },
            _ => {
                rejected.push(Rejected { rule, why: format!("it could be {}", list(&found)) });
                among = Some((rule, found));
            }
        }
    }
    let ambiguous = among.map(|(rule, tickets)| Ambiguous { rule, tickets: tickets.into_iter().collect() });
    Resolution { ticket: None, rule: None, rejected, ambiguous }
}

/// A ticket that the user named must be that one: falling back to another would run work on the wrong ticket.
fn explicit(known: &Known<'_>, how: Explicit, named: &str) -> Resolution {
    let rule = match how {
        Explicit::CommandLine => Rule::CommandLine,
        Explicit::Editor => Rule::Editor,
        Explicit::Environment => Rule::Environment,
    };
    match known.by_id(named) {
        Some(id) => Resolution { ticket: Some(id), rule: Some(rule), rejected: Vec::new(), ambiguous: None },
        None => {
            let why = format!("there is no ticket `{}`", crate::prompt::one_line(named, 60));
            Resolution { ticket: None, rule: None, rejected: vec![Rejected { rule, why }], ambiguous: None }
        }
    }
}

fn none_found(rule: Rule, narrowed: bool) -> String {
    if narrowed {
        return "it names none of the tickets that are still possible".to_owned();
    }
    match rule {
        Rule::OpenFile => "the open file belongs to no ticket",
        Rule::BranchKey => "no ticket has this `branch:`",
        Rule::BranchName => "the branch name holds no id of a ticket",
        Rule::FeatureVariable | Rule::FeaturePointer => "no ticket belongs to the feature it names",
        Rule::CurrentTag => "no ticket in its current tag is in progress",
        Rule::InProgress => "no ticket in progress is assigned to you",
        Rule::Trailer => "no trailer of the last commit names a ticket",
        Rule::CommandLine | Rule::Editor | Rule::Environment => "it names no ticket",
    }
    .to_owned()
}

fn list(ids: &BTreeSet<String>) -> String {
    let shown: Vec<String> = ids.iter().take(4).map(|id| format!("`{id}`")).collect();
    let more = ids.len().saturating_sub(4);
    if more == 0 { shown.join(" or ") } else { format!("{} or {more} more", shown.join(", ")) }
}

/// The tickets of the project by id.
struct Known<'a> {
    project: &'a Project,
    tickets: Vec<(&'a str, &'a SpecFile, &'a Ticket)>,
}

impl<'a> Known<'a> {
    fn new(project: &'a Project) -> Known<'a> {
        Known { project, tickets: project.tickets().map(|(id, (file, ticket))| (id, &**file, ticket)).collect() }
    }

    /// The ticket of that id, whatever the case of its letters; or the one that its own tool would take by the number
    /// alone: Task Master in its current tag, Backlog.md behind its prefix.
    fn by_id(&self, text: &str) -> Option<String> {
        let find = |id: &str| {
            let exact = self.tickets.iter().find(|(own, _, _)| *own == id);
            let close = || self.tickets.iter().find(|(own, _, _)| own.eq_ignore_ascii_case(id));
            exact.or_else(close).map(|(own, _, _)| (*own).to_owned())
        };
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let in_tag = || find(&format!("{}/{text}", self.tag()?)).filter(|_| is_number(text));
        let first_tag = || find(text.strip_prefix("master/")?).filter(|id| is_number(id));
        let prefixed = || {
            let wanted = format!("-{text}");
            let is_it = |(id, file, _): &&(&str, &SpecFile, &Ticket)| {
                system(file) == Some(System::Backlog) && id.ends_with(&wanted)
            };
            let mut all = self.tickets.iter().filter(is_it);
            all.next().filter(|_| is_number(text) && all.next().is_none()).map(|(id, _, _)| (*id).to_owned())
        };
        in_tag().or_else(|| find(text)).or_else(first_tag).or_else(prefixed)
    }

    /// The same, unless it is done.
    fn open(&self, text: &str) -> Option<String> {
        let id = self.by_id(text)?;
        let (_, file, ticket) = self.tickets.iter().find(|(own, _, _)| *own == id)?;
        (self.project.category(file, ticket) != Some(StatusCategory::Done)).then_some(id)
    }

    /// The tag that Task Master works on.
    fn tag(&self) -> Option<&'a str> {
        Some(self.project.settings_of(System::TaskMaster)?.group.as_ref()?.value.as_str())
    }

    /// Tickets that may be current: drafts and what was put away are not.
    fn select(&self, mut wanted: impl FnMut(&str, &Ticket) -> bool) -> BTreeSet<String> {
        self.select_files(|id, _, ticket| wanted(id, ticket))
    }

    fn select_files(&self, mut wanted: impl FnMut(&str, &SpecFile, &Ticket) -> bool) -> BTreeSet<String> {
        let current = |file: &SpecFile| file.board().is_none_or(|board| board.shelf == Shelf::Current);
        let all = self.tickets.iter().filter(|(id, file, ticket)| current(file) && wanted(id, file, ticket));
        all.map(|(id, _, _)| (*id).to_owned()).collect()
    }

    /// Tickets whose id the word is, or starts with at a `-` or `_`. The longest id wins: `shop-12` before `shop`.
    fn leading(&self, word: &str) -> BTreeSet<String> {
        // A bare number at the beginning is the number of an issue elsewhere: Task Master counts from 1 as well.
        let all =
            self.select_files(|id, file, _| system(file) != Some(System::TaskMaster) && starts_with_word(word, id));
        let longest = all.iter().map(String::len).max().unwrap_or(0);
        all.into_iter().filter(|id| id.len() == longest).collect()
    }
}

/// The tool that keeps the tickets of a file; none for ours.
fn system(file: &SpecFile) -> Option<System> {
    file.board().map(|board| board.system)
}

/// True when `word` is `id`, or `id` and then `-`, `_` or `.` and more; letters compared without case.
fn starts_with_word(word: &str, id: &str) -> bool {
    let Some((head, rest)) = word.split_at_checked(id.len()) else { return false };
    !id.is_empty() && head.eq_ignore_ascii_case(id) && (rest.is_empty() || rest.starts_with(['-', '_', '.', ' ']))
}

/// Folders whose next segment stands for one piece of work.
const WORK_FOLDERS: [&str; 7] = [
    ".tollgate/tickets/",
    ".tollgate/records/",
    "specs/",
    "openspec/changes/",
    ".kiro/specs/",
    "backlog/tasks/",
    "docs/specs/",
];

fn open_file(known: &Known<'_>, hints: &Hints) -> Answer {
    let Some(path) = hints.open_file.as_deref() else { return Answer::Nothing("no file is open") };
    if let Some(file) = known.project.file(path).filter(|file| file.board().is_some()) {
        // A file that holds many says nothing about one of them.
        let own: Vec<&str> = file.tickets().filter_map(|ticket| Some(ticket.id.as_ref()?.value.as_str())).collect();
        let [own] = own[..] else { return Answer::Found(BTreeSet::new()) };
        return Answer::Found(known.select_files(|id, from, _| id == own && from.path == path));
    }
    for folder in WORK_FOLDERS {
        let Some(rest) = path.strip_prefix(folder) else { continue };
        let segment = rest.split('/').next().unwrap_or(rest);
        let found = known.leading(segment);
        if !found.is_empty() {
            return Answer::Found(found);
        }
    }
    Answer::Found(known.select(|_, ticket| ticket.spec.as_deref().is_some_and(|spec| beside(path, spec))))
}

/// Tickets of a feature of Spec Kit: those whose id it is, and those whose spec lies in its folder.
fn of_feature(known: &Known<'_>, feature: Option<&str>) -> Answer {
    let Some(feature) = feature.map(crate::feature::folder_name).filter(|name| !name.is_empty()) else {
        return Answer::Silent;
    };
    let mut found = known.leading(feature);
    if found.is_empty() {
        let path = format!("specs/{feature}/spec.md");
        found = known.select(|_, ticket| ticket.spec.as_deref().is_some_and(|spec| beside(&path, spec)));
    }
    Answer::Found(found)
}

/// True when `path` is the spec itself or lies in the folder that the spec has for itself.
fn beside(path: &str, spec: &str) -> bool {
    let spec = spec.trim_start_matches("./").trim_end_matches('/');
    if path == spec {
        return true;
    }
    let folder = if spec.ends_with(".md") { spec.rsplit_once('/').map_or("", |(folder, _)| folder) } else { spec };
    // a spec directly under `specs/` shares that folder with others and says nothing about its neighbours
    folder.contains('/') && path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn branch_key(known: &Known<'_>, hints: &Hints) -> Answer {
    let Some(branch) = hints.branch.as_deref() else { return Answer::Nothing("no branch is checked out") };
    Answer::Found(known.select(|_, ticket| ticket.branch.as_deref().is_some_and(|key| key.as_str() == branch)))
}

fn branch_name(known: &Known<'_>, hints: &Hints) -> Answer {
    let Some(branch) = hints.branch.as_deref() else { return Answer::Nothing("no branch is checked out") };
    let segment = branch.rsplit('/').next().unwrap_or(branch);
    let own = in_own_words(known, branch);
    if !own.is_empty() {
        return Answer::Found(own);
    }
    let patterns: [fn(&str) -> Vec<String>; 4] = [time_stamp, feature_number, tracker_key, issue_number];
    for pattern in patterns {
        let found: BTreeSet<String> = pattern(segment).iter().flat_map(|word| named(known, word)).collect();
        if !found.is_empty() {
            return Answer::Found(found);
        }
    }
    Answer::Found(known.leading(segment))
}

/// Tickets of other tools that a branch names as their tool would: an id with the tool's own prefix anywhere in the last
/// segment (`fix-bd-a1b2`, `ann/back-12.3-words`), and `task-12` of Task Master, with its tag in front where it has one.
fn in_own_words(known: &Known<'_>, branch: &str) -> BTreeSet<String> {
    let (before, segment) = branch.rsplit_once('/').unwrap_or(("", branch));
    let boundary = |text: &str| text.is_empty() || text.ends_with(['-', '_', '.']);
    let mut found = known.select_files(|id, file, _| {
        if !matches!(system(file), Some(System::Backlog | System::Beads)) {
            return false;
        }
        let places = segment.char_indices().map(|(at, _)| at).filter(|at| boundary(&segment[..*at]));
        places.into_iter().any(|at| starts_with_word(&segment[at..], id))
    });
    // `bd-a1.2` holds `bd-a1`, too: the longest is meant.
    let all = found.clone();
    found.retain(|id| !all.iter().any(|other| other.len() > id.len() && starts_with_word(other, id)));
    if found.is_empty()
        && let Some(number) = segment.strip_prefix("task-").or_else(|| segment.strip_prefix("tm-"))
    {
        let number: String = number.chars().take_while(|letter| letter.is_ascii_digit() || *letter == '.').collect();
        let settings = known.project.settings_of(System::TaskMaster);
        let mapped =
            settings.and_then(|it| it.groups_of_branches.iter().find(|(of, _)| of == branch)).map(|(_, tag)| tag);
        let tags = [
            Some(before.rsplit('/').next().unwrap_or_default()),
            mapped.map(String::as_str),
            known.tag(),
            Some("master"),
        ];
        let number = number.trim_end_matches('.');
        let names = tags.into_iter().flatten().map(|tag| match tag {
            "master" => number.to_owned(),
            tag => format!("{tag}/{number}"),
        });
        let mut each =
            names.map(|name| known.select_files(|id, file, _| system(file) == Some(System::TaskMaster) && id == name));
        found = each.find(|found| !found.is_empty()).unwrap_or_default();
    }
    found
}

/// Tickets that a word of a branch or a trailer names: by id, by the id elsewhere, or as an issue number.
fn named(known: &Known<'_>, word: &str) -> BTreeSet<String> {
    let number = word.bytes().all(|byte| byte.is_ascii_digit());
    let spellings = if number {
        vec![word.to_owned(), format!("gh-{word}"), format!("issue-{word}"), format!("#{word}")]
    } else {
        vec![word.to_owned()]
    };
    known.select_files(|id, file, ticket| {
        // The bare number of an issue elsewhere is no task of Task Master, which counts from 1 as well.
        if number && system(file) == Some(System::TaskMaster) {
            return false;
        }
        let elsewhere = ticket.external_ref.as_deref().map(|text| text.as_str());
        spellings.iter().any(|spelling| {
            id.eq_ignore_ascii_case(spelling) || elsewhere.is_some_and(|text| text.eq_ignore_ascii_case(spelling))
        })
    })
}

/// How many of the first bytes are digits.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// `20260115-093000-words`: the whole stamp.
pub(crate) fn time_stamp(segment: &str) -> Vec<String> {
    let bytes = segment.as_bytes();
    let shaped = digits(segment) == 8
        && bytes.get(8) == Some(&b'-')
        && segment.get(9..).is_some_and(|rest| digits(rest) == 6 && rest.len() > 7 && rest.as_bytes()[6] == b'-');
    if shaped { vec![segment[..15].to_owned(), segment.to_owned()] } else { Vec::new() }
}

/// `012-words` as Spec Kit writes it; a stamp with a digit missing is no number.
pub(crate) fn feature_number(segment: &str) -> Vec<String> {
    let count = digits(segment);
    let rest = &segment[count..];
    let broken_stamp = count == 7 && rest.get(1..).is_some_and(|rest| digits(rest) == 6 && rest[6..].starts_with('-'));
    if count >= 3 && rest.len() > 1 && rest.starts_with('-') && !broken_stamp {
        vec![segment[..count].to_owned(), segment.to_owned()]
    } else {
        Vec::new()
    }
}

/// Every `ABC-123` in the segment; letters in any case.
fn tracker_key(segment: &str) -> Vec<String> {
    let words: Vec<&str> = segment.split(['-', '_', '.']).collect();
    words
        .windows(2)
        .filter(|pair| {
            let prefix = pair[0];
            prefix.len() >= 2
                && prefix.starts_with(|first: char| first.is_ascii_alphabetic())
                && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !pair[1].is_empty()
                && pair[1].bytes().all(|byte| byte.is_ascii_digit())
        })
        .map(|pair| format!("{}-{}", pair[0], pair[1]))
        .collect()
}

/// `12-words`, `gh-12-words`, `issue-12_words`.
fn issue_number(segment: &str) -> Vec<String> {
    let rest = segment.strip_prefix("gh-").or_else(|| segment.strip_prefix("issue-")).unwrap_or(segment);
    let count = digits(rest);
    if count > 0 && rest[count..].starts_with(['-', '_']) { vec![rest[..count].to_owned()] } else { Vec::new() }
}

/// Task Master knows no people: what is in progress in the tag that it works on is what somebody works on here.
fn current_tag(known: &Known<'_>) -> Answer {
    let Some(tag) = known.tag() else { return Answer::Silent };
    let of_tag = |file: &SpecFile, id: &str| {
        let card = file.board().filter(|board| board.system == System::TaskMaster)?.card(id)?;
        Some(card.group.as_deref().unwrap_or("master") == tag)
    };
    let active = known.select_files(|id, file, ticket| {
        of_tag(file, id) == Some(true) && known.project.category(file, ticket) == Some(StatusCategory::Active)
    });
    // A task is in progress because a part of it is.
    let parents: BTreeSet<&str> = known
        .tickets
        .iter()
        .filter(|(id, _, _)| active.contains(*id))
        .filter_map(|(_, _, ticket)| Some(ticket.parent.as_ref()?.value.as_str()))
        .collect();
    Answer::Found(active.iter().filter(|id| !parents.contains(id.as_str())).cloned().collect())
}

fn in_progress(known: &Known<'_>, hints: &Hints) -> Answer {
    if hints.me.is_empty() {
        return Answer::Nothing("who you are is not known (set git's user.name)");
    }
    let mine = |person: &str| {
        let person = person.trim_start_matches('@');
        hints.me.iter().any(|name| name.trim_start_matches('@').eq_ignore_ascii_case(person))
    };
    Answer::Found(known.select_files(|_, file, ticket| {
        ticket.assignee.iter().any(|person| mine(person))
            && known.project.category(file, ticket) == Some(StatusCategory::Active)
    }))
}

/// Trailer keys that name the work a commit belongs to.
const TRAILERS: [&str; 9] =
    ["refs", "ref", "ticket", "issue", "closes", "fixes", "resolves", "part-of", "tollgate-ticket"];

fn trailer(known: &Known<'_>, hints: &Hints) -> Answer {
    let Some(message) = hints.head_message.as_deref() else { return Answer::Nothing("the last commit was not read") };
    let last = message.trim_end().rsplit("\n\n").next().unwrap_or_default();
    let words = last
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(key, _)| TRAILERS.iter().any(|known| key.trim().eq_ignore_ascii_case(known)))
        .flat_map(|(_, value)| value.split([',', ' ', '\t', ';']))
        .map(|word| word.trim().trim_start_matches('#'))
        .filter(|word| !word.is_empty());
    Answer::Found(words.flat_map(|word| named(known, word)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use spec::SpecFile;
    use std::sync::Arc;

    fn project(tickets: &[(&str, &str)]) -> Project {
        let mut project = Project::default();
        for (id, keys) in tickets {
            let text = format!("---\nschema_version: 1\nid: {id}\ntitle: t\nstatus: To Do\n{keys}---\n");
            let file = SpecFile::read(&format!(".tollgate/tickets/{id}.md"), &text).unwrap();
            project.set(Arc::new(file));
        }
        project
    }

    fn shop() -> Project {
        project(&[
            ("feat-12", "branch: wrap/paper\n"),
            ("feat-1", "external_ref: gh-77\n"),
            ("012", ""),
            ("20260115-093000", ""),
            ("bd-a1b2", "spec: docs/specs/basket/spec.md\n"),
        ])
    }

    fn said(project: &Project, hints: &Hints) -> (Option<String>, Option<Rule>) {
        let found = resolve(project, hints);
        (found.ticket, found.rule)
    }

    #[test]
    fn what_the_user_names_is_meant_and_nothing_else() {
        let named = |how, id: &str| {
            let branch = Some("feat-12".to_owned());
            resolve(&shop(), &Hints { explicit: Some((how, id.into())), branch, ..Hints::default() })
        };
        assert_eq!(named(Explicit::CommandLine, "FEAT-1").ticket.as_deref(), Some("feat-1"));
        assert_eq!(named(Explicit::Environment, "feat-1").rule, Some(Rule::Environment));
        let unknown = named(Explicit::Editor, "feat-2");
        assert_eq!((unknown.ticket, unknown.rejected[0].why.as_str()), (None, "there is no ticket `feat-2`"));
    }

    #[test]
    fn branches_of_every_kind() {
        let project = shop();
        for (branch, expected) in [
            ("wrap/paper", Some(("feat-12", Rule::BranchKey))),
            ("feat-12", Some(("feat-12", Rule::BranchName))),
            ("ada/FEAT-12-gift-wrap", Some(("feat-12", Rule::BranchName))),
            ("fix_feat-1_again", Some(("feat-1", Rule::BranchName))),
            ("012-orders", Some(("012", Rule::BranchName))),
            ("feat/012-orders", Some(("012", Rule::BranchName))),
            ("20260115-093000-orders", Some(("20260115-093000", Rule::BranchName))),
            ("77-fix-rounding", Some(("feat-1", Rule::BranchName))),
            ("gh-77-fix", Some(("feat-1", Rule::BranchName))),
            ("issue-77_fix", Some(("feat-1", Rule::BranchName))),
            ("bd-a1b2-basket", Some(("bd-a1b2", Rule::BranchName))),
            ("2026011-093000-orders", None),
            ("main", None),
            ("feat-123", None),
            ("", None),
        ] {
            let hints = Hints { branch: Some(branch.into()), ..Hints::default() };
            let expected = expected.map(|(id, rule)| (id.to_owned(), rule));
            assert_eq!(said(&project, &hints), expected.clone().unzip(), "{branch}");
        }
    }

    #[test]
    fn the_open_file_goes_before_the_branch() {
        let project = shop();
        for (path, expected) in [
            (".tollgate/tickets/feat-1.md", Some("feat-1")),
            (".tollgate/records/feat-1/0001.json", Some("feat-1")),
            ("specs/feat-1/spec.md", Some("feat-1")),
            ("specs/012-orders/plan.md", Some("012")),
            ("backlog/tasks/feat-1 - Wrap.md", Some("feat-1")),
            ("docs/specs/basket/notes.md", Some("bd-a1b2")),
            ("src/main.rs", Some("feat-12")),
        ] {
            let hints = Hints { open_file: Some(path.into()), branch: Some("feat-12".into()), ..Hints::default() };
            assert_eq!(said(&project, &hints).0.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_feature_leads_to_its_ticket() {
        let project = project(&[("t-1", "spec: specs/004-late-fees/spec.md\n"), ("005-tax", ""), ("t-2", "")]);
        let pointer = |name: &str| Hints { feature_pointer: Some(name.into()), ..Hints::default() };
        assert_eq!(said(&project, &pointer("specs/004-late-fees")), (Some("t-1".into()), Some(Rule::FeaturePointer)));
        assert_eq!(said(&project, &pointer("005-tax")).0.as_deref(), Some("005-tax"));
        assert_eq!(said(&project, &pointer("specs/009-none")).0, None);
        let branch = Hints { branch: Some("t-2".into()), ..pointer("005-tax") };
        assert_eq!(said(&project, &branch).1, Some(Rule::BranchName), "the pointer may be stale");
        let variable = Hints { feature_variable: Some("004-late-fees".into()), ..branch };
        assert_eq!(said(&project, &variable), (Some("t-1".into()), Some(Rule::FeatureVariable)));
        let silent = resolve(&project, &Hints::default());
        assert!(silent.rejected.iter().all(|it| it.rule != Rule::FeaturePointer && it.rule != Rule::FeatureVariable));
    }

    #[test]
    fn ambiguity_is_told_and_only_narrows() {
        let mine = "status: In Progress\nassignee: [\"@ann\"]\n";
        let text = |id: &str, keys: &str| {
            let text = format!("---\nschema_version: 1\nid: {id}\ntitle: t\n{keys}---\n");
            Arc::new(SpecFile::read(&format!(".tollgate/tickets/{id}.md"), &text).unwrap())
        };
        let mut project = Project::default();
        project.set(text("a-1", mine));
        project.set(text("a-2", "status: To Do\n"));
        let me = vec!["Ann".to_owned()];
        assert_eq!(said(&project, &Hints { me: me.clone(), ..Hints::default() }).1, Some(Rule::InProgress));
        project.set(text("a-3", mine));
        let found = resolve(&project, &Hints { me: me.clone(), ..Hints::default() });
        assert_eq!(found.ticket, None);
        assert!(found.rejected.iter().any(|rejected| rejected.why == "it could be `a-1` or `a-3`"), "{found:?}");
        let trailer = |value: &str| Hints {
            me: me.clone(),
            head_message: Some(format!("Fix it\n\nBody.\n\nRefs: {value}\nSigned-off-by: A <a@b>\n")),
            ..Hints::default()
        };
        assert_eq!(said(&project, &trailer("A-3")), (Some("a-3".into()), Some(Rule::Trailer)));
        assert_eq!(said(&project, &trailer("a-2")).0, None, "a-2 is none of those in progress");
        let both = Hints { branch: Some("a-1-and-a-2".into()), ..trailer("a-2") };
        let found = resolve(&project, &both);
        assert_eq!(found.ticket.as_deref(), Some("a-1"), "of a-1 and a-2 only a-1 is in progress");
    }

    proptest! {
        #[test]
        fn never_panics_and_only_names_tickets_that_exist(branch in "[a-zA-Z0-9_/.é-]{0,30}", path in "[a-z0-9./ -]{0,30}", message in any::<String>()) {
            let project = shop();
            let hints = Hints {
                branch: Some(branch),
                open_file: Some(format!("specs/{path}")),
                head_message: Some(message),
                me: vec!["x".into()],
                ..Hints::default()
            };
            let found = resolve(&project, &hints);
            prop_assert_eq!(found.ticket.is_some(), found.rule.is_some());
            if let Some(id) = found.ticket {
                prop_assert!(project.ticket(&id).is_some());
            }
        }
    }
}
