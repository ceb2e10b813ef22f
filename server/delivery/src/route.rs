//! From a tier to a harness and a model: the first candidate that is installed, allowed, and, for a reviewer, not of
//! the family whose work it judges. Candidates that were passed over are kept with the reason.

use crate::glob::Glob;
use crate::settings::Settings;
use serde::Serialize;
use spec::Usd;
use spec::model::Config;

/// A tier with its candidates in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// First fitting one wins.
    pub candidates: Vec<Candidate>,
}

/// A harness and what it is asked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Candidate {
    /// Harness alias.
    pub harness: String,
    /// Model as the harness names it; none leaves the choice to the harness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Effort dial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<String>,
}

impl Candidate {
    /// Whether it is a program of the user's own that uses no model.
    pub fn is_command(&self) -> bool {
        self.harness == "command"
    }

    /// `claude · opus · high effort`.
    pub fn shown(&self) -> String {
        let mut shown = self.harness.clone();
        if let Some(model) = &self.model {
            shown = format!("{shown} · {model}");
        }
        if let Some(effort) = &self.effort {
            shown = format!("{shown} · {effort} effort");
        }
        crate::prompt::one_line(&shown, 120)
    }
}

/// A candidate that was passed over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Passed {
    /// The candidate.
    pub candidate: Candidate,
    /// Why.
    pub why: String,
    /// True when it could do the work and only stands behind the one that was chosen.
    pub fits: bool,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Route {
    /// What will do it; none when no candidate is left.
    pub choice: Option<Candidate>,
    /// Why, as sentences.
    pub why: Vec<String>,
    /// Candidates that were passed over.
    pub rejected: Vec<Passed>,
}

impl Route {
    /// The most that one run of it may cost, and so what is set aside for it: `usd`, the cap of the pass; nothing where a
    /// plain command does it, which uses no model.
    pub fn cap(&self, usd: Usd) -> Usd {
        if self.choice.as_ref().is_some_and(Candidate::is_command) { Usd::ZERO } else { usd }
    }
}

/// What a route must respect.
#[derive(Clone, Copy, Default)]
pub struct Terms<'a> {
    /// The configuration.
    pub config: Option<&'a Config>,
    /// Aliases of the harnesses that are installed here.
    pub installed: &'a [&'a str],
    /// For a reviewer: the model that made what it judges.
    pub judged: Option<&'a str>,
}

/// The tiers of the config; without any, tiers that work with whatever agent is installed.
pub fn tiers(config: Option<&Config>) -> Vec<Tier> {
    let own = config.map(|config| config.tiers.as_slice()).unwrap_or_default();
    if !own.is_empty() {
        return own.iter().map(from_config).collect();
    }
    [("light", "haiku", None), ("standard", "sonnet", None), ("deep", "opus", Some("high"))]
        .map(|(name, claude, effort)| Tier { name: name.to_owned(), candidates: built_in(claude, effort) })
        .into()
}

/// Claude Code's model aliases follow its releases; the others choose by themselves what the user configured.
fn built_in(claude: &str, effort: Option<&str>) -> Vec<Candidate> {
    let effort = effort.map(str::to_owned);
    let unnamed = |harness: &str| Candidate { harness: harness.to_owned(), model: None, effort: None };
    let first = Candidate { harness: "claude".to_owned(), model: Some(claude.to_owned()), effort };
    vec![first, unnamed("codex"), unnamed("opencode")]
}

fn from_config(tier: &spec::model::Tier) -> Tier {
    let text = |value: &Option<text::Spanned<String>>| value.as_ref().map(|value| value.value.clone());
    let candidates = tier.candidates.iter().filter_map(|candidate| {
        let harness = text(&candidate.harness)?;
        Some(Candidate { harness, model: text(&candidate.model), effort: text(&candidate.effort) })
    });
    Tier { name: tier.name.value.clone(), candidates: candidates.collect() }
}

/// Chooses harness and model for a pass or a review.
pub fn route(settings: &Settings, terms: &Terms<'_>) -> Route {
    let tiers = tiers(terms.config);
    let mut route = Route { choice: None, why: settings.overruled.clone(), rejected: Vec::new() };
    let tier = &settings.tier;
    route.why.push(format!("tier `{}` comes from {}", tier.value, tier.layer.name()));
    let candidates = match &settings.model {
        Some(model) => {
            route.why.push(format!("model `{}` is pinned by {}", model.value, model.layer.name()));
            pinned(&tiers, settings, &model.value)
        }
        None => match tiers.iter().find(|known| known.name == tier.value) {
            Some(known) => known.candidates.clone(),
            None => {
                route.why.push(format!("the configuration has no tier `{}`", tier.value));
                return route;
            }
        },
    };
    for mut candidate in candidates {
        if let Some(effort) = &settings.effort {
            candidate.effort = Some(effort.value.clone());
        }
        match refusal(&candidate, settings, terms) {
            Some(why) => route.rejected.push(Passed { candidate, why, fits: false }),
            None if route.choice.is_none() => {
                let place = if route.rejected.is_empty() { "the first candidate" } else { "the first that fits" };
                route.why.push(format!("`{}` is {place} that is installed and allowed", candidate.harness));
                route.choice = Some(candidate);
            }
            None => {
                let why = "an earlier one fits".to_owned();
                route.rejected.push(Passed { candidate, why, fits: true });
            }
        }
    }
    if route.choice.is_none() {
        route.why.push("no candidate of the tier can be used here".to_owned());
    }
    route
}

