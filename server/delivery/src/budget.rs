//! Budgets: on which scopes a run books, which limits hold there, whether a run may start, and what state a budget is in.
//!
//! All limits hold at once, whoever set them, so a project can only lower what the user allows: a second limit can
//! refuse what the first would grant, never the other way round. A run is admitted with its cap, not with a guess; it
//! is killed at its cap, hence no budget is passed. What nobody has priced counts as the cap.
//!
//! No clock and no store: times and sums come in.

use spec::cost::{Basis, Completeness, CostRow, Scope, ScopeMoney};
use spec::model::{Budget, BudgetLimit, BudgetScope, Config, Period, Ticket, Workflow};
use spec::money::Usd;
use std::fmt;
use text::Span;

/// The scope of everything this user runs on this machine; no project can name it differently.
const EVERYTHING: &str = "*";

/// The default level of warning, in thousandths of the limit.
const WARN_AT: u16 = 800;

/// Where a run stands: the names its money is booked under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place<'a> {
    /// Repository id: canonical root path.
    pub repository: &'a str,
    /// `project.org` of the config.
    pub org: Option<&'a str>,
    /// `project.team` of the config.
    pub team: Option<&'a str>,
    /// `project.id` of the config.
    pub project: Option<&'a str>,
    /// Ticket id.
    pub ticket: &'a str,
    /// Pass id.
    pub pass: &'a str,
}

impl<'a> Place<'a> {
    /// The place of a pass in a repository with this configuration.
    pub fn of(repository: &'a str, config: Option<&'a Config>, ticket: &'a str, pass: &'a str) -> Place<'a> {
        let word = |value: Option<&'a text::Spanned<String>>| value.map(|word| word.value.as_str());
        Place {
            repository,
            org: word(config.and_then(|config| config.org.as_ref())),
            team: word(config.and_then(|config| config.team.as_ref())),
            project: word(config.and_then(|config| config.project.as_ref())),
            ticket,
            pass,
        }
    }

    /// The name of the project in the ids of its tickets and passes.
    fn project(&self) -> &'a str {
        self.project.unwrap_or(self.repository)
    }

    /// The scope that a limit of this kind speaks of. The user's own limits on everything and on a project go by names
    /// that no file of the repository can change.
    fn scope(&self, kind: BudgetScope, by: SetBy) -> Option<Scope> {
        let (project, ticket, pass) = (self.project(), self.ticket, self.pass);
        Some(match (kind, by) {
            (BudgetScope::Org, SetBy::User) => Scope::Org(EVERYTHING.to_owned()),
            (BudgetScope::Org, _) => Scope::Org(self.org?.to_owned()),
            (BudgetScope::Team, _) => Scope::Team(self.team?.to_owned()),
            (BudgetScope::Project, SetBy::User) => Scope::Project(self.repository.to_owned()),
            (BudgetScope::Project, _) => Scope::Project(project.to_owned()),
            (BudgetScope::Ticket, _) => Scope::Ticket(format!("{project}/{ticket}")),
            (BudgetScope::Pass, _) => Scope::Pass(format!("{project}/{ticket}/{pass}")),
        })
    }

    /// Every scope of the path, wide to narrow.
    pub fn path(&self) -> Vec<Scope> {
        use BudgetScope::{Org, Pass, Project, Team, Ticket};
        let both = |kind| [self.scope(kind, SetBy::User), self.scope(kind, SetBy::Project)];
        let mut path: Vec<Scope> = [Org, Team, Project, Ticket, Pass].into_iter().flat_map(both).flatten().collect();
        path.dedup();
        path
    }

    /// What a run books on: every scope in every period, so that a budget written later finds its sums. The run keeps
    /// these periods until it is settled, however late.
    pub fn books(&self, calendar: &Calendar) -> Vec<(Scope, String)> {
        in_every_period(self.path(), calendar)
    }

    /// What a run of another machine books on here when its receipt comes with the repository: the project and what is
    /// in it. Wider sums count what this user ran, so that no repository can use them up by what it says.
    pub fn books_of_receipt(&self, calendar: &Calendar) -> Vec<(Scope, String)> {
        let mut path = self.path();
        path.retain(|scope| !matches!(scope, Scope::Org(_) | Scope::Team(_)));
        in_every_period(path, calendar)
    }
}

