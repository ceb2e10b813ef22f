//! Tickets that lead back to themselves: by what they wait for, or by what they are a part of.
//!
//! Whoever looks at one ticket after a keystroke must not pay for the whole backlog, and whoever looks at all of it must not
//! pay for it again at every ticket. So a question is answered by a search from both ends, which ends with the shorter one;
//! when the searches of one state of the project have cost as much as looking at everything, everything is looked at once.

use crate::model::Ticket;
use crate::project::{Name, NameKind, Project, Role, SpecFile};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use text::{Span, Spanned};

/// How a ticket leads to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// It depends on it.
    Dependency,
    /// It is a part of it.
    Parent,
}

impl Link {
    /// The tickets to which one leads, where they are written.
    pub fn places(self, ticket: &Ticket) -> &[Spanned<String>] {
        match self {
            Link::Dependency => &ticket.dependencies,
            Link::Parent => ticket.parent.as_slice(),
        }
    }

    fn of(self, ticket: &Ticket) -> impl Iterator<Item = &str> {
        self.places(ticket).iter().map(|id| id.value.as_str())
    }
}

/// More tickets than these are not looked at to show a way.
const NEAR: usize = 64;

/// A step from a ticket to one that it leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The one.
    pub from: String,
    /// The other.
    pub to: String,
    /// Where it is written.
    pub span: Span,
}

/// What is known of one state of the tickets.
#[derive(Default, Debug)]
pub(crate) struct Circles {
    /// Links that were followed to answer single questions.
    followed: AtomicUsize,
    /// The number of the circle of every ticket that is on one, for each kind of link.
    whole: [OnceLock<HashMap<String, usize>>; 2],
}

impl Project {
    /// True when the ticket `to`, which has a link to `from`, is reached from there again: both are on one circle. A ticket
    /// whose id several files claim has the links of all of them.
    pub fn leads_back(&self, link: Link, from: &str, to: &str) -> bool {
        let whole = &self.circles.whole[link as usize];
        if from == to {
            return true;
        }
        if whole.get().is_none() && self.circles.followed.load(Ordering::Relaxed) <= self.len() {
            let (mut ahead, mut behind) = (Search::new(from, to), Search::new(to, from));
            let answer = loop {
                if let Some(met) = ahead.step(|id| self.links(link, id)) {
                    break Some(met);
                }
                if let Some(met) = behind.step(|id| self.linked(link, id)) {
                    break Some(met);
                }
                if ahead.followed + behind.followed > self.len() {
                    break None;
                }
            };
            self.circles.followed.fetch_add(ahead.followed + behind.followed + 1, Ordering::Relaxed);
            if let Some(answer) = answer {
                return answer;
            }
        }
        let circles = whole.get_or_init(|| self.circles(link));
        circles.get(from).is_some_and(|circle| circles.get(to) == Some(circle))
    }

    /// The circle that a ticket is on, as a number.
    pub fn circle(&self, link: Link, id: &str) -> Option<usize> {
        self.circles.whole[link as usize].get_or_init(|| self.circles(link)).get(id).copied()
    }

    /// The shortest way from one ticket to another, each step with the file in which it is written. Empty where there is
    /// none, or none that is soon found: a person is shown it.
    pub fn way(&self, link: Link, from: &str, to: &str) -> Vec<(&Arc<SpecFile>, Step)> {
        let mut came: HashMap<String, (&Arc<SpecFile>, Step)> = HashMap::new();
        let mut rest = VecDeque::from([from.to_owned()]);
        while let Some(id) = rest.pop_front().filter(|_| !came.contains_key(to) && came.len() < NEAR) {
            let name = Name { kind: NameKind::Ticket, text: id.clone() };
            for file in self.definers(&name).filter(|file| self.counts(file)) {
                for other in file.ticket(&id).into_iter().flat_map(|ticket| link.places(ticket).to_vec()) {
                    if other.value != from && !came.contains_key(&other.value) {
                        let step = Step { from: id.clone(), to: other.value.clone(), span: other.span };
                        came.insert(other.value.clone(), (file, step));
                        rest.push_back(other.value);
                    }
                }
            }
        }
        let mut way: Vec<(&Arc<SpecFile>, Step)> = Vec::new();
        let mut at = to.to_owned();
        while let Some((file, step)) = came.remove(&at) {
            at = step.from.clone();
            way.push((file, step));
        }
        way.reverse();
        way
    }