/// Candidates for a pinned model: the harnesses that some tier uses it with, else those of the asked tier.
fn pinned(tiers: &[Tier], settings: &Settings, model: &str) -> Vec<Candidate> {
    let with = |candidate: &Candidate| Candidate { model: Some(model.to_owned()), effort: None, ..candidate.clone() };
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut add = |candidate: Candidate| {
        if !candidates.contains(&candidate) {
            candidates.push(candidate);
        }
    };
    if let Some(harness) = &settings.harness {
        add(Candidate { harness: harness.value.clone(), model: Some(model.to_owned()), effort: None });
        return candidates;
    }
    let all = tiers.iter().flat_map(|tier| &tier.candidates);
    all.filter(|candidate| candidate.model.as_deref() == Some(model)).map(with).for_each(&mut add);
    let own = tiers.iter().find(|tier| tier.name == settings.tier.value);
    if candidates.is_empty() {
        let fitting = own.into_iter().flat_map(|tier| &tier.candidates);
        for candidate in fitting.map(with) {
            if !candidates.contains(&candidate) {
                candidates.push(candidate);
            }
        }
    }
    candidates
}

fn refusal(candidate: &Candidate, settings: &Settings, terms: &Terms<'_>) -> Option<String> {
    if let Some(harness) = settings.harness.as_ref().filter(|harness| harness.value != candidate.harness) {
        return Some(format!("harness `{}` is pinned by {}", harness.value, harness.layer.name()));
    }
    if !terms.installed.contains(&candidate.harness.as_str()) {
        return Some(match candidate.harness.as_str() {
            "command" => "your own configuration names no program for `command`".to_owned(),
            harness => format!("`{harness}` is not installed here"),
        });
    }
    if let Some(why) = forbidden(candidate, terms.config) {
        return Some(why);
    }
    if let Some(why) = above_policy(candidate, terms.config) {
        return Some(why);
    }
    let distinct = terms.config.is_some_and(|config| config.distinct_families_for_review);
    if let Some(judged) = terms.judged.filter(|_| distinct) {
        let own = candidate.model.as_deref().map_or_else(|| family_of_harness(&candidate.harness), family);
        if own.is_empty() || own == family(judged) {
            let own = if own.is_empty() { "an unknown family".to_owned() } else { format!("family `{own}`") };
            return Some(format!("it judges work of `{judged}` and is of {own}; the policy wants another family"));
        }
    }
    None
}

/// `policy.allowed_models`.
fn forbidden(candidate: &Candidate, config: Option<&Config>) -> Option<String> {
    let allowed = &config?.allowed_models;
    if allowed.is_empty() || allowed.iter().any(|glob| glob.value == "*") {
        return None;
    }
    let Some(model) = &candidate.model else {
        return Some("the policy allows only certain models, and this candidate names none".to_owned());
    };
    // a model's `/` is part of its name, so both the name and its last part may be allowed
    let last = model.rsplit('/').next().unwrap_or(model);
    let fits = |glob: &str| Glob::new(glob).is_ok_and(|glob| glob.matches(model) || glob.matches(last));
    (!allowed.iter().any(|glob| fits(&glob.value))).then(|| format!("the policy does not allow model `{model}`"))
}

/// A pinned model that only stands in tiers above `policy.max_tier` would go around it.
fn above_policy(candidate: &Candidate, config: Option<&Config>) -> Option<String> {
    let highest = &config?.max_tier.as_ref()?.value;
    let tiers = tiers(config);
    let limit = tiers.iter().position(|tier| tier.name == *highest)?;
    let holds = |tier: &Tier| {
        tier.candidates.iter().any(|known| known.harness == candidate.harness && known.model == candidate.model)
    };
    let lowest = tiers.iter().position(holds)?;
    (lowest > limit).then(|| format!("it belongs to tier `{}`, above the policy's `{highest}`", tiers[lowest].name))
}

/// Families of models by words of their names.
const FAMILIES: [(&str, &str); 20] = [
    ("claude", "anthropic"),
    ("opus", "anthropic"),
    ("sonnet", "anthropic"),
    ("haiku", "anthropic"),
    ("fable", "anthropic"),
    ("gpt", "openai"),
    ("codex", "openai"),
    ("o1", "openai"),
    ("o3", "openai"),
    ("o4", "openai"),
    ("gemini", "google"),
    ("gemma", "google"),
    ("qwen", "qwen"),
    ("llama", "llama"),
    ("mistral", "mistral"),
    ("devstral", "mistral"),
    ("deepseek", "deepseek"),
    ("kimi", "kimi"),
    ("glm", "glm"),
    ("grok", "grok"),
];

