//! Tier, model, effort, harness and limits of one pass, each with the layer that decided it.
//!
//! Later wins: built-in, user, config, workflow defaults, agent, pass, ticket, command line. What policy says (highest
//! tier) is applied afterwards and wins over all of them. A tier written later than a pinned model replaces the pin.

use crate::agent::ResolvedAgent;
use crate::world::Overrides;
use serde::{Serialize, Serializer};
use spec::Usd;
use spec::model::{Config, Pass, PassSettings, Ticket, Workflow};
use std::time::Duration;
use text::{Span, Spanned};

/// Who may set a value, from weak to strong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Tollgate itself.
    BuiltIn,
    /// The user's own configuration.
    User,
    /// `.tollgate/config.yaml`.
    Config,
    /// `defaults:` of the workflow.
    WorkflowDefaults,
    /// The agent.
    Agent,
    /// The pass.
    Pass,
    /// The ticket.
    Ticket,
    /// The command line, or the editor's request.
    CommandLine,
    /// A ceiling of the config; it lowers and never raises.
    Policy,
}

impl Layer {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Layer::BuiltIn => "built in",
            Layer::User => "your configuration",
            Layer::Config => "the project's configuration",
            Layer::WorkflowDefaults => "the workflow's defaults",
            Layer::Agent => "the agent",
            Layer::Pass => "the pass",
            Layer::Ticket => "the ticket",
            Layer::CommandLine => "the command line",
            Layer::Policy => "policy",
        }
    }
}

/// A place in a file of the project.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Place {
    /// Path from the root.
    pub path: String,
    /// Bytes.
    pub span: Span,
}

/// A decided value and who decided it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Decided<T> {
    /// The value.
    pub value: T,
    /// Who.
    pub layer: Layer,
    /// Where it is written, when in a file of the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// The decided settings of a pass.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Settings {
    /// Tier.
    pub tier: Decided<String>,
    /// Pinned model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Decided<String>>,
    /// Effort dial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Decided<String>>,
    /// Pinned harness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub harness: Option<Decided<String>>,
    /// Wall-clock limit, in seconds in JSON.
    #[serde(serialize_with = "seconds")]
    pub timeout: Decided<Duration>,
    /// Limit on model turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<Decided<u32>>,
    /// Money cap of one attempt.
    pub usd: Decided<Usd>,
    /// Values that somebody wrote and that do not hold, each with the reason.
    pub overruled: Vec<String>,
}

fn seconds<S: Serializer>(timeout: &Decided<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    Decided { value: timeout.value.as_secs(), layer: timeout.layer, place: timeout.place.clone() }.serialize(serializer)
}

/// Used where nobody says anything.
pub const DEFAULT_TIER: &str = "standard";
/// Used where nobody says anything.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30 * 60);
/// Used where nobody says anything: two dollars.
pub const DEFAULT_CAP: Usd = Usd::from_pico(2_000_000_000_000);

/// Everything that has a say, and the files it stands in.
pub struct Sources<'a> {
    /// The user's own defaults.
    pub user: &'a PassSettings,
    /// The config.
    pub config: Option<(&'a str, &'a Config)>,
    /// The workflow.
    pub workflow: (&'a str, &'a Workflow),
    /// The agent, for a pass that has one.
    pub agent: Option<&'a ResolvedAgent>,
    /// The pass, in the workflow's file.
    pub pass: &'a Pass,
    /// The ticket.
    pub ticket: (&'a str, &'a Ticket),
    /// This time only.
    pub overrides: &'a Overrides,
}

/// Decides the settings of a pass.
pub fn decide(sources: &Sources<'_>) -> Settings {
    let layers = layers(sources);
    let tier = last(&layers, |settings| settings.tier.as_ref());
    let model = last(&layers, |settings| settings.model.as_ref());
    let mut settings = Settings {
        model,
        effort: last(&layers, |settings| settings.effort.as_ref()),
        harness: last(&layers, |settings| settings.harness.as_ref()),
        timeout: last(&layers, |settings| settings.timeout.as_ref()).unwrap_or_else(|| built_in(DEFAULT_TIMEOUT)),
        max_turns: last(&layers, |settings| settings.max_turns.as_ref()),
        usd: last(&layers, |settings| settings.usd.as_ref()).unwrap_or_else(|| built_in(DEFAULT_CAP)),
        tier: tier.unwrap_or_else(|| built_in(DEFAULT_TIER.to_owned())),
        overruled: Vec::new(),
    };
    if let Some(model) = settings.model.take_if(|model| settings.tier.layer > model.layer) {
        let (tier, by) = (&settings.tier.value, settings.tier.layer.name());
        let why = format!("model `{}` of {} gives way to tier `{tier}` of {by}", model.value, model.layer.name());
        settings.overruled.push(why);
    }
    if let Some((path, config)) = sources.config {
        lower_tier(&mut settings, path, config);
    }
    settings
}

fn built_in<T>(value: T) -> Decided<T> {
    Decided { value, layer: Layer::BuiltIn, place: None }
}