fn in_every_period(scopes: Vec<Scope>, calendar: &Calendar) -> Vec<(Scope, String)> {
    let periods = [Period::Day, Period::Week, Period::Month, Period::Lifetime];
    scopes.into_iter().flat_map(|scope| periods.map(|period| (scope.clone(), calendar.period(period)))).collect()
}

/// The names of the budget periods a moment lies in, UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    day: String,
    week: String,
    month: String,
}

impl Calendar {
    /// From an RFC 3339 time.
    pub fn at(time: &str) -> Option<Calendar> {
        let date = time.parse::<jiff::Timestamp>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
        let week = date.iso_week_date();
        Some(Calendar {
            day: date.to_string(),
            week: format!("{:04}-W{:02}", week.year(), week.week()),
            month: format!("{:04}-{:02}", date.year(), date.month()),
        })
    }

    /// `2026-11-20`, `2026-W47`, `2026-11`, or nothing for a lifetime.
    pub fn period(&self, period: Period) -> String {
        match period {
            Period::Day => self.day.clone(),
            Period::Week => self.week.clone(),
            Period::Month => self.month.clone(),
            Period::Lifetime => String::new(),
        }
    }
}

/// Who set a limit, and so in whose file it can be changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetBy {
    /// The user's own configuration.
    User,
    /// `.tollgate/config.yaml`.
    Project,
    /// The workflow's file.
    Workflow,
    /// The ticket's file.
    Ticket,
}

/// A limit on one scope in one period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeLimit {
    /// Whose money.
    pub scope: Scope,
    /// The kind of period, for people.
    pub period: Period,
    /// The period as the store names it.
    pub period_name: String,
    /// The limit.
    pub limit: Usd,
    /// First level of warning, in thousandths of the limit.
    pub warn_at: u16,
    /// A run that would pass the limit needs an approval (default), or only a warning.
    pub approval_at_limit: bool,
    /// Beyond the limit nothing starts (default), or only with a warning.
    pub pause_over_limit: bool,
    /// What people have approved beyond what is written; the limit holds it already.
    pub approved: Usd,
    /// The base branch, where only that still says so.
    pub base: Option<String>,
    /// Who set it.
    pub set_by: SetBy,
    /// Where, in the file of who set it.
    pub span: Span,
}

/// All limits that hold for a run, wide to narrow. `user` are the budgets of the user's own configuration.
pub fn limits(
    place: &Place<'_>,
    calendar: &Calendar,
    user: &[Budget],
    config: Option<&Config>,
    workflow: Option<&Workflow>,
    ticket: Option<&Ticket>,
) -> Vec<ScopeLimit> {
    let of_config = config.map_or(&[][..], |config| &config.budgets);
    let declared = |by: SetBy| move |budget: &Budget| from_budget(place, calendar, budget, by);
    let whole = |by: SetBy| move |limit: &BudgetLimit| on_ticket(place, limit, by);
    let mut limits: Vec<ScopeLimit> = user
        .iter()
        .filter_map(declared(SetBy::User))
        .chain(of_config.iter().filter_map(declared(SetBy::Project)))
        .chain(workflow.and_then(|workflow| workflow.budget.as_ref()).and_then(whole(SetBy::Workflow)))
        .chain(ticket.and_then(|ticket| ticket.budget.as_ref()).and_then(whole(SetBy::Ticket)))
        .collect();
    limits.sort_by_key(|limit| width(&limit.scope));
    limits
}