/// The family of a model: who trained it, as far as the name tells; else the name itself.
pub fn family(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let word = |known: &str| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.starts_with(known));
    let known = FAMILIES.iter().find(|(known, _)| word(known)).map(|(_, family)| (*family).to_owned());
    known.unwrap_or(name)
}

/// The family a harness uses when no model is named; empty where it could be any.
fn family_of_harness(harness: &str) -> String {
    match harness {
        "claude" => "anthropic",
        "codex" => "openai",
        "gemini" => "google",
        _ => "",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Decided, Layer};
    use spec::Usd;
    use std::time::Duration;
    use text::{Span, Spanned};

    fn settings(tier: &str, model: Option<&str>) -> Settings {
        let decided = |value: &str| Decided { value: value.to_owned(), layer: Layer::Pass, place: None };
        Settings {
            tier: decided(tier),
            model: model.map(decided),
            effort: None,
            harness: None,
            timeout: Decided { value: Duration::from_secs(1), layer: Layer::BuiltIn, place: None },
            max_turns: None,
            usd: Decided { value: Usd::ZERO, layer: Layer::BuiltIn, place: None },
            overruled: Vec::new(),
        }
    }

    fn spanned(text: &str) -> Spanned<String> {
        Spanned::new(text.to_owned(), Span::default())
    }

    fn config(tiers: &[(&str, &[(&str, &str)])]) -> Config {
        let candidate = |(harness, model): &(&str, &str)| spec::model::Candidate {
            harness: Some(spanned(harness)),
            model: Some(spanned(model)),
            effort: None,
            span: Span::default(),
        };
        let tier = |(name, candidates): &(&str, &[(&str, &str)])| spec::model::Tier {
            name: spanned(name),
            candidates: candidates.iter().map(candidate).collect(),
        };
        Config { tiers: tiers.iter().map(tier).collect(), ..Config::default() }
    }

    fn chosen(route: &Route) -> String {
        route.choice.as_ref().map_or("none".into(), Candidate::shown)
    }

    #[test]
    fn takes_the_first_installed_and_allowed() {
        let mut config = config(&[
            ("light", &[("opencode", "ollama/qwen3-coder")]),
            ("standard", &[("claude", "sonnet"), ("codex", "gpt-5.5")]),
            ("deep", &[("claude", "opus")]),
        ]);
        let go = |config: &Config, installed: &[&str], tier: &str, model: Option<&str>| {
            route(&settings(tier, model), &Terms { config: Some(config), installed, judged: None })
        };
        assert_eq!(chosen(&go(&config, &["claude", "codex"], "standard", None)), "claude · sonnet");
        let second = go(&config, &["codex"], "standard", None);
        assert_eq!(chosen(&second), "codex · gpt-5.5");
        assert_eq!(second.rejected[0].why, "`claude` is not installed here");
        assert_eq!(chosen(&go(&config, &[], "standard", None)), "none");
        assert_eq!(chosen(&go(&config, &["claude"], "nope", None)), "none");
        assert_eq!(chosen(&go(&config, &["claude", "codex"], "standard", Some("opus"))), "claude · opus");
        config.allowed_models = vec![spanned("gpt-*"), spanned("qwen*")];
        assert_eq!(chosen(&go(&config, &["claude", "codex"], "standard", None)), "codex · gpt-5.5");
        assert_eq!(chosen(&go(&config, &["opencode"], "light", None)), "opencode · ollama/qwen3-coder");
        config.allowed_models.clear();
        config.max_tier = Some(spanned("standard"));
        let around = go(&config, &["claude"], "standard", Some("opus"));
        assert_eq!(chosen(&around), "none");
        assert_eq!(around.rejected[0].why, "it belongs to tier `deep`, above the policy's `standard`");
    }

    #[test]
    fn a_reviewer_may_have_to_be_of_another_family() {
        let mut config = config(&[("standard", &[("claude", "sonnet"), ("codex", "gpt-5.5")])]);
        let review = |config: &Config| {
            let terms = Terms { config: Some(config), installed: &["claude", "codex"], judged: Some("claude-opus-5") };
            chosen(&route(&settings("standard", None), &terms))
        };
        assert_eq!(review(&config), "claude · sonnet");
        config.distinct_families_for_review = true;
        assert_eq!(review(&config), "codex · gpt-5.5");
    }

    #[test]
    fn families_come_from_names() {
        for (model, expected) in [
            ("opus", "anthropic"),
            ("anthropic/claude-sonnet-5", "anthropic"),
            ("gpt-5.5-codex", "openai"),
            ("o3-mini", "openai"),
            ("ollama/qwen3-coder", "qwen"),
            ("house-model", "house-model"),
        ] {
            assert_eq!(family(model), expected, "{model}");
        }
    }

    #[test]
    fn without_a_config_there_are_tiers() {
        let terms = Terms { config: None, installed: &["codex"], judged: None };
        assert_eq!(chosen(&route(&settings("deep", None), &terms)), "codex");
    }
}