/// One layer's say.
struct Say<'a> {
    layer: Layer,
    path: Option<&'a str>,
    settings: &'a PassSettings,
}

fn layers<'a>(sources: &Sources<'a>) -> Vec<Say<'a>> {
    let say = |layer, path, settings| Say { layer, path, settings };
    let (workflow_path, workflow) = sources.workflow;
    let mut layers = vec![
        say(Layer::User, None, sources.user),
        say(Layer::WorkflowDefaults, Some(workflow_path), &workflow.defaults),
    ];
    // what an agent extends is weaker than the agent
    for (path, settings) in sources.agent.iter().flat_map(|agent| agent.settings.iter().rev()) {
        layers.push(say(Layer::Agent, Some(path), settings));
    }
    layers.push(say(Layer::Pass, Some(workflow_path), &sources.pass.settings));
    layers.push(say(Layer::Ticket, Some(sources.ticket.0), &sources.ticket.1.settings));
    layers.push(say(Layer::CommandLine, None, &sources.overrides.settings));
    layers
}

fn last<T: Clone>(layers: &[Say<'_>], pick: impl Fn(&PassSettings) -> Option<&Spanned<T>>) -> Option<Decided<T>> {
    layers.iter().rev().find_map(|say| {
        let written = pick(say.settings)?;
        let place = say.path.map(|path| Place { path: path.to_owned(), span: written.span });
        Some(Decided { value: written.value.clone(), layer: say.layer, place })
    })
}

/// What can be set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Setting {
    /// Tier.
    Tier,
    /// Pinned model.
    Model,
    /// Effort dial.
    Effort,
    /// Pinned harness.
    Harness,
    /// Wall-clock limit.
    Timeout,
    /// Limit on model turns.
    MaxTurns,
    /// Money cap of one attempt.
    Usd,
}

/// What one layer says about a setting, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// What, by whom and where.
    pub said: Decided<String>,
    /// True for the one that holds. Where a pinned model gives way to a tier, none does.
    pub holds: bool,
}

/// All that is said about a setting, from weak to strong.
pub fn said(sources: &Sources<'_>, setting: Setting) -> Vec<Said> {
    let decided = decide(sources);
    let (built_in, holds) = match setting {
        Setting::Tier => (Some(DEFAULT_TIER.to_owned()), Some(decided.tier.layer)),
        Setting::Model => (None, decided.model.map(|model| model.layer)),
        Setting::Effort => (None, decided.effort.map(|effort| effort.layer)),
        Setting::Harness => (None, decided.harness.map(|harness| harness.layer)),
        Setting::Timeout => (Some(duration(DEFAULT_TIMEOUT)), Some(decided.timeout.layer)),
        Setting::MaxTurns => (None, decided.max_turns.map(|turns| turns.layer)),
        Setting::Usd => (Some(DEFAULT_CAP.to_string()), Some(decided.usd.layer)),
    };
    let mut all: Vec<Decided<String>> = built_in.into_iter().map(self::built_in).collect();
    for say in layers(sources) {
        let Some((value, span)) = words(say.settings, setting) else { continue };
        let place = say.path.map(|path| Place { path: path.to_owned(), span });
        all.push(Decided { value, layer: say.layer, place });
    }
    if setting == Setting::Tier && decided.tier.layer == Layer::Policy {
        all.push(decided.tier);
    }
    let last = all.iter().rposition(|said| Some(said.layer) == holds);
    all.into_iter().enumerate().map(|(index, said)| Said { said, holds: Some(index) == last }).collect()
}

fn words(settings: &PassSettings, setting: Setting) -> Option<(String, Span)> {
    let text = |text: &Option<Spanned<String>>| text.as_ref().map(|text| (text.value.clone(), text.span));
    match setting {
        Setting::Tier => text(&settings.tier),
        Setting::Model => text(&settings.model),
        Setting::Effort => text(&settings.effort),
        Setting::Harness => text(&settings.harness),
        Setting::Timeout => settings.timeout.as_ref().map(|time| (duration(time.value), time.span)),
        Setting::MaxTurns => settings.max_turns.as_ref().map(|turns| (turns.value.to_string(), turns.span)),
        Setting::Usd => settings.usd.as_ref().map(|usd| (usd.value.to_string(), usd.span)),
    }
}

/// As files write it: `45m`.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        hours if hours > 0 && hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if minutes > 0 && minutes % 60 == 0 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}