    /// Paths of the tickets that lead back to themselves.
    pub fn tickets_on_circles(&self) -> BTreeSet<String> {
        let links = [Link::Dependency, Link::Parent];
        let ids = links.iter().flat_map(|link| {
            let whole = &self.circles.whole[*link as usize];
            whole.get_or_init(|| self.circles(*link)).keys()
        });
        ids.flat_map(|id| {
            let name = Name { kind: NameKind::Ticket, text: id.clone() };
            self.definers(&name).map(|file| file.path.clone()).collect::<Vec<_>>()
        })
        .collect()
    }

    /// The tickets that a ticket leads to.
    fn links<'a>(&'a self, link: Link, id: &str) -> Vec<&'a str> {
        let name = Name { kind: NameKind::Ticket, text: id.to_owned() };
        let counted = self.definers(&name).filter(|file| self.counts(file));
        counted.filter_map(|file| file.ticket(id)).flat_map(|ticket| link.of(ticket)).collect()
    }

    /// The tickets that lead to a ticket.
    fn linked<'a>(&'a self, link: Link, id: &str) -> Vec<&'a str> {
        let name = Name { kind: NameKind::Ticket, text: id.to_owned() };
        let leads = |ticket: &&Ticket| link.of(ticket).any(|other| other == id);
        let mut found = Vec::new();
        for file in self.files_with(&name).filter(|file| self.counts(file)) {
            match file.board() {
                Some(_) => {
                    found.extend(file.tickets().filter(leads).filter_map(|it| Some(it.id.as_ref()?.value.as_str())))
                }
                None if file.tickets().any(|ticket| leads(&ticket)) => found.extend(own_ids(file)),
                None => {}
            }
        }
        found
    }

    /// Every circle: for each ticket on one, a number that is that circle's.
    fn circles(&self, link: Link) -> HashMap<String, usize> {
        let ids: Vec<&str> = self.defined(NameKind::Ticket).map(|name| name.text.as_str()).collect();
        let numbers: HashMap<&str, usize> = ids.iter().enumerate().map(|(number, id)| (*id, number)).collect();
        let circles = circles(ids.len(), |ticket| {
            self.links(link, ids[ticket]).into_iter().filter_map(|id| numbers.get(id).copied()).collect()
        });
        let mut sizes = vec![0; ids.len()];
        circles.iter().for_each(|circle| sizes[*circle] += 1);
        let on_one = ids.iter().zip(circles).filter(|(_, circle)| sizes[*circle] > 1);
        on_one.map(|(id, circle)| ((*id).to_owned(), circle)).collect()
    }
}

/// For each of `count` things that lead to others a number below `count`: two have the same when each leads to the other,
/// directly or through others. By Tarjan's algorithm, without recursion, as chains may be long: each thing and each step from
/// one to the next is looked at once.
pub fn circles(count: usize, next: impl Fn(usize) -> Vec<usize>) -> Vec<usize> {
    const OPEN: usize = usize::MAX;
    // Order of the first visit, from 1; 0 is not visited yet. `low` is the earliest that is reached and still open.
    let (mut order, mut low, mut circle) = (vec![0; count], vec![0; count], vec![OPEN; count]);
    let (mut visited, mut waiting) = (0, Vec::new());
    for start in 0..count {
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = (order[start] == 0).then_some(start);
        while enter.is_some() || !path.is_empty() {
            if let Some(thing) = enter.take() {
                visited += 1;
                (order[thing], low[thing]) = (visited, visited);
                waiting.push(thing);
                path.push((thing, next(thing)));
            }
            let Some((thing, rest)) = path.last_mut() else { break };
            let thing = *thing;
            match rest.pop() {
                Some(other) if order[other] == 0 => enter = Some(other),
                Some(other) if circle[other] == OPEN => low[thing] = low[thing].min(order[other]),
                Some(_) => {}
                None => {
                    path.pop();
                    if let Some((before, _)) = path.last() {
                        low[*before] = low[*before].min(low[thing]);
                    }
                    if low[thing] == order[thing] {
                        let from = waiting.iter().rposition(|other| *other == thing).unwrap_or_default();
                        waiting.drain(from..).for_each(|member| circle[member] = thing);
                    }
                }
            }
        }
    }
    circle
}

fn own_ids(file: &SpecFile) -> impl Iterator<Item = &str> {
    let own =
        file.facts.names.iter().filter(|(name, role, _)| name.kind == NameKind::Ticket && *role == Role::Definition);
    own.map(|(name, _, _)| name.text.as_str())
}

/// One end of a search.
struct Search<'a> {
    goal: &'a str,
    seen: HashSet<&'a str>,
    rest: Vec<&'a str>,
    followed: usize,
}