pub(crate) fn width(scope: &Scope) -> u8 {
    match scope {
        Scope::Org(_) => 0,
        Scope::Team(_) => 1,
        Scope::Project(_) => 2,
        Scope::Ticket(_) => 3,
        Scope::Pass(_) => 4,
    }
}

fn from_budget(place: &Place<'_>, calendar: &Calendar, budget: &Budget, by: SetBy) -> Option<ScopeLimit> {
    let written = budget.limit.as_ref()?;
    let period = budget.period.as_ref().map_or(Period::default(), |period| period.value);
    let says =
        |policy: &Option<text::Spanned<String>>, word: &str| policy.as_ref().is_some_and(|says| says.value == word);
    Some(ScopeLimit {
        scope: place.scope(budget.scope.as_ref()?.value, by)?,
        period,
        period_name: calendar.period(period),
        limit: written.limit.value,
        warn_at: warn_at(written),
        approval_at_limit: !says(&budget.at_limit, "warn"),
        pause_over_limit: !says(&budget.over_limit, "warn"),
        approved: Usd::ZERO,
        base: None,
        set_by: by,
        span: written.limit.span,
    })
}

fn on_ticket(place: &Place<'_>, written: &BudgetLimit, by: SetBy) -> Option<ScopeLimit> {
    Some(ScopeLimit {
        scope: place.scope(BudgetScope::Ticket, by)?,
        period: Period::Lifetime,
        period_name: String::new(),
        limit: written.limit.value,
        warn_at: warn_at(written),
        approval_at_limit: true,
        pause_over_limit: true,
        approved: Usd::ZERO,
        base: None,
        set_by: by,
        span: written.limit.span,
    })
}

fn warn_at(written: &BudgetLimit) -> u16 {
    written.warn_at.iter().map(|level| level.value).min().unwrap_or(WARN_AT)
}

/// What the budgets say to a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// It may start; budgets that only warn and are passed by it are named.
    Grant {
        /// Budgets that only warn.
        warnings: Vec<Objection>,
    },
    /// It may not.
    Refuse(Objection),
}

/// A budget that stands against a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Objection {
    /// The budget.
    pub limit: ScopeLimit,
    /// Settled and held there.
    pub committed: Usd,
    /// Cap of the run.
    pub cap: Usd,
    /// True when the budget is used up; false when only this run does not fit.
    pub used_up: bool,
}

impl Objection {
    /// How much more a run needs, in whole cents.
    pub fn needs(&self) -> Usd {
        const CENT: i128 = 10_000_000_000;
        let missing = self.committed.plus(self.cap).minus(self.limit.limit).max(Usd::ZERO).pico();
        Usd::from_pico((missing + CENT - 1) / CENT * CENT)
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Objection { limit, committed, cap, used_up } = self;
        let whose = whose(limit);
        let budget = match &limit.base {
            Some(base) => format!("{} on {base}", limit.limit),
            None => limit.limit.to_string(),
        };
        if *used_up {
            write!(f, "the {whose} budget of {budget} is used up ({committed} spent or set aside)")
        } else {
            let left = limit.limit.minus(*committed);
            write!(f, "a run of up to {cap} does not fit the {whose} budget of {budget}: {left} left")
        }
    }
}

/// `project month`, `ticket`, …: how a budget is called in a sentence.
pub fn whose(limit: &ScopeLimit) -> String {
    let scope = match &limit.scope {
        Scope::Org(id) if id == EVERYTHING => "own",
        Scope::Org(_) => "organisation",
        Scope::Team(_) => "team",
        Scope::Project(_) => "project",
        Scope::Ticket(_) => "ticket",
        Scope::Pass(_) => "pass",
    };
    let period = match limit.period {
        Period::Day => " day",
        Period::Week => " week",
        Period::Month => " month",
        Period::Lifetime => "",
    };
    format!("{scope}{period}")
}