/// `policy.max_tier`: tiers stand in the config from light to deep.
fn lower_tier(settings: &mut Settings, path: &str, config: &Config) {
    let Some(highest) = &config.max_tier else { return };
    let tiers = crate::route::tiers(Some(config));
    let rank = |name: &str| tiers.iter().position(|tier| tier.name == name);
    let (Some(limit), Some(asked)) = (rank(&highest.value), rank(&settings.tier.value)) else { return };
    if asked <= limit {
        return;
    }
    let by = settings.tier.layer.name();
    settings
        .overruled
        .push(format!("tier `{}` of {by} is above the policy's `{}`", settings.tier.value, highest.value));
    let place = Some(Place { path: path.to_owned(), span: highest.span });
    settings.tier = Decided { value: highest.value.clone(), layer: Layer::Policy, place };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(tier: Option<&str>, model: Option<&str>) -> PassSettings {
        let spanned = |text: &str| Spanned::new(text.to_owned(), Span::new(1, 2));
        PassSettings { tier: tier.map(spanned), model: model.map(spanned), ..PassSettings::default() }
    }

    fn decided(layers: &[PassSettings; 6], config: Option<&Config>) -> Settings {
        let agent = ResolvedAgent {
            settings: vec![(".tollgate/agents/a.md".into(), layers[2].clone())],
            ..ResolvedAgent::default()
        };
        decide(&Sources {
            user: &layers[0],
            config: config.map(|config| (".tollgate/config.yaml", config)),
            workflow: ("w.md", &Workflow { defaults: layers[1].clone(), ..Workflow::default() }),
            agent: Some(&agent),
            pass: &Pass { settings: layers[3].clone(), ..Pass::default() },
            ticket: ("t.md", &Ticket { settings: layers[4].clone(), ..Ticket::default() }),
            overrides: &Overrides { settings: layers[5].clone(), ..Overrides::default() },
        })
    }

    const ORDER: [Layer; 6] =
        [Layer::User, Layer::WorkflowDefaults, Layer::Agent, Layer::Pass, Layer::Ticket, Layer::CommandLine];

    proptest! {
        #[test]
        fn the_last_that_speaks_wins(says in proptest::array::uniform6(proptest::option::of("[a-z]{3}"))) {
            let layers = says.clone().map(|say| written(say.as_deref(), None));
            let settings = decided(&layers, None);
            match says.iter().rposition(Option::is_some) {
                Some(at) => {
                    prop_assert_eq!(&settings.tier.value, says[at].as_ref().unwrap());
                    prop_assert_eq!(settings.tier.layer, ORDER[at]);
                }
                None => prop_assert_eq!(settings.tier.layer, Layer::BuiltIn),
            }
        }
    }

    #[test]
    fn a_later_tier_replaces_a_pinned_model() {
        let none = || written(None, None);
        let layers = [none(), none(), written(None, Some("opus")), written(Some("light"), None), none(), none()];
        let settings = decided(&layers, None);
        assert_eq!(settings.model, None);
        assert_eq!(settings.overruled, ["model `opus` of the agent gives way to tier `light` of the pass"]);
        let layers = [none(), none(), written(Some("light"), None), written(None, Some("opus")), none(), none()];
        assert_eq!(decided(&layers, None).model.unwrap().value, "opus");
    }

    #[test]
    fn all_that_is_said_is_told_with_what_holds() {
        let none = PassSettings::default;
        let limited = PassSettings {
            timeout: Some(Spanned::new(Duration::from_secs(2_700), Span::new(5, 8))),
            ..written(Some("deep"), None)
        };
        let workflow = Workflow { defaults: written(Some("light"), Some("opus")), ..Workflow::default() };
        let (user, pass, ticket) = (none(), Pass { settings: limited, ..Pass::default() }, Ticket::default());
        let config = Config { max_tier: Some(Spanned::new("standard".into(), Span::new(3, 4))), ..Config::default() };
        let sources = Sources {
            user: &user,
            config: Some((".tollgate/config.yaml", &config)),
            workflow: ("w.md", &workflow),
            agent: None,
            pass: &pass,
            ticket: ("t.md", &ticket),
            overrides: &Overrides::default(),
        };
        let shown = |setting| -> Vec<String> {
            let all = said(&sources, setting);
            let line =
                |it: &Said| format!("{} {}{}", it.said.layer.name(), it.said.value, if it.holds { " ✓" } else { "" });
            all.iter().map(line).collect()
        };
        assert_eq!(
            shown(Setting::Tier),
            ["built in standard", "the workflow's defaults light", "the pass deep", "policy standard ✓"]
        );
        assert_eq!(shown(Setting::Model), ["the workflow's defaults opus"], "it gives way to the tier of the pass");
        assert_eq!(shown(Setting::Timeout), ["built in 30m", "the pass 45m ✓"]);
        assert_eq!(shown(Setting::Usd), ["built in $2.00 ✓"]);
        assert!(shown(Setting::MaxTurns).is_empty());
    }

    #[test]
    fn policy_wins_over_the_command_line() {
        let none = || written(None, None);
        let config = Config { max_tier: Some(Spanned::new("standard".into(), Span::new(3, 4))), ..Config::default() };
        let layers = [none(), none(), none(), none(), none(), written(Some("deep"), None)];
        let settings = decided(&layers, Some(&config));
        assert_eq!((settings.tier.value.as_str(), settings.tier.layer), ("standard", Layer::Policy));
        assert_eq!(settings.tier.place.unwrap().path, ".tollgate/config.yaml");
        let layers = [none(), none(), none(), none(), none(), written(Some("light"), None)];
        assert_eq!(decided(&layers, Some(&config)).tier.layer, Layer::CommandLine);
    }
}