impl<'a> Search<'a> {
    fn new(from: &'a str, goal: &'a str) -> Search<'a> {
        Search { goal, seen: HashSet::from([from]), rest: vec![from], followed: 0 }
    }

    /// Looks at one more ticket: true at the goal, false when there is nothing left.
    fn step(&mut self, next: impl FnOnce(&str) -> Vec<&'a str>) -> Option<bool> {
        let Some(id) = self.rest.pop() else { return Some(false) };
        for other in next(id) {
            self.followed += 1;
            if other == self.goal {
                return Some(true);
            }
            if self.seen.insert(other) {
                self.rest.push(other);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn project(links: &[Vec<usize>]) -> Project {
        let mut project = Project::default();
        for (id, links) in links.iter().enumerate() {
            set(&mut project, id, links);
        }
        project
    }

    fn set(project: &mut Project, id: usize, links: &[usize]) {
        let words = links.iter().map(|other| format!("t-{other}")).collect::<Vec<_>>().join(", ");
        let text = format!("---\nid: t-{id}\ndependencies: [{words}]\n---\n");
        project.set(Arc::new(SpecFile::read(&format!(".tollgate/tickets/t-{id}.md"), &text).unwrap()));
    }

    fn leads_back(project: &Project, from: usize, to: usize) -> bool {
        project.leads_back(Link::Dependency, &format!("t-{from}"), &format!("t-{to}"))
    }

    /// Follows links, however long it takes.
    fn follows(links: &[Vec<usize>], from: usize, to: usize) -> bool {
        let (mut seen, mut rest) = (HashSet::new(), vec![from]);
        while let Some(ticket) = rest.pop() {
            if ticket == to {
                return true;
            }
            rest.extend(links[ticket].iter().filter(|other| seen.insert(**other)));
        }
        false
    }

    proptest! {
        #[test]
        fn both_ways_to_an_answer_give_the_same(
            mut links in prop::collection::vec(prop::collection::vec(0usize..12, 0..3), 12),
            change in (0usize..12, prop::collection::vec(0usize..12, 0..3)),
        ) {
            let mut project = project(&links);
            for _ in 0..2 {
                for (to, from) in links.iter().enumerate().flat_map(|(to, all)| all.iter().map(move |from| (to, *from))) {
                    let expected = follows(&links, from, to);
                    let mut searched = project.clone();
                    searched.circles = Arc::default();
                    prop_assert_eq!(leads_back(&searched, from, to), expected);
                    project.circles.followed.store(usize::MAX, Ordering::Relaxed);
                    prop_assert_eq!(leads_back(&project, from, to), expected);
                }
                set(&mut project, change.0, &change.1);
                links[change.0].clone_from(&change.1);
            }
        }
    }

    #[test]
    fn the_way_back_is_shown_where_it_is_short() {
        let way = |project: &Project, from: &str, to: &str| -> Vec<String> {
            let steps = project.way(Link::Dependency, from, to).into_iter();
            steps.map(|(file, step)| format!("{} {} {}", file.stem(), step.from, step.to)).collect()
        };
        let round = project(&[vec![3, 1], vec![2], vec![0], vec![0]]);
        assert_eq!(way(&round, "t-1", "t-0"), ["t-1 t-1 t-2", "t-2 t-2 t-0"]);
        assert_eq!(way(&round, "t-1", "t-3"), ["t-1 t-1 t-2", "t-2 t-2 t-0", "t-0 t-0 t-3"]);
        assert_eq!(way(&round, "t-9", "t-0"), [""; 0]);
        let long: Vec<Vec<usize>> = (0..200usize).map(|id| vec![(id + 1) % 200]).collect();
        assert_eq!(way(&project(&long), "t-1", "t-0"), [""; 0]);
    }

    #[test]
    fn a_long_chain_is_looked_at_once() {
        // Each waits for the one before it: seen from the middle, both ends are far.
        let links: Vec<Vec<usize>> = (0..600usize).map(|id| id.checked_sub(1).into_iter().collect()).collect();
        let project = project(&links);
        let circles = (1..600).filter(|id| leads_back(&project, id - 1, *id)).count();
        assert_eq!(circles, 0);
        let followed = project.circles.followed.load(Ordering::Relaxed);
        assert!(followed <= 3 * 600, "{followed} links were followed for 599 questions");
        // A keystroke at its end asks only there.
        let mut project = project;
        set(&mut project, 599, &[598, 597]);
        assert!(!leads_back(&project, 598, 599));
        assert!(project.circles.followed.load(Ordering::Relaxed) < 10);
    }
}