/// Whether a run with this cap may start. It is refused when any budget says so; a used-up budget is named before one
/// that is only too small, a wide one before a narrow one. A run that can cost nothing is never refused.
pub fn admit(limits: &[ScopeLimit], money: &[ScopeMoney], cap: Usd) -> Decision {
    let objections: Vec<Objection> = limits
        .iter()
        .map(|limit| (limit, committed(limit, money)))
        .filter(|(limit, committed)| cap > Usd::ZERO && committed.plus(cap) > limit.limit)
        .map(|(limit, committed)| Objection { limit: limit.clone(), committed, cap, used_up: committed >= limit.limit })
        .collect();
    // Used up is never judged milder than nearly so, else a higher limit could refuse what a lower one grants.
    let refuses = |it: &&Objection| it.limit.approval_at_limit || (it.used_up && it.limit.pause_over_limit);
    let refusing: Vec<&Objection> = objections.iter().filter(refuses).collect();
    match refusing.iter().find(|it| it.used_up).or(refusing.first()) {
        Some(objection) => Decision::Refuse((*objection).clone()),
        None => Decision::Grant { warnings: objections },
    }
}

/// Settled and held where a limit counts; nothing where no money is known.
pub fn committed(limit: &ScopeLimit, money: &[ScopeMoney]) -> Usd {
    let there = |money: &&ScopeMoney| money.scope == limit.scope && money.period == limit.period_name;
    money.iter().find(there).map_or(Usd::ZERO, ScopeMoney::committed)
}

/// The most a run may set aside now without passing a budget; `None` when no budget is set.
pub fn head_room(limits: &[ScopeLimit], money: &[ScopeMoney]) -> Option<Usd> {
    limits.iter().map(|limit| limit.limit.minus(committed(limit, money)).max(Usd::ZERO)).min()
}

/// State of a budget.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// Below the level of warning.
    Ok,
    /// At or above the level of warning.
    Approaching,
    /// The limit is reached.
    At,
    /// The limit is passed.
    Over,
}

impl State {
    /// The word for editors and JSON.
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Approaching => "approaching",
            State::At => "at",
            State::Over => "over",
        }
    }
}

/// State of a budget, given its last one. Going down it is left only five percent of the limit below its level, so that
/// a hold which comes and goes does not make it flicker. `Over` is left at once: to show it is to claim a fact.
pub fn state(committed: Usd, limit: Usd, warn_at: u16, before: Option<State>) -> State {
    const HYSTERESIS: i128 = 50;
    let reached =
        |thousandths: i128| committed.pico().saturating_mul(1_000) >= limit.pico().saturating_mul(thousandths);
    let stays = |state: State, level: i128| {
        reached(level) || (before.is_some_and(|before| before >= state) && reached((level - HYSTERESIS).max(0)))
    };
    if committed > limit {
        State::Over
    } else if stays(State::At, 1_000) {
        State::At
    } else if stays(State::Approaching, i128::from(warn_at)) {
        State::Approaching
    } else {
        State::Ok
    }
}

/// What to book for the rows of a run that has ended: the upper end of each computed cost. Where a price or a usage is
/// not known the whole hold is booked, once. `seen` is the spending that was watched while the run lived; no run is
/// booked below it. Local models and notional dollars of a subscription book nothing.
///
/// Without rows there is nowhere to book: a caller that saw spending or cannot know it adds a row of completeness
/// `Unknown` first.
pub fn bookings(rows: &[CostRow], hold: Usd, seen: Usd) -> Vec<Usd> {
    let is_money = |row: &CostRow| !matches!(row.basis, Basis::Local | Basis::SubscriptionNotional);
    let known = |row: &CostRow| match row.completeness {
        // A receipt may say anything; no row gives money back.
        Completeness::Exact | Completeness::Partial => row.computed.high().map(|high| high.max(Usd::ZERO)),
        Completeness::Unknown => None,
    };
    let mut booked: Vec<Usd> =
        rows.iter().map(|row| known(row).filter(|_| is_money(row)).unwrap_or(Usd::ZERO)).collect();
    if let Some(first) = rows.iter().position(|row| is_money(row) && known(row).is_none()) {
        booked[first] = hold;
    }
    let missing = seen.minus(booked.iter().copied().sum());
    if let Some(first) = rows.iter().position(is_money)
        && missing > Usd::ZERO
    {
        booked[first] = booked[first].plus(missing);
    }
    booked
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use spec::cost::{Cost, Usage};
    use text::Spanned;

    fn usd(text: &str) -> Usd {
        Usd::parse(text).unwrap()
    }

    fn at<T>(value: T) -> Spanned<T> {
        Spanned { value, span: Span::default() }
    }

    const PLACE: Place<'_> = Place {
        repository: "/home/ada/shop",
        org: Some("acme"),
        team: Some("core"),
        project: Some("shop"),
        ticket: "T-1",
        pass: "spec",
    };

    fn today() -> Calendar {
        Calendar::at("2026-11-20T10:00:00Z").unwrap()
    }

    fn limit(dollars: &str, warn_at: &[u16]) -> BudgetLimit {
        BudgetLimit {
            limit: at(usd(dollars)),
            warn_at: warn_at.iter().map(|level| at(*level)).collect(),
            span: Span::default(),
        }
    }

    fn budget(scope: BudgetScope, period: Period, dollars: &str) -> Budget {
        Budget {
            scope: Some(at(scope)),
            period: Some(at(period)),
            limit: Some(limit(dollars, &[])),
            at_limit: None,
            over_limit: None,
            span: Span::default(),
        }
    }

    fn spent(limit: &ScopeLimit, settled: &str) -> ScopeMoney {
        ScopeMoney {
            scope: limit.scope.clone(),
            period: limit.period_name.clone(),
            settled: usd(settled),
            held: Usd::ZERO,
        }
    }

    #[test]
    fn periods_are_utc_days_iso_weeks_and_months() {
        let names = |time: &str| {
            let calendar = Calendar::at(time).unwrap();
            [Period::Day, Period::Week, Period::Month, Period::Lifetime].map(|period| calendar.period(period))
        };
        assert_eq!(names("2026-11-20T23:59:59Z"), ["2026-11-20", "2026-W47", "2026-11", ""]);
        assert_eq!(names("2026-11-20T23:30:00-01:00"), ["2026-11-21", "2026-W47", "2026-11", ""]);
        assert_eq!(names("2027-01-01T00:00:00+00:00"), ["2027-01-01", "2026-W53", "2027-01", ""]);
        for bad in ["", "yesterday", "2026-11-20", "2026-13-01T00:00:00Z"] {
            assert_eq!(Calendar::at(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_run_books_on_every_scope_in_every_period() {
        let path: Vec<String> = PLACE.path().iter().map(|scope| format!("{scope:?}")).collect();
        assert_eq!(
            path,
            [
                "Org(\"*\")",
                "Org(\"acme\")",
                "Team(\"core\")",
                "Project(\"/home/ada/shop\")",
                "Project(\"shop\")",
                "Ticket(\"shop/T-1\")",
                "Pass(\"shop/T-1/spec\")"
            ]
        );
        assert_eq!(PLACE.books(&today()).len(), 7 * 4);
        assert_eq!(PLACE.books_of_receipt(&today()), PLACE.books(&today())[3 * 4..]);
        let bare = Place { org: None, team: None, project: None, ..PLACE };
        assert_eq!(bare.path().len(), 4);
    }

    #[test]
    fn limits_come_from_all_who_may_set_them() {
        let config = Config {
            budgets: vec![
                budget(BudgetScope::Project, Period::Month, "400"),
                budget(BudgetScope::Ticket, Period::Lifetime, "15"),
            ],
            ..Config::default()
        };
        let workflow = Workflow { budget: Some(limit("12", &[900, 500])), ..Workflow::default() };
        let ticket = Ticket { budget: Some(limit("20", &[])), ..Ticket::default() };
        let user = [budget(BudgetScope::Project, Period::Month, "100"), budget(BudgetScope::Org, Period::Day, "30")];
        let found = limits(&PLACE, &today(), &user, Some(&config), Some(&workflow), Some(&ticket));
        let shown: Vec<_> =
            found.iter().map(|limit| (whose(limit), limit.limit.to_string(), limit.set_by, limit.warn_at)).collect();
        assert_eq!(
            shown,
            [
                ("own day".to_owned(), "$30.00".to_owned(), SetBy::User, 800),
                ("project month".to_owned(), "$100.00".to_owned(), SetBy::User, 800),
                ("project month".to_owned(), "$400.00".to_owned(), SetBy::Project, 800),
                ("ticket".to_owned(), "$15.00".to_owned(), SetBy::Project, 800),
                ("ticket".to_owned(), "$12.00".to_owned(), SetBy::Workflow, 500),
                ("ticket".to_owned(), "$20.00".to_owned(), SetBy::Ticket, 800),
            ]
        );
        let books = PLACE.books(&today());
        assert!(found.iter().all(|limit| books.contains(&(limit.scope.clone(), limit.period_name.clone()))));
        assert_eq!(head_room(&found, &[spent(&found[4], "5")]), Some(usd("7")));
        assert_eq!(head_room(&[], &[]), None);
    }

    #[test]
    fn refuses_with_a_sentence_that_names_the_budget() {
        let config = Config { budgets: vec![budget(BudgetScope::Ticket, Period::Lifetime, "15")], ..Config::default() };
        let found = limits(&PLACE, &today(), &[], Some(&config), None, None);
        let say = |settled: &str, cap: &str| match admit(&found, &[spent(&found[0], settled)], usd(cap)) {
            Decision::Grant { warnings } => format!("granted, {} warnings", warnings.len()),
            Decision::Refuse(objection) => objection.to_string(),
        };
        assert_eq!(say("13", "2"), "granted, 0 warnings");
        assert_eq!(say("13", "2.01"), "a run of up to $2.01 does not fit the ticket budget of $15.00: $2.00 left");
        assert_eq!(say("15", "0.01"), "the ticket budget of $15.00 is used up ($15.00 spent or set aside)");
        assert_eq!(say("99", "0"), "granted, 0 warnings");
        let objection = |committed: &str| Objection {
            limit: found[0].clone(),
            committed: usd(committed),
            cap: usd("2"),
            used_up: false,
        };
        let needs: Vec<String> = ["13.5", "15", "13.000001", "1"].map(|it| objection(it).needs().to_string()).into();
        assert_eq!(needs, ["$0.50", "$2.00", "$0.01", "$0.00"]);
    }

    #[test]
    fn a_budget_that_only_warns_lets_the_run_start() {
        let mut soft = budget(BudgetScope::Ticket, Period::Lifetime, "10");
        soft.at_limit = Some(at("warn".to_owned()));
        let admitted = |budget: &Budget, settled: &str| {
            let config = Config { budgets: vec![budget.clone()], ..Config::default() };
            let found = limits(&PLACE, &today(), &[], Some(&config), None, None);
            matches!(admit(&found, &[spent(&found[0], settled)], usd("2")), Decision::Grant { warnings } if warnings.len() == 1)
        };
        assert!(admitted(&soft, "9"), "crossing only warns");
        assert!(!admitted(&soft, "10"), "beyond it pauses");
        soft.over_limit = Some(at("warn".to_owned()));
        assert!(admitted(&soft, "10"));
    }

    #[test]
    fn a_state_is_left_later_than_it_is_entered() {
        let of = |committed: &str, before| state(usd(committed), usd("100"), 800, before);
        assert_eq!(of("79.99", None), State::Ok);
        assert_eq!(of("80", None), State::Approaching);
        assert_eq!(of("75", Some(State::Approaching)), State::Approaching);
        assert_eq!(of("74.99", Some(State::Approaching)), State::Ok);
        assert_eq!(of("100", None), State::At);
        assert_eq!(of("95", Some(State::At)), State::At);
        assert_eq!(of("94.99", Some(State::At)), State::Approaching);
        assert_eq!(of("100.000000000001", None), State::Over);
        assert_eq!(of("99", Some(State::Over)), State::At);
        assert_eq!(of("10", Some(State::Over)), State::Ok);
        assert_eq!(state(Usd::ZERO, Usd::ZERO, 800, None), State::At);
    }

    fn row(computed: Cost, completeness: Completeness, basis: Basis) -> CostRow {
        CostRow {
            model: "m".to_owned(),
            usage: Usage::default(),
            completeness,
            calls: None,
            computed,
            reported: Some(usd("0.000001")),
            basis,
            price_map: "2026-11-20".to_owned(),
        }
    }

    #[test]
    fn books_the_upper_end_and_the_hold_for_what_is_not_known() {
        let known = row(Cost::Known { low: usd("0.1"), high: usd("0.2") }, Completeness::Exact, Basis::ListEstimate);
        let unpriced = row(Cost::Unknown, Completeness::Exact, Basis::ListEstimate);
        let unseen = row(Cost::exact(usd("0")), Completeness::Unknown, Basis::Metered);
        let local = row(Cost::exact(usd("0")), Completeness::Exact, Basis::Local);
        let plan = row(Cost::exact(usd("9")), Completeness::Exact, Basis::SubscriptionNotional);
        let book = |rows: &[CostRow], seen: &str| -> Vec<String> {
            bookings(rows, usd("2"), usd(seen)).iter().map(|amount| amount.exact()).collect()
        };
        assert_eq!(book(&[known.clone(), unpriced.clone(), unseen.clone()], "0"), ["0.2", "2", "0"]);
        assert_eq!(book(std::slice::from_ref(&unseen), "3"), ["3"]);
        assert_eq!(book(&[local.clone(), known], "0.5"), ["0", "0.5"]);
        assert_eq!(book(&[local, plan], "7"), ["0", "0"]);
        assert_eq!(book(&[], "7"), Vec::<String>::new());
        let negative = row(Cost::exact(usd("-5")), Completeness::Exact, Basis::Metered);
        assert_eq!(book(&[negative.clone(), negative], "0"), ["0", "0"]);
    }

    fn amount() -> impl Strategy<Value = Usd> {
        (0..20_000_000_000_000_i128).prop_map(Usd::from_pico)
    }

    fn any_limit() -> impl Strategy<Value = ScopeLimit> {
        let scopes = prop::sample::select(PLACE.path());
        (scopes, amount(), any::<bool>(), any::<bool>()).prop_map(|(scope, limit, approval, pause)| ScopeLimit {
            scope,
            period: Period::Lifetime,
            period_name: String::new(),
            limit,
            warn_at: WARN_AT,
            approval_at_limit: approval,
            pause_over_limit: pause,
            approved: Usd::ZERO,
            base: None,
            set_by: SetBy::Project,
            span: Span::default(),
        })
    }

    fn any_money() -> impl Strategy<Value = Vec<ScopeMoney>> {
        prop::collection::vec((amount(), amount()), 7).prop_map(|sums| {
            let with = |(scope, (settled, held))| ScopeMoney { scope, period: String::new(), settled, held };
            PLACE.path().into_iter().zip(sums).map(with).collect()
        })
    }

    fn granted(decision: &Decision) -> bool {
        matches!(decision, Decision::Grant { .. })
    }

    proptest! {
        #[test]
        fn nothing_is_passed_when_every_run_is_killed_at_its_cap(
            mut limits in prop::collection::vec(any_limit(), 1..5),
            steps in prop::collection::vec((amount(), 0..=100_u64, any::<prop::sample::Index>(), any::<bool>()), 1..60),
        ) {
            limits.iter_mut().for_each(|limit| (limit.approval_at_limit, limit.pause_over_limit) = (true, true));
            let (mut settled, mut flying) = (Usd::ZERO, Vec::<Usd>::new());
            for (cap, percent, which, land) in steps {
                if land && !flying.is_empty() {
                    let cap = flying.swap_remove(which.index(flying.len()));
                    settled = settled.plus(Usd::from_pico(cap.pico() * i128::from(percent) / 100));
                } else {
                    let held = flying.iter().copied().sum();
                    let money: Vec<ScopeMoney> = PLACE.path().into_iter()
                        .map(|scope| ScopeMoney { scope, period: String::new(), settled, held }).collect();
                    if granted(&admit(&limits, &money, cap)) {
                        flying.push(cap);
                    }
                }
                let most = settled.plus(flying.iter().copied().sum());
                prop_assert!(limits.iter().all(|limit| most <= limit.limit || most == Usd::ZERO));
            }
        }

        #[test]
        fn a_higher_limit_a_smaller_cap_and_less_spending_never_refuse_more(
            limits in prop::collection::vec(any_limit(), 1..5), money in any_money(), cap in amount(), more in amount(),
            which in any::<prop::sample::Index>(),
        ) {
            if granted(&admit(&limits, &money, cap)) {
                let mut raised = limits.clone();
                let which_limit = which.index(limits.len());
                raised[which_limit].limit = raised[which_limit].limit.plus(more);
                prop_assert!(granted(&admit(&raised, &money, cap)));
                prop_assert!(granted(&admit(&limits, &money, cap.minus(more).max(Usd::ZERO))));
                let mut freed = money.clone();
                let held = &mut freed[which.index(money.len())].held;
                *held = held.minus(more).max(Usd::ZERO);
                prop_assert!(granted(&admit(&limits, &freed, cap)));
            }
        }

        #[test]
        fn another_limit_never_allows_more(
            limits in prop::collection::vec(any_limit(), 0..4), other in any_limit(), money in any_money(), cap in amount(),
        ) {
            let mut both = limits.clone();
            both.push(other);
            prop_assert!(!granted(&admit(&both, &money, cap)) || granted(&admit(&limits, &money, cap)));
        }

        #[test]
        fn a_state_says_at_least_what_the_sums_say_and_settles(
            committed in amount(), limit in amount(), warn_at in 0..=1_000_u16,
            before in prop::sample::select(vec![None, Some(State::Ok), Some(State::Approaching), Some(State::At), Some(State::Over)]),
        ) {
            let fresh = state(committed, limit, warn_at, None);
            let now = state(committed, limit, warn_at, before);
            prop_assert!(now >= fresh);
            prop_assert!(before.is_none_or(|before| now <= before.max(fresh)));
            prop_assert_eq!(state(committed, limit, warn_at, Some(now)), now);
        }

        #[test]
        fn never_books_less_than_was_seen_or_known(
            known in prop::collection::vec(amount(), 1..4), unknown in any::<bool>(), hold in amount(), seen in amount(),
        ) {
            let mut rows: Vec<CostRow> = known.iter()
                .map(|high| row(Cost::exact(*high), Completeness::Partial, Basis::Metered)).collect();
            if unknown {
                rows.push(row(Cost::Unknown, Completeness::Exact, Basis::Metered));
            }
            let sum: Usd = bookings(&rows, hold, seen).into_iter().sum();
            let floor: Usd = known.into_iter().sum::<Usd>().plus(if unknown { hold } else { Usd::ZERO });
            prop_assert_eq!(sum, floor.max(seen));
        }
    }
}
